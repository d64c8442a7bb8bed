"""Signed contracts: what two signatures prove, and every way of changing a file that must show."""

from __future__ import annotations

import io
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from sosie.adapters import pdf_signatures, pkcs8
from sosie.adapters.keys import Anchor, Keys
from sosie.adapters.pdf_signatures import PdfSignatures
from sosie.adapters.signature_page import BOXES
from sosie.adapters.time_stamps import HttpTime
from sosie.adapters.typesetting import Typst
from sosie.core.contract import ContractReading
from sosie.core.values import BadInput, canonical, digest
from tests.adapters.authorities import authority
from tests.adapters.forgeries import with_another_page, with_other_terms, written
from tests.adapters.sample_papers import (
    HOUSE,
    NAMES,
    NOW,
    PASSPHRASES,
    bare,
    contract,
    drawn,
    drawn_fonts,
    workspace,
)

LATER = NOW + timedelta(days=30)


@pytest.fixture(scope="module", autouse=True)
def _fast() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**8)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace") / "keys"
    workspace(folder)
    return folder


@pytest.fixture(scope="module")
def signatures(folder: Path) -> PdfSignatures:
    return PdfSignatures(Keys(folder, HOUSE))


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return Typst().contract(contract())


@pytest.fixture(scope="module")
def once(signatures: PdfSignatures, unsigned: bytes) -> bytes:
    return sign(signatures, unsigned, "model", "asta")


@pytest.fixture(scope="module")
def twice(signatures: PdfSignatures, once: bytes) -> bytes:
    return sign(signatures, once, "brand", "maison-nord")


def sign(signatures: PdfSignatures, pdf: bytes, role: str, party: str) -> bytes:
    return signatures.sign(
        pdf,
        party=party,
        role=role,
        passphrase=PASSPHRASES[party],
        reason="I agree to these terms",
        now=NOW + timedelta(hours=1 if role == "brand" else 0),
    )


def codes(reading: ContractReading) -> set[str]:
    return {problem.code for problem in reading.problems}


def refused(code: str) -> pytest.RaisesExc[BadInput]:
    return pytest.RaisesExc(BadInput, check=lambda error: error.code == code)


def test_an_unsigned_contract_has_terms_and_no_signer(
    signatures: PdfSignatures, unsigned: bytes
) -> None:
    reading = signatures.read(unsigned, at=LATER)
    assert reading == ContractReading((), canonical(contract().terms.as_json()), ())
    assert reading.signers == frozenset()


def test_two_signatures_name_both_parties(signatures: PdfSignatures, twice: bytes) -> None:
    reading = signatures.read(twice, at=LATER)
    assert reading.problems == ()
    assert reading.signers == {"asta", "maison-nord"}
    assert reading.terms == canonical(contract().terms.as_json())
    assert [(s.role, s.party, s.name, s.signed_at) for s in reading.signatures] == [
        ("model", "asta", "Asta Lindqvist", NOW),
        ("brand", "maison-nord", "Maison Nord SAS", NOW + timedelta(hours=1)),
    ]
    assert all(s.intact and s.trusted for s in reading.signatures)


def test_either_may_sign_first(signatures: PdfSignatures, unsigned: bytes) -> None:
    first = signatures.sign(
        unsigned,
        party="maison-nord",
        role="brand",
        passphrase=PASSPHRASES["maison-nord"],
        reason="We agree",
        now=NOW,
    )
    reading = signatures.read(sign(signatures, first, "model", "asta"), at=LATER)
    assert reading.problems == ()
    assert reading.signers == {"asta", "maison-nord"}


def test_a_signature_only_appends(unsigned: bytes, once: bytes, twice: bytes) -> None:
    assert once.startswith(unsigned)
    assert twice.startswith(once)


def test_the_file_carries_pades_and_a_certification(twice: bytes) -> None:
    model, brand = PdfFileReader(io.BytesIO(twice)).embedded_signatures
    assert model.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert (int(model.docmdp_level.value), brand.docmdp_level) == (2, None)
    attributes = {a["type"].native for a in model.signer_info["signed_attrs"]}
    assert {"signing_certificate_v2", "message_digest", "content_type"} <= attributes
    assert "signing_time" not in attributes  # PAdES keeps it in the signed dictionary
    assert len(model.signed_data["certificates"]) == 1


def test_the_stamp_stands_in_the_box_and_names_signer_role_and_day(twice: bytes) -> None:
    with pikepdf.open(io.BytesIO(twice)) as pdf:
        annotations = {str(a.T): a for a in pdf.pages[-1].Annots}
        assert {name: tuple(int(v) for v in a.Rect) for name, a in annotations.items()} == BOXES
        for annotation in annotations.values():
            assert "/N" in annotation.AP
            fonts = list(drawn_fonts(annotation.AP.N))
            assert fonts
            assert all("/FontFile3" in f.DescendantFonts[0].FontDescriptor for f in fonts)
            said = bare(drawn(annotation.AP.N))
            assert bare("23 November 2026") in said
            assert bare(f"signed by the {annotation.T}") in said.casefold()
            assert (bare("Asta Lindqvist") in said) == (annotation.T == "model")


# What must show, each beside a control


def test_three_hundred_flipped_bytes_all_show(signatures: PdfSignatures, twice: bytes) -> None:
    chance = random.Random(20261123)  # noqa: S311
    tried = 0
    for _ in range(300):
        position, bit = chance.randrange(len(twice)), 1 << chance.randrange(8)
        changed = bytearray(twice)
        changed[position] ^= bit
        reading = signatures.read(bytes(changed), at=LATER)
        assert reading.problems, (position, bit)
        assert reading.signers == frozenset()
        tried += 1
    assert tried == 300
    assert signatures.read(twice, at=LATER).signers == {"asta", "maison-nord"}


def test_nothing_can_be_changed_where_the_signature_itself_stands(
    signatures: PdfSignatures, once: bytes
) -> None:
    (embedded,) = PdfFileReader(io.BytesIO(once)).embedded_signatures
    _, start, end, _ = (int(n) for n in embedded.byte_range)
    positions = sorted({start, end - 1, *range(start + 1, end, 31)})
    for position in positions:
        for bit in (0x01, 0x20):  # another digit; the other letter case
            changed = bytearray(once)
            changed[position] ^= bit
            reading = signatures.read(bytes(changed), at=LATER)
            assert reading.problems, (position, bit, once[position : position + 1])
    assert len(positions) > 60
    assert signatures.read(once, at=LATER).signers == {"asta"}


def test_an_inserted_page_shows(signatures: PdfSignatures, once: bytes, twice: bytes) -> None:
    for pdf in (once, twice):
        reading = signatures.read(with_another_page(pdf), at=LATER)
        assert {"contract.page_added", "contract.altered"} <= codes(reading)
        assert reading.signers == frozenset()


def test_a_swapped_attachment_shows(signatures: PdfSignatures, once: bytes, twice: bytes) -> None:
    for pdf in (once, twice):
        reading = signatures.read(with_other_terms(pdf), at=LATER)
        assert "contract.altered" in codes(reading)
        assert reading.signers == frozenset()


def test_a_brand_that_changes_the_terms_before_it_signs_shows(
    signatures: PdfSignatures, once: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = with_other_terms(once)
    with refused("contract.altered"):
        sign(signatures, changed, "brand", "maison-nord")
    monkeypatch.setattr(pdf_signatures, "_signable", lambda *_: contract().terms)
    forged = sign(signatures, changed, "brand", "maison-nord")
    monkeypatch.undo()
    reading = signatures.read(forged, at=LATER)
    assert [s.intact for s in reading.signatures] == [False, True]
    assert "contract.altered" in codes(reading)
    assert reading.signers == frozenset()


def test_an_overlay_on_a_page_shows(signatures: PdfSignatures, twice: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(twice))
    page = writer.root["/Pages"]["/Kids"][0]
    extra = writer.add_object(generic.StreamObject(stream_data=b"q 1 g 0 0 600 900 re f Q"))
    page[generic.pdf_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), extra])
    writer.update_container(page)
    reading = signatures.read(written(writer), at=LATER)
    assert "contract.altered" in codes(reading)


@pytest.mark.parametrize("tail", [b"\n", b" ", b"%%EOF\n", b"PK\x03\x04zip"])
def test_appended_bytes_show(signatures: PdfSignatures, twice: bytes, tail: bytes) -> None:
    reading = signatures.read(twice + tail, at=LATER)
    assert reading.problems
    assert reading.signers == frozenset()


def test_a_cut_file_shows(signatures: PdfSignatures, unsigned: bytes, twice: bytes) -> None:
    chance = random.Random(5)  # noqa: S311
    cuts = [0, 1, 8, len(twice) - 1, *(chance.randrange(len(twice)) for _ in range(40))]
    for cut in cuts:
        reading = signatures.read(twice[:cut], at=LATER)
        assert reading.signers == frozenset(), cut
        assert reading.problems or cut == len(unsigned)


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7\n", b"hello", b"\xff\xd8\xff\xe0" * 99, b"%PDF-1.7\n" + b"[" * 50_000],
)
def test_what_is_no_pdf_is_said_to_be_none(signatures: PdfSignatures, data: bytes) -> None:
    assert codes(signatures.read(data, at=LATER)) == {"contract.unreadable"}


def test_a_huge_file_is_not_read(signatures: PdfSignatures, twice: bytes) -> None:
    huge = twice + bytes(pdf_signatures.LARGEST)
    reading = signatures.read(huge, at=LATER)
    assert codes(reading) == {"contract.unreadable"}


def test_right_names_in_a_self_made_certificate_are_not_trusted(
    signatures: PdfSignatures, unsigned: bytes, tmp_path: Path
) -> None:
    other = PdfSignatures(workspace(tmp_path / "other"))
    forged = sign(other, sign(other, unsigned, "model", "asta"), "brand", "maison-nord")
    assert other.read(forged, at=LATER).signers == {"asta", "maison-nord"}
    reading = signatures.read(forged, at=LATER)
    assert [(s.name, s.party, s.intact, s.trusted) for s in reading.signatures] == [
        ("Asta Lindqvist", "", True, False),
        ("Maison Nord SAS", "", True, False),
    ]
    assert codes(reading) == {"contract.untrusted_signer", "contract.time_untrusted"}
    assert reading.signers == frozenset()


def test_the_agency_in_the_field_of_the_model_shows(
    signatures: PdfSignatures, folder: Path, unsigned: bytes, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "keys")
    parties = tmp_path / "keys" / "parties"
    shutil.rmtree(parties / "asta")
    shutil.copytree(parties / "atlas-models", parties / "asta")
    swapped = Keys(tmp_path / "keys", HOUSE)

    def forge() -> bytes:
        return PdfSignatures(swapped).sign(
            unsigned,
            party="asta",
            role="model",
            passphrase=PASSPHRASES["atlas-models"],
            reason="as if",
            now=NOW,
        )

    with refused("key.mismatch"):
        forge()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(swapped, "identify", lambda *_, **__: "asta")
        forged = forge()
    reading = signatures.read(forged, at=LATER)
    assert [(s.role, s.party, s.trusted) for s in reading.signatures] == [
        ("model", "atlas-models", True)
    ]
    assert codes(reading) == {"contract.wrong_party"}
    assert reading.signers == frozenset()


def test_a_signature_holds_while_its_certificate_does(
    signatures: PdfSignatures, twice: bytes
) -> None:
    for days in (3600, 3700):  # the time stamp shows that they were valid when they signed
        assert signatures.read(twice, at=NOW + timedelta(days=days)).signers == {
            "asta",
            "maison-nord",
        }
    for at in (NOW - timedelta(days=1), NOW + timedelta(days=7400)):
        assert {"contract.time_untrusted", "contract.certificate_expired"} <= codes(
            signatures.read(twice, at=at)
        )
    early = signatures.read(twice, at=NOW + timedelta(minutes=30))
    assert [s.trusted for s in early.signatures] == [True, False]


# What the time stamp proves


def test_the_workspace_s_own_time_is_said_to_be_its_own(
    signatures: PdfSignatures, twice: bytes
) -> None:
    for one in signatures.read(twice, at=LATER).signatures:
        assert one.stamp is not None
        assert (one.stamp.at, one.stamp.independent, one.stamp.trusted) == (
            one.signed_at,
            False,
            True,
        )
        assert "not by an independent authority" in one.stamp.text


def test_an_authority_stamps_over_http_and_is_named(
    folder: Path, unsigned: bytes, once: bytes
) -> None:
    with authority(NOW) as (url, root):
        keys = Keys(folder, HOUSE)
        by_authority = PdfSignatures(keys, HttpTime(url), authorities=(root,))
        signed = sign(by_authority, unsigned, "model", "asta")
    reading = by_authority.read(signed, at=LATER)
    assert reading.problems == ()
    (one,) = reading.signatures
    assert one.stamp is not None
    assert (one.stamp.by, one.stamp.independent, one.stamp.trusted) == ("Test time", True, True)
    stranger = PdfSignatures(keys).read(signed, at=LATER)
    assert codes(stranger) == {"contract.time_untrusted"}
    assert stranger.signers == frozenset()
    assert "Test time" in stranger.problems[0].text


def test_an_authority_that_does_not_answer_is_said_and_nothing_is_signed(
    folder: Path, unsigned: bytes
) -> None:
    with authority(NOW) as (url, _):
        pass
    with refused("timestamp.unreachable"):
        sign(PdfSignatures(Keys(folder, HOUSE), HttpTime(url)), unsigned, "model", "asta")
    with authority(NOW, broken=True) as (url, _), refused("timestamp.unreachable"):
        sign(PdfSignatures(Keys(folder, HOUSE), HttpTime(url)), unsigned, "model", "asta")
    with refused("timestamp.address"):
        HttpTime("file:/etc/passwd")


def test_a_certificate_that_ended_before_the_time_stamp_shows(
    folder: Path, signatures: PdfSignatures, unsigned: bytes
) -> None:
    keys = Keys(folder, HOUSE)
    late = NOW + timedelta(days=3700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "identify", lambda *_, **__: "asta")
        signed = PdfSignatures(keys).sign(
            unsigned,
            party="asta",
            role="model",
            passphrase=PASSPHRASES["asta"],
            reason="late",
            now=late,
        )
    reading = signatures.read(signed, at=late + timedelta(days=1))
    assert codes(reading) == {"contract.certificate_expired"}


def test_an_agency_s_certificate_signs_no_contract(
    folder: Path, unsigned: bytes, tmp_path: Path
) -> None:
    keys = Keys(Path(shutil.copytree(folder, tmp_path / "keys")), HOUSE)
    parties = tmp_path / "keys" / "parties"
    shutil.rmtree(parties / "asta")
    keys.create("asta", "Asta Lindqvist", PASSPHRASES["asta"], now=NOW, contracts=False)
    with refused("key.signs_no_contract"):
        sign(PdfSignatures(keys), unsigned, "model", "asta")
    assert keys.check(keys.state("asta", PASSPHRASES["asta"], b"{}"), at=NOW) == "asta"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "identify", lambda *_, **__: "asta")
        forged = sign(PdfSignatures(keys), unsigned, "model", "asta")
    assert codes(PdfSignatures(keys).read(forged, at=LATER)) == {"contract.agency_signed"}


def test_a_root_alone_reads_and_evidence_is_bound(
    signatures: PdfSignatures, folder: Path, unsigned: bytes
) -> None:
    signed = signatures.sign(
        unsigned,
        party="asta",
        role="model",
        passphrase=PASSPHRASES["asta"],
        reason="I agree",
        now=NOW,
        evidence=digest(b"evidence"),
    )
    reader = PdfSignatures(Anchor(Keys(folder, "").root_pem))
    (one,) = reader.read(signed, at=LATER).signatures
    assert (one.party, one.trusted, one.evidence) == ("asta", True, digest(b"evidence"))
    changed = signed.replace(digest(b"evidence")[7:].encode(), digest(b"another!")[7:].encode())
    assert changed != signed
    assert "contract.altered" in codes(reader.read(changed, at=LATER))


def test_the_workspace_seals_a_paper(signatures: PdfSignatures, unsigned: bytes) -> None:
    sealed = signatures.seal(unsigned, reason="Signing record", now=NOW)
    assert signatures.sealed(sealed, at=LATER) == ()
    for wrong in (unsigned, sealed + b"\n", sealed.replace(b"Signing record", b"Signing recorD")):
        assert [one.code for one in signatures.sealed(wrong, at=LATER)] == ["record.altered"]


# What is never signed


@pytest.mark.parametrize("role", ["agency", "", "Model", "../model"])
def test_only_model_and_brand_sign(signatures: PdfSignatures, unsigned: bytes, role: str) -> None:
    with refused("contract.role"):
        sign(signatures, unsigned, role, "atlas-models")


def test_nobody_signs_for_another(signatures: PdfSignatures, unsigned: bytes) -> None:
    for role, party in (("model", "atlas-models"), ("brand", "asta"), ("model", "maison-nord")):
        with refused("contract.wrong_party"):
            sign(signatures, unsigned, role, party)


def test_nobody_signs_twice(signatures: PdfSignatures, once: bytes, twice: bytes) -> None:
    for pdf, role, party in ((once, "model", "asta"), (twice, "brand", "maison-nord")):
        with refused("contract.already_signed"):
            sign(signatures, pdf, role, party)


def test_the_wrong_passphrase_signs_nothing(signatures: PdfSignatures, unsigned: bytes) -> None:
    with refused("key.passphrase"):
        signatures.sign(
            unsigned, party="asta", role="model", passphrase="not hers", reason="x", now=NOW
        )


def test_a_party_without_a_key_cannot_sign(signatures: PdfSignatures) -> None:
    parties = {"model": "nobody", "brand": "maison-nord"}
    base = contract(parties=parties, commission="0")
    pdf = Typst().contract(replace(base, names={**NAMES, "nobody": "Nobody"}))
    with pytest.raises(LookupError, match="nobody"):
        signatures.sign(
            pdf, party="nobody", role="model", passphrase="long enough", reason="x", now=NOW
        )


def test_what_is_no_contract_is_not_signed(signatures: PdfSignatures, unsigned: bytes) -> None:
    blank = pikepdf.new()
    blank.add_blank_page()
    out = io.BytesIO()
    blank.save(out)
    spaced = json.dumps(contract().terms.as_json(), sort_keys=True).encode()
    for pdf, code in (
        (out.getvalue(), "contract.terms_missing"),
        (b"hello", "contract.unreadable"),
        (with_other_terms(unsigned, b'{"b":1}'), "contract.terms_unreadable"),
        (with_other_terms(unsigned, b"[" * 9999), "contract.terms_unreadable"),
        (with_other_terms(unsigned, spaced), "contract.terms_unreadable"),
    ):
        with refused(code):
            sign(signatures, pdf, "model", "asta")


def test_fields_made_elsewhere_are_not_signed(signatures: PdfSignatures, unsigned: bytes) -> None:
    for names, code in (
        (("model", "brand"), "contract.altered"),
        (("model", "agency"), "contract.field_unknown"),
        (("model", "brand", "witness"), "contract.field_unknown"),
    ):
        writer = IncrementalPdfFileWriter(io.BytesIO(unsigned))
        for name in names:
            append_signature_field(writer, SigFieldSpec(sig_field_name=name, on_page=0))
        with refused(code):
            sign(signatures, written(writer), "model", "asta")


def test_a_name_of_any_script_can_sign(
    folder: Path, signatures: PdfSignatures, unsigned: bytes, tmp_path: Path
) -> None:
    keys = Keys(Path(shutil.copytree(folder, tmp_path / "keys")), HOUSE)
    for number, name in enumerate(
        ("张伟 服饰", "محمد علي", "Đặng Thị Łucja", "x" * 200, "%(x)s #f()")
    ):
        party = f"model-{number}"
        keys.create(party, name, PASSPHRASES["asta"], now=NOW)
        parties = {"model": party, "brand": "maison-nord"}
        base = contract(parties=parties, commission="0")
        pdf = Typst().contract(replace(base, names={**NAMES, party: name}))
        signed = PdfSignatures(keys).sign(
            pdf, party=party, role="model", passphrase=PASSPHRASES["asta"], reason=name, now=NOW
        )
        assert PdfSignatures(keys).read(signed, at=LATER).signers == {party}

"""Pictures, seals and releases in a real workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

import sosie
from sosie.core.file_format import PLAIN, FileFormat, Form, format_of
from sosie.core.ports import Outside
from sosie.core.seal import Verdict
from sosie.core.terms import Channel, Purpose
from sosie.core.values import Digest
from sosie.core.verification import Question
from sosie.services import (
    erasure,
    ledger,
    log,
    picture,
    release,
    seal,
    verification,
    workspace,
)
from sosie.services import license as licenses
from sosie.store.models import Party, Picture, Release, Seal
from tests.services.conftest import LATER, PLATES, SECRETS, answer, granted, made, ordered, refused
from tests.services.people import drawn_photo

ON = date(2026, 12, 1)


def let_go(outside: Outside, id: str, *where: str, form: Form = PLAIN) -> object:
    return release.release(
        outside,
        picture=id,
        channel=Channel.INSTAGRAM,
        purpose=Purpose.ORGANIC_SOCIAL,
        territories=where or ("FR",),
        by="nord",
        passphrase=SECRETS["nord"],
        now=LATER,
        form=form,
    )


@pytest.fixture
def released(captured: Outside, agreed: Callable[..., str]) -> tuple[Outside, Path]:
    """A workspace with one released picture, and its file."""
    (id,) = made(captured, agreed(), "front-half")
    granted(answer(captured, id))
    granted(seal.seal(captured, picture=id, now=LATER))
    granted(let_go(captured, id))
    return captured, Path(release.overview(captured)[0]["file"])


def test_silence_is_no_yes(captured: Outside, agreed: Callable[..., str]) -> None:
    (id,) = made(captured, agreed(), "front-half")
    assert refused(seal.seal(captured, picture=id, now=LATER)) == {"approval.missing"}
    assert refused(let_go(captured, id)) == {"release.not_sealed"}
    granted(answer(captured, id, yes=False))
    assert "approval.missing" in refused(seal.seal(captured, picture=id, now=LATER))
    assert not Seal.objects.exists()


def test_only_the_model_answers(captured: Outside, agreed: Callable[..., str]) -> None:
    (id,) = made(captured, agreed(), "front-half")
    result = picture.answer(
        captured, picture=id, yes=True, by="atlas", passphrase=SECRETS["atlas"], now=LATER
    )
    assert refused(result) == {"picture.not_hers"}
    assert Picture.objects.get(pk=id).status == "made"


def test_the_volume_is_never_exceeded(captured: Outside, agreed: Callable[..., str]) -> None:
    license = agreed()
    made(captured, license, "front-half", "walking")
    assert "volume.exceeded" in refused(ordered(captured, license, "front-full"))
    granted(answer(captured, "S-0001-01", yes=False))
    granted(ordered(captured, license, "front-full"))


def test_the_same_recipe_gives_the_same_pixels(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "three-quarter")
    pixels, same, promised, reasons = granted(
        picture.replay(captured, picture=id, progress=lambda share, what: None, now=LATER)
    )
    assert (same, promised, reasons) == (True, True, ())
    kept = captured.blobs.get(Digest(Picture.objects.get(pk=id).digest))
    assert np.array_equal(pixels, captured.pictures.decode(kept, where="kept"))


def test_a_picture_of_another_version_of_its_engine_promises_nothing_and_says_why(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    row = Picture.objects.get(pk=id)
    recipe = dict(row.recipe or {})
    ours = recipe["engine"]["version"]
    recipe["engine"] = {"name": "atelier", "version": "1"}
    Picture.objects.filter(pk=id).update(recipe=recipe)
    _, same, promised, (reason,) = granted(
        picture.replay(captured, picture=id, progress=lambda share, what: None, now=LATER)
    )
    assert (same, promised, reason.code) == (True, False, "picture.other_engine")
    assert reason.text == f"made by atelier 1, this is atelier {ours}: pixels may differ"


def test_revocation_wins_while_a_picture_is_made(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    row = granted(ordered(captured, license, "front-half"))
    (id,) = picture.pending(row.pk)

    def revoke_halfway(share: float, what: str) -> None:
        if granted(licenses.find(license)).revocation is None:
            granted(
                licenses.revoke(
                    captured, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
                )
            )

    before = set(captured.blobs.all())
    result = picture.make(
        captured, picture=id, progress=revoke_halfway, cancelled=lambda: False, now=LATER
    )
    assert "license.revoked" in refused(result)
    assert Picture.objects.get(pk=id).digest == ""
    assert set(captured.blobs.all()) == before


def test_revocation_wins_before_sealing_and_releasing(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    one, two = made(captured, license, "front-half", "walking")
    for id in (one, two):
        granted(answer(captured, id))
    granted(seal.seal(captured, picture=one, now=LATER))
    granted(
        licenses.revoke(captured, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER)
    )
    assert "license.revoked" in refused(seal.seal(captured, picture=two, now=LATER))
    assert "license.revoked" in refused(let_go(captured, one))
    assert not Release.objects.exists()


def test_a_release_outside_the_territory_is_refused(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    granted(answer(captured, id))
    granted(seal.seal(captured, picture=id, now=LATER))
    blobs = set(captured.blobs.all())
    assert "territory.not_licensed" in refused(let_go(captured, id, "JP"))
    assert set(captured.blobs.all()) == blobs
    assert Seal.objects.count() == 1


def test_a_released_file_verifies_offline_once_its_root_is_chosen(
    released: tuple[Outside, Path], tmp_path: Path
) -> None:
    _, file = released
    trust = file.parent / "trust.json"
    report = sosie.verify(file, trust=trust, where="FR", channel="instagram", on=ON)
    assert (report.outcome, report.exit_code) == (Verdict.MADE_HERE, 0)
    assert "made under license here" in report.sentence
    assert "Ines M." in report.sentence
    beside = sosie.verify(file, on=ON)
    assert (beside.outcome, beside.exit_code) == (Verdict.UNKNOWN, 2)
    abroad = sosie.verify(file, trust=trust, where="JP", on=ON)
    assert (abroad.outcome, abroad.exit_code) == (Verdict.MADE_HERE, 1)
    late = sosie.verify(file, trust=trust, where="FR", on=date(2027, 5, 1))
    assert late.exit_code == 1
    alone = tmp_path / "alone.jpg"
    alone.write_bytes(file.read_bytes())
    assert sosie.verify(alone, trust=trust, on=ON).outcome is Verdict.UNKNOWN


def test_a_changed_byte_or_record_is_found(released: tuple[Outside, Path]) -> None:
    _, file = released
    trust = file.parent / "trust.json"
    data = bytearray(file.read_bytes())
    data[-2000] ^= 1
    file.write_bytes(bytes(data))
    changed = sosie.verify(file, trust=trust, on=ON)
    assert (changed.outcome, changed.exit_code) == (Verdict.ALTERED, 1)
    data[-2000] ^= 1
    file.write_bytes(bytes(data))
    sidecar = file.with_name(file.name + ".sosie.json")
    said = json.loads(sidecar.read_text())
    said["record"]["twin_name"] = "Somebody Else"
    sidecar.write_text(json.dumps(said))
    assert sosie.verify(file, trust=trust, on=ON).outcome is Verdict.ALTERED


def test_each_format_is_sealed_released_and_verified(
    captured: Outside, agreed: Callable[..., str], tmp_path: Path
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    granted(answer(captured, id))
    granted(seal.seal(captured, picture=id, now=LATER, form=Form(FileFormat.PNG)))
    rate = str(Picture.objects.get(pk=id).license.terms["pay"]["per_picture"]).encode()
    assert rate == b"180.00"
    for format in FileFormat:
        for beside in (False, True):
            made_ = granted(let_go(captured, id, form=Form(format, beside=beside)))
            assert isinstance(made_, Release)
            file = next(
                Path(row["file"]) for row in release.overview(captured) if row["seal"] == made_.pk
            )
            data, trust = file.read_bytes(), file.parent / "trust.json"
            assert (file.suffix, format_of(data)) == (format.suffix, format)
            store = file.with_suffix(".c2pa")
            assert store.exists() is beside
            for said in (data, store.read_bytes() if beside else b""):
                assert rate not in said
            assert (captured.credentials.read(data).number is None) is beside
            report = sosie.verify(file, trust=trust, where="FR", channel="instagram", on=ON)
            assert (report.outcome, report.exit_code) == (Verdict.MADE_HERE, 0), report.sentence
            here = verification.verify(captured, data=data, where="x", question=Question(ON))
            assert here.outcome is Verdict.MADE_HERE
            assert "a copy of" not in here.sentence
    assert workspace.fsck(captured) == ()
    assert workspace.sweep(captured) == 0


def test_what_lies_beside_a_file_is_logged_too(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    granted(answer(captured, id))
    granted(seal.seal(captured, picture=id, now=LATER))
    for _ in range(2):
        granted(let_go(captured, id, form=Form(beside=True)))
    one, two = (Path(row["file"]) for row in release.overview(captured))
    trust = one.parent / "trust.json"
    stores = [file.with_suffix(".c2pa").read_bytes() for file in (one, two)]
    # The manifest of the same pixels under another number: sound and trusted, and not this one.
    one.with_suffix(".c2pa").write_bytes(stores[1])
    swapped = sosie.verify(one, trust=trust, on=ON)
    assert swapped.outcome is Verdict.ALTERED
    one.with_suffix(".c2pa").unlink()
    gone = sosie.verify(one, trust=trust, on=ON)
    assert (gone.outcome, gone.number) == (Verdict.UNKNOWN, None)
    (kept,) = [file for file in workspace.files() if captured.blobs.get(file) == stores[1]]
    captured.blobs.delete(kept)
    assert {reason.code for reason in workspace.fsck(captured)} == {"file.absent"}
    assert sosie.verify(two, trust=trust, on=ON).outcome is Verdict.MADE_HERE
    for brought, outcome in ((None, Verdict.UNKNOWN), (stores[1], Verdict.MADE_HERE)):
        report = verification.verify(
            captured,
            data=two.read_bytes(),
            where="two",
            question=Question(ON),
            manifest=brought,
        )
        assert report.outcome is outcome


def test_a_source_type_that_cannot_be_true_is_not_signed(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    granted(answer(captured, id))
    row = Picture.objects.get(pk=id)
    for term, code in (
        ("trainedAlgorithmicMedia", "source_type.untrue"),
        ("digitalArt", "source_type.unknown"),
    ):
        Picture.objects.filter(pk=id).update(
            recipe={**(row.recipe or {}), "digital_source_type": term}
        )
        assert refused(seal.seal(captured, picture=id, now=LATER)) == {code}
    assert not Seal.objects.exists()


def test_copies_are_found_in_the_workspace_and_strangers_are_not(
    released: tuple[Outside, Path],
) -> None:
    outside, file = released
    pixels = outside.pictures.decode(file.read_bytes(), where="file")

    def ask(changed: np.ndarray) -> Verdict:
        data = outside.pictures.encode(np.ascontiguousarray(changed))
        return verification.verify(outside, data=data, where="copy", question=Question(ON)).outcome

    small = cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    assert ask(small) is Verdict.MADE_HERE
    painted = pixels.copy()
    painted[600:640, 500:540] = (255, 0, 255)
    assert ask(painted) is Verdict.ALTERED
    noise = np.random.default_rng(3).integers(0, 256, (700, 560, 3), np.uint8)
    assert ask(noise) is Verdict.UNKNOWN


def test_a_file_names_people_as_they_chose_and_says_nothing_private(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    for id, name in (("ines", "Legal Name Of Her"), ("nord", "Legal Name Of It SAS")):
        Party.objects.filter(pk=id).update(name=name, address="12 Private Street")
    Party.objects.filter(pk="nord").update(shown_as="Maison N.")
    (id,) = made(captured, agreed(title="Unreleased Capsule"), "front-half")
    granted(answer(captured, id))
    granted(seal.seal(captured, picture=id, now=LATER))
    granted(let_go(captured, id, form=Form(beside=True)))
    folder = Path(release.overview(captured)[0]["file"]).parent
    files = [captured.blobs.get(Digest(Seal.objects.get(master=None).file))]
    files += [path.read_bytes() for path in folder.iterdir()]
    assert len(files) == 7
    private = ("Legal Name", "Private Street", "Unreleased", "180.00", "60.00", "0.20", "atlas")
    for data in files:
        assert not [words for words in private if words.encode() in data]
    said = captured.credentials.read(files[0]).license
    assert said is not None
    assert (said.twin_name, said.brand_name) == ("Ines M.", "Maison N.")
    # The controls: the chosen name and the agreed credit line are there, in clear bytes.
    assert b"Ines M." in files[0]
    assert b"Digital twin of Ines M." in files[0]


def test_every_act_is_logged_and_paid_once(released: tuple[Outside, Path]) -> None:
    outside, _ = released
    assert workspace.fsck(outside) == ()
    assert ledger.check() == ()
    today = LATER.date()
    shown = granted(ledger.statement(party="ines", first=today, last=today))
    assert [str(line.gross) for line in shown.lines] == ["180.00 EUR", "60.00 EUR"]
    assert str(shown.totals[0].closing) == "192.00 EUR"
    agency = granted(ledger.statement(party="atlas", first=today, last=today))
    assert str(agency.totals[0].closing) == "48.00 EUR"
    acts = {leaf["act"] for leaf in log.newest(1000)}
    assert {"consent.signed", "contract.signed", "picture.sealed", "picture.released"} <= acts


def test_fsck_finds_what_was_changed(released: tuple[Outside, Path]) -> None:
    outside, _ = released
    master = Seal.objects.get(master=None)
    outside.blobs.delete(Digest(master.file))
    assert {reason.code for reason in workspace.fsck(outside)} == {"file.absent"}


def test_a_deleted_twin_is_gone(released: tuple[Outside, Path]) -> None:
    outside, _ = released
    proof = granted(
        erasure.delete(outside, twin="ines", by="ines", passphrase=SECRETS["ines"], now=LATER)
    )
    assert len(proof.record.erased) == len(set(map(drawn_photo, PLATES)))
    assert "creation_consent.missing" in refused(let_go(outside, "S-0001-01"))
    license = Picture.objects.get(pk="S-0001-01").license_id
    assert refused(ordered(outside, license, "front-half")) == {"consent.withdrawn"}
    assert workspace.fsck(outside) == ()

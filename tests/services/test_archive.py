"""All that is a party's in one file: what it holds, and that whoever changes it is found out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from sosie.adapters.archive import check
from sosie.core.archive import INDEX, MOST_BYTES, index_of, statement_of
from sosie.core.package import TrustFile
from sosie.core.ports import Outside
from sosie.core.values import BadInput, digest
from sosie.services import archive, log, release
from sosie.store.models import SignedAct
from tests.services.conftest import LATER, answer, granted, made, refused


@pytest.fixture
def taken(captured: Outside, agreed: Callable[..., str]) -> bytes:
    """What she takes with her, once a license is signed and she answered a picture."""
    (picture,) = made(captured, agreed(), "front-half")
    granted(answer(captured, picture, yes=False))
    log.publish(captured)
    return granted(archive.of(captured, party="ines", now=LATER))


def trust(outside: Outside) -> TrustFile:
    return release.trust(outside)


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return data.getvalue()


def wrong(outside: Outside, files: dict[str, bytes]) -> set[str]:
    """Return the codes of all that is found against an archive of some files."""
    _, found = check(packed(files), trust(outside))
    return {reason.code for each in found for reason in each.against}


def test_all_that_is_hers_holds_and_is_told_in_plain_words(captured: Outside, taken: bytes) -> None:
    index, found = check(taken, trust(captured))
    assert index.party == "ines"
    kinds = {each.kind for each in index.papers}
    assert {"contract", "deal_memo"} <= kinds
    acts = [each.act for each in index.signed]
    assert {"consent.create", "license.agreed", "picture.refuse"} <= set(acts)
    assert len(acts) == SignedAct.objects.filter(party="ines").count()
    assert [each for each in found if each.against] == []
    assert len(found) == 1 + len(index.papers) + len(index.signed) + len(index.money)
    assert [each.proof is not None for each in index.papers if each.kind == "contract"] == [True]
    page = files(taken)["index.html"].decode()
    assert "The papers of Ines" in page
    assert "yes to a license" in page
    assert "sosie paper verify" in page
    assert granted(archive.of(captured, party="ines", now=LATER)) == taken
    assert refused(archive.of(captured, party="nobody", now=LATER)) == {"party.unknown"}


def test_whoever_changes_it_is_found_out(captured: Outside, taken: bytes) -> None:
    whole = files(taken)
    assert wrong(captured, whole) == set()  # the control
    index = json.loads(whole[INDEX])
    paper = next(each for each in index["papers"] if each["kind"] == "contract")
    said = next(each for each in index["signed"] if each["act"] == "picture.refuse")

    def with_(name: str, data: bytes) -> dict[str, bytes]:
        """Return the archive with one file changed and the index in line with it."""
        told = json.loads(json.dumps(index))
        for each in (*told["papers"], *told["signed"], *told["money"]):
            if each["file"] == name:
                each["digest"] = digest(data)
        return {**whole, name: data, INDEX: json.dumps(told).encode()}

    gone = {name: data for name, data in whole.items() if name != paper["file"]}
    assert wrong(captured, gone) == {"papers.missing"}
    assert wrong(captured, {**whole, paper["file"]: b"%PDF-another"}) == {"papers.changed"}
    other = whole[paper["file"]].replace(b"Capsule", b"Capsulf")
    assert "proof.other" in wrong(captured, with_(paper["file"], other + b" "))
    yes = json.loads(whole[said["file"]])
    yes["body"] = yes["body"].replace("picture.refuse", "picture.approve")
    assert wrong(captured, with_(said["file"], json.dumps(yes).encode())) == {"statement.signature"}
    note = json.loads(whole[said["file"]])
    note["body"] = note["body"].replace('"note":""', '"note":"x"')
    assert wrong(captured, with_(said["file"], json.dumps(note).encode())) == {
        "statement.signature"
    }
    for broken in (b"", b"[]", b"{}", b'{"sosie": 1}', b"\xff"):
        assert wrong(captured, with_(said["file"], broken)) == {"papers.statement"}
    proof = json.loads(whole[paper["proof"]])
    proof["index"] += 1
    assert wrong(captured, {**whole, paper["proof"]: json.dumps(proof).encode()}) != set()
    assert wrong(captured, {**whole, paper["proof"]: b"{}"}) == {"proof.format"}


def test_another_house_vouches_for_nothing(
    captured: Outside, taken: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from sosie.adapters.keys import Keys

    folder = tmp_path_factory.mktemp("another") / "keys"
    other = Keys.found(folder, "another-house", "four or five words", now=LATER)
    ours = trust(captured)
    theirs = TrustFile(ours.workspace, other.root_pem, ours.log, None)
    _, found = check(taken, theirs)
    codes = {reason.code for each in found for reason in each.against}
    assert "statement.untrusted" in codes
    assert "contract.unsigned" in codes or "contract.signature_untrusted" in codes


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive", packed({"a/b": b"x"})])
def test_what_is_no_archive_is_said_to_be_none(captured: Outside, data: bytes) -> None:
    with pytest.raises(BadInput) as error:
        check(data, trust(captured))
    assert error.value.code in ("papers.archive", "papers.index")


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sosie.adapters import archive as reader

    assert MOST_BYTES >= 2**30
    monkeypatch.setattr(reader, "MOST_BYTES", 100)
    with pytest.raises(BadInput, match="more than an archive"):
        check(packed({"a/b": b"x" * 101}), trust(captured))


def test_an_index_names_no_file_outside(captured: Outside, taken: bytes) -> None:
    said = json.loads(files(taken)[INDEX])
    said["papers"][0]["file"] = "../secret"
    with pytest.raises(BadInput) as error:
        index_of(json.dumps(said).encode())
    assert error.value.code == "papers.index"
    with pytest.raises(BadInput):
        statement_of(b"{}", where="signed/x.json")

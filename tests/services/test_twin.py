"""The life of a twin: versions, marks, retirement, and an end that can be proved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

from sosie import verifying
from sosie.core.erasure import Erasure
from sosie.core.life import Step
from sosie.core.ports import Outside
from sosie.core.protocol import MINIMAL
from sosie.core.values import BadInput, Digest, Refusal
from sosie.services import (
    capture_day,
    erasure,
    life,
    picture,
    release,
    retirement,
    seal,
    shoot,
    workspace,
)
from sosie.services import license as licenses
from sosie.services import twin as twins
from sosie.store.models import License, Picture, Plate, SignedAct, Twin, TwinFile
from tests.services.conftest import (
    LATER,
    MEASURES,
    NOW,
    PLATES,
    SECRETS,
    answer,
    consented,
    database,
    draft,
    granted,
    made,
    ordered,
    plan,
    refused,
    terms,
)
from tests.services.people import drawn_card, drawn_photo

Agreed = Callable[..., str]


HERS = {"by": "ines", "passphrase": SECRETS["ines"]}


def again(outside: Outside, *plates: str, **changes: object) -> twins.Capture | Refusal:
    """Capture the twin anew from some plates."""
    photos = [twins.Photo(f"{view}.jpg", drawn_photo(view), drawn_card(view)) for view in plates]
    asked: dict[str, Any] = {"measurements": {**MEASURES, "waist_cm": 64}, **HERS, **changes}
    return twins.capture(
        outside, twin="ines", shown_as="Ines M.", photos=photos, now=LATER, **asked
    )


def retire(outside: Outside, by: str = "ines") -> object:
    return retirement.retire(outside, twin="ines", by=by, passphrase=SECRETS[by], now=LATER)


def erase(outside: Outside, by: str = "ines", twin: str = "ines") -> Erasure | Refusal:
    return erasure.delete(outside, twin=twin, by=by, passphrase=SECRETS[by], now=LATER)


def test_a_new_capture_is_a_new_version_and_old_pictures_keep_theirs(
    captured: Outside, agreed: Agreed
) -> None:
    free, old = agreed(pictures=9), agreed(pictures=9, twin_version=1)
    (picture,) = made(captured, free, "walking")
    second = granted(again(captured, *PLATES))
    assert (second.version, second.met and second.met.name) == (2, "basic")
    assert {p.version for p in Plate.objects.all()} == {1, 2}
    said = granted(twins.show("ines"))
    assert [v["measurements"]["waist_cm"] for v in said["versions"]] == [62, 64]
    assert Picture.objects.get(pk=picture).plate.version == 1
    assert twins.version_for(License.objects.get(pk=free)) == 2
    assert twins.version_for(License.objects.get(pk=old)) == 1
    for license, version in ((free, 2), (old, 1)):
        row = granted(ordered(captured, license, "front-half"))
        assert {p.plate.version for p in row.pictures.all()} == {version}
    assert workspace.fsck(captured) == ()


def test_a_license_of_a_version_that_is_not_there_makes_nothing(
    captured: Outside, agreed: Agreed
) -> None:
    license = agreed(twin_version=7)
    assert "plate.unknown" in refused(ordered(captured, license, "front-half"))


def test_a_capture_that_lacks_something_is_no_version(captured: Outside) -> None:
    short = granted(again(captured, "front-half"))
    assert short.twin is None
    assert {reason.code for reason in short.missing} == {"capture.view_missing"}
    assert Plate.objects.filter(version=2).count() == 0
    assert refused(again(captured, *PLATES, by="")) == {"twin.made"}
    assert refused(again(captured, *PLATES, by="nord")) == {"twin.not_hers"}


def test_marks_are_hers_to_name_and_lie_on_a_plate(captured: Outside) -> None:
    def mark(by: str = "ines", **changes: object) -> object:
        asked: dict[str, Any] = {"place": "left cheek", "words": "a mole", **changes}
        return twins.mark(captured, twin="ines", by=by, passphrase=SECRETS[by], now=LATER, **asked)

    granted(mark())
    granted(mark(place="left arm", plate="front-half", region=(300, 450, 340, 480)))
    assert refused(mark(by="nord")) == {"twin.not_hers"}
    assert refused(mark(words=" ")) == {"mark.unsaid"}
    assert refused(mark(plate="profile")) == {"plate.unknown"}
    assert refused(mark(plate="front-half", region=(0, 0, 9000, 5))) == {"mark.outside"}
    shown = granted(twins.show("ines"))["marks"]
    assert [(m["number"], m["place"], m["region"]) for m in shown] == [
        (1, "left cheek", None),
        (2, "left arm", [300, 450, 340, 480]),
    ]


def test_a_retired_twin_gives_nothing_new_and_what_runs_runs_on(
    captured: Outside, agreed: Agreed
) -> None:
    running = agreed(pictures=9)
    (before,) = made(captured, running, "walking")
    waiting = draft(captured, terms(title="Another"))
    assert refused(retire(captured, by="atlas")) == {"twin.not_hers"}
    done = granted(retire(captured))
    assert done == retirement.Plan((running,), ends=False)
    assert refused(retire(captured)) == {"twin.retired"}
    assert refused(again(captured, *PLATES)) == {"twin.retired"}
    assert refused(ordered(captured, running, "front-half")) == {"twin.retired"}
    asked: dict[str, Any] = {
        "terms": terms(title="Third"),
        "by": "nord",
        "passphrase": SECRETS["nord"],
    }
    assert refused(licenses.draft(captured, **asked, now=LATER)) == {"twin.retired"}
    step: dict[str, Any] = {
        "license": waiting.pk,
        "by": "nord",
        "passphrase": SECRETS["nord"],
        "now": LATER,
    }
    assert refused(life.take(captured, **step, step=Step.ASKED)) == {"twin.retired"}
    granted(answer(captured, before))  # what was ordered before goes on
    asked = {"license": running, "plan": plan("front-half"), "now": LATER}
    assert refused(shoot.propose(captured, **asked)) == {"twin.retired"}  # before anyone signs


def test_licenses_end_with_the_twin_where_her_consent_says_so(
    captured: Outside, agreed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    license = agreed(pictures=9)
    monkeypatch.setattr(twins, "on_retirement", lambda twin: "end")
    assert granted(retire(captured)) == retirement.Plan((license,), ends=True)
    assert License.objects.get(pk=license).revocation is not None


def test_of_a_deleted_twin_nothing_is_approved_recognized_or_sealed(
    captured: Outside, agreed: Agreed
) -> None:
    license = agreed(pictures=9)
    yes, no, doubted = made(captured, license, "walking", "front-half", "front-full")
    (sealed,) = made(captured, license, "three-quarter")
    granted(answer(captured, sealed))
    doubt = {"code": "likeness.undecided", "text": "no head"}
    Picture.objects.filter(pk=doubted).update(status="undecided", doubts=[doubt])
    granted(erase(captured))
    assert refused(answer(captured, yes)) == {"consent.withdrawn"}
    assert refused(picture.recognize(captured, picture=doubted, now=LATER, **HERS)) == {
        "consent.withdrawn"
    }
    assert "creation_consent.missing" in refused(seal.seal(captured, picture=sealed, now=LATER))
    assert not Picture.objects.get(pk=sealed).seals.exists()
    granted(answer(captured, no, yes=False))  # she still may say no
    assert Picture.objects.get(pk=no).status == "refused"


def test_a_deleted_twin_leaves_hashes_and_a_proof_that_others_can_check(
    captured: Outside, agreed: Agreed, tmp_path: Path
) -> None:
    made(captured, agreed(pictures=9), "walking")
    granted(
        twins.mark(
            captured,
            twin="ines",
            by="ines",
            passphrase=SECRETS["ines"],
            place="left cheek",
            words="a mole",
            now=NOW,
        )
    )
    row = granted(twins.find("ines"))
    weights = captured.blobs.put(b"weights that were trained")
    twins.belongs(row, TwinFile.Kind.WEIGHTS, weights, now=NOW)
    files = {Digest(file.digest) for file in row.files.all()}
    assert weights in files
    assert files <= set(captured.blobs.all())
    planned = granted(erasure.plan("ines", "ines"))
    assert planned.files == {"plate": len(files) - 1, "weights": 1}
    assert (planned.pictures, planned.contracts) == (1, 1)
    assert planned.statements == 2  # her consent, and the mark
    assert refused(erasure.plan("ines", "nord")) == {"twin.not_hers"}

    assert refused(erase(captured, by="nord")) == {"twin.not_hers"}
    proof = granted(erase(captured))

    assert not files & set(captured.blobs.all())
    assert {Digest(each.digest) for each in proof.record.erased} == files
    emptied = [(p.card["landmarks"], p.card["face"], p.quality) for p in Plate.objects.all()]
    assert emptied == [({}, [0, 0, 0, 0], {})] * len(PLATES)
    said = granted(twins.show("ines"))
    assert (said["marks"], said["versions"][0]["measurements"]) == ([], {})
    kept = SignedAct.objects.get(act=twins.MARK, subject="ines/1")
    assert b"a mole" in bytes(kept.body)  # evidence, as the proof and the plan say
    assert any("her statements, contracts" in what for what in proof.record.emptied)
    assert workspace.fsck(captured) == ()
    assert workspace.sweep(captured) == 0
    file = Erasure.parse(proof.dump(), where="proof.json")
    assert file == proof
    page = Path(__file__).parents[2] / "docs" / "formats" / "erasure.md"
    (example,) = re.findall(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    shown, said_of = json.loads(example), json.loads(proof.dump())
    assert shown.keys() == said_of.keys()
    assert shown["record"].keys() == said_of["record"].keys()
    assert erasure.check(captured, file) == ()
    trust = tmp_path / "trust.json"
    trust.write_bytes(release.trust(captured).dump())
    assert verifying.erasure(file, trust=trust) == ()
    assert granted(erase(captured)).record == proof.record  # asked again: the same proof


@pytest.mark.parametrize("id", ["Ines 1", "../ines", "inès", "", "i" * 41, "ines/1", "-ines"])
def test_a_twin_is_begun_under_an_id_alone(captured: Outside, id: str) -> None:
    assert refused(consented(captured, id)) == {"twin.id"}
    assert granted(consented(captured, "ines-1")).subject == "ines-1"


def test_an_erasure_that_broke_off_is_no_erasure(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(captured.blobs, "delete", lambda digest: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(captured)
    (row,) = twins.overview()
    assert (row["standing"], row["version"]) == ("withdrawn", 1)
    granted(erase(captured))
    assert twins.overview()[0]["standing"] == "erased"


def test_a_twin_that_was_begun_under_another_name_is_erased_whole(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twins, "_ID", re.compile(".*"))  # as before such names were refused
    granted(consented(captured, "Ines 1"))
    photos = [twins.Photo("half.jpg", drawn_photo("front-half"), drawn_card("front-half"))]
    made = granted(
        twins.capture(
            captured,
            twin="Ines 1",
            shown_as="Ines",
            photos=photos,
            measurements=MEASURES,
            protocols=(MINIMAL,),
            now=NOW,
        )
    )
    assert made.twin is not None
    files = made.twin.files
    assert files.filter(erased_at=None).count() == 1
    granted(erase(captured, twin="Ines 1"))
    assert files.filter(erased_at=None).count() == 0


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "erasure.record_changed": lambda said: said["record"]["erased"].pop(),
    "erasure.other_withdrawal": lambda said: said["withdrawal"].update(
        body=said["withdrawal"]["body"].replace("consent.withdraw", "consent.withdrawn")
    ),
    "erasure.not_hers": lambda said: said["withdrawal"].update(
        signature="A" * len(said["withdrawal"]["signature"])
    ),
    "leaf.unread": lambda said: said["log"].update(
        leaf=said["log"]["leaf"].replace("twin.erased", "consent.signed")
    ),
}


def test_a_proof_that_was_changed_does_not_hold(captured: Outside) -> None:
    proof = granted(erase(captured))
    held = 0
    for code, change in CHANGES.items():
        said = json.loads(proof.dump())
        change(said)
        found = erasure.check(captured, Erasure.parse(json.dumps(said).encode(), where="x"))
        assert found, code
        held += 1
        if code.startswith("erasure."):
            assert code in {reason.code for reason in found}
    assert held == len(CHANGES) == 4
    for broken in (b"", b"[]", b'{"sosie": "erasure/1"}', b"\xff"):
        with pytest.raises(BadInput):
            Erasure.parse(broken, where="x")


def test_a_file_that_is_there_again_is_told(captured: Outside) -> None:
    proof = granted(erase(captured))
    captured.blobs.put(drawn_photo("front-half"))
    assert {reason.code for reason in erasure.check(captured, proof)} == {"erasure.there"}


def test_an_erasure_that_was_broken_off_is_taken_up_again(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_record", kill)
        with pytest.raises(Killed):
            erase(captured)
    assert TwinFile.objects.filter(erased_at=None).exists()
    assert workspace.fsck(captured) == ()
    proof = granted(erase(captured))
    assert len(proof.record.erased) == len(set(map(drawn_photo, PLATES)))
    assert not TwinFile.objects.filter(erased_at=None).exists()
    assert capture_day.of("ines") == []


OLDER = (
    (
        "INSERT INTO store_party (id, kind, name, address, place, registration,"
        " certificate, registration_exempt, joined_at)"
        " VALUES ('ines', 'model', 'I.', '', 'FR', '', '', 0, '2026')"
    ),
    (
        "INSERT INTO store_signedact (id, party_id, act, subject, body, signature, certificate, at)"
        " VALUES (1, 'ines', 'consent.create', 'ines', '', '', '', '2026-01-01')"
    ),
    (
        "INSERT INTO store_twin (id, owner_id, shown_as, consent_id, measurements, made_at)"
        " VALUES ('ines', 'ines', 'Ines M.', 1, '{\"height_cm\": 178}', '2026-01-02')"
    ),
    (
        "INSERT INTO store_plate (id, twin_id, name, digest, card, quality, captured_at)"
        " VALUES (1, 'ines', 'front-half', 'sha256:00', '{}', '{}', '2026-01-02')"
    ),
)


def test_a_twin_of_before_is_version_1_and_its_files_belong_to_it(
    tmp_path: Path, django_db_blocker: Any
) -> None:
    with database(tmp_path, django_db_blocker):
        call_command("migrate", "store", "0009", verbosity=0)
        with connection.cursor() as cursor:
            for statement in OLDER:
                cursor.execute(statement)
        workspace.bring_up_to_date()
        said = Twin.objects.get(pk="ines")
        assert [(v.number, v.measurements) for v in said.versions.all()] == [
            (1, {"height_cm": 178})
        ]
        assert [(f.kind, f.digest, f.erased_at) for f in said.files.all()] == [
            ("plate", "sha256:00", None)
        ]
        assert Plate.objects.get().version == 1
        with pytest.raises(DatabaseError, match="keeps"):
            TwinFile.objects.update(digest="sha256:11")

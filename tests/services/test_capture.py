"""A capture that goes on: photographs kept for her alone, until a version is made, it is thrown
away, or the twin is deleted."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from PIL import Image, ImageFilter

from sosie.core.ports import Outside
from sosie.core.protocol import BASIC
from sosie.core.values import BadInput, Digest, Refusal
from sosie.services import capture as captures
from sosie.services import erasure, party, today, workspace
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft, DraftPhoto
from sosie.store.models import Plate, SignedAct, Twin, TwinFile
from tests.services.conftest import LATER, MEASURES, SECRETS, consented, granted, refused
from tests.services.people import drawn_photo

VIEWS = ("front-half", "front-full", "three-quarter", "walking")
HERS: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}


def begun() -> CaptureDraft:
    return granted(captures.begin(twin="ines", by="ines", now=LATER))


def sent(outside: Outside, draft: CaptureDraft, file: str, data: bytes, slot: str = "") -> Any:
    known: dict[str, Any] = {"protocols": [BASIC], "now": LATER}
    return captures.add(outside, draft=draft, file=file, data=data, slot=slot, **known)


def all_sent(outside: Outside, draft: CaptureDraft) -> None:
    for view in VIEWS:
        granted(sent(outside, draft, f"{view}.jpg", drawn_photo(view)))


def worse(data: bytes) -> bytes:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(data)).filter(ImageFilter.GaussianBlur(6))
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def there(outside: Outside, row: DraftPhoto) -> bool:
    return Digest(row.digest) in set(outside.blobs.all())


def test_a_version_is_made_of_what_is_good_and_the_rest_is_erased(captured: Outside) -> None:
    draft = begun()
    assert draft.measurements == MEASURES  # taken over from version 1
    all_sent(captured, draft)
    bad = granted(sent(captured, draft, "IMG_1.jpg", worse(drawn_photo("front-half"))))
    assert there(captured, bad)
    assert captures.coverage(draft, BASIC).complete
    assert begun().pk == draft.pk  # gone on with
    assert captures.measure(draft, measurements={**MEASURES, "waist_cm": 64}) is None
    made = granted(captures.make(captured, draft=draft, protocols=[BASIC], **HERS))
    assert (made.version, made.met and made.met.name) == (2, "basic")
    plates = {row.name: row for row in Plate.objects.filter(twin="ines", version=2)}
    assert set(plates) == set(VIEWS)
    assert plates["walking"].card["view"] == "walking"
    assert plates["front-half"].card["landmarks"]["chin"]
    assert Twin.objects.get(pk="ines").measurements["waist_cm"] == 64
    said = SignedAct.objects.get(act=twins.VERSION, subject="ines/2")
    assert all(row.digest.encode() in bytes(said.body) for row in plates.values())
    assert not CaptureDraft.objects.exists()
    assert not there(captured, bad)
    assert workspace.fsck(captured) == ()
    assert workspace.sweep(captured) == 0


def test_what_the_protocol_lacks_makes_no_version(captured: Outside) -> None:
    draft = begun()
    granted(sent(captured, draft, "front-half.jpg", drawn_photo("front-half")))
    granted(sent(captured, draft, "front-full.jpg", worse(drawn_photo("front-full"))))
    made = captures.make(captured, draft=draft, protocols=[BASIC], **HERS)
    assert refused(made) == {"capture.view_missing"}
    assert "front-full" in str(made)
    assert draft.photos.count() == 2
    assert not Plate.objects.filter(version=2).exists()


def test_a_better_photograph_takes_the_place_and_a_worse_one_does_not(captured: Outside) -> None:
    draft, good = begun(), drawn_photo("front-half")
    first = granted(sent(captured, draft, "front-half.jpg", worse(good)))
    second = granted(sent(captured, draft, "again.jpg", good, "front-half"))
    assert not there(captured, first)
    assert draft.photos.get().digest == second.digest
    assert {"capture.blurred", "capture.worse"} <= refused(
        sent(captured, draft, "front-half.jpg", worse(good))
    )
    assert draft.photos.get().digest == second.digest
    assert len(set(captured.blobs.all()) - set(workspace.files())) == 0


def test_phones_call_every_photograph_the_same(captured: Outside) -> None:
    draft = begun()
    for view in VIEWS:
        granted(sent(captured, draft, "image.jpg", drawn_photo(view)))
    again = granted(sent(captured, draft, "image.jpg", drawn_photo("walking")))
    assert again.name == "image-4"
    assert set(draft.photos.values_list("name", flat=True)) == {
        *("image", "image-2", "image-3", "image-4")
    }
    assert refused(captures.assign(captured, photo=again, slot="nothing", protocols=[BASIC])) == {
        "capture.slot"
    }
    moved = granted(captures.assign(captured, photo=again, slot="moving", protocols=[BASIC]))
    judged = captures.judgment(moved)
    assert judged.card
    assert (judged.card.plate, judged.card.view) == ("moving", "seated")


def test_only_what_is_there_is_replaced(captured: Outside) -> None:
    asked: dict[str, Any] = {"file": "a.jpg", "data": drawn_photo("walking"), "now": LATER}
    asked |= {"draft": begun(), "protocols": [BASIC]}
    for name in ("../a", "front-half", "a" * 99):
        said = captures.add(captured, instead=name, **asked)
        assert refused(said) == {"capture.unknown"}, name
    assert not DraftPhoto.objects.exists()


def test_points_are_moved_and_held_against_the_photograph(captured: Outside) -> None:
    draft = begun()
    row = granted(sent(captured, draft, "front-half.jpg", drawn_photo("front-half")))
    card = captures.judgment(row).card
    assert card
    assert card.landmarks["waist_l"]
    x, y = card.landmarks["waist_l"]
    moved = granted(captures.move(captured, photo=row, spots={"waist_l": (x + 2, y)}))
    kept = captures.judgment(DraftPhoto.objects.get(pk=moved.pk))
    assert kept.card
    assert kept.card.landmarks["waist_l"] == (x + 2, y)
    assert kept.reasons == ()
    off = granted(captures.move(captured, photo=row, spots={"waist_l": (20, y)}))
    assert [r.code for r in captures.judgment(off).reasons] == ["capture.landmark_outside"]
    with pytest.raises(BadInput):
        captures.move(captured, photo=row, spots={"waist_l": (20_000, y)})


def test_what_is_no_photograph_is_not_kept(captured: Outside) -> None:
    before = set(captured.blobs.all())
    with pytest.raises(BadInput):
        sent(captured, begun(), "notes.txt", b"nothing that anyone sees")
    assert set(captured.blobs.all()) == before


def test_a_capture_has_room_for_so_many(captured: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = begun()
    granted(sent(captured, draft, "front-half.jpg", drawn_photo("front-half")))
    monkeypatch.setattr(captures, "MOST_BYTES", 1000)
    full = drawn_photo("front-full")
    assert refused(sent(captured, draft, "front-full.jpg", full)) == {"capture.large"}
    monkeypatch.setattr(captures, "MOST_PHOTOS", 1)
    assert refused(sent(captured, draft, "front-full.jpg", full)) == {"capture.many"}
    assert set(captured.blobs.all()) == set(workspace.files())


def test_a_file_that_something_else_needs_outlives_its_removal(captured: Outside) -> None:
    plate = Plate.objects.get(twin="ines", name="front-half", version=1)
    data = captured.blobs.get(Digest(plate.digest))
    row = granted(sent(captured, begun(), "front-half.jpg", data))
    other = granted(sent(captured, begun(), "front-full.jpg", drawn_photo("walking")))
    captures.remove(captured, photo=row)
    assert there(captured, row)
    captures.remove(captured, photo=other)
    assert there(captured, other) == TwinFile.objects.filter(digest=other.digest).exists()


def test_thrown_away_is_gone(captured: Outside) -> None:
    draft = begun()
    row = granted(sent(captured, draft, "a.jpg", worse(drawn_photo("front-half"))))
    assert there(captured, row)
    captures.discard(captured, draft=draft)
    assert not there(captured, row)
    assert refused(sent(captured, draft, "b.jpg", drawn_photo("front-half"))) == {"capture.gone"}
    assert workspace.sweep(captured) == 0


def test_deleting_the_twin_erases_what_goes_on_and_proves_it(captured: Outside) -> None:
    draft = begun()
    row = granted(sent(captured, draft, "a.jpg", worse(drawn_photo("front-half"))))
    plan = erasure.plan("ines", "ines")
    assert not isinstance(plan, Refusal)
    assert plan.files["draft"] == 1
    proof = granted(erasure.delete(captured, twin="ines", **HERS))
    assert ("draft", row.digest) in {(each.kind, each.digest) for each in proof.record.erased}
    assert not there(captured, row)
    assert not CaptureDraft.objects.exists()
    assert erasure.check(captured, proof) == ()
    assert refused(captures.begin(twin="ines", by="ines", now=LATER)) == {"consent.withdrawn"}


def test_a_first_twin_needs_her_consent_and_her_signature(captured: Outside) -> None:
    asked: dict[str, Any] = {"twin": "ines-2", "by": "ines", "now": LATER}
    assert refused(captures.begin(**asked)) == {"consent.missing"}
    granted(consented(captured, "ines-2"))
    assert refused(captures.begin(**{**asked, "by": "nord"})) == {"twin.not_hers"}
    assert [each.twin for each in captures.open_to({"ines"})] == ["ines", "ines-2"]
    draft = granted(captures.begin(**asked))
    all_sent(captured, draft)
    assert refused(captures.make(captured, draft=draft, protocols=[BASIC], **HERS)) == {
        "capture.measurement_missing"
    }
    assert refused(captures.measure(draft, measurements={"height_cm": 7})) == {
        "capture.measurement_range"
    }
    captures.measure(draft, measurements=MEASURES, shown_as="Ines II")
    made = granted(captures.make(captured, draft=draft, protocols=[BASIC], **HERS))
    assert made.twin
    assert (made.version, made.twin.shown_as) == (1, "Ines II")
    assert SignedAct.objects.filter(act=twins.VERSION, subject="ines-2/1").exists()


def test_after_the_last_day_of_her_consent_nothing_is_added_or_made(captured: Outside) -> None:
    draft = begun()
    all_sent(captured, draft)
    late = twins.last_day(SignedAct.objects.get(act=twins.CONSENT, subject="ines"))
    last = LATER.replace(year=late.year, month=late.month, day=late.day)
    asked: dict[str, Any] = {"draft": draft, "protocols": [BASIC]}
    photo: dict[str, Any] = {**asked, "file": "b.jpg", "data": worse(drawn_photo("walking"))}
    granted(captures.add(captured, **photo, now=last))  # the control: the day itself
    kept = set(captured.blobs.all())
    over = last + timedelta(days=1)
    photo["data"] = worse(drawn_photo("three-quarter"))
    for said in (
        captures.begin(twin="ines", by="ines", now=over),
        captures.add(captured, **photo, now=over),
        captures.make(captured, **asked, **{**HERS, "now": over}),
        twins.capture(
            captured, twin="ines", shown_as="", photos=[], measurements={}, **{**HERS, "now": over}
        ),
    ):
        assert refused(said) == {"consent.ended"}
        assert f"ended on {late}" in str(said)
    assert set(captured.blobs.all()) == kept
    assert list(today.of_model({"ines"}, BASIC, now=last))
    assert list(today.of_model({"ines"}, BASIC, now=over)) == []
    granted(captures.make(captured, **asked, **{**HERS, "now": last}))


def test_once_her_consent_ended_she_signs_a_new_one_for_the_same_twin(captured: Outside) -> None:
    draft = begun()
    all_sent(captured, draft)
    first = SignedAct.objects.get(act=twins.CONSENT, subject="ines")
    late = twins.last_day(first)
    over = LATER.replace(year=late.year, month=late.month, day=late.day) + timedelta(days=1)
    terms: dict[str, Any] = {"scope": "a twin", "purpose": "pictures", "pay": "90.00 EUR"}
    terms |= {"on_retirement": "end", "until": over.date() + timedelta(days=100)}
    asks = partial(twins.consent, captured, twin="ines", **terms)
    hers: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"]}
    early = over - timedelta(days=1)
    assert refused(asks(**hers, now=early)) == {"consent.signed"}
    zoe: dict[str, Any] = {
        "id": "zoe",
        "name": "Zoe",
        "place": "FR",
        "passphrase": "a secret of hers",
    }
    granted(party.join(captured, kind="model", born=date(1999, 2, 3), **zoe, now=LATER))
    assert refused(asks(by="zoe", passphrase="a secret of hers", now=over)) == {"twin.not_hers"}
    again = granted(asks(**hers, now=over))
    assert (again.subject, twins.newest_consent("ines")) == ("ines/2", again)
    assert refused(asks(**hers, now=over)) == {"consent.signed"}
    (row,) = captures.open_to({"ines"})
    assert (row.twin, row.until) == ("ines", terms["until"])
    assert list(today.of_model({"ines"}, BASIC, now=over))
    asked: dict[str, Any] = {"draft": draft, "protocols": [BASIC], **HERS, "now": over}
    made = granted(captures.make(captured, **asked))
    assert made.version == 2
    assert twins.on_retirement(Twin.objects.get(pk="ines")) == "end"  # as she said last
    # It is hers to end as ever; and then none is signed again.
    granted(erasure.delete(captured, twin="ines", **hers, now=over))
    late_again = over + timedelta(days=101)
    terms["until"] = late_again.date()
    said = twins.consent(captured, twin="ines", **terms, **hers, now=late_again)
    assert refused(said) == {"consent.withdrawn"}


def test_a_consent_that_she_takes_back_meanwhile_ends_a_capture(captured: Outside) -> None:
    """Her withdrawal is signed, and the erasure did not come to her draft yet."""
    draft = begun()
    all_sent(captured, draft)
    said: dict[str, Any] = {"party": "ines", "act": twins.WITHDRAW, "subject": "ines"}
    signed = party.sign(captured, **said, says={}, passphrase=SECRETS["ines"])
    party.keep(signed, **said, at=LATER)
    made = captures.make(captured, draft=draft, protocols=[BASIC], **HERS)
    assert refused(made) == {"consent.withdrawn"}
    data = worse(drawn_photo("walking"))
    assert refused(sent(captured, draft, "a.jpg", data)) == {"consent.withdrawn"}


def test_today_says_how_many_photographs_are_missing(captured: Outside) -> None:
    assert list(today.of_model({"ines"}, BASIC, now=LATER)) == []
    draft, told = begun(), []
    for view in VIEWS:
        granted(sent(captured, draft, f"{view}.jpg", drawn_photo(view)))
        (waits,) = today.of_model({"ines"}, BASIC, now=LATER)
        told.append((waits.what, waits.count))
    assert told == [("capture", 3), ("capture", 2), ("capture", 1), ("version", 1)]
    assert waits.about == str(draft.pk)
    assert list(today.of_model({"nord"}, BASIC, now=LATER)) == []


class Meanwhile:
    """The files, with something that happens once, just after or just before one of their acts."""

    def __init__(self, blobs: Any, *, after: str = "", before: str = "", happen: Any) -> None:
        self._blobs, self._after, self._before, self._happen = blobs, after, before, [happen]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._blobs, name)

        def call(*arguments: Any) -> Any:
            if name == self._before and self._happen:
                self._happen.pop()()
            made = found(*arguments)
            if name == self._after and self._happen:
                self._happen.pop()()
            return made

        return call if name in (self._before, self._after) else found


def another(outside: Outside) -> CaptureDraft:
    """Return another capture of hers."""
    granted(consented(outside, "ines-2"))
    return granted(captures.begin(twin="ines-2", by="ines", now=LATER))


def test_bytes_that_are_removed_while_they_are_sent_are_there(captured: Outside) -> None:
    """They go after they were put, and before a row names them again."""
    data = worse(drawn_photo("walking"))
    first, other = granted(sent(captured, begun(), "a.jpg", data)), another(captured)
    removed = Meanwhile(
        captured.blobs, after="put", happen=lambda: captures.remove(captured, photo=first)
    )
    row = granted(sent(replace(captured, blobs=removed), other, "a.jpg", data))
    assert not DraftPhoto.objects.filter(pk=first.pk).exists()
    assert there(captured, row)


def test_bytes_that_are_sent_while_they_are_removed_are_there(captured: Outside) -> None:
    """Nobody names them between the last look at who needs them and their erasure."""
    data = worse(drawn_photo("walking"))
    first, other = granted(sent(captured, begun(), "a.jpg", data)), another(captured)

    def sends() -> None:
        granted(sent(captured, other, "a.jpg", data))
        connections["default"].close()

    sending = Thread(target=sends)

    def happen() -> None:
        sending.start()
        sending.join(4)  # it would be through by then, did it not wait for the erasure

    slow = replace(captured, blobs=Meanwhile(captured.blobs, before="delete", happen=happen))
    captures.remove(slow, photo=first)
    sending.join()
    assert there(captured, other.photos.get())
    assert workspace.fsck(captured) == ()


def test_no_version_is_made_of_a_photograph_that_is_removed_meanwhile(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, real = begun(), party.sign
    all_sent(captured, draft)
    gone = draft.photos.get(name="walking")

    def signs(*arguments: Any, **named: Any) -> Any:
        made = real(*arguments, **named)
        captures.remove(captured, photo=gone)
        return made

    monkeypatch.setattr(party, "sign", signs)
    made = captures.make(captured, draft=draft, protocols=[BASIC], **HERS)
    assert refused(made) == {"twin.changed"}
    assert not Plate.objects.filter(twin="ines", version=2).exists()
    assert workspace.fsck(captured) == ()

"""What a brand says of pictures, beside what their model answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sosie.core.ports import Outside
from sosie.core.values import Refusal
from sosie.services import board, picture, review, seal
from sosie.services import log as logs
from sosie.services import shoot as shoots
from sosie.services import today as days
from sosie.store.models import Picture, SignedAct
from tests.services.conftest import LATER, SECRETS, answer, granted, made, refused


def says(
    outside: Outside, id: str, *, yes: bool, by: str = "nord", note: str = ""
) -> Picture | Refusal:
    known: dict[str, Any] = {"by": by, "passphrase": SECRETS[by], "now": LATER}
    return review.answer(outside, picture=id, yes=yes, note=note, **known)


def waits(shoot: str) -> list[tuple[str, ...]]:
    return [card.waits for card in board.cards(granted(shoots.find(shoot)))]


def test_what_the_brand_takes_waits_for_her_all_the_same(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    shoot = id.rpartition("-")[0]
    assert waits(shoot) == [("brand", "model")]
    granted(says(captured, id, yes=True, note="the one"))
    assert waits(shoot) == [("model",)]
    assert days.to_answer(["ines"]) == [id]
    assert refused(seal.seal(captured, picture=id, now=LATER)) == {"approval.missing"}
    granted(answer(captured, id))
    assert waits(shoot) == [("seal",)]
    granted(seal.seal(captured, picture=id, now=LATER))
    assert waits(shoot) == [()]
    told = granted(picture.story(id))
    assert (told["review"]["accepted"], told["review"]["note"]) == (True, "the one")
    assert refused(says(captured, id, yes=False, note="late")) == {"picture.not_open"}
    assert [leaf["act"] for leaf in logs.newest(50)].count("picture.accepted") == 1


def test_what_it_declines_is_kept_and_is_not_sealed_until_it_says_otherwise(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(pictures=1), "front-half")
    shoot = id.rpartition("-")[0]
    assert refused(says(captured, id, yes=False, note=" ")) == {"review.unsaid"}
    granted(says(captured, id, yes=False, note="too dark"))
    assert waits(shoot) == [()]
    assert days.to_answer(["ines"]) == []  # it waits for her no more; she may answer all the same
    (card,) = board.cards(granted(shoots.find(shoot)))
    assert card.notes == ("the brand does not take it: too dark",)
    granted(answer(captured, id))
    assert refused(seal.seal(captured, picture=id, now=LATER)) == {"picture.declined"}
    row = Picture.objects.get(pk=id)
    assert row.digest
    assert row.status == "approved"
    # Its place in the volume stays taken: the brand cannot draw again for free.
    again = picture.retry(captured, shoot=shoot, now=LATER)
    assert refused(again) == {"shoot.nothing_failed"}
    granted(says(captured, id, yes=True))
    granted(seal.seal(captured, picture=id, now=LATER))
    acts = list(SignedAct.objects.filter(subject=id, party="nord").values_list("act", flat=True))
    assert sorted(acts) == ["picture.accept", "picture.decline"]  # each word of it is kept


def test_a_no_while_it_is_sealed_wins_or_comes_too_late(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    granted(answer(captured, id))

    class Meanwhile:
        """The files of the workspace, save that the brand says no while one is laid there."""

        def __getattr__(self, name: str) -> Any:
            return getattr(captured.blobs, name)

        def put(self, data: bytes) -> Any:
            granted(says(captured, id, yes=False, note="stop"))
            return captured.blobs.put(data)

    slow = replace(captured, blobs=Meanwhile())
    assert refused(seal.seal(slow, picture=id, now=LATER)) == {"picture.declined"}
    assert Picture.objects.get(pk=id).status == "approved"
    assert not Picture.objects.get(pk=id).seals.exists()


def test_nobody_else_says_it_and_only_of_what_is_open(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    assert refused(says(captured, id, yes=True, by="ines")) == {"picture.not_yours"}
    assert refused(says(captured, "S-9", yes=True)) == {"picture.unknown"}
    granted(answer(captured, id, yes=False))
    assert refused(says(captured, id, yes=True)) == {"picture.not_open"}
    Picture.objects.filter(pk=id).update(status="made", answer=None, grade="comp")
    assert refused(says(captured, id, yes=True)) == {"picture.comp"}
    assert waits(id.rpartition("-")[0]) == [("brand",)]


def test_a_board_notices_a_second_no_and_another_failure(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    first, second = made(captured, agreed(), "front-half", "walking")
    shoot = granted(shoots.find(first.rpartition("-")[0]))
    seen = board.marks(shoot)

    def changed() -> list[str]:
        nonlocal seen
        known, seen = seen, board.marks(shoot)
        return [card.picture.pk for card in board.changed(shoot, known, seen)]

    assert changed() == []
    for note in ("too dark", "and too small"):
        granted(says(captured, first, yes=False, note=note))
        assert changed() == [first]
    for yes in (True, False, True):
        granted(says(captured, first, yes=yes, note="so it is"))
        assert changed() == [first]
    said = SignedAct.objects.filter(subject=first, party="nord")
    assert said.count() == 5  # each word of it is kept
    with pytest.raises(IntegrityError), transaction.atomic():  # as all that was ever signed is
        said.delete()
    for text in ("no `mask`", "no `head`"):
        failure = [{"code": "engine.broke", "text": text}]
        Picture.objects.filter(pk=second).update(status="failed", failure=failure)
        assert changed() == [second]
    assert changed() == []


def test_what_the_brand_said_nothing_of_waits_for_it(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    first, second = made(captured, license, "front-half", "walking")

    def waiting() -> dict[str, int]:
        return {each.what: each.count for each in days.of_brand(["nord"], now=LATER)}

    assert waiting() == {"review": 2, "approval": 2}
    granted(says(captured, first, yes=False, note="too dark"))
    assert waiting() == {"review": 1, "approval": 1}
    granted(answer(captured, second))
    assert waiting() == {"review": 1}
    granted(seal.seal(captured, picture=second, now=LATER))
    assert waiting() == {}

"""Who makes the pictures of a shoot: started shoots, workers, and what is heard meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sosie.cli.making import alone, work
from sosie.core.ports import Outside
from sosie.services import board, making, picture, plan
from sosie.services import shoot as shoots
from sosie.store.models import Picture, Shoot
from tests.services import conftest
from tests.services.conftest import LATER, SECRETS, granted, ordered, refused


def statuses(row: Shoot) -> list[str]:
    return list(row.pictures.order_by("number").values_list("status", flat=True))


def test_a_worker_makes_what_was_started_and_nothing_else(
    captured: Outside, agreed: Callable[..., str], tmp_path: Path
) -> None:
    license = agreed(pictures=6)
    first = granted(ordered(captured, license, "front-half", "walking"))
    second = granted(ordered(captured, license, "front-half"))
    waits = granted(ordered(captured, license, "front-half"))
    assert making.to_do() == []
    for row in (first, second):
        granted(making.start(row.pk))
    shoots.pause(second.pk)
    assert [shoot for shoot, _ in making.to_do()] == [first.pk]
    granted(making.start(second.pk))  # whoever starts it lets it go on
    made = list(work(captured, tmp_path, until_done=True))
    # In turn: no shoot waits until a long one is done.
    assert [id for id, _ in made] == [f"{first.pk}-01", f"{second.pk}-01", f"{first.pk}-02"]
    assert {became for _, became in made} == {"made"}
    assert (statuses(first), statuses(waits)) == (["made", "made"], ["ordered"])
    assert making.of(first, now=LATER).picture == ""
    assert refused(making.start("S-9999")) == {"shoot.unknown"}


def test_a_shoot_that_somebody_makes_is_passed_over(
    captured: Outside, agreed: Callable[..., str], tmp_path: Path
) -> None:
    row = granted(ordered(captured, agreed(), "front-half"))
    granted(making.start(row.pk))
    with alone(tmp_path, row.pk):
        assert list(work(captured, tmp_path, until_done=True)) == []
    assert statuses(row) == ["ordered"]


def test_a_picture_that_ends_every_worker_fails_and_the_others_are_made(
    captured: Outside, agreed: Callable[..., str], tmp_path: Path
) -> None:
    row = granted(ordered(captured, agreed(pictures=4), "front-half", "walking"))
    granted(making.start(row.pk))
    first = f"{row.pk}-01"
    begun = [making.begins(row.pk, first) for _ in range(making.DEATHS)]
    assert begun == [True] * making.DEATHS  # a kill is no fault of a picture
    made = dict(work(captured, tmp_path, until_done=True))
    assert statuses(row) == ["failed", "made"]
    assert made[first].startswith("failed; its engine took the whole process down")


class Deadly:
    """An engine with a fault that no engine should have: nobody expects it."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def describe(self) -> Any:
        raise MemoryError("too much")


def test_a_shoot_that_breaks_its_worker_stops_no_other(
    captured: Outside, agreed: Callable[..., str], tmp_path: Path
) -> None:
    license = agreed()
    broken, well = (granted(ordered(captured, license, "front-half")) for _ in range(2))
    Shoot.objects.filter(pk=broken.pk).update(engine="deadly")
    for row in (broken, well):
        granted(making.start(row.pk))
    engines = {**captured.engines, "deadly": Deadly(captured.engines["atelier"])}
    made = dict(work(replace(captured, engines=engines), tmp_path, until_done=True))
    assert "MemoryError" in made[f"{broken.pk}-01"]
    assert (statuses(broken), statuses(well)) == (["ordered"], ["made"])


def test_what_was_heard_long_ago_is_not_told(captured: Outside, agreed: Callable[..., str]) -> None:
    row = granted(ordered(captured, agreed(), "front-half"))
    making.tell(f"{row.pk}-01", 0.4, "matting " * 30, now=LATER)
    now = making.of(row, now=LATER + timedelta(seconds=9))
    assert (now.picture, now.share, len(now.what)) == (f"{row.pk}-01", 0.4, 80)
    assert making.of(row, now=LATER + timedelta(seconds=61)).picture == ""  # killed
    assert now.started is False


def test_what_changed_on_a_board_is_told_by_its_marks(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = granted(ordered(captured, agreed(), "front-half", "walking"))
    seen = board.marks(row)
    assert len(seen) == 4  # two letters for each
    assert board.changed(row, seen, board.marks(row)) == []
    Picture.objects.filter(shoot=row, number=2).update(status="failed")
    (card,) = board.changed(row, seen, board.marks(row))
    assert (card.picture.number, card.waits) == (2, ("brand",))
    for nonsense in ("", "x", "\u00e9" * 900):  # whoever says nonsense is told all
        assert len(board.changed(row, nonsense, board.marks(row))) == 2


def test_a_kept_plan_is_ordered_started_and_gone(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    known: dict[str, Any] = {"license": license, "files": {}, "now": LATER}
    asked = conftest.plan("front-half")
    first = granted(plan.keep(captured, plan=conftest.plan("nowhere"), **known))
    said: dict[str, Any] = {"by": "nord", "passphrase": SECRETS["nord"], "now": LATER}
    assert refused(plan.order(captured, draft=first, **said)) == {"plan.refused"}
    draft = granted(plan.keep(captured, plan=asked, **known))
    assert draft.pk == first.pk  # in place of the one before
    assert draft.told["price"] == "180.00 EUR"
    assert refused(
        plan.order(
            captured,
            draft=draft,
            **said | {"by": "ines"},
        )
    ) == {"shoot.not_licensee"}
    row = granted(plan.order(captured, draft=draft, **said))
    assert plan.of(license) is None
    assert [id for _, id in making.to_do()] == picture.pending(row.pk)
    again = granted(plan.keep(captured, plan=asked, **known))
    plan.discard(license)
    assert plan.of(again.license_id) is None

"""Orders by chance through the services and a real database: what the terms do not hold is refused,
and no engine is started for it. `SOSIE_FUZZ_ORDERS` asks for more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import numpy as np
import pytest

from sosie.core.ports import Cancelled, Outside, Progress
from sosie.core.studio import (
    Assets,
    Backdrop,
    Grade,
    Order,
    Result,
    ShootPlan,
    recipe,
)
from sosie.core.terms import Alteration, Channel, Purpose
from sosie.core.use import Decision
from sosie.core.values import Outcome, Reason, Refusal, digest
from sosie.engines.atelier import Atelier
from sosie.services import license as licenses
from sosie.services import picture, shoot
from sosie.store.models import Picture, Shoot
from tests.services.conftest import LATER, NOW, PLATES, SECRETS, draft, granted, terms

ORDERS = int(os.environ.get("SOSIE_FUZZ_ORDERS", "300"))
OVER = datetime(2027, 5, 2, 12, tzinfo=UTC)


class Quick(Atelier):
    """The atelier's card and a run of no time, which says what it was started for."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[Order] = []

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        del order, assets
        return ()

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        del progress, cancelled
        self.starts.append(order)
        pixels, whole = assets.pixels.copy(), np.ones(assets.pixels.shape[:2], np.bool_)
        pixels[0, 0] = order.seed % 256
        made = recipe(order, assets, self.describe())
        return Result(pixels, whole.astype(np.float32), whole, Grade.FINAL, made, (), {})


@dataclass
class House:
    """Licenses in every state, and how many pictures each still has room for."""

    outside: Outside
    engine: Quick
    room: dict[str, int]
    """By license that is in force."""
    others: tuple[str, ...]
    """Licenses that are not."""


@dataclass
class Tally:
    """What became of the orders."""

    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By reason code: how many orders reached it."""
    leaked: list[Wish] = field(default_factory=list)
    lost: list[tuple[Wish, object]] = field(default_factory=list)
    """Refused though every term holds."""


@dataclass(frozen=True)
class Wish:
    """One order, and whether the terms hold it as a second, plain reading of them says."""

    license: str
    plan: ShootPlan
    by: str
    at: datetime

    def held(self, room: Mapping[str, int]) -> bool:
        """Return whether it may be taken."""
        asked, plan = self.plan.orders(), self.plan
        changes = {change for order in asked for change in order.alterations()}
        return (
            self.license in room
            and len(asked) <= room[self.license]
            and (self.by, self.at) == ("nord", LATER)
            and plan.purpose in (Purpose.ORGANIC_SOCIAL, Purpose.CAMPAIGN)
            and plan.channel in (Channel.INSTAGRAM, Channel.OUT_OF_HOME)
            and set(plan.territories) <= {"FR", "DE"}
            and changes <= {Alteration.GARMENT_COLOUR, Alteration.BACKDROP, Alteration.CROP}
            and all(order.plate in PLATES for order in asked)
            and plan.engine == "atelier"
        )


@pytest.fixture
def house(captured: Outside, agreed: Callable[..., str]) -> House:
    wide, narrow, taken_back = agreed(pictures=ORDERS), agreed(pictures=5), agreed(pictures=9)
    granted(
        licenses.revoke(
            captured, license=taken_back, by="ines", passphrase=SECRETS["ines"], now=NOW
        )
    )
    unsigned = draft(captured, terms()).id
    engine = Quick()
    outside = replace(captured, engines={"atelier": engine})
    return House(outside, engine, {wide: ORDERS, narrow: 5}, (taken_back, unsigned, "L-1999-0001"))


def any_wish(random: Random, house: House) -> Wish:
    """Return an order of which each part is now and then not what the terms say."""

    def mostly(good: Any, bad: Any) -> Any:
        return random.choice(bad if random.random() < 0.09 else good)

    def order() -> Order:
        return Order(
            plate=mostly(PLATES, ("nowhere", "../walking")),
            garment_colour=f"#{random.randrange(1 << 24):06x}",
            backdrop=mostly((None, Backdrop(scene="plain")), (Backdrop(scene="window"),)),
            changes=mostly(((), (Alteration.CROP,)), ((Alteration.FACE,), (Alteration.POSE,))),
            relight=False,
            seed=random.randrange(1 << 32),
        )

    plan = ShootPlan(
        sosie="shoot/1",
        engine=mostly(("atelier",), ("hosted", "")),
        purpose=mostly((Purpose.ORGANIC_SOCIAL, Purpose.CAMPAIGN), (Purpose.EDITORIAL,)),
        channel=mostly((Channel.INSTAGRAM, Channel.OUT_OF_HOME), (Channel.TIKTOK, Channel.PRINT)),
        territories=mostly((("FR",), ("DE", "FR")), (("JP",), ("FR", "US"))),
        pictures=tuple(order() for _ in range(random.randint(1, 3))),
    )
    return Wish(
        license=mostly(tuple(house.room), house.others),
        plan=plan,
        by=mostly(("nord",), ("ines", "atlas")),
        at=mostly((LATER,), (OVER,)),
    )


def fuzz(house: House, count: int, *, seed: str) -> Tally:
    """Order by chance and make every fifth shoot that is taken."""
    random, tally = Random(seed), Tally()  # noqa: S311 - it must be the same again
    for _ in range(count):
        wish = any_wish(random, house)
        held, before = wish.held(house.room), Picture.objects.count()
        found = shoot.order(
            house.outside,
            license=wish.license,
            plan=wish.plan,
            by=wish.by,
            passphrase=SECRETS[wish.by],
            now=wish.at,
        )
        if isinstance(found, Refusal):
            tally.refused.update({reason.code for reason in found.reasons})
            assert Picture.objects.count() == before
            if held:
                tally.lost.append((wish, found))
            continue
        tally.taken += 1
        if not held:
            tally.leaked.append(wish)
        elif wish.license in house.room:
            house.room[wish.license] -= len(wish.plan.orders())
        if tally.taken % 5 == 1:
            _make(house, found)
    return tally


def _make(house: House, row: Shoot) -> None:
    for id in picture.pending(row.pk):
        picture.make(
            house.outside,
            picture=id,
            progress=lambda share, what: None,
            cancelled=lambda: False,
            now=LATER,
        )


def test_what_the_terms_do_not_hold_is_refused_and_starts_no_engine(house: House) -> None:
    tally = fuzz(house, ORDERS, seed="1")
    assert tally.leaked == []
    assert tally.lost == []
    assert tally.taken > ORDERS // 5
    made = Picture.objects.filter(status="made").count()
    assert made == len(house.engine.starts) > 0
    reached = {
        "license.unknown", "license.revoked", "engine.unknown", "plate.unknown",
        "shoot.not_licensee", "volume.exceeded", "period.ended", "purpose.not_licensed",
        "channel.not_licensed", "territory.not_licensed", "alteration.changes_her",
    }  # fmt: skip
    assert reached <= set(tally.refused), sorted(reached - set(tally.refused))
    print(f"{ORDERS} orders, {tally.taken} taken, {made} made, {dict(tally.refused)}")  # noqa: T201


def test_the_control_that_must_leak_leaks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision that always says yes: the same count finds what it lets through."""

    def yes(*_: object, **__: object) -> Decision:
        return Decision(Outcome.ALLOWED, (), None, digest(b"never read"))

    monkeypatch.setattr(licenses, "decide_use", yes)
    monkeypatch.setattr(shoot, "decide_use", yes)
    tally = fuzz(house, 60, seed="1")
    assert len(tally.leaked) > 5
    assert "purpose.not_licensed" not in tally.refused

"""What lists tell of licenses, read of thousands at once without the terms of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from sosie.core.deadlines import clear_by
from sosie.core.life import Event, Role, Standing, Step, on_day, so_far
from sosie.services import life
from sosie.store.models import License, LicenseStep


class Brief(NamedTuple):
    """What lists tell of a license that both signed, read without its terms."""

    stands: Standing
    today: date
    """In the time zone of the license."""
    last: date | None
    """Its last day."""
    revoked: date | None
    """The day on which she took it back."""
    sell_off_days: int
    take_down_days: int
    title: str = ""
    twin: tuple[str, str] = ("", "")
    """Its id, and the name under which she appears."""

    @property
    def days(self) -> int | None:
        """Days until the last one, that day counted."""
        return (self.last - self.today).days + 1 if self.last else None

    @property
    def clear_by(self) -> date | None:
        """The day until which what is out comes down, if it must."""
        return clear_by(
            self.last,
            self.revoked,
            sell_off_days=self.sell_off_days,
            take_down_days=self.take_down_days,
        )


def maybe_over(now: datetime) -> Q:
    """Return which licenses are over in some time zone, or ended by a step."""
    ended = LicenseStep.objects.filter(step__in=life.DECIDE).values("license")
    tomorrow = (now.astimezone(UTC).date() + timedelta(days=1)).isoformat()
    return Q(last_day__lt=tomorrow) | Q(pk__in=ended)


def under(rows: QuerySet[License]) -> Q:
    """Return what is under some licenses. Under all of them is everything: nothing is asked, since
    a database would look up the license of each row."""
    return Q(license__in=rows.values("pk")) if rows.query.has_filters() else Q()


def told(rows: QuerySet[License], among: Q | None = None, *, now: datetime) -> dict[str, Brief]:
    """Return what lists tell of some licenses that both signed, by id: of thousands in two
    queries."""
    named = _read(rows, among, now, "title", "twin_id", "twin__shown_as")
    return {id: Brief(*bare[:-2], title, (twin, name)) for id, bare, (title, twin, name) in named}


def untitled(rows: QuerySet[License], among: Q | None = None, *, now: datetime) -> dict[str, Brief]:
    """Return the same without title and twin, which thousands of licenses share."""
    return {id: bare for id, bare, _ in _read(rows, among, now)}


def _read(
    rows: QuerySet[License], among: Q | None, now: datetime, *more: str
) -> Iterator[tuple[str, Brief, Sequence[Any]]]:
    steps: dict[str, list[tuple[str, datetime]]] = {}
    decided = LicenseStep.objects.filter(under(rows), step__in=life.DECIDE)
    for id, step, at in decided.order_by("pk").values_list("license_id", "step", "at"):
        steps.setdefault(id, []).append((step, at))
    wanted, zones = rows.filter(among) if among is not None else rows, _Zones(now)
    columns = ("pk", "time_zone", "first_day", "last_day", "sell_off_days", "take_down_days")
    for id, zone_name, *terms in wanted.values_list(*columns, *more):
        zone, today = zones[zone_name or "UTC"]
        names: tuple[str, ...] = ()
        revoked = None
        if taken := steps.get(id):
            names = tuple(step for step, _ in taken)
            days = [at.astimezone(zone).date() for step, at in taken if step == Step.REVOKED]
            revoked = max(days, default=None)
        yield id, _bare(names, revoked, today, tuple(terms[:4])), terms[4:]


@lru_cache(maxsize=10_000)
def _bare(
    steps: tuple[str, ...], revoked: date | None, today: date, terms: tuple[Any, ...]
) -> Brief:
    """Return how a license stands after some steps: thousands share it."""
    first, until, sell_off, take_down = terms
    period = life.period_of({"period": {"from": first, "until": until}}) if first else None
    stands = on_day(_so_far(steps), period, on=today)
    last = period.last if period else None
    return Brief(stands, today, last, revoked, sell_off or 0, take_down or 0)


class _Zones(dict[str, tuple[ZoneInfo, date]]):
    """Time zones by name, each with the day that it is there."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def __missing__(self, name: str) -> tuple[ZoneInfo, date]:
        zone = ZoneInfo(name)
        self[name] = zone, self._now.astimezone(zone).date()
        return self[name]


@lru_cache(maxsize=1000)
def _so_far(steps: tuple[str, ...]) -> Standing:
    """Return how the steps leave a license that both signed before them."""
    both = (Event(Step.SIGNED, role, _ANY) for role in (Role.MODEL, Role.BRAND))
    return so_far((*both, *(Event(Step(step), None, _ANY) for step in steps)))


_ANY = datetime(2000, 1, 1, tzinfo=UTC)
"""At which time a step was taken does not matter here: only what came after what."""

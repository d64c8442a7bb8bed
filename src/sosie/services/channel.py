"""What goes to channels beside the pictures: a product feed for the web shop, and orders to take
down what may not stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Expression, F, OuterRef, QuerySet

from sosie.core.feed import Item
from sosie.core.ports import Outside
from sosie.core.terms import Channel
from sosie.core.values import Refusal
from sosie.services import brief, library, life, sequence
from sosie.services import picture as pictures
from sosie.services import release as releases
from sosie.services.grouped import Grouped
from sosie.store.models import License, Release, SignedAct
from sosie.store.places import Errand


@dataclass(frozen=True, slots=True)
class TakeDown:
    """One file that must not stay where it is."""

    seal: str
    picture: str
    license: str
    channel: str
    account: str
    territories: list[str]
    due: date
    overdue: bool
    places: tuple[str, ...]
    """Where it was sent to, each with how far it is taken down there."""

    def as_row(self) -> dict[str, Any]:
        """Return it as plain values, for a list."""
        return {
            "due": self.due.isoformat(),
            "overdue": self.overdue,
            "channel": self.channel,
            "account": self.account,
            "territories": self.territories,
            "seal": self.seal,
            "picture": self.picture,
            "license": self.license,
            "places": list(self.places),
        }


_COLUMNS = {
    "pk": "seal",
    "seal__picture_id": "picture",
    "license_id": "license",
    **{name: name for name in ("channel", "account", "territories")},
}
"""The columns of a release, and what they are called of a file to take down."""


def take_downs(brands: Collection[str], *, now: datetime) -> Grouped[date, TakeDown]:
    """Return every file of some brands that is still out and must come down, the earliest first:
    its license ended, and the brand has not signed yet that it is down. The number of queries does
    not grow with them."""
    out = still_out(License.objects.filter(brand__in=brands), now=now)

    def read(days: Collection[date], part: slice) -> list[TakeDown]:
        among = {id: each for id, each in out.items() if each.due in days}
        if len(days) == 1:
            return read_out(among, _ORDER, part)
        found = read_out(among, _ORDER)
        return sorted(found, key=lambda each: each.due)[part]

    def passed(day: date, place: Sequence[str]) -> int:
        rows = out_of([id for id, each in out.items() if each.due == day])
        return counts[day] - rows.filter(sequence.beyond(_ORDER, place)).count()

    counts: Counter[date] = Counter()
    for each in out.values():
        counts[each.due] += each.files
    return Grouped(counts, read, passed)


_ORDER = ("channel", "account", "pk")


class StillOut(NamedTuple):
    """What must come down of one license."""

    due: date
    overdue: bool
    files: int
    """How many files."""


def still_out(rows: QuerySet[License], *, now: datetime) -> dict[str, StillOut]:
    """Return those of some licenses that are over with files that are still out and must come
    down, by id. Where the terms name no such day, what is out may stay."""
    over = brief.maybe_over(now)
    briefs = brief.untitled(rows, over, now=now)
    went = _of_each(Release.objects.filter(brief.under(rows.filter(over))))
    taken = _TAKEN_DOWN.values("subject")
    down = _of_each(Release.objects.filter(brief.under(rows), pk__in=taken))
    return {
        id: StillOut(due, told.today > due, left)
        for id, told in briefs.items()
        if (left := went.get(id, 0) - down.get(id, 0)) and (due := _due(told))
    }


@lru_cache(maxsize=10_000)
def _due(told: brief.Brief) -> date | None:
    """Return until when the files of a license come down, if it is over."""
    return told.clear_by if library.state_of(told) in library.OVER else None


def _of_each(rows: QuerySet[Release]) -> dict[str, int]:
    """Return how many of some releases are of each license."""
    return dict(rows.values_list("license").annotate(Count("pk")).order_by())


_TAKEN_DOWN = SignedAct.objects.filter(act=life.TAKEN_DOWN)
_OUT = Release.objects.filter(~Exists(_TAKEN_DOWN.filter(subject=OuterRef("pk"))))
"""What went out of which the brand has not signed that it is taken down."""


def out_of(licenses: Iterable[str]) -> QuerySet[Release]:
    """Return what is still out of some licenses."""
    return _OUT.filter(license__in=list(licenses))


def read_out(
    licenses: Mapping[str, StillOut],
    order: Sequence[str | Expression | F],
    part: slice = slice(None),
) -> list[TakeDown]:
    """Return what must come down of some licenses, or a part of it, in the order of columns of
    releases."""
    rows = list(out_of(licenses).order_by(*order).values(*_COLUMNS)[part])
    went = _places([each["pk"] for each in rows])
    return [
        TakeDown(
            **{_COLUMNS[column]: value for column, value in each.items()},
            due=licenses[each["license_id"]].due,
            overdue=licenses[each["license_id"]].overdue,
            places=tuple(went.get(each["pk"], ())),
        )
        for each in rows
    ]


def _places(seals: Collection[str]) -> dict[str, list[str]]:
    """Return where some releases are to be taken down, each place with how far it is."""
    found: dict[str, list[str]] = {}
    rows = Errand.objects.filter(what=Errand.What.TAKE_DOWN, release__in=seals)
    for row in rows.select_related("place").order_by("pk"):
        found.setdefault(row.release_id, []).append(f"{row.place.address} {row.state}")
    return found


def feed(
    outside: Outside, *, brand: str, products: Mapping[str, str], images: str, now: datetime
) -> list[Item] | Refusal:
    """Return the products that have pictures in the web shop of a brand, in the order in which they
    are named. ``products`` gives pictures their product, ``images`` is the address under which the
    shop serves the released files, each by the name that it has in its package.

    Only what may be shown today is in it: released for the web shop, its license in force, not
    taken down. A picture that is named and is not refuses the feed, so that none goes missing
    unseen.
    """
    rows = Release.objects.filter(channel=Channel.WEB_SHOP, license__brand=brand)
    rows = rows.select_related("seal__picture__license", "seal__picture__shoot").order_by("at")
    down = set(
        SignedAct.objects.filter(act=life.TAKEN_DOWN, party=brand).values_list("subject", flat=True)
    )
    held = library.held({brand}, now=now)
    shown = {
        row.seal.picture_id: row
        for row in rows
        if row.pk not in down and held[row.seal.picture.license_id].state in library.USABLE
    }
    missing = [picture for picture in products if picture not in shown]
    if missing:
        named = ", ".join(f"`{each}`" for each in missing[:10])
        text = f"{named}: not released for the web shop under a license in force, or taken down"
        return Refusal.because("feed.not_out", text)
    grouped: dict[str, list[Release]] = {}
    for picture, product in products.items():
        grouped.setdefault(product, []).append(shown[picture])
    base = images.rstrip("/")
    return [
        Item(
            product=product,
            images=tuple(f"{base}/{releases.file_name(outside, row)}" for row in out),
            source_types=tuple(pictures.source_term(outside, row.seal.picture) for row in out),
        )
        for product, out in grouped.items()
    ]

"""What goes to channels beside the pictures: a product feed for the web shop, and orders to take
down what may not stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sosie.core.deadlines import Course, Out, deadlines
from sosie.core.feed import Item
from sosie.core.ports import Outside
from sosie.core.terms import Channel
from sosie.core.values import Refusal
from sosie.services import library, life
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.services import release as releases
from sosie.store.models import License, Release, SignedAct
from sosie.store.places import Errand

TAKE_DOWN = "take_down"


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


def take_downs(brands: Collection[str], *, now: datetime) -> list[TakeDown]:
    """Return every file of some brands that is still out and must come down, the earliest first:
    its license ended, and the brand has not signed yet that it is down. The number of queries does
    not grow with them."""
    held = library.held(brands, now=now)
    over = [id for id, each in held.items() if each.state in library.OVER]
    rows = {row.pk: row for row in License.objects.filter(pk__in=over).prefetch_related("steps")}
    acts = SignedAct.objects.filter(act=life.TAKEN_DOWN, party__in=brands)
    down = set(acts.values_list("subject", flat=True))
    releases_of: dict[str, list[Release]] = {}
    shown = Release.objects.filter(seal__picture__license__in=rows).select_related("seal__picture")
    for each in shown:
        if each.pk not in down:
            releases_of.setdefault(each.seal.picture.license_id, []).append(each)
    went = _places([each.pk for out in releases_of.values() for each in out])
    found = []
    for id, out in releases_of.items():
        due = _due(rows[id], out, now)
        if due is None:  # what is out may stay, as the terms say
            continue
        overdue = life.day_of(rows[id], now) > due
        found += [
            TakeDown(
                seal=each.pk,
                picture=each.seal.picture_id,
                license=id,
                channel=each.channel,
                account=each.account,
                territories=each.territories,
                due=due,
                overdue=overdue,
                places=tuple(went.get(each.pk, ())),
            )
            for each in out
        ]
    return sorted(found, key=lambda each: (each.due, each.channel, each.account, each.seal))


def _places(seals: Collection[str]) -> dict[str, list[str]]:
    """Return where some releases are to be taken down, each place with how far it is."""
    found: dict[str, list[str]] = {}
    rows = Errand.objects.filter(what=Errand.What.TAKE_DOWN, release__in=seals)
    for row in rows.select_related("place").order_by("pk"):
        found.setdefault(row.release_id, []).append(f"{row.place.address} {row.state}")
    return found


def _due(row: License, out: list[Release], now: datetime) -> date | None:
    """Return the day until which files that are out must come down, if they must."""
    course = Course(
        terms=licenses.terms_of(row),
        history=life.history(row),
        out=tuple(Out(each.pk, Channel(each.channel), each.channel) for each in out),
    )
    owed = deadlines(course, on=life.day_of(row, now))
    return min((each.due for each in owed if each.code == TAKE_DOWN), default=None)


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
    rows = Release.objects.filter(channel=Channel.WEB_SHOP, seal__picture__license__brand=brand)
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

"""Cases: what waits for somebody to decide or to act, and is not settled yet.

What is stored today: pictures that are not certain to show her, files that are still out though
their license is over, and licenses that she suspended. Sightings elsewhere and reports come later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Q

from sosie.core.life import Standing, Step
from sosie.services import channel, life
from sosie.store.models import License, Party, Picture


class Kind(StrEnum):
    """Published words: a word never changes its meaning."""

    UNDECIDED = "undecided"
    STILL_OUT = "still_out"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Case:
    """One matter that is open."""

    kind: Kind
    about: str
    """The id of the picture or license whose history tells of it."""
    seal: str
    """Of what is still out."""
    license: str
    model: str
    brand: str
    since: str
    """The day since which it is open, or on which it is due; ISO 8601."""
    overdue: bool
    waits_for: str
    """The id of the party who can settle it."""
    text: str

    def as_row(self) -> dict[str, Any]:
        """Return it as plain values, for a list."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = (
    *("kind", "about", "seal", "license", "model", "brand", "since", "overdue", "waits_for"),
    "text",
)
"""A column keeps its place and its meaning."""


def open_ones(*, kind: str = "", words: str = "", now: datetime) -> list[Case]:
    """Return the open cases of a kind, or all, in which each of some words is found, the longest
    open first."""
    found = [
        *(_undecided() if kind in ("", Kind.UNDECIDED) else ()),
        *(_still_out(now) if kind in ("", Kind.STILL_OUT) else ()),
        *(_suspended(now) if kind in ("", Kind.SUSPENDED) else ()),
    ]
    wanted = words.casefold().split()
    texts = (" ".join(map(str, each.as_row().values())).casefold() for each in found)
    kept = (each for each, text in zip(found, texts, strict=True) if all(w in text for w in wanted))
    return sorted(kept, key=lambda each: (not each.overdue, each.since, each.about, each.seal))


def _undecided() -> list[Case]:
    rows = Picture.objects.filter(status=Picture.Status.UNDECIDED, license__revocation=None)
    return [
        Case(
            Kind.UNDECIDED,
            about=row.pk,
            seal="",
            license=row.license_id,
            model=row.license.model_id,
            brand=row.license.brand_id,
            since=row.made_at.date().isoformat() if row.made_at else "",
            overdue=False,
            waits_for=row.license.model_id,
            text="; ".join(each["text"] for each in row.doubts),
        )
        for row in rows.select_related("license")
    ]


def _still_out(now: datetime) -> list[Case]:
    brands = Party.objects.filter(kind=Party.Kind.BRAND).values_list("pk", flat=True)
    orders = channel.take_downs(list(brands), now=now)
    licenses = License.objects.in_bulk({each.license for each in orders})
    return [
        Case(
            Kind.STILL_OUT,
            about=each.picture,
            seal=each.seal,
            license=each.license,
            model=licenses[each.license].model_id,
            brand=licenses[each.license].brand_id,
            since=each.due.isoformat(),
            overdue=each.overdue,
            waits_for=licenses[each.license].brand_id,
            text=" ".join(filter(None, (each.channel, each.account, *each.territories))),
        )
        for each in orders
    ]


def _suspended(now: datetime) -> list[Case]:
    rows = License.objects.filter(steps__step=Step.SUSPENDED).distinct().prefetch_related("steps")
    found = []
    for row in rows:
        if life.standing(row, now=now) is Standing.SUSPENDED:
            step = [each for each in row.steps.all() if each.step == Step.SUSPENDED][-1]
            case = Case(
                Kind.SUSPENDED,
                about=row.pk,
                seal="",
                license=row.pk,
                model=row.model_id,
                brand=row.brand_id,
                since=step.at.date().isoformat(),
                overdue=False,
                waits_for=step.party_id or row.model_id,
                text=step.note,
            )
            found.append(case)
    return found


class Subject(NamedTuple):
    """What a case is about, and whose license it is under."""

    about: str
    license: str
    model: str
    brand: str


def known(about: str) -> Subject | None:
    """Return the picture or the license of an id, if there is one."""
    row = License.objects.filter(Q(pk=about) | Q(pictures=about)).first()
    return Subject(about, row.pk, row.model_id, row.brand_id) if row else None

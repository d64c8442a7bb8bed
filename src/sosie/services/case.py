"""Cases: what waits for somebody to decide or to act, and is not settled yet.

What is stored today: pictures that are not certain to show her, files that are still out though
their license is over, and licenses that she suspended. Sightings elsewhere and reports come later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Q

from sosie.core.life import Standing, Step
from sosie.services import channel, life
from sosie.services.grouped import Grouped
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


Group = tuple[bool, str]
"""Of a case: whether it is not overdue, and the day since which it is open."""


def open_ones(*, kind: str = "", words: str = "", now: datetime) -> Grouped[Group, Case]:
    """Return the open cases of a kind, or all, in which each of some words is found, the longest
    open first."""
    few = [
        *(_undecided() if kind in ("", Kind.UNDECIDED) else ()),
        *(_suspended(now) if kind in ("", Kind.SUSPENDED) else ()),
    ]
    out: dict[str, channel.StillOut] = {}
    if kind in ("", Kind.STILL_OUT):
        brands = list(Party.objects.filter(kind=Party.Kind.BRAND).values_list("pk", flat=True))
        out = channel.still_out(brands, now=now)
    if words.strip():
        few, out = [each for each in (*few, *_still_out(out)) if _holds(each, words)], {}

    def read(groups: Iterable[Group]) -> list[Case]:
        among = set(groups)
        orders = {id: each for id, each in out.items() if _group(each.overdue, each.due) in among}
        found = [*(each for each in few if _of(each) in among), *_still_out(orders)]
        return sorted(found, key=lambda each: (_of(each), each.about, each.seal))

    counts = Counter(map(_of, few))
    for each in out.values():
        counts[_group(each.overdue, each.due)] += each.count
    return Grouped(counts, read)


def _group(overdue: bool, since: date) -> Group:
    return not overdue, since.isoformat()


def _of(case: Case) -> Group:
    return not case.overdue, case.since


def _holds(case: Case, words: str) -> bool:
    text = " ".join(map(str, case.as_row().values())).casefold()
    return all(word in text for word in words.casefold().split())


def of(about: str, *, now: datetime) -> list[Case]:
    """Return the open cases of a picture or a license."""
    return [each for each in open_ones(now=now)[:] if each.about == about]


def _undecided() -> list[Case]:
    rows = Picture.objects.filter(status=Picture.Status.UNDECIDED, license__revocation=None)
    sides = ("license_id", "license__model_id", "license__brand_id")
    return [
        Case(
            Kind.UNDECIDED,
            about=id,
            seal="",
            license=license,
            model=model,
            brand=brand,
            since=made_at.date().isoformat() if made_at else "",
            overdue=False,
            waits_for=model,
            text="; ".join(each["text"] for each in doubts),
        )
        for id, made_at, doubts, license, model, brand in rows.values_list(
            "pk", "made_at", "doubts", *sides
        )
    ]


def _still_out(licenses: Mapping[str, channel.StillOut]) -> list[Case]:
    rows = License.objects.filter(pk__in=list(licenses)).values_list("pk", "model", "brand")
    sides = {id: (model, brand) for id, model, brand in rows}
    return [
        Case(
            Kind.STILL_OUT,
            about=each.picture,
            seal=each.seal,
            license=each.license,
            model=sides[each.license][0],
            brand=sides[each.license][1],
            since=each.due.isoformat(),
            overdue=each.overdue,
            waits_for=sides[each.license][1],
            text=" ".join(filter(None, (each.channel, each.account, *each.territories))),
        )
        for each in channel.read_out(licenses)
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

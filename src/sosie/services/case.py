"""Cases: what waits for somebody to decide or to act, and is not settled yet.

What is stored today: pictures that are not certain to show her, files that are still out though
their license is over, and licenses that she suspended. Sightings elsewhere and reports come later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Left

from sosie.core.life import Standing, Step
from sosie.services import brief, channel, life, sequence
from sosie.services.grouped import Grouped
from sosie.store.models import License, Picture


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
    out: channel.TakeDown | None = None
    """Where it is still out."""

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
Place = tuple[str, str]
"""Of a case in its group: what it is about, and the seal."""
_ALL = slice(None)


class _Source(NamedTuple):
    """Where cases of one kind come from."""

    counts: Mapping[Group, int]
    read: Callable[[Collection[Group], slice], list[Case]]
    """Reads a part of those in some groups, in the sequence of what they are about in each."""
    places: Callable[[Group], Iterable[Place]]
    """Tells where those in one group stand."""


def open_ones(*, kind: str = "", words: str = "", now: datetime) -> Grouped[Group, Case]:
    """Return the open cases of a kind, or all, in which each of some words is found, the longest
    open first."""
    sources = [
        source(License.objects.all(), now) for each, source in _KNOWN.items() if kind in ("", each)
    ]
    if words.strip():
        found = [case for each in sources for case in each.read(each.counts, _ALL)]
        sources = [_listed([case for case in found if _holds(case, words)])]

    def read(groups: Collection[Group], part: slice) -> list[Case]:
        having = [each for each in sources if not each.counts.keys().isdisjoint(groups)]
        if len(groups) == len(having) == 1:
            return having[0].read(groups, part)
        found = [case for each in having for case in each.read(groups, _ALL)]
        return sorted(found, key=_key)[part]

    def passed(group: Group, place: Sequence[str]) -> int:
        about, seal = place
        every = (each for source in sources for each in source.places(group))
        return sum(_natural(each) <= _natural((about, seal)) for each in every)

    return Grouped(sum((Counter(each.counts) for each in sources), Counter()), read, passed)


def _group(case: Case) -> Group:
    return not case.overdue, case.since


def _natural(place: Place) -> tuple[Any, str]:
    return sequence.natural(place[0]), place[1]


def _key(case: Case) -> tuple[Any, ...]:
    return (*_group(case), *_natural((case.about, case.seal)))


def _holds(case: Case, words: str) -> bool:
    text = " ".join(map(str, case.as_row().values())).casefold()
    return all(word in text for word in words.casefold().split())


def _listed(cases: Sequence[Case]) -> _Source:
    """Return the source of cases that are read already."""
    ordered = sorted(cases, key=_key)

    def read(groups: Collection[Group], part: slice) -> list[Case]:
        return [each for each in ordered if _group(each) in groups][part]

    def places(group: Group) -> Iterable[Place]:
        return ((each.about, each.seal) for each in ordered if _group(each) == group)

    return _Source(Counter(map(_group, ordered)), read, places)


def of(subject: Subject, *, now: datetime) -> list[Case]:
    """Return the open cases of a picture or a license."""
    sources = [
        source(License.objects.filter(pk=subject.license), now) for source in _KNOWN.values()
    ]
    found = [case for each in sources for case in each.read(each.counts, _ALL)]
    return [each for each in found if each.about == subject.about]


def _undecided(licenses: QuerySet[License], now: datetime) -> _Source:
    del now
    rows = Picture.objects.filter(status=Picture.Status.UNDECIDED, license__revocation=None)
    rows = rows.filter(brief.under(licenses))
    rows = rows.annotate(since=Coalesce(Left(Cast("made_at", TextField()), 10), Value("")))
    counts = {
        (True, since): count
        for since, count in rows.order_by().values_list("since").annotate(Count("pk"))
    }
    columns = ("pk", "since", "doubts", "license", "license__model", "license__brand")

    def read(groups: Collection[Group], part: slice) -> list[Case]:
        some = rows.filter(since__in=[since for _, since in groups])
        some = some.order_by(*sequence.pictures())
        return [
            Case(
                Kind.UNDECIDED,
                about=id,
                seal="",
                license=license,
                model=model,
                brand=brand,
                since=since,
                overdue=False,
                waits_for=model,
                text="; ".join(each["text"] for each in doubts),
            )
            for id, since, doubts, license, model, brand in some.values_list(*columns)[part]
        ]

    def places(group: Group) -> Iterable[Place]:
        found = rows.filter(since=group[1]) if group in counts else rows.none()
        return ((id, "") for id in found.values_list("pk", flat=True))

    return _Source(counts, read, places)


def _still_out(licenses: QuerySet[License], now: datetime) -> _Source:
    out: dict[Group, dict[str, channel.StillOut]] = {}
    for id, each in channel.still_out(licenses, now=now).items():
        out.setdefault((not each.overdue, each.due.isoformat()), {})[id] = each

    def read(groups: Collection[Group], part: slice) -> list[Case]:
        among = {id: each for group in groups for id, each in out.get(group, {}).items()}
        orders = channel.read_out(among, (*sequence.pictures("seal__picture__"), F("pk")), part)
        rows = License.objects.filter(pk__in={each.license for each in orders})
        sides = {id: both for id, *both in rows.values_list("pk", "model", "brand")}
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
                out=each,
            )
            for each in orders
        ]

    def places(group: Group) -> Iterable[Place]:
        return channel.out_of(out.get(group, ())).values_list("seal__picture", "pk")

    counts = {group: sum(each.files for each in some.values()) for group, some in out.items()}
    return _Source(counts, read, places)


def _suspended(licenses: QuerySet[License], now: datetime) -> _Source:
    rows = licenses.filter(steps__step=Step.SUSPENDED).distinct().prefetch_related("steps")
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
    return _listed(found)


_KNOWN = {Kind.UNDECIDED: _undecided, Kind.STILL_OUT: _still_out, Kind.SUSPENDED: _suspended}


class Subject(NamedTuple):
    """What a case is about, and whose license it is under."""

    about: str
    license: str
    model: str
    brand: str

    @property
    def named(self) -> dict[str, str]:
        """What the history of it is asked for by."""
        kind = "license" if self.about == self.license else "picture"
        return {kind: self.about}


def known(about: str) -> Subject | None:
    """Return the picture or the license of an id, if there is one."""
    for way in ("pk", "pictures"):
        if row := License.objects.filter(**{way: about}).first():
            return Subject(about, row.pk, row.model_id, row.brand_id)
    return None

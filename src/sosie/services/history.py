"""The history of a party: the entries of the log that are about it, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Func, OuterRef, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast

from sosie.core.transparency import Leaf, LogAct
from sosie.store.history import LogParty
from sosie.store.models import License, LogEntry, Party, Twin

_NAMED = ("party", "by", "model", "brand", "agency", "owner")
_UNDER = {
    "license": "pk",
    "picture": "pictures",
    "shoot": "shoots",
    "seal": "pictures__seals",
}
"""By which ids of a record its license is found, and how."""
_HERS = frozenset({LogAct.PICTURE_APPROVED, LogAct.PICTURE_REFUSED, LogAct.PICTURE_RECOGNIZED})
_THE_BRANDS = frozenset({LogAct.SHOOT_ORDERED, LogAct.PICTURE_RELEASED, LogAct.CHANGE_ORDERED})
"""Acts whose record does not say by whom: only one side of the license can do them."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry: what was done, by whom, when, about what."""

    index: int
    at: datetime
    act: str
    by: str
    """The id of a party; empty where the house did it, in nobody's name."""
    about: dict[str, str]
    """Ids, by what they are of: license, picture, shoot, seal, twin."""

    def as_row(self) -> dict[str, Any]:
        """Return it as plain values, for a list."""
        about = [f"{kind} {id}" for kind, id in self.about.items()]
        return {**asdict(self), "at": self.at.isoformat(), "about": about}


def note(entry: LogEntry, act: LogAct, record: Mapping[str, Any]) -> None:
    """Record whom a new entry of the log is about, inside the caller's transaction."""
    about = _about(record)
    license = _license(about)
    sides = [license.model_id, license.brand_id, license.agency_id] if license else []
    named = {record[key] for key in _NAMED if isinstance(record.get(key), str)}
    found = {*Party.objects.filter(pk__in=named).values_list("pk", flat=True), *sides}
    found.update(Twin.objects.filter(pk=about.get("twin", "")).values_list("owner", flat=True))
    by = record.get("by") or record.get("party")
    if license and act in _HERS:
        by = license.model_id
    elif license and act in _THE_BRANDS:
        by = license.brand_id
    LogParty.objects.bulk_create(
        LogParty(entry=entry, party_id=party, acted=party == by)
        for party in sorted(filter(None, found))
    )


def _about(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids that a record names."""
    known = {"seal": record.get("number"), **(record.get("reference") or {}), **record}
    return {key: str(known[key]) for key in (*_UNDER, "twin") if known.get(key)}


def _license(about: Mapping[str, str]) -> License | None:
    for key, way in _UNDER.items():
        if key in about and (found := License.objects.filter(**{way: about[key]}).first()):
            return found
    return None


def of(party: str, **about: str) -> QuerySet[LogParty]:
    """Return what the log has about a party, or of it about one `license` or `picture`, in its
    order, each with what ``event`` reads. Found by the index of the table, however long the log
    is."""
    named = {f"entry__opening__record__{kind}": id for kind, id in about.items()}
    rows = LogParty.objects.filter(party=party, **named)
    did = Prefetch("entry__parties", LogParty.objects.filter(acted=True), "did")
    return rows.select_related("entry__opening").prefetch_related(did).order_by("entry_id")


def holding(rows: QuerySet[LogParty], words: str) -> QuerySet[LogParty]:
    """Return those rows of ``of`` in which each of some words is found: in the act, in the time, in
    what the record says, or in who did it."""
    rows = rows.annotate(
        leaf=_Text("entry__leaf", output_field=TextField()),
        said=Cast("entry__opening__record", TextField()),
    )
    for word in words.split():
        did = LogParty.objects.filter(
            entry=OuterRef("entry"), acted=True, party__pk__icontains=word
        )
        rows = rows.filter(Q(leaf__icontains=word) | Q(said__icontains=word) | Exists(did))
    return rows


class _Text(Func):
    """Bytes as the text that they hold."""

    template = "CAST(%(expressions)s AS TEXT)"

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """Say it as PostgreSQL does."""
        return self.as_sql(compiler, connection, template="convert_from(%(expressions)s, 'UTF8')")


def event(row: LogParty) -> Event:
    """Return what a row of ``of`` tells; of an entry whose record was erased, its act and time."""
    entry = row.entry
    opening, did = getattr(entry, "opening", None), getattr(entry, "did", [])
    act = str(Leaf.parse(bytes(entry.leaf)).act)
    by = did[0].party_id if did else ""
    return Event(entry.pk, entry.at, act, by, _about(opening.record) if opening else {})

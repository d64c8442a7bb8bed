"""Figures about the whole workspace, for whoever runs it: how much of what there is, and how far
behind something is. They name nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from sosie.account_store.models import Hook
from sosie.core.ports import Outside
from sosie.services import log
from sosie.store.models import LogEntry, Picture, Release, Seal


@dataclass(frozen=True, slots=True)
class Figures:
    """How a workspace stands."""

    pictures: Mapping[str, int]
    """By status; `ordered` ones wait to be made."""
    seals: int
    releases: int
    entries: int
    """In the log."""
    published: int
    """Of them in the checkpoint."""
    published_to: datetime | None
    """When the newest of those was appended."""
    hooks: int
    """Addresses that are told what happens."""
    hooks_failing: int
    """Of them those whose last try failed."""
    untold: int
    """Entries of the log that are still to be gone through, summed over the addresses."""
    untold_since: datetime | None
    """When the oldest of those was appended."""


def of(outside: Outside) -> Figures:
    """Return the figures of a workspace as it stands, in a handful of queries."""
    counted = Picture.objects.values_list("status").annotate(count=Count("pk"))
    pictures = dict.fromkeys(map(str, Picture.Status), 0) | dict(counted)
    entries, checkpoint = log.size(), log.published(outside)
    published = checkpoint.size if checkpoint else 0
    hooks = Hook.objects.filter(ended_at=None)
    told = list(hooks.values_list("after", flat=True))
    return Figures(
        pictures=pictures,
        seals=Seal.objects.count(),
        releases=Release.objects.count(),
        entries=entries,
        published=published,
        published_to=_appended(published - 1),
        hooks=len(told),
        hooks_failing=hooks.filter(failures__gt=0).count(),
        untold=sum(max(entries - 1 - after, 0) for after in told),
        untold_since=_appended(min(told) + 1) if told else None,
    )


def _appended(index: int) -> datetime | None:
    """Return when an entry of the log was appended; nothing if there is none."""
    return LogEntry.objects.filter(index=index).values_list("at", flat=True).first()

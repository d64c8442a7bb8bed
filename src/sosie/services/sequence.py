"""In which sequence lists stand: as things were made, not as their ids are spelled, in which
`S-0001-100` comes before `S-0001-99`; and what of a list comes after a row of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Expression, F, Model, Q, QuerySet
from django.db.models.functions import Left, Length

M = TypeVar("M", bound=Model)
Sequenced = Sequence[Expression | F]


def licenses(path: str = "pk") -> list[Expression | F]:
    """Return what puts licenses, found at a path, in sequence: by year, then by number."""
    return [Left(path, len("L-2026")), *numbered(path)]


def numbered(path: str = "pk") -> list[Expression | F]:
    """Return what puts ids that end on a number of one row, as those of shoots, in sequence."""
    return [Length(path), F(path)]


def pictures(path: str = "") -> list[Expression | F]:
    """Return what puts pictures, found at a path (`seal__picture__`), in sequence: by shoot, then
    by their number in it."""
    return [*numbered(f"{path}shoot"), F(f"{path}number")]


def backward(sequence: Sequenced) -> list[Any]:
    """Return what puts rows in the sequence, the last first."""
    return [each.desc() for each in sequence]


def placed(rows: QuerySet[M], sequence: Sequenced) -> tuple[QuerySet[M], list[str]]:
    """Return rows with their place in a sequence, and the names under which it stands."""
    places = {f"place_{n}": each for n, each in enumerate(sequence)}
    return rows.annotate(**places), list(places)


def beyond(names: Sequence[str], place: Sequence[object], *, backward: bool = False) -> Q:
    """Return which rows of ``placed`` come after a place, in the sequence or in its reverse."""
    found, same = Q(), Q()
    for name, value in zip(names, place, strict=True):
        found |= same & Q(**{f"{name}__{'lt' if backward else 'gt'}": value})
        same &= Q(**{name: value})
    return found


def natural(id: str) -> tuple[tuple[int, str], ...]:
    """Return what puts ids of one kind, read already, in the same sequence."""
    return tuple((len(part), part) for part in id.split("-"))

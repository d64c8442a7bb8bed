"""Long lists in groups that follow each other: how many are in each is known, and only the groups
that are looked at are read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Generic, Protocol, Self, TypeVar, overload


class Ordered(Protocol):
    """What has an order."""

    def __lt__(self, other: Self, /) -> bool: ...


G = TypeVar("G", bound=Ordered)
T = TypeVar("T")


class Grouped(Sequence[T], Generic[G, T]):
    """A list of which a part is read at a time: as a slice (of neighbors), as a paginator asks."""

    def __init__(
        self,
        counts: Mapping[G, int],
        read: Callable[[Collection[G], slice], list[T]],
        passed: Callable[[G, Sequence[Any]], int],
    ) -> None:
        """Take how many are in each group, what reads a part of some groups that follow each
        other, and what counts those of a group up to a place in it."""
        self._groups = sorted(group for group, count in counts.items() if count)
        self._ends = list(accumulate(counts[group] for group in self._groups))
        self._read, self._passed = read, passed

    def after(self, group: G, place: Sequence[Any]) -> int:
        """Return how many come up to a place in a group, which may be gone meanwhile."""
        at = bisect_left(self._groups, group)
        before = self._ends[at - 1] if at else 0
        here = at < len(self._groups) and self._groups[at] == group
        return before + (self._passed(group, place) if here else 0)

    def __len__(self) -> int:
        """Return how many are in all groups."""
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[T]:
        """Yield the whole list, read at once."""
        yield from self._read(set(self._groups), slice(None))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        """Return a part of the list: in three readings at most."""
        if isinstance(at, int):
            number = range(len(self))[at]
            return self[number : number + 1][0]
        start, stop, _ = at.indices(len(self))
        first, last = bisect_right(self._ends, start), bisect_left(self._ends, stop)
        found: list[T] = []
        # The first and the last can be long, where only a part of them is wanted.
        whole = first if start == (self._ends[first - 1] if first else 0) else first + 1
        for some in (range(first, whole), range(whole, last), [last] if whole <= last else []):
            if start < stop and some:
                before = self._ends[some[0] - 1] if some[0] else 0
                end = min(stop, self._ends[some[-1]])
                groups = {self._groups[each] for each in some}
                found += self._read(groups, slice(max(start - before, 0), end - before))
        return found

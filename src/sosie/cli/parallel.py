"""The same work on many items, in processes of their own: in order, and none is lost."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 8
"""Items that wait for each process: enough that none idles, few enough that memory stays flat."""


def each(work: Callable[[T], R], items: Sequence[T], *, jobs: int) -> Iterator[R | None]:
    """Yield the result of each item, in order; ``None`` for one that killed its process.

    With one job the work is done in this process. Else ``work``, the items and the results travel
    between processes, which are started anew and share nothing with this one. What waited when a
    process died is done again, each in a process of its own, so that only the culprit is lost.
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    rest = iter(items)
    while batch := list(islice(rest, 1)):
        suspects = yield from _until_death(work, batch, rest, jobs)
        for item in suspects:
            yield _alone(work, item)


def _until_death(
    work: Callable[[T], R], first: list[T], rest: Iterator[T], jobs: int
) -> Generator[R, None, list[T]]:
    """Yield results until there are no more items or a process dies; returns what was begun and
    has no result."""
    begun: deque[T] = deque()
    results: deque[Future[R]] = deque()
    with _pool(jobs) as pool:
        waiting = chain(first, islice(rest, jobs * _AHEAD))
        try:
            while True:
                for item in waiting:
                    begun.append(item)  # before it is handed over, which may fail
                    results.append(pool.submit(work, item))
                if not begun:
                    return []
                result = results.popleft().result()
                begun.popleft()
                yield result
                waiting = chain(islice(rest, 1))
        except BrokenProcessPool:
            return list(begun)
        finally:
            pool.shutdown(cancel_futures=True)  # of use where nobody asks on


def _alone(work: Callable[[T], R], item: T) -> R | None:
    with _pool(1) as pool:
        try:
            return pool.submit(work, item).result()
        except BrokenProcessPool:
            return None


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=end_with_parent)


def end_with_parent() -> None:
    """Have this process end when the one that started it does, even by a kill: an orphan would
    wait for work forever."""
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()

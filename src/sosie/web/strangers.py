"""What anyone may send to the pages, and how much of it at a time: held in memory, never kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler

LOOKING = BoundedSemaphore(2)
"""Pictures that are looked at at the same time: each takes a core and its pixels."""
HELD = BoundedSemaphore(6)
"""Files that are held in memory at the same time."""
PATIENCE = 10.0
"""Seconds for which a page waits until its picture is looked at."""


class Busy(Exception):
    """Others are before this one: ask again."""


@contextmanager
def place(of: BoundedSemaphore, *, patience: float = 0.0) -> Iterator[None]:
    """Take one of the places for what strangers send; raises ``Busy`` if none is free in time."""
    if not of.acquire(timeout=patience) if patience else not of.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        of.release()


class InMemory(MemoryFileUploadHandler):
    """Takes an upload into memory, whatever its size, so that none ever lies on the disk: whoever
    uses it looks at the length of the body first."""

    def handle_raw_input(self, *_: Any, **__: Any) -> None:
        """Take whatever comes."""
        self.activated = True

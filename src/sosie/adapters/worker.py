"""Whether a worker is there: it holds a lock of the workspace, which goes with its process."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _place(folder: Path) -> Path:
    return folder / "running" / "worker.lock"


@contextmanager
def present(folder: Path) -> Iterator[None]:
    """Hold the lock, beside other workers, for as long as this one works."""
    place = _place(folder)
    place.parent.mkdir(exist_ok=True)
    with place.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def is_present(folder: Path) -> bool:
    """Return whether at least one worker works on a workspace."""
    place = _place(folder)
    if not place.exists():
        return False
    with place.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False

"""The published log in a folder: what a web server serves and a witness reads.

Fills the port `LogFiles`. The folder is the URL prefix of C2SP tlog-tiles as it stands:
``checkpoint``, ``tile/0/000``, ``tile/entries/000.p/17``. A file is written aside, flushed,
renamed, and its folder flushed, so that after a kill it is there whole or not at all.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sosie.core.tiles import is_log_path
from sosie.core.values import BadInput

CHECKPOINT = "checkpoint"
_ASIDE = ".aside-"


class FolderLogFiles:
    """A log in one folder, made if it is absent. One writer at a time, any number of readers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, path: str, data: bytes) -> None:
        """Write one resource, replaced as a whole and on the disk when the call returns.

        Raises ``BadInput`` (``log.path``) for a path that no log publishes.
        """
        target = self._target(path)
        self._make(target.parent)
        handle, aside = tempfile.mkstemp(prefix=_ASIDE, dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            Path(aside).replace(target)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        _flush(target.parent)

    def read(self, path: str) -> bytes:
        """Return one resource; raises ``LookupError`` if it is absent, ``BadInput``
        (``log.path``) for a path that no log publishes."""
        try:
            return self._target(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise LookupError(path) from None

    def publish(self, files: Mapping[str, bytes], checkpoint: bytes) -> None:
        """Write tiles and bundles, and the signed checkpoint after all of them, so that what a
        checkpoint promises can always be read. What a kill left aside is swept first."""
        self._sweep()
        for path, data in files.items():
            if path == CHECKPOINT:
                raise ValueError("the checkpoint is written last, from its own argument")
            self.write(path, data)
        self.write(CHECKPOINT, checkpoint)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the log alone, across processes, so that no older checkpoint replaces a newer."""
        self._make(self._folder)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _target(self, path: str) -> Path:
        if not is_log_path(path):
            raise BadInput(
                "this is no path of a log",
                where=path[:200],
                remedy="ask for `checkpoint` or for a path below `tile/`",
                code="log.path",
            )
        target = self._folder / path
        # A link that someone laid in the folder could still lead out of it.
        if not target.resolve().is_relative_to(self._folder.resolve()):
            raise BadInput(
                "a link leads out of the folder of the log",
                where=path[:200],
                remedy="take the link away",
                code="log.path",
            )
        return target

    def _make(self, folder: Path) -> None:
        """Make a folder, and flush the one above it so that its name is kept."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush(folder.parent)

    def _sweep(self) -> None:
        if self._folder.is_dir():
            for aside in self._folder.rglob(f"{_ASIDE}*"):
                aside.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

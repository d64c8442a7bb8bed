"""Files by what is in them, in a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sosie.core.values import BadInput, Digest, digest


class FolderBlobs:
    """Keeps each blob as `sha256/ab/<64 hexadecimal digits>`.

    A blob is written aside, flushed to the disk, renamed into place, and its folder flushed: after
    a kill at any system call it is there whole or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "sha256"

    def put(self, data: bytes) -> Digest:
        """Keep some bytes and return their digest; keeping them twice keeps them once."""
        name = digest(data)
        path = self._path(name)
        if not path.exists():
            replace_file(path, data)
        return name

    def get(self, digest_: Digest) -> bytes:
        """Return the bytes; raises ``LookupError`` if absent, ``BadInput`` if they changed."""
        path = self._path(digest_)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise LookupError(f"no file {digest_}") from None
        if digest(data) != digest_:
            raise BadInput(
                "the bytes are not those that were kept",
                where=str(path),
                remedy="restore the file from a backup",
                code="file.changed",
            )
        return data

    def delete(self, digest_: Digest) -> None:
        """Erase the bytes; nothing happens if they are absent."""
        self._path(digest_).unlink(missing_ok=True)

    def all(self) -> Iterator[Digest]:
        """Yield the digest of every blob that is kept."""
        for path in sorted(self._folder.glob("??/*")):
            if len(path.name) == 64:
                yield Digest(f"sha256:{path.name}")

    def _path(self, name: Digest) -> Path:
        kind, _, digits = name.partition(":")
        if kind != "sha256" or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
            raise LookupError(f"`{name}` is no SHA-256 digest")
        return self._folder / digits[:2] / digits


def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole: aside, flushed, renamed, its folder flushed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _flush([path.parent])


_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """This function will write a folder beside its place, flushed, then rename it: all or nothing.

    Raises ``FileExistsError`` if something stands there already.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _aside(folder) as aside:
        for name, data in files.items():
            path = aside / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(path, _NEW_FILE, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _flush({aside, *(path.parent for path in map(aside.joinpath, files))})
        try:
            aside.rename(folder)
        except OSError as error:
            if folder.exists():
                raise FileExistsError(str(folder)) from error
            raise
    _flush([folder.parent])


def erase_folder(folder: Path) -> None:
    """Erase a folder and what is in it, and flush that; raises ``FileNotFoundError``."""
    shutil.rmtree(folder)
    _flush([folder.parent])


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _flush(folders: Iterable[Path]) -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""The manifest store in a picture file, as bytes: C2PA specification 2.4, appendix A.

JPEG: APP11 segments (JPEG XT); PNG: the chunk `caBX`; WebP: the chunk `C2PA`; AVIF: a `uuid` box;
TIFF: the tag 52545.
The store is a JUMBF superbox, whose last box is the active manifest. Only the files of a
workspace's own seals get here; still, a file that is broken raises ``ValueError`` or holds nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from sosie.adapters import tiff
from sosie.core.file_format import FileFormat, format_of

_BMFF = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def found_in(data: bytes) -> bytes | None:
    """This function will return the manifest store in a picture file; ``None`` if it holds
    none."""
    match format_of(data):
        case FileFormat.JPEG:
            return b"".join(_jpeg(data)) or None
        case FileFormat.PNG:
            return next((body for kind, body in _png(data) if kind == b"caBX"), None)
        case FileFormat.WEBP:
            return next((body for kind, body in _riff(data) if kind == b"C2PA"), None)
        case FileFormat.AVIF:
            stores = (body for kind, body in boxes(data) if kind == b"uuid" and body[:16] == _BMFF)
            # Version and flags, the purpose as text, and an offset that is unused come first.
            return next((body[20:].partition(b"\0")[2][8:] for body in stores), None)
        case FileFormat.TIFF:
            return tiff.manifest(data)
        case _:
            return None


def active(store: bytes) -> bytes:
    """This function will return a store with the active manifest alone; raises ``ValueError``."""
    found = list(boxes(store))
    kind, body = found[0] if len(found) == 1 else (b"", b"")
    parts = list(boxes(body)) if kind == b"jumb" else []
    manifests = [part for part in parts if part[0] == b"jumb"]
    if not manifests or parts[0][0] != b"jumd":
        raise ValueError("this is no manifest store")
    return _box(b"jumb", _box(*parts[0]) + _box(*manifests[-1]))


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """This function will yield kind and body of each box (ISO/IEC 14496-12, 19566-5) in a row."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        start = at + 8
        if size == 1:
            size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
        size = size or len(data) - at
        if size < start - at or at + size > len(data):
            raise ValueError("a box is longer than its file")
        yield kind, data[start : at + size]
        at += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Yield the parts of the store; each segment after the first repeats the head of the box."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        marker, size = struct.unpack(">HH", data[at : at + 4])
        body = data[at + 4 : at + 2 + size]
        if marker == 0xFFEB and body[:2] == b"JP" and body[12:16] == b"jumb":
            yield body[8:] if body[4:8] == b"\0\0\0\1" else body[16:]
        at += 2 + size


def _png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack("<4sI", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2

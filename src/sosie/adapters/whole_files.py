"""Whether a picture file is all there: one that was cut is damaged, and must not be judged by the
part that came through.

Each format says by itself where it ends. What lies behind that end is nobody's business here:
platforms and phones append to their files.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from sosie.adapters import tiff
from sosie.core.file_format import FileFormat

_ALONE = frozenset({0x01, 0xFF, *range(0xD0, 0xD9)})
"""Second bytes of JPEG markers without a length (ITU-T T.81, B.1.1.3), and of fill bytes."""


def ends_early(data: bytes, format: FileFormat) -> bool:
    """This function will tell whether a file of a format stops before the end that it states."""
    try:
        return _ENDS[format](data)
    except (struct.error, IndexError):  # not even what says its length is whole
        return True


def _jpeg(data: bytes) -> bool:
    """By its marker EOI, behind segments with their lengths and coded data without one."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0:
        marker = data[at + 1]
        if marker == 0xD9:
            return False
        if marker == 0x00 or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return True


def _png(data: bytes) -> bool:
    """By its chunk IEND (PNG, third edition, 11.2.5)."""
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if kind == b"IEND":
            return bool(at > len(data))
    return True


def _webp(data: bytes) -> bool:
    """By the length of its RIFF container (RFC 9649, 2.4)."""
    return 8 + int(struct.unpack_from("<I", data, 4)[0]) > len(data)


def _avif(data: bytes) -> bool:
    """By the lengths of its boxes until both the directory and the pixels have come
    (ISO/IEC 14496-12, 4.2)."""
    at, missing = 0, {b"meta", b"mdat"}
    while at < len(data) and missing:
        length, kind = struct.unpack_from(">I4s", data, at)
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
        end = at + length if length else len(data)
        if length in range(1, 8) or end > len(data):
            return True
        missing.discard(kind)
        at = end
    return False


_ENDS: dict[FileFormat, Callable[[bytes], bool]] = {
    FileFormat.JPEG: _jpeg,
    FileFormat.PNG: _png,
    FileFormat.WEBP: _webp,
    FileFormat.AVIF: _avif,
    FileFormat.TIFF: tiff.ends_early,
}

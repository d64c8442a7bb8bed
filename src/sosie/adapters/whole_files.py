"""Whether a picture file is all there: one that was cut is damaged, and must not be judged by the
part that came through.

Each format says by itself where it ends. What lies behind that end is nobody's business here:
platforms and phones append to their files.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from sosie.adapters import tiff
from sosie.core.file_format import FileFormat

_MARKER = re.compile(rb"\xff+([^\x00\x01\xff\xd0-\xd8])")
"""A JPEG marker that a segment with a length follows, or EOI (ITU-T T.81, B.1.1.3)."""
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_EOI, _SOS, _DRI = 0xD9, 0xDA, 0xDD
_FRAMES = (0xC0, 0xC1, 0xC2)
"""Baseline, extended and progressive, by Huffman codes."""


def ends_early(data: bytes, format: FileFormat) -> bool:
    """This function will tell whether a file of a format stops before the end that it states."""
    try:
        return _ENDS[format](data)
    except (
        struct.error,
        IndexError,
        ValueError,
        ZeroDivisionError,
    ):  # not even what says its length is whole
        return True


def _jpeg(data: bytes) -> bool:
    """By its marker EOI, behind segments with their lengths and coded data without one; and by the
    scans and restart markers that must have come until then."""
    at, scans = 2, _Scans()
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            return not scans.whole
        (length,) = struct.unpack_from(">H", data, at)
        scans.segment(marker, data[at + 2 : at + length])
        at += length
        if marker == _SOS and (after := _MARKER.search(data, at)):
            scans.restarts += len(_RESTART.findall(data, at, after.start()))
    return True


class _Scans:
    """What the scans of a JPEG have brought, and what its frame says that they must bring."""

    def __init__(self) -> None:
        self.restarts = 0
        self._wanted = 0
        self._interval = 0
        self._frame = 0
        self._size = (0, 0)
        self._sampling: dict[int, tuple[int, int]] = {}
        self._missing: dict[int, set[int]] = {}
        """Of each component the coefficients of which the last bit has not come."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing; what is of another kind is for its decoder to find out."""
        return not any(self._missing.values()) and self.restarts >= self._wanted

    def segment(self, marker: int, body: bytes) -> None:
        """Take note of a segment, without its length."""
        if marker == _DRI:
            (self._interval,) = struct.unpack_from(">H", body)
        elif marker in _FRAMES and not self._frame:
            self._frame = marker
            self._size = struct.unpack_from(">HH", body, 1)
            for name, sampling, _ in struct.iter_unpack("3B", body[6 : 6 + 3 * body[5]]):
                self._sampling[name] = sampling >> 4, sampling & 15
                self._missing[name] = set(range(64))
        elif marker == _SOS and self._frame:
            names = [body[1 + 2 * i] for i in range(body[0])]
            first, last, bits = struct.unpack_from("3B", body, 1 + 2 * body[0])
            if self._frame != 0xC2:
                first, last, bits = 0, 63, 0
            if bits & 15 == 0:
                for name in names:
                    self._missing.get(name, set()).difference_update(range(first, last + 1))
            if self._interval:
                self._wanted += (self._units(names) - 1) // self._interval

    def _units(self, names: list[int]) -> int:
        """Return how many units a scan of some components has (T.81, A.2); 0 if that is unsaid."""
        height, width = self._size
        across, down = (max(each) for each in zip(*self._sampling.values(), strict=True))
        if len(names) == 1:
            own = self._sampling.get(names[0], (0, 0))
            height, width = -(-height * own[1] // down), -(-width * own[0] // across)
            across = down = 1
        return -(-height // (8 * down)) * -(-width // (8 * across)) if height else 1


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

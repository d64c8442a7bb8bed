"""What a TIFF may be before a decoder sees it: one page of strips, plain numbers, within limits.

TIFF (revision 6.0, 1992) holds almost anything: pages, tiles, floats, raw sensor data, further
directories. Only what a picture for print needs is let through, so that the decoder's work is
bounded by the pixels that the header states.
"""

from __future__ import annotations

import struct

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_NUMBERS = 200_000
"""Numbers in one field; the longest that is needed lists the strips."""
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _KIND = 256, 257, 258, 259, 262
_CHANNELS, _STRIPS, _LENGTHS, _PLANES, _SAMPLE = 277, 273, 279, 284, 339
_FURTHER = {330: "further pictures, as raw files do", 322: "tiles", 324: "tiles"}
_MANIFEST = 52545
_INNER = (34665, 34853, 40965)
"""Directories inside: Exif, GPS, interoperability."""


class _Broken(Exception):
    """Raised inside for what is no TIFF at all."""


def fault(data: bytes, most_pixels: int) -> tuple[str, str] | None:
    """This function will say why a TIFF is not decoded, as (code, words); ``None`` if it may be.

    Codes: ``broken``, ``pixels``, ``animation`` (several pages), ``mode``.
    """
    try:
        fields, following = _directory(data, _first(data))
    except struct.error:
        return "broken", "this TIFF ends too early"
    except (_Broken, LookupError):
        return "broken", "this TIFF is broken"
    try:
        for tag in _INNER:
            if tag in fields:
                inner, _ = _directory(data, _one(fields, tag))
                fields = {**inner, **fields}
    except (struct.error, _Broken, LookupError):
        return "broken", "this TIFF is broken"
    if following:
        return "animation", "it has several pages"
    return _unfit(fields, most_pixels)


def manifest(data: bytes) -> bytes | None:
    """This function will return the C2PA manifest store in a TIFF (tag 52545); ``None`` if it
    holds none. Raises ``struct.error`` if the file is broken."""
    order, at = _order(data), _first(data)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    for place in range(count):
        tag, _, size, where = struct.unpack_from(f"{order}HHII", data, at + 2 + 12 * place)
        if tag == _MANIFEST:
            return data[where : where + size]
    return None


def ends_early(data: bytes) -> bool:
    """This function will tell whether a directory, a value or a strip of pixels lies behind the end
    of the file. Raises ``struct.error`` where the directory itself does."""
    order, at = _order(data), _first(data)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    strips: dict[int, tuple[int, ...]] = {}
    for place in range(count):
        begin = at + 2 + 12 * place
        tag, kind, numbers, where = struct.unpack_from(f"{order}HHII", data, begin)
        size = numbers * _SIZES.get(kind, 1)
        if size > 4 and where + size > len(data):
            return True
        if tag in (_STRIPS, _LENGTHS) and kind in (3, 4):
            letter = "H" if kind == 3 else "I"
            where = where if size > 4 else begin + 8
            strips[tag] = struct.unpack_from(f"{order}{numbers}{letter}", data, where)
    ends = map(sum, zip(strips.get(_STRIPS, ()), strips.get(_LENGTHS, ()), strict=False))
    return max(ends, default=0) > len(data)


_Fields = dict[int, tuple[int, ...]]


def _unfit(fields: _Fields, most_pixels: int) -> tuple[str, str] | None:
    for tag, what in _FURTHER.items():
        if tag in fields:
            return "mode", f"this TIFF holds {what}"
    pixels = _one(fields, _WIDTH) * _one(fields, _HEIGHT)
    if not pixels or _STRIPS not in fields:
        return "broken", "this TIFF is broken"
    if pixels > most_pixels:
        text = f"it has {pixels / 1e6:.0f} megapixels, more than the {most_pixels // 10**6} allowed"
        return "pixels", text
    if _one(fields, _COMPRESSION, 1) not in (1, 5, 8, 32946):
        return "mode", "this TIFF is compressed otherwise than by LZW or deflate"
    bits = set(fields.get(_BITS, (1,)))
    plain = set(fields.get(_SAMPLE, (1,))) == {1} and len(bits) == 1 and bits <= {8, 16}
    chunky = _one(fields, _PLANES, 1) == 1 and 1 <= _one(fields, _CHANNELS, 1) <= 5
    if not plain or not chunky or _one(fields, _KIND, 2) not in (0, 1, 2, 5):
        return "mode", "its numbers are not 8 or 16 bits of grey, RGB or CMYK"
    return None


def _first(data: bytes) -> int:
    order = _order(data)
    magic, offset = struct.unpack(f"{order}HI", data[2:8])
    if magic != 42:
        raise _Broken
    return int(offset)


def _order(data: bytes) -> str:
    return "<" if data[:2] == b"II" else ">"


def _one(fields: _Fields, tag: int, default: int = 0) -> int:
    values = fields.get(tag) or (default,)
    return values[0]


def _directory(data: bytes, at: int) -> tuple[_Fields, int]:
    """Return the whole numbers of a directory by tag, and where the next one begins (0: nowhere).

    All values together must fit into the file: what overlaps is there to cost memory.
    """
    order = _order(data)
    (count,) = struct.unpack_from(f"{order}H", data, at)
    fields: _Fields = {}
    total = 0
    for place in range(count):
        begin = at + 2 + 12 * place
        tag, kind, numbers = struct.unpack_from(f"{order}HHI", data, begin)
        size = numbers * _SIZES.get(kind, 1)
        total += size
        if total > len(data) or (kind not in (1, 2, 7) and numbers > _MOST_NUMBERS):
            raise _Broken
        if kind in (3, 4, 13):
            where = begin + 8
            if size > 4:
                (where,) = struct.unpack_from(f"{order}I", data, where)
            letter = "H" if kind == 3 else "I"
            fields[tag] = struct.unpack_from(f"{order}{numbers}{letter}", data, where)
        else:
            fields.setdefault(tag, ())
    (following,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
    return fields, int(following)

"""What makes viewers show a file otherwise than its pixels are read here: it is refused.

Two viewers may take two different pictures from one file, by its color profile or by chunks that
some of them follow and others do not. What is compared must be what is seen.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import dropwhile

from sosie.core.file_format import FileFormat

Fault = tuple[str, str, str]
"""Code, what is wrong, and what to do."""

_MOST_PROFILE = 4 * 1024 * 1024
_COLOR = "convert it to sRGB and export it again"
_SRGB_GAMMA, _NEAR = 45455, 2500
"""`gAMA` of sRGB (PNG 3, 11.3.2.2), and how far another one is still the same."""
_SRGB_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
"""`cHRM` of sRGB (PNG 3, 11.3.2.1)."""
_PLAIN = {(p, t) for p in (1, 2) for t in (1, 2, 6, 13)}
"""Primaries and transfer (ITU-T H.273) that are shown as sRGB."""
_PLAIN_CICP = {(1, 1), (1, 13)}
"""The same of the tag `cicp` of a profile, where both must be said."""
_TABLES = {b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2"}
_TABLES |= {kind + b"%d" % intent for kind in (b"D2B", b"B2D") for intent in range(4)}
"""Tags of a profile with a table of colors (ICC.1:2022, 9.2): one for each intent."""
_SPACES = (b"RGB ", b"GRAY")
_D50 = (0.9642, 1.0, 0.8249)
_MOST_TAGS = 100
"""LittleCMS reads no profile with more."""
_DAMAGED = "its color profile is damaged, and viewers differ on it"
_COLORING = {b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM"}
"""Chunks of a PNG: each once, before the palette and the picture (PNG 3, 5.6)."""
_UNLIKE = "its color profile shows other colors to other viewers"
_FOREIGN = "its colors are not those of sRGB, and viewers differ on them"


def shown_otherwise(data: bytes, format_: FileFormat, profile: bytes | None) -> Fault | None:
    """This function will say why viewers may show another picture than the pixels of a file, if
    they may; ``profile``: its ICC profile."""
    if profile and (fault := _by_profile(profile)):
        return fault
    if format_ is FileFormat.JPEG:
        return _by_segments(data)
    if format_ is FileFormat.PNG:
        return _by_chunks(list(_chunks(data)))
    if format_ is FileFormat.AVIF:
        return _by_boxes(data)
    return None


def not_always_followed(data: bytes, format_: FileFormat, profile: bytes | None) -> bool:
    """This function will say whether some viewers pass over the profile of a file, since it also
    says that it is sRGB: by the tag `cicp` or by a chunk of a PNG. ``profile``: a sound one."""
    if not profile:
        return False
    if b"cicp" in _tags(profile):
        return True
    return format_ is FileFormat.PNG and any(k in (b"cICP", b"sRGB") for k, _ in _chunks(data))


def _by_profile(profile: bytes) -> Fault | None:
    """What Skia (``skcms_ParseWithA2BPriority``) and LittleCMS do not both read alike."""
    if len(profile) > _MOST_PROFILE:
        return "color", "its color profile has more than 4 MB", _COLOR
    if not _sound(profile):
        return "color", _DAMAGED, _COLOR
    if profile[16:20] not in _SPACES or profile[20:24] != b"XYZ ":
        what = "its color profile is of a kind that browsers do not all apply"
        return "color", what, _COLOR
    tags = _tags(profile)
    if tags.keys() & _TABLES:
        return "color", _UNLIKE, _COLOR
    if b"cicp" in tags and tuple(tags[b"cicp"][8:10]) not in _PLAIN_CICP:
        return "color", _FOREIGN, _COLOR
    return None


def _sound(profile: bytes) -> bool:
    """Return whether header and tags are such that no reader passes over them."""
    if len(profile) < 132 or profile[36:40] != b"acsp" or profile[8] > 4:
        return False
    size, count = (struct.unpack(">I", profile[at : at + 4])[0] for at in (0, 128))
    white = (part / 65536 for part in struct.unpack(">3i", profile[68:80]))
    if any(abs(one - other) > 0.01 for one, other in zip(white, _D50, strict=True)):
        return False
    if count > _MOST_TAGS or not 132 + 12 * count <= size <= len(profile):
        return False
    entries = list(struct.iter_unpack(">4s2I", profile[132 : 132 + 12 * count]))
    inside = all(length >= 4 and at + length <= size for _, at, length in entries)
    return inside and len({kind for kind, _, _ in entries}) == count


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the tags of a sound profile by their names."""
    end = 132 + 12 * struct.unpack(">I", profile[128:132])[0]
    entries = struct.iter_unpack(">4s2I", profile[132:end])
    return {kind: profile[at : at + length] for kind, at, length in entries}


def _by_segments(data: bytes) -> Fault | None:
    """The parts of a profile in a JPEG are numbered from 1 and say how many they are (ICC.1:2022,
    B.4); one that does not add up is put together by some readers only."""
    parts = [body[12:14] for body in _applications(data) if body[:12] == b"ICC_PROFILE\0"]
    count = len(parts)
    if count > 255 or sorted(parts) != [bytes([number + 1, count]) for number in range(count)]:
        return "color", _DAMAGED, _COLOR
    return None


def _applications(data: bytes) -> Iterator[bytes]:
    """The contents of the APP2 segments before the first scan of a JPEG."""
    at = 2
    while at + 4 <= len(data):
        marker, size = struct.unpack(">xBH", data[at : at + 4])
        if data[at] != 0xFF or marker in (0x00, 0xFF):
            at += 1
        elif marker in (0xD9, 0xDA):
            return
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        else:
            if marker == 0xE2:
                yield data[at + 4 : at + 2 + size]
            at += 2 + size


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of a file or of a box (ISO/IEC 14496-12, 4.2): kind and content."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1 and at + 16 <= len(data):
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        end = at + size if size else len(data)
        if end < at + head:
            return
        yield kind, data[at + head : end]
        at = end


def _inside(boxes: list[bytes], kind: bytes, *, skip: int = 0) -> list[bytes]:
    """Return the contents of all boxes of a kind that lie in others, behind ``skip`` bytes."""
    return [body for box in boxes for found, body in _boxes(box[skip:]) if found == kind]


def _by_boxes(data: bytes) -> Fault | None:
    """An AVIF tells its colors in `colr` (ISO/IEC 23008-12, 6.5.5), among its properties."""
    if _inside([data], b"moov"):
        return "animation", "it is an animation", "export the picture that you mean"
    properties = _inside(_inside([data], b"meta"), b"iprp", skip=4)
    colors = _inside(_inside(properties, b"ipco"), b"colr")
    coded = {struct.unpack(">HH", one[4:8].ljust(4, b"\0")) for one in colors if one[:4] == b"nclx"}
    if coded - _PLAIN:
        return "color", _FOREIGN, _COLOR
    if len({one[4:] for one in colors if one[:4] != b"nclx"}) > 1:
        return "color", "it has several color profiles", _COLOR
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + min(size, 64)]
        at += 12 + size


def _by_chunks(chunks: list[tuple[bytes, bytes]]) -> Fault | None:
    if any(kind == b"fdAT" for kind, _ in chunks):
        return "animation", "it is an animation", "export the picture that you mean"
    kinds = [kind for kind, _ in chunks]
    late = dropwhile(lambda kind: kind not in (b"PLTE", b"IDAT"), kinds)
    if any(kinds.count(kind) > 1 for kind in _COLORING) or _COLORING & set(late):
        return "color", "it says its colors twice or too late, and viewers differ on them", _COLOR
    for kind, body in chunks:
        if kind == b"cICP" and tuple(body[:2]) not in _PLAIN:
            return "color", _FOREIGN, _COLOR
    if any(kind in (b"iCCP", b"sRGB", b"cICP") for kind, _ in chunks):
        return None
    wanted = {b"gAMA": (_SRGB_GAMMA,), b"cHRM": _SRGB_PRIMARIES}
    for kind, body in chunks:
        usual = wanted.get(kind, ())
        found = struct.unpack(f">{len(usual)}I", body[: 4 * len(usual)].ljust(4 * len(usual)))
        if any(abs(one - other) > _NEAR for one, other in zip(found, usual, strict=True)):
            return "color", "its gamma or primaries are not those of sRGB", _COLOR
    return None

"""What makes viewers show a file otherwise than its pixels are read here: it is refused.

Two viewers may take two different pictures from one file, by its color profile or by chunks that
some of them follow and others do not. What is compared must be what is seen.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

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


def shown_otherwise(data: bytes, format_: FileFormat, profile: bytes | None) -> Fault | None:
    """This function will say why viewers may show another picture than the pixels of a file, if
    they may; ``profile``: its ICC profile."""
    if profile and (fault := _by_profile(profile)):
        return fault
    if format_ is FileFormat.PNG:
        return _by_chunks(list(_chunks(data)))
    if format_ is FileFormat.AVIF:
        at = data.find(b"colrnclx")
        if at >= 0 and struct.unpack(">HH", data[at + 8 : at + 12].ljust(4)) not in _PLAIN:
            return "color", "its colors are not those of sRGB, and viewers differ on them", _COLOR
    return None


def _by_profile(profile: bytes) -> Fault | None:
    """A table for each intent (`A2B0` to `A2B2`, ICC.1:2022, 9.2) may show each another picture."""
    if len(profile) > _MOST_PROFILE:
        return "color", "its color profile has more than 4 MB", _COLOR
    if profile[16:20] != b"RGB " or len(profile) < 132:
        return None
    count = min(100, struct.unpack(">I", profile[128:132])[0])
    tags = {profile[132 + 12 * k : 136 + 12 * k] for k in range(count)}
    if tags & {b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"}:
        return "color", "its color profile shows other colors to other viewers", _COLOR
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
    for kind, body in chunks:
        if kind == b"cICP" and tuple(body[:2]) not in _PLAIN:
            return "color", "its colors are not those of sRGB, and viewers differ on them", _COLOR
    if any(kind in (b"iCCP", b"sRGB", b"cICP") for kind, _ in chunks):
        return None
    wanted = {b"gAMA": (_SRGB_GAMMA,), b"cHRM": _SRGB_PRIMARIES}
    for kind, body in chunks:
        usual = wanted.get(kind, ())
        found = struct.unpack(f">{len(usual)}I", body[: 4 * len(usual)].ljust(4 * len(usual)))
        if any(abs(one - other) > _NEAR for one, other in zip(found, usual, strict=True)):
            return "color", "its gamma or primaries are not those of sRGB", _COLOR
    return None

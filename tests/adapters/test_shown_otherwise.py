"""What viewers would show otherwise than it is read is refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.values import BadInput
from tests.core.plates import plate

PIXELS = plate(3, height=300)


def png(*, mode: str = "RGB") -> bytes:
    """Return a plain PNG without any chunk on color."""
    target = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(target, "PNG")
    return target.getvalue()


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """Return a PNG with one more chunk behind its header."""
    chunk = struct.pack(">I", len(body)) + kind + body
    chunk += struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


def animated() -> bytes:
    """Return a PNG of two frames."""
    target = io.BytesIO()
    more = [Image.fromarray(np.ascontiguousarray(PIXELS[:, ::-1]))]
    Image.fromarray(PIXELS).save(target, "PNG", save_all=True, append_images=more)
    return target.getvalue()


def profiled(tag: bytes, *, size: int = 0) -> bytes:
    """Return a JPEG with a profile of sRGB in which one tag goes by another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    target = io.BytesIO()
    profile = profile.replace(b"cprt", tag, 1) + bytes(size)
    Image.fromarray(PIXELS).save(target, "JPEG", icc_profile=profile)
    return target.getvalue()


SWAPPED = struct.pack(">8I", 31270, 32900, 30000, 60000, 64000, 33000, 15000, 6000)
PLAIN = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "primaries swapped": (lambda: with_chunk(png(), b"cHRM", SWAPPED), "color"),
    "gamma of 5": (lambda: with_chunk(png(), b"gAMA", struct.pack(">I", 500_000)), "color"),
    "coding of HDR": (lambda: with_chunk(png(), b"cICP", bytes([9, 16, 0, 1])), "color"),
    "frames behind two headers": (
        lambda: with_chunk(animated(), b"acTL", struct.pack(">II", 1, 0)),
        "animation",
    ),
    "one color is a hole": (
        lambda: with_chunk(png(), b"tRNS", struct.pack(">3H", *map(int, PIXELS[0, 0]))),
        "transparent",
    ),
    "a grey is a hole": (
        lambda: with_chunk(
            png(mode="L"),
            b"tRNS",
            struct.pack(">H", int(np.asarray(Image.fromarray(PIXELS).convert("L"))[0, 0])),
        ),
        "transparent",
    ),
    "a table for each intent": (lambda: profiled(b"A2B0"), "color"),
    "a great profile": (lambda: profiled(b"cprt", size=5 * 1024 * 1024), "color"),
}
READ: dict[str, Callable[[], bytes]] = {
    "plain": png,
    "primaries of sRGB": lambda: with_chunk(png(), b"cHRM", PLAIN),
    "gamma of sRGB": lambda: with_chunk(png(), b"gAMA", struct.pack(">I", 45455)),
    "coding of sRGB": lambda: with_chunk(png(), b"cICP", bytes([1, 13, 0, 1])),
    "a hole of a color that it has not": lambda: with_chunk(
        png(), b"tRNS", struct.pack(">3H", 255, 0, 255)
    ),
    "a profile of three curves": lambda: profiled(b"cprt"),
    **{
        f"our own {format_}": lambda f=format_: PillowPictures().encode(PIXELS, format=f)  # type: ignore[misc]
        for format_ in FileFormat
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_viewers_may_show_otherwise_is_refused(name: str) -> None:
    made, code = REFUSED[name]
    with pytest.raises(BadInput) as caught:
        PillowPictures().decode(made(), where="x")
    assert caught.value.code == f"picture.{code}"


@pytest.mark.parametrize("name", READ)
def test_what_all_show_alike_is_read(name: str) -> None:
    assert PillowPictures().decode(READ[name](), where="x").shape == PIXELS.shape

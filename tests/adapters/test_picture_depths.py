"""Depths, color spaces, alpha and sizes: read as the same colors, or refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from sosie.adapters.pictures import MOST_PIXELS, PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.studio import Pixels
from sosie.core.values import BadInput
from sosie.core.watermark import Key, detect, embed
from tests.core.plates import plate

READ = PillowPictures()
SHOWN = plate(1, height=400)
LEVELS = np.array([30, 128, 225], np.uint8)
SWATCHES = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS, indexing="ij"), -1).reshape(3, 9, 3)
SWATCHES = SWATCHES.repeat(40, axis=0).repeat(40, axis=1)
"""All 27 mixtures of three levels."""
SRGB = np.array([[0.4360, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
WIDE = {
    "Display P3": (
        np.array([[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]]),
        None,
    ),
    "Adobe RGB": (
        np.array([[0.6097, 0.2053, 0.1492], [0.3111, 0.6257, 0.0632], [0.0195, 0.0609, 0.7446]]),
        563 / 256,
    ),
}
"""Colorants (columns, XYZ under D50, as their ICC profiles say) and gamma; None: the sRGB curve."""


def profile(name: str) -> bytes:
    """Return an ICC profile with the colorants and the curve of a wide color space."""
    colorants, gamma = WIDE[name]
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for column, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
        at = data.index(tag, 128)
        offset = struct.unpack(">I", data[at + 4 : at + 8])[0]
        fixed = [round(float(value) * 65536) for value in colorants[:, column]]
        data[offset + 8 : offset + 20] = struct.pack(">3i", *fixed)
    if gamma is not None:
        for tag in (b"rTRC", b"gTRC", b"bTRC"):
            at = data.index(tag, 128)
            offset = struct.unpack(">I", data[at + 4 : at + 8])[0]
            data[offset : offset + 14] = b"curv\x00\x00\x00\x00\x00\x00\x00\x01" + struct.pack(
                ">H", round(gamma * 256)
            )
            data[at + 8 : at + 12] = struct.pack(">I", 14)
    return bytes(data)


def linear(levels: Any, gamma: float | None) -> Any:
    values = np.asarray(levels, float) / 255
    if gamma is not None:
        return values**gamma
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def in_srgb(pixels: Pixels, name: str) -> Any:
    """Return what the levels of a wide space are in sRGB, by its definition."""
    colorants, gamma = WIDE[name]
    light = linear(pixels, gamma) @ (np.linalg.inv(SRGB) @ colorants).T
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def saved(format: str, image: Image.Image, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("name", WIDE)
def test_a_wide_color_space_is_read_as_the_same_colors(name: str, format: str) -> None:
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 98, "subsampling": 0},
        "WEBP": {"lossless": True},
    }
    more = {**options, "AVIF": {"quality": 99, "subsampling": "4:4:4"}}.get(format, {})
    data = saved(format, Image.fromarray(SWATCHES), icc_profile=profile(name), **more)
    found = READ.decode(data, where="x").astype(float)
    meant = in_srgb(SWATCHES, name)
    # The control: without the conversion the colors would be clearly others.
    assert np.abs(SWATCHES - meant).mean() > 4
    assert np.abs(found - meant).mean() < 2


def _deep_png(alpha: int | None = None) -> bytes:
    """Return a PNG of 16 bits a channel, with noise below the eighth bit."""
    deep = SHOWN.astype(np.uint16) * 257
    if alpha is not None:
        deep = np.dstack([deep, np.full(deep.shape[:2], alpha, np.uint16)])
    height, width, channels = deep.shape

    def chunk(name: bytes, body: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + end

    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in deep)
    head = struct.pack(">IIBBBBB", width, height, 16, 2 if channels == 3 else 6, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_sixteen_bits_are_reduced_and_half_transparent_ones_refused() -> None:
    assert np.array_equal(READ.decode(_deep_png(), where="x"), SHOWN)
    assert np.array_equal(READ.decode(_deep_png(65535), where="x"), SHOWN)
    with pytest.raises(BadInput, match="parts of it are transparent"):
        READ.decode(_deep_png(30000), where="x")


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_alpha_is_let_through_where_it_hides_nothing(format: str) -> None:
    image = Image.fromarray(SHOWN).convert("RGBA")
    options: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "AVIF": {"quality": 95}}
    more = options.get(format, {})
    found = READ.decode(saved(format, image, **more), where="x")
    assert np.abs(found.astype(int) - SHOWN).mean() < 2
    image.putalpha(254)
    with pytest.raises(BadInput) as caught:
        READ.decode(saved(format, image, **more), where="x")
    assert caught.value.code == "picture.transparent"
    assert "without transparency" in caught.value.remedy


def test_a_cmyk_jpeg_is_read_as_the_same_colors() -> None:
    image = Image.fromarray(SHOWN).convert("CMYK")
    found = READ.decode(saved("JPEG", image, quality=98, subsampling=0), where="x")
    assert np.abs(found.astype(int) - SHOWN).mean() < 3


@pytest.mark.parametrize("name", WIDE)
def test_what_was_marked_in_a_wide_space_is_read_after_it_is_converted(name: str) -> None:
    key = Key.from_secret(bytes(32))
    marked = embed(plate(3, height=1080), 77, key)
    data = saved("JPEG", Image.fromarray(marked), icc_profile=profile(name), quality=85)
    assert detect(READ.decode(data, where="x"), key).payload == 77


def test_a_hundred_megapixels_are_marked_and_more_are_refused() -> None:
    side = int(MOST_PIXELS**0.5)
    pixels = cv2.resize(plate(3, height=1080), (side, side), interpolation=cv2.INTER_LINEAR)
    key = Key.from_secret(bytes(32))
    marked = embed(pixels, 78, key)
    assert marked.shape == (10_000, 10_000, 3)
    assert detect(cv2.resize(marked, None, fx=0.2, fy=0.2), key).payload == 78
    _, png = cv2.imencode(".png", np.zeros((10_001, 10_001), np.uint8))
    with pytest.raises(BadInput, match="more than the 100 allowed"):
        READ.decode(png.tobytes(), where="x")


@pytest.mark.parametrize(
    ("format", "side"),
    [(FileFormat.WEBP, 16_384), (FileFormat.JPEG, 65_536), (FileFormat.AVIF, 65_537)],
)
def test_a_side_that_a_format_cannot_hold_is_refused(format: FileFormat, side: int) -> None:
    with pytest.raises(BadInput) as caught:
        READ.encode(np.zeros((4, side, 3), np.uint8), format=format)
    assert caught.value.code == "picture.side"
    assert "PNG or TIFF" in caught.value.remedy
    small = np.full((40, 40, 3), 90, np.uint8)
    assert READ.decode(READ.encode(small, format=format), where="x").shape == small.shape

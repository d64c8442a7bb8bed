"""A picture file that was cut is refused, wherever it was cut; what is appended is no harm."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.values import BadInput
from tests.adapters.houses import house
from tests.adapters.signed import sealed
from tests.core.plates import plate

READ = PillowPictures()
BASE = Image.fromarray(plate(1, height=240))
JUNK = {
    "an archive": b"PK\x03\x04" + bytes(range(256)) * 9,
    "zeros": bytes(5000),
    "words": b"appended by a platform " * 40,
    "half a marker": b"\xff",
}


def saved(format: str, image: Image.Image = BASE, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


WHOLE = {
    "png": saved("PNG"),
    "png palette": saved("PNG", BASE.quantize(64)),
    "png flat": saved("PNG", Image.new("RGB", (900, 900), (9, 200, 30))),
    "jpeg": saved("JPEG", quality=90),
    "jpeg progressive": saved("JPEG", quality=90, progressive=True),
    "jpeg restarts": saved("JPEG", quality=90, restart_marker_rows=1),
    "jpeg progressive restarts": saved("JPEG", progressive=True, restart_marker_blocks=7),
    "jpeg grey": saved("JPEG", BASE.convert("L"), progressive=True),
    "jpeg halved colors": saved("JPEG", quality=90, subsampling="4:2:0", restart_marker_blocks=5),
    "jpeg cmyk": saved("JPEG", BASE.convert("CMYK")),
    "webp": saved("WEBP"),
    "webp lossless": saved("WEBP", lossless=True),
    "webp flat": saved("WEBP", Image.new("RGB", (4000, 4000), (9, 200, 30))),
    "avif": saved("AVIF"),
    "avif flat": saved("AVIF", Image.new("RGB", (4000, 4000), (9, 200, 30))),
    "tiff": saved("TIFF"),
    "tiff lzw": saved("TIFF", compression="tiff_lzw"),
    "tiff deflate": saved("TIFF", compression="tiff_adobe_deflate", big_endian=True),
}
SEALED = {f"sealed {format}": sealed(house(), format) for format in FileFormat}
ALL = WHOLE | SEALED


def cuts(data: bytes) -> list[int]:
    """Places all over a file: hundredths, tenths, and the last bytes one by one."""
    size = len(data)
    tenths = {size * part // 20 for part in range(1, 20)}
    return sorted({max(16, size // 100), *tenths, *range(size - 20, size)} - set(range(16)))


@pytest.mark.parametrize("name", ALL)
def test_a_cut_file_is_refused_wherever_it_was_cut(name: str) -> None:
    data = ALL[name]
    places = cuts(data)
    assert len(places) >= 20
    for place in places:
        with pytest.raises(BadInput) as caught:
            READ.decode(data[:place], where="look.jpg")
        assert caught.value.code == "picture.broken", place
        assert str(caught.value).startswith("`look.jpg`: this "), place
        assert str(caught.value).endswith(" ends too early; fetch or export it again"), place
    # The control: not cut, each is read.
    assert READ.decode(data, where="look.jpg").ndim == 3


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", ALL)
def test_what_is_appended_to_a_whole_file_is_no_harm(name: str, junk: str) -> None:
    data = ALL[name]
    whole = READ.decode(data, where="x")
    assert np.array_equal(READ.decode(data + JUNK[junk], where="x"), whole)


def test_a_jpeg_with_a_cut_second_picture_is_read() -> None:
    """A phone appends a depth map or a gain map, and a platform drops half of it."""
    data = saved("MPO", save_all=True, append_images=[BASE.rotate(180)])
    first = READ.decode(data, where="x")
    assert np.array_equal(READ.decode(data[: len(data) * 3 // 4], where="x"), first)


@pytest.mark.parametrize("name", ["png", "png palette", "jpeg", "jpeg progressive"])
def test_a_download_whose_rest_is_zeros_is_refused(name: str) -> None:
    data = ALL[name]
    for part in (0.2, 0.5, 0.8):
        kept = min(round(len(data) * part), len(data) - 1500)
        with pytest.raises(BadInput, match=r"ends too early|is broken"):
            READ.decode(data[:kept] + bytes(len(data) - kept), where="x")


def closed(data: bytes, part: float) -> bytes:
    """Return the first part of a JPEG, closed by another EOI, as a repair tool does."""
    return data[: round(len(data) * part)] + b"\xff\xd9"


def test_a_jpeg_that_was_closed_behind_a_cut_is_refused_where_its_markers_tell() -> None:
    told = {
        "jpeg restarts": (0.2, 0.5, 0.8),
        "jpeg progressive": (0.2, 0.4, 0.6),
        "jpeg grey": (0.2, 0.4),
        "jpeg halved colors": (0.3, 0.7, 0.95),
    }
    for name, parts in told.items():
        for part in parts:
            with pytest.raises(BadInput, match="ends too early"):
                READ.decode(closed(WHOLE[name], part), where="x")
    # The control: the same marker behind a whole file.
    assert READ.decode(closed(WHOLE["jpeg restarts"], 1), where="x").ndim == 3

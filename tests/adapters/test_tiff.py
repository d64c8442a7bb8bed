"""TIFF for print: what is written, and what is refused before a decoder sees it."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zlib
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from sosie.adapters.pictures import MOST_PIXELS, PillowPictures
from sosie.adapters.tiff import fault
from sosie.core.file_format import FileFormat
from sosie.core.values import BadInput
from tests.adapters.houses import house
from tests.adapters.signed import sealed, unsealed
from tests.core.plates import plate

READ = PillowPictures()
SMALL = plate(1, height=200)
PLAIN: dict[int, tuple[int, ...]] = {
    256: (150,),
    257: (200,),
    258: (8, 8, 8),
    259: (8,),
    262: (2,),
    273: (),
    277: (3,),
    278: (200,),
    279: (),
}
"""Tags of a picture of 150×200, deflated in one strip."""


def written(
    order: str = "<", following: int = 0, pixels: bytes = SMALL.tobytes(), **changes: Any
) -> bytes:
    """Return a TIFF with some tags changed (`t256=…`); ``None`` leaves one out, a pair of a type
    and a count states a field that is longer than its value."""
    strip = zlib.compress(pixels, 1)
    fields: dict[int, Any] = dict(PLAIN) | {int(tag[1:]): value for tag, value in changes.items()}
    fields = {tag: value for tag, value in sorted(fields.items()) if value is not None}
    head = 8 + 2 + 12 * len(fields) + 4
    more, entries = b"", b""
    for tag, value in fields.items():
        if isinstance(value, list):
            kind, count = value
            entries += struct.pack(f"{order}HHII", tag, kind, count, 8)
            continue
        numbers = value or {273: (head + 400,), 279: (len(strip),)}.get(tag, value)
        body = struct.pack(f"{order}{len(numbers)}I", *numbers)
        if len(body) > 4:
            body, more = struct.pack(f"{order}I", head + len(more)), more + body
        entries += struct.pack(f"{order}HHI", tag, 4, len(numbers)) + body
    magic = b"II*\x00" if order == "<" else b"MM\x00*"
    start = magic + struct.pack(f"{order}IH", 8, len(fields)) + entries
    return start + struct.pack(f"{order}I", following) + more.ljust(400, b"\x00") + strip


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_plain_one_is_read(order: str) -> None:
    # The control of every refusal below: the same maker, nothing changed.
    assert np.array_equal(READ.decode(written(order), where="x"), SMALL)


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "pages": ({"following": 8}, "picture.animation", "several pages"),
    "raw": ({"t330": (8,)}, "picture.mode", "further pictures"),
    "tiles": ({"t322": (16,), "t323": (16,), "t324": (8,)}, "picture.mode", "tiles"),
    "huge tiles": ({"t322": (2**31,), "t324": (8,)}, "picture.mode", "tiles"),
    "bomb": ({"t256": (60_000,), "t257": (60_000,)}, "picture.pixels", "3600 megapixels"),
    "overflow": ({"t256": (2**32 - 1,), "t257": (2**32 - 1,)}, "picture.pixels", "megapixels"),
    "nothing": ({"t256": (0,)}, "picture.broken", "broken"),
    "no strips": ({"t273": None}, "picture.broken", "broken"),
    "floats": ({"t258": (32, 32, 32), "t339": (3, 3, 3)}, "picture.mode", "8 or 16 bits"),
    "deep": ({"t258": (32, 32, 32)}, "picture.mode", "8 or 16 bits"),
    "uneven": ({"t258": (8, 16, 8)}, "picture.mode", "8 or 16 bits"),
    "planes": ({"t284": (2,)}, "picture.mode", "8 or 16 bits"),
    "Lab": ({"t262": (8,)}, "picture.mode", "grey, RGB or CMYK"),
    "sensor": ({"t262": (32803,)}, "picture.mode", "grey, RGB or CMYK"),
    "JPEG inside": ({"t259": (7,)}, "picture.mode", "LZW or deflate"),
    "zstd": ({"t259": (50000,)}, "picture.mode", "LZW or deflate"),
    "channels": ({"t277": (200,)}, "picture.mode", "8 or 16 bits"),
    "long field": ({"t700": [1, 2**31]}, "picture.broken", "broken"),
    "overlaps": ({f"t{tag}": [7, 60_000] for tag in range(800, 820)}, "picture.broken", "broken"),
    "many numbers": (
        {"t900": [3, 300_000], "pixels": np.random.default_rng(1).bytes(900_000)},
        "picture.broken",
        "broken",
    ),
    "inner loop": ({"t34665": (8,), "t40965": (2**31,)}, "picture.broken", "broken"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_before_it_is_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, code, what = REFUSED[name]
    opened: list[object] = []
    monkeypatch.setattr(Image, "open", lambda *a, **k: opened.append(a))
    with pytest.raises(BadInput) as caught:
        READ.decode(written(**changes), where="print.tif")
    assert caught.value.code == code
    assert what in caught.value.what
    assert caught.value.remedy
    assert not opened


def test_a_big_tiff_is_none_of_ours() -> None:
    with pytest.raises(BadInput, match="no picture of a known format"):
        READ.decode(b"II+\x00" + bytes(100), where="x")


def test_a_strip_that_unpacks_to_more_than_it_should_shows_what_the_header_says() -> None:
    data = written(pixels=bytes(60_000_000))
    assert len(data) < 400_000
    assert READ.decode(data, where="x").shape == SMALL.shape


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=6),
    st.integers(0, 2**20),
)
def test_whatever_the_header_says_it_is_read_or_refused(
    changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(written())
    for at, value in changes:
        data[at] = value
    try:
        found = READ.decode(bytes(data[: max(4, cut % (2 * len(data)))]), where="x")
    except BadInput:
        return
    assert found.ndim == 3


def tiff(image: Image.Image, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, "TIFF", **options)
    return target.getvalue()


def test_sixteen_bits_grey_and_cmyk_are_reduced_and_others_refused() -> None:
    deep = (SMALL.astype(np.uint16) * 257).tobytes()
    assert np.array_equal(READ.decode(written(t258=(16,) * 3, pixels=deep), where="x"), SMALL)
    grey = Image.fromarray(SMALL[..., 0])
    assert np.array_equal(READ.decode(tiff(grey), where="x")[..., 1], SMALL[..., 0])
    cmyk = READ.decode(tiff(Image.fromarray(SMALL).convert("CMYK")), where="x")
    assert np.abs(cmyk.astype(int) - SMALL).mean() < 3
    with pytest.raises(BadInput, match="8 or 16 bits"):
        READ.decode(tiff(Image.fromarray(SMALL[..., 0].astype(np.float32))), where="x")
    page = Image.fromarray(SMALL)
    pages = tiff(page, save_all=True, append_images=[page])
    with pytest.raises(BadInput, match="several pages"):
        READ.decode(pages, where="x")


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_is_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    jpeg, found = io.BytesIO(), tiff(Image.fromarray(SMALL), exif=exif)
    Image.fromarray(SMALL).save(jpeg, "PNG", exif=exif)
    same = READ.decode(jpeg.getvalue(), where="x")
    assert np.array_equal(READ.decode(found, where="x"), same)


def test_what_is_written_is_for_print() -> None:
    data = unsealed(FileFormat.TIFF)
    assert fault(data, MOST_PIXELS) is None
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["dpi"] == (300, 300)
        assert image.info["compression"] == "tiff_lzw"
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert len(data) < len(tiff(Image.fromarray(plate(1, height=300))))


def test_exiftool_reads_the_fields_of_a_sealed_one(tmp_path: Path) -> None:
    found = which("exiftool")
    if found is None:
        pytest.skip("exiftool is not here")
    path = tmp_path / "sealed.tiff"
    path.write_bytes(sealed(house(), FileFormat.TIFF))
    command = [found, "-json", "-validate", "-warning", "-a", "-G1", "-all", str(path)]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    assert said["XMP-photoshop:Credit"] == "Nora (digital twin)"
    assert said["IFD0:XResolution"] == 300
    assert said["IFD0:Compression"] == "LZW"
    assert said["ExifTool:Warning"] == "[minor] Unknown IFD0 tag 0xcd41"  # C2PA's own

"""Picture files: what is read, what is refused in one line, and what is written into a JPEG."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from sosie.adapters import pictures as module
from sosie.adapters.picture_metadata import xmp
from sosie.adapters.pictures import PillowPictures
from sosie.core.seal import SOURCE_TYPES, Metadata
from sosie.core.values import BadInput
from tests.core.plates import plate

READ = PillowPictures()
SMALL = plate(1, height=200)
HOSTILE = """Nora <&> "twin" ]]> <script>alert(1)</script> \x00\x1b é 漢"""
METADATA = Metadata(
    source_type=SOURCE_TYPES + "compositeSynthetic",
    credit=HOSTILE,
    licensor_name="Nora",
    licensor_url="https://example.org/?a=1&b=2",
    description=HOSTILE,
    alt_text="a person in a blue top",
    disclosure="made with the digital twin of a model",
    copyright="© license L-1",
    seal_number=7,
)


def saved(format_: str, image: Image.Image | None = None, **options: Any) -> bytes:
    target = io.BytesIO()
    (image or Image.fromarray(SMALL)).save(target, format_, **options)
    return target.getvalue()


@pytest.mark.parametrize(
    ("format_", "options", "most"),
    [
        ("PNG", {}, 0.0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 2.0),
        ("WEBP", {"lossless": True}, 0.0),
        ("WEBP", {"quality": 90}, 4.0),
        ("AVIF", {"quality": 90}, 4.0),
        ("TIFF", {}, 0.0),
        ("TIFF", {"compression": "tiff_lzw"}, 0.0),
        ("TIFF", {"compression": "tiff_adobe_deflate", "big_endian": True}, 0.0),
    ],
)
def test_five_formats_are_read(format_: str, options: dict[str, Any], most: float) -> None:
    found = READ.decode(saved(format_, **options), where="x")
    assert found.shape == SMALL.shape
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - SMALL).mean() <= most


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_picture_is_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    image = Image.fromarray(SMALL)
    stored = image if turn == 1 else image.transpose(Image.Transpose(back[turn]))
    found = READ.decode(saved("PNG", stored, exif=exif), where="x")
    assert np.array_equal(found, SMALL)


def test_modes_are_reduced_to_srgb() -> None:
    image = Image.fromarray(SMALL)
    grey = np.asarray(image.convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    for data in (saved("PNG", image.convert("L")), saved("PNG", deep)):
        assert np.array_equal(READ.decode(data, where="x"), np.dstack([grey] * 3))
    cmyk = READ.decode(saved("JPEG", image.convert("CMYK"), quality=95), where="x")
    assert np.abs(cmyk.astype(int) - SMALL).mean() < 4
    opaque = READ.decode(saved("PNG", image.convert("RGBA")), where="x")
    assert np.array_equal(opaque, SMALL)
    assert READ.decode(saved("PNG", image.convert("P")), where="x").shape == SMALL.shape


def test_a_profile_is_converted_and_one_that_cannot_be_is_refused() -> None:
    wide = ImageCms.createProfile("LAB")
    lab = ImageCms.ImageCmsProfile(wide).tobytes()
    for profile in (b"no profile", lab, b"\x00" * 200):
        with pytest.raises(BadInput) as caught:
            READ.decode(saved("PNG", icc_profile=profile), where="x")
        assert caught.value.code == "picture.color"
    gamma = _gamma_profile()
    found = READ.decode(saved("PNG", icc_profile=gamma), where="x")
    assert np.abs(found.astype(int) - SMALL).mean() > 5


def _gamma_profile() -> bytes:
    """An sRGB profile whose three tone curves are made a plain gamma of 1.0."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        at = data.index(name, 128)
        offset = struct.unpack(">I", data[at + 4 : at + 8])[0]
        data[offset : offset + 12] = b"curv\x00\x00\x00\x00\x00\x00\x00\x00"
        data[at + 8 : at + 12] = struct.pack(">I", 12)
    return bytes(data)


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 100_000)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _scans(times: int) -> bytes:
    data = saved("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + data[-2:]


def _box(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 100


def _transparent() -> Image.Image:
    image = Image.fromarray(SMALL).convert("RGBA")
    image.putalpha(100)
    return image


def _flipped(data: bytes) -> bytes:
    """Return a whole JPEG whose tables say nonsense."""
    at = data.index(b"\xff\xc4") + 5
    return data[:at] + b"\xff" * 16 + data[at + 16 :]


REFUSED: dict[str, tuple[bytes, str, str, str]] = {
    "empty": (b"", "picture.empty", "empty", "name a picture file"),
    "heic": (_box(b"heic"), "picture.format", "HEIC", "export it as JPEG at full size"),
    "heif": (_box(b"mif1"), "picture.format", "HEIF", "export it as JPEG at full size"),
    "gif": (saved("GIF"), "picture.format", "GIF", "as PNG"),
    "bmp": (saved("BMP"), "picture.format", "BMP", "as PNG"),
    "pdf": (saved("PDF"), "picture.format", "PDF", "as JPEG"),
    "svg": (b'<?xml version="1.0"?>\n<svg/>', "picture.format", "SVG", "as PNG"),
    "text": ("Grüße\nfrom here".encode(), "picture.format", "text", "name a picture"),
    "zip": (b"PK\x03\x04" + b"\x00" * 50, "picture.format", "ZIP", "unpack"),
    "noise": (
        bytes(range(256)) * 4,
        "picture.format",
        "no picture",
        "JPEG, PNG, WebP, AVIF or TIFF",
    ),
    "cut jpeg": (saved("JPEG")[:-2000], "picture.broken", "ends too early", "again"),
    "cut png": (saved("PNG")[:-20_000], "picture.broken", "ends too early", "again"),
    "cut webp": (saved("WEBP")[:-500], "picture.broken", "ends too early", "again"),
    "cut avif": (saved("AVIF")[:-500], "picture.broken", "ends too early", "again"),
    "broken jpeg": (_flipped(saved("JPEG")), "picture.broken", "is broken", "again"),
    "jpeg of noise": (b"\xff\xd8\xff" + b"\x07" * 500, "picture.broken", "JPEG", "again"),
    "bomb": (_png(60_000, 60_000), "picture.pixels", "more than 100 megapixels", "smaller"),
    "animation": (
        saved("WEBP", save_all=True, append_images=[Image.new("RGB", (150, 200))]),
        "picture.animation",
        "animation",
        "the picture that you mean",
    ),
    "transparent": (
        saved("PNG", _transparent()),
        "picture.transparent",
        "transparent",
        "without transparency",
    ),
    "scans": (_scans(40), "picture.scans", "more than 20 scans", "plain JPEG"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_refusal_is_one_line_that_helps(name: str) -> None:
    data, code, what, remedy = REFUSED[name]
    with pytest.raises(BadInput) as caught:
        READ.decode(data, where="summer/look 3.heic")
    error = caught.value
    assert error.code == code
    assert what in error.what
    assert remedy in error.remedy
    text = str(error)
    assert text.startswith("`summer/look 3.heic`: ")
    assert "\n" not in text
    assert not text.endswith(".")


def test_a_progressive_jpeg_with_few_scans_is_read() -> None:
    # The control of the refused one: the same maker, fewer scans.
    assert READ.decode(_scans(2), where="x").shape == SMALL.shape


def test_limits_are_checked_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    with pytest.raises(BadInput, match="MB, more than"):
        READ.decode(saved("PNG"), where="x")
    monkeypatch.undo()
    monkeypatch.setattr(module, "MOST_PIXELS", 1000)
    for format_ in ("PNG", "JPEG", "WEBP", "AVIF", "TIFF"):
        with pytest.raises(BadInput, match="megapixels, more than"):
            READ.decode(saved(format_), where="x")


@settings(max_examples=300)
@given(
    st.sampled_from(["PNG", "JPEG", "WEBP", "AVIF", "TIFF"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12),
    st.integers(0, 10**6),
)
def test_broken_files_raise_bad_input_and_nothing_else(
    format_: str, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(_SAVED[format_])
    for at, value in changes:
        data[at % len(data)] = value
    try:
        found = READ.decode(bytes(data[: max(4, cut % (2 * len(data)))]), where="x")
    except BadInput:
        return
    assert found.dtype == np.uint8
    assert found.ndim == 3


_SAVED = {name: saved(name) for name in ("PNG", "JPEG", "WEBP", "AVIF")}
_SAVED["TIFF"] = saved("TIFF", compression="tiff_lzw")


def test_a_jpeg_is_written_the_same_each_time() -> None:
    data = READ.encode(SMALL, METADATA)
    assert data == READ.encode(SMALL, METADATA)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGB"
        assert image.info["progressive"] == 1
        assert image.info["icc_profile"][24:36] == struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
    found = READ.decode(data, where="x")
    assert np.abs(found.astype(int) - SMALL).mean() < 2


def test_noise_of_any_size_is_written() -> None:
    draw = np.random.default_rng(4)
    for height, width in ((1, 1), (16, 16), (700, 500), (1200, 900)):
        noise = draw.integers(0, 256, (height, width, 3), dtype=np.uint8)
        assert READ.decode(READ.encode(noise, METADATA), where="x").shape == noise.shape


def test_a_png_holds_exactly_the_pixels() -> None:
    assert np.array_equal(READ.decode(READ.lossless(SMALL), where="x"), SMALL)


def test_fields_too_long_for_a_jpeg_are_refused() -> None:
    long = Metadata(source_type="x", credit="y", description="long " * 20_000)
    with pytest.raises(BadInput, match="shorten the description"):
        READ.encode(SMALL, long)


@given(st.text(max_size=60))
def test_any_text_is_sayable(text: str) -> None:
    packet = xmp(Metadata(source_type="a", credit=text, description=text, alt_text=text))
    root = ElementTree.fromstring(packet.decode().split("?>", 1)[1].rsplit("<?", 1)[0])  # noqa: S314
    credit = root.find(".//{http://ns.adobe.com/photoshop/1.0/}Credit")
    said = "" if credit is None else credit.text or ""
    kept = [c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff")]
    assert said.replace("\r", "\n").replace("\n", "") == "".join(kept).replace("\n", "")


@pytest.fixture(scope="module")
def exiftool() -> str:
    found = shutil.which("exiftool")
    if found is None:
        pytest.skip("no `exiftool`: install libimage-exiftool-perl")
    return found


def test_exiftool_reads_the_fields(exiftool: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(READ.encode(SMALL, METADATA))
    asked = [exiftool, "-j", "-G1", "-struct", "-a", "-charset", "iptc=UTF8", str(path)]
    done = subprocess.run(asked, capture_output=True, check=True, timeout=60)
    said = json.loads(done.stdout)[0]
    shown = HOSTILE.replace("\x00", "").replace("\x1b", "")
    assert said["XMP-iptcExt:DigitalSourceType"] == METADATA.source_type
    assert said["XMP-photoshop:Credit"] == shown
    assert said["XMP-dc:Description"] == shown
    assert said["XMP-dc:Rights"] == METADATA.copyright
    assert said["XMP-xmpRights:UsageTerms"] == METADATA.disclosure
    assert said["XMP-iptcCore:AltTextAccessibility"] == METADATA.alt_text
    assert said["XMP-plus:DataMining"].endswith("DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING")
    assert said["XMP-plus:ModelReleaseStatus"] == "Limited or Incomplete Model Releases"
    assert said["XMP-plus:Licensor"] == [
        {"LicensorName": "Nora", "LicensorURL": METADATA.licensor_url}
    ]
    assert said["XMP-sosie:SealNumber"] == "0000-0000-00007"
    assert said["IPTC:CopyrightNotice"] == METADATA.copyright
    assert said["IPTC:Credit"] == shown.encode()[:32].decode("utf-8", "ignore")

"""What viewers would show otherwise than it is read is refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from sosie.adapters.pictures import PillowPictures
from sosie.adapters.shown_otherwise import shown_otherwise
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


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
Tags = dict[bytes, bytes]


def srgb_tags() -> Tags:
    """Return the tags of a profile of sRGB."""
    end = 132 + 12 * struct.unpack(">I", SRGB[128:132])[0]
    entries = struct.iter_unpack(">4s2I", SRGB[132:end])
    return {kind: SRGB[at : at + size] for kind, at, size in entries}


def swapped_tags() -> Tags:
    """Return the tags of a profile in which red and green are swapped."""
    tags = srgb_tags()
    return tags | {b"rXYZ": tags[b"gXYZ"], b"gXYZ": tags[b"rXYZ"]}


def built(tags: Tags, *, more: int = 0, space: bytes = b"RGB ") -> bytes:
    """Return a profile of these tags and ``more`` that nobody reads before the last of them."""
    items = list(tags.items())
    items[-1:-1] = [(b"x%03d" % number, tags[b"wtpt"]) for number in range(more)]
    table = body = b""
    for kind, content in items:
        at = 132 + 12 * len(items) + len(body)
        table += struct.pack(">4s2I", kind, at, len(content))
        body += content + bytes(-len(content) % 4)
    rest = SRGB[4:16] + space + SRGB[20:84] + bytes(44) + struct.pack(">I", len(items))
    return struct.pack(">I", 132 + len(table) + len(body)) + rest + table + body


def with_byte(at: int, value: int) -> bytes:
    """Return a profile of swapped colors with one other byte."""
    profile = built(swapped_tags())
    return profile[:at] + bytes([value]) + profile[at + 1 :]


def twice(kind: bytes) -> bytes:
    """Return a profile that names a tag twice."""
    return built(srgb_tags() | {b"x000": srgb_tags()[kind]}).replace(b"x000", kind)


def gray_tags() -> Tags:
    """Return the tags of a gray profile with the curve of sRGB."""
    tags = srgb_tags()
    return {kind: tags[kind] for kind in (b"desc", b"cprt", b"wtpt")} | {b"kTRC": tags[b"rTRC"]}


def press() -> bytes:
    """Return a profile of CMYK with two tables: gray by one, white by the other intent."""
    tags = {kind: srgb_tags()[kind] for kind in (b"desc", b"cprt", b"wtpt")}
    for name, lightness in ((b"A2B0", 0x8000), (b"A2B1", 0xFF00)):
        matrix = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
        line = struct.pack(">2H", 0, 65535)
        table = struct.pack(">3H", lightness, 0x8000, 0x8000) * 16
        head = b"mft2" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + struct.pack(">2H", 2, 2)
        tags[name] = head + line * 4 + table + line * 3
    return built(tags, space=b"CMYK").replace(b"XYZ ", b"Lab ", 1)


def in_parts(profile: bytes, *numbers: int) -> bytes:
    """Return a JPEG with this profile in two parts of these numbers."""
    half = len(profile) // 2
    segments = b""
    for number, part in zip(numbers, (profile[:half], profile[half:]), strict=True):
        body = b"ICC_PROFILE\0" + bytes([number, 2]) + part
        segments += b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    plain = profiled(b"")
    return plain[:20] + segments + plain[20:]


def late(data: bytes) -> bytes:
    """Return a PNG whose profile comes behind the picture."""
    at = data.index(b"iCCP") - 4
    end = at + 12 + struct.unpack(">I", data[at : at + 4])[0]
    return data[:at] + data[end:-12] + data[at:end] + data[-12:]


def cicp(primaries: int, transfer: int) -> Tags:
    """Return the tag of a profile that tells its coding (ICC.1:2022, 9.2.17)."""
    return {b"cicp": b"cicp" + bytes(4) + bytes([primaries, transfer, 0, 1])}


def profiled(profile: bytes, format_: str = "JPEG", *, mode: str = "RGB") -> bytes:
    """Return a picture with this profile."""
    target = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(target, format_, icc_profile=profile)
    return target.getvalue()


def avif(transfer: int = 13) -> bytes:
    """Return an AVIF whose `colr` names this transfer."""
    target = io.BytesIO()
    Image.fromarray(PIXELS).save(target, "AVIF", speed=10)
    data = bytearray(target.getvalue())
    at = data.index(b"colrnclx")
    data[at + 10 : at + 12] = transfer.to_bytes(2, "big")
    return bytes(data)


def with_brand(data: bytes) -> bytes:
    """Return an AVIF whose brands look like a `colr` of sRGB."""
    size = int.from_bytes(data[:4], "big")
    brands = b"avif" + b"colrnclx" + bytes([0, 1, 0, 13])
    assert size == 16 + len(brands)
    return data[:16] + brands + data[size:]


def with_resolutions(across: float, down: float, format_: str = "JPEG") -> bytes:
    """Return a picture that says its resolutions in EXIF."""
    exif = Image.Exif()
    exif[ExifTags.Base.XResolution], exif[ExifTags.Base.YResolution] = across, down
    target = io.BytesIO()
    Image.fromarray(PIXELS).save(target, format_, exif=exif.tobytes())
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
    "a table for each intent": (lambda: profiled(SRGB.replace(b"cprt", b"A2B0", 1)), "color"),
    "a table behind a hundred tags": (
        lambda: profiled(built(srgb_tags() | {b"A2B0": srgb_tags()[b"wtpt"]}, more=100)),
        "color",
    ),
    "more tags than are read": (lambda: profiled(built(swapped_tags(), more=100)), "color"),
    "a tag twice": (lambda: profiled(twice(b"rTRC")), "color"),
    "a tag behind the end": (lambda: profiled(SRGB[:3] + b"\xff" + SRGB[4:-8]), "color"),
    "a white that is not D50": (lambda: profiled(with_byte(69, 1)), "color"),
    "a profile of version 5": (lambda: profiled(with_byte(8, 5)), "color"),
    "a profile without a curve": (
        lambda: profiled(built({k: v for k, v in swapped_tags().items() if k != b"gTRC"})),
        "color",
    ),
    "a great profile": (lambda: profiled(SRGB + bytes(5 * 1024 * 1024)), "color"),
    "a profile of CMYK": (
        lambda: profiled(press(), mode="CMYK"),
        "color",
    ),
    "a profile in two first parts": (lambda: in_parts(built(swapped_tags()), 1, 1), "color"),
    "two chunks on gamma": (
        lambda: with_chunk(
            with_chunk(png(), b"gAMA", struct.pack(">I", 45455)), b"gAMA", struct.pack(">I", 45455)
        ),
        "color",
    ),
    "a profile behind the picture": (
        lambda: late(profiled(built(swapped_tags()), "PNG")),
        "color",
    ),
    "CMYK with a profile of RGB": (lambda: profiled(SRGB, mode="CMYK"), "color"),
    "colors with a profile of gray": (
        lambda: profiled(built(gray_tags(), space=b"GRAY")),
        "color",
    ),
    "gray with other curves of RGB": (
        lambda: profiled(
            built(srgb_tags() | {k: b"curv" + bytes(8) for k in (b"rTRC", b"gTRC", b"bTRC")}),
            mode="L",
        ),
        "color",
    ),
    "a coding of HDR in the profile": (lambda: profiled(built(srgb_tags() | cicp(9, 16))), "color"),
    "a coding of sRGB in a profile that is not": (
        lambda: profiled(built(swapped_tags() | cicp(1, 13))),
        "color",
    ),
    "a chunk of sRGB beside a profile that is not": (
        lambda: with_chunk(profiled(built(swapped_tags()), "PNG"), b"sRGB", b"\0"),
        "color",
    ),
    "an AVIF of HDR": (lambda: avif(16), "color"),
    "an AVIF of HDR with a brand of sRGB": (lambda: with_brand(avif(16)), "color"),
    "other resolutions": (lambda: with_resolutions(84.7, 72), "density"),
    "other resolutions of a PNG": (lambda: with_resolutions(84.7, 72, "PNG"), "density"),
}
READ: dict[str, Callable[[], bytes]] = {
    "plain": png,
    "primaries of sRGB": lambda: with_chunk(png(), b"cHRM", PLAIN),
    "gamma of sRGB": lambda: with_chunk(png(), b"gAMA", struct.pack(">I", 45455)),
    "coding of sRGB": lambda: with_chunk(png(), b"cICP", bytes([1, 13, 0, 1])),
    "a hole of a color that it has not": lambda: with_chunk(
        png(), b"tRNS", struct.pack(">3H", 255, 0, 255)
    ),
    "a profile of three curves": lambda: profiled(SRGB),
    "a profile of other primaries": lambda: profiled(built(swapped_tags())),
    "a profile in two parts": lambda: in_parts(built(swapped_tags()), 1, 2),
    "a hundred tags": lambda: profiled(built(srgb_tags(), more=100 - len(srgb_tags()))),
    "gray with its profile": lambda: profiled(built(gray_tags(), space=b"GRAY"), mode="L"),
    "gray with a profile of sRGB": lambda: profiled(SRGB, mode="L"),
    "a coding of sRGB in its profile": lambda: profiled(built(srgb_tags() | cicp(1, 13))),
    "a chunk of sRGB beside its profile": lambda: with_chunk(profiled(SRGB, "PNG"), b"sRGB", b"\0"),
    "an AVIF": avif,
    "an AVIF with a brand of colors": lambda: with_brand(avif()),
    "equal resolutions": lambda: with_resolutions(300, 300),
    "resolutions that say nothing": lambda: with_resolutions(0, 72),
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


def in_box(body: bytes, **options: bytes) -> bytes:
    """Return an AVIF in which a `colr` of these 8 bytes replaces what tells its depths."""
    target = io.BytesIO()
    Image.fromarray(PIXELS).save(target, "AVIF", speed=10, **options)
    data = target.getvalue()
    at = data.index(b"pixi") - 4
    assert data[at : at + 4] == bytes([0, 0, 0, 16])
    return data[: at + 4] + b"colr" + body + data[at + 16 :]


BOXES: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "two of sRGB": (lambda: in_box(b"nclx" + bytes([0, 1, 0, 13])), None),
    "one of HDR": (lambda: in_box(b"nclx" + bytes([0, 9, 0, 16])), "color"),
    "one profile": (lambda: in_box(b"prof" + bytes(4)), None),
    "two profiles": (lambda: in_box(b"prof" + bytes(4), icc_profile=SRGB), "color"),
    "a film": (lambda: avif() + struct.pack(">I4s", 8, b"moov"), "animation"),
}


@pytest.mark.parametrize("name", BOXES)
def test_every_box_on_color_counts(name: str) -> None:
    made, code = BOXES[name]
    fault = shown_otherwise(made(), FileFormat.AVIF, None)
    assert (fault and fault[0]) == code

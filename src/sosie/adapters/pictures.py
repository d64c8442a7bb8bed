"""Picture files: five formats in and out, by Pillow.

A stranger's file is hostile: its format is told by its first bytes from a list of five, and its
size, pixels and scans are checked before anything is decoded.
"""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import suppress
from numbers import Real
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from sosie.adapters import tiff
from sosie.adapters.picture_metadata import iptc, xmp
from sosie.adapters.shown_otherwise import not_always_followed, shown_otherwise
from sosie.adapters.whole_files import ends_early
from sosie.core.file_format import FileFormat, format_of
from sosie.core.limits import LIMITS
from sosie.core.seal import Metadata
from sosie.core.studio import Pixels
from sosie.core.values import BadInput

# Pillow warns of what is checked here, and a warning is no answer to a stranger's file.
warnings.filterwarnings("ignore", module=r"PIL\.")

MOST_BYTES, MOST_PIXELS = LIMITS.bytes, LIMITS.pixels
MOST_SCANS = 20
"""Of a progressive JPEG; an honest one has about ten, and each costs a pass over the picture."""
QUALITY = 92
PREVIEW_SIDES, PREVIEW_BYTES = (768, 640), 45 * 1024
"""Longer side of a preview in pixels, the second one where the first takes more bytes than that."""
_PREVIEW = (cv2.IMWRITE_JPEG_QUALITY, 80, cv2.IMWRITE_JPEG_OPTIMIZE, 1)
_PREDICTOR, _XMP = 317, 700
"""Tags of a TIFF (XMP specification, part 3, section 1.1.4)."""

_MOST_SIDE = {FileFormat.JPEG: 65_500, FileFormat.WEBP: 16_383, FileFormat.AVIF: 65_536}

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_SRGB_ICC = _SRGB.tobytes()
# Bytes 24 to 36 say when a profile was made (ICC.1:2022, 7.2.8): equal pictures are equal files.
_SRGB_ICC = _SRGB_ICC[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + _SRGB_ICC[36:]
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16", "I;16L", "I;16B", "I", "YCbCr"}
_PLAINER = {"1": "L", "YCbCr": "RGB"}
_ALIKE = 8
"""Levels by which a color may differ and nobody sees it."""
_AGAIN = "fetch or export it again"
_COLOR = "convert it to sRGB and export it again"
_EXPORT = "export it as JPEG, PNG, WebP, AVIF or TIFF"
_STRANGERS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"ftypheic", 4, "HEIC", "export it as JPEG at full size"),
    (b"ftypheix", 4, "HEIC", "export it as JPEG at full size"),
    (b"ftyphevc", 4, "HEIC", "export it as JPEG at full size"),
    (b"ftypmif1", 4, "HEIF", "export it as JPEG at full size"),
    (b"GIF8", 0, "GIF", "export the picture that you mean as PNG"),
    (b"BM", 0, "BMP", "export it as PNG"),
    (b"%PDF", 0, "PDF", "export the picture in it as JPEG at full size"),
    (b"8BPS", 0, "Photoshop file", "export it as JPEG at full size"),
    (b"\x00\x00\x00\x0cjP  ", 0, "JPEG 2000", "export it as JPEG at full size"),
    (b"\xff\x0a", 0, "JPEG XL", "export it as JPEG at full size"),
    (b"PK\x03\x04", 0, "ZIP archive", "unpack it and name the picture in it"),
)


class PillowPictures:
    """The port ``Pictures``."""

    def decode(self, data: bytes, *, where: str) -> Pixels:
        """This function will return the upright sRGB pixels of a file, uint8 H×W×3.

        The EXIF orientation is applied, an ICC profile is converted to sRGB, CMYK and 16 bits are
        reduced, and transparency must be opaque. What viewers may show otherwise is refused
        (``shown_otherwise``). An animation is refused, save that of a JPEG with
        further pictures (MPO) the first is taken. Raises ``BadInput`` naming ``where``, with a
        code ``picture.…``.
        """
        format_ = _format(data, where)
        try:
            with Image.open(io.BytesIO(data), formats=(format_.upper(),)) as image:
                _admit(image, where)
                profile = image.info.get("icc_profile")
                if other := shown_otherwise(data, format_, profile):
                    code, what, remedy = other
                    raise _bad(what, where, remedy, code)
                if ends_early(data, format_):
                    raise EOFError
                image.load()
                _unstretched(image, where)
                doubtful = not_always_followed(data, format_, profile)
                return _pixels(image, profile, where, doubtful=doubtful)
        except BadInput:
            raise
        except MemoryError:
            what = "it takes more memory than there is"
            raise _bad(what, where, "make it smaller", "pixels") from None
        except Exception as error:  # Pillow's decoders raise what they like on broken files
            raise _broken(data, format_, error, where) from None

    def encode(
        self,
        pixels: Pixels,
        metadata: Metadata | None = None,
        *,
        format: FileFormat = FileFormat.JPEG,
    ) -> bytes:
        """This function will return a picture file with an sRGB profile and, if given, the fields
        as XMP, in a JPEG also as IPTC-IIM.

        JPEG: quality 92, no chroma subsampling, progressive unless it is all noise. PNG: lossless.
        WebP: quality 92 (the format halves the chroma). AVIF: quality 85, no chroma subsampling.
        TIFF: 8 bits, LZW with horizontal differencing, 300 pixels per inch.
        ``pixels``: uint8 H×W×3. The same pixels and fields give the same bytes. Raises ``BadInput``
        for fields of more than 60,000 bytes (``picture.metadata``) and for a side that the format
        cannot hold (``picture.side``).
        """
        longest, most = max(pixels.shape[:2]), _MOST_SIDE.get(format, 2**31)
        if longest > most:
            what = f"a side of it has {longest} pixels, more than the {most} of {format.upper()}"
            raise _bad(what, "picture", "write it as PNG or TIFF", "side")
        packet = b"" if metadata is None else xmp(metadata)
        if len(packet) > 60_000:
            raise _bad(
                "its fields are longer than a JPEG can hold",
                "metadata",
                "shorten the description",
                "metadata",
            )
        image = Image.fromarray(pixels, "RGB")
        if format is not FileFormat.JPEG:
            return _saved(image, format, **_options(format, packet))
        options = {"quality": QUALITY, "subsampling": 0, **({"xmp": packet} if packet else {})}
        try:
            data = _saved(image, format, progressive=True, optimize=True, **options)
        except (
            OSError
        ):  # Pillow's buffer holds no progressive JPEG of noise; a plain one needs none
            data = _saved(image, format, **options)
        return data if metadata is None else _with_segment(data, iptc(metadata))

    def lossless(self, pixels: Pixels) -> bytes:
        """This function will return a PNG that holds exactly these pixels, uint8 H×W×3."""
        done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        if not done:
            raise ValueError("these pixels cannot be written as PNG")
        return data.tobytes()

    def preview(self, pixels: Pixels) -> bytes:
        """This function will return a small JPEG without any field or profile that shows the same:
        768 pixels long, or 640 where that takes more than 45 KB; never enlarged.

        ``pixels``: uint8 H×W×3. The same pixels give the same bytes.
        """
        data, longest = b"", max(pixels.shape[:2])
        for side in PREVIEW_SIDES:
            scale = min(1.0, side / longest)
            size = (max(1, round(scale * pixels.shape[1])), max(1, round(scale * pixels.shape[0])))
            small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
            _, coded = cv2.imencode(".jpg", small[:, :, ::-1], _PREVIEW)
            data = coded.tobytes()
            if len(data) <= PREVIEW_BYTES:
                break
        return data


def _saved(image: Image.Image, format: FileFormat, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, format.value.upper(), icc_profile=_SRGB_ICC, **options)
    return target.getvalue()


def _options(format: FileFormat, packet: bytes) -> dict[str, Any]:
    """Return how Pillow is to write a PNG, WebP, AVIF or TIFF with an XMP packet, if any."""
    if format is FileFormat.PNG:
        chunks = PngInfo()
        if packet:
            chunks.add_itxt("XML:com.adobe.xmp", packet.decode())
        return {"pnginfo": chunks}
    fields = {"xmp": packet} if packet else {}
    if format is FileFormat.TIFF:
        tags: dict[int, Any] = {_PREDICTOR: 2, **({_XMP: packet} if packet else {})}
        return {"compression": "tiff_lzw", "dpi": (300, 300), "tiffinfo": tags}
    if format is FileFormat.WEBP:
        return {"quality": QUALITY, "method": 4, **fields}
    # One thread, since a file must not depend on how many cores wrote it.
    return {"quality": 85, "subsampling": "4:4:4", "speed": 7, "max_threads": 1, **fields}


def _format(data: bytes, where: str) -> FileFormat:
    """Return the format of a file; refuse all but five, and what costs too much."""
    if not data:
        raise _bad("the file is empty", where, "name a picture file", "empty")
    if len(data) > MOST_BYTES:
        size = len(data) / 1024**2
        limit = f"it has {size:.0f} MB, more than the {MOST_BYTES // 1024**2} allowed"
        raise _bad(limit, where, "export it smaller", "bytes")
    found = format_of(data)
    if found is None:
        raise _stranger(data, where)
    if found is FileFormat.JPEG:
        _count_scans(data, where)
    if found is FileFormat.AVIF:
        _avif_size(data, where)
    if found is FileFormat.TIFF and (wrong := tiff.fault(data, MOST_PIXELS)):
        code, what = wrong
        remedy = _AGAIN
        if code != "broken":
            remedy = "export it as one page, 8 or 16 bits, uncompressed, LZW or deflate"
        raise _bad(what, where, remedy, code)
    return found


def _stranger(data: bytes, where: str) -> BadInput:
    """Return the refusal of a file of another format, with its own way out."""
    for magic, at, name, remedy in _STRANGERS:
        if data[at : at + len(magic)] == magic:
            return _bad(f"this is a {name}, which is not read", where, remedy, "format")
    head = data[:400].lstrip().lower()
    if b"<svg" in head:
        return _bad("this is an SVG drawing, not a picture", where, "export it as PNG", "format")
    if all(byte in b"\t\n\r\f\x1b" or byte >= 32 for byte in head):
        return _bad("this is text, not a picture", where, "name a picture file", "format")
    return _bad("this is no picture of a known format", where, _EXPORT, "format")


def _admit(image: Image.Image, where: str) -> None:
    """Refuse a picture by what its header says, before it is decoded."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _too_large(width, height, where)
    if getattr(image, "n_frames", 1) > 1 and image.format not in ("JPEG", "MPO"):
        raise _bad("it is an animation", where, "export the picture that you mean", "animation")
    if image.mode not in _MODES:
        raise _bad(f"its pixels are of an unknown kind ({image.mode})", where, _EXPORT, "mode")


def _unstretched(image: Image.Image, where: str) -> None:
    """Refuse two resolutions in EXIF that differ: browsers lay such a picture out stretched."""
    exif = image.getexif()
    found = [exif.get(tag) for tag in (ExifTags.Base.XResolution, ExifTags.Base.YResolution)]
    across, down = (float(one) if isinstance(one, Real) else 0.0 for one in found)
    if across > 0 and down > 0 and not 0.99 < across / down < 1.01:
        what = f"browsers show it stretched: its resolutions are {across:.0f} and {down:.0f}"
        raise _bad(what, where, "save it again without its resolutions in EXIF", "density")


def _pixels(image: Image.Image, profile: bytes | None, where: str, *, doubtful: bool) -> Pixels:
    ImageOps.exif_transpose(image, in_place=True)
    upright = image
    if "transparency" in image.info:  # a palette's, or one color of all
        upright = upright.convert("RGBA")
    elif upright.mode in ("P", "PA"):
        upright = upright.convert("RGB")
    if upright.mode in ("I;16", "I;16L", "I;16B", "I"):
        deep = np.clip(np.asarray(upright).astype(np.int64), 0, 65535)
        upright = Image.fromarray(((deep + 128) // 257).astype(np.uint8), "L")
    if upright.mode in ("RGBA", "LA"):
        if np.asarray(upright.getchannel("A")).min() < 255:
            what = "parts of it are transparent, and what is behind them is not known"
            raise _bad(what, where, "export it without transparency", "transparent")
        upright = upright.convert("RGB" if upright.mode == "RGBA" else "L")
    upright = _to_srgb(upright, profile, where, doubtful=doubtful)
    plain = upright if upright.mode == "RGB" else upright.convert("RGB")
    return np.array(plain, dtype=np.uint8)


def _to_srgb(
    image: Image.Image, profile: bytes | None, where: str, *, doubtful: bool
) -> Image.Image:
    """Return the picture in sRGB; refuse a profile that cannot be applied.

    One that not every viewer follows (``doubtful``, and of RGB on a gray picture) must change
    nothing.
    """
    if not profile or profile == _SRGB_ICC:
        return image
    image = image.convert(_PLAINER[image.mode]) if image.mode in _PLAINER else image
    if image.mode == "L" and profile[16:20] == b"RGB ":
        image, doubtful = image.convert("RGB"), True
    done = None
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        done = ImageCms.profileToProfile(
            image, source, _SRGB, renderingIntent=intent, outputMode="RGB", flags=flags
        )
    if done is None:
        raise _bad("its color profile cannot be applied to it", where, _COLOR, "color")
    if not doubtful:
        return done
    if np.asarray(ImageChops.difference(image.convert("RGB"), done)).max() > _ALIKE:
        raise _bad("not every viewer follows its color profile", where, _COLOR, "color")
    return image


def _count_scans(data: bytes, where: str) -> None:
    """Refuse a JPEG with more scans than an honest one has: each costs a pass over the picture."""
    scans, at = 0, 2
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 4 > len(data):
            return
        marker = data[at + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            return
        if marker == 0xDA:
            scans += 1
        if scans > MOST_SCANS:
            what = f"it has more than {MOST_SCANS} scans"
            raise _bad(what, where, "save it anew as a plain JPEG", "scans")
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]


def _avif_size(data: bytes, where: str) -> None:
    """Refuse an AVIF whose image sizes (`ispe` boxes) say more pixels than are allowed: its
    decoder takes the memory when it is opened."""
    at = data.find(b"ispe")
    while 0 <= at <= len(data) - 16:
        width, height = struct.unpack(">II", data[at + 8 : at + 16])
        if width * height > MOST_PIXELS:
            raise _too_large(width, height, where)
        at = data.find(b"ispe", at + 4)


def _with_segment(data: bytes, block: bytes) -> bytes:
    """Return a JPEG with a Photoshop resource block (APP13) after its JFIF header."""
    body = b"Photoshop 3.0\x00" + block
    if not block or len(body) > 65_000 or data[2:4] != b"\xff\xe0":
        return data
    after = 4 + struct.unpack(">H", data[4:6])[0]
    return data[:after] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[after:]


def _broken(data: bytes, format_: FileFormat, error: Exception, where: str) -> BadInput:
    if isinstance(error, Image.DecompressionBombError):
        limit = f"it has more than {MOST_PIXELS // 10**6} megapixels"
        return _bad(limit, where, "export it smaller", "pixels")
    how = "ends too early" if ends_early(data, format_) else "is broken"
    return _bad(f"this {format_.upper()} {how}", where, _AGAIN, "broken")


def _too_large(width: int, height: int, where: str) -> BadInput:
    millions = width * height / 1e6
    what = f"it has {millions:.0f} megapixels, more than the {MOST_PIXELS // 10**6} allowed"
    return _bad(what, where, "export it smaller", "pixels")


def _bad(what: str, where: str, remedy: str, code: str) -> BadInput:
    return BadInput(what, where=where, remedy=remedy, code=f"picture.{code}")

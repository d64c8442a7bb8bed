"""The five picture file formats that Sosie reads and writes, told by their first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileFormat(StrEnum):
    """A picture file format: also what `--format` takes."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    TIFF = "tiff"

    @property
    def media_type(self) -> str:
        """The media type (IANA), as `image/webp`."""
        return f"image/{self.value}"

    @property
    def suffix(self) -> str:
        """The end of a file's name, as `.jpg`."""
        return ".jpg" if self is FileFormat.JPEG else f".{self.value}"


@dataclass(frozen=True, slots=True)
class Form:
    """How a sealed picture is written."""

    format: FileFormat = FileFormat.JPEG
    beside: bool = False
    """Whether its manifest lies beside the file (`.c2pa`), which then carries none."""


PLAIN = Form()
"""A JPEG that carries its manifest."""


def format_of(data: bytes) -> FileFormat | None:
    """This function will tell the format of a file by its first bytes, whatever its name says;
    ``None`` if it is none of the five."""
    if data[:3] == b"\xff\xd8\xff":
        return FileFormat.JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return FileFormat.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileFormat.WEBP
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return FileFormat.AVIF
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return FileFormat.TIFF
    return None

"""What a file from anyone may cost: said to people, and held where it is read."""

from __future__ import annotations

from dataclasses import dataclass

from sosie.core.file_format import FileFormat

_MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one picture file may take."""

    bytes: int = 64 * _MEGA
    pixels: int = 100_000_000
    seconds: int = 5
    """Of one processor, for decoding it."""
    memory: int = 1500
    """Megabytes, for decoding it."""
    patience: float = 15.0
    """Seconds until decoding it is given up, however busy the machine is."""

    @property
    def megabytes(self) -> int:
        """The most bytes, as people say them."""
        return self.bytes // _MEGA

    @property
    def megapixels(self) -> int:
        """The most pixels, as people say them."""
        return self.pixels // 1_000_000

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that are read, as people call them."""
        return tuple(_CALLED.get(each, each.upper()) for each in FileFormat)


_CALLED = {FileFormat.WEBP: "WebP"}
LIMITS = Limits()

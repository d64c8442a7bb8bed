"""Letters for what is drawn: names and notes in any of the languages that Sosie speaks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PIL import ImageFont

_HERE = files("sosie.adapters")
_PLAIN = "fonts/NotoSans-Subset.ttf"
"""Latin, Greek and Cyrillic."""
_HAN = "typst/fonts/NotoSerifSC-Subset.ttf"


def font(size: int, text: str = "") -> ImageFont.FreeTypeFont:
    """This function will return a typeface of a size in pixels that has the letters of a text."""
    han = any("\u2e80" <= letter <= "\u9fff" for letter in text)
    return _face(_HAN if han else _PLAIN, size)


@cache
def _face(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_HERE / path), size)

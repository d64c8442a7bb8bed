"""What people write: refused where it holds a character that nobody sees, or that turns what is
read, so that what is signed, and what others are shown, is what was read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from sosie.core.values import BadInput

CODE = "text.unseen"
_REMEDY = "delete it, or type the text anew"
_MEANT = frozenset("\n\r\t\u200c\u200d")
"""Line breaks, and the joiners that scripts of India and Persia, and emoji, are written with."""
_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters without a shape."""
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Controls, among them those of the writing direction, and what has no shape of its own. What is
assigned later than this Python knows (a new emoji) is none of them."""
_ASCII = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Path = tuple[str | int, ...]


def unseen(text: str) -> str | None:
    """Return the first character of a text that nobody sees, as `U+202E`; nothing if there is none.

    Classes: Unicode Standard Annex 44, `General_Category`; the controls of the writing direction
    (U+202A to U+202E, U+2066 to U+2069): Annex 9.
    """
    if text.isascii():
        found = _ASCII.search(text)
        return _code(found[0]) if found else None
    return next((_code(each) for each in text if _hides(each)), None)


def spelled(text: str) -> str:
    """Return a text with `[U+202E]` in place of each character that nobody sees: of what was
    written before it was refused."""
    return "".join(f"[{_code(each)}]" if _hides(each) else each for each in text)


def _hides(each: str) -> bool:
    return each in _BLANK or (unicodedata.category(each) in _UNSEEN and each not in _MEANT)


def _code(each: str) -> str:
    return f"U+{ord(each):04X}"


def check(said: Any, *where: str) -> None:
    """Raise ``BadInput`` (``text.unseen``) for the first text in plain values that holds a
    character that nobody sees; ``where`` they stand is the beginning of its path."""
    for path, text in _texts(said, where):
        if code := unseen(text):
            what = f"it holds a character that nobody sees ({code})"
            at = ".".join(spelled(str(each)) for each in path) or "text"
            raise BadInput(what, where=at, remedy=_REMEDY, code=CODE)


def _texts(said: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(said, str):
        yield path, said
    elif isinstance(said, dict):
        for key, value in said.items():
            yield (*path, str(key)), str(key)
            yield from _texts(value, (*path, str(key)))
    elif isinstance(said, list | tuple):
        for number, value in enumerate(said):
            yield from _texts(value, (*path, number))

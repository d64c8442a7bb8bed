"""The style sheets know no left and right, so that pages read from right to left as well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sosie import web

SHEETS = sorted((Path(web.__file__).parent / "static").glob("*.css"))
OF_PICTURES = ("object-position", "mask-image")
"""Properties of pictures, which are not turned round with the text."""
SIDES = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin)-)?(?:left|right)\b"
    r"|(?<![\w-])(?:min-|max-)?(?:width|height)\b(?=\s*:)"
)


def sided(style: str) -> list[str]:
    """Return the declarations that hold for one side, or one direction, of the screen."""
    blocks = re.sub(r"/\*.*?\*/|@media[^{]*", "", style, flags=re.DOTALL)
    found = []
    for declaration in re.findall(r"[\w-]+\s*:[^;{}]*(?=[;}])", blocks):
        name, _, value = declaration.partition(":")
        four = name.strip() in ("margin", "padding") and len(_parts(value)) == 4
        uneven = four and _parts(value)[1] != _parts(value)[3]
        if name.strip() not in OF_PICTURES and (SIDES.search(declaration) or uneven):
            found.append(declaration)
    return found


def _parts(value: str) -> list[str]:
    return re.findall(r"(?:[\w.-]*\((?:[^()]|\([^()]*\))*\)|[^\s()]+)", value)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_nothing_is_laid_out_by_left_and_right(sheet: Path) -> None:
    assert not sided(sheet.read_text("utf-8"))


@pytest.mark.parametrize(
    "wrong",
    [
        "margin-left: 1rem",
        "text-align: right",
        "float: left",
        "left: 0",
        "width: 5rem",
        "padding: 0 1rem 0 2rem",
    ],
)
def test_what_is_so_laid_out_is_seen(wrong: str) -> None:
    assert sided(f"p {{ color: red; {wrong}; }}") == [wrong]

"""A contact sheet: rows of pictures with words, as one PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from PIL import Image, ImageDraw

from sosie.adapters.lettering import font
from sosie.core.markup import bare
from sosie.core.studio import Pixels

_INK, _QUIET, _PAPER = (26, 25, 23), (110, 104, 98), (251, 250, 248)
_MARGIN, _GAP, _LINE = 48, 28, 26
_LINES = 3
"""Lines of words under a picture."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture with its title and the words under it."""

    title: str
    pixels: Pixels | None
    words: str
    color: tuple[int, int, int] = _QUIET


def contact_sheet(heading: str, rows: Sequence[Sequence[Cell]], *, width: int = 300) -> bytes:
    """This function will draw rows of cells, each picture ``width`` pixels wide and 4:3 high, and
    return the sheet as PNG. A cell without pixels shows its words alone.

    Raises ``ValueError`` if there is no row.
    """
    if not rows:
        raise ValueError("a contact sheet needs a row")
    high = width * 4 // 3
    text_high = _LINES * _LINE
    columns = max(len(row) for row in rows)
    size = (
        2 * _MARGIN + columns * width + (columns - 1) * _GAP,
        2 * _MARGIN + 64 + len(rows) * (high + text_high + _LINE + _GAP),
    )
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN - 8), heading, _INK, font(28, heading))
    for line, row in enumerate(rows):
        top = _MARGIN + 64 + line * (high + text_high + _LINE + _GAP)
        for place, cell in enumerate(row):
            left = _MARGIN + place * (width + _GAP)
            draw.text((left, top), cell.title, _INK, font(17, cell.title))
            if cell.pixels is not None:
                picture = Image.fromarray(cell.pixels)
                picture.thumbnail((width, high), Image.Resampling.LANCZOS)
                sheet.paste(picture, (left, top + _LINE + 4))
                below = top + _LINE + 4 + picture.height + 8
            else:
                below = top + _LINE + 4
            most = _LINES if cell.pixels is not None else 20
            wrapped = "\n".join(wrap(bare(cell.words), int(width / 8.6))[:most])
            draw.multiline_text((left, below), wrapped, cell.color, font(15, wrapped), spacing=4)
    data = io.BytesIO()
    sheet.save(data, "PNG", optimize=True)
    return data.getvalue()

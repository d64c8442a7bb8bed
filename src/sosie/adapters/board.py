"""The review board of a shoot, as one PNG and as a page without scripts."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from textwrap import wrap
from types import MappingProxyType

from PIL import Image, ImageDraw

from sosie.adapters.lettering import font
from sosie.core.board import Tile
from sosie.core.markup import as_html, bare
from sosie.core.studio import Pixels

_INK, _QUIET, _PAPER, _EMPTY = (26, 25, 23), (84, 79, 74), (251, 250, 248), (232, 229, 224)
_GREEN, _RED, _AMBER = (36, 92, 62), (147, 41, 43), (138, 90, 0)
_COLORS = MappingProxyType(
    {
        "approved": _GREEN,
        "sealed": _GREEN,
        "refused": _RED,
        "failed": _RED,
        "undecided": _AMBER,
        "ordered": _QUIET,
    }
)
_ACROSS, _WIDE, _HIGH, _GAP, _MARGIN, _LINE = 5, 300, 400, 28, 40, 21
_SIGNS = 40
"""Characters on a line under a picture."""
_MOST_LINES = 12


def png(heading: str, tiles: Sequence[Tile]) -> bytes:
    """This function will draw tiles in rows of five and return the sheet as PNG."""
    rows = [tiles[at : at + _ACROSS] for at in range(0, len(tiles), _ACROSS)]
    words = [[_lines(tile) for tile in row] for row in rows]
    heights = [_HIGH + 58 + _LINE * max(map(len, each)) + _GAP for each in words]
    across = min(_ACROSS, max(1, len(tiles)))
    wide = max(2 * _MARGIN + across * (_WIDE + _GAP) - _GAP, 900)
    sheet = Image.new("RGB", (wide, 2 * _MARGIN + 50 + sum(heights)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN - 8), heading, _INK, font(24, heading))
    top = _MARGIN + 50
    for row, texts, high in zip(rows, words, heights, strict=True):
        for place, (tile, lines) in enumerate(zip(row, texts, strict=True)):
            _draw(sheet, draw, tile, lines, (_MARGIN + place * (_WIDE + _GAP), top))
        top += high
    data = io.BytesIO()
    sheet.save(data, "PNG", optimize=True)
    return data.getvalue()


def _draw(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    tile: Tile,
    lines: Sequence[str],
    at: tuple[int, int],
) -> None:
    left, top = at
    color = _COLORS.get(tile.state, _INK)
    draw.text((left, top), tile.name, _INK, font(17))
    state = f"{tile.state}, {tile.grade}" if tile.grade else tile.state
    plain = font(15)
    draw.text((left + _WIDE - draw.textlength(state, plain), top + 2), state, color, plain)
    draw.rectangle((left, top + 26, left + _WIDE - 1, top + 30), color)
    if tile.pixels is None:
        draw.rectangle((left, top + 34, left + _WIDE - 1, top + 33 + _HIGH), _EMPTY)
        draw.text((left + 16, top + 46), "no picture yet", _QUIET, plain)
    else:
        small = _thumbnail(tile.pixels)
        sheet.paste(small, (left + (_WIDE - small.width) // 2, top + 34))
    for number, line in enumerate(lines):
        draw.text((left, top + 42 + _HIGH + number * _LINE), line, _QUIET, font(13, line))


def _lines(tile: Tile) -> list[str]:
    lines = [line for text in (tile.order, *tile.notes) for line in wrap(bare(text), _SIGNS)]
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"]


def _thumbnail(pixels: Pixels) -> Image.Image:
    picture = Image.fromarray(pixels)
    picture.thumbnail((_WIDE, _HIGH), Image.Resampling.LANCZOS)
    return picture


_STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; color: #1a1917; background: #fbfaf8; margin: 2rem; }
h1 { font-size: 1.4rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.75rem; }
article { border-top: .3rem solid var(--tone); padding-top: .4rem; }
h2 { font-size: 1rem; display: flex; justify-content: space-between; margin: 0 0 .4rem; }
h2 span { color: var(--tone); font-weight: 600; }
img, .none { width: 100%; aspect-ratio: 3 / 4; object-fit: contain; background: #e8e5e0; }
.none { display: grid; place-items: center; color: #544f4a; }
p, li { margin: .3rem 0; color: #544f4a; overflow-wrap: anywhere; }
ul { padding-left: 1.1rem; margin: 0; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def html(heading: str, tiles: Sequence[Tile]) -> bytes:
    """This function will set tiles as a page that needs nothing but itself and runs no script."""
    parts = "\n".join(map(_article, tiles))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(heading)}</h1>\n<main>\n{parts}\n</main></body></html>\n"
    ).encode()


def _article(tile: Tile) -> str:
    tone = "#{:02x}{:02x}{:02x}".format(*_COLORS.get(tile.state, _INK))
    notes = "".join(f"<li>{as_html(note)}</li>" for note in tile.notes)
    state = f"{tile.state}, {tile.grade}" if tile.grade else tile.state
    shown = '<div class="none">no picture yet</div>'
    if tile.pixels is not None:
        data = io.BytesIO()
        _thumbnail(tile.pixels).save(data, "JPEG", quality=88)
        encoded = b64encode(data.getvalue()).decode()
        alt = escape(bare(f"{tile.name}: {tile.order}"))
        shown = f'<img alt="{alt}" src="data:image/jpeg;base64,{encoded}">'
    return (
        f'<article style="--tone: {tone}"><h2>{escape(tile.name)}<span>{escape(state)}</span></h2>'
        f"{shown}<p>{as_html(tile.order)}</p>{f'<ul>{notes}</ul>' if notes else ''}</article>"
    )

"""Comps: layouts and line sheets as pictures that say in their pixels that they are not final."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from sosie.adapters.lettering import font
from sosie.core.comp import BAND, stamped
from sosie.core.layout import Box, Layout, Placement
from sosie.core.markup import bare
from sosie.core.studio import Pixels
from sosie.core.values import Reason

_INK, _QUIET, _PAPER = (26, 25, 23), (110, 104, 98), (251, 250, 248)
_SAFE, _TEXT = (255, 255, 255), (255, 214, 64)
MANY = 18
"""Pictures beside each other on a line sheet."""


def layout_comp(pixels: Pixels, placement: Placement, layout: Layout, name: str) -> bytes:
    """This function will draw a picture as a place shows it, with its safe area, as PNG.

    ``pixels`` is uint8 H×W×3 sRGB. What the interface covers is darkened, the safe area outlined in
    white, the room for words in yellow, and the comp's words are burned in.
    """
    size = (placement.width, placement.height)
    cut = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, box=layout.crop)
    shade = Image.new("L", size, 88)
    shade.paste(0, layout.safe)
    cut.paste((0, 0, 0), (0, 0), shade)
    draw = ImageDraw.Draw(cut)
    line = max(2, placement.width // 400)
    _dashed(draw, layout.text, _TEXT, line)
    draw.rectangle(_rim(layout.safe), outline=_SAFE, width=line)
    cut = Image.fromarray(stamped(np.asarray(cut)))
    draw = ImageDraw.Draw(cut)
    said = "\n".join((f"{name}  {placement.width}×{placement.height}", *layout.faults))
    face = font(max(14, placement.width // 48), said)
    at = (layout.safe[0] + 3 * line, layout.safe[3] - 3 * line)
    draw.multiline_text(at, said, _SAFE, face, anchor="ld", stroke_width=2, stroke_fill=(0, 0, 0))
    return _png(cut)


@dataclass(frozen=True, slots=True)
class Line:
    """One product of a line sheet and its pictures."""

    name: str
    words: tuple[str, ...]
    """Sizes, prices and whatever else is said of it, one line each."""
    pictures: tuple[tuple[str, Callable[[], Pixels] | tuple[Reason, ...]], ...]
    """The id of each picture, and how to get its pixels, or why there are none to show."""


_PAGE = (2339, 1654)
"""ISO A3 across, at 141 dots an inch."""
_MARGIN, _GAP, _SIDE, _ROWS, _PAD = 70, 14, 300, 4, 12


def line_sheet(heading: str, lines: Sequence[Line]) -> list[Image.Image]:
    """This function will draw products with their pictures: pages of ISO A3, four products each; of
    one that has more than ``MANY`` pictures the others follow below.

    Each picture is fetched when it is drawn and dropped again. Raises ``ValueError`` without lines.
    """
    if not lines:
        raise ValueError("a line sheet needs a product")
    lines = [
        replace(line, pictures=line.pictures[first : first + MANY])
        for line in lines
        for first in range(0, max(1, len(line.pictures)), MANY)
    ]
    columns = max(1, *(len(line.pictures) for line in lines))
    high = (_PAGE[1] - 2 * _MARGIN - 60) // _ROWS
    wide = min((_PAGE[0] - 2 * _MARGIN - _SIDE) // columns - _GAP, (high - 44) * 3 // 4)
    tall = wide * 4 // 3
    pages = []
    count = -(-len(lines) // _ROWS)
    for number in range(count):
        page = Image.new("RGB", _PAGE, _PAPER)
        draw = ImageDraw.Draw(page)
        draw.text((_MARGIN, _MARGIN - 26), heading, _INK, font(28, heading))
        foot = f"{number + 1} / {count}   {BAND.lower()}"
        draw.text((_PAGE[0] - _MARGIN, _MARGIN - 20), foot, _QUIET, font(20), anchor="ra")
        for row, line in enumerate(lines[number * _ROWS : (number + 1) * _ROWS]):
            top = _MARGIN + 50 + row * high
            draw.line((_MARGIN, top - 12, _PAGE[0] - _MARGIN, top - 12), (224, 220, 214), 2)
            _words(draw, (_MARGIN, top), line)
            for place, (id, shown) in enumerate(line.pictures):
                left = _MARGIN + _SIDE + place * (wide + _GAP)
                box = (left, top, left + wide, top + tall)
                if isinstance(shown, tuple):
                    _absent(draw, box, shown)
                else:
                    _paste(page, shown(), box)
                draw.text((left, top + tall + 6), id, _QUIET, font(16))
        pages.append(page)
    return pages


def as_pdf(pages: Sequence[Image.Image]) -> bytes:
    """This function will write pages as one PDF."""
    held = io.BytesIO()
    pages[0].save(
        held, "PDF", save_all=True, append_images=list(pages[1:]), resolution=141.0, quality=88
    )
    return held.getvalue()


def as_png(pages: Sequence[Image.Image]) -> bytes:
    """This function will write pages below each other as one PNG."""
    whole = Image.new("RGB", (_PAGE[0], _PAGE[1] * len(pages)), _PAPER)
    for number, page in enumerate(pages):
        whole.paste(page, (0, number * _PAGE[1]))
    return _png(whole)


def _words(draw: ImageDraw.ImageDraw, at: tuple[int, int], line: Line) -> None:
    for number, text in enumerate((line.name, *line.words)):
        size, ink = (24, _INK) if number == 0 else (18, _QUIET)
        face, room = font(size, text), _SIDE - 24
        most = next((n for n in range(len(text)) if draw.textlength(text[: n + 1], face) > room), 0)
        shown = text[: most - 1].rstrip() + "…" if most else text
        draw.text((at[0], at[1] + number * 30), shown, ink, face)


def _paste(page: Image.Image, pixels: Pixels, box: Box) -> None:
    picture = Image.fromarray(pixels)
    size = (box[2] - box[0], box[3] - box[1])
    picture.thumbnail(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    page.paste(Image.fromarray(stamped(np.asarray(picture))), box[:2])


def _absent(draw: ImageDraw.ImageDraw, box: Box, why: Sequence[Reason]) -> None:
    """Draw an empty frame with the reasons in it, as far as they fit: the code, then the words."""
    draw.rectangle(box, outline=(224, 220, 214))
    left, top, right, bottom = box
    room, high = right - left - 2 * _PAD, 22
    lines = [
        (line, ink)
        for reason in why
        for words, ink in ((reason.code, _QUIET), (bare(reason.text), _INK))
        for line in _broken(draw, words, room)
    ]
    most = max(1, (bottom - top - 2 * _PAD) // high)
    if len(lines) > most:
        lines = [*lines[: most - 1], ("…", _INK)]
    for number, (line, ink) in enumerate(lines):
        draw.text((left + _PAD, top + _PAD + number * high), line, ink, font(16, line))


def _broken(draw: ImageDraw.ImageDraw, text: str, room: int) -> list[str]:
    """Break words into lines of at most so many pixels; a word that is wider is broken itself."""
    lines, face = [""], font(16, text)
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if draw.textlength(joined, face) <= room:
            lines[-1] = joined
            continue
        lines.append("")
        for letter in word:
            if draw.textlength(lines[-1] + letter, face) > room:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def _dashed(draw: ImageDraw.ImageDraw, box: Box, ink: tuple[int, int, int], line: int) -> None:
    left, top, right, bottom = _rim(box)
    if right <= left or bottom <= top:
        return
    step = 8 * line
    for x in range(left, right, 2 * step):
        for y in (top, bottom):
            draw.line((x, y, min(x + step, right), y), ink, line)
    for y in range(top, bottom, 2 * step):
        for x in (left, right):
            draw.line((x, y, x, min(y + step, bottom)), ink, line)


def _rim(box: Box) -> Box:
    return box[0], box[1], box[2] - 1, box[3] - 1


def _png(picture: Image.Image) -> bytes:
    held = io.BytesIO()
    picture.save(held, "PNG", compress_level=4)
    return held.getvalue()

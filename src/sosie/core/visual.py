"""What a copy shows of a sealed picture, and where it differs, drawn for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.difference import CHANGED, compared
from sosie.core.fingerprint import Match
from sosie.core.projection import Matrix, corners, moved
from sosie.core.seal import Box
from sosie.core.studio import Pixels

SIDE = 900
"""Longer side in pixels of each drawing."""
_LINE, _HALO = (255, 196, 0), (20, 20, 20)
_COLD, _HOT = np.array([255, 214, 64]), np.array([222, 0, 40])
_PAPER, _INK = (250, 250, 248), (40, 40, 40)
_MARGIN, _HEAD, _LINE_HEIGHT = 24, 44, 22

Floats = NDArray[Any]


def outlined(original: Pixels, copy: Pixels, match: Match) -> Pixels:
    """This function will draw on the original the outline of what its copy shows of it.

    All pictures: uint8 H×W×3 sRGB. What the copy leaves out is darkened. ``match`` must have a
    transform (``ValueError`` otherwise). The drawing is at most ``SIDE`` long.
    """
    drawn, scale = _fitted(original)
    height, width = copy.shape[:2]
    shown = (moved(np.linalg.inv(_matrix(match)), corners((width, height))) + 0.5) * scale
    quad = np.rint(shown).astype(np.int32)
    mask = np.zeros(drawn.shape[:2], np.uint8)
    cv2.fillPoly(mask, [quad], 255)
    drawn = np.where(mask[..., None] > 0, drawn, drawn // 5 * 2).astype(np.uint8)
    return _lined(drawn, quad)


def heated(original: Pixels, copy: Pixels, match: Match) -> Pixels:
    """This function will draw changed places over the copy: yellow where just changed, red where
    four times as far, each region framed; the rest is paled.

    Arguments as those of ``outlined``; a plain border around the original is no change.
    """
    found = compared(copy, original, _matrix(match))
    changed = found.changed
    grey = cv2.cvtColor(found.near, cv2.COLOR_RGB2GRAY).astype(np.float32)
    pale = np.repeat((90 + 0.62 * grey)[..., None], 3, axis=2)
    heat = np.clip((found.strength / CHANGED - 1) / 3, 0, 1)[..., None]
    heat = np.where(found.inside[..., None], heat, 1.0)
    color = _COLD + (_HOT - _COLD) * heat
    hot = cv2.GaussianBlur(changed.astype(np.float32), (0, 0), 1.5)[..., None] * 0.72
    drawn, _ = _fitted(np.rint(pale * (1 - hot) + color * hot).astype(np.uint8))
    for box in match.regions:
        drawn = _lined(drawn, _corners(box, drawn))
    return drawn


def beside(parts: Sequence[tuple[str, Pixels]], below: Sequence[str] = ()) -> Pixels:
    """This function will lay drawings side by side on paper, each under its words, with lines of
    text below them all. Of a text only ASCII is drawn; other characters are question marks."""
    height = max(part.shape[0] for _, part in parts) + _HEAD + 2 * _MARGIN
    columns = []
    for words, part in parts:
        wide = max(part.shape[1], 18 * len(words) // 2) + 2 * _MARGIN
        sheet = np.full((height, wide, 3), _PAPER, np.uint8)
        at = (_MARGIN, _MARGIN + 18)
        cv2.putText(sheet, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, _INK, 1, cv2.LINE_AA)
        top = _MARGIN + _HEAD
        sheet[top : top + part.shape[0], _MARGIN : _MARGIN + part.shape[1]] = part
        columns.append(sheet)
    sheet = np.hstack(columns)
    sheet = np.pad(sheet, ((0, _LINE_HEIGHT * len(below) + _MARGIN * bool(below)), (0, 0), (0, 0)))
    sheet[height:] = _PAPER
    for row, line in enumerate(below):
        shown = line.encode("ascii", "replace").decode()
        (wide, _), _ = cv2.getTextSize(shown, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
        size = 0.45 * min(1.0, (sheet.shape[1] - 2 * _MARGIN) / wide)
        at = (_MARGIN, height + _LINE_HEIGHT * row + _LINE_HEIGHT // 2)
        cv2.putText(sheet, shown, at, cv2.FONT_HERSHEY_SIMPLEX, size, _INK, 1, cv2.LINE_AA)
    return sheet


def _matrix(match: Match) -> Matrix:
    if match.transform is None:
        raise ValueError("a picture that does not match has no place on the original")
    return np.array(match.transform).reshape(3, 3)


def _fitted(pixels: Pixels) -> tuple[Pixels, float]:
    scale = min(1.0, SIDE / max(pixels.shape[:2]))
    sides = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.array(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA)), scale


def _corners(box: Box, drawn: Pixels) -> NDArray[np.int32]:
    share = np.array([drawn.shape[1], drawn.shape[0]]) / 100
    start = np.array([box.left, box.top]) * share - 4
    end = np.array([box.left + box.width, box.top + box.height]) * share + 4
    corners = [start, (end[0], start[1]), end, (start[0], end[1])]
    return np.asarray(np.rint(np.array(corners)), np.int32)


def _lined(drawn: Pixels, quad: NDArray[np.int32]) -> Pixels:
    """Return a drawing with a closed line that shows on light and on dark."""
    for color, thick in ((_HALO, 5), (_LINE, 2)):
        cv2.polylines(drawn, [quad], True, color, thick, cv2.LINE_AA)
    return drawn

"""What is burned into a layout comp, so that nobody takes it for a picture to be shown, and what
tells that a picture is one: the band, or, without it, the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import silhouette
from sosie.core.fingerprint import confirm
from sosie.core.studio import Pixels

_FONT = cv2.FONT_HERSHEY_SIMPLEX
BAND = "LAYOUT COMP, NOT FOR RELEASE"
LEAST_LIKE = 0.3
"""Correlation of a place with the letters from which they stand there. Stamped photographs of the
samples, also cut, small or at JPEG quality 50: from 0.39; bare ones: to 0.21."""
MOST_OTHER, MOST_TOUCHED = 1 / 6, 0.03
"""Share of what a comp changed on its plate, and of the whole picture, that may look otherwise in a
copy of it: another garment before the same scene is more."""
MOST_WORN = 1 / 3
"""Share of what a comp changed on her that may look otherwise in a copy: where she stands before
another backdrop, its rim does (a sixth, of a jersey); another garment does nearly all over."""
_LEAST_WORN = 0.01
"""Share of a comp that is changed on her, from which that part is compared on its own."""
_MADE = 12
"""Steps of sRGB from which something was changed on a plate."""
_SLANT, _ACROSS = 24.0, 0.72
"""How far the words across a comp rise, in degrees, and how wide they are, of its shorter side."""
_BAND_ACROSS = 0.427
"""How wide the words of the band are, of a picture's width."""
_WIDE = 210
"""How wide the words are where they are looked for, in pixels."""
_LONGEST = 2400
"""Pixels of the long side from which a picture, so scaled, is a strip that no comp is."""
_STEPS = tuple(1.04**step for step in range(-12, 5))
"""A picture may be cut at its sides, or have more beside it."""


def banded(pixels: Pixels) -> tuple[Pixels, NDArray[np.bool_]]:
    """This function will burn in, at the foot of a picture, that it is a layout comp.

    ``pixels``: uint8 H×W×3. Returns it so, and where it was changed, H×W; a second time changes
    nothing.
    """
    canvas = pixels.copy()
    height, width = canvas.shape[:2]
    tall = _tall(width)
    canvas[height - tall :] = (20, 20, 20)
    scale = 1.0
    (wide, high), _ = cv2.getTextSize(BAND, _FONT, scale, 1)
    scale = min(0.9 * width / wide, 0.55 * tall / high)
    spot = (round((width - wide * scale) / 2), height - round((tall - high * scale) / 2))
    cv2.putText(
        canvas, BAND, spot, _FONT, scale, (255, 255, 255), max(1, round(2 * scale)), cv2.LINE_AA
    )
    where = np.zeros((height, width), bool)
    where[height - tall :] = True
    return canvas, where


def _tall(width: int) -> int:
    """Return how tall the band is, in pixels."""
    return max(10, round(0.045 * width))


def is_of_comp(picture: Pixels, comp: Pixels, plate: Pixels) -> bool:
    """This function will say whether a picture is a layout comp that was made of a plate, cut,
    resized or touched up: it lies on it, and of what the comp changed on the plate little looks
    otherwise. Whatever else is made of the same plate looks otherwise there. What the comp changed
    on her is compared on its own too: another backdrop makes it no other picture.

    All uint8 H×W×3 sRGB, at least 64 pixels a side; the band counts for nothing.
    """
    above = comp[: len(comp) - _tall(comp.shape[1])]
    if comp.shape != plate.shape:
        return _lies(picture, above, np.ones(above.shape[:2], bool))
    off = np.abs(above.astype(np.int16) - plate[: len(above)]).max(axis=2)
    made = off > _MADE
    if _lies(picture, above, made):
        return True
    worn = _largest(made & silhouette.person(plate).mask[: len(above)])
    if worn.mean() < _LEAST_WORN:
        return False
    rows, columns = (np.flatnonzero(worn.any(axis=axis)) for axis in (1, 0))
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    whole = min(worn[part].shape) >= 64
    return whole and _lies(picture, above[part], worn[part], MOST_WORN, of_picture=1.0)


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part of a mask, without its threads and rim."""
    reach = 2 * max(1, round(max(mask.shape) / 300)) + 1
    firm = cv2.erode(mask.astype(np.uint8), np.ones((reach, reach), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(firm)
    if count < 2:
        return np.zeros_like(mask)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def _lies(
    picture: Pixels,
    part: Pixels,
    made: NDArray[np.bool_],
    of_made: float = MOST_OTHER,
    *,
    of_picture: float = MOST_TOUCHED,
) -> bool:
    """Return whether a part of a comp lies on a picture, and less than these shares of what was
    made in it, and of the picture, look otherwise there."""
    match = confirm(picture, part)
    if not match.matched or match.transform is None:
        return False
    height, width = picture.shape[:2]
    laid = np.array(match.transform).reshape(3, 3)
    held = cv2.warpPerspective(
        made.astype(np.uint8), laid, (width, height), flags=cv2.INTER_NEAREST
    )
    shown = held > 0
    other = np.zeros_like(shown)
    for box in match.regions:
        rows = np.array([box.top, box.top + box.height]) * height / 100
        columns = np.array([box.left, box.left + box.width]) * width / 100
        other[slice(*np.rint(rows).astype(int)), slice(*np.rint(columns).astype(int))] = True
    return bool((other & shown).sum() < min(of_made * shown.sum(), of_picture * shown.size))


def stamped(pixels: Pixels) -> Pixels:
    """This function will burn in, twice aslant across a picture, that it is a layout comp.

    ``pixels``: uint8 H×W×3. Returns it so.
    """
    height, width = pixels.shape[:2]
    rim, words = (mask[..., None] for mask in _stamp(width, height))
    return np.asarray(np.rint(pixels * (1 - rim) * (1 - words) + 255 * words), np.uint8)


@lru_cache(maxsize=8)
def _stamp(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how dark the rim of the words is, and how light the words are: H×W, 0 to 1."""
    words = _words(max(16, round(_ACROSS * min(width, height))))
    middle = (words.shape[1] / 2, words.shape[0] / 2)
    mask = np.zeros((height, width), np.uint8)
    for part in (0.35, 0.72):
        laid = cv2.getRotationMatrix2D(middle, _SLANT, 1)
        laid[:, 2] += (width / 2 - middle[0], part * height - middle[1])
        mask = np.maximum(mask, cv2.warpAffine(words, laid, (width, height)))
    reach = 2 * max(1, round(min(width, height) / 250)) + 1
    rim = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    return (rim / 637).astype(np.float32), (mask / 425).astype(np.float32)


def shows_band(pixels: Pixels) -> bool:
    """This function will say whether a picture (uint8 H×W×3) shows the band of a layout comp, or
    the words across one: smaller, recompressed, cut at its sides, mirrored, turned by quarters, or
    inverted too."""
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    right, back = _letters(), np.ascontiguousarray(_letters()[::-1, ::-1])
    mirrored = tuple(np.ascontiguousarray(words[:, ::-1]) for words in (right, back))
    for turned in (gray, np.ascontiguousarray(np.rot90(gray))):
        across = _ACROSS * min(turned.shape)
        if (
            _shown(turned, _BAND_ACROSS * turned.shape[1], 0, (right, back, *mirrored))
            or _shown(turned, across, -_SLANT, (right, back))
            or _shown(turned, across, _SLANT, mirrored)
        ):
            return True
    return False


def _shown(
    gray: NDArray[np.uint8], wide: float, slant: float, looks: Sequence[NDArray[np.float32]]
) -> bool:
    """Return whether a picture, once it is turned by a slant in degrees, shows the letters in one
    of these looks, light or dark. ``wide`` is how wide all words are in it, in pixels."""
    for step in _STEPS:
        scale = _WIDE / wide * step
        height, width = (max(1, round(side * scale)) for side in gray.shape)
        if max(height, width) > _LONGEST:
            continue
        seen = cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA)
        laid = cv2.getRotationMatrix2D((width / 2, height / 2), slant, 1)
        cos, sin = abs(laid[0])[:2]
        size = (math.ceil(height * sin + width * cos), math.ceil(height * cos + width * sin))
        laid[:, 2] += ((size[0] - width) / 2, (size[1] - height) / 2)
        even = _even(cv2.warpAffine(seen, laid, size, borderMode=cv2.BORDER_REPLICATE))
        for words in looks:
            if min(np.subtract(even.shape, words.shape)) < 0:
                continue
            if np.abs(cv2.matchTemplate(even, words, cv2.TM_CCORR)).max() > LEAST_LIKE:
                return True
    return False


def _even(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a gray picture with the same contrast everywhere, about 1, so that faint words count
    as much as a bold print; where nothing is, nothing."""
    fine = gray.astype(np.float32)
    fine -= cv2.GaussianBlur(fine, (0, 0), 3)
    return np.asarray(fine / (np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 6)) + 3), np.float32)


def _words(wide: int) -> NDArray[np.uint8]:
    """Return the words of the band so many pixels wide: white on black."""
    (full, high), _ = cv2.getTextSize(BAND, _FONT, 4, 10)
    drawn = np.zeros((2 * high, full), np.uint8)
    cv2.putText(drawn, BAND, (0, round(1.5 * high)), _FONT, 4, 255, 10, cv2.LINE_AA)
    size = (wide, max(1, round(2 * high * wide / full)))
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _letters() -> NDArray[np.float32]:
    """Return the middle words of the band, scaled so that their correlation is at most about 1."""
    words = _words(_WIDE)[:, _WIDE // 6 : -_WIDE // 6].astype(np.float32)
    words -= cv2.GaussianBlur(words, (0, 0), 3)
    words -= words.mean()
    return np.ascontiguousarray(words / np.linalg.norm(words) / math.sqrt(words.size))

"""What is burned into a layout comp, so that nobody takes it for a picture to be shown, and what
tells that a picture is one: the band, or, without it, the rest."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.fingerprint import confirm
from sosie.core.studio import Pixels

_FONT = cv2.FONT_HERSHEY_SIMPLEX
BAND = "LAYOUT COMP, NOT FOR RELEASE"
LEAST_LIKE = 0.6
"""Correlation of a place with the letters of the band from which they stand there."""
MOST_OTHER, MOST_TOUCHED = 1 / 6, 0.03
"""Share of what a comp changed on its plate, and of the whole picture, that may look otherwise in a
copy of it: another garment before the same scene is more."""
_MADE = 12
"""Steps of sRGB from which something was changed on a plate."""
_WIDTHS = tuple(round(480 * 1.04**step) for step in range(-10, 4))
"""Widths at which a picture is looked at: it may be cut at its sides, or have more beside it."""


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
    otherwise. Whatever else is made of the same plate looks otherwise there.

    All uint8 H×W×3 sRGB, at least 64 pixels a side; the band counts for nothing.
    """
    above = comp[: len(comp) - _tall(comp.shape[1])]
    match = confirm(picture, above)
    if not match.matched or match.transform is None:
        return False
    made = np.ones(above.shape[:2], np.uint8)
    if comp.shape == plate.shape:
        off = np.abs(above.astype(np.int16) - plate[: len(above)]).max(axis=2)
        made = (off > _MADE).astype(np.uint8)
    height, width = picture.shape[:2]
    laid = np.array(match.transform).reshape(3, 3)
    shown = cv2.warpPerspective(made, laid, (width, height), flags=cv2.INTER_NEAREST) > 0
    other = np.zeros_like(shown)
    for box in match.regions:
        rows = np.array([box.top, box.top + box.height]) * height / 100
        columns = np.array([box.left, box.left + box.width]) * width / 100
        other[slice(*np.rint(rows).astype(int)), slice(*np.rint(columns).astype(int))] = True
    most = min(MOST_OTHER * shown.sum(), MOST_TOUCHED * shown.size)
    return bool((other & shown).sum() < most)


def shows_band(pixels: Pixels) -> bool:
    """This function will say whether a picture (uint8 H×W×3) still shows the band of a layout comp
    within its lower third, smaller, recompressed, or cut at its sides too."""
    gray = cv2.cvtColor(np.ascontiguousarray(pixels[2 * len(pixels) // 3 :]), cv2.COLOR_RGB2GRAY)
    for wide in _WIDTHS:
        scale = wide / gray.shape[1]
        size = (wide, max(1, round(len(gray) * scale)))
        seen = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        letters = _letters()
        if min(np.subtract(seen.shape, letters.shape)) < 0:
            continue
        if cv2.matchTemplate(seen, letters, cv2.TM_CCOEFF_NORMED).max() > LEAST_LIKE:
            return True
    return False


@cache
def _letters() -> NDArray[np.uint8]:
    """Return the middle words of the band of a picture that is 480 wide, in gray."""
    drawn, _ = banded(np.zeros((960, 1920, 3), np.uint8))
    small = cv2.resize(drawn, (480, 240), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[-20:-2, 150:330, 0])

"""What is burned into a layout comp, so that nobody takes it for a picture to be shown."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Pixels

_FONT = cv2.FONT_HERSHEY_SIMPLEX
BAND = "LAYOUT COMP, NOT FOR RELEASE"


def banded(pixels: Pixels) -> tuple[Pixels, NDArray[np.bool_]]:
    """This function will burn in, at the foot of a picture, that it is a layout comp.

    ``pixels``: uint8 H×W×3. Returns it so, and where it was changed, H×W; a second time changes
    nothing.
    """
    canvas = pixels.copy()
    height, width = canvas.shape[:2]
    tall = max(10, round(0.045 * width))
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

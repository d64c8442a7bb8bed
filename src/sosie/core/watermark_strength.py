"""How strong a mark may be at each point of a picture, and how strong it must be to be read.

Least where the eye is sharpest: on plain backdrops, skin, and the plain side of an edge. Most in
texture. The overall strength is then found in a closed loop: the marked picture is recompressed
hard and half of it read back, and the strength raised until the reading is sure.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.watermark_pattern import SYMBOLS, TILE, Patterns, shifts
from sosie.core.watermark_reading import correlations, whitened
from sosie.core.watermark_search import folded, residual

Floats = NDArray[Any]
Bytes = NDArray[np.uint8]

FLAT = 1.0
"""Strength on a plain area before the loop, in levels rms of 255."""
FLAT_MOST = 1.1
TEXTURE = 0.42
"""Part of the local activity (rms of what is finer than 2.5 units) that is added in texture."""
MOST = 7.0
GAINS = (0.5, 2.0)
PROBE = 512
SURE = 8.0
"""Mean score of a symbol that the loop asks for."""


def allowed(level: Floats) -> Floats:
    """This function will return the strength for each point of a picture in the mark's frame.

    ``level``: float32 luma, 0 to 255. Activity is the lower of the two sides of an edge (an
    erosion of the local spread), and dark areas, where a level is a larger step, get less.
    """
    fine = level - cv2.GaussianBlur(level, (0, 0), 2.5)
    spread = cv2.sqrt(cv2.boxFilter(cv2.min(fine * fine, 900.0), -1, (7, 7)))
    calm = cv2.GaussianBlur(cv2.erode(spread, np.ones((7, 7), np.uint8)), (0, 0), 3.0)
    light = 0.75 + 0.25 * np.clip(cv2.GaussianBlur(level, (0, 0), 3.0) / 90.0, 0, 1)
    strength = (FLAT + TEXTURE * cv2.max(calm - 0.6, 0.0)) * light
    result: Floats = cv2.min(strength, MOST).astype(np.float32)
    return result


def scaled(strength: Floats, gain: float) -> Floats:
    """This function will raise the strength; on plain areas never above ``FLAT_MOST``."""
    plain = np.float32(min(gain * FLAT, FLAT_MOST))
    result: Floats = cv2.min(strength, FLAT) * (plain / FLAT)
    result += cv2.max(strength - FLAT, 0.0) * gain
    return result


def measured(marked: Bytes, keyed: Patterns, symbols: NDArray[np.intp]) -> float:
    """This function will return the score of a symbol, on average, after an attack.

    The picture at 512 pixels as JPEG of quality 60.
    """
    height, width = marked.shape
    small = PROBE / max(height, width)
    sides = (max(8, round(width * small)), max(8, round(height * small)))
    less = cv2.resize(marked, sides, interpolation=cv2.INTER_AREA) if small < 1 else marked
    _, data = cv2.imencode(".jpg", less, [cv2.IMWRITE_JPEG_QUALITY, 60])
    read = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    fine = residual(cv2.resize(read, (width, height), interpolation=cv2.INTER_CUBIC))
    kept = np.zeros((-(-height // TILE) * TILE, -(-width // TILE) * TILE), np.float32)
    kept[:height, :width] = fine
    spectrum = whitened(folded(kept))
    total = np.zeros_like(spectrum)
    down = np.fft.fftfreq(TILE)[:, None]
    right = np.fft.rfftfreq(TILE)[None, :]
    for place, (y, x) in enumerate(shifts(symbols)):
        total += keyed.phases[place + 1] * np.exp(2j * np.pi * (down * y + right * x)).astype(np.complex64)
    return float((spectrum * total).real.sum()) / SYMBOLS

"""How strong a mark may be at each point of a picture, and how strong it must be to be read.

Least where the eye is sharpest: on plain backdrops, skin, and the plain side of an edge. Most in
texture. The overall strength is then found in a closed loop: the marked picture is shrunk and
recompressed, and recompressed hard, and read back; the strength is what makes the reading sure.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.watermark_pattern import SYMBOLS, TILE, Patterns, shifts
from sosie.core.watermark_reading import ramp, whitened
from sosie.core.watermark_search import folded, residual

Floats = NDArray[Any]
Bytes = NDArray[np.uint8]

FLAT = 0.45
"""Strength on a plain area before the loop, in levels rms of 255."""
FLAT_MOST = 0.5
"""And after it. From 0.7 on, faint mottling shows on a noiseless backdrop at 200 %."""
TEXTURE = 0.4
"""Part of the local activity (rms of what is finer than 2.5 units) that is added in texture."""
DEAD = 0.2
"""Activity that counts as none."""
MOST = 6.0
"""Strength anywhere, in levels rms."""
GAINS = (0.62, 4.0)
"""What the loop may choose; below the first, crops of busy pictures were lost."""
PROBES = ((512, 60), (1200, 20))
"""Attacks that the loop tries: long side at most (or the picture's own), quality of JPEG."""
WORST = 40.4
"""Peak signal-to-noise ratio, dB, below which no mark goes."""
SURE = 6.3
"""Mean score of a symbol that the loop asks for."""


def allowed(level: Floats) -> Floats:
    """This function will return the strength for each point of a picture in the mark's frame.

    ``level``: float32 luma, 0 to 255. Activity is the lower of the two sides of an edge (an
    erosion of the local spread), and dark areas, where a level is a larger step, get less.
    """
    sides = (level.shape[1], level.shape[0])
    half = (sides[0] // 2, sides[1] // 2)
    smooth = cv2.GaussianBlur(level, (11, 11), 2.5)
    fine = cv2.subtract(level, smooth)
    power = cv2.boxFilter(cv2.min(cv2.multiply(fine, fine), 900.0), -1, (7, 7))
    spread = cv2.sqrt(cv2.resize(power, half, interpolation=cv2.INTER_AREA))
    calm = cv2.GaussianBlur(cv2.erode(spread, np.ones((5, 5), np.uint8)), (7, 7), 1.5)
    smooth = cv2.GaussianBlur(cv2.resize(smooth, half, interpolation=cv2.INTER_AREA), (7, 7), 1.5)
    light = 0.75 + 0.25 * np.minimum(smooth / 90.0, 1.0)
    strength = ((FLAT + TEXTURE * cv2.max(calm - DEAD, 0.0)) * light).astype(np.float32)
    result: Floats = cv2.resize(strength, sides, interpolation=cv2.INTER_LINEAR)
    return result


def scaled(strength: Floats, gain: float) -> Floats:
    """This function will raise the strength; on plain areas never above ``FLAT_MOST``."""
    plain = np.float32(min(gain * FLAT, FLAT_MOST))
    below, above = cv2.min(strength, FLAT), cv2.max(strength - FLAT, 0.0)
    result: Floats = cv2.min(below * (plain / FLAT) + above * gain, MOST)
    return result


def measured(
    marked: Bytes, attack: tuple[int, int], keyed: Patterns, symbols: NDArray[np.intp]
) -> float:
    """This function will return the score of a symbol, on average, after an attack.

    ``attack``: long side and quality of JPEG.
    """
    height, width = marked.shape
    small = attack[0] / max(height, width)
    sides = (max(8, round(width * small)), max(8, round(height * small)))
    less = cv2.resize(marked, sides, interpolation=cv2.INTER_AREA) if small < 1 else marked
    _, data = cv2.imencode(".jpg", less, [cv2.IMWRITE_JPEG_QUALITY, attack[1]])
    read: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    if small < 1:
        read = cv2.resize(read, (width, height), interpolation=cv2.INTER_CUBIC)
    fine = residual(read)
    kept = np.full((-(-height // TILE) * TILE, -(-width // TILE) * TILE), 128, np.uint8)
    kept[:height, :width] = fine
    spectrum = whitened(folded(kept))
    total = np.zeros_like(spectrum)
    for place, shift in enumerate(shifts(symbols)):
        total += keyed.phases[place + 1] * np.conj(ramp(*shift))
    return float((spectrum * total).real.sum()) / SYMBOLS


def gain(
    level: Floats,
    mark: Floats,
    strength: Floats,
    keyed: Patterns,
    *,
    symbols: NDArray[np.intp],
    longest: int,
) -> float:
    """This function will find the gain at which an attacked copy is read surely.

    ``level``: the picture's luma; ``mark``: of variance 1; ``strength``: what ``allowed`` says;
    ``longest``: the picture's long side in pixels.
    Never more than a peak signal-to-noise ratio of ``WORST`` allows.
    """
    found = 1.0
    attacks = [(min(most, longest), quality) for most, quality in PROBES]
    while attacks:
        trial = cv2.add(level, mark * scaled(strength, found), dtype=cv2.CV_8U)
        scores = [measured(trial, attack, keyed, symbols) for attack in attacks]
        found = float(np.clip(found * SURE / max(1.0, min(scores)), *GAINS))
        attacks = [attacks[int(np.argmin(scores))]] if len(attacks) > 1 else []
    while found > 0.1:
        power = float(np.square(scaled(strength, found)).mean())
        if power <= 255.0**2 / 10 ** (WORST / 10):
            break
        found *= 0.96
    return found

"""How strong a mark may be at each point of a picture, and how strong it must be to be read.

Least where the eye is sharpest: on plain backdrops, skin, and the plain side of an edge. Most in
texture, whose strength is found in a closed loop: the marked picture is shrunk and recompressed,
and recompressed hard, and read back; the strength is what makes the reading sure.
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

FLAT = 0.53
"""Strength on a plain area, in levels rms of 255. Rounding to bytes makes 0.55 of it; at 0.63 a
noiseless white backdrop faintly mottles at 200 %. The loop does not change it: less saves nothing
(54 dB) and lost crops of busy pictures."""
TEXTURE = 0.5
"""Part of the local activity (rms of what is between 2.5 and 1 units coarse) that texture adds."""
GRAIN = 0.12
"""What a plain area takes more where it has grain of 0.7 levels or more: finer than the mark, it
hides little, but at 200 % no more is seen than on a noiseless one."""
DEAD = 0.45
"""Activity that counts as none: what a backdrop's grain of 1.3 levels has at this coarseness.
Finer grain hides nothing, since the mark is coarser."""
KNEE = 7.0
"""Activity beyond that at which texture adds half. The reader evens what it sees, so that in the
strongest texture a mark costs more than it tells."""
MOST = 6.0
"""Strength anywhere, in levels rms."""
GAINS = (0.8, 3.6)
"""What the loop may choose for texture."""
PROBES = ((512, 60), (1200, 20))
"""Attacks that the loop tries: long side at most (or the picture's own), quality of JPEG."""
WORST = 40.4
"""Peak signal-to-noise ratio, dB, below which no mark goes."""
SURE = 6.8
"""Mean score of a symbol that the loop asks for."""


def allowed(level: Floats) -> Floats:
    """This function will return the strength for each point of a picture in the mark's frame.

    ``level``: float32 luma, 0 to 255. Activity is the lower of the two sides of an edge (an
    erosion of the local spread), seen at half size, as coarse as the mark; and dark areas, where
    a level is a larger step, get less.
    """
    sides = (level.shape[1], level.shape[0])
    half = cv2.resize(level, (sides[0] // 2, sides[1] // 2), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(half, (7, 7), 1.25)
    fine = cv2.subtract(half, smooth)
    spread = _rms(cv2.min(cv2.max(fine, -30.0), 30.0), 5)
    calm = cv2.GaussianBlur(cv2.erode(spread, np.ones((5, 5), np.uint8)), (7, 7), 1.5)
    light = 0.75 + 0.25 * np.minimum(cv2.GaussianBlur(smooth, (7, 7), 1.5) / 90.0, 1.0)
    busy = cv2.max(calm - DEAD, 0.0)
    plain = FLAT + GRAIN * cv2.resize(_grain(level), half.shape[::-1])
    strength = ((plain + TEXTURE * busy / (1 + busy / KNEE)) * light).astype(np.float32)
    result: Floats = cv2.resize(strength, sides, interpolation=cv2.INTER_LINEAR)
    return result


def _grain(level: Floats) -> Floats:
    """Return how grainy the surroundings of each point are at least, 0 to 1."""
    fine = cv2.subtract(level, cv2.GaussianBlur(level, (5, 5), 1.0))
    spread = _rms(fine, 15)
    result: Floats = np.clip(cv2.erode(spread, np.ones((9, 9), np.uint8)) / 0.6 - 0.2, 0, 1)
    return result


def _rms(fine: Floats, side: int) -> Floats:
    """Return the rms over a square; the box's running sum can fall below nothing by a rounding."""
    mean = cv2.boxFilter(cv2.multiply(fine, fine), -1, (side, side))
    result: Floats = cv2.sqrt(cv2.max(mean, 0.0))
    return result


def scaled(strength: Floats, gain: float) -> Floats:
    """This function will raise or lower what texture adds to the strength of a plain area."""
    most = FLAT + GRAIN
    plain, texture = cv2.min(strength, most), cv2.max(strength - most, 0.0)
    result: Floats = cv2.min(plain + texture * gain, MOST)
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

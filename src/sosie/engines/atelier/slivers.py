"""Slivers of the old backdrop that a finished picture still shows: those that the eye finds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sosie.core.silhouette import Mask, Pixels

LEAST_LENGTH = 8.0
"""From this length on a sliver is seen; in pixels of a picture of 900×900, as all lengths here."""
LEAST_AREA = 60.0
"""From this area on it is seen however short it is."""
LEAST_CONTRAST = 24.0
"""How much it differs from what lies about it, of 255, to be seen."""


@dataclass(frozen=True, slots=True)
class Sliver:
    """One that is seen."""

    length: float
    width: float


def seen(found: Mask, pixels: Pixels) -> tuple[Sliver, ...]:
    """This function will return which slivers are seen, the longest first.

    ``found`` (bool H×W) is where old backdrop is left in ``pixels`` (uint8 H×W×3 sRGB). The width
    is twice the greatest distance to the rim, the length what the area has of it.
    """
    unit = max(1.0, float(np.prod(found.shape)) ** 0.5 / 900)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    slivers = []
    for index in range(1, count):
        x, y, wide, high, area = (int(value) for value in stats[index])
        reach = round(6 * unit) + 1
        near = np.s_[max(0, y - reach) : y + high + reach, max(0, x - reach) : x + wide + reach]
        piece = np.pad(labels[near] == index, 1)
        width = 2 * float(cv2.distanceTransform(piece.astype(np.uint8), cv2.DIST_L2, 5).max())
        length = area / width / unit
        long_enough = length >= LEAST_LENGTH or area / unit**2 >= LEAST_AREA
        if long_enough and _contrast(piece[1:-1, 1:-1], pixels[near], unit) >= LEAST_CONTRAST:
            slivers.append(Sliver(length, width / unit))
    return tuple(sorted(slivers, key=lambda each: -each.length))


def _contrast(piece: Mask, pixels: Pixels, unit: float) -> float:
    """Return by how much half of what lies about a piece differs from it."""
    inner, outer = (
        cv2.dilate(piece.astype(np.uint8), np.ones((2 * size + 1, 2 * size + 1), np.uint8)) > 0
        for size in (round(2 * unit), round(5 * unit))
    )
    about = pixels[outer & ~inner]
    return float(np.median(np.abs(about - pixels[piece].mean(axis=0)).max(axis=1)))

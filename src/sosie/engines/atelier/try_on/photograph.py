"""How a flat-lay was photographed: sharp or not, in even light or not."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from sosie.core.silhouette import Field, Mask, spread

_REACH = 12
"""How far from the outline, in pixels, cloth and ground are surely of one color."""
_APART = 100.0
"""Square of the CIELAB distance of cloth and ground from which their edge is measured."""
_LEAST = 50
"""Pixels of outline that are asked for."""


def softness(lab: Field, mask: Mask) -> float:
    """This function will return how soft a photograph is: the standard deviation in pixels of the
    blur of a garment's outline, 0 where it is too like its ground to say.

    ``lab`` is float32 H×W×3 CIELAB, ``mask`` bool H×W. Across an edge that a Gaussian blurs, from
    ground to cloth, the steepest slope is 1 / (√(2π) σ); taken is the median along the outline.
    """
    whole = mask.astype(np.uint8)
    inner, outer = cv2.erode(whole, _disc(_REACH)) > 0, cv2.dilate(whole, _disc(_REACH)) == 0
    if not inner.any() or not outer.any():
        return 0.0
    ground = spread(lab, outer)
    span = spread(lab, inner) - ground
    power = (span**2).sum(axis=2)
    part = ((lab - ground) * span).sum(axis=2) / np.maximum(power, 1.0)
    slope = np.hypot(*(cv2.Sobel(part, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1))))
    slope[inner | outer | (power < _APART)] = 0
    steepest = cv2.dilate(slope.astype(np.float32), _disc(_REACH - 4))
    rim = mask & (cv2.erode(whole, _disc(1)) == 0) & (power >= _APART)
    if rim.sum() < _LEAST:
        return 0.0
    return float(1 / (np.sqrt(2 * np.pi) * max(float(np.median(steepest[rim])), 1e-3)))


def evenness(ground: Field, mask: Mask) -> float:
    """This function will return the least light on the ground about a garment over the most, 0 to
    1: ``ground`` is float32 H×W×3 CIELAB, ``mask`` bool H×W."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 1.0
    lightness = ground[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, 0]
    light = ((np.clip(lightness, 1, 100) + 16) / 116) ** 3
    return float(light.min() / light.max())


def _disc(radius: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cast("Mask", kernel)

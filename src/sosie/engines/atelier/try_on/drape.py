"""A warped garment in the plate's light: the folds and shade of what is worn, carried over."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from sosie.core.silhouette import Field, Mask, spread
from sosie.engines.atelier.colour import to_linear

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LEAST, _MOST = 0.5, 1.18
_CLOTH_OVER_SKIN = 0.75
"""Skin shines: its shading counts by this power."""


def shading(own: Field, core: Mask, pixels: Field, skin: Mask, unit: float) -> tuple[Field, float]:
    """This function will return by how much light falls short in each pixel (float32 H×W, about
    1 in the light), and how patterned the worn garment is (0: one color).

    ``own`` (float32 H×W×3, sRGB 0 to 255) is the worn garment's color and ``core`` (bool H×W)
    where it surely is; ``skin`` (bool H×W) is bare. Each is compared with its own well-lit half;
    between them the shading is spread.
    """
    shade = np.ones(core.shape, np.float32)
    known = np.zeros(core.shape, bool)
    inner = np.ones((2 * max(1, round(0.014 * unit)) + 1,) * 2, np.uint8)
    for colors, whole, power in ((pixels, skin, _CLOTH_OVER_SKIN), (own, core, 1.0)):
        mask = cv2.erode(whole.astype(np.uint8), inner) > 0
        if mask.sum() < 200:
            continue
        light = to_linear(colors) @ _LUMINANCE
        lit = light[mask]
        level = float(np.median(lit[lit >= np.median(lit)]))
        value = (np.maximum(light, 1e-4) / max(level, 1e-3)) ** power
        shade[mask] = np.clip(value[mask], _LEAST, _MOST)
        known |= mask
    if not known.any():
        return shade, 1.0
    filled = spread(shade[..., None], known)[..., 0]
    soft = cv2.GaussianBlur(filled, (0, 0), max(0.8, 0.005 * unit))
    return cast("Field", soft), _patterned(own, core)


def _patterned(own: Field, core: Mask) -> float:
    """Return how much hue varies in the worn garment: a print would be taken for folds."""
    if core.sum() < 200:
        return 0.0
    lab = cv2.cvtColor(np.clip(own, 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)[core]
    away = np.abs(lab[:, 1:] - np.median(lab[:, 1:], axis=0)).max(axis=1)
    return float((away > 14).mean())

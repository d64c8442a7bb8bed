"""A warped garment in the plate's light: the folds and shade of what is worn, carried over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from sosie.core.silhouette import Field, Mask, spread
from sosie.engines.atelier.colour import to_linear

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LEAST, _MOST = 0.5, 1.18
_CLOTH_OVER_SKIN = 0.75
"""Skin shines: its shading counts by this power."""


def shading(cloths: Sequence[tuple[Field, Mask]], skin: tuple[Field, Mask], unit: float) -> Field:
    """This function will return by how much light falls short in each pixel (float32 H×W, about
    1 in the light).

    Each of ``cloths`` and ``skin`` is colors (float32 H×W×3, sRGB 0 to 255) and where they surely
    are (bool H×W). Each is compared with its own well-lit half; between them the shading is
    spread.
    """
    shape = skin[1].shape
    shade = np.ones(shape, np.float32)
    known = np.zeros(shape, bool)
    inner = np.ones((2 * max(1, round(0.014 * unit)) + 1,) * 2, np.uint8)
    for (colors, whole), power in ((skin, _CLOTH_OVER_SKIN), *((cloth, 1.0) for cloth in cloths)):
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
        return shade
    filled = spread(shade[..., None], known)[..., 0]
    return cast("Field", cv2.GaussianBlur(filled, (0, 0), max(0.8, 0.005 * unit)))


def patterned(own: Field, core: Mask) -> float:
    """This function will return how much hue varies in the worn garment (0: one color): a print
    would be taken for folds."""
    if core.sum() < 200:
        return 0.0
    lab = cv2.cvtColor(np.clip(own, 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)[core]
    away = np.abs(lab[:, 1:] - np.median(lab[:, 1:], axis=0)).max(axis=1)
    return float((away > 14).mean())

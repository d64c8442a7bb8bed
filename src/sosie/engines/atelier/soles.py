"""Feet on the floor: what of a matte is the floor's own shade about them is taken out of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Mask, Pixels

_OFF = 9.0
"""Levels of 255 within which a pixel is the backdrop in less light."""
_LIGHT = (0.25, 1.05)
"""Shares of the backdrop's light that its shade has."""
_REACH = 8.0
"""How far from her outline shade is looked for, in pixels of a picture of 900×900."""
_INSTEP = 0.4
"""Share of a foot's height, from the ankle down, that does not touch the floor."""
_MOST_LIKE = 0.1
"""Share of her feet themselves that may look like shade: of gray shoes nothing is told."""


def trimmed(cut: Matte, pixels: Pixels, backdrop: Field, low: Mask) -> Matte:
    """This function will take contact shadow along the soles out of a matte.

    ``pixels`` is uint8 H×W×3 sRGB, ``backdrop`` float32 H×W×3 (0 to 255) as modeled behind her, and
    ``low`` (bool H×W) what lies below her ankles. A pixel is shade whose color is the backdrop's in
    less light (Cucchiara et al., TPAMI 2003) and that hangs with the outside.
    """
    unit = max(1.0, low.size**0.5 / 900)
    inside = (cut.alpha > 0.02) & low
    count, feet, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    for index in range(1, count):
        _, first, _, tall, _ = stats[index]
        instep = np.s_[first : first + round(_INSTEP * tall)]
        inside[instep] &= feet[instep] != index
    rows = np.flatnonzero(inside.any(axis=1))
    if not rows.size:
        return cut
    band = np.s_[rows[0] : min(len(low), rows[-1] + round(_REACH * unit))]
    image, behind, alpha = pixels[band].astype(np.float32), backdrop[band], cut.alpha[band].copy()
    light = (image * behind).sum(axis=2) / np.maximum((behind**2).sum(axis=2), 1.0)
    off = np.abs(image - light[..., None] * behind).max(axis=2)
    shade = (off < _OFF) & (light > _LIGHT[0]) & (light < _LIGHT[1])
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    deep = (depth > _REACH * unit) & inside[band]
    if not deep.any() or shade[deep].mean() > _MOST_LIKE:
        return cut
    outside = alpha < 0.02
    asked = (outside | (shade & (depth <= _REACH * unit))) & (inside[band] | outside)
    _, labels = cv2.connectedComponents(asked.astype(np.uint8), connectivity=4)
    free = np.isin(labels, np.unique(labels[outside])) & asked
    size = 2 * round(1.5 * unit) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    free = cv2.morphologyEx(free.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    gone = cv2.GaussianBlur((free & ~outside).astype(np.float32), (0, 0), 0.7 * unit)
    alpha = np.where(free, 0, np.minimum(alpha, 1 - np.clip(gone, 0, 0.5)))
    whole = cut.alpha.copy()
    whole[band] = np.where(inside[band], alpha, cut.alpha[band])
    return replace(cut, alpha=whole.astype(np.float32))

"""A second look for the old garment: by its color alone, whatever was taken for it before."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from sosie.core.silhouette import Field, Mask, Pixels

_REACH = 0.15
"""How far from old and new garment is looked, in widths of the shoulders."""


def leftover(
    pixels: Pixels,
    finished: Pixels,
    *,
    backdrop: Field,
    alpha: Field,
    worn: Field,
    garment: Field,
    known: Mask,
    unit: float,
) -> Mask:
    """This function will find what is unchanged and of the old garment's color (bool H×W).

    ``pixels`` and ``finished`` are uint8 H×W×3 sRGB, before and after; ``backdrop`` is the
    modeled one (float32 H×W×3), ``worn`` and ``garment`` shares of the old and the new garment
    (float32 H×W), and ``known`` (bool H×W) what is surely something else: head, hair, skin, other
    clothes. Before the backdrop the old color may be mixed with it, as at a soft edge.
    """
    solid = worn > 0.9
    if solid.sum() < 200:
        return np.zeros(worn.shape, bool)
    reach = 2 * round(_REACH * unit) + 1
    around = np.ones((reach, reach), np.uint8)
    solids = ((part > 0.5).astype(np.uint8) for part in (worn, garment))
    beside, beyond = (cv2.dilate(part, around) > 0 for part in solids)
    # On the backdrop beside the new garment alone a shadow would be taken for it.
    asked = (beside | (beyond & (alpha > 0.5))) & (garment < 0.2) & ~known
    asked[asked] = np.abs(pixels[asked].astype(np.int16) - finished[asked]).max(axis=1) <= 4
    old = np.median(pixels[solid], axis=0).astype(np.float32)
    low, high = np.percentile(_lab(pixels[solid][::7]), [5, 95], axis=0)
    slack = np.array([6, 4, 4])
    seen = np.zeros(worn.shape, bool)
    on, before = asked & (alpha > 0.5), asked & (alpha < 0.5)
    if on.any():
        own = _lab(pixels[on])
        seen[on] = ((own > low - slack) & (own < high + slack)).all(axis=1)
    seen[before] = cloth_before(pixels[before].astype(np.float32), backdrop[before], old)
    opened = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cast("Mask", opened > 0)


def _lab(colors: Pixels) -> Field:
    """Return sRGB colors (uint8 n×3) in CIELAB."""
    lab = cv2.cvtColor(colors[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return cast("Field", lab[0])


def faint_edge(pixels: Pixels, backdrop: Field, *, alpha: Field, worn: Field, unit: float) -> float:
    """This function will return along what share of the worn garment's sides (0 to 1) it is so
    like the backdrop that nothing tells where it ends.

    ``pixels`` is uint8 H×W×3 sRGB, ``backdrop`` float32 H×W×3, ``alpha`` and ``worn`` float32 H×W.
    """
    reach = 2 * round(0.035 * unit) + 1
    beside = cv2.dilate((alpha < 0.1).astype(np.uint8), np.ones((1, reach), np.uint8)) > 0
    inner = cv2.erode((alpha > 0.9).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rim = beside & inner & (worn > 0.9)
    if not rim.any():
        return 0.0
    return float((np.abs(pixels[rim] - backdrop[rim]).max(axis=1) < 18).mean())


def cloth_before(pixels: Field, backdrop: Field, old: Field) -> Mask:
    """This function will find what is unlike the backdrop and of a cloth's color, mixed with the
    backdrop's or in shade (bool n).

    ``pixels`` and ``backdrop`` are float32 n×3, ``old`` float32 3: sRGB 0 to 255.
    """
    way, off = old - backdrop, pixels - backdrop
    part = (off * way).sum(axis=1) / np.maximum((way**2).sum(axis=1), 1.0)
    mixed = (part > 0.3) & (np.abs(off - part[:, None] * way).max(axis=1) < 12)
    light = (pixels @ old) / max(float(old @ old), 1.0)
    shaded = (light > 0.5) & (light < 1.1)
    shaded &= np.abs(pixels - light[:, None] * old).max(axis=1) < 7
    return cast("Mask", (np.abs(off).max(axis=1) > 5) & (mixed | shaded))

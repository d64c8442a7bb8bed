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
    either = ((worn > 0.5) | (garment > 0.5)).astype(np.uint8)
    near = cv2.dilate(either, np.ones((reach, reach), np.uint8)) > 0
    same = np.abs(pixels.astype(np.int16) - finished).max(axis=2) <= 4
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    low, high = np.percentile(lab[solid], [5, 95], axis=0)
    slack = np.array([6, 4, 4])
    alike = ((lab > low - slack) & (lab < high + slack)).all(axis=2)
    image = pixels.astype(np.float32)
    way = np.median(image[solid], axis=0) - backdrop
    part = ((image - backdrop) * way).sum(axis=2) / np.maximum((way**2).sum(axis=2), 1.0)
    aside = np.abs(image - backdrop - part[..., None] * way).max(axis=2)
    apart = np.abs(image - backdrop).max(axis=2) > 6
    before = (alpha < 0.5) & apart & (part > 0.4) & (aside < 12)
    seen = near & same & (garment < 0.2) & ~known & ((alike & (alpha > 0.5)) | before)
    opened = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cast("Mask", opened > 0)

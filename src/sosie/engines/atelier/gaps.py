"""Gaps that landmarks took for her: behind a belt loop, between thighs, below a hem."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from sosie.core.matting import Matte, leftovers
from sosie.core.silhouette import Mask, Pixels, Silhouette, spread

_UNLIKE = 36.0
"""Levels of 255 by which what lies about a gap differs from it."""
_ABOUT = 0.8
"""Share of what lies about a gap, her own, that must."""
_LEAST = 8
"""Pixels of a picture of 900×900 from which a gap is seen."""
_MOST = 500
"""Pixels of a picture of 900×900 in all up to which they are gaps."""
_RIM = 3.0
"""How far about a gap, in pixels of a picture of 900×900, edges are mixed of it."""


def opened(
    cut: Matte, pixels: Pixels, silhouette: Silhouette, face: tuple[int, int, int, int]
) -> Matte:
    """This function will take gaps in which the old backdrop is seen out of a matte.

    ``pixels`` is uint8 H×W×3 sRGB, ``face`` the box (left, top, right, bottom) in which a shine may
    look like the backdrop. What looks like it is a gap if she is of another color all about it;
    where much looks like it, as white cloth before a white wall, nothing is told. At its edge alpha
    is solved anew between both colors, as in ``matte``.
    """
    far = np.where(silhouette.backdrop > 127, np.float32(0), np.float32(255))
    unit = max(1.0, cut.alpha.size**0.5 / 900)
    seen = leftovers(pixels, pixels, silhouette, cut, far)
    left, top, right, bottom = (max(0, side) for side in face)
    seen[top:bottom, left:right] = False
    if seen.sum() > _MOST * unit**2:
        return cut
    _, labels, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    image, alpha, colors = pixels.astype(np.float32), cut.alpha, cut.colors
    for index in range(1, len(stats)):
        x, y, wide, high, area = (int(value) for value in stats[index])
        if area < _LEAST * unit**2:
            continue
        reach = round(8 * unit)
        near = np.s_[max(0, y - reach) : y + high + reach, max(0, x - reach) : x + wide + reach]
        gap = labels[near] == index
        rim = _grown(gap, _RIM * unit)
        hers = (alpha[near] > 0.9) & ~rim & _grown(gap, 2 * _RIM * unit)
        off = np.abs(image[near][hers] - image[near][gap].mean(axis=0)).max(axis=1)
        if not off.size or (off > _UNLIKE).mean() < _ABOUT:
            continue
        if alpha is cut.alpha:
            alpha, colors = alpha.copy(), colors.copy()
        asked = rim & (alpha[near] > 0)
        behind = silhouette.backdrop[near]
        own = spread(np.ascontiguousarray(image[near]), (alpha[near] > 0.9) & ~rim)
        way = own - behind
        part = ((image[near] - behind) * way).sum(axis=2) / np.maximum((way**2).sum(axis=2), 1.0)
        part = np.where(gap, 0, np.clip((part - 0.06) / 0.88, 0, 1)).astype(np.float32)
        alpha[near] = np.where(asked, np.minimum(alpha[near], part), alpha[near])
        colors[near] = np.where((asked & (part < 1))[..., None], own, colors[near])
    return replace(cut, alpha=alpha, colors=colors)


def _grown(mask: Mask, by: float) -> Mask:
    size = 2 * round(by) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)

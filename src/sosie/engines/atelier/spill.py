"""What a garment's mask paints that is not the garment: an ankle, a shoe, a waistband, a gap.

Two things tell it. A pixel spills whose color is unlike the cloth's where the garment surely is,
in any light, and like that of skin, of the backdrop or of what lies beside the mask. And a piece
that an edge of the photograph parts from the rest spills where its color is less the cloth's than
that of what lies beside it: a white waistband under a white top is told so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, Pixels, spread
from sosie.engines.atelier.colour import ciede2000
from sosie.engines.atelier.garment import Garment
from sosie.engines.atelier.garment_edges import dilated, eroded
from sosie.engines.atelier.remains import few, lab_of

_SIDE = 900
"""Larger pictures are looked at as if of 900×900 pixels."""
_RNG_SEED = 20260101
_UNLIKE = 5.0
"""CIEDE2000 from which a pixel is not of the cloth, if something else is twice as like it."""
_UNLIKE_PIECE, _MORE_LIKE = 2.5, 0.7
"""The same for the median of a piece, in which noise is averaged out, and how much nearer than the
cloth's its neighbors' color is."""
_EDGE = 6.0
"""CIELAB units between neighbors from which a piece is parted from another."""
_LEAST_PIECE = 60
_LIGHTS = (1.0, 0.75, 0.5, 0.3)
"""Shares of the light in which a color is looked for."""
_HUED = 12.0
"""Chroma from which cloth in shade is told from something gray."""
_BESIDE = 9
"""Pixels about a piece in which its neighbors are looked for."""
_RIM = 5
"""Pixels of a picture of 900×900 about a patch that may be of it as well."""
_FOLD, _SHARP = 5.0, 18.0
"""CIELAB units between a patch and three quarters of the cloth about it under which it is a fold in
shade, and from which it surely is something else: on photographs the shade of white cloth has up
to 9, gaps, buttons and ankles 21 and more."""
_CUT = 12
"""Pixels along which a mask's edge that is none cuts through something."""
_SAME, _UNLIKE_BACKDROP = 8.0, 15.0
"""CIELAB units within which something is the backdrop itself, and CIEDE2000 from which it is not
the cloth."""
_KERNEL = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Spill:
    """The largest patch that is painted and was not the garment's."""

    area: float
    """In pixels of a picture of 900×900; 0 if there is none."""
    at: tuple[float, float]
    """Its middle, over width and height."""
    sure: Mask
    """bool H×W: the patches that surely are something else: what lies low, what a sharp edge parts
    from the cloth all round, and what goes on beyond the mask's edge."""


def spill(
    plate: Pixels, painted: Mask, *, place: Mask, face: Mask, backdrop: Field, low: Mask, cut: Mask
) -> Spill:
    """This function will measure what a mask paints beside its garment.

    ``plate`` is uint8 H×W×3 sRGB, ``painted`` (bool H×W) what is given a new color, ``place``
    where the garment surely is, ``face`` where skin surely is, ``backdrop`` (float32 H×W×3, sRGB
    0 to 255) how the backdrop would look behind her, ``low`` what lies below her ankles: whatever
    is unlike the cloth there spills; and ``cut`` where the mask ends without an edge of the
    photograph (``borders``). What passes into the cloth about it without an edge is a fold in
    shade.
    """
    shape = painted.shape
    nothing = Spill(0.0, (0.0, 0.0), np.zeros(shape, np.bool_))
    scale = min(1.0, _SIDE / painted.size**0.5)
    image = cv2.GaussianBlur(_sized(plate, scale), (0, 0), 0.7).astype(np.float32)
    painted, place, face, low, cut = (
        _sized(each.astype(np.uint8), scale) > 0 for each in (painted, place, face, low, cut)
    )
    # At its edge a pixel is mixed of cloth and what lies beside it.
    inside, place = eroded(painted, 2), eroded(place & painted, 2)
    if not place.any():
        return nothing
    lab = _lab(image)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        cv2.setRNGSeed(_RNG_SEED)
        cloth, skin = _palette(lab[place], 12), _palette(lab[face], 3)
        hued = np.hypot(cloth[:, 1], cloth[:, 2]).max() > _HUED
        some, at = few(image[inside])
        colors = lab_of(some)
        own = _nearest(colors, _dimmed(cloth) if hued else cloth)[at]
        other = _nearest(colors, _dimmed(skin))[at] if face.any() else np.full(len(at), np.inf)
        outer = ~dilated(painted, 2)
        for theirs in (spread(image, outer), _sized(backdrop, scale)):
            other = np.minimum(other, ciede2000(lab[inside], _lab(theirs)[inside]))
        other[low[inside]] = 0
        found = np.zeros(painted.shape, np.uint8)
        found[inside] = (own > _UNLIKE) & (other < own / 2)
        found = cv2.morphologyEx(found, cv2.MORPH_OPEN, _KERNEL)
        found |= _pieces(lab, inside, place, outer, _dimmed(cloth))
        gaps = _gaps(lab, painted, _lab(_sized(backdrop, scale)), cloth)
        found |= gaps
    finally:
        cv2.setNumThreads(threads)
    other = np.hypot(*np.moveaxis(lab[..., 1:], -1, 0)) > _HUED
    spilt, sure = _sorted(found, painted, lab, cut=cut, low=low, telling=other | (gaps > 0) | hued)
    _, _, stats, middles = cv2.connectedComponentsWithStats(spilt)
    if len(stats) == 1:
        return nothing
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y = middles[largest] / found.shape[::-1]
    sure = cv2.resize(sure, shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return Spill(float(stats[largest, cv2.CC_STAT_AREA]), (float(x), float(y)), sure)


def _sorted(
    found: NDArray[np.uint8], painted: Mask, lab: Field, *, cut: Mask, low: Mask, telling: Mask
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the patches that are no folds, and of them those that surely are something else:
    ``telling`` is what a fold in shade has not."""
    count, labels, _, _ = cv2.connectedComponentsWithStats(found)
    cloth = painted & ~dilated(found > 0, 3)
    spilt, sure = np.zeros_like(found), np.zeros_like(found)
    for index in range(1, count):
        patch = labels == index
        ring = dilated(patch, _RIM) & cloth
        steps = np.linalg.norm(lab[ring] - spread(lab, patch)[ring], axis=1)
        step = float(np.percentile(steps, 25)) if steps.size else _FOLD
        certain = bool(low[patch].all()) or (dilated(patch, _RIM) & cut).sum() > _CUT
        if certain or step >= _FOLD:
            spilt[patch] = 1
        if certain or (step > _SHARP and telling[patch].mean() > 0.5):
            sure[patch] = 1
    return spilt, sure


def without(garment: Garment, sure: Mask, colors: Field) -> Garment:
    """This function will take what is something else out of a garment.

    ``sure`` (bool H×W) is what is, ``colors`` (float32 H×W×3, sRGB 0 to 255) the person's. Its
    edges were left out where it was looked for: each pixel about it goes with whom it resembles
    more, patch or cloth.
    """
    unit = max(1.0, sure.size**0.5 / 900)
    about = dilated(sure, _RIM * unit) & (garment.share > 0)
    rows, columns = np.flatnonzero(about.any(axis=1)), np.flatnonzero(about.any(axis=0))
    if not rows.size:
        return garment
    reach = round(4 * _RIM * unit)
    window = np.s_[
        max(0, rows[0] - reach) : rows[-1] + reach, max(0, columns[0] - reach) : columns[-1] + reach
    ]
    share, image, sure, about = garment.share.copy(), colors[window], sure[window], about[window]
    theirs, mine = spread(image, sure), spread(image, (share[window] > 0.5) & ~about)
    nearer = ((image - theirs) ** 2).sum(axis=2) < ((image - mine) ** 2).sum(axis=2)
    gone = (sure | (about & nearer)).astype(np.uint8)
    gone = cv2.morphologyEx(gone, cv2.MORPH_CLOSE, _KERNEL)
    # Soft toward the cloth alone: beyond it, nothing of the patch may be left.
    bare = ((gone > 0) | (share[window] <= 0)).astype(np.float32)
    left = np.where(gone > 0, 0, 1 - cv2.GaussianBlur(bare, (0, 0), 0.6 * unit))
    rim = dilated(gone > 0, 2 * unit)
    share[window] = np.where(rim, np.minimum(share[window], left), share[window])
    core = garment.core.copy()
    core[window] &= cv2.dilate(gone, _KERNEL) == 0
    return replace(garment, share=share, core=core)


def _pieces(lab: Field, inside: Mask, place: Mask, outer: Mask, cloth: Field) -> NDArray[np.uint8]:
    """Return the pieces that edges part from the garment and that are less like it than like what
    lies beside them."""
    steep = (cv2.dilate(lab, _KERNEL) - cv2.erode(lab, _KERNEL)).max(axis=2)
    even = cv2.morphologyEx((inside & (steep < _EDGE)).astype(np.uint8), cv2.MORPH_OPEN, _KERNEL)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(even)
    large = stats[:, cv2.CC_STAT_AREA] >= _LEAST_PIECE
    large[0] = False
    large[np.unique(labels[place])] = False
    found = np.zeros(inside.shape, np.uint8)
    for index in np.flatnonzero(large):
        piece = labels == index
        beside = lab[dilated(piece, _BESIDE) & outer]
        if not len(beside):
            continue
        middle = np.median(lab[piece], axis=0)[None]
        own, other = _nearest(middle, cloth)[0], _nearest(middle, _palette(beside, 6))[0]
        if own > _UNLIKE_PIECE and other < _MORE_LIKE * own:
            found[piece] = 1
    return found


def _gaps(lab: Field, painted: Mask, backdrop: Field, cloth: Field) -> NDArray[np.uint8]:
    """Return what has the very color of the backdrop and another than the cloth: the tip of a gap
    beside an arm is narrower than edges are."""
    found = np.zeros(painted.shape, np.uint8)
    near = np.zeros(painted.shape, np.bool_)
    near[painted] = np.linalg.norm(lab[painted] - backdrop[painted], axis=1) < _SAME
    if near.any():
        found[near] = _nearest(lab[near], cloth) > _UNLIKE_BACKDROP
    return found


def _sized(image: NDArray[np.uint8] | Field, scale: float) -> NDArray[np.uint8]:
    """Return an image made smaller."""
    if scale == 1:
        return cast("NDArray[np.uint8]", image)
    made = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cast("NDArray[np.uint8]", made)


def _lab(image: NDArray[np.uint8] | Field) -> Field:
    """Return an image (sRGB 0 to 255) in CIELAB."""
    part = np.clip(image, 0, 255).astype(np.float32) / np.float32(255)
    return cast("Field", cv2.cvtColor(part, cv2.COLOR_RGB2LAB))


def _palette(lab: Field, parts: int) -> Field:
    """Return the colors (N×3 CIELAB) that some (M×3) gather about."""
    some = np.ascontiguousarray(lab[:: max(1, len(lab) // 4000)], np.float32)
    if len(some) <= parts:
        return some
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 15, 0.5)
    return cast("Field", cv2.kmeans(some, parts, None, until, 1, cv2.KMEANS_PP_CENTERS)[2])


def _dimmed(colors: Field) -> Field:
    """Return colors (N×3 CIELAB) in less and less light."""
    if not len(colors):
        return colors
    srgb = np.clip(cv2.cvtColor(colors[None], cv2.COLOR_LAB2RGB), 0, 1)
    lit = np.concatenate([srgb * light ** (1 / 2.2) for light in _LIGHTS], axis=1)
    return cast("Field", cv2.cvtColor(lit.astype(np.float32), cv2.COLOR_RGB2LAB)[0])


def _nearest(lab: Field, colors: Field) -> NDArray[np.float64]:
    """Return how far colors (N×3) are from the nearest of some."""
    return cast("NDArray[np.float64]", ciede2000(lab[:, None], colors[None]).min(axis=1))

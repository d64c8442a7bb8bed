"""Where a garment's mask ends though the photograph shows no edge: it was cut, not found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np

from sosie.core.silhouette import Field, Mask, Pixels, spread
from sosie.engines.atelier.garment import Garment
from sosie.engines.atelier.garment_edges import dilated, disc, eroded

_STEP, _STEP_OUTSIDE = 5.0, 3.0
"""CIELAB units from one side of an edge to the other, from which it is one: on the body, and before
the backdrop."""
_EVEN = 6.0
"""CIELAB units between neighbors up to which they are one piece."""
_MOST_MORE = 0.02
"""Share of the garment that a piece beyond such a border may have to be taken for more of it."""
_NARROW, _LONG = 4, 60
"""Half the width up to which something beside the outline is a strip, and how many of its pixels
touch either side; in pixels of a picture of 900×900."""
_KERNEL = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Border:
    """The longest line along which a mask ends without an edge of the photograph."""

    length: float
    """In pixels of a picture of 900×900; 0 if there is none."""
    at: tuple[float, float]
    """Its middle, over width and height."""
    lines: Mask
    """bool H×W: all such lines on the body."""


def unedged(plate: Pixels, share: Field, alpha: Field) -> Border:
    """This function will find where a mask ends though nothing ends there, on the body or before
    the backdrop.

    ``plate`` is uint8 H×W×3 sRGB, ``share`` (float32 H×W) the garment's part of each pixel, and
    ``alpha`` (float32 H×W) the person's. Either side's color is carried to the line from two
    pixels away. Before the backdrop a person is hardly seen sooner than on her body a garment is.
    """
    unit = max(1.0, share.size**0.5 / 900)
    painted, solid = (share > 0.5) & (alpha > 0.5), alpha >= 1
    inner, edge = eroded(painted, 2 * unit) & solid, dilated(painted, 1) & ~painted
    lab = _lab(plate)
    sides = (
        (edge & eroded(solid, 2 * unit), ~dilated(painted, 2 * unit) & solid, _STEP),
        (edge & (alpha < 0.5), alpha <= 0, _STEP_OUTSIDE),
    )
    found = [np.zeros(share.shape, np.bool_) for _ in sides]
    for lines, (line, outer, least) in zip(found, sides, strict=True):
        if inner.any() and outer.any() and line.any():
            step = spread(lab, inner)[line] - spread(lab, outer)[line]
            lines[line] = np.linalg.norm(step, axis=1) < least
    runs = dilated(found[0] | found[1], 1).astype(np.uint8)
    count, labels, _, middles = cv2.connectedComponentsWithStats(runs)
    lengths = np.bincount(labels[found[0] | found[1]], minlength=count)
    longest = int(lengths.argmax())
    x, y = middles[longest] / share.shape[::-1]
    length = float(lengths[longest] / unit)
    return Border(length, (float(x), float(y)) if length else (0.0, 0.0), found[0])


def completed(garment: Garment, plate: Pixels, alpha: Field, free: Mask) -> Garment:
    """This function will add to a garment what its mask left out beside an edge that is none.

    ``plate`` and ``alpha`` as for ``unedged``, ``free`` (bool H×W) is where more of it may be. Of
    cloth of some hue that is what is even beyond such a line, up to the photograph's edges. White,
    gray and black cloth has no color of its own to go by: of it, what lies narrow between the mask
    and the backdrop, and takes the light of an arm beside it.
    """
    painted = garment.share > 0.5
    if len(garment.others):
        lines = unedged(plate, garment.share, alpha).lines
        more = _beyond(plate, lines, free & ~painted & (alpha >= 1), _MOST_MORE * painted.sum())
        more = dilated(more, 2) if more.any() else more
    else:
        more = _strips(painted, alpha > 0.5)
    more &= ~painted & free & (alpha > 0)
    if not more.any():
        return garment
    part = cv2.GaussianBlur((more | painted).astype(np.float32), (0, 0), 0.6)
    part = np.where(alpha < 1, more | painted, part)  # toward the backdrop the edge is the matte's
    share = np.where(dilated(more, 2) & free, np.maximum(garment.share, part), garment.share)
    own = np.where((more & (garment.share < 0.97))[..., None], plate, garment.own)
    return replace(garment, share=share.astype(np.float32), own=own.astype(np.float32))


def _beyond(plate: Pixels, lines: Mask, where: Mask, most: float) -> Mask:
    """Return the small even pieces that lines touch."""
    if not lines.any():
        return lines
    lab = _lab(plate)
    steep = (cv2.dilate(lab, _KERNEL) - cv2.erode(lab, _KERNEL)).max(axis=2)
    even = (where & (steep < _EVEN)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(even, connectivity=4)
    beyond = [k for k in np.unique(labels[dilated(lines, 2)]) if k]
    return np.isin(labels, [k for k in beyond if stats[k, cv2.CC_STAT_AREA] < most])


def _strips(painted: Mask, body: Mask) -> Mask:
    """Return what of the body lies narrow and long between the mask and what is no body."""
    unit = max(1.0, body.size**0.5 / 900)
    rest = body & ~painted
    wide = cv2.morphologyEx(rest.astype(np.uint8), cv2.MORPH_OPEN, disc(round(_NARROW * unit))) > 0
    count, labels = cv2.connectedComponents((rest & ~dilated(wide, 1)).astype(np.uint8))
    beside = [
        np.bincount(labels[dilated(each, 2)], minlength=count) for each in (painted & body, ~body)
    ]
    long = np.min(beside, axis=0) >= _LONG * unit
    long[0] = False
    return np.asarray(long[labels])


def _lab(plate: Pixels) -> Field:
    part = cv2.GaussianBlur(plate, (0, 0), 0.7).astype(np.float32) / np.float32(255)
    return cast("Field", cv2.cvtColor(part, cv2.COLOR_RGB2LAB))

"""The edges of a worn garment at full size: how much of each pixel is cloth, and in which color."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Mask, spread

_DARKER, _MIXED = 25.0, 8.0
"""How much darker, of 255, a line along an edge is than what lies beyond it, and how near to a
mixture of cloth and line a pixel is then."""


def disc(radius: int) -> NDArray[np.uint8]:
    """This function will return a round kernel of so many pixels about its middle."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cast("NDArray[np.uint8]", kernel)


def dilated(mask: Mask, radius: float) -> Mask:
    """This function will grow a mask (bool H×W) by a radius in pixels."""
    return cast("Mask", cv2.dilate(mask.astype(np.uint8), disc(max(1, round(radius)))) > 0)


def eroded(mask: Mask, radius: float) -> Mask:
    """This function will shrink a mask (bool H×W) by a radius in pixels."""
    return cast("Mask", cv2.erode(mask.astype(np.uint8), disc(max(1, round(radius)))) > 0)


def away(mask: Mask) -> Field:
    """This function will return each pixel's distance to a mask (bool H×W), in pixels."""
    return cast("Field", cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3))


def solve(matte: Matte, lead: Field, skull: Mask) -> tuple[Field, Field, Mask]:
    """This function will solve the garment's part in the pixels along its edges.

    ``lead`` (float32 H×W) is above 0 where the garment is likelier than the rest, ``skull`` (bool
    H×W) where it cannot be. Returns the garment's share of the person (float32 H×W, 0 to 1), its
    own color (float32 H×W×3, sRGB 0 to 255), and its core (bool H×W), surely cloth. Toward the
    backdrop the edge is the matte's; only toward the body is it solved, between the cloth's color
    carried outward and the body's carried inward.
    """
    height, width = lead.shape
    share = np.zeros((height, width), np.float32)
    own = matte.colors.copy()
    core = np.zeros((height, width), np.bool_)
    unit = max(1.0, (height * width) ** 0.5 / 900)
    wide = dilated(lead > 0, 10 * unit)
    rows, columns = np.flatnonzero(wide.any(axis=1)), np.flatnonzero(wide.any(axis=0))
    if not rows.size:
        return share, own, core
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image, alpha, prior = matte.colors[window], matte.alpha[window], lead[window]
    solid, free = alpha >= 1, ~skull[window]
    within = _redraw(image, alpha, prior, unit) & free
    reach, beyond = max(2, round(2 * unit)), round(3.5 * unit)
    inner = eroded(within & solid, reach)
    mine = spread(image, inner)
    outer = eroded(~within & solid, beyond)
    theirs = spread(image, outer)
    span, part, power, off = _mixed(image, mine, theirs)
    # A dark line along the edge is neither: there a pixel is mixed of cloth and the line.
    line = np.where(within[..., None], np.float32(255), image)
    line = cv2.erode(line, disc(max(2, round(2 * unit))))
    lined = _mixed(image, mine, line)
    dark = (lined[3] < np.minimum(off - 4, _MIXED)) & ((theirs - line).min(axis=2) > _DARKER)
    part, power, off = (
        np.where(dark, *both) for both in zip(lined[1:], (part, power, off), strict=True)
    )
    span, theirs = (np.where(dark[..., None], *both) for both in ((lined[0], span), (line, theirs)))
    outline = cv2.GaussianBlur(within.astype(np.float32), (0, 0), 0.8 * unit)
    outline = np.clip((outline - 0.2) / 0.6, 0, 1)
    trust = np.clip((power - 600) / 3000, 0, 1) * np.clip(1.6 - off / 16, 0, 1)
    # From one pixel to the next the edge trusts its colors alike, or it frays.
    trust = cv2.GaussianBlur(trust, (0, 0), unit)
    solved = np.clip((part - 0.06) / 0.86, 0, 1) * trust + outline * (1 - trust)
    to_outer, to_inner = away(outer), away(inner)
    beside = (to_outer < beyond + 2 * unit) & (to_inner < beyond + 2 * unit)
    hard = within | (~solid & (to_inner <= to_outer + beyond - reach))
    solved = np.where(beside & solid, solved, hard.astype(np.float32))
    # What the body's colors claim outright, a highlight on skin, is no mixture.
    claimed = np.clip((away(within) / unit - 1) / 2, 0, 1) * np.clip(-prior - 2.2, 0, 1)
    solved *= 1 - claimed
    solved[(alpha <= 0) | ~free | (to_inner > 8 * unit) & ~within] = 0
    solved = cv2.morphologyEx(solved.astype(np.float32), cv2.MORPH_CLOSE, disc(1))
    solved[(solved < 0.02) | ~free] = 0
    share[window] = solved
    own[window] = _own(image, mine, theirs + solved[..., None] * span, solved)
    core[window] = inner
    return share, own, core


def _mixed(image: Field, mine: Field, theirs: Field) -> tuple[Field, Field, Field, Field]:
    """Take each pixel as mixed of two colors: their difference, the first one's part, the square
    of the difference, and how far it is from being mixed of them."""
    span = mine - theirs
    power = cv2.transform(span * span, np.ones((1, 3), np.float32))
    part = cv2.transform((image - theirs) * span, np.ones((1, 3), np.float32))
    part /= np.maximum(power, 1.0)
    rest = image - theirs - part[..., None] * span
    off = np.sqrt(cv2.transform(rest * rest, np.ones((1, 3), np.float32)))
    return span, part, power, off


def _own(image: Field, mine: Field, mixed: Field, share: Field) -> Field:
    """Return the cloth's own color, as dark at its edges as the photograph is there.

    A dark line between cloth and skin is shade on both: the cloth there is darker too.
    """
    ratio = np.clip(image.sum(axis=2) / np.maximum(mixed.sum(axis=2), 1.0), 0.05, 1.3)
    shaded = np.minimum(mine * ratio[..., None], 255)
    return cast("Field", np.where((share >= 0.97)[..., None], image, shaded))


def _redraw(image: Field, alpha: Field, prior: Field, unit: float) -> Mask:
    """Redraw the garment's edge at full size: each pixel near it goes with whom it resembles."""
    mask, solid = prior > 0, alpha >= 1
    inner = eroded(mask & solid, 4 * unit)
    outer = eroded(~mask & solid, 7 * unit)
    if not inner.any() or not outer.any():
        return mask
    lab = cv2.cvtColor(np.clip(image, 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)
    lab[..., 0] *= 0.6
    one = np.ones((1, 3), np.float32)
    mine = cv2.transform((lab - spread(lab, inner)) ** 2, one)
    theirs = cv2.transform((lab - spread(lab, outer)) ** 2, one)
    alike = np.clip(np.log((theirs + 6) / (mine + 6)), -2, 2)
    # A thin line of old color is seen sooner than a thin line of new: doubt goes to the cloth.
    lead = 0.7 * alike + 0.3 * prior + 0.2
    lead = cv2.GaussianBlur(lead.astype(np.float32), (0, 0), 0.9 * unit)
    distance = away(mask)
    near = (lead > 0) & (distance <= 7 * unit) & (alpha > 0.5)
    # A corner that an arm cuts off tapers beyond that reach, in the very color of the cloth.
    tips = (alike > 1.2) & (distance <= 18 * unit) & (alpha > 0.5) | near
    drawn = cv2.morphologyEx((tips | inner).astype(np.uint8), cv2.MORPH_OPEN, disc(1))
    _, labels = cv2.connectedComponents(drawn)
    joined = np.unique(labels[mask & (drawn > 0)])
    return cast("Mask", (drawn > 0) & np.isin(labels, joined[joined > 0]))

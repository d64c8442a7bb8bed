"""What a garment's mask leaves of its own color: between fingers, behind an arm, along a hem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, Pixels, spread
from sosie.engines.atelier.colour import ciede2000
from sosie.engines.atelier.garment_edges import dilated

_SURE = 5.0
"""Lead of the garment's energy, no place regarded, from which a pixel is surely its cloth."""
_SPOT = 3
"""Pixels of a picture of 900×900 from which a patch is no grain."""
_LIKE, _UNLIKE = 8.0, 14.0
"""CIEDE2000 within which something has the old color, and from which it has not another."""
_CHANGED = 10
"""Steps of sRGB from which a pixel was given another color."""
_RIM_UNLIKE, _RIM_CHANGED = 7.0, 40
"""The same beside the garment, where its cloth has light from skin on it and edges are mixed."""
_LIGHTS = (1.0, 0.75, 0.5, 0.3)
"""Shares of the light in which a color is looked for."""


@dataclass(frozen=True, slots=True)
class Remains:
    """The largest patch that still has the old color."""

    area: float
    """In pixels of a picture of 900×900; 0 if there is none."""
    at: tuple[float, float]
    """Its middle, over width and height."""


def added(
    colors: Field, share: Field, own: Field, *, free: Mask, lead: Callable[[Field], Field]
) -> tuple[Field, Field]:
    """This function will add to a garment the slivers that its mask left out: what no place but
    its color tells to be cloth.

    ``colors`` and ``own`` are float32 H×W×3 (sRGB 0 to 255), of the person and of the garment
    alone, ``share`` (float32 H×W) is the garment's part, ``free`` (bool H×W) where more of it may
    be, and ``lead`` says by how much it is likelier than the rest for colors of CIELAB (float32
    1×N×3 to 1×N). Returns share and own color anew.
    """
    rows, columns = np.flatnonzero(free.any(axis=1)), np.flatnonzero(free.any(axis=0))
    if not rows.size:
        return share, own
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image, asked, before = colors[window], free[window], share[window]
    found = np.zeros(asked.shape, np.float32)
    some, at = few(cv2.GaussianBlur(image, (0, 0), 0.7)[asked])
    found[asked] = lead(lab_of(some)[None])[0][at]
    seen = _patches((found > _SURE) & (before < 0.5), share.size)
    if not seen.any():
        return share, own
    # At its edge a pixel is mixed of the sliver and what lies beside it.
    reach = round(1.5 * max(1.0, share.size**0.5 / 900))
    rim = dilated(seen, reach)
    mine, theirs = spread(image, seen), spread(image, ~rim & (before < 0.1))
    span = mine - theirs
    mixed = ((image - theirs) * span).sum(axis=2) / np.maximum((span**2).sum(axis=2), 1.0)
    part = np.where(seen, np.float32(1), np.clip(mixed, 0, 1) * rim)
    part = cv2.GaussianBlur(part.astype(np.float32), (0, 0), 0.4 * reach)
    more = asked & (part > before)
    share, own = share.copy(), own.copy()
    share[window][more] = part[more]
    own[window][more] = np.where(seen[..., None], image, mine)[more]
    return share, own


def remains(
    plate: Pixels,
    finished: Pixels,
    asked: Mask,
    *,
    own: NDArray[np.float64],
    others: NDArray[np.float64],
    rim: bool = False,
) -> Remains:
    """This function will measure what a finished picture still shows of the old color.

    ``plate`` and ``finished`` are uint8 H×W×3 sRGB, ``asked`` (bool H×W) where is looked; ``own``
    and ``others`` (float64 N×3 CIELAB, one at least) the old garment's colors, and those of skin,
    hair and other clothes. A pixel remains that was not changed, is within 8 CIEDE2000 of an own
    color in some light, and at least 14 and twice as far from every other. In the ``rim`` beside
    the garment it may be changed a little, and is less than twice as far from an own color as from
    every other, of which none is within 7.
    """
    if not asked.any():
        return Remains(0.0, (0.0, 0.0))
    off = np.abs(plate[asked].astype(np.int16) - finished[asked]).max(axis=1)
    some, at = few(finished[asked].astype(np.float32))
    lab = lab_of(some)
    like, unlike = (_nearest(lab, each) for each in (own, others))
    seen = np.zeros(asked.shape, bool)
    if rim:
        old = (unlike > _RIM_UNLIKE) & (like < 2 * unlike)
    else:
        old = (like < _LIKE) & (unlike > _UNLIKE) & (like < unlike / 2)
    seen[asked] = old[at] & (off < (_RIM_CHANGED if rim else _CHANGED))
    found = _patches(seen, asked.size).astype(np.uint8)
    _, _, stats, middles = cv2.connectedComponentsWithStats(found)
    if len(stats) == 1:
        return Remains(0.0, (0.0, 0.0))
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    unit = max(1.0, asked.size**0.5 / 900)
    x, y = middles[largest] / asked.shape[::-1]
    return Remains(float(stats[largest, cv2.CC_STAT_AREA] / unit**2), (float(x), float(y)))


def _nearest(lab: Field, colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far colors (N×3) are from the nearest of some, in any light."""
    srgb = cv2.cvtColor(colors.astype(np.float32)[None], cv2.COLOR_LAB2RGB)
    dimmed = np.concatenate([np.clip(srgb, 0, 1) * light ** (1 / 2.2) for light in _LIGHTS], axis=1)
    known = cv2.cvtColor(dimmed.astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return cast("NDArray[np.float64]", ciede2000(lab[:, None], known[None]).min(axis=1))


def _patches(seen: Mask, size: int) -> Mask:
    """Keep what is neither grain in a picture of so many pixels nor the line of an edge."""
    wide = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    seen = seen & dilated(wide, 2)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] >= _SPOT * max(1.0, size / 900**2)
    large[0] = False
    return cast("Mask", large[labels])


def few(colors: Field) -> tuple[Field, NDArray[np.intp]]:
    """This function will return the colors (sRGB 0 to 255) in steps of four, each once, and which
    is whose."""
    steps = np.clip(colors, 0, 255).astype(np.int64) >> 2
    keys, at = np.unique(steps @ np.array([4096, 64, 1]), return_inverse=True)
    once = np.stack([keys >> 12, (keys >> 6) & 63, keys & 63], axis=1)
    return cast("Field", once.astype(np.float32) * 4 + 2), at.ravel()


def lab_of(colors: Field) -> Field:
    """This function will return sRGB colors (0 to 255, N×3) in CIELAB."""
    return cast("Field", cv2.cvtColor(colors[None] / np.float32(255), cv2.COLOR_RGB2LAB)[0])

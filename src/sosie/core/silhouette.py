"""The person in a studio photograph: the backdrop is modelled, what it cannot explain is her."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Field = NDArray[np.float32]

WORKING_PIXELS = 600_000
"""The model and the mask are found at this size; the contour is then read between its pixels."""

_WEIGHTS = (0.6, 1.6, 1.6, 0.0)
"""Of lightness, a and b in a distance."""
_STEEP = 0.5
"""CIELAB units a working pixel: backdrops, and shadows on them, change more slowly than that."""
_SHADOW_DEPTH = 0.42
_LARGE = 0.12
"""Share of the largest figure's area from which another shape counts as a figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One separate large shape in front of the backdrop."""

    area: float
    """Share of the frame, 0 to 1."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the photograph."""


@dataclass(frozen=True, slots=True)
class Silhouette:
    """What is person and what is backdrop in one photograph."""

    mask: Mask
    """bool H×W: the largest figure."""
    backdrop: Field
    """float32 H×W×3, sRGB 0 to 255: the backdrop as it would look behind her."""
    figures: tuple[Figure, ...]
    """Separate large figures, the largest first."""
    plain: float
    """How plain the backdrop is, 0 (a street) to 1 (seamless paper)."""
    noise: float
    """Standard deviation of the backdrop about its model, in sRGB steps."""
    known: Mask | None = None
    """bool H×W: what was known beforehand to be person."""


def person(pixels: Pixels, certain: Mask | None = None) -> Silhouette:
    """This function will find the person in front of a plain backdrop.

    ``pixels`` is uint8 H×W×3 sRGB; ``certain`` (bool H×W) marks what is known to be person,
    whatever its color. A quadratic surface is fitted to the border strips by reweighted least
    squares, so that limbs and shadows on the border are outliers. From the border the backdrop
    then grows through everything that is smooth and of its hue: so a cast shadow, which changes
    slowly, is backdrop and a garment, which has an edge, is not. Raises ``ValueError`` for an
    array of another shape or type, or smaller than 32×32.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("`pixels`: uint8 H×W×3 is needed")
    height, width = pixels.shape[:2]
    if min(height, width) < 32:
        raise ValueError("`pixels`: at least 32×32 is needed")
    shrink = min(1.0, (WORKING_PIXELS / (height * width)) ** 0.5)
    size = (max(32, round(width * shrink)), max(32, round(height * shrink)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    known = None
    if certain is not None:
        known = cv2.resize(certain.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    lab = _lab(small)
    surface, border = _surface(lab)
    # In a picture smaller than that the same shadow is steeper.
    steep = _steepness(lab) / min(2.0, max(1.0, (WORKING_PIXELS / (size[0] * size[1])) ** 0.5))
    ground = _grow(lab, surface, steep, border, known)
    ground = _tighten(lab, ground, known)
    ground = _drop_floor_shadows(lab, ground, steep, known)
    ground = _tighten(lab, _open_gaps(lab, surface, ground, steep, known), known)
    figure = _opened(~ground)
    soft, local = _contour(small, figure, known)
    keep, figures = _figures(soft > 0.5, (width / size[0], height / size[1]))
    soft = np.where(_dilate(keep, 2), soft, np.float32(0))
    plain = _plain(lab, surface, steep, ~_dilate(keep, 5))
    behind = ~_dilate(keep, 6)
    rest = (small.astype(np.float32) - local)[behind]
    noise = float(1.4826 * np.median(np.abs(rest))) if rest.size else 0.0
    if size != (width, height):
        soft = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
        local = cv2.resize(local, (width, height), interpolation=cv2.INTER_LINEAR)
    return Silhouette(soft > 0.5, local, figures, plain, max(noise, 0.3), certain)


def spread(values: Field, known: Mask) -> Field:
    """This function will fill an image smoothly from where it is known.

    ``values`` is float32 H×W×C with C at most 4, ``known`` bool H×W. Returns float32 H×W×C:
    the values themselves where known, near them their local mean, far from them ever wider
    means. Pull-push interpolation: Gortler et al., The Lumigraph, SIGGRAPH 1996.
    """
    seeds = known.astype(np.uint8)
    levels = [(cv2.copyTo(values, seeds), known.astype(np.float32))]
    while min(levels[-1][1].shape) > 2:
        total, weight = cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])
        # A few known pixels outweigh the wider mean, which may be of something else.
        more = np.minimum(1.0, 4.0 * weight) / np.maximum(weight, 1e-6)
        levels.append((_with_axis(total) * more[..., None], weight * more))
    total, weight = levels[-1]
    some = np.maximum(weight, 1e-6)[..., None]
    filled = cast("Field", np.divide(_with_axis(total), some, dtype=np.float32))
    for total, weight in reversed(levels[1:-1]):
        above = _with_axis(cv2.pyrUp(filled, dstsize=(weight.shape[1], weight.shape[0])))
        own: Field = _with_axis(total) - above * weight[..., None]
        # Where less than all is known, the rest comes from the wider means.
        whole = np.maximum(weight, np.float32(1))[..., None]
        filled = np.add(above, own / whole, dtype=np.float32)
    height, width = known.shape
    if len(levels) > 1:
        filled = _with_axis(cv2.pyrUp(filled, dstsize=(width, height)))
    return _with_axis(cv2.copyTo(values, seeds, np.ascontiguousarray(filled)))


def _with_axis(values: Field) -> Field:
    return values if values.ndim == 3 else values[..., None]


def _length(vectors: Field) -> Field:
    """Return the lengths of the vectors along the last axis."""
    return cast("Field", np.sqrt(np.einsum("ijk,ijk->ij", vectors, vectors)))


def _lab(pixels: Pixels) -> Field:
    return cast("Field", cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _disc(radius: int) -> NDArray[np.uint8]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cast("NDArray[np.uint8]", kernel)


def _dilate(mask: Mask, radius: int) -> Mask:
    return cast("Mask", cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0)


def _erode(mask: Mask, radius: int) -> Mask:
    """Shrink a mask; what lies beyond the frame counts as inside."""
    return cast("Mask", cv2.erode(mask.astype(np.uint8), _disc(radius)) > 0)


def _distance(lab: Field, other: Field) -> Field:
    """CIELAB distance in which hue counts more than lightness, as shadows change the latter."""
    return _length(cv2.multiply(cv2.subtract(lab, other), _WEIGHTS))


def _surface(lab: Field) -> tuple[Field, Mask]:
    """Fit a quadratic surface to the border; return it and the border pixels that agree."""
    height, width = lab.shape[:2]
    strip = max(4, width // 45)
    ring = np.zeros((height, width), np.bool_)
    ring[:strip] = ring[:, :strip] = ring[:, -strip:] = True
    floor = np.zeros_like(ring)
    floor[-strip:] = ~ring[-strip:]
    at = np.flatnonzero(ring)[::7]
    seen = lab.reshape(-1, 3)[at]
    terms = _terms(at // width / height, at % width / width)
    start = np.linalg.norm(seen - np.median(seen, axis=0), axis=1)
    weights = 1 / (1 + (start / 8) ** 2)
    for _ in range(10):
        bent, *_rest = np.linalg.lstsq(
            terms * weights[:, None], seen * weights[:, None], rcond=None
        )
        miss = np.linalg.norm(terms @ bent - seen, axis=1)
        scale = max(1.5, 1.4826 * float(np.median(miss)))
        weights = np.sqrt(1 / (1 + (miss / (1.5 * scale)) ** 2))
    coarse = (-(-height // 8), -(-width // 8))
    down, across = np.mgrid[0 : coarse[0], 0 : coarse[1]]
    grid = _terms((down + 0.5) / coarse[0], (across + 0.5) / coarse[1]) @ bent
    fitted = grid.reshape(*coarse, 3).astype(np.float32)
    fitted = cv2.resize(fitted, (width, height), interpolation=cv2.INTER_CUBIC)
    close = _distance(lab, fitted) < max(7.0, 4 * scale)
    return fitted, (ring | floor) & close


def _terms(down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float64]:
    down, across = down.ravel(), across.ravel()
    one = np.ones_like(down)
    return np.stack([one, across, down, across**2, down**2, across * down], axis=1)


def _steepness(lab: Field) -> Field:
    """Gradient of color in CIELAB units a pixel, after a light blur."""
    soft = cv2.GaussianBlur(lab, (0, 0), 1.3)
    right = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    stretch = (1.0, 1.225, 1.225, 0.0)
    return cast(
        "Field",
        np.hypot(_length(cv2.multiply(right, stretch)), _length(cv2.multiply(down, stretch))),
    )


def _hue_of_backdrop(lab: Field, local: Field, chroma: float) -> Mask:
    """True where a color is the backdrop's, lit or in shadow."""
    soft = cv2.GaussianBlur(lab, (0, 0), 1.0)
    ratio = soft[..., 0] / np.maximum(local[..., 0], 1.0)
    # In shadow the chroma shrinks along with the light.
    away = soft[..., 1:] - local[..., 1:] * np.clip(ratio, 0.3, 1.0)[..., None]
    near = np.hypot(away[..., 0], away[..., 1]) < chroma
    return cast("Mask", near & (ratio > _SHADOW_DEPTH) & (ratio < 1.12))


def _grow(lab: Field, surface: Field, steep: Field, border: Mask, known: Mask | None) -> Mask:
    """Grow the backdrop from the border through all that is smooth and of its hue."""
    calm = float(np.median(steep[border])) if border.any() else 0.3
    smooth = (steep < max(_STEEP, 4.0 * calm)) & _hue_of_backdrop(lab, surface, 9.0)
    if known is not None:
        smooth &= ~known
    return _reach(smooth, border, 3)


def _reach(free: Mask, seeds: Mask, radius: int) -> Mask:
    """Return what a disc can reach through the free area from the seeds, without squeezing."""
    core = _erode(free, radius)
    count, labels = cv2.connectedComponents(core.astype(np.uint8), connectivity=4)
    hit = np.zeros(count, bool)
    hit[np.unique(labels[seeds & core])] = True
    hit[0] = False
    return _dilate(hit[labels], radius) & free


def _tighten(lab: Field, ground: Mask, known: Mask | None) -> Mask:
    """Move the backdrop's front up to the person's edge, against a local model of it."""
    blurred = cv2.GaussianBlur(lab, (0, 0), 0.7)
    most = max(1.6, 2.5 * _grain(lab, ground))
    for _ in range(2):
        alike = _distance(blurred, spread(lab, ground)) < most
        if known is not None:
            alike &= ~known
        ground = ground | _opened(_dilate(ground, 5) & alike)
    return ground


def _drop_floor_shadows(lab: Field, ground: Mask, steep: Field, known: Mask | None) -> Mask:
    """Give the contact shadows at the feet, which have edges, back to the backdrop."""
    rows = np.flatnonzero((~ground).sum(axis=1) > 0.02 * ground.shape[1])
    if not rows.size or rows[-1] >= ground.shape[0] - 2:
        return ground  # no feet in frame
    local = spread(lab, ground)
    free = _hue_of_backdrop(lab, local, 5.0) & (steep < 0.9) & (lab[..., 0] < local[..., 0])
    free[: int(rows[0] + 0.9 * (rows[-1] - rows[0]))] = False
    if known is not None:
        free &= ~known
    return ground | _reach(free | ground, ground, 3)


def _open_gaps(lab: Field, surface: Field, ground: Mask, steep: Field, known: Mask | None) -> Mask:
    """Give the backdrop what shows between the limbs, and shadows cast apart from the figure.

    Wide gaps first, then narrow ones, then slits in which nothing but the color is left; the
    wider ones show how the backdrop looks inside the narrower.
    """
    blurred = cv2.GaussianBlur(lab, (0, 0), 0.7)
    calm = _grain(lab, ground)
    for radius in (2, 1, 0):
        local = spread(lab, _erode(ground, 3 if radius else 1))
        apart = _distance(lab, local)
        lit = np.maximum(local[..., 0], np.minimum(surface[..., 0], local[..., 0] + 8))
        like = _hue_of_backdrop(lab, local, 5.0) & (lab[..., 0] < lit + 7)
        if known is not None:
            like &= ~known
        if radius:
            core = _erode(~ground & like & (steep < 0.8), radius)
        else:
            alike = _distance(blurred, nearest(blurred, ground)) < max(2.2, 2.5 * calm)
            alike |= _distance(blurred, local) < max(2.4, 2.5 * calm)
            core = _opened(~ground & like & alike & (steep < 4))
        ground = _open_pieces(
            lab, ground, core, apart, steep, like=like, calm=calm, wall=0.36 if radius else 0.5
        )
    pocket = like & (steep < 0.7) & (apart < max(2.4, 2.5 * calm))
    return ground | _reach(pocket | ground, ground, 1)


def _grain(lab: Field, ground: Mask) -> float:
    """Return how far a backdrop pixel lies from its surroundings, in weighted CIELAB units."""
    if not ground.any():
        return 1.0
    apart = _distance(lab, cv2.GaussianBlur(lab, (0, 0), 2.0))
    return float(np.median(apart[::3, ::3][ground[::3, ::3]]))


def nearest(values: Field, known: Mask) -> Field:
    """This function will return for each pixel the values of the nearest known one.

    ``values`` is H×W×C, ``known`` bool H×W with at least one true pixel. Returns H×W×C.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    at = np.zeros(int(labels.max()) + 1, np.intp)
    at[labels[known]] = np.flatnonzero(known)
    return cast("Field", values.reshape(-1, values.shape[2])[at[labels]])


def _open_pieces(
    lab: Field,
    ground: Mask,
    core: Mask,
    apart: Field,
    steep: Field,
    *,
    like: Mask,
    calm: float,
    wall: float,
) -> Mask:
    """Return the backdrop with each credible piece of the core added, on to its walls."""
    ground = ground.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core.astype(np.uint8))
    area = int((~ground).sum())
    for index in range(1, count):
        share = stats[index, cv2.CC_STAT_AREA] / max(area, 1)
        if not 6e-5 < share < 0.1:
            continue
        x, y, w, h = (int(value) for value in stats[index, :4])
        window = np.s_[max(0, y - 90) : y + h + 90, max(0, x - 90) : x + w + 90]
        piece = labels[window] == index
        near = steep[window]
        if _is_backdrop(
            piece, ground[window], apart[window], near, calm=calm, share=share, wall=wall
        ):
            tone = np.median(lab[window][piece], axis=0)
            same = np.abs(lab[window] - tone).max(axis=2) < 3.5
            free = like[window] & same & (near < 1.8)
            ground[window] |= _reach(free | piece, piece, 1) | piece
    return ground


def _opened(mask: Mask) -> Mask:
    """Drop what is thinner than three pixels."""
    return cast("Mask", cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(1)) > 0)


def _is_backdrop(
    piece: Mask, ground: Mask, apart: Field, steep: Field, *, calm: float, share: float, wall: float
) -> bool:
    """Return whether a smooth patch of the backdrop's hue inside the figure is backdrop.

    A fold of a garment that looks like the backdrop has its like around it; a gap between
    limbs is walled by something else on a good part of its rim; a cast shadow lies in the
    backdrop and has soft edges.
    """
    gap = float(np.median(apart[piece]))
    rim = _dilate(piece, 8) & ~_dilate(piece, 4)
    walled = float((apart[rim] > max(9.0, gap + 6)).mean())
    fenced = float((steep[_dilate(piece, 6) & ~piece] > 1.2).mean())
    limit = 12.0 if share < 0.03 else max(5.0, 3 * calm)
    if gap < limit and walled > wall and fenced > 0.3:
        return True
    return float(ground[rim].mean()) > 0.45 and fenced < 0.25


def _contour(small: Pixels, figure: Mask, known: Mask | None) -> tuple[Field, Field]:
    """Read the contour between pixels; return a soft mask and the backdrop (sRGB 0 to 255)."""
    image = small.astype(np.float32)
    local = _smooth_backdrop(image, ~_dilate(figure, 5))
    deep = _erode(figure, 4)
    near = spread(image, deep)
    span = near - local
    power = np.einsum("ijk,ijk->ij", span, span)
    share = np.einsum("ijk,ijk->ij", image - local, span) / np.maximum(power, 1.0)
    hard = cv2.GaussianBlur(figure.astype(np.float32), (0, 0), 1.0)
    trust = np.clip((power - 150) / 1200, 0, 1)
    soft = np.clip(share, 0, 1) * trust + hard * (1 - trust)
    soft = np.where(deep, 1, np.where(_dilate(figure, 2), soft, 0)).astype(np.float32)
    if known is not None:
        soft = np.maximum(soft, known.astype(np.float32))
    return cast("Field", cv2.GaussianBlur(soft, (0, 0), 0.6)), local


def _smooth_backdrop(image: Field, known: Mask) -> Field:
    """Return the backdrop without grain and without the strands that cross it."""
    weight = known.astype(np.float32)
    wide = _mean(image, weight, 7.0)
    apart = _length(image - wide)
    usual = float(np.median(apart[known])) if known.any() else 1.0
    stray = _dilate(known & (apart > 7 + 3 * usual), 1)
    weight[stray] = 0
    return spread(_mean(image, weight, 3.0), known & ~stray)


def _mean(image: Field, weight: Field, sigma: float) -> Field:
    """Return the local mean of the weighted pixels."""
    total = cv2.GaussianBlur(image * weight[..., None], (0, 0), sigma)
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    return cast("Field", total / np.maximum(share, 1e-4)[..., None])


def _figures(mask: Mask, scale: tuple[float, float]) -> tuple[Mask, tuple[Figure, ...]]:
    """Return the largest figure with the small pieces that belong to it, and all large figures."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros_like(mask), ()
    order = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
    largest = int(stats[order[0], cv2.CC_STAT_AREA])
    left, top, wide, tall = (int(value) for value in stats[order[0], :4])
    figures, keep = [], labels == order[0]
    for index in order:
        area = int(stats[index, cv2.CC_STAT_AREA])
        x, y, w, h = (int(value) for value in stats[index, :4])
        if area >= _LARGE * largest and area >= 0.002 * mask.size:
            box = (x * scale[0], y * scale[1], (x + w) * scale[0], (y + h) * scale[1])
            corners = (round(box[0]), round(box[1]), round(box[2]), round(box[3]))
            figures.append(Figure(area / mask.size, corners))
        elif area >= 0.0008 * largest and (
            left - 2 <= x + w / 2 <= left + wide + 2 and top - 2 <= y + h / 2 <= top + tall + 2
        ):
            keep |= labels == index
    return keep, tuple(figures)


def _plain(lab: Field, surface: Field, steep: Field, behind: Mask) -> float:
    """Return the share of the backdrop, and of the upper border, that is smooth and of one hue."""
    fits = _hue_of_backdrop(lab, surface, 9.0) & (steep < 2.0)
    strip = max(4, fits.shape[1] // 45)
    ring = np.zeros_like(fits)
    ring[:strip] = ring[:, :strip] = ring[:, -strip:] = True
    inner = float(fits[behind].mean()) if behind.sum() > 0.02 * behind.size else 0.0
    return float(np.clip(fits[ring].mean(), 0, 1)) * inner

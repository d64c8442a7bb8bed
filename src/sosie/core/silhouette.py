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

_CHROMA_WEIGHT = 1.6
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
    steep = _steepness(lab)
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
    return Silhouette(soft > 0.5, local, figures, plain, max(noise, 0.3))


def spread(values: Field, weight: Field) -> Field:
    """This function will fill an image smoothly from where it is known.

    ``values`` is float32 H×W×C, ``weight`` float32 H×W from 0 (unknown) to 1. Returns float32
    H×W×C: near known values their local mean, far from them ever wider means. Pull-push
    interpolation: Gortler et al., The Lumigraph, SIGGRAPH 1996.
    """
    level = np.concatenate([values * weight[..., None], weight[..., None]], axis=2)
    stack = [level]
    while min(level.shape[:2]) > 2:
        level = cv2.pyrDown(level)
        stack.append(level)
    total = stack[-1]
    filled = total[..., :-1] / np.maximum(total[..., -1:], 1e-6)
    for level in reversed(stack[:-1]):
        above = cv2.pyrUp(filled, dstsize=(level.shape[1], level.shape[0]))
        if above.ndim == 2:
            above = above[..., None]
        share = np.minimum(level[..., -1:], 1.0)
        own = level[..., :-1] / np.maximum(level[..., -1:], 1e-6)
        filled = above + (own - above) * share
    return cast("Field", filled.astype(np.float32, copy=False))


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
    apart = lab - other
    lightness, chroma = 0.6 * apart[..., 0], _CHROMA_WEIGHT * apart[..., 1:]
    return cast("Field", np.sqrt(lightness**2 + (chroma**2).sum(-1)))


def _surface(lab: Field) -> tuple[Field, Mask]:
    """Fit a quadratic surface to the border; return it and the border pixels that agree."""
    height, width = lab.shape[:2]
    strip = max(4, width // 45)
    rows, columns = np.mgrid[0:height, 0:width]
    ring = (rows < strip) | (columns < strip) | (columns >= width - strip)
    floor = (rows >= height - strip) & ~ring
    terms = _terms(rows / height, columns / width)
    at = np.flatnonzero(ring)[::7]
    seen = lab.reshape(-1, 3)[at]
    start = np.linalg.norm(seen - np.median(seen, axis=0), axis=1)
    weights = 1 / (1 + (start / 8) ** 2)
    for _ in range(10):
        bent, *_rest = np.linalg.lstsq(
            terms[at] * weights[:, None], seen * weights[:, None], rcond=None
        )
        miss = np.linalg.norm(terms[at] @ bent - seen, axis=1)
        scale = max(1.5, 1.4826 * float(np.median(miss)))
        weights = np.sqrt(1 / (1 + (miss / (1.5 * scale)) ** 2))
    fitted = (terms @ bent).reshape(height, width, 3).astype(np.float32)
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
    power = right**2 + down**2
    return cast("Field", np.sqrt(power[..., 0] + 1.5 * (power[..., 1] + power[..., 2])))


def _hue_of_backdrop(lab: Field, local: Field, chroma: float) -> Mask:
    """True where a color is the backdrop's, lit or in shadow."""
    soft = cv2.GaussianBlur(lab, (0, 0), 1.0)
    ratio = soft[..., 0] / np.maximum(local[..., 0], 1.0)
    # In shadow the chroma shrinks along with the light.
    away = soft[..., 1:] - local[..., 1:] * np.clip(ratio, 0.3, 1.0)[..., None]
    near = np.sqrt((away**2).sum(-1)) < chroma
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
    for _ in range(2):
        local = spread(lab, ground.astype(np.float32))
        rest = _distance(cv2.GaussianBlur(lab, (0, 0), 0.7), local)
        spreadness = float(np.median(rest[ground])) if ground.any() else 1.0
        alike = rest < max(1.6, 4.0 * spreadness)
        if known is not None:
            alike &= ~known
        near = _dilate(ground, 5) & alike
        ground = ground | _opened(near)
    return ground


def _drop_floor_shadows(lab: Field, ground: Mask, steep: Field, known: Mask | None) -> Mask:
    """Give the contact shadows at the feet, which have edges, back to the backdrop."""
    rows = np.flatnonzero((~ground).sum(axis=1) > 0.02 * ground.shape[1])
    if not rows.size or rows[-1] >= ground.shape[0] - 2:
        return ground  # no feet in frame
    local = spread(lab, ground.astype(np.float32))
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
    for radius in (2, 1, 0):
        local = spread(lab, _erode(ground, 3 if radius else 1).astype(np.float32))
        apart = _distance(lab, local)
        calm = float(np.median(apart[ground])) if ground.any() else 1.0
        lit = np.maximum(local[..., 0], np.minimum(surface[..., 0], local[..., 0] + 8))
        like = _hue_of_backdrop(lab, local, 5.0) & (lab[..., 0] < lit + 7)
        if known is not None:
            like &= ~known
        if radius:
            core = _erode(~ground & like & (steep < 0.8), radius)
        else:
            alike = _distance(blurred, local) < max(2.8, 3.5 * calm)
            core = _opened(~ground & like & alike & (steep < 4))
        ground = _open_pieces(lab, ground, core, apart, steep, like=like, calm=calm)
    pocket = like & (steep < 0.7) & (apart < max(3.0, 4 * calm))
    return ground | _reach(pocket | ground, ground, 1)


def _open_pieces(
    lab: Field, ground: Mask, core: Mask, apart: Field, steep: Field, *, like: Mask, calm: float
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
        if _is_backdrop(piece, ground[window], apart[window], near, calm=calm, share=share):
            tone = np.median(lab[window][piece], axis=0)
            same = np.abs(lab[window] - tone).max(axis=2) < 3.5
            free = like[window] & same & (near < 1.8)
            ground[window] |= _reach(free | piece, piece, 1) | piece
    return ground


def _opened(mask: Mask) -> Mask:
    """Drop what is thinner than three pixels."""
    return cast("Mask", cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(1)) > 0)


def _is_backdrop(
    piece: Mask, ground: Mask, apart: Field, steep: Field, *, calm: float, share: float
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
    limit = 12.0 if share < 0.03 else max(5.0, 5 * calm)
    if gap < limit and walled > 0.36 and fenced > 0.3:
        return True
    return float(ground[rim].mean()) > 0.45 and fenced < 0.25


def _contour(small: Pixels, figure: Mask, known: Mask | None) -> tuple[Field, Field]:
    """Read the contour between pixels; return a soft mask and the backdrop (sRGB 0 to 255)."""
    image = small.astype(np.float32)
    local = spread(image, (~_dilate(figure, 4)).astype(np.float32))
    deep = _erode(figure, 4)
    near = spread(image, deep.astype(np.float32))
    span = near - local
    power = (span**2).sum(-1)
    share = ((image - local) * span).sum(-1) / np.maximum(power, 1.0)
    hard = cv2.GaussianBlur(figure.astype(np.float32), (0, 0), 1.0)
    trust = np.clip((power - 150) / 1200, 0, 1)
    soft = np.clip(share, 0, 1) * trust + hard * (1 - trust)
    soft = np.where(deep, 1, np.where(_dilate(figure, 2), soft, 0)).astype(np.float32)
    if known is not None:
        soft = np.maximum(soft, known.astype(np.float32))
    return cast("Field", cv2.GaussianBlur(soft, (0, 0), 0.6)), local


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

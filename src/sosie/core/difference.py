"""Where a copy differs from its original by more than recompression, scaling and tone explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.alignment import warped
from sosie.core.features import Matrix
from sosie.core.seal import Box
from sosie.core.studio import Pixels

WORK = 1080
"""Long side in pixels of the grid on which pictures are compared."""
CHANGED = 7.0
"""Levels (of 255) by which a window of 12×12 pixels must leave the range that its surroundings
allow. Measured: see docs/formats/seal.md, "Thresholds"."""
EDGE = 4
"""Pixels along the edge of the picture that are not compared."""
MOST_TONE = 0.2
"""How far, of 0 to 1, a change of tone may move a level before it counts as a change."""
MOST_TINT = 0.08
"""How far red and blue may be raised or lowered against green."""
MARGIN = 10
"""Pixels beside the original that are not looked at: its edge rings in a JPEG."""
ROUGH = 10.0
"""Levels by which something in a border leaves its color or soft gradient. Recompression leaves
it by less."""
SPECK = 40
"""Pixels of which fewer are no change."""

Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Differences:
    """What a comparison found."""

    boxes: tuple[Box, ...]
    share: float
    """Of the copy, 0 to 1, in changed regions."""
    kept: float
    """Share of the original's area that the copy shows."""
    framed: float
    """Share of the copy that is plain border around the original."""
    beside: bool
    """Whether more than a plain border is around it."""
    tone: float
    """Levels by which the tone of the whole picture was moved, on average."""
    peak: float
    """The strongest local difference, in levels, to be held against ``CHANGED``."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A copy and its original on one grid, and how far they differ there."""

    near: Pixels
    """The copy, at most ``WORK`` long."""
    strength: Floats
    """H×W, levels: a change is more than ``CHANGED``."""
    inside: NDArray[np.bool_]
    """H×W: where the original lies."""
    matrix: Matrix
    """2×3, from pixels of the original to those of the grid."""
    tone: float

    @property
    def changed(self) -> NDArray[np.bool_]:
        """What is changed or added, H×W; a plain border is neither."""
        beside, _ = around(self.near, self.inside)
        found: NDArray[np.bool_] = np.logical_or.reduce([self.strength > CHANGED, *beside])
        return found


def differences(copy: Pixels, original: Pixels, matrix: Matrix) -> Differences:
    """This function will compare a copy with its original, laid on it by an affine transform.

    Both: uint8 H×W×3; ``matrix``: 2×3 from pixels of the original to those of the copy. What lies
    outside the original counts as changed unless it is a plain border (``around``).
    """
    found = compared(copy, original, matrix)
    beside, framed = around(found.near, found.inside)
    places, share = boxes(found.strength > CHANGED, *beside)
    kept = float(found.inside.sum()) / abs(float(np.linalg.det(found.matrix[:, :2])))
    kept /= original.shape[0] * original.shape[1]
    peak = float(found.strength.max())
    return Differences(places, share, min(1.0, kept), framed, bool(beside), found.tone, peak)


def compared(copy: Pixels, original: Pixels, matrix: Matrix) -> Compared:
    """This function will lay an original on its copy and measure how far each place differs.

    Arguments as those of ``differences``.
    """
    scale = min(1.0, WORK / max(copy.shape[:2]))
    size = (max(1, round(copy.shape[1] * scale)), max(1, round(copy.shape[0] * scale)))
    x, y = size[0] / copy.shape[1], size[1] / copy.shape[0]
    grid = np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1]])
    near = np.asarray(cv2.resize(copy, size, interpolation=cv2.INTER_AREA) if scale < 1 else copy)
    moved = (grid @ np.vstack([matrix, [0, 0, 1]]))[:2]
    far, mask = warped(original, moved, size)
    inside = mask > 0
    edge = cv2.erode(np.pad(mask, 1), np.ones((2 * EDGE + 1,) * 2, np.uint8))[1:-1, 1:-1] == 0
    ours, tone = _smooth(near), 0.0
    strength = _strength(ours, _smooth(far), edge)
    if strength.max() > CHANGED and (toned := _toned(far, near, inside)) is not None:
        again = _strength(ours, _smooth(toned), edge)
        if (again > CHANGED).sum() < (strength > CHANGED).sum():
            strength = again
            tone = float(np.abs(toned.astype(np.float32) - far)[inside].mean())
    return Compared(near, strength, inside, moved, tone)


def _smooth(pixels: Pixels) -> Floats:
    """Luma and two color differences as float32, smoothed until recompression hardly shows."""
    parts = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    luma = cv2.GaussianBlur(parts[:, :, 0], (0, 0), 1.6)
    color = cv2.GaussianBlur(parts[:, :, 1:], (0, 0), 2.4)
    return np.dstack([luma, color])


def _toned(far: Pixels, near: Pixels, inside: NDArray[np.bool_]) -> Pixels | None:
    """Return the original in the tone of its copy; ``None`` if no plain change of tone fits.

    One curve (a parabola) for all three channels and a gain for red and blue, fitted robustly
    and with the same weight for each lightness, and only as far as exposure and grading go: a
    garment or backdrop of another color is not explained away by it.
    """
    step = max(1, int(np.sqrt(inside.sum() / 8_000)))
    there = slice(step // 2, None, step)
    picked = inside[there, there]
    a = cv2.blur(far, (5, 5))[there, there][picked].astype(np.float64) / 255
    b = cv2.blur(near, (5, 5))[there, there][picked].astype(np.float64) / 255
    if len(a) < 100:
        return None
    lightness = np.minimum((a.mean(axis=1) * 16).astype(int), 15)
    even = 1 / np.bincount(lightness, minlength=16)[lightness]
    even = np.where((b.max(axis=1) > 0.98) | (b.min(axis=1) < 0.02), 0, even)
    zero = np.zeros_like(a)
    red, blue = zero.copy(), zero.copy()
    red[:, 0], blue[:, 2] = a[:, 0], a[:, 2]
    table = np.stack([np.ones_like(a), a, a**2, red, blue], axis=-1)
    answer = np.array([0, 1, 0, 0, 0.0])
    for _ in range(12):
        error = np.abs(table @ answer - b).max(axis=1)
        scale = max(0.006, _median(error, even))
        weight = even / (1 + (error / scale) ** 2)
        rows, each = table.reshape(-1, 5), np.repeat(weight, 3)[:, None]
        normal = rows.T @ (rows * each) + 1e-9 * np.eye(5)
        answer = np.linalg.solve(normal, rows.T @ (b.ravel() * each[:, 0]))
    x = np.linspace(0, 1, 256)
    curve = answer[0] + answer[1] * x + answer[2] * x**2
    far_off = np.abs(curve - x).max() > MOST_TONE or np.diff(curve).min() < 0.0015
    if far_off or np.abs(answer[3:]).max() > MOST_TINT:
        return None
    levels = np.stack([curve + answer[3] * x, curve, curve + answer[4] * x], axis=-1)
    lut = np.clip(np.rint(levels * 255), 0, 255).astype(np.uint8)[None]
    result: Pixels = cv2.LUT(far, lut)
    return result


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    if total[-1] <= 0:
        return 1.0
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _strength(ours: Floats, theirs: Floats, edge: NDArray[np.bool_]) -> Floats:
    """Return, per pixel, the mean over 12×12 of how far each picture leaves the other's range.

    The range of a pixel is what the other picture holds within 2 pixels (color differences: 3):
    a shift or blur of a pixel stays inside it, another thing in its place does not.
    """
    total = np.zeros(ours.shape[:2], np.float32)
    for c, reach in ((0, 2), (1, 3), (2, 3)):
        kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
        a, b = np.ascontiguousarray(ours[:, :, c]), np.ascontiguousarray(theirs[:, :, c])
        for x, y in ((a, b), (b, a)):
            low, high = cv2.erode(y, kernel), cv2.dilate(y, kernel)
            out = np.maximum(np.maximum(x - high, low - x), 0)
            out[edge] = 0
            total = np.maximum(total, cv2.blur(out, (12, 12)) * (1.0 if c == 0 else 1.3))
    return total


def around(
    near: Pixels, inside: NDArray[np.bool_], margin: int = MARGIN
) -> tuple[tuple[NDArray[np.bool_], ...], float]:
    """This function will return what a copy shows beside its original, and how much is plain.

    ``near``: the copy, uint8 H×W×3; ``inside``: H×W, where the original lies; ``margin``: pixels
    by which its edge may be off. First, for each side (top, bottom, left, right) where there is
    more than one color or soft gradient, a rectangle around all that is more, H×W, without the
    original; then the share of the copy, 0 to 1, that is plain border, which is no change.
    """
    outside = ~inside
    if outside.mean() < 0.002 or not inside.any():
        return (), 0.0
    # Beyond the copy lies nothing: a border begins at the edge of the original only.
    wide = np.ones((2 * margin + 1,) * 2, np.uint8)
    clear = cv2.dilate(inside.astype(np.uint8), wide) == 0
    calm = cv2.blur(near, (3, 3)).astype(np.float32)
    found = []
    for side in _sides(inside):
        rough = _rough(calm, clear & side)
        if rough.any():
            left, top, width, height = cv2.boundingRect(rough.astype(np.uint8))
            box = np.zeros_like(inside)
            box[top : top + height, left : left + width] = True
            found.append(box & side)
    taken = sum(float(each.mean()) for each in found)
    return tuple(found), float(outside.mean()) - taken


def _sides(inside: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """Return what lies above, below, left and right of the original, four times H×W."""
    left, top, width, height = cv2.boundingRect(inside.astype(np.uint8))
    rows, columns = np.indices(inside.shape)
    above, below = rows < top, rows >= top + height
    between = ~inside & ~above & ~below
    half = columns < left + width / 2
    return above, below, between & half, between & ~half


def _rough(calm: Floats, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where, H×W, words or things stand out from the soft ground of one side.

    The ground is a quadratic surface for each channel, fitted robustly, so that it follows what
    is plain and not what stands on it. ``calm``: float32 H×W×3, levels; ``there``: H×W.
    """
    rows, columns = np.nonzero(there)
    if len(rows) < SPECK:
        return np.zeros_like(there)
    size = max(there.shape)
    x, y = columns / size, rows / size
    table = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    seen = calm[rows, columns].astype(np.float64)
    few = slice(None, None, max(1, len(rows) // 4_000))
    some, levels = table[few], seen[few]
    error = np.abs(levels - np.median(levels, axis=0)).max(axis=1)
    for _ in range(12):
        weight = 1 / (1 + (error / max(1.0, float(np.median(error)))) ** 2)
        normal = some.T @ (some * weight[:, None]) + 1e-6 * np.eye(6)
        ground = np.linalg.solve(normal, some.T @ (levels * weight[:, None]))
        error = np.abs(some @ ground - levels).max(axis=1)
    off = np.zeros(there.shape, np.uint8)
    off[rows, columns] = np.abs(table @ ground - seen).max(axis=1) > ROUGH
    joined = cv2.morphologyEx(off, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    large = np.flatnonzero(stats[:count, cv2.CC_STAT_AREA] >= SPECK)
    return np.asarray(np.isin(labels, large[large > 0]))


def boxes(*changed: NDArray[np.bool_]) -> tuple[tuple[Box, ...], float]:
    """This function will return the boxes around what is changed, the largest first, and its
    share of the whole, 0 to 1. Specks of fewer than 40 pixels are none.

    Each of ``changed``: H×W; what lies in two of them has a box for each, so that a ring that
    comes as its four sides is not one box around the whole.
    """
    reach = max(3, max(changed[0].shape) // 60) | 1
    height, width = changed[0].shape
    rows, whole = [], np.zeros((height, width), bool)
    for each in changed:
        joined = cv2.morphologyEx(
            each.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)
        )
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
        large = [label for label in range(1, count) if stats[label, -1] >= SPECK]
        rows += [stats[label] for label in large]
        whole |= np.isin(labels, large)
    found = []
    for left, top, wide, high, _ in sorted(rows, key=lambda row: -row[4]):
        at = (100 * left / width, 100 * top / height, 100 * wide / width, 100 * high / height)
        found.append(Box(*(float(v) for v in at)))
    return tuple(found[:20]), float(whole.mean())

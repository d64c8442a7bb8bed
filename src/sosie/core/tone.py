"""The tone of a whole picture: what exposure, grading, fading of color and uneven light do to it.

What is the same change everywhere is fitted, so that what is left is a change of the picture
itself. Held within limits: a garment or a backdrop of another color is not explained away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Pixels

MOST_LIFTED = 0.2
"""How far, of 0 to 1, black may be raised or lowered."""
STEEPEST, FLATTEST = 4.0, 0.3
"""Slopes of the curve of lightness: no steeper above 5 %, and no flatter above 25 %."""
MOST_TINT = 0.32
"""How far red and blue may be raised or lowered against green."""
MOST_COLOR = 1.6
"""How many times as colorful it may be: from 0, grey."""
MOST_UNEVEN = 0.45
"""How far light may differ over the picture, of 1."""

_SAMPLES, _ROUNDS = 5_000, 15
Floats = NDArray[Any]
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """One change of tone."""

    curve: tuple[float, float, float, float]
    """Of lightness x, 0 to 1: the weights of 1, x, x² and a root of x."""
    red: float
    blue: float
    """How far red and blue are raised against green."""
    color: float
    """How colorful it is made: 1 as it was, 0 grey."""
    light: tuple[float, float, float, float, float]
    """Light over the picture: the weights of u, v, u², uv, v², each -1 to 1."""

    @property
    def plausible(self) -> bool:
        """Whether exposure, grading and light explain it."""
        x = np.linspace(0, 1, 256)
        curve = _curve(x) @ np.array(self.curve)
        slopes = np.diff(curve) * 255
        ends = np.array([[u, v, u * u, u * v, v * v] for u in (-1, 0, 1) for v in (-1, 0, 1)])
        uneven = np.abs(ends @ np.array(self.light)).max()
        return bool(
            abs(curve[0]) <= MOST_LIFTED
            and slopes[13:].min() >= -0.2
            and slopes[13:].max() <= STEEPEST
            and slopes[64:].min() >= FLATTEST
            and max(abs(self.red), abs(self.blue)) <= MOST_TINT
            and -0.25 <= self.color <= MOST_COLOR
            and uneven <= MOST_UNEVEN
        )

    @property
    def nothing(self) -> bool:
        """Whether it changes so little that no difference comes of it."""
        x = np.linspace(0.05, 1, 20)
        off = float(np.abs(_curve(x) @ np.array(self.curve) - x).max())
        rest = (self.red, self.blue, self.color - 1, *self.light)
        return max(off, *map(abs, rest)) < 0.012

    def of(self, pixels: Pixels) -> Pixels:
        """Return a picture in this tone, uint8 H×W×3."""
        height, width = pixels.shape[:2]
        lut = _curve(np.arange(256) / 255).astype(np.float32) @ np.array(self.curve, np.float32)
        x = pixels.astype(np.float32) / 255
        result = lut[pixels]
        result += (self.color - 1) * (x - x @ _LUMA[:, None])
        result[:, :, 0] += self.red * x[:, :, 0]
        result[:, :, 2] += self.blue * x[:, :, 2]
        if any(self.light):
            v, u = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
            field = sum(w * f for w, f in zip(self.light, _light(u, v), strict=True))
            result += x * np.asarray(field)[..., None]
        return np.clip(np.rint(result * 255), 0, 255).astype(np.uint8)


def tones(copy: Pixels, original: Pixels, inside: NDArray[np.bool_]) -> Iterator[Tone]:
    """This function will fit the change of tone from an original to its copy, laid on each other.

    Both: uint8 H×W×3; ``inside``: H×W, where both have pixels. Least squares with less weight for
    what strays (a changed place is not followed), and the same weight for each lightness. Yields
    the change under even light, then under uneven light; none where too little is seen, and not
    what is no change or not ``plausible``.
    """
    step = max(1, int(np.sqrt(inside.sum() / _SAMPLES)))
    there = slice(step // 2, None, step)
    picked = inside[there, there]
    a = cv2.blur(original, (5, 5))[there, there][picked].astype(np.float64) / 255
    b = cv2.blur(copy, (5, 5))[there, there][picked].astype(np.float64) / 255
    if len(a) < 100:
        return
    lightness = np.minimum((a.mean(axis=1) * 16).astype(int), 15)
    even = 1 / np.bincount(lightness, minlength=16)[lightness]
    even = np.where((b.max(axis=1) > 0.98) | (b.min(axis=1) < 0.02), 0, even)
    if not even.any():
        return
    rows, columns = np.nonzero(picked)
    light = _light(*(2 * at / max(1, at.max()) - 1 for at in (columns, rows)))
    parts = [*np.moveaxis(_curve(a), -1, 0), a * (1, 0, 0), a * (0, 0, 1)]
    parts += [a - a @ _LUMA[:, None]]
    for more in ([], [a * field[:, None] for field in light]):
        found = _fitted(np.stack([*parts, *more], axis=-1), b, even)
        curve, rest, uneven = found[:4], found[4:7], found[7:] if more else np.zeros(5)
        answer = Tone(tuple(curve), rest[0], rest[1], 1 + rest[2], tuple(uneven))
        if answer.plausible and not answer.nothing:
            yield answer


def _curve(x: Floats) -> Floats:
    """The parts of a curve of lightness, ...×4."""
    return np.stack([np.ones_like(x), x, x * x, np.sqrt(x + 0.02)], axis=-1)


def _light(u: Floats, v: Floats) -> tuple[Floats, ...]:
    """The parts of uneven light."""
    return u, v, u * u, u * v, v * v


def _fitted(table: Floats, seen: Floats, even: Floats) -> Floats:
    """Return the weights of the parts, N×3×k, that give what is seen, N×3."""
    answer = np.zeros(table.shape[-1])
    answer[1] = 1.0
    start = answer
    for _ in range(_ROUNDS):
        error = np.abs(table @ answer - seen).max(axis=1)
        scale = max(0.006, _median(error, even))
        weight = even / (1 + (error / scale) ** 2)
        rows, each = table.reshape(-1, table.shape[-1]), np.repeat(weight, 3)[:, None]
        hold = 1e-5 * float(weight.sum()) * np.eye(len(answer))
        normal = rows.T @ (rows * each) + hold
        answer = np.linalg.solve(normal, rows.T @ (seen.ravel() * each[:, 0]) + hold @ start)
    return answer


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])

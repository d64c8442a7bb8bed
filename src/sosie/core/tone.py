"""The tone of a whole picture: what exposure, grading, fading of color and uneven light do to it.

What is the same change everywhere is fitted, so that what is left is a change of the picture
itself. Held within limits: a garment or a backdrop of another color is not explained away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Pixels

MOST_RAISED, MOST_LOWERED = 0.2, 0.35
"""How far, of 0 to 1, black may be raised, and the darkest that is seen lowered."""
STEEPEST, FLATTEST = 4.0, 0.25
"""Slopes of the curve of lightness: no steeper above 5 %, and no flatter above 25 %."""
LEAST_SLOPE = 0.45
"""A copy of less contrast shows changes fainter: they are measured as on the original, down to
this slope."""
MOST_TINT, MOST_STAINED, MOST_GREEN = 0.18, 0.26, 0.09
"""How far light may be warmer or colder, half of what red gains against blue (the second: warmer,
of what has no color, as sepia is), and greener or more magenta, half of what both lose or gain."""
MOST_COLOR = 1.6
"""How many times as colorful it may be: from 0, grey."""
MOST_UNEVEN = 0.45
"""How far light may differ over the picture, of 1."""

LIGHTEST = 253
"""The level from which on light is lost."""
HUELESS = 5.0
"""Levels by which nine tenths of what has no color may leave one tint."""

_SAMPLES, _ROUNDS = 5_000, 15
_LOST = 0.06
_HOLD = np.array([1e-5, 1e-5, 1e-5, 1e-5, 2e-4, *[1e-5] * 8])
"""How far each part is held to no change: the S most, which says nothing of what is not seen."""
_UNEVENLY = 60
"""Places from which on uneven light can be told."""
Floats = NDArray[Any]
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """One change of tone."""

    curve: tuple[float, ...]
    """Of lightness x, 0 to 1: the weights of 1, x, x², a root of x, and an S."""
    red: float
    blue: float
    """How far red and blue are raised against green."""
    color: float
    """How colorful it is made: 1 as it was, 0 grey."""
    light: tuple[float, float, float, float, float]
    """Light over the picture: the weights of u, v, u², uv, v², each -1 to 1."""

    @property
    def weights(self) -> Floats:
        """Of the parts that it is summed up of (``Places.parts``)."""
        return np.array([*self.curve, self.red, self.blue, self.color - 1, *self.light])

    def plausible(
        self, low: float = 0.0, high: float = 1.0, *, most_tint: float = MOST_TINT
    ) -> bool:
        """Whether exposure, grading and light explain it, from a lightness to another."""
        x = np.linspace(0, 1, 256)
        curve = _curve(x) @ np.array(self.curve)
        first = int(low * 255)
        slopes = (np.diff(curve) * 255)[first : max(first + 1, int(high * 255))]
        lowered = x[first] - curve[first]
        x = x[first:][: len(slopes)]
        ends = np.array([[u, v, u * u, u * v, v * v] for u in (-1, 0, 1) for v in (-1, 0, 1)])
        warmer, greener = (self.red - self.blue) / 2, (self.red + self.blue) / 2
        return bool(
            curve[0] <= MOST_RAISED
            and lowered <= MOST_LOWERED
            and ((x < 0.05) | ((slopes >= -0.2) & (slopes <= STEEPEST))).all()
            and ((x < 0.25) | (slopes >= FLATTEST)).all()
            and -MOST_TINT <= warmer <= most_tint
            and abs(greener) <= MOST_GREEN
            and -0.05 <= self.color <= MOST_COLOR
            and np.abs(ends @ np.array(self.light)).max() <= MOST_UNEVEN
        )

    def faintness(self, pixels: Pixels) -> tuple[Floats, Floats]:
        """Return by how much lightness and color of a picture's places differ less in this tone,
        H×W each: ``LEAST_SLOPE`` to 1. Of what is gone, color or what is lost in the dark,
        nothing is asked: 1."""
        x = np.linspace(0, 1, 257)
        curve = _curve(x) @ np.array(self.curve)
        slopes = np.where(curve[:-1] < _LOST, 1.0, np.diff(curve) * 256)
        luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        slope = slopes.astype(np.float32)[cv2.blur(luma, (5, 5))]
        color = slope + self.color - 1 if self.color > 0.1 else np.ones_like(slope)
        return np.clip(slope, LEAST_SLOPE, 1), np.clip(color, LEAST_SLOPE, 1)

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
        channels = (self.color - 1) * (np.eye(3) - _LUMA) + np.diag([self.red, 0, self.blue])
        result = np.asarray(cv2.LUT(pixels, lut) + cv2.transform(x, channels.astype(np.float32)))
        if any(self.light):
            v, u = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
            light = _light(u.astype(np.float32), v.astype(np.float32))
            field = sum(w * f for w, f in zip(self.light, light, strict=True))
            result += x * np.asarray(field, np.float32)[..., None]
        shown: Pixels = np.clip(np.rint(result * 255), 0, 255).astype(np.uint8)
        return shown


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What some places of a picture show, N points or N fields of it."""

    levels: Floats
    """N×3: red, green and blue, 0 to 1; of a field their mean."""
    curves: Floats
    """N×3×5: the parts of a curve of lightness; of a field their mean, which is not that of its
    mean color."""
    at: Floats
    """N×2: where, -1 to 1."""

    @classmethod
    def fields(cls, pixels: Pixels, grid: tuple[int, int]) -> Self:
        """Return the fields of a picture, uint8 H×W×3, row by row; ``grid``: columns, rows."""
        lut = _curve(np.arange(256) / 255).astype(np.float32)
        curves = [
            cv2.resize(lut[:, part][pixels], grid, interpolation=cv2.INTER_AREA).reshape(-1, 3)
            for part in range(lut.shape[1])
        ]
        rows, columns = np.indices(grid[::-1]).reshape(2, -1)
        at = np.stack([columns / max(1, grid[0] - 1), rows / max(1, grid[1] - 1)], axis=1)
        return cls(curves[1], np.stack(curves, axis=-1), 2 * at - 1)

    def where(self, picked: NDArray[np.bool_]) -> Self:
        """Return some of them."""
        return type(self)(self.levels[picked], self.curves[picked], self.at[picked])

    def toned(self, tone: Tone) -> Floats:
        """Return what they show in a tone, N×3, 0 to 1."""
        shown: Floats = np.clip(self.parts(uneven=True) @ tone.weights, 0, 1)
        return shown

    def parts(self, *, uneven: bool) -> Floats:
        """Return what a change of tone is summed up of, N×3×k."""
        x = self.levels
        parts = [*np.moveaxis(self.curves, -1, 0), x * (1, 0, 0), x * (0, 0, 1)]
        parts += [x - x @ _LUMA[:, None]]
        light = _light(*self.at.T) if uneven else ()
        return np.stack([*parts, *(x * field[:, None] for field in light)], axis=-1)


def tones(
    copy: Pixels,
    original: Pixels,
    inside: NDArray[np.bool_],
    *,
    uneven: bool = False,
    most_tint: float = MOST_TINT,
) -> Iterator[Tone]:
    """This function will fit the change of tone from an original to its copy, laid on each other.

    Both: uint8 H×W×3; ``inside``: H×W, where both have pixels. The same weight for each
    lightness; none where too little is seen; else as ``fitted``.
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
    even = np.where((b > 0.98) | (b < 0.02), 0, even[:, None])
    at = [2 * at / max(1, at.max()) - 1 for at in np.nonzero(picked)[::-1]]
    places = Places(a, _curve(a), np.stack(at, axis=1))
    yield from fitted(places, b, even, uneven=uneven, most_tint=most_tint)


def fitted(
    places: Places,
    seen: Floats,
    weight: Floats,
    *,
    uneven: bool = False,
    most_tint: float = MOST_TINT,
) -> Iterator[Tone]:
    """This function will fit the change of tone by which places come to show what is ``seen``.

    ``seen`` and ``weight``: N×3, 0 to 1. Least squares with less weight for what strays (a changed
    place is not followed), held to no change where nothing is seen. Yields the change
    under even light, then, if asked for, under uneven light, as a photographed print has it; not
    what is no change or not ``plausible``.
    """
    if not weight.any():
        return
    low, high = np.quantile(places.levels[weight > 0], (0.01, 0.99))
    for lit in (False, True)[: 1 + (uneven and len(seen) >= _UNEVENLY)]:
        found = _fitted(places.parts(uneven=lit), seen, weight)
        light = found[8:] if lit else np.zeros(5)
        answer = Tone(tuple(found[:5]), found[5], found[6], 1 + found[7], tuple(light))
        if answer.plausible(low, high, most_tint=most_tint) and not answer.nothing:
            yield answer


def faded(pixels: Pixels) -> Pixels:
    """Return a picture without color, uint8 H×W×3: its luma, or the channel of which the fewest
    lights are lost, since a tint as of sepia loses those of the others."""
    grey = (cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), *cv2.split(pixels))
    kept = min(grey, key=lambda each: int((each >= LIGHTEST).sum()))
    return np.asarray(cv2.cvtColor(kept, cv2.COLOR_GRAY2RGB))


def tint_of(pixels: Pixels, inside: NDArray[np.bool_]) -> Floats | None:
    """This function will return the color of each lightness, 256×3, 0 to 255, where the colors of
    a picture follow from lightness alone (grey, or sepia); nothing for one with colors.

    ``pixels``: uint8 H×W×3; ``inside``: H×W, where they are asked; the lightness is of ``faded``.
    """
    step = max(1, int(np.sqrt(inside.sum() / _SAMPLES)))
    some, asked = np.s_[::step, ::step], inside[::step, ::step]
    levels, light = (cv2.blur(each, (5, 5))[some][asked] for each in (pixels, faded(pixels)))
    if not len(levels):
        return None
    table, weight = _breaks(light[:, 0] / 255), np.ones((len(levels), 1))
    for _ in range(5):
        normal = table.T @ (table * weight) + 1e-4 * np.eye(table.shape[1])
        tint = np.linalg.solve(normal, table.T @ (weight * levels))
        stray = np.abs(table @ tint - levels).max(axis=1)
        weight = 1 / (1 + stray[:, None] ** 2)
    found: Floats = np.clip(_breaks(np.arange(256) / 255) @ tint, 0, 255)
    return found if np.quantile(stray, 0.9) < HUELESS else None


def _breaks(x: Floats) -> Floats:
    """The parts of a tint, N×7. Of sepia the red is lost in the lights, then the green: breaks."""
    ends = [np.maximum(x - end, 0) for end in (0.6, 0.7, 0.8, 0.9)]
    return np.stack([np.ones_like(x), x, x * x, *ends], axis=1)


def _curve(x: Floats) -> Floats:
    """The parts of a curve of lightness, ...×5."""
    bow = x * (1 - x) * (1 - 2 * x)
    return np.stack([np.ones_like(x), x, x * x, np.sqrt(x + 0.02), bow], axis=-1)


def _light(u: Floats, v: Floats) -> tuple[Floats, ...]:
    """The parts of uneven light."""
    return u, v, u * u, u * v, v * v


def _fitted(table: Floats, seen: Floats, even: Floats) -> Floats:
    """Return the weights of the parts, N×3×k, that give what is seen, N×3; its ``even``: N×3."""
    answer = np.zeros(table.shape[-1])
    answer[1] = 1.0
    start = answer
    for _ in range(_ROUNDS):
        error = (np.abs(table @ answer - seen) * (even > 0)).max(axis=1)
        scale = max(0.006, _median(error, even.max(axis=1)))
        weight = even / (1 + (error / scale) ** 2)[:, None]
        rows, each = table.reshape(-1, table.shape[-1]), weight.reshape(-1, 1)
        hold = float(weight.sum() / 3) * np.diag(_HOLD[: len(answer)])
        normal = rows.T @ (rows * each) + hold
        answer = np.linalg.solve(normal, rows.T @ (seen.ravel() * each[:, 0]) + hold @ start)
    return answer


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])

"""Reading a payload out of a folded canvas, and the bound on reading one that is not there.

The score of a payload is the correlation of the folded canvas F with its ten shifted tiles,
``z = sum_k a_k cos(phase difference) / sqrt(sum_k a_k^2 / 2)``, where k runs over the frequencies
of all tiles and a_k = |F_k|^GAMMA. For a picture that does not carry the key's mark the phases of
the tiles are independent of F and uniform, so ``P(z > t) <= exp(-t^2 / 2)`` for *any* picture
(each term has a moment generating function I0(s a) <= exp(s^2 a^2 / 4)). Where the grid begins
comes from the eleventh tile and the pilots, which are independent of the ten. Hence, over all
2^64 payloads and at most ``TRIALS`` readings of one picture,

    P(any payload is reported) <= 2^64 * TRIALS * exp(-THRESHOLD^2 / 2) = 1e-10,

whatever the picture shows, over the draw of the key. That a *marked* picture yields another
payload is bounded likewise: two payloads differ in five symbols or more, whose scores must then
be noise; ``_plausible`` asks of the weakest five to ten symbols what noise, tried that often,
reaches with probability 1e-10.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from sosie.core.watermark_pattern import (
    GRID,
    STEP,
    SYMBOLS,
    TILE,
    Patterns,
    band,
    completed,
    decoded,
    shifts,
)

Floats = NDArray[Any]
Ints = NDArray[np.intp]

TRIALS = 1 << 8
"""Most readings of one picture; a search that needs more gives up."""
CHANCE = 1e-10
THRESHOLD = sqrt(2 * (64 * log(2) + log(TRIALS) - log(CHANCE)))
"""Score that a payload must reach: 12.1."""
GAMMA = 0.4
_LEAST = 4.0
"""Score of the standing tile below which nothing is read; saves time, proves nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One payload read."""

    payload: int
    score: float
    """Correlation in standard deviations; at least ``THRESHOLD``."""
    weakest: float
    """The lowest of the ten symbols' scores."""
    word: tuple[int, ...]
    origin: tuple[int, int]
    """Down and right: where on the folded canvas the tiles begin."""
    reversed: bool
    """Whether the canvas was turned by 180 degrees."""


@lru_cache(maxsize=1)
def _inside() -> NDArray[np.bool_]:
    return band()


def whitened(fold: Floats) -> Floats:
    """This function will return the evened spectrum of a folded canvas: unit variance."""
    spectrum = fft.rfft2(fold)
    size = np.abs(spectrum)
    spectrum = spectrum * (_inside() / (size + 1e-6 * float(size.max()) + 1e-12) ** (1 - GAMMA))
    power = float((spectrum.real**2 + spectrum.imag**2).sum())
    result: Floats = (spectrum / sqrt(power / 2 + 1e-30)).astype(np.complex64)
    return result


def correlations(spectrum: Floats, phases: Floats) -> Floats:
    """This function will return the scores of a tile at each shift: float32 …×256×256."""
    result: Floats = fft.irfft2(spectrum * phases, s=(TILE, TILE), axes=(-2, -1))
    result *= TILE * TILE / 2
    return result


def readings(fold: Floats, keyed: Patterns, *, origins: int = 2, most: int = 3) -> list[Reading]:
    """This function will read the payloads of a folded canvas, both ways up; often none."""
    upright = whitened(fold)
    found: list[Reading] = []
    for reverse in (False, True):
        spectrum = np.conj(upright) if reverse else upright
        standing = correlations(spectrum, keyed.phases[0])
        begun = standing.copy()
        maps: Floats | None = None
        for _ in range(origins):
            row, column = divmod(int(begun.argmax()), TILE)
            if begun[row, column] < _LEAST:
                break
            if maps is None:
                maps = correlations(spectrum[None], keyed.phases[1:])
            found += _at(maps, (row, column), reverse, most)
            rows, columns = np.arange(row - 2, row + 3) % TILE, np.arange(column - 2, column + 3) % TILE
            begun[np.ix_(rows, columns)] = 0
    return found


def _at(maps: Floats, origin: tuple[int, int], reverse: bool, most: int) -> list[Reading]:
    """Payloads that begin at an origin. One payload found is blanked and the rest read again."""
    moved = np.roll(maps, (-origin[0], -origin[1]), (1, 2))[:, ::STEP, ::STEP]
    scores = moved.reshape(SYMBOLS, GRID * GRID).copy()
    found: list[Reading] = []
    for _ in range(most):
        one = _decode(scores)
        if one is None:
            break
        payload, word, each = one
        symbols = tuple(int(symbol) for symbol in word)
        score = float(each.sum()) / sqrt(SYMBOLS)
        found.append(Reading(payload, score, float(each.min()), symbols, origin, reverse))
        _blank(scores, word)
    return found


def _blank(scores: Floats, word: Ints) -> None:
    grid = scores.reshape(SYMBOLS, GRID, GRID)
    near = np.arange(-3, 4)
    for layer, (down, right) in zip(grid, shifts(word), strict=True):
        layer[np.ix_((down // STEP + near) % GRID, (right // STEP + near) % GRID)] = 0


def _decode(scores: Floats) -> tuple[int, Ints, Floats] | None:
    """The best code word through six symbols of the strongest shifts, if it passes."""
    top = np.argpartition(-scores, 1, axis=1)[:, :2]
    order = np.take_along_axis(scores, top, 1).argsort(1)[:, ::-1]
    top = np.take_along_axis(top, order, 1)
    rows = np.arange(SYMBOLS)
    if float(scores[rows, top[:, 0]].sum()) < THRESHOLD * sqrt(SYMBOLS):
        return None
    first = top[:, 0]
    tries = [first]
    for place in rows:
        swapped = first.copy()
        swapped[place] = top[place, 1]
        tries.append(swapped)
    words = completed(np.array(tries))
    total = scores[rows, words].sum(1)
    for best in np.argsort(-total)[:4]:
        if total[best] < THRESHOLD * sqrt(SYMBOLS):
            return None
        word = words[best]
        payload = decoded(word)
        each = scores[rows, word]
        if payload is not None and _plausible(each):
            return payload, word, each
    return None


@lru_cache(maxsize=1)
def _needed() -> tuple[float, ...]:
    """What the sum of the weakest 5, 6 … 10 symbols must reach."""
    needed = []
    for wrong in range(SYMBOLS - 5, SYMBOLS + 1):
        others = log(comb(SYMBOLS, wrong)) + (wrong - 4) * log(4096) - log(256)
        tried = others + log(TRIALS) - log(CHANCE / 6)
        needed.append(sqrt(2 * tried) * sqrt(wrong))
    return tuple(needed)


def _plausible(each: Floats) -> bool:
    sums = np.cumsum(np.sort(each))[4:]
    return bool((sums >= np.array(_needed())).all())

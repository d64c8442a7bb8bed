"""Reading a payload out of a folded canvas, and the bound on reading one that is not there.

The score of a payload is the correlation of the folded canvas F with its ten shifted tiles,
``z = sum_k a_k cos(phase difference) / sqrt(sum_k a_k^2 / 2)``, where k runs over the frequencies
of the band and a_k = |F_k|^GAMMA. For a picture that does not carry the key's mark the phases of
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
    REACH,
    STEP,
    SYMBOLS,
    TILE,
    Patterns,
    band,
    completed,
    corner,
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
GAMMA = 0.5
_LEAST = 4.2
"""Score of the standing tile below which nothing is read; saves time, proves nothing."""


@dataclass(slots=True)
class Budget:
    """How many readings of a picture are left, of ``TRIALS``."""

    left: int = TRIALS

    def spend(self) -> bool:
        """Take one, if one is left."""
        self.left -= 1
        return self.left >= 0


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
    inside: NDArray[np.bool_] = corner(band())
    return inside


def whitened(fold: Floats) -> Floats:
    """This function will return the evened spectrum of a folded canvas, 94×47.

    Its products with a tile's conjugate phases, summed, have unit variance.
    """
    spectrum = corner(fft.rfft2(fold)) * _inside()
    size = np.abs(spectrum)
    spectrum /= (size + 1e-6 * float(size.max()) + 1e-12) ** (1 - GAMMA)
    power = float((spectrum.real**2 + spectrum.imag**2).sum())
    result: Floats = (spectrum / sqrt(power / 2 + 1e-30)).astype(np.complex64)
    return result


def ramp(down: int, right: int) -> Floats:
    """This function will return the phases, 94×47, that move a tile so far down and right."""
    y = np.concatenate([np.arange(REACH), np.arange(-REACH, 0)]) * (down / TILE)
    x = np.arange(REACH) * (right / TILE)
    result: Floats = np.exp(-2j * np.pi * (y[:, None] + x[None, :])).astype(np.complex64)
    return result


def _standing(spectrum: Floats, phases: Floats) -> Floats:
    """Scores of one tile at every shift: 256×256."""
    product = spectrum * phases
    padded = np.zeros((TILE, TILE // 2 + 1), np.complex64)
    padded[:REACH, :REACH], padded[-REACH:, :REACH] = product[:REACH], product[REACH:]
    result: Floats = fft.irfft2(padded, s=(TILE, TILE)) * np.float32(TILE * TILE / 2)
    return result


def _shifted(spectrum: Floats, phases: Floats, origin: tuple[int, int]) -> Floats:
    """Scores of the ten tiles at the 64×64 shifts from an origin: 10×4096.

    Every fourth point of a correlation is the transform of its spectrum folded to a quarter.
    """
    product = spectrum * np.conj(ramp(*origin)) * phases
    small = np.zeros((len(phases), GRID, GRID), np.complex64)
    small[:, :REACH, :REACH] += product[:, :REACH]
    small[:, -REACH:, :REACH] += product[:, REACH:]
    scores: Floats = fft.ifft2(small, axes=(1, 2)).real * np.float32(GRID * GRID)
    return scores.reshape(len(phases), GRID * GRID)


def readings(
    fold: Floats, keyed: Patterns, budget: Budget, *, origins: int = 3, most: int = 3
) -> list[Reading]:
    """This function will read the payloads of a folded canvas, both ways up; often none."""
    upright = whitened(fold)
    found: list[Reading] = []
    for reverse in (False, True):
        spectrum = np.conj(upright) if reverse else upright
        begun = _standing(spectrum, keyed.phases[0])
        for _ in range(origins):
            row, column = divmod(int(begun.argmax()), TILE)
            if begun[row, column] < _LEAST or not budget.spend():
                break
            scores = _shifted(spectrum, keyed.phases[1:], (row, column))
            found += _decoded(scores, (row, column), reverse, most)
            around = np.arange(-2, 3)
            begun[np.ix_((row + around) % TILE, (column + around) % TILE)] = 0
    return found


def _decoded(
    scores: Floats, origin: tuple[int, int], reverse: bool, most: int
) -> list[Reading]:
    """Payloads that begin at an origin. One found is blanked and the rest is read again."""
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

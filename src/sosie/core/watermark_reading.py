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
    SYMBOLS,
    TILE,
    Patterns,
    band,
    completed,
    corner,
    decoded,
    paired,
)

Floats = NDArray[Any]
Ints = NDArray[np.intp]

TRIALS = 1 << 8
"""Most readings of one picture; a search that needs more gives up."""
CHANCE = 1e-10
THRESHOLD = sqrt(2 * (64 * log(2) + log(TRIALS) - log(CHANCE)))
"""Score that a payload must reach: 12.1."""
GAMMA = 0.5
_MOST = 2000
"""Code words that are held against the threshold, of 2,740."""
_ROUNDS = 4
_SECOND = 4.6
"""Mean score of the second strongest shifts above which a second mark is looked for."""
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


def readings(fold: Floats, keyed: Patterns, budget: Budget, *, origins: int = 3) -> list[Reading]:
    """This function will read the payloads of a folded canvas, both ways up; often none."""
    upright = whitened(fold)
    found: list[Reading] = []
    for reverse in (False, True):
        spectrum = np.conj(upright) if reverse else upright
        begun = _standing(spectrum, keyed.phases[0])
        least = _LEAST
        for _ in range(origins):
            row, column = divmod(int(begun.argmax()), TILE)
            if begun[row, column] < least or not budget.spend():
                break
            least = max(least, 0.4 * float(begun[row, column]))
            scores = _shifted(spectrum, keyed.phases[1:], (row, column))
            found += _decoded(scores, (row, column), reverse)
            around = np.arange(-2, 3)
            begun[np.ix_((row + around) % TILE, (column + around) % TILE)] = 0
    return found


def _decoded(scores: Floats, origin: tuple[int, int], reverse: bool) -> list[Reading]:
    """Payloads that begin at an origin. Those found are blanked, and the rest is read again."""
    found: dict[int, Reading] = {}
    left = scores.copy()
    for _ in range(_ROUNDS):
        new = _round(left, origin, reverse)
        if not new:
            break
        for reading in new.values():
            found.setdefault(reading.payload, reading)
            _blank(left, reading.word)
    return list(found.values())


def _blank(scores: Floats, word: tuple[int, ...]) -> None:
    near = np.arange(-2, 3)
    for layer, symbol in zip(scores.reshape(SYMBOLS, GRID, GRID), word, strict=True):
        row, column = divmod(symbol, GRID)
        layer[np.ix_((row + near) % GRID, (column + near) % GRID)] = 0


def _round(scores: Floats, origin: tuple[int, int], reverse: bool) -> dict[int, Reading]:
    """Payloads of code words through six likely symbols that pass."""
    likely = _likely(scores)
    rows = np.arange(SYMBOLS)
    if float(scores[rows, likely[:, 0]].sum()) < THRESHOLD * sqrt(SYMBOLS):
        return {}
    found = _passing(scores, completed(likely[None, :, 0]), origin, reverse)
    if not found or float(scores[rows, likely[:, 1]].mean()) > _SECOND:
        tries = np.repeat(likely[None, :, 0], SYMBOLS, axis=0)
        tries[rows, rows] = likely[:, 1]
        words = np.concatenate([completed(tries), paired(likely)])
        found = {**_passing(scores, words, origin, reverse), **found}
    return found


def _passing(
    scores: Floats, words: Ints, origin: tuple[int, int], reverse: bool
) -> dict[int, Reading]:
    """The code words that pass for marks, by payload."""
    rows = np.arange(SYMBOLS)
    total = scores[rows, words].sum(1)
    found: dict[int, Reading] = {}
    for place in np.argsort(-total)[:_MOST]:
        score = float(total[place]) / sqrt(SYMBOLS)
        if score < THRESHOLD:
            break
        word, each = words[place], scores[rows, words[place]]
        payload = decoded(word)
        if payload is not None and payload not in found and _plausible(each):
            symbols = tuple(int(symbol) for symbol in word)
            found[payload] = Reading(payload, score, symbols, origin, reverse)
    return found


def _likely(scores: Floats) -> Ints:
    """The two strongest shifts, apart from each other, of each symbol: 10×2."""
    near = np.arange(-2, 3)
    likely = np.empty((SYMBOLS, 2), np.intp)
    for place, layer in enumerate(scores):
        first = int(layer.argmax())
        row, column = divmod(first, GRID)
        rest = layer.reshape(GRID, GRID).copy()
        rest[np.ix_((row + near) % GRID, (column + near) % GRID)] = -np.inf
        likely[place] = first, int(rest.argmax())
    return likely


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
    """Whether the scores of a word's symbols are those of one mark.

    Of two marks in one picture six symbols can make a third word, whose other four are noise:
    so the weaker four must be as strong as the stronger six let expect.
    """
    ordered = np.sort(each)
    even = ordered[:4].mean() >= 0.55 * ordered[4:].mean() - 0.4
    return bool(even and (np.cumsum(ordered)[4:] >= np.array(_needed())).all())

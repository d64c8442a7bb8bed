"""The keyed patterns of the watermark and the code that turns a payload into their shifts.

A key is 32 bytes. From its *read key* (which a Sosie publishes) come eleven noise tiles of
256×256 and 24 pilot frequencies; nothing of them is stored. A payload becomes ten numbers of
twelve bits by a Reed-Solomon code (Reed and Solomon, 1960: a polynomial of degree five over
GF(4096) at ten points, so that two payloads differ in at least five of them), and each number
shifts one tile on a grid of 64×64. The eleventh tile stands still and says where the grid begins.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[Any]
Ints = NDArray[np.intp]

TILE = 256
"""Side of a tile in units of the mark's frame."""
STEP = 4
GRID = TILE // STEP
DATA, SYMBOLS = 6, 10
"""Symbols that determine a payload, and symbols that are written."""
BAND = (0.043, 0.18)
"""Frequencies of the tiles, cycles per unit: what downscaling to 400 pixels half keeps."""
REACH = 47
"""Frequencies of a tile, from zero, that hold the band."""
PILOTS = 24
PILOT_BAND = (0.06, 0.155)
PAYLOADS = 1 << 64


@dataclass(frozen=True, slots=True)
class Key:
    """What the patterns are derived from. Two keys know nothing of each other's marks."""

    read: bytes
    """32 bytes: enough to find marks of this key, and published for that. It is derived from
    a secret (RFC 5869, HKDF with SHA-256), which it does not give away."""

    def __post_init__(self) -> None:
        """Refuse a key of another length."""
        if len(self.read) != 32:
            raise ValueError("a watermark key has 32 bytes")

    @classmethod
    def from_secret(cls, secret: bytes) -> Key:
        """This function will derive the key of version 1 from 32 secret, random bytes."""
        if len(secret) != 32:
            raise ValueError("a watermark key has 32 bytes")
        extracted = hmac.new(b"org.sosie.watermark", secret, hashlib.sha256).digest()
        return cls(hmac.new(extracted, b"read.1\x01", hashlib.sha256).digest())


def stream(read: bytes, label: bytes, size: int) -> NDArray[np.float64]:
    """This function will return ``size`` uniform numbers in [0, 1), 32 bits each.

    SHAKE-256 of an HMAC of the label: the same on every machine and in every version of numpy.
    """
    seed = hmac.new(read, label, hashlib.sha256).digest()
    words = np.frombuffer(hashlib.shake_256(seed).digest(4 * size), "<u4")
    return words.astype(np.float64) / 2.0**32


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The patterns of one key."""

    tiles: Floats
    """float32 11×256×256, variance 1: the tile that stands still, then the ten that shift."""
    phases: Floats
    """complex64 11×94×47: conjugate spectra of the tiles, modulus 1 in the band, else 0; the
    corner of the spectrum that holds the band (see ``corner``)."""
    pilots: NDArray[np.float64]
    """24×2 frequencies (x, y) in cycles per unit."""


def band() -> NDArray[np.bool_]:
    """This function will return which of the 256×129 frequencies of a tile carry the mark."""
    y, x = fft.fftfreq(TILE)[:, None], fft.rfftfreq(TILE)[None, :]
    radius = np.hypot(x, y)
    inside: NDArray[np.bool_] = (radius > BAND[0]) & (radius < BAND[1]) & (x > 0)
    return inside


def corner(spectrum: Floats) -> Floats:
    """This function will keep the part of a tile's spectrum that holds the band: …×94×47."""
    kept = spectrum[..., :REACH]
    result: Floats = np.concatenate([kept[..., :REACH, :], kept[..., -REACH:, :]], axis=-2)
    return result


@lru_cache(maxsize=8)
def patterns(read: bytes) -> Patterns:
    """This function will derive the patterns of a read key (20 ms) and keep the last eight."""
    inside = band()
    count = int(inside.sum())
    angle = 2 * np.pi * stream(read, b"tiles.1", (SYMBOLS + 1) * count).reshape(-1, count)
    spectra = np.zeros((SYMBOLS + 1, *inside.shape), np.complex64)
    spectra[:, inside] = np.exp(1j * angle)
    tiles = fft.irfft2(spectra, s=(TILE, TILE), axes=(1, 2))
    tiles /= tiles.std(axis=(1, 2), keepdims=True)
    return Patterns(tiles.astype(np.float32), np.conj(corner(spectra)), _pilots(read))


def _pilots(read: bytes) -> NDArray[np.float64]:
    """Frequencies apart from each other and from the axes, where edges and interfaces lie."""
    found: list[NDArray[np.float64]] = []
    for radius, turn in stream(read, b"pilots.1", 8192).reshape(-1, 2):
        length = PILOT_BAND[0] + radius * (PILOT_BAND[1] - PILOT_BAND[0])
        new = length * np.array([np.cos(np.pi * turn), np.sin(np.pi * turn)])
        apart = all(min(np.hypot(*(new - old)), np.hypot(*(new + old))) > 0.016 for old in found)
        if apart and min(abs(new)) > 0.012:
            found.append(new)
        if len(found) == PILOTS:
            break
    return np.array(found)


def pilot_phases(read: bytes, payload: int) -> NDArray[np.float64]:
    """This function will return the phases of the pilots, which differ from payload to payload.

    Once a payload is read they tell which part of the picture a crop is.
    """
    return 2 * np.pi * stream(read, b"phases.1" + payload.to_bytes(8, "big"), PILOTS)


def _field() -> tuple[Ints, Ints]:
    """Powers and logarithms of GF(4096), x^12 + x^6 + x^4 + x + 1."""
    powers, logs = np.zeros(8190, np.intp), np.zeros(4096, np.intp)
    value = 1
    for exponent in range(4095):
        powers[exponent] = powers[exponent + 4095] = value
        logs[value] = exponent
        value = (value << 1) ^ (0x1053 if value & 0x800 else 0)
    return powers, logs


_POWERS, _LOGS = _field()


def _product(a: Ints, b: Ints) -> Ints:
    result: Ints = np.where((a == 0) | (b == 0), 0, _POWERS[_LOGS[a] + _LOGS[b]])
    return result


def _from(basis: tuple[int, ...]) -> Ints:
    """Matrix 10×6: all symbols from those at ``basis`` (Lagrange)."""
    points = _POWERS[:SYMBOLS]
    matrix = np.zeros((SYMBOLS, DATA), np.intp)
    for row in range(SYMBOLS):
        for column, at in enumerate(basis):
            log = 0
            zero = False
            for other in basis:
                if other != at:
                    zero |= other == row
                    log += _LOGS[points[row] ^ points[other]] - _LOGS[points[at] ^ points[other]]
            matrix[row, column] = 0 if zero else _POWERS[log % 4095]
    return matrix


@lru_cache(maxsize=1)
def _bases() -> tuple[Ints, Ints]:
    """All 210 ways to take six of ten symbols (210×6), and their matrices (210×10×6)."""
    chosen = list(combinations(range(SYMBOLS), DATA))
    return np.array(chosen), np.array([_from(basis) for basis in chosen])


def completed(symbols: Ints) -> Ints:
    """This function will return the code words through every six of the ten given symbols.

    ``symbols``: n×10; returns n·210×10. A word with at most four wrong symbols is among them.
    """
    bases, matrices = _bases()
    taken = symbols[:, bases]
    words = np.zeros((len(symbols), len(bases), SYMBOLS), np.intp)
    for column in range(DATA):
        words ^= _product(matrices[None, :, :, column], taken[:, :, None, column])
    return words.reshape(-1, SYMBOLS)


def paired(symbols: Ints) -> Ints:
    """This function will return the code words through six neighbors, each one of two symbols.

    ``symbols``: 10×2; returns 640×10. Two marks on each other leave two likely symbols each.
    """
    bases, matrices = _bases()
    windows = (np.arange(SYMBOLS)[:, None] + np.arange(DATA)) % SYMBOLS
    index = [int((bases == np.sort(one)).all(1).argmax()) for one in windows]
    choices = (np.arange(1 << DATA)[:, None] >> np.arange(DATA)) & 1
    taken = symbols[bases[index][:, None, :], choices[None]]
    words = np.zeros((SYMBOLS, 1 << DATA, SYMBOLS), np.intp)
    for column in range(DATA):
        words ^= _product(matrices[index][:, None, :, column], taken[:, :, None, column])
    return words.reshape(-1, SYMBOLS)


def _check(payload: int) -> int:
    """Eight bits that a payload brings with it."""
    return hashlib.sha256(b"org.sosie.watermark.1" + payload.to_bytes(8, "big")).digest()[0]


def encoded(payload: int) -> Ints:
    """This function will return the ten symbols, 0 to 4095, of a payload of 64 bits."""
    if not 0 <= payload < PAYLOADS:
        raise ValueError(f"a payload has 64 bits, not {payload}")
    word = (payload << 8) | _check(payload)
    data = np.array([(word >> (12 * place)) & 0xFFF for place in range(DATA)], np.intp)
    parity = np.zeros(SYMBOLS, np.intp)
    matrix = _from(tuple(range(DATA)))
    for column in range(DATA):
        parity ^= _product(matrix[:, column], data[column : column + 1])
    return parity


def decoded(word: Ints) -> int | None:
    """This function will return the payload of a code word, ``None`` if its check is wrong."""
    whole = sum(int(symbol) << (12 * place) for place, symbol in enumerate(word[:DATA]))
    payload, check = whole >> 8, whole & 0xFF
    return payload if _check(payload) == check else None


def shifts(symbols: Ints) -> Iterator[tuple[int, int]]:
    """This function will yield how far down and right each symbol moves its tile."""
    for symbol in symbols:
        yield int(symbol) // GRID * STEP, int(symbol) % GRID * STEP

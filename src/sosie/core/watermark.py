"""The watermark: a 64-bit number in a picture's luma, found again in any part large enough.

This is version 1 (``org.sosie.watermark.1``); what it means never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import watermark_strength as strengths
from sosie.core.watermark_pattern import (
    SYMBOLS,
    TILE,
    Key,
    Patterns,
    encoded,
    patterns,
    pilot_phases,
    shifts,
)
from sosie.core.watermark_reading import TRIALS, Reading, readings
from sosie.core.watermark_search import (
    FRAME,
    Candidate,
    View,
    candidates,
    canvas,
    folded,
    refined,
    residual,
    shrunk,
    spectrum,
    view,
)

__all__ = ["Detection", "Key", "Mark", "detect", "detect_v1", "embed", "embed_v1"]

Floats = NDArray[Any]
Ints = NDArray[np.intp]
Pixels = NDArray[Any]

LEAST = 256
PILOT_SHARE = 0.28
STANDING = 1.5
_GROWS = 1.33


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark found."""

    payload: int
    score: float
    scale: float
    rotation: float
    mirrored: bool
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in a picture."""

    payloads: tuple[Mark, ...] = ()

    @property
    def payload(self) -> int | None:
        """The payload read most surely, ``None`` if nothing was found."""
        return self.payloads[0].payload if self.payloads else None


def written(size: tuple[int, int], symbols: Ints, phases: Floats, keyed: Patterns) -> Floats:
    """This function will draw the mark of (height, width) in its frame: float32, variance 1."""
    tile = keyed.tiles[0] * STANDING
    for place, shift in enumerate(shifts(symbols)):
        tile = tile + np.roll(keyed.tiles[place + 1], shift, (0, 1))
    tile *= sqrt(1 - PILOT_SHARE) / float(tile.std())
    height, width = size
    drawn = np.tile(tile, (-(-height // TILE), -(-width // TILE)))[:height, :width]
    x = 2 * np.pi * np.arange(width)[None] * keyed.pilots[:, :1]
    y = 2 * np.pi * np.arange(height)[None] * keyed.pilots[:, 1:] + phases[:, None]
    rows = np.concatenate([np.cos(y), -np.sin(y)]).astype(np.float32).T
    columns = np.concatenate([np.cos(x), np.sin(x)]).astype(np.float32)
    waves = np.ascontiguousarray(rows) @ columns
    result: Floats = drawn + waves * np.float32(sqrt(2 * PILOT_SHARE / len(phases)))
    return result


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 3:
        return cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_RGB2GRAY)
    return pixels


def embed_v1(pixels: Pixels, payload: int, key: Key, sure: float = strengths.SURE) -> Pixels:
    height, width = pixels.shape[:2]
    symbols = encoded(payload)
    keyed = patterns(key.read)
    factor = min(FRAME / sqrt(height * width), _GROWS)
    sides = (round(width * factor), round(height * factor))
    grey = _grey(pixels)
    luma = shrunk(grey, sides)
    level = luma.astype(np.float32)
    mark = written(luma.shape, symbols, pilot_phases(key.read, payload), keyed)
    strength = strengths.allowed(level)
    low, high = strengths.GAINS
    def at(gain):
        m = cv2.convertScaleAbs(level + mark * strengths.scaled(strength, gain))
        return strengths.measured(m, keyed, symbols)
    g = 1.1
    for _ in range(2):
        s = at(g); embed_v1.z = s
        g = float(np.clip(g * sure / max(s, 1.0), low, high))
    delta = mark * strengths.scaled(strength, g)
    byte = cv2.convertScaleAbs(np.clip(delta * 8 + 128, 0, 255))
    wide = cv2.resize(byte, (width, height), interpolation=cv2.INTER_CUBIC if factor < 1 else cv2.INTER_AREA)
    out = np.empty_like(pixels)
    for top in range(0, height, 64):
        part = wide[top : top + 64]
        out[top : top + 64] = cv2.addWeighted(pixels[top : top + 64], 1, cv2.merge([part] * 3), 0.125, -16)
    embed_v1.gain = g
    return out


def detect_v1(pixels: Pixels, key: Key, deep=True) -> Detection:
    keyed = patterns(key.read)
    grey = _grey(pixels)
    found = []
    def look(v, power=None, **kw):
        fine = residual(v.luma); power = spectrum(fine)
        tops = candidates(power, key.read, **kw)
        detect_v1.best = tops[0].score
        for c in tops[:4]:
            m = refined(power, c.matrix, key.read)
            if m is None: continue
            cv = canvas(v, m, fine)
            rs = readings(folded(cv.fine), keyed)
            if rs:
                for r in rs:
                    s = 1/np.sqrt(abs(np.linalg.det(m)))
                    found.append(Mark(r.payload, r.score, s, float(np.degrees(np.arctan2(m[0,1],m[0,0]))), bool(np.linalg.det(m)<0), ()))
                return True
        return False
    v = view(grey)
    detect_v1.stage='fast'
    if look(v) or not deep: return Detection(tuple(found))
    detect_v1.stage='aspect'
    if look(v, aspects=(0.92,0.96,1.04,1.08)): return Detection(tuple(found))
    h, w = grey.shape
    for fr in (0.66, 0.5):
        hh, ww = int(h*fr), int(w*fr)
        for y in sorted({(h-hh)//2, 0, h-hh}):
            for x in sorted({(w-ww)//2, 0, w-ww}):
                detect_v1.stage=f'win{fr}'
                if look(view(grey,(y,x,hh,ww))): return Detection(tuple(found))
    detect_v1.stage='none'
    return Detection(tuple(found))
embed, detect = embed_v1, detect_v1

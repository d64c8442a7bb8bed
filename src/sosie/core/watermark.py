"""The watermark: a 64-bit number in a picture's luma, found again in any part large enough.

Spread-spectrum noise tiles, shifted by the payload and repeated over the picture, and 24 weak
waves that tell how a copy was scaled and turned (Cox et al., 1997; Pereira and Pun, 2000; here
all derived from a key). It survives accidents, not attacks: see docs/explanation/watermark.md.

This is version 1 (``org.sosie.watermark.1``). What it means never changes: a version 2 would be
added beside it, and ``embed`` and ``detect`` are always the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import watermark_strength as strengths
from sosie.core.projection import Matrix, corners, moved, scaled
from sosie.core.watermark_pattern import (
    TILE,
    Key,
    Patterns,
    encoded,
    patterns,
    pilot_phases,
    shifts,
)
from sosie.core.watermark_perspective import Part, part, rectified
from sosie.core.watermark_reading import Budget, Reading, readings
from sosie.core.watermark_search import (
    FRAME,
    Candidate,
    Canvas,
    View,
    candidates,
    canvas,
    folded,
    placed,
    refined,
    residual,
    shrunk,
    spectrum,
    view,
    without,
)

__all__ = ["LEAST", "Detection", "Key", "Mark", "detect", "detect_v1", "embed", "embed_v1"]

Floats = NDArray[Any]
Ints = NDArray[np.intp]
Pixels = NDArray[Any]

LEAST = 256
"""Pixels a side below which a picture is not marked."""
PILOT_SHARE = 0.28
"""Part of the mark's energy that is in the pilots."""
STANDING = 1.3
"""Amplitude of the standing tile against the others."""
_GROWS = 1.33
"""Units of the frame per pixel, at most: a small picture has a small frame."""
_SEEN = 5.5
"""Score of a further placement that may hold a second mark."""
_NEAR, _PART = 420.0, 640.0
"""Frames in which small crops and parts are looked at."""
_ASPECTS = (0.92, 0.96, 1.04, 1.08)


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark found."""

    payload: int
    """0 to 2**64 - 1."""
    score: float
    """Standard deviations above chance; at least 12.1, which no unmarked picture reaches."""
    scale: float
    """Pixels of the copy per unit of the mark's frame. A picture of w×h pixels was marked in a
    frame of 887 units (square root of the area), or 1.33 units per pixel if that is less."""
    rotation: float
    """Degrees by which the copy is turned clockwise, after mirroring."""
    mirrored: bool
    """Left to right."""
    outline: tuple[tuple[float, float], ...]
    """The copy's four corners (x, y) in the mark's frame, clockwise from its own top left."""

    def laid(self, marked: tuple[int, int], copy: tuple[int, int]) -> Matrix:
        """Return how the picture that was marked lies on its copy: 3×3, from pixel centers of the
        one to those of the other. Both are given by (width, height)."""
        frame = _frame(marked)
        there = scaled(marked[0] / frame[0], marked[1] / frame[1])
        seen = moved(there, np.array(self.outline)).astype(np.float32)
        ends = corners(copy).astype(np.float32)
        return np.asarray(cv2.getPerspectiveTransform(seen, ends), np.float64)


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in a picture."""

    payloads: tuple[Mark, ...] = ()
    """All marks found, the surest first: a picture may have been marked twice."""

    @property
    def payload(self) -> int | None:
        """The surest payload, ``None`` if nothing was found."""
        return self.payloads[0].payload if self.payloads else None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The payload of every mark, the surest first."""
        return tuple(mark.payload for mark in self.payloads)


def _written(size: tuple[int, int], symbols: Ints, phases: Floats, keyed: Patterns) -> Floats:
    """Draw the mark of (height, width) in its frame: float32, variance 1."""
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


def _frame(size: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of the frame in which a picture of (width, height) is marked."""
    factor = min(FRAME / sqrt(size[0] * size[1]), _GROWS)
    return round(size[0] * factor), round(size[1] * factor)


def _checked(pixels: Pixels) -> None:
    """Refuse what is no picture."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        raise ValueError("a picture is uint8 or uint16, H×W or H×W×3")
    if channels not in (1, 3, 4):
        raise ValueError(f"a picture has 1, 3 or 4 channels, not {channels}")


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    """Luma as uint8 H×W."""
    if pixels.dtype == np.uint16:
        pixels = cv2.convertScaleAbs(pixels, alpha=1 / 257)
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[:, :, 0])
    way = cv2.COLOR_RGB2GRAY if pixels.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
    result: NDArray[np.uint8] = cv2.cvtColor(np.ascontiguousarray(pixels), way)
    return result


def embed_v1(pixels: Pixels, payload: int, key: Key) -> Pixels:
    """This function will return a copy of the picture that carries the payload.

    ``pixels``: uint8 (or uint16) H×W×3, sRGB or another RGB space with a like curve; H×W grey
    and H×W×4 with alpha, which is kept. ``payload``: 0 to 2**64 - 1, a random number, never
    personal data; it also seeds the phases of the pilots. Raises ``ValueError`` below 256 pixels
    a side, for another form and for a payload of more bits. Look for a mark first: a second one
    lies beside the first and both are found, but each is weaker.
    """
    _checked(pixels)
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST:
        raise ValueError(
            f"a picture to mark has at least {LEAST} pixels a side, not {width}×{height}"
        )
    symbols, keyed = encoded(payload), patterns(key.read)
    luma = shrunk(_grey(pixels), _frame((width, height)))
    mark = _written(luma.shape, symbols, pilot_phases(key.read, payload), keyed)
    level = luma.astype(np.float32)
    strength = strengths.allowed(level)
    gain = strengths.gain(level, mark, strength, keyed, symbols=symbols, longest=max(height, width))
    return _added(pixels, mark * strengths.scaled(strength, gain))


def _added(pixels: Pixels, mark: Floats) -> Pixels:
    """Add a mark, in levels of 255 in its frame, to all colors alike; by strips, in bytes.

    An eighth is a hair less, so that half a level never rounds up: else odd levels, whose
    neighbors are even, would take a third more of a faint mark than even ones.
    """
    height, width = pixels.shape[:2]
    eighths = cv2.addWeighted(mark, 8.0, mark, 0.0, 128.0, dtype=cv2.CV_8U)
    way = cv2.INTER_LINEAR if width > 2 * mark.shape[1] else cv2.INTER_CUBIC
    if width < mark.shape[1]:
        way = cv2.INTER_AREA
    wide = cv2.resize(eighths, (width, height), interpolation=way)
    colors = pixels.shape[2] if pixels.ndim == 3 else 1
    level = 1.0 if pixels.dtype == np.uint8 else 257.0
    eighth = 0.998 * level / 8
    depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U
    out = np.empty_like(pixels)
    for top in range(0, height, 64):
        part, strip = pixels[top : top + 64], wide[top : top + 64]
        if level > 1:
            strip = strip.astype(np.uint16)
        if colors == 4:
            plain = np.full_like(strip, 128)
            strip = cv2.merge([strip, strip, strip, plain])
        elif colors == 3:
            strip = cv2.merge([strip] * 3)
        sum_ = cv2.addWeighted(part, 1.0, strip, eighth, -128.0 * eighth, dtype=depth)
        out[top : top + 64] = sum_.reshape(part.shape)
    return out


@dataclass(slots=True)
class _Search:
    """One picture being searched with one key."""

    grey: NDArray[np.uint8]
    read_key: bytes
    keyed: Patterns
    budget: Budget = field(default_factory=Budget)
    marks: dict[int, Mark] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    """What was seen in the views so far, for a copy that no single transform fits."""

    def look(
        self,
        shown: View,
        *,
        most: int,
        sideways: tuple[bool, ...] = (False,),
        aspects: tuple[float, ...] = (1.0,),
        whole: bool = False,
    ) -> bool:
        """Read the likeliest placements in a view; once one is read, only clear others follow."""
        fine = residual(shown.luma)
        power = spectrum(fine)
        tried: list[Matrix] = []
        queue = self._candidates(power, sideways, aspects)[:most]
        while queue:
            one = queue.pop(0)
            matrix = refined(power, one.matrix, self.read_key)
            if matrix is None or any(_alike(matrix, other) for other in tried):
                continue
            tried.append(matrix)
            self.parts.append(part(shown, matrix))
            before = len(self.marks)
            self.read(shown, matrix, fine)
            if len(self.marks) > before:
                power = without(power, matrix, self.read_key)
                others = self._candidates(power, sideways, aspects)[:2]
                queue = [other for other in others if other.score > _SEEN]
        if whole and not self.marks:
            # A copy that was only resized lies as the original did, whatever its pilots suffered.
            self.read(shown, np.eye(2), fine)
        return bool(self.marks)

    def _candidates(
        self, power: Floats, sideways: tuple[bool, ...], aspects: tuple[float, ...]
    ) -> list[Candidate]:
        return candidates(power, self.read_key, sideways=sideways, aspects=aspects)

    def read(self, shown: View, matrix: Matrix, fine: NDArray[np.uint8]) -> None:
        """Read one placement."""
        drawn = canvas(shown, matrix, fine)
        for reading in readings(folded(drawn.fine), self.keyed, self.budget):
            self._keep(reading, shown, drawn)

    def _keep(self, reading: Reading, shown: View, drawn: Canvas) -> None:
        known = self.marks.get(reading.payload)
        if known is not None and known.score >= reading.score:
            return
        phases = pilot_phases(self.read_key, reading.payload)
        turn = -1 if reading.reversed else 1
        found = placed(
            shown,
            drawn,
            pilots=self.keyed.pilots,
            phases=phases,
            turn=turn,
            origin=reading.origin,
        )
        outline = tuple((float(x), float(y)) for x, y in found.outline)
        self.marks[reading.payload] = Mark(
            reading.payload, reading.score, found.scale, found.rotation, found.mirrored, outline
        )


def _alike(one: Matrix, other: Matrix) -> bool:
    """Whether two placements are one, upside down or not."""
    apart = min(np.abs(one - other).max(), np.abs(one + other).max())
    return bool(apart < 0.002 * np.abs(one).max())


def detect_v1(pixels: Pixels, key: Key, *, deep: bool = True) -> Detection:
    """This function will find the marks of a key in a picture, whatever part of it is left.

    ``pixels``: uint8 (or uint16) H×W, H×W×3 or H×W×4; luma decoded at a fraction of its size is
    enough, as long as its long side stays above 1024. ``deep=False`` looks only for whole copies
    and crops, turned by up to 12 degrees, upside down or mirrored; ``deep`` also for stretched
    and sideways ones and in parts of the picture. Raises ``ValueError`` for another form. The
    probability that an unmarked picture yields any payload is below 1e-10 (see
    ``watermark_reading`` for the proof).
    """
    _checked(pixels)
    grey = _grey(pixels)
    if min(grey.shape) < 64:
        return Detection()
    search = _Search(grey, key.read, patterns(key.read))
    whole = view(grey)
    if not search.look(whole, most=4, whole=True) and deep:
        _deeper(search, whole)
    return Detection(tuple(sorted(search.marks.values(), key=lambda one: -one.score)))


def _deeper(search: _Search, whole: View) -> None:
    """Look for stretched and sideways copies, then in parts, until something is found."""
    if search.look(view(search.grey, frame=_NEAR), most=3):
        return
    if search.look(whole, most=3, aspects=_ASPECTS):
        return
    if search.look(whole, most=2, sideways=(True,)):
        return
    for window in _windows(search.grey):
        if search.look(view(search.grey, window, _PART), most=2):
            return
    flat = rectified(search.grey, search.parts)
    if flat is not None:
        search.read(flat, np.eye(2), residual(flat.luma))


def _windows(grey: NDArray[np.uint8]) -> Iterator[tuple[int, int, int, int]]:
    """Parts of a picture (top, left, height, width): without its frame, then thirds and halves."""
    height, width = grey.shape
    yield from _unframed(grey)
    for share, places in ((0.66, (1, 0, 2)), (0.5, (0, 2))):
        rows, columns = int(height * share), int(width * share)
        for y in places:
            for x in places:
                yield (height - rows) * y // 2, (width - columns) * x // 2, rows, columns


def _unframed(grey: NDArray[np.uint8]) -> Iterator[tuple[int, int, int, int]]:
    """The picture without plain rows and columns around it, if it has any."""
    rows = np.flatnonzero(grey[:, :: max(1, grey.shape[1] // 200)].std(1) > 4)
    columns = np.flatnonzero(grey[:: max(1, grey.shape[0] // 200)].std(0) > 4)
    if len(rows) < 64 or len(columns) < 64:
        return
    height, width = int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)
    if height * width < 0.95 * grey.size:
        yield int(rows[0]), int(columns[0]), height, width


embed = embed_v1
detect = detect_v1

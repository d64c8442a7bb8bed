"""The sketch of a sealed picture: what a copy is held against where the picture itself is not.

A sketch is the local features of the picture (``features``) and the colors of its fields, squares
of a sixteenth of its longer side. The features say how the copy lies on the original; at each of
their places the copy must then have the same 256 bits, and in each field the same color, but for
one change of tone over the whole. So a copy is compared all over, though not as closely as by the
pixels (``fingerprint.confirm``): what is much smaller than a field can escape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.alignment import warped
from sosie.core.difference import CLEARLY, ROUND, WHOLE, around, boxes, rounded
from sosie.core.features import (
    LEAST,
    LEVELS,
    MOST,
    SIDE,
    Features,
    agreement,
    described,
    extract,
    of_grey,
    reach,
)
from sosie.core.projection import ANGLED, BENT, Matrix, bent, middle, reshaped, scaled
from sosie.core.seal import INSIDE_ELSE, Box
from sosie.core.studio import Pixels
from sosie.core.tone import HUELESS, LIGHTEST, Places, faded, fitted, tint_of

FIELDS = 16
"""Fields along the longer side: too few to know a face by."""
PLACES = 30
"""Places that must be held before a copy is said to be one; one more for each percent that is
changed."""
SAME_BITS, OTHER_BITS = 64, 90
"""Bits of 256 up to which a place shows the same, and from which on another thing."""
SAME = (12.0, 8.0, 8.0)
"""Levels, of 255, of Y, Cr and Cb by which a field may leave the tone of the whole; a tenth more of
what that tone was moved by, and more where lights are lost. Measured, as all of these:
docs/formats/resolution.md, "How a copy is compared"."""
MOST_STRETCHED = 1.05
"""Beyond this it is changed in its shape: from afar it is known less well than with the pixels."""
MOST_CHANGED = 1 / 3
"""Share of the copy that may be changed for it to be one at all."""

_SEARCHED = 1500
"""Features of a copy: more than are kept of an original, since the copy may be a part of it."""
_WHOLE = 0.97
"""Share of a field that the copy must show for its color to be compared."""
_SOFT = 7
"""Pixels of the grid, twice as far as a rounded corner is soft."""
_TONED = 2.5
"""Levels by which the tone of all was moved that are told: recompression moves it by 1.0."""
_MORE, _MOST_LOST = 0.1, 20.0
"""Share of what the tone was moved by, and levels of it where light is lost."""

Floats = NDArray[Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What is published of a sealed picture."""

    features: Features
    colors: NDArray[np.uint8]
    """Rows×columns×3: mean luma and color differences (Y, Cr, Cb) of each field."""

    @classmethod
    def of(cls, pixels: Pixels) -> Self:
        """Return the sketch of a picture, uint8 H×W×3 sRGB."""
        features = extract(pixels)
        return cls(features, _fields(pixels, _grid(features.size)))

    @classmethod
    def read(cls, features: bytes, colors: bytes) -> Self:
        """Return a sketch that was published: encoded features, and three bytes a field, row by
        row. Raises ``ValueError`` if they are none, or not of one picture."""
        found = Features.decode(features)
        if not LEAST <= min(found.size) <= max(found.size) <= SIDE or len(found) > MOST:
            raise ValueError("these are not the local features of a picture")
        if len(found) and (
            (found.places > np.array(found.size) - 1).any() or (found.levels >= LEVELS).any()
        ):
            raise ValueError("local features lie outside of the picture")
        columns, rows = _grid(found.size)
        if len(colors) != rows * columns * 3:
            raise ValueError("the colors are not those of a picture of this shape")
        return cls(found, np.frombuffer(colors, np.uint8).reshape(rows, columns, 3))


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How a copy compares with a sketch."""

    matched: bool
    """Whether it is a copy; it may still be changed in ``regions``."""
    held: int = 0
    """Places with the same bits."""
    asked: int = 0
    """Places that the copy shows."""
    fields: int = 0
    """Fields whose color was compared."""
    changed: float = 0.0
    """Share of the copy, 0 to 1, that is changed."""
    regions: tuple[Box, ...] = ()
    """Changed fields, joined where they touch, in percent of the copy."""
    differs: tuple[str, ...] = ()
    """In words: cropped, turned, mirrored, framed, changed in tone, resized or recompressed."""
    length: float = 0.0
    """Pixels of the copy that the longer side of the whole original would take in it."""


def compare(copy: Pixels, sketch: Sketch) -> Resemblance:
    """This function will hold a copy against the sketch of an original.

    ``copy``: uint8 H×W×3 sRGB; one with a side under 32 pixels matches nothing.
    """
    found = _found(copy, sketch.features) if min(copy.shape[:2]) >= 32 else None
    if found is None:
        return Resemblance(False)
    laid, which, bits = found
    held = int((bits <= SAME_BITS).sum())
    colors = _colors(laid, sketch.colors)
    changed = colors.off | _other(sketch, which, bits)
    regions, share, framed, beside = _where(changed, laid)
    counts = held, len(bits), int(colors.seen.sum())
    if held < max(PLACES + 100 * share, len(bits) / 2) or share > MOST_CHANGED:
        return Resemblance(False, *counts)
    words = _words(laid, colors, framed, beside, colors.filled and not regions)
    length = _scale(laid, sketch.features) * max(sketch.features.size)
    if shape := reshaped(laid.matrix, sketch.features.size, most=MOST_STRETCHED):
        return Resemblance(True, *counts, 1.0, (WHOLE,), (shape, *words), length)
    return Resemblance(True, *counts, share, regions, words, length)


@dataclass(frozen=True, slots=True, eq=False)
class _Copy:
    """A copy, mirrored back if it is mirrored."""

    whole: Pixels
    near: Pixels
    """About as long as the grid."""
    scale: float
    """Pixels of ``near`` for one of the copy."""
    mirrored: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """A copy, and how the original's grid lies on it."""

    copy: _Copy
    matrix: Matrix
    """3×3, from the grid to pixels of ``copy.near``."""
    drawn: Pixels
    """The copy on the grid, uint8 H×W×3."""
    inside: Mask
    """H×W: what of the grid the copy shows."""
    corners: Mask
    """H×W: what of that is beyond rounded corners, or near to it."""

    @property
    def shown(self) -> Mask:
        """Return what of the original the copy shows, H×W."""
        return self.inside & ~self.corners


def _found(
    copy: Pixels, known: Features
) -> tuple[_Laid, NDArray[np.int64], NDArray[np.int64]] | None:
    """Return how the original lies on a copy, if it does, and ``_bits``."""
    # A thumbnail is enlarged: features of few pixels would lie too roughly.
    scale = min(SIDE, max(copy.shape[:2] + known.size)) / max(copy.shape[:2])
    sides = (max(1, round(copy.shape[1] * scale)), max(1, round(copy.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    shown = np.asarray(cv2.resize(copy, sides, interpolation=way))
    best = None
    for mirrored in (False, True):
        near = np.ascontiguousarray(shown[:, ::-1]) if mirrored else shown
        grey = cv2.cvtColor(near, cv2.COLOR_RGB2GRAY)
        seen = agreement(known, of_grey(grey, _SEARCHED))
        if seen is not None and (best is None or seen.agreeing > best[0].agreeing):
            best = seen, near, mirrored
    if best is None:
        return None
    seen, near, mirrored = best
    held = _Copy(np.ascontiguousarray(copy[:, ::-1]) if mirrored else copy, near, scale, mirrored)
    laid = _laid(held, seen.matrix, known.size)
    found = laid, *_bits(laid, known)
    if seen.bend is not None and seen.bending > seen.agreeing:
        laid = _laid(held, seen.bend, known.size)
        other = laid, *_bits(laid, known)
        # The better it lies, the more the places look as they did.
        if len(other[2]) and other[2].mean() < CLEARLY * found[2].mean():
            return other
    return found


def _laid(copy: _Copy, matrix: Matrix, size: tuple[int, int]) -> _Laid:
    drawn, mask = warped(copy.whole, np.linalg.inv(scaled(1 / copy.scale) @ matrix), size)
    inside = _moved(np.ones(size[::-1], bool), matrix, copy.near.shape[1::-1])
    corners = _moved(rounded(copy.near, inside), np.linalg.inv(matrix), size)
    soft = cv2.dilate(corners.astype(np.uint8), np.ones((_SOFT, _SOFT), np.uint8))
    return _Laid(copy, matrix, drawn, mask > 0, soft > 0)


def _moved(mask: Mask, matrix: Floats, size: tuple[int, int]) -> Mask:
    there = cv2.warpPerspective(mask.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    return np.asarray(there > 0)


def _bits(laid: _Laid, known: Features) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which places the copy shows whole and finely enough, and in how many bits each
    differs."""
    which, bits = described(cv2.cvtColor(laid.drawn, cv2.COLOR_RGB2GRAY), known)
    differing = np.unpackbits(known.bits[which] ^ bits, axis=1).sum(axis=1, dtype=np.int64)
    edge = cv2.distanceTransform(np.pad(laid.shown, 1).astype(np.uint8), cv2.DIST_L2, 3)
    x, y = np.rint(known.places[which]).astype(np.int64).T
    far = reach(known.levels[which])
    shown = edge[y + 1, x + 1] >= far
    shown &= far * _scale(laid, known) >= 14  # what is shrunk to less shows nothing any more
    return which[shown], differing[shown]


def _scale(laid: _Laid, known: Features) -> float:
    """Return how many pixels of the copy there are for one of the grid."""
    there = float(np.sqrt(abs(np.linalg.det(middle(laid.matrix, known.size)))))
    return there / laid.copy.scale


def _other(sketch: Sketch, which: NDArray[np.int64], bits: NDArray[np.int64]) -> Mask:
    """Return the fields in which three places, and most of them, show another thing."""
    rows, columns = sketch.colors.shape[:2]
    width, height = sketch.features.size
    x, y = sketch.features.places[which].T
    at = (y * rows / height).astype(np.int64), (x * columns / width).astype(np.int64)
    other, all_ = np.zeros((rows, columns)), np.zeros((rows, columns))
    np.add.at(other, at, bits >= OTHER_BITS)
    np.add.at(all_, at, 1)
    found: Mask = (other >= 3) & (other > all_ / 2)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Colors:
    """How the colors of a copy's fields compare."""

    off: Mask
    """Rows×columns: where they are others."""
    seen: Mask
    """Where they were compared."""
    moved: float = 0.0
    """Levels by which the tone of all was moved, on average."""
    grey: bool = False
    """Whether the copy has no color, and lightness alone was compared."""
    filled: bool = False
    """Whether its corners have another color than those of the original."""


def _colors(laid: _Laid, colors: NDArray[np.uint8]) -> _Colors:
    rows, columns = colors.shape[:2]
    masks = laid.inside, laid.shown, (laid.drawn >= LIGHTEST).any(axis=2)
    inside, shown, lost = (
        cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        for mask in masks
    )
    whole, bare = inside >= _WHOLE, shown >= _WHOLE
    off = np.zeros((rows, columns), bool)
    if bare.sum() < 4:
        return _Colors(off, bare)
    compared, lost = bare[whole], lost[whole][:, None]
    found: list[tuple[int, Floats, float, bool]] = []
    angled = bent(laid.matrix, laid.drawn.shape[1::-1]) > BENT / 2
    explained = _explained(laid, whole, colors[whole], compared, angled=angled)
    for error, moved, grey in explained:
        more = _MORE * moved + lost * min(moved, _MOST_LOST)
        stray = (error / (np.array(SAME) + more)).max(axis=1)
        count = int((stray[compared] > 1).sum())
        if not found or count < CLEARLY * found[-1][0]:
            found.append((count, stray, moved, grey))
        if count == 0:
            break
    _, stray, moved, grey = found[-1]
    off[whole] = compared & (stray > 1)
    return _Colors(off, bare, moved, grey, bool((stray[~compared] > 0.5).any()))


def _explained(
    laid: _Laid, fields: Mask, colors: NDArray[np.uint8], compared: Mask, *, angled: bool
) -> Iterator[tuple[Floats, float, bool]]:
    """Yield what one change of tone after another leaves of the difference of some fields.

    ``laid``: the copy on the grid; ``colors``: N×3, of the original; ``compared``: N, those by
    which the tone is fitted; ``angled``: whether it is seen at an angle, and so perhaps in uneven
    light. Each: levels by which the fields differ still, N×3; levels by which that tone was moved;
    whether it is that of a copy without color.
    """
    # From the copy back to its original: the pixels of a copy are here, to be averaged in any tone.
    grid = fields.shape[::-1]
    ours = Places.fields(laid.drawn, grid).where(fields.ravel())
    shown, known = _parts(ours.levels), colors.astype(np.float32)
    for levels, moved in _toned(ours, known, compared, uneven=angled):
        yield np.abs(_parts(levels) - known), moved, False
    tint = tint_of(laid.drawn, laid.inside)
    if tint is None or np.ptp(known[:, 1:], axis=0).max() < HUELESS:
        return
    pale = faded(laid.drawn)
    tinted = tint[pale[:, :, 0]].astype(np.float32) / 255
    stained = _parts(cv2.resize(tinted, grid, interpolation=cv2.INTER_AREA)[fields])
    stained = np.abs(shown - stained)[:, 1:]
    ours = Places.fields(pale, grid).where(fields.ravel())
    known[:, 1:] = 128
    for levels, moved in _toned(ours, known, compared, uneven=angled):
        light = np.abs(_parts(levels) - known)[:, :1]
        yield np.hstack([light, stained]), moved, True


def _toned(
    ours: Places, known: Floats, compared: Mask, *, uneven: bool
) -> Iterator[tuple[Floats, float]]:
    """Yield the fields of a copy in the tones that may be the original's, N×3, 0 to 1, the last as
    they are; and by how many levels they were moved."""
    theirs = np.asarray(cv2.cvtColor(known[None] / 255, cv2.COLOR_YCrCb2RGB))[0]
    weight = np.repeat(compared.astype(np.float64)[:, None], 3, axis=1)
    for tone in fitted(ours, theirs, weight, uneven=uneven):
        levels = ours.toned(tone)
        yield levels, 255 * float(np.abs(levels - ours.levels).mean())
    yield ours.levels, 0.0


def _parts(levels: Floats) -> Floats:
    """Return luma and color differences, N×3, 0 to 255, of colors, N×3, 0 to 1."""
    parts = cv2.cvtColor(levels[None].astype(np.float32), cv2.COLOR_RGB2YCrCb)[0]
    return np.asarray(255 * parts)


def _where(changed: Mask, laid: _Laid) -> tuple[tuple[Box, ...], float, float, bool]:
    """Return where the copy is changed, the share of that, the share of plain border, and whether
    more than that is around it."""
    height, width = laid.copy.near.shape[:2]

    def on_copy(mask: Mask) -> Mask:
        size = laid.drawn.shape[1::-1]
        grid = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        return _moved(grid > 0, laid.matrix, (width, height))

    # The edge is known to a few pixels only: a strip of a fortieth is none.
    margin = max(3, max(height, width) // 40)
    beside, framed = around(laid.copy.near, on_copy(np.ones_like(changed)), margin)
    found = (on_copy(changed), *beside)
    regions, share = boxes(*(each[:, ::-1] if laid.copy.mirrored else each for each in found))
    return regions, share, framed, bool(beside)


def _words(
    laid: _Laid, colors: _Colors, framed: float, beside: bool, rounded: bool
) -> tuple[str, ...]:
    kept = float(laid.inside.mean())
    size = laid.drawn.shape[1::-1]
    slope = middle(laid.matrix, size)
    turned = abs(float(np.degrees(np.arctan2(slope[1, 0], slope[0, 0]))))
    words = []
    if kept < 0.985:
        words.append(f"cropped to {max(1.0, 100 * kept):.0f} % of its area")
    if laid.copy.mirrored:
        words.append("mirrored")
    if turned >= 0.5:
        words.append(f"turned by {turned:.0f}°")
    if bent(laid.matrix, size) > BENT:
        words.append(ANGLED)
    if framed > 0.01:
        words.append(f"framed ({100 * framed:.0f} % is plain border)")
    if beside:
        words.append(INSIDE_ELSE)
    if rounded:
        words.append(ROUND)
    if colors.grey:
        words.append("without color")
    elif colors.moved > _TONED:
        words.append("changed in tone")
    return tuple(words) or ("resized or recompressed",)


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    """Return how many columns and rows of fields a picture of some size has."""
    side = max(size) / FIELDS
    return max(1, round(size[0] / side)), max(1, round(size[1] / side))


def _fields(pixels: Pixels, grid: tuple[int, int]) -> NDArray[np.uint8]:
    small = cv2.resize(pixels, grid, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))

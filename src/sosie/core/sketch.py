"""The sketch of a sealed picture: what a copy is held against where the picture itself is not.

A sketch is the local features of the picture (``features``) and the colors of its fields, squares
of a sixteenth of its longer side. The features say how the copy lies on the original; at each of
their places the copy must then have the same 256 bits, and in each field the same color, but for
one change of tone over the whole. So a copy is compared all over, though not as closely as by the
pixels (``fingerprint.confirm``): what is much smaller than a field can escape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.alignment import warped
from sosie.core.difference import around, boxes
from sosie.core.features import (
    LEVELS,
    MOST,
    SIDE,
    Features,
    agreement,
    described,
    extract,
    of_grey,
    reach,
    shrunk,
)
from sosie.core.projection import ANGLED, BENT, Matrix, bent, middle, scaled
from sosie.core.seal import INSIDE_ELSE, Box
from sosie.core.studio import Pixels

FIELDS = 16
"""Fields along the longer side: too few to know a face by."""
PLACES = 30
"""Places that must be held before a copy is said to be one; one more for each percent that is
changed."""
SAME_BITS, OTHER_BITS = 64, 90
"""Bits of 256 up to which a place shows the same, and from which on another thing."""
SAME_LUMA, SAME_COLOR = 14.0, 9.5
"""Levels, of 255, by which a field may leave the tone of the whole, and half as many more as that
tone was moved. Measured, as all of these: docs/formats/resolution.md, "How a copy is compared"."""
MOST_CHANGED = 1 / 3
"""Share of the copy that may be changed for it to be one at all."""

_SEARCHED = 1500
"""Features of a copy: more than are kept of an original, since the copy may be a part of it."""
_WHOLE = 0.97
"""Share of a field that the copy must show for its color to be compared."""

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
        if not 32 <= min(found.size) <= max(found.size) <= SIDE or len(found) > MOST:
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
class Likeness:
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


def compare(copy: Pixels, sketch: Sketch) -> Likeness:
    """This function will hold a copy against the sketch of an original.

    ``copy``: uint8 H×W×3 sRGB; one with a side under 32 pixels matches nothing.
    """
    laid = _laid(copy, sketch.features) if min(copy.shape[:2]) >= 32 else None
    if laid is None:
        return Likeness(False)
    which, bits = _bits(laid, sketch.features)
    held = int((bits <= SAME_BITS).sum())
    off, seen, tone = _off_color(laid, sketch.colors)
    changed = off | _other(sketch, which, bits)
    regions, share, framed, beside = _where(changed, laid)
    counts = held, len(bits), int(seen.sum())
    if held < max(PLACES + 100 * share, len(bits) / 2) or share > MOST_CHANGED:
        return Likeness(False, *counts)
    return Likeness(True, *counts, share, regions, _words(laid, framed, beside, tone))


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """A copy, and how the original's grid lies on it."""

    near: Pixels
    """The copy, at most ``SIDE`` long; mirrored if the copy is."""
    matrix: Matrix
    """3×3, from the grid to pixels of ``near``."""
    mirrored: bool
    drawn: Pixels
    """The copy on the grid, uint8 H×W×3."""
    inside: Mask
    """H×W: what of the grid the copy shows."""


def _laid(copy: Pixels, known: Features) -> _Laid | None:
    best = None
    for mirrored in (False, True):
        picture = np.ascontiguousarray(copy[:, ::-1]) if mirrored else copy
        grey, small = shrunk(picture, SIDE)
        found = agreement(known, of_grey(grey, _SEARCHED))
        if found is not None and (best is None or found.agreeing > best[0]):
            best = found.agreeing, found.best, picture, small, mirrored
    if best is None:
        return None
    _, matrix, picture, small, mirrored = best
    drawn, mask = warped(picture, np.linalg.inv(scaled(1 / small) @ matrix), known.size)
    sides = (round(picture.shape[1] * small), round(picture.shape[0] * small))
    near = np.asarray(cv2.resize(picture, sides, interpolation=cv2.INTER_AREA))
    return _Laid(near, matrix, mirrored, drawn, mask > 0)


def _bits(laid: _Laid, known: Features) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which places the copy shows whole and finely enough, and in how many bits each
    differs."""
    which, bits = described(cv2.cvtColor(laid.drawn, cv2.COLOR_RGB2GRAY), known)
    differing = np.unpackbits(known.bits[which] ^ bits, axis=1).sum(axis=1, dtype=np.int64)
    edge = cv2.distanceTransform(np.pad(laid.inside, 1).astype(np.uint8), cv2.DIST_L2, 3)
    x, y = np.rint(known.places[which]).astype(np.int64).T
    far = reach(known.levels[which])
    shown = edge[y + 1, x + 1] >= far
    scale = float(np.sqrt(abs(np.linalg.det(middle(laid.matrix, known.size)))))
    shown &= far * scale >= 14  # what is shrunk to less shows nothing any more
    return which[shown], differing[shown]


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


def _off_color(laid: _Laid, colors: NDArray[np.uint8]) -> tuple[Mask, Mask, float]:
    """Return which fields have another color, which were compared, and how far the tone of all
    was moved, in levels."""
    rows, columns = colors.shape[:2]
    cover = cv2.resize(
        laid.inside.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
    )
    seen: Mask = cover >= _WHOLE
    off, moved = np.zeros((rows, columns), bool), 0.0
    if seen.sum() < 4:
        return off, seen, moved
    ours = _fields(laid.drawn, (columns, rows))[seen].astype(np.float64)
    theirs = colors[seen].astype(np.float64)
    for channel, most in enumerate((SAME_LUMA, SAME_COLOR, SAME_COLOR)):
        toned = _toned(theirs[:, channel], ours[:, channel], bent=channel == 0)
        if channel == 0:
            moved = float(np.abs(toned - theirs[:, 0]).mean())
        off[seen] |= np.abs(toned - ours[:, channel]) > most + moved / 2
    return off, seen, moved


def _toned(known: Floats, seen: Floats, *, bent: bool) -> Floats:
    """Return the levels of an original in the tone of its copy: a line or, ``bent``, a parabola,
    fitted robustly and held to no change where the fields say little. Colors that fade away are
    no tone."""
    x = known / 255
    table = np.stack([np.ones_like(x), x, x**2], axis=1)[:, : 3 if bent else 2]
    start = np.array([0.0, 1.0, 0.0])[: table.shape[1]]
    hold = np.diag([0.01, 0.02, 0.02])[: table.shape[1], : table.shape[1]]
    answer = start
    for _ in range(20):
        error = np.abs(table @ answer - seen / 255)
        weight = 1 / (1 + (error / max(0.006, float(np.median(error)))) ** 2)
        normal = table.T @ (table * weight[:, None]) + hold
        answer = np.linalg.solve(normal, table.T @ (weight * seen / 255) + hold @ start)
    result: Floats = np.clip(255 * (table @ answer), 0, 255)
    return known if not bent and not 0.6 < answer[1] < 1.6 else result


def _where(changed: Mask, laid: _Laid) -> tuple[tuple[Box, ...], float, float, bool]:
    """Return where the copy is changed, the share of that, the share of plain border, and whether
    more than that is around it."""
    height, width = laid.near.shape[:2]

    def on_copy(mask: Mask) -> Mask:
        grid = cv2.resize(
            mask.astype(np.uint8), laid.drawn.shape[1::-1], interpolation=cv2.INTER_NEAREST
        )
        return np.asarray(
            cv2.warpPerspective(grid, laid.matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
        )

    # The edge is known to a few pixels only: a strip of a fortieth is none.
    margin = max(3, max(height, width) // 40)
    beside, framed = around(laid.near, on_copy(np.ones_like(changed)), margin)
    found = (on_copy(changed), *beside)
    regions, share = boxes(*(each[:, ::-1] if laid.mirrored else each for each in found))
    return regions, share, framed, bool(beside)


def _words(laid: _Laid, framed: float, beside: bool, tone: float) -> tuple[str, ...]:
    kept = float(laid.inside.mean())
    size = laid.drawn.shape[1::-1]
    slope = middle(laid.matrix, size)
    turned = abs(float(np.degrees(np.arctan2(slope[1, 0], slope[0, 0]))))
    words = []
    if kept < 0.985:
        words.append(f"cropped to {max(1.0, 100 * kept):.0f} % of its area")
    if laid.mirrored:
        words.append("mirrored")
    if turned >= 0.5:
        words.append(f"turned by {turned:.0f}°")
    if bent(laid.matrix, size) > BENT:
        words.append(ANGLED)
    if framed > 0.01:
        words.append(f"framed ({100 * framed:.0f} % is plain border)")
    if beside:
        words.append(INSIDE_ELSE)
    if tone > 6:
        words.append("changed in tone")
    return tuple(words) or ("resized or recompressed",)


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    """Return how many columns and rows of fields a picture of some size has."""
    side = max(size) / FIELDS
    return max(1, round(size[0] / side)), max(1, round(size[1] / side))


def _fields(pixels: Pixels, grid: tuple[int, int]) -> NDArray[np.uint8]:
    small = cv2.resize(pixels, grid, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))

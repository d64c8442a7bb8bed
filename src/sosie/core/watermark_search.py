"""Where in a picture the mark lies: scale, turn, shear and mirroring from its pilots.

The pilots are 24 weak waves whose frequencies only the key knows. In the spectrum of a copy they
stand where the copy's scaling and turning has moved them, whatever was cut off. A table of
placements (scale × turn × aspect) is summed over the pilots' points; the best are refined by a
robust least-squares fit of the affine transform. ("Spectral templates": Pereira and Pun, 2000.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from sosie.core import projection
from sosie.core.projection import Matrix
from sosie.core.watermark_pattern import PILOTS, TILE, patterns

Floats = NDArray[Any]
Bytes = NDArray[np.uint8]

FRAME = 887.0
"""Square root of the area of a picture in units of the mark's frame."""
SPECTRUM = 1024
_HALF = 288
"""Frequencies kept on each side of zero, of ``SPECTRUM``."""
SCALES = (0.66, 2.9)
"""Pixels of the view per unit of the mark's frame that are looked for."""
TURN = 12.0
"""Degrees to either side that are looked for (and upside down, for nothing)."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture, or a window of it, resized to the area of the mark's frame."""

    luma: Bytes
    """uint8."""
    place: Matrix
    """3×3, projective: from pixel centers of the view to those of the picture."""
    size: tuple[int, int]
    """Height and width of the picture."""


def view(
    grey: Bytes, window: tuple[int, int, int, int] | None = None, frame: float = FRAME
) -> View:
    """This function will cut the window (top, left, height, width) and resize it to an area.

    Halves by area first: resizing by area with a broken factor is ten times slower.
    """
    top, left, height, width = window or (0, 0, *grey.shape[:2])
    part = grey[top : top + height, left : left + width]
    factor = frame / np.sqrt(height * width)
    sides = (max(8, round(width * factor)), max(8, round(height * factor)))
    resized = shrunk(part, sides)
    x, y = width / sides[0], height / sides[1]
    place = np.array([[x, 0, left + x / 2 - 0.5], [0, y, top + y / 2 - 0.5], [0, 0, 1]])
    return View(resized, place, grey.shape[:2])


def shrunk(part: Bytes, sides: tuple[int, int]) -> Bytes:
    """This function will resize to (width, height): by halves, then by interpolation."""
    while part.shape[1] >= 2 * sides[0] and part.shape[0] >= 2 * sides[1]:
        half = (part.shape[1] // 2, part.shape[0] // 2)
        even = part[: 2 * half[1], : 2 * half[0]]
        part = cv2.resize(even, half, interpolation=cv2.INTER_AREA)
    grows = part.shape[1] < sides[0]
    way = cv2.INTER_CUBIC if grows else cv2.INTER_LINEAR
    result: Bytes = cv2.resize(part, sides, interpolation=way)
    return result


def residual(luma: Bytes) -> Bytes:
    """This function will return what is finer than the picture's shapes, evened in strength.

    uint8, 128 is nothing and 48 levels one standard deviation of the surroundings: strong
    texture and edges must not outshout a plain backdrop.
    """
    small = cv2.sepFilter2D(luma, cv2.CV_32F, _NARROW, _NARROW)
    fine = cv2.subtract(small, cv2.sepFilter2D(luma, cv2.CV_32F, _WIDE, _WIDE))
    spread = cv2.sqrt(cv2.boxFilter(cv2.multiply(fine, fine), -1, (21, 21)) + 0.25) + 0.5
    even = cv2.divide(fine, spread)
    result: Bytes = cv2.addWeighted(even, 48.0, even, 0.0, 128.0, dtype=cv2.CV_8U)
    return result


_NARROW = cv2.getGaussianKernel(5, 0.7, cv2.CV_32F)
_WIDE = cv2.getGaussianKernel(13, 3.0, cv2.CV_32F)


def spectrum(fine: Bytes) -> Floats:
    """This function will return the power of the frequencies around zero, evened: mean 1.

    float32 576×576, frequency zero at (288, 288); steps of 1/1024 cycle per pixel. Only the
    middle 1024×1024 pixels are seen.
    """
    height, width = fine.shape
    top, left = max(0, (height - SPECTRUM) // 2), max(0, (width - SPECTRUM) // 2)
    part = fine[top : top + SPECTRUM, left : left + SPECTRUM].astype(np.float32)
    part -= 128
    part *= _window(part.shape[0])[:, None]
    part *= _window(part.shape[1])[None, :]
    rows = fft.rfft(part, SPECTRUM, axis=1)[:, :_HALF]
    whole = fft.fft(rows, SPECTRUM, axis=0)
    right = np.concatenate([whole[-_HALF:], whole[:_HALF]], 0)
    power = np.zeros((2 * _HALF, 2 * _HALF), np.float32)
    power[:, _HALF:] = right.real**2 + right.imag**2
    power[1:, 1:_HALF] = power[1:, _HALF + 1 :][::-1, ::-1]
    power /= cv2.blur(power, (31, 31)) + 1e-9
    power[_HALF - 8 : _HALF + 9, _HALF - 8 : _HALF + 9] = 0
    return power


@lru_cache(maxsize=64)
def _window(size: int) -> Floats:
    return np.sqrt(np.hanning(size) + 1e-3).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Where the pilots would be for each placement."""

    points: NDArray[np.intp]
    """24×n points of the flattened spectrum."""
    matrices: Matrix
    """n×2×2: from the view to the mark's frame."""
    shape: tuple[int, ...]


@lru_cache(maxsize=16)
def _table(read: bytes, aspect: float) -> _Table:
    pilots = patterns(read).pilots
    scales = np.exp(np.arange(np.log(SCALES[0]), np.log(SCALES[1]), 0.008))
    turns = np.deg2rad(np.arange(-TURN, TURN + 1e-6, 0.4))
    cos, sin = np.cos(turns), np.sin(turns)
    rotation = np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1)
    stretch = np.diag([np.sqrt(aspect), 1 / np.sqrt(aspect)])
    matrices = (rotation @ stretch)[None] / scales[:, None, None, None]
    flat = matrices.reshape(-1, 2, 2)
    seen = np.rint(np.einsum("pi,nij->pnj", pilots, flat) * SPECTRUM).astype(np.intp) + _HALF
    outside = ((seen < 0) | (seen >= 2 * _HALF)).any(-1)
    points = seen[..., 1] * 2 * _HALF + seen[..., 0]
    points[outside] = _HALF * 2 * _HALF + _HALF  # frequency zero, where the power is 0
    return _Table(points, flat, (len(scales), len(turns)))


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A placement worth reading."""

    score: float
    matrix: Matrix
    """2×2, from the view to the mark's frame."""


def without(power: Floats, matrix: Matrix, read: bytes) -> Floats:
    """This function will take the pilots of a mark out of a spectrum, to see if others are left."""
    left = power.copy()
    for x, y in np.rint(patterns(read).pilots @ matrix * SPECTRUM).astype(int):
        for sign in (-1, 1):
            row, column = _HALF + sign * int(y), _HALF + sign * int(x)
            left[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4] = 1.0
    return left


def candidates(
    power: Floats,
    read: bytes,
    *,
    mirrored: tuple[bool, ...] = (False, True),
    sideways: tuple[bool, ...] = (False,),
    aspects: tuple[float, ...] = (1.0,),
    most: int = 3,
) -> list[Candidate]:
    """This function will return the best placements of each kind, best first.

    ``score``: standard deviations over all placements of that kind.
    """
    wide = cv2.dilate(cv2.min(power, 8.0), np.ones((3, 3), np.uint8))
    levels = np.ascontiguousarray((wide * 31).astype(np.uint8))
    found = []
    for turned in sideways:
        for mirror in mirrored:
            seen = levels.T if turned else levels
            # Frequency -k of the mirrored axis lies one place off: the first is beyond reach.
            if mirror:
                seen = np.roll(seen[:, ::-1], 1, axis=1)
            flat = np.ascontiguousarray(seen).ravel()
            for aspect in aspects:
                table = _table(read, aspect)
                for score, matrix in _best(flat, table, most):
                    placed = matrix @ np.diag([-1.0, 1.0]) if mirror else matrix
                    found.append(Candidate(score, placed[:, ::-1] if turned else placed))
    return sorted(found, key=lambda one: -one.score)


def _best(flat: Bytes, table: _Table, most: int) -> list[tuple[float, Matrix]]:
    total = np.zeros(table.points.shape[1], np.int32)
    for row in table.points:
        total += flat[row]
    mean, spread = float(total.mean()), float(total.std()) + 1e-9
    grid = total.reshape(table.shape)
    best = []
    for _ in range(most):
        row, column = divmod(int(grid.argmax()), grid.shape[1])
        score = (float(grid[row, column]) - mean) / spread
        best.append((score, table.matrices[row * grid.shape[1] + column]))
        grid[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4] = 0
    return best


def refined(power: Floats, matrix: Matrix, read: bytes) -> Matrix | None:
    """This function will fit the transform to the peaks beside the pilots' expected points.

    Returns ``None`` if fewer than six peaks agree with any transform.
    """
    pilots = patterns(read).pilots
    for reach in (3, 2, 1):
        places, weights, sound = _peaks(power, pilots @ matrix * SPECTRUM, reach)
        fitted = _fit(pilots[sound], places[sound] / SPECTRUM, weights[sound], reach)
        if fitted is None:
            return None
        matrix = fitted
    return matrix


def _peaks(power: Floats, expected: Matrix, reach: int) -> tuple[Matrix, Floats, Floats]:
    """Strongest points within reach, to a fraction of a step; their power; which are usable."""
    start = np.rint(expected).astype(np.intp) + _HALF
    sound = ((start > reach + 1) & (start < 2 * _HALF - reach - 2)).all(1)
    start[~sound] = _HALF
    around = np.arange(-reach, reach + 1)
    patch = power[(start[:, 1, None, None] + around[:, None]), (start[:, 0, None, None] + around)]
    best = patch.reshape(PILOTS, -1).argmax(1)
    x = start[:, 0] + best % (2 * reach + 1) - reach
    y = start[:, 1] + best // (2 * reach + 1) - reach
    height = power[y, x]
    root = np.sqrt
    left, right, up, down = power[y, x - 1], power[y, x + 1], power[y - 1, x], power[y + 1, x]
    mid = root(height)
    dx = (root(right) - root(left)) / (2 * (2 * mid - root(right) - root(left)) + 1e-6)
    dy = (root(down) - root(up)) / (2 * (2 * mid - root(down) - root(up)) + 1e-6)
    fine = np.stack([x + np.clip(dx, -0.6, 0.6), y + np.clip(dy, -0.6, 0.6)], 1) - _HALF
    return fine, np.minimum(height, 30.0), sound & (height > 3.5)


def _fit(pilots: Matrix, seen: Matrix, weights: Floats, reach: int) -> Matrix | None:
    if len(pilots) < 6:
        return None
    used = np.ones(len(pilots), bool)
    for _ in range(4):
        weight = weights[used, None]
        solved = np.linalg.lstsq(pilots[used] * weight, seen[used] * weight, rcond=None)
        found: Matrix = solved[0].astype(np.float64)
        error = np.hypot(*(seen - pilots @ found).T) * SPECTRUM
        used = error < max(0.5 + 0.1 * reach, 2.0 * float(np.median(error[used])))
        if used.sum() < 6:
            return None
    spread = np.linalg.svd(found, compute_uv=False)
    return found if spread[1] > 0.2 and spread[0] / spread[1] < 1.35 else None


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A view drawn in the mark's frame, up to whole tiles."""

    fine: Bytes
    """uint8, 128 is nothing; both sides whole tiles."""
    place: Matrix
    """3×3: from the canvas to pixel centers of the view."""


def canvas(shown: View, matrix: Matrix, fine: Bytes) -> Canvas:
    """This function will draw a view as the transform says that the mark was written.

    A view that shows the mark enlarged is shrunk first and its residual taken again.
    """
    scale = 1 / np.sqrt(abs(float(np.linalg.det(matrix))))
    luma = shown.luma
    back = np.linalg.inv(matrix)
    height, width = luma.shape
    inner = np.eye(2)
    if scale > 1.25:
        sides = (max(8, round(width / scale)), max(8, round(height / scale)))
        fine = residual(shrunk(luma, sides))
        inner = np.diag([sides[0] / width, sides[1] / height])
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]], float)
    start = np.floor(corners.min(1))
    across, down = (np.ceil((corners.max(1) - start) / TILE).astype(int) * TILE).tolist()
    to_view = np.hstack([back, (back @ start)[:, None]])
    to_fine = np.hstack([inner @ back, (inner @ (back @ start + 0.5) - 0.5)[:, None]])
    drawn = cv2.warpAffine(
        fine, to_fine, (across, down), borderValue=128,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )  # fmt: skip
    return Canvas(drawn, np.vstack([to_view, [0.0, 0.0, 1.0]]))


def folded(drawn: Bytes) -> Floats:
    """This function will lay all tiles of a canvas on each other: float32 256×256."""
    total = np.full((TILE, TILE), -128.0 * (drawn.size // TILE**2), np.float32)
    for top in range(0, drawn.shape[0], TILE):
        for left in range(0, drawn.shape[1], TILE):
            cv2.accumulate(drawn[top : top + TILE, left : left + TILE], total)
    return total


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where a copy lies in the mark's frame."""

    matrix: Matrix
    """3×3, projective: from pixel centers of the copy to the mark's frame."""
    outline: Matrix
    """4×2: the copy's corners in the mark's frame, clockwise from its top left."""
    scale: float
    """Pixels of the copy per unit of the frame."""
    rotation: float
    """Degrees by which the copy is turned clockwise, after mirroring."""
    mirrored: bool


def placed(
    shown: View,
    drawn: Canvas,
    *,
    pilots: Matrix,
    phases: Floats,
    turn: int,
    origin: tuple[int, int],
) -> Placement:
    """This function will place a copy whose payload, and so the pilots' phases, are known.

    The tiles say where it lies but for whole tiles; the pilots, which do not repeat with the
    tiles, say which. ``turn``: 1, or -1 where the canvas was read upside down.
    """
    height, width = drawn.fine.shape[0] // 2, drawn.fine.shape[1] // 2
    fine = cv2.resize(drawn.fine, (width, height), interpolation=cv2.INTER_AREA)
    fine = fine.astype(np.float32) - 128.0
    x = (turn * (2 * np.arange(width) + 0.5) - origin[1])[None] * pilots[:, :1]
    y = (turn * (2 * np.arange(height) + 0.5) - origin[0])[None] * pilots[:, 1:]
    rows = np.exp(-2j * np.pi * y).astype(np.complex64)
    columns = np.exp(-2j * np.pi * x).astype(np.complex64)
    seen = ((rows.real @ fine + 1j * (rows.imag @ fine)) * columns).sum(1) * np.exp(-1j * phases)
    tiles = np.arange(-10, 15)
    across = np.exp(-2j * np.pi * TILE * tiles[:, None] * pilots[None, :, 0])
    down = np.exp(-2j * np.pi * TILE * tiles[:, None] * pilots[None, :, 1])
    sure = (down[:, None] * across[None] * seen).sum(-1).real
    j, i = divmod(int(sure.argmax()), len(tiles))
    offset = TILE * np.array([tiles[i], tiles[j]]) - np.array(origin[::-1])
    moved = np.array([[turn, 0.0, offset[0]], [0.0, turn, offset[1]], [0.0, 0.0, 1.0]])
    matrix = moved @ np.linalg.inv(shown.place @ drawn.place)
    size = (shown.size[1], shown.size[0])
    forth = np.linalg.inv(projection.slope(matrix, np.array(size) / 2))
    mirrored = bool(np.linalg.det(forth) < 0)
    upright = forth @ np.diag([-1.0, 1.0]) if mirrored else forth
    return Placement(
        matrix,
        projection.moved(matrix, projection.corners(size)),
        float(np.sqrt(abs(np.linalg.det(forth)))),
        float(np.degrees(np.arctan2(upright[1, 0] - upright[0, 1], upright[0, 0] + upright[1, 1]))),
        mirrored,
    )

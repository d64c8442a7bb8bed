"""Laying one picture on another: a transform from the original to its copy, or none.

Directly where the shape says that nothing was cut, else by local features (``features``) and a
refinement by enhanced correlation (Evangelidis and Psarakis, 2008): as an affine transform, then,
for a copy that was photographed or seen at an angle, as a projective one. No randomness is left:
OpenCV's RANSAC is seeded the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.features import MOST_BENT, agreement, of_grey, shrunk
from sosie.core.projection import Matrix, bent, corners, middle, moved, scaled, square
from sosie.core.projection import mirrored as flipped
from sosie.core.studio import Pixels

INLIERS = 30
"""Features that must agree. Unrelated photographs reach 24, copies with half of a picture 90 and
more, those with a fifth 30 and more. Two people rendered in one pose reach 41: see ``confirm``."""

_UPRIGHT = 4.0
"""Pixels of the grid."""
_SIDE, _MOST = 800, 1500
"""Longer side in pixels on which features are laid on each other, and how many."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the original lies on the copy."""

    matrix: Matrix
    """3×3, from pixel centers of the original to pixel centers of the copy."""
    inliers: int
    """Agreeing features; 0 when the shapes alone say it."""
    mirrored: bool
    turned: int
    """Quarter turns counterclockwise, after mirroring, that bring the original to the copy."""


def oriented(pixels: Pixels, mirrored: bool, turned: int) -> Pixels:
    """This function will mirror a picture left to right and turn it by quarter turns."""
    start = pixels[:, ::-1] if mirrored else pixels
    return np.ascontiguousarray(np.rot90(start, turned))


def direct(copy: Pixels, original: Pixels, mirrored: bool, turned: int) -> Alignment | None:
    """This function will lay two pictures of one shape on each other by resizing alone.

    Returns ``None`` when the sides differ by more than one pixel or 0.3 % from one scale.
    """
    sides = original.shape[:2][::-1] if turned % 2 == 0 else original.shape[:2]
    width, height = copy.shape[1] / sides[0], copy.shape[0] / sides[1]
    if abs(width / height - 1) > max(0.003, 1.5 / min(copy.shape[:2])):
        return None
    matrix = _after(scaled(width, height), original, mirrored, turned)
    return Alignment(matrix, 0, mirrored, turned)


def by_features(copy: Pixels, original: Pixels) -> Iterator[Alignment]:
    """This function will lay a cut, turned or mirrored copy on its original.

    Pictures: uint8 H×W×3. Yields a turn and a scale, if what has detail says so (an affine
    transform is free to shear what has none), an affine transform, and a projective one if that
    bends; none with fewer than ``INLIERS`` agreeing features, or when the transform would squeeze,
    shear or fold the picture.
    """
    near, small = shrunk(copy, _SIDE)
    far, large = shrunk(original, _SIDE)
    best, there = None, of_grey(near, _MOST)
    for mirrored in (False, True):
        picture = np.ascontiguousarray(far[:, ::-1]) if mirrored else far
        found = agreement(of_grey(picture, _MOST), there, least=INLIERS)
        if found is None or (best is not None and found.agreeing <= best[1].agreeing):
            continue
        best = picture, found, mirrored
        if found.agreeing >= len(there) / 3:
            break
    if best is None:
        return
    picture, found, mirrored = best
    starts = ((cv2.MOTION_AFFINE, found.matrix), (cv2.MOTION_HOMOGRAPHY, found.bend))
    for motion, start in starts:
        if start is not None:
            laid = _refined(near, picture, start, motion)
            upright = _upright(near, laid) if motion == cv2.MOTION_AFFINE else None
            for each in (upright, laid):
                if each is not None:
                    whole = _after(scaled(1 / small) @ each @ scaled(large), original, mirrored, 0)
                    yield Alignment(whole, found.agreeing, mirrored, 0)


def warped(original: Pixels, matrix: NDArray[Any], size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """This function will draw the original on the grid of its copy, ``size`` (width, height).

    Returns the picture and a uint8 H×W mask, 255 where the original has pixels. Shrinks by area
    first, so that fine cloth does not alias.
    """
    height, width = original.shape[:2]
    scale = float(np.sqrt(abs(np.linalg.det(middle(matrix, (width, height))))))
    if scale < 1:
        sides = (max(1, round(width * scale)), max(1, round(height * scale)))
        original = np.asarray(cv2.resize(original, sides, interpolation=cv2.INTER_AREA))
        matrix = matrix @ scaled(width / sides[0], height / sides[1])
    whole = np.full(original.shape[:2], 255, np.uint8)
    if not matrix[2, :2].any():
        drawn = cv2.warpAffine(
            original, matrix[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return drawn, cv2.warpAffine(whole, matrix[:2], size, flags=cv2.INTER_NEAREST)
    drawn = cv2.warpPerspective(
        original, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return drawn, cv2.warpPerspective(whole, matrix, size, flags=cv2.INTER_NEAREST)


def _refined(near: Pixels, far: Pixels, matrix: Matrix, motion: int) -> Matrix:
    """Return the transform improved to a fraction of a pixel, or as it was."""
    back = np.linalg.inv(matrix)
    back = (back / back[2, 2]).astype(np.float32)
    if motion == cv2.MOTION_AFFINE:
        back = back[:2]
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-5)
    _, mask = warped(far, matrix, near.shape[::-1])
    try:
        _, better = cv2.findTransformECC(
            near, far, back, motion, criteria, inputMask=mask, gaussFiltSize=5
        )
    except cv2.error:
        return matrix
    if motion == cv2.MOTION_AFFINE:
        better = square(better)
    result: Matrix = np.linalg.inv(better.astype(np.float64))
    result /= result[2, 2]
    size = far.shape[::-1]
    ends = corners(size)
    strayed = np.abs(moved(result, ends) - moved(matrix, ends)).max()
    most = (0.02 if motion == cv2.MOTION_AFFINE else 0.06) * max(near.shape) + 4
    return matrix if strayed > most or bent(result, size) > MOST_BENT else result


def _upright(near: NDArray[np.uint8], matrix: Matrix) -> Matrix | None:
    """Return the turn and scale that moves what has detail as an affine transform does, to
    ``_UPRIGHT`` pixels; nothing if there is none. ``near``: the copy, uint8 H×W."""
    across, down = (cv2.Sobel(near, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    edges = np.abs(across) + np.abs(down)
    rows, columns = np.nonzero(edges > np.quantile(edges, 0.95))
    if len(rows) < INLIERS:
        return None
    there = np.stack([columns, rows], axis=1).astype(np.float64)
    here = moved(np.linalg.inv(matrix), there)
    to, of = (points @ (1, 1j) for points in (there, here))
    about, around = to.mean(), of.mean()
    factor = np.vdot(of - around, to - about) / np.vdot(of - around, of - around)
    shift = about - factor * around
    if np.quantile(np.abs(factor * of + shift - to), 0.9) > _UPRIGHT:
        return None
    turn = [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    return np.array([*turn, [0, 0, 1.0]])


def _after(matrix: Matrix, original: Pixels, mirrored: bool, turned: int) -> Matrix:
    """Return a transform of the oriented original as one of the original itself."""
    height, width = original.shape[:2]
    whole = flipped(width) if mirrored else np.eye(3)
    for _ in range(turned % 4):
        whole = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1.0]]) @ whole
        width, height = height, width
    result: Matrix = matrix @ whole
    return result

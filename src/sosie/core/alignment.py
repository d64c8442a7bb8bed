"""Laying one picture on another: a transform from the original to its copy, or none.

Directly where the shape says that nothing was cut, else by local features (``features``) and a
refinement by enhanced correlation (Evangelidis and Psarakis, 2008). No randomness is left:
OpenCV's RANSAC is seeded the same each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sosie.core.features import Matrix, agreement, of_grey, shrunk
from sosie.core.studio import Pixels

INLIERS = 30
"""Features that must agree. Unrelated photographs reach 24, copies with half of a picture 90 and
more, those with a fifth 30 and more. Two people rendered in one pose reach 41: see ``confirm``."""

_SIDE, _MOST = 800, 1500
"""Longer side in pixels on which features are laid on each other, and how many."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the original lies on the copy."""

    matrix: Matrix
    """2×3, affine, from pixel centers of the original to pixel centers of the copy."""
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
    scale = np.array([[width, 0, width / 2 - 0.5], [0, height, height / 2 - 0.5]])
    return Alignment(_after(scale, original, mirrored, turned), 0, mirrored, turned)


def by_features(copy: Pixels, original: Pixels) -> Alignment | None:
    """This function will lay a cut, turned or mirrored copy on its original.

    Pictures: uint8 H×W×3. Returns ``None`` with fewer than ``INLIERS`` agreeing features, or when
    the transform would squeeze, shear or fold the picture.
    """
    near, small = shrunk(copy, _SIDE)
    far, large = shrunk(original, _SIDE)
    best: Alignment | None = None
    there = of_grey(near, _MOST)
    for mirrored in (False, True):
        picture = np.ascontiguousarray(far[:, ::-1]) if mirrored else far
        found = agreement(of_grey(picture, _MOST), there, least=INLIERS)
        if found is None or (best is not None and found.agreeing <= best.inliers):
            continue
        matrix = _refined(near, picture, found.matrix)
        whole = _scaled(1 / small) @ _square(matrix) @ _scaled(large)
        matrix = _after(whole[:2], original, mirrored, 0)
        best = Alignment(matrix, found.agreeing, mirrored, 0)
        if found.agreeing >= 3 * INLIERS:
            break
    return best


def warped(original: Pixels, matrix: Matrix, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """This function will draw the original on the grid of its copy, ``size`` (width, height).

    Returns the picture and a uint8 H×W mask, 255 where the original has pixels. Shrinks by area
    first, so that fine cloth does not alias.
    """
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 1:
        height, width = original.shape[:2]
        sides = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(original, sides, interpolation=cv2.INTER_AREA)
        x, y = width / sides[0], height / sides[1]
        back = np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1]])
        original, matrix = small, (_square(matrix) @ back)[:2]
    drawn = cv2.warpAffine(
        original, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    whole = np.full(original.shape[:2], 255, np.uint8)
    mask = cv2.warpAffine(whole, matrix, size, flags=cv2.INTER_NEAREST)
    return drawn, mask


def _refined(near: Pixels, far: Pixels, matrix: Matrix) -> Matrix:
    """Return the transform improved to a fraction of a pixel, or as it was."""
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-5)
    mask = cv2.warpAffine(np.full(far.shape, 255, np.uint8), matrix, near.shape[::-1])
    try:
        _, better = cv2.findTransformECC(
            near, far, back, cv2.MOTION_AFFINE, criteria, inputMask=mask, gaussFiltSize=5
        )
    except cv2.error:
        return matrix
    result = cv2.invertAffineTransform(better.astype(np.float64))
    corners = np.array([[0, 0, 1], [far.shape[1], 0, 1], [0, far.shape[0], 1]], dtype=float).T
    moved = np.abs(result @ corners - matrix @ corners).max()
    return result if moved < 0.02 * max(near.shape) + 4 else matrix


def _after(matrix: Matrix, original: Pixels, mirrored: bool, turned: int) -> Matrix:
    """Return a transform of the oriented original as one of the original itself."""
    height, width = original.shape[:2]
    whole = np.eye(3)
    if mirrored:
        whole = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1.0]])
    for _ in range(turned % 4):
        whole = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1.0]]) @ whole
        width, height = height, width
    result: Matrix = (_square(matrix) @ whole)[:2]
    return result


def _square(matrix: Matrix) -> Matrix:
    return np.vstack([matrix[:2], [0, 0, 1]])


def _scaled(scale: float) -> Matrix:
    """Return the change of pixel centers when a picture is shrunk by a factor."""
    return np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5], [0, 0, 1]])

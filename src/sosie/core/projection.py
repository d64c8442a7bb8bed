"""Transforms from one picture to another, as 3×3 matrices that act on pixel centers (x, y, 1).

Affine where the last row is (0, 0, 1), else projective: a copy seen at an angle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

MOST_STRETCHED, MOST_ANGLED, MOST_ANGLE = 1.04, 1.07, 0.06
"""How much longer one side may become against the other, and how much in what is seen at an angle,
as whoever photographs a print does not hold the camera straight; and the steepest angle (see
``bent``). Beyond, a picture is not only seen otherwise: its shape was changed."""
STRETCHED = "stretched"
BENT, ANGLED = 0.004, "seen at an angle"
"""From where on (see ``bent``) people are told, and how it is said."""


def square(affine: NDArray[Any]) -> Matrix:
    """This function will return an affine transform given as 2×3."""
    return np.vstack([affine, [0.0, 0.0, 1.0]])


def scaled(x: float, y: float | None = None) -> Matrix:
    """This function will return what resizing by factors does to pixel centers."""
    y = x if y is None else y
    return np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1.0]])


def mirrored(width: int) -> Matrix:
    """This function will return the transform that mirrors a picture left to right."""
    return np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])


def moved(matrix: NDArray[Any], points: NDArray[Any]) -> Matrix:
    """This function will return where points, N×2, come to lie."""
    seen = points @ matrix[:, :2].T + matrix[:, 2]
    result: Matrix = seen[:, :2] / seen[:, 2:]
    return result


def corners(size: tuple[int, int]) -> Matrix:
    """This function will return the corners of a picture of (width, height), 4×2, clockwise from
    the top left."""
    right, bottom = size[0] - 0.5, size[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def slope(matrix: NDArray[Any], at: NDArray[Any]) -> Matrix:
    """This function will return the derivative at a point (x, y), 2×2."""
    x, y, depth = matrix @ np.array([*at, 1.0])
    image = np.array([x, y]) / depth
    result: Matrix = (matrix[:2, :2] - image[:, None] * matrix[2, :2]) / depth
    return result


def middle(matrix: NDArray[Any], size: tuple[int, int]) -> Matrix:
    """This function will return the derivative in the middle of a picture of (width, height)."""
    return slope(matrix, np.array(size) / 2 - 0.5)


def bent(matrix: NDArray[Any], size: tuple[int, int]) -> float:
    """This function will say how far a picture of (width, height) is seen at an angle: the most
    by which a corner comes to lie elsewhere than the derivative in the middle would lay it, as a
    share of the longer side. 0 for an affine transform."""
    ends, half = corners(size), np.array(size) / 2 - 0.5
    flat = moved(matrix, half[None]) + (ends - half) @ middle(matrix, size).T
    stretch = np.sqrt(abs(np.linalg.det(middle(matrix, size))))
    return float(np.abs(moved(matrix, ends) - flat).max() / stretch / max(size))


def reshaped(matrix: NDArray[Any], size: tuple[int, int], *, most: float = MOST_STRETCHED) -> str:
    """This function will say how a picture of (width, height) was stretched, a person in it made
    slimmer or taller; empty where by no more than ``most``, or ``MOST_ANGLED`` at an angle."""
    angle = bent(matrix, size)
    if angle > MOST_ANGLE:
        return "stretched (seen at a steep angle)"
    most = max(most, MOST_ANGLED) if angle > BENT else most
    here = middle(matrix, size)
    long, short = np.linalg.svd(here, compute_uv=False)
    if long <= short * most:
        return ""
    across, down = np.linalg.norm(here, axis=0)
    share = 100 * abs(across / down - 1)
    if share < 100 * (most - 1):
        return "stretched (at a slant)"
    if across > down:
        return f"stretched ({share:.0f} % wider)"
    return f"stretched ({share:.0f} % narrower)"

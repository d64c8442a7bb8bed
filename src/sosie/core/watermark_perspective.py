"""A copy seen at an angle: the perspective from the transforms that its parts show.

One affine transform fits a part of a photographed print, but not the whole. The derivative of a
projective map ``u = A x / (1 + p x)`` changes over the picture in a way that six numbers settle;
they are fitted to the derivatives that the pilots gave in the parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.projection import Matrix
from sosie.core.watermark_search import View, shrunk

_LEAST = 4
"""Parts that must agree."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What the pilots said in one part of a picture."""

    center: Matrix
    """(x, y) in pixels of the picture."""
    slope: Matrix
    """2×2: units of the mark's frame per pixel."""


def part(shown: View, matrix: Matrix) -> Part:
    """This function will state a part's transform in pixels of the whole picture."""
    height, width = shown.luma.shape
    center = shown.place @ np.array([width / 2, height / 2, 1.0])
    return Part(center[:2], matrix @ np.linalg.inv(shown.place[:2, :2]))


def rectified(grey: NDArray[np.uint8], parts: list[Part]) -> View | None:
    """This function will draw a picture without its perspective, in units of the mark's frame.

    Returns ``None`` where fewer than four parts agree.
    """
    agreeing = _agreeing(parts)
    if len(agreeing) < _LEAST:
        return None
    height, width = grey.shape
    middle = np.array([width / 2, height / 2])
    linear, bend = _fitted(agreeing, middle)
    forth = np.vstack([np.hstack([linear, np.zeros((2, 1))]), [*bend, 1.0]])
    forth = forth @ np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1.0]])
    corners = forth @ np.array(
        [[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]], dtype=float
    )
    if (corners[2] < 0.5).any():
        return None
    corners = corners[:2] / corners[2]
    start = np.floor(corners.min(1))
    across, down = np.ceil(corners.max(1) - start).astype(int).tolist()
    if max(across, down) > 4096:
        return None
    back = np.linalg.inv(forth) @ np.array([[1, 0, start[0]], [0, 1, start[1]], [0, 0, 1.0]])
    small = min(1.0, 1.4 * np.sqrt(abs(float(np.linalg.det(linear)))))
    sides = (max(8, round(width * small)), max(8, round(height * small)))
    less = np.diag([sides[0] / width, sides[1] / height, 1.0])
    drawn = cv2.warpPerspective(
        shrunk(grey, sides), less @ back, (across, down), borderMode=cv2.BORDER_REPLICATE,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )  # fmt: skip
    return View(drawn, back, grey.shape)


def _agreeing(parts: list[Part]) -> list[Part]:
    """The largest group of parts whose slopes lie within a tenth of one of them."""
    best: list[Part] = []
    for one in parts:
        near = [
            other
            for other in parts
            if np.abs(one.slope - other.slope).max() < 0.1 * np.abs(one.slope).max()
        ]
        if len({tuple(other.center) for other in near}) > len({tuple(o.center) for o in best}):
            best = near
    return best


def _fitted(parts: list[Part], middle: Matrix) -> tuple[Matrix, Matrix]:
    """A and p by Gauss and Newton's method, with less weight for parts that stray."""
    away = np.array([one.center - middle for one in parts])
    seen = np.array([one.slope for one in parts])
    unit = float(np.abs(away).max()) + 1e-9
    found = np.concatenate([np.median(seen, 0).ravel(), [0.0, 0.0]])
    step = np.array([1e-6 * np.abs(found).max()] * 4 + [1e-5] * 2)
    for _ in range(8):
        error = (seen - _slopes(found, away, unit)).reshape(len(parts), 4)
        size = np.linalg.norm(error, axis=1)
        weight = 1 / (1 + (size / (1.5 * np.median(size) + 1e-12)) ** 2)
        columns: list[Any] = []
        for place in range(6):
            moved = found.copy()
            moved[place] += step[place]
            columns.append((_slopes(moved, away, unit) - _slopes(found, away, unit)) / step[place])
        jacobian = np.stack([one.reshape(len(parts), 4) for one in columns], -1)
        left = (jacobian * weight[:, None, None]).reshape(-1, 6)
        right = (error * weight[:, None]).ravel()
        found = found + np.linalg.lstsq(left, right, rcond=1e-9)[0]
    return found[:4].reshape(2, 2), found[4:] / unit


def _slopes(numbers: Matrix, away: Matrix, unit: float) -> Matrix:
    """Derivative of the projective map at each part's center: n×2×2."""
    linear, bend = numbers[:4].reshape(2, 2), numbers[4:] / unit
    depth = 1 + away @ bend
    image = away @ linear.T
    result: Matrix = (
        linear[None] * depth[:, None, None] - image[:, :, None] * bend[None, None, :]
    ) / (depth**2)[:, None, None]
    return result

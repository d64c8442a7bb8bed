"""As-rigid-as-possible warp of a picture: Sorkine and Alexa, SGP 2007, in the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from sosie.core.silhouette import Field, Mask

Dots = NDArray[np.float64]
"""float64 n×2: points in pixels, x first."""

_ROUNDS = 10
_HANDLE_WEIGHT = 60.0


@dataclass(frozen=True, slots=True)
class Mesh:
    """A regular triangle mesh laid over a mask, and where its corners went."""

    rest: Dots
    corners: NDArray[np.intp]
    """intp t×3: the corners of each triangle."""
    moved: Dots

    def stretch(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return how much longer one way than the other each triangle became, and which of them
        were turned over."""
        a, b = self.rest[self.corners], self.moved[self.corners]
        before = np.stack([a[:, 1] - a[:, 0], a[:, 2] - a[:, 0]], axis=-1)
        after = np.stack([b[:, 1] - b[:, 0], b[:, 2] - b[:, 0]], axis=-1)
        turn = after @ np.linalg.inv(before)
        values = np.linalg.svd(turn, compute_uv=False)
        return values[:, 0] / np.maximum(values[:, 1], 1e-6), np.linalg.det(turn) < 0

    def centers(self) -> Dots:
        """Return the middle of each triangle before it moved."""
        return cast("Dots", self.rest[self.corners].mean(axis=1))


def lay(mask: Mask, step: int) -> tuple[Dots, NDArray[np.intp]]:
    """This function will lay a mesh of a step (pixels) over a mask (bool H×W)."""
    height, width = mask.shape
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((step | 1, step | 1), np.uint8))
    rows, columns = height // step + 2, width // step + 2
    down, across = np.mgrid[0 : rows - 1, 0 : columns - 1]
    middle = (
        np.minimum(down * step + step // 2, height - 1),
        np.minimum(across * step + step // 2, width - 1),
    )
    kept = grown[middle] > 0
    first = (down * columns + across)[kept]
    second, third, fourth = first + 1, first + columns, first + columns + 1
    even = (((down + across) % 2)[kept] == 0)[:, None]
    upper = np.where(
        even, np.stack([first, second, fourth], 1), np.stack([first, second, third], 1)
    )
    lower = np.where(
        even, np.stack([first, fourth, third], 1), np.stack([second, fourth, third], 1)
    )
    used, flat = np.unique(np.concatenate([upper, lower]), return_inverse=True)
    spots = np.stack([used % columns, used // columns], axis=1).astype(np.float64) * step
    return spots, flat.reshape(-1, 3)


def bend(
    lying: Dots,
    corners: NDArray[np.intp],
    start: Dots,
    goal: Dots,
    weight: NDArray[np.float64],
    *,
    slender: float,
) -> Mesh:
    """This function will move a mesh so that handles go from ``start`` to ``goal``.

    Handles may lie anywhere in the mesh and are met softly, each by its ``weight``. The size that
    the handles have in common is free, and so is that all be ``slender`` times as long for its
    width; beyond it every triangle resists a change of shape.
    """
    rest, start = lying * [1, slender], start * [1, slender]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    one, two = np.unique(np.sort(edges, axis=1), axis=0).T
    count = len(rest)
    ones = np.ones(len(one))
    joined = sp.coo_matrix((ones, (one, two)), (count, count))
    joined = joined + joined.T
    laplace = sp.diags(np.asarray(joined.sum(axis=1)).ravel()) - joined
    pins = _inside(rest, corners, start)
    pull = pins.T @ sp.diags(_HANDLE_WEIGHT * weight)
    solver = splu((laplace + pull @ pins).tocsc())
    turn, scale, from_, to = _similarity(start, goal)
    moved = (rest - from_) @ turn.T * scale + to
    side = (rest[one] - rest[two]) * scale
    gather = sp.coo_matrix(
        (
            np.concatenate([ones, ones]),
            (np.concatenate([one, two]), np.tile(np.arange(len(one)), 2)),
        ),
        (count, len(one)),
    ).tocsr()
    signed = sp.coo_matrix(
        (
            np.concatenate([ones, -ones]),
            (np.concatenate([one, two]), np.tile(np.arange(len(one)), 2)),
        ),
        (count, len(one)),
    ).tocsr()
    for _ in range(_ROUNDS):
        now = moved[one] - moved[two]
        sine = gather @ (side[:, 0] * now[:, 1] - side[:, 1] * now[:, 0])
        cosine = gather @ (side * now).sum(axis=1)
        length = np.maximum(np.hypot(sine, cosine), 1e-12)
        sine, cosine = sine / length, cosine / length
        s, c = (sine[one] + sine[two]) / 2, (cosine[one] + cosine[two]) / 2
        wanted = np.stack(
            [c * side[:, 0] - s * side[:, 1], s * side[:, 0] + c * side[:, 1]], axis=1
        )
        moved = solver.solve(signed @ wanted + pull @ goal)
    return Mesh(lying, corners, moved)


def _similarity(start: Dots, goal: Dots) -> tuple[Dots, float, Dots, Dots]:
    """Return the turn, size and centers that bring one set of points nearest to another."""
    from_, to = start.mean(axis=0), goal.mean(axis=0)
    u, sizes, v = np.linalg.svd((start - from_).T @ (goal - to))
    return (u @ v).T, float(sizes.sum() / ((start - from_) ** 2).sum()), from_, to


def _inside(rest: Dots, corners: NDArray[np.intp], spots: Dots) -> sp.csr_matrix:
    """Return the barycentric weights of each spot in the triangle that holds it or is nearest."""
    a, b, c = (rest[corners[:, k]] for k in range(3))
    one, two = b - a, c - a
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    away = spots[:, None] - a[None]
    u = (away[..., 0] * two[:, 1] - away[..., 1] * two[:, 0]) / area
    v = (one[:, 0] * away[..., 1] - one[:, 1] * away[..., 0]) / area
    best = np.minimum(np.minimum(u, v), 1 - u - v).argmax(axis=1)
    at = np.arange(len(spots))
    parts = np.stack([1 - u[at, best] - v[at, best], u[at, best], v[at, best]], axis=1)
    parts = np.clip(parts, 0, 1)
    parts /= parts.sum(axis=1, keepdims=True)
    shape = (len(spots), len(rest))
    cells = (parts.ravel(), (np.repeat(at, 3), corners[best].ravel()))
    return sp.coo_matrix(cells, shape).tocsr()


def maps(mesh: Mesh, shape: tuple[int, int], order: NDArray[np.intp]) -> tuple[Field, Field]:
    """This function will return where each pixel of a moved picture comes from (x, y; float32).

    ``shape`` is height, width; ``order`` (int n) names the triangles that are laid down, the
    topmost last. Where none lies it is −1.
    """
    drawn = np.full(shape, -1, np.int32)
    sub = 4
    ends = np.rint(mesh.moved[mesh.corners] * 2**sub).astype(np.int32)
    for index in order:
        cv2.fillConvexPoly(drawn, ends[index], int(index), cv2.LINE_8, sub)
    a, b = mesh.moved[mesh.corners], mesh.rest[mesh.corners]
    before = np.concatenate([a, np.ones((*a.shape[:2], 1))], axis=2)
    flat = np.abs(np.linalg.det(before)) < 1e-6
    before[flat] = np.eye(3)
    affine = np.linalg.solve(before, b)
    y, x = np.nonzero(drawn >= 0)
    own = affine[drawn[y, x]]
    spots = own[:, 0] * x[:, None] + own[:, 1] * y[:, None] + own[:, 2]
    across, down = np.full(shape, -1, np.float32), np.full(shape, -1, np.float32)
    across[y, x], down[y, x] = spots[:, 0], spots[:, 1]
    return across, down

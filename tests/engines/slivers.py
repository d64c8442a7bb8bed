"""Drawn figures whose arm leaves a narrow gap of backdrop beside the trunk, with its truth."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.figures import Drawn, draw

from sosie.core.silhouette import Field, Mask, Pixels

_FINE = 4


def gap(
    wide: float,
    *,
    height: int = 900,
    top: tuple[int, int, int] = (40, 70, 140),
    skin: tuple[int, int, int] = (214, 168, 142),
    wall: tuple[int, int, int] = (205, 203, 200),
    open_below: bool = True,
    long: float = 0.14,
) -> tuple[Drawn, NDArray[np.float32]]:
    """Return a figure whose arm lies on the trunk save for a gap, ``wide`` pixels of a picture of
    900 rows at its lower end and nothing at its tip under the armpit; and the gap's part of each
    pixel. ``open_below`` joins it to the backdrop."""
    drawn = draw(height, strands=0, top=top, skin=skin, wall=wall)
    rows, columns = drawn.alpha.shape
    first, last = round(0.45 * rows), round((0.45 + long) * rows)
    fine = np.zeros((rows * _FINE, columns * _FINE), np.uint8)
    arm = np.zeros_like(fine)
    for row in range(round(0.40 * rows), rows if not open_below else last):
        solid = drawn.top[row] + drawn.bottom[row]
        trunk = int(np.flatnonzero(solid > 0.99)[0]) if (solid > 0.99).any() else 0
        bare = np.flatnonzero(drawn.alpha[row, : trunk - 3] > 0.99)
        if not trunk or not bare.size:
            continue
        band = slice(row * _FINE, (row + 1) * _FINE)
        arm[band, int(bare[-1]) * _FINE - 6 * _FINE : (trunk + 2) * _FINE] = 1
        if first <= row < last:
            part = (row - first) / (last - first)
            across = max(1, round(part * wide * rows / 900 * _FINE))
            fine[band, trunk * _FINE - across : trunk * _FINE] = 1
    shut, cut = (_down(each, (columns, rows)) for each in (arm, fine))
    keep = np.maximum(drawn.top, drawn.bottom)
    shut = np.minimum(shut, 1 - keep)
    grain = np.random.default_rng(5).normal(0, 0.8, drawn.pixels.shape)
    pixels = drawn.pixels + shut[..., None] * (np.array(skin) * 0.94 + grain - drawn.pixels)
    pixels += cut[..., None] * (drawn.backdrop + grain - pixels)
    alpha = np.maximum(drawn.alpha, shut) * (1 - cut)
    whole = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return replace(drawn, pixels=whole, alpha=alpha.astype(np.float32)), cut


def _down(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def seen_by_truth(made: Pixels, plate: Pixels, cut: Field, alpha: Field) -> Mask:
    """Return where, by the truth, the old backdrop is still seen in the gap."""
    scene = np.median(made[alpha == 0].astype(np.int64), axis=0)
    kept = np.abs(made.astype(np.int64) - plate).max(axis=2) < 24
    shown: Mask = (cut > 0.6) & kept & (np.abs(made - scene).max(axis=2) > 40)
    return shown

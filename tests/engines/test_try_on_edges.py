"""What a try-on paints anew must not show: skin, outlines, the edges of cloth."""

from __future__ import annotations

import numpy as np
import pytest
from tests.engines.test_try_on import TANK, run
from tests.wardrobe import Garment, Pose, pair

from sosie.core.silhouette import spread
from sosie.engines.atelier.try_on.flat_lay import read
from sosie.engines.atelier.try_on.skin import continued, smooth_edge

UNIT = 150.0


def skin(shape: tuple[int, int] = (120, 160)) -> np.ndarray:
    """Skin that gets darker to the right and down, with a little grain."""
    down, across = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    tone = 215 - 0.5 * across - 0.3 * down
    tone = tone + np.random.default_rng(1).normal(0, 1, shape)
    return np.stack([tone, 0.8 * tone, 0.7 * tone], axis=-1).astype(np.float32)


def seam(filled: np.ndarray, hole: np.ndarray) -> float:
    """The greatest step of tone between a hole and what is beside it, along a row or a column."""
    smooth = filled.mean(axis=2)
    steps = [0.0]
    for axis in (0, 1):
        wide = [np.roll(smooth, by, axis=axis) for by in (-3, -2, 2, 3)]
        edge = hole & ~np.roll(hole, 1, axis=axis)
        step = np.abs((wide[0] + wide[1]) / 2 - (wide[2] + wide[3]) / 2)
        steps.append(float(np.median(step[edge])))
    return max(steps)


def test_skin_goes_on_without_a_seam() -> None:
    true = skin()
    hole = np.zeros(true.shape[:2], bool)
    hole[30:90, 50:110] = True
    known = ~hole
    pixels = np.where(hole[..., None], np.array([40, 60, 90], np.float32), true)
    filled = np.where(hole[..., None], continued(pixels, known, hole, UNIT), pixels)
    assert seam(filled, hole) < 4
    assert np.abs(filled - true).mean(axis=2)[hole].max() < 8
    flat = np.where(hole[..., None], spread(pixels, known).mean(axis=(0, 1)), pixels)
    assert seam(flat, hole) > 8  # the control: one tone shows its edge


def test_skin_that_touches_nothing_known_is_still_filled() -> None:
    pixels = skin()
    known = np.zeros(pixels.shape[:2], bool)
    known[:, :40] = True
    hole = np.zeros_like(known)
    hole[50:70, 120:140] = True
    filled = continued(pixels, known, hole, UNIT)
    assert np.isfinite(filled).all()
    assert abs(filled[hole].mean() - pixels[known].mean()) < 25


def test_no_corner_of_the_old_garment_is_left_in_skin() -> None:
    """The drawn base layers stand out from the body at the armpit; the new one hides the rest."""
    drawn = pair(410, height=512)
    row = (drawn.card.landmarks["armpit_l"] or (0, 0))[1]
    made, truth = (
        picture[row - 6 : row + 24] for picture in (run(drawn.assets).pixels, drawn.truth)
    )
    skin = [part[..., 0].astype(int) - part[..., 2] > 30 for part in (made, truth)]
    assert (skin[0] & ~skin[1]).sum() < 10  # once 23


@pytest.mark.parametrize("sleeve", [0.34, 1.0])
def test_no_ground_of_the_flat_lay_is_carried_along_at_the_armpit(sleeve: float) -> None:
    new = Garment("tee" if sleeve < 1 else "long sleeve", (110, 60, 130), 1.3, sleeve)
    flat = pair(1, height=512, old=TANK, new=new, pose=Pose()).flat
    seen = read(flat)
    for side in seen.sides.values():
        x, y = np.rint(side.armpit).astype(int)
        near = np.s_[y - 16 : y + 4, x - 12 : x + 13]
        cloth = seen.cut.colors[near][seen.cut.mask[near]]
        assert np.abs(cloth - np.median(cloth, axis=0)).max() < 60  # the ground is 100 away


def test_a_sleeves_edge_is_smooth() -> None:
    rough = np.zeros((120, 120), np.float32)
    for row in range(120):
        rough[row, : 60 + (row // 4) % 2 * 3] = 1  # a staircase of three pixels
    smooth = smooth_edge(rough, 300.0)
    ends = smooth[10:-10].sum(axis=1)
    assert np.ptp(ends) < 1.5 < np.ptp(rough[10:-10].sum(axis=1))
    assert ((smooth > 0.1) & (smooth < 0.9)).sum(axis=1)[10:-10].mean() < 3

"""The floor's shade along bare soles leaves the matte; shoes of the floor's color stay whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sosie.core.matting import Matte
from sosie.engines.atelier.soles import trimmed

SIZE = (300, 240)
FLOOR, SKIN = (206, 206, 202), (196, 142, 118)


def standing(foot: tuple[int, int, int], shade: float) -> tuple[Matte, np.ndarray, np.ndarray]:
    """Return a foot that stands in its shade, which the matte takes for hers, and where it is."""
    pixels = np.full((*SIZE, 3), FLOOR, np.uint8)
    whole, own = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    cv2.ellipse(whole, (120, 200), (45, 66), 0, 0, 360, 1, -1)
    cv2.ellipse(own, (120, 196), (43, 62), 0, 0, 360, 1, -1)
    pixels[whole > 0] = np.round(np.array(FLOOR) * shade)
    pixels[own > 0] = foot
    return Matte(whole.astype(np.float32), pixels.astype(np.float32), 1.0), pixels, own > 0


@pytest.mark.parametrize("shade", [0.35, 0.6, 0.85])
def test_shade_along_the_soles_is_the_floor_s(shade: float) -> None:
    cut, pixels, own = standing(SKIN, shade)
    backdrop = np.full((*SIZE, 3), FLOOR, np.float32)
    low = np.arange(SIZE[0])[:, None] > np.full(SIZE[1], 140)
    made = trimmed(cut, pixels, backdrop, low).alpha
    sole = (cut.alpha > 0) & ~own & (np.arange(SIZE[0])[:, None] > 225)
    assert sole.sum() > 200
    assert made[sole].mean() < 0.1
    inner = cv2.erode(own.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert (made[inner] == 1).all()
    assert (made[~low] == cut.alpha[~low]).all()


def test_a_gray_shoe_on_a_gray_floor_stays_whole() -> None:
    cut, pixels, _ = standing((140, 140, 137), 0.6)
    backdrop = np.full((*SIZE, 3), FLOOR, np.float32)
    low = np.arange(SIZE[0])[:, None] > np.full(SIZE[1], 140)
    assert trimmed(cut, pixels, backdrop, low) is cut

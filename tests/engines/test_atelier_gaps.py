"""Gaps between thighs and beside a hem show the new backdrop; folds of white cloth stay hers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sosie.core.matting import Matte
from sosie.core.silhouette import Silhouette
from sosie.engines.atelier.gaps import opened

SIZE = (400, 300)
WALL, CLOTH = (206, 206, 202), (60, 80, 140)
FACE = (120, 20, 180, 90)


def worn(cloth: tuple[int, int, int], gap: tuple[int, int, int]) -> tuple[Matte, np.ndarray]:
    """Return a figure in one cloth, all of it hers in the matte, with something in its middle."""
    pixels = np.full((*SIZE, 3), WALL, np.uint8)
    figure = np.zeros(SIZE, np.uint8)
    cv2.rectangle(figure, (80, 100), (220, 390), 1, -1)
    pixels[figure > 0] = cloth
    cv2.ellipse(pixels, (150, 300), (4, 14), 0, 0, 360, gap, -1)
    pixels = cv2.GaussianBlur(pixels, (0, 0), 0.8)
    return Matte(figure.astype(np.float32), pixels.astype(np.float32), 1.0), pixels


def standing(pixels: np.ndarray, cut: Matte) -> Silhouette:
    backdrop = np.full((*SIZE, 3), WALL, np.float32)
    mask = cut.alpha > 0.5
    return Silhouette(mask, backdrop, figures=(), plain=1.0, noise=1.0, known=mask)


def test_a_gap_between_thighs_is_opened_with_soft_edges() -> None:
    cut, pixels = worn(CLOTH, WALL)
    made = opened(cut, pixels, standing(pixels, cut), FACE)
    assert made.alpha[300, 150] == 0
    assert made.alpha[292:308, 148:153].max() < 0.1
    edge = made.alpha[300, 140:160]
    assert ((edge > 0.1) & (edge < 0.9)).any()
    away = np.ones(SIZE, bool)
    away[278:322, 138:162] = False
    assert (made.alpha[away] == cut.alpha[away]).all()


@pytest.mark.parametrize(
    ("cloth", "spot"), [((214, 214, 210), WALL), (CLOTH, (230, 60, 60)), ((196, 196, 194), WALL)]
)
def test_what_is_no_gap_stays_hers(cloth: tuple[int, int, int], spot: tuple[int, int, int]) -> None:
    cut, pixels = worn(cloth, spot)
    made = opened(cut, pixels, standing(pixels, cut), FACE)
    assert (made.alpha == cut.alpha).all()

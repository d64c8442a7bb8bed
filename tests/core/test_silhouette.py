"""The silhouette against drawn figures of which the truth is known, and real photographs."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sosie.core.silhouette import person, spread
from tests.figures import draw

PHOTOS = Path(os.environ.get("SOSIE_PHOTOS", Path(__file__).parents[3] / "shared" / "photos"))


def overlap(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return float((mask & truth).sum() / (mask | truth).sum())


@pytest.mark.parametrize(
    "look",
    [
        {},
        {"shadow": 0.35},
        {"top": (240, 240, 238), "wall": (176, 174, 172)},
        {"skin": (92, 60, 44), "hair": (22, 18, 16), "wall": (190, 172, 150)},
        {"wall": (70, 72, 78), "top": (150, 60, 60), "bottom": (160, 158, 150)},
        {"grain": 3.0},
    ],
    ids=["plain", "cast shadow", "white on gray", "dark skin", "dark wall", "grain"],
)
def test_finds_the_person(look: dict[str, object]) -> None:
    drawn = draw(**look)
    found = person(drawn.pixels)
    assert overlap(found.mask, drawn.alpha > 0.5) > 0.975
    assert len(found.figures) == 1
    assert found.plain > 0.9


def test_a_control_that_ignores_the_shadow_problem_fails() -> None:
    """Thresholding the distance to the wall's median color takes the shadow for the person."""
    drawn = draw(shadow=0.35)
    wall = np.median(drawn.pixels[:20].reshape(-1, 3), axis=0)
    naive = np.linalg.norm(drawn.pixels - wall, axis=2) > 40
    assert overlap(naive, drawn.alpha > 0.5) < 0.9


def test_models_the_backdrop_behind_the_person() -> None:
    drawn = draw()
    found = person(drawn.pixels)
    behind = drawn.alpha > 0.5
    assert np.abs(found.backdrop - drawn.backdrop)[behind].mean() < 4
    assert np.abs(found.backdrop - drawn.backdrop)[~behind].mean() < 1


def test_counts_two_people() -> None:
    found = person(draw(people=2).pixels)
    assert len(found.figures) == 2
    assert all(figure.box[2] > figure.box[0] for figure in found.figures)


def test_nobody_in_frame() -> None:
    drawn = draw()
    found = person(np.clip(np.rint(drawn.backdrop), 0, 255).astype(np.uint8))
    assert found.figures == ()
    assert not found.mask.any()


def test_a_busy_backdrop_is_not_plain() -> None:
    drawn = draw()
    rng = np.random.default_rng(5)
    tiles = rng.integers(0, 256, (16, 12, 3)).astype(np.uint8)
    street = cv2.resize(tiles, (384, 512), interpolation=cv2.INTER_NEAREST)
    busy = np.where(drawn.alpha[..., None] > 0.5, drawn.pixels, street)
    assert person(busy).plain < 0.6


def test_what_is_known_stays_person() -> None:
    drawn = draw(top=(205, 203, 200), strands=0, grain=0.0)
    known = drawn.top > 0.99
    assert (person(drawn.pixels, known).mask | ~known).all()


def test_same_bytes_each_time() -> None:
    drawn = draw(256)
    first, second = person(drawn.pixels), person(drawn.pixels)
    assert first.mask.tobytes() == second.mask.tobytes()
    assert first.backdrop.tobytes() == second.backdrop.tobytes()


@pytest.mark.parametrize(
    "pixels", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((9, 64, 3), np.uint8)]
)
def test_refuses_what_is_no_picture(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="`pixels`"):
        person(pixels)


def test_spread_keeps_what_is_known_and_fills_the_rest() -> None:
    values = np.zeros((40, 60, 3), np.float32)
    values[:, :20], values[:, 40:] = 10, 30
    known = np.zeros((40, 60), np.bool_)
    known[:, :20] = known[:, 40:] = True
    filled = spread(values, known)
    assert (filled[known] == values[known]).all()
    between = filled[20, 20:40, 0]
    assert between.min() >= 9.9
    assert between.max() <= 30.1
    assert between[1] < between[-2]


@pytest.mark.photos
def test_real_photographs() -> None:
    if not PHOTOS.is_dir():
        pytest.skip(f"no photographs at {PHOTOS}")
    plain = sorted(PHOTOS.glob("people/c_model_*.png"))
    assert plain, "the folder of photographs holds no people"
    for path in plain:
        found = person(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))
        assert len(found.figures) == 1, path.name
        assert found.plain > 0.9, path.name
        assert 0.15 < found.mask.mean() < 0.5, path.name
    street = cv2.imread(str(PHOTOS / "people" / "fashn_model.webp"))
    assert person(cv2.cvtColor(street, cv2.COLOR_BGR2RGB)).plain < 0.6

"""Paint on what is not the garment makes a recolored picture a comp that says where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.figures import Drawn, draw

from sosie.core.studio import Grade, Order, Result
from sosie.engines.atelier import Atelier, findings, reading
from sosie.engines.atelier.garment import Garment, find
from sosie.engines.atelier.spill import Spill, spill

HEIGHT = 640
BLUE, WHITE, JEANS = (40, 70, 140), (236, 236, 234), (150, 175, 205)


def patch(drawn: Drawn, x: float, y: float, side: int = 16) -> NDArray[np.bool_]:
    """Return a square, its middle over width and height."""
    tall, wide = drawn.alpha.shape
    found = np.zeros((tall, wide), bool)
    top, left = round(y * tall) - side // 2, round(x * wide) - side // 2
    found[top : top + side, left : left + side] = True
    return found


def measured(
    drawn: Drawn, painted: NDArray[np.bool_], low: float = 1.0, pixels: Any = None
) -> Spill:
    """Return what spills if just this is painted, with ankles at a height of the picture."""
    tall, wide = drawn.alpha.shape
    place, face, under = np.zeros((3, tall, wide), bool)
    place[round(0.42 * tall) : round(0.6 * tall), round(0.4 * wide) : round(0.6 * wide)] = True
    face[round(0.14 * tall) : round(0.22 * tall), round(0.47 * wide) : round(0.53 * wide)] = True
    under[round(low * tall) :] = True
    return spill(
        drawn.pixels if pixels is None else pixels,
        painted,
        place=place,
        face=face,
        backdrop=drawn.backdrop,
        low=under,
        cut=np.zeros((tall, wide), bool),
    )


@pytest.mark.parametrize("top", [BLUE, WHITE, (28, 36, 64)])
def test_of_the_true_garment_nothing_spills(top: tuple[int, int, int]) -> None:
    drawn = draw(HEIGHT, top=top, wall=(172, 171, 169))
    assert measured(drawn, drawn.top > 0.5).area <= findings.MOST_SPILT


@pytest.mark.parametrize(
    ("top", "at"),
    [
        (BLUE, (0.265, 0.55)), (WHITE, (0.265, 0.55)),  # an arm
        (BLUE, (0.335, 0.6)), (WHITE, (0.335, 0.6)),  # the backdrop between arm and waist
        (BLUE, (0.5, 0.73)), (WHITE, (0.5, 0.73)),  # trousers
    ],
)  # fmt: skip
def test_paint_on_skin_backdrop_and_other_clothes_is_found(
    top: tuple[int, int, int], at: tuple[float, float]
) -> None:
    drawn = draw(HEIGHT, top=top, wall=(172, 171, 169))
    found = measured(drawn, (drawn.top > 0.5) | patch(drawn, *at))
    assert found.area > 2 * findings.MOST_SPILT
    assert found.at == pytest.approx(at, abs=0.02)


def test_cloth_in_shade_is_no_spill() -> None:
    drawn = draw(HEIGHT, top=BLUE)
    painted = drawn.top > 0.5
    shaded = drawn.pixels.copy()
    fold = cv2.GaussianBlur(patch(drawn, 0.55, 0.6, 40).astype(np.float32), (0, 0), 6)
    shaded = (shaded * (1 - 0.6 * fold[..., None])).astype(np.uint8)
    assert measured(drawn, painted, pixels=shaded).area <= findings.MOST_SPILT


@pytest.mark.parametrize(("bottom", "spilt"), [((226, 231, 240), True), (WHITE, False)])
def test_a_piece_behind_an_edge_is_told_from_cloth_of_nearly_its_color(
    bottom: tuple[int, int, int], spilt: bool
) -> None:
    """The waistband of pale trousers under a white top, parted by the shadow of its hem."""
    drawn = draw(HEIGHT, top=WHITE, bottom=bottom, wall=(150, 140, 130))
    tall, wide = drawn.alpha.shape
    pixels = drawn.pixels.copy()
    hem = round(0.68 * tall)
    pixels[hem - 2 : hem + 2][drawn.alpha[hem - 2 : hem + 2] > 0.5] = (120, 110, 105)
    painted = drawn.top > 0.5
    painted[hem - 3 : hem + 3] = False
    painted[hem + 3 : hem + 24, round(0.42 * wide) : round(0.52 * wide)] = True
    found = measured(drawn, painted, pixels=pixels)
    assert (found.area > findings.MOST_SPILT) == spilt


def test_below_the_ankles_all_that_is_unlike_the_cloth_spills() -> None:
    drawn = draw(HEIGHT, top=BLUE)
    pixels = drawn.pixels.copy()
    shoe = patch(drawn, 0.5, 0.9, 24)
    # Of a color that nothing else in the picture has.
    pixels[shoe] = (190, 40, 160)
    painted = (drawn.top > 0.5) | shoe
    assert measured(drawn, painted, pixels=pixels).area == 0
    assert measured(drawn, painted, low=0.85, pixels=pixels).area > 2 * findings.MOST_SPILT


BESIDE = (0.265, 0.55)
"""A place beside her waist."""


def spilling(monkeypatch: pytest.MonkeyPatch, at: tuple[float, float], drawn: Drawn) -> None:
    """Let the garment be found with a patch that is none of it."""

    def found(*given: Any) -> Garment:
        garment = find(*given)
        return replace(garment, share=np.where(patch(drawn, *at), np.float32(1), garment.share))

    monkeypatch.setattr(reading, "find", found)


def made(drawn: Drawn) -> Result:
    order = Order(plate="front-half", garment_colour="#7a1220")
    return Atelier().run(order, drawn.assets, lambda *_: None, lambda: False)


def test_what_surely_is_something_else_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw(HEIGHT)
    clean = made(drawn)
    assert clean.grade is Grade.FINAL, clean.warnings
    assert clean.metrics["spilt_patch"] == 0
    spilling(monkeypatch, BESIDE, drawn)
    mended = made(drawn)
    assert mended.grade is Grade.FINAL, mended.warnings
    spilt = patch(drawn, *BESIDE)

    assert (mended.pixels[spilt] == clean.pixels[spilt]).all()


def test_a_recolor_that_spills_is_a_comp_that_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw(HEIGHT)
    spilling(monkeypatch, BESIDE, drawn)
    monkeypatch.setattr(reading, "without", lambda garment, *_: garment)
    spilt = made(drawn)
    assert spilt.grade is Grade.COMP
    where = "26% from the left and 55% from the top"
    assert spilt.warnings == (
        f"the new color spills onto what is not the garment, {where}",
        f"the garment's edge was not found, {where}",
    )


def test_a_dark_fold_of_white_cloth_is_not_taken_out() -> None:
    """Nothing but its edge tells a deep fold of white cloth from something gray."""
    drawn = draw(HEIGHT, top=WHITE)
    fold = patch(drawn, 0.5, 0.62, 14)
    pixels = drawn.pixels.copy()
    pixels[fold] = (92, 94, 98)
    painted = drawn.top > 0.5
    assert not measured(drawn, painted, pixels=pixels).sure.any()
    pixels[fold] = drawn.pixels[round(0.18 * HEIGHT), round(0.5 * drawn.alpha.shape[1])]  # skin
    assert (measured(drawn, painted, pixels=pixels).sure & fold).any()

"""The worn garment in the color and pattern of a swatch."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cloths import material, pattern, plain
from tests.figures import Drawn, draw

from sosie.core.studio import Assets, Grade, Order, Result
from sosie.engines.atelier import Atelier, cloth
from sosie.engines.atelier.colour import ciede2000, to_linear, to_srgb

_ENGINE = Atelier()
COLORS = [(196, 120, 60), (244, 238, 222), (24, 30, 62), (120, 30, 44), (28, 28, 30)]


def run(assets: Assets, **wishes: Any) -> Result:
    order = Order(plate="front-half", garment_swatch="cloth", **wishes)
    return _ENGINE.run(order, assets, lambda *_: None, lambda: False)


def dressed(drawn: Drawn, swatch: NDArray[np.uint8]) -> Assets:
    return replace(drawn.assets, materials={"cloth": material(swatch)})


def lab(srgb: NDArray[Any]) -> NDArray[np.float32]:
    part = np.asarray(srgb, np.float32).reshape(1, -1, 3) / 255
    return cv2.cvtColor(part, cv2.COLOR_RGB2LAB)  # type: ignore[no-any-return]


def inner(drawn: Drawn) -> NDArray[np.bool_]:
    return cv2.erode((drawn.top > 0.99).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0  # type: ignore[no-any-return]


@pytest.mark.parametrize("color", COLORS)
def test_plain_cloth_is_matched_and_folds_are_kept(color: tuple[int, int, int]) -> None:
    drawn = draw(512)
    made = run(dressed(drawn, plain(color)))
    assert made.grade is Grade.FINAL, made.warnings
    core, light = inner(drawn), drawn.pixels.mean(axis=2)
    lit = core & (light >= np.median(light[core]))
    mean = to_srgb(to_linear(plain(color).astype(np.float32)).mean(axis=(0, 1))[None])
    assert np.median(ciede2000(lab(made.pixels[lit]), lab(mean))) <= 3
    blur = [cv2.GaussianBlur(p.astype(np.float32).mean(axis=2), (0, 0), 2)
            for p in (drawn.pixels, made.pixels)]  # fmt: skip
    assert np.corrcoef(blur[0][core], blur[1][core])[0, 1] > 0.8
    assert made.recipe["digital_source_type"] == "compositeCapture"


def test_a_wrong_color_would_miss_that_bound() -> None:
    """The control: the next color of the list is far from each of them."""
    for color, other in pairwise(COLORS):
        assert np.median(ciede2000(lab(np.array(color)), lab(np.array(other)))) > 6


@pytest.mark.parametrize("kind", ["stripes", "check", "print"])
def test_a_pattern_has_both_its_colors_and_its_scale(kind: str) -> None:
    drawn = draw(900)
    swatch = pattern(kind, repeats=8)
    made = run(dressed(drawn, swatch), swatch_cm=16.0)
    assert made.grade is Grade.FINAL, made.warnings
    assert made.metrics["color_difference"] <= 3
    core = inner(drawn)
    seen = made.pixels[core].astype(float)
    mean = swatch.reshape(-1, 3).mean(axis=0)
    assert np.abs(seen.mean(axis=0) / seen.mean() - mean / mean.mean()).max() < 0.12
    assert seen.mean(axis=1).std() > 25, "both colors are there"
    # Two centimeters a repeat, counted along a row of the chest's middle.
    row = round(0.5 * 900)
    inside = np.flatnonzero(core[row])[40:-40]
    light = made.pixels[row, inside].astype(float).mean(axis=1)
    light = light - cv2.GaussianBlur(light[None], (0, 0), 30)[0]
    power = np.abs(np.fft.rfft(light * np.hanning(len(light)), 4096))
    repeat = 4096 / (8 + int(power[8:].argmax()))
    assert abs(repeat / (2 * cloth.pixels_a_cm(drawn.card)) - 1) < 0.2


def test_a_repeat_is_found_and_a_tile_has_no_seam() -> None:
    read = cloth.read(pattern("check", side=400, repeats=8))
    assert read.tile is not None
    twice = np.concatenate([read.tile, read.tile], axis=1)
    assert np.abs(twice[:, 50:] - twice[:, :-50]).mean() < 0.02, "a repeat is 50 pixels wide"
    assert np.abs(twice[:, 25:] - twice[:, :-25]).mean() > 0.1
    assert cloth.read(plain((90, 120, 60), fall=0.3)).tile is None


def test_skin_and_trousers_keep_their_color() -> None:
    drawn = draw(512)
    made = run(dressed(drawn, pattern("stripes")))
    moved = np.abs(made.pixels.astype(int) - drawn.pixels).max(axis=2)
    skin = (drawn.alpha == 1) & (drawn.top == 0) & (drawn.bottom == 0)
    assert (moved[skin] > 12).mean() < 0.004
    assert (moved[drawn.bottom > 0.99] > 12).mean() < 0.02


def test_refuses_what_is_no_cloth() -> None:
    drawn = draw(512)
    given = dressed(drawn, plain((90, 90, 200)))

    def codes(assets: Assets, **wishes: Any) -> set[str]:
        order = Order(plate="front-half", garment_swatch="cloth", **wishes)
        return {reason.code for reason in _ENGINE.check(order, assets)}

    assert codes(given) == set()
    assert codes(drawn.assets) == {"engine.swatch"}
    assert codes(dressed(drawn, plain((1, 2, 3), side=40))) == {"engine.swatch"}
    assert codes(given, garment_colour="#112233") == {"engine.swatch"}

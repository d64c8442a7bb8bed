"""Slivers of the garment that a hand or an arm cuts off are given the new color too, and a picture
in which the old one is still seen is a comp."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.figures import draw

import sosie.samples
from sosie.adapters.pictures import PillowPictures
from sosie.core.studio import Assets, Card, Grade, Order, Result
from sosie.core.values import digest
from sosie.engines.atelier import Atelier, remains

SLIVERS = {
    # Between thumb and hand.
    "tomas/walking": ((733, 1022, 743, 1027), "48% from the left and 50% from the top"),
    # A corner of the hem behind the forearm.
    "tomas/three-quarter": ((406, 1744, 412, 1756), "27% from the left and 86% from the top"),
}
"""Places on sample plates, in pixels (left, top, right, bottom) and in words."""


def recolored(plate: str) -> tuple[Result, float]:
    """Return the plate with a yellow top, and by how much the sliver's blue was lowered."""
    path = Path(sosie.samples.__file__).parent / "shoot" / f"{plate}.jpg"
    pixels = PillowPictures().decode(path.read_bytes(), where=plate)
    card = Card.model_validate_json(path.with_suffix(".json").read_bytes())
    order = Order(plate="front-half", garment_colour="#d9a441")
    assets = Assets(pixels, digest(pixels.tobytes()), card)
    made = Atelier().run(order, assets, lambda *_: None, lambda: False)
    left, top, right, bottom = SLIVERS[plate][0]
    box = np.s_[top:bottom, left:right, 2]
    return made, float(np.mean(pixels[box].astype(float) - made.pixels[box]))


@pytest.mark.parametrize("plate", SLIVERS)
def test_a_sliver_that_skin_cuts_off_has_the_new_color(plate: str) -> None:
    made, lowered = recolored(plate)
    assert lowered > 30
    assert made.metrics["old_color_patch"] == 0
    assert made.grade is Grade.FINAL


@pytest.mark.parametrize("plate", SLIVERS)
def test_where_it_keeps_the_old_one_the_picture_is_a_comp(
    plate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remains, "added", lambda colors, share, own, **_: (share, own))
    made, lowered = recolored(plate)
    assert lowered < 1
    assert made.grade is Grade.COMP
    assert made.warnings == (f"the old color is still seen, {SLIVERS[plate][1]}",)


def test_of_a_white_top_nothing_is_told_by_its_color_alone() -> None:
    order = Order(plate="front-half", garment_colour="#d9a441")
    for top, told in (((40, 70, 140), True), ((236, 236, 232), False)):
        made = Atelier().run(order, draw(384, top=top).assets, lambda *_: None, lambda: False)
        assert ("old_color_patch" in made.metrics) == told


@pytest.mark.parametrize(("patch", "found"), [(0, 0.0), (2, 0.0), (6, 36.0)])
def test_grain_is_no_remnant_and_a_patch_is(patch: int, found: float) -> None:
    """On skin with the noise of a strong watermark."""
    noise = np.random.default_rng(5).normal(0, 6, (200, 160, 3))
    colors = np.full((200, 160, 3), (196, 150, 126), float)
    colors[50 : 50 + patch, 80 : 80 + patch] = (40, 90, 150)
    plate = np.clip(colors + noise, 0, 255).astype(np.uint8)
    lab = [
        cv2.cvtColor(np.array([[each]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0].astype(np.float64)
        for each in ((40, 90, 150), (196, 150, 126))
    ]
    asked = np.ones(plate.shape[:2], bool)
    assert remains.remains(plate, plate, asked, own=lab[0], others=lab[1]).area == found

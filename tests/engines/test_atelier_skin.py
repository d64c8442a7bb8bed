"""Skin in front of a garment, or bare below it, is not dyed with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import sosie.samples
from sosie.adapters.pictures import PillowPictures
from sosie.core.studio import Assets, Card, Order
from sosie.core.values import digest
from sosie.engines.atelier import Atelier, garment

Box = tuple[int, int, int, int]
SKIN: Mapping[str, tuple[Box, ...]] = {
    "tomas/walking": ((260, 720, 285, 760), (440, 620, 490, 680), (325, 500, 350, 520)),
    "ines/three-quarter": ((250, 880, 285, 930),),
}
CLOTH: Mapping[str, Box] = {
    "tomas/walking": (300, 560, 350, 590),
    "ines/three-quarter": (440, 920, 500, 980),
}
"""Places on sample plates, in thousandths of their height: left, top, right, bottom."""


def dyed(plate: str) -> tuple[list[float], float]:
    """Return the share of each place of skin, and of that of cloth, that a new color of the bottom
    changes."""
    path = Path(sosie.samples.__file__).parent / "shoot" / f"{plate}.jpg"
    pixels = PillowPictures().decode(path.read_bytes(), where=plate)
    card = Card.model_validate_json(path.with_suffix(".json").read_bytes())
    order = Order(plate="front-half", garment="bottom", garment_colour="#d9c9a0")
    assets = Assets(pixels, digest(pixels.tobytes()), card)
    made = Atelier().run(order, assets, lambda *_: None, lambda: False)
    off = np.abs(made.pixels.astype(int) - pixels).max(axis=2) > 12

    def share(box: Box) -> float:
        left, top, right, bottom = (round(each * len(pixels) / 1000) for each in box)
        return float(off[top:bottom, left:right].mean())

    return [share(box) for box in SKIN[plate]], share(CLOTH[plate])


@pytest.mark.parametrize("plate", SKIN)
def test_a_hand_and_bare_legs_keep_their_color(plate: str) -> None:
    skin, cloth = dyed(plate)
    assert max(skin) < 0.01
    assert cloth > 0.99


def test_without_the_hue_of_her_face_they_are_dyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the test above must find."""
    monkeypatch.setattr(garment, "_TELLING", 1e9)
    assert max(dyed("tomas/walking")[0]) > 0.5
    assert max(dyed("ines/three-quarter")[0]) > 0.5

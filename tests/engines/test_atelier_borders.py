"""A garment's mask that ends where the photograph shows no edge is completed, or told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from tests.figures import Drawn, draw

from sosie.core.studio import Grade, Order, Result
from sosie.engines.atelier import Atelier, findings, reading
from sosie.engines.atelier.borders import completed, unedged
from sosie.engines.atelier.garment import Garment, find

HEIGHT = 640
BLUE, WHITE = (40, 70, 140), (236, 236, 234)


def made(drawn: Drawn, color: str = "#7a1220") -> Result:
    order = Order(plate="front-half", garment_colour=color)
    return Atelier().run(order, drawn.assets, lambda *_: None, lambda: False)


def cut(
    monkeypatch: pytest.MonkeyPatch, drawn: Drawn, box: tuple[float, float, float, float]
) -> np.ndarray:
    """Let the garment be found without a box (left, top, right, bottom over width and height)."""
    tall, wide = drawn.alpha.shape
    left, top, right, bottom = (
        round(v * s) for v, s in zip(box, (wide, tall, wide, tall), strict=True)
    )
    lost = np.zeros((tall, wide), bool)
    lost[top:bottom, left:right] = True

    def found(*given: Any) -> Garment:
        garment = find(*given)
        return replace(
            garment,
            share=np.where(lost, np.float32(0), garment.share),
            core=garment.core & ~cv2.dilate(lost.astype(np.uint8), np.ones((9, 9))).astype(bool),
        )

    monkeypatch.setattr(reading, "find", found)
    return lost & (drawn.top > 0.9)


@pytest.mark.parametrize("top", [BLUE, WHITE, (28, 36, 64)])
def test_the_true_garment_ends_at_edges(top: tuple[int, int, int]) -> None:
    drawn = draw(HEIGHT, top=top, wall=(172, 171, 169))
    found = unedged(drawn.pixels, drawn.top.astype(np.float32), drawn.alpha.astype(np.float32))
    assert found.length < findings.MOST_UNEDGED / 2


def test_a_corner_that_was_left_out_is_painted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw(HEIGHT, top=BLUE)
    clean = made(drawn)
    assert clean.grade is Grade.FINAL, clean.warnings
    lost = cut(monkeypatch, drawn, (0.45, 0.61, 0.49, 0.64))
    assert lost.sum() > 200
    mended = made(drawn)
    assert mended.grade is Grade.FINAL, mended.warnings
    off = np.abs(mended.pixels[lost].astype(int) - clean.pixels[lost]).max(axis=1)
    assert np.percentile(off, 95) < 12


def test_a_half_that_was_left_out_makes_a_comp_that_says_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = draw(HEIGHT, top=WHITE)
    cut(monkeypatch, drawn, (0.5, 0.56, 1.0, 1.0))
    spilt = made(drawn)
    assert spilt.grade is Grade.COMP
    assert any("the garment's edge was not found, " in each for each in spilt.warnings)


@pytest.mark.parametrize(("wide", "painted"), [(4, True), (30, False)])
def test_of_white_cloth_what_lies_narrow_beside_the_outline_is_painted_too(
    wide: int, painted: bool
) -> None:
    alpha, share = np.zeros((2, 300, 300), np.float32)
    alpha[50:250, 100:200] = 1
    share[50:250, 100 + wide : 200] = 1
    own = np.full((300, 300, 3), 230, np.float32)
    none = np.zeros((0, 3))
    garment = Garment(share, own, share > 0, 1.0, 1.0, (), none, none)
    whole = completed(garment, own.astype(np.uint8), alpha, np.ones((300, 300), bool))
    assert (whole.share[60:240, 100 : 100 + wide].mean() > 0.9) == painted

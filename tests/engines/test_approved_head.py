"""Her head is put back where pose and light are the same, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.engines.small_plate import small_card, small_pixels

from sosie.core.studio import Assets, Grade, Order, Pixels
from sosie.core.terms import Alteration
from sosie.core.values import digest
from sosie.engines.approved_head import Kept, keep_head

PLATE = small_pixels()
LEFT, TOP, RIGHT, BOTTOM = small_card().face
TORSO = (slice(BOTTOM + 40, BOTTOM + 120), slice(LEFT, RIGHT))
HEAD = (slice(TOP, BOTTOM), slice(LEFT, RIGHT))


def kept(made: Pixels, *changes: Alteration) -> Kept:
    order = Order(plate="front-full", changes=(Alteration.GARMENT, *changes))
    return keep_head(made, order, Assets(PLATE, digest(PLATE.tobytes()), small_card()))


def softened() -> Pixels:
    """Return the plate as a model gives it back: softer, a little darker, in another top."""
    half = cv2.resize(PLATE, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    whole = cv2.resize(half, PLATE.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    made = np.asarray(np.clip(whole * 0.98, 0, 255), np.uint8)
    made[TORSO] = (30, 90, 60)
    return made


def faceless() -> Pixels:
    made = PLATE.copy()
    made[HEAD] = 128
    return made


def test_it_is_put_back_pixel_by_pixel_and_fades_out() -> None:
    made = softened()
    result = kept(made)
    solid = result.alpha[HEAD] >= 1
    assert solid.sum() > 1000
    assert (made[HEAD][solid] != PLATE[HEAD][solid]).any()
    assert np.array_equal(result.pixels[HEAD][solid], PLATE[HEAD][solid])
    assert np.array_equal(result.pixels[BOTTOM + 20 :], made[BOTTOM + 20 :])
    backdrop = result.alpha == 0
    assert np.array_equal(result.pixels[backdrop], made[backdrop])
    assert (result.grade, result.metrics["head_pixels_changed"]) == (Grade.FINAL, 0)
    neck = (slice(BOTTOM - 1, BOTTOM + 9), 225)
    steps = [
        np.abs(np.diff(each[neck].astype(int), axis=0)).max() for each in (result.pixels, PLATE)
    ]
    assert steps[0] <= steps[1] + 1


@pytest.mark.parametrize(
    ("made", "change"),
    [
        (np.roll(PLATE, 3, axis=1), Alteration.POSE),
        (np.roll(PLATE, 8, axis=0), Alteration.POSE),
        ((PLATE * 0.7).astype(np.uint8), Alteration.RELIGHT),
        (255 - PLATE, Alteration.COLOUR_GRADE),
        (faceless(), Alteration.FACE),
    ],
)
def test_another_head_is_a_comp_unless_it_was_ordered(made: Pixels, change: Alteration) -> None:
    result = kept(made)
    assert np.array_equal(result.pixels, made)
    assert result.grade is Grade.COMP
    assert "not the approved one" in result.warnings[0]
    assert result.metrics["head_pixels_changed"] > 1000
    told = kept(made, change)
    assert (told.grade, told.warnings) == (Grade.FINAL, ())


def test_what_is_the_plate_again_is_no_picture_in_another_garment() -> None:
    result = kept(PLATE.copy())
    assert (result.grade, result.metrics["seen_changed"]) == (Grade.COMP, 0)
    assert "what was ordered is not seen" in result.warnings[0]


@pytest.mark.parametrize("below", [0, 255, "noise"])
def test_what_lies_behind_her_is_the_plate_s_unless_another_was_ordered(below: int | str) -> None:
    made = softened()
    noise = np.random.default_rng(5).integers(0, 256, PLATE.shape, np.uint8)
    made[BOTTOM + 30 :] = noise[BOTTOM + 30 :] if below == "noise" else below
    result = kept(made)
    assert result.grade is Grade.COMP
    assert "no other backdrop was ordered" in result.warnings[0]
    assert kept(made, Alteration.BACKDROP).grade is Grade.FINAL

"""Slivers of the old backdrop: gaps are followed to their tips, and what is left is never final.

Not told are closed gaps of one or two pixels, and those beside cloth nearly like the backdrop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.engines.slivers import gap, seen_by_truth

from sosie.core.studio import Backdrop, Grade, Order
from sosie.engines.atelier import Atelier
from sosie.engines.atelier.slivers import seen

BLUE, DARK, GREEN = (40, 70, 140), (60, 30, 40), (120, 150, 110)
PALE, BROWN, GRAY = (232, 190, 166), (120, 82, 62), (180, 182, 186)
TANNED = (196, 150, 124)
SHUT = {"long": 0.06, "open_below": False}


BEFORE_DARK = Order(plate="front-half", backdrop=Backdrop(scene="plain", colour="#10141c"), seed=1)


@pytest.mark.parametrize(
    ("wide", "wishes"),
    [
        (3, {"height": 900, "long": 0.06, "top": BLUE, "open_below": False}),
        (4, {"height": 900, "top": GREEN, "skin": PALE, "wall": GRAY, **SHUT}),
        (6, {"height": 900, "long": 0.06, "top": DARK, "skin": BROWN, "open_below": False}),
        (6, {"height": 900, "long": 0.16, "top": DARK, "skin": BROWN}),
        (10, {"height": 600, "long": 0.16, "top": GREEN}),
        (10, {"height": 600, "long": 0.06, "top": GREEN, "open_below": False}),
        (6, {"height": 900, "top": TANNED, **SHUT}),  # as a print: one color all around
    ],
)
@pytest.mark.parametrize("scene", ["#10141c", "#7a2f8f"])
def test_a_sliver_that_is_seen_is_never_final(
    wide: float, wishes: dict[str, Any], scene: str
) -> None:
    drawn, cut = gap(wide, **wishes)
    order = Order(plate="front-half", backdrop=Backdrop(scene="plain", colour=scene), seed=1)
    made = Atelier().run(order, drawn.assets, lambda *_: None, lambda: False)
    left = seen_by_truth(made.pixels, drawn.pixels, cut, made.alpha)
    truly = [each for each in seen(left, made.pixels) if each.width > 3]
    told = any("slivers" in warning for warning in made.warnings)
    assert told == bool(truly), (truly, made.warnings)
    assert (made.grade is Grade.COMP) == told


@pytest.mark.parametrize("open_below", [True, False])
@pytest.mark.parametrize("wide", [3, 6, 10])
@pytest.mark.parametrize(
    "colors",
    [{"top": BLUE}, {"top": GREEN, "skin": PALE, "wall": GRAY}, {"top": DARK, "skin": BROWN}],
)
def test_a_gap_is_followed_to_its_tip(
    colors: dict[str, Any], wide: float, open_below: bool
) -> None:
    drawn, cut = gap(wide, height=1100, open_below=open_below, **colors)
    assert (cut > 0.6).sum() > 250
    made = Atelier().run(BEFORE_DARK, drawn.assets, lambda *_: None, lambda: False)
    left = seen_by_truth(made.pixels, drawn.pixels, cut, made.alpha)
    assert not seen(left, made.pixels)
    assert made.grade is Grade.FINAL, made.warnings


def test_a_gap_that_is_taken_out_whole_spoils_nothing() -> None:
    drawn, cut = gap(10, height=600, long=0.16, top=BLUE, open_below=False)
    assert (cut > 0.6).sum() > 200
    order = Order(plate="front-half", backdrop=Backdrop(scene="plain", colour="#e8e2d0"))
    made = Atelier().run(order, drawn.assets, lambda *_: None, lambda: False)
    assert seen_by_truth(made.pixels, drawn.pixels, cut, made.alpha).sum() < 8
    assert made.grade is Grade.FINAL, made.warnings


@pytest.mark.parametrize(
    ("long", "wide", "light", "size", "found"),
    [
        (20, 3, 200, 900, True),
        (20, 3, 110, 900, False),  # hardly lighter than what lies about it
        (5, 3, 200, 900, False),  # a dot
        (9, 9, 200, 900, True),  # as long as it is wide
        (20, 3, 200, 1800, False),  # half as long, for the eye
        (40, 6, 200, 1800, True),
    ],
)
def test_length_and_contrast_count_and_the_size_of_the_picture(
    long: int, wide: int, light: int, size: int, found: bool
) -> None:
    left = np.zeros((size, size), np.bool_)
    left[100 : 100 + long, 200 : 200 + wide] = True
    pixels = np.full((size, size, 3), 100, np.uint8)
    pixels[left] = light
    slivers = seen(left, pixels)
    assert bool(slivers) == found
    if found:
        unit = size / 900
        assert slivers[0].width == pytest.approx(wide / unit, abs=1.1)
        assert slivers[0].length == pytest.approx(long / unit, rel=0.35)

"""A line sheet says in words why a picture is not on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from sosie.adapters.comps import Line, line_sheet
from sosie.core.values import Reason

LONG = Reason("engine.not_plain", "the backdrop is too busy; take a plate before `paper` " * 9)
SHORT = Reason("picture.refused", "refused by its model: not this green")


def drawn(why: Sequence[Reason], columns: int = 4) -> NDArray[np.int64]:
    """Return the page of one product with an absent picture in each column."""
    (page,) = line_sheet("Sheet", [Line("Tank", (), ((("S-0001-01"), tuple(why)),) * columns)])
    return np.asarray(page, np.int64)


def frames(columns: int) -> list[tuple[int, int]]:
    """Return left and right of each frame, as the sheet places them."""
    wide = min((2339 - 140 - 300) // columns - 14, (((1654 - 140 - 60) // 4) - 44) * 3 // 4)
    return [(370 + at * (wide + 14), 370 + at * (wide + 14) + wide) for at in range(columns)]


@pytest.mark.parametrize("columns", [1, 4, 12, 18])
@pytest.mark.parametrize("why", [(SHORT,), (LONG,), (SHORT, LONG), (Reason("a.b", "x" * 200),)])
def test_the_reason_stands_in_the_frame_and_nowhere_else(
    why: tuple[Reason, ...], columns: int
) -> None:
    with_words, empty = drawn(why, columns), drawn((Reason("", ""),), columns)
    ink = (with_words != empty).any(axis=2)
    where = frames(columns)
    assert all(ink[:, left + 6 : right - 6].sum() > 150 for left, right in where)
    inside = np.zeros_like(ink)
    for left, right in where:
        inside[122:440, left:right] = True
    assert not (ink & ~inside).any()


def test_a_product_with_many_pictures_goes_on_below() -> None:
    plain = np.full((40, 30, 3), 128, np.uint8)
    pictures = tuple((f"S-0001-{number:03}", lambda: plain) for number in range(1, 151))
    pages = line_sheet("many", [Line("a tee", (), pictures)])
    assert len(pages) == 3  # 150 in rows of 18, four rows a page

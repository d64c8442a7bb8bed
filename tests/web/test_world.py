"""The map: every country that it knows, as near as it can be drawn."""

from __future__ import annotations

import math
import re

import pytest

from sosie.core.territories import expand
from sosie.web.world import Map, drawn


def view(map_: Map | None) -> tuple[float, float, float, float]:
    assert map_ is not None
    left, top, wide, high = map(float, map_.view.split())
    return left, top, wide, high


def test_it_comes_near_and_never_too_near() -> None:
    near, far = drawn({"FR": 3, "DE": 1}), drawn({"FR": 3, "US": 1, "JP": 2})
    _, _, wide, _ = view(near)
    assert wide < view(far)[2] / 3
    assert view(drawn({"LU": 1}))[2] > 300  # tenths of a degree: its neighbors are seen
    for each in (near, far, drawn({"NZ": 1}), drawn({"RU": 1, "FJ": 1})):
        _, top, wide, high = view(each)
        assert math.isclose(wide / high, 1.4, abs_tol=0.02) or (wide > 2000 and high == 1360)
        assert top >= -900
        assert top + high <= 900  # between the poles


def test_the_most_are_darkest_and_the_small_have_a_dot() -> None:
    found = drawn({"FR": 9, "DE": 3, "MC": 6, "XX": 4})
    assert found is not None
    shades = {each.code: each.shade for each in found.here}
    assert shades == {"FR": 3, "DE": 1, "MC": 2}
    assert [each.code for each in found.here if each.dot] == ["MC"]


@pytest.mark.parametrize("counts", [{}, {"XX": 1}])
def test_nowhere_has_no_map(counts: dict[str, int]) -> None:
    assert drawn(counts) is None


def test_every_country_can_be_drawn() -> None:
    found = drawn(dict.fromkeys(expand(["WORLD"]), 1))
    assert found is not None
    assert len(found.here) > 230
    for each in found.here:
        assert re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]*z)+", each.path), each.code
    assert found.land == ""  # all are named
    without = drawn({"FR": 1})
    assert without is not None
    assert len(without.land) > 5000

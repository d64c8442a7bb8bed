"""The points of a photograph of hers: judged where she moves them, and changed nowhere here."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from sosie.core.roles import Role
from sosie.core.twin import LANDMARKS
from sosie.store.models import Plate
from tests.web.conftest import OWN, Person, Shown


@pytest.fixture(scope="module")
def her(shown: Shown) -> Person:
    return Person(Role.MODEL, OWN)


@pytest.fixture
def plate(shown: Shown) -> Plate:
    del shown
    return Plate.objects.get(twin="ines", name="front-half")


def moved(her: Person, plate: Plate, **to: tuple[object, object]) -> tuple[int, str]:
    spots: dict[str, Any] = {**plate.card["landmarks"], **to}
    fields = {
        f"{name}.{axis}": "" if spots[name] is None else str(spots[name]["xy".index(axis)])
        for name in LANDMARKS
        for axis in "xy"
    }
    answer = her.client.post(f"/photographs/{plate.pk}/points", fields)
    text = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return answer.status_code, " ".join(text.split())


def test_each_point_stands_on_the_photograph(her: Person, plate: Plate) -> None:
    page = her.client.get(f"/photographs/{plate.pk}/points").content.decode()
    placed = {name: at for name, at in plate.card["landmarks"].items() if at}
    for name, (x, y) in placed.items():
        assert f'data-point="{name}" cx="{x}" cy="{y}"' in page
    assert page.count("<circle") == len(placed) > 12


def test_a_moved_point_is_judged_and_the_command_is_given(her: Person, plate: Plate) -> None:
    x, y = plate.card["landmarks"]["waist_l"]
    status, said = moved(her, plate, waist_l=(x + 3, y - 2))
    assert status == 200
    assert f"sosie twin landmarks front-half.jpg --set waist_l={x + 3},{y - 2} sosie" in said
    assert "No point was moved" in moved(her, plate)[1]
    before = plate.card
    plate.refresh_from_db()
    assert plate.card == before


def test_a_point_where_it_cannot_be_is_refused_with_why(her: Person, plate: Plate) -> None:
    status, said = moved(her, plate, waist_l=(20, plate.card["landmarks"]["waist_l"][1]))
    assert status == 200
    assert "So they would be refused" in said
    assert "off the silhouette" in said
    assert "--set" not in said
    for wrong in ((99_999, 3), ("left", 3), ("-1", 3), ("", 3)):
        status, said = moved(her, plate, waist_l=wrong)
        assert status == 400, wrong
        assert "Waist l: " in said or "waist l: " in said

"""The engine `atelier` before photographs, on a floor, and with the light of the scene on her."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.cloths import material, street
from tests.figures import Drawn, draw

from sosie.adapters.capture_folder import read
from sosie.adapters.pictures import PillowPictures
from sosie.core.studio import Assets, Backdrop, Grade, Order, Result
from sosie.core.values import digest
from sosie.engines.atelier import Atelier
from sosie.engines.atelier.garment import head
from sosie.engines.atelier.place import LEAST_SIDE

_ENGINE = Atelier()
_PLACE = Backdrop(scene="photograph", file="place")


def run(assets: Assets, **wishes: Any) -> Result:
    order = Order(plate="front-half", **wishes)
    return _ENGINE.run(order, assets, lambda *_: None, lambda: False)


def codes(assets: Assets, **wishes: Any) -> set[str]:
    return {r.code for r in _ENGINE.check(Order(plate="front-half", **wishes), assets)}


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw(512)


@pytest.fixture(scope="module")
def assets(drawn: Drawn) -> Assets:
    return replace(drawn.assets, materials={"place": material(street())})


@pytest.fixture(scope="module")
def full() -> Assets:
    """A plate with both feet in the frame."""
    folder = Path(__file__).parents[2] / "src" / "sosie" / "samples" / "shoot" / "tomas"
    photo = next(p for p in read(folder).photos if p.name == "front-full.jpg")
    assert photo.card
    pixels = PillowPictures().decode(photo.data, where=photo.name)
    return Assets(pixels, digest(pixels.tobytes()), photo.card, {"place": material(street())})


def test_a_photograph_takes_the_plates_light_and_leaves_her_as_she_is(
    drawn: Drawn, assets: Assets
) -> None:
    made = run(assets, backdrop=_PLACE)
    assert made.grade is Grade.FINAL, made.warnings
    assert made.recipe["digital_source_type"] == "compositeCapture"
    solid = made.alpha == 1
    assert (made.pixels[solid] == drawn.pixels[solid]).all()
    behind = made.pixels[made.alpha == 0].astype(float)
    tint = behind.mean(axis=0) / behind.mean()
    given = street().reshape(-1, 3).mean(axis=0)
    given = given / given.mean()
    assert np.ptp(tint) < 0.6 * np.ptp(given), "the plate's light is neutral, the street's is warm"
    person = np.median(drawn.pixels[solid])
    assert 0.5 * person < np.median(behind) < 1.6 * person


@pytest.mark.parametrize("wall", [(235, 150, 60), (70, 110, 160), (60, 130, 70)])
def test_a_painted_wall_keeps_its_color(assets: Assets, wall: tuple[int, int, int]) -> None:
    """Its color was once taken for that of the light: orange came out olive."""
    room = np.full((1200, 1000, 3), (120, 118, 115), np.uint8)
    room[:1000] = wall
    made = run(replace(assets, materials={"place": material(room)}), backdrop=_PLACE)
    pair = np.array([[wall, np.median(made.pixels[20:60, 20:60], axis=(0, 1))]], np.float32) / 255
    (_, *was), (_, *now) = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)[0]
    hues = np.degrees(np.arctan2([was[1], now[1]], [was[0], now[0]]))
    assert abs(hues[0] - hues[1]) < 8


def test_a_photograph_is_out_of_focus_behind_her(assets: Assets) -> None:
    made = run(assets, backdrop=_PLACE)
    behind = made.alpha[:120, :100] == 0
    steps = np.abs(np.diff(made.pixels[:120, :100, 1].astype(int), axis=1))[behind[:, 1:]]
    assert steps.max() < 22, "a window's edge in focus is a step of more than fifty"
    assert np.ptp(made.pixels[:120, :100, 1][behind]) > 40


def test_light_on_her_changes_only_when_it_is_ordered(drawn: Drawn, assets: Assets) -> None:
    region = head(drawn.card, drawn.alpha.shape)
    kept, lit = run(assets, backdrop=_PLACE), run(assets, backdrop=_PLACE, relight=True)
    solid = region & (kept.alpha == 1)
    assert (kept.pixels[solid] == drawn.pixels[solid]).all()
    moved = lit.pixels[solid].astype(float) / np.maximum(drawn.pixels[solid], 1)
    assert (lit.pixels[solid] != drawn.pixels[solid]).any(axis=1).mean() > 0.9
    assert 0.9 < np.median(moved) < 1.1
    assert np.median(moved[:, 0]) > np.median(moved[:, 2]), "the scene behind her is warm"
    assert lit.grade is Grade.FINAL, lit.warnings
    assert lit.changed[lit.alpha > 0].all()


@pytest.mark.parametrize("scene", ["paper", "concrete", "cyclorama", "photograph"])
def test_she_stands_on_the_floor(full: Assets, scene: Any) -> None:
    """Under the soles it is darker than a step to the side, and no row is a hard horizon."""
    wish = Backdrop(scene=scene, file="place" if scene == "photograph" else None)
    made = run(full, backdrop=wish)
    assert made.grade is Grade.FINAL, made.warnings
    light = made.pixels.astype(float).mean(axis=2)
    rows = np.flatnonzero((made.alpha > 0.5).sum(axis=1) > 8)
    sole = int(rows[-1])
    left, right = (full.card.landmarks[f"ankle_{side}"] for side in "lr")
    assert left
    assert right
    below = [light[sole + 2 : sole + 8, x - 20 : x + 20].mean() for x in (left[0], right[0])]
    beside = light[sole + 2 : sole + 8, left[0] - 260 : left[0] - 200].mean()
    assert max(below) < 0.93 * beside


def test_the_same_order_gives_the_same_scene_and_another_seed_another(assets: Assets) -> None:
    wish = Backdrop(scene="concrete")
    first, again, other = (run(assets, backdrop=wish, seed=seed) for seed in (1, 1, 2))
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert (first.pixels != other.pixels).any()


def test_refuses_scenes_that_cannot_be_shown(drawn: Drawn, assets: Assets) -> None:
    assert codes(assets, backdrop=_PLACE) == set()
    assert codes(assets, backdrop=Backdrop(scene="photograph")) == {"engine.scene"}
    assert codes(drawn.assets, backdrop=_PLACE) == {"engine.scene"}
    small = material(street(LEAST_SIDE - 1, 600))
    assert codes(replace(assets, materials={"place": small}), backdrop=_PLACE) == {"engine.scene"}
    assert codes(assets, relight=True) == {"engine.relight"}

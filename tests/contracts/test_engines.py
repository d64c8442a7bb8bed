"""The one suite that every installed image engine must pass."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sosie.core.ports import Engine
from sosie.core.source_type import untrue
from sosie.core.studio import Assets, Backdrop, Order, Result, Stopped
from sosie.core.values import digest
from sosie.wiring import engines
from tests.services.people import drawn_card, drawn_pixels

ENGINES = sorted(name for name, engine in engines().items() if not engine.describe().needs)
"""Those that lack nothing here; `tests/gpu` holds what needs PyTorch and weights to it."""
ORDER = Order(
    plate="front-full",
    garment_colour="#20463a",
    backdrop=Backdrop(scene="cyclorama", colour="#cdb9a5"),
    seed=11,
)


@pytest.fixture(scope="module")
def assets() -> Assets:
    pixels = drawn_pixels()
    return Assets(pixels, digest(pixels.tobytes()), drawn_card())


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return engines()[request.param]


@pytest.fixture(scope="module")
def result(engine: Engine, assets: Assets) -> Result:
    assert engine.check(ORDER, assets) == ()
    return engine.run(ORDER, assets, lambda share, what: None, lambda: False)


def test_there_is_an_engine() -> None:
    assert "atelier" in ENGINES


def test_it_says_what_it_is(engine: Engine) -> None:
    card = engine.describe()
    assert card.name in engines()
    assert card.version
    assert card.operations
    assert untrue(card.digital_source_type, weights=card.weights) is None


def test_each_picture_names_a_source_type_that_can_be_true(engine: Engine, result: Result) -> None:
    card = engine.describe()
    term = result.recipe.get("digital_source_type", card.digital_source_type)
    assert untrue(term, weights=card.weights) is None


def test_it_changes_only_what_it_says(result: Result, assets: Assets) -> None:
    assert result.pixels.dtype == np.uint8
    assert result.pixels.shape == assets.pixels.shape
    assert result.alpha.shape == result.changed.shape == assets.pixels.shape[:2]
    assert 0 <= result.alpha.min() <= result.alpha.max() <= 1
    differs = (result.pixels != assets.pixels).any(axis=2)
    assert differs.any()
    assert not (differs & ~result.changed).any()


def test_the_head_is_the_approved_one(result: Result, assets: Assets) -> None:
    left, top, right, bottom = assets.card.face
    head = (slice(top, bottom), slice(left, right))
    solid = result.alpha[head] == 1
    assert solid.mean() > 0.5
    assert np.array_equal(result.pixels[head][solid], assets.pixels[head][solid])


def test_its_recipe_gives_the_same_pixels_in_a_fresh_process(
    engine: Engine, result: Result
) -> None:
    if not engine.describe().deterministic:
        pytest.skip("this engine does not promise it")
    code = f"""
from sosie.core.studio import Assets, Order
from sosie.core.values import digest
from sosie.wiring import engines
from tests.services.people import drawn_card, drawn_pixels
pixels = drawn_pixels()
order = Order.model_validate({result.recipe["order"]!r})
assets = Assets(pixels, digest(pixels.tobytes()), drawn_card())
engine = engines()[{engine.describe().name!r}]
print(digest(engine.run(order, assets, lambda s, w: None, lambda: False).pixels.tobytes()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == digest(result.pixels.tobytes())


def test_it_shows_progress_and_can_be_stopped(engine: Engine, assets: Assets) -> None:
    shares: list[float] = []
    with pytest.raises(Stopped):
        engine.run(ORDER, assets, lambda s, w: shares.append(s), lambda: len(shares) > 2)
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] <= 1


def test_it_refuses_with_reasons_what_it_cannot_take(engine: Engine, assets: Assets) -> None:
    small = replace(assets, pixels=assets.pixels[:-40])
    nothing = ORDER.model_copy(update={"garment_colour": None, "backdrop": None})
    bare = drawn_card().model_copy(update={"landmarks": {}})
    for order, given in (
        (ORDER, small),
        (nothing, assets),
        (ORDER, replace(assets, card=bare)),
    ):
        reasons = engine.check(order, given)
        assert reasons
        assert all(reason.code.startswith("engine.") and reason.text for reason in reasons)

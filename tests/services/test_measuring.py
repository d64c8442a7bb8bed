"""What an engine hands back is measured; what an order cannot mean is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from sosie.core.comp import banded
from sosie.core.ports import Engine, Outside
from sosie.core.studio import Grade, Look, Matrix, Order, Pixels, Result
from sosie.core.values import Digest
from sosie.services import picture, shoot
from tests.services.conftest import LATER, answer, granted, refused
from tests.services.test_order import (
    Broken,
    make,
    make_all,
    matrix,
    ordered,
    planned,
    with_engine,
)


def png(pixels: Pixels) -> bytes:
    done, data = cv2.imencode(".png", pixels)
    assert done
    return data.tobytes()


class Lying(Broken):
    """The atelier, save that it hands back something else than it made."""

    def __init__(self, engine: Engine, lie: Callable[[Result], Any]) -> None:
        super().__init__(engine, RuntimeError())
        self.lie = lie

    def run(self, order: Order, *more: Any) -> Any:
        return self.lie(self._engine.run(order, *more))


def ends(found: Result) -> Any:
    raise SystemExit(3)


LIES: dict[str, Callable[[Result], Any]] = {
    "another size": lambda found: replace(found, pixels=found.pixels[:-1]),
    "nothing": lambda found: None,
    "no alpha": lambda found: replace(found, alpha=None),  # type: ignore[arg-type]
    "a single pixel": lambda found: replace(
        found, pixels=found.pixels[:1, :1], alpha=found.alpha[:1, :1], changed=found.changed[:1, :1]
    ),
    "a mask that hides it": lambda found: replace(found, changed=found.changed & False),
    "a metric that is no number": lambda found: replace(found, metrics={"x": float("nan")}),
    "a recipe that is no JSON": lambda found: replace(
        found, recipe={**found.recipe, "x": object()}
    ),
    "no recipe": lambda found: replace(found, recipe={}),
    "a source that is untrue": lambda found: replace(
        found, recipe={**found.recipe, "digital_source_type": "digitalCapture"}
    ),
    "a doubt that is none": lambda found: replace(found, doubts=("x",)),  # type: ignore[arg-type]
    "its end": ends,
}


@pytest.mark.parametrize("lie", LIES)
def test_what_an_engine_says_is_measured_and_a_lie_loses_no_other_picture(
    captured: Outside, agreed: Callable[..., str], lie: str
) -> None:
    lying = with_engine(captured, Lying(captured.engines["atelier"], LIES[lie]))
    row = ordered(lying, agreed(), matrix("front-half"))
    first, second = picture.pending(row.pk)
    assert refused(make(lying, first)) == {"engine.broke" if lie == "its end" else "engine.result"}
    assert granted(make(captured, second)).status == "made"
    assert granted(picture.retry(captured, shoot=row.pk, now=LATER)) == [first]
    assert granted(make(captured, first)).status == "made"


def test_a_picture_without_her_head_is_undecided_whatever_its_engine_says(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    def strange(found: Result) -> Result:
        noise = np.random.default_rng(1).integers(0, 256, found.pixels.shape, np.uint8)
        return replace(found, pixels=noise, changed=np.ones_like(found.changed))

    lying = with_engine(captured, Lying(captured.engines["atelier"], strange))
    row = ordered(lying, agreed(), matrix("front-half"))
    made_up = granted(make(lying, picture.pending(row.pk)[0]))
    assert (made_up.status, made_up.doubts[0]["code"]) == ("undecided", "likeness.undecided")
    assert refused(answer(captured, made_up.pk)) == {"picture.undecided"}


def test_a_layout_comp_says_so_on_itself_whichever_engine_made_it(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    def doubtful(found: Result) -> Result:
        return replace(found, grade=Grade.COMP, warnings=("it is a guess",))

    engine = with_engine(captured, Lying(captured.engines["atelier"], doubtful))
    row = ordered(engine, agreed(), matrix("front-half"))
    comp, final = picture.pending(row.pk)
    shown = [
        captured.pictures.decode(captured.blobs.get(Digest(granted(made).digest)), where="it")
        for made in (make(engine, comp), make(captured, final))
    ]
    foot = [float((each[-20:] < 30).mean()) for each in shown]
    assert foot[0] > 0.7
    assert foot[1] < 0.1
    assert (banded(shown[0])[0] == shown[0]).all()
    assert refused(answer(captured, comp)) == {"picture.comp"}


def test_cloth_is_as_wide_as_the_plan_says(captured: Outside, agreed: Callable[..., str]) -> None:
    stripes = np.zeros((400, 400, 3), np.uint8) + 40
    stripes[:, ::40] = stripes[:, 1::40] = stripes[:, 2::40] = 220
    files = {"cloth": png(stripes)}
    looks = tuple(Look(garment_swatch="cloth", swatch_cm=wide) for wide in (10, 40))
    plan = planned(matrix=Matrix(plates=("front-half",), garments=looks), files={"cloth": "c.png"})
    row = ordered(captured, agreed(), plan, files)
    fine, coarse = (granted(each) for each in make_all(captured, row))
    assert (fine.order["swatch_cm"], coarse.order["swatch_cm"]) == ("10", "40")
    assert fine.pixels != coarse.pixels


def test_a_flat_lay_as_long_as_a_thread_is_refused(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    files = {"thread": png(np.full((8, 4000, 3), 90, np.uint8))}
    plan = planned(
        pictures=(Order(plate="front-half", wear="thread"),), files={"thread": "thread.png"}
    )
    found = shoot.propose(captured, license=agreed(), plan=plan, files=files, now=LATER)
    assert [each.code for each in granted(found).pictures[0].engine] == ["engine.flat_lay"]

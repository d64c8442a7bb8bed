"""The cases of the contract suite, one a function, and the list of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, Backdrop, Material, Order, Pixels
from sosie.core.terms import Alteration
from sosie.core.values import digest
from sosie.wiring import Engines
from tests.contracts.engine_contract import Case
from tests.services.people import drawn_card, drawn_pixels

CASES = {
    "atelier": "tests.contracts.cases:atelier",
    "import": "tests.contracts.cases:imported",
    "comfyui": "tests.contracts.served_cases:comfyui",
    "hosted": "tests.contracts.served_cases:hosted",
    "diffusers": "tests.contracts.weights_case:diffusers",
}
"""The case of every engine: one that is added names its own here."""
_TORCH = (
    pytest.mark.torch,
    pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch: `make test-gpu`"),
)
ENGINES = [pytest.param(name, marks=_TORCH if name == "diffusers" else ()) for name in CASES]
"""Their names, as parameters of tests: without PyTorch, one is said to belong to `test-gpu`."""


@cache
def plate() -> Assets:
    """Return the plate of a drawn person who is nobody."""
    pixels = drawn_pixels()
    return Assets(pixels, digest(pixels.tobytes()), drawn_card())


def picture(pixels: Pixels) -> Material:
    """Return a picture as a file that an order names."""
    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert done
    return Material(data.tobytes(), digest(data.tobytes()), pixels)


def with_files(assets: Assets, **files: Material) -> Assets:
    """Return assets with some files."""
    return replace(assets, materials=files)


@contextmanager
def atelier() -> Iterator[Case]:
    """The embedded engine: a new color and a drawn backdrop."""
    assets = plate()
    order = Order(
        plate="front-full",
        garment_colour="#20463a",
        backdrop=Backdrop(scene="cyclorama", colour="#cdb9a5"),
        seed=11,
    )
    bare = drawn_card().model_copy(update={"landmarks": {}})
    yield Case(
        name="tests.contracts.cases:atelier",
        engine=Engines()["atelier"],
        order=order,
        assets=assets,
        refused=(
            (order, replace(assets, pixels=assets.pixels[:-40])),
            (order.model_copy(update={"garment_colour": None, "backdrop": None}), assets),
            (order, replace(assets, card=bare)),
            (order.model_copy(update={"changes": (Alteration.FACE,)}), assets),
        ),
        others=(
            order.model_copy(update={"backdrop": None}),
            order.model_copy(update={"garment_colour": None, "seed": 3}),
        ),
    )


def finished() -> Pixels:
    """Return what another tool could have made of the plate: another cloth, another wall."""
    pixels = plate().pixels.astype(np.int16)
    cloth = (np.abs(pixels - (96, 132, 150)).sum(axis=2) < 60)[..., None]
    wall = (pixels.min(axis=2) > 195)[..., None]
    made = pixels + cloth * np.array([60, -50, -60]) - wall * np.array([10, 30, 60])
    return np.asarray(np.clip(made, 0, 255), np.uint8)


@contextmanager
def imported() -> Iterator[Case]:
    """A finished picture that another tool made."""
    assets = with_files(
        plate(), done=picture(finished()), notes=Material(b"no picture", digest(b"n"))
    )
    order = Order(
        plate="front-full",
        picture="done",
        source_type=SourceType.COMPOSITE_CAPTURE,
        changes=(Alteration.GARMENT_COLOUR, Alteration.BACKDROP),
    )
    trained = {"source_type": SourceType.COMPOSITE_TRAINED}
    yield Case(
        name="tests.contracts.cases:imported",
        engine=Engines()["import"],
        order=order,
        keeps_head=False,
        assets=assets,
        refused=(
            (order.model_copy(update={"picture": None}), assets),
            (order.model_copy(update={"picture": "notes"}), assets),
            (order.model_copy(update={"changes": ()}), assets),
            (order.model_copy(update={"source_type": None}), assets),
            (order.model_copy(update=trained), assets),
            (order, replace(assets, pixels=assets.pixels[:-40])),
        ),
    )

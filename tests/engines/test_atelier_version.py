"""The rule of the version of `atelier`: other pixels, another version."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.engines import goldens

from sosie.core.studio import Assets, Order, Result
from sosie.engines.atelier import Atelier


class OneStep(Atelier):
    """The engine, after a change that makes one corner of each picture one step lighter."""

    def run(self, order: Order, assets: Assets, *more: Any) -> Result:
        result = super().run(order, assets, *more)
        corner = result.pixels[:16, :16]
        corner[:] = np.minimum(corner, 254) + 1
        return result


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    return goldens.recorded()


def test_who_changes_pixels_raises_the_version(before: dict[str, Any]) -> None:
    assert set(before["pictures"]) == set(goldens.ORDERS)
    version = Atelier().describe().version
    how = "record them: python -m tests.engines.goldens"
    assert before["version"] == version, f"these pictures are of version {before['version']}; {how}"
    others = goldens.changed(before, goldens.made(Atelier()))
    assert not others, f"atelier {version} makes other pixels: raise its version and {how}"


def test_one_step_in_a_corner_is_another_picture_on_any_processor(before: dict[str, Any]) -> None:
    """The control: what the test above must find, by the digest and by the grid."""
    lighter = goldens.made(OneStep())
    assert goldens.changed(before, lighter) == list(goldens.ORDERS)
    elsewhere = before | {"processor": "another kind"}
    assert goldens.changed(elsewhere, lighter) == list(goldens.ORDERS)

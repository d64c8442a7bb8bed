"""The suite that every engine passes, over `diffusers` with tiny random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sosie.core.ports import Engine
from sosie.wiring import engines
from tests.contracts.test_engines import (  # noqa: F401 - what is collected here
    assets,
    result,
    test_each_picture_names_a_source_type_that_can_be_true,
    test_it_changes_only_what_it_says,
    test_it_refuses_with_reasons_what_it_cannot_take,
    test_it_says_what_it_is,
    test_it_shows_progress_and_can_be_stopped,
    test_its_recipe_gives_the_same_pixels_in_a_fresh_process,
    test_the_head_is_the_approved_one,
)


@pytest.fixture(scope="module")
def engine(folders: dict[str, Path]) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOSIE_WEIGHTS", str(folders["flux2-klein"]))
        patch.setenv("SOSIE_DEVICE", "cpu")
        made = engines()["diffusers"]
        assert made.describe().deterministic
        yield made

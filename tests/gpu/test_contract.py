"""The suite that every engine passes, over `diffusers` with tiny random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.engine_contract import Case, opened
from tests.contracts.test_engines import (  # noqa: F401 - what is collected here
    result,
    test_it_changes_only_what_it_says,
    test_it_hands_back_a_sound_result,
    test_it_makes_the_same_again_in_a_fresh_process,
    test_it_never_starts_without_a_grant,
    test_it_reaches_only_where_it_says,
    test_it_refuses_with_reasons_what_it_cannot_take,
    test_it_says_what_it_is,
    test_it_shows_progress_and_can_be_stopped,
    test_it_takes_its_order,
    test_the_head_is_the_approved_one,
)


@pytest.fixture(scope="module")
def case(folders: dict[str, Path]) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOSIE_WEIGHTS", str(folders["flux2-klein"]))
        patch.setenv("SOSIE_DEVICE", "cpu")
        with opened("tests.gpu.cases:diffusers") as made:
            yield made

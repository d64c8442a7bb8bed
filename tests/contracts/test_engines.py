"""The one suite that every engine must pass: the checks are in `engine_contract.py`.

`make test-gpu` runs it over all of them. Without PyTorch, as in `make test`, it is said of the one
that needs it that it belongs there.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sosie.core.studio import Result
from sosie.wiring import Engines
from tests.contracts import engine_contract as contract
from tests.contracts.cases import CASES, ENGINES
from tests.contracts.engine_contract import Case, opened


@pytest.fixture(scope="module", params=ENGINES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    with opened(CASES[request.param]) as made:
        assert made.engine.describe().name == request.param
        yield made


@pytest.fixture(scope="module")
def result(case: Case) -> Result:
    return contract.run(case)


def test_every_installed_engine_has_a_case() -> None:
    assert set(Engines()) == set(CASES)


def test_it_says_what_it_is(case: Case) -> None:
    contract.says_what_it_is(case)


def test_it_takes_its_order(case: Case) -> None:
    contract.takes_its_order(case)


def test_it_hands_back_a_sound_result(case: Case, result: Result) -> None:
    contract.hands_back_a_sound_result(case, result)


def test_it_changes_only_what_it_says(case: Case, result: Result) -> None:
    contract.changes_only_what_it_says(case, result)


def test_the_head_is_the_approved_one(case: Case, result: Result) -> None:
    if case.keeps_head:
        contract.keeps_the_head(case, result)
    else:
        contract.doubts_a_head_that_is_another(case, result)


def test_it_makes_the_same_again_in_a_fresh_process(case: Case, result: Result) -> None:
    contract.replays_in_a_fresh_process(case, result)


def test_it_shows_progress_and_can_be_stopped(case: Case) -> None:
    contract.shows_progress_and_can_be_stopped(case)


def test_it_refuses_with_reasons_what_it_cannot_take(case: Case) -> None:
    contract.refuses_with_reasons(case)


def test_it_never_starts_without_a_grant(case: Case) -> None:
    contract.never_starts_without_a_grant(case)


def test_it_reaches_only_where_it_says(case: Case) -> None:
    contract.reaches_only_where_it_says(case)

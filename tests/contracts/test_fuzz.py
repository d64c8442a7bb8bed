"""Ten thousand orders by chance over all engines: no picture leaves without a grant that holds.

`SOSIE_FUZZ_CASES` and `SOSIE_FUZZ_SEED` ask for more and others (`make nightly`).
"""

from __future__ import annotations

import os

import pytest

from sosie.core import grant
from tests.contracts.cases import CASES, ENGINES
from tests.contracts.engine_contract import opened
from tests.contracts.fuzzing import ATTACKS, fuzz, leaky

COUNT = int(os.environ.get("SOSIE_FUZZ_CASES", "10000"))
SEED = os.environ.get("SOSIE_FUZZ_SEED", "1")


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_leaves_without_a_grant_that_holds(name: str) -> None:
    with opened(CASES[name]) as case:
        tally = fuzz(grant.run, case, -(-COUNT // len(CASES)), seed=f"{SEED} {name}")
    assert tally.leaked == []
    assert tally.refused == tally.inputs - tally.attacks["none"]
    assert set(tally.attacks) == {"none", *ATTACKS}
    assert tally.left > 0
    assert tally.left + tally.gave_up == tally.attacks["none"]
    print(f"{tally.inputs} inputs, {tally.refused} refused, {tally.left} pictures")  # noqa: T201


@pytest.mark.parametrize("name", ENGINES)
def test_the_control_that_must_leak_leaks(name: str) -> None:
    with opened(CASES[name]) as case:
        tally = fuzz(leaky, case, 60, seed=SEED)
    assert tally.refused == 0
    assert len(tally.leaked) == tally.inputs - tally.attacks["none"]

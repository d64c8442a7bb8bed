"""The commands that the Makefile calls are commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys.conftest import sosie

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
CALLS = sorted(set(re.findall(r"\$\(BIN\)/sosie ([^\n|;&]+)", MAKEFILE)))


def test_the_makefile_calls_the_demo_and_the_pages() -> None:
    assert {call.split()[0] for call in CALLS} == {"demo", "serve"}


@pytest.mark.parametrize("call", CALLS)
def test_what_the_makefile_calls_is_understood(call: str) -> None:
    assert sosie(*call.split(), "--help").code == 0
    assert sosie(*call.split(), "--no-such-option", "--help").code == 64

"""Houses that sign, for the tests of a module."""

from __future__ import annotations

import pytest

from tests.adapters.houses import House, house


@pytest.fixture(scope="module")
def ours() -> House:
    return house()


@pytest.fixture(scope="module")
def strangers() -> House:
    return house("Maison Stranger")

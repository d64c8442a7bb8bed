"""A real workspace for each test: keys, PDF signatures, manifests, blobs, log and database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sosie import wiring
from sosie.adapters.keys import Keys
from sosie.core.ports import Outside
from sosie.core.studio import ShootPlan
from sosie.core.terms import Terms
from sosie.core.values import Refusal
from tests.services.people import DrawnEngine, drawn_photo

SECRETS = {
    "house": "the house keeps this",
    "ines": "only ines knows this",
    "atlas": "the agency knows this",
    "nord": "the brand knows this",
}
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once a session: they are slow on purpose."""
    folder = tmp_path_factory.mktemp("founded")
    keys = Keys.found(folder / "keys", "test-house", SECRETS["house"], now=NOW)
    for party in ("ines", "atlas", "nord"):
        keys.create(party, party.title(), SECRETS[party], now=NOW)
    return folder


@pytest.fixture
def outside(founded: Path, tmp_path: Path, transactional_db: None) -> Iterator[Outside]:
    """All that lies outside, on a folder and database of this test's own."""
    folder = tmp_path / "workspace"
    shutil.copytree(founded, folder)
    made = wiring.assembled(folder, "test-house", SECRETS["house"])
    yield replace(made, engines={**made.engines, "drawn": DrawnEngine()})

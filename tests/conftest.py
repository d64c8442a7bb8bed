"""What every test may use, and the rule that nothing is skipped where everything must run."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PHOTOS = Path(os.environ.get("SOSIE_PHOTOS", ROOT.parent / "shared" / "photos"))
REQUIRE_ALL = os.environ.get("SOSIE_REQUIRE_ALL") == "1"


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of real photographs; they are test data that the project may not ship."""
    if not (PHOTOS / "people").is_dir():
        pytest.skip("no real photographs: name their folder in `SOSIE_PHOTOS`")
    return PHOTOS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where `SOSIE_REQUIRE_ALL=1`, save for the photographs."""
    report = yield
    if REQUIRE_ALL and report.skipped and "photos" not in item.keywords:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report

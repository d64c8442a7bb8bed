"""What every test may use, and the rule that nothing is skipped where everything must run."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("sosie", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sosie")  # no test fails for want of time

ROOT = Path(__file__).parent.parent
PHOTOS = Path(os.environ.get("SOSIE_PHOTOS", ROOT.parent / "shared" / "photos"))
ODRL_SUITE = Path(os.environ.get("SOSIE_ODRL_SUITE", ROOT.parent / "shared" / "odrl-test-suite"))
MAY_BE_ABSENT = ("photos", "odrl_suite", "rubric", "comfyui", "torch")
"""Marks of tests that need what the project may not ship, a server of somebody else's, or PyTorch,
with which `make test-gpu` runs them."""
REQUIRE_ALL = os.environ.get("SOSIE_REQUIRE_ALL") == "1"


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of real photographs; they are test data that the project may not ship."""
    if not (PHOTOS / "people").is_dir():
        pytest.skip("no real photographs: name their folder in `SOSIE_PHOTOS`")
    return PHOTOS


@pytest.fixture(scope="session")
def odrl_suite() -> Path:
    """The folder of the ODRL Test Suite; its cases are data of others and are not copied here."""
    if not (ODRL_SUITE / "test_cases").is_dir():
        pytest.skip("no ODRL Test Suite: name its folder in `SOSIE_ODRL_SUITE`")
    return ODRL_SUITE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where `SOSIE_REQUIRE_ALL=1`, save for data of others."""
    report = yield
    marked = any(mark in item.keywords for mark in MAY_BE_ABSENT)
    if REQUIRE_ALL and report.skipped and not marked:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report

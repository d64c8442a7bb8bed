"""What is generated into the repository is what its tool makes of the sources today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("law_page", "docs/law.md is up to date"),
        ("schemas", "the schemas are up to date"),
        ("seal_vectors", "the vectors are up to date"),
        ("catalogs", "every catalog is whole"),
        ("api_document", "the document is up to date"),
    ],
)
def test_it_is_up_to_date(tool: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / f"{tool}.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert (done.stdout.strip(), done.returncode) == (said, 0), done.stdout + done.stderr

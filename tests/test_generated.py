"""What is generated into the repository is what its tool makes of the sources today."""

from __future__ import annotations

import json
import re
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


def test_a_web_server_in_front_passes_on_each_route_of_the_api_or_leaves_it_out_on_purpose() -> (
    None
):
    api = json.loads((ROOT / "docs/formats/api.openapi.json").read_text(encoding="utf-8"))
    routes = {path.removeprefix("/api/v1/").split("/")[0] for path in api["paths"]}
    page = (ROOT / "docs/how-to/api.md").read_text(encoding="utf-8")
    passed = re.search(r"\^/api/v1/\(([^)]*)\)", page)
    left_out = re.search(r"routes of the house \(([^)]*)\)", page)
    assert passed
    assert left_out
    told = {*passed[1].split("|"), *re.findall(r"`([^`]+)`", left_out[1])}
    assert routes == told - {"openapi[.]json"}

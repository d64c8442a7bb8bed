"""The first visitor of a process waits for nothing to be loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.conftest import ON_POSTGRESQL, keys_made_once, made_once

__all__ = ["keys_made_once", "made_once"]
VISIT = """
import os, sys
from django.test import Client
os.environ["DJANGO_SETTINGS_MODULE"] = "sosie.settings"
if sys.argv[1] == "warm":
    import sosie.web.wsgi
else:
    from django.core.wsgi import get_wsgi_application
    get_wsgi_application()
there = set(sys.modules)
asks = Client(headers={"host": "localhost:8000"})
assert asks.get("/verify").status_code == 200
with open(sys.argv[2], "rb") as file:
    answer = asks.post("/verify", {"picture": file})
assert answer.status_code == 200, answer.content
assert b"Unknown here" in answer.content
small = {*sys.stdlib_module_names, "django"}
new = set(sys.modules) - there
print(*sorted(name for name in new if name.partition(".")[0] not in small))
"""
PHOTO = Path(__file__).parents[2] / "src/sosie/samples/shoot/ines/front-half.jpg"


@pytest.mark.skipif(ON_POSTGRESQL, reason="the child would need a database of its own")
def test_a_process_is_warm_before_its_first_visit(made_once: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(made_once, folder)
    said = {"sosie": "workspace/1", "name": "test-house", "founded": "2026-01-01T00:00:00+00:00"}
    (folder / "workspace.json").write_text(json.dumps(said))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SOSIE_", "DJANGO_"))}

    def loaded_at_the_visit(how: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", VISIT, how, str(PHOTO)],
            env={**environment, "SOSIE_WORKSPACE": str(folder)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.split()

    assert loaded_at_the_visit("warm") == []
    assert "sosie.web.verify" in loaded_at_the_visit("cold")  # the control

"""One demo for all journeys: the command as a user calls it, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml


@dataclass(frozen=True)
class Done:
    """How one call of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its answer, which must be one JSON object."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def sosie(
    *arguments: str | Path,
    cwd: Path | None = None,
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> Done:
    """Call the command line as a user does."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SOSIE_")}
    done = subprocess.run(
        [sys.executable, "-m", "sosie", *map(str, arguments)],
        cwd=cwd,
        env={**clean, **secrets},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=900,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


SERVE = (sys.executable, "-m", "sosie", "serve")


@contextmanager
def serving(workspace: Path, *options: str, log: Path | None = None) -> Iterator[str]:
    """Serve a workspace as a user does, to this machine; yields the address. What it prints goes
    to ``log``."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SOSIE_")}
    # Appended to, since both sides share the place in the file.
    with log.open("a+") if log else tempfile.TemporaryFile("a+") as told:
        server = subprocess.Popen(
            [*SERVE, "--workspace", str(workspace), "--port", "0", *options],
            stderr=told,
            env={**clean, "PYTHONUNBUFFERED": "1"},
        )
        try:
            for _ in range(600):
                told.seek(0)
                if found := re.search(r"localhost:(\d+) \(stop with Ctrl-C\)", told.read()):
                    break
                time.sleep(0.1)
            assert found, "it does not serve"
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            server.terminate()
            server.wait(10)


def secrets_of(workspace: Path) -> dict[str, str]:
    """Return the passphrases that a demo keeps for later trials."""
    lines = (workspace / "passphrases.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


class House:
    """A copy of the demo's workspace, and how its people call the command there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets = folder, secrets_of(folder)

    def done(self, *arguments: str | Path) -> Any:
        """Call a command that must succeed; returns its answer."""
        done = sosie(*arguments, "--workspace", self.folder, "--json", secrets=self.secrets)
        assert done.code == 0, done.out + done.err
        return done.json

    def asks(self) -> str:
        """Have the brand ask Ines for a license of two pictures from today on; returns its id."""
        example = files("sosie.samples") / "licenses" / "capsule.yaml"
        terms: dict[str, Any] = yaml.safe_load(example.read_text("utf-8"))
        zone = "Europe/Paris"
        today = datetime.now(ZoneInfo(zone)).date()
        period = {"from": f"{today}", "until": f"{today + timedelta(days=90)}", "time_zone": zone}
        path = self.folder.parent / "asked.yaml"
        pay = {k: f"{v:.2f}" if isinstance(v, float) else v for k, v in terms["pay"].items()}
        said = {**terms, "period": period, "pay": pay, "title": "Winter windows", "pictures": 2}
        path.write_text(yaml.safe_dump(said), encoding="utf-8")
        license = str(self.done("license", "draft", path, "--as", "maison-nord")["license"])
        self.done("license", "ask", license, "--as", "maison-nord", "--note", "for the windows")
        return license


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The demo's folder and what it said; run once and only read."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = sosie("demo", "--workspace", folder, "--json")
    assert done.code == 0, done.err[-3000:] + done.out[-3000:]
    return folder, done.json


@pytest.fixture
def workspace(told: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """A copy of the demo's workspace that a test may change."""
    folder = tmp_path / "demo"
    shutil.copytree(told[0], folder)
    return folder

"""A license from the request to the withdrawal, walked on the command line by its people."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.journeys.conftest import Done, secrets_of, sosie

CAPSULE = files("sosie.samples") / "licenses" / "capsule.yaml"
TODAY = datetime.now(ZoneInfo("Europe/Paris")).date()
"""In the time zone of the terms."""


class House:
    """The demo's workspace and the passphrases of its people."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets = folder, secrets_of(folder)

    def call(self, *arguments: str | Path) -> Done:
        return sosie(*arguments, "--workspace", self.folder, "--json", secrets=self.secrets)

    def done(self, *arguments: str | Path) -> Any:
        done = self.call(*arguments)
        assert done.code == 0, done.out + done.err
        return done.json

    def at_a_terminal(self, typed: str, *arguments: str) -> tuple[int, str]:
        """Call a command as somebody does who types an answer; returns its exit and its words."""
        ours, theirs = pty.openpty()
        os.write(ours, f"{typed}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "sosie", *arguments, "--workspace", str(self.folder)],
            env={**os.environ, **self.secrets, "COLUMNS": "400"},
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        os.close(ours)
        os.close(theirs)
        return done.returncode, done.stdout + done.stderr

    def refused(self, *arguments: str | Path) -> set[str]:
        done = self.call(*arguments)
        assert done.code == 1, done.out + done.err
        return {reason["code"] for reason in done.json["reasons"]}


@pytest.fixture
def house(workspace: Path) -> House:
    return House(workspace)


def terms_file(folder: Path, name: str, **changes: object) -> Path:
    """Write the capsule's terms with some keys changed."""
    data: dict[str, Any] = yaml.safe_load(CAPSULE.read_text("utf-8"))
    days: Mapping[str, object] = {
        "from": TODAY.isoformat(),
        "until": (TODAY + timedelta(days=90)).isoformat(),
        "time_zone": "Europe/Paris",
    }
    data |= {"period": dict(days), **changes}
    path = folder / name
    text = json.dumps(data, default=str)
    path.write_text(text, encoding="utf-8")
    return path


def talked_over(house: House, tmp_path: Path) -> str:
    """Walk from the draft to the yes of both, with what must be refused on the way."""
    asked = terms_file(tmp_path, "asked.yaml")
    drafted = house.done("license", "draft", asked, "--as", "maison-nord")
    license, first = drafted["license"], drafted["terms"]
    agree = ("license", "agree", license, "--as", "ines", "--terms")
    assert house.refused(*agree, first) == {"life.not_now"}
    house.done("license", "ask", license, "--as", "maison-nord", "--note", "for spring")
    assert house.refused("license", "agree", license, "--as", "ines") == {"life.terms_unnamed"}
    assert house.refused(*agree, "sha256:1234567") == {"life.terms_unnamed"}
    assert house.refused(*agree, "0" * 8) == {"life.changed"}

    fewer = terms_file(tmp_path, "fewer.yaml", pictures=6)
    countered = house.done("license", "counter", license, fewer, "--as", "ines")
    assert countered["standing"] == "countered"
    assert any("12" in line and "6" in line for line in countered["changes"])
    house.done("license", "advise", license, "--as", "atlas-models", "--note", "six is fair")
    for step in ("agree", "decline", "counter"):
        more: list[str | Path] = [fewer] if step == "counter" else []
        more += ["--terms", countered["terms"]] if step == "agree" else []
        refused = house.refused("license", step, license, *more, "--as", "atlas-models")
        assert refused == {"life.agency_cannot"}
    to_brand = ("license", "agree", license, "--as", "maison-nord")
    shown = house.call(*to_brand)
    assert (shown.code, shown.json["terms"], shown.json["offer"]) == (1, countered["terms"], 2)
    assert shown.json["changes"] == countered["changes"]
    assert house.refused(*to_brand, "--terms", first) == {"life.changed"}
    no, told = house.at_a_terminal("n", *to_brand)
    assert (no, "nothing was said" in told) == (1, True), told
    yes, told = house.at_a_terminal("y", *to_brand)
    assert yes == 0, told
    assert all(line in told for line in [*countered["changes"], "[R66", "it is agreed"]), told
    return str(license)


def test_from_request_to_withdrawal(house: House, tmp_path: Path) -> None:
    license = talked_over(house, tmp_path)
    memo = tmp_path / "memo.pdf"
    house.done("license", "memo", license, "--out", memo)
    assert memo.read_bytes().startswith(b"%PDF-")
    house.done("license", "accept-memo", license, "--as", "ines")
    made = house.done("contract", "make", license)
    assert "R66" in {each["rule"] for each in made["warnings"]}
    file = tmp_path / "contract.pdf"
    for role, by in (("model", "ines"), ("brand", "maison-nord")):
        sign = ("contract", "sign", license, "--role", role, "--as", by, "--out", file)
        signed = house.done(*sign)
        assert "R66" in {each["rule"] for each in signed["warnings"]}
    assert signed["standing"] == "in_force"
    assert house.done("contract", "verify", file)["standing"] == "in_force"
    told = house.done("license", "history", license)
    actors = {step["step"]: step["by"] for step in told["steps"]}
    assert (actors["drafted"], actors["contract_made"]) == ("maison-nord", "the workspace")
    assert told["standing"] == "in_force"
    steps = [step["step"] for step in told["steps"]]
    assert steps[:4] == ["drafted", "asked", "countered", "advised"]
    assert steps[-3:] == ["signed", "signed", "copy_delivered"]

    titles = [paper["kind"] for paper in house.done("paper", "list", "ines")["papers"]]
    assert {"contract", "deal_memo"} <= set(titles)
    house.done("license", "suspend", license, "--as", "ines")
    assert house.done("license", "resume", license, "--as", "ines")["standing"] == "in_force"
    revoked = house.done("license", "revoke", license, "--as", "ines")
    assert {each["code"] for each in revoked["next"]} >= {"stop", "delete", "tell_recipients"}
    verified = house.call("contract", "verify", file)
    assert (verified.code, verified.json["license"]) == (1, license)
    assert verified.json["stands"] == f"revoked on {TODAY}"
    assert house.refused("license", "suspend", license, "--as", "ines") == {"life.not_now"}
    open_now = house.done("license", "deadlines", license, "--open")["deadlines"]
    assert {each["code"] for each in open_now} >= {"delete", "tell_recipients"}
    assert house.done("log", "fsck")


def test_agreements_and_papers_from_elsewhere(house: House, tmp_path: Path) -> None:
    paper = tmp_path / "old.pdf"
    paper.write_bytes(b"%PDF-1.7 an old agreement, scanned")
    long = ("--from", "2026-01-01", "--until", "2031-12-31", "--commission", "0.20")
    house.refused("agreement", "represent", "ines", "atlas-models", *long)
    kept = house.done(
        "agreement",
        "represent",
        "ines",
        "atlas-models",
        *long,
        "--paper",
        paper,
        "--imported",
    )
    assert any(each.startswith("R05") for each in kept["against"])
    listed = house.done("agreement", "list", "ines")["agreements"]
    ours = next(row for row in listed if row["agreement"] == kept["agreement"])
    assert ours["until"] == "2028-12-31"
    attorney = next(row for row in listed if row["kind"] == "power_of_attorney")
    number = str(attorney["agreement"])
    assert house.refused("agreement", "end", number, "--as", "atlas-models") == {
        "agreement.not_hers"
    }
    house.done("agreement", "end", number, "--as", "ines")
    ended = {
        row["agreement"]: row["in_force"]
        for row in house.done("agreement", "list", "ines")["agreements"]
    }
    assert ended[attorney["agreement"]] is False

    scan = tmp_path / "lookbook.pdf"
    scan.write_bytes(b"%PDF-1.7 a contract with somebody else")
    house.done("paper", "import", "ines", scan, "--title", "Lookbook", "--dated", "2024-05-01")
    bundle = tmp_path / "papers.zip"
    count = house.done("paper", "export", "ines", "--out", bundle)["papers"]
    assert count == len(house.done("paper", "list", "ines")["papers"])
    assert bundle.read_bytes().startswith(b"PK")

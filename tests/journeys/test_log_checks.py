"""Somebody who holds a picture's number checks the log by the commands that its pages name."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sosie.core.tiles import layout
from tests.journeys.conftest import serving, sosie
from tests.journeys.test_demo import released

Told = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def address(told: Told) -> Iterator[str]:
    with serving(told[0]) as found:
        yield found


def fetch(url: str, into: Path) -> Path:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - this machine
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_bytes(answer.read())
    return into


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        return unescape(answer.read().decode())


def test_the_commands_that_the_pages_name_do_what_they_say(
    told: Told, address: str, tmp_path: Path
) -> None:
    number = released(told[0]).parent.name
    log = page(f"{address}/log")
    key = re.findall(r'--key "([^"]+)"', log)[0]
    entry = re.search(r'href="/log/(\d+)"', page(f"{address}/p/{number}"))
    assert entry
    proof = fetch(f"{address}/log/{entry[1]}/proof", tmp_path / "entry.json")
    done = sosie("log", "verify", proof, "--key", key, "--json", cwd=tmp_path)
    assert (done.code, done.json["holds"]) == (0, True)
    assert f"entry {entry[1]} is in the log" in done.json["shows"]

    seen = fetch(f"{address}/log/checkpoint", tmp_path / "checkpoint")
    size = seen.read_text().splitlines()[1]
    grown = fetch(f"{address}/log/consistency?from={size}", tmp_path / "grown.json")
    done = sosie("log", "verify", grown, "--seen", seen, "--key", key, cwd=tmp_path)
    assert done.code == 0, done.err
    assert "is the beginning of" in done.out

    for path in ("checkpoint", *layout(int(size))):
        fetch(f"{address}/log/{path}", tmp_path / "log" / path)
    done = sosie("log", "verify", tmp_path / "log", "--seen", seen, "--key", key, cwd=tmp_path)
    assert (done.code, f"{size} entries lead to the root" in done.out) == (0, True)

    trust = fetch(f"{address}/trust.json", tmp_path / "trust.json")
    record = next(released(told[0]).parent.glob("*.sosie.json"))
    done = sosie("log", "verify", record, "--trust", trust, cwd=tmp_path)
    assert (done.code, number in done.out) == (0, True)


def test_what_does_not_hold_is_said(told: Told, tmp_path: Path) -> None:
    trust = next((told[0] / "releases").glob("*/trust.json"))
    record = next(trust.parent.glob("*.sosie.json"))
    said = json.loads(record.read_text())
    proof = tmp_path / "entry.json"
    proof.write_text(json.dumps({**said["proof"], "index": said["proof"]["index"] - 1}))
    done = sosie("log", "verify", proof, "--trust", trust, "--json", cwd=tmp_path)
    assert (done.code, done.json["holds"]) == (1, False)
    assert done.json["wrong"][0]["code"].startswith("proof.")
    said["record"]["twin_name"] = "Somebody"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(said))
    done = sosie("log", "verify", changed, "--trust", trust, "--json", cwd=tmp_path)
    assert done.json["wrong"][0]["code"] == "seal.record.changed"
    for arguments, word in (
        ((record,), "--key"),
        ((record, "--key", "nonsense"), "key"),
        ((tmp_path, "--trust", trust), "is not in this folder"),
        ((tmp_path / "none.json", "--trust", trust), "no such file"),
    ):
        done = sosie("log", "verify", *arguments, cwd=tmp_path)
        assert (done.code, word in done.err) == (65, True), done.err

"""The three shipped examples, checked, decided and explained on the command line."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tests.journeys.conftest import sosie

with as_file(files("sosie.samples")) as folder:
    SAMPLES = Path(folder)


@pytest.mark.parametrize(
    ("name", "code", "reasons"),
    [
        ("allowed", 0, []),
        (
            "refused",
            1,
            [
                "channel.not_licensed",
                "territory.not_licensed",
                "alteration.changes_her",
                "approval.missing",
            ],
        ),
        ("undecided", 2, ["territory.unknown"]),
    ],
)
def test_the_shipped_examples(name: str, code: int, reasons: list[str]) -> None:
    path = SAMPLES / "uses" / f"{name}.yaml"
    decided = sosie("license", "decide", path, "--json")
    assert decided.code == code, decided.err
    assert decided.json["outcome"] == name
    assert [reason["code"] for reason in decided.json["reasons"]] == reasons
    told = sosie("license", "explain", path, "--json")
    assert told.code == code
    assert sum(line.startswith("- ") and "clause" in line for line in told.json["words"]) == len(
        reasons
    )
    recorded = sosie("license", "decide", path, "--record")
    assert recorded.json["@type"] == "report:PolicyReport"
    assert recorded.json["inputs"]["all"] == decided.json["inputs"]
    if name == "allowed":
        assert {duty["code"] for duty in decided.json["duties"]} == {
            "label",
            "credit",
            "pay",
            "take_down",
        }


def test_the_terms_behind_the_examples_pass_the_check() -> None:
    assert sosie("license", "check", SAMPLES / "licenses" / "capsule.yaml").code == 0
    assert sosie("license", "check", SAMPLES / "licenses" / "greedy.yaml").code == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("act: release", "act: relese", "did you mean `release`"),
        ("on: 2026-12-01", "on: soon", "`on`: `soon` is no day"),
        ("channel: instagram", "chanel: instagram", "did you mean `channel`"),
        ("consent_live: true", "consent_live: perhaps", "consent_live"),
        ("terms: ../licenses/capsule.yaml", "terms: nowhere.yaml", "no such file"),
    ],
)
def test_a_mistake_in_a_use_file_is_named_with_its_place(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    text = (SAMPLES / "uses" / "allowed.yaml").read_text(encoding="utf-8")
    text = text.replace("../licenses", str(SAMPLES / "licenses")) if "terms:" not in old else text
    assert text.count(old) == 1
    path = tmp_path / "use.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = sosie("license", "decide", path)
    assert done.code == 65
    assert says in done.err
    if "terms:" not in old:
        line = text[: text.index(old)].count("\n") + 1
        assert f"use.yaml:{line}:" in done.err


def test_an_estimate_is_labeled_as_one() -> None:
    said = sosie("law", "exposure", "--violations", "2", "--damages", "1000", "--agency", "--json")
    assert said.json["estimate_usd"] == "10000.0"
    assert "an estimate, and no claim" in said.json["note"]
    brand = sosie("law", "exposure", "--violations", "2", "--damages", "1000", "--json")
    assert brand.json["estimate_usd"] == "8000"
    assert sosie("law", "exposure", "--violations", "1", "--damages", "much").code == 65

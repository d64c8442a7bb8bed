"""The published JSON Schema of reports, held against an independent validator."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from sosie.core.assessment import assess
from sosie.core.seal import Evidence, Placement, Standing
from sosie.core.values import Outcome, Reason
from tests.core.seals import COPY, RECORD, evidence
from tests.core.test_seal import CELLS, GENUINE, anything

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/formats/report.schema.json").read_text(encoding="utf-8"))
FORMS = Draft202012Validator(SCHEMA)
REASON = Reason("territory.not_licensed", "not there", "territories", "R18", "Section 1")


def problems(report: dict[str, Any]) -> list[str]:
    return [error.message for error in FORMS.iter_errors(json.loads(json.dumps(report)))]


def test_the_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=300)
@given(anything)
def test_any_report_is_valid_by_the_schema(found: Evidence) -> None:
    assert problems(assess(found).as_dict()) == []


def full() -> dict[str, Any]:
    """A report with every field set."""
    placement = Placement(Outcome.REFUSED, (REASON,), "JP", "instagram", GENUINE.on)
    record = replace(
        RECORD, channel="web_shop", master=8, standing=Standing.REVOKED, standing_on=GENUINE.on
    )
    return assess(replace(GENUINE, record=record, placement=placement)).as_dict()


def test_every_cell_of_the_matrix_and_a_full_report_are_valid() -> None:
    for cell in CELLS:
        names = (cell["credential"], cell["log"], cell["fingerprint"], cell["trust"])
        assert problems(assess(evidence(*names)).as_dict()) == []
    assert problems(full()) == []
    assert full()["placement"]["reasons"][-1]["citation"] == "Section 1"
    altered = assess(evidence("absent", "absent", "match-but-differs", "chosen")).as_dict()
    assert altered["regions"]
    unread = {"file": "x", "outcome": "bad_input", "text": "it is empty"}
    answer = {"reports": [{"file": "a.jpg", **full()}, {"file": "b.jpg", **altered}, unread]}
    assert problems(answer) == []
    assert problems(unread) == []
    assert COPY.record.number == 7


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("outcome",), "fake"),
        (("exit_code",), 3),
        (("number",), "7"),
        (("sosie",), "report/2"),
        (("steps",), []),
        (("steps", 0, "state"), "maybe"),
        (("steps", 0, "code"), "Not a code"),
        (("subject", "standing"), "paused"),
        (("subject", "sealed_at"), 5),
        (("placement", "channel"), "radio"),
        (("pay",), "180.00"),
        (("judged",), None),
        (("judged", "digest"), "sha256:7"),
        (("judged", "on"), "today"),
        (("judged", "at"), 5),
        (("judged", "trust", "source"), "hearsay"),
    ],
)
def test_what_is_no_report_is_refused(path: tuple[Any, ...], wrong: object) -> None:
    report = copy.deepcopy(full())
    at: Any = report
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = wrong
    assert problems(report) != []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        {"reports": [{}]},
        {"reports": [], "more": 1},
        {"file": "x", "outcome": "unknown", "text": "it is empty"},
        {"file": "x", "outcome": "bad_input"},
    ],
    ids=str,
)
def test_what_is_no_form_of_an_answer_is_refused(wrong: Any) -> None:
    assert problems(wrong) != []


def test_the_example_in_the_document_is_valid() -> None:
    text = (ROOT / "docs/formats/seal.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(\{\n  \"name\".*?)```", text, re.DOTALL)
    judged = json.loads(block)
    assert problems({**full(), "judged": judged}) == []
    assert set(judged["trust"]) == set(full()["judged"]["trust"])
    assert problems({**full(), "judged": {**judged, "more": 1}}) != []


def test_a_moment_is_said_with_its_zone_and_a_day_without_one() -> None:
    at = datetime(2026, 6, 1, 10, 30, tzinfo=UTC)
    said = assess(replace(GENUINE, at=at, where="in/a\u202eb/look.jpg")).as_dict()
    assert problems(said) == []
    assert (said["judged"]["at"], said["judged"]["name"]) == (at.isoformat(), "look.jpg")
    assert full()["judged"]["at"] is None

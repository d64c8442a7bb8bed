"""The published JSON Schema of terms, held against an independent validator."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from sosie.adapters import terms_file
from sosie.adapters.terms_file import read, write
from sosie.core.terms import Terms
from tests.core.any_terms import any_terms

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/formats/terms.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
SAMPLES = files("sosie.samples")


def problems(data: dict[str, Any]) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data)]


def test_the_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["capsule", "open-ended", "greedy", "full"])
def test_shipped_terms_are_valid(name: str) -> None:
    text = (SAMPLES / "licenses" / f"{name}.yaml").read_text("utf-8")
    assert problems(read(text, where=name).as_json()) == []


@pytest.mark.parametrize(
    "name", ["social-capsule", "e-commerce-season", "out-of-home-buy-out", "editorial"]
)
def test_templates_are_valid_terms(name: str) -> None:
    text = (SAMPLES / "templates" / f"{name}.yaml").read_text("utf-8")
    for word in ("model", "brand", "twin"):
        text = text.replace(f"{{{word}}}", word)
    assert problems(read(text, where=name).as_json()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        {"titel": "x"},
        {"purposes": ["world domination"]},
        {"period": {"from": "2026-11-01"}},
        {"pictures": 0},
        {"training": "allowed"},
        {"approvals": {"each_picture": False}},
        {"language": "tlh"},
        {"co_depiction": {"people": "everybody"}},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(spoil: dict[str, Any]) -> None:
    text = (SAMPLES / "licenses" / "full.yaml").read_text("utf-8")
    assert problems({**read(text, where="full").as_json(), **spoil}) != []


@given(any_terms())
def test_any_terms_are_valid_by_the_schema(terms: Terms) -> None:
    assert problems(terms.as_json()) == []


FULL = read((SAMPLES / "licenses" / "full.yaml").read_text("utf-8"), where="full.yaml")


def test_full_terms_are_written_and_read_back() -> None:
    again = read(write(FULL), where="again")
    assert again == FULL
    assert again.digest() == FULL.digest()
    assert set(terms_file._ORDER) == {
        field.alias or name for name, field in Terms.model_fields.items()
    }


def _lines(spoil: dict[str, str]) -> list[str]:
    text = (SAMPLES / "licenses" / "full.yaml").read_text("utf-8")
    for old, new in spoil.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    with pytest.raises(terms_file.BadTerms) as caught:
        read(text, where="f")
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    overtime_rate: 1.5", "    overtime_rate: 1.2", "pay.session.overtime_rate"),
        ("  until: 2027-01-31", "  until: 2026-11-30", "exclusivity ends (2026-11-30) before"),
        ("  until: 2027-01-31", "  until: soon", "`exclusivity.until`: `soon` is no day"),
        ("countries: {include: [EEA]}", "countries: {include: [UK]}", "did you mean `GB`"),
        ("  price: 1500.00", "  price: 1500.005", "more decimals than EUR"),
        ("    per_hour: 90.00", "    per_hour: 90.001", "more decimals than EUR"),
        ("  minimum_guarantee: 3000.00", "  minimum_guarantee: 30000.00", "more than the cap"),
        ("mother_agency_share: 0.05", "mother_agency_share: 0.25", "cannot be larger"),
        ("  named: [tomas]", "  named: []", "exactly when `people` is `named`"),
        ("sublicense: [maison-nord-japan]", "sublicense: [ines]", "needs no sublicense"),
        ("  each_campaign: true", "  each_campaign: maybe", "approvals.each_campaign"),
        ("  archive: posts_stay ", "  archive: stays ", "after_end.archive"),
    ],
)
def test_a_mistake_in_a_clause_is_named_where_it_stands(old: str, new: str, says: str) -> None:
    text = (SAMPLES / "licenses" / "full.yaml").read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    (found,) = _lines({old: new})
    assert found.startswith(f"`f:{line}:"), found
    assert says in found


def test_all_contradictions_are_named_at_once() -> None:
    found = _lines(
        {
            "  minimum_guarantee: 3000.00": "  minimum_guarantee: 30000.00",
            "mother_agency_share: 0.05": "mother_agency_share: 0.25",
            "  until: 2027-01-31": "  until: 2026-11-30",
        }
    )
    assert len(found) == 3

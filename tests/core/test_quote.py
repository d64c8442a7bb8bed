"""What a license costs, to the cent."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from sosie.adapters import terms_file
from sosie.core.quote import quote
from sosie.core.terms import Terms

CAPSULE = terms_file.read(
    (files("sosie.samples") / "licenses" / "capsule.yaml").read_text("utf-8"), where="capsule"
)


def with_pay(**pay: Any) -> Terms:
    said = CAPSULE.as_json()
    return Terms.model_validate({**said, "pay": {**said["pay"], **pay}})


def test_the_capsule_line_by_line() -> None:
    found = quote(CAPSULE)
    assert found is not None
    assert [(line.what, line.times, str(line.amount)) for line in found.lines] == [
        ("for making the twin", 1, "900.00 EUR"),
        ("for each picture", 12, "2160.00 EUR"),
        ("for each file that goes out", 24, "1440.00 EUR"),  # on two channels
        ("travel to the capture session", 1, "84.00 EUR"),
    ]
    assert str(found.total) == "4584.00 EUR"
    assert str(found.hers) == "3600.00 EUR"  # 4500 less a fifth; the travel is no pay
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("pay", "total"),
    [
        ({"cap": "1000.00"}, "1984.00 EUR"),
        ({"minimum_guarantee": "5000.00"}, "5984.00 EUR"),
        ({"per_month": "10.00"}, "4644.00 EUR"),  # November to April: six months begin
        ({"session": {"per_hour": "100.00", "hours": "4"}}, "4984.00 EUR"),
        ({"royalty": {"share": "0.02", "of": "net sales"}}, "4584.00 EUR"),
        ({"per_placement": "1.00"}, "4608.00 EUR"),
    ],
)
def test_every_clause_of_pay_counts(pay: dict[str, Any], total: str) -> None:
    found = quote(with_pay(**pay))
    assert found is not None
    assert str(found.total) == total


def test_terms_without_pay_have_no_price() -> None:
    assert quote(CAPSULE.model_copy(update={"pay": None})) is None

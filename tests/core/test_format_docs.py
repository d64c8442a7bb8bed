"""The documents of the formats are true: their examples are read, and their code is run."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from sosie.core import difference
from sosie.core.ledger import Entry, beancount, statement, statement_csv
from sosie.core.transparency import Leaf, LogAct, Proof, layout, verify_proof
from sosie.core.values import Money, Period
from tests.core.test_ledger import sold

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def blocks(name: str, kind: str) -> list[str]:
    text = (FORMATS / name).read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def test_the_example_of_the_log_holds_and_checks_itself() -> None:
    leaf, proof, grown = blocks("log.md", "json")
    assert set(json.loads(grown)) == {"sosie", "old", "size", "hashes", "checkpoint"}
    checkpoint, key, paths = blocks("log.md", "text")
    given = json.loads(proof)
    held = Proof.from_dict(given)
    assert verify_proof(held, key.strip()) == ()
    assert held.leaf == leaf.strip().encode()
    assert Leaf.parse(held.leaf).act is LogAct.PICTURE_MADE
    assert held.checkpoint == checkpoint
    assert paths.split() == ["checkpoint", *sorted(layout(5))]
    (code,) = blocks("log.md", "python")
    assert code.count("\n") == 10
    exec(code, {"proof": given, "key": key.strip()})  # noqa: S102
    wrongs = (
        {"index": 3},
        {"index": -1},
        {"hashes": [*given["hashes"], given["hashes"][0]]},
        {"size": 6},
        {"hashes": given["hashes"][1:]},
        {"leaf": given["leaf"].replace("made", "sold")},
    )
    for wrong in wrongs:
        with pytest.raises(AssertionError):
            exec(code, {"proof": {**given, **wrong}, "key": key.strip()})  # noqa: S102


def test_the_codes_in_the_documents_are_all_of_them() -> None:
    text = (FORMATS / "log.md").read_text(encoding="utf-8")
    assert all(f"`{act}`" in text for act in LogAct)
    source = Path(__file__).parents[2] / "src" / "sosie" / "core" / "postings.py"
    told = (FORMATS / "ledger.md").read_text(encoding="utf-8")
    published = set(re.findall(r'Reason\(\s*"([a-z_.]+)"', source.read_text(encoding="utf-8")))
    assert len(published) == 13
    assert all(f"`{code}`" in told for code in published)


def test_the_examples_of_the_ledger_are_what_is_written() -> None:
    csv_text, books = blocks("ledger.md", "text")
    sale = sold(Money(18000, "EUR"), due=date(2026, 4, 1))
    assert isinstance(sale, Entry)
    march = Period.through(date(2026, 3, 1), date(2026, 3, 31))
    shown = statement([sale], "model", march, (Money(2550, "EUR"),))
    assert statement_csv(shown).replace("\r\n", "\n") == csv_text
    assert beancount([sale]) == books


def test_the_thresholds_of_a_comparison_are_those_of_the_code() -> None:
    text = (FORMATS / "seal.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([A-Z]+)`: [^|]+ \| ([\d.]+) \|", text, re.MULTILINE))
    assert sorted(told) == ["EDGE", "MARGIN", "ROUGH", "SPECK"]
    for name, value in told.items():
        assert getattr(difference, name) == float(value), name
    assert f"More than **{difference.CHANGED:.0f} levels** of 255 is a change" in text

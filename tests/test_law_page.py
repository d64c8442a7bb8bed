"""The documents of terms and of the law say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from sosie.adapters.terms_file import BadTerms, read
from sosie.core.law import NOT_ADVICE, RULES, check
from sosie.core.license import CODES
from sosie.core.terms import Alteration, Channel, Duration, Parties, Pay, Purpose, Terms

ROOT = Path(__file__).parent.parent
TERMS = (ROOT / "docs/formats/terms.md").read_text(encoding="utf-8")


def test_the_page_of_the_law_names_every_rule_and_code_and_that_it_is_no_advice() -> None:
    text = (ROOT / "docs/law.md").read_text(encoding="utf-8")
    assert all(f"### {rule.id}: {rule.statement}" in text for rule in RULES)
    assert all(f"| `{code}` |" in text for code in CODES)
    assert text.count(NOT_ADVICE) == 1


def test_the_example_of_terms_is_complete_and_its_mistakes_are_true() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TERMS, re.DOTALL)
    assert check(read(example, where="terms.yaml")) == ()
    (mistakes,) = re.findall(r"```text\n(.*?)```", TERMS, re.DOTALL)
    text = (
        "sosie: terms/1\ntitle: t\nparties: {model: ines, brand: nord}\nteritories: {}\n"
        "pay: {currency: EUR, per_picture: -180.00}\n"
    )
    with pytest.raises(BadTerms) as caught:
        read(text, where="terms.yaml")
    assert str(caught.value) + "\n" == mistakes


def test_the_page_of_terms_names_every_key_and_word() -> None:
    def keys(model: type[BaseModel]) -> list[str]:
        return [info.alias or name for name, info in model.model_fields.items()]

    top = [key for key in keys(Terms) if key not in ("parties", "territories", "period", "pay")]
    named = [key for key in top if key != "approvals"]
    for head, model in (("parties", Parties), ("period", Duration), ("pay", Pay)):
        named += [f"{head}.{key}" for key in keys(model)]
    named += [*Purpose, *Channel, *Alteration]
    assert [word for word in named if f"`{word}`" not in TERMS] == []

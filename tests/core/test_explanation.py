"""A decision told in plain words, and as a record in the shape of the ODRL compliance report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sosie.core.license import CODES, RULES, decide
from sosie.core.license.explanation import WHAT_NOW, explain
from sosie.core.license.record import record
from sosie.core.terms import Channel
from sosie.core.use import Act
from sosie.core.values import Outcome, canonical
from tests.core.test_license import DAY, STATE, USE, terms
from tests.oracle.test_oracle import generator, random_case


def test_every_code_has_words_for_her() -> None:
    assert set(WHAT_NOW) == set(CODES)
    assert all(text.endswith(".") for text in WHAT_NOW.values())


def test_an_allowed_use_is_told_with_its_price_and_duties() -> None:
    license = terms(credit="Ines")
    told = explain(decide(USE, license, STATE, on=DAY), USE, license)
    assert told == [
        (
            "`maison-nord` may bring out a picture of your twin on instagram in FR, US for "
            "campaign, as you licensed it."
        ),
        "- It costs them 60.00 EUR; 48.00 EUR of it are yours after commission.",
        (
            "- They owe: a label that it shows a digital twin is seen with the picture from the "
            "first moment."
        ),
        "- They owe: `Ines` stands with the picture.",
        "- They owe: 60.00 EUR are paid by 2026-12-24.",
        "- They owe: the picture is taken down by 2027-04-30.",
    ]


def test_a_refused_use_names_every_reason_its_clause_and_what_she_can_do() -> None:
    use = replace(USE, channel=Channel.PRINT, territories=("JP",))
    told = explain(decide(use, terms(), STATE, on=DAY), use, terms())
    assert told == [
        (
            "`maison-nord` may not bring out a picture of your twin on print in JP for campaign, "
            "for 2 reasons:"
        ),
        (
            "- `print` is not licensed, only `instagram`, `out_of_home`. You did not license that "
            "channel. They may ask you. (clause `channels`, R20)"
        ),
        (
            "- Not licensed in `JP`. You did not license that country. They may ask you. (clause "
            "`territories`, R20)"
        ),
    ]


def test_an_undecided_use_is_open_and_does_not_happen() -> None:
    use = replace(USE, territories=None)
    told = explain(decide(use, terms(), STATE, on=DAY), use, terms())
    assert "is open; until then it may not:" in told[0]
    assert len(told) == 2


def test_any_decision_can_be_told_and_recorded() -> None:
    met = dict.fromkeys(Outcome, 0)
    for seed in range(400):
        use, license, state, day = random_case(generator(seed))
        decision = decide(use, license, state, on=day)
        told = explain(decision, use, license)
        assert len(told) >= 1 + len(decision.reasons)
        said = record(use, license, state, decision, on=day)
        canonical(said)  # holds no float
        met[decision.outcome] += 1
    assert min(met.values()) > 5, met


def premises(said: dict[str, Any]) -> dict[str, str]:
    first = said["report:ruleReport"][0]
    return {
        each["report:constraint"].removeprefix("sosie:"): each[
            "report:satisfactionState"
        ].removeprefix("report:")
        for each in first["report:premiseReport"]
    }


def test_the_record_has_a_premise_for_each_rule_and_a_report_for_each_duty() -> None:
    decision = decide(USE, terms(), STATE, on=DAY)
    said = record(USE, terms(), STATE, decision, on=DAY)
    asked = {rule.name for rule in RULES if Act.RELEASE in rule.acts}
    assert premises(said) == dict.fromkeys(asked, "Satisfied")
    permission, *duties = said["report:ruleReport"]
    assert permission["@type"] == "report:PermissionReport"
    assert permission["report:activationState"] == "report:Active"
    assert [duty["code"] for duty in duties] == [duty.code for duty in decision.duties]
    assert said["inputs"]["all"] == decision.inputs
    assert said["inputs"]["terms"] == terms().digest()


@pytest.mark.parametrize(
    ("use", "rule", "premise", "activation"),
    [
        (replace(USE, channel=Channel.PRINT), "channel", "Unsatisfied", "report:Inactive"),
        (replace(USE, channel=None), "channel", "Unknown", "report:Undecided"),
    ],
)
def test_the_record_tells_unsatisfied_from_unknown(
    use: object, rule: str, premise: str, activation: str
) -> None:
    decision = decide(use, terms(), STATE, on=DAY)  # type: ignore[arg-type]
    said = record(use, terms(), STATE, decision, on=DAY)  # type: ignore[arg-type]
    assert premises(said)[rule] == premise
    assert said["report:ruleReport"][0]["report:activationState"] == activation
    assert said["price"] is None


def test_the_hashes_of_the_record_are_those_of_each_input() -> None:
    decision = decide(USE, terms(), STATE, on=DAY)
    first = record(USE, terms(), STATE, decision, on=DAY)["inputs"]
    other = replace(STATE, pictures_made=9)
    second = record(USE, terms(), other, decide(USE, terms(), other, on=DAY), on=DAY)["inputs"]
    assert first["use"] == second["use"]
    assert first["state"] != second["state"]
    assert first["on"] != record(USE, terms(), STATE, decision, on=date(2027, 1, 1))["inputs"]["on"]

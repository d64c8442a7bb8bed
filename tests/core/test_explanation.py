"""A decision told in plain words, and as a record in the shape of the ODRL compliance report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from sosie.core.license import CODES, RULES, decide
from sosie.core.license.duties import duties
from sosie.core.license.explanation import WHAT_NOW, explain
from sosie.core.license.record import record
from sosie.core.terms import Channel
from sosie.core.use import Act
from sosie.core.values import Outcome, canonical
from tests.core.test_license import DAY, STATE, USE, terms
from tests.oracle.test_oracle import generator, random_case

MADE = "- What is made, as they wrote it: Still pictures of the twin in nine garments."


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
        MADE,
    ]


def test_what_is_made_and_what_is_expected_of_her_is_told() -> None:
    license = terms(scope="Lingerie", expectations="Ten days in Oslo")
    told = explain(decide(USE, license, STATE, on=DAY), USE, license)
    assert told[-2:] == [
        "- What is made, as they wrote it: Lingerie",
        "- What they expect of you, as they wrote it: Ten days in Oslo",
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
        MADE,
    ]


def test_an_undecided_use_is_open_and_does_not_happen() -> None:
    use = replace(USE, territories=None)
    told = explain(decide(use, terms(), STATE, on=DAY), use, terms())
    assert "is open; until then it may not:" in told[0]
    assert len(told) == 3


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


def test_the_record_names_codes_clauses_and_days_where_there_are_some() -> None:
    use = replace(USE, territories=("JP",))
    decision = decide(use, terms(), STATE, on=DAY)
    premised = record(use, terms(), STATE, decision, on=DAY)["report:ruleReport"][0]
    found = {
        each["report:constraint"].removeprefix("sosie:"): each.get("codes")
        for each in premised["report:premiseReport"]
    }
    assert found.pop("territory") == ["territory.not_licensed"]
    assert set(found.values()) == {None}
    license = terms(credit="Ines")
    said = record(USE, license, STATE, decide(USE, license, STATE, on=DAY), on=DAY)
    owed = {d["code"]: (d.get("due"), d.get("clause")) for d in said["report:ruleReport"][1:]}
    assert owed == {
        "label": (None, None),
        "credit": (None, "credit"),
        "pay": ("2026-12-24", "pay.payment_term_days"),
        "take_down": ("2027-04-30", "period.until"),
    }
    assert all({"due", "clause"} - d.keys() for d in said["report:ruleReport"][1:2])


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


def test_one_picture_and_several_are_told_apart() -> None:
    terms_ = terms()
    for pictures, words in ((1, "make a picture"), (2, "make 2 pictures")):
        use = replace(USE, act=Act.MAKE, pictures=pictures)
        assert words in explain(decide(use, terms_, STATE, on=DAY), use, terms_)[0]


def test_one_reason_is_told_as_one_and_begins_with_a_capital() -> None:
    use = replace(USE, territories=("JP",))
    told = explain(decide(use, terms(), STATE, on=DAY), use, terms())
    assert told[0].endswith("for one reason:")
    assert told[1].startswith("- Not licensed in `JP`.")


@pytest.mark.parametrize(
    ("label", "territories", "clause", "rule", "words"),
    [
        (None, ("FR",), None, "R50", "a label that it shows a digital twin is seen"),
        ("Digital twin", ("FR",), "disclosure", "R50", "`Digital twin` is seen"),
        ("Digital twin", ("US",), "disclosure", None, "`Digital twin` is seen"),
    ],
)
def test_the_duty_of_a_label_names_what_it_rests_on(
    label: str | None, territories: tuple[str, ...], clause: str | None, rule: str, words: str
) -> None:
    license = terms(disclosure={"label": label}) if label else terms()
    decision = decide(replace(USE, territories=territories), license, STATE, on=DAY)
    duty = next(duty for duty in decision.duties if duty.code == "label")
    assert (duty.clause, duty.rule) == (clause, rule)
    assert duty.text.startswith(words)


def test_after_a_withdrawal_it_is_taken_down_by_the_days_of_the_terms_or_at_once() -> None:
    revoked = replace(STATE, revoked_on=DAY)
    show = replace(USE, act=Act.RELEASE)
    for days, due in ((None, DAY), (5, DAY + timedelta(days=5))):
        license = terms(withdrawal={"take_down_days": days}) if days else terms()
        found = duties(show, license, revoked, DAY)
        assert [each.due for each in found if each.code == "take_down"] == [due]
        text = next(each.text for each in found if each.code == "take_down")
        assert text == f"the license is revoked: the picture is taken down by {due}"

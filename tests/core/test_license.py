"""Deciding: every case of tests/cases/license, and what must hold for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from sosie.core import license as deciding
from sosie.core.law import RULES as LAW
from sosie.core.license import (
    CODES,
    NEEDS,
    PUBLIC_RULES,
    RULES,
    LicenseRule,
    decide,
    judge,
    placement,
)
from sosie.core.terms import Alteration, Channel, Purpose, Terms
from sosie.core.use import Act, State, Use
from sosie.core.values import Outcome, Reason

CASES = Path(__file__).parent.parent / "cases" / "license"
DAY = date(2026, 11, 24)
TERMS: Mapping[str, Any] = {
    "sosie": "terms/1",
    "title": "Spring capsule 2027",
    "parties": {"model": "ines", "brand": "maison-nord", "agency": "atlas-models"},
    "twin": "ines",
    "scope": "Still pictures of the twin in nine garments.",
    "purposes": ["organic_social", "campaign", "out_of_home"],
    "territories": {"include": ["EU", "US"]},
    "channels": ["instagram", "out_of_home"],
    "period": {"from": "2026-11-01", "until": "2027-04-30"},
    "pictures": 12,
    "alterations": ["garment_colour", "backdrop", "crop"],
    "pay": {
        "currency": "EUR",
        "per_picture": "180.00",
        "per_release": "60.00",
        "payment_term_days": 30,
    },
    "commission": "0.20",
}
USE = Use(
    Act.RELEASE,
    licensee="maison-nord",
    twin="ines",
    purpose=Purpose.CAMPAIGN,
    channel=Channel.INSTAGRAM,
    territories=("FR", "US"),
    alterations=(Alteration.CROP,),
    picture="p1",
)
STATE = State(
    signed_by=frozenset({"ines", "maison-nord"}),
    signed_on=date(2026, 10, 20),
    consent_live=True,
    pictures_made=3,
    approvals={"p1": True},
)


def terms(**changes: Any) -> Terms:
    """The sound terms, with some keys replaced; `None` takes a key out."""
    data = {**TERMS, **changes}
    return Terms.model_validate({key: value for key, value in data.items() if value is not None})


def use_of(act: Act, changes: Mapping[str, Any]) -> Use:
    given: dict[str, Any] = dict(changes)
    if act is Act.MAKE:
        given.setdefault("picture", None)
    for name, kind in (("purpose", Purpose), ("channel", Channel)):
        if given.get(name) is not None:
            given[name] = kind(given[name])
    if given.get("territories") is not None:
        given["territories"] = tuple(given["territories"])
    if given.get("alterations") is not None:
        given["alterations"] = tuple(Alteration(word) for word in given["alterations"])
    return replace(USE, act=act, **given)


def state_of(changes: Mapping[str, Any]) -> State:
    given: dict[str, Any] = dict(changes)
    if "signed_by" in given:
        given["signed_by"] = frozenset(given["signed_by"])
    return replace(STATE, **given)


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    decision = decide(
        use_of(Act(case.get("act", "release")), case.get("use", {})),
        terms(**case.get("terms", {})),
        state_of(case.get("state", {})),
        on=case.get("day", DAY),
    )
    assert (decision.outcome, [reason.code for reason in decision.reasons]) == (
        Outcome(case["outcome"]),
        case["codes"],
    )
    assert (decision.price is None) == (decision.outcome is not Outcome.ALLOWED)
    if "price" in case:
        assert str(decision.price) == case["price"]
    for reason in decision.reasons:
        assert reason.code in CODES
        assert reason.text == reason.text.strip(".")
        assert reason.rule is None or (reason.citation or "").startswith("house policy, modeled on")
        sources = [rule.citation for rule in LAW if rule.id == reason.rule]
        assert all(source in str(reason.citation) for source in sources)


def test_every_code_is_brought_about_by_a_case() -> None:
    named = {code for case in cases() for code in case.values[0]["codes"]}
    assert set(CODES) - named == {"act.unknown"}
    assert len(cases()) >= 3 * len(RULES)


def test_every_reason_names_its_clause_and_the_rule_behind_it() -> None:
    decision = decide(
        replace(USE, channel=Channel.PRINT, territories=("GB",)), terms(), STATE, on=DAY
    )
    assert decision.reasons == (
        Reason(
            "channel.not_licensed",
            "`print` is not licensed, only `instagram`, `out_of_home`",
            "channels",
            "R20",
            "house policy, modeled on New York Labor Law §§ 1034(11), 1037(7)",
        ),
        Reason(
            "territory.not_licensed",
            "not licensed in `GB`",
            "territories",
            "R20",
            "house policy, modeled on New York Labor Law §§ 1034(11), 1037(7)",
        ),
    )


def test_an_act_without_rules_is_refused() -> None:
    unknown = replace(USE, act="sell")  # type: ignore[arg-type]
    outcome, reasons = judge(unknown, terms(), STATE, on=DAY)
    assert (outcome, [reason.code for reason in reasons]) == (Outcome.REFUSED, ["act.unknown"])


def test_every_act_is_in_the_table_of_needs_and_has_rules() -> None:
    assert set(NEEDS) == set(Act)
    assert all(any(act in rule.acts for rule in RULES) for act in Act)
    assert set(PUBLIC_RULES) <= set(RULES)


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_a_rule_that_breaks_is_undecided_and_the_others_still_speak(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> tuple[Reason, ...]:
        raise ZeroDivisionError

    rule = next(rule for rule in RULES if rule.name == name)
    act = Act.TRAIN if name == "training" else Act.MAKE if name == "volume" else Act.RELEASE
    rules = tuple(
        LicenseRule(r.name, r.says, r.acts, broken) if r is rule else r
        for r in RULES
        if act in r.acts
    )
    monkeypatch.setitem(deciding._RULES_OF, act, rules)
    outcome, reasons = judge(replace(USE, act=act), terms(), STATE, on=DAY)
    assert outcome is Outcome.UNDECIDED
    assert [reason.code for reason in reasons] == ["rule.broke"]
    assert name in reasons[0].text
    if name != "not_revoked":
        revoked = replace(STATE, revoked_on=DAY)
        outcome, reasons = judge(replace(USE, act=act), terms(), revoked, on=DAY)
        assert outcome is Outcome.REFUSED
        assert {"license.revoked", "rule.broke"} <= {reason.code for reason in reasons}


def test_the_digest_of_the_inputs_is_that_of_all_of_them() -> None:
    first = decide(USE, terms(), STATE, on=DAY).inputs
    assert first == decide(replace(USE), terms(), replace(STATE), on=DAY).inputs
    others = {
        decide(replace(USE, purpose=Purpose.EDITORIAL), terms(), STATE, on=DAY).inputs,
        decide(replace(USE, alterations=None), terms(), STATE, on=DAY).inputs,
        decide(replace(USE, alterations=()), terms(), STATE, on=DAY).inputs,
        decide(USE, terms(pictures=13), STATE, on=DAY).inputs,
        decide(USE, terms(), replace(STATE, pictures_made=4), on=DAY).inputs,
        decide(USE, terms(), replace(STATE, approvals={}), on=DAY).inputs,
        decide(USE, terms(), replace(STATE, approvals=None), on=DAY).inputs,
        decide(USE, terms(), STATE, on=date(2026, 11, 25)).inputs,
    }
    assert len(others) == 8
    assert first not in others


def test_the_digest_does_not_hang_on_the_order_of_a_set_or_mapping() -> None:
    one = replace(STATE, signed_by=frozenset(["a", "b", "c"]), approvals={"p1": True, "p2": False})
    two = replace(STATE, signed_by=frozenset(["c", "b", "a"]), approvals={"p2": False, "p1": True})
    digests = {decide(USE, terms(), state, on=DAY).inputs for state in (one, two)}
    assert len(digests) == 1


def test_the_digest_follows_terms_that_are_copied_with_a_change() -> None:
    before = terms()
    first = decide(USE, before, STATE, on=DAY).inputs
    after = before.model_copy(update={"pictures": 99})
    assert decide(USE, after, STATE, on=DAY).inputs != first


@pytest.mark.parametrize(
    ("territory", "channel", "day", "outcome", "codes"),
    [
        ("DE", Channel.INSTAGRAM, DAY, "allowed", []),
        ("GB", Channel.INSTAGRAM, DAY, "refused", ["territory.not_licensed"]),
        ("DE", Channel.TIKTOK, DAY, "refused", ["channel.not_licensed"]),
        ("DE", Channel.INSTAGRAM, date(2027, 5, 1), "refused", ["period.ended"]),
        ("DE", Channel.INSTAGRAM, date(2027, 4, 30), "allowed", []),
        ("DE", Channel.INSTAGRAM, date(2026, 10, 31), "refused", ["period.not_started"]),
        (None, Channel.INSTAGRAM, DAY, "undecided", ["territory.unknown"]),
        ("DE", None, DAY, "undecided", ["channel.unknown"]),
        (None, None, DAY, "undecided", ["channel.unknown", "territory.unknown"]),
        (None, Channel.TIKTOK, DAY, "refused", ["channel.not_licensed", "territory.unknown"]),
    ],
)
def test_placement(
    territory: str | None, channel: Channel | None, day: date, outcome: str, codes: list[str]
) -> None:
    public = terms().public()
    found, reasons = placement(public, territory=territory, channel=channel, on=day)
    assert (found, [reason.code for reason in reasons]) == (Outcome(outcome), codes)


def test_placement_of_terms_that_say_nothing_is_refused() -> None:
    silent = terms(period=None, territories=None, channels=[]).public()
    outcome, reasons = placement(silent, territory="DE", channel=Channel.INSTAGRAM, on=DAY)
    assert outcome is Outcome.REFUSED
    assert [reason.code for reason in reasons] == [
        "period.open_ended",
        "channel.unstated",
        "territory.unstated",
    ]

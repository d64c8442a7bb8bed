"""Deciding: every case of tests/cases/license, and what must hold for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sosie.core import license as deciding
from sosie.core.law import RULES as LAW
from sosie.core.license import (
    CODES,
    NEEDS,
    PUBLIC_RULES,
    RULES,
    LicenseRule,
    conflicts,
    decide,
    judge,
    placement,
)
from sosie.core.license.inputs import inputs_json
from sosie.core.terms import Alteration, Channel, Depiction, Exclusivity, Purpose, Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Other, State, Use
from sosie.core.values import Outcome, Period, Reason, canonical, digest
from tests.oracle.test_oracle import generator, random_case

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
    depictions=(),
    others=(),
)
STATE = State(
    signed_by=frozenset({"ines", "maison-nord"}),
    signed_on=date(2026, 10, 20),
    consent_live=True,
    pictures_made=3,
    approvals={"p1": True},
)


CLAUSES: Mapping[str, str] = {
    "licensee.mismatch": "parties.brand",
    "twin.mismatch": "twin",
    "twin.version_unknown": "twin_version",
    "twin.version_mismatch": "twin_version",
    "creation_consent.missing": "twin",
    "signature.model_missing": "parties.model",
    "signature.brand_missing": "parties.brand",
    "signature.day_unknown": "parties",
    "consent.not_prior": "parties",
    "scope.unstated": "scope",
    "pay.unstated": "pay",
    "pay.term_unstated": "pay.payment_term_days",
    "pay.cap_reached": "pay.cap",
    "period.open_ended": "period",
    "period.not_started": "period.from",
    "period.ended": "period.until",
    "period.post_unknown": "after_end.archive",
    "volume.unstated": "pictures",
    "volume.none_asked": "pictures",
    "volume.exceeded": "pictures",
    "renditions.exceeded": "renditions",
    "placements.none_asked": "placements",
    "placements.exceeded": "placements",
    "depiction.unknown": "excluded_depictions",
    "depiction.excluded": "excluded_depictions",
    "exclusivity.unknown": "exclusivity",
    "exclusivity.category_unknown": "category",
    "exclusivity.conflict": "exclusivity",
    "training.forbidden": "training",
}
"""The clause that a reason names, where the first word of its code does not tell it."""
BY_FIRST_WORD: Mapping[str, str] = {
    "purpose": "purposes",
    "channel": "channels",
    "account": "accounts",
    "territory": "territories",
    "garment": "garments",
    "alteration": "alterations",
    "others": "co_depiction",
    "picture": "approvals",
    "approval": "approvals",
    "campaign": "approvals.each_campaign",
}


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
    for name in ("territories", "garments", "collections", "others"):
        if given.get(name) is not None:
            given[name] = tuple(given[name])
    if given.get("depictions") is not None:
        given["depictions"] = tuple(Depiction(word) for word in given["depictions"])
    if given.get("alterations") is not None:
        given["alterations"] = tuple(Alteration(word) for word in given["alterations"])
    return replace(USE, act=act, **given)


def state_of(changes: Mapping[str, Any]) -> State:
    given: dict[str, Any] = dict(changes)
    if "signed_by" in given:
        given["signed_by"] = frozenset(given["signed_by"])
    if given.get("others") is not None:
        given["others"] = tuple(other_of(other) for other in given["others"])
    return replace(STATE, **given)


def other_of(said: Mapping[str, Any]) -> Other:
    """Another license: exclusive for knitwear in the EU all of December, unless it says else."""
    held = {
        "category": "knitwear",
        "territories": {"include": ["EU"]},
        "from": date(2026, 12, 1),
        "until": date(2026, 12, 31),
        **(said.get("exclusivity") or {}),
    }
    return Other(
        license="L-2",
        licensee=said.get("licensee", "ost"),
        category=said.get("category", "knitwear"),
        countries=expand(said.get("countries", ["EU"])),
        days=Period.through(date(2026, 12, 1), date(2026, 12, 31)),
        exclusivity=None
        if said.get("exclusivity", {}) is None
        else Exclusivity.model_validate(held),
    )


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
    if "duties" in case:
        duties = {duty.code: duty.due for duty in decision.duties}
        assert duties == dict(case["duties"])
    if "price" in case:
        assert str(decision.price) == case["price"]
    for reason in decision.reasons:
        assert reason.code in CODES
        assert reason.text == reason.text.strip(".")
        clause = CLAUSES.get(reason.code) or BY_FIRST_WORD.get(reason.code.partition(".")[0])
        assert reason.clause == clause
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
    act = Act.TRAIN if name == "training" else Act.RELEASE
    act = act if act in rule.acts else Act.MAKE
    rules = tuple(
        LicenseRule(r.name, r.says, r.acts, broken) if r is rule else r
        for r in RULES
        if act in r.acts
    )
    monkeypatch.setitem(deciding._RULES_OF, act, rules)
    deciding._SPEAKING.clear()
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


OTHER_FACTS: Mapping[str, Any] = {
    "act": Act.SHOW,
    "licensee": "x",
    "twin": "x",
    "channel": Channel.PRINT,
    "territories": (),
    "pictures": 2,
    "picture": "p2",
    "twin_version": 2,
    "account": "@x",
    "garments": ("x",),
    "collections": ("x",),
    "depictions": None,
    "others": None,
    "campaign": "x",
    "placements": 2,
}
OTHER_STATES: Mapping[str, Any] = {
    "signed_by": frozenset({"ines"}),
    "signed_on": None,
    "revoked_on": DAY,
    "declined_on": DAY,
    "suspended_on": DAY,
    "superseded_by": "x",
    "consent_live": False,
    "renditions_out": 1,
    "placements_out": 1,
    "earned": 1,
    "campaigns": {},
    "others": None,
}


@pytest.mark.parametrize("name", [*OTHER_FACTS, *OTHER_STATES])
def test_each_fact_is_part_of_the_digest(name: str) -> None:
    first = decide(USE, terms(), STATE, on=DAY).inputs
    if name in OTHER_FACTS:
        use = replace(USE, **{name: OTHER_FACTS[name]})
        assert decide(use, terms(), STATE, on=DAY).inputs != first
    if name in OTHER_STATES:
        state = replace(STATE, **{name: OTHER_STATES[name]})
        assert decide(USE, terms(), state, on=DAY).inputs != first


def test_what_another_license_says_is_part_of_the_digest() -> None:
    said: list[dict[str, Any]] = [
        {},
        {"licensee": "west"},
        {"category": None},
        {"countries": ["US"]},
        {"exclusivity": None},
        {"exclusivity": {"category": "denim"}},
        {"exclusivity": {"from": date(2026, 12, 2)}},
    ]
    digests = {
        decide(USE, terms(), replace(STATE, others=(other_of(each),)), on=DAY).inputs
        for each in said
    }
    assert len(digests) == len(said)


def asked_beside(*others: Mapping[str, Any], **changes: Any) -> list[str]:
    found = conflicts(terms(**{"category": "knitwear", **changes}), [other_of(o) for o in others])
    return [reason.code for reason in found]


PROMISED = {
    "category": "knitwear",
    "territories": {"include": ["FR"]},
    "from": "2026-12-31",
    "until": "2027-01-31",
}


def test_exclusivity_that_others_hold_stands_against_terms_that_are_asked_for() -> None:
    assert asked_beside({}) == ["exclusivity.conflict"]
    assert asked_beside({"licensee": "maison-nord"}) == []
    assert asked_beside({}, category="denim") == []
    assert asked_beside({}, category=None) == ["exclusivity.category_unknown"]
    assert asked_beside({}, territories={"include": ["US"]}) == []
    assert asked_beside({"exclusivity": None}) == []
    assert asked_beside({}, period={"from": "2026-12-31", "until": "2027-01-01"}) != []
    assert asked_beside({}, period={"from": "2027-01-01", "until": "2027-01-31"}) == []
    assert asked_beside({}, period={"from": "2026-11-01", "until": "2026-11-30"}) == []
    assert asked_beside({}, period={"from": "2026-11-01", "until": "2026-12-01"}) != []


def test_exclusivity_cannot_be_promised_against_a_license_that_stands() -> None:
    stands = {"exclusivity": None}
    assert asked_beside(stands, exclusivity=PROMISED) == ["exclusivity.conflict"]
    later = {**PROMISED, "from": "2027-01-01"}
    assert asked_beside(stands, exclusivity=later) == []
    assert asked_beside({**stands, "countries": ["US"]}, exclusivity=PROMISED) == []
    assert asked_beside({**stands, "category": "denim"}, exclusivity=PROMISED) == []
    assert asked_beside({**stands, "category": None}, exclusivity=PROMISED) == [
        "exclusivity.category_unknown"
    ]
    assert asked_beside({}, exclusivity=PROMISED) == ["exclusivity.conflict"] * 2


def test_every_other_license_is_looked_at_and_each_conflict_named() -> None:
    assert asked_beside({}, {}) == ["exclusivity.conflict"] * 2
    assert asked_beside({"licensee": "maison-nord"}, {}) == ["exclusivity.conflict"]
    assert asked_beside({}, territories=None) == []
    two = replace(STATE, others=(other_of({}), other_of({"licensee": "west"})))
    _, reasons = judge(USE, terms(category="knitwear"), two, on=date(2026, 12, 1))
    assert [reason.code for reason in reasons] == ["exclusivity.conflict"] * 2


def test_a_conflict_tells_who_has_what_from_whom() -> None:
    asked = terms(category="knitwear", exclusivity=PROMISED)
    theirs, ours = conflicts(asked, [other_of({})])
    assert "exclusively for `knitwear`" in theirs.text
    assert "cannot be promised" in ours.text


def test_the_signature_of_the_agency_is_spoken_of_only_where_there_is_one() -> None:
    said = []
    for signed in ({"maison-nord"}, {"maison-nord", "atlas-models"}):
        state = replace(STATE, signed_by=frozenset(signed))
        said.append(judge(USE, terms(), state, on=DAY)[1][0].text)
    tail = "; the agency's signature does not stand for hers"
    assert said == [f"the model `ines` has not signed herself{end}" for end in ("", tail)]


def test_what_stays_up_after_a_revocation_is_told_both_days() -> None:
    use, state = replace(USE, act=Act.SHOW), replace(STATE, revoked_on=date(2026, 11, 18))
    _, (reason,) = judge(use, terms(withdrawal={"take_down_days": 5}), state, on=DAY)
    assert "revoked the license on 2026-11-18" in reason.text
    assert "taken down by 2026-11-23" in reason.text


def test_the_digest_does_not_hang_on_the_order_of_a_set_or_mapping() -> None:
    one = replace(STATE, signed_by=frozenset(["a", "b", "c"]), approvals={"p1": True, "p2": False})
    two = replace(STATE, signed_by=frozenset(["c", "b", "a"]), approvals={"p2": False, "p1": True})
    digests = {decide(USE, terms(), state, on=DAY).inputs for state in (one, two)}
    assert len(digests) == 1


@given(st.integers(0, 10**6))
def test_the_digest_is_that_of_the_canonical_json(seed: int) -> None:
    use, asked, state, day = random_case(generator(seed))
    said = {**inputs_json(use, state, day), "terms": asked.digest()}
    assert decide(use, asked, state, on=day).inputs == digest(canonical(said))


def test_the_inputs_as_json_say_every_fact_there_is_and_no_other() -> None:
    known = State(
        signed_by=frozenset({"nord", "ines"}),
        signed_on=DAY,
        revoked_on=DAY,
        declined_on=DAY,
        suspended_on=DAY,
        superseded_by="L-2",
        consent_live=True,
        pictures_made=1,
        renditions_out=2,
        placements_out=3,
        earned=4,
        approvals={"p-2": False, "p-1": True},
        campaigns={"spring": True},
        others=(),
    )
    use = Use(Act.SEAL, licensee="nørd", twin="ines", picture="p-1")
    said = inputs_json(use, known, DAY)
    assert said["state"] == {
        "approvals": {"p-1": True, "p-2": False},
        "campaigns": {"spring": True},
        "consent_live": True,
        "declined_on": "2026-11-24",
        "earned": 4,
        "others": [],
        "pictures_made": 1,
        "placements_out": 3,
        "renditions_out": 2,
        "revoked_on": "2026-11-24",
        "signed_by": ["ines", "nord"],
        "signed_on": "2026-11-24",
        "superseded_by": "L-2",
        "suspended_on": "2026-11-24",
    }
    assert list(said["state"]) == sorted(said["state"])
    assert said["use"] == {
        "act": Act.SEAL,
        "licensee": "nørd",
        "picture": "p-1",
        "pictures": 1,
        "placements": 1,
        "twin": "ines",
    }
    bare = inputs_json(use, State(others=None), DAY)["state"]
    assert bare == {
        "consent_live": False,
        "earned": 0,
        "pictures_made": 0,
        "placements_out": 0,
        "renditions_out": 0,
        "signed_by": [],
    }
    asked = terms()
    digests = {decide(use, asked, known, on=DAY).inputs for _ in range(3)}
    assert digests == {digest(canonical({**said, "terms": asked.digest()}))}


def test_terms_are_asked_the_same_however_often() -> None:
    asked, other = terms(), terms(category="knitwear", approvals={"each_campaign": True})
    first = [judge(USE, each, STATE, on=DAY) for each in (asked, other)]
    assert first[0] != first[1]
    for _ in range(3):
        assert [judge(USE, each, STATE, on=DAY) for each in (asked, other)] == first


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
        ("JP", None, DAY, "refused", ["territory.not_licensed", "channel.unknown"]),
    ],
)
def test_placement(
    territory: str | None, channel: Channel | None, day: date, outcome: str, codes: list[str]
) -> None:
    public = terms().public()
    found, reasons = placement(public, territory=territory, channel=channel, on=day)
    assert (found, [reason.code for reason in reasons]) == (Outcome(outcome), codes)


def test_placement_for_a_purpose() -> None:
    for purpose, stated, codes in (
        (Purpose.CAMPAIGN, ["campaign"], []),
        (Purpose.EDITORIAL, ["campaign"], ["purpose.not_licensed"]),
        (Purpose.EDITORIAL, [], ["purpose.unstated"]),
        (None, [], []),
    ):
        public, on = terms(purposes=stated).public(), Channel.INSTAGRAM
        found, reasons = placement(public, territory="DE", channel=on, on=DAY, purpose=purpose)
        assert [reason.code for reason in reasons] == codes
        assert found is (Outcome.REFUSED if codes else Outcome.ALLOWED)


def test_placement_of_terms_that_say_nothing_is_refused() -> None:
    silent = terms(period=None, territories=None, channels=[]).public()
    outcome, reasons = placement(silent, territory="DE", channel=Channel.INSTAGRAM, on=DAY)
    assert outcome is Outcome.REFUSED
    assert [reason.code for reason in reasons] == [
        "period.open_ended",
        "channel.unstated",
        "territory.unstated",
    ]


def test_every_rule_answers_with_a_tuple() -> None:
    silent = dict.fromkeys((rule.name for rule in RULES), 0)
    for seed in range(1500):
        use, asked, state, day = random_case(generator(seed))
        for rule in RULES:
            try:
                found = rule.test(use, asked, state, day)
            except Exception:  # noqa: S112 (what breaks is a person's to decide)
                continue
            assert isinstance(found, tuple), rule.name
            silent[rule.name] += found == ()
    assert min(count for name, count in silent.items() if name != "training") > 0, silent


def test_other_licenses_are_hashed_with_what_they_promise() -> None:
    held = Exclusivity.model_validate(PROMISED)
    common = ("west", "knitwear", frozenset({"FR", "DE"}), Period.through(DAY, DAY))
    others = (Other("L-8", *common), Other("L-9", *common, held))
    free, bound = inputs_json(USE, State(others=others), DAY)["state"]["others"]
    assert free == {
        "category": "knitwear",
        "countries": ["DE", "FR"],
        "days": ["2026-11-24", "2026-11-25"],
        "exclusivity": None,
        "license": "L-8",
        "licensee": "west",
    }
    assert list(bound["exclusivity"]) == sorted(bound["exclusivity"])
    assert (bound["exclusivity"]["from"], bound["exclusivity"]["until"]) == (
        "2026-12-31",
        "2027-01-31",
    )

"""The law as data: every case of tests/cases/law, and what must hold for all rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from sosie.adapters import law_cases
from sosie.adapters.law_cases import Case, problem
from sosie.core import law
from sosie.core.law import (
    NOT_ADVICE,
    RULES,
    Answer,
    Confidence,
    Consent,
    Effect,
    Facts,
    Finding,
    Negotiated,
    Order,
    Places,
    Representation,
    Rule,
    Trigger,
    check,
    findings,
    nexus,
    orders,
)
from sosie.core.law.answers import by
from sosie.core.law.new_york.complaints import exposure
from sosie.core.terms import Terms
from tests.core.test_license import terms

CASES = Path(__file__).parent.parent / "cases" / "law"
DAY = date(2026, 11, 24)
NEW_YORK = Places(model_lives="US-NY")
ABROAD = Places(model_lives="FR", brand_in="SE", agency_in="FR", work_in="FR", published_in=("FR",))
FIRST_DAY = date(2025, 6, 19)
COMPLETE: dict[str, Any] = {"incurred_expenses": [], "expectations": "An answer in five days."}


def whole(**changes: Any) -> Terms:
    return terms(**{**COMPLETE, **changes})


def rule_of(id: str) -> Rule:
    return next(rule for rule in RULES if rule.id == id)


ALL = law_cases.read(CASES)


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{c.rule} {c.name}") for c in ALL])
def test_case(case: Case) -> None:
    assert problem(case) is None


READ_ON = {date(2026, 9, 22)}
"""The days on which somebody compared rules with their sources."""

EVENTS = {
    *("complaint.filed_on", "complaint.noticed_on", "complaint.answered_on"),
    *("complaint.forwarded_on", "complaint.evidence_deleted_on"),
    *("papers.copy_delivered_on", "payment.paid_on", "payment.vouchers_on"),
    *("withdrawn.generated_on", "withdrawn.erased_on", "withdrawn.recipients_told_on"),
    "act",
}
"""What has not happened as long as nobody recorded it."""

EXEMPTIONS = {
    *("registration.exempt", "advertisement.exempt", "advertisement.generated"),
    *("marking.offered_on", "content.representative_approved"),
}
"""What spares somebody a duty only once it is shown."""

OTHER_PAPERS = {
    *("agency_consent", "representation", "representation.commission"),
    *("power_of_attorney", "power_of_attorney.covers_replica", "consent.in_representation"),
}
"""Clauses of further papers: a rule judges those that there are."""


def _without_one_fact(facts: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield some facts again and again, each time with one of them unknown, and its path."""
    for field in fields(facts):
        value, path = getattr(facts, field.name), f"{at}{field.name}"
        if value is not None and field.default is None:
            yield path, replace(facts, **{field.name: None})
        if is_dataclass(value):
            for inner, changed in _without_one_fact(value, f"{path}."):
                yield inner, replace(facts, **{field.name: changed})


def _worst(answers: tuple[Answer, ...]) -> bool | None:
    assert answers
    kept = {answer.kept for answer in answers}
    return False if False in kept else None if None in kept else True


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_is_not_known_never_breaks_a_rule_nor_settles_it(rule: Rule) -> None:
    for case in (case for case in ALL if case.rule == rule.id):
        whole = _worst(rule.test(case.facts))
        for path, fewer in _without_one_fact(case.facts):
            answer = _worst(rule.test(fewer))
            if path not in EVENTS | EXEMPTIONS | OTHER_PAPERS:
                assert answer in (whole, None), f"{case.name}, without {path}"


def test_a_case_that_expects_otherwise_is_found_out() -> None:
    for case in ALL[:40]:
        kept = case.expected["kept"]
        for other in {True, False, None} - {kept}:
            assert problem(replace(case, expected={**case.expected, "kept": other}))
        refuses = case.expected.get("refuses")
        if refuses is not None:
            assert problem(replace(case, expected={**case.expected, "refuses": not refuses}))


def test_every_rule_has_at_least_three_cases_and_both_answers() -> None:
    count = Counter(case.rule for case in ALL)
    assert set(count) == {rule.id for rule in RULES}
    assert min(count.values()) >= 3
    for rule in RULES:
        answers = {case.expected["kept"] for case in ALL if case.rule == rule.id}
        assert {True, False} <= answers, rule.id


def test_every_dated_rule_has_a_case_on_each_side_of_its_date() -> None:
    for rule in RULES:
        days = {case.facts.on for case in ALL if case.rule == rule.id}
        if rule.in_force_from is not None:
            before = rule.in_force_from - timedelta(days=1)
            assert {before, rule.in_force_from} <= days, rule.id


def test_the_real_disputes_are_among_the_cases() -> None:
    named = {(case.rule, case.name) for case in ALL}
    assert named >= {
        ("R09", "a replica clause inside a representation agreement"),
        ("R12", "an agency signing under a power of attorney"),
        ("R21", "an open-ended duration"),
        ("R21", "new scenes made of old photographs after the contract ended"),
        ("R47", "a blended face shown in New York after 9 June 2026"),
        ("R50", "a label missing in Germany though she consented"),
        ("R57", "what was made before stays lawful"),
    }


def test_the_rules_are_those_of_the_table() -> None:
    assert {rule.id for rule in RULES if rule.order is not Order.HOUSE} == {
        f"R{number:02}" for number in range(1, 71)
    }
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_rules_of_new_york_are_cited_as_enacted() -> None:
    acts = [r for r in RULES if r.order is Order.NEW_YORK and "Labor Law §" in r.citation]
    assert len(acts) > 30
    for rule in acts:
        assert "1040" not in rule.citation
        assert rule.source.startswith(("https://www.nysenate.gov/", "https://dol.ny.gov/"))
        assert not rule.norm
        assert rule.in_force_from is not None
        assert rule.in_force_from >= FIRST_DAY


def test_norms_are_no_law_and_have_no_day() -> None:
    norms = [rule for rule in RULES if rule.norm]
    assert {rule.order for rule in norms} == {
        Order.NORMS,
        Order.HOUSE,
        Order.EUROPEAN_UNION,  # a voluntary code
        Order.NEW_YORK,  # that no law sets 45 days
    }
    assert all(rule.in_force_from is None and rule.in_force(date.min) for rule in norms)
    assert all(rule.in_force_from for rule in RULES if not rule.norm)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.in_force_from])
def test_in_force_from_its_first_day(rule: Rule) -> None:
    assert rule.in_force_from is not None
    assert not rule.in_force(rule.in_force_from - timedelta(days=1))
    assert rule.in_force(rule.in_force_from)


def test_the_house_holds_to_these_everywhere() -> None:
    new_york = "R07 R09 R12 R14 R15 R17 R20 R21 R25 R28 R29 R30 R31 R36 R37 R38 R45"
    further = "R46 R49 R55 R56 R57 R59 R63 R64 R66 R67 R68"
    held = {rule.id for rule in RULES if rule.house_policy and rule.order is not Order.HOUSE}
    assert held == {*new_york.split(), *further.split()}
    binds_agencies = "R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R13 R16 R32 R33 R37 R38 R39 R40"
    needed = {rule.id for rule in RULES if rule.needs_agency}
    assert needed == {*binds_agencies.split(), "R41"}


@pytest.mark.parametrize(
    ("rule", "order", "day"),
    [
        ("R54", Order.CALIFORNIA, date(2025, 1, 1)),
        ("R59", Order.ILLINOIS, date(2008, 10, 3)),
        ("R59", Order.UNITED_KINGDOM, date(2018, 5, 25)),
    ],
)
def test_an_order_that_has_the_same_rule_has_its_own_first_day(
    rule: str, order: Order, day: date
) -> None:
    found = rule_of(rule)
    assert found.in_force(day, order)
    assert not found.in_force(day - timedelta(days=1), order)


def test_an_order_that_may_apply_goes_before_one_that_does_not() -> None:
    places = Places(model_lives="US-CA", brand_in="US-CA", agency_in="US-CA", work_in="US-CA")
    by = {f.rule.id: f.order for f in findings(Facts(on=DAY, places=places))}
    assert by["R54"] is Order.CALIFORNIA
    unknown = replace(places, model_lives="US-TX", brand_in="US-TX", agency_in="US-TX")
    assert {
        f.applies
        for f in findings(Facts(on=DAY, places=replace(unknown, work_in=None)))
        if f.rule.id == "R54"
    } == {None}


def test_in_force_until_its_last_day() -> None:
    rule = replace(rule_of("R15"), in_force_until=date(2027, 1, 1))
    assert rule.in_force(date(2027, 1, 1))
    assert not rule.in_force(date(2027, 1, 2))


def test_findings_come_in_the_order_of_ids_and_name_every_rule() -> None:
    found = findings(Facts(on=DAY))
    ids = [finding.rule.id for finding in found]
    assert ids == sorted(ids)
    assert set(ids) == {rule.id for rule in RULES}
    assert all(finding.kept is None for finding in found)


def test_where_new_york_is_not_the_law_its_rules_still_speak() -> None:
    found = [
        f
        for f in findings(Facts(on=DAY, terms=whole(), places=ABROAD))
        if f.rule.order is Order.NEW_YORK and not f.rule.also
    ]
    assert {finding.applies for finding in found} == {False}
    assert all("New York does not apply" in finding.text for finding in found)


def test_which_orders_reach_the_facts_is_said_of_each() -> None:
    places = replace(ABROAD, published_in=("US-NY", "GB"))
    said = dict(orders(Facts(on=DAY, places=places)))
    assert set(said) == set(Order)
    reached = {order for order, found in said.items() if found.applies}
    assert reached == {
        Order.NEW_YORK,
        Order.EUROPEAN_UNION,
        Order.UNITED_KINGDOM,
        Order.HOUSE,
    }
    assert said[Order.UNITED_KINGDOM].text.endswith("it is published there")
    assert "live" in said[Order.EUROPEAN_UNION].text
    unknown = dict(orders(Facts(on=DAY)))
    assert unknown[Order.CALIFORNIA].applies is None
    assert unknown[Order.EUROPEAN_UNION].applies is None


def test_the_basis_is_said() -> None:
    def basis(places: Places, day: date, rule: str) -> str:
        facts = Facts(
            on=day,
            terms=whole(period=None),
            places=places,
            representation=Representation(charges_on_signing=("deposit",)),
        )
        return next(f.basis for f in findings(facts) if f.rule.id == rule)

    modeled = "house policy, modeled on New York Labor Law §§ 1034(11), 1037(7)"
    assert basis(NEW_YORK, DAY, "R15") == "law of New York"
    assert basis(ABROAD, DAY, "R15") == modeled
    assert basis(NEW_YORK, date(2025, 6, 18), "R15") == modeled
    assert basis(Places(), DAY, "R08") == "law of New York, if it applies"
    assert basis(ABROAD, DAY, "R08").startswith("not the law here, for comparison")
    assert basis(NEW_YORK, DAY, "H01") == "house policy"


def _with(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "RULES", tuple(rule if r.id == rule.id else r for r in RULES))


def test_a_rule_that_breaks_is_not_known_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_facts: Facts) -> tuple[Answer, ...]:
        raise ZeroDivisionError

    _with(replace(rule_of("R15"), test=broken), monkeypatch)
    found = [f for f in check(whole(), Facts(on=DAY, places=NEW_YORK)) if f.rule.id == "R15"]
    assert [(f.kept, f.broke, f.bites) for f in found] == [(None, True, False)]
    assert found[0].text == "rule `R15` broke (ZeroDivisionError); a person must judge"


def test_a_rule_that_answers_nothing_is_not_known_to_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _with(replace(rule_of("R15"), test=lambda _facts: ()), monkeypatch)
    found = [f for f in findings(Facts(on=DAY)) if f.rule.id == "R15"]
    assert [finding.kept for finding in found] == [None]


def test_dates_that_cannot_be_compared_break_the_rule_and_nothing_else() -> None:
    with_zone = yaml.safe_load("2026-10-20T09:00:00Z")
    consent = Consent(given=True, signed_at=with_zone, first_act_at=with_zone.replace(tzinfo=None))
    found = findings(Facts(on=DAY, consent=consent))
    assert [f.rule.id for f in found if f.broke] == ["R14"]


def test_checking_complete_terms_finds_nothing() -> None:
    assert check(whole(), Facts(on=DAY, places=NEW_YORK)) == ()


def test_without_facts_terms_are_checked_for_their_own_first_day() -> None:
    assert check(whole()) == ()
    early = whole(period={"from": "2025-06-18", "until": "2027-01-01"}, commission="0.21")
    found = check(early)
    assert [(f.rule.id, f.in_force, f.refuses) for f in found] == [("R07", False, True)]
    assert [f.rule.id for f in check(whole(period=None)) if f.in_force] == ["R15", "R21"]


def test_an_act_that_does_not_set_a_rule_off_is_not_refused_for_it() -> None:
    never = Facts(on=DAY, terms=whole(), consent=Consent(given=False), places=NEW_YORK)
    for act, refused in ((Trigger.GENERATE, ["R14", "R28"]), (Trigger.SIGN_CONSENT, [])):
        found = findings(replace(never, act=act))
        assert [f.rule.id for f in found if f.refuses] == refused
        assert check(whole(commission="0.21"), replace(never, act=act))[-1].bites


def test_checking_names_every_missing_field_once_a_rule() -> None:
    bare = Terms.model_validate(
        {"sosie": "terms/1", "title": "t", "twin": "ines", "parties": {"model": "i", "brand": "b"}}
    )
    found = [(f.rule.id, f.clause) for f in check(bare, Facts(on=DAY)) if f.refuses]
    assert found == [
        ("H01", "territories"),
        ("H02", "channels"),
        ("H03", "pictures"),
        ("R15", "scope"),
        ("R15", "purposes"),
        ("R15", "pay"),
        ("R15", "period"),
        ("R21", "period"),
        ("R30", "scope"),
        ("R30", "pay"),
        ("R30", "pay.payment_term_days"),
        ("R30", "purposes"),
        ("R30", "incurred_expenses"),
        ("R30", "expectations"),
    ]
    warned = [f.rule.id for f in check(bare, Facts(on=DAY)) if not f.refuses]
    assert warned == ["H04"]


def test_warnings_and_flags_never_refuse() -> None:
    for effect in Effect:
        finding = Finding(replace(rule_of("R15"), outcome=effect), True, True, False, "broken")
        assert finding.refuses is (effect is Effect.REFUSE)


def test_confidence_is_said_in_words() -> None:
    assert len({level.words() for level in Confidence}) == len(Confidence) == 5
    assert "2025" in Confidence("P*").words()


def test_what_is_quoted_is_short_and_nothing_else_is() -> None:
    for rule in RULES:
        assert all(len(term.split()) <= 8 for term in rule.terms_of_art)
        assert '"' not in rule.statement


def test_every_rule_was_compared_with_its_source_within_a_year() -> None:
    stale = [r.id for r in RULES if date.today() - r.checked_on > timedelta(days=365)]  # noqa: DTZ011
    assert stale == [], "compare these rules with their sources and set `checked_on`"


def test_the_days_of_reading_are_known() -> None:
    assert {rule.checked_on for rule in RULES} <= READ_ON
    assert max(READ_ON) <= date.today()  # noqa: DTZ011


def negotiated(*, facts: Facts | None = None, **said: Any) -> dict[str, bool | None]:
    """Return what the rules on how a contract came about answer to terms that say it."""
    found = check(whole(**said), facts or Facts(on=DAY, places=NEW_YORK))
    return {finding.rule.id: finding.kept for finding in found}


def test_what_the_terms_say_of_their_negotiation_is_judged() -> None:
    alone = {"replaces_work": True}
    with_counsel = {"replaces_work": True, "counsel": "Jo Bell"}
    with_union = {"replaces_work": True, "union_agreement": "Equity 2026"}
    assert negotiated(negotiation=alone).keys() == {"R23"}
    assert not negotiated(negotiation=with_counsel)
    assert not negotiated(negotiation=with_union)
    assert not negotiated()
    vague = negotiated(negotiation=alone, scope=" ")
    assert vague.keys() >= {"R22", "R24", "R26"}
    assert negotiated(negotiation=alone, purposes=[]).keys() >= {"R22", "R24", "R26"}
    assert (
        negotiated(negotiation={"replaces_work": False}, scope=" ")
        .keys()
        .isdisjoint({"R22", "R24", "R26"})
    )


def test_facts_of_the_negotiation_go_before_what_the_terms_say() -> None:
    alone = {"replaces_work": True}
    known = Facts(on=DAY, places=NEW_YORK, negotiated=Negotiated(union_agreement=True))
    assert not negotiated(facts=known, negotiation=alone)


def test_counsel_counts_with_a_signature_of_its_own_only() -> None:
    counsel = {"replaces_work": True, "counsel": "Jo Bell"}
    signed = datetime(2026, 11, 20, tzinfo=UTC)
    for own, found in ((True, set()), (False, {"R23"})):
        consent = Consent(given=True, stand_alone=True, own_signature=own, signed_at=signed)
        facts = Facts(on=DAY, places=NEW_YORK, consent=replace(consent, nothing_done=True))
        assert negotiated(facts=facts, negotiation=counsel).keys() - {"R18"} == found


def test_a_contract_of_before_the_law_is_not_void() -> None:
    early = Consent(given=True, signed_at=datetime(2024, 12, 31, tzinfo=UTC), nothing_done=True)
    late = replace(early, signed_at=datetime(2025, 1, 1, tzinfo=UTC))
    for consent, void in ((early, False), (late, True)):
        facts = Facts(on=DAY, places=NEW_YORK, consent=consent)
        found = negotiated(facts=facts, negotiation={"replaces_work": True}, scope=" ")
        assert ("R24" in found) is void


def test_it_says_that_it_is_no_legal_advice() -> None:
    assert "no legal advice" in NOT_ADVICE


def test_what_came_late_is_said_and_what_came_in_time_is_not() -> None:
    due = date(2026, 11, 17)
    for day, text in (
        (16, "the copy came on 2026-11-16"),
        (17, "the copy came on 2026-11-17"),
        (18, "the copy came on 2026-11-18, after 2026-11-17"),
    ):
        assert by(due, date(2026, 11, day), DAY, "the copy").text == text


@pytest.mark.parametrize(
    ("violations", "willful", "agency", "dollars"),
    [
        (0, False, False, "0"),
        (1, False, False, "3000"),
        (2, False, False, "8000"),
        (3, True, False, "13000"),
        (1, False, True, "5000.50"),
        (2, True, True, "12001.00"),
    ],
)
def test_what_violations_can_cost_at_most(
    violations: int,
    willful: bool,
    agency: bool,
    dollars: str,
) -> None:
    damages = Decimal("1000.25")
    assert exposure(violations, damages, willful=willful, agency=agency) == Decimal(dollars)


def reached(order: Order, published: tuple[str, ...] | None = ("US-TX",), **places: Any) -> Any:
    """Return whether an order reaches people of Texas, with some of the places changed."""
    texas = dict.fromkeys(("model_lives", "brand_in", "agency_in", "work_in"), "US-TX")
    found = Places(**{**texas, **places, "published_in": published})
    return nexus(order, Facts(on=DAY, places=found, agency=True))


@pytest.mark.parametrize(
    ("order", "published", "places", "applies"),
    [
        (Order.EUROPEAN_UNION, ("US-TX",), {}, False),
        (Order.EUROPEAN_UNION, None, {}, None),
        (Order.EUROPEAN_UNION, ("US-TX",), {"model_lives": "FR-75"}, True),
        (Order.EUROPEAN_UNION, ("US-TX",), {"model_lives": None}, None),
        (Order.EUROPEAN_UNION, ("US-TX",), {"agency_in": None}, None),
        (Order.EUROPEAN_UNION, ("FR-75",), {}, True),
        (Order.EUROPEAN_UNION, ("EU",), {}, True),
        (Order.EUROPEAN_UNION, ("GB",), {}, False),
        (Order.UNITED_KINGDOM, ("GB",), {}, True),
        (Order.NEW_YORK, ("US-TX",), {"model_lives": "US"}, None),
        (Order.NEW_YORK, ("US",), {}, True),
        (Order.NEW_YORK, ("US-NY",), {}, True),
    ],
)
def test_an_order_reaches_by_its_people_or_its_audience(
    order: Order,
    published: tuple[str, ...] | None,
    places: dict[str, str | None],
    applies: bool | None,
) -> None:
    assert reached(order, published, **places).applies is applies


def test_of_two_ways_that_do_not_reach_the_people_are_said_first() -> None:
    assert reached(Order.EUROPEAN_UNION).text.endswith("nobody is there or acts for it")
    assert Order.NORMS.title == "Union and industry asks (no law)"
    assert Order.HOUSE.title == "House policy"
    assert Order.NEW_YORK.title == "New York"


def test_on_what_ground_norms_and_shared_rules_are_held() -> None:
    def ground(rule: str, places: Places) -> str:
        return next(f.basis for f in findings(Facts(on=DAY, places=places)) if f.rule.id == rule)

    california = Places(
        model_lives="US-CA", brand_in="US-CA", agency_in="US-CA", work_in="US-CA", published_in=()
    )
    assert ground("R34", NEW_YORK) == "a norm, no law"
    norms = [f for f in findings(Facts(on=DAY, places=NEW_YORK)) if f.rule.order is Order.NORMS]
    assert norms
    assert not any("no law" in f.text for f in norms)  # said once, by its basis
    assert ground("R66", NEW_YORK) == "a norm, no law, and house policy"
    assert ground("R54", california) == "law of California"
    assert ground("R54", replace(california, model_lives=None, brand_in="FR", work_in="FR")) != (
        "law of New York"
    )
    assert ground("R54", Places()) == "law of New York, if it applies"


def test_a_finding_says_nothing_that_it_was_not_told() -> None:
    told = Finding(rule_of("R15"), True, True, False, "broken")
    assert (told.clause, told.due, told.order) == (None, None, None)
    assert (told.set_off, told.broke) == (True, False)
    said = Answer(True, "fine")
    assert (said.clause, said.due) == (None, None)
    bare = replace(rule_of("R01"), in_force_until=None)
    assert bare.in_force(date.max)
    assert bare.in_force(date.max, Order.CALIFORNIA)

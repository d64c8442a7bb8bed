"""The ODRL evaluator: our own cases, the cases of the ODRL Test Suite, and planted bugs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rdflib

from sosie.adapters import turtle
from sosie.core.odrl import write
from sosie.core.odrl_compliance import (
    Comparison,
    as_json,
    compare,
    expected,
    states,
    triples,
)
from sosie.core.odrl_report import EX, REPORT, Compliance, evaluate
from sosie.core.rdf import RDF, XSD, Graph, Literal
from sosie.core.terms import Terms
from sosie.core.values import BadInput, Outcome
from tests.conftest import ODRL_SUITE
from tests.core.odrl_bugs import BUGS, planted
from tests.core.odrl_cases import PREFIXES, Case, own_cases
from tests.core.test_license import TERMS


@pytest.mark.parametrize("case", own_cases(), ids=lambda case: case.name)
def test_our_own_cases(case: Case) -> None:
    assert case.wrong() == []


def test_our_own_cases_cover_what_the_suite_lacks() -> None:
    topics = [case.name.split(":")[0] for case in own_cases()]
    wanted = ("territory", "channel", "volume", "pay", "exclusivity", "approvals", "alterations")
    assert all(topics.count(topic) >= 12 for topic in wanted)
    outcomes = dict.fromkeys(Outcome, 0)
    for case in own_cases():
        outcomes[case.evaluate().outcome] += 1
    assert min(outcomes.values()) > 25


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_bug_is_caught_by_our_own_cases(bug: str) -> None:
    with planted(bug):
        caught = [case.name for case in own_cases() if case.wrong()]
    assert caught
    assert not any(case.wrong() for case in own_cases() if case.name in caught)


# The suite


def suite_cases() -> list[Path]:
    return sorted((ODRL_SUITE / "test_cases").glob("*.ttl"))


@cache
def _read(path: Path) -> turtle.Case:
    return turtle.case_of(path)


def _compared(path: Path) -> tuple[Compliance, Comparison]:
    case = _read(path)
    assert case.expected is not None
    report = evaluate(case.policy, case.request, case.world, ids=case.ids)
    return report, compare(expected(case.case, case.expected, case.world), states(report))


@pytest.mark.odrl_suite
@pytest.mark.parametrize(
    "path", suite_cases() or [None], ids=lambda path: path.stem if path else "absent"
)
def test_a_case_of_the_suite_has_the_states_that_it_expects(
    path: Path | None, odrl_suite: Path
) -> None:
    assert path is not None
    report, compared = _compared(path)
    assert compared.differences == ()
    assert compared.rules == len(report.rules) > 0
    if report.outcome is Outcome.ALLOWED:
        assert report.by_odrl  # stricter: we allow nothing that ODRL refuses


@pytest.mark.odrl_suite
def test_how_much_of_the_suite_is_compared(odrl_suite: Path) -> None:
    told = [_compared(path)[1] for path in suite_cases()]
    assert sum(c.rules for c in told) >= 34
    assert sum(c.premises for c in told) > 800
    # The suite's own slips: premises that a report names and nowhere describes, and the state of a
    # duty of another policy. Both are counted, and nothing else is left out.
    assert sum(c.undescribed for c in told) <= 10
    assert sum(c.elsewhere for c in told) <= 4


@pytest.mark.odrl_suite
def test_the_suite_alone_lets_bugs_live(odrl_suite: Path) -> None:
    small = [path for path in suite_cases() if "big" not in path.stem]
    alive = []
    for bug in BUGS:
        with planted(bug):
            if not any(_compared(path)[1].differences for path in small):
                alive.append(bug)
    assert len(alive) >= 3
    assert len(alive) < len(BUGS)


@pytest.mark.odrl_suite
def test_where_we_are_stricter_than_the_suite(odrl_suite: Path) -> None:
    unknown = next(path for path in suite_cases() if "059" in path.stem)
    report, compared = _compared(unknown)
    assert compared.differences == ()
    assert [rule.active for rule in report.rules] == [True]
    assert report.outcome is Outcome.UNDECIDED
    assert [reason.code for reason in report.reasons] == ["odrl.duty_unknown"]


# The report


def _named(part: str) -> Case:
    return next(case for case in own_cases() if part in case.name)


def test_the_report_in_turtle_says_what_the_report_says() -> None:
    for case in own_cases():
        report = case.evaluate()
        text = turtle.write(triples(report))
        read = turtle.parse(text, where="report")
        (node,) = read.of_kind(REPORT + "PolicyReport")
        assert compare(expected(read, node), states(report)).differences == ()
        assert turtle.write(triples(case.evaluate())) == text
    report = _named("pay: paid").evaluate()
    text = turtle.write(triples(report)).replace("report:Active", "report:Inactive")
    wrong = turtle.parse(text, where="report")
    (node,) = wrong.of_kind(REPORT + "PolicyReport")
    assert compare(expected(wrong, node), states(report)).differences


def test_an_unknown_premise_is_unsatisfied_with_our_word_beside_it() -> None:
    report = _named("no place is said").evaluate()
    text = turtle.write(triples(report))
    assert "report:Unsatisfied" in text
    assert 'sosie:satisfaction "unknown"' in text
    assert 'sosie:outcome "undecided"' in text
    said: dict[str, Any] = as_json(report)
    (rule,) = said["rules"]
    (limit,) = (p for p in rule["premises"] if p["premise"] == "constraint")
    assert limit["state"] == "unknown"
    assert limit["left"] is None
    assert rule["activation"] == "inactive"


def test_a_request_for_nothing_is_refused_with_its_name() -> None:
    graph = turtle.parse(PREFIXES + "ex:q a odrl:Request .", where="q.ttl")
    with pytest.raises(BadInput, match="asks for no permission"):
        evaluate(graph, graph, graph, ids=(f"{EX}p", f"{EX}q", f"{EX}w"))


# Reading


def test_turtle_that_cannot_be_read_is_placed() -> None:
    with pytest.raises(BadInput) as caught:
        turtle.parse("@prefix ex: <http://example.org/> .\nex:a ex:b\n", where="bad.ttl")
    assert caught.value.where.startswith("bad.ttl:")


def test_lists_and_literals_are_plain() -> None:
    text = PREFIXES + 'ex:a ex:b ( 1 "x"@fr ex:c ), () .'
    graph = turtle.parse(text, where="list.ttl")
    one, words = Literal("1", XSD + "integer"), Literal("x", RDF + "langString")
    assert graph.terms(f"{EX}a", f"{EX}b") == (one, words, f"{EX}c")
    assert f"{EX}a" in graph
    assert f"{EX}z" not in graph
    assert Graph([]).terms("x", "y") == ()


def test_a_list_that_bites_its_tail_ends() -> None:
    text = PREFIXES + "ex:l rdf:first ex:x ; rdf:rest ex:l . ex:a ex:b ex:l ."
    assert len(turtle.parse(text, where="loop.ttl").terms(f"{EX}a", f"{EX}b")) == 10_000


# Both halves together: a document that was written is evaluated as any policy

WISH = """
ex:q a odrl:Request ; odrl:permission ex:ask .
ex:ask odrl:action odrl:distribute ; odrl:target <urn:sosie:twin:ines> ;
  odrl:assignee <urn:sosie:party:maison-nord> ;
  odrl:constraint [ odrl:leftOperand odrl:spatial ; odrl:operator odrl:eq ;
    odrl:rightOperand sosie:territory\\/%s ] .
ex:w ex:includes temp:currentTime .
temp:currentTime dct:issued "2027-01-15T09:00:00Z"^^xsd:dateTime .
sosie:territory\\/FR odrl:partOf sosie:territory\\/EU .
sosie:territory\\/DE odrl:partOf sosie:territory\\/EU .
sosie:territory\\/BR odrl:partOf sosie:territory\\/AMERICAS .
"""


@pytest.mark.parametrize(
    ("country", "premise", "forbidden", "outcome"),
    [
        ("FR", "satisfied", "unsatisfied", Outcome.UNDECIDED),
        ("DE", "satisfied", "satisfied", Outcome.REFUSED),
        ("BR", "unsatisfied", "unsatisfied", Outcome.REFUSED),
    ],
)
def test_a_written_document_is_evaluated(
    country: str, premise: str, forbidden: str, outcome: Outcome
) -> None:
    said = {key: TERMS[key] for key in ("sosie", "title", "parties", "twin", "period")}
    said["territories"] = {"include": ["EU"], "exclude": ["DE"]}
    document, _ = write(Terms.model_validate(said), agreed=True)
    parsed = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
    policy = turtle.parse(parsed.serialize(format="turtle"), where="document")
    (name,) = policy.of_kind("http://www.w3.org/ns/odrl/2/Agreement")
    wish = turtle.parse(PREFIXES + WISH % country, where="wish")
    report = as_json(evaluate(policy, wish, wish, ids=(name, f"{EX}q", f"{EX}w")))
    limits = {
        (rule["kind"], limit["left_operand"].rsplit("/", 1)[1]): limit["state"]
        for rule in report["rules"]
        for limit in rule["premises"]
        if limit["premise"] == "constraint"
    }
    assert limits["permission", "spatial"] == premise
    assert limits["permission", "dateTime"] == "satisfied"
    assert limits["prohibition", "spatial"] == forbidden
    assert report["outcome"] == outcome


def test_what_refuses_is_said_first() -> None:
    case = _named("a promise that the other side broke")
    policy = Graph([t for t in case.policy if t[1] != "http://www.w3.org/ns/odrl/2/permission"])
    report = evaluate(policy, case.request, case.world, ids=(f"{EX}p", f"{EX}q", f"{EX}w"))
    said = [reason.code for reason in report.reasons]
    assert said == ["odrl.no_permission", "odrl.obligation_violated"]
    assert report.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "loop",
    [
        "ex:may odrl:constraint ex:c . ex:c odrl:and ex:c .",
        "ex:may odrl:constraint ex:c . ex:c odrl:or ex:d . ex:d odrl:xone ex:c .",
        "ex:may odrl:duty ex:d . ex:d odrl:consequence ex:d .",
        "ex:may odrl:constraint ex:c0 . "
        + " ".join(f"ex:c{n} odrl:and ex:c{n + 1} ; odrl:or ex:c{n + 1} ." for n in range(15))
        + " ex:c15 odrl:leftOperand odrl:count .",
        "ex:may odrl:constraint ex:c0 . "
        + " ".join(f"ex:c{n} odrl:and ex:c{n + 1} ." for n in range(2000)),
    ],
)
def test_what_never_ends_is_refused_with_its_place(loop: str) -> None:
    asked = "ex:q odrl:permission ex:ask . ex:ask odrl:action odrl:sell ; odrl:target ex:twin ."
    rule = "ex:p odrl:permission ex:may . ex:may odrl:action odrl:sell ; odrl:target ex:twin ."
    graph = turtle.parse(f"{PREFIXES}\n{rule}\n{asked}\n{loop}", where="loop.ttl")
    with pytest.raises(BadInput, match="leads back to itself") as caught:
        evaluate(graph, graph, graph, ids=(f"{EX}p", f"{EX}q", f"{EX}w"))
    assert caught.value.where == f"{EX}may"


def test_an_expected_report_that_bites_its_tail_ends() -> None:
    text = (
        PREFIXES + "ex:r a report:PolicyReport ; report:ruleReport ex:rr . "
        "ex:rr report:rule ex:may ; report:premiseReport ex:x . ex:x report:premiseReport ex:x ."
    )
    (rule,) = expected(turtle.parse(text, where="loop.ttl"), f"{EX}r")
    assert rule.premises[0] is not None
    assert rule.premises[0].parts == (None,)

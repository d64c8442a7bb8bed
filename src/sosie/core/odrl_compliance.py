"""The compliance report as triples and as JSON, and how two reports differ.

The vocabulary is `https://w3id.org/force/compliance-report#`. It knows *satisfied* and
*unsatisfied* only: an unknown premise is written as unsatisfied, with Sosie's word beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sosie.core.odrl_compare import ODRL, Truth
from sosie.core.odrl_policy import MOST_PARTS, Constraint, Logical
from sosie.core.odrl_report import REPORT, Compliance, DutyReport, DutyState, Premise, RuleReport
from sosie.core.odrl_words import SOSIE
from sosie.core.rdf import RDF, Graph, Literal, Name, Term, Triple
from sosie.core.values import canonical, digest

CREATED = "http://purl.org/dc/terms/created"
_RULES = {"permission": "PermissionReport", "prohibition": "ProhibitionReport"}


@dataclass(frozen=True, slots=True)
class PremiseState:
    """What a report says of one premise, to be compared."""

    kind: str
    satisfied: bool
    constraint: Name | None
    parts: tuple[PremiseState | None, ...] = ()
    """``None`` stands for a premise that a report names and does not describe."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a report says of one rule, to be compared."""

    rule: Name
    kind: str
    request: Name | None
    active: bool
    attempted: bool
    premises: tuple[PremiseState | None, ...] = ()
    duties: tuple[tuple[str, str], ...] = field(default=())
    """Performance and deontic state of each duty of this rule that the world reports."""


def states(report: Compliance) -> tuple[RuleState, ...]:
    """Return the states of our report."""
    return tuple(
        RuleState(
            rule.rule.id,
            _RULES[rule.rule.kind],
            rule.request.rule,
            rule.active,
            attempted=True,
            premises=tuple(_state_of(premise) for premise in rule.premises),
            duties=tuple(
                sorted(
                    (state.performance or "", state.deontic or "")
                    for duty in rule.duties
                    for state in duty.reported
                )
            ),
        )
        for rule in report.rules
    )


def _state_of(premise: Premise) -> PremiseState:
    held = premise.constraint
    inner = tuple(_state_of(part) for part in premise.parts)
    name = _known_name(held.id) if held is not None else None
    return PremiseState(f"{premise.kind}Report", premise.truth is Truth.SATISFIED, name, inner)


def _known_name(name: Name | None) -> Name | None:
    """Return the name of a constraint that has one in every file: no blank node's."""
    return None if name is None or name.startswith("_:") else name


def expected(graph: Graph, report: Name, *worlds: Graph) -> tuple[RuleState, ...]:
    """Return the states of a report that stands in a graph; duties may stand in the world's."""
    return tuple(
        _expected_rule(graph, rule, worlds) for rule in graph.names(report, REPORT + "ruleReport")
    )


def _expected_rule(graph: Graph, rule: Name, worlds: tuple[Graph, ...]) -> RuleState:
    duties = [
        (_said(held, duty, "performanceState"), _said(held, duty, "deonticState"))
        for duty in graph.names(rule, REPORT + "conditionReport")
        for held in (graph, *worlds)
        if duty in held
    ]
    return RuleState(
        graph.name(rule, REPORT + "rule") or "",
        _kind(graph, rule),
        graph.name(rule, REPORT + "ruleRequest"),
        _said(graph, rule, "activationState") == "Active",
        attempted=_said(graph, rule, "attemptState") == "Attempted",
        premises=_expected_premises(graph, rule, set()),
        duties=tuple(sorted(duties)),
    )


def _expected_premises(
    graph: Graph, node: Name, seen: set[Name]
) -> tuple[PremiseState | None, ...]:
    """Return the premises of a report; one that was met before counts as not described."""
    found: list[PremiseState | None] = []
    for premise in graph.names(node, REPORT + "premiseReport"):
        if premise in seen or premise not in graph or len(seen) > MOST_PARTS:
            found.append(None)
            continue
        seen.add(premise)
        state = _said(graph, premise, "satisfactionState") == "Satisfied"
        name = _known_name(graph.name(premise, REPORT + "constraint"))
        inner = _expected_premises(graph, premise, seen)
        found.append(PremiseState(_kind(graph, premise), state, name, inner))
    return tuple(found)


def _kind(graph: Graph, node: Name) -> str:
    return (graph.name(node, RDF + "type") or "").removeprefix(REPORT)


def _said(graph: Graph, node: Name, key: str) -> str:
    return (graph.name(node, REPORT + key) or "").removeprefix(REPORT)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where our states differ from expected ones, and how much was compared.

    ``undescribed`` counts premises that the expected report names and does not describe: of them
    only their number is compared. ``elsewhere`` counts duties that it reports of other rules.
    """

    differences: tuple[str, ...]
    rules: int
    premises: int
    undescribed: int
    elsewhere: int


def compare(want: tuple[RuleState, ...], ours: tuple[RuleState, ...]) -> Comparison:
    """Compare rule by rule: kind, request, attempt, activation, premises, duties."""
    tally: Counter[str] = Counter()
    differences = []
    by_rule = {(state.rule, state.request): state for state in ours}
    for state in want:
        tally["rules"] += 1
        found = by_rule.pop((state.rule, state.request), None)
        if found is None:
            differences.append(f"`{state.rule}`: we report nothing of this rule")
        else:
            differences += (f"`{state.rule}`: {said}" for said in _apart(state, found, tally))
    differences += (
        f"`{state.rule}`: no report is expected of this rule" for state in by_rule.values()
    )
    return Comparison(
        tuple(differences),
        *(tally[key] for key in ("rules", "premises", "undescribed", "elsewhere")),
    )


def _apart(want: RuleState, ours: RuleState, tally: Counter[str]) -> Iterator[str]:
    for key in ("kind", "attempted", "active"):
        if getattr(want, key) != getattr(ours, key):
            yield f"{key} {getattr(want, key)} is expected, not {getattr(ours, key)}"
    yield from _premises_apart(want.premises, ours.premises, tally)
    if len(ours.duties) == len(want.duties):
        if ours.duties != want.duties:
            yield f"duties {want.duties} are expected, not {ours.duties}"
    elif ours.duties:
        yield f"{len(want.duties)} duties are expected, not {len(ours.duties)}"
    else:
        tally["elsewhere"] += len(want.duties)


def _premises_apart(
    want: tuple[PremiseState | None, ...],
    ours: tuple[PremiseState | None, ...],
    tally: Counter[str],
) -> Iterator[str]:
    if len(want) != len(ours):
        yield f"{len(want)} premises are expected, not {len(ours)}"
    left = list(ours)
    for premise in want:
        if premise is None:
            tally["undescribed"] += 1
            continue
        tally["premises"] += 1
        same = next((o for o in left if o is not None and _alike(premise, o)), None)
        if same is None:
            yield f"a {premise.kind} that is satisfied={premise.satisfied} is expected"
        else:
            left.remove(same)
            yield from _premises_apart(premise.parts, same.parts, tally)


def _alike(one: PremiseState, other: PremiseState) -> bool:
    return (one.kind, one.satisfied, one.constraint) == (
        other.kind,
        other.satisfied,
        other.constraint,
    )


# Writing


def as_json(report: Compliance) -> dict[str, Any]:
    """Return the report as plain JSON values."""
    return {
        "policy": report.policy.id,
        "request": report.request,
        "created": report.created.text if report.created else None,
        "rules": [_rule_json(rule) for rule in report.rules],
        "by_odrl": "allowed" if report.by_odrl else "refused",
        "outcome": str(report.outcome),
        "reasons": [reason.as_dict() for reason in report.reasons],
    }


def _rule_json(rule: RuleReport) -> dict[str, Any]:
    return {
        "rule": rule.rule.id,
        "kind": rule.rule.kind,
        "request": rule.request.rule,
        "attempt": "attempted",
        "activation": "active" if rule.active else "inactive",
        "holds": str(rule.holds),
        "premises": [_premise_json(premise) for premise in rule.premises],
        "duties": [
            {
                "rule": duty.rule,
                "fulfilled": str(duty.truth),
                "reported": [
                    {"performance": s.performance, "deontic": s.deontic} for s in duty.reported
                ],
            }
            for duty in rule.duties
        ],
    }


def _premise_json(premise: Premise) -> dict[str, Any]:
    said: dict[str, Any] = {"premise": premise.kind.lower(), "state": str(premise.truth)}
    held = premise.constraint
    if isinstance(held, Constraint):
        said |= {"constraint": held.id, "left_operand": held.left, "operator": held.operator}
        said["left"] = None if premise.left is None else [_text(term) for term in premise.left]
        said["right"] = [_text(term) for term in held.right]
    elif isinstance(held, Logical):
        said |= {"constraint": held.id, "logical": held.how}
    if premise.parts:
        said["premises"] = [_premise_json(part) for part in premise.parts]
    return said


def _text(term: Term) -> str:
    return term if isinstance(term, str) else term.text


def triples(report: Compliance) -> tuple[Triple, ...]:
    """Return the report in the suite's vocabulary, with our decision in the profile's.

    The names of its nodes follow from what it says, so that the same report is the same text.
    """
    return tuple(_triples(report))


def _triples(report: Compliance) -> Iterator[Triple]:
    base = (
        "urn:sosie:odrl-report:" + digest(canonical(as_json(report))).removeprefix("sha256:")[:32]
    )
    yield base, RDF + "type", REPORT + "PolicyReport"
    if report.created is not None:
        yield base, CREATED, report.created
    yield base, REPORT + "policy", report.policy.id
    yield base, REPORT + "policyRequest", report.request
    yield base, SOSIE + "byOdrl", Literal("allowed" if report.by_odrl else "refused")
    yield base, SOSIE + "outcome", Literal(str(report.outcome))
    for reason in report.reasons:
        yield base, SOSIE + "reason", Literal(f"{reason.code}: {reason.text}")
    for place, rule in enumerate(report.rules):
        yield base, REPORT + "ruleReport", f"{base}:{place}"
        yield from _rule_triples(f"{base}:{place}", rule)


def _rule_triples(node: Name, rule: RuleReport) -> Iterator[Triple]:
    yield node, RDF + "type", REPORT + _RULES[rule.rule.kind]
    yield node, REPORT + "attemptState", REPORT + "Attempted"
    yield node, REPORT + "rule", rule.rule.id
    yield node, REPORT + "ruleRequest", rule.request.rule
    yield node, REPORT + "activationState", REPORT + ("Active" if rule.active else "Inactive")
    yield node, SOSIE + "holds", Literal(str(rule.holds))
    for place, premise in enumerate(rule.premises):
        yield node, REPORT + "premiseReport", f"{node}:{place}"
        yield from _premise_triples(f"{node}:{place}", premise)
    for place, duty in enumerate(rule.duties):
        for number, state in enumerate(duty.reported or (None,)):
            here = f"{node}:duty:{place}:{number}"
            yield node, REPORT + "conditionReport", here
            yield from _duty_triples(here, duty, state)


def _premise_triples(node: Name, premise: Premise) -> Iterator[Triple]:
    yield node, RDF + "type", REPORT + f"{premise.kind}Report"
    state = "Satisfied" if premise.truth is Truth.SATISFIED else "Unsatisfied"
    yield node, REPORT + "satisfactionState", REPORT + state
    if premise.truth is Truth.UNKNOWN:
        yield node, SOSIE + "satisfaction", Literal("unknown")
    held = premise.constraint
    if held is not None:
        yield node, REPORT + "constraint", held.id
    if isinstance(held, Logical):
        yield node, REPORT + "constraintLogicalOperand", ODRL + held.how
    elif isinstance(held, Constraint):
        for value in premise.left or ():
            yield node, REPORT + "constraintLeftOperand", value
        if held.operator is not None:
            yield node, REPORT + "constraintOperator", held.operator
        for value in held.right:
            yield node, REPORT + "constraintRightOperand", value
    for place, part in enumerate(premise.parts):
        yield node, REPORT + "premiseReport", f"{node}:{place}"
        yield from _premise_triples(f"{node}:{place}", part)


def _duty_triples(node: Name, duty: DutyReport, state: DutyState | None) -> Iterator[Triple]:
    yield node, RDF + "type", REPORT + "DutyReport"
    yield node, REPORT + "rule", duty.rule
    yield node, SOSIE + "fulfilled", Literal(str(duty.truth))
    if state is not None and state.performance:
        yield node, REPORT + "performanceState", REPORT + state.performance
    if state is not None and state.deontic:
        yield node, REPORT + "deonticState", REPORT + state.deontic

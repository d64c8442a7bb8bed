"""Evaluates a request against an ODRL policy in a state of the world: the compliance report.

The states are those of the ODRL Test Suite (SolidLabResearch), whose vocabulary is
`https://w3id.org/force/compliance-report#`. Beside them stands Sosie's own decision, which is
stricter: what is unknown permits nothing. `docs/formats/odrl.md` says where the two differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sosie.core.odrl_compare import (
    ODRL,
    Kinds,
    Truth,
    all_of,
    ancestors,
    any_of,
    one_of,
    satisfied,
    truth,
)
from sosie.core.odrl_policy import (
    INCLUDED_IN,
    Condition,
    Constraint,
    Logical,
    Named,
    Policy,
    Rule,
    policy_of,
)
from sosie.core.rdf import RDF, XSD, Graph, Literal, Name, Term
from sosie.core.values import BadInput, Outcome, Reason

REPORT = "https://w3id.org/force/compliance-report#"
EX = "http://example.org/"
NOW = "http://example.com/request/currentTime"
ISSUED = "http://purl.org/dc/terms/issued"
_ABOVE = (
    RDF + "type",
    "http://www.w3.org/2000/01/rdf-schema#subClassOf",
    "http://www.w3.org/2004/02/skos/core#broader",
)


@dataclass(frozen=True, slots=True)
class Known:
    """The values of one left operand, and their unit; ``values`` is ``None`` if unreadable."""

    values: tuple[Term, ...] | None
    unit: Name | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What is known beside the request: the time, what belongs to what, duties, facts."""

    now: Literal | None
    kinds: Kinds
    parts: Mapping[Name, frozenset[Name]]
    actions: Mapping[Name, frozenset[Name]]
    duties: Mapping[Name, tuple[DutyState, ...]]
    facts: Mapping[Name, Known]


@dataclass(frozen=True, slots=True)
class DutyState:
    """What the world reports of a duty."""

    report: Name
    performance: str | None
    deontic: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """One permission that is asked for."""

    id: Name
    rule: Name
    assignee: Name | None
    action: Name | None
    target: Name | None
    facts: Mapping[Name, Known]


@dataclass(frozen=True, slots=True)
class Premise:
    """One thing that must hold for a rule to be active."""

    kind: str
    """`Target`, `Party`, `Action` or `Constraint`."""
    truth: Truth
    constraint: Condition | None = None
    left: tuple[Term, ...] | None = None
    parts: tuple[Premise, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyReport:
    """A duty, remedy or consequence: what is reported of it, and whether it is fulfilled."""

    rule: Name
    truth: Truth
    reported: tuple[DutyState, ...]


@dataclass(frozen=True, slots=True)
class RuleReport:
    """One rule for one request: its premises, its duties, whether it is active."""

    rule: Rule
    request: Request
    premises: tuple[Premise, ...]
    duties: tuple[DutyReport, ...]
    active: bool
    """As the suite says it: every premise satisfied, no duty violated; unknown is no violation."""
    holds: Truth
    """As Sosie says it: every premise satisfied and every duty of a permission fulfilled."""


@dataclass(frozen=True, slots=True)
class Compliance:
    """The whole report, and two decisions on it."""

    policy: Policy
    request: Name
    created: Literal | None
    rules: tuple[RuleReport, ...]
    by_odrl: bool
    """Whether an active permission stands, by the policy's own conflict strategy."""
    outcome: Outcome
    reasons: tuple[Reason, ...]


def evaluate(
    policy: Graph, request: Graph, world: Graph, *, ids: tuple[Name, Name, Name]
) -> Compliance:
    """Return the report on a request; ``ids`` name the policy, the request and the world.

    Raises ``BadInput`` if the request asks for nothing.
    """
    read = policy_of(policy, ids[0])
    known = world_of(world, ids[2], policy)
    asked = _requests(request, ids[1])
    if not asked:
        what = "the request asks for no permission"
        raise BadInput(what, where=ids[1], remedy="give it one `odrl:permission`")
    reports = [
        _rule_report(rule, ask, known)
        for ask in asked
        for rule in read.rules
        if rule.kind != "obligation"
    ]
    duties = [_duty(rule, known) for rule in read.rules if rule.kind == "obligation"]
    by_odrl = all(_by_odrl(read, [r for r in reports if r.request == ask]) for ask in asked)
    reasons = [
        *_of_policy(read),
        *(reason for ask in asked for reason in _reasons([r for r in reports if r.request == ask])),
        *_of_obligations(duties),
    ]
    return Compliance(
        read, ids[1], known.now, tuple(reports), by_odrl, _outcome(reasons), _ordered(reasons)
    )


# Reading the world and the request


def world_of(graph: Graph, world: Name, *others: Graph) -> World:
    """Return the state of the world; membership and classes may stand in other graphs too."""
    parts: dict[Name, set[Name]] = {}
    kinds: dict[Name, set[Name]] = {}
    actions: dict[Name, set[Name]] = {name: set(above) for name, above in INCLUDED_IN.items()}
    for subject, predicate, value in (triple for g in (graph, *others) for triple in g):
        if isinstance(value, str):
            if predicate == ODRL + "partOf":
                parts.setdefault(subject, set()).add(value)
            elif predicate in (ODRL + "includedIn", ODRL + "implies"):
                actions.setdefault(subject, set()).add(value)
            elif predicate in _ABOVE:
                kinds.setdefault(subject, set()).add(value)
    included = graph.names(world, EX + "includes")
    times = graph.terms(NOW, ISSUED) if NOW in included else ()
    now = times[0] if len(times) == 1 and isinstance(times[0], Literal) else None
    held = {name: frozenset(above) for name, above in parts.items()}
    return World(
        now,
        Kinds(held, {name: frozenset(above) for name, above in kinds.items()}),
        held,
        {name: frozenset(above) for name, above in actions.items()},
        _duties(graph, included),
        _facts(graph, included),
    )


def _duties(graph: Graph, included: Iterable[Name]) -> dict[Name, tuple[DutyState, ...]]:
    found: dict[Name, tuple[DutyState, ...]] = {}
    for node in included:
        for report in (node, *graph.names(node, REPORT + "ruleReport")):
            if REPORT + "DutyReport" not in graph.names(report, RDF + "type"):
                continue
            states = (
                (graph.name(report, REPORT + key) or "").removeprefix(REPORT) or None
                for key in ("performanceState", "deonticState")
            )
            for rule in graph.names(report, REPORT + "rule"):
                found[rule] = (*found.get(rule, ()), DutyState(report, *states))
    return found


def _facts(graph: Graph, nodes: Iterable[Name]) -> dict[Name, Known]:
    """Return what is said as `[ odrl:leftOperand … ; odrl:operator odrl:eq ; … ]`."""
    found: dict[Name, Known] = {}
    for node in nodes:
        left = graph.name(node, ODRL + "leftOperand")
        if left is None:
            continue
        plain = graph.names(node, ODRL + "operator") == (ODRL + "eq",)
        here = Known(
            graph.terms(node, ODRL + "rightOperand") if plain else None,
            graph.name(node, ODRL + "unit"),
        )
        found[left] = _merged(found[left], here) if left in found else here
    return found


def _merged(one: Known, other: Known) -> Known:
    if one.values is None or other.values is None or one.unit != other.unit:
        return Known(None)
    return Known(tuple(dict.fromkeys((*one.values, *other.values))), one.unit)


def _requests(graph: Graph, request: Name) -> list[Request]:
    found = []
    for rule in graph.names(request, ODRL + "permission"):
        action = graph.name(rule, ODRL + "action")
        of = graph.name(action, RDF + "value") if action else None
        said = [*graph.names(rule, ODRL + "constraint")]
        said += graph.names(action, ODRL + "refinement") if action else ()
        target, assignee = (
            graph.name(rule, ODRL + key) or graph.name(request, ODRL + key)
            for key in ("target", "assignee")
        )
        found.append(Request(request, rule, assignee, of or action, target, _facts(graph, said)))
    return found


# Premises


def _rule_report(rule: Rule, request: Request, world: World) -> RuleReport:
    every = rule.kind == "permission"
    premises = [
        *_member("Target", rule.targets, request.target, request, world, every=every),
        *_member("Party", rule.assignees, request.assignee, request, world, every=every),
        *_action(rule, request, world, every=every),
        *(_condition(c, request, world, every=every) for c in rule.constraints),
    ]
    duties = tuple(_duty(duty, world) for duty in rule.duties)
    held = all_of(premise.truth for premise in premises)
    owed = all_of(duty.truth for duty in duties) if every else Truth.SATISFIED
    active = held is Truth.SATISFIED and owed is not Truth.UNSATISFIED
    return RuleReport(rule, request, tuple(premises), duties, active, all_of((held, owed)))


def _member(
    kind: str,
    named: tuple[Named, ...],
    asked: Name | None,
    request: Request,
    world: World,
    *,
    every: bool,
) -> Iterator[Premise]:
    """Yield the premise that a party or an asset is one of those named, if any is."""
    if not named:
        return
    found, parts = [], []
    for one in named:
        here = truth(None if asked is None else asked == one.name)
        if asked is not None and one.collection:
            here = truth(asked == one.name or one.name in ancestors(asked, world.parts))
        narrowed = [_condition(c, request, world, every=every) for c in one.refinements]
        parts += narrowed
        found.append(all_of((here, *(premise.truth for premise in narrowed))))
    yield Premise(kind, any_of(found), parts=tuple(parts))


def _action(rule: Rule, request: Request, world: World, *, every: bool) -> Iterator[Premise]:
    if not rule.actions:
        return
    found, parts = [], []
    for one in rule.actions:
        here = _included(request.action, one.name, world, every=every)
        narrowed = [_condition(c, request, world, every=every) for c in one.refinements]
        parts += narrowed
        found.append(all_of((here, *(premise.truth for premise in narrowed))))
    yield Premise("Action", any_of(found), parts=tuple(parts))


def _included(asked: Name | None, named: Name, world: World, *, every: bool) -> Truth:
    """Return whether an action is one that a rule names, or is included in it."""
    if asked is None:
        return Truth.UNKNOWN
    if asked == named or named in ancestors(asked, world.actions):
        return Truth.SATISFIED
    if not every and asked in ancestors(named, world.actions):
        return Truth.UNKNOWN  # what is asked for is wider: a part of it is forbidden
    return truth(False if asked in world.actions else None)


def _condition(condition: Condition, request: Request, world: World, *, every: bool) -> Premise:
    if isinstance(condition, Logical):
        parts = tuple(_condition(c, request, world, every=every) for c in condition.parts)
        return Premise("Constraint", _joined(condition.how, parts), condition, parts=parts)
    known = _known(condition, request, world)
    if known is None or condition.operator is None or condition.unread:
        return Premise("Constraint", Truth.UNKNOWN, condition, known)
    found = satisfied(known, condition.operator, condition.right, world.kinds, every=every)
    return Premise("Constraint", found, condition, known)


def _joined(how: str, parts: tuple[Premise, ...]) -> Truth:
    found = [premise.truth for premise in parts]
    match how:
        case "or":
            return any_of(found)
        case "xone":
            return one_of(found)
        case "andSequence" if all_of(found) is Truth.SATISFIED:
            return Truth.UNKNOWN  # in which order they came to hold is not told by a state
        case _:
            return all_of(found)


def _known(constraint: Constraint, request: Request, world: World) -> tuple[Term, ...] | None:
    """Return the values of a left operand; ``None`` if they are unknown or said in two ways."""
    left = constraint.left
    if left is None:
        return None
    if left == ODRL + "dateTime":
        return (world.now,) if world.now is not None else None
    there, here = world.facts.get(left), request.facts.get(left)
    if left == ODRL + "count":
        return _count(there, here)
    if there is not None and here is not None and there != here:
        return None
    known = there or here
    if known is None or known.values is None or known.unit != constraint.unit:
        return None
    return known.values


def _count(so_far: Known | None, more: Known | None) -> tuple[Term, ...] | None:
    """Return how many times it is once this request is done too: one, if it does not say."""
    total = Decimal(0)
    for known, default in ((so_far, None), (more, Decimal(1))):
        if known is None and default is not None:
            total += default
            continue
        values = known.values if known is not None else None
        if values is None or len(values) != 1 or not isinstance(values[0], Literal):
            return None
        try:
            total += Decimal(values[0].text)
        except InvalidOperation:
            return None
    return (Literal(f"{total:f}", XSD + "decimal"),) if total.is_finite() else None


def _duty(rule: Rule, world: World) -> DutyReport:
    """Return the state of a duty; once one of its consequences is reported, that is owed too."""
    reported = world.duties.get(rule.id, ())
    own = _state(reported) if reported else Truth.UNKNOWN
    then = [_duty(duty, world) for duty in rule.duties if duty.id in world.duties]
    return DutyReport(rule.id, all_of((own, *(duty.truth for duty in then))), reported)


def _state(reported: tuple[DutyState, ...]) -> Truth:
    said = {_of_one(state) for state in reported}
    return said.pop() if len(said) == 1 else Truth.UNKNOWN


def _of_one(state: DutyState) -> Truth:
    by_deontic = {"Fulfilled": Truth.SATISFIED, "Violated": Truth.UNSATISFIED}
    by_performance = {"Performed": Truth.SATISFIED, "Unperformed": Truth.UNSATISFIED}
    if state.deontic is not None:
        return by_deontic.get(state.deontic, Truth.UNKNOWN)
    return by_performance.get(state.performance or "", Truth.UNKNOWN)


# Decisions


def _by_odrl(policy: Policy, reports: list[RuleReport]) -> bool:
    active = {report.rule.kind for report in reports if report.active}
    if "prohibition" in active and policy.conflict != "perm":
        return False
    return "permission" in active


def _of_policy(policy: Policy) -> Iterator[Reason]:
    for profile in policy.profiles:
        text = f"the profile `{profile}` is not known here, nor what its words mean"
        yield Reason("odrl.profile", text)
    for parent in policy.inherits:
        yield Reason("odrl.inherits", f"the policy inherits from `{parent}`, which is not read")
    if policy.proposed:
        text = "the policy is an offer or a request, which nobody has agreed to yet"
        yield Reason("odrl.proposed", text)
    if policy.conflict not in (None, "perm", "prohibit", "invalid"):
        yield Reason(
            "odrl.conflict", f"the conflict strategy `{policy.conflict}` is not known here"
        )
    for name in policy.foreign:
        yield Reason("odrl.property", f"the policy has `{name}`, which is not known here")


def _reasons(reports: list[RuleReport]) -> Iterator[Reason]:
    """Yield what stands against one request; nothing, if it is allowed."""
    permits = [report for report in reports if report.rule.kind == "permission"]
    for report in reports:
        yield from _against(report)
    if any(_grants(report) for report in permits):
        return
    undecided = [r for r in permits if r.holds is not Truth.UNSATISFIED]
    for report in undecided:
        yield from _doubts(report)
    if undecided:
        return
    for report in permits:
        for duty in report.duties:
            if report.holds is Truth.UNSATISFIED and duty.truth is Truth.UNSATISFIED:
                text = f"the duty `{duty.rule}` of the permission is violated"
                yield Reason("odrl.duty_violated", text)
    yield Reason("odrl.no_permission", "no permission covers the request")


def _against(report: RuleReport) -> Iterator[Reason]:
    if report.rule.kind != "prohibition":
        return
    for name in report.rule.foreign:
        text = f"`{report.rule.id}` has `{name}`, which is not known here"
        yield Reason("odrl.property", text)
    if report.holds is Truth.UNSATISFIED:
        return
    if report.holds is Truth.SATISFIED:
        yield Reason("odrl.prohibited", f"the prohibition `{report.rule.id}` is active")
        return
    text = f"whether the prohibition `{report.rule.id}` is active is unknown"
    yield Reason("odrl.prohibition_unknown", text)


def _grants(report: RuleReport) -> bool:
    rule = report.rule
    return (
        report.holds is Truth.SATISFIED and not rule.foreign and bool(rule.actions and rule.targets)
    )


def _doubts(report: RuleReport) -> Iterator[Reason]:
    rule = report.rule
    if not rule.actions or not rule.targets:
        text = f"the permission `{rule.id}` names no action or no target"
        yield Reason("odrl.incomplete", text)
    for name in rule.foreign:
        yield Reason("odrl.property", f"`{rule.id}` has `{name}`, which is not known here")
    for premise in report.premises:
        if premise.truth is Truth.UNKNOWN:
            yield Reason("odrl.premise_unknown", f"{_about(premise)} of `{rule.id}` is unknown")
    for duty in report.duties:
        if duty.truth is Truth.UNKNOWN:
            text = f"whether the duty `{duty.rule}` is fulfilled is unknown"
            yield Reason("odrl.duty_unknown", text)


def _about(premise: Premise) -> str:
    if isinstance(premise.constraint, Constraint):
        return f"the constraint on `{premise.constraint.left}`"
    return f"the {premise.kind.lower()}"


def _of_obligations(duties: list[DutyReport]) -> Iterator[Reason]:
    for duty in duties:
        if duty.truth is Truth.UNSATISFIED:
            yield Reason("odrl.obligation_violated", f"the obligation `{duty.rule}` is violated")


REFUSING = ("odrl.prohibited", "odrl.duty_violated", "odrl.no_permission", "odrl.proposed")
"""The reasons that refuse; every other one leaves the decision to a person."""


def _outcome(reasons: list[Reason]) -> Outcome:
    if any(reason.code in REFUSING for reason in reasons):
        return Outcome.REFUSED
    return Outcome.UNDECIDED if reasons else Outcome.ALLOWED


def _ordered(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason.code not in REFUSING))

"""An ODRL policy as plain values, read out of a graph; what is not understood is named in it.

ODRL Information Model 2.2, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sosie.core.odrl_compare import ODRL
from sosie.core.odrl_words import PROFILE, SOSIE
from sosie.core.rdf import RDF, Graph, Name, Term
from sosie.core.values import BadInput

_DUTIES = ("duty", "remedy", "consequence")
LOGICAL = ("and", "or", "xone", "andSequence")
MOST_LEVELS = 20
MOST_PARTS = 10_000
_KINDS = ("permission", "prohibition", "obligation")
_PROPOSED = ("Offer", "Request")
_METADATA = (
    "http://purl.org/dc/terms/",
    "http://purl.org/dc/elements/1.1/",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2004/02/skos/core#",
)
_SHARED = ("uid", "target", "assignee", "assigner", "action", "constraint")
_KNOWN: Mapping[str, frozenset[str]] = {
    "policy": frozenset((*_SHARED, *_KINDS, "profile", "inheritFrom", "conflict")),
    "permission": frozenset((*_SHARED, "duty")),
    "prohibition": frozenset((*_SHARED, "remedy")),
    "obligation": frozenset((*_SHARED, "consequence")),
    "constraint": frozenset(("uid", "leftOperand", "operator", "rightOperand", "unit", "dataType")),
    "duty": frozenset((*_SHARED, "consequence")),
}
_PARTIES = frozenset(
    (
        *("compensatedParty", "compensatingParty", "consentingParty", "consentedParty"),
        *("informedParty", "informingParty", "attributedParty", "attributingParty"),
        *("contractedParty", "contractingParty", "trackedParty", "trackingParty"),
    )
)
INCLUDED_IN: dict[Name, frozenset[Name]] = {
    ODRL + action: frozenset((ODRL + parent,))
    for parent, actions in {
        "use": "acceptTracking aggregate annotate anonymize archive attribute compensate "
        "concurrentUse delete derive digitize distribute ensureExclusivity execute grantUse "
        "include index inform install modify move nextPolicy obtainConsent play present print "
        "read reproduce reviewPolicy stream synchronize textToSpeech transform translate "
        "uninstall watermark write preview export copy append secondaryUse",
        "play": "display",
        "reproduce": "extract",
        "transfer": "give sell lease lend",
        "": "use transfer",
    }.items()
    for action in actions.split()
    if parent
} | {ODRL + top: frozenset() for top in ("use", "transfer")}
"""Each action of the ODRL vocabulary and what it is included in."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison: a left operand, an operator, and what it is compared with."""

    id: Name
    left: Name | None
    operator: Name | None
    right: tuple[Term, ...]
    unit: Name | None = None
    unread: bool = False
    """Whether more is said than is read here: a right operand elsewhere, or a foreign property."""


@dataclass(frozen=True, slots=True)
class Logical:
    """Several constraints, and how they go together."""

    id: Name
    how: str
    parts: tuple[Condition, ...]


Condition = Constraint | Logical


@dataclass(frozen=True, slots=True)
class Named:
    """A party, asset or action: its name, whether it stands for its members, what narrows it."""

    name: Name
    collection: bool = False
    refinements: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A permission, prohibition, obligation or duty."""

    id: Name
    kind: str
    actions: tuple[Named, ...]
    targets: tuple[Named, ...]
    assignees: tuple[Named, ...]
    constraints: tuple[Condition, ...]
    duties: tuple[Rule, ...] = ()
    """Duties of a permission, remedies of a prohibition, consequences of a duty."""
    foreign: tuple[Name, ...] = ()
    """Properties that are not known here."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with its rules, and what about it is not known here."""

    id: Name
    rules: tuple[Rule, ...]
    conflict: str | None = None
    profiles: tuple[Name, ...] = ()
    inherits: tuple[Name, ...] = ()
    foreign: tuple[Name, ...] = ()
    proposed: bool = False
    """Whether it is an offer or a request, which nobody has agreed to yet."""


def policy_of(graph: Graph, policy: Name) -> Policy:
    """Return a policy of a graph. Targets, parties and actions of the policy itself hold for each
    of its rules that has none (section 2.7.1, compact policies)."""
    shared = {key: graph.names(policy, ODRL + key) for key in ("action", "target", "assignee")}
    above = conditions(graph, policy, "constraint")
    rules = [
        _rule(graph, rule, kind, shared, above=above)
        for kind in _KINDS
        for rule in graph.names(policy, ODRL + kind)
    ]
    conflict = graph.name(policy, ODRL + "conflict")
    return Policy(
        policy,
        tuple(rules),
        conflict.removeprefix(ODRL) if conflict else None,
        tuple(p for p in graph.names(policy, ODRL + "profile") if p not in (PROFILE, SOSIE)),
        graph.names(policy, ODRL + "inheritFrom"),
        _foreign(graph, policy, "policy"),
        proposed=any(ODRL + kind in graph.names(policy, RDF + "type") for kind in _PROPOSED),
    )


def conditions(graph: Graph, node: Name, key: str) -> tuple[Condition, ...]:
    """Return the constraints or refinements of a node.

    Raises ``BadInput`` if one leads back to itself or is made of too many.
    """
    return tuple(_condition(graph, term) for term in _bounded(graph, node, key, LOGICAL))


def _bounded(graph: Graph, node: Name, key: str, below: tuple[str, ...]) -> tuple[Term, ...]:
    """Return the values of a property once each is known to end, and to be of a size to walk."""
    found = graph.terms(node, ODRL + key)
    sizes: dict[Name, int] = {}
    if sum(_size(graph, term, below, sizes, MOST_LEVELS) for term in found) > MOST_PARTS:
        what = f"`odrl:{key}` leads back to itself, or to more than {MOST_PARTS} parts"
        raise BadInput(what, where=node, remedy="write each part once, and fewer of them")
    return found


def _size(
    graph: Graph, term: Term, below: tuple[str, ...], sizes: dict[Name, int], left: int
) -> int:
    if not isinstance(term, str):
        return 1
    if term not in sizes:
        sizes[term] = MOST_PARTS + 1  # found again below itself, it never ends
        inner = [part for key in below for part in graph.terms(term, ODRL + key)]
        if left or not inner:
            sizes[term] = 1 + sum(_size(graph, part, below, sizes, left - 1) for part in inner)
    return sizes[term]


def _rule(
    graph: Graph,
    rule: Name,
    kind: str,
    shared: Mapping[str, tuple[Name, ...]],
    *,
    above: tuple[Condition, ...] = (),
) -> Rule:
    below = {"permission": "duty", "prohibition": "remedy"}.get(kind, "consequence")
    inner = [t for t in _bounded(graph, rule, below, _DUTIES) if isinstance(t, str)]
    named = {
        key: tuple(_named(graph, name) for name in graph.names(rule, ODRL + key) or held)
        for key, held in shared.items()
    }
    return Rule(
        rule,
        kind,
        named["action"],
        named["target"],
        named["assignee"],
        (*conditions(graph, rule, "constraint"), *above),
        tuple(_rule(graph, duty, "duty", dict.fromkeys(shared, ())) for duty in inner),
        _foreign(graph, rule, kind),
    )


def _named(graph: Graph, name: Name) -> Named:
    """Return a party, asset or action; one that is narrowed names its source."""
    of = graph.name(name, RDF + "value")
    kinds = graph.names(name, RDF + "type")
    collection = any(ODRL + kind in kinds for kind in ("AssetCollection", "PartyCollection"))
    return Named(of or name, collection, conditions(graph, name, "refinement"))


def _condition(graph: Graph, term: Term) -> Condition:
    if not isinstance(term, str):
        return Constraint("_:unreadable", None, None, ())
    for how in LOGICAL:
        if parts := graph.terms(term, ODRL + how):
            return Logical(term, how, tuple(_condition(graph, part) for part in parts))
    return Constraint(
        term,
        graph.name(term, ODRL + "leftOperand"),
        graph.name(term, ODRL + "operator"),
        graph.terms(term, ODRL + "rightOperand"),
        graph.name(term, ODRL + "unit"),
        unread=bool(_foreign(graph, term, "constraint")),
    )


def _foreign(graph: Graph, node: Name, kind: str) -> tuple[Name, ...]:
    known = _KNOWN[kind] | (frozenset() if kind == "constraint" else _PARTIES)
    return tuple(
        predicate
        for predicate in graph.predicates(node)
        if predicate != RDF + "type"
        and not predicate.startswith(_METADATA)
        and not (predicate.startswith(ODRL) and predicate.removeprefix(ODRL) in known)
    )

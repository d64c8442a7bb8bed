"""Bugs to plant into the ODRL evaluator: each must be caught by the cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from sosie.core import odrl_compare, odrl_policy, odrl_report
from sosie.core.odrl_compare import ODRL, Truth, all_of, any_of, truth
from sosie.core.odrl_report import Known
from sosie.core.rdf import XSD, Literal

Plant = Callable[[pytest.MonkeyPatch], None]


def _in(module: Any, **changed: Any) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for name, value in changed.items():
            patch.setattr(module, name, value)

    return plant


def _order(name: str, asks: Callable[[int], bool]) -> Plant:
    return lambda patch: patch.setitem(odrl_compare._ORDERS, name, asks)


def _around(module: Any, name: str, change: Callable[..., Any]) -> Plant:
    """Replace a function by one that is handed it first."""
    inner = getattr(module, name)
    return _in(module, **{name: lambda *a, **k: change(inner, *a, **k)})


def _without(field: str) -> Plant:
    """Let every rule say nothing in one of its fields."""
    return _around(
        odrl_policy, "_rule", lambda inner, *a, **k: replace(inner(*a, **k), **{field: ()})
    )


def _duty_as(before: Truth, after: Truth) -> Plant:
    def change(inner: Any, *a: Any) -> Any:
        found = inner(*a)
        return replace(found, truth=after) if found.truth is before else found

    return _around(odrl_report, "_duty", change)


def _joins(how: str, joined: Callable[[list[Truth]], Truth]) -> Plant:
    def change(inner: Any, said: str, parts: Any) -> Truth:
        return joined([p.truth for p in parts]) if said == how else inner(said, parts)

    return _around(odrl_report, "_joined", change)


def _relation(name: str, asks: Callable[..., Truth]) -> Plant:
    def change(
        inner: Any, left: Any, operator: str, right: Any, kinds: Any, *, every: bool
    ) -> Truth:
        if operator.endswith(name):
            return asks(left, right, kinds)
        return inner(left, operator, right, kinds, every=every)  # type: ignore[no-any-return]

    return _around(odrl_report, "satisfied", change)


def _every(value: bool) -> Plant:
    return _around(odrl_report, "satisfied", lambda inner, *a, every: inner(*a, every=value))


def _with_unit_of_fact(inner: Any, constraint: Any, request: Any, world: Any) -> Any:
    fact = world.facts.get(constraint.left) or request.facts.get(constraint.left)
    return inner(replace(constraint, unit=fact.unit if fact else None), request, world)


def _world_wins(inner: Any, constraint: Any, request: Any, world: Any) -> Any:
    facts = {k: v for k, v in request.facts.items() if k not in world.facts or k.endswith("count")}
    return inner(constraint, replace(request, facts=facts), world)


def _one_step(name: str, above: Any) -> frozenset[str]:
    return frozenset(above.get(name, ()))


def _as_known(inner: Any, asked: Any, named: str, world: Any, *, every: bool) -> Any:
    known = replace(world, actions={asked: frozenset(), **world.actions})
    return inner(asked, named, known, every=every)


BUGS: dict[str, Plant] = {
    "or as and": _joins("or", all_of),
    "and as or": _joins("and", any_of),
    "xone as or": _joins("xone", any_of),
    "andSequence as and": _joins("andSequence", all_of),
    "lteq as lt": _order("lteq", lambda sign: sign < 0),
    "gteq as gt": _order("gteq", lambda sign: sign > 0),
    "lt as lteq": _order("lt", lambda sign: sign <= 0),
    "gt as gteq": _order("gt", lambda sign: sign >= 0),
    "eq as neq": _order("eq", lambda sign: sign != 0),
    "neq as eq": _order("neq", lambda sign: sign == 0),
    "eq always": _order("eq", lambda sign: True),
    "isAnyOf holds always": _relation("isAnyOf", lambda *_: Truth.SATISFIED),
    "isNoneOf holds always": _relation("isNoneOf", lambda *_: Truth.SATISFIED),
    "isPartOf holds always": _relation("isPartOf", lambda *_: Truth.SATISFIED),
    "isPartOf as eq": _relation("isPartOf", lambda left, r, _: truth(set(left) <= set(r))),
    "hasPart holds always": _relation("hasPart", lambda *_: Truth.SATISFIED),
    "isA holds always": _relation("isA", lambda *_: Truth.SATISFIED),
    "isAllOf as a superset": _relation(
        "isAllOf", lambda left, r, _: truth(set(r) <= set(left))
    ),
    "isAllOf as isAnyOf": _relation(
        "isAllOf", lambda left, r, _: truth(bool(set(r) & set(left)))
    ),
    "one value of several is enough": _every(False),
    "a prohibition asks for all values": _every(True),
    "membership in one step": _in(odrl_compare, ancestors=_one_step),
    "actions and members in one step": _in(odrl_report, ancestors=_one_step),
    "no members, no included actions": _in(odrl_report, ancestors=lambda *_: frozenset()),
    "unknown as satisfied": _around(
        odrl_compare, "truth", lambda inner, value: inner(True if value is None else value)
    ),
    "unknown as unsatisfied": _around(
        odrl_compare, "truth", lambda inner, value: inner(bool(value))
    ),
    "an unknown party or act as unsatisfied": _around(
        odrl_report, "truth", lambda inner, value: inner(bool(value))
    ),
    "an unknown party or act as satisfied": _around(
        odrl_report, "truth", lambda inner, value: inner(True if value is None else value)
    ),
    "the request is not counted": _around(
        odrl_report, "_count", lambda inner, there, here: there.values if there else None
    ),
    "one is counted, however many are asked for": _around(
        odrl_report, "_count", lambda inner, there, here: inner(there, None)
    ),
    "what nobody counted is none": _around(
        odrl_report,
        "_count",
        lambda inner, there, here: inner(
            there or Known((Literal("0", XSD + "integer"),)), here
        ),
    ),
    "an unknown duty is fulfilled": _duty_as(Truth.UNKNOWN, Truth.SATISFIED),
    "an unknown duty is violated": _duty_as(Truth.UNKNOWN, Truth.UNSATISFIED),
    "a violated duty is unknown": _duty_as(Truth.UNSATISFIED, Truth.UNKNOWN),
    "no duty is looked at": _without("duties"),
    "the last of two reports wins": _around(
        odrl_report, "_state", lambda inner, reported: inner(reported[-1:])
    ),
    "only the deontic state is read": _around(
        odrl_report, "_of_one", lambda inner, state: inner(replace(state, performance=None))
    ),
    "reports that are not included count": _around(
        odrl_report,
        "_duties",
        lambda inner, graph, included: inner(
            graph, graph.of_kind(odrl_report.REPORT + "DutyReport")
        ),
    ),
    "no prohibition counts": _in(odrl_report, _against=lambda report: ()),
    "an unknown prohibition does not count": _around(
        odrl_report,
        "_against",
        lambda inner, report: inner(report) if report.holds is not Truth.UNKNOWN else (),
    ),
    "a wider request is not forbidden in part": _around(
        odrl_report, "_included", lambda inner, *a, every: inner(*a, every=True)
    ),
    "units are not compared": _around(odrl_report, "_known", _with_unit_of_fact),
    "the world overrules the request": _around(odrl_report, "_known", _world_wins),
    "foreign properties are ignored": _in(odrl_policy, _foreign=lambda *_: ()),
    "refinements are ignored": _in(odrl_policy, conditions=lambda *_: ()),
    "constraints are ignored": _without("constraints"),
    "targets are ignored": _without("targets"),
    "assignees are ignored": _without("assignees"),
    "actions are ignored": _without("actions"),
    "a day without a zone lies in UTC": _in(odrl_compare, _ZONES=(UTC,)),
    "an incomplete permission grants": _in(
        odrl_report, _grants=lambda report: report.holds is Truth.SATISFIED
    ),
    "an offer grants": _around(
        odrl_report, "policy_of", lambda inner, *a: replace(inner(*a), proposed=False)
    ),
    "profiles and parents are ignored": _in(odrl_report, _of_policy=lambda policy: ()),
    "obligations are ignored": _in(odrl_report, _of_obligations=lambda duties: ()),
    "only one request is judged": _around(
        odrl_report, "_requests", lambda inner, *a: inner(*a)[:1]
    ),
    "no permission is needed": _in(odrl_report, _reasons=lambda reports: ()),
    "every action is known": _around(odrl_report, "_included", _as_known),
    "facts with any operator": _around(
        odrl_report,
        "_facts",
        lambda inner, graph, nodes: {
            left: Known(graph.terms(node, ODRL + "rightOperand"), known.unit)
            if known.values is None
            else known
            for node in nodes
            for left, known in inner(graph, [node]).items()
        },
    ),
    "a group by any name has members": _around(
        odrl_policy, "_named", lambda inner, *a: replace(inner(*a), collection=True)
    ),
    "the conflict strategy is ignored": _around(
        odrl_report,
        "_by_odrl",
        lambda inner, policy, reports: inner(replace(policy, conflict=None), reports),
    ),
}  # fmt: skip


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Plant one bug for a while."""
    with pytest.MonkeyPatch.context() as patch:
        BUGS[name](patch)
        yield

"""Comparing what is known with what an ODRL constraint asks: satisfied, unsatisfied or unknown.

ODRL Information Model 2.2, section 2.5 (constraints), and ODRL Vocabulary 2.2, "Constraint
Operators". What cannot be compared for certain is unknown, never false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from sosie.core.rdf import XSD, Literal, Name, Term

ODRL = "http://www.w3.org/ns/odrl/2/"


class Truth(StrEnum):
    """Whether a premise holds."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    UNKNOWN = "unknown"


def truth(value: bool | None) -> Truth:
    """Return the truth that a bool says; ``None`` is unknown."""
    if value is None:
        return Truth.UNKNOWN
    return Truth.SATISFIED if value else Truth.UNSATISFIED


def all_of(parts: Iterable[Truth]) -> Truth:
    """Return whether all hold: one that does not decides, then one that is unknown."""
    held = set(parts)
    for decides in (Truth.UNSATISFIED, Truth.UNKNOWN):
        if decides in held:
            return decides
    return Truth.SATISFIED


def any_of(parts: Iterable[Truth]) -> Truth:
    """Return whether any holds: one that does decides, then one that is unknown."""
    held = set(parts)
    for decides in (Truth.SATISFIED, Truth.UNKNOWN):
        if decides in held:
            return decides
    return Truth.UNSATISFIED


def one_of(parts: Iterable[Truth]) -> Truth:
    """Return whether exactly one holds."""
    held = list(parts)
    count = held.count(Truth.SATISFIED)
    if count > 1:
        return Truth.UNSATISFIED
    if Truth.UNKNOWN in held:
        return Truth.UNKNOWN
    return truth(count == 1)


def none_of(parts: Iterable[Truth]) -> Truth:
    """Return whether none holds."""
    turned = {Truth.SATISFIED: Truth.UNSATISFIED, Truth.UNSATISFIED: Truth.SATISFIED}
    found = any_of(parts)
    return turned.get(found, found)


class Kinds:
    """What belongs to what: parts and classes, as the graphs state them."""

    def __init__(
        self, parts: Mapping[Name, frozenset[Name]], kinds: Mapping[Name, frozenset[Name]]
    ) -> None:
        self._parts, self._kinds = parts, kinds

    def part(self, inner: Term, outer: Term) -> Truth:
        """Return whether one thing is the other or, step by step, a part of it.

        Of a thing of which nothing is stated at all, it is unknown.
        """
        return _within(inner, outer, self._parts)

    def kind(self, thing: Term, of: Term) -> Truth:
        """Return whether a thing is of a class, or of one below it."""
        return _within(thing, of, self._kinds)


def _within(inner: Term, outer: Term, above: Mapping[Name, frozenset[Name]]) -> Truth:
    if isinstance(inner, Literal) or isinstance(outer, Literal):
        return equal(inner, outer)
    if inner == outer or outer in ancestors(inner, above):
        return Truth.SATISFIED
    return truth(False if inner in above else None)


def ancestors(name: Name, above: Mapping[Name, frozenset[Name]]) -> frozenset[Name]:
    """Return everything that a name is below, step by step."""
    found: set[Name] = set()
    todo = [name]
    while todo:
        for parent in above.get(todo.pop(), ()):
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return frozenset(found)


def satisfied(
    left: tuple[Term, ...], operator: Name, right: tuple[Term, ...], kinds: Kinds, *, every: bool
) -> Truth:
    """Return whether values stand in a relation to the right operand.

    ``every`` asks it of each value (a permission: all of what is done must be permitted); else
    one value is enough (a prohibition: nothing of what is done may be forbidden).
    """
    name = operator.removeprefix(ODRL)
    over = all_of if every else any_of
    if name in _ORDERS:
        if len(right) != 1:
            return Truth.UNKNOWN
        return over(_ordered(value, name, right[0]) for value in left)
    match name:
        case "isAnyOf":
            return over(any_of(equal(value, r) for r in right) for value in left)
        case "isNoneOf":
            return over(none_of(equal(value, r) for r in right) for value in left)
        case "isA":
            return over(any_of(kinds.kind(value, r) for r in right) for value in left)
        case "isPartOf":
            return over(any_of(kinds.part(value, r) for r in right) for value in left)
        case "hasPart":
            return all_of(any_of(kinds.part(r, value) for value in left) for r in right)
        case "isAllOf":
            return _all_of_right(left, right)
        case _:
            return Truth.UNKNOWN


def _all_of_right(left: tuple[Term, ...], right: tuple[Term, ...]) -> Truth:
    """Return whether the values are all of the right ones; more than these reads both ways."""
    covered = all_of(any_of(equal(value, r) for value in left) for r in right)
    within = all_of(any_of(equal(value, r) for r in right) for value in left)
    if covered is Truth.SATISFIED and within is Truth.UNSATISFIED:
        return Truth.UNKNOWN
    return covered if covered is not Truth.SATISFIED else within


def equal(one: Term, other: Term) -> Truth:
    """Return whether two terms are the same value."""
    if isinstance(one, str) and isinstance(other, str):
        return truth(one == other)
    return _ordered(one, "eq", other)


_ORDERS: Mapping[str, Callable[[int], bool]] = {
    "eq": lambda sign: sign == 0,
    "neq": lambda sign: sign != 0,
    "lt": lambda sign: sign < 0,
    "lteq": lambda sign: sign <= 0,
    "gt": lambda sign: sign > 0,
    "gteq": lambda sign: sign >= 0,
}
_NUMBERS = frozenset(
    (
        *("integer", "decimal", "double", "float", "int", "long", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong"),
    )
)
_PLAIN = (XSD + "string", XSD + "anyURI", XSD + "boolean")
_ZONES = tuple(timezone(timedelta(hours=hours)) for hours in (-12, 14))
"""The first and the last zone in which a day without one can lie."""


def _ordered(left: Term, name: str, right: Term) -> Truth:
    asks = _ORDERS[name]
    if isinstance(left, str) or isinstance(right, str):
        both = isinstance(left, str) and isinstance(right, str) and name in ("eq", "neq")
        return truth(asks(0 if left == right else 1) if both else None)
    signs = _signs(left, right)
    found = {asks(sign) for sign in signs}
    return truth(found.pop() if len(found) == 1 else None)


def _signs(left: Literal, right: Literal) -> set[int]:
    """Return how two literals may lie to each other (-1, 0, 1): none if they cannot be compared,
    several if it depends on a time zone that is not said."""
    if left.datatype == right.datatype and left.datatype in _PLAIN:
        return {_sign(left.text, right.text)}
    numbers = _number(left), _number(right)
    if numbers[0] is not None and numbers[1] is not None:
        return {_sign(numbers[0], numbers[1])}
    signs: set[int] = set()
    for zone in _ZONES:
        one, other = _span(left, zone), _span(right, zone)
        if one is None or other is None:
            return {0} if left == right else set()
        signs.add(_place(one, other))
    return signs


def _place(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> int:
    """Return where one span of time lies to another: before, within, after."""
    if one[0] < other[0] and one[1] <= other[0]:
        return -1
    return 1 if other[0] < one[0] and other[1] <= one[0] else 0


def _sign(one: str | Decimal, other: str | Decimal) -> int:
    return (one > other) - (one < other)  # type: ignore[operator]


def _number(value: Literal) -> Decimal | None:
    if value.datatype.removeprefix(XSD) not in _NUMBERS:
        return None
    try:
        found = Decimal(value.text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _span(value: Literal, zone: timezone) -> tuple[datetime, datetime] | None:
    """Return the first instant of a time and the first after it (the same for a point in time)."""
    text = value.text.strip()
    try:
        if value.datatype == XSD + "date":
            day = datetime.combine(date.fromisoformat(text[:10]), datetime.min.time(), zone)
            if text[10:]:
                day = datetime.fromisoformat(f"{text[:10]}T00:00:00{text[10:]}")
            return day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC)
        if value.datatype == XSD + "dateTime":
            at = datetime.fromisoformat(text)
            at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
            return at, at
    except (ValueError, OverflowError):
        return None
    return None

"""Whether a legal order reaches some facts: by its people, or by whom pictures are shown to.

Laws on agencies, contracts and data reach those who live, are or work somewhere; laws on what is
shown reach an audience. That publication alone brings a law on people to bear was found nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sosie.core.law.facts import Facts
from sosie.core.law.rule import Nexus, Order, Reach
from sosie.core.territories import expand

_STATES: Mapping[Order, str] = MappingProxyType(
    {
        Order.NEW_YORK: "US-NY",
        Order.CALIFORNIA: "US-CA",
        Order.ILLINOIS: "US-IL",
        Order.TENNESSEE: "US-TN",
    }
)
_COUNTRIES: Mapping[Order, str] = MappingProxyType(
    {Order.EUROPEAN_UNION: "EEA", Order.UNITED_KINGDOM: "GB"}
)


def nexus(order: Order, facts: Facts, reach: Reach = Reach.EITHER) -> Nexus:
    """Return whether a legal order reaches some facts, and why; ``None`` where they do not tell.

    No authority was found on parties from elsewhere: where a place is unknown, so is the answer.
    """
    if order is Order.HOUSE:
        return Nexus(True, "house policy holds everywhere")
    if order is Order.NORMS:
        return Nexus(False, "a norm of unions or industry, no law")
    found = []
    if reach is not Reach.AUDIENCE:
        found.append(_people(order, facts))
    if reach is not Reach.PEOPLE:
        found.append(_audience(order, facts))
    for wanted in (True, None):
        for one in found:
            if one.applies is wanted:
                return one
    return found[0]


def _people(order: Order, facts: Facts) -> Nexus:
    """Return whether somebody lives, is or works where an order holds."""
    places = facts.places
    named = {
        "the model lives": places.model_lives,
        "the brand is": places.brand_in,
        "the work is done": places.work_in,
    }
    if facts.agency_takes_part is not False:
        named["the agency is"] = places.agency_in
    holds, told = _tests(order)
    for who, place in named.items():
        if place is not None and holds(place):
            return Nexus(True, f"{order.title} applies: {who} in `{place}`")
    for who, place in named.items():
        if not told(place):
            return Nexus(None, f"whether {order.title} applies is unknown: say where {who}")
    return Nexus(False, f"{order.title} does not apply: nobody is there or acts for it")


def _tests(order: Order) -> tuple[Callable[[str], bool], Callable[[str | None], bool]]:
    """Return the tests that a place lies in an order, and that a place is told well enough."""
    state = _STATES.get(order)
    if state is not None:
        return (lambda place: place == state), _says_which_state
    reached = expand((_COUNTRIES[order],))
    return (lambda place: place[:2] in reached), (lambda place: place is not None)


def _audience(order: Order, facts: Facts) -> Nexus:
    """Return whether pictures are shown where an order holds; in a country, in all its states."""
    published = facts.places.published_in
    if published is None:
        text = f"whether {order.title} applies is unknown: say where it is published"
        return Nexus(None, text)
    state = _STATES.get(order)
    shown = expand(code for code in published if "-" not in code)
    if state is not None:
        reached = state in published or "US" in shown
    else:
        group = expand((_COUNTRIES[order],))
        reached = any(code[:2] in group for code in (*shown, *(c for c in published if "-" in c)))
    if reached:
        return Nexus(True, f"{order.title} applies: it is published there")
    return Nexus(False, f"{order.title} does not apply: it is not published there")


def _says_which_state(place: str | None) -> bool:
    return place is not None and bool(
        re.fullmatch(r"US-[A-Z]{2}|(?!US)[A-Z]{2}(-[A-Z0-9]{1,3})?", place)
    )

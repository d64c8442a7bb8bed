"""Whether a legal order reaches some facts: where people live and work, where it is published."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sosie.core.law.facts import Facts
from sosie.core.law.rule import Nexus
from sosie.core.territories import expand


def american_state(code: str, name: str, facts: Facts) -> Nexus:
    """Return whether a state of the United States applies (``code`` as ``US-CA``): somebody lives,
    is or works there, or it is published there.

    No authority was found on parties from elsewhere: where a place is unknown, so is the answer.
    """
    named = _named(facts)
    for who, place in named.items():
        if place == code:
            return Nexus(True, f"{name} applies: {who} in {name}")
    if code in (facts.places.published_in or ()):
        return Nexus(True, f"{name} applies: it is published in {name}")
    unknown = [who for who, place in named.items() if not _says_which_state(place)]
    if unknown:
        return Nexus(None, f"whether {name} applies is unknown: say where {unknown[0]}")
    return Nexus(False, f"{name} does not apply: nobody is in {name} or acts for it")


def countries(group: str, name: str, facts: Facts) -> Nexus:
    """Return whether the law of a country or group of countries applies (``group`` as ``EEA``):
    the model lives there, brand or agency is there, or it is published there."""
    reached, named = expand((group,)), _named(facts)
    for who, place in named.items():
        if place is not None and place[:2] in reached:
            return Nexus(True, f"{name} applies: {who} in `{place}`")
    published = facts.places.published_in
    shown = expand(re.sub("-.*", "", code) for code in published or ()) & reached
    if shown:
        return Nexus(True, f"{name} applies: it is published in `{min(shown)}`")
    unknown = [who for who, place in named.items() if place is None]
    if unknown:
        return Nexus(None, f"whether {name} applies is unknown: say where {unknown[0]}")
    if published is None:
        return Nexus(None, f"whether {name} applies is unknown: say where it is published")
    return Nexus(False, f"{name} does not apply: nobody is there, and it is not published there")


def _named(facts: Facts) -> Mapping[str, str | None]:
    places = facts.places
    named = {
        "the model lives": places.model_lives,
        "the brand is": places.brand_in,
        "the work is done": places.work_in,
    }
    if facts.agency_takes_part is not False:
        named["the agency is"] = places.agency_in
    return named


def _says_which_state(place: str | None) -> bool:
    return place is not None and bool(
        re.fullmatch(r"US-[A-Z]{2}|(?!US)[A-Z]{2}(-[A-Z0-9]{1,3})?", place)
    )

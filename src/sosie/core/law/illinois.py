"""Illinois: when a provision on a digital replica is void (R27)."""

from __future__ import annotations

from datetime import date

from sosie.core.law.answers import answer
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.new_york.contracts import void
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Rule

IN_FORCE = date(2025, 1, 1)


_VOID = void(IN_FORCE, lambda said: said.made_on)


def _authorized(facts: Facts) -> tuple[Answer, ...]:
    """Say whether the provision stands, and for a publication whether she authorized it."""
    found = _VOID(facts)
    if facts.act is not Trigger.PUBLISH:
        return found
    given = None if facts.consent is None else facts.consent.given
    broken = "she did not authorize its distribution: it is barred"
    return (*found, answer(given, broken, "she authorized its distribution"))


RULES: tuple[Rule, ...] = (
    Rule(
        id="R27",
        order=Order.ILLINOIS,
        statement="A provision on a replica is void when three conditions of Illinois are met",
        triggers=(Trigger.SIGN_CONSENT, Trigger.PUBLISH),
        owed_by="brand",
        owed_to="model",
        outcome=Effect.REFUSE,
        citation="Illinois Public Acts 103-0830, 103-0836",
        source="https://www.ilga.gov",
        in_force_from=IN_FORCE,
        checked_on=date(2026, 9, 22),
        confidence=Confidence.SECONDARY,
        test=_authorized,
        note="the statutes were not read; 2025-01-01 is the day of 103-0836, 103-0830 is of 2024",
    ),
)
"""Every rule of Illinois."""

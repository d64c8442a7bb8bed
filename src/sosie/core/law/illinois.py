"""Illinois: when a provision on a digital replica is void (R27)."""

from __future__ import annotations

from datetime import date

from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.new_york.contracts import void
from sosie.core.law.nexus import american_state
from sosie.core.law.rule import Confidence, Effect, Nexus, Order, Rule

IN_FORCE = date(2025, 1, 1)


def nexus(facts: Facts) -> Nexus:
    """Return whether a party lives in, is in or acts for Illinois, or it is published there."""
    return american_state("US-IL", "Illinois", facts)


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
        test=void(IN_FORCE, lambda said: said.made_on),
        note="the statutes were not read; distribution without authority is barred besides",
    ),
)
"""Every rule of Illinois."""

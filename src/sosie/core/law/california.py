"""California: when a provision on a digital replica is void (R26)."""

from __future__ import annotations

from datetime import date

from sosie.core.law.facts import Trigger
from sosie.core.law.new_york.contracts import void
from sosie.core.law.rule import Confidence, Effect, Order, Rule

IN_FORCE = date(2025, 1, 1)


RULES: tuple[Rule, ...] = (
    Rule(
        id="R26",
        order=Order.CALIFORNIA,
        statement="A provision on a replica is void when three conditions of California are met",
        triggers=(Trigger.SIGN_CONSENT,),
        owed_by="brand",
        owed_to="model",
        outcome=Effect.REFUSE,
        citation="California Labor Code § 927",
        source="https://leginfo.legislature.ca.gov",
        in_force_from=IN_FORCE,
        checked_on=date(2026, 9, 22),
        confidence=Confidence.TEXT_READ,
        test=void(IN_FORCE, lambda said: said.fixed_on, "the performance is fixed on"),
        note="what counts is the day on which the new performance is fixed",
    ),
)
"""Every rule of California."""

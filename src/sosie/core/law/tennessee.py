"""Tennessee: who makes an identifiable person must have her authorization (R28, ELVIS Act)."""

from __future__ import annotations

from datetime import date

from sosie.core.law.answers import answer, unknown
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Rule


def _authorized(facts: Facts) -> tuple[Answer, ...]:
    if facts.advertisement.recognizable is False:
        return (Answer(True, "nobody is identifiable in it"),)
    if facts.consent is None:
        return unknown("whether she authorized it")
    broken = "she did not authorize it: verify her authorization before anything is made"
    return (answer(facts.consent.given, broken, "her authorization was verified"),)


RULES: tuple[Rule, ...] = (
    Rule(
        id="R28",
        order=Order.TENNESSEE,
        statement="An identifiable person is produced only with a verified authorization",
        triggers=(Trigger.GENERATE,),
        owed_by="Sosie, brand",
        owed_to="model",
        outcome=Effect.REFUSE,
        citation="Tennessee Code § 47-25-1105",
        source="https://www.tn.gov",
        in_force_from=date(2024, 7, 1),
        checked_on=date(2026, 9, 22),
        confidence=Confidence.SECONDARY,
        test=_authorized,
        house_policy=True,
        note="the statute was not read",
    ),
)
"""Every rule of Tennessee."""

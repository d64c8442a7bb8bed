"""The law as data: one table of dated, cited rules per legal order, and what they find.

Three separate answers for each rule: does it apply, is it in force, is it kept. A rule that
breaks answers nothing (``kept`` is ``None``) and says so. None of this is legal advice.
"""

from __future__ import annotations

from sosie.core.law.facts import (
    Capacity,
    Consent,
    Facts,
    Places,
    PowerOfAttorney,
    Representation,
    Signature,
    Trigger,
)
from sosie.core.law.rule import Answer, Confidence, Effect, Finding, Order, Rule
from sosie.core.terms import Terms

__all__ = [
    "NOT_ADVICE",
    "RULES",
    "Answer",
    "Capacity",
    "Confidence",
    "Consent",
    "Effect",
    "Facts",
    "Finding",
    "Order",
    "Places",
    "PowerOfAttorney",
    "Representation",
    "Rule",
    "Signature",
    "Trigger",
    "check",
    "findings",
]

NOT_ADVICE = "Sosie states rules and their sources; it gives no legal advice"
RULES: tuple[Rule, ...] = ()
"""Every rule of every order, in the order of their ids."""


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return what every rule says of some facts, in the order of rule ids."""
    raise NotImplementedError


def check(terms: Terms, facts: Facts | None = None) -> tuple[Finding, ...]:
    """Return what stands against some terms: broken rules and missing fields, one finding each."""
    raise NotImplementedError

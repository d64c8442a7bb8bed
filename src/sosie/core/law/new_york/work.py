"""New York, the work itself: R42 to R45 (sections 1034(2) and (4), 1037(1) to (6) of the Fashion
Workers Act, Civil Rights Law § 52-c(3)); a capture session is work."""

from __future__ import annotations

from decimal import Decimal

from sosie.core.law.answers import answer, must, unknown
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.new_york.shared import client_rule
from sosie.core.law.rule import Answer, Confidence, Effect, Rule

OVERTIME_AFTER = Decimal(8)
"""Hours in any 24."""
OVERTIME_RATE = Decimal("1.5")
MEAL_MINUTES = 30
REVIEW_DAYS = 3
"""Business days to review an agreement on nude or explicit material."""


def least_pay(hours: Decimal, hourly: Decimal) -> Decimal:
    """Return the least pay for hours that lie in one span of 24: overtime at 1.5 after eight."""
    over = max(hours - OVERTIME_AFTER, Decimal(0))
    return (hours - over) * hourly + over * hourly * OVERTIME_RATE


def _overtime(facts: Facts) -> tuple[Answer, ...]:
    session = facts.session
    if session.hours is None:
        return unknown("how long the session was")
    found: list[Answer] = []
    if session.hourly is None or session.paid is None:
        found += unknown("what was paid for the session")
    else:
        least = least_pay(session.hours, session.hourly)
        broken = f"{session.paid} were paid for {session.hours} hours: at least {least} are owed"
        found.append(answer(session.paid >= least, broken, f"at least {least} were paid"))
    if session.hours > OVERTIME_AFTER:
        meal = session.meal_minutes
        kept = None if meal is None else meal >= MEAL_MINUTES
        broken = f"a session over eight hours has a meal break of {MEAL_MINUTES} minutes: give it"
        found.append(answer(kept, broken, "there was a meal break"))
    return tuple(found)


def _explicit(facts: Facts) -> tuple[Answer, ...]:
    content = facts.content
    if content.nude is None:
        return unknown("whether it is nude or sexually explicit")
    if not content.nude:
        return (Answer(True, "it is neither nude nor sexually explicit"),)
    if content.own_agreement is None:
        return unknown("whether an agreement of its own covers it")
    if not content.own_agreement:
        text = "nude or explicit pictures need a signed agreement of their own: none is recorded"
        return (Answer(False, text),)
    if content.representative_approved:
        return (Answer(True, "an agreement of its own covers it, approved by a representative"),)
    if content.review_days is None:
        return unknown("how long she could review the agreement")
    broken = f"she had {content.review_days} business days to review it: give her {REVIEW_DAYS}"
    fine = f"she had at least {REVIEW_DAYS} business days to review the agreement"
    return (answer(content.review_days >= REVIEW_DAYS, broken, fine),)


RULES: tuple[Rule, ...] = (
    client_rule(
        id="R42",
        statement="Over eight hours in any 24 earn 1.5 times the hourly rate, with a meal break",
        triggers=(Trigger.CAPTURE_SESSION, Trigger.PAY),
        citation="New York Labor Law § 1037(1)-(2)",
        test=_overtime,
    ),
    client_rule(
        id="R43",
        statement="A policy against abuse and harassment is in her hands before the work",
        triggers=(Trigger.CAPTURE_SESSION, Trigger.ONBOARD_AGENCY),
        owed_by="agency, brand",
        citation="New York Labor Law §§ 1034(2), 1037(3)",
        test=must(
            (
                "session.policy_given",
                "no written policy against abuse and harassment was given to her: hand it over",
                "the policy against abuse and harassment was given to her",
            )
        ),
        note="section 1034(2) was read as amended: at least the minimum of existing law",
    ),
    client_rule(
        id="R44",
        statement="She may bring somebody along, and the client is insured for her",
        triggers=(Trigger.CAPTURE_SESSION,),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law § 1037(5)-(6)",
        test=must(
            (
                "session.companion_allowed",
                "she may not bring anybody along: let her",
                "she may bring an agent, manager, chaperone or other representative",
            ),
            (
                "session.insured",
                "the client shows no liability insurance for her health and safety: get it",
                "the client is insured for her health and safety",
            ),
        ),
    ),
    client_rule(
        id="R45",
        statement="Nude or explicit pictures are refused without an agreement of their own",
        triggers=(Trigger.GENERATE, Trigger.CAPTURE_SESSION),
        owed_by="agency, brand",
        citation="New York Labor Law §§ 1034(4), 1037(4); Civil Rights Law § 52-c(3)",
        confidence=Confidence.FROM_KNOWLEDGE,
        test=_explicit,
        house_policy=True,
        note="the form of the agreement was not read; Sosie licenses no such pictures at all (H06)",
    ),
)

"""New York, the papers of a job: R30 to R33 and R36 (sections 1031, 1034(5) of the Fashion Workers
Act)."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sosie.core.law.answers import answer, by, unknown
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.new_york.shared import FAQ, GUIDANCE, agency_rule, client_rule
from sosie.core.law.rule import Answer, Confidence, Effect, Rule

FINAL_AGREEMENT_DAYS = 7
_FORTY_FIVE = re.compile(r"\b(45|forty[- ]five)\W+days?\b", re.IGNORECASE)
_LAW = re.compile(r"\b(law|act|statut\w*|legal\w*|section)\b|§", re.IGNORECASE)
_DENIED = re.compile(r"\b(no|not|never|nothing)\b", re.IGNORECASE)


def _deal_memo(facts: Facts) -> tuple[Answer, ...]:
    terms = facts.terms
    if terms is None:
        return unknown("the deal memo")
    term_stated = terms.pay is not None and terms.pay.payment_term_days is not None
    needed = (
        ("scope", "scope of work", bool(terms.scope.strip())),
        ("pay", "rate of pay", terms.pay is not None),
        ("pay.payment_term_days", "payment term", term_stated),
        ("purposes", "usages", bool(terms.purposes)),
        ("incurred_expenses", "incurred expenses", terms.incurred_expenses is not None),
        ("expectations", "expectations of the model", bool(terms.expectations.strip())),
    )
    missing = tuple(
        Answer(False, f"the deal memo lacks the {what}: add `{field}`", field)
        for field, what, there in needed
        if not there
    )
    return missing or (Answer(True, "the deal memo holds its six key components"),)


def _language(facts: Facts) -> tuple[Answer, ...]:
    papers = facts.papers
    if papers.language_asked is None or papers.language is None:
        return unknown("the language of the papers, or the one that the model asked for")
    kept = papers.language == papers.language_asked
    broken = f"the papers are in `{papers.language}`: she asked for `{papers.language_asked}`"
    return (answer(kept, broken, "the papers are in the language that she asked for"),)


def _memo_first(facts: Facts) -> tuple[Answer, ...]:
    papers = facts.papers
    if papers.memo_delivered is False:
        return (Answer(False, "no deal memo was delivered to her: deliver it before any work"),)
    if papers.memo_delivered_at is None:
        return unknown("whether the deal memo was delivered")
    if papers.memo_accepted is False:
        return (Answer(False, "she has not accepted the deal memo: no work before she does"),)
    if papers.memo_accepted_at is None:
        return unknown("whether she accepted the deal memo")
    if papers.work_starts is None:
        return unknown("when the work starts")
    kept = papers.memo_delivered_at <= papers.memo_accepted_at < papers.work_starts
    broken = f"the work started before she accepted the deal memo ({papers.memo_accepted_at})"
    return (answer(kept, broken, "she accepted the deal memo before the work"),)


def _final_copy(facts: Facts) -> tuple[Answer, ...]:
    ended: date | None = facts.papers.booking_ended_on
    if ended is None:
        return unknown("when the booking ended")
    due = ended + timedelta(days=FINAL_AGREEMENT_DAYS)
    return (by(due, facts.papers.copy_delivered_on, facts.on, "her copy of the final agreement"),)


def _no_forty_five(facts: Facts) -> tuple[Answer, ...]:
    message = facts.papers.message
    if message is None:
        return unknown("the message")
    claims = _FORTY_FIVE.search(message) and _LAW.search(message)
    kept = not claims or _DENIED.search(message) is not None
    broken = "the message says that a law sets 45 days: name the term of the deal memo instead"
    return (answer(kept, broken, "no payment time is ascribed to the law"),)


RULES: tuple[Rule, ...] = (
    client_rule(
        id="R30",
        statement=(
            "A deal memo holds scope of work, rate of pay, payment term, usages, incurred"
            " expenses and expectations of the model, in plain language"
        ),
        triggers=(Trigger.DEAL_MEMO,),
        owed_by="agency",
        citation="New York Labor Law § 1031 (deal memo)",
        test=_deal_memo,
        house_policy=True,
        terms_of_art=("deal memo",),
    ),
    agency_rule(
        id="R31",
        statement="Deal memo and final agreement are in the language that the model asked for",
        triggers=(Trigger.DEAL_MEMO,),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law §§ 1031 (deal memo), 1034(5)",
        confidence=Confidence.SECONDARY,
        test=_language,
        needs_agency=False,
        house_policy=True,
        note="for the final agreement " + GUIDANCE,
    ),
    agency_rule(
        id="R32",
        statement="The deal memo is delivered to the model and accepted by her before any work",
        triggers=(Trigger.GENERATE, Trigger.CAPTURE_SESSION),
        citation="New York Labor Law § 1034(5)(a)",
        source=FAQ,
        confidence=Confidence.GUIDANCE_READ,
        test=_memo_first,
        note="the law says as soon as reasonably practical before the services start",
    ),
    agency_rule(
        id="R33",
        statement="The model has the final agreement within seven days of the end of the booking",
        triggers=(Trigger.TERMINATE, Trigger.DEAL_MEMO),
        outcome=Effect.DEADLINE,
        citation="New York Labor Law § 1034(5)(b)",
        source=FAQ,
        confidence=Confidence.SECONDARY,
        test=_final_copy,
        note="the seven days are " + GUIDANCE,
    ),
    client_rule(
        id="R36",
        statement="Nobody is told that a law sets 45 days for payment: it does not",
        triggers=(Trigger.PAY, Trigger.STATEMENT, Trigger.DEAL_MEMO),
        owed_by="Sosie",
        outcome=Effect.WARN,
        citation="absence from bill S9832, which was read whole",
        source="https://www.nysenate.gov/legislation/bills/2023/S9832",
        in_force_from=None,
        norm=True,
        confidence=Confidence.TEXT_READ,
        test=_no_forty_five,
        house_policy=True,
        note="payment is due on the term that the deal memo states (R35)",
    ),
)

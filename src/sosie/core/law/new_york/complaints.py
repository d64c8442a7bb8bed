"""New York, complaints and what protects those who complain: R60 to R65 (sections 1035(8), 1038 of
the Fashion Workers Act)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sosie.core.law.answers import answer, by, must, negated, unknown, years_after
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.new_york.shared import DESIGN, agency_rule, client_rule
from sosie.core.law.rule import Answer, Confidence, Effect, Rule

COMPLAINT_YEARS = 6
TIMER_DAYS = 20
"""Days for the State to give notice, for the answer, and for forwarding it."""
FIRST_PENALTY, NEXT_PENALTY = 3_000, 5_000
"""US dollars for the first and each later violation."""
LIQUIDATED, WILLFUL = Decimal("1.0"), Decimal("3.0")
"""At most these times the actual damages, on top of them."""


def exposure(violations: int, damages: Decimal, *, willful: bool, agency: bool) -> Decimal:
    """Estimate what violations can cost at most, in US dollars: civil penalties, and in a suit,
    which is for agency duties only, actual and liquidated damages. Legal fees come on top."""
    penalties = FIRST_PENALTY + (violations - 1) * NEXT_PENALTY if violations else 0
    if not agency:
        return Decimal(penalties)
    return penalties + damages * (1 + (WILLFUL if willful else LIQUIDATED))


def _evidence(facts: Facts) -> tuple[Answer, ...]:
    complaint = facts.complaint
    if complaint.acted_on is None:
        return unknown("the day of the acts")
    until = years_after(complaint.acted_on, COMPLAINT_YEARS)
    if complaint.evidence_deleted_on is not None and complaint.evidence_deleted_on < until:
        text = f"evidence was deleted on {complaint.evidence_deleted_on}: keep it until {until}"
        return (Answer(False, text, due=until),)
    if complaint.filed_on is not None and complaint.filed_on > until:
        return (Answer(False, f"the complaint was to be filed by {until}", due=until),)
    return (Answer(True, f"a complaint can be filed until {until}", due=until),)


def _timers(facts: Facts) -> tuple[Answer, ...]:
    complaint = facts.complaint
    if complaint.filed_on is None:
        return unknown("whether a complaint was filed")
    steps: tuple[tuple[date | None, date | None, str], ...] = (
        (complaint.filed_on, complaint.noticed_on, "the notice by the State"),
        (complaint.noticed_on, complaint.answered_on, "the answer of the respondent"),
        (complaint.answered_on, complaint.forwarded_on, "the answer, forwarded to the model,"),
    )
    return tuple(
        by(start + timedelta(days=TIMER_DAYS), done, facts.on, what)
        for start, done, what in steps
        if start is not None
    )


def _no_retaliation(facts: Facts) -> tuple[Answer, ...]:
    complaint = facts.complaint
    if complaint.adverse_act is False:
        return (Answer(True, "nothing was done to her disadvantage"),)
    if complaint.protected_act_on is None or complaint.adverse_act is None:
        return unknown("whether she complained, refused or stopped, and what followed")
    text = f"she acted on her rights on {complaint.protected_act_on}: a person reviews this first"
    return (answer(complaint.reviewed, text, "a person found other grounds for it"),)


def _no_discrimination(facts: Facts) -> tuple[Answer, ...]:
    content = facts.content
    return (
        answer(
            negated(content.chosen_by_status),
            "she was chosen or passed over by a protected status: choose by the work",
            "nobody was chosen or passed over by a protected status",
        ),
        answer(
            negated(content.protected_change),
            "the edit changes her ethnicity, body or another protected status: refuse it",
            "the edit changes no protected status",
        ),
    )


RULES: tuple[Rule, ...] = (
    client_rule(
        id="R60",
        statement="A complaint holds names and addresses, contract, occupation, acts, affirmation",
        triggers=(Trigger.REPORT,),
        owed_by="model",
        owed_to="Commissioner of Labor",
        outcome=Effect.REQUIRE,
        citation="New York Labor Law § 1038(7)(a)",
        test=must(
            (
                "complaint.names_addresses",
                "names and mailing addresses are missing: add them",
                "names and mailing addresses are there",
            ),
            (
                "complaint.contract_terms",
                "the terms of the contract are missing: add them, with a copy if there is one",
                "the terms of the contract are there",
            ),
            (
                "complaint.occupation",
                "the occupation is missing: add it",
                "the occupation is there",
            ),
            (
                "complaint.violations",
                "what happened is missing: state the violations",
                "the violations are stated",
            ),
            (
                "complaint.affirmation",
                "the signed affirmation is missing: she signs that it is true",
                "the affirmation is signed",
            ),
        ),
    ),
    client_rule(
        id="R61",
        statement="A model can complain for six years; evidence is kept at least as long",
        triggers=(Trigger.REPORT,),
        owed_by="Sosie",
        outcome=Effect.DEADLINE,
        citation="New York Labor Law § 1038(7)(a)",
        test=_evidence,
        note=DESIGN + "the Act sets no duty to keep records; the window is its reason",
    ),
    client_rule(
        id="R62",
        statement="Notice, answer and forwarding of a complaint take at most 20 days each",
        triggers=(Trigger.REPORT,),
        owed_by="Commissioner of Labor, respondent",
        outcome=Effect.DEADLINE,
        citation="New York Labor Law § 1038(7)(b)-(d)",
        test=_timers,
        note="silence of the respondent is a rebuttable presumption in a civil action",
    ),
    client_rule(
        id="R63",
        statement="Nothing is done to her disadvantage for a complaint, a refusal or stopping",
        triggers=(Trigger.TERMINATE, Trigger.PAY, Trigger.DEAL_MEMO),
        owed_by="agency, brand",
        citation="New York Labor Law § 1038(9)",
        confidence=Confidence.SECONDARY,
        test=_no_retaliation,
        house_policy=True,
        note="the acts that are protected were read in section 1035(8) of the bill of 2024",
    ),
    agency_rule(
        id="R64",
        statement="Nobody is discriminated against on a protected status, by choice or by an edit",
        triggers=(Trigger.GENERATE, Trigger.DEAL_MEMO),
        citation="New York Labor Law § 1035(8); Executive Law § 296(1)(a)",
        test=_no_discrimination,
        needs_agency=False,
        house_policy=True,
        note="on edits it is a norm of ours: the law speaks of agencies and people",
    ),
    client_rule(
        id="R65",
        statement="What violations can cost is shown as an estimate, never as a claim",
        triggers=(Trigger.REPORT,),
        owed_by="Sosie",
        outcome=Effect.FLAG,
        citation="New York Labor Law § 1038(3), (8)",
        test=must(
            (
                "complaint.estimate_labeled",
                "the estimate is not labeled as one: say that it is an estimate",
                "the estimate is labeled as one",
            )
        ),
        note="civil penalties reach clients; a suit reaches the duties of agencies only",
    ),
)

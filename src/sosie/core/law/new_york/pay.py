"""New York, pay: R35, R37 to R41 (sections 1031, 1034(6) and (8), 1035(2) to (4) of the Fashion
Workers Act)."""

from __future__ import annotations

from datetime import timedelta

from sosie.core.law.answers import answer, both, by, unknown
from sosie.core.law.facts import Charge, Facts, Trigger
from sosie.core.law.new_york.shared import DESIGN, FAQ, GUIDANCE, agency_rule, client_rule
from sosie.core.law.rule import Answer, Confidence, Effect, Rule

QUARTER_DAYS = 30
"""Days after the end of a quarter that we give for its vouchers; the law names none."""
_ADVANCES = frozenset({"advance", "housing", "travel", "visa"})


def _due(facts: Facts) -> tuple[Answer, ...]:
    paid = facts.payment
    if paid.earned_on is None or paid.term_days is None:
        return unknown("the payment term of the deal memo, or when it began")
    due = paid.earned_on + timedelta(days=paid.term_days)
    return (by(due, paid.paid_on, facts.on, "the payment"),)


def _deductible(facts: Facts) -> tuple[Answer, ...]:
    charges = facts.payment.charges
    if charges is None:
        return unknown("what was deducted")
    broken = tuple(
        Answer(False, f"`{charge.kind}` may not be deducted: give it back")
        for charge in charges
        if charge.kind != "commission" and charge.kind not in _ADVANCES
    )
    return broken or (Answer(True, "only commission and advances are deducted"),)


def _itemized(facts: Facts) -> tuple[Answer, ...]:
    charges = facts.payment.charges
    if charges is None:
        return unknown("what was deducted")
    advances = [charge for charge in charges if charge.kind in _ADVANCES]
    if not advances:
        return (Answer(True, "no advance was deducted"),)
    return tuple(
        answer(
            both(charge.itemized, charge.approved),
            f"`{charge.kind}` is not itemized, or she did not approve it beforehand: do not deduct",
            f"`{charge.kind}` is itemized and was approved beforehand",
        )
        for charge in advances
    )


def _vouchers(facts: Facts) -> tuple[Answer, ...]:
    ends = facts.payment.quarter_ends
    if ends is None:
        return unknown("the quarter")
    due = ends + timedelta(days=QUARTER_DAYS)
    return (by(due, facts.payment.vouchers_on, facts.on, "the set of vouchers for the quarter"),)


def _told_before(facts: Facts) -> tuple[Answer, ...]:
    charges = facts.payment.charges
    if charges is None:
        return unknown("what was charged")
    found = tuple(_told(charge) for charge in charges if charge.kind in _TOLD)
    return found or (Answer(True, "no housing, travel or visa is charged"),)


_TOLD = frozenset({"housing", "travel", "visa"})


def _told(charge: Charge) -> Answer:
    if charge.kind == "housing":
        broken = "the housing rate was not disclosed in writing before: it cannot be charged"
        return answer(charge.disclosed, broken, "the housing rate was disclosed before")
    broken = f"she gave no informed written consent to the {charge.kind} advance: do not charge it"
    return answer(charge.informed_consent, broken, f"she consented to the {charge.kind} advance")


def _royalty_notice(facts: Facts) -> tuple[Answer, ...]:
    came = facts.payment.royalties_for_former
    if came is None:
        return unknown("whether royalties came in for a former model")
    if not came:
        return (Answer(True, "no royalties came in for a former model"),)
    broken = "royalties came in for a former model: tell her in writing"
    return (answer(facts.payment.notice_sent, broken, "the former model was told in writing"),)


RULES: tuple[Rule, ...] = (
    client_rule(
        id="R35",
        statement="Payment is due on the term that the deal memo states",
        triggers=(Trigger.PAY,),
        outcome=Effect.DEADLINE,
        citation="New York Labor Law § 1031 (deal memo)",
        source=FAQ,
        confidence=Confidence.GUIDANCE_READ,
        test=_due,
        note="no law sets the term (R36); an overdue payment can be reported",
    ),
    agency_rule(
        id="R37",
        statement="Only commission and advances are deducted from her pay; never interest or fees",
        triggers=(Trigger.PAY,),
        citation="New York Labor Law § 1035(3)",
        test=_deductible,
        house_policy=True,
    ),
    agency_rule(
        id="R38",
        statement="Each advance is itemized with its computation, and approved by her beforehand",
        triggers=(Trigger.PAY, Trigger.STATEMENT),
        citation="New York Labor Law § 1034(6)",
        source=FAQ,
        confidence=Confidence.SECONDARY,
        test=_itemized,
        house_policy=True,
        note="the prior approval is " + GUIDANCE,
    ),
    agency_rule(
        id="R39",
        statement="Each quarter she gets the documents behind every charge",
        triggers=(Trigger.STATEMENT,),
        outcome=Effect.DEADLINE,
        citation="New York Labor Law § 1034(6)",
        confidence=Confidence.ENACTED_BILL_READ,
        test=_vouchers,
        note="whether the amendment of 2025 kept it was not verified; "
        + DESIGN
        + f"{QUARTER_DAYS} days after the quarter",
    ),
    agency_rule(
        id="R40",
        statement="Housing is charged at a rate disclosed before; travel and visa with her consent",
        triggers=(Trigger.PAY,),
        citation="New York Labor Law § 1035(2), (4)",
        test=_told_before,
    ),
    agency_rule(
        id="R41",
        statement="A former model is told in writing when royalties come in for her",
        triggers=(Trigger.PAY,),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law § 1034(8)",
        confidence=Confidence.ENACTED_BILL_READ,
        test=_royalty_notice,
    ),
)

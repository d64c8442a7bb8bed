"""What unions and the industry ask beyond the law: norms, shown as such and never as law (R34, R66
to R70). Two of them Sosie holds to everywhere: her approval of each use, and no training."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sosie.core.law.answers import answer, must, negated, unknown
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Rule

PAPERS_BEFORE = timedelta(hours=24)
NOTICE = timedelta(hours=48)


def _papers_before(facts: Facts) -> tuple[Answer, ...]:
    before = facts.asks.papers_before
    if before is None:
        return unknown("how long before the work the papers were handed over")
    broken = "the papers came less than 24 hours before the work: hand them over earlier"
    return (answer(before >= PAPERS_BEFORE, broken, "the papers came a day before the work"),)


def _notice(facts: Facts) -> tuple[Answer, ...]:
    notice = facts.asks.notice
    if notice is None:
        return unknown("how long she had the offer before she signed")
    broken = "she had less than 48 hours with the offer: give her the time"
    return (answer(notice >= NOTICE, broken, "she had at least 48 hours with the offer"),)


def _no_training(facts: Facts) -> tuple[Answer, ...]:
    asks = facts.asks
    if asks.trains is None:
        return unknown("whether her material is trained on")
    if not asks.trains:
        return (Answer(True, "nothing is trained on her material"),)
    broken = "her material is trained on without a separate, express permission: stop"
    return (answer(asks.training_allowed, broken, "training is separately and expressly allowed"),)


def _free_to_refuse(facts: Facts) -> tuple[Answer, ...]:
    asks = facts.asks
    broken = "the platform takes a fee for procuring work: it may be a management company itself"
    fine = "the platform takes no fee for procuring work"
    own = answer(negated(asks.fee_for_procuring), broken, fine)
    if asks.refused_twin is None:
        return (own, *unknown("whether she refused a twin"))
    if not asks.refused_twin:
        return (own,)
    broken = "a booking changed after she refused a twin: a person looks at it"
    return (own, answer(negated(asks.booking_changed), broken, "her bookings did not change"))


_rule = partial(
    Rule,
    order=Order.NORMS,
    owed_by="brand",
    owed_to="model",
    source="https://www.sagaftra.org",
    in_force_from=None,
    checked_on=date(2026, 9, 22),
    confidence=Confidence.SECONDARY,
    norm=True,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="R34",
        statement="All papers are handed over 24 hours before the work",
        triggers=(Trigger.DEAL_MEMO,),
        owed_by="agency",
        outcome=Effect.WARN,
        citation="bill S9832 § 1034(5), superseded in 2025",
        source="https://www.nysenate.gov/legislation/bills/2023/S9832",
        confidence=Confidence.TEXT_READ,
        test=_papers_before,
        note="it never came into force in this form",
    ),
    _rule(
        id="R66",
        statement="She has 48 hours with a specific description before she signs",
        triggers=(Trigger.SIGN_CONSENT,),
        outcome=Effect.WARN,
        citation="SAG-AFTRA Commercials Contract of 2025",
        test=_notice,
        house_policy=True,
    ),
    _rule(
        id="R67",
        statement="She approves each use before it is published; her exclusions are honored",
        triggers=(Trigger.PUBLISH,),
        outcome=Effect.REFUSE,
        citation="practice of Narrativ, Replica Studios, H&M",
        test=must(
            (
                "asks.approved",
                "she has not approved this use: ask her, silence is never yes",
                "she approved this use",
            ),
            (
                "asks.exclusions_honored",
                "it goes against what she excludes: change it",
                "her exclusions are honored",
            ),
        ),
        house_policy=True,
    ),
    _rule(
        id="R68",
        statement="Nothing is trained on her material unless separately and expressly allowed",
        triggers=(Trigger.GENERATE,),
        outcome=Effect.REFUSE,
        citation="SAG-AFTRA 2025, Equity, codes of agencies",
        test=_no_training,
        house_policy=True,
    ),
    _rule(
        id="R69",
        statement="A session fee and a fee for each use, reports, an end, deletion on exit",
        triggers=(Trigger.PAY, Trigger.STATEMENT, Trigger.TERMINATE),
        outcome=Effect.REQUIRE,
        citation="Equity, Narrativ, Replica Studios",
        test=must(
            ("asks.session_fee", "the capture earns no session fee: add it", "a session fee"),
            ("asks.use_fee", "a use earns nothing: add a fee for each", "a fee for each use"),
            ("asks.reports", "no report of uses is owed: add `usage_reports`", "reports of uses"),
            ("asks.time_limited", "the license has no end: limit it", "limited in time"),
            ("not asks.exclusive", "it is exclusive: be sure she means it", "not exclusive"),
            (
                "asks.deletes_on_exit",
                "twin and sources stay after her exit: delete them",
                "twin and sources are deleted on exit",
            ),
        ),
    ),
    _rule(
        id="R70",
        statement="Refusing a twin changes no ordinary booking; the platform checks its own role",
        triggers=(Trigger.DEAL_MEMO,),
        outcome=Effect.FLAG,
        citation="commentary; New York Labor Law § 1031(3)(a)(ii)",
        source="https://www.nysenate.gov/legislation/laws/LAB/A36",
        test=_free_to_refuse,
    ),
)
"""Every norm."""

"""New York, consent to the making and the use of a replica: R14 to R21 (sections 1034(11),
1035(10), 1037(7) of the Fashion Workers Act)."""

from __future__ import annotations

from sosie.core.law.answers import answer, negated, unknown
from sosie.core.law.facts import Consent, Facts, Trigger
from sosie.core.law.new_york.shared import DESIGN, client_rule
from sosie.core.law.rule import Answer, Confidence, Effect, Rule

ROUTINE_EDITS = frozenset({"colour", "retouch", "crop", "sharpen"})
"""Edits that the definition of a replica leaves out: color correction, minor retouching, other
standard post-production."""


def _prior_consent(facts: Facts) -> tuple[Answer, ...]:
    consent = facts.consent
    if consent is None:
        return unknown("the client's consent")
    if consent.given is False:
        return (Answer(False, "the model gave the client no consent: nothing may be done"),)
    if consent.signed_at is None:
        return unknown("when the client's consent was signed")
    if consent.signed_at.date() > facts.on:
        return (Answer(False, f"the consent is signed on {consent.signed_at.date()} only"),)
    if consent.nothing_done:
        return (Answer(True, "the consent was signed before anything was done"),)
    if consent.first_act_at is None:
        return unknown("when the first act took place")
    kept = consent.signed_at < consent.first_act_at
    broken = f"the first act ({consent.first_act_at}) came before she signed: it had no consent"
    return (answer(kept, broken, "the consent was signed before the first act"),)


def _four_statements(facts: Facts) -> tuple[Answer, ...]:
    terms = facts.terms
    if terms is None:
        return unknown("the text of the consent")
    needed = (
        ("scope", "scope", bool(terms.scope.strip()), "add `scope: ...`"),
        ("purposes", "purpose", bool(terms.purposes), "add `purposes: [...]`"),
        ("pay", "rate of pay", terms.pay is not None, "add `pay: {...}`"),
        ("period", "duration", terms.period is not None, "add `period: {from: ..., until: ...}`"),
    )
    missing = tuple(
        Answer(False, f"the consent does not state its {what}: {remedy}", field)
        for field, what, there, remedy in needed
        if not there
    )
    return missing or (Answer(True, "scope, purpose, rate of pay and duration are stated"),)


def _own_consent(consent: Consent | None) -> bool | None:
    """Return whether a consent was given in a document of its own."""
    if consent is None:
        return None
    parts = (consent.given, consent.stand_alone, negated(consent.in_representation))
    if False in parts:
        return False
    return None if None in parts else True


def _agency_consent(facts: Facts) -> tuple[Answer, ...]:
    if facts.agency_takes_part is False or facts.agency_makes is False:
        return (Answer(True, "no agency creates or alters the replica"),)
    if facts.agency_makes is None:
        return unknown("whether the agency creates or alters the replica")
    broken = "the agency makes the replica without a separate consent of its own: ask for one"
    fine = "the agency has a separate consent of its own"
    return (answer(_own_consent(facts.agency_consent), broken, fine),)


def _both_consents(facts: Facts) -> tuple[Answer, ...]:
    client = None if facts.consent is None else facts.consent.given
    answers = [answer(client, "the client has no consent", "the client has her consent")]
    if facts.agency_takes_part is False or facts.agency_makes is False:
        return tuple(answers)
    if facts.agency_makes is None:
        return (*answers, *unknown("whether the agency creates or alters the replica"))
    agency = None if facts.agency_consent is None else facts.agency_consent.given
    answers.append(
        answer(
            agency,
            "the agency has no consent: the client's does not stand for it",
            "the agency has her consent",
        )
    )
    return tuple(answers)


def _stand_alone(facts: Facts) -> tuple[Answer, ...]:
    consent = facts.consent
    if consent is None:
        return unknown("the form of the consent")
    return (
        answer(
            False if consent.in_representation else consent.stand_alone,
            "the consent is part of another paper: put it in a document of its own",
            "the consent is a document of its own",
        ),
        answer(
            consent.own_signature,
            "the consent has no signature of its own: have her sign it by itself",
            "the consent has a signature of its own",
        ),
    )


def _within_purpose(facts: Facts) -> tuple[Answer, ...]:
    if facts.terms is None or facts.purpose is None:
        return unknown("the purpose of the act or of the consent")
    kept = facts.purpose in facts.terms.purposes
    broken = f"`{facts.purpose}` is no purpose of this consent: ask for a new one"
    return (answer(kept, broken, f"`{facts.purpose}` is a purpose of this consent", "purposes"),)


def _within_duration(facts: Facts) -> tuple[Answer, ...]:
    if facts.terms is None:
        return unknown("the duration of the consent")
    period = facts.terms.period
    if period is None:
        return (Answer(False, "the consent is open-ended: state its last day", "period"),)
    if facts.on > period.last:
        broken = f"the consent ended on {period.last}: ask for a new one"
        return (Answer(False, broken, "period.until"),)
    if facts.act in (Trigger.GENERATE, Trigger.PUBLISH) and facts.on < period.first:
        return (Answer(False, f"the consent starts on {period.first}: wait", "period.from"),)
    return (Answer(True, f"the consent lasts until {period.last}", "period"),)


def _routine(facts: Facts) -> tuple[Answer, ...]:
    edit = facts.content.edit
    if edit is None:
        return unknown("what kind of edit it is")
    broken = f"`{edit}` is more than a routine edit: it needs a replica consent that covers it"
    return (answer(edit in ROUTINE_EDITS, broken, f"`{edit}` is a routine edit"),)


_AGENCY_CONSENT = "New York Labor Law §§ 1034(11), 1035(10)"
_CONSENT = "New York Labor Law §§ 1034(11), 1037(7)"

RULES: tuple[Rule, ...] = (
    client_rule(
        id="R14",
        statement="Nothing is made or used without the client's prior written consent in force",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH, Trigger.CAPTURE_SESSION),
        citation="New York Labor Law § 1037(7)",
        test=_prior_consent,
        house_policy=True,
        terms_of_art=("clear and conspicuous prior written consent",),
    ),
    client_rule(
        id="R15",
        statement="A consent states scope, purpose, rate of pay and duration, none of them empty",
        triggers=(Trigger.SIGN_CONSENT,),
        owed_by="agency, brand",
        citation=_CONSENT,
        test=_four_statements,
        house_policy=True,
        terms_of_art=("scope, purpose, rate of pay, and duration",),
    ),
    client_rule(
        id="R16",
        statement="An agency that makes or alters the replica needs a separate consent of its own",
        triggers=(Trigger.GENERATE,),
        owed_by="agency",
        citation=_AGENCY_CONSENT,
        test=_agency_consent,
        needs_agency=True,
        terms_of_art=("clear, conspicuous and separate written consent",),
    ),
    client_rule(
        id="R17",
        statement="The agency's consent and the client's are two: neither stands for the other",
        triggers=(Trigger.GENERATE,),
        owed_by="agency, brand",
        outcome=Effect.REQUIRE,
        citation="New York Labor Law §§ 1034(11), 1035(10), 1037(7)",
        test=_both_consents,
        house_policy=True,
    ),
    client_rule(
        id="R18",
        statement="A consent is a document of its own, with headings and a signature of its own",
        triggers=(Trigger.SIGN_CONSENT,),
        owed_by="agency, brand",
        citation="New York Labor Law §§ 1034(11), 1035(10), 1037(7)",
        test=_stand_alone,
        confidence=Confidence.TEXT_READ,
        terms_of_art=("clear, conspicuous and separate written consent",),
        note=DESIGN + "the client's duty says prior and conspicuous, not separate",
    ),
    client_rule(
        id="R20",
        statement="A replica is used only inside the stated scope and purpose",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_by="agency, brand",
        citation=_CONSENT,
        test=_within_purpose,
        house_policy=True,
        note="territory, channel and alterations are fields of the contract: the law names none",
    ),
    client_rule(
        id="R21",
        statement="No new use after the stated duration; open-ended consent is not accepted",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_by="agency, brand",
        citation=_CONSENT,
        test=_within_duration,
        house_policy=True,
        terms_of_art=("duration",),
        note=DESIGN + "a duration without an end is none",
    ),
    client_rule(
        id="R19",
        statement="Routine edits need no replica consent; whatever is more does",
        triggers=(Trigger.GENERATE,),
        outcome=Effect.FLAG,
        citation="New York Labor Law § 1031 (digital replica)",
        test=_routine,
        terms_of_art=("significant", "substantially replicates or replaces"),
        note="General Obligations Law § 5-302 has a test of its own; the wider result counts",
    ),
)

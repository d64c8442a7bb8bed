"""New York: the Fashion Workers Act (Labor Law article 36), as dated and cited rules.

The enacted article ends at section 1039. It sets no time of 45 days for payment, and does not say
that a replica consent can be revoked at will; neither is a rule here.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import partial

from sosie.core.law.facts import Capacity, Consent, Facts, Trigger
from sosie.core.law.rule import Answer, Confidence, Effect, Nexus, Order, Rule

MAX_REPRESENTATION_YEARS = 3
MAX_COMMISSION = Decimal("0.20")
IN_FORCE = date(2025, 6, 19)
"""The substantive duties; the duty to register (not here yet) started later."""

_CHECKED = date(2026, 9, 22)
_ACT = "https://www.nysenate.gov/legislation/laws/LAB/A36"


def nexus(facts: Facts) -> Nexus:
    """Return whether a party lives in, is in or acts for New York.

    No authority was found on parties from elsewhere: where a place is unknown, so is the answer.
    """
    places = facts.places
    named = {
        "the model lives": places.model_lives,
        "the brand is": places.brand_in,
        "the work is done": places.work_in,
    }
    if facts.agency_takes_part is not False:
        named["the agency is"] = places.agency_in
    for who, place in named.items():
        if place == "US-NY":
            return Nexus(True, f"New York applies: {who} in New York")
    unknown = [who for who, place in named.items() if not _says_which_state(place)]
    if unknown:
        return Nexus(None, f"whether New York applies is unknown: say where {unknown[0]}")
    return Nexus(False, "New York does not apply: nobody is in New York or acts for it")


def _says_which_state(place: str | None) -> bool:
    return place is not None and bool(
        re.fullmatch(r"US-[A-Z]{2}|(?!US)[A-Z]{2}(-[A-Z0-9]{1,3})?", place)
    )


def _answer(kept: bool | None, broken: str, fine: str, clause: str | None = None) -> Answer:
    """Return the answer for a fact that is as it must be, is not, or is unknown (``None``)."""
    if kept is None:
        return Answer(None, f"not known: {fine}", clause)
    return Answer(kept, fine if kept else broken, clause)


def _unknown(what: str) -> tuple[Answer, ...]:
    return (Answer(None, f"{what} is not known"),)


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


# Representation (sections 1035(1), (5) to (7))


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _term_of_representation(facts: Facts) -> tuple[Answer, ...]:
    agreement = facts.representation
    if agreement is None:
        return _unknown("the representation agreement")
    if agreement.open_ended:
        return (Answer(False, "the representation has no last day: end it within three years"),)
    if agreement.start is None or agreement.last is None:
        return _unknown("the term of the representation")
    first_outside = _years_after(agreement.start, MAX_REPRESENTATION_YEARS)
    kept = agreement.last < first_outside
    broken = f"the representation runs to {agreement.last}: end it before {first_outside}"
    return (_answer(kept, broken, "the representation runs at most three years"),)


def _renewal(facts: Facts) -> tuple[Answer, ...]:
    agreement = facts.representation
    if agreement is None:
        return _unknown("the representation agreement")
    # A consent settles the question; without one, only an agreement that does not renew does.
    kept = agreement.renewal_consent or _not(agreement.renews_by_itself)
    if kept is False and agreement.renewal_consent is None:
        kept = None
    broken = "the representation renews without her written consent: ask for it or strike that"
    return (_answer(kept, broken, "no renewal without her affirmative written consent"),)


def _commission(facts: Facts) -> tuple[Answer, ...]:
    rates: list[tuple[str, Decimal, str | None]] = []
    if facts.terms is not None:
        rates.append(("the terms give", facts.terms.commission, "commission"))
    if facts.representation is not None and facts.representation.commission is not None:
        rates.append(("the representation gives", facts.representation.commission, None))
    if not rates:
        return _unknown("the commission")
    too_high = tuple(
        Answer(
            False,
            f"{who} the agency {(rate * 100).normalize():f} %: at most 20 % of her pay",
            clause,
        )
        for who, rate, clause in rates
        if rate > MAX_COMMISSION
    )
    return too_high or (Answer(True, "the commission is at most 20 %", rates[0][2]),)


def _no_charge_on_signing(facts: Facts) -> tuple[Answer, ...]:
    agreement = facts.representation
    if agreement is None or agreement.charges_on_signing is None:
        return _unknown("what is charged on signing")
    charged = ", ".join(f"`{charge}`" for charge in agreement.charges_on_signing)
    return (_answer(not charged, f"signing costs {charged}: strike it", "signing costs nothing"),)


# Power of attorney (section 1036)


def _optional_power(facts: Facts) -> tuple[Answer, ...]:
    power = facts.power_of_attorney
    if power is None:
        return _unknown("the power of attorney")
    return (
        _answer(
            power.optional,
            "the power of attorney is not offered as optional: it is void",
            "the power of attorney is optional",
        ),
        _answer(
            _not(power.condition_of_signing),
            "the power of attorney is a condition of signing: it is void",
            "the power of attorney is no condition of signing",
        ),
    )


def _signs_herself(facts: Facts) -> tuple[Answer, ...]:
    if facts.power_of_attorney is not None and facts.power_of_attorney.covers_replica:
        return (Answer(False, "the power of attorney covers her replica: it is void"),)
    if facts.signatures is None or facts.terms is None:
        return _unknown("who signed the consent")
    model = facts.terms.parties.model
    hers = [signature for signature in facts.signatures if signature.party == model]
    if not hers:
        return (Answer(None, f"`{model}` has not signed yet: only she herself can"),)
    others = [s for s in hers if s.capacity is not Capacity.SELF or s.signer != model]
    kept = len(others) < len(hers)
    who = others[0].signer if others else ""
    broken = f"`{who}` signed in her place: only `{model}` herself can"
    return (_answer(kept, broken, "the model signed herself", "parties.model"),)


def _ends_at_once(facts: Facts) -> tuple[Answer, ...]:
    power = facts.power_of_attorney
    if power is None:
        return _unknown("the power of attorney")
    if power.ended_on is None:
        return (Answer(None, "the model has not ended the power of attorney"),)
    in_effect = None if power.effective_on is None else power.effective_on <= power.ended_on
    return (
        _answer(
            in_effect,
            f"the end takes effect on {power.effective_on} only: it does at once",
            f"the power of attorney ended at once on {power.ended_on}",
        ),
        _answer(_not(power.penalty), "ending it costs her: it may not", "ending it costs nothing"),
    )


# Consent (sections 1034(11), 1035(10), 1037(7))


def _prior_consent(facts: Facts) -> tuple[Answer, ...]:
    consent = facts.consent
    if consent is None:
        return _unknown("the client's consent")
    if consent.given is False:
        return (Answer(False, "the model gave the client no consent: nothing may be done"),)
    if consent.signed_at is None:
        return _unknown("when the client's consent was signed")
    if consent.signed_at.date() > facts.on:
        return (Answer(False, f"the consent is signed on {consent.signed_at.date()} only"),)
    if consent.nothing_done:
        return (Answer(True, "the consent was signed before anything was done"),)
    if consent.first_act_at is None:
        return _unknown("when the first act took place")
    kept = consent.signed_at < consent.first_act_at
    broken = f"the first act ({consent.first_act_at}) came before she signed: it had no consent"
    return (_answer(kept, broken, "the consent was signed before the first act"),)


def _four_statements(facts: Facts) -> tuple[Answer, ...]:
    terms = facts.terms
    if terms is None:
        return _unknown("the text of the consent")
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
    parts = (consent.given, consent.stand_alone, _not(consent.in_representation))
    if False in parts:
        return False
    return None if None in parts else True


def _agency_consent(facts: Facts) -> tuple[Answer, ...]:
    if facts.agency_takes_part is False or facts.agency_makes is False:
        return (Answer(True, "no agency creates or alters the replica"),)
    if facts.agency_makes is None:
        return _unknown("whether the agency creates or alters the replica")
    broken = "the agency makes the replica without a separate consent of its own: ask for one"
    fine = "the agency has a separate consent of its own"
    return (_answer(_own_consent(facts.agency_consent), broken, fine),)


def _both_consents(facts: Facts) -> tuple[Answer, ...]:
    client = None if facts.consent is None else facts.consent.given
    answers = [_answer(client, "the client has no consent", "the client has her consent")]
    if facts.agency_takes_part is False or facts.agency_makes is False:
        return tuple(answers)
    if facts.agency_makes is None:
        return (*answers, *_unknown("whether the agency creates or alters the replica"))
    agency = None if facts.agency_consent is None else facts.agency_consent.given
    answers.append(
        _answer(
            agency,
            "the agency has no consent: the client's does not stand for it",
            "the agency has her consent",
        )
    )
    return tuple(answers)


def _stand_alone(facts: Facts) -> tuple[Answer, ...]:
    consent = facts.consent
    if consent is None:
        return _unknown("the form of the consent")
    return (
        _answer(
            False if consent.in_representation else consent.stand_alone,
            "the consent is part of another paper: put it in a document of its own",
            "the consent is a document of its own",
        ),
        _answer(
            consent.own_signature,
            "the consent has no signature of its own: have her sign it by itself",
            "the consent has a signature of its own",
        ),
    )


def _within_purpose(facts: Facts) -> tuple[Answer, ...]:
    if facts.terms is None or facts.purpose is None:
        return _unknown("the purpose of the act or of the consent")
    kept = facts.purpose in facts.terms.purposes
    broken = f"`{facts.purpose}` is no purpose of this consent: ask for a new one"
    return (_answer(kept, broken, f"`{facts.purpose}` is a purpose of this consent", "purposes"),)


def _within_duration(facts: Facts) -> tuple[Answer, ...]:
    if facts.terms is None:
        return _unknown("the duration of the consent")
    period = facts.terms.period
    if period is None:
        return (Answer(False, "the consent is open-ended: state its last day", "period"),)
    if facts.on > period.last:
        broken = f"the consent ended on {period.last}: ask for a new one"
        return (Answer(False, broken, "period.until"),)
    if facts.act in (Trigger.GENERATE, Trigger.PUBLISH) and facts.on < period.first:
        return (Answer(False, f"the consent starts on {period.first}: wait", "period.from"),)
    return (Answer(True, f"the consent lasts until {period.last}", "period"),)


def _deal_memo(facts: Facts) -> tuple[Answer, ...]:
    terms = facts.terms
    if terms is None:
        return _unknown("the deal memo")
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


_AGENCY_CONSENT = "New York Labor Law §§ 1034(11), 1035(10)"
_CONSENT = "New York Labor Law §§ 1034(11), 1037(7)"
_DESIGN = "a reading of ours goes beyond the words: "

_rule = partial(
    Rule,
    order=Order.NEW_YORK,
    owed_by="agency",
    owed_to="model",
    outcome=Effect.REFUSE,
    source=_ACT,
    in_force_from=IN_FORCE,
    checked_on=_CHECKED,
    confidence=Confidence.TEXT_READ,
    needs_agency=True,
)
_consent_rule = partial(
    _rule, owed_by="brand", confidence=Confidence.ENACTED_BILL_READ, needs_agency=False
)

_REPRESENTATION: tuple[Rule, ...] = (
    _rule(
        id="R05",
        statement="A representation agreement runs at most three years",
        triggers=(Trigger.SIGN_REPRESENTATION,),
        citation="New York Labor Law § 1035(5)",
        test=_term_of_representation,
    ),
    _rule(
        id="R06",
        statement="A representation renews only with the model's affirmative written consent",
        triggers=(Trigger.SIGN_REPRESENTATION,),
        citation="New York Labor Law § 1035(6)",
        test=_renewal,
    ),
    _rule(
        id="R07",
        statement="An agency's commission is at most 20 % of the model's pay",
        triggers=(Trigger.SIGN_REPRESENTATION, Trigger.PAY),
        citation="New York Labor Law § 1035(7)",
        test=_commission,
        house_policy=True,
    ),
    _rule(
        id="R08",
        statement="Signing with an agency costs no fee and no deposit",
        triggers=(Trigger.SIGN_REPRESENTATION,),
        citation="New York Labor Law § 1035(1)",
        test=_no_charge_on_signing,
    ),
    _rule(
        id="R11",
        statement="A power of attorney is optional and never a condition of signing",
        triggers=(Trigger.SIGN_POA,),
        citation="New York Labor Law § 1036(1)(a)-(b), (2)",
        test=_optional_power,
    ),
    _rule(
        id="R12",
        statement="The model signs a replica consent herself: no power of attorney reaches it",
        triggers=(Trigger.SIGN_CONSENT,),
        citation="New York Labor Law § 1036(1)(d)",
        test=_signs_herself,
        needs_agency=False,
        house_policy=True,
    ),
    _rule(
        id="R13",
        statement="The model ends a power of attorney at any time, at once and free of penalty",
        triggers=(Trigger.TERMINATE,),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law § 1036(1)(c)",
        test=_ends_at_once,
    ),
)

_REPLICA: tuple[Rule, ...] = (
    _consent_rule(
        id="R14",
        statement="Nothing is made or used without the client's prior written consent in force",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH, Trigger.CAPTURE_SESSION),
        citation="New York Labor Law § 1037(7)",
        test=_prior_consent,
        house_policy=True,
        terms_of_art=("clear and conspicuous prior written consent",),
    ),
    _consent_rule(
        id="R15",
        statement="A consent states scope, purpose, rate of pay and duration, none of them empty",
        triggers=(Trigger.SIGN_CONSENT,),
        owed_by="agency, brand",
        citation=_CONSENT,
        test=_four_statements,
        house_policy=True,
        terms_of_art=("scope, purpose, rate of pay, and duration",),
    ),
    _consent_rule(
        id="R16",
        statement="An agency that makes or alters the replica needs a separate consent of its own",
        triggers=(Trigger.GENERATE,),
        owed_by="agency",
        citation=_AGENCY_CONSENT,
        test=_agency_consent,
        needs_agency=True,
        terms_of_art=("clear, conspicuous and separate written consent",),
    ),
    _consent_rule(
        id="R17",
        statement="The agency's consent and the client's are two: neither stands for the other",
        triggers=(Trigger.GENERATE,),
        owed_by="agency, brand",
        outcome=Effect.REQUIRE,
        citation="New York Labor Law §§ 1034(11), 1035(10), 1037(7)",
        test=_both_consents,
        house_policy=True,
    ),
    _consent_rule(
        id="R18",
        statement="A consent is a document of its own, with headings and a signature of its own",
        triggers=(Trigger.SIGN_CONSENT,),
        owed_by="agency, brand",
        citation="New York Labor Law §§ 1034(11), 1035(10), 1037(7)",
        test=_stand_alone,
        confidence=Confidence.TEXT_READ,
        terms_of_art=("clear, conspicuous and separate written consent",),
        note=_DESIGN + "the client's duty says prior and conspicuous, not separate",
    ),
    _consent_rule(
        id="R20",
        statement="A replica is used only inside the stated scope and purpose",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_by="agency, brand",
        citation=_CONSENT,
        test=_within_purpose,
        house_policy=True,
        note="territory, channel and alterations are fields of the contract: the law names none",
    ),
    _consent_rule(
        id="R21",
        statement="No new use after the stated duration; open-ended consent is not accepted",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_by="agency, brand",
        citation=_CONSENT,
        test=_within_duration,
        house_policy=True,
        terms_of_art=("duration",),
        note=_DESIGN + "a duration without an end is none",
    ),
    _consent_rule(
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
)

RULES: tuple[Rule, ...] = _REPRESENTATION + _REPLICA

"""New York, agencies: registration, representation, powers of attorney: R01 to R13 (sections 1032
to 1036 of the Fashion Workers Act)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sosie.core.law.answers import answer, must, negated, unknown, years_after
from sosie.core.law.facts import Capacity, Facts, Trigger
from sosie.core.law.new_york.shared import (
    FAQ,
    GUIDANCE,
    REGISTRATION_IN_FORCE,
    agency_rule,
)
from sosie.core.law.rule import Answer, Confidence, Effect, Rule

MAX_REPRESENTATION_YEARS = 3
MAX_COMMISSION = Decimal("0.20")
RENEWAL_DAYS = 90
"""Days before its expiry in which a registration is to be renewed."""
BOND_USD = 50_000
BOND_ABOVE_STAFF = 5


def _registered(facts: Facts) -> tuple[Answer, ...]:
    registration = facts.registration
    if registration.exempt:
        return (Answer(True, "the agency is exempt from registration"),)
    if registration.number is None:
        return unknown("whether the agency is registered")
    if not registration.number:
        text = "the agency has no registration: it may not act in or for New York"
        return (Answer(False, text),)
    if registration.expires is None:
        return unknown("until when the registration is valid")
    kept = facts.on <= registration.expires
    broken = f"the registration expired on {registration.expires}: renew it before acting"
    fine = f"the agency is registered until {registration.expires}"
    return (answer(kept, broken, fine),)


def _renewal_of_registration(facts: Facts) -> tuple[Answer, ...]:
    expires = facts.registration.expires
    if expires is None:
        return unknown("until when the registration is valid")
    due = expires - timedelta(days=RENEWAL_DAYS)
    if facts.on > due:
        text = f"the registration expires on {expires}: the renewal was to be asked for by {due}"
        return (Answer(False, text, due=due),)
    return (Answer(True, f"the renewal of the registration is to be asked for by {due}", due=due),)


def _bond(facts: Facts) -> tuple[Answer, ...]:
    staff, bond = facts.registration.staff, facts.registration.bond_usd
    if staff is None:
        return unknown("how many people work for New York")
    if staff <= BOND_ABOVE_STAFF:
        return (Answer(True, f"up to {BOND_ABOVE_STAFF} people need no bond"),)
    if bond is None:
        return unknown("whether a surety bond is on file")
    broken = f"a surety bond of {BOND_USD} USD is to be on file, not {bond} USD"
    return (answer(bond >= BOND_USD, broken, f"a surety bond of {bond} USD is on file"),)


def _term_of_representation(facts: Facts) -> tuple[Answer, ...]:
    agreement = facts.representation
    if agreement is None:
        return unknown("the representation agreement")
    if agreement.open_ended:
        return (Answer(False, "the representation has no last day: end it within three years"),)
    if agreement.start is None or agreement.last is None:
        return unknown("the term of the representation")
    first_outside = years_after(agreement.start, MAX_REPRESENTATION_YEARS)
    kept = agreement.last < first_outside
    broken = f"the representation runs to {agreement.last}: end it before {first_outside}"
    return (answer(kept, broken, "the representation runs at most three years"),)


def _renewal(facts: Facts) -> tuple[Answer, ...]:
    agreement = facts.representation
    if agreement is None:
        return unknown("the representation agreement")
    # A consent settles the question; without one, only an agreement that does not renew does.
    kept = agreement.renewal_consent or negated(agreement.renews_by_itself)
    if kept is False and agreement.renewal_consent is None:
        kept = None
    broken = "the representation renews without her written consent: ask for it or strike that"
    return (answer(kept, broken, "no renewal without her affirmative written consent"),)


def _commission(facts: Facts) -> tuple[Answer, ...]:
    rates: list[tuple[str, Decimal, str | None]] = []
    if facts.terms is not None:
        rates.append(("the terms give", facts.terms.commission, "commission"))
    if facts.representation is not None and facts.representation.commission is not None:
        rates.append(("the representation gives", facts.representation.commission, None))
    if not rates:
        return unknown("the commission")
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
        return unknown("what is charged on signing")
    charged = ", ".join(f"`{charge}`" for charge in agreement.charges_on_signing)
    return (answer(not charged, f"signing costs {charged}: strike it", "signing costs nothing"),)


# Power of attorney (section 1036)


def _optional_power(facts: Facts) -> tuple[Answer, ...]:
    power = facts.power_of_attorney
    if power is None:
        return unknown("the power of attorney")
    return (
        answer(
            power.optional,
            "the power of attorney is not offered as optional: it is void",
            "the power of attorney is optional",
        ),
        answer(
            negated(power.condition_of_signing),
            "the power of attorney is a condition of signing: it is void",
            "the power of attorney is no condition of signing",
        ),
    )


def _signs_herself(facts: Facts) -> tuple[Answer, ...]:
    if facts.power_of_attorney is not None and facts.power_of_attorney.covers_replica:
        return (Answer(False, "the power of attorney covers her replica: it is void"),)
    if facts.signatures is None or facts.terms is None:
        return unknown("who signed the consent")
    model = facts.terms.parties.model
    hers = [signature for signature in facts.signatures if signature.party == model]
    if not hers:
        return (Answer(None, f"`{model}` has not signed yet: only she herself can"),)
    others = [s for s in hers if s.capacity is not Capacity.SELF or s.signer != model]
    kept = len(others) < len(hers)
    who = others[0].signer if others else ""
    broken = f"`{who}` signed in her place: only `{model}` herself can"
    return (answer(kept, broken, "the model signed herself", "parties.model"),)


def _ends_at_once(facts: Facts) -> tuple[Answer, ...]:
    power = facts.power_of_attorney
    if power is None:
        return unknown("the power of attorney")
    if power.ended_on is None:
        return (Answer(None, "the model has not ended the power of attorney"),)
    in_effect = None if power.effective_on is None else power.effective_on <= power.ended_on
    return (
        answer(
            in_effect,
            f"the end takes effect on {power.effective_on} only: it does at once",
            f"the power of attorney ended at once on {power.ended_on}",
        ),
        answer(
            negated(power.penalty), "ending it costs her: it may not", "ending it costs nothing"
        ),
    )


def _ties(facts: Facts) -> tuple[Answer, ...]:
    ties = facts.ties
    if ties.exist is None:
        return unknown("whether the agency has money ties with the client")
    if not ties.exist:
        return (Answer(True, "the agency declares no money ties with the client"),)
    if ties.disclosed is False:
        text = "the agency has money ties with the client and has not disclosed them: say which"
        return (Answer(False, text),)
    if ties.disclosed_on is None or ties.booked_on is None:
        return unknown("when the ties were disclosed, or the work was booked")
    kept = ties.disclosed_on <= ties.booked_on
    broken = f"the ties were disclosed on {ties.disclosed_on}, after the booking"
    return (answer(kept, broken, "the ties were disclosed before the booking"),)


def _no_replica_clause(facts: Facts) -> tuple[Answer, ...]:
    consents = [c for c in (facts.consent, facts.agency_consent) if c is not None]
    if any(consent.in_representation for consent in consents):
        text = "a clause of the representation agreement is no consent: ask for one of its own"
        return (Answer(False, text),)
    if not consents or any(consent.in_representation is None for consent in consents):
        return unknown("in which paper the consent was given")
    return (Answer(True, "the consent is no clause of the representation agreement"),)


RULES: tuple[Rule, ...] = (
    agency_rule(
        id="R01",
        statement="An agency that acts in or for New York is registered, or exempt",
        triggers=(
            Trigger.ONBOARD_AGENCY,
            Trigger.SIGN_REPRESENTATION,
            Trigger.SIGN_POA,
            Trigger.SIGN_CONSENT,
            Trigger.DEAL_MEMO,
            Trigger.PAY,
            Trigger.STATEMENT,
        ),
        owed_to="State of New York",
        citation="New York Labor Law §§ 1032, 1033(6)-(7)",
        in_force_from=REGISTRATION_IN_FORCE,
        confidence=Confidence.SECONDARY,
        test=_registered,
        note="the exemption for agencies of other states was read in the bill of 2024",
    ),
    agency_rule(
        id="R02",
        statement="A registration, valid two years, is renewed at least 90 days before it expires",
        triggers=(Trigger.ONBOARD_AGENCY,),
        owed_to="State of New York",
        outcome=Effect.DEADLINE,
        citation="New York Labor Law § 1033(7)",
        source=FAQ,
        in_force_from=REGISTRATION_IN_FORCE,
        confidence=Confidence.SECONDARY,
        test=_renewal_of_registration,
        note="the 90 days are " + GUIDANCE,
    ),
    agency_rule(
        id="R03",
        statement="The registration number stands in contracts and in advertisements for models",
        triggers=(Trigger.SIGN_REPRESENTATION, Trigger.DEAL_MEMO),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law § 1034(10)",
        in_force_from=REGISTRATION_IN_FORCE,
        confidence=Confidence.ENACTED_BILL_READ,
        test=must(
            (
                "registration.in_contract",
                "the contract lacks the registration number: add it",
                "the contract shows the registration number",
            ),
            (
                "registration.in_advertising",
                "advertisements for models lack the registration number: add it",
                "advertisements for models show the registration number",
            ),
        ),
    ),
    agency_rule(
        id="R04",
        statement="An agency of more than five people has a surety bond of 50,000 USD on file",
        triggers=(Trigger.ONBOARD_AGENCY,),
        owed_to="State of New York",
        outcome=Effect.WARN,
        citation="New York Labor Law § 1033(4)",
        in_force_from=REGISTRATION_IN_FORCE,
        confidence=Confidence.ENACTED_BILL_READ,
        test=_bond,
    ),
    agency_rule(
        id="R05",
        statement="A representation agreement runs at most three years",
        triggers=(Trigger.SIGN_REPRESENTATION,),
        citation="New York Labor Law § 1035(5)",
        test=_term_of_representation,
    ),
    agency_rule(
        id="R06",
        statement="A representation renews only with the model's affirmative written consent",
        triggers=(Trigger.SIGN_REPRESENTATION,),
        citation="New York Labor Law § 1035(6)",
        test=_renewal,
    ),
    agency_rule(
        id="R07",
        statement="An agency's commission is at most 20 % of the model's pay",
        triggers=(Trigger.SIGN_REPRESENTATION, Trigger.PAY),
        citation="New York Labor Law § 1035(7)",
        test=_commission,
        house_policy=True,
    ),
    agency_rule(
        id="R08",
        statement="Signing with an agency costs no fee and no deposit",
        triggers=(Trigger.SIGN_REPRESENTATION,),
        citation="New York Labor Law § 1035(1)",
        test=_no_charge_on_signing,
    ),
    agency_rule(
        id="R11",
        statement="A power of attorney is optional and never a condition of signing",
        triggers=(Trigger.SIGN_POA,),
        citation="New York Labor Law § 1036(1)(a)-(b), (2)",
        test=_optional_power,
    ),
    agency_rule(
        id="R12",
        statement="The model signs a replica consent herself: no power of attorney reaches it",
        triggers=(Trigger.SIGN_CONSENT,),
        citation="New York Labor Law § 1036(1)(d)",
        test=_signs_herself,
        needs_agency=False,
        house_policy=True,
    ),
    agency_rule(
        id="R13",
        statement="The model ends a power of attorney at any time, at once and free of penalty",
        triggers=(Trigger.TERMINATE,),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law § 1036(1)(c)",
        test=_ends_at_once,
    ),
    agency_rule(
        id="R09",
        statement="A replica clause inside a representation agreement is no consent",
        triggers=(Trigger.SIGN_CONSENT, Trigger.GENERATE),
        citation="New York Labor Law §§ 1034(11), 1035(10)",
        confidence=Confidence.ENACTED_BILL_READ,
        test=_no_replica_clause,
        house_policy=True,
        terms_of_art=("clear, conspicuous and separate written consent",),
        note="section 1035(10) was read as amended, section 1034(11) as enacted in 2024",
    ),
    agency_rule(
        id="R10",
        statement="An agency discloses money ties with the client before the booking",
        triggers=(Trigger.DEAL_MEMO,),
        outcome=Effect.REQUIRE,
        citation="New York Labor Law §§ 1034(7), 1034(1)",
        confidence=Confidence.ENACTED_BILL_READ,
        test=_ties,
        note="section 1034(1) was read as amended, section 1034(7) as enacted in 2024",
    ),
)

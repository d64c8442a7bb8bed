"""New York beside the Act: contracts for replicas (General Obligations Law § 5-302: R22 to R24),
the written consent of Civil Rights Law § 50 (R25), minors (R29), the dead (R54)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from sosie.core.law.answers import answer, both, unknown, years_after
from sosie.core.law.facts import Facts, Negotiated, Trigger
from sosie.core.law.new_york.shared import CHECKED, DESIGN
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Reach, Rule, Test

REPLICA_CONTRACTS_FROM = date(2025, 1, 1)
ADULT_YEARS = 18
PROTECTED_AFTER_DEATH = {"US-NY": 40, "US-CA": 70}
"""Years after death, by the domicile at death."""
_GOL = "https://www.nysenate.gov/legislation/laws/GOB/5-302"
_CVR = "https://www.nysenate.gov/legislation/laws/CVR"


def specific(facts: Facts) -> tuple[Answer, ...]:
    """Say whether a replica that takes the place of work has its uses described."""
    said = facts.negotiated
    if said.replaces_work is False:
        return (Answer(True, "the replica takes the place of no work in person"),)
    if said.replaces_work is None:
        return unknown("whether the replica takes the place of work in person")
    broken = "the contract does not describe the intended uses: say each with its place and time"
    return (answer(said.specific, broken, "the intended uses are described specifically"),)


def represented(said: Negotiated) -> bool | None:
    """Return whether counsel with terms signed by themselves, or a union, stood by her."""
    counsel = both(said.counsel, said.separately_signed)
    if counsel or said.union_agreement:
        return True
    return None if None in (counsel, said.union_agreement) else False


def void(
    since: date, day: Callable[[Negotiated], date | None], dated: str = "the contract is of"
) -> Test:
    """Return the test of voidness: all three conditions at once, in a contract of a later day."""

    def test(facts: Facts) -> tuple[Answer, ...]:
        said = facts.negotiated
        made = day(said)
        if made is not None and made < since:
            return (Answer(True, f"{dated} {made}, before {since}"),)
        if said.replaces_work is False or said.specific or represented(said):
            return (Answer(True, "the provision on the replica is not void"),)
        if None in (made, said.replaces_work, said.specific, represented(said)):
            return unknown("one of the three conditions, or the day of the contract")
        text = (
            "the provision on the replica is void: it replaces her work, describes no specific use,"
            " and neither counsel nor a union stood by her; the rest of the contract stands"
        )
        return (Answer(False, text),)

    return test


def _stood_by(facts: Facts) -> tuple[Answer, ...]:
    broken = "neither counsel with terms signed by themselves nor a union stood by her: tell her so"
    fine = "counsel or a union stood by her, as it is recorded"
    return (answer(represented(facts.negotiated), broken, fine, "negotiation"),)


def _written_consent(facts: Facts) -> tuple[Answer, ...]:
    given = None if facts.consent is None else facts.consent.given
    return (
        answer(
            given,
            "she gave no written consent to advertising with her picture: ask for it",
            "she consented in writing to advertising with her picture",
        ),
    )


def _adult(facts: Facts) -> tuple[Answer, ...]:
    born = facts.person.born
    if born is None:
        return unknown("when the model was born")
    kept = facts.on >= years_after(born, ADULT_YEARS)
    broken = f"the model is under {ADULT_YEARS}: no twin of a minor is made"
    return (answer(kept, broken, "the model is of age"),)


def _after_death(facts: Facts) -> tuple[Answer, ...]:
    person = facts.person
    if person.alive:
        return (Answer(True, "the model is alive"),)
    if person.died_on is None:
        return unknown("whether the model is alive")
    if person.domicile_at_death is None:
        return unknown("where the model was domiciled at her death")
    years = PROTECTED_AFTER_DEATH.get(person.domicile_at_death)
    if years is None:
        return unknown(f"what holds after death for `{person.domicile_at_death}`")
    until = years_after(person.died_on, years)
    if facts.on >= until:
        return (Answer(True, f"the {years} years after her death were over on {until}"),)
    broken = f"until {until} only her registered heirs or estate can license her picture"
    return (answer(person.estate_consent, broken, "her estate agreed in writing"),)


_rule = partial(
    Rule,
    order=Order.NEW_YORK,
    owed_by="brand",
    owed_to="model",
    outcome=Effect.REFUSE,
    source=_GOL,
    in_force_from=REPLICA_CONTRACTS_FROM,
    checked_on=CHECKED,
    confidence=Confidence.TEXT_READ,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="R22",
        statement="A contract for a replica that replaces work in person describes its uses",
        triggers=(Trigger.SIGN_CONSENT,),
        citation="General Obligations Law § 5-302(1)(a)-(b)",
        test=specific,
        terms_of_art=("reasonably specific description",),
    ),
    _rule(
        id="R23",
        statement="It is recorded whether counsel or a union stood by the model",
        triggers=(Trigger.SIGN_CONSENT,),
        outcome=Effect.WARN,
        citation="General Obligations Law § 5-302(1)(c)",
        test=_stood_by,
        note=DESIGN + "the law asks for the fact, the record of it is ours",
    ),
    _rule(
        id="R24",
        statement="A provision on a replica is void when all three conditions of the law are met",
        triggers=(Trigger.SIGN_CONSENT, Trigger.GENERATE),
        citation="General Obligations Law § 5-302(1)-(2)",
        test=void(REPLICA_CONTRACTS_FROM, lambda said: said.made_on),
        terms_of_art=("a new performance by digital replication",),
        note="the drafting mixes two negatives; this is the reading that protects her most",
    ),
    _rule(
        id="R25",
        statement="A living person's picture advertises only with her written consent",
        triggers=(Trigger.PUBLISH,),
        citation="Civil Rights Law § 50",
        source=_CVR,
        in_force_from=date(1903, 9, 1),
        test=_written_consent,
        house_policy=True,
        reach=Reach.AUDIENCE,
        note="for a minor a parent or guardian would sign; no twin of a minor is made (R29);"
        " the day of 1903 is general knowledge",
    ),
    _rule(
        id="R29",
        statement="No twin is made of anybody under eighteen",
        triggers=(Trigger.SIGN_CONSENT, Trigger.CAPTURE_SESSION),
        citation="Civil Rights Law § 50; New York Labor Law article 4-A",
        source=_CVR,
        in_force_from=date(1903, 9, 1),
        confidence=Confidence.SECONDARY,
        test=_adult,
        house_policy=True,
        note=DESIGN
        + "the law allows it with a parent's signature, a permit, a trust of 15 % and consent"
        " anew at eighteen; Sosie does not offer it",
    ),
    _rule(
        id="R54",
        statement="After death a picture is licensed only by registered heirs or the estate",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_to="heirs of the model",
        citation="Civil Rights Law § 50-f; California Civil Code § 3344.1",
        source=_CVR,
        in_force_from=date(2025, 12, 11),
        confidence=Confidence.SECONDARY,
        test=_after_death,
        also=((Order.CALIFORNIA, date(2025, 1, 1)),),
        note="40 years in New York, 70 in California",
    ),
)

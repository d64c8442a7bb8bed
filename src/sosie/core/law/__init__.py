"""The law as data: one table of dated, cited rules per legal order, and what they find.

Three separate answers for each rule: does it apply, is it in force, is it kept. A rule that
breaks answers nothing (``kept`` is ``None``) and says so. None of this is legal advice.
"""

from __future__ import annotations

from dataclasses import replace

from sosie.core.law import (
    california,
    european_union,
    house,
    illinois,
    new_york,
    norms,
    tennessee,
)
from sosie.core.law.facts import (
    Advertisement,
    Asks,
    Capacity,
    Charge,
    Complaint,
    Consent,
    Content,
    DataConsent,
    Facts,
    Label,
    Marking,
    Negotiated,
    Papers,
    Payment,
    Person,
    Places,
    PowerOfAttorney,
    Registration,
    Representation,
    Session,
    Signature,
    Ties,
    Trigger,
    Watching,
    Withdrawn,
)
from sosie.core.law.nexus import nexus
from sosie.core.law.rule import Answer, Confidence, Effect, Finding, Nexus, Order, Rule
from sosie.core.terms import Terms

__all__ = [
    "NOT_ADVICE",
    "RULES",
    "Advertisement",
    "Answer",
    "Asks",
    "Capacity",
    "Charge",
    "Complaint",
    "Confidence",
    "Consent",
    "Content",
    "DataConsent",
    "Effect",
    "Facts",
    "Finding",
    "Label",
    "Marking",
    "Negotiated",
    "Nexus",
    "Order",
    "Papers",
    "Payment",
    "Person",
    "Places",
    "PowerOfAttorney",
    "Registration",
    "Representation",
    "Rule",
    "Session",
    "Signature",
    "Ties",
    "Trigger",
    "Watching",
    "Withdrawn",
    "check",
    "findings",
    "nexus",
    "orders",
]

NOT_ADVICE = "Sosie states rules and where they stand; it gives no legal advice"

_TABLES = (california, european_union, house, illinois, new_york, norms, tennessee)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for table in _TABLES for rule in table.RULES), key=lambda rule: rule.id)
)
"""Every rule of every order, in the order of ids."""


def orders(facts: Facts) -> tuple[tuple[Order, Nexus], ...]:
    """Return every legal order with whether it reaches some facts, and why."""
    return tuple((order, nexus(order, facts)) for order in Order)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return what every rule says of some facts, in the order of rule ids.

    A rule answers once, or once for each clause that breaks it. It never raises: a rule whose
    test breaks is not known to be kept, and says so.
    """
    return tuple(found for rule in RULES for found in _ask(rule, facts))


def check(terms: Terms, facts: Facts | None = None) -> tuple[Finding, ...]:
    """Return what stands against some terms: each broken rule and each missing field.

    ``facts.terms`` is replaced by the terms. Without facts they are checked for their own first
    day, or if they state none for the day on which the rules were last checked. Only what is
    broken or could not be asked is named; a rule that lacks facts about other papers is left to
    `findings`.
    """
    if facts is None:
        first = terms.period.first if terms.period else max(rule.checked_on for rule in RULES)
        facts = Facts(on=first)
    found = findings(replace(facts, terms=terms, negotiated=_negotiated(terms, facts)))
    return tuple(finding for finding in found if finding.bites or finding.broke)


def _negotiated(terms: Terms, facts: Facts) -> Negotiated:
    """Return how the terms came about, by what they say of it unless the facts say more."""
    said = terms.negotiation
    if said is None or facts.negotiated != Negotiated():
        return facts.negotiated
    signed = facts.consent.signed_at if facts.consent else None
    return Negotiated(
        replaces_work=said.replaces_work,
        specific=bool(terms.scope.strip() and terms.purposes),
        counsel=said.counsel is not None,
        separately_signed=facts.consent.own_signature if facts.consent else True,
        union_agreement=said.union_agreement is not None,
        made_on=signed.date() if signed else facts.on,
        fixed_on=facts.on,
    )


def _ask(rule: Rule, facts: Facts) -> tuple[Finding, ...]:
    broke = False
    try:
        answers = rule.test(facts) or (Answer(None, f"rule `{rule.id}` found nothing to judge"),)
    except Exception as error:
        broke = True
        text = f"rule `{rule.id}` broke ({type(error).__name__}); a person must judge"
        answers = (Answer(None, text),)
    set_off = facts.act is None or facts.act in rule.triggers
    where, order = _applies(rule, facts) if set_off else (_other_act(facts), rule.order)
    in_force = rule.in_force(facts.on, order)
    # That a norm is no law, its basis says.
    remarks = [] if where.applies or rule.order is Order.NORMS else [where.text]
    if not in_force:
        remarks.append(f"not in force on {facts.on}")
    tail = f" ({'; '.join(remarks)})" if remarks else ""
    return tuple(
        Finding(
            rule=rule,
            applies=where.applies,
            order=order,
            in_force=in_force,
            kept=answer.kept,
            text=answer.text + tail,
            clause=answer.clause,
            due=answer.due,
            set_off=set_off,
            broke=broke,
        )
        for answer in answers
    )


def _other_act(facts: Facts) -> Nexus:
    return Nexus(False, f"`{facts.act}` does not set the rule off")


def _applies(rule: Rule, facts: Facts) -> tuple[Nexus, Order]:
    """Return whether a rule binds, by the order by which it does so most surely."""
    if rule.needs_agency and facts.agency_takes_part is False:
        return Nexus(False, "no agency takes part"), rule.order
    found = [
        (nexus(order, facts, rule.reach), order)
        for order in (rule.order, *(order for order, _ in rule.also))
    ]
    return max(found, key=lambda each: _sureness(each[0], rule.in_force(facts.on, each[1])))


def _sureness(where: Nexus, in_force: bool) -> tuple[int, bool]:
    return ({True: 2, None: 1, False: 0}[where.applies], in_force)

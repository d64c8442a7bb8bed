"""The legal text of a contract: numbered clauses from the terms, and the standing rules of every
Sosie license (ownership, approval, the training ban, withdrawal). All else comes from the terms.
"""

from __future__ import annotations

from dataclasses import dataclass

from sosie.adapters.figures import amount, expenses, nets, priced, rates
from sosie.adapters.first_page import (
    after_end,
    channels,
    exclusivity,
    stand_alone,
    territories,
    unsaid,
)
from sosie.adapters.words import Words, capital, named
from sosie.core.contract import Contract
from sosie.core.term_names import ALTERATIONS, DEPICTIONS, PURPOSES
from sosie.core.terms import Terms
from sosie.core.values import BadInput

LEGAL = ("en", "fr")
"""The languages of the legal text; the English one governs."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause: a heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def clauses(
    w: Words, contract: Contract, model: str, brand: str, agency: str | None
) -> list[Clause]:
    """Return the numbered clauses in their fixed order; a clause without a subject is left out."""
    terms = contract.terms
    found = [
        Clause(w("The twin"), _ownership(w, terms, model, brand)),
        Clause(w("Scope"), (terms.scope or w("The scope is {unsaid}.", unsaid=unsaid(w)),)),
        Clause(w("Purposes"), _purposes(w, terms)),
        Clause(w("Territories"), _territories(w, terms)),
        Clause(w("Channels"), _channels(w, terms)),
        Clause(w("Period"), _period(w, terms)),
        Clause(w("Number of pictures"), _numbers(w, terms)),
        Clause(w("Garments"), _garments(w, terms)),
        Clause(w("Alterations"), _alterations(w, contract)),
        Clause(w("What is shown beside the model"), _beside(w, contract)),
        Clause(w("Approval of each picture"), _approvals(w, terms)),
        Clause(w("Exclusivity"), tuple(filter(None, (exclusivity(w, terms),)))),
        Clause(w("Pay"), _pay(w, terms)),
        Clause(w("Commission, and what the model receives"), _commission(w, contract, agency)),
        Clause(w("Expenses"), _expenses(w, terms)),
        Clause(w("Payment"), _payment(w, terms)),
        Clause(w("No training"), (_training(w),)),
        Clause(w("Disclosure"), _disclosure(w, terms)),
        Clause(w("Reports and audit"), _reports(w, terms)),
        Clause(w("Who else may act"), _others(w, contract)),
        Clause(w("Storage and deletion"), _storage(w, terms)),
        Clause(w("Withdrawal"), _withdrawal(w, terms)),
        Clause(w("How the terms came about"), _negotiation(w, terms)),
    ]
    if terms.expectations:
        found.append(Clause(w("What is expected of the model"), (terms.expectations,)))
    if terms.credit:
        credit = w("Each picture is credited: {credit}", credit=terms.credit)
        found.append(Clause(w("Credit"), (credit,)))
    law = f"{terms.governing_law}." if terms.governing_law else w("No governing law is stated.")
    found.append(Clause(w("Governing law"), (law,)))
    if agency is not None:
        found.append(Clause(w("The agency"), (_agency(w, contract, agency),)))
    document = (stand_alone(w, agency), _machine_readable(w, terms))
    found.append(Clause(w("This document"), document))
    return [clause for clause in found if clause.paragraphs]


def _ownership(w: Words, terms: Terms, model: str, brand: str) -> tuple[str, ...]:
    text = w(
        "{model} (the model) owns the digital twin “{twin}”. {brand} (the brand) receives "
        "the license that this document states, and nothing else: no ownership, no right to make "
        "another twin.",
        model=model,
        brand=brand,
        twin=terms.twin,
    )
    if terms.sublicense or terms.parties.studio:
        text += " " + w(
            "The brand passes the license on to nobody but those named in this document."
        )
    else:
        text += " " + w("The brand passes the license on to nobody.")
    if terms.twin_version is None:
        return (text,)
    version = str(terms.twin_version)
    return (text, w("Version {version} of the twin may be used, and no other.", version=version))


def _purposes(w: Words, terms: Terms) -> tuple[str, ...]:
    things = w.listed(named(w, PURPOSES, terms.purposes))
    if not things:
        return (w("The purposes are {unsaid}.", unsaid=unsaid(w)),)
    found = [
        w(
            "Pictures may be used for {purposes}. Any other purpose needs a new license.",
            purposes=things,
        )
    ]
    if terms.category:
        found.append(w("They advertise {category}.", category=terms.category))
    return tuple(found)


def _territories(w: Words, terms: Terms) -> tuple[str, ...]:
    if terms.territories is None:
        return (w("The territories are {unsaid}.", unsaid=unsaid(w)),)
    try:
        count = len(terms.territories.countries())
    except ValueError as error:
        raise BadInput(
            str(error),
            where="territories",
            remedy="give ISO 3166-1 codes such as `SE`, or `EU`, `EEA`, `WORLD`",
            code="terms.territory",
        ) from None
    where = w.n(
        "Pictures may be shown in {countries}: {count} country or territory in all.",
        "Pictures may be shown in {countries}: {count} countries and territories in all.",
        count,
        countries=territories(w, terms.territories),
    )
    return (f"{where} {w('They may be shown nowhere else.')}",)


def _channels(w: Words, terms: Terms) -> tuple[str, ...]:
    things = channels(w, terms)
    if not things:
        return (w("The channels are {unsaid}.", unsaid=unsaid(w)),)
    return (
        w(
            "Pictures may be shown on {channels}. Any other channel needs a new license.",
            channels=things,
        ),
    )


def _period(w: Words, terms: Terms) -> tuple[str, ...]:
    if terms.period is None:
        return (w("The period is {unsaid}.", unsaid=unsaid(w)),)
    text = w(
        "This license runs from the start of {first} until the end of {last}, in the time zone "
        "{zone}. It is not renewed by silence.",
        first=w.day(terms.period.first),
        last=w.day(terms.period.last),
        zone=terms.period.time_zone,
    )
    return tuple(filter(None, (text, after_end(w, terms))))


def _numbers(w: Words, terms: Terms) -> tuple[str, ...]:
    if terms.pictures is None:
        return (w("The number of pictures is {unsaid}.", unsaid=unsaid(w)),)
    made = w.n(
        "One picture may be made. A picture that the model refuses does not count.",
        "At most {count} pictures may be made. A picture that the model refuses does not count.",
        terms.pictures,
    )
    found = [made]
    if terms.renditions is not None:
        found.append(
            w.n(
                "At most {count} rendition of them may go out in all.",
                "At most {count} renditions of them may go out in all.",
                terms.renditions,
            )
        )
    if terms.placements is not None:
        found.append(
            w.n(
                "They may be shown in at most {count} place in all.",
                "They may be shown in at most {count} places in all.",
                terms.placements,
            )
        )
    return (" ".join(found),)


def _garments(w: Words, terms: Terms) -> tuple[str, ...]:
    found = []
    if terms.garments:
        text = w("The twin may wear these garments: {garments}.", garments=w.listed(terms.garments))
        found.append(text)
    if terms.collections:
        listed = w.listed(terms.collections)
        found.append(w("The twin may wear any garment of {collections}.", collections=listed))
    if found:
        found.append(w("Any other garment needs a new license."))
    return (" ".join(found),) if found else ()


def _alterations(w: Words, contract: Contract) -> tuple[str, ...]:
    text = w("Nothing in a picture may be altered.")
    if contract.terms.alterations:
        text = w(
            "Of a picture, these may be altered: {things}. Everything else is forbidden.",
            things=w.listed(named(w, ALTERATIONS, contract.terms.alterations)),
        )
    if not contract.marks:
        return (text,)
    more = w(
        "These marks of the model are never retouched, whatever else may be altered: {marks}.",
        marks="; ".join(contract.marks),
    )
    return (text, more)


def _beside(w: Words, contract: Contract) -> tuple[str, ...]:
    found, terms = [], contract.terms
    if terms.excluded_depictions:
        things = w.listed(named(w, DEPICTIONS, terms.excluded_depictions))
        found.append(w("The model is never shown with {things}.", things=things))
    if terms.co_depiction is not None:
        match terms.co_depiction.people:
            case "nobody":
                found.append(w("Nobody else is in a picture."))
            case "anybody":
                found.append(w("Others may be in a picture with the model."))
            case "named":
                people = w.listed(contract.name(each) for each in terms.co_depiction.named)
                found.append(w("Of others, only {people} may be in a picture.", people=people))
    return (" ".join(found),) if found else ()


def _approvals(w: Words, terms: Terms) -> tuple[str, ...]:
    text = w.n(
        "The model approves or refuses each picture before it is used. The model is asked to "
        "answer within {count} day. Silence is never yes: a picture without an answer is not "
        "used.",
        "The model approves or refuses each picture before it is used. The model is asked to "
        "answer within {count} days. Silence is never yes: a picture without an answer is not "
        "used.",
        terms.approvals.answer_days,
    )
    if not terms.approvals.each_campaign:
        return (text,)
    more = w(
        "The model also approves or refuses each campaign before anything of it goes out; here too "
        "silence is never yes."
    )
    return (text, more)


def _pay(w: Words, terms: Terms) -> tuple[str, ...]:
    pay = terms.pay
    found = [f"{capital(rate)}." for rate in rates(w, pay)]
    if pay is None:
        return (f"{w('The rate of pay is {unsaid}', unsaid=unsaid(w))}.",)
    if pay.session is not None:
        found.append(
            w(
                "A capture session is booked for {hours} hours; after {limit} hours in any 24 each "
                "hour earns {rate} times the hourly fee.",
                hours=w.number(pay.session.hours),
                limit=w.number(pay.session.overtime_after),
                rate=w.number(pay.session.overtime_rate),
            )
        )
    if pay.minimum_guarantee:
        least = w.money(amount(pay, pay.minimum_guarantee))
        found.append(
            w(
                "The model earns at least {amount} by the last day, the fee for making the twin "
                "left aside.",
                amount=least,
            )
        )
    if pay.cap is not None:
        cap = w.money(amount(pay, pay.cap))
        found.append(
            w(
                "Pictures, releases and placements together earn at most {amount}; beyond that "
                "nothing more may be used under this license.",
                amount=cap,
            )
        )
    return tuple(found)


def _commission(w: Words, contract: Contract, agency: str | None) -> tuple[str, ...]:
    terms = contract.terms
    first = w("No commission is taken.")
    if terms.commission and agency is not None:
        first = w(
            "{agency} takes a commission of {rate} of the model’s pay.",
            agency=agency,
            rate=w.percent(terms.commission),
        )
    if terms.mother_agency_share and terms.parties.mother_agency:
        first += " " + w(
            "Out of it, {share} of the pay go to the mother agency, {mother}.",
            share=w.percent(terms.mother_agency_share),
            mother=contract.name(terms.parties.mother_agency),
        )
    if not priced(w, terms.pay):
        return (first,)
    received = "; ".join(nets(w, terms))
    return (f"{first} " + w("The model receives, net: {nets}.", nets=received),)


def _expenses(w: Words, terms: Terms) -> tuple[str, ...]:
    found = expenses(w, terms)
    if found:
        head = w("These expenses are incurred, and no others are charged to the model:")
        return (head, *(f"{capital(text)}." for text in found))
    if terms.incurred_expenses is None:
        return (w("Expenses are not stated; none is charged to the model."),)
    return (w("No expenses are incurred; none is charged to the model."),)


def _payment(w: Words, terms: Terms) -> tuple[str, ...]:
    term = None if terms.pay is None else terms.pay.payment_term_days
    if term is None:
        return (w("No payment term is stated."),)
    text = w.n(
        "What the brand owes is due {count} day after the act that earns it.",
        "What the brand owes is due {count} days after the act that earns it.",
        term,
    )
    text += " " + w(
        "Each payment is shown to the model in a statement, line by line, with the basis of every "
        "deduction."
    )
    if terms.pay is None or terms.pay.late_interest is None:
        return (text,)
    rate = w.percent(terms.pay.late_interest)
    return (text, w("What is overdue bears interest of {rate} a year.", rate=rate))


def _training(w: Words) -> str:
    return w(
        "No picture, capture, measurement or weight of the twin may be used to train, fine-tune or "
        "evaluate a model of artificial intelligence, by the brand or by anyone the brand works "
        "with."
    )


def _disclosure(w: Words, terms: Terms) -> tuple[str, ...]:
    if terms.disclosure is None:
        return ()
    if terms.disclosure.on_picture:
        text = w("On each picture it is said: {label}", label=terms.disclosure.label)
    else:
        text = w("Beside each picture it is said: {label}", label=terms.disclosure.label)
    return (text,)


def _reports(w: Words, terms: Terms) -> tuple[str, ...]:
    found = []
    match terms.usage_reports:
        case "monthly":
            found.append(w("Each month the brand reports every use to the model."))
        case "quarterly":
            found.append(w("Each quarter the brand reports every use to the model."))
        case "yearly":
            found.append(w("Each year the brand reports every use to the model."))
        case None:
            pass
    if terms.audit is not None:
        found.append(
            w(
                "The model may have the brand’s records of the uses checked, {times} times a year "
                "at most, with {days} days of notice.",
                times=str(terms.audit.per_year),
                days=str(terms.audit.notice_days),
            )
        )
    return (" ".join(found),) if found else ()


def _others(w: Words, contract: Contract) -> tuple[str, ...]:
    found, terms = [], contract.terms
    if terms.parties.studio:
        studio = contract.name(terms.parties.studio)
        found.append(w("{studio} acts for the brand under this license.", studio=studio))
    if terms.sublicense:
        others = w.listed(contract.name(each) for each in terms.sublicense)
        text = w("Beside the brand only {others} may use what it allows.", others=others)
        found.append(text)
    return (" ".join(found),) if found else ()


def _storage(w: Words, terms: Terms) -> tuple[str, ...]:
    if terms.storage is None:
        return ()
    return (
        w.n(
            "The brand keeps its copies in {countries} only, and deletes every one within {count} "
            "day of the end, with proof.",
            "The brand keeps its copies in {countries} only, and deletes every one within {count} "
            "days of the end, with proof.",
            terms.storage.delete_within_days,
            countries=territories(w, terms.storage.countries),
        ),
    )


def _withdrawal(w: Words, terms: Terms) -> tuple[str, ...]:
    text = w(
        "The model may withdraw this consent at any time, without giving a reason and as easily as "
        "it was given: in Sosie, with one signature. From the moment the withdrawal is "
        "acknowledged, nothing more is made, sealed or released under this license. What was "
        "lawfully made before stays lawful and stays owed."
    )
    if terms.withdrawal is None:
        return (text,)
    more = w.n(
        "What is out then is taken down within {count} day.",
        "What is out then is taken down within {count} days.",
        terms.withdrawal.take_down_days,
    )
    if terms.withdrawal.notice:
        more += " " + w("The brand is told at: {notice}", notice=terms.withdrawal.notice)
    return (text, more)


def _negotiation(w: Words, terms: Terms) -> tuple[str, ...]:
    found = []
    if terms.notice_hours is not None:
        found.append(
            w.n(
                "The model cannot sign before having had these terms for {count} hour.",
                "The model cannot sign before having had these terms for {count} hours.",
                terms.notice_hours,
            )
        )
    said = terms.negotiation
    if said is not None:
        if said.replaces_work:
            found.append(w("The twin takes the place of work that the model would have done."))
        else:
            found.append(w("The twin takes the place of no work of the model."))
        if said.counsel:
            found.append(w("{counsel} negotiated for the model as counsel.", counsel=said.counsel))
        if said.union_agreement:
            text = w("A union agreement covers it: {agreement}", agreement=said.union_agreement)
            found.append(text)
    return (" ".join(found),) if found else ()


def _agency(w: Words, contract: Contract, agency: str) -> str:
    return w(
        "{agency} advises the model and does not sign this document; nobody signs it for the "
        "model. Registration number of the agency: {number}.",
        agency=agency,
        number=contract.agency_registration or w("not stated"),
    )


def _machine_readable(w: Words, terms: Terms) -> str:
    return w(
        "The same terms are attached to this file for machines, as terms.json. Both parties sign "
        "the file with its attachment. SHA-256 of the attachment: {digest}.",
        digest=_spaced(terms.digest()),
    )


def _spaced(digest: str) -> str:
    text = digest.removeprefix("sha256:")
    return " ".join(text[i : i + 8] for i in range(0, len(text), 8))

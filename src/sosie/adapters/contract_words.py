"""The words of a contract: the terms as sentences, and the standing rules of every Sosie license.

The standing rules are ownership, approval, the training ban and withdrawal; all else comes from
the terms. What they leave out is said to be left out, and that nothing is allowed by it: silence
never widens a license.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sosie.adapters.country_names import names as country_names
from sosie.core.contract import Contract
from sosie.core.terms import Alteration, Channel, Expense, Pay, Purpose, Terms
from sosie.core.values import BadInput, Money

PURPOSES = {
    Purpose.PRODUCT_PAGE: "product pages",
    Purpose.ORGANIC_SOCIAL: "unpaid posts on social media",
    Purpose.PAID_SOCIAL: "paid advertising on social media",
    Purpose.CAMPAIGN: "advertising campaigns",
    Purpose.OUT_OF_HOME: "posters and screens in public places",
    Purpose.PRINT: "print",
    Purpose.IN_STORE: "display in stores",
    Purpose.EDITORIAL: "editorial",
    Purpose.INTERNAL: "internal use by the brand",
}
CHANNELS = {
    Channel.WEB_SHOP: "the brand’s web shop",
    Channel.INSTAGRAM: "Instagram",
    Channel.TIKTOK: "TikTok",
    Channel.OUT_OF_HOME: "out of home",
    Channel.STORE_SCREEN: "screens in stores",
    Channel.PRINT: "print",
}
ALTERATIONS = {
    Alteration.GARMENT_COLOUR: "the color of the garment",
    Alteration.BACKDROP: "the backdrop",
    Alteration.CROP: "the crop",
    Alteration.COLOUR_GRADE: "the color grading",
    Alteration.RELIGHT: "the light",
    Alteration.BODY_SHAPE: "the shape of the body",
    Alteration.SKIN_TONE: "the tone of the skin",
    Alteration.AGE: "the apparent age",
    Alteration.FACE: "the face",
    Alteration.NUDITY: "nudity",
}
WITHDRAWAL = (
    "The model may withdraw this consent at any time, without giving a reason and as easily as it "
    "was given: in Sosie, with one signature. From the moment the withdrawal is acknowledged, "
    "nothing more is made, sealed or released under this license. What was lawfully made before "
    "stays lawful and stays owed."
)
TRAINING = (
    "No picture, capture, measurement or weight of the twin may be used to train, fine-tune or "
    "evaluate a model of artificial intelligence, by the brand or by anyone the brand works with."
)
_UNSAID = "not stated; nothing is allowed by this license until it is"


@dataclass(frozen=True, slots=True)
class Row:
    """A term and what it says; also a plain question and its answer."""

    term: str
    says: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause: a heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def sheet(contract: Contract) -> dict[str, Any]:
    """Return everything that the contract prints, as plain JSON values.

    Raises ``BadInput`` (``contract.name_missing``) for a party without a name and
    (``pay.amount``) for an amount that its currency cannot say.
    """
    terms, parties = contract.terms, contract.terms.parties
    model, brand = _name(contract, parties.model), _name(contract, parties.brand)
    agency = None if parties.agency is None else _name(contract, parties.agency)
    people = [("Model", parties.model, model), ("Brand", parties.brand, brand)]
    if parties.agency is not None and agency is not None:
        people.append(("Agency, advising", parties.agency, agency))
    return {
        "title": terms.title,
        "license": contract.license,
        "dated": day(contract.dated),
        "date": [contract.dated.year, contract.dated.month, contract.dated.day],
        "digest": terms.digest().removeprefix("sha256:"),
        "parties": [
            {"role": role, "id": party, "name": name, "address": contract.addresses.get(party, "")}
            for role, party, name in people
        ],
        "plain": [asdict(row) for row in plain(terms, model, brand)],
        "key_terms": [asdict(row) for row in key_terms(contract)],
        "clauses": [asdict(clause) for clause in clauses(contract, model, brand, agency)],
        "signatories": [
            {"role": "The model", "name": model, "id": parties.model},
            {"role": "The brand", "name": brand, "id": parties.brand},
        ],
        "stand_alone": stand_alone(agency),
    }


def plain(terms: Terms, model: str, brand: str) -> list[Row]:
    """Return the first page: what, where, until when, for how much, and how to take it back."""
    if terms.pictures is None or not terms.purposes:
        allowed = f"Nothing yet: the purposes or the number of pictures are {_UNSAID}."
    else:
        some = "one picture" if terms.pictures == 1 else f"at most {terms.pictures} pictures"
        allowed = (
            f"{brand} may make {some} of {model}’s digital twin, for "
            f"{listed(PURPOSES[p] for p in terms.purposes)}. "
            "The model sees each picture first and says yes or no; no answer is never a yes."
        )
    where = f"In {_territories(terms)}" if terms.territories else f"Territories: {_UNSAID}"
    if terms.channels:
        where += f", on {listed(CHANNELS[c] for c in terms.channels)}"
    until = f"The period is {_UNSAID}."
    if terms.period is not None:
        until = (
            f"From {day(terms.period.first)} until {day(terms.period.last)}, both days included. "
            "After that no new use is allowed."
        )
    return [
        Row("What the model allows", allowed),
        Row("Where", f"{where}."),
        Row("Until when", until),
        Row("For how much", _pay_plain(terms)),
        Row(
            "How the model takes it back",
            "At any time, without a reason, in Sosie, with one signature. Nothing more is made, "
            "sealed or released from the moment the withdrawal is acknowledged.",
        ),
        Row("What is never allowed", _never(terms)),
    ]


def key_terms(contract: Contract) -> list[Row]:
    """Return the table of key terms: one row for each field of the terms."""
    terms = contract.terms
    rows = [
        ("License", contract.license),
        ("Twin", terms.twin),
        ("Scope", terms.scope or capital(_UNSAID)),
        ("Purposes", listed(PURPOSES[p] for p in terms.purposes) or _UNSAID),
        ("Territories", _territories(terms) or _UNSAID),
        ("Channels", listed(CHANNELS[c] for c in terms.channels) or _UNSAID),
        ("Period", _period(terms)),
        ("Pictures", _UNSAID if terms.pictures is None else f"at most {terms.pictures}"),
        ("Alterations", listed(ALTERATIONS[a] for a in terms.alterations) or "none"),
        ("Approvals", _approvals_short(terms)),
        ("Rate of pay", "; ".join(_rates(terms.pay)) or _UNSAID),
        ("Commission", _commission_short(terms)),
        ("Model receives", "; ".join(_nets(terms)) or _UNSAID),
        ("Expenses", "; ".join(_expenses(terms)) or _no_expenses(terms)),
        ("Payment term", _payment_term(terms)),
        ("Training", terms.training),
        ("Credit", terms.credit or "None"),
        ("Governing law", terms.governing_law or "Not stated"),
    ]
    if terms.parties.agency is not None:
        registration = contract.agency_registration or "not stated"
        rows.append(("Agency registration number", registration))
    given = {"License", "Twin", "Scope", "Credit", "Governing law"}
    return [Row(term, says if term in given else capital(says)) for term, says in rows]


def clauses(contract: Contract, model: str, brand: str, agency: str | None) -> list[Clause]:
    """Return the numbered clauses in their fixed order; a clause without a subject is left out."""
    terms = contract.terms
    found = [
        Clause("The twin", (_ownership(terms, model, brand),)),
        Clause("Scope", (terms.scope or f"The scope is {_UNSAID}.",)),
        Clause("Purposes", _only("Pictures may be used for", _purposes(terms), "purpose")),
        Clause("Territories", _territory_clause(terms)),
        Clause("Channels", _only("Pictures may be shown on", _channels(terms), "channel")),
        Clause("Period", (_period_clause(terms),)),
        Clause("Number of pictures", (_pictures_clause(terms),)),
        Clause("Alterations", (_alterations_clause(terms),)),
        Clause("Approval of each picture", (_approvals_clause(terms),)),
        Clause("Pay", tuple(f"{capital(rate)}." for rate in _rates(terms.pay)) or (_no_pay(),)),
        Clause("Commission, and what the model receives", _commission_clause(terms, agency)),
        Clause("Expenses", _expense_clause(terms)),
        Clause("Payment", (_payment_clause(terms),)),
        Clause("No training", (TRAINING,)),
        Clause("Withdrawal", (WITHDRAWAL,)),
    ]
    if terms.expectations:
        found.append(Clause("What is expected of the model", (terms.expectations,)))
    if terms.credit:
        found.append(Clause("Credit", (f"Each picture is credited: {terms.credit}",)))
    law = terms.governing_law
    found.append(Clause("Governing law", (f"{law}." if law else "No governing law is stated.",)))
    if agency is not None:
        found.append(Clause("The agency", (_agency_clause(contract, agency),)))
    found.append(Clause("This document", (stand_alone(agency), _machine_readable(terms))))
    return found


def stand_alone(agency: str | None) -> str:
    """Return the note that this consent stands alone (N.Y. Labor Law §§ 1034(11), 1037(7))."""
    note = (
        "This is a stand-alone consent document. It is separate from any representation agreement "
        "and is not part of general terms."
    )
    if agency is None:
        return note
    return f"{note} The agency, {agency}, advises the model; it does not sign."


def listed(items: Iterable[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``; empty text for nothing."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def day(value: date) -> str:
    """Return a day as ``23 November 2026``."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


def percent(rate: Decimal) -> str:
    """Return a rate as ``20 %``, with every digit that it has."""
    return f"{format((rate * 100).normalize(), 'f')} %"


def net(gross: Money, commission: Decimal) -> Money:
    """Return what is left for the model; the commission is rounded down to the minor unit, as
    `sosie.core.ledger.split` books it."""
    parts, whole = commission.as_integer_ratio()
    return Money(gross.minor - gross.minor * parts // whole, gross.currency)


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _name(contract: Contract, party: str) -> str:
    name = contract.names.get(party, "").strip()
    if not name:
        raise BadInput(
            "the contract has no name for this party",
            where=party,
            remedy="give the legal or professional name of each party",
            code="contract.name_missing",
        )
    return name


def _ownership(terms: Terms, model: str, brand: str) -> str:
    return (
        f"{model} (the model) owns the digital twin “{terms.twin}”. {brand} (the brand) receives "
        "the license that this document states, and nothing else: no ownership, no right to pass "
        "the license on, no right to make another twin."
    )


def _agency_clause(contract: Contract, agency: str) -> str:
    number = contract.agency_registration or "not stated"
    return (
        f"{agency} advises the model and does not sign this document; nobody signs it for the "
        f"model. Registration number of the agency: {number}."
    )


def _approvals_short(terms: Terms) -> str:
    return (
        f"each picture, by the model; asked to answer within {_days(_answer(terms))}; silence is "
        "never yes"
    )


def _territories(terms: Terms) -> str:
    if terms.territories is None:
        return ""
    text = listed(country_names(terms.territories.include))
    if terms.territories.exclude:
        text += f", but not in {listed(country_names(terms.territories.exclude))}"
    return text


def _purposes(terms: Terms) -> str:
    return listed(PURPOSES[p] for p in terms.purposes)


def _channels(terms: Terms) -> str:
    return listed(CHANNELS[c] for c in terms.channels)


def _only(start: str, things: str, noun: str) -> tuple[str, ...]:
    if not things:
        return (f"The {noun}s are {_UNSAID}.",)
    return (f"{start} {things}. Any other {noun} needs a new license.",)


def _territory_clause(terms: Terms) -> tuple[str, ...]:
    if terms.territories is None:
        return (f"The territories are {_UNSAID}.",)
    try:
        count = len(terms.territories.countries())
    except ValueError as error:
        raise BadInput(
            str(error),
            where="territories",
            remedy="give ISO 3166-1 codes such as `SE`, or `EU`, `EEA`, `WORLD`",
            code="terms.territory",
        ) from None
    unit = "country or territory" if count == 1 else "countries and territories"
    where = f"Pictures may be shown in {_territories(terms)}: {count} {unit} in all."
    return (f"{where} They may be shown nowhere else.",)


def _period(terms: Terms) -> str:
    if terms.period is None:
        return _UNSAID
    period = terms.period
    return (
        f"{day(period.first)} until {day(period.last)}, both days included "
        f"(time zone {period.time_zone})"
    )


def _period_clause(terms: Terms) -> str:
    if terms.period is None:
        return f"The period is {_UNSAID}."
    return (
        f"This license runs from the start of {day(terms.period.first)} until the end of "
        f"{day(terms.period.last)}, in the time zone {terms.period.time_zone}. It is not renewed "
        "by silence."
    )


def _pictures_clause(terms: Terms) -> str:
    if terms.pictures is None:
        return f"The number of pictures is {_UNSAID}."
    some = "One picture" if terms.pictures == 1 else f"At most {terms.pictures} pictures"
    return f"{some} may be made. A picture that the model refuses does not count."


def _alterations_clause(terms: Terms) -> str:
    if not terms.alterations:
        return "Nothing in a picture may be altered."
    return (
        f"Of a picture, these may be altered: {listed(ALTERATIONS[a] for a in terms.alterations)}. "
        "Everything else is forbidden."
    )


def _never(terms: Terms) -> str:
    kept = [ALTERATIONS[a] for a in _PERSON if a not in terms.alterations]
    text = "Training artificial intelligence with the twin or its pictures."
    if kept:
        text += f" Altering {', '.join(kept)}, or anything else that the terms do not list."
    return text


_PERSON = (Alteration.FACE, Alteration.BODY_SHAPE, Alteration.SKIN_TONE, Alteration.AGE)


def _answer(terms: Terms) -> int:
    return terms.approvals.answer_days


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _approvals_clause(terms: Terms) -> str:
    return (
        "The model approves or refuses each picture before it is used. The model is asked to "
        f"answer within {_days(_answer(terms))}. Silence is never yes: a picture without an answer "
        "is not used."
    )


def _priced(pay: Pay | None) -> list[tuple[str, Money]]:
    if pay is None:
        return []
    fields = (
        ("for making the twin", pay.creation_fee),
        ("for each picture", pay.per_picture),
        ("for each release of a picture", pay.per_release),
    )
    try:
        return [(what, pay.money(amount)) for what, amount in fields if amount]
    except ValueError as error:
        raise _bad_amount(error) from None


def _bad_amount(error: ValueError) -> BadInput:
    remedy = "write the amount with no more decimals than its currency has"
    return BadInput(str(error), where="pay", remedy=remedy, code="pay.amount")


def _rates(pay: Pay | None) -> list[str]:
    rates = [f"{money} {what}" for what, money in _priced(pay)]
    return rates or ([] if pay is None else ["nothing is paid under this license"])


def _nets(terms: Terms) -> list[str]:
    return [
        f"{net(money, terms.commission)} {what}, of {money}" for what, money in _priced(terms.pay)
    ]


def _pay_plain(terms: Terms) -> str:
    rates = [f"{money} {what}" for what, money in _priced(terms.pay)]
    if not rates:
        return f"{capital(_no_pay() if terms.pay is None else _rates(terms.pay)[0])}."
    text = f"The brand pays {listed(rates)}."
    nets = [f"{net(money, terms.commission)} {what}" for what, money in _priced(terms.pay)]
    if terms.commission:
        text += (
            f" After the agency’s commission of {percent(terms.commission)} the model receives "
            f"{listed(nets)}."
        )
    else:
        text += " The model receives all of it."
    return text


def _no_pay() -> str:
    return f"The rate of pay is {_UNSAID}"


def _commission_short(terms: Terms) -> str:
    return f"{percent(terms.commission)} to the agency" if terms.commission else "none"


def _commission_clause(terms: Terms, agency: str | None) -> tuple[str, ...]:
    first = "No commission is taken."
    if terms.commission and agency is not None:
        first = f"{agency} takes a commission of {percent(terms.commission)} of the model’s pay."
    if not _priced(terms.pay):
        return (first,)
    return (f"{first} The model receives, net: {'; '.join(_nets(terms))}.",)


def _expenses(terms: Terms) -> list[str]:
    if terms.pay is None and terms.incurred_expenses:
        raise _bad_amount(ValueError("expenses need a currency, which `pay` names"))
    return [_expense(terms.pay, item) for item in terms.incurred_expenses or () if terms.pay]


def _expense(pay: Pay, item: Expense) -> str:
    try:
        amount = pay.money(item.amount)
    except ValueError as error:
        raise _bad_amount(error) from None
    return f"{item.what}, {amount}, borne by the {item.borne_by}"


def _no_expenses(terms: Terms) -> str:
    return "not stated" if terms.incurred_expenses is None else "none"


def _expense_clause(terms: Terms) -> tuple[str, ...]:
    expenses = _expenses(terms)
    if expenses:
        return (
            "These expenses are incurred, and no others are charged to the model:",
            *(f"{capital(text)}." for text in expenses),
        )
    if terms.incurred_expenses is None:
        return ("Expenses are not stated; none is charged to the model.",)
    return ("No expenses are incurred; none is charged to the model.",)


def _payment_term(terms: Terms) -> str:
    term = None if terms.pay is None else terms.pay.payment_term_days
    return "not stated" if term is None else f"within {_days(term)} after each act that earns it"


def _payment_clause(terms: Terms) -> str:
    term = None if terms.pay is None else terms.pay.payment_term_days
    if term is None:
        return "No payment term is stated."
    return (
        f"What the brand owes is due {_days(term)} after the act that earns it. Each payment is "
        "shown to the model in a statement, line by line, with the basis of every deduction."
    )


def _machine_readable(terms: Terms) -> str:
    return (
        "The same terms are attached to this file for machines, as terms.json. Both parties sign "
        f"the file with its attachment. SHA-256 of the attachment: {_spaced(terms.digest())}."
    )


def _spaced(digest: str) -> str:
    text = digest.removeprefix("sha256:")
    return " ".join(text[i : i + 8] for i in range(0, len(text), 8))

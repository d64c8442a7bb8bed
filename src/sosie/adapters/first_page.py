"""The first page of a contract, its table of key terms, and the deal memo: for people, in the
language that the model asked for. What the terms leave out is said to be left out, and that
nothing is allowed by it.
"""

from __future__ import annotations

from sosie.adapters.figures import amount, expenses, net, nets, priced, rates
from sosie.adapters.words import Words, capital, named
from sosie.core.contract import Contract, Row
from sosie.core.term_names import ALTERATIONS, CHANNELS, DEPICTIONS, PURPOSES
from sosie.core.terms import Alteration, Terms, Territories

PERSON = (Alteration.FACE, Alteration.BODY_SHAPE, Alteration.SKIN_TONE, Alteration.AGE)


def unsaid(w: Words) -> str:
    """Return that something is not stated, and what follows from that."""
    return w("not stated; nothing is allowed by this license until it is")


def plain(w: Words, terms: Terms, model: str, brand: str) -> list[Row]:
    """Return the first page: what, where, until when, for how much, what is expected of her, and
    how to take it back; what the brand wrote in its own words."""
    rows = [
        Row(w("What the model allows"), _allows(w, terms, model, brand)),
        _own(w("What is made"), terms.scope, capital(unsaid(w))),
        Row(w("Where"), _where(w, terms)),
        Row(w("Until when"), _until(w, terms)),
        Row(w("For how much"), _how_much(w, terms)),
        Row(w("When the brand pays"), capital(payment_term(w, terms))),
    ]
    borne = expenses(w, terms)
    if borne:
        rows.append(Row(w("Expenses"), capital("; ".join(borne))))
    if terms.exclusivity is not None:
        rows.append(Row(w("What nobody else gets meanwhile"), exclusivity(w, terms)))
    back = w(
        "At any time, without a reason, in Sosie, with one signature. Nothing more is made, "
        "sealed or released from the moment the withdrawal is acknowledged."
    )
    if terms.withdrawal is not None:
        back += " " + w.n(
            "What is out is taken down within {count} day.",
            "What is out is taken down within {count} days.",
            terms.withdrawal.take_down_days,
        )
    return [
        *rows,
        Row(w("What may be changed"), _changed(w, terms)),
        _own(w("What is expected of the model"), terms.expectations, w("Not stated")),
        Row(w("How the model takes it back"), back),
        Row(w("What is never allowed"), _never(w, terms)),
        _own(w("The line under the pictures"), terms.credit, w("None")),
        _own(w("Which law governs it"), terms.governing_law, w("Not stated")),
    ]


def _own(term: str, says: str, none: str) -> Row:
    """Return what the brand wrote, in its own words, or that it wrote nothing."""
    return Row(term, says, own=True) if says.strip() else Row(term, none)


def key_terms(w: Words, contract: Contract) -> list[Row]:
    """Return the table of key terms: one row for each field of the terms that says something."""
    terms = contract.terms
    scope = terms.scope or capital(unsaid(w))
    given = [
        (w("License"), contract.license),
        (w("Twin"), terms.twin),
        (w("Scope"), scope),
    ]
    rows = [
        (w("Purposes"), w.listed(named(w, PURPOSES, terms.purposes)) or unsaid(w)),
        (w("Territories"), territories(w, terms.territories) or unsaid(w)),
        (w("Channels"), channels(w, terms) or unsaid(w)),
        (w("Period"), period(w, terms)),
        (w("Pictures"), unsaid(w) if terms.pictures is None else _at_most(w, terms.pictures)),
        (w("Alterations"), w.listed(named(w, ALTERATIONS, terms.alterations)) or w("none")),
        *([(w("Never retouched"), "; ".join(contract.marks))] if contract.marks else ()),
        (w("Approvals"), _approvals(w, terms)),
        (w("Rate of pay"), "; ".join(rates(w, terms.pay)) or unsaid(w)),
        (w("Commission"), _commission(w, terms)),
        (w("Model receives"), "; ".join(nets(w, terms)) or unsaid(w)),
        (w("Expenses"), "; ".join(expenses(w, terms)) or _no_expenses(w, terms)),
        (w("Payment term"), payment_term(w, terms)),
    ]
    more = [*_more(w, contract), Row(w("Training"), capital(w("forbidden")))]
    last = [
        (w("Credit"), terms.credit or w("None")),
        (w("Governing law"), terms.governing_law or w("Not stated")),
    ]
    if terms.parties.agency is not None:
        registration = contract.agency_registration or capital(w("not stated"))
        last.append((w("Agency registration number"), registration))
    said = [Row(term, capital(says)) for term, says in rows]
    return [*(Row(*row) for row in given), *said, *more, *(Row(*row) for row in last)]


def memo(w: Words, contract: Contract) -> list[Row]:
    """Return the six fields of the deal memo (N.Y. Labor Law § 1031, rule R30)."""
    terms = contract.terms
    usages = [
        w.listed(named(w, PURPOSES, terms.purposes)) or unsaid(w),
        territories(w, terms.territories) or unsaid(w),
        channels(w, terms) or unsaid(w),
        period(w, terms),
    ]
    pay = "; ".join(rates(w, terms.pay)) or unsaid(w)
    received = "; ".join(nets(w, terms))
    if received and terms.commission:
        pay += ". " + w("The model receives, net: {nets}.", nets=received)
    return [
        Row(w("Scope of work"), terms.scope or capital(unsaid(w))),
        Row(w("Rate of pay"), capital(pay)),
        Row(w("Payment term"), capital(payment_term(w, terms))),
        Row(w("Usages"), capital("; ".join(usages))),
        Row(
            w("Incurred expenses"),
            capital("; ".join(expenses(w, terms)) or _no_expenses(w, terms)),
        ),
        Row(w("Expectations of the model"), terms.expectations or capital(w("not stated"))),
    ]


def stand_alone(w: Words, agency: str | None) -> str:
    """Return the note that this consent stands alone (N.Y. Labor Law §§ 1034(11), 1037(7))."""
    note = w(
        "This is a stand-alone consent document. It is separate from any representation agreement "
        "and is not part of general terms."
    )
    if agency is None:
        return note
    return f"{note} " + w(
        "The agency, {agency}, advises the model; it does not sign.", agency=agency
    )


def territories(w: Words, stated: Territories | None) -> str:
    """Return where pictures may be shown; empty text where nothing is stated."""
    if stated is None:
        return ""
    text = w.listed(w.countries(stated.include))
    if stated.exclude:
        without = w.listed(w.countries(stated.exclude))
        text = w("{countries}, but not in {without}", countries=text, without=without)
    return text


def channels(w: Words, terms: Terms) -> str:
    """Return on what pictures may be shown, with the accounts where some are listed."""
    accounts = terms.accounts or {}
    found = [
        name if channel not in accounts else f"{name} ({', '.join(accounts[channel])})"
        for channel, name in zip(terms.channels, named(w, CHANNELS, terms.channels), strict=True)
    ]
    return w.listed(found)


def period(w: Words, terms: Terms) -> str:
    """Return the days of the license."""
    if terms.period is None:
        return unsaid(w)
    return w(
        "{first} until {last}, both days included (time zone {zone})",
        first=w.day(terms.period.first),
        last=w.day(terms.period.last),
        zone=terms.period.time_zone,
    )


def payment_term(w: Words, terms: Terms) -> str:
    """Return when pay is due."""
    term = None if terms.pay is None else terms.pay.payment_term_days
    if term is None:
        return w("not stated")
    return w.n(
        "within {count} day after each act that earns it",
        "within {count} days after each act that earns it",
        term,
    )


def exclusivity(w: Words, terms: Terms) -> str:
    """Return what is promised to nobody else, in whole sentences."""
    held = terms.exclusivity
    if held is None:
        return ""
    text = w(
        "For {category} the model licenses the twin to no other brand in {countries} from {first} "
        "until {last}.",
        category=held.category,
        countries=territories(w, held.territories),
        first=w.day(held.first),
        last=w.day(held.last),
    )
    if held.price is not None and terms.pay is not None:
        price = w.money(amount(terms.pay, held.price))
        text += " " + w("The brand pays {price} for this.", price=price)
    return text


def _allows(w: Words, terms: Terms, model: str, brand: str) -> str:
    if terms.pictures is None or not terms.purposes:
        return w(
            "Nothing yet: the purposes or the number of pictures are {unsaid}.", unsaid=unsaid(w)
        )
    text = w.n(
        "{brand} may make one picture of {model}’s digital twin, for {purposes}.",
        "{brand} may make at most {count} pictures of {model}’s digital twin, for {purposes}.",
        terms.pictures,
        brand=brand,
        model=model,
        purposes=w.listed(named(w, PURPOSES, terms.purposes)),
    )
    worn = [*(terms.garments or ()), *(terms.collections or ())]
    if worn:
        text += " " + w("Only these garments are worn: {worn}.", worn=w.listed(worn))
    return f"{text} " + w(
        "The model sees each picture first and says yes or no; no answer is never a yes."
    )


def _where(w: Words, terms: Terms) -> str:
    shown = channels(w, terms)
    where = territories(w, terms.territories)
    if where and shown:
        return w("In {countries}, on {channels}.", countries=where, channels=shown)
    if where:
        return w("In {countries}.", countries=where)
    return w("Territories: {unsaid}.", unsaid=unsaid(w))


def _until(w: Words, terms: Terms) -> str:
    if terms.period is None:
        return w("The period is {unsaid}.", unsaid=unsaid(w))
    text = w(
        "From {first} until {last}, both days included. After that no new use is allowed.",
        first=w.day(terms.period.first),
        last=w.day(terms.period.last),
    )
    after = after_end(w, terms)
    return f"{text} {after}" if after else text


def after_end(w: Words, terms: Terms) -> str:
    """Return what may stay after the last day, in whole sentences; empty text where nothing may."""
    after = terms.after_end
    if after is None:
        return ""
    found = []
    if after.sell_off_days:
        found.append(
            w.n(
                "What is out may be shown for {count} more day.",
                "What is out may be shown for {count} more days.",
                after.sell_off_days,
            )
        )
    if after.archive == "posts_stay":
        found.append(w("Unpaid posts may stay where they are, not advertised anew."))
    return " ".join(found) or w("Everything is taken down on the last day.")


def _how_much(w: Words, terms: Terms) -> str:
    found = priced(w, terms.pay)
    if terms.pay is None:
        return w("The rate of pay is {unsaid}.", unsaid=unsaid(w))
    if not found and terms.pay.royalty is None:
        return f"{capital(rates(w, terms.pay)[0])}."
    text = w("The brand pays {rates}.", rates=w.listed(rates(w, terms.pay)))
    if terms.commission and found:
        left = w.listed(f"{w.money(net(m, terms.commission))} {what}" for what, m in found)
        text += " " + w(
            "After the agency’s commission of {rate} the model receives {nets}.",
            rate=w.percent(terms.commission),
            nets=left,
        )
    elif not terms.commission:
        text += " " + w("The model receives all of it.")
    if terms.pay.minimum_guarantee:
        least = w.money(amount(terms.pay, terms.pay.minimum_guarantee))
        text += " " + w("At least {amount} are paid by the last day.", amount=least)
    if terms.pay.cap is not None:
        cap = w.money(amount(terms.pay, terms.pay.cap))
        text += " " + w(
            "All uses together earn at most {amount}; beyond that nothing more is used.", amount=cap
        )
    return text


def _changed(w: Words, terms: Terms) -> str:
    """Return what may be altered; what changes the person herself stands in a sentence alone."""
    hers = [a for a in terms.alterations if a in PERSON]
    rest = [a for a in terms.alterations if a not in PERSON]
    if not terms.alterations:
        return w("Nothing.")
    found = []
    if rest:
        found.append(w("Only this: {things}.", things=w.listed(named(w, ALTERATIONS, rest))))
    if hers:
        person = w.listed(named(w, ALTERATIONS, hers))
        found.append(w("How the model herself looks may be changed too: {person}.", person=person))
    return " ".join(found)


def _never(w: Words, terms: Terms) -> str:
    kept = named(w, ALTERATIONS, [a for a in PERSON if a not in terms.alterations])
    text = w("Training artificial intelligence with the twin or its pictures.")
    if kept:
        text += " " + w(
            "Altering {person}, or anything else that the terms do not list.",
            person=", ".join(kept),
        )
    if terms.excluded_depictions:
        shown = w.listed(named(w, DEPICTIONS, terms.excluded_depictions))
        text += " " + w("Showing the model with {things}.", things=shown)
    return text


def _more(w: Words, contract: Contract) -> list[Row]:
    """Return the rows of clauses that many licenses leave out; names and numbers as they stand."""
    terms = contract.terms
    sentences: list[tuple[str, str | None]] = [
        (w("After the end"), after_end(w, terms)),
        (w("Not shown"), w.listed(named(w, DEPICTIONS, terms.excluded_depictions or ()))),
        (w("Exclusivity"), exclusivity(w, terms)),
        (w("Renditions"), _at_most(w, terms.renditions)),
        (w("Placements"), _at_most(w, terms.placements)),
    ]
    as_written: list[tuple[str, str | None]] = [
        (w("Version of the twin"), str(terms.twin_version) if terms.twin_version else None),
        (w("Category"), terms.category),
        (w("Garments"), w.listed(terms.garments or ())),
        (w("Collections"), w.listed(terms.collections or ())),
        (w("Other people"), _people(w, contract)),
        (w("Disclosure"), terms.disclosure.label if terms.disclosure else None),
        (w("Notice before signing"), _hours(w, terms.notice_hours)),
        *_limits_of_pay(w, terms),
    ]
    shown = [(term, capital(says)) for term, says in sentences if says]
    return [Row(term, says) for term, says in (*as_written, *shown) if says]


def _limits_of_pay(w: Words, terms: Terms) -> list[tuple[str, str | None]]:
    pay = terms.pay
    if pay is None:
        return []
    least, cap, late = pay.minimum_guarantee, pay.cap, pay.late_interest
    rate = None if late is None else w("{rate} a year", rate=w.percent(late))
    return [
        (w("Minimum guarantee"), w.money(amount(pay, least)) if least else None),
        (w("Cap of the pay"), None if cap is None else w.money(amount(pay, cap))),
        (w("Interest on late pay"), rate),
    ]


def _people(w: Words, contract: Contract) -> str:
    stated = contract.terms.co_depiction
    if stated is None:
        return ""
    match stated.people:
        case "nobody":
            return capital(w("nobody"))
        case "anybody":
            return capital(w("anybody"))
        case "named":
            return w.listed(contract.name(each) for each in stated.named)


def _hours(w: Words, hours: int | None) -> str | None:
    return None if hours is None else w.n("{count} hour", "{count} hours", hours)


def _at_most(w: Words, count: int | None) -> str:
    return "" if count is None else w("at most {count}", count=str(count))


def _approvals(w: Words, terms: Terms) -> str:
    text = w.n(
        "each picture, by the model; asked to answer within {count} day; silence is never yes",
        "each picture, by the model; asked to answer within {count} days; silence is never yes",
        terms.approvals.answer_days,
    )
    return f"{text}; {w('each campaign too')}" if terms.approvals.each_campaign else text


def _commission(w: Words, terms: Terms) -> str:
    if not terms.commission:
        return w("none")
    text = w("{rate} to the agency", rate=w.percent(terms.commission))
    if terms.mother_agency_share:
        share = w.percent(terms.mother_agency_share)
        text += "; " + w("{rate} of the pay to the mother agency out of it", rate=share)
    return text


def _no_expenses(w: Words, terms: Terms) -> str:
    return w("not stated") if terms.incurred_expenses is None else w("none")

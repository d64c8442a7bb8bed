"""The ledger: double-entry money, from what a use earns to what a model is shown.

Nothing is ever edited: a mistake is corrected by `reversal`. Postings, entries and the check of
a whole ledger stand in `postings` and are named here too; texts for other programs in
`ledger_text`. Format: docs/formats/ledger.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sosie.core.ledger_text import COLUMNS, beancount, statement_csv, statement_json
from sosie.core.postings import (
    COMMISSION_CAP,
    CURRENCIES,
    DEDUCTIONS,
    NO_REFERENCE,
    PAYABLE,
    Account,
    Basis,
    Entry,
    Ground,
    Item,
    Posting,
    Reference,
    above_cap,
    check,
    findings,
    no_basis,
    percent,
    sums,
)
from sosie.core.terms import Terms
from sosie.core.values import Money, Period, Refusal

__all__ = [
    "COLUMNS",
    "COMMISSION_CAP",
    "CURRENCIES",
    "DEDUCTIONS",
    "NO_REFERENCE",
    "Account",
    "Basis",
    "Deduction",
    "Earning",
    "Entry",
    "Ground",
    "Item",
    "Line",
    "Part",
    "Posting",
    "Reference",
    "Statement",
    "Totals",
    "balances",
    "beancount",
    "check",
    "deduct",
    "earn",
    "findings",
    "paid",
    "parts",
    "received",
    "reversal",
    "split",
    "statement",
    "statement_csv",
    "statement_json",
]


class Earning(StrEnum):
    """The acts that the pay clause of a license prices; the values name its fields."""

    CREATION_FEE = "creation_fee"
    PER_PICTURE = "per_picture"
    PER_RELEASE = "per_release"
    PER_PLACEMENT = "per_placement"


@dataclass(frozen=True, slots=True)
class Deduction:
    """What was taken from a line's gross, and on what basis."""

    amount: Money
    """Positive; negative where a reversal gives it back."""
    basis: Basis


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as one party sees it."""

    on: date
    entry: str
    what: str
    reference: Reference
    basis: Basis
    """Why: the pay clause, the payment, the correction."""
    gross: Money
    """Earned before deductions; zero in a line that is a payment; negative in a reversal."""
    deductions: tuple[Deduction, ...]
    net: Money
    """Gross less deductions."""
    paid: Money
    """Paid out to the party in this line; zero unless it is a payment."""
    balance: Money
    """Owed to the party after this line, in this line's currency."""
    due: date | None
    """When it is to be paid; absent if no payment term was stated."""
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """One currency of a statement: ``opening + gross − deductions − paid == closing``."""

    currency: str
    opening: Money
    gross: Money
    deductions: Money
    net: Money
    paid: Money
    closing: Money


@dataclass(frozen=True, slots=True)
class Part:
    """What some lines of a statement come to, in one currency."""

    name: str
    gross: Money
    net: Money
    paid: Money

    @property
    def deductions(self) -> Money:
        """What was taken from the gross."""
        return self.gross - self.net


@dataclass(frozen=True, slots=True)
class Statement:
    """What one party, usually a model, is shown about her money in one period.

    Lines are in order of day, then as booked. ``totals`` holds one row per currency that has an
    opening balance or a line, in alphabetical order; amounts of two currencies are never added.
    """

    party: str
    period: Period
    lines: tuple[Line, ...]
    totals: tuple[Totals, ...] = field(default=())


def commission_of(gross: Money, rate: Decimal) -> Money:
    """Return the commission on an amount, rounded down to the minor unit."""
    parts, whole = rate.as_integer_ratio()
    return Money(gross.minor * parts // whole, gross.currency)


def split(
    gross: Money,
    rate: Decimal,
    *,
    entry_id: str,
    on: date,
    what: str,
    reference: Reference,
    brand: str,
    model: str,
    agency: str | None = None,
    basis: Basis,
    commission: Basis | None = None,
    due: date | None = None,
) -> Entry | Refusal:
    """Return the entry by which a brand owes the gross, the agency its commission, the model the
    rest; or a refusal (R07: rate above 20 %; R37, R38: no approved basis for the commission).

    The commission is rounded down to the minor unit, so that no rounding lifts it over the cap;
    what is left over is the model's. Raises ``ValueError`` for a gross that is not above zero, a
    rate outside 0 to 1, or a rate above zero without an agency.
    """
    if gross.minor <= 0:
        raise ValueError(f"a gross of {gross} earns nothing")
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise ValueError(f"a commission rate of {rate} is not between 0 and 1")
    if rate and agency is None:
        raise ValueError("a commission needs an agency that earns it")
    if rate > COMMISSION_CAP:
        return Refusal((above_cap(f"a commission of {percent(rate)} is above the cap"),))
    fee = commission_of(gross, rate)
    parts, whole = rate.as_integer_ratio()
    postings = [
        Posting(Account.RECEIVABLE, brand, gross),
        Posting(Account.PAYABLE_MODEL, model, -gross),
    ]
    if fee.minor and agency is not None:
        exact = fee.minor * whole == gross.minor * parts
        how = f"{percent(rate)} of {gross}" + ("" if exact else ", rounded down")
        if commission is not None:
            commission = replace(commission, items=(Item("agency commission", fee, how),))
        postings.append(Posting(Account.PAYABLE_MODEL, model, fee, commission))
        postings.append(Posting(Account.PAYABLE_AGENCY, agency, -fee, commission))
    return _booked(Entry(entry_id, on, what, reference, basis, tuple(postings), due))


def earn(
    terms: Terms,
    earning: Earning,
    *,
    entry_id: str,
    on: date,
    reference: Reference,
    commission: Basis | None = None,
    times: int = 1,
) -> Entry | Refusal | None:
    """Return the entry for one priced act under a license; None if its terms pay nothing for it.

    ``times`` is how often the rate is earned at once: placements of one release.

    It is due when the payment term of the terms has run, and has no due date if they state none:
    no term is made up (R36). Refuses what `split` refuses, terms without pay (``pay.missing``),
    and an amount that its currency cannot say (``pay.amount``).
    """
    pay = terms.pay
    if pay is None:
        text = "the terms state no rate of pay; add the clause `pay`"
        return Refusal.because("pay.missing", text, clause="pay")
    clause = f"pay.{earning}"
    try:
        gross = pay.money(getattr(pay, earning) or Decimal(0)) * times
    except ValueError as error:
        return Refusal.because("pay.amount", str(error), clause=clause)
    if gross.minor == 0:
        return None
    term = pay.payment_term_days
    return split(
        gross,
        terms.commission,
        entry_id=entry_id,
        on=on,
        what=_EARNED[earning],
        reference=reference,
        brand=terms.parties.brand,
        model=terms.parties.model,
        agency=terms.parties.agency,
        basis=Basis(Ground.PAY, f"license `{reference.license}`, clause {clause}", terms.digest()),
        commission=commission,
        due=None if term is None else on + timedelta(days=term),
    )


def deduct(
    amount: Money,
    *,
    entry_id: str,
    on: date,
    what: str,
    reference: Reference,
    model: str,
    agency: str,
    basis: Basis | None,
) -> Entry | Refusal:
    """Return the entry by which an agency takes back what it advanced; or a refusal unless the
    basis is itemized and the model approved it in writing beforehand (R37, R38).

    Raises ``ValueError`` for an amount that is not above zero.
    """
    if amount.minor <= 0:
        raise ValueError(f"a deduction of {amount} takes nothing")
    if basis is None or basis.ground is not Ground.ADVANCE:
        text = f"{amount} may not be taken from `{model}`: no itemized advance is named"
        return Refusal((no_basis(text),))
    postings = (
        Posting(Account.PAYABLE_MODEL, model, amount),
        Posting(Account.PAYABLE_AGENCY, agency, -amount),
    )
    return _booked(Entry(entry_id, on, what, reference, basis, postings))


def received(
    money: Money,
    *,
    entry_id: str,
    on: date,
    brand: str,
    house: str,
    text: str,
    reference: Reference = NO_REFERENCE,
) -> Entry:
    """Return the entry for a brand's payment arriving at the bank of the house.

    Raises ``ValueError`` for an amount that is not above zero.
    """
    _above_zero(money)
    postings = (
        Posting(Account.BANK, house, money),
        Posting(Account.RECEIVABLE, brand, -money),
    )
    return Entry(entry_id, on, "payment received", reference, Basis(Ground.PAYMENT, text), postings)


def paid(
    money: Money,
    *,
    entry_id: str,
    on: date,
    party: str,
    account: Account,
    house: str,
    text: str,
    reference: Reference = NO_REFERENCE,
) -> Entry:
    """Return the entry for money paid out of the bank of the house to a model or an agency.

    Raises ``ValueError`` for an amount that is not above zero or an account that is no payable.
    """
    _above_zero(money)
    if account not in PAYABLE:
        raise ValueError(f"`{account}` is not an account from which a party is paid")
    postings = (
        Posting(account, party, money),
        Posting(Account.BANK, house, -money),
    )
    return Entry(entry_id, on, "payment", reference, Basis(Ground.PAYMENT, text), postings)


def reversal(entry: Entry, *, entry_id: str, on: date, why: str) -> Entry:
    """Return the entry that takes another back, posting for posting, each with its old basis.

    Raises ``ValueError`` for a day before the entry's own, and for an entry that is a reversal
    itself: what was taken back by mistake is posted anew.
    """
    if entry.reverses is not None:
        raise ValueError(f"entry `{entry.id}` is a reversal; post what is right as a new entry")
    if on < entry.on:
        raise ValueError(f"entry `{entry.id}` of {entry.on} cannot be reversed on {on}, before it")
    return Entry(
        entry_id,
        on,
        f"reversal: {entry.what}",
        entry.reference,
        Basis(Ground.CORRECTION, why),
        tuple(Posting(p.account, p.party, -p.money, entry.basis_of(p)) for p in entry.postings),
        reverses=entry.id,
    )


def balances(entries: Iterable[Entry], party: str, *, before: date) -> tuple[Money, ...]:
    """Return what is owed to a party from all entries before a day: one amount per currency, in
    alphabetical order, zeros too. It is the opening of a statement that starts on that day."""
    return sums(
        -posting.money for entry in entries if entry.on < before for posting in _owed(entry, party)
    )


def statement(
    entries: Iterable[Entry], party: str, period: Period, opening: tuple[Money, ...] = ()
) -> Statement:
    """Return the statement of one party over one period.

    ``opening`` is what was owed before it, from `balances`; entries outside the period are passed
    over. An entry in two currencies gives a line for each.
    """
    start = {money.currency: money for money in sums(opening)}
    running = dict(start)
    lines: list[Line] = []
    for entry in sorted((e for e in entries if e.on in period), key=lambda e: e.on):
        mine = _owed(entry, party)
        for currency in sorted({p.money.currency for p in mine}):
            group = tuple(p for p in mine if p.money.currency == currency)
            before = running.get(currency, Money(0, currency))
            line = _line(entry, group, before)
            running[currency] = line.balance
            lines.append(line)
    return Statement(
        party, period, tuple(lines), tuple(_totals(c, start, lines) for c in sorted(running))
    )


def parts(lines: Iterable[Line], named: Callable[[Line], str]) -> tuple[Part, ...]:
    """Return what lines come to, for each name that is given to them and each currency, in the
    order of the names."""
    sums: dict[tuple[str, str], Part] = {}
    for line in lines:
        name, zero = named(line), Money(0, line.gross.currency)
        before = sums.get((name, zero.currency), Part(name, zero, zero, zero))
        sums[name, zero.currency] = Part(
            name, before.gross + line.gross, before.net + line.net, before.paid + line.paid
        )
    return tuple(sums[key] for key in sorted(sums))


_EARNED = {
    Earning.CREATION_FEE: "creation fee",
    Earning.PER_PICTURE: "picture",
    Earning.PER_RELEASE: "release",
    Earning.PER_PLACEMENT: "placement",
}


def _owed(entry: Entry, party: str) -> tuple[Posting, ...]:
    return tuple(p for p in entry.postings if p.party == party and p.account in PAYABLE)


def _line(entry: Entry, postings: tuple[Posting, ...], before: Money) -> Line:
    zero = Money(0, before.currency)
    gross, paid_out, deductions = zero, zero, []
    for posting in postings:
        basis = entry.basis_of(posting)
        if basis.ground is Ground.PAYMENT:
            paid_out += posting.money
        elif posting.account is Account.PAYABLE_MODEL and basis.ground in DEDUCTIONS:
            deductions.append(Deduction(posting.money, basis))
        else:
            gross -= posting.money
    net = gross - sum((d.amount for d in deductions), zero)
    return Line(
        on=entry.on,
        entry=entry.id,
        what=entry.what,
        reference=entry.reference,
        basis=entry.basis if entry.reverses else entry.basis_of(postings[0]),
        gross=gross,
        deductions=tuple(deductions),
        net=net,
        paid=paid_out,
        balance=before + net - paid_out,
        due=entry.due,
        reverses=entry.reverses,
    )


def _totals(currency: str, start: dict[str, Money], lines: list[Line]) -> Totals:
    zero = Money(0, currency)
    mine = [line for line in lines if line.gross.currency == currency]
    opening = start.get(currency, zero)
    gross = sum((line.gross for line in mine), zero)
    net = sum((line.net for line in mine), zero)
    paid_out = sum((line.paid for line in mine), zero)
    return Totals(
        currency, opening, gross, gross - net, net, paid_out, closing=opening + net - paid_out
    )


def _booked(entry: Entry) -> Entry | Refusal:
    reasons = findings(entry)
    return Refusal(reasons) if reasons else entry


def _above_zero(money: Money) -> None:
    if money.minor <= 0:
        raise ValueError(f"a payment of {money} moves nothing")

"""The ledger: double-entry money, from what a use earns to what a model is shown.

Amounts are signed: positive is a debit, negative a credit, so that what is owed *to* someone
(`payable`) stands with a minus sign and the postings of one entry sum to zero in each currency.
Nothing is ever edited: a mistake is corrected by `reversal`. Format: docs/formats/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sosie.core.terms import Terms
from sosie.core.values import Digest, Money, Period, Reason, Refusal

COMMISSION_CAP = Decimal("0.20")
"""Highest agency commission: N.Y. Labor Law § 1035(7), rule R07."""

CURRENCIES = frozenset(
    "AED ALL AMD AUD AZN BAM BDT BGN BHD BND BOB BRL BWP BYN CAD CHF CLP CNY COP CRC CVE CZK DKK "
    "DOP DZD EGP ETB EUR FJD GBP GEL GHS GTQ HKD HNL HUF IDR ILS INR ISK JMD JPY KES KGS KHR KRW "
    "KWD KZT LBP LKR MAD MDL MKD MMK MNT MOP MUR MVR MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN "
    "PGK PHP PKR PLN QAR RON RSD SAR SCR SEK SGD THB TND TRY TTD TWD TZS UAH USD UYU UZS VND ZAR "
    "ZMW".split()
)
"""ISO 4217 codes that can be booked: those whose minor unit `Money` knows."""


class Account(StrEnum):
    """Where money stands. With a party it is one account: `payable.model` of one model."""

    RECEIVABLE = "receivable.brand"
    """What a brand owes; grows by a debit."""
    PAYABLE_MODEL = "payable.model"
    """What is owed to a model; grows by a credit."""
    PAYABLE_AGENCY = "payable.agency"
    """What is owed to an agency: commission earned, advances recovered; grows by a credit."""
    BANK = "bank"
    """Money in hand, of the house that keeps these books; grows by a debit."""


class Ground(StrEnum):
    """Why money moves."""

    PAY = "pay"
    """Earned under the pay clause of a license."""
    COMMISSION = "commission"
    """An agency's agreed commission, taken from the model's pay."""
    ADVANCE = "advance"
    """Costs that an agency advanced and takes back from the model's pay."""
    PAYMENT = "payment"
    """Money that was received from a brand or paid out."""
    CORRECTION = "correction"
    """The reversal of an entry."""


DEDUCTIONS = frozenset({Ground.COMMISSION, Ground.ADVANCE})
"""The only grounds on which money may be taken from a model's pay (§ 1035(3), rule R37)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a deduction, with the computation that gives its amount (rule R38)."""

    what: str
    amount: Money
    """What it costs the model; positive."""
    computation: str
    """How the amount comes about, in words: ``2 nights at 90.00 EUR``."""


@dataclass(frozen=True, slots=True)
class Basis:
    """On what a posting rests. A deduction needs the day on which the model approved it in
    writing, and items that sum to it; other grounds need only the text."""

    ground: Ground
    text: str
    """``agency commission 20 %, representation agreement of 2026-01-10, clause 4``."""
    document: Digest | None = None
    """The paper that says so, as the model approved it."""
    approved_on: date | None = None
    """The day on which the model approved it in writing, herself."""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """What the money is about, by id."""

    license: str | None = None
    picture: str | None = None
    release: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount on one account: positive is a debit, negative a credit."""

    account: Account
    party: str
    money: Money
    basis: Basis | None = None
    """Set where it differs from the basis of the entry, as for a deduction."""

    def __post_init__(self) -> None:
        if self.money.minor == 0:
            raise ValueError(f"a posting to {self.account} of `{self.party}` moves no money")


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction. Raises ``ValueError`` unless its postings sum to zero per currency."""

    id: str
    on: date
    what: str
    reference: Reference
    basis: Basis
    postings: tuple[Posting, ...]
    due: date | None = None
    """The day by which what is owed is to be paid, if the terms state a payment term."""
    reverses: str | None = None
    """The id of the entry that this one takes back."""

    def __post_init__(self) -> None:
        if not self.postings:
            raise ValueError(f"entry `{self.id}` has no postings")
        for money in self.imbalance():
            raise ValueError(f"entry `{self.id}` does not balance: {money} too much")

    def imbalance(self) -> tuple[Money, ...]:
        """Return what the postings sum to, for each currency in which that is not zero."""
        return tuple(money for money in _sums(p.money for p in self.postings) if money.minor)

    def basis_of(self, posting: Posting) -> Basis:
        """Return the posting's own basis, or else the entry's."""
        return posting.basis or self.basis

    @classmethod
    def unchecked(
        cls,
        *,
        id: str,
        on: date,
        what: str,
        reference: Reference,
        basis: Basis,
        postings: tuple[Posting, ...],
        due: date | None = None,
        reverses: str | None = None,
    ) -> Entry:
        """Return an entry as it was found, balanced or not, so that `check` can judge it."""
        entry = object.__new__(cls)
        values = (id, on, what, reference, basis, postings, due, reverses)
        for name, value in zip(cls.__slots__, values, strict=True):
            object.__setattr__(entry, name, value)
        return entry


class Earning(StrEnum):
    """The acts that the pay clause of a license prices; the values name its fields."""

    CREATION_FEE = "creation_fee"
    PER_PICTURE = "per_picture"
    PER_RELEASE = "per_release"


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
class Statement:
    """What one party, usually a model, is shown about her money in one period.

    Lines are in order of day, then as booked. ``totals`` holds one row per currency that has an
    opening balance or a line, in alphabetical order; amounts of two currencies are never added.
    """

    party: str
    period: Period
    lines: tuple[Line, ...]
    totals: tuple[Totals, ...] = field(default=())


def split(
    gross: Money,
    rate: Decimal,
    *,
    id: str,
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
    """Return the entry by which a brand owes the gross, the agency its commission, and the model
    the rest."""
    raise NotImplementedError


def earn(
    terms: Terms,
    earning: Earning,
    *,
    id: str,
    on: date,
    reference: Reference,
    commission: Basis | None = None,
) -> Entry | Refusal | None:
    """Return the entry for one priced act under a license; None if its terms pay nothing for it."""
    raise NotImplementedError


def deduct(
    amount: Money,
    *,
    id: str,
    on: date,
    what: str,
    reference: Reference,
    model: str,
    agency: str,
    basis: Basis | None,
) -> Entry | Refusal:
    """Return the entry by which an agency takes back what it advanced."""
    raise NotImplementedError


def received(
    money: Money, *, id: str, on: date, brand: str, house: str, text: str, reference: Reference
) -> Entry:
    """Return the entry for a brand's payment arriving at the bank of the house."""
    raise NotImplementedError


def paid(
    money: Money, *, id: str, on: date, party: str, account: Account, house: str, text: str
) -> Entry:
    """Return the entry for money paid out to a model or an agency."""
    raise NotImplementedError


def reversal(entry: Entry, *, id: str, on: date, why: str) -> Entry:
    """Return the entry that takes another back, posting for posting."""
    raise NotImplementedError


def findings(entry: Entry) -> tuple[Reason, ...]:
    """Return every reason why one entry may not be booked; empty if it may."""
    raise NotImplementedError


def check(entries: Iterable[Entry]) -> tuple[Reason, ...]:
    """Return everything that is wrong with a ledger; empty if nothing is."""
    raise NotImplementedError


def balances(entries: Iterable[Entry], party: str, *, before: date) -> tuple[Money, ...]:
    """Return what is owed to a party from all entries before a day, per currency."""
    raise NotImplementedError


def statement(
    entries: Iterable[Entry], party: str, period: Period, opening: tuple[Money, ...] = ()
) -> Statement:
    """Return the statement of one party over one period."""
    raise NotImplementedError


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Return the sum per currency, in alphabetical order of the currencies."""
    sums: dict[str, Money] = {}
    for money in amounts:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return tuple(sums[currency] for currency in sorted(sums))

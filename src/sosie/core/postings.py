"""Postings and entries, and what may not be booked.

Amounts are signed: positive is a debit, negative a credit, so that what is owed *to* someone
(`payable`) stands with a minus sign and the postings of one entry sum to zero in each currency.
Import these names from `sosie.core.ledger`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sosie.core.values import Digest, Money, Reason

COMMISSION_CAP = Decimal("0.20")
"""Highest agency commission: N.Y. Labor Law § 1035(7), rule R07."""

_CODES = (
    "AED ALL AMD AUD AZN BAM BDT BGN BHD BND BOB BRL BWP BYN CAD CHF CLP CNY COP CRC CVE CZK DKK "
    "DOP DZD EGP ETB EUR FJD GBP GEL GHS GTQ HKD HNL HUF IDR ILS INR ISK JMD JPY KES KGS KHR KRW "
    "KWD KZT LBP LKR MAD MDL MKD MMK MNT MOP MUR MVR MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN "
    "PGK PHP PKR PLN QAR RON RSD SAR SCR SEK SGD THB TND TRY TTD TWD TZS UAH USD UYU UZS VND ZAR "
    "ZMW"
)
CURRENCIES = frozenset(_CODES.split())
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


PAYABLE = (Account.PAYABLE_MODEL, Account.PAYABLE_AGENCY)
"""The accounts on which money is owed to a party."""
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


NO_REFERENCE = Reference()


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
        return tuple(money for money in sums(p.money for p in self.postings) if money.minor)

    def basis_of(self, posting: Posting) -> Basis:
        """Return the posting's own basis, or else the entry's."""
        return posting.basis or self.basis

    @classmethod
    def unchecked(
        cls,
        *,
        entry_id: str,
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
        values = (entry_id, on, what, reference, basis, postings, due, reverses)
        for name, value in zip(cls.__slots__, values, strict=True):
            object.__setattr__(entry, name, value)
        return entry


def findings(entry: Entry, original: Entry | None = None) -> tuple[Reason, ...]:
    """Return every reason why one entry may not be booked; empty if it may.

    ``original`` is the entry that a reversal takes back. Everything else is judged alone: balance,
    currencies, and what is taken from a model (N.Y. Labor Law §§ 1034(6), 1035(3), 1035(7)).
    """
    found = [
        Reason("ledger.unbalanced", f"entry `{entry.id}` does not balance: {money} too much")
        for money in entry.imbalance()
    ]
    found += [
        Reason(
            "ledger.currency_unknown",
            f"entry `{entry.id}` is in `{code}`, which is no currency that can be booked",
        )
        for code in sorted({p.money.currency for p in entry.postings} - CURRENCIES)
    ]
    if entry.reverses is None:
        for posting in entry.postings:
            if posting.account is Account.PAYABLE_MODEL and posting.money.minor > 0:
                found += _taken(entry, posting)
        found += _commissions(entry)
        found += _payments(entry)
    else:
        found += _reversals(entry, original)
    return tuple(found)


def check(entries: Iterable[Entry]) -> tuple[Reason, ...]:
    """Return everything that is wrong with a ledger, in booking order; empty if nothing is.

    Besides `findings` of each entry: no id twice, no entry reversed twice.
    """
    found: list[Reason] = []
    seen: dict[str, Entry] = {}
    reversed_by: dict[str, str] = {}
    for entry in entries:
        if entry.id in seen:
            text = f"entry `{entry.id}` is booked twice"
            found.append(Reason("ledger.duplicate_id", text))
        original = None if entry.reverses is None else seen.get(entry.reverses)
        found += findings(entry, original)
        if entry.reverses is not None:
            first = reversed_by.setdefault(entry.reverses, entry.id)
            if first != entry.id:
                text = f"entry `{entry.reverses}` is reversed by `{first}` and by `{entry.id}`"
                found.append(Reason("reversal.twice", text))
        seen.setdefault(entry.id, entry)
    return tuple(found)


def _taken(entry: Entry, posting: Posting) -> list[Reason]:
    """Return what is wrong with taking one amount from a model's money."""
    basis, amount = entry.basis_of(posting), posting.money
    about = f"entry `{entry.id}` takes {amount} from `{posting.party}`"
    if basis.ground is Ground.PAYMENT:
        return []
    if basis.ground not in DEDUCTIONS:
        return [no_basis(f"{about} on no ground that the law knows")]
    found = []
    itemized = basis.items and all(
        item.what.strip() and item.computation.strip() and item.amount.minor > 0
        for item in basis.items
    )
    if not itemized or sums(item.amount for item in basis.items) != (amount,):
        text = f"{about} without items and computations that sum to it"
        found.append(Reason("deduction.not_itemized", text, rule="R38", citation=_ITEMIZED))
    if basis.approved_on is None or basis.approved_on > entry.on or not basis.text.strip():
        text = f"{about} without the model's written approval beforehand"
        found.append(Reason("deduction.not_approved", text, rule="R38", citation=_ITEMIZED))
    return found


def _commissions(entry: Entry) -> list[Reason]:
    """Return where an agency gets more than the law allows, or what no model was shown."""
    found = []
    model = [p for p in entry.postings if p.account is Account.PAYABLE_MODEL]
    taken = [
        p for p in model if p.money.minor > 0 and entry.basis_of(p).ground is not Ground.PAYMENT
    ]
    fees = [p for p in taken if entry.basis_of(p).ground is Ground.COMMISSION]
    for party, code in sorted({(p.party, p.money.currency) for p in fees}):
        fee = sum(p.money.minor for p in fees if (p.party, p.money.currency) == (party, code))
        gross = -sum(
            p.money.minor
            for p in model
            if (p.party, p.money.currency) == (party, code) and p not in taken
        )
        parts, whole = COMMISSION_CAP.as_integer_ratio()
        if fee * whole > gross * parts:
            text = f"entry `{entry.id}` takes {Money(fee, code)} of {Money(gross, code)}"
            found.append(above_cap(f"{text} as commission"))
    agency = [p for p in entry.postings if p.account is Account.PAYABLE_AGENCY]
    earned = [-p.money for p in agency if entry.basis_of(p).ground is not Ground.PAYMENT]
    shown = sums(p.money for p in taken)
    if sums(earned) != shown:
        text = f"entry `{entry.id}` gives an agency what is not shown as taken from a model"
        found.append(no_basis(text))
    return found


def _payments(entry: Entry) -> list[Reason]:
    """Return where money is called paid out and did not leave the bank in the same entry."""
    out = sums(
        p.money
        for p in entry.postings
        if p.account in PAYABLE and entry.basis_of(p).ground is Ground.PAYMENT
    )
    bank = sums(-p.money for p in entry.postings if p.account is Account.BANK)
    if out and out != bank:
        text = f"entry `{entry.id}` says that a party was paid, and the bank does not"
        return [Reason("payment.not_paid", text)]
    return []


def _reversals(entry: Entry, original: Entry | None) -> list[Reason]:
    """Return what is wrong with a reversal of another entry."""
    about = f"entry `{entry.id}` reverses `{entry.reverses}`"
    if original is None or original.id != entry.reverses:
        return [Reason("reversal.unknown", f"{about}, which was not booked before it")]
    found = []
    if original.reverses is not None:
        found.append(Reason("reversal.of_reversal", f"{about}, which is a reversal itself"))
    if entry.on < original.on:
        found.append(Reason("reversal.early", f"{about} on a day before it"))
    back = sorted((p.account, p.party, -p.money) for p in entry.postings)
    if back != sorted((p.account, p.party, p.money) for p in original.postings):
        found.append(Reason("reversal.differs", f"{about} with other postings"))
    return found


_ITEMIZED = "N.Y. Labor Law § 1034(6)"


def no_basis(text: str) -> Reason:
    """Return the reason against a deduction without a basis (R37)."""
    return Reason("deduction.no_basis", text, rule="R37", citation="N.Y. Labor Law § 1035(3)")


def above_cap(text: str) -> Reason:
    """Return the reason against a commission above the cap (R07)."""
    text = f"{text} of {percent(COMMISSION_CAP)}"
    return Reason("commission.above_cap", text, rule="R07", citation="N.Y. Labor Law § 1035(7)")


def percent(rate: Decimal) -> str:
    """Return a rate as people write it: ``12.5 %``."""
    return f"{(rate * 100).normalize():f} %"


def sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Return the sum per currency, in alphabetical order of the currencies."""
    sums: dict[str, Money] = {}
    for money in amounts:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return tuple(sums[currency] for currency in sorted(sums))

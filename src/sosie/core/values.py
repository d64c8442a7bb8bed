"""The shared words: money, periods, digests, reasons. Everything else is built from these."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NewType

Digest = NewType("Digest", str)
"""A SHA-256 digest written as ``sha256:`` and 64 lower-case hexadecimal digits."""

_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}


class Outcome(StrEnum):
    """The three answers a decision can give (DESIGN.md, section 4)."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with a published code that never changes its meaning.

    ``clause`` is the path of the clause in the terms (``territories``, ``period.until``);
    ``rule`` is the id of a rule of law (``R14``) and ``citation`` its section.
    """

    code: str
    text: str
    clause: str | None = None
    rule: str | None = None
    citation: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the fields that are set, for JSON."""
        pairs = (
            ("code", self.code),
            ("text", self.text),
            ("clause", self.clause),
            ("rule", self.rule),
            ("citation", self.citation),
        )
        return {key: value for key, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expected *no*: what a service returns instead of its result, with every reason."""

    reasons: tuple[Reason, ...]

    @classmethod
    def because(cls, code: str, text: str, **where: str) -> Refusal:
        """Return a refusal with one reason."""
        return cls((Reason(code, text, **where),))


class BadInput(ValueError):
    """Input that cannot be read: says what was wrong, in which input, and what to do.

    ``code`` is a reason code, which each edge maps to its own status.
    """

    def __init__(self, what: str, *, where: str, remedy: str, code: str = "input.bad") -> None:
        super().__init__(f"`{where}`: {what}; {remedy}")
        self.what, self.where, self.remedy, self.code = what, where, remedy, code


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in whole minor units (cents, öre, yen) of one ISO 4217 currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | int | Decimal, currency: str) -> Money:
        """Return the money that a decimal amount says; raises ``ValueError`` if it cannot be.

        An amount with more decimals than the currency has is refused, never rounded.
        """
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise ValueError(f"`{currency}` is no ISO 4217 currency code")
        try:
            scaled = Decimal(str(amount)).scaleb(_MINOR_DIGITS.get(currency, 2))
        except InvalidOperation:
            raise ValueError(f"`{amount}` is not an amount of money") from None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValueError(f"`{amount}` has more decimals than {currency} knows")
        return cls(int(scaled), currency)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def share(self, rate: Decimal) -> Money:
        """Return this amount times a rate, rounded half to even to the minor unit."""
        part = (Decimal(self.minor) * rate).to_integral_value(rounding=ROUND_HALF_EVEN)
        return Money(int(part), self.currency)

    def decimal(self) -> str:
        """Return the bare decimal amount, as ``180.00``."""
        digits = _MINOR_DIGITS.get(self.currency, 2)
        return f"{Decimal(self.minor).scaleb(-digits):.{digits}f}"

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self} and {other} are of different currencies")


@dataclass(frozen=True, slots=True)
class Period:
    """The days [start, end): ``end`` is the first day outside."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the period ends ({self.last}) before it starts ({self.start})")

    @classmethod
    def through(cls, first: date, last: date) -> Period:
        """Return the period that includes both days, as people write them."""
        return cls(first, last + timedelta(days=1))

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end


STATEMENT_TAG = b"sosie/statement/1\n"
"""Stands before the body of a statement when it is signed, so that no signature made for something
else (a contract's begins with 0x31) is one on a statement."""


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement that one party signed herself: canonical JSON and an ECDSA P-256 signature.

    One that her passkey signed holds the evidence of that in place of the signature, and no
    certificate (`core/passkey.py`)."""

    body: bytes
    signature: bytes = field(repr=False)
    certificate_pem: str = field(repr=False)
    credential: bytes = field(default=b"", repr=False)
    """The id of the passkey that signed; empty where her key did."""


def digest(data: bytes) -> Digest:
    """Return the SHA-256 digest of some bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def canonical(value: Any) -> bytes:
    """Return the one JSON spelling of a value: sorted keys, no spaces, UTF-8 (RFC 8785 subset).

    Floats are refused with ``TypeError``, since their spelling differs between languages.
    """
    _refuse_floats(value)
    return _ENCODER.encode(value).encode()


_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    check_circular=False,  # a cycle never gets past `_refuse_floats`
)
_PLAIN = frozenset({str, int, bool, type(None)})


def _refuse_floats(value: Any) -> None:
    held: Iterable[Any]
    if isinstance(value, str):
        return
    if isinstance(value, dict):
        held = value.values()
    elif isinstance(value, list | tuple):
        held = value
    elif isinstance(value, float):
        raise TypeError(f"{value!r} is a float: canonical JSON here holds none")
    else:
        return
    for item in held:
        if item.__class__ not in _PLAIN:  # spares a call for nearly all
            _refuse_floats(item)

"""An offer to sign, and what became of it. Nothing here knows the time: it is told the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sosie.core.values import Digest


class OfferState(StrEnum):
    """Published codes of what an offer to sign is on some day."""

    OPEN = "open"
    SIGNED = "signed"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Offer:
    """A contract that was put before one party to sign.

    ``last`` is the last day on which it can be signed; ``reminders`` are the days on which the
    party is reminded. Raises ``ValueError`` for a day before the offer, or a reminder after it.
    """

    license: str
    role: str
    party: str
    document: Digest
    sent_at: datetime
    last: date
    reminders: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        sent = self.sent_at.date()
        if self.last < sent:
            raise ValueError(f"the offer ends ({self.last}) before it is sent ({sent})")
        if any(not sent <= day <= self.last for day in self.reminders):
            raise ValueError("a reminder lies outside the days of the offer")
        if tuple(sorted(set(self.reminders))) != self.reminders:
            raise ValueError("reminders are different days in order")


@dataclass(frozen=True, slots=True)
class Declined:
    """A party's no, with her reason in her words; raises ``ValueError`` if it is empty."""

    at: datetime
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a party who declines says why")


@dataclass(frozen=True, slots=True)
class InPerson:
    """A signature made on the host's device.

    ``host`` is the party whose device it was, ``witnesses`` the names of those present besides,
    ``shown`` the digests of the pages that were put before the signer, in order.
    """

    host: str
    witnesses: tuple[str, ...]
    shown: tuple[Digest, ...]

    def __post_init__(self) -> None:
        if not self.shown:
            raise ValueError("say which pages were shown")
        if any(not name.strip() for name in self.witnesses):
            raise ValueError("a witness has a name")


def state(
    offer: Offer, on: date, *, signed: datetime | None = None, declined: Declined | None = None
) -> OfferState:
    """Return what an offer is on a day; what was signed or declined stays so.

    Raises ``ValueError`` if it was both signed and declined.
    """
    if signed and declined:
        raise ValueError("an offer is signed or declined, not both")
    if signed and signed.date() <= on:
        return OfferState.SIGNED
    if declined and declined.at.date() <= on:
        return OfferState.DECLINED
    return OfferState.EXPIRED if on > offer.last else OfferState.OPEN


def reminders_due(offer: Offer, on: date, *, reminded: frozenset[date]) -> tuple[date, ...]:
    """Return the reminders of an open offer that are due by a day and were not sent."""
    if on > offer.last:
        return ()
    return tuple(day for day in offer.reminders if day <= on and day not in reminded)

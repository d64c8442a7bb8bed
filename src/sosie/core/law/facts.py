"""The facts that rules of law read. ``None`` always means unknown, never absent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sosie.core.terms import Purpose, Terms


class Trigger(StrEnum):
    """The acts that set rules off (LAW.md, section 7)."""

    ONBOARD_AGENCY = "onboard_agency"
    SIGN_REPRESENTATION = "sign_representation"
    SIGN_POA = "sign_poa"
    SIGN_CONSENT = "sign_consent"
    CAPTURE_SESSION = "capture_session"
    DEAL_MEMO = "deal_memo"
    GENERATE = "generate"
    PUBLISH = "publish"
    PAY = "pay"
    STATEMENT = "statement"
    TERMINATE = "terminate"
    REVOKE = "revoke"
    MONITOR = "monitor"
    REPORT = "report"


class Capacity(StrEnum):
    """In what capacity somebody signs."""

    SELF = "self"
    POWER_OF_ATTORNEY = "power_of_attorney"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: for which party, by whose hand, in what capacity."""

    party: str
    signer: str
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class Representation:
    """The agreement between model and agency."""

    start: date | None = None
    last: date | None = None
    """Last day of the term."""
    open_ended: bool | None = None
    """Whether it has no last day; unknown while that is not settled."""
    renews_by_itself: bool | None = None
    renewal_consent: bool | None = None
    """Whether the model agreed to the renewal in writing, by an act of her own."""
    charges_on_signing: tuple[str, ...] | None = None
    commission: Decimal | None = None
    """Share of the model's pay, 0 to 1."""
    has_replica_clause: bool | None = None


@dataclass(frozen=True, slots=True)
class PowerOfAttorney:
    """A power of attorney from the model to her agency."""

    optional: bool | None = None
    condition_of_signing: bool | None = None
    covers_replica: bool | None = None
    ended_on: date | None = None
    """The day the model ended it."""
    effective_on: date | None = None
    """The day its end took effect."""
    penalty: bool | None = None
    """Whether ending it cost the model anything."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent as a document, granted to one party."""

    given: bool | None = None
    stand_alone: bool | None = None
    """A document of its own with headings, apart from general terms and other agreements."""
    own_signature: bool | None = None
    """Signed by an act that covers this document and nothing else."""
    signed_at: datetime | None = None
    first_act_at: datetime | None = None
    """When the first act under it took place; ``None`` with ``nothing_done`` if none did."""
    nothing_done: bool = False
    in_representation: bool | None = None
    """Whether it is but a clause of the representation agreement."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parties are: ISO 3166-1 or, in the United States, 3166-2 (``US-NY``)."""

    model_lives: str | None = None
    brand_in: str | None = None
    agency_in: str | None = None
    work_in: str | None = None
    """Where the act takes place, or whom it serves."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules read, as far as it is known."""

    on: date
    terms: Terms | None = None
    act: Trigger | None = None
    """The act in question; ``None`` asks every rule."""
    purpose: Purpose | None = None
    signatures: tuple[Signature, ...] | None = None
    representation: Representation | None = None
    power_of_attorney: PowerOfAttorney | None = None
    consent: Consent | None = None
    """The client's (brand's) consent."""
    agency_consent: Consent | None = None
    agency_makes: bool | None = None
    """Whether the agency itself creates or alters the replica."""
    agency: bool | None = None
    """Whether an agency takes part; taken from the terms when unknown."""
    places: Places = Places()

    @property
    def agency_takes_part(self) -> bool | None:
        """Whether an agency takes part, by what is said and by what the terms name."""
        if self.agency is not None:
            return self.agency
        if self.representation is not None or self.power_of_attorney is not None:
            return True
        return None if self.terms is None else self.terms.parties.agency is not None

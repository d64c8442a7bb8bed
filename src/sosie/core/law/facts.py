"""The facts that rules of law read. ``None`` always means unknown, never absent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    published_in: tuple[str, ...] | None = None
    """Where pictures are shown, as in the terms: countries, states or groups."""


@dataclass(frozen=True, slots=True)
class Registration:
    """An agency's registration with the Department of Labor."""

    number: str | None = None
    """The certificate's number; empty when there is none."""
    issued: date | None = None
    expires: date | None = None
    """Last day of its validity."""
    exempt: bool | None = None
    in_contract: bool | None = None
    """Whether the number stands in contracts with models and clients."""
    in_advertising: bool | None = None
    """Whether it stands in advertisements that look for models, social profiles included."""
    staff: int | None = None
    """People who work from New York or on New York models."""
    bond_usd: int | None = None


@dataclass(frozen=True, slots=True)
class Ties:
    """What an agency has declared of its money relations with the client or the platform."""

    exist: bool | None = None
    disclosed: bool | None = None
    disclosed_on: date | None = None
    booked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The model, as far as age and death matter."""

    born: date | None = None
    died_on: date | None = None
    alive: bool | None = None
    domicile_at_death: str | None = None
    estate_consent: bool | None = None
    """Whether registered heirs or the estate agreed in writing."""


@dataclass(frozen=True, slots=True)
class Negotiated:
    """How a contract for a replica came about and what it says."""

    replaces_work: bool | None = None
    """Whether the replica takes the place of work that she would have done in person."""
    specific: bool | None = None
    """Whether the uses are described with reasonable specificity."""
    counsel: bool | None = None
    """Whether counsel negotiated the replica license for her."""
    separately_signed: bool | None = None
    """Whether its terms are clear, conspicuous and signed or initialed by themselves."""
    union_agreement: bool | None = None
    """Whether a union's agreement expressly covers replicas."""
    made_on: date | None = None
    """The day it was made or last modified."""
    fixed_on: date | None = None
    """The day the new performance is fixed."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Deal memo and final agreement on their way to the model."""

    language_asked: str | None = None
    language: str | None = None
    work_starts: datetime | None = None
    memo_delivered: bool | None = None
    memo_delivered_at: datetime | None = None
    memo_accepted: bool | None = None
    memo_accepted_at: datetime | None = None
    booking_ended_on: date | None = None
    copy_delivered_on: date | None = None
    message: str | None = None
    """The words of a message or document of ours about payment."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One line that is taken from the model's pay, or charged to her."""

    kind: str
    """`commission`, `advance`, `housing`, `travel`, `visa`, `interest`, `fee` …"""
    itemized: bool | None = None
    """Whether the item and its computation are stated."""
    approved: bool | None = None
    """Whether she approved it in writing beforehand."""
    disclosed: bool | None = None
    """Whether the rate was disclosed in writing before (housing)."""
    informed_consent: bool | None = None
    """Whether she gave informed written consent before (travel, visa)."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Payment of a job and its statement."""

    term_days: int | None = None
    earned_on: date | None = None
    paid_on: date | None = None
    charges: tuple[Charge, ...] | None = None
    quarter_ends: date | None = None
    vouchers_on: date | None = None
    """The day the documents behind each charge of that quarter were handed over."""
    royalties_for_former: bool | None = None
    """Whether royalties came in for a model whose representation has ended."""
    notice_sent: bool | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A capture session, and what surrounds it."""

    hours: Decimal | None = None
    """Hours in the fullest 24 hours of the session, however they lie."""
    hourly: Decimal | None = None
    paid: Decimal | None = None
    meal_minutes: int | None = None
    policy_given: bool | None = None
    """Whether a written policy against abuse and harassment, at least at the legal minimum, was
    handed to her before."""
    companion_allowed: bool | None = None
    insured: bool | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a picture or an order holds, where that sets rules off."""

    nude: bool | None = None
    """Nude or sexually explicit."""
    intimate: bool | None = None
    """Intimate imagery of a real person."""
    own_agreement: bool | None = None
    """Whether a signed plain-language agreement of its own describes it."""
    agreed_on: date | None = None
    review_days: int | None = None
    """Business days that she had to review the agreement."""
    representative_approved: bool | None = None
    explicit_consent: bool | None = None
    edit: str | None = None
    """The class of an edit: `colour`, `retouch`, `crop`, `backdrop`, `garment`, `body`, `face`…"""
    protected_change: bool | None = None
    """Whether it changes ethnicity, body or another protected status."""
    chosen_by_status: bool | None = None
    """Whether she was chosen or passed over by a protected status."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """An advertisement, as the rules on synthetic performers read it."""

    recognizable: bool | None = None
    """Whether the person is recognizable as an identifiable person."""
    generated: bool | None = None
    """Whether a human in it was made or changed by generative means."""
    known: bool | None = None
    """Whether the maker actually knows that."""
    disclosed: bool | None = None
    exempt: bool | None = None
    """Audio only, translation of a human performer only, or for an expressive work that uses the
    performer in the same way."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint to the Commissioner of Labor."""

    acted_on: date | None = None
    """The day of the acts complained of."""
    filed_on: date | None = None
    names_addresses: bool | None = None
    contract_terms: bool | None = None
    occupation: bool | None = None
    violations: bool | None = None
    affirmation: bool | None = None
    noticed_on: date | None = None
    answered_on: date | None = None
    forwarded_on: date | None = None
    evidence_deleted_on: date | None = None
    protected_act_on: date | None = None
    """The day she complained, refused or stopped for good-faith concerns."""
    adverse_act: bool | None = None
    reviewed: bool | None = None
    """Whether a person found that the adverse act has other grounds."""
    estimate_labeled: bool | None = None
    """Whether an estimate of penalties is labeled as one."""


@dataclass(frozen=True, slots=True)
class Marking:
    """The marks of a generated picture and of the system that makes it."""

    manifest: bool | None = None
    """Signed machine-readable metadata that says how it was made."""
    watermark: bool | None = None
    time_stamped: bool | None = None
    provenance_kept: bool | None = None
    """Whether the provenance of what came in is kept."""
    offered_on: date | None = None
    """The day the system that makes pictures was first offered."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is visibly said with a published picture."""

    present: bool | None = None
    clear: bool | None = None
    at_first_exposure: bool | None = None
    accessible: bool | None = None


@dataclass(frozen=True, slots=True)
class DataConsent:
    """Her consent to the use of her data (GDPR)."""

    explicit: bool | None = None
    specific: bool | None = None
    """Given for this purpose."""
    separate: bool | None = None
    plain: bool | None = None
    provable: bool | None = None
    withdrawal_told: bool | None = None
    """Whether she was told beforehand that she can withdraw."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal of consent, or its end, and what followed."""

    withdrew: bool | None = None
    """Whether she withdrew at all; ``since`` says that she did."""
    since: date | None = None
    as_easy: bool | None = None
    """Whether withdrawing is as easy as giving."""
    generated_on: date | None = None
    """The day of the newest generation under it."""
    erased_on: date | None = None
    recipients_told_on: date | None = None


@dataclass(frozen=True, slots=True)
class Watching:
    """A search for misuse by matching faces."""

    enrolled: bool | None = None
    """Whether only a model who enrolled herself is searched for."""
    own_consent: bool | None = None
    discards_others: bool | None = None
    assessment: bool | None = None
    """Whether a data protection impact assessment is on file."""


@dataclass(frozen=True, slots=True)
class Asks:
    """What unions and the trade ask for beyond the law."""

    papers_before: timedelta | None = None
    """How long before the work all papers were handed over."""
    notice: timedelta | None = None
    """Time between the offer with a specific description and her signature."""
    approved: bool | None = None
    """Whether she approved this very use."""
    exclusions_honored: bool | None = None
    trains: bool | None = None
    training_allowed: bool | None = None
    """Whether training is separately and expressly allowed."""
    session_fee: bool | None = None
    use_fee: bool | None = None
    time_limited: bool | None = None
    exclusive: bool | None = None
    reports: bool | None = None
    deletes_on_exit: bool | None = None
    refused_twin: bool | None = None
    booking_changed: bool | None = None
    fee_for_procuring: bool | None = None
    """Whether the platform takes a fee for procuring licenses."""


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
    registration: Registration = Registration()
    ties: Ties = Ties()
    person: Person = Person()
    negotiated: Negotiated = Negotiated()
    papers: Papers = Papers()
    payment: Payment = Payment()
    session: Session = Session()
    content: Content = Content()
    advertisement: Advertisement = Advertisement()
    complaint: Complaint = Complaint()
    marking: Marking = Marking()
    label: Label = Label()
    data_consent: DataConsent = DataConsent()
    withdrawn: Withdrawn = Withdrawn()
    watching: Watching = Watching()
    asks: Asks = Asks()

    @property
    def agency_takes_part(self) -> bool | None:
        """Whether an agency takes part, by what is said and by what the terms name."""
        if self.agency is not None:
            return self.agency
        if self.representation is not None or self.power_of_attorney is not None:
            return True
        return None if self.terms is None else self.terms.parties.agency is not None

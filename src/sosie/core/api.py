"""What the API takes and answers, as forms: the server fills them, a client reads them.

Where the command line answers with `--json` to the same question, the fields are the same.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sosie.core.listing import Listing
from sosie.core.preferences import Preferences
from sosie.core.scopes import Scope
from sosie.core.studio import ShootPlan
from sosie.core.terms import Channel, Purpose, Terms

T = TypeVar("T")
Json = dict[str, Any]


class _Form(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Said(_Form):
    """One reason, by its published code (`docs/reference`); or where a request is wrong."""

    code: str
    text: str
    clause: str | None = None
    rule: str | None = None
    citation: str | None = None


class Problem(_Form):
    """Why nothing was done (RFC 9457)."""

    title: str
    status: int
    detail: str
    code: str
    """The code of the first reason."""
    reasons: list[Said] = []
    """All of them."""
    remedy: str | None = None
    """What to do."""


class Page(_Form, Generic[T]):
    """Some rows, the newest first, and where the next are."""

    items: list[T]
    next: str | None = None
    """The `cursor` to ask for the next page by; nothing on the last one."""


class Me(_Form):
    """Whom a token acts for."""

    token: str
    name: str
    party: str
    kind: Literal["model", "agency", "brand"]
    scopes: list[Scope]
    until: date


class Waiting(_Form):
    """One thing that waits for the party."""

    what: str
    """`answer`, `request`, `sign`, `make`, `approval`, `talk`."""
    about: str
    """The id of a license or a shoot."""
    title: str
    other: str
    count: int


class TwinRow(_Form):
    """A twin in a list."""

    twin: str
    owner: str
    shown_as: str
    standing: str


class TwinSaid(TwinRow):
    """What is known of a twin."""

    retired_at: datetime | None
    withdrawn_at: datetime | None
    on_retirement: Any
    versions: list[Json]
    marks: list[Json]
    files: dict[str, int]


class LicenseRow(_Form):
    """A license in a list."""

    license: str
    title: str
    model: str
    brand: str
    signed: list[str]
    contract: str
    standing: str
    pictures: str
    """How many were made, of how many."""


class StepSaid(_Form):
    """One step in the life of a license."""

    at: datetime
    step: str
    by: str
    offer: int
    note: str
    changes: list[str]


class ReleaseRow(_Form):
    """What went out under a license."""

    seal: str
    picture: str
    channel: str
    account: str
    territories: list[str]
    at: datetime
    down: bool


class DeadlineSaid(_Form):
    """One thing to be done."""

    code: str
    text: str
    due: date
    owed_by: str
    owed_to: str
    ground: str


class LicenseSaid(LicenseRow):
    """A license as it is laid before one of its parties."""

    agency: str | None
    twin: str
    told: str
    """How it stands, in words."""
    terms: Json
    """`terms/1` (docs/formats/terms.md)."""
    digest: str
    """Of the terms on the table: who agrees names it."""
    may: list[str]
    """The steps that the party may take now."""
    unusual: list[Said]
    """What it asks that the model does not do; told to her alone."""
    against: list[Said]
    """What law refuses."""
    warnings: list[Said]
    steps: list[StepSaid]
    made: dict[str, int]
    """How many pictures are how."""
    releases: list[ReleaseRow]
    deadlines: list[DeadlineSaid]


class FindingSaid(_Form):
    """What one rule of law, or completeness, says of terms."""

    rule: str
    effect: str
    text: str
    clause: str | None
    citation: str | None
    basis: str
    confidence: str


class QuoteSaid(_Form):
    """What some terms would come to."""

    outcome: Literal["allowed", "refused"]
    reasons: list[Said]
    """Why nobody could draft them, or the parties agree to them."""
    findings: list[FindingSaid]
    price: str | None
    """Of all pictures, if each is approved and sealed: `360.00 EUR`."""
    each: str | None
    commission: str | None
    receives: str | None
    """What is left for her."""
    terms: Json
    """As they would be drafted: with what the model excludes from every license."""
    note: str


class PictureRow(_Form):
    """A picture in a list."""

    picture: str
    license: str
    plate: str
    status: str
    grade: str
    order: Json
    change_of: str | None
    doubts: list[Json]
    warnings: list[str]
    failure: list[Json]


class AnswerSaid(_Form):
    """What the model said of a picture."""

    act: str
    by: str
    at: datetime
    note: str


class ReviewSaid(_Form):
    """What the brand said of a picture."""

    accepted: bool
    at: datetime
    note: str


class SealRow(_Form):
    """A seal of a picture."""

    number: str
    kind: str
    """`master`, or the channel of a rendition."""
    index: int
    """Its leaf in the log."""
    at: datetime


class DecisionRow(_Form):
    """One decision on a picture."""

    act: str
    outcome: str
    reasons: list[Said]
    on: date


class PictureSaid(_Form):
    """All that is recorded of one picture."""

    id: str
    status: str
    grade: str
    plate: str
    file: str
    license: str
    standing: str
    """Of the license, today."""
    order: str
    change_of: str | None
    changes: list[str]
    doubts: list[Json]
    failure: list[Json]
    decisions: list[DecisionRow]
    answer: AnswerSaid | None
    review: ReviewSaid | None
    """What the brand said of it."""
    seals: list[SealRow]


class ShootRow(_Form):
    """A shoot in a list."""

    shoot: str
    license: str
    title: str
    engine: str
    purpose: str
    channel: str
    ordered: date
    pictures: str
    """How many are how."""


class CardSaid(_Form):
    """A picture of a shoot, as the board shows it."""

    picture: str
    number: int
    status: str
    grade: str
    order: str
    plate: str
    waits: list[Literal["studio", "model", "brand", "seal"]]
    """For whom it waits."""
    figures: dict[str, float]
    """What the engine's gates measured."""
    notes: list[str]


class ShootSaid(_Form):
    """A shoot, and how far it is."""

    shoot: str
    license: str
    engine: str
    use: Json
    paused: bool
    started: bool
    """Whether a worker is to make it."""
    ordered: date
    made: dict[str, int]
    pictures: list[CardSaid]


class PlannedRow(_Form):
    """One picture of a plan."""

    number: int
    order: str
    outcome: Literal["allowed", "refused"]
    reasons: list[Said]


class PlanSaid(_Form):
    """What a shoot would come to."""

    outcome: Literal["allowed", "refused"]
    reasons: list[Said]
    price: str | None
    commission: str | None
    receives: str | None
    seconds: float | None
    pictures: list[PlannedRow]


class StatementSaid(_Form):
    """What a party is shown about money in some days."""

    model_config = ConfigDict(populate_by_name=True)

    party: str
    first: date = Field(alias="from")
    until: date
    lines: list[Json]
    totals: list[Json]


class PaperRow(_Form):
    """A paper in the hands of the party."""

    paper: int
    kind: str
    title: str
    dated: date
    license: str | None
    imported: bool
    file: str


class LogSaid(_Form):
    """The transparency log as it is published; its entries and proofs are public pages."""

    size: int
    checkpoint: str
    """A signed note (C2SP)."""


class PlaceSaid(_Form):
    """Where releases on one channel go by themselves."""

    place: str
    brand: str
    channel: str
    address: str
    """`s3://BUCKET/PREFIX`, or the URL of a webhook."""
    endpoint: str
    """Of a bucket: where its store is."""
    ending: str
    """Of a bucket: `delete`, or `tombstone`."""
    stands: bool


class ErrandRow(_Form):
    """One release to be sent to one place, or taken down there."""

    errand: int
    what: Literal["deliver", "take_down"]
    state: Literal["waiting", "delivered", "acknowledged", "failed"]
    why: str
    """What went wrong the last time."""
    seal: str
    channel: str
    place: str
    address: str
    made: datetime
    delivered: datetime | None
    acknowledged: datetime | None
    next: datetime | None
    """Before which it is not tried again."""


class ToPlace(_Form):
    """A place to be named."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    address: Annotated[str, Field(max_length=500)]
    endpoint: Annotated[str, Field(max_length=300)] = ""
    region: Annotated[str, Field(max_length=40)] = ""
    key_id: Annotated[str, Field(max_length=128)] = ""
    """Of an access key for this bucket alone."""
    secret: Annotated[str, Field(max_length=256)] = ""
    """Its secret: kept encrypted, and never told again."""
    ending: Literal["delete", "tombstone"] = "delete"


class TakenDown(_Form):
    """That a release is taken down."""

    seal: str
    taken_down: bool


class LookSaid(_Form):
    """A twin as brands see it: nothing is in it that its model does not show."""

    twin: str
    name: str
    fits: bool | None
    """Whether it is what was looked for; nothing where its model does not show what would tell."""
    words: str
    looks: list[str]
    photographs: list[str]
    measurements: dict[str, float]
    never: Json | None
    """What she never does (`preferences/1`)."""
    least: str | None
    """The least that she works for, for a picture: `80.00 EUR`."""
    engaged: list[Json] | None
    """What others hold exclusively of her."""


class RenditionRow(_Form):
    """A file that went out."""

    seal: str
    channel: str
    account: str
    territories: list[str]
    at: datetime
    down: bool


class ShelfRow(_Form):
    """A sealed picture in the library of a brand."""

    picture: str
    seal: str
    """Of the master."""
    twin: str
    license: str
    title: str
    state: str
    """`in_force`, `ends_soon`, `not_yet`, `rests`, `ended`, `revoked`."""
    until: date | None
    renditions: list[RenditionRow]
    take_down: int
    """How many of them are still out though the license is over."""


class TakeDownRow(_Form):
    """A file that must not stay where it is."""

    seal: str
    picture: str
    license: str
    channel: str
    account: str
    territories: list[str]
    due: date
    overdue: bool


class OutRow(_Form):
    """One release of a picture of hers."""

    seal: str
    released: datetime
    brand: str
    channel: str
    account: str
    countries: list[str]
    purpose: str
    placements: int
    picture: str
    license: str
    title: str
    state: str
    """`up`; `over`: up, and its license is over; `down`."""
    taken_down: date | None
    paid: list[str]
    """What it earned her, after commission; for each currency."""


class WhereSaid(_Form):
    """Where she is."""

    count: int
    countries: dict[str, int]
    """Releases by ISO 3166-1 code."""
    months: dict[str, int]
    """Releases by the month in which they went out: `2026-11`."""
    paid: list[str]


class RetirementSaid(_Form):
    """What retiring a twin comes to, or came to."""

    twin: str
    running: list[str]
    """Licenses that both signed and nobody revoked."""
    ends: bool
    """Whether these end with it, as her consent says: each is taken back first."""


class DeletionSaid(_Form):
    """What deleting a twin erases, and what stays as evidence."""

    files: dict[str, int]
    pictures: int
    contracts: int
    statements: int


class ErasureSaid(_Form):
    """That a twin was erased."""

    proof: Json
    """`erasure/1` (docs/formats/erasure.md): anyone checks it without this Sosie."""


class AgencySaid(_Form):
    """An agency before the law of New York."""

    agency: str
    name: str
    place: str
    registration: str
    registered_until: date | None
    exempt: bool
    bond_usd: int | None
    bond_until: date | None
    findings: list[FindingSaid]


class AgreementRow(_Form):
    """An agreement between a model and an agency."""

    model_config = ConfigDict(populate_by_name=True)

    agreement: int
    kind: str
    model: str
    agency: str
    first: date | None = Field(alias="from")
    until: date | None
    ended_on: date | None
    in_force: bool
    imported: bool
    against: list[str]


class Asked(_Form):
    """What a passkey of the party is to sign before it is done (status 202)."""

    party: str
    role: str
    """The name of the act."""
    document: str
    """The digest of what is signed."""
    statement: str
    """The text itself (canonical JSON); empty for a contract, which is a file."""
    ticket: str
    """Comes back with the answer, within ten minutes."""
    options: Json
    """What a browser, or a software authenticator, is given: `publicKey` of WebAuthn."""


class Signature(_Form):
    """What a passkey answered to what was asked."""

    model_config = ConfigDict(extra="forbid")

    ticket: Annotated[str, Field(max_length=20_000)]
    credential: Json


class Signed(_Form):
    """A request that is done once it is signed: asked first without a signature, then with it."""

    model_config = ConfigDict(extra="forbid")

    signature: Signature | None = None


Note = Annotated[str, Field(max_length=1000)]


class ToQuote(_Form):
    """Terms to be looked at."""

    model_config = ConfigDict(extra="forbid")

    terms: Terms


class ToDraft(Signed):
    """Terms to be drafted."""

    terms: Terms
    supersedes: str | None = None
    """The license that ends when this one is signed."""


class ToStep(Signed):
    """A step in the life of a license."""

    step: Literal[
        "asked",
        "countered",
        "proposed",
        "advised",
        "agreed",
        "declined",
        "suspended",
        "resumed",
        "revoked",
        "papers",
        "signed",
        "memo_accepted",
    ]
    """`papers` puts deal memo and contract before both who agreed, and is the one that nobody
    signs."""
    note: Note = ""
    seen: str = ""
    """The digest of the terms that somebody agrees to."""
    terms: Terms | None = None
    """The other terms of `countered` and `proposed`."""


class ToAnswer(Signed):
    """The model's answer to a picture."""

    yes: bool
    note: Note = ""


class ToReview(Signed):
    """What the brand says of a picture: a no says why."""

    yes: bool
    note: Note = ""


class ToRun(_Form):
    """What becomes of the making of a shoot."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["start", "pause", "retry"]
    """`retry` orders what failed anew, and starts."""


class ToChange(Signed):
    """Another picture in place of one."""

    note: Note
    settings: dict[str, str] = {}
    """Fields of the order by their path (`backdrop.scene`)."""


class ToPlan(_Form):
    """A shoot to be looked at."""

    model_config = ConfigDict(extra="forbid")

    license: str
    plan: ShootPlan
    files: dict[str, str] = {}
    """The files that the plan lists, by name, in Base64; 32 MB in all."""


class ToOrder(Signed, ToPlan):
    """A shoot to be ordered."""


class ToTakeDown(Signed):
    """That a release is taken down."""

    note: Note = ""


class ToFind(_Form):
    """What a brand looks for; what is left out is not asked."""

    looks: Annotated[str, Field(max_length=100)] = ""
    """Words, all of which are to be found in what is seen of her."""
    height_from: int | None = None
    """In centimeters, as those below."""
    height_to: int | None = None
    waist_from: int | None = None
    waist_to: int | None = None
    purpose: Purpose | None = None
    channel: Channel | None = None
    territory: Annotated[str, Field(max_length=10)] = ""
    """ISO 3166-1 code or group."""
    category: Annotated[str, Field(max_length=60)] = ""
    rate: Annotated[Decimal, Field(ge=0, max_digits=9)] | None = None
    """What the brand pays for a picture at most."""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"


class ToList(Signed):
    """What brands see of a twin from now on."""

    listing: Listing


class ToPrefer(Signed):
    """What she wants of every license from now on."""

    preferences: Preferences


class ToEnd(Signed):
    """That a twin is retired, or deleted."""

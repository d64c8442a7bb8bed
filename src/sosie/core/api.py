"""What the API takes and answers, as forms: the server fills them, a client reads them.

Where the command line answers with `--json` to the same question, the fields are the same.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sosie.core.scopes import Scope

T = TypeVar("T")
Json = dict[str, Any]


class Form(BaseModel):
    """Whatever is sent by the API; what a field means is said beside it."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Said(Form):
    """One reason, by its published code (`docs/reference`); or where a request is wrong."""

    code: str
    text: str
    clause: str | None = None
    rule: str | None = None
    citation: str | None = None


class Problem(Form):
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


class Page(Form, Generic[T]):
    """Some rows, the newest first, and where the next are."""

    items: list[T]
    next: str | None = None
    """The `cursor` to ask for the next page by; nothing on the last one."""


class Me(Form):
    """Whom a token acts for."""

    token: str
    name: str
    party: str
    """Empty for the house."""
    kind: Literal["model", "agency", "brand", "house"]
    scopes: list[Scope]
    until: date


class Waiting(Form):
    """One thing that waits for the party."""

    what: str
    """`answer`, `request`, `sign`, `memo` (to accept), `make`, `review`, `release` (being done),
    `release_refused`, `approval`, `talk`, `capture` (photographs that it lacks), `version` (none
    lacks), `take_down` (files that are still out though their license is over), `errand` (sent in
    vain), `registration` (of an agency: what law says against it), `agreement` (over soon)."""
    about: str
    """The id of a license, a shoot, a capture, a place, an agency or an agreement."""
    title: str
    other: str
    count: int


class TwinRow(Form):
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


class LicenseRow(Form):
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


class StepSaid(Form):
    """One step in the life of a license."""

    at: datetime
    step: str
    by: str
    offer: int
    note: str
    changes: list[str]


class ReleaseRow(Form):
    """What went out under a license."""

    seal: str
    picture: str
    channel: str
    account: str
    territories: list[str]
    at: datetime
    down: bool


class DeadlineSaid(Form):
    """One thing to be done."""

    code: str
    text: str
    due: date
    owed_by: str
    owed_to: str
    ground: str


class PlainSaid(Form):
    """One row of the first page of a contract: a plain question and its answer."""

    term: str
    says: str


class LicenseSaid(LicenseRow):
    """A license as it is laid before one of its parties."""

    agency: str | None
    twin: str
    told: str
    """How it stands, in words."""
    terms: Json
    """`terms/1` (docs/formats/terms.md)."""
    first_page: list[PlainSaid]
    """The same in plain words, in the language of its papers: what is made, what is paid, what is
    expected of the model."""
    since_last_deal: list[str]
    """What differs from the last deal of the model, while it is talked about."""
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


class FindingSaid(Form):
    """What one rule of law, or completeness, says of terms."""

    rule: str
    effect: str
    text: str
    clause: str | None
    citation: str | None
    basis: str
    confidence: str


class QuoteLine(Form):
    """One kind of fee."""

    what: str
    rate: str
    times: int
    amount: str


class QuoteSaid(Form):
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
    most: str | None
    """If every picture is made and goes out once on each channel, with fixed fees and what the
    brand bears: what the pages show."""
    lines: list[QuoteLine]
    """What that is summed up of."""
    notes: list[str]
    """What it takes for granted, or leaves out."""
    terms: Json
    """As they would be drafted: with what the model excludes from every license."""
    note: str


class PictureRow(Form):
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


class AnswerSaid(Form):
    """What the model said of a picture."""

    act: str
    by: str
    at: datetime
    note: str


class ReviewSaid(Form):
    """What the brand said of a picture."""

    accepted: bool
    at: datetime
    note: str


class SealRow(Form):
    """A seal of a picture."""

    number: str
    kind: str
    """`master`, or the channel of a rendition."""
    index: int
    """Its leaf in the log."""
    at: datetime


class DecisionRow(Form):
    """One decision on a picture."""

    act: str
    outcome: str
    reasons: list[Said]
    on: date


class PictureSaid(Form):
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


class ShootRow(Form):
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


class CardSaid(Form):
    """A picture of a shoot, as the board shows it."""

    picture: str
    number: int
    status: str
    grade: str
    order: str
    plate: str
    waits: list[Literal["studio", "model", "brand", "seal", "house"]]
    """For whom it waits."""
    figures: dict[str, float]
    """What the engine's gates measured."""
    notes: list[str]


class ShootSaid(Form):
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


class PlannedRow(Form):
    """One picture of a plan."""

    number: int
    order: str
    outcome: Literal["allowed", "refused"]
    reasons: list[Said]


class PlanSaid(Form):
    """What a shoot would come to."""

    outcome: Literal["allowed", "refused"]
    reasons: list[Said]
    price: str | None
    commission: str | None
    receives: str | None
    seconds: float | None
    pictures: list[PlannedRow]


class StatementSaid(Form):
    """What a party is shown about money in some days."""

    model_config = ConfigDict(populate_by_name=True)

    party: str
    first: date = Field(alias="from")
    until: date
    lines: list[Json]
    totals: list[Json]


class PaperRow(Form):
    """A paper in the hands of the party."""

    paper: int
    kind: str
    title: str
    dated: date
    license: str | None
    imported: bool
    file: str


class LogSaid(Form):
    """The transparency log as it is published; its entries and proofs are public pages."""

    size: int
    checkpoint: str
    """A signed note (C2SP)."""


class PlaceSaid(Form):
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


class ErrandRow(Form):
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


class TakenDown(Form):
    """That a release is taken down."""

    seal: str
    taken_down: bool


class LookSaid(Form):
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


class RenditionRow(Form):
    """A file that went out."""

    seal: str
    channel: str
    account: str
    territories: list[str]
    at: datetime
    down: bool


class ShelfRow(Form):
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


class TakeDownRow(Form):
    """A file that must not stay where it is."""

    seal: str
    picture: str
    license: str
    channel: str
    account: str
    territories: list[str]
    due: date
    overdue: bool


class OutRow(Form):
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


class WhereSaid(Form):
    """Where she is."""

    count: int
    countries: dict[str, int]
    """Releases by ISO 3166-1 code."""
    months: dict[str, int]
    """Releases by the month in which they went out: `2026-11`."""
    paid: list[str]


class RetirementSaid(Form):
    """What retiring a twin comes to, or came to."""

    twin: str
    running: list[str]
    """Licenses that both signed and nobody revoked."""
    ends: bool
    """Whether these end with it, as her consent says: each is taken back first."""


class DeletionSaid(Form):
    """What deleting a twin erases, and what stays as evidence."""

    files: dict[str, int]
    pictures: int
    contracts: int
    statements: int


class ErasureSaid(Form):
    """That a twin was erased."""

    proof: Json
    """`erasure/1` (docs/formats/erasure.md): anyone checks it without this Sosie."""


class AgencySaid(Form):
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


class AgreementRow(Form):
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


class Asked(Form):
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

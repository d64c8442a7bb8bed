"""What the API takes and answers, as forms: the server fills them, a client reads them.

Where the command line answers with `--json` to the same question, the fields are the same.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sosie.core.scopes import Scope
from sosie.core.studio import ShootPlan
from sosie.core.terms import Terms

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


class TakenDown(_Form):
    """That a release is taken down."""

    seal: str
    taken_down: bool


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

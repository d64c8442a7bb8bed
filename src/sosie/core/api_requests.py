"""What the API is asked, as forms; `core/api.py` holds what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sosie.core.api import Form, Json
from sosie.core.listing import Listing
from sosie.core.preferences import Preferences
from sosie.core.roles import Role
from sosie.core.studio import ShootPlan
from sosie.core.terms import Channel, Purpose, Terms


class Signature(Form):
    """What a passkey answered to what was asked."""

    model_config = ConfigDict(extra="forbid")

    ticket: Annotated[str, Field(max_length=20_000)]
    credential: Json


class Signed(Form):
    """A request that is done once it is signed: asked first without a signature, then with it."""

    model_config = ConfigDict(extra="forbid")

    signature: Signature | None = None


class ToJudge(Form):
    """Where points of a photograph are said to be; those left out stay."""

    model_config = ConfigDict(extra="forbid")

    landmarks: Annotated[dict[str, tuple[int, int] | None], Field(max_length=100)]


Note = Annotated[str, Field(max_length=1000)]


class ToInvite(Form):
    """In which role somebody is to act."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class ToQuote(Form):
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


class ToRun(Form):
    """What becomes of the making of a shoot."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["start", "pause", "retry"]
    """`retry` orders what failed anew, and starts."""


class ToChange(Signed):
    """Another picture in place of one."""

    note: Note
    settings: dict[str, str] = Field(default={})
    """Fields of the order by their path (`backdrop.scene`)."""


class ToPlan(Form):
    """A shoot to be looked at."""

    model_config = ConfigDict(extra="forbid")

    license: str
    plan: ShootPlan
    files: dict[str, str] = Field(default={})
    """The files that the plan lists, by name, in Base64; 32 MB in all."""


class ToOrder(Signed, ToPlan):
    """A shoot to be ordered."""


class ToTakeDown(Signed):
    """That a release is taken down."""

    note: Note = ""


class ToFind(Form):
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


class ToPlace(Form):
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

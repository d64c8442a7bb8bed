"""The terms of a license: the typed language in which a model says what her twin may do.

Written by people as YAML (`adapters/terms_file.py`), kept and signed as canonical JSON, decided
on by `core/license.py`, printed as a contract by `adapters/typesetting.py`. Format: `terms/1`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sosie.core.territories import expand
from sosie.core.values import Digest, Money, Period, canonical, digest


class Purpose(StrEnum):
    """What a picture is made for."""

    PRODUCT_PAGE = "product_page"
    ORGANIC_SOCIAL = "organic_social"
    PAID_SOCIAL = "paid_social"
    CAMPAIGN = "campaign"
    OUT_OF_HOME = "out_of_home"
    PRINT = "print"
    IN_STORE = "in_store"
    EDITORIAL = "editorial"
    INTERNAL = "internal"


class Channel(StrEnum):
    """Where a picture is shown."""

    WEB_SHOP = "web_shop"
    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    OUT_OF_HOME = "out_of_home"
    STORE_SCREEN = "store_screen"
    PRINT = "print"


class Alteration(StrEnum):
    """A change to the plate; what is not listed in the terms is forbidden."""

    GARMENT_COLOUR = "garment_colour"
    BACKDROP = "backdrop"
    CROP = "crop"
    COLOUR_GRADE = "colour_grade"
    RELIGHT = "relight"
    BODY_SHAPE = "body_shape"
    SKIN_TONE = "skin_tone"
    AGE = "age"
    FACE = "face"
    NUDITY = "nudity"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, Field(min_length=1)]


class Parties(_Strict):
    """Who makes the contract, by party id; the agency advises and never signs."""

    model: Text
    brand: Text
    agency: Text | None = None


class Territories(_Strict):
    """ISO 3166-1 alpha-2 codes or groups (EU, EEA, WORLD), less the excluded ones."""

    include: tuple[Text, ...] = Field(min_length=1)
    exclude: tuple[Text, ...] = ()

    def countries(self) -> frozenset[str]:
        """Return every country that is covered."""
        return expand(self.include) - expand(self.exclude)


class Duration(_Strict):
    """First and last day, both inside, in the named time zone."""

    first: date = Field(alias="from")
    last: date = Field(alias="until")
    time_zone: Text = "UTC"

    @property
    def days(self) -> Period:
        """The same days as a half-open period."""
        return Period.through(self.first, self.last)


class Approvals(_Strict):
    """Who must say yes to each picture; silence is never yes."""

    each_picture: Literal[True] = True
    answer_days: int = Field(default=5, ge=1, le=60)


class Expense(_Strict):
    """A cost incurred for the job and who bears it."""

    what: Text
    amount: Decimal = Field(ge=0)
    borne_by: Literal["brand", "agency", "model"]


class Pay(_Strict):
    """The rate of pay: what each act earns, before commission."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    creation_fee: Decimal = Field(default=Decimal(0), ge=0)
    per_picture: Decimal = Field(default=Decimal(0), ge=0)
    per_release: Decimal = Field(default=Decimal(0), ge=0)
    payment_term_days: int | None = Field(default=None, ge=0, le=365)

    def money(self, amount: Decimal) -> Money:
        """Return an amount of these terms as money."""
        return Money.parse(amount, self.currency)


class PublicTerms(_Strict):
    """What a stranger may read of a license: where, when, for what; no pay, no private name.

    It travels inside each sealed picture. Fields that law or completeness needs may be absent, so
    that `sosie license check` can name all that is missing at once.
    """

    format: Literal["terms/1"] = Field(alias="sosie")
    twin: Text
    purposes: tuple[Purpose, ...] = ()
    territories: Territories | None = None
    channels: tuple[Channel, ...] = ()
    period: Duration | None = None
    training: Literal["forbidden"] = "forbidden"
    credit: str = ""
    """The line under a picture, as the model chose to be named; public by its nature."""

    def as_json(self) -> dict[str, Any]:
        """Return the terms as plain JSON values (decimals and dates as text)."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return data


class Terms(PublicTerms):
    """Everything that one license says."""

    title: Text
    parties: Parties
    scope: str = ""
    pictures: int | None = Field(default=None, ge=1)
    alterations: tuple[Alteration, ...] = ()
    approvals: Approvals = Approvals()
    pay: Pay | None = None
    incurred_expenses: tuple[Expense, ...] | None = None
    expectations: str = ""
    commission: Decimal = Field(default=Decimal(0), ge=0, le=1)
    governing_law: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.period is not None and self.period.last < self.period.first:
            raise ValueError(f"the period ends ({self.period.last}) before it starts")
        if self.commission and self.parties.agency is None:
            raise ValueError("a commission needs an agency that earns it")
        return self

    def digest(self) -> Digest:
        """Return the digest of the canonical JSON: what both parties sign."""
        return digest(canonical(self.as_json()))

    def public(self) -> PublicTerms:
        """Return the part that a stranger may read."""
        kept = {name: getattr(self, name) for name in PublicTerms.model_fields if name != "format"}
        return PublicTerms.model_construct(format=self.format, **kept)

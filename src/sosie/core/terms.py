"""The terms of a license: the typed language in which a model says what her twin may do.

Written by people as YAML (`adapters/terms_file.py`), kept and signed as canonical JSON, decided
on by `core/license.py`, printed as a contract by `adapters/typesetting.py`. Format: `terms/1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sosie.core.territories import expand
from sosie.core.values import BadInput, Digest, Money, Period, canonical, digest

MOST = 1_000_000_000
"""More pictures, files or places than any license can mean."""


class Purpose(StrEnum):
    """What a picture is made for."""

    PRODUCT_PAGE = "product_page"
    ORGANIC_SOCIAL = "organic_social"
    PAID_SOCIAL = "paid_social"
    CAMPAIGN = "campaign"
    OUT_OF_HOME = "out_of_home"
    PRINT = "print"
    IN_STORE = "in_store"
    BROADCAST = "broadcast"
    """Television, cinema and moving pictures made of stills."""
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
    BROADCAST = "broadcast"


class Alteration(StrEnum):
    """A change to the plate; what is not listed in the terms is forbidden."""

    GARMENT_COLOUR = "garment_colour"
    GARMENT = "garment"
    """Another garment put on her."""
    POSE = "pose"
    BACKDROP = "backdrop"
    CROP = "crop"
    COLOUR_GRADE = "colour_grade"
    RELIGHT = "relight"
    BODY_SHAPE = "body_shape"
    SKIN_TONE = "skin_tone"
    AGE = "age"
    FACE = "face"
    OTHER_FACE = "other_face"
    """Another person's face blended in or put in place of hers."""
    NUDITY = "nudity"


class Depiction(StrEnum):
    """What a picture shows beside her; a model keeps a list of what she excludes."""

    TOBACCO = "tobacco"
    ALCOHOL = "alcohol"
    DRUGS = "drugs"
    GAMBLING = "gambling"
    WEAPONS = "weapons"
    POLITICS = "politics"
    RELIGION = "religion"
    FUR = "fur"
    EXOTIC_SKINS = "exotic_skins"
    LINGERIE = "lingerie"
    SWIMWEAR = "swimwear"
    MEDICINES = "medicines"
    DIETS = "diets"
    COSMETIC_SURGERY = "cosmetic_surgery"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Language = Literal["en", "fr", "es", "it", "sv", "pt", "ru", "zh"]
"""The languages that papers are written in (ISO 639-1; `zh` is Mandarin, simplified)."""
Text = Annotated[str, Field(min_length=1)]


class Parties(_Strict):
    """Who makes the contract, by party id; whoever represents another never signs for her."""

    model: Text
    brand: Text
    agency: Text | None = None
    """Represents the model."""
    mother_agency: Text | None = None
    """Found the model, and has a share of the agency's commission."""
    studio: Text | None = None
    """Acts for the brand: orders and delivers in its name, under the brand's license."""


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

    def day_of(self, moment: datetime) -> date:
        """Return which day a moment (with a time zone) is in the zone of these days.

        Raises ``BadInput`` where the zone is none of the IANA database.
        """
        try:
            return moment.astimezone(ZoneInfo(self.time_zone)).date()
        except (ZoneInfoNotFoundError, ValueError):
            what = f"`{self.time_zone}` is no time zone"
            remedy = "name one of the IANA database, like Europe/Paris"
            raise BadInput(what, where="period.time_zone", remedy=remedy) from None


class Approvals(_Strict):
    """Who must say yes to each picture; silence is never yes."""

    each_picture: Literal[True] = True
    each_campaign: bool | None = None
    """Whether she must also say yes to each campaign before anything of it goes out."""
    answer_days: int = Field(default=5, ge=1, le=60)


class Expense(_Strict):
    """A cost incurred for the job and who bears it."""

    what: Text
    amount: Decimal = Field(ge=0)
    borne_by: Literal["brand", "agency", "model"]


Amount = Annotated[Decimal, Field(ge=0)]
Share = Annotated[Decimal, Field(ge=0, le=1)]


class SessionFee(_Strict):
    """The fee for a capture session: by the hour, with overtime."""

    per_hour: Amount
    hours: Decimal = Field(gt=0, le=24)
    """Hours that are booked, and paid at least."""
    overtime_after: Decimal = Field(default=Decimal(8), gt=0, le=8)
    """Hours in any 24 after which overtime is paid; law sets eight as the most."""
    overtime_rate: Decimal = Field(default=Decimal("1.5"), ge=Decimal("1.5"), le=10)
    """Times the hourly fee; law sets 1.5 as the least."""


class Royalty(_Strict):
    """A share of what the brand takes."""

    share: Decimal = Field(gt=0, le=1)
    of: Text
    """Of what, in words: net sales of the garments of the license."""


class Pay(_Strict):
    """The rate of pay: what each act earns, before commission."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    creation_fee: Amount = Decimal(0)
    per_picture: Amount = Decimal(0)
    per_release: Amount = Decimal(0)
    """For each rendition that goes out."""
    per_placement: Amount | None = None
    """For each place where a rendition is shown (an account, a poster site, a page)."""
    per_month: Amount | None = None
    """For each month that begins within the period."""
    session: SessionFee | None = None
    royalty: Royalty | None = None
    minimum_guarantee: Amount | None = None
    """What she earns at least by the last day, the creation fee left aside."""
    cap: Amount | None = None
    """What pictures, renditions and placements together earn at most; nothing is made free of
    charge beyond it: the use is refused."""
    payment_term_days: int | None = Field(default=None, ge=0, le=365)
    late_interest: Share | None = None
    """Interest a year on what is overdue."""

    @property
    def earns(self) -> bool:
        """Whether any rate is above zero."""
        rates = (self.creation_fee, self.per_picture, self.per_release, self.per_placement)
        more = (self.per_month, self.minimum_guarantee, self.royalty and self.royalty.share)
        return any((*rates, *more, self.session and self.session.per_hour))

    def money(self, amount: Decimal) -> Money:
        """Return an amount of these terms as money."""
        return Money.parse(amount, self.currency)


class AfterEnd(_Strict):
    """What may stay after the last day; nothing new is made or released in any case."""

    sell_off_days: int = Field(default=0, ge=0, le=365)
    """Days after the last one in which what is out may still be shown."""
    archive: Literal["take_down", "posts_stay"] = "take_down"
    """Whether unpaid posts may stay where they are, not shown anew and not advertised."""


class CoDepiction(_Strict):
    """Whether other people may be in the picture; where nothing is said, nobody may."""

    people: Literal["nobody", "named", "anybody"]
    named: tuple[Text, ...] = ()
    """Party ids or twins that may be seen beside her."""


class Exclusivity(_Strict):
    """What she promises not to license to others meanwhile."""

    category: Text
    territories: Territories
    first: date = Field(alias="from")
    last: date = Field(alias="until")
    price: Amount | None = None
    """What the brand pays for it, in the currency of the pay."""


class Disclosure(_Strict):
    """What is said with each picture, beside what law asks for."""

    label: Text
    """The words that are seen with the picture."""
    on_picture: bool = False
    """Whether they stand on the picture itself, or else beside it."""


class Audit(_Strict):
    """Her right to have the brand's records of the uses checked."""

    notice_days: int = Field(ge=1, le=90)
    per_year: int = Field(default=1, ge=1, le=12)


class Storage(_Strict):
    """Where the licensee's copies lie, and when they are gone."""

    countries: Territories
    delete_within_days: int = Field(ge=0, le=365)
    """Days after the end in which the licensee deletes every copy, with proof."""


class Withdrawal(_Strict):
    """What happens when she takes the license back: for anything new at once, always."""

    take_down_days: int = Field(ge=0, le=90)
    """Days in which what is out is taken down."""
    notice: str = ""
    """To whom she says so, in words."""


class Negotiation(_Strict):
    """How the terms came about, as the laws of New York, California and Illinois ask."""

    replaces_work: bool
    """Whether the twin takes the place of work that she would have done in person."""
    counsel: Text | None = None
    """Who negotiated for her as counsel."""
    union_agreement: Text | None = None
    """The collective agreement that expressly covers digital replicas."""


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
    accounts: dict[Channel, tuple[Text, ...]] | None = None
    """Per channel the accounts or sites that may show the pictures; a channel that is not in it
    may be used on any account of the brand."""
    after_end: AfterEnd | None = None

    def day_of(self, moment: datetime) -> date:
        """Return which day a moment is where the terms count their days (UTC where they state no
        period)."""
        return moment.astimezone(UTC).date() if self.period is None else self.period.day_of(moment)

    def as_json(self) -> dict[str, Any]:
        """Return the terms as plain JSON values (decimals and dates as text)."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return data


class Terms(PublicTerms):
    """Everything that one license says."""

    title: Text
    parties: Parties
    twin_version: int | None = Field(default=None, ge=1)
    """The version of the twin that may be used; any, when absent."""
    language: Language | None = None
    """The language that the model asked her papers to be in."""
    scope: str = ""
    category: Text | None = None
    """What is advertised, by the word that exclusivity is agreed on (`knitwear`, `fragrance`)."""
    garments: tuple[Text, ...] | None = None
    """The only garments, by name or number; all, when both lists are absent."""
    collections: tuple[Text, ...] | None = None
    """The only collections: any garment of them may be worn."""
    pictures: int | None = Field(default=None, ge=1, le=MOST)
    renditions: int | None = Field(default=None, ge=1, le=MOST)
    """How many files may go out in all; any number, when absent."""
    placements: int | None = Field(default=None, ge=1, le=MOST)
    """In how many places they may be shown in all; any number, when absent."""
    alterations: tuple[Alteration, ...] = ()
    excluded_depictions: tuple[Depiction, ...] | None = None
    co_depiction: CoDepiction | None = None
    approvals: Approvals = Approvals()
    exclusivity: Exclusivity | None = None
    pay: Pay | None = None
    incurred_expenses: tuple[Expense, ...] | None = None
    expectations: str = ""
    commission: Share = Decimal(0)
    mother_agency_share: Share | None = None
    """The mother agency's share of the pay, paid out of the commission."""
    disclosure: Disclosure | None = None
    usage_reports: Literal["monthly", "quarterly", "yearly"] | None = None
    audit: Audit | None = None
    sublicense: tuple[Text, ...] | None = None
    """The only others, by party id, that may act under this license; nobody, when absent."""
    storage: Storage | None = None
    withdrawal: Withdrawal | None = None
    notice_hours: int | None = Field(default=None, ge=0, le=720)
    """Hours between the offer with its full text and her signature; unions ask for 48."""
    negotiation: Negotiation | None = None
    governing_law: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = tuple(_contradictions(self))
        if found:
            # All of them at once, each with its path: the file reader shows each at its place.
            text = "; ".join(what for _, what, _ in found)
            raise PydanticCustomError(
                "contradiction", "{text}", {"text": text, "contradictions": found}
            )
        return self

    def digest(self) -> Digest:
        """Return the digest of the canonical JSON: what both parties sign."""
        return digest(canonical(self.as_json()))

    def public(self) -> PublicTerms:
        """Return the part that a stranger may read."""
        kept = {name: getattr(self, name) for name in PublicTerms.model_fields if name != "format"}
        return PublicTerms.model_construct(format=self.format, **kept)


_Contradiction = tuple[tuple[str, ...], str, str]
"""The path of the clause, what is wrong, and the way out."""


def _contradictions(terms: Terms) -> Iterator[_Contradiction]:
    """This function will name what cannot be true together."""
    yield from _of_days(terms)
    yield from _of_money(terms)
    if terms.co_depiction is not None:
        named = terms.co_depiction.people == "named"
        if named != bool(terms.co_depiction.named):
            what = "`co_depiction.named` lists people exactly when `people` is `named`"
            yield ("co_depiction", "named"), what, "list the people, or remove the list"
    for party in terms.sublicense or ():
        if party in (terms.parties.brand, terms.parties.model):
            what = f"`{party}` is a party of the license and needs no sublicense"
            yield ("sublicense",), what, "name others only, or remove it"
    for channel in terms.accounts or ():
        if channel not in terms.channels:
            what = f"accounts are named for `{channel}`, which is no channel of the license"
            yield ("accounts", channel), what, f"add `{channel}` to `channels`, or remove it here"


def _of_days(terms: Terms) -> Iterator[_Contradiction]:
    for name in ("period", "exclusivity"):
        days = getattr(terms, name)
        if days is not None and days.last < days.first:
            what = f"the {name} ends ({days.last}) before it starts"
            yield (name, "until"), what, "`from` is the first day and `until` the last"
    period, exclusivity = terms.period, terms.exclusivity
    if period is not None and exclusivity is not None and exclusivity.first > period.last:
        what = f"the exclusivity starts after the license ends ({period.last})"
        yield ("exclusivity", "from"), what, "let it begin inside the period"


def _of_money(terms: Terms) -> Iterator[_Contradiction]:
    pay, exclusivity, share = terms.pay, terms.exclusivity, terms.mother_agency_share
    if terms.commission and terms.parties.agency is None:
        what = "a commission needs an agency that earns it"
        yield ("commission",), what, "add `parties.agency` or remove `commission`"
    if share and terms.parties.mother_agency is None:
        what = "the mother agency's share needs a mother agency that earns it"
        yield ("mother_agency_share",), what, "add `parties.mother_agency` or remove the share"
    if share and share > terms.commission:
        what = "the mother agency's share is paid out of the commission and cannot be larger"
        yield ("mother_agency_share",), what, "write less, or a higher commission"
    if exclusivity is not None and exclusivity.price is not None and pay is None:
        what = "the price of exclusivity has no currency"
        yield ("exclusivity", "price"), what, "add `pay: {currency: EUR, ...}`"
    if pay is not None and pay.cap is not None and (pay.minimum_guarantee or 0) > pay.cap:
        what = "the minimum guarantee is more than the cap"
        yield ("pay", "minimum_guarantee"), what, "lower it, or raise `pay.cap`"

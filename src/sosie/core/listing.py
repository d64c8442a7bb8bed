"""What a model lets brands see of her twin, and which twins a brand looks for.

Format: `listing/1`. What it does not name is not shown, and cannot be searched for either: a search
over what is hidden would tell it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sosie.core.preferences import LeastPay, Preferences
from sosie.core.terms import Channel, Exclusivity, Purpose
from sosie.core.territories import expand

Measure = Literal["height_cm", "chest_cm", "waist_cm", "hip_cm", "inseam_cm"]
MEASURES: dict[str, str] = {
    "height_cm": "height",
    "chest_cm": "chest",
    "waist_cm": "waist",
    "hip_cm": "hips",
    "inseam_cm": "inseam",
}
"""The measurements that can be shown, and what they are called."""
Short = Annotated[str, Field(min_length=1, max_length=60)]


class Listing(BaseModel):
    """What brands see of one twin; of one without any they see nothing but its name in terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal["listing/1"] = Field(default="listing/1", alias="sosie")
    found: bool = False
    """Whether brands that look for twins find this one."""
    words: str = Field(default="", max_length=300)
    """What she says of herself."""
    looks: tuple[Short, ...] = Field(default=(), max_length=20)
    """What is seen of her, in her words: `dark brown hair`, `freckles`."""
    photographs: tuple[Short, ...] = Field(default=(), max_length=20)
    """Names of the plates that are shown, small."""
    measurements: tuple[Measure, ...] = ()
    exclusions: bool = False
    """Whether what she never does is shown."""
    rate: bool = False
    """Whether the least that she works for is shown."""
    engagements: bool = False
    """Whether it is shown in which categories another holds her exclusively."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        return data


@dataclass(frozen=True, slots=True)
class Card:
    """One twin as brands see it: nothing is in it that its model does not show."""

    twin: str
    name: str
    words: str
    looks: tuple[str, ...]
    photographs: tuple[str, ...]
    measurements: Mapping[str, float]
    never: Preferences | None
    """What she never does; nothing where she does not show it."""
    least: LeastPay | None
    engaged: tuple[Exclusivity, ...] | None
    """What others hold exclusively; nothing where she does not show it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a brand looks for; what is left empty is not asked."""

    looks: str = ""
    """Words, all of which are to be found in what is seen of her."""
    height: tuple[int | None, int | None] = (None, None)
    waist: tuple[int | None, int | None] = (None, None)
    purpose: Purpose | None = None
    channel: Channel | None = None
    territory: str = ""
    """ISO 3166-1 code or group."""
    category: str = ""
    rate: Decimal | None = None
    """What the brand pays for a picture at most."""
    currency: str = "EUR"


def fits(card: Card, wanted: Wanted, *, on: date) -> bool | None:
    """This function will say whether a twin is what is looked for; ``None`` where its model does
    not show what would tell. One no decides."""
    answers = list(_answers(card, wanted, on))
    return False if False in answers else None if None in answers else True


def _answers(card: Card, wanted: Wanted, on: date) -> Iterator[bool | None]:
    seen = " ".join((card.name, card.words, *card.looks)).casefold()
    yield all(word in seen for word in wanted.looks.casefold().split())
    for name, (least, most) in (("height_cm", wanted.height), ("waist_cm", wanted.waist)):
        if least is not None or most is not None:
            value = card.measurements.get(name)
            yield value if value is None else (least or 0) <= value <= (most or value)
    yield from _open_to(card.never, wanted)
    if wanted.category:
        yield None if card.engaged is None else not any(_holds(e, wanted, on) for e in card.engaged)
    if wanted.rate is not None:
        least_pay = card.least
        same = least_pay is not None and least_pay.currency == wanted.currency
        yield least_pay.per_picture <= wanted.rate if least_pay and same else None


def _open_to(never: Preferences | None, wanted: Wanted) -> Iterator[bool | None]:
    asked = (wanted.purpose, wanted.channel, wanted.territory, wanted.category)
    if not any(asked):
        return
    if never is None:
        yield None
        return
    yield wanted.purpose not in never.purposes_never
    yield wanted.channel not in never.channels_never
    yield wanted.category.casefold() not in {each.casefold() for each in never.categories_never}
    if wanted.territory:
        yield not expand((wanted.territory,)) & expand(never.territories_never)


def _holds(held: Exclusivity, wanted: Wanted, on: date) -> bool:
    """Return whether another holds her exclusively for what is looked for, where it is."""
    if held.category.casefold() != wanted.category.casefold() or on > held.last:
        return False
    where = expand((wanted.territory,)) if wanted.territory else held.territories.countries()
    return bool(where & held.territories.countries())

"""Which twins are found: by what is shown, and never by what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from sosie.core.listing import Card, Listing, Wanted, fits
from sosie.core.preferences import LeastPay, Preferences
from sosie.core.terms import Channel, Exclusivity, Purpose

ON = date(2026, 12, 1)
NEVER = {"channels_never": ["tiktok"], "territories_never": ["RU"], "categories_never": ["fur"]}
HELD = {
    "category": "knitwear",
    "territories": {"include": ["EU"]},
    "from": "2026-11-01",
    "until": "2027-04-30",
}
CARD = Card(
    twin="ines",
    name="Ines M.",
    words="I dance.",
    looks=("dark brown hair", "freckles"),
    photographs=(),
    measurements={"height_cm": 178.0, "waist_cm": 62.0},
    never=Preferences.model_validate({"sosie": "preferences/1", **NEVER}),
    least=LeastPay(currency="EUR", per_picture=Decimal(180)),
    engaged=(Exclusivity.model_validate(HELD),),
)
HIDDEN = replace(CARD, measurements={}, never=None, least=None, engaged=None)


@pytest.mark.parametrize(
    ("wanted", "fit", "unsaid"),
    [
        ({}, True, True),
        ({"looks": "Brown FRECKLES"}, True, True),
        ({"looks": "blond"}, False, False),
        ({"height": (175, 180)}, True, None),
        ({"height": (179, None)}, False, None),
        ({"height": (None, 177)}, False, None),
        ({"waist": (60, None)}, True, None),
        ({"channel": Channel.INSTAGRAM}, True, None),
        ({"channel": Channel.TIKTOK}, False, None),
        ({"purpose": Purpose.PRINT}, True, None),
        ({"territory": "FR"}, True, None),
        ({"territory": "WORLD"}, False, None),
        ({"category": "Knitwear"}, False, None),
        ({"category": "knitwear", "territory": "US"}, True, None),
        ({"category": "fur"}, False, None),
        ({"category": "fragrance"}, True, None),
        ({"rate": Decimal(180)}, True, None),
        ({"rate": Decimal(179)}, False, None),
        ({"rate": Decimal(500), "currency": "SEK"}, None, None),
        ({"rate": Decimal(180), "height": (190, None)}, False, None),
    ],
)
def test_what_is_shown_decides_and_what_is_hidden_tells_nothing(
    wanted: dict[str, Any], fit: bool | None, unsaid: bool | None
) -> None:
    assert fits(CARD, Wanted(**wanted), on=ON) is fit
    assert fits(HIDDEN, Wanted(**wanted), on=ON) is unsaid


def test_what_was_held_is_free_after_its_last_day() -> None:
    assert fits(CARD, Wanted(category="knitwear"), on=date(2027, 5, 1)) is True


def test_nothing_is_shown_unless_it_is_said() -> None:
    assert not any(value for name, value in Listing() if name != "format")
    with pytest.raises(ValidationError):
        Listing.model_validate({"measurements": ["shoe_size"]})

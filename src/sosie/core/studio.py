"""Orders of pictures: what an engine is asked for and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sosie.core.terms import Alteration, Channel, Depiction, Purpose
from sosie.core.values import Digest, canonical, digest

Pixels = NDArray[np.uint8]
"""uint8 H×W×3, sRGB, R first, 0 to 255."""
Alpha = NDArray[np.float32]
"""float32 H×W, 0 (backdrop) to 1 (person)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class Backdrop(_Strict):
    """A studio backdrop and its colour (sRGB hex; absent: the scene's own)."""

    scene: Literal["plain", "cyclorama", "window"]
    colour: Colour | None = None


Pixel = Annotated[int, BeforeValidator(round)]


class Order(_Strict):
    """One picture: a plate, a new colour for the worn garment, a new backdrop."""

    plate: str
    """Name of the plate in the twin, as `front-half`."""
    garment: Literal["top", "bottom"] = "top"
    garment_colour: Colour | None = None
    backdrop: Backdrop | None = None
    seed: int = Field(default=0, ge=0, lt=2**32)

    def alterations(self) -> tuple[Alteration, ...]:
        """Return what this order changes on the plate."""
        asked = []
        if self.garment_colour is not None:
            asked.append(Alteration.GARMENT_COLOUR)
        if self.backdrop is not None:
            asked.append(Alteration.BACKDROP)
        return tuple(asked)


class ShootPlan(_Strict):
    """What a brand asks for in one go: what the pictures are for, and each of them."""

    format: Literal["shoot/1"] = Field(alias="sosie")
    engine: str = "atelier"
    purpose: Purpose
    channel: Channel
    territories: tuple[str, ...] = Field(min_length=1)
    garments: tuple[str, ...] | None = None
    """What she wears, by the names or numbers that the license lists."""
    collections: tuple[str, ...] | None = None
    """The collection of each garment, in the same order."""
    depicts: tuple[Depiction, ...] = ()
    """What else the pictures show, of what a model may exclude."""
    others: tuple[str, ...] = ()
    """Who else is in the pictures."""
    pictures: tuple[Order, ...] = Field(min_length=1, max_length=500)


class Card(_Strict):
    """The landmark card of a plate: about twenty points in pixels, image-left is ``_l``."""

    format: Literal["card/1"] = Field(alias="sosie")
    plate: str
    view: str
    size: tuple[int, int]
    landmarks: Mapping[str, tuple[Pixel, Pixel] | None]
    face: tuple[Pixel, Pixel, Pixel, Pixel]
    """Left, top, right, bottom."""
    gray_card: tuple[Pixel, Pixel, Pixel, Pixel] | None = Field(
        default=None, exclude_if=lambda box: box is None
    )
    """Left, top, right, bottom of a gray card, where it is not found by itself."""


@dataclass(frozen=True, slots=True)
class Assets:
    """What an engine works on: the approved plate and its card."""

    pixels: Pixels
    digest: Digest
    card: Card


class Grade(StrEnum):
    """``final`` may be released; ``comp`` is a layout and never leaves."""

    FINAL = "final"
    COMP = "comp"


@dataclass(frozen=True, slots=True)
class EngineCard:
    """What an engine says of itself."""

    name: str
    version: str
    operations: frozenset[Alteration]
    deterministic: bool
    weights: str | None
    commercial_use: bool
    data_leaves_machine: bool
    digital_source_type: str
    """Term of the IPTC digital source type code list for its pictures."""


@dataclass(frozen=True, slots=True)
class Result:
    """One finished picture."""

    pixels: Pixels
    alpha: Alpha
    changed: NDArray[np.bool_]
    """Where the picture may differ from the plate."""
    grade: Grade
    recipe: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)


class Stopped(Exception):
    """Raised by an engine between two steps when it was told to stop."""


def recipe(order: Order, assets: Assets, engine: EngineCard) -> dict[str, Any]:
    """Return all that is needed to make the picture again, bit by bit."""
    return {
        "sosie": "recipe/1",
        "engine": {"name": engine.name, "version": engine.version},
        "order": order.model_dump(mode="json"),
        "plate": assets.digest,
        "card": digest(canonical(assets.card.model_dump(mode="json", by_alias=True))),
    }

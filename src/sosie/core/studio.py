"""Orders of pictures: what an engine is asked for and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sosie.core.colors import color_name
from sosie.core.seal import Credential
from sosie.core.source_type import SourceType
from sosie.core.terms import Alteration, Channel, Depiction, Purpose, Storage
from sosie.core.values import Digest, Reason, canonical, digest

Pixels = NDArray[np.uint8]
"""uint8 H×W×3, sRGB, R first, 0 to 255."""
Alpha = NDArray[np.float32]
"""float32 H×W, 0 (backdrop) to 1 (person)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


FileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""How an order names a file that its plan lists under `files`."""


class Backdrop(_Strict):
    """A backdrop and its colour (sRGB hex; absent: the scene's own)."""

    scene: Literal["plain", "cyclorama", "window", "paper", "concrete", "photograph"]
    colour: Colour | None = None
    file: FileName | None = None
    """The photograph of the scene `photograph`."""


Pixel = Annotated[int, BeforeValidator(round)]


class Order(_Strict):
    """One picture: a plate, and what is to be changed on it."""

    plate: str
    """Name of the plate in the twin, as `front-half`."""
    garment: Literal["top", "bottom", "dress"] = "top"
    """Which worn garment is meant."""
    garment_colour: Colour | None = None
    garment_swatch: FileName | None = None
    """A photograph of cloth: the worn garment takes its color and pattern."""
    swatch_cm: Decimal | None = Field(default=None, ge=Decimal("0.5"), le=500)
    """How wide the cloth in that photograph is, in centimeters; the engine's guess if absent."""
    wear: FileName | None = None
    """A flat-lay photograph: the garment that she is to wear in place of the worn one."""
    backdrop: Backdrop | None = None
    relight: bool = False
    """Whether the light on her may be matched to the backdrop."""
    words: str = Field(default="", max_length=2000)
    """What an engine that reads words is told."""
    graph: FileName | None = None
    """The graph of a node-based tool that makes the picture."""
    picture: FileName | None = None
    """A finished picture, made elsewhere."""
    source_type: SourceType | None = None
    """What a finished picture is; absent: as its own trusted manifest says."""
    tool: str = Field(default="", max_length=200)
    """What made a finished picture, with its model if one was at work."""
    changes: tuple[Alteration, ...] = ()
    """What a graph, words or a finished picture changes on the plate beyond what is said above."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    may_leave: bool = False
    """Whether the plate may leave this machine, for an engine that runs on another."""

    def alterations(self) -> tuple[Alteration, ...]:
        """Return what this order changes on the plate."""
        asked = {
            Alteration.GARMENT_COLOUR: self.garment_colour or self.garment_swatch,
            Alteration.GARMENT: self.wear,
            Alteration.BACKDROP: self.backdrop,
            Alteration.RELIGHT: self.relight,
        }
        said = [alteration for alteration, wish in asked.items() if wish]
        return tuple(dict.fromkeys((*said, *self.changes)))

    def files(self) -> tuple[str, ...]:
        """Return the names of the files that this order needs, in a fixed order."""
        scene = self.backdrop.file if self.backdrop else None
        named = (self.garment_swatch, self.wear, scene, self.graph, self.picture)
        return tuple(dict.fromkeys(name for name in named if name))


class Look(_Strict):
    """What she is to wear, in a matrix: as the fields of `Order` say."""

    garment: Literal["top", "bottom", "dress"] = "top"
    garment_colour: Colour | None = None
    garment_swatch: FileName | None = None
    swatch_cm: Decimal | None = Field(default=None, ge=Decimal("0.5"), le=500)
    wear: FileName | None = None


class Matrix(_Strict):
    """Every plate in every look before every backdrop: the plates turn slowest, the backdrops
    fastest. What is not listed stays as the plate has it."""

    plates: tuple[str, ...] = Field(min_length=1)
    garments: tuple[Look, ...] = ()
    backdrops: tuple[Backdrop, ...] = ()
    relight: bool = False
    words: str = Field(default="", max_length=2000)
    graph: FileName | None = None
    changes: tuple[Alteration, ...] = ()
    may_leave: bool = False
    seed: int = Field(default=0, ge=0, lt=2**32)
    """Of the first picture; each next has one more."""

    def __len__(self) -> int:
        return len(self.plates) * max(1, len(self.garments)) * max(1, len(self.backdrops))

    def orders(self) -> tuple[Order, ...]:
        """Return each of its pictures, in the fixed order."""
        shared = {
            "relight": self.relight,
            "words": self.words,
            "graph": self.graph,
            "changes": self.changes,
            "may_leave": self.may_leave,
        }
        places = product(self.plates, self.garments or (Look(),), self.backdrops or (None,))
        return tuple(
            Order(
                plate=plate,
                **look.model_dump(),
                backdrop=backdrop,
                seed=(self.seed + number) % 2**32,
                **shared,
            )
            for number, (plate, look, backdrop) in enumerate(places)
        )


MOST_PICTURES = 1000
"""Pictures that one plan may ask for."""


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
    files: Mapping[FileName, str] = {}
    """The files that the pictures need, by name: paths beside the plan."""
    pictures: tuple[Order, ...] = ()
    matrix: Matrix | None = None
    """More pictures, after those that are listed."""

    @model_validator(mode="after")
    def _of_a_size(self) -> Self:
        asked = len(self.pictures) + (len(self.matrix) if self.matrix else 0)
        if 1 <= asked <= MOST_PICTURES:
            return self
        what = f"the plan asks for {asked} pictures" if asked else "the plan asks for no picture"
        remedy = f"ask for 1 to {MOST_PICTURES}, under `pictures`, `matrix` or both"
        found = ((("matrix" if self.matrix else "pictures",), what, remedy),)
        raise PydanticCustomError(
            "contradiction", "{text}", {"text": what, "contradictions": found}
        )

    def orders(self) -> tuple[Order, ...]:
        """Return each picture that is asked for: those listed, then those of the matrix."""
        return (*self.pictures, *(self.matrix.orders() if self.matrix else ()))


def spoken(order: Order) -> str:
    """Return an order in words for people, as `front-half; top in burgundy; before paper`; colors
    by the nearest that has a name."""
    scene = order.backdrop
    parts = (
        order.plate,
        dressed(order),
        scene and f"before {_said(scene)}",
        order.relight and "her light matched",
        order.graph and f"by the graph {order.graph}",
        order.picture
        and f"the picture {order.picture}" + (order.tool and f" made with {order.tool}"),
        order.changes and f"changes {', '.join(order.changes)}",
        order.words and f"“{order.words}”",
    )
    return "; ".join(part for part in parts if part)


def dressed(order: Order) -> str:
    """Return what she wears by an order, in words for people; empty where it is as on the plate."""
    parts = (
        order.garment_colour and f"{order.garment} in {color_name(order.garment_colour)}",
        order.garment_swatch and f"{order.garment} in the cloth {order.garment_swatch}",
        order.wear and f"wearing {order.wear}",
    )
    return "; ".join(part for part in parts if part)


def _said(scene: Backdrop) -> str:
    color = scene.colour and f"{scene.scene} in {color_name(scene.colour)}"
    return " ".join(filter(None, (color or scene.scene, scene.file)))


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


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A file that an order names: a garment, a cloth, a scene, a graph, a finished picture."""

    data: bytes
    digest: Digest
    pixels: Pixels | None = None
    """What it shows, if it is a picture."""
    credential: Credential | None = None
    """What its own manifest says, if it is a picture."""


@dataclass(frozen=True, slots=True)
class SignedGrant:
    """A grant as it is handed over (`core/grant.py`): the exact bytes, and their Ed25519 signature
    (64 bytes)."""

    body: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """What an engine works on: the approved plate and its card, the files that the order names,
    and the platform's word that this picture may be made."""

    pixels: Pixels
    digest: Digest
    card: Card
    materials: Mapping[str, Material] = field(default_factory=dict)
    """By the name that the order uses."""
    weights: Material | None = None
    """The twin's own trained weights, opened for this run alone."""
    grant: SignedGrant | None = None

    def digests(self) -> dict[str, Digest]:
        """Return the digest of each by its role: `plate`, `pixels`, `card`, `file:NAME`,
        `weights`."""
        card = digest(canonical(self.card.model_dump(mode="json", by_alias=True)))
        files = {f"file:{name}": file.digest for name, file in self.materials.items()}
        named = {"weights": self.weights.digest} if self.weights else {}
        pixels = digest_of_pixels(self.pixels)
        return {"plate": self.digest, "pixels": pixels, "card": card, **files, **named}


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
    """Whether the license of its weights, if any, allows commercial use."""
    data_leaves_machine: bool
    digital_source_type: str
    """Term of the IPTC digital source type code list for its pictures."""
    weights_license: str | None = None
    """SPDX identifier, or the license's own name."""
    sizes: tuple[int, int] = (64, 16384)
    """Least and greatest side of a plate in pixels."""
    grades: frozenset[Grade] = frozenset(Grade)
    """The grades that its pictures may have."""
    country: str | None = None
    """Where its machine stands if data leaves this one: ISO 3166-1 alpha-2, as it is configured."""
    needs: tuple[str, ...] = ()
    """What it needs beside itself, in words: packages, a server, weights on the disk."""

    def as_dict(self) -> dict[str, Any]:
        """Return all that it says as plain JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "operations": sorted(self.operations),
            "sizes": list(self.sizes),
            "grades": sorted(self.grades),
            "deterministic": self.deterministic,
            "weights": self.weights,
            "weights_license": self.weights_license,
            "commercial_use": self.commercial_use,
            "data_leaves_machine": self.data_leaves_machine,
            "country": self.country,
            "digital_source_type": self.digital_source_type,
            "needs": list(self.needs),
        }


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
    doubts: tuple[Reason, ...] = ()
    """Why it is not certain that the picture shows her: then she looks before all else."""


@dataclass(frozen=True, slots=True)
class Drawn(Reason):
    """A reason of an engine's, with the picture on which it and those beside it are drawn."""

    picture: Pixels | None = field(default=None, compare=False, repr=False)


class Stopped(Exception):
    """Raised by an engine between two steps when it was told to stop."""


def digest_of_pixels(pixels: Pixels) -> Digest:
    """Return the digest of a picture whatever its file: of `WIDTHxHEIGHT`, a line feed, and RGB
    bytes row by row."""
    height, width = pixels.shape[:2]
    return digest(f"{width}x{height}\n".encode() + pixels.tobytes())


def stored_elsewhere(card: EngineCard, storage: Storage | None) -> tuple[Reason, ...]:
    """Return why an engine's machine is no place for the twin under the storage clause of the
    license; nothing if it is, or if there is no such clause."""
    if not card.data_leaves_machine or storage is None:
        return ()
    if card.country in storage.countries.countries():
        return ()
    where = f"stands in `{card.country}`" if card.country else "stands nobody says where"
    text = (
        f"the license says where the twin may be stored, and the machine of `{card.name}` {where}"
        "; use an engine on this machine, or one in a country of the clause"
    )
    return (Reason("engine.storage", text),)


def recipe(order: Order, assets: Assets, engine: EngineCard) -> dict[str, Any]:
    """Return all that is needed to make the picture again, bit by bit."""
    inputs = assets.digests()
    return {
        "sosie": "recipe/1",
        "engine": {"name": engine.name, "version": engine.version},
        "order": order.model_dump(mode="json"),
        "plate": inputs.pop("plate"),
        "card": inputs.pop("card"),
        "inputs": inputs,
    }

"""The review board of a shoot: what people look at before they answer, and what changed on it since
somebody looked."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import cv2
import numpy as np
from django.db.models import QuerySet

from sosie.core.board import Tile
from sosie.core.file_format import FileFormat
from sosie.core.ports import Outside
from sosie.core.studio import Grade, Order, dressed, spoken
from sosie.core.values import Digest, Refusal, canonical
from sosie.services import picture as pictures
from sosie.services import releasing
from sosie.services import review as reviews
from sosie.services import shoot as shoots
from sosie.store.models import Picture, Shoot
from sosie.store.studio import ReleaseRequest

Tiles = tuple[str, list[Tile]]
Status = Picture.Status
_WIDE = 2
"""Letters of a picture's mark."""


@dataclass(frozen=True, slots=True)
class Card:
    """A picture of a shoot, as what people look at says of it."""

    picture: Picture
    order: str
    wears: str
    """In words; empty where she wears what the plate shows."""
    waits: tuple[str, ...]
    """For whom: `studio`, `model`, `brand`, `seal` (that its brand asks for it), `house` (which was
    asked to seal it and let it out)."""
    open: bool
    """Whether the brand can say something of it."""
    figures: tuple[tuple[str, str], ...]
    """What the engine's gates measured, by name."""
    notes: tuple[str, ...]
    requests: tuple[ReleaseRequest, ...]
    """The newest for each channel that its brand asked to have it out on."""

    @property
    def releasable(self) -> bool:
        """Whether its brand can have it out, or out on another channel."""
        return releasing.can_go_out(self.picture)


@dataclass(frozen=True, slots=True)
class Count:
    """How many pictures of a shoot are made, have failed, and are still to be made."""

    made: int
    failed: int
    left: int

    @property
    def of(self) -> int:
        """All of them."""
        return self.made + self.failed + self.left


def cards(shoot: Shoot) -> list[Card]:
    """Return a card for each picture of a shoot, in its order; no pixels are read."""
    return _cards(_rows(shoot))


def count(shoot: Shoot) -> Count:
    """Return how far a shoot is."""
    found = Counter(shoot.pictures.values_list("status", flat=True))
    failed, left = found[Status.FAILED], found[Status.ORDERED]
    return Count(found.total() - failed - left, failed, left)


def marks(shoot: Shoot) -> str:
    """Return two letters for each picture of a shoot, in its order, that are others once its card
    says something else (but for one time in 4096): what somebody has seen, so that only what
    changed is told."""
    told = ("status", "failure", "review__statement", "answer", "recognized")
    rows = shoot.pictures.order_by("number").values_list("pk", *told)
    asked: dict[str, list[Any]] = {}
    requests = ReleaseRequest.objects.filter(picture__shoot=shoot).order_by("pk")
    for picture, *said in requests.values_list("picture", "pk", "state"):
        asked.setdefault(picture, []).append(said)
    return "".join(_letters(canonical([*row, asked.get(id, [])])) for id, *row in rows)


def _letters(said: bytes) -> str:
    return b64encode(sha256(said).digest(), b"-_")[:_WIDE].decode()


def changed(shoot: Shoot, known: str, marks: str) -> list[Card]:
    """Return the cards of the pictures whose mark is not the one that somebody knows."""
    places = range(0, len(marks), _WIDE)
    numbers = [at // _WIDE + 1 for at in places if marks[at : at + _WIDE] != known[at : at + _WIDE]]
    return _cards(_rows(shoot).filter(number__in=numbers))


def small(outside: Outside, data: bytes, *, wide: int) -> bytes:
    """Return a picture file as a WebP that is no wider than some pixels, to be looked at on a page;
    the file itself is what is judged."""
    pixels = outside.pictures.decode(data, where="a picture of this workspace")
    if pixels.shape[1] > wide:
        size = (wide, round(pixels.shape[0] * wide / pixels.shape[1]))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return outside.pictures.encode(pixels, format=FileFormat.WEBP)


def tiles(outside: Outside, *, shoot: str) -> Tiles | Refusal:
    """Return a heading and a tile for each picture of a shoot, in its order."""
    row = shoots.find(shoot)
    if isinstance(row, Refusal):
        return row
    found = [_tile(outside, each) for each in _rows(row)]
    return f"{row.id} under {row.license_id}: {row.license.terms['title']}", found


def _rows(shoot: Shoot) -> QuerySet[Picture]:
    told = ("answer", "change", "recognized", "review__statement", "plate", "license")
    return shoot.pictures.select_related(*told).order_by("number")


def _cards(rows: QuerySet[Picture]) -> list[Card]:
    asked = releasing.newest([row.pk for row in rows])
    return [_card(row, asked.get(row.pk, [])) for row in rows]


def _card(row: Picture, requests: Sequence[ReleaseRequest]) -> Card:
    order = Order.model_validate(row.order)
    figures = tuple((name.replace("_", " "), f"{value:.4g}") for name, value in row.metrics.items())
    is_open = row.status in reviews.OPEN and row.license.revocation_id is None
    return Card(
        picture=row,
        order=spoken(order),
        wears=dressed(order),
        waits=_waits(row, is_open=is_open, asked=releasing.is_open(requests)),
        open=is_open,
        figures=figures,
        notes=tuple(_notes(row)),
        requests=tuple(requests),
    )


def _waits(row: Picture, *, is_open: bool, asked: bool) -> tuple[str, ...]:
    if row.status == Status.ORDERED:
        return ("studio",)
    if row.status == Status.FAILED:
        return ("brand",)
    if asked:
        return ("house",)
    said = getattr(row, "review", None)
    if not is_open or (said and not said.accepted):
        return ()
    brand = () if said else ("brand",)
    if row.grade == Grade.COMP:  # it never goes out, and she need not look
        return brand
    return (*brand, "seal" if row.status == Status.APPROVED else "model")


def _tile(outside: Outside, row: Picture) -> Tile:
    data = outside.blobs.get(Digest(row.digest)) if row.digest else None
    return Tile(
        name=row.id,
        order=spoken(Order.model_validate(row.order)),
        state=row.status,
        grade=row.grade,
        notes=tuple(_notes(row)),
        pixels=None if data is None else outside.pictures.decode(data, where=row.id),
    )


def _notes(row: Picture) -> Iterator[str]:
    if row.change_of_id:
        yield f"in place of {row.change_of_id}: {pictures.note_of(row.change) or 'changed'}"
    if review := getattr(row, "review", None):
        note = pictures.note_of(review.statement)
        word = "the brand takes it" if review.accepted else "the brand does not take it"
        yield f"{word}{note and ': '}{note}"
    yield from (f"failed: {reason['text']}" for reason in row.failure)
    yield from (f"doubt: {doubt['text']}" for doubt in row.doubts)
    yield from (f"warning: {warning}" for warning in row.warnings)
    for said, by in ((row.recognized, "she recognizes it"), (row.answer, "her note")):
        note = pictures.note_of(said)
        if said and (note or said is row.recognized):
            yield f"{by}{': ' if note else ''}{note}"

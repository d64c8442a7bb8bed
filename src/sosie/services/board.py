"""The review board of a shoot: what people look at before they answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from sosie.core.board import Tile
from sosie.core.file_format import FileFormat
from sosie.core.ports import Outside
from sosie.core.studio import Order, spoken
from sosie.core.values import Digest, Refusal
from sosie.services import picture as pictures
from sosie.services import shoot as shoots
from sosie.store.models import Picture, Shoot

Tiles = tuple[str, list[Tile]]


@dataclass(frozen=True, slots=True)
class Card:
    """A picture of a shoot, as what people look at says of it."""

    picture: Picture
    order: str
    notes: tuple[str, ...]


def cards(shoot: Shoot) -> list[Card]:
    """Return a card for each picture of a shoot, in its order; no pixels are read."""
    rows = shoot.pictures.select_related("answer", "change", "recognized").order_by("number")
    return [Card(row, spoken(Order.model_validate(row.order)), tuple(_notes(row))) for row in rows]


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
    rows = row.pictures.select_related("answer", "change", "recognized").order_by("number")
    found = [_tile(outside, each) for each in rows]
    return f"{row.id} under {row.license_id}: {row.license.terms['title']}", found


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
    yield from (f"failed: {reason['text']}" for reason in row.failure)
    yield from (f"doubt: {doubt['text']}" for doubt in row.doubts)
    yield from (f"warning: {warning}" for warning in row.warnings)
    for said, by in ((row.recognized, "she recognizes it"), (row.answer, "her note")):
        note = pictures.note_of(said)
        if said and (note or said is row.recognized):
            yield f"{by}{': ' if note else ''}{note}"

"""One photograph of a capture judged as a whole, and how far a folder of them has come."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from sosie.core import silhouette
from sosie.core.faults import Check, Polygon, examine, places
from sosie.core.landmarks import propose
from sosie.core.other_view import as_asked
from sosie.core.protocol import Protocol, Taken, filled, missing, slot_of
from sosie.core.studio import Card, Pixels
from sosie.core.twin import Quality, judge, judge_picture, measure
from sosie.core.values import BadInput, Reason


@dataclass(frozen=True, slots=True)
class Judged:
    """What was measured on one photograph, and what speaks against it."""

    name: str
    card: Card | None
    """Its own card, or one that was proposed; ``None`` where it could not be read."""
    quality: Quality | None = None
    reasons: tuple[Reason, ...] = ()
    """Why it is no plate of any twin."""
    checks: tuple[Check, ...] = ()
    """What its view asks for beyond that; a full capture wants none of them wrong."""
    where: tuple[tuple[str, tuple[Polygon, ...]], ...] = ()
    """The texts of reasons, and where on the photograph they are seen."""
    thumb: NDArray[np.int16] | None = field(default=None, compare=False, repr=False)
    """Its luma in 32×32 cells, by which it is known again; ``None`` where it was not decoded."""

    @property
    def faults(self) -> tuple[Check, ...]:
        """The checks that went wrong."""
        return tuple(check for check in self.checks if check.wrong)

    @property
    def marks(self) -> tuple[tuple[str, tuple[Polygon, ...]], ...]:
        """All that is wrong with it, for `faults.draw`."""
        where = dict(self.where)
        reasons = ((reason.text, where.get(reason.text, ())) for reason in self.reasons)
        return (*reasons, *((check.text, check.where) for check in self.faults))

    def taken(self) -> Taken:
        """Return it as a protocol counts it."""
        shown = any(
            check.name == "color_cast" and check.figure is not None for check in self.checks
        )
        plate, view = (self.card.plate, self.card.view) if self.card else (self.name, None)
        return Taken(plate, view, gray_card=shown, faulty=bool(self.faults))

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "photo": self.name,
            "accepted": not self.reasons,
            "reasons": [reason.as_dict() for reason in self.reasons],
            "faults": [check.as_dict() for check in self.faults],
            "measured": {
                check.name: None if check.figure is None else round(check.figure, 3)
                for check in self.checks
            },
            "quality": self.quality.as_dict() if self.quality else None,
        }


class Kept(BaseModel):
    """A photograph as it was judged, in plain JSON values: it need not be looked at again."""

    model_config = ConfigDict(frozen=True)

    card: Card | None
    quality: Quality | None
    reasons: tuple[Reason, ...]
    checks: tuple[Check, ...]
    where: tuple[tuple[str, tuple[Polygon, ...]], ...]
    cells: str
    """Its luma in 32×32 cells, in Base64; empty where it was not decoded."""

    @classmethod
    def of(cls, photo: Judged) -> Self:
        """Return what is kept of a photograph."""
        cells = b"" if photo.thumb is None else photo.thumb.astype(np.uint8).tobytes()
        return cls(
            card=photo.card,
            quality=photo.quality,
            reasons=photo.reasons,
            checks=photo.checks,
            where=photo.where,
            cells=b64encode(cells).decode(),
        )

    def judged(self, name: str) -> Judged:
        """Return it as it was judged."""
        cells = np.frombuffer(b64decode(self.cells), np.uint8)
        thumb = cells.reshape(32, 32).astype(np.int16) if cells.size else None
        said = (self.card, self.quality, self.reasons, self.checks, self.where)
        return Judged(name, *said, thumb)


def look(
    name: str,
    pixels: Pixels,
    card: Card | None,
    *,
    views: Sequence[str] = (),
    strict: bool = False,
) -> Judged:
    """This function will judge one photograph.

    ``pixels`` is uint8 H×W×3 sRGB. Without a card one is proposed; its points are then no reason
    against the photograph, unless it is to be ``strict``. Where ``views`` are named it is judged as
    one of them: as its card says, else as what is seen on it, else as the first.
    """
    if min(pixels.shape[:2]) < 32:
        tiny = Reason("capture.too_small", "the photo has under 32 pixels on a side; take another")
        return Judged(name, card, reasons=(tiny,))
    thumb = _thumb(pixels)
    found = silhouette.person(pixels)
    guess = _proposed(name, pixels, found)
    used = card or guess
    if used and views and used.view not in views:
        view = guess.view if guess and guess.view in views else views[0]
        used = used.model_copy(update={"view": view})
    quality = measure(pixels, used, found)
    held = used if card or strict else None
    reasons = judge(quality, held, held.view) if held else judge_picture(quality)
    if used is None:
        return Judged(name, None, quality, reasons, thumb=thumb)
    where = tuple((r.text, places(r.code, pixels, found, used)) for r in reasons)
    if used.size != quality.size:
        return Judged(name, used, quality, reasons, (), where, thumb)
    checks = examine(pixels, used, found)
    other = as_asked(pixels, used, found, guess)
    if other and other.wrong:
        reasons, where = (other.reason, *reasons), ((other.text, other.where), *where)
    elif other:
        checks = (*checks, other)
    return Judged(name, used, quality, reasons, checks, where, thumb)


SAME = 3
"""Luma of 255, in the cell that differs most. One file saved again, smaller and at JPEG quality 20:
2; the frame moved by one pixel in 1536: 4, by two: 7; other plates of one person: from 116."""


def _thumb(pixels: Pixels) -> NDArray[np.int16]:
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA), np.int16)


def told_apart(photos: Iterable[Judged]) -> list[Judged]:
    """This function will refuse each photograph that another one of the capture is already: one
    file under two names, or saved again at another size. The first one that
    passes stays."""
    kept: list[Judged] = []
    told: list[Judged] = []
    for photo in photos:
        first = next((other for other in kept if _same(photo, other)), None)
        if first is not None:
            text = f"this is the same photograph as `{first.name}`; take one of its own"
            reason = Reason("capture.same_photograph", text)
            photo = replace(photo, reasons=(*photo.reasons, reason))  # noqa: PLW2901
        if not photo.reasons:
            kept.append(photo)
        told.append(photo)
    return told


def _same(one: Judged, other: Judged) -> bool:
    if one.thumb is None or other.thumb is None:
        return False
    return int(np.abs(one.thumb - other.thumb).max()) <= SAME


def _proposed(name: str, pixels: Pixels, found: silhouette.Silhouette) -> Card | None:
    try:
        return propose(pixels, found).card(name)
    except BadInput:
        return None


@dataclass(frozen=True, slots=True)
class Row:
    """One slot of a protocol, as far as a capture has come."""

    group: str
    slot: str
    words: str
    state: str
    """``there``, ``missing``, or ``again``: taken, and to be taken again."""
    photo: str | None = None
    why: tuple[str, ...] = ()
    """Why it is to be taken again; of one that is there, what was not judged of it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a capture has come on the way to one protocol."""

    protocol: Protocol
    rows: tuple[Row, ...]
    photos: tuple[Judged, ...]
    """All that were looked at."""
    beside: tuple[Judged, ...]
    """Photographs that are for no slot, or for one that another fills."""
    missing: tuple[Reason, ...]

    @property
    def complete(self) -> bool:
        """Whether the protocol is met."""
        return not self.missing

    @property
    def short(self) -> int:
        """How many photographs are missing at least."""
        there = Counter(row.group for row in self.rows if row.state == "there")
        return sum(max(0, each.least - there[each.name]) for each in self.protocol.groups)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "protocol": self.protocol.name,
            "complete": self.complete,
            "slots": [
                {
                    "group": row.group,
                    "slot": row.slot,
                    "state": row.state,
                    "photo": row.photo,
                    "why": list(row.why),
                }
                for row in self.rows
            ],
            "beside": [judged.name for judged in self.beside],
            "photos": [judged.as_dict() for judged in self.photos],
            "missing": [reason.as_dict() for reason in self.missing],
        }


def covered(
    protocol: Protocol,
    photos: Sequence[Judged],
    measurements: Mapping[str, float],
    *,
    in_words: bool = False,
) -> Coverage:
    """This function will say for each slot of a protocol whether its photograph is there.

    ``in_words``: what is missing is named by what it shows, not by what its file is called.
    """
    good = [photo for photo in photos if not photo.reasons]
    taken = {photo.taken().name: photo for photo in good}
    held = filled(protocol, [photo.taken() for photo in good])
    used = {taken[name].name for name in held.values()}
    failed: dict[str, Judged] = {}
    for photo in photos:
        about = photo.taken()
        slot = slot_of(protocol, about.name, about.view)
        wrong = photo.reasons or (protocol.without_faults and photo.faults)
        if slot is not None and wrong and slot.id not in held:
            failed.setdefault(slot.id, photo)
            used.add(photo.name)
    rows = []
    for group in protocol.groups:
        for slot in group.slots:
            if slot.id in held:
                there = taken[held[slot.id]]
                why = tuple(c.text for c in there.checks if c.name == "other_view")
                rows.append(Row(group.name, slot.id, slot.words, "there", there.name, why))
            elif slot.id in failed:
                again = failed[slot.id]
                why = (*(r.text for r in again.reasons), *(c.text for c in again.faults))
                rows.append(Row(group.name, slot.id, slot.words, "again", again.name, why))
            else:
                rows.append(Row(group.name, slot.id, slot.words, "missing"))
    beside = tuple(photo for photo in photos if photo.name not in used)
    counted = [photo.taken() for photo in good]
    lacks = missing(protocol, counted, measurements, in_words=in_words)
    return Coverage(protocol, tuple(rows), tuple(photos), beside, lacks)

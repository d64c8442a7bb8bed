"""What a capture must hold: a protocol of slots, and how far some photographs fill it.

Format: `protocol/1`, docs/formats/protocol.md. The full protocol is a file of the package; the two
smaller ones stand here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sosie.core.studio import Card
from sosie.core.twin import MEASUREMENTS, VIEWS, measured, named_twice
from sosie.core.values import Reason


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(_Strict):
    """One photograph that is to be taken."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    words: str
    views: tuple[str, ...] = Field(min_length=1)
    """The views that fill it; the first is the one to take."""
    axes: Mapping[str, str] = Field(default_factory=dict)
    """How it differs from others of its group: ``yaw``, ``light``, ``expression``."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [view for view in self.views if view not in VIEWS]
        if unknown:
            raise ValueError(
                f"`{self.id}`: `{unknown[0]}` is no view; known are {', '.join(VIEWS)}"
            )
        return self


class Group(_Strict):
    """Slots of a kind, and how many of them are needed."""

    name: str
    words: str
    least: int = Field(ge=1)
    by_name: bool = False
    """Whether only a photograph of a slot's name fills it: a view does not tell two faces apart."""
    covers: tuple[str, ...] = ()
    """Axes of which every value must be there, as each yaw."""
    slots: tuple[Slot, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.least > len(self.slots):
            raise ValueError(f"`{self.name}` needs {self.least} of {len(self.slots)} slots")
        return self


class Protocol(_Strict):
    """What a capture must hold."""

    format: Literal["protocol/1"] = Field(alias="sosie")
    name: str
    words: str
    without_faults: bool
    """Whether a photograph counts only without the faults of `faults.examine`."""
    gray_card: bool = False
    """Whether a gray card must be seen on one photograph at least."""
    measurements: tuple[str, ...] = ()
    groups: tuple[Group, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [slot.id for group in self.groups for slot in group.slots]
        twice = sorted({id for id in ids if ids.count(id) > 1})
        if twice:
            raise ValueError(f"`{twice[0]}` names two slots")
        unknown = [key for key in self.measurements if key not in MEASUREMENTS]
        if unknown:
            raise ValueError(f"`{unknown[0]}` is no measurement")
        return self

    @property
    def least(self) -> int:
        """How many photographs are needed at least."""
        return sum(group.least for group in self.groups)

    @property
    def most(self) -> int:
        """How many photographs there are slots for."""
        return sum(len(group.slots) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Taken:
    """One good photograph of a capture, as far as a protocol asks."""

    name: str
    """Name of the plate, or of the file where it has no card yet."""
    view: str | None
    gray_card: bool = False
    faulty: bool = False

    @classmethod
    def of(cls, card: Card) -> Taken:
        """Return what a card says, of a photograph without faults."""
        return cls(card.plate, card.view)


def slot_of(protocol: Protocol, name: str, view: str | None) -> Slot | None:
    """This function will say which slot a photograph is for: the one whose name it has (`half`, or
    `half-2` where it was taken again), else the first that its view fills."""
    slots = [(group, slot) for group in protocol.groups for slot in group.slots]
    plain = re.sub(r"-[0-9]+$", "", name)
    named = [slot for _, slot in slots if slot.id in (name, plain)]
    fitting = [slot for group, slot in slots if not group.by_name and view in slot.views]
    return next((slot for slot in named if view is None or view in slot.views), None) or next(
        iter(fitting), None
    )


def filled(protocol: Protocol, taken: Sequence[Taken]) -> dict[str, str]:
    """This function will say which photograph fills which slot.

    A photograph fills one slot. Those of a slot's name go first; the others fill what is still
    open and fits their view, in the order of the protocol.
    """
    counted = [photo for photo in taken if not (protocol.without_faults and photo.faulty)]
    held: dict[str, str] = {}
    rest = []
    for photo in counted:
        slot = slot_of(protocol, photo.name, None)
        if slot is None or photo.view not in (None, *slot.views):
            rest.append(photo)
        else:
            held.setdefault(slot.id, photo.name)
    for photo in rest:
        for slot in _open(protocol, held):
            if photo.view in slot.views:
                held[slot.id] = photo.name
                break
    return held


def _open(protocol: Protocol, held: Mapping[str, str]) -> Iterator[Slot]:
    for group in protocol.groups:
        if not group.by_name:
            yield from (slot for slot in group.slots if slot.id not in held)


def missing(
    protocol: Protocol,
    taken: Sequence[Taken],
    measurements: Mapping[str, float] | None = None,
    *,
    in_words: bool = False,
) -> tuple[Reason, ...]:
    """This function will say what a capture lacks as a whole; nothing if it meets the protocol.

    ``measurements`` are centimeters by key; each that is given must be plausible, too.
    ``in_words``: photographs are named by what they show, not by what their files are called.
    """
    held = filled(protocol, taken)
    reasons: list[Reason] = []
    for group in protocol.groups:
        reasons += _missing(group, held, in_words)
    reasons += named_twice([photo.name for photo in taken])
    if protocol.gray_card and not any(photo.gray_card for photo in taken):
        text = "no photograph shows a gray card: hold one beside her in one plate of each light"
        reasons.append(Reason("capture.gray_card_missing", text))
    return (*reasons, *measured(dict(measurements or {}), protocol.measurements))


def _missing(group: Group, held: Mapping[str, str], in_words: bool) -> Iterator[Reason]:
    there = [slot for slot in group.slots if slot.id in held]
    absent = [slot for slot in group.slots if slot.id not in held]
    if len(there) < group.least:
        what = (
            "a plate is missing" if group.least == 1 else f"{len(there)} of {group.least} are there"
        )
        if in_words:
            shown = "; ".join(slot.words for slot in absent)
        elif len(absent) == 1:
            names = " or ".join(f"`{view}`" for view in absent[0].views)
            shown = f"{names} ({absent[0].words})"
        else:
            shown = ", ".join(f"`{slot.id}`" for slot in absent)
        text = f"{group.name}: {what}, take {shown}"
        if in_words and len(group.slots) == 1:  # the group is called as its only photograph is
            text = f"a plate is missing, take {shown}"
        yield Reason("capture.view_missing", text, clause=group.name)
    for axis in group.covers:
        wanted = dict.fromkeys(slot.axes[axis] for slot in group.slots if axis in slot.axes)
        seen = {slot.axes.get(axis) for slot in there}
        lacking = [value for value in wanted if value not in seen]
        if lacking and len(there) >= group.least:
            text = f"{group.name}: no {axis} `{'`, `'.join(lacking)}`, and each is needed once"
            if in_words:
                what = "not every kind is there"
                shown = "; ".join(
                    next(slot.words for slot in absent if slot.axes.get(axis) == value)
                    for value in lacking
                )
                text = f"{group.name}: {what}, take {shown}"
            yield Reason("capture.view_missing", text, clause=group.name)


def met(
    protocols: Sequence[Protocol], taken: Sequence[Taken], measurements: Mapping[str, float]
) -> Protocol | None:
    """This function will return the first of some protocols that a capture meets."""
    return next((p for p in protocols if not missing(p, taken, measurements)), None)


def _small(
    name: str, words: str, measurements: Sequence[str], *slots: Mapping[str, Any]
) -> Protocol:
    groups = [{"name": s["id"], "words": s["words"], "least": 1, "slots": [s]} for s in slots]
    said = {"sosie": "protocol/1", "name": name, "words": words, "without_faults": False}
    return Protocol.model_validate({**said, "measurements": measurements, "groups": groups})


BASIC = _small(
    "basic",
    "four plates and five measurements, from which pictures can be made",
    tuple(MEASUREMENTS),
    {"id": "front-half", "words": VIEWS["front-half"].words, "views": ["front-half"]},
    {"id": "front-full", "words": VIEWS["front-full"].words, "views": ["front-full"]},
    {"id": "three-quarter", "words": VIEWS["three-quarter"].words, "views": ["three-quarter"]},
    {"id": "moving", "words": "seated, or a step", "views": ["seated", "walking"]},
)
MINIMAL = _small(
    "single",
    "one front plate: enough to try Sosie on a photograph of one's own",
    (),
    {"id": "front", "words": "facing the camera", "views": ["front-half", "front-full"]},
)

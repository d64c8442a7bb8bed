"""What the API takes and answers of captures that go on, and of what a model says of her twin."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from sosie.core.api import Form, Said
from sosie.core.api_requests import Signed

Name = Annotated[str, Field(max_length=100)]
Spots = Annotated[dict[str, tuple[int, int] | None], Field(max_length=100)]


class _Asked(Form):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ToBegin(_Asked):
    """Which twin is captured: its model signed the consent to it."""

    twin: Name


class ToKeep(_Asked):
    """A photograph for a capture."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Of its file: `half.jpg` is for the slot `half`."""
    file: str
    """The file in Base64."""
    slot: Name = ""
    """The photograph of the protocol that it is, whatever its file is called."""
    instead: Name = ""
    """The photograph in whose place it comes."""


class ToCorrect(_Asked):
    """What is said of a photograph of a capture: it is judged anew."""

    landmarks: Spots = Field(default_factory=dict)
    """Where points are; those left out stay."""
    slot: Name = ""
    """The photograph of the protocol that it is."""


class ToMeasure(_Asked):
    """What a model measured."""

    measurements: Annotated[dict[str, float | None], Field(max_length=20)]
    """In centimeters by key; those left out stay, and null takes one away."""
    shown_as: Annotated[str, Field(max_length=120)] = ""
    """The name under which a first twin appears."""


class ToMark(Signed):
    """A mark that is never to be retouched."""

    place: Annotated[str, Field(min_length=1, max_length=80)]
    words: Annotated[str, Field(min_length=1, max_length=200)]
    plate: Annotated[str, Field(max_length=40)] = ""
    region: tuple[int, int, int, int] | None = None
    """Left, top, right, bottom on that plate."""


class ToConsent(Signed):
    """What a consent to the making of a twin says."""

    twin: Annotated[str, Field(max_length=40)]
    scope: Annotated[str, Field(max_length=400)]
    purpose: Annotated[str, Field(max_length=400)]
    pay: Annotated[str, Field(max_length=200)]
    until: date
    ends_on_retirement: bool = False
    """Whether running licenses end when she retires it."""


class CaptureRow(Form):
    """A capture that goes on, in a list."""

    capture: int
    twin: str
    shown_as: str
    begun: date
    photographs: int


class PhotographSaid(Form):
    """A photograph of a capture, as it was judged."""

    name: str
    view: str | None
    size: tuple[int, int] | None
    landmarks: dict[str, tuple[int, int] | None]
    reasons: list[Said]
    """Why it is kept out of a version."""
    faults: list[Said]
    """What a full capture must not have."""


class SlotSaid(Form):
    """One photograph that a protocol asks for."""

    group: str
    slot: str
    words: str
    state: str
    """`there`, `again` or `missing`."""
    photograph: str | None
    why: list[str]
    """Why it is to be taken again; of one that is there, what was not judged of it."""


class CaptureSaid(CaptureRow):
    """How far a capture has come."""

    measurements: dict[str, float]
    protocol: str
    """What it is held against here."""
    slots: list[SlotSaid]
    photos: list[PhotographSaid]
    missing: list[Said]
    """What that protocol asks for still, measurements aside."""
    meets: str | None
    """The fullest protocol that a version made now would meet."""
    lacks: list[Said]
    """What a version needs still, of the least protocol."""


class VersionSaid(Form):
    """A version that was made."""

    twin: str
    version: int
    protocol: str
    lacks: list[Said]
    """What it lacks for the fullest protocol."""


class MarkSaid(Form):
    """A mark that is never to be retouched."""

    twin: str
    mark: int
    place: str
    words: str


class ConsentSaid(Form):
    """A consent to the making of a twin."""

    twin: str
    by: str
    signed: date


class LandmarksSaid(Form):
    """The points of a photograph, in pixels from the left and from the top; null where one is not
    seen."""

    twin: str
    version: int
    name: str
    size: tuple[int, int]
    landmarks: dict[str, tuple[int, int] | None]
    needed: list[str]
    """What its view must show."""
    reasons: list[Said] = Field(default=[])
    """Why a capture would refuse the points that were sent."""
    command: str = ""
    """What moves them in the folder of the next capture; a version that stands keeps its own."""

"""What the API takes and answers of releases: what a brand asks to have sealed and let out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from sosie.core.api import Form, Said
from sosie.core.api_requests import Signed
from sosie.core.terms import Channel, Purpose

Name = Annotated[str, Field(max_length=100)]


class ToRelease(Signed):
    """Where a picture is to go out: a file for each channel."""

    channels: Annotated[list[Channel], Field(min_length=1, max_length=20)]
    purpose: Purpose
    territories: Annotated[list[Name], Field(min_length=1, max_length=300)]
    """ISO 3166-1 codes or groups."""
    accounts: dict[Channel, Name] = Field(default={})
    """The account or site of a channel, where one is meant."""
    campaign: Name | None = None
    placements: Annotated[int, Field(ge=1, le=100_000)] = 1
    """In how many places each file is shown."""


class FeeRow(Form):
    """One kind of fee, before commission."""

    what: str
    rate: str
    """As `60.00 EUR`."""
    times: int


class ReleaseCost(Form):
    """What releases would cost, counting what is asked for already."""

    fees: list[FeeRow]
    total: str | None
    """As `60.00 EUR`; nothing where the license has no pay."""
    hers: str | None
    """Of the total, after commission."""
    files_left: int | None
    """How many more may go out afterwards; nothing where any number may."""
    places_left: int | None
    reasons: list[Said]
    """Why some of it would be refused, as things stand."""


class RequestedFile(Form):
    """One file that is asked for."""

    channel: str
    purpose: str
    territories: list[str]
    account: str
    placements: int
    state: Literal["asked", "begun", "done", "refused"]
    reasons: list[Said]
    """Why it was refused."""
    seal: str | None
    """Under which it went out: `/releases/{seal}/package`."""
    asked_at: datetime


class ReleasesSaid(Form):
    """The newest that is asked for on each channel."""

    picture: str
    releases: list[RequestedFile]

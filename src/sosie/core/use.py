"""What is decided on: an act with the twin, what has happened so far, and the decision itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sosie.core.terms import Alteration, Channel, Depiction, Exclusivity, Purpose
from sosie.core.values import Digest, Money, Outcome, Period, Reason


class Act(StrEnum):
    """What is to be done with the twin. Each is gated separately (LAW.md, section 7.2)."""

    MAKE = "make"
    SEAL = "seal"
    RELEASE = "release"
    SHOW = "show"
    """Keep showing what went out: asked every day of every placement."""
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Use:
    """One described act. ``None`` means that the fact is unknown, never that it does not matter."""

    act: Act
    licensee: str
    twin: str
    purpose: Purpose | None = None
    channel: Channel | None = None
    territories: tuple[str, ...] | None = None
    """ISO 3166-1 codes or groups; every country of them must be licensed."""
    alterations: tuple[Alteration, ...] | None = None
    """Every change to the plate; an empty tuple says that there is none."""
    pictures: int = 1
    """How many are to be made."""
    picture: str | None = None
    """The picture that is sealed, released or shown; absent when pictures are to be made."""
    twin_version: int | None = None
    account: str | None = None
    """The account or site of the channel."""
    garments: tuple[str, ...] | None = None
    """What she wears, by name or number."""
    collections: tuple[str, ...] | None = None
    """The collections of what she wears, one for each garment."""
    depictions: tuple[Depiction, ...] | None = None
    """What else the picture shows; an empty tuple says that it shows nothing of the list."""
    others: tuple[str, ...] | None = None
    """Who else is in the picture (party id or twin; `somebody` for a stranger)."""
    campaign: str | None = None
    placements: int = 1
    """In how many places a release is to be shown."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another license of the same twin, as far as exclusivity reads it."""

    license: str
    licensee: str
    category: str | None
    countries: frozenset[str]
    days: Period
    exclusivity: Exclusivity | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What has happened under the license so far, as the store knows it at this instant."""

    signed_by: frozenset[str] = frozenset()
    """Party ids whose own signature on the contract was validated."""
    signed_on: date | None = None
    """The day the last of them signed: nothing is done before it."""
    revoked_on: date | None = None
    """Any day here refuses everything new, whichever day it is."""
    declined_on: date | None = None
    """One of them said no before both had signed; any day here refuses everything."""
    suspended_on: date | None = None
    """Since when the license rests, by the model or by both; any day refuses everything new."""
    superseded_by: str | None = None
    """The license that took the place of this one; nothing new is done under the old one."""
    consent_live: bool = False
    """Whether the creation consent of the twin is signed and not withdrawn."""
    training_allowed: bool = False
    """Whether the model allowed, in a statement of its own, that weights of her twin be trained
    for this license, and has not taken it back."""
    pictures_made: int = 0
    """Pictures made under this license and not refused by the model."""
    renditions_out: int = 0
    """Renditions released under this license."""
    placements_out: int = 0
    earned: int = 0
    """What pictures, renditions and placements have earned so far, in minor units of the pay."""
    approvals: Mapping[str, bool] | None = None
    """Per picture id the model's answer; a picture not in it has no answer yet. It is hashed
    whole into ``Decision.inputs``: hand in the answers that matter to the use."""
    campaigns: Mapping[str, bool] | None = None
    """Per campaign the model's answer."""
    others: tuple[Other, ...] | None = ()
    """The other licenses of the twin that are agreed and not ended; ``None`` when not known."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What an allowed use obliges somebody to do; published codes, as for reasons."""

    code: str
    text: str
    owed_by: str
    due: date | None = None
    """The last day to do it; ``None`` when it goes with the act itself."""
    clause: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome with every reason for it, the duties and the price if it is allowed, and the
    hash of its inputs (use, terms, state, day). An allowed use has no reasons: nothing stands
    against it."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    price: Money | None
    """What the use costs, before commission; ``None`` unless it is allowed."""
    inputs: Digest
    duties: tuple[Duty, ...] = ()

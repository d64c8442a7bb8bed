"""Deciding a use against a license: pure, total, with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sosie.core.terms import Alteration, Channel, Purpose, Terms
from sosie.core.values import Digest, Money, Outcome, Reason


class Act(StrEnum):
    """What is to be done with the twin. Each is gated separately (LAW.md, section 7.2)."""

    MAKE = "make"
    SEAL = "seal"
    RELEASE = "release"
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
    alterations: tuple[Alteration, ...] = ()
    pictures: int = 1
    picture: str | None = None
    """The picture that is sealed or released; absent when pictures are to be made."""


@dataclass(frozen=True, slots=True)
class State:
    """What has happened under the license so far, as the store knows it at this instant."""

    signed_by: frozenset[str] = frozenset()
    """Party ids whose own signature on the contract was validated."""
    signed_on: date | None = None
    revoked_on: date | None = None
    consent_live: bool = False
    """Whether the creation consent of the twin is signed and not withdrawn."""
    pictures_made: int = 0
    """Pictures made under this license and not refused by the model."""
    approvals: Mapping[str, bool] | None = None
    """Per picture id the model's answer; a picture not in it has no answer yet."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome with every reason for it, the price if it is allowed, and the hash of its
    inputs (use, terms, state, day)."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    price: Money | None
    inputs: Digest


def decide(use: Use, license: Terms, state: State, *, on: date) -> Decision:
    """Decide one use on one day."""
    raise NotImplementedError

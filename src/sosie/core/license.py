"""Deciding a use against a license: pure, total, with every reason.

Default deny, forbid beats permit, and what cannot be known is undecided. The house holds to these
rules everywhere, also where the law they are modeled on does not apply.

What each act must tell (``NEEDS``); a fact that is not needed is judged all the same when given:

=========  ========  =======  ===========  ===========  ========
act        purpose   channel  territories  alterations  picture
=========  ========  =======  ===========  ===========  ========
make       needed                          needed
seal                                                    needed
release    needed    needed   needed                    needed
train      always refused
=========  ========  =======  ===========  ===========  ========
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sosie.core.terms import Alteration, Channel, PublicTerms, Purpose, Terms
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
    """ISO 3166-1 codes or groups; every country of them must be licensed."""
    alterations: tuple[Alteration, ...] | None = None
    """Every change to the plate; an empty tuple says that there is none."""
    pictures: int = 1
    """How many are to be made."""
    picture: str | None = None
    """The picture that is sealed or released; absent when pictures are to be made."""


@dataclass(frozen=True, slots=True)
class State:
    """What has happened under the license so far, as the store knows it at this instant."""

    signed_by: frozenset[str] = frozenset()
    """Party ids whose own signature on the contract was validated."""
    signed_on: date | None = None
    """The day the last of them signed: nothing is done before it."""
    revoked_on: date | None = None
    """Any day here refuses everything, whichever day it is."""
    consent_live: bool = False
    """Whether the creation consent of the twin is signed and not withdrawn."""
    pictures_made: int = 0
    """Pictures made under this license and not refused by the model."""
    approvals: Mapping[str, bool] | None = None
    """Per picture id the model's answer; a picture not in it has no answer yet. It is hashed
    whole into ``Decision.inputs``: hand in the answers that matter to the use."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome with every reason for it, the price if it is allowed, and the hash of its
    inputs (use, terms, state, day). An allowed use has no reasons: nothing stands against it."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    price: Money | None
    """What the use costs, before commission; ``None`` unless it is allowed."""
    inputs: Digest


@dataclass(frozen=True, slots=True)
class Code:
    """What a reason code means, and the outcome that it brings. Published: never changed."""

    outcome: Outcome
    meaning: str


CODES: Mapping[str, Code] = {}
"""Every reason code that a decision can name."""


def decide(use: Use, license: Terms, state: State, *, on: date) -> Decision:  # noqa: A002
    """Decide one use on one day, with all reasons, the price and the digest of the inputs."""
    raise NotImplementedError


def judge(use: Use, terms: Terms, state: State, *, on: date) -> tuple[Outcome, tuple[Reason, ...]]:
    """Return the outcome and all reasons of `decide`, without price and digest."""
    raise NotImplementedError


def placement(
    terms: PublicTerms, *, territory: str | None, channel: Channel | None, on: date
) -> tuple[Outcome, tuple[Reason, ...]]:
    """Return what a stranger can judge from the public terms: period, territory and channel."""
    raise NotImplementedError

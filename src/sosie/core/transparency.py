"""The transparency log: what a leaf says, proofs that travel with a picture, and the full check.

Signatures first; the parts stand in `merkle` (RFC 9162), `note` and `tiles` (C2SP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sosie.core.values import Digest, Reason


class LogAct(StrEnum):
    """What happened. Published codes: a code never changes its meaning, new ones are added."""

    PARTY_JOINED = "party.joined"
    CONSENT_SIGNED = "consent.signed"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    TWIN_CAPTURED = "twin.captured"
    TWIN_ERASED = "twin.erased"
    LICENSE_DRAFTED = "license.drafted"
    LICENSE_REFUSED = "license.refused"
    CONTRACT_MADE = "contract.made"
    CONTRACT_SIGNED = "contract.signed"
    LICENSE_REVOKED = "license.revoked"
    SHOOT_ORDERED = "shoot.ordered"
    PICTURE_MADE = "picture.made"
    DECISION_MADE = "decision.made"
    PICTURE_APPROVED = "picture.approved"
    PICTURE_REFUSED = "picture.refused"
    PICTURE_SEALED = "picture.sealed"
    PICTURE_RELEASED = "picture.released"
    MONEY_POSTED = "money.posted"
    STATEMENT_ISSUED = "statement.issued"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log: an act, hashes and a time; never personal data."""

    act: LogAct
    commitment: Digest
    """From `commitment`: binds the details, which stay private until they are shown."""
    at: datetime
    """UTC, whole seconds."""
    object: Digest | None = None
    """SHA-256 of the file the act is about (contract, picture), where a stranger may know it."""

    def encode(self) -> bytes:
        """Return the canonical JSON bytes that are hashed into the log."""
        raise NotImplementedError

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Return the leaf that some bytes say; raises ``BadInput`` unless they are its one
        spelling."""
        raise NotImplementedError


def commitment(value: Any, salt: bytes) -> Digest:
    """Return the digest that binds a value without showing it."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof that a leaf is in the log, as it travels beside a released file (`proof/1`)."""

    leaf: bytes
    index: int
    size: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    """The signed note, whole."""

    def as_dict(self) -> dict[str, Any]:
        """Return the proof as plain JSON values."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Any, *, where: str = "proof") -> Self:
        """Return the proof that a sidecar holds; raises ``BadInput``."""
        raise NotImplementedError


def verify_proof(proof: Proof, verifier: str) -> tuple[Reason, ...]:
    """Return every reason why a proof does not hold under a verifier key; empty if it holds."""
    raise NotImplementedError


def fsck(
    entries: Iterable[bytes],
    checkpoint: bytes,
    read_tile: Callable[[str], bytes],
    *,
    verifier: str,
    remembered: bytes | None = None,
) -> tuple[Reason, ...]:
    """Return everything that is wrong with a published log; empty if nothing is."""
    raise NotImplementedError

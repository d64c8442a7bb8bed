"""The transparency log: what a leaf says, proofs that travel with a picture, and the full check.

The log is append-only, and anyone can check it offline. Its parts stand in `merkle` (RFC 9162),
`note` (checkpoints) and `tiles` (static files, both C2SP). Format: docs/formats/log.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any, Self

from sosie.core.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    Nodes,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sosie.core.note import (
    Checkpoint,
    Note,
    Signature,
    VerifierKey,
    open_checkpoint,
    sign_checkpoint,
)
from sosie.core.tiles import (
    HEIGHT,
    MAX_ENTRY_BYTES,
    WIDTH,
    Read,
    append,
    bundle,
    bundle_path,
    layout,
    nodes,
    prove,
    read_entries,
    tile_path,
)
from sosie.core.values import BadInput, Digest, Reason, canonical

__all__ = [
    "EMPTY_ROOT",
    "Checkpoint",
    "Consistency",
    "Leaf",
    "LogAct",
    "Nodes",
    "Note",
    "Proof",
    "Read",
    "Signature",
    "Tree",
    "VerifierKey",
    "append",
    "bundle_path",
    "commitment",
    "consistency_proof",
    "fsck",
    "inclusion_proof",
    "layout",
    "leaf_hash",
    "node_hash",
    "nodes",
    "open_checkpoint",
    "prove",
    "read_entries",
    "root",
    "root_of",
    "sign_checkpoint",
    "tile_path",
    "verify_consistency",
    "verify_growth",
    "verify_inclusion",
    "verify_proof",
]

MIN_SALT_BYTES = 16
MAX_SALT_BYTES = 255
MAX_PROOF_HASHES = 63
"""A log of 2**63 entries needs no more."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_COMMITMENT_TAG = b"sosie commitment/1\n"


class LogAct(StrEnum):
    """What happened. Published codes: a code never changes its meaning, new ones are added."""

    PARTY_JOINED = "party.joined"
    AGREEMENT_RECORDED = "agreement.recorded"
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
    AGREEMENT_ENDED = "agreement.ended"
    PASSKEY_ADDED = "passkey.added"
    PREFERENCES_SET = "preferences.set"
    PAPER_RECORDED = "paper.recorded"
    LICENSE_ASKED = "license.asked"
    LICENSE_COUNTERED = "license.countered"
    LICENSE_PROPOSED = "license.proposed"
    LICENSE_ADVISED = "license.advised"
    LICENSE_AGREED = "license.agreed"
    LICENSE_DECLINED = "license.declined"
    CAMPAIGN_ANSWERED = "campaign.answered"
    MEMO_DELIVERED = "memo.delivered"
    MEMO_ACCEPTED = "memo.accepted"
    COPY_DELIVERED = "copy.delivered"
    LICENSE_SUSPENDED = "license.suspended"
    LICENSE_RESUMED = "license.resumed"
    LICENSE_SUPERSEDED = "license.superseded"
    RELEASE_TAKEN_DOWN = "release.taken_down"
    REGISTRATION_RECORDED = "registration.recorded"
    DEATH_RECORDED = "death.recorded"
    TWIN_RETIRED = "twin.retired"
    TWIN_MARKED = "twin.marked"
    CAPTURE_WORKED = "capture.worked"
    PICTURE_RECOGNIZED = "picture.recognized"
    CHANGE_ORDERED = "picture.change_ordered"
    TWIN_TRAINED = "twin.trained"
    TWIN_WEIGHTS_ERASED = "twin.weights_erased"
    TWIN_LISTED = "twin.listed"
    PICTURE_ACCEPTED = "picture.accepted"
    """By the brand; what its model approves is `picture.approved`."""
    PICTURE_DECLINED = "picture.declined"
    RELEASE_ASKED = "release.asked"
    """By the brand: pictures are to be sealed and to go out; each is decided on when it is done."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log: an act, hashes and a time; never personal data.

    Raises ``ValueError`` for a digest that is none, or a time that is not UTC in whole seconds.
    """

    act: LogAct
    commitment: Digest
    """From `commitment`: binds the details, which stay private until they are shown."""
    at: datetime
    """UTC, whole seconds."""
    object: Digest | None = None
    """SHA-256 of the file the act is about (contract, picture). Only of files that nobody can
    guess: whoever can guess the bytes can find them by their digest."""

    def __post_init__(self) -> None:
        for name in (self.commitment, self.object):
            if name is not None and not _DIGEST.fullmatch(name):
                raise ValueError(f"`{name}` is no SHA-256 digest")
        if self.at.utcoffset() != timedelta(0) or self.at.microsecond:
            raise ValueError(f"`{self.at.isoformat()}` is not a whole second in UTC")

    def encode(self) -> bytes:
        """Return the canonical JSON bytes that are hashed into the log."""
        return canonical(
            {
                "sosie": "leaf/1",
                "act": self.act.value,
                "object": self.object,
                "commitment": self.commitment,
                "at": self.at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z",
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Return the leaf that some bytes say; raises ``BadInput`` (``log.leaf``) unless they are
        its one spelling: unknown fields, acts and spaces are refused."""
        if len(data) > MAX_ENTRY_BYTES:
            raise _bad_leaf()
        try:
            fields = json.loads(data)
            at = fields["at"]
            if not _SECOND.fullmatch(at):
                raise ValueError(at)
            leaf = cls(
                act=LogAct(fields["act"]),
                commitment=Digest(fields["commitment"]),
                at=datetime.fromisoformat(at),
                object=None if fields["object"] is None else Digest(fields["object"]),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _bad_leaf() from None
        if leaf.encode() != data:
            raise _bad_leaf()
        return leaf


def commitment(value: Any, salt: bytes) -> Digest:
    """Return the digest that binds a value without showing it.

    SHA-256 over a tag, the length of the salt (one byte), the salt, and the value as canonical
    JSON. The salt, 16 to 255 random bytes used once, stays private with the value: with both,
    anyone can check what was meant; without the salt, no guess of the value can be tried. Raises
    ``ValueError`` for another length of salt, ``TypeError`` for a value that has no canonical JSON.
    """
    if not MIN_SALT_BYTES <= len(salt) <= MAX_SALT_BYTES:
        raise ValueError(f"a salt has {MIN_SALT_BYTES} to {MAX_SALT_BYTES} bytes, not {len(salt)}")
    data = _COMMITMENT_TAG + bytes([len(salt)]) + salt + canonical(value)
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof that a leaf is in the log, as it travels beside a released file (`proof/1`)."""

    leaf: bytes
    index: int
    size: int
    hashes: tuple[bytes, ...]
    """32 bytes each, lowest first."""
    checkpoint: str
    """The signed note, whole."""

    def as_dict(self) -> dict[str, Any]:
        """Return the proof as plain JSON values: the leaf as text, hashes as base64."""
        return {
            "sosie": "proof/1",
            "leaf": self.leaf.decode(),
            "index": self.index,
            "size": self.size,
            "hashes": [base64.b64encode(part).decode() for part in self.hashes],
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def from_dict(cls, data: Any, *, where: str = "proof") -> Self:
        """Return the proof that a sidecar holds; raises ``BadInput`` (``proof.format``) for missing
        or unknown fields, and for more than a proof can need. What it proves is not checked."""
        try:
            return cls(**_proof_fields(data))
        except (ValueError, TypeError, KeyError, UnicodeEncodeError):
            raise BadInput(
                "this is no proof of the form `proof/1`",
                where=where,
                remedy="take the proof that came with the released file",
                code="proof.format",
            ) from None


def verify_proof(proof: Proof, verifier: str) -> tuple[Reason, ...]:
    """Return every reason why a proof does not hold under a log's verifier key; empty if it holds.

    1. The checkpoint is signed by the key and is of the key's log. 2. It has the size that the
    proof names. 3. The leaf is one spelling of a leaf. 4. Its hash leads to the root at its index
    (RFC 9162, section 2.1.3.2). Raises ``BadInput`` only for a verifier key that is none.
    """
    found: list[Reason] = []
    try:
        Leaf.parse(proof.leaf)
    except BadInput as error:
        found.append(Reason(error.code, error.what))
    try:
        note = proof.checkpoint.encode()
    except UnicodeEncodeError:
        return (*found, Reason("log.note", "the checkpoint is not UTF-8"))
    try:
        checkpoint = open_checkpoint(note, verifier)
    except BadInput as error:
        if error.code == "log.key":
            raise
        return (*found, Reason(error.code, error.what))
    if checkpoint.size != proof.size:
        text = f"the proof is for {proof.size} entries, its checkpoint for {checkpoint.size}"
        return (*found, Reason("proof.size", text))
    found += verify_inclusion(
        index=proof.index,
        size=proof.size,
        leaf=leaf_hash(proof.leaf),
        hashes=proof.hashes,
        root=checkpoint.root,
    )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Consistency:
    """Proof that a log of an earlier size is the beginning of what it is now (`consistency/1`)."""

    old: int
    size: int
    hashes: tuple[bytes, ...]
    """32 bytes each, lowest first (RFC 9162, section 2.1.4.1)."""
    checkpoint: str
    """The signed note of the log as it is now, whole."""

    def as_dict(self) -> dict[str, Any]:
        """Return the proof as plain JSON values: hashes as base64."""
        return {
            "sosie": "consistency/1",
            "old": self.old,
            "size": self.size,
            "hashes": [base64.b64encode(part).decode() for part in self.hashes],
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def from_dict(cls, data: Any, *, where: str = "proof") -> Self:
        """Return the proof in plain JSON values; raises ``BadInput`` (``proof.format``) as
        ``Proof.from_dict`` does. What it proves is not checked."""
        try:
            return cls(**_fields(data, "consistency/1", ("old", "size")))
        except (ValueError, TypeError, KeyError):
            raise BadInput(
                "this is no proof of the form `consistency/1`",
                where=where,
                remedy="fetch it again from the page of the log",
                code="proof.format",
            ) from None


def verify_growth(proof: Consistency, seen: Checkpoint, verifier: str) -> tuple[Reason, ...]:
    """Return every reason why a checkpoint that was seen before is not proved to be the beginning
    of the log that the proof's own checkpoint signs; empty if it is.

    Raises ``BadInput`` only for a verifier key that is none.
    """
    VerifierKey.parse(verifier)
    try:
        checkpoint = open_checkpoint(proof.checkpoint.encode(errors="replace"), verifier)
    except BadInput as error:
        return (Reason(error.code, error.what),)
    if seen.origin != checkpoint.origin:
        text = f"the checkpoint that was seen is of the log `{seen.origin}`"
        return (Reason("log.origin", text),)
    if seen.size > checkpoint.size:
        text = f"the log was set back to {checkpoint.size} entries: {seen.size} were seen"
        return (Reason("log.rollback", text),)
    if (proof.old, proof.size) != (seen.size, checkpoint.size):
        text = (
            f"the proof leads from {proof.old} to {proof.size} entries, and is asked for from"
            f" {seen.size} to {checkpoint.size}"
        )
        return (Reason("proof.size", text),)
    return verify_consistency(
        old=seen.size,
        size=checkpoint.size,
        hashes=proof.hashes,
        old_root=seen.root,
        root=checkpoint.root,
    )


def fsck(
    entries: Iterable[bytes],
    checkpoint: Checkpoint,
    read: Read,
    *,
    remembered: Iterable[Checkpoint] = (),
) -> tuple[Reason, ...]:
    """Return everything that is wrong with a published log; empty if nothing is.

    Every entry is hashed again, the root is rebuilt and compared with the checkpoint, and every
    tile and bundle is compared byte for byte with what the entries give; each that differs is
    named with its first difference. ``checkpoint`` is opened and verified by the caller;
    ``remembered`` are checkpoints of the same log that were seen before, which the log must still
    contain: a log set back or told otherwise to someone else fails here. A stranger without the
    entries hands in `tiles.read_entries`. Entries after the checkpoint are told as
    ``log.unpublished``, since they may be about to be published.
    """
    tree, found = Tree(), []
    batch: list[bytes] = []
    extra = 0
    for entry in entries:
        if len(tree) == checkpoint.size:
            extra += 1
            continue
        tree.append(leaf_hash(entry))
        batch.append(entry)
        if len(batch) == WIDTH:
            found += _compare_bundle(len(tree), batch, read)
            batch = []
    if batch:
        found += _compare_bundle(len(tree), batch, read)
    found += _compare_tiles(tree, read)
    heads = _compare_roots(tree, checkpoint, remembered)
    if extra:
        text = f"{extra} entries stand after the checkpoint of {checkpoint.size}"
        heads.append(Reason("log.unpublished", text))
    return (*heads, *found)


def _compare_roots(
    tree: Tree, checkpoint: Checkpoint, remembered: Iterable[Checkpoint]
) -> list[Reason]:
    found = []
    size = checkpoint.size
    if len(tree) < size:
        text = f"the checkpoint says {size} entries, there are {len(tree)}"
        found.append(Reason("log.entries_missing", text))
    elif tree.root() != checkpoint.root:
        text = f"the {size} entries do not lead to the root of the checkpoint"
        found.append(Reason("log.root", text))
    for earlier in remembered:
        about = f"a checkpoint of {earlier.size} entries that was seen before"
        if earlier.origin != checkpoint.origin:
            found.append(Reason("log.origin", f"{about} is of the log `{earlier.origin}`"))
        elif earlier.size > size:
            text = f"the log was set back to {size} entries: {about} is later"
            found.append(Reason("log.rollback", text))
        elif earlier.size <= len(tree) and tree.root(earlier.size) != earlier.root:
            text = f"{about} is not the beginning of the log"
            found.append(Reason("log.forked", text))
    return found


def _compare_tiles(tree: Tree, read: Read) -> list[Reason]:
    found: list[Reason] = []
    level, count = 0, len(tree)
    while count:
        for start in range(0, count, WIDTH):
            end = min(count, start + WIDTH)
            hashes = [tree.node(level * HEIGHT, place) for place in range(start, end)]
            path = tile_path(level, start // WIDTH, len(hashes))
            found += _compare(path, hashes, start, read)
        level, count = level + 1, count // WIDTH
    return found


def _compare_bundle(size: int, batch: list[bytes], read: Read) -> list[Reason]:
    start = size - len(batch)
    path = bundle_path(start // WIDTH, len(batch))
    if any(len(entry) > MAX_ENTRY_BYTES for entry in batch):
        text = f"`{path}` cannot hold an entry of more than {MAX_ENTRY_BYTES} bytes"
        return [Reason("log.bundle", text)]
    return _compare(path, [bundle([entry]) for entry in batch], start, read)


def _compare(path: str, items: list[bytes], start: int, read: Read) -> list[Reason]:
    """Return the first difference of a published file from its items, of which the first is
    hash or entry ``start`` of its level."""
    noun, code = ("entry", "log.bundle") if "/entries/" in path else ("hash", "log.tile")
    try:
        data = read(path)
    except LookupError:
        return [Reason("log.file_missing", f"`{path}` is not published")]
    right = b"".join(items)
    if data == right:
        return []
    pairs = enumerate(zip(data, right, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(data), len(right)))
    place = bisect_right(list(accumulate(map(len, items))), at)
    where = f"{noun} {start + place}" if place < len(items) else f"after its last {noun}"
    return [Reason(code, f"`{path}` differs from the log's entries at byte {at}, {where}")]


def _proof_fields(data: Any) -> dict[str, Any]:
    fields = dict(data)
    leaf = fields.pop("leaf")
    if not isinstance(leaf, str):
        raise TypeError("a leaf is text")
    if len(leaf) > MAX_ENTRY_BYTES:
        raise ValueError("too long")
    return {"leaf": leaf.encode(), **_fields(fields, "proof/1", ("index", "size"))}


def _fields(data: Any, form: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return numbers of some names, and hashes and checkpoint, of exactly these fields."""
    fields = dict(data)
    if fields.pop("sosie") != form:
        raise ValueError("another format")
    checkpoint, hashes = fields.pop("checkpoint"), fields.pop("hashes")
    numbers = {name: fields.pop(name) for name in names}
    if fields or not isinstance(checkpoint, str) or not isinstance(hashes, list):
        raise ValueError("unknown fields")
    if any(type(n) is not int or not 0 <= n < 2**63 for n in numbers.values()):
        raise ValueError("no index or size")
    if len(hashes) > MAX_PROOF_HASHES:
        raise ValueError("too long")
    decoded = tuple(base64.b64decode(part, validate=True) for part in hashes)
    if any(len(part) != HASH_BYTES for part in decoded):
        raise ValueError("a hash of another length")
    return {"hashes": decoded, "checkpoint": checkpoint, **numbers}


def _bad_leaf() -> BadInput:
    return BadInput(
        "this is no leaf of the form `leaf/1`, or not its one spelling",
        where="leaf",
        remedy="take the bytes as the log publishes them",
        code="log.leaf",
    )

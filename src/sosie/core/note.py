"""Signed notes and checkpoints: what a log signs (C2SP signed-note and tlog-checkpoint).

Only Ed25519 signatures of type 0x01 are made and checked; other signatures on a note, such as
those of witnesses, are kept and passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sosie.core.merkle import EMPTY_ROOT, HASH_BYTES
from sosie.core.values import BadInput

MAX_NOTE_BYTES = 256 * 1024
"""A longer note is refused unread: sixteen signatures of the largest known kind take 110 kB."""
ED25519 = b"\x01"
"""Signature type of an Ed25519 signature over the text (signed-note, "Signature types")."""

_DASH = "\u2014 "
_COUNT = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a log's key: a name, and an Ed25519 key of 32 bytes."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise ValueError(f"`{self.name}` is no key name: it is empty, or has a space or a plus")
        if len(self.public) != 32:
            raise ValueError(f"an Ed25519 key has 32 bytes, not {len(self.public)}")

    @property
    def id(self) -> bytes:
        """The four bytes that stand before each signature of this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        key = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Return the key that a line ``name+hash+key`` says.

        Raises ``BadInput`` (``log.key``) for another kind of key or a hash that does not match.
        """

        def bad(what: str) -> BadInput:
            remedy = "give the line that the log publishes, `name+hash+key`"
            return BadInput(what, where=line[:200], remedy=remedy, code="log.key")

        parts = line.split("+", 2)
        if len(parts) != 3 or len(line) > 1000:
            raise bad("this is no verifier key")
        name, hashed, encoded = parts
        key = _base64(encoded)
        if key is None or len(key) != 33 or key[:1] != ED25519 or not _is_name(name):
            raise bad("this is no Ed25519 verifier key")
        found = cls(name, key[1:])
        if hashed != found.id.hex():
            raise bad("the hash of the key is not that of its name and key")
        return found


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says to have signed, the id of the key, and the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        encoded = base64.b64encode(self.key_id + self.signature).decode()
        return f"{_DASH}{self.name} {encoded}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signatures that nobody has checked yet."""

    text: str
    """What is signed, with its final newline."""
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """Return the note as it is published."""
        return (self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)).encode()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Return the note that some bytes are; raises ``BadInput`` (``log.note``) if none.

        Strict (signed-note, "Format"): UTF-8, no control characters but the newline, at least one
        signature, canonical base64, at most `MAX_NOTE_BYTES`.
        """
        if len(data) > MAX_NOTE_BYTES:
            raise _bad_note(f"{len(data)} bytes are more than the {MAX_NOTE_BYTES} a note may have")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise _bad_note("this is not UTF-8") from None
        if re.search(r"[\x00-\x09\x0b-\x1f]", whole):
            raise _bad_note("a control character, such as a carriage return, stands in it")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise _bad_note("no signatures follow its text")
        # Only U+000A ends a line here: str.splitlines would cut at others.
        signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
        return cls(text + "\n", signatures)

    def verified(self, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Return the known keys that signed. Signatures of unknown keys are passed over.

        Raises ``BadInput`` (``log.signature``) if a signature under the name and id of a known key
        does not hold, or if no known key signed (signed-note, "Signatures").
        """
        known = {(key.name, key.id): key for key in keys}
        signed = []
        for line in self.signatures:
            key = known.get((line.name, line.key_id))
            if key is None:
                continue
            if not _holds(key, line.signature, self.text.encode()):
                raise _unsigned(f"the signature of `{key.name}` does not hold", key.name)
            if key not in signed:
                signed.append(key)
        if not signed:
            names = ", ".join(key.name for key in keys)
            raise _unsigned("no known key signed it", names or "note")
        return tuple(signed)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at one size (C2SP tlog-checkpoint).

    Raises ``ValueError`` for what cannot be written as a checkpoint.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(not line or re.search(r"[\x00-\x1f]", line) for line in self._free_lines()):
            raise ValueError("a line of a checkpoint is empty or has a control character")
        if not 0 <= self.size < 2**63:
            raise ValueError(f"a log cannot have {self.size} entries")
        if len(self.root) != HASH_BYTES:
            raise ValueError(f"a root hash has {HASH_BYTES} bytes, not {len(self.root)}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ValueError("a log without entries has another root hash")

    @property
    def text(self) -> str:
        """The text that is signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the checkpoint that a note's text says, checked by nobody; raises ``BadInput``
        (``log.checkpoint``) if it is none."""
        if not text.endswith("\n"):
            raise _bad_checkpoint("its last line does not end")
        origin, *rest = text[:-1].split("\n")
        if len(rest) < 2:
            raise _bad_checkpoint("it has fewer than three lines")
        size, encoded, *extensions = rest
        root = _base64(encoded)
        if not _COUNT.fullmatch(size) or root is None:
            raise _bad_checkpoint("its size is no number, or its root hash no base64")
        try:
            return cls(origin, int(size), root, tuple(extensions))
        except ValueError as error:
            raise _bad_checkpoint(str(error)) from None

    def _free_lines(self) -> tuple[str, ...]:
        return (self.origin, *self.extensions)


def sign_checkpoint(checkpoint: Checkpoint, verifier: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a checkpoint as a signed note, ready to publish.

    ``sign`` returns the raw Ed25519 signature of a text. Raises ``ValueError`` if it does not
    hold under the verifier key, or if the key's name is not the log's origin: what is published
    can be verified.
    """
    key = VerifierKey.parse(verifier)
    if key.name != checkpoint.origin:
        raise ValueError(f"the key `{key.name}` does not sign for the log `{checkpoint.origin}`")
    text = checkpoint.text
    signature = sign(text.encode())
    if not _holds(key, signature, text.encode()):
        raise ValueError(f"the signature that was made does not hold under the key `{key.name}`")
    return Note(text, (Signature(key.name, key.id, signature),)).encode()


def open_checkpoint(data: bytes, verifier: str) -> Checkpoint:
    """Return the checkpoint that the log's key signed.

    Raises ``BadInput``: ``log.note`` or ``log.checkpoint`` if it cannot be read, ``log.key`` for
    the verifier key, ``log.signature`` if the key did not sign it, ``log.origin`` if it is of
    another log than the key's.
    """
    key = VerifierKey.parse(verifier)
    note = Note.parse(data)
    note.verified((key,))
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise BadInput(
            f"the checkpoint is of another log than `{key.name}`",
            where=checkpoint.origin[:200],
            remedy="give the checkpoint of the log that the key belongs to",
            code="log.origin",
        )
    return checkpoint


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    data = _base64(encoded)
    if not line.startswith(_DASH) or not space or not _is_name(name):
        raise _bad_note("a signature line is not `— name signature`")
    if data is None or len(data) < 5:
        raise _bad_note("a signature is no base64 of a key id and a signature")
    return Signature(name, data[:4], data[4:])


def _holds(key: VerifierKey, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_name(name: str) -> bool:
    return bool(name) and not any(c.isspace() or c == "+" or c < " " for c in name)


def _base64(text: str) -> bytes | None:
    """Return the bytes of canonical base64, or None: one value has one spelling here."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _bad_note(what: str) -> BadInput:
    remedy = "fetch the note again, byte for byte"
    return BadInput(what, where="note", remedy=remedy, code="log.note")


def _bad_checkpoint(what: str) -> BadInput:
    remedy = "fetch the checkpoint again, byte for byte"
    return BadInput(what, where="checkpoint", remedy=remedy, code="log.checkpoint")


def _unsigned(what: str, where: str) -> BadInput:
    remedy = "trust nothing that it says; ask the log for its checkpoint and its verifier key"
    return BadInput(what, where=where, remedy=remedy, code="log.signature")

"""A passkey's signature on a document: the challenge that is signed, and the evidence that is kept.

The challenge of the ceremony is no random number: it is the hash of what is signed, by whom, in
which role, with a nonce. Format: docs/formats/contract.md.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from sosie.core.values import BadInput, Digest, canonical, digest

TAG = b"sosie/passkey-challenge/1\n"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a party is about to sign; ``nonce`` is at least 16 random bytes, in hexadecimal."""

    document: Digest
    party: str
    role: str
    nonce: str

    @property
    def preimage(self) -> bytes:
        """The bytes whose SHA-256 the authenticator signs: a tag, then canonical JSON."""
        return TAG + canonical(
            {
                "document": self.document,
                "nonce": self.nonce,
                "party": self.party,
                "role": self.role,
                "sosie": "challenge/1",
            }
        )

    @property
    def challenge(self) -> bytes:
        """The 32 bytes of the challenge."""
        return hashlib.sha256(self.preimage).digest()

    @classmethod
    def read(cls, preimage: bytes) -> Intent:
        """Read an intent back; raises ``BadInput`` (``evidence.form``) if it is none."""
        try:
            said = json.loads(preimage.removeprefix(TAG))
            found = cls(said["document"], said["party"], said["role"], said["nonce"])
            same = found.preimage == preimage
        except (ValueError, TypeError, KeyError):
            same = False
        if not same:
            raise _no_evidence(preimage)
        return found


@dataclass(frozen=True, slots=True)
class Joining:
    """The registration of a passkey for a party; ``nonce`` as in `Intent`."""

    party: str
    nonce: str

    @property
    def challenge(self) -> bytes:
        """The 32 bytes of the challenge."""
        said = {"nonce": self.nonce, "party": self.party, "sosie": "passkey/1"}
        return hashlib.sha256(TAG + canonical(said)).digest()


@dataclass(frozen=True, slots=True)
class Credential:
    """A passkey of a party: its id and COSE public key, as the authenticator made them."""

    id: bytes
    public_key: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that shows later, offline, that a passkey signed a document."""

    preimage: bytes
    origin: str
    relying_party: str
    credential: Credential
    authenticator_data: bytes
    client_data: bytes
    signature: bytes

    def as_bytes(self) -> bytes:
        """Return the canonical JSON that is stored and whose digest the PDF signature binds."""
        return canonical(
            {
                "authenticator_data": _text(self.authenticator_data),
                "client_data": _text(self.client_data),
                "counter_before": self.credential.counter,
                "credential_id": _text(self.credential.id),
                "origin": self.origin,
                "preimage": self.preimage.decode(),
                "public_key": _text(self.credential.public_key),
                "relying_party": self.relying_party,
                "signature": _text(self.signature),
                "sosie": "evidence/1",
            }
        )

    @property
    def digest(self) -> Digest:
        """The digest of those bytes."""
        return digest(self.as_bytes())

    @property
    def counter(self) -> int:
        """The sign counter after this signature (WebAuthn, section 6.1: bytes 33 to 36)."""
        return int.from_bytes(self.authenticator_data[33:37])

    @classmethod
    def parse(cls, data: bytes) -> Evidence:
        """Read stored evidence; raises ``BadInput`` (``evidence.form``) unless canonical."""
        try:
            held = json.loads(data)
            found = cls(
                preimage=held["preimage"].encode(),
                origin=held["origin"],
                relying_party=held["relying_party"],
                credential=Credential(
                    _bytes(held["credential_id"]),
                    _bytes(held["public_key"]),
                    int(held["counter_before"]),
                ),
                authenticator_data=_bytes(held["authenticator_data"]),
                client_data=_bytes(held["client_data"]),
                signature=_bytes(held["signature"]),
            )
            same = found.as_bytes() == data
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, NotBase64):
            same = False
        if not same:
            raise _no_evidence(data)
        return found


def _no_evidence(data: bytes) -> BadInput:
    return BadInput(
        "this is no evidence of a passkey's signature",
        where=data[:40].decode(errors="replace"),
        remedy="hand over the stored bytes, unchanged",
        code="evidence.form",
    )


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)

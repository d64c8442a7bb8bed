"""Passkeys: a software authenticator signs the hash of a document, and nothing else passes."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as spelled
from webauthn.helpers import encode_cbor

from sosie.adapters.passkeys import Passkeys, verify_evidence
from sosie.core.passkey import Credential, Evidence, Intent
from sosie.core.values import BadInput, digest

ORIGIN = "http://localhost:8000"
PASSKEYS = Passkeys("localhost", ORIGIN)
INTENT = Intent(digest(b"the contract"), "ines", "model", "ab" * 16)
VERIFIED, PRESENT, ATTESTED = 0x04, 0x01, 0x40


class Authenticator:
    """One ES256 passkey, as a phone would hold it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = sha256(str(self.key.public_key().public_numbers().x).encode()).digest()
        self.counter = 0

    def _data(self, flags: int, relying_party: str, more: bytes = b"") -> bytes:
        self.counter += 1
        hashed = sha256(relying_party.encode()).digest()
        return hashed + bytes([flags]) + self.counter.to_bytes(4) + more

    def _answer(self, response: dict[str, str]) -> str:
        identifier = spelled(self.id)
        return json.dumps(
            {"id": identifier, "rawId": identifier, "type": "public-key", "response": response}
        )

    def register(self, challenge: bytes, *, flags: int = VERIFIED | PRESENT) -> str:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        held = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        data = self._data(flags | ATTESTED, "localhost", held)
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = _client("webauthn.create", challenge, ORIGIN)
        return self._answer({"clientDataJSON": spelled(client), "attestationObject": spelled(made)})

    def sign(
        self,
        challenge: bytes,
        *,
        flags: int = VERIFIED | PRESENT,
        origin: str = ORIGIN,
        relying_party: str = "localhost",
    ) -> str:
        client = _client("webauthn.get", challenge, origin)
        data = self._data(flags, relying_party)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": spelled(client),
                "authenticatorData": spelled(data),
                "signature": spelled(signature),
            }
        )


def _client(kind: str, challenge: bytes, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": spelled(challenge), "origin": origin}).encode()


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


@pytest.fixture
def credential(device: Authenticator) -> Credential:
    return PASSKEYS.registered(device.register(b"c" * 32), b"c" * 32)


def test_a_passkey_signs_the_document(device: Authenticator, credential: Credential) -> None:
    evidence, counter = PASSKEYS.signed(device.sign(INTENT.challenge), INTENT, credential)
    assert counter == 2
    again = Evidence.parse(evidence.as_bytes())
    assert again == evidence
    assert verify_evidence(again, INTENT) == 2
    assert again.digest == digest(evidence.as_bytes())


@pytest.mark.parametrize(
    "changes",
    [
        {"flags": PRESENT},
        {"origin": "https://elsewhere.example"},
        {"relying_party": "elsewhere.example"},
    ],
)
def test_another_ceremony_is_refused(
    device: Authenticator, credential: Credential, changes: dict[str, Any]
) -> None:
    with pytest.raises(BadInput) as error:
        PASSKEYS.signed(device.sign(INTENT.challenge, **changes), INTENT, credential)
    assert error.value.code == "passkey.assertion"
    assert PASSKEYS.signed(device.sign(INTENT.challenge), INTENT, credential)


def test_it_is_about_this_document_party_role_and_nonce(
    device: Authenticator, credential: Credential
) -> None:
    evidence, _ = PASSKEYS.signed(device.sign(INTENT.challenge), INTENT, credential)
    for other in (
        replace(INTENT, document=digest(b"another")),
        replace(INTENT, party="nord"),
        replace(INTENT, role="brand"),
        replace(INTENT, nonce="cd" * 16),
    ):
        for held in (evidence, replace(evidence, preimage=other.preimage)):
            with pytest.raises(BadInput, match="does not hold"):
                verify_evidence(held, other)


def test_a_counter_that_stands_still_and_another_passkey_are_refused(
    device: Authenticator, credential: Credential
) -> None:
    answer = device.sign(INTENT.challenge)
    _, counter = PASSKEYS.signed(answer, INTENT, credential)
    with pytest.raises(BadInput, match="does not hold"):
        PASSKEYS.signed(answer, INTENT, replace(credential, counter=counter))
    with pytest.raises(BadInput, match="another passkey"):
        PASSKEYS.signed(Authenticator().sign(INTENT.challenge), INTENT, credential)


def test_registration_needs_the_user_verified_and_this_challenge(device: Authenticator) -> None:
    for answer, challenge in (
        (device.register(b"c" * 32, flags=PRESENT), b"c" * 32),
        (device.register(b"c" * 32), b"d" * 32),
        ("{}", b"c" * 32),
    ):
        with pytest.raises(BadInput) as error:
            PASSKEYS.registered(answer, challenge)
        assert error.value.code == "passkey.registration"


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff"])
def test_what_is_no_evidence_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput) as error:
        Evidence.parse(data)
    assert error.value.code == "evidence.form"


def test_an_intent_is_read_back_as_it_was_said() -> None:
    assert Intent.read(INTENT.preimage) == INTENT
    for other in (b"", b"{}", INTENT.preimage + b" ", INTENT.preimage.replace(b"ines", b"\xff")):
        with pytest.raises(BadInput) as error:
            Intent.read(other)
        assert error.value.code == "evidence.form"


def test_evidence_holds_after_the_pages_moved(
    device: Authenticator, credential: Credential
) -> None:
    evidence, counter = PASSKEYS.signed(device.sign(INTENT.challenge), INTENT, credential)
    moved = Passkeys("sosie.example", "https://sosie.example")
    assert (moved.check(evidence, INTENT), evidence.counter) == (counter, counter)
    with pytest.raises(BadInput) as error:
        moved.check(evidence, replace(INTENT, role="brand"))
    assert error.value.code == "passkey.assertion"

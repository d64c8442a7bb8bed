"""What lies outside the core, as protocols: adapters and engines fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sosie.core.contract import Contract, ContractReading, Row, SigningRecord
from sosie.core.file_format import FileFormat
from sosie.core.ledger import Statement
from sosie.core.passkey import Credential as PasskeyCredential
from sosie.core.passkey import Evidence, Intent
from sosie.core.seal import Claim, Credential, Metadata
from sosie.core.studio import Assets, EngineCard, Order, Pixels, Result
from sosie.core.values import Digest, Reason, SignedStatement
from sosie.core.watermark import Key

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""
Cancelled = Callable[[], bool]


class Engine(Protocol):
    """What makes pixels. Engines never publish: the platform decides and seals."""

    def describe(self) -> EngineCard:
        """Return what the engine can do and needs."""
        ...

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """Return every reason why the engine cannot take the order; empty if it can."""
        ...

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """Make the picture. The same order and assets give the same pixels."""
        ...


class Blobs(Protocol):
    """Files by what is in them. A blob that was put is stored for good when the call returns, and
    is there whole or not at all."""

    def put(self, data: bytes) -> Digest:
        """Keep some bytes and return their digest; keeping them twice keeps them once."""
        ...

    def get(self, digest: Digest) -> bytes:
        """Return the bytes; raises ``LookupError`` if absent, ``BadInput`` if they changed."""
        ...

    def delete(self, digest: Digest) -> None:
        """Erase the bytes, every copy; nothing happens if they are absent. Raises ``BadInput``
        where a copy would stay."""
        ...

    def all(self) -> Iterator[Digest]:
        """Yield the digest of every blob that is kept."""
        ...


class Keyring(Protocol):
    """The parties' keys and the workspace's own. A private key is only ever stored encrypted
    under its owner's passphrase, and only ever leaves as a signature.

    Every method that takes a passphrase raises ``BadInput`` (code ``key.passphrase``) if it does
    not open the key and ``LookupError`` if there is no such key.
    """

    @property
    def root_pem(self) -> str:
        """The workspace's root certificate."""
        ...

    @property
    def grant_public(self) -> bytes:
        """The public half of the key that grants are signed with (Ed25519, 32 bytes)."""
        ...

    def grant_sign(self, data: bytes) -> bytes:
        """Return the raw Ed25519 signature of a grant."""
        ...

    def create(
        self, party: str, name: str, passphrase: str, *, now: datetime, contracts: bool = True
    ) -> str:
        """Make a P-256 key and certificate for a party; returns the certificate as PEM.

        ``contracts``: whether it may sign contracts; an agency's may not.
        """
        ...

    def state(self, party: str, passphrase: str, body: bytes) -> SignedStatement:
        """Sign a statement (canonical JSON) with the party's own key."""
        ...

    def check(self, statement: SignedStatement, *, at: datetime) -> str:
        """Return the id of the party whose key signed; raises ``BadInput`` if it does not hold."""
        ...


class TwinKeys(Protocol):
    """A key for each twin, which opens what is kept of her beside her photographs."""

    def encrypt(self, twin: str, data: bytes) -> bytes:
        """Return data that only this twin's own key opens; the key is made at its first use."""
        ...

    def decrypt(self, twin: str, data: bytes) -> bytes:
        """Return what ``encrypt`` was given; raises ``LookupError`` once the key is erased and
        ``BadInput`` (``twin.locked``) if the bytes are others."""
        ...

    def forget(self, twin: str) -> None:
        """Erase the twin's key: what was encrypted under it, every copy, is lost."""
        ...


class PartyKeys(Protocol):
    """Where the keys lie that sign contracts: files, or a token (PKCS#11)."""

    @property
    def root_pem(self) -> str:
        """The certificate that every signer's must lead to."""
        ...

    def certificate(self, party: str) -> str:
        """Return a party's certificate as PEM; raises ``LookupError`` if there is none."""
        ...

    def identify(self, certificate_pem: str, *, at: datetime) -> str:
        """Return whose certificate it is; raises ``BadInput`` unless it signs contracts here."""
        ...

    def sign_untagged(self, party: str, passphrase: str, data: bytes) -> bytes:
        """Return the ECDSA P-256 SHA-256 signature (DER) of exactly these bytes.

        Raises ``BadInput`` (``key.passphrase``) and ``LookupError``.
        """
        ...


class ContractSigner(Protocol):
    """PAdES signatures on contracts, each with a time stamp."""

    def sign(
        self,
        pdf: bytes,
        *,
        party: str,
        role: str,
        passphrase: str,
        reason: str,
        now: datetime,
        evidence: Digest | None = None,
        passkey: bytes | None = None,
    ) -> bytes:
        """Add the signature of one party in the field of her role (`model`, `brand`).

        ``evidence`` is bound into what is signed. With the public key of the ``passkey`` that it
        is of, no passphrase is needed: a key is made for this one signature. Nothing is returned
        half signed: an authority that gives no time stamp raises ``BadInput``
        (``timestamp.unreachable``).
        """
        ...

    def seal(self, pdf: bytes, *, reason: str, now: datetime) -> bytes:
        """Add the workspace's own signature to a paper that it made, such as a record."""
        ...

    def read(self, pdf: bytes, *, at: datetime) -> ContractReading:
        """Validate every signature and read the attached terms back."""
        ...


class PasskeyCheck(Protocol):
    """Passkeys (WebAuthn) of one relying party."""

    @property
    def demanded(self) -> bool:
        """Whether this workspace takes no signature on a contract without one."""
        ...

    def to_register(self, party: str, name: str, challenge: bytes) -> dict[str, Any]:
        """Return the options that a browser is given to make a passkey."""
        ...

    def to_sign(self, credentials: Sequence[bytes], challenge: bytes) -> dict[str, Any]:
        """Return the options that a browser is given to sign with one of some passkeys."""
        ...

    def registered(self, answer: str, challenge: bytes) -> PasskeyCredential:
        """Return the credential that a registration made; raises ``BadInput``."""
        ...

    def answered_by(self, answer: str) -> bytes:
        """Return the id of the passkey that an assertion names; raises ``BadInput``."""
        ...

    def signed(
        self, answer: str, intent: Intent, credential: PasskeyCredential
    ) -> tuple[Evidence, int]:
        """Return the evidence in an assertion and the new counter; raises ``BadInput``."""
        ...

    def check(self, evidence: Evidence, intent: Intent) -> int:
        """Check stored evidence, offline, and return its counter; raises ``BadInput``."""
        ...


class Hand(Protocol):
    """Somebody with her passkey, who signs one act in place of her passphrase."""

    def sign(self, document: bytes, *, party: str, role: str) -> Evidence:
        """Return the evidence that the passkey of a party signed these very bytes in a role: of a
        contract as model or brand, of a statement by the name of the act. Raises ``BadInput``."""
        ...


class Typesetter(Protocol):
    """Papers for people, as PDF/A."""

    def first_page(self, contract: Contract, *, language: str = "") -> Sequence[Row]:
        """Return what the first page of a contract says, as questions and answers, in its own
        language or in another."""
        ...

    def contract(self, contract: Contract) -> bytes:
        """Set a license contract with its terms attached as JSON."""
        ...

    def signing_record(self, record: SigningRecord) -> bytes:
        """Set the record of a signing, with itself attached as JSON."""
        ...

    def deal_memo(self, contract: Contract) -> bytes:
        """Set the deal memo of a license: its six fields on one page, in her language."""
        ...

    def statement(self, statement: Statement, *, names: Mapping[str, str]) -> bytes:
        """Set a statement of account; ``names`` gives each party id its name."""
        ...

    def label(self, words: str, *, number: str, link: str) -> bytes:
        """Set what is printed beside a picture: words, and a QR code of a link."""
        ...


class Pictures(Protocol):
    """Picture files: five formats in and out (JPEG, PNG, WebP, AVIF, TIFF)."""

    def decode(self, data: bytes, *, where: str) -> Pixels:
        """Return the upright sRGB pixels; raises ``BadInput`` naming ``where``."""
        ...

    def encode(
        self,
        pixels: Pixels,
        metadata: Metadata | None = None,
        *,
        format: FileFormat = FileFormat.JPEG,
    ) -> bytes:
        """Return a file of that format (sRGB profile; XMP, and IPTC in a JPEG, if given)."""
        ...

    def lossless(self, pixels: Pixels) -> bytes:
        """Return a PNG that holds exactly these pixels."""
        ...

    def preview(self, pixels: Pixels) -> bytes:
        """Return a small file without any field that shows the same."""
        ...


class Credentials(Protocol):
    """C2PA manifests."""

    @property
    def chain_pem(self) -> str:
        """The certificate that signs claims, then those up to its root."""
        ...

    def sign(self, data: bytes, claim: Claim) -> bytes:
        """Embed a signed manifest as the last thing done to a file."""
        ...

    def sidecar(self, data: bytes, claim: Claim) -> bytes:
        """Return a signed manifest store that lies beside a file, which stays as it is."""
        ...

    def read(
        self, data: bytes, *, anchors: str | None = None, manifest: bytes | None = None
    ) -> Credential:
        """Read and validate what a file says of itself, or a manifest store beside it, offline;
        ``anchors`` (PEM) replaces the workspace's own root."""
        ...

    def detached(self, store: bytes, *, anchors: str) -> tuple[Credential, bytes | None]:
        """Read and validate a manifest store whose file is not at hand, and return the preview that
        is signed in it too."""
        ...

    def store(self, data: bytes) -> bytes | None:
        """Return the manifest store that a file holds, as it is."""
        ...

    def active(self, store: bytes) -> bytes:
        """Return a manifest store with the active manifest alone."""
        ...


class LogKey(Protocol):
    """The key that signs checkpoints of the transparency log (Ed25519, C2SP signed note)."""

    @property
    def verifier(self) -> str:
        """The verifier key line, ``name+hash+key``."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Return the raw Ed25519 signature of a note's text."""
        ...


class LogFiles(Protocol):
    """Where the log is published: checkpoint, tiles and entry bundles (C2SP tlog-tiles)."""

    def publish(self, files: Mapping[str, bytes], checkpoint: bytes) -> None:
        """Write tiles and bundles, and the signed checkpoint after all of them."""
        ...

    def read(self, path: str) -> bytes:
        """Return one resource; raises ``LookupError`` if absent."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold the log alone, so that an older checkpoint never replaces a newer one."""
        ...


class Deliveries(Protocol):
    """Where packages for channels are put."""

    def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Write a whole package, replacing an older one of that name; returns where it lies."""
        ...

    def place(self, name: str) -> str:
        """Return where a package lies, or would."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Nearby:
    """Pairs of a code that was asked for and a known one near it: by code, the nearest first."""

    asked: NDArray[np.int64]
    """Which of the codes that were asked for, from 0."""
    labels: NDArray[np.int64]
    """The label of the known one."""
    bits: NDArray[np.int64]
    """In how many of 256 bits they differ."""


Labeled = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""N×32 codes of 256 bits, and N labels that grow."""


class CodeIndex(Protocol):
    """Codes of 256 bits, found by nearness. It is held in memory only and filled from the
    database, which is the store of truth; several threads may use one."""

    def refresh(self, since: Callable[[int], Labeled]) -> None:
        """Add what is newer than the greatest label that is held (-1: nothing is).

        ``since`` is called with that label, by one thread at a time.
        """
        ...

    def nearest(self, codes: NDArray[np.uint8], *, most: int, within: int) -> Nearby:
        """Return for each of M×32 codes its nearest, ``most`` at most, within some bits."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """All that lies outside, as the one value that services are handed."""

    workspace: str
    """The name of this workspace, as its certificates say it."""
    blobs: Blobs
    keys: Keyring
    twin_keys: TwinKeys
    place_keys: TwinKeys
    """As those of twins: a key for each place that files are sent to, which opens its
    credentials."""
    contracts: ContractSigner
    passkeys: PasskeyCheck
    typesetter: Typesetter
    pictures: Pictures
    credentials: Credentials
    log_key: LogKey
    mark_key: Key | None
    """What pictures are marked with; ``None`` in a workspace of before there were marks."""
    log_files: LogFiles
    deliveries: Deliveries
    fingerprints: CodeIndex
    """Fingerprints of sealed files, labeled by their log entry: exact."""
    features: CodeIndex
    """Local features of sealed files, labeled by their row and number: as good as exact."""
    engines: Mapping[str, Engine]
    random: Callable[[int], bytes]
    """Returns as many random bytes as it is asked for."""
    hand: Hand | None = None
    """Who signs with a passkey; without one, passphrases open keys."""

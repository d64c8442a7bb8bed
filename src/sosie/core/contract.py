"""The contract: what is typeset, and what is read back from the signed file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sosie.core.terms import Terms
from sosie.core.values import Digest, Reason


@dataclass(frozen=True, slots=True)
class Contract:
    """All that a contract is typeset from; the same contract gives the same bytes."""

    license: str
    terms: Terms
    names: Mapping[str, str]
    """Legal or professional name per party id."""
    addresses: Mapping[str, str]
    agency_registration: str | None
    """Registration number, shown in any contract with a model (rule R03)."""
    dated: date
    marks: tuple[str, ...] = ()
    """What of her is never to be retouched, in her own words: `left cheek: a mole`."""

    def name(self, party: str) -> str:
        """Return the name of somebody in the terms, or the id where none is known."""
        return self.names.get(party) or party


class Row(NamedTuple):
    """A term and what it says; also a plain question and its answer."""

    term: str
    says: str
    own: bool = False
    """Whether it stands in somebody's own words, in whatever language she wrote."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """What a time stamp (RFC 3161) on a signature proves."""

    at: datetime
    by: str
    """The name in the certificate of the authority."""
    independent: bool
    """Whether an authority outside the workspace made it."""
    trusted: bool
    """Whether it holds and its certificate leads to an authority that the reader relies on."""

    @property
    def text(self) -> str:
        """The stamp in words."""
        if not self.trusted:
            return f"{self.at.isoformat()}, by `{self.by}`, an authority that is not trusted here"
        if self.independent:
            return f"{self.at.isoformat()}, by the authority `{self.by}`"
        return f"{self.at.isoformat()}, {OWN_TIME}"


OWN_TIME = "time by this workspace itself, not by an independent authority"


@dataclass(frozen=True, slots=True)
class Signing:
    """How one party signed, as the signing record tells it."""

    role: str
    party: str
    name: str
    signed_at: str
    """ISO 8601, UTC."""
    identified: str
    """How she was identified: her certificate, her passkey, or the passphrase of her key."""
    where: str
    """Before whom, or that no witness was named."""
    time: str
    """The time stamp in words."""
    evidence: str | None
    """Digest of the passkey evidence, if there is some."""


@dataclass(frozen=True, slots=True)
class SigningRecord:
    """Who signed a contract, when, how identified, and what was shown."""

    license: str
    title: str
    language: str
    unsigned: str
    """Digest of the document that was shown to both before anybody signed."""
    contract: str
    """Digest of the file that both have signed."""
    terms: str
    signings: tuple[Signing, ...]
    made: datetime


@dataclass(frozen=True, slots=True)
class ContractSignature:
    """One signature that was found in the file."""

    role: str
    party: str
    """Party id in the signer's certificate (subject UID)."""
    name: str
    signed_at: datetime | None
    intact: bool
    """The signed bytes are unchanged and nothing forbidden was added after."""
    trusted: bool
    """The certificate chains to the workspace's root and was valid."""
    stamp: TimeStamp | None = None
    evidence: Digest | None = None
    """Digest of the passkey evidence that the signature binds; see `core/passkey.py`."""
    certificate: str = ""
    """Subject and serial number of the signer's certificate, for the signing record."""
    reason: str = ""
    """What the signer signed that it is for (`/Reason`); here `License L-…`."""
    passkey: str = ""
    """Of which passkey the signer's certificate is, by the first 32 digits of the digest of its
    public key; empty where it is of her own key."""


@dataclass(frozen=True, slots=True)
class ContractReading:
    """What a contract file proves."""

    signatures: tuple[ContractSignature, ...]
    terms: bytes | None
    """The attached terms as they stand in the file (canonical JSON)."""
    problems: tuple[Reason, ...]

    @property
    def signers(self) -> frozenset[str]:
        """Party ids whose signature is intact and trusted; empty if the file has a problem."""
        if self.problems:
            return frozenset()
        return frozenset(s.party for s in self.signatures if s.intact and s.trusted)


def unreadable_because(pdf: bytes) -> str:
    """This function will return in words why a file is no contract that can be read."""
    if not pdf:
        return "the file is empty"
    if not pdf.startswith(b"%PDF-"):
        return "the file is no PDF"
    if b"%%EOF" not in pdf[-1024:]:
        return "the file is cut: the end of the PDF is missing; have it sent again"
    return "the PDF is damaged: what is in it cannot be found; have it sent again"

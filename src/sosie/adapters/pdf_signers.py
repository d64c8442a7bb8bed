"""Who signs a PDF: a party, the workspace, or a key that is made for one signature alone."""

from __future__ import annotations

from datetime import UTC, datetime

from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.signers import PdfSigner
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

from sosie.adapters.keys import Keys
from sosie.core.ports import PartyKeys


class OneKey:
    """A key that is made for one signature of a party, on the word of her passkey, and is gone
    with this object; fills what `PartySigner` asks of the port `PartyKeys`."""

    def __init__(self, house: Keys, party: str, passkey: bytes, now: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        self.pem = house.vouch(party, public, passkey=passkey, now=now)

    def sign_untagged(self, party: str, passphrase: str, data: bytes) -> bytes:
        """Return the ECDSA P-256 SHA-256 signature (DER) of exactly these bytes."""
        del party, passphrase
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class PartySigner(Signer):
    """Signs with a key that stays where it is kept."""

    def __init__(
        self, keys: PartyKeys | OneKey, party: str, passphrase: str, certificate: Certificate
    ) -> None:
        super().__init__(signing_cert=certificate, embed_roots=False)
        self._keys, self._party, self._passphrase = keys, party, passphrase

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Sign what pyHanko hands over; ``dry_run``: as many bytes as there will be."""
        if digest_algorithm != "sha256":
            raise ValueError(f"{digest_algorithm} is not what this key signs with")
        if dry_run:
            return bytes(72)
        return self._keys.sign_untagged(self._party, self._passphrase, data)


class HouseSigner(Signer):
    """Signs with the workspace's key for records."""

    def __init__(self, keys: Keys, certificate: Certificate) -> None:
        super().__init__(signing_cert=certificate, embed_roots=False)
        self._keys = keys

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Sign what pyHanko hands over; ``dry_run``: as many bytes as there will be."""
        if digest_algorithm != "sha256":
            raise ValueError(f"{digest_algorithm} is not what this key signs with")
        return bytes(72) if dry_run else self._keys.house_sign("record", data)


class SignerAt(PdfSigner):
    """Signs at the time it is handed, not at the clock's."""

    now: datetime

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """Begin a session at that time."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.now.astimezone(UTC).replace(microsecond=0)
        return session

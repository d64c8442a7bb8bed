"""Party keys on a token (PKCS#11): a smart card or a hardware module, else SoftHSM.

The private key is made on the token and never leaves it; the workspace issues the certificate over
its public half. Fills the port `PartyKeys`; needs the extra `pkcs11`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sosie.adapters.keys import Keys
from sosie.adapters.token import Token
from sosie.core.values import BadInput


class Pkcs11Keys:
    """The keys of parties on one token; certificates and trust are the workspace's.

    ``module`` is the library of the token's maker, ``token`` its label; a party's passphrase is
    the PIN. Raises ``BadInput`` (``token.absent``) if there is no such library or token.
    """

    def __init__(self, module: Path, token: str, house: Keys) -> None:
        self._house = house
        self._token = Token(module, token)

    @property
    def root_pem(self) -> str:
        """The workspace's root certificate."""
        return self._house.root_pem

    def create(self, party: str, name: str, passphrase: str, *, now: datetime) -> str:
        """Make a P-256 key on the token and its certificate, which is returned as PEM.

        Raises ``BadInput`` as `Keys.certify` does; ``key.passphrase`` for a wrong PIN.
        """
        if self._certified(party):  # a second key of this label would hide the first
            raise BadInput(
                "this party has a key already",
                where=party,
                remedy="sign with it; a key is never replaced",
                code="key.exists",
            )
        key = self._token.make(party, passphrase)
        return self._house.certify(party, name, key, now=now)

    def certificate(self, party: str) -> str:
        """Return a party's certificate as PEM; raises ``LookupError`` if there is none."""
        return self._house.certificate(party)

    def identify(self, certificate_pem: str, *, at: datetime) -> str:
        """Return whose certificate it is, as `Keys.identify` does."""
        return self._house.identify(certificate_pem, at=at)

    def sign_untagged(self, party: str, passphrase: str, data: bytes) -> bytes:
        """Return the ECDSA P-256 SHA-256 signature (DER) of exactly these bytes.

        Raises ``BadInput`` (``key.passphrase``) for a wrong PIN, ``LookupError`` without a key.
        """
        raw = self._token.sign(party, passphrase, data)
        r, s = (int.from_bytes(half) for half in (raw[:32], raw[32:]))
        return encode_dss_signature(r, s)

    def _certified(self, party: str) -> bool:
        try:
            self._house.certificate(party)
        except LookupError:
            return False
        return True

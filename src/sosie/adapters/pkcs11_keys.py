"""Party keys on a token (PKCS#11): a smart card or a hardware module, else SoftHSM.

The private key is made on the token and never leaves it; the workspace issues the certificate over
its public half. Fills the port `PartyKeys`; needs the extra `pkcs11`.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from sosie.adapters.keys import Keys
from sosie.core.values import BadInput


class Pkcs11Keys:
    """The keys of parties on one token; certificates and trust are the workspace's.

    ``module`` is the library of the token's maker, ``token`` its label; a party's passphrase is
    the PIN. Raises ``BadInput`` (``token.absent``) if there is no such library or token.
    """

    def __init__(self, module: Path, token: str, house: Keys) -> None:
        self._house = house
        try:
            self._token = pkcs11.lib(str(module)).get_token(token_label=token)
        except (pkcs11.PKCS11Error, RuntimeError):
            raise BadInput(
                "there is no such token",
                where=f"{module.name}: {token}"[:120],
                remedy="name the library of the token and its label, and plug it in",
                code="token.absent",
            ) from None

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
        with self._session(party, passphrase, writes=True) as session:
            curve = session.create_domain_parameters(
                pkcs11.KeyType.EC,
                {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
                local=True,
            )
            public, _ = curve.generate_keypair(store=True, label=party, id=party.encode())
            key = load_der_public_key(encode_ec_public_key(public))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("the token made no P-256 key")
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
        with self._session(party, passphrase) as session:
            try:
                key = session.get_key(
                    object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=party, id=party.encode()
                )
            except pkcs11.NoSuchKey:
                raise LookupError(f"the token holds no key of `{party}`") from None
            if not isinstance(key, pkcs11.PrivateKey):
                raise LookupError(f"the token holds no private key of `{party}`")
            raw = key.sign(sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA)  # type: ignore[attr-defined]
        r, s = (int.from_bytes(half) for half in (raw[:32], raw[32:]))
        return encode_dss_signature(r, s)

    def _certified(self, party: str) -> bool:
        try:
            self._house.certificate(party)
        except LookupError:
            return False
        return True

    def _session(self, party: str, pin: str, *, writes: bool = False) -> pkcs11.Session:
        try:
            return self._token.open(rw=writes, user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
            raise BadInput(
                "the passphrase (PIN) does not open the token",
                where=party,
                remedy="type it again; a token locks itself after some wrong ones",
                code="key.passphrase",
            ) from None

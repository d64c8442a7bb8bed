"""P-256 keys on a token (PKCS#11, OASIS 3.1): made there, and never leaving it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, unquote

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from sosie.core.values import BadInput


class Token:
    """One token: a smart card or a hardware module, else SoftHSM.

    ``module`` is the library of the token's maker, ``label`` the token's. Raises ``BadInput``
    (``token.absent``) if there is no such library or token.
    """

    def __init__(self, module: Path, label: str) -> None:
        try:
            self._token = pkcs11.lib(str(module)).get_token(token_label=label)
        except (pkcs11.PKCS11Error, RuntimeError):
            raise BadInput(
                "there is no such token",
                where=f"{module.name}: {label}"[:120],
                remedy="name the library of the token and its label, and plug it in",
                code="token.absent",
            ) from None

    def make(self, name: str, pin: str) -> ec.EllipticCurvePublicKey:
        """This function will make a key of a name and return its public half; raises ``BadInput``
        (``key.passphrase``) for a wrong PIN."""
        with self._session(name, pin, writes=True) as session:
            curve = session.create_domain_parameters(
                pkcs11.KeyType.EC,
                {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
                local=True,
            )
            public, _ = curve.generate_keypair(store=True, label=name, id=name.encode())
            key = load_der_public_key(encode_ec_public_key(public))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("the token made no P-256 key")
        return key

    def sign(self, name: str, pin: str, data: bytes) -> bytes:
        """This function will return the ECDSA SHA-256 signature of some bytes: r and s, 32 bytes
        each.

        Raises ``BadInput`` (``key.passphrase``) for a wrong PIN, ``LookupError`` without a key.
        """
        with self._session(name, pin) as session:
            try:
                key = session.get_key(
                    object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name, id=name.encode()
                )
            except pkcs11.NoSuchKey:
                raise LookupError(f"the token holds no key of `{name}`") from None
            if not isinstance(key, pkcs11.PrivateKey):
                raise LookupError(f"the token holds no private key of `{name}`")
            return bytes(key.sign(sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA))  # type: ignore[attr-defined]

    def _session(self, name: str, pin: str, *, writes: bool = False) -> pkcs11.Session:
        try:
            return self._token.open(rw=writes, user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
            raise BadInput(
                "the passphrase (PIN) does not open the token",
                where=name,
                remedy="type it again; a token locks itself after some wrong ones",
                code="key.passphrase",
            ) from None


class TokenKey:
    """One key on a token, as a PKCS#11 URI names it (RFC 7512), under the PIN that is given.

    ``pkcs11:token=LABEL;object=NAME?module-path=LIBRARY``. Raises ``BadInput`` (``token.uri``) for
    another form. The token is opened by the first use.
    """

    def __init__(self, uri: str, pin: str) -> None:
        scheme, _, rest = uri.partition(":")
        path, _, query = rest.partition("?")
        parts = dict(part.partition("=")[::2] for part in path.split(";"))
        self._label, self._name = unquote(parts.get("token", "")), unquote(parts.get("object", ""))
        self._module = (parse_qs(query).get("module-path") or [""])[0]
        if scheme != "pkcs11" or not (self._label and self._name and self._module):
            raise BadInput(
                "this names no key on a token",
                where=uri[:200],
                remedy="write it as `pkcs11:token=LABEL;object=NAME?module-path=LIBRARY`",
                code="token.uri",
            )
        self._pin = pin

    def make(self) -> ec.EllipticCurvePublicKey:
        """This function will make the key; see ``Token.make``."""
        return self._token().make(self._name, self._pin)

    def sign(self, data: bytes) -> bytes:
        """This function will sign some bytes; see ``Token.sign``."""
        return self._token().sign(self._name, self._pin, data)

    def _token(self) -> Token:
        return Token(Path(self._module), self._label)

"""Private keys at rest: PKCS#8 encrypted under a passphrase stretched with scrypt.

RFC 5958 (EncryptedPrivateKeyInfo), RFC 8018 (PBES2) and RFC 7914, section 7 (scrypt in it). The
library's own writer knows PBKDF2 with 2,048 rounds only, which a graphics card tries by the
million; its reader, and `openssl pkey`, read what is written here.
"""

from __future__ import annotations

import os
import textwrap
import unicodedata
from base64 import b64encode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sosie.core.values import BadInput

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5
"""Cost: 16 MiB and about 0.2 s. OWASP's floor for scrypt, in the variant with the most memory
that `openssl` opens without being told to (it stops at 32 MiB)."""
SHORTEST = 8
"""Characters that a passphrase has at least."""

_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


def encrypt(key: PrivateKey, passphrase: str) -> bytes:
    """Return a private key as PEM (``ENCRYPTED PRIVATE KEY``), opened only by its passphrase.

    Raises ``BadInput`` (``key.passphrase_short``) for fewer than eight characters.
    """
    if len(passphrase) < SHORTEST:
        raise BadInput(
            f"a passphrase has at least {SHORTEST} characters",
            where="passphrase",
            remedy="choose a longer one, such as four or five words",
            code="key.passphrase_short",
        )
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = os.urandom(16), os.urandom(16)
    stretched = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(
        _secret(passphrase)
    )
    padder = PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    cipher = Cipher(algorithms.AES(stretched), modes.CBC(iv)).encryptor()
    locked = cipher.update(padded) + cipher.finalize()
    cost = _sequence(
        _octets(salt), _integer(SCRYPT_N), _integer(SCRYPT_R), _integer(SCRYPT_P), _integer(32)
    )
    scheme = _sequence(_sequence(_SCRYPT, cost), _sequence(_AES_256_CBC, _octets(iv)))
    der = _sequence(_sequence(_PBES2, scheme), _octets(locked))
    lines = "\n".join(textwrap.wrap(b64encode(der).decode(), 64))
    kind = "ENCRYPTED PRIVATE KEY"
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n".encode()


def decrypt(pem: bytes, passphrase: str, *, where: str) -> PrivateKey:
    """Return the private key that a passphrase opens.

    Raises ``BadInput`` (``key.passphrase``), naming ``where`` and never the passphrase, if it does
    not open it. A key that is not encrypted is refused in the same way.
    """
    try:
        key = load_pem_private_key(pem, _secret(passphrase))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise BadInput(
            "the passphrase does not open this key",
            where=where,
            remedy="give the passphrase that was chosen when the key was made",
            code="key.passphrase",
        )
    return key


def _secret(passphrase: str) -> bytes:
    """Return the same bytes however a keyboard composes an accent."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _octets(content: bytes) -> bytes:
    return _tagged(0x04, content)


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))

"""What is kept of a twin beside her photographs, encrypted under the twin's own key.

Erasing the key erases every copy. Format: docs/formats/keys.md, "The key of a twin".
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sosie.adapters.blobs import erase_folder, write_folder
from sosie.adapters.pkcs8 import decrypt, encrypt
from sosie.core.values import BadInput

TAG = b"sosie/twin/1\n"
"""Begins what is encrypted: then 12 bytes of nonce, the text, 16 bytes of tag."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class FolderTwinKeys:
    """A key a twin in a folder, each under the house passphrase; fills the port `TwinKeys`."""

    def __init__(self, folder: Path, house_passphrase: str) -> None:
        self._folder = folder
        self._house_passphrase = house_passphrase

    def encrypt(self, twin: str, data: bytes) -> bytes:
        """Return data that only this twin's key opens: AES-256-GCM, with the twin's id bound in.

        The key is made at its first use. Raises ``BadInput`` (``key.passphrase``).
        """
        if not self._path(twin).is_file():
            key = Ed25519PrivateKey.generate()  # 32 secret bytes; nothing is signed
            with suppress(FileExistsError):  # another process was first
                files = {"key.pem": encrypt(key, self._house_passphrase)}
                write_folder(self._path(twin).parent, files)
        nonce = secrets.token_bytes(12)
        return TAG + nonce + self._cipher(twin).encrypt(nonce, data, TAG + twin.encode())

    def decrypt(self, twin: str, data: bytes) -> bytes:
        """Return what ``encrypt`` was given.

        Raises ``LookupError`` once the key is erased, ``BadInput`` (``twin.locked``) if the bytes
        are not what this twin's key made, and ``BadInput`` (``key.passphrase``).
        """
        cipher, body = self._cipher(twin), data.removeprefix(TAG)
        try:
            return cipher.decrypt(body[:12], body[12:], TAG + twin.encode())
        except (InvalidTag, ValueError):
            raise BadInput(
                "the bytes are not what was encrypted for this twin",
                where=twin,
                remedy="restore the file from a backup",
                code="twin.locked",
            ) from None

    def forget(self, twin: str) -> None:
        """Erase the twin's key: what was encrypted under it, every copy, is lost from then on.

        A name that is no id of a twin has none, and does not hinder what else is erased.
        """
        with suppress(FileNotFoundError, LookupError):
            erase_folder(self._path(twin).parent)

    def _cipher(self, twin: str) -> AESGCM:
        try:
            pem = self._path(twin).read_bytes()
        except FileNotFoundError:
            raise LookupError(f"there is no key of the twin `{twin}`") from None
        key = decrypt(pem, self._house_passphrase, where=f"key of twin `{twin}`")
        return AESGCM(key.private_bytes_raw() if isinstance(key, Ed25519PrivateKey) else b"")

    def _path(self, twin: str) -> Path:
        if not _SLUG.fullmatch(twin):
            raise LookupError(f"`{twin[:60]}` is no id of a twin")
        return self._folder / twin / "key.pem"

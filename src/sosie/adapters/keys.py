"""The keys of a workspace and of its parties. Format: docs/formats/keys.md.

Two kinds. *House keys* (root, content credentials, log, time, records) stand for the workspace and
open under its passphrase; the first use opens one and it stays open in this object. *Party keys*
open under their owner's passphrase for one signature and are never kept.
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

from sosie.adapters.blobs import write_folder
from sosie.adapters.certificates import (
    CLAIM_SIGNING,
    CLIENT_AUTH,
    DOCUMENT_SIGNING,
    EMAIL_PROTECTION,
    PASSKEY_UNIT,
    TIME_STAMPING,
    leaf,
    root_certificate,
    short,
)
from sosie.adapters.pkcs8 import PrivateKey, decrypt, encrypt
from sosie.core.values import STATEMENT_TAG, BadInput, SignedStatement, canonical
from sosie.core.watermark import Key

_HOUSE_LEAVES = {
    "time": ((TIME_STAMPING,), "time by this workspace itself"),
    "record": ((DOCUMENT_SIGNING,), "records"),
    "claim-token": ((EMAIL_PROTECTION, CLAIM_SIGNING), "content credentials"),
}

_SLUG = re.compile(r"[a-z0-9-]{1,40}")
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class LogSigner:
    """The Ed25519 key of the transparency log, under the log's origin. Reading a log needs its
    public half only, so the private half is opened by the first signature."""

    def __init__(
        self, public: bytes, key: Callable[[], ed25519.Ed25519PrivateKey], origin: str
    ) -> None:
        self._public = public
        self._key = key
        self._origin = origin

    def __repr__(self) -> str:
        return f"LogSigner({self._origin!r})"

    @property
    def verifier(self) -> str:
        """The verifier key line, ``name+hash+key`` (C2SP signed-note, "Verifier keys")."""
        public = b"\x01" + self._public
        short = sha256(self._origin.encode() + b"\n" + public).digest()[:4]
        return f"{self._origin}+{short.hex()}+{b64encode(public).decode()}"

    def sign(self, text: bytes) -> bytes:
        """Return the raw Ed25519 signature of a note's text, 64 bytes.

        Raises ``BadInput`` (``key.passphrase``) if the house passphrase does not open the key.
        """
        return self._key().sign(text)


class Keys:
    """The folder `keys/` of a workspace; fills the port `Keyring`.

    Checking needs no passphrase, so a wrong house passphrase is noticed at the first signature.
    Raises ``BadInput`` (``keys.missing``) if the folder holds no keys.
    """

    def __init__(self, folder: Path, house_passphrase: str) -> None:
        self._folder = folder
        self._house_passphrase = house_passphrase
        self._open: dict[str, PrivateKey] = {}
        if not (folder / "root" / "certificate.pem").is_file():
            raise BadInput(
                "this folder holds no keys of a workspace",
                where=folder.name,
                remedy="make them once with `sosie init`",
                code="keys.missing",
            )
        self._root = x509.load_pem_x509_certificate(self._read("root", "certificate.pem"))

    def __repr__(self) -> str:
        return f"Keys({self._root.subject.rfc4514_string()!r})"

    @classmethod
    def found(cls, folder: Path, name: str, passphrase: str, *, now: datetime) -> Keys:
        """Make the house keys of a workspace, all or none, and return them.

        Raises ``BadInput``: ``keys.exist`` if the folder holds anything, ``key.name``,
        ``key.passphrase_short``.
        """
        _readable(name)
        root_key = ec.generate_private_key(ec.SECP256R1())
        claim_key = ec.generate_private_key(ec.SECP256R1())
        log_key = ed25519.Ed25519PrivateKey.generate()
        mark_key = ed25519.Ed25519PrivateKey.generate()  # 32 secret bytes; nothing is signed
        root = root_certificate(root_key, name, now)
        claim = leaf(
            public=claim_key.public_key(),
            subject=[
                x509.NameAttribute(NameOID.COMMON_NAME, short(f"{name}, content credentials")),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, short(name)),
            ],
            purposes=(EMAIL_PROTECTION, CLAIM_SIGNING),
            root=root,
            root_key=root_key,
            now=now,
        )
        public = log_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        files = {
            "root/key.pem": encrypt(root_key, passphrase),
            "root/certificate.pem": root.public_bytes(Encoding.PEM),
            "claim/key.pem": encrypt(claim_key, passphrase),
            "claim/certificate.pem": claim.public_bytes(Encoding.PEM),
            "log/key.pem": encrypt(log_key, passphrase),
            "log/public.pem": public,
            "watermark/key.pem": encrypt(mark_key, passphrase),
            "watermark/read.hex": Key.from_secret(mark_key.private_bytes_raw()).read.hex().encode(),
        }
        try:
            write_folder(folder, files)
        except FileExistsError:
            raise BadInput(
                "this folder already holds something",
                where=folder.name,
                remedy="found a workspace in a new folder; keys are made once",
                code="keys.exist",
            ) from None
        return cls(folder, passphrase)

    # What the workspace shows

    @property
    def root_pem(self) -> str:
        """The workspace's root certificate: the only anchor that its contracts are read against."""
        return self._root.public_bytes(Encoding.PEM).decode()

    @property
    def claim_chain_pem(self) -> str:
        """The certificate that signs content credentials, then the root."""
        return self._read("claim", "certificate.pem").decode() + self.root_pem

    @property
    def claim_token_chain_pem(self) -> str:
        """The same for a claim key on a token; raises ``LookupError`` before it is made."""
        return self._read("claim-token", "certificate.pem").decode() + self.root_pem

    def certificate(self, party: str) -> str:
        """Return a party's certificate as PEM; raises ``LookupError`` if there is none."""
        return self._read("parties", _slug(party), "certificate.pem").decode()

    # What the workspace signs

    def claim_sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of a C2PA claim: r and s, 32 bytes each (RFC 9053, 2.1).

        Raises ``BadInput`` (``key.passphrase``) if the house passphrase does not open the key.
        """
        key = self._house("claim")
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise _mismatch("claim")
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def house_certificate(
        self,
        name: str,
        *,
        now: datetime,
        made: Callable[[], ec.EllipticCurvePublicKey] | None = None,
    ) -> str:
        """Return the certificate of the house key `time`, `record` or `claim-token` as PEM.

        Each is made at its first use; ``made`` makes one that lies elsewhere, and returns its
        public half. Raises ``BadInput`` (``key.passphrase``).
        """
        if not (self._folder / name / "certificate.pem").is_file():
            purposes, what = _HOUSE_LEAVES[name]
            (organization,) = self._root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
            house = str(organization.value)
            key = ec.generate_private_key(ec.SECP256R1())
            public = made() if made else key.public_key()
            subject = [
                x509.NameAttribute(NameOID.COMMON_NAME, short(f"{house}, {what}")),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, house),
            ]
            start = max(self._root.not_valid_before_utc, now - timedelta(days=1))
            certificate = self._certified(public, subject, purposes, start)
            files = {"certificate.pem": certificate.public_bytes(Encoding.PEM)}
            if made is None:
                files["key.pem"] = encrypt(key, self._house_passphrase)
            with suppress(FileExistsError):  # another process was first
                write_folder(self._folder / name, files)
        return self._read(name, "certificate.pem").decode()

    def house_sign(self, name: str, data: bytes) -> bytes:
        """Return the signature of the house key `time` or `record`: ECDSA SHA-256 (DER).

        Raises ``BadInput`` (``key.passphrase``) and ``LookupError`` before its certificate is made.
        """
        key = self._house(name)
        if name not in _HOUSE_LEAVES or not isinstance(key, ec.EllipticCurvePrivateKey):
            raise _mismatch(name)
        return key.sign(data, ec.ECDSA(hashes.SHA256()))

    @property
    def mark_key(self) -> Key | None:
        """The key that marks are made and read with; ``None`` in a workspace of an older version.

        It is published with the trust file: who holds it can read marks, and make them.
        """
        try:
            return Key(bytes.fromhex(self._read("watermark", "read.hex").decode()))
        except LookupError:
            return None

    @property
    def grant_public(self) -> bytes:
        """The public half of the key that grants are signed with (Ed25519, 32 bytes).

        The key is made at its first use. Raises ``BadInput`` (``key.passphrase_short``).
        """
        if not (self._folder / "grant" / "public.pem").is_file():
            key = ed25519.Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            files = {"key.pem": encrypt(key, self._house_passphrase), "public.pem": public}
            with suppress(FileExistsError):  # another process was first
                write_folder(self._folder / "grant", files)
        return self._ed25519("grant")

    def grant_sign(self, data: bytes) -> bytes:
        """Return the raw Ed25519 signature of a grant (`core/grant.py`), 64 bytes.

        Raises ``BadInput`` (``key.passphrase``) if the house passphrase does not open the key.
        """
        return self._signing("grant").sign(data)

    def log_key(self, origin: str) -> LogSigner:
        """Return the key of the log under its origin, such as ``sosie.example/log``.

        Raises ``BadInput`` (``log.origin``) for an origin that is empty or has a space or a plus.
        """
        check_origin(origin)
        return LogSigner(self._ed25519("log"), lambda: self._signing("log"), origin)

    # What parties do

    def create(
        self, party: str, name: str, passphrase: str, *, now: datetime, contracts: bool = True
    ) -> str:
        """Make the key of a party under her own passphrase; returns the certificate as PEM.

        ``contracts``: whether the party signs contracts. The certificate of one that does not, an
        agency, is good for statements alone.

        A key is never replaced: one that lies there already, under this very passphrase and name,
        is the party's own from a joining that was cut off, and its certificate is returned.
        Raises ``BadInput``: ``party.id`` for an id that is no slug, ``key.name``,
        ``key.passphrase_short``, ``key.exists`` and ``key.passphrase``
        (the house's).
        """
        _slug(party)
        _readable(name)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._issued(party, name, key.public_key(), contracts, now)
        try:
            write_folder(
                self._folder / "parties" / party,
                {"key.pem": encrypt(key, passphrase), "certificate.pem": certificate},
            )
        except FileExistsError:
            return self._own(party, name, passphrase)
        return certificate.decode()

    def certify(
        self, party: str, name: str, public: ec.EllipticCurvePublicKey, *, now: datetime
    ) -> str:
        """Issue the certificate of a party whose private key lies elsewhere, as on a token.

        Returns it as PEM and keeps it. Raises ``BadInput``: ``party.id``, ``key.name``,
        ``key.exists`` if the party has a certificate, ``key.passphrase`` (the house's).
        """
        _slug(party)
        _readable(name)
        certificate = self._issued(party, name, public, True, now)
        try:
            write_folder(self._folder / "parties" / party, {"certificate.pem": certificate})
        except FileExistsError:
            raise BadInput(
                "this party has a key already",
                where=party,
                remedy="sign with it; a key is never replaced",
                code="key.exists",
            ) from None
        return certificate.decode()

    def vouch(
        self, party: str, public: ec.EllipticCurvePublicKey, *, passkey: bytes, now: datetime
    ) -> str:
        """Issue the certificate (PEM) of a key that signs one contract for a party, on the word of
        her ``passkey`` (its COSE public key); it is valid for the hour.

        Raises ``BadInput`` (``key.passphrase``: the house's) and ``LookupError`` for a stranger.
        """
        hers = x509.load_pem_x509_certificate(self.certificate(party).encode())
        unit = PASSKEY_UNIT + sha256(passkey).hexdigest()[:32]
        subject = [*hers.subject, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]
        made = self._certified(public, subject, (DOCUMENT_SIGNING,), now, once=True)
        return made.public_bytes(Encoding.PEM).decode()

    def state(self, party: str, passphrase: str, body: bytes) -> SignedStatement:
        """Sign a statement (canonical JSON): ECDSA P-256 with SHA-256 over tag and body.

        Raises ``BadInput`` (``key.passphrase``; ``statement.form`` if the body is not canonical
        JSON) and ``LookupError`` if the party has no key.
        """
        if not _is_canonical(body):
            raise BadInput(
                "the body of a statement is not canonical JSON",
                where=body[:40].decode(errors="replace"),
                remedy="spell it with `canonical`: sorted keys, no spaces",
                code="statement.form",
            )
        signature = self.sign_untagged(party, passphrase, STATEMENT_TAG + body)
        return SignedStatement(body, signature, self.certificate(party))

    def sign_untagged(self, party: str, passphrase: str, data: bytes) -> bytes:
        """Sign exactly these bytes with a party's key; the caller must tag what they are for.

        Returns an ECDSA P-256 SHA-256 signature (DER). Raises ``BadInput`` (``key.passphrase``)
        and ``LookupError``. Only for formats that tag themselves, such as a contract's CMS.
        """
        certificate = x509.load_pem_x509_certificate(self.certificate(party).encode())
        pem = self._read("parties", party, "key.pem")
        key = decrypt(pem, passphrase, where=f"key of {party}")
        if (
            not isinstance(key, ec.EllipticCurvePrivateKey)
            or key.public_key() != certificate.public_key()
        ):
            raise _mismatch(party)
        return key.sign(data, ec.ECDSA(hashes.SHA256()))

    def check(self, statement: SignedStatement, *, at: datetime) -> str:
        """Return the id of the party whose key signed a statement, valid at that time.

        Raises ``BadInput``: ``statement.certificate`` (unreadable, or not that of a party),
        ``statement.untrusted`` (not issued by this workspace), ``statement.expired`` (outside the
        validity of certificate or root), ``statement.signature`` (the body was changed, or
        another key signed).
        """
        party, public = self._party(statement.certificate_pem, at)
        try:
            public.verify(
                statement.signature, STATEMENT_TAG + statement.body, ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature:
            raise _unproven(
                "signature", "the signature does not belong to this text", party
            ) from None
        return party

    def identify(self, certificate_pem: str, *, at: datetime) -> str:
        """Return the id of the party whom this workspace gave a certificate, valid at that time.

        The id is the UID of the subject; a name proves nothing. Raises ``BadInput``:
        ``statement.certificate``, ``statement.untrusted``, ``statement.expired`` as in `check`;
        ``key.signs_no_contract`` for the certificate of an agency.
        """
        party, _ = self._party(certificate_pem, at)
        purposes = x509.load_pem_x509_certificate(certificate_pem.encode()).extensions
        if CLIENT_AUTH in purposes.get_extension_for_class(x509.ExtendedKeyUsage).value:
            raise BadInput(
                "its certificate is for statements and signs no contract",
                where=party,
                remedy="let the model and the brand sign; an agency never signs for them",
                code="key.signs_no_contract",
            )
        return party

    # Inside

    def _issued(
        self,
        party: str,
        name: str,
        public: ec.EllipticCurvePublicKey,
        contracts: bool,
        now: datetime,
    ) -> bytes:
        subject = [
            x509.NameAttribute(NameOID.COMMON_NAME, short(name)),
            x509.NameAttribute(NameOID.USER_ID, party),
        ]
        purpose = DOCUMENT_SIGNING if contracts else CLIENT_AUTH
        return self._certified(public, subject, (purpose,), now).public_bytes(Encoding.PEM)

    def _certified(
        self,
        public: ec.EllipticCurvePublicKey,
        subject: list[x509.NameAttribute[str]],
        purposes: tuple[ObjectIdentifier, ...],
        now: datetime,
        *,
        once: bool = False,
    ) -> x509.Certificate:
        root_key = self._house("root")
        if not isinstance(root_key, ec.EllipticCurvePrivateKey):
            raise _mismatch("root")
        return leaf(
            public=public,
            subject=subject,
            purposes=purposes,
            root=self._root,
            root_key=root_key,
            now=now,
            whole_life=TIME_STAMPING in purposes,
            once=once,
        )

    def _own(self, party: str, name: str, passphrase: str) -> str:
        """Return the certificate of a key that is there, for whoever can open it."""
        self.sign_untagged(party, passphrase, b"sosie/own\n")
        pem = self.certificate(party)
        certificate = x509.load_pem_x509_certificate(pem.encode())
        (said,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if said.value != short(name):
            raise BadInput(
                f"this party already has a key, under the name `{said.value!s}`",
                where=party,
                remedy="sign with it; a key is never replaced",
                code="key.exists",
            )
        return pem

    def _party(self, pem: str, at: datetime) -> tuple[str, ec.EllipticCurvePublicKey]:
        certificate, party = self._party_certificate(pem)
        for one in (certificate, self._root):
            if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
                raise _unproven("expired", f"the certificate is not valid on {at:%Y-%m-%d}", party)
        public = certificate.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise _unproven("certificate", "the certificate holds no P-256 key")
        return party, public

    def _party_certificate(self, pem: str) -> tuple[x509.Certificate, str]:
        try:
            (certificate,) = x509.load_pem_x509_certificates(pem.encode())
            extensions = certificate.extensions
            ids = certificate.subject.get_attributes_for_oid(NameOID.USER_ID)
            purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (ValueError, TypeError, x509.ExtensionNotFound):
            raise _unproven("certificate", "its certificate cannot be read") from None
        try:
            certificate.verify_directly_issued_by(self._root)
        except (ValueError, TypeError, InvalidSignature):
            raise _unproven("untrusted", "this workspace did not issue its certificate") from None
        if (
            len(ids) != 1
            or not _SLUG.fullmatch(str(ids[0].value))
            or list(purposes) not in ([DOCUMENT_SIGNING], [CLIENT_AUTH])
            or authority
        ):
            raise _unproven("certificate", "its certificate is not that of a party")
        return certificate, str(ids[0].value)

    def _house(self, name: str) -> PrivateKey:
        if name not in self._open:
            pem = self._read(name, "key.pem")
            key = decrypt(pem, self._house_passphrase, where=f"house key `{name}`")
            if key.public_key() != self._public(name):
                raise _mismatch(name)
            self._open[name] = key
        return self._open[name]

    def _signing(self, name: str) -> ed25519.Ed25519PrivateKey:
        key = self._house(name)
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise _mismatch(name)
        return key

    def _ed25519(self, name: str) -> bytes:
        public = self._public(name)
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise _mismatch(name)
        return public.public_bytes_raw()

    def _public(self, name: str) -> object:
        if name in {"log", "grant"}:
            return load_pem_public_key(self._read(name, "public.pem"))
        pem = self._read(name, "certificate.pem")
        return x509.load_pem_x509_certificate(pem).public_key()

    def _read(self, *parts: str) -> bytes:
        try:
            return self._folder.joinpath(*parts).read_bytes()
        except FileNotFoundError:
            raise LookupError(f"there is no key of `{'/'.join(parts[:-1])}`") from None


class Anchor(Keys):
    """A workspace's root certificate alone: tells whose a certificate is, and signs nothing."""

    def __init__(self, root_pem: str) -> None:
        self._root = x509.load_pem_x509_certificate(root_pem.encode())


def _slug(party: str) -> str:
    if not _SLUG.fullmatch(party):
        raise BadInput(
            "the id of a party is 1 to 40 of the characters a to z, 0 to 9 and `-`",
            where=party[:60],
            remedy="give the id that the workspace shows for the party",
            code="party.id",
        )
    return party


def check_origin(origin: str) -> None:
    """Raise ``BadInput`` (``log.origin``) for what no log can be named."""
    if not origin or "+" in origin or any(c.isspace() for c in origin):
        raise BadInput(
            "the name of a log is not empty and has no space and no plus",
            where=origin[:80],
            remedy="name it like an address without `https://`",
            code="log.origin",
        )


def _readable(name: str) -> None:
    """Refuse a name that would print as another: controls, line ends, turned writing direction."""
    odd = [c for c in name if unicodedata.category(c) in _UNPRINTED or c in _BIDI]
    if not name.strip() or len(name) > 200 or odd:
        raise BadInput(
            "a name has 1 to 200 characters and no control characters",
            where=name[:60].encode("unicode_escape").decode(),
            remedy="write it as it stands in a passport or a register",
            code="key.name",
        )


_UNPRINTED = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def _is_canonical(body: bytes) -> bool:
    try:
        return canonical(json.loads(body)) == body
    except (ValueError, TypeError, RecursionError):
        return False


def _mismatch(name: str) -> BadInput:
    return BadInput(
        "the private key and its certificate do not belong together",
        where=f"key of {name}",
        remedy="restore both files from the same backup",
        code="key.mismatch",
    )


def _unproven(code: str, what: str, where: str = "statement") -> BadInput:
    remedy = "ask the party to sign the statement again in this workspace"
    return BadInput(what, where=where, remedy=remedy, code=f"statement.{code}")

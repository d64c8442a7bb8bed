"""The certificates that a workspace issues. Profiles: docs/formats/keys.md."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from sosie.core.values import BadInput

ROOT_YEARS = 20
LEAF_YEARS = 10
"""A signature is judged at the time that its time stamp proves; a certificate still outlives what
is signed with it: the longest license and the six years for which evidence is kept (R61)."""

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
EMAIL_PROTECTION = ObjectIdentifier("1.3.6.1.5.5.7.3.4")
CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
TIME_STAMPING = ObjectIdentifier("1.3.6.1.5.5.7.3.8")
CLIENT_AUTH = ObjectIdentifier("1.3.6.1.5.5.7.3.2")
"""What the certificate of a party says that makes statements and signs no contract: an agency."""

PASSKEY_UNIT = "passkey "
"""Stands in the subject (OU) of a certificate for one signature, before the first 32 digits of the
digest of the passkey's public key (COSE)."""
ONE_SIGNATURE = timedelta(hours=1)
"""How long such a certificate is valid before and after: authorities' clocks differ."""

_LONGEST_CN = 64  # bytes; X.520, ub-common-name


def short(name: str) -> str:
    """Return a name cut to what a certificate can hold; who it is, the party id says."""
    data = name.encode()
    if len(data) <= _LONGEST_CN:
        return name
    return data[: _LONGEST_CN - len("…".encode())].decode(errors="ignore") + "…"


def root_certificate(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    """Return a workspace's root: its own authority, for ``ROOT_YEARS`` from now."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, short(name)),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, short(name)),
        ]
    )
    start = second(now)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * ROOT_YEARS + ROOT_YEARS // 4))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def leaf(
    *,
    public: ec.EllipticCurvePublicKey,
    subject: list[x509.NameAttribute[str]],
    purposes: tuple[ObjectIdentifier, ...],
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    whole_life: bool = False,
    once: bool = False,
) -> x509.Certificate:
    """Return a certificate under the root, for ``LEAF_YEARS``, or as long as the root; ``once``:
    for ``ONE_SIGNATURE`` around now."""
    start = second(now)
    years = ROOT_YEARS if whole_life else LEAF_YEARS
    end = min(start + timedelta(days=365 * years + years // 4), root.not_valid_after_utc)
    if once:
        start, end = max(start - ONE_SIGNATURE, root.not_valid_before_utc), start + ONE_SIGNATURE
    party = DOCUMENT_SIGNING in purposes
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(root.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(commitment=party), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=TIME_STAMPING in purposes)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )


def _usage(*, authority: bool = False, commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def second(moment: datetime) -> datetime:
    """Return a moment in whole seconds; raises ``ValueError`` if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("the moment has no time zone")
    return moment.replace(microsecond=0)


def roots_in(path: Path, *, where: str) -> str:
    """Return the root certificates (PEM) in a file; raises ``BadInput`` (``roots.unreadable``)
    naming ``where`` if there is no file, or no certificate in it."""
    try:
        data = path.read_bytes()
        x509.load_pem_x509_certificates(data)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        raise BadInput(
            (said or "this holds no certificate that can be read").lower(),
            where=where,
            remedy="name a file of root certificates (PEM)",
            code="roots.unreadable",
        ) from None
    return data.decode(errors="replace")

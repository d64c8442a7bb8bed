"""Signing houses for tests: a root and a claim certificate, made anew in each run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from sosie.adapters.credentials import C2pa
from sosie.adapters.pictures import PillowPictures
from sosie.core.seal import SOURCE_TYPES, Action, Claim, Ingredient, LicenseAssertion
from sosie.core.terms import PublicTerms
from sosie.core.values import Digest
from tests.core.plates import plate

PURPOSES = [
    ObjectIdentifier("1.3.6.1.5.5.7.3.4"),
    ObjectIdentifier("1.3.6.1.4.1.62558.2.1"),
]


@dataclass(frozen=True)
class House:
    """A root certificate and an adapter that signs under it."""

    root_pem: str
    credentials: C2pa


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        not authority, False, False, False, False, authority, authority, False, False
    )


def house(
    name: str = "Maison Test",
    *,
    public: ec.EllipticCurvePublicKey | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> House:
    """This function will found a house with a P-256 root and claim certificate.

    ``public`` and ``sign``: a claim key that lies elsewhere, as on a token.
    """
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    start = datetime.now(UTC) - timedelta(days=1)

    def named(common: str) -> x509.Name:
        pairs = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, name))
        return x509.Name([x509.NameAttribute(*pair) for pair in pairs])

    def certificate(public: ec.EllipticCurvePublicKey, subject: str) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(f"{name} root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
        )

    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    root = (
        certificate(root_key.public_key(), f"{name} root")
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        certificate(public or key.public_key(), f"{name} claims")
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(PURPOSES), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public or key.public_key()), False)
        .add_extension(authority, critical=False)
        .sign(root_key, hashes.SHA256())
    )

    def here(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    pem = root.public_bytes(Encoding.PEM).decode()
    return House(pem, C2pa(leaf.public_bytes(Encoding.PEM).decode() + pem, sign or here, pem))


TERMS = PublicTerms.model_validate(
    {
        "sosie": "terms/1",
        "twin": "twin-1",
        "purposes": ["product_page"],
        "territories": {"include": ["EU"]},
        "channels": ["web_shop"],
        "period": {"from": date(2026, 1, 1), "until": date(2027, 1, 31)},
        "credit": "Nora (digital twin)",
    }
)


PREVIEW = PillowPictures().preview(plate(4, height=300))
"""As a rendition carries one."""


def claim(
    number: int = 0x1234_5678_9ABC_DEF0,
    *,
    ingredients: tuple[Ingredient, ...] = (),
    fingerprint: str = "5a" * 32,
    twin_name: str = "Nora",
    title: str = "picture 1",
) -> Claim:
    """This function will state a seal of the twin called Nora."""
    return Claim(
        number=number,
        title=title,
        source_type=SOURCE_TYPES + "composite",
        fingerprint=fingerprint,
        license=LicenseAssertion("L-1", twin_name, TERMS, Digest("sha256:" + "ab" * 32)),
        actions=(Action("c2pa.adjustedColor", "the garment was given a new color"),),
        ingredients=ingredients,
    )

"""The one spelling of a signature: what nobody signs in a CMS must still be as it was written.

Letter case, padding, versions, unsigned fields and loose certificates could else be changed at
will without any signature noticing.
"""

from __future__ import annotations

from typing import Any

from asn1crypto import cms
from asn1crypto.x509 import Certificate
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_der_x509_certificate as load_der
from pyhanko.sign.validation import EmbeddedPdfSignature


def misspelled(pdf: bytes, embedded: EmbeddedPdfSignature) -> str | None:
    """Return what is wrong unless the gap holds this signature, spelled as `sign` spells it.

    Nothing signs the gap itself: without this, letter case, padding and the unsigned fields of
    the CMS could be changed at will. A time stamp may be the one unsigned attribute.
    """
    start, first, second, length = (int(n) for n in embedded.byte_range)
    der = bytes(embedded.pkcs7_content)
    content = cms.ContentInfo.load(der, strict=False)
    size = len(content.dump())
    gap = pdf[first:second]
    written = b"<" + der[:size].hex().upper().encode() + b"0" * (len(gap) - 2 - 2 * size) + b">"
    if start != 0 or length < 1 or gap != written or any(der[size:]):
        return _OTHERWISE
    stamped: dict[str, Any] = {}
    unsigned = content["content"]["signer_infos"][0]["unsigned_attrs"]
    if unsigned.native:
        (attribute,) = unsigned
        (held,) = attribute["values"]
        if attribute["type"].native != "signature_time_stamp_token" or not _plain(held):
            return "has a time stamp that is not as an authority writes it"
        stamped = {"unsigned_attrs": [{"type": "signature_time_stamp_token", "values": [held]}]}
    data = content["content"]
    (info,) = data["signer_infos"]
    rebuilt = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v1",
                    "digest_algorithms": [{"algorithm": "sha256"}],
                    "encap_content_info": {"content_type": "data"},
                    "certificates": [embedded.signer_cert],
                    "signer_infos": [
                        {
                            "version": "v1",
                            "sid": cms.SignerIdentifier(
                                "issuer_and_serial_number",
                                cms.IssuerAndSerialNumber(
                                    {
                                        "issuer": embedded.signer_cert.issuer,
                                        "serial_number": embedded.signer_cert.serial_number,
                                    }
                                ),
                            ),
                            "digest_algorithm": {"algorithm": "sha256"},
                            "signed_attrs": info["signed_attrs"],
                            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                            "signature": info["signature"].native,
                            **stamped,
                        }
                    ],
                }
            ),
        }
    )
    return None if rebuilt.dump() == der[:size] else _OTHERWISE


_OTHERWISE = "is not as it was written"


def _plain(held: cms.ContentInfo) -> bool:
    """Whether each part of a time stamp that nobody signs is the one that it must be.

    The certificates are the authority's and, above it, only those that issued one another.
    """
    data = held["content"]
    (info,) = data["signer_infos"]
    hashed = info["digest_algorithm"]
    above = stamper(data)
    chain, left = [above], [one.chosen for one in data["certificates"] if one.chosen != above]
    while left:
        issuers = [
            one for one in left if one.subject == chain[-1].issuer and _issued(chain[-1], one)
        ]
        if not issuers:
            return False
        chain.append(issuers[0])
        left.remove(issuers[0])
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber(
                    {"issuer": above.issuer, "serial_number": above.serial_number}
                ),
            ),
            "digest_algorithm": hashed,
            "signed_attrs": info["signed_attrs"],
            "signature_algorithm": info["signature_algorithm"],
            "signature": info["signature"].native,
        }
    )
    content = data["encap_content_info"]
    rebuilt = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [hashed],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(content["content"].parsed.dump()),
            },
            "certificates": data["certificates"],
            "signer_infos": [signer],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": rebuilt})
    known = info["signature_algorithm"]["algorithm"].native in _STAMP_ALGORITHMS
    return known and bool(whole.dump() == held.dump())


def _issued(below: Certificate, above: Certificate) -> bool:
    try:
        load_der(below.dump()).verify_directly_issued_by(load_der(above.dump()))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


_STAMP_ALGORITHMS = frozenset(
    {"rsassa_pkcs1v15", "sha256_rsa", "sha384_rsa", "sha512_rsa"}
    | {"sha256_ecdsa", "sha384_ecdsa", "sha512_ecdsa", "rsassa_pss"}
)


def stamper(data: cms.SignedData) -> Certificate:
    """Return the certificate of the authority that signed a time stamp; raises ``ValueError``."""
    (info,) = data["signer_infos"]
    named = info["sid"].chosen
    (found,) = (
        one.chosen
        for one in data["certificates"]
        if one.chosen.issuer == named["issuer"]
        and one.chosen.serial_number == named["serial_number"].native
    )
    return found

"""The one spelling of a signature: what nobody signs in a CMS must still be as it was written.

Letter case, padding, versions, unsigned fields and loose certificates could else be changed at
will without any signature noticing.
"""

from __future__ import annotations

from asn1crypto import cms, core, parser
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
    size = parser.peek(der)
    gap = pdf[first:second]
    written = b"<" + der[:size].hex().upper().encode() + b"0" * (len(gap) - 2 - 2 * size) + b">"
    if start != 0 or length < 1 or gap != written or any(der[size:]):
        return _OTHERWISE
    data = content["content"]
    (info,) = data["signer_infos"]
    unsigned = b""
    if len(info["unsigned_attrs"]):
        (attribute,) = info["unsigned_attrs"]
        (held,) = attribute["values"]
        if attribute["type"].native != "signature_time_stamp_token" or not _plain(held):
            return "has a time stamp that is not as an authority writes it"
        oid = cms.CMSAttributeType("signature_time_stamp_token").dump()
        unsigned = _der(0xA1, _der(0x30, oid + _der(0x31, held.dump())))
    rebuilt = _signed_data(
        1,
        cms.DigestAlgorithm({"algorithm": "sha256"}).dump(),
        cms.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}).dump(),
        _der(0x30, cms.ContentType("data").dump()),
        [embedded.signer_cert],
        info,
        unsigned,
    )
    return None if rebuilt == der[:size] else _OTHERWISE


def _signed_data(  # noqa: PLR0917 - the fields of a format, in its order
    version: int,
    hashed: bytes,
    algorithm: bytes,
    content: bytes,
    certificates: list[Certificate],
    info: cms.SignerInfo,
    unsigned: bytes = b"",
) -> bytes:
    """Return the CMS that these parts make (RFC 5652), the first certificate being the signer's.

    It is spelled in bytes: objects of asn1crypto cost exponentially in their depth.
    """
    signer = certificates[0]
    serial = core.Integer(signer.serial_number).dump()
    attributes = b"\xa0" + info["signed_attrs"].untag().dump()[1:]
    told = _der(
        0x30,
        _der(0x02, b"\x01")
        + _der(0x30, signer.issuer.dump() + serial)
        + hashed
        + attributes
        + algorithm
        + _der(0x04, info["signature"].native)
        + unsigned,
    )
    held = _der(0xA0, b"".join(sorted(one.dump() for one in certificates)))
    data = _der(0x02, bytes([version])) + _der(0x31, hashed) + content + held + _der(0x31, told)
    return _der(0x30, cms.ContentType("signed_data").dump() + _der(0xA0, _der(0x30, data)))


def _der(tag: int, content: bytes) -> bytes:
    """Return one DER value. Building it of bytes keeps the cost linear in a token's depth."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


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
    named = info["signature_algorithm"]["algorithm"].native
    if named not in _STAMP_ALGORITHMS or hashed["algorithm"].native not in _HASHES:
        return False
    spelled = (hashed, info["signature_algorithm"])
    if any(one["parameters"].native is not None for one in spelled):
        return False
    parsed = data["encap_content_info"]["content"].parsed.dump()
    kind = cms.ContentType("tst_info").dump()
    content = _der(0x30, kind + _der(0xA0, _der(0x04, parsed)))
    first, second = (one.dump() for one in spelled)
    return bool(_signed_data(3, first, second, content, chain, info) == held.dump())


_HASHES = frozenset({"sha256", "sha384", "sha512"})


def _issued(below: Certificate, above: Certificate) -> bool:
    try:
        load_der(below.dump()).verify_directly_issued_by(load_der(above.dump()))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


_STAMP_ALGORITHMS = frozenset(
    {"rsassa_pkcs1v15", "sha256_rsa", "sha384_rsa", "sha512_rsa"}
    | {"sha256_ecdsa", "sha384_ecdsa", "sha512_ecdsa"}
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

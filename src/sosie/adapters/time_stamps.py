"""Time stamps (RFC 3161): from an authority over HTTP, or by the workspace's own key.

A workspace that names no authority stamps with a key of its own. Such a stamp proves to nobody
else when something was signed, and every reading says so.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPException

from asn1crypto import algos, cms, core, tsp, x509
from asn1crypto.pem import unarmor
from pyhanko.sign.general import simple_cms_attribute
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import get_nonce, handle_tsp_response

from sosie.adapters.keys import Keys
from sosie.core.values import BadInput

POLICY = "2.25.147036182045902213360094518215387612"
"""The policy that the workspace's own stamps name: no claim of independence or precision."""

LONGEST = 64 * 1024
"""Bytes; an authority's answer has some thousand, and a longer one is refused."""


class HttpTime(TimeStamper):
    """Asks an authority at a URL; every failure is ``BadInput`` ``timestamp.unreachable``."""

    def __init__(self, url: str, *, seconds: float = 10.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if not url.startswith(("https://", "http://")):
            raise BadInput(
                "the address of a time-stamping authority begins with https:// or http://",
                where=url[:80],
                remedy="correct `SOSIE_TSA`",
                code="timestamp.address",
            )
        self._url, self._seconds = url, seconds

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Send one query and return the answer."""
        query = urllib.request.Request(  # noqa: S310 - http and https alone get here
            self._url,
            req.dump(),
            {
                "Content-Type": "application/timestamp-query",
                "Accept": "application/timestamp-reply",
            },
        )
        try:
            with urllib.request.urlopen(query, timeout=self._seconds) as answer:  # noqa: S310
                data = answer.read(LONGEST + 1)
                kind = answer.headers.get_content_type()
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise _unreachable(self._url, str(reason)) from None
        if len(data) > LONGEST or kind != "application/timestamp-reply":
            raise _unreachable(self._url, f"it answered with `{kind}`, which is no time stamp")
        return tsp.TimeStampResp.load(data)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over exactly this digest."""
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        response = await self.async_request_tsa_response(request)
        try:
            token = handle_tsp_response(response, nonce)
            info = token["content"]["encap_content_info"]["content"].parsed
            same = info["message_imprint"]["hashed_message"].native == message_digest
        except BadInput:
            raise
        except Exception as error:
            raise _unreachable(self._url, f"it refused ({error})") from None
        if not same:
            raise _unreachable(self._url, "it stamped something else")
        return token


class HouseTime(TimeStamper):
    """Stamps with the workspace's own key, at the time of the act."""

    def __init__(self, keys: Keys, now: datetime) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._keys = keys
        self._now = now.astimezone(UTC).replace(microsecond=0)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over this SHA-256 digest."""
        pem = self._keys.house_certificate("time", now=self._now)
        _, _, der = unarmor(pem.encode())
        certificate = x509.Certificate.load(der)
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": md_algorithm},
                    "hashed_message": message_digest,
                },
                "serial_number": get_nonce(),  # type: ignore[no-untyped-call]
                "gen_time": core.GeneralizedTime(self._now),
                "tsa": x509.GeneralName("directory_name", certificate.subject),
            }
        ).dump()
        attributes = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),  # type: ignore[no-untyped-call]
                simple_cms_attribute("message_digest", sha256(info).digest()),  # type: ignore[no-untyped-call]
                simple_cms_attribute("signing_certificate_v2", _named(certificate)),  # type: ignore[no-untyped-call]
            ]
        )
        return token(
            info, certificate, attributes, self._keys.house_sign("time", attributes.dump())
        )


def token(
    info: bytes, certificate: x509.Certificate, attributes: cms.CMSAttributes, signature: bytes
) -> cms.ContentInfo:
    """Return the one spelling of a token that the workspace's key made (ECDSA, SHA-256)."""
    hashed = algos.DigestAlgorithm({"algorithm": "sha256"})
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber(
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
            ),
        ),
        "digest_algorithm": hashed,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signature,
    }
    data = {
        "version": "v3",
        "digest_algorithms": [hashed],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": cms.ParsableOctetString(info),
        },
        "certificates": [certificate],
        "signer_infos": [signer],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)})


def _named(certificate: x509.Certificate) -> tsp.SigningCertificateV2:
    hashed = sha256(certificate.dump()).digest()
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": hashed})]})


def _unreachable(url: str, why: str) -> BadInput:
    return BadInput(
        f"the time-stamping authority gave no time stamp: {why}",
        where=url[:120],
        remedy="nothing was signed; try again later, or set `SOSIE_TSA` to another authority",
        code="timestamp.unreachable",
    )

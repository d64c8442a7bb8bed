"""Requests to S3-compatible stores, signed as AWS says (Signature Version 4, one chunk).

Source: docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import quote, urlsplit

from sosie.core.values import BadInput

_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/-]*))?")


@dataclass(frozen=True, slots=True)
class Request:
    """One request of HTTP, whole."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Store:
    """A part of a bucket, and with what one may write there."""

    bucket: str
    prefix: str
    endpoint: str
    """Where the store is, as `https://s3.example`."""
    region: str
    key_id: str
    secret: str = field(repr=False)

    def put(self, name: str, data: bytes, *, now: datetime) -> Request:
        """Return the request that writes an object."""
        checksum = b64encode(hashlib.sha256(data).digest()).decode()
        return self._signed("PUT", name, data, {"x-amz-checksum-sha256": checksum}, now)

    def delete(self, name: str, *, now: datetime) -> Request:
        """Return the request that deletes an object."""
        return self._signed("DELETE", name, b"", {}, now)

    def _signed(
        self, method: str, name: str, body: bytes, more: dict[str, str], now: datetime
    ) -> Request:
        key = "/".join(filter(None, (self.prefix, name)))
        url = f"{self.endpoint}/{self.bucket}/{quote(key)}"
        headers = signed(
            method,
            url,
            body,
            more,
            region=self.region,
            key_id=self.key_id,
            secret=self.secret,
            now=now,
        )
        return Request(method, url, headers, body)


def place(address: str) -> tuple[str, str]:
    """Return the bucket and the prefix of `s3://BUCKET/PREFIX`; raises ``BadInput``
    (``s3.address``)."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise BadInput(
            "this names no place in a bucket",
            where=address[:80],
            remedy="write `s3://BUCKET/PREFIX`: a bucket's name has 3 to 63 small letters, digits, "
            "dots and hyphens",
            code="s3.address",
        )
    return found[1], (found[2] or "").strip("/")


def signed(
    method: str,
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    region: str,
    key_id: str,
    secret: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers of a request with its signature; the path of the address is encoded, and
    it has no query."""
    parts = urlsplit(url)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    said = {**headers, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    lines = sorted(
        (name.lower(), text.strip()) for name, text in {**said, "host": parts.netloc}.items()
    )
    names = ";".join(name for name, _ in lines)
    listed = "".join(f"{name}:{text}\n" for name, text in lines)
    asked = f"{method}\n{parts.path}\n\n{listed}\n{names}\n{digest}"
    scope = (stamp[:8], region, "s3", "aws4_request")
    told = hashlib.sha256(asked.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{'/'.join(scope)}\n{told}"
    key = reduce(
        lambda key, part: hmac.digest(key, part.encode(), "sha256"),
        scope,
        b"AWS4" + secret.encode(),
    )
    mac = hmac.digest(key, text.encode(), "sha256").hex()
    who = f"Credential={key_id}/{'/'.join(scope)},SignedHeaders={names},Signature={mac}"
    return {**said, "Authorization": f"AWS4-HMAC-SHA256 {who}"}

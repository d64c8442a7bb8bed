"""What a webhook told, as its receiver checks it: Standard Webhooks 1.0."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from sosie.core.values import BadInput


def event(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float, seconds: float = 300.0
) -> dict[str, Any]:
    """Return what a webhook told; ``headers`` in small letters, ``now`` in seconds since 1970.

    Raises ``BadInput`` (``hook.signature``) where it was not signed with this secret (Standard
    Webhooks 1.0), or longer ago than ``seconds``.
    """
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{id}.{at}.".encode() + body, "sha256")
    wanted = ("v1," + b64encode(mac).decode()).encode()
    signed = any(
        hmac.compare_digest(wanted, each.encode())
        for each in headers.get("webhook-signature", "").split(" ")
    )
    if not (signed and at.isascii() and at.isdigit() and abs(now - int(at)) <= seconds):
        raise BadInput(
            "this was not told by the Sosie that holds the secret, or long ago",
            where=f"webhook {id}"[:80],
            remedy="answer 400, and do nothing",
            code="hook.signature",
        )
    return dict(json.loads(body))

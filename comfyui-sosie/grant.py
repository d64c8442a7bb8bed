"""Reads a grant: the platform's signed word that one picture of a twin may be made, now.

The format is `grant/1`. Needs `cryptography` and nothing of Sosie.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TAG = b"sosie/grant/1\n"
KEYS = {
    "assets",
    "engine",
    "expires",
    "license",
    "nonce",
    "order",
    "picture",
    "sosie",
    "twin",
}


class Refused(Exception):
    """Raised where nothing may be made; `code` is the reason code of the platform."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def read(body: bytes, signature: bytes, public: bytes) -> dict[str, Any]:
    """Return what a grant says, under the platform's public key (Ed25519, 32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, TAG + body)
    except (InvalidSignature, ValueError):
        raise Refused("grant.signature", "another key signed it, or it was changed") from None
    try:
        said = json.loads(body)
        form = set(said) == KEYS and said["sosie"] == "grant/1" and canonical(said) == body
        instant = datetime.fromisoformat(said["expires"])
        if not form or instant.tzinfo is None or instant.isoformat() != said["expires"]:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise Refused("grant.form", "this is no `grant/1`") from None
    return dict(said)


def check(
    said: dict[str, Any], *, engine: str, order: bytes, assets: dict[str, str], at: datetime
) -> None:
    """Refuse a run that a grant does not cover.

    `order` is the order's canonical JSON; `assets` the digests by role of what was handed over,
    each of which must be what the grant names.
    """
    if said["engine"] != engine:
        raise Refused("grant.engine", f"the grant is for engine `{said['engine']}`")
    if said["order"] != digest(order):
        raise Refused("grant.order", "the grant is for another order")
    for role, value in sorted(assets.items()):
        if said["assets"].get(role) != value:
            raise Refused("grant.assets", f"`{role}` is not what the grant names")
    if at >= datetime.fromisoformat(said["expires"]):
        raise Refused("grant.expired", f"the grant ended at {said['expires']}; order it again")


def check_graph(template: dict[str, Any], running: dict[str, Any], filled: set[str]) -> None:
    """Refuse to run in any graph but the granted one.

    `filled` are the classes whose text inputs the platform fills in.
    """
    if set(template) != set(running):
        raise Refused("grant.graph", "the graph that runs has other nodes than the granted one")
    for name, node in template.items():
        other = running[name]
        ours = node["class_type"] in filled
        same = node["class_type"] == other["class_type"] and (
            _links(node) == _links(other) if ours else _inputs(node) == _inputs(other)
        )
        if not same:
            raise Refused("grant.graph", f"node `{name}` is not as in the granted graph")


def canonical(value: Any) -> bytes:
    """Return the one JSON spelling of a value: sorted keys, no spaces, UTF-8."""
    spelled = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return spelled.encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes as the platform writes it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _links(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _inputs(node).items() if isinstance(value, list)}


def _inputs(node: dict[str, Any]) -> dict[str, Any]:
    return dict(node.get("inputs", {}))

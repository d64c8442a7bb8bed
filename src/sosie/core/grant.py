"""Grants: the platform's signed word that one engine may make one picture of a twin, now.

An engine never decides. `services.picture` decides, issues a grant for exactly this order on
exactly these inputs, and `run` is the only way by which an engine is started: without a grant that
holds, no engine runs. A grant says no name and no rate; it may go to a machine of the brand's,
where whoever holds the public key can check it (docs/formats/grant.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sosie.core.ports import Cancelled, Engine, Progress
from sosie.core.studio import Assets, Order, Result, SignedGrant
from sosie.core.values import BadInput, Digest, Reason, canonical, digest

TAG = b"sosie/grant/1\n"
"""Stands before the body when it is signed, so that it is no signature on anything else."""
LIFETIME = timedelta(hours=1)
"""How long after the decision an engine may still be started."""


class Ungranted(Exception):
    """Raised where an engine is to run without a grant that holds."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(reason.text for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be made: one picture, by one engine, of these inputs, until an hour."""

    license: str
    twin: str
    picture: str
    engine: str
    order: Digest
    """Of the order's canonical JSON."""
    assets: Mapping[str, Digest]
    """By role: `plate`, `card`, and each file that the order names."""
    expires: datetime
    """An instant with a time zone."""
    nonce: str
    """32 hexadecimal digits, never used again."""

    def body(self) -> bytes:
        """Return the canonical JSON that is signed."""
        said = asdict(self) | {"sosie": "grant/1", "expires": self.expires.isoformat()}
        return canonical(said)


def issue(
    *,
    license: str,
    twin: str,
    picture: str,
    engine: str,
    order: Order,
    assets: Assets,
    now: datetime,
    nonce: bytes,
    sign: Callable[[bytes], bytes],
) -> SignedGrant:
    """This function will grant one picture. ``nonce`` has 16 random bytes; ``sign`` returns the raw
    Ed25519 signature of what it is given. To be called right after the decision, never without."""
    grant = Grant(
        license=license,
        twin=twin,
        picture=picture,
        engine=engine,
        order=order_digest(order),
        assets=assets.digests(),
        expires=now + LIFETIME,
        nonce=nonce.hex(),
    )
    body = grant.body()
    return SignedGrant(body, sign(TAG + body))


def read(signed: SignedGrant, public: bytes) -> Grant:
    """This function will read a grant under the platform's public key (Ed25519, 32 bytes).

    Raises ``BadInput`` (``grant.signature``, ``grant.form``).
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, TAG + signed.body)
    except (InvalidSignature, ValueError):
        raise _bad("another key signed it, or it was changed", "grant.signature") from None
    try:
        said = json.loads(signed.body)
        if said.pop("sosie") != "grant/1":
            raise ValueError("another format")
        said["expires"] = datetime.fromisoformat(said["expires"])
        grant = Grant(**said)
        if grant.expires.tzinfo is None or grant.body() != signed.body:
            raise ValueError("not as Sosie writes it")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _bad("this is no `grant/1`", "grant.form") from None
    return grant


def faults(
    grant: Grant,
    *,
    license: str,
    twin: str,
    picture: str,
    engine: str,
    order: Order,
    assets: Assets,
    at: datetime,
) -> tuple[Reason, ...]:
    """This function will return every reason why a grant does not cover a run; empty if it does."""
    asked = {"license": license, "twin": twin, "picture": picture, "engine": engine}
    found = [
        Reason(f"grant.{what}", f"the grant is for {what} `{getattr(grant, what)}`, not `{which}`")
        for what, which in asked.items()
        if getattr(grant, what) != which
    ]
    if grant.order != order_digest(order):
        found.append(Reason("grant.order", "the grant is for another order"))
    given = assets.digests()
    found += [
        Reason("grant.assets", f"`{role}` is not what the grant names")
        for role in sorted({*given, *grant.assets})
        if given.get(role) != grant.assets.get(role)
    ]
    if at >= grant.expires:
        text = f"the grant ended at {grant.expires.isoformat()}; ask for a new one"
        found.append(Reason("grant.expired", text))
    return tuple(found)


def run(
    engine: Engine,
    order: Order,
    assets: Assets,
    *,
    license: str,
    twin: str,
    picture: str,
    public: bytes,
    at: datetime,
    progress: Progress,
    cancelled: Cancelled,
) -> Result:
    """This function will have an engine make a picture of a twin under a license, by the grant in
    ``assets``.

    Raises ``Ungranted`` before the engine sees anything if there is none that holds, and whatever
    the engine raises.
    """
    if assets.grant is None:
        raise Ungranted((Reason("grant.absent", "no picture is made without a grant"),))
    try:
        grant = read(assets.grant, public)
    except BadInput as error:
        raise Ungranted((Reason(error.code, error.what),)) from None
    reasons = faults(
        grant,
        license=license,
        twin=twin,
        picture=picture,
        engine=engine.describe().name,
        order=order,
        assets=assets,
        at=at,
    )
    if reasons:
        raise Ungranted(reasons)
    return engine.run(order, assets, progress, cancelled)


def order_digest(order: Order) -> Digest:
    """This function will return the digest of an order's canonical JSON."""
    return digest(canonical(order.model_dump(mode="json")))


def _bad(what: str, code: str) -> BadInput:
    return BadInput(what, where="grant", remedy="ask the platform for a new grant", code=code)

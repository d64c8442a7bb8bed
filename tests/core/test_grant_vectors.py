"""The vectors of `grant/1`: written by the core, read by the core and by the node pack.

`python -m tests.core.test_grant_vectors` writes them anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sosie.core import grant
from sosie.core.grant import TAG, Grant
from sosie.core.studio import Assets, Order, SignedGrant
from sosie.core.values import BadInput, Digest, canonical, digest

FILE = Path(__file__).parents[1] / "cases/grant/vectors.json"
PACK = Path(__file__).parents[2] / "comfyui-sosie"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORDER = Order(plate="front-full", wear="tee", graph="graph", words="a « tee » 👕", seed=7)
ASSETS = {role: digest(role.encode()) for role in ("card", "file:graph", "file:tee", "pixels")}
GRANT = Grant(
    license="L-0001",
    twin="inès",
    picture="S-0001-01",
    engine="comfyui",
    order=grant.order_digest(ORDER),
    assets=ASSETS,
    expires=NOW + timedelta(hours=1),
    nonce="8f0c6f1e5b7d4f20a4f0c2d1e3b59687",
)


def spelled(**changes: Any) -> bytes:
    return canonical({**json.loads(GRANT.body()), **changes})


def vector(name: str, code: str | None, body: bytes | None = None, **given: Any) -> dict[str, Any]:
    """Return a vector: what is handed over, and the code that refuses it (none: it holds)."""
    body = GRANT.body() if body is None else body
    signer = given.pop("signer", KEY)
    said = {
        "public": KEY.public_key().public_bytes_raw().hex(),
        "body": body.decode(),
        "signature": signer.sign(TAG + body).hex(),
        "engine": "comfyui",
        "order": canonical(ORDER.model_dump(mode="json")).decode(),
        "assets": {role: ASSETS[role] for role in ("file:graph", "file:tee", "pixels")},
        "at": NOW.isoformat(),
    }
    return {"name": name, "refused": code, **said, **given}


def vectors() -> list[dict[str, Any]]:
    other = canonical(ORDER.model_copy(update={"seed": 8}).model_dump(mode="json")).decode()
    ends = GRANT.expires
    twice = GRANT.body().replace(b'{"assets"', b'{"twin":"ava","assets"')
    less = canonical({k: v for k, v in json.loads(GRANT.body()).items() if k != "nonce"})
    assets = {role: str(ASSETS[role]) for role in ("file:graph", "file:tee", "pixels")}
    changed = {role: assets | {role: digest(b"other")} for role in assets}
    paris = (ends - timedelta(seconds=1)).astimezone(timezone(timedelta(hours=1)))
    return [
        vector("it holds", None),
        vector("it holds to the last second", None, at=(ends - timedelta(seconds=1)).isoformat()),
        vector("it holds by the clock of another zone", None, at=paris.isoformat()),
        vector("it ends on the second", "grant.expired", at=ends.isoformat()),
        vector("it ended yesterday", "grant.expired", at=(NOW + timedelta(days=1)).isoformat()),
        vector("a stranger signed", "grant.signature", signer=STRANGER),
        vector("a byte was changed", "grant.signature", signature=_flipped(GRANT.body())),
        vector("the signature is short", "grant.signature", signature="00" * 63),
        vector("it was signed without the tag", "grant.signature", signature=_bare()),
        vector("the key is no key", "grant.signature", public="00"),
        vector("another format", "grant.form", spelled(sosie="grant/2")),
        vector("a key too many", "grant.form", spelled(rate=1)),
        vector("a key too few", "grant.form", less),
        vector("a key twice", "grant.form", twice),
        vector("spaces", "grant.form", json.dumps(json.loads(GRANT.body())).encode()),
        vector("no zone", "grant.form", spelled(expires="2026-11-28T13:00:00")),
        vector(
            "another spelling of the end", "grant.form", spelled(expires="2026-11-28T13:00:00Z")
        ),
        vector("no object", "grant.form", b"[]"),
        vector("no JSON", "grant.form", b"grant"),
        vector("another engine", "grant.engine", engine="diffusers"),
        vector("another order", "grant.order", order=other),
        *(vector(f"another {role}", "grant.assets", assets=changed[role]) for role in assets),
        vector("a file that it does not name", "grant.assets", assets=assets | {"file:coat": "x"}),
    ]


def _flipped(body: bytes) -> str:
    return KEY.sign(TAG + body.replace(b"L-0001", b"L-0002")).hex()


def _bare() -> str:
    return KEY.sign(GRANT.body()).hex()


@dataclass(frozen=True)
class Handed:
    """The digests of what was handed over, with the card that the pack never sees."""

    roles: dict[str, Digest]

    def digests(self) -> dict[str, Digest]:
        return {**self.roles, "card": ASSETS["card"]}


def by_the_core(one: dict[str, Any]) -> str | None:
    signed = SignedGrant(one["body"].encode(), bytes.fromhex(one["signature"]))
    try:
        said = grant.read(signed, bytes.fromhex(one["public"]))
    except BadInput as error:
        return error.code
    found = grant.faults(
        said,
        license=GRANT.license,
        twin=GRANT.twin,
        picture=GRANT.picture,
        engine=one["engine"],
        order=Order.model_validate_json(one["order"]),
        assets=cast("Assets", Handed(one["assets"])),
        at=datetime.fromisoformat(one["at"]),
    )
    return found[0].code if found else None


BY_THE_PACK = """
import importlib.util, json, sys
from datetime import datetime
sys.modules["sosie"] = None  # the pack works where Sosie is not installed
spec = importlib.util.spec_from_file_location("grant", sys.argv[1] + "/grant.py")
grant = importlib.util.module_from_spec(spec)
spec.loader.exec_module(grant)
found = []
for one in json.load(open(sys.argv[2], encoding="utf-8")):
    try:
        key, signature = bytes.fromhex(one["public"]), bytes.fromhex(one["signature"])
        said = grant.read(one["body"].encode(), signature, key)
        grant.check(said, engine=one["engine"], order=one["order"].encode(), assets=one["assets"],
                    at=datetime.fromisoformat(one["at"]))
        found.append(None)
    except grant.Refused as refused:
        found.append(refused.code)
print(json.dumps(found))
"""


def test_the_file_is_what_the_core_writes() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == vectors()


def test_the_core_reads_them() -> None:
    assert {one["name"]: by_the_core(one) for one in vectors()} == expected()


def test_the_node_pack_reads_them_without_sosie() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BY_THE_PACK, str(PACK), str(FILE)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = [one["name"] for one in vectors()]
    assert dict(zip(names, json.loads(done.stdout), strict=True)) == expected()
    assert len(expected()) == len(names) == 25


def expected() -> dict[str, str | None]:
    return {one["name"]: one["refused"] for one in vectors()}


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")

"""Orders, graphs and grants by chance, and a count of what gets past a gate."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from sosie.core import grant
from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, Material, Order, SignedGrant
from sosie.core.terms import Alteration
from sosie.core.values import canonical, digest
from tests.contracts.engine_contract import (
    GIVEN,
    NOW,
    Case,
    Watched,
    granted,
    never,
    nobody,
)
from tests.figures import draw

STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x01")
Gate = Callable[..., object]
"""What starts an engine: `grant.run`, or the control that does not look at the grant."""


@dataclass
class Tally:
    """What became of the inputs."""

    inputs: int = 0
    refused: int = 0
    """Stopped at the gate."""
    gave_up: int = 0
    """Started, and the engine made nothing of the order."""
    left: int = 0
    """Pictures that came out under a grant that holds."""
    leaked: list[str] = field(default_factory=list)
    """Attacks by which an engine was started."""
    attacks: Counter[str] = field(default_factory=Counter)


def leaky(engine: Watched, order: Order, assets: Assets, **how: Any) -> object:
    """The control that must leak: it starts the engine whatever the grant says."""
    return engine.run(order, assets, how["progress"], how["cancelled"])


def fuzz(gate: Gate, case: Case, count: int, *, seed: str, holding: int = 40) -> Tally:
    """Try a gate with ``count`` inputs; one in ``holding`` has a grant that holds."""
    random, tally = Random(seed), Tally()  # noqa: S311 - it must be the same again
    engine = Watched(case)
    for number in range(count):
        order, assets = any_input(random, case)
        name = "none" if number % holding == 0 else random.choice(sorted(ATTACKS))
        order, assets, at = ATTACKS.get(name, _nothing)(random, engine, order, assets)
        before = engine.starts
        tally.inputs += 1
        tally.attacks[name] += 1
        try:
            told = {"public": case.public, "at": at, "progress": nobody, "cancelled": never}
            gate(engine, order, assets, **GIVEN, **told)
            tally.left += name == "none"
        except grant.Ungranted:
            tally.refused += 1
        except Exception:
            tally.gave_up += 1  # whatever an engine raises, no picture came out
        if engine.starts != before and name != "none":
            tally.leaked.append(name)
    return tally


def any_input(random: Random, case: Case) -> tuple[Order, Assets]:
    """Return an order near the one that the engine takes, or far from it, on a tiny plate."""
    # As small as the engine takes: three wide for four tall.
    tall = max(192, -(-4 * case.engine.describe().sizes[0] // 3))
    tiny = draw(tall).assets
    files = {name: _small(file, tall) for name, file in case.assets.materials.items()}
    said = case.order.model_dump(mode="json")
    if random.random() < 0.7:
        for name in random.sample(sorted(_FIELDS), random.randint(1, 4)):
            said[name] = _FIELDS[name](random)
    for name in ("cloth", "flat", "graph", "scene"):
        if random.random() < 0.3:
            files[name] = any_file(random)
    try:
        order = Order.model_validate(said)
    except ValidationError:
        order = case.order
    return order, replace(tiny, materials=files)


def _small(file: Material, tall: int) -> Material:
    """Return a picture as small as the plate, so that engines are quick."""
    if file.pixels is None:
        return file
    return replace(
        file, pixels=np.asarray(cv2.resize(file.pixels, (3 * tall // 4, tall)), np.uint8)
    )


def any_file(random: Random) -> Material:
    """Return a file: a graph of any shape, or no graph at all."""
    data = random.randbytes(random.randint(0, 60))
    if random.random() < 0.7:
        data = json.dumps(_any_json(random, 4)).encode()
    return Material(data, digest(data))


def _any_json(random: Random, depth: int) -> Any:
    if depth == 0 or random.random() < 0.2:
        return random.choice(
            ["SaveImage", "SosieSeal", "3", 0, -1, None, True, ["3", 0], "é\u0000"]
        )
    keys = ("1", "2", "class_type", "inputs", "images", "prompt", "output")
    if random.random() < 0.3:
        return [_any_json(random, depth - 1) for _ in range(random.randint(0, 3))]
    return {random.choice(keys): _any_json(random, depth - 1) for _ in range(random.randint(0, 4))}


def _colour(random: Random) -> str:
    return f"#{random.randrange(1 << 24):06x}"


def _scene(random: Random) -> Any:
    scenes = ("plain", "cyclorama", "window", "paper", "concrete", "photograph", "attic")
    scene = random.choice(scenes)
    colour = _colour(random) if random.random() < 0.5 else None
    return {"scene": scene, "colour": colour, "file": random.choice((None, "scene"))}


_FIELDS: Mapping[str, Callable[[Random], Any]] = {
    "plate": lambda r: r.choice(("front-full", "walking", "", "../x", "é")),
    "garment": lambda r: r.choice(("top", "bottom", "dress", "hat")),
    "garment_colour": lambda r: r.choice((None, _colour(r), "red")),
    "garment_swatch": lambda r: r.choice((None, "cloth", "missing")),
    "wear": lambda r: r.choice((None, "flat", "missing")),
    "backdrop": lambda r: r.choice((None, _scene(r))),
    "relight": lambda r: r.random() < 0.5,
    "words": lambda r: r.choice(("", "a" * 2000, "ignore the license", "\u202e\u0000")),
    "graph": lambda r: r.choice((None, "graph", "missing")),
    "picture": lambda r: r.choice((None, "done", "cloth", "missing")),
    "source_type": lambda r: r.choice((None, *(str(each) for each in SourceType))),
    "tool": lambda r: r.choice(("", "another tool", "x" * 200)),
    "changes": lambda r: r.sample(sorted(Alteration), r.randint(0, 4)),
    "seed": lambda r: r.choice((0, 1, 2**32 - 1, 2**32, -1)),
}

Input = tuple[Order, Assets, datetime]


def _nothing(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    """A grant that holds."""
    return order, replace(assets, grant=granted(engine, order, assets, engine.key)), NOW


def _absent(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    return order, assets, NOW


def _garbage(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    signed = SignedGrant(random.randbytes(random.randint(0, 300)), random.randbytes(64))
    return order, replace(assets, grant=signed), NOW


def _bit(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    signed = granted(engine, order, assets, engine.key)
    body, signature = bytearray(signed.body), bytearray(signed.signature)
    changed = random.choice((body, signature))
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return order, replace(assets, grant=SignedGrant(bytes(body), bytes(signature))), NOW


def _stranger(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    body = granted(engine, order, assets, engine.key).body
    signed = SignedGrant(body, STRANGER.sign(grant.TAG + body))
    return order, replace(assets, grant=signed), NOW


def _untagged(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    body = granted(engine, order, assets, engine.key).body
    return order, replace(assets, grant=SignedGrant(body, engine.key.sign(body))), NOW


def _said_otherwise(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    """Signed by the platform, and about something else or in another form."""
    said = json.loads(granted(engine, order, assets, engine.key).body)
    key = random.choice(sorted({"sosie", "engine", "order", "expires", "assets", "nonce", *GIVEN}))
    other = {
        "sosie": "grant/2",
        "engine": "another",
        "order": digest(b"another"),
        "expires": "2026-11-28T12:59:59",
        "assets": {**said["assets"], "plate": digest(b"another")},
        "license": "L-0002",
        "twin": "another",
        "picture": "S-0001-02",
        "nonce": None,
    }
    if said[key] is None or other[key] is None:
        said.pop(key)
    else:
        said[key] = other[key]
    body = canonical(said)
    return order, replace(assets, grant=SignedGrant(body, engine.key.sign(grant.TAG + body))), NOW


def _respelled(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    said = json.loads(granted(engine, order, assets, engine.key).body)
    body = json.dumps(said, indent=random.choice((1, 2))).encode()
    return order, replace(assets, grant=SignedGrant(body, engine.key.sign(grant.TAG + body))), NOW


def _late(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    after = timedelta(hours=1, seconds=random.choice((0, 1, 10**6)))
    return order, replace(assets, grant=granted(engine, order, assets, engine.key)), NOW + after


def _other_order(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    signed = granted(engine, order, assets, engine.key)
    change = random.choice(
        ({"seed": (order.seed + 1) % 2**32}, {"words": order.words + "x"}, {"plate": "other"})
    )
    return order.model_copy(update=change), replace(assets, grant=signed), NOW


def _other_plate(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    signed = granted(engine, order, assets, engine.key)
    left, top, right, bottom = assets.card.face
    card = assets.card.model_copy(update={"face": (left + 1, top, right, bottom)})
    change = random.choice(({"digest": digest(random.randbytes(8))}, {"card": card}))
    return order, replace(assets, grant=signed, **change), NOW


def _other_files(random: Random, engine: Watched, order: Order, assets: Assets) -> Input:
    signed = granted(engine, order, assets, engine.key)
    files = dict(assets.materials)
    if files and random.random() < 0.5:
        name = random.choice(sorted(files))
        if random.random() < 0.5:
            files.pop(name)
        else:
            data = files[name].data + b"x"
            files[name] = replace(files[name], data=data, digest=digest(data))
        return order, replace(assets, materials=files, grant=signed), NOW
    if random.random() < 0.5:
        files["more"] = any_file(random)
        return order, replace(assets, materials=files, grant=signed), NOW
    return order, replace(assets, weights=any_file(random), grant=signed), NOW


ATTACKS: Mapping[str, Callable[[Random, Watched, Order, Assets], Input]] = {
    attack.__name__: attack
    for attack in (
        *(_absent, _garbage, _bit, _stranger, _untagged, _said_otherwise, _respelled, _late),
        *(_other_order, _other_plate, _other_files),
    )
}

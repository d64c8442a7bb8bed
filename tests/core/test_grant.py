"""Grants: an engine runs under one that holds, and under no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sosie.core import grant
from sosie.core.ports import Cancelled, Progress
from sosie.core.studio import (
    Assets,
    EngineCard,
    Grade,
    Material,
    Order,
    Result,
    SignedGrant,
    recipe,
)
from sosie.core.values import BadInput, Reason, canonical, digest
from tests.services.people import drawn_card, drawn_pixels

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
ORDER = Order(plate="front-full", garment_colour="#20463a", wear="tee")
PIXELS = drawn_pixels()
ASSETS = Assets(
    PIXELS,
    digest(PIXELS.tobytes()),
    drawn_card(),
    {"tee": Material(b"a tee", digest(b"a tee"))},
    Material(b"weights", digest(b"weights")),
)
GIVEN = {"license": "L-0001", "twin": "ines", "picture": "S-0001-01"}


class Counting:
    """An engine that gives the plate back, and counts how often it was started."""

    def __init__(self) -> None:
        self.runs = 0

    def describe(self) -> EngineCard:
        return EngineCard("counting", "1", frozenset(), True, None, True, False, "compositeCapture")

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        del order, assets
        return ()

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        del progress, cancelled
        self.runs += 1
        shape = assets.pixels.shape[:2]
        return Result(
            assets.pixels,
            np.ones(shape, np.float32),
            np.zeros(shape, bool),
            Grade.FINAL,
            recipe(order, assets, self.describe()),
        )


def issued(
    order: Order = ORDER, assets: Assets = ASSETS, sign: Callable[[bytes], bytes] = KEY.sign
) -> SignedGrant:
    return grant.issue(
        license="L-0001",
        twin="ines",
        picture="S-0001-01",
        engine="counting",
        order=order,
        assets=assets,
        now=NOW,
        nonce=bytes(16),
        sign=sign,
    )


def started(
    signed: SignedGrant | None,
    *,
    order: Order = ORDER,
    assets: Assets = ASSETS,
    at: datetime = NOW,
    given: dict[str, str] = GIVEN,
) -> tuple[int, tuple[str, ...]]:
    """Return how often the engine ran, and the codes of what stopped it."""
    engine = Counting()
    try:
        grant.run(
            engine,
            order,
            replace(assets, grant=signed),
            **given,
            public=PUBLIC,
            at=at,
            progress=lambda share, what: None,
            cancelled=lambda: False,
        )
    except grant.Ungranted as error:
        return engine.runs, tuple(reason.code for reason in error.reasons)
    return engine.runs, ()


def test_an_engine_runs_under_its_grant() -> None:
    assert started(issued()) == (1, ())
    assert started(issued(), at=NOW + grant.LIFETIME - timedelta(seconds=1)) == (1, ())


@pytest.mark.parametrize("what", GIVEN)
def test_a_grant_for_another_picture_license_or_twin_is_none(what: str) -> None:
    assert started(issued(), given=GIVEN | {what: "another"}) == (0, (f"grant.{what}",))


def test_a_grant_is_read_as_it_was_written() -> None:
    read = grant.read(issued(), PUBLIC)
    assert (read.license, read.twin, read.picture) == ("L-0001", "ines", "S-0001-01")
    assert set(read.assets) == {"plate", "pixels", "card", "file:tee", "weights"}
    assert read.expires == NOW + grant.LIFETIME


OTHER_PLATE = replace(ASSETS, digest=digest(b"another plate"))
OTHER_CARD = replace(ASSETS, card=ASSETS.card.model_copy(update={"view": "back"}))
OTHER_FILE = replace(ASSETS, materials={"tee": Material(b"b", digest(b"b"))})
MORE_FILES = replace(
    ASSETS, materials={**ASSETS.materials, "cap": Material(b"a tee", digest(b"a tee"))}
)
NO_WEIGHTS = replace(ASSETS, weights=None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"signed": None}, "grant.absent"),
        ({"signed": issued(sign=Ed25519PrivateKey.generate().sign)}, "grant.signature"),
        ({"signed": SignedGrant(issued().body, b"")}, "grant.signature"),
        ({"order": ORDER.model_copy(update={"seed": 1})}, "grant.order"),
        ({"assets": OTHER_PLATE}, "grant.assets"),
        ({"assets": OTHER_CARD}, "grant.assets"),
        ({"assets": OTHER_FILE}, "grant.assets"),
        ({"assets": MORE_FILES}, "grant.assets"),
        ({"assets": NO_WEIGHTS}, "grant.assets"),
        ({"at": NOW + grant.LIFETIME}, "grant.expired"),
    ],
)
def test_no_engine_runs_without_a_grant_that_holds(changed: dict[str, Any], code: str) -> None:
    assert started(**{"signed": issued(), **changed}) == (0, (code,))


def test_a_grant_for_another_engine_starts_none() -> None:
    said = grant.read(issued(), PUBLIC)
    body = replace(said, engine="another").body()
    other = SignedGrant(body, KEY.sign(grant.TAG + body))
    assert started(other) == (0, ("grant.engine",))


@given(place=st.integers(0, len(issued().body) - 1), bit=st.integers(0, 7))
def test_no_bit_of_a_grant_can_be_changed(place: int, bit: int) -> None:
    signed = issued()
    body = bytearray(signed.body)
    body[place] ^= 1 << bit
    assert started(SignedGrant(bytes(body), signed.signature)) == (0, ("grant.signature",))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        canonical({"sosie": "grant/2"}),
        issued().body.replace(b'"sosie":"grant/1",', b""),
        issued().body.replace(b"{", b"{ ", 1),
        issued().body.replace(b"+00:00", b""),
    ],
)
def test_what_is_no_grant_is_bad_input_even_if_it_is_signed(body: bytes) -> None:
    signed = SignedGrant(body, KEY.sign(grant.TAG + body))
    with pytest.raises(BadInput, match="grant/1"):
        grant.read(signed, PUBLIC)


def test_a_signature_on_something_else_is_none_on_a_grant() -> None:
    body = issued().body
    with pytest.raises(BadInput, match="another key"):
        grant.read(SignedGrant(body, KEY.sign(body)), PUBLIC)

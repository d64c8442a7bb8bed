"""What every engine promises, as checks of a case: an engine, an order, and what it works on.

A case is a function without arguments that returns a context manager (an engine may need a server
while it is looked at); `cases.py` lists them. Each check is called by `test_engines.py`.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sosie.core import grant, measuring
from sosie.core.likeness import likeness
from sosie.core.ports import Cancelled, Engine, Progress
from sosie.core.source_type import untrue
from sosie.core.studio import Assets, EngineCard, Order, Result, SignedGrant, Stopped
from sosie.core.terms import Alteration
from sosie.core.values import digest

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
"""A server that checks a grant looks at its own clock."""
HOUSE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@dataclass(frozen=True)
class Case:
    """One engine with an order that it takes, and orders that it refuses."""

    name: str
    """`module:function` of the case itself, so that a fresh process finds it."""
    engine: Engine
    order: Order
    assets: Assets
    refused: tuple[tuple[Order, Assets], ...]
    """Orders that the engine cannot take, with what they were handed."""
    keeps_head: bool = True
    """Whether the head of the plate must be in the picture, pixel by pixel."""
    others: tuple[Order, ...] = field(default=())
    """More orders that it takes, of which the head is looked at."""
    key: Ed25519PrivateKey = HOUSE
    """What grants are signed with: a server that checks them knows its public half."""

    @property
    def public(self) -> bytes:
        """The public half of the key."""
        return self.key.public_key().public_bytes_raw()


Opening = Callable[[], AbstractContextManager[Case]]


def opened(name: str) -> AbstractContextManager[Case]:
    """Open the case that `module:function` names."""
    module, _, function = name.partition(":")
    made: AbstractContextManager[Case] = getattr(importlib.import_module(module), function)()
    return made


def nobody(share: float, what: str) -> None:
    """Tell nobody."""


def never() -> bool:
    """Go on."""
    return False


GIVEN: dict[str, Any] = {"license": "L-0001", "twin": "nobody", "picture": "S-0001-01"}


def granted(
    engine: Engine, order: Order, assets: Assets, key: Ed25519PrivateKey = HOUSE
) -> SignedGrant:
    """Return a grant for exactly this, as the platform would sign it."""
    return grant.issue(
        **GIVEN,
        engine=engine.describe().name,
        order=order,
        assets=assets,
        now=NOW,
        nonce=os.urandom(16),
        sign=key.sign,
    )


def run(case: Case, order: Order | None = None, **how: Any) -> Result:
    """Have the engine of a case make a picture, under a grant."""
    order = order or case.order
    assets = replace(case.assets, grant=granted(case.engine, order, case.assets, case.key))
    told = {"progress": nobody, "cancelled": never} | how
    return grant.run(case.engine, order, assets, **GIVEN, public=case.public, at=NOW, **told)


class Watched:
    """An engine that counts how often it was started."""

    def __init__(self, case: Case) -> None:
        self._engine, self.key, self.starts = case.engine, case.key, 0

    def describe(self) -> EngineCard:
        return self._engine.describe()

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        self.starts += 1
        return self._engine.run(order, assets, progress, cancelled)

    def check(self, order: Order, assets: Assets) -> Any:
        return self._engine.check(order, assets)


def says_what_it_is(case: Case) -> None:
    card = case.engine.describe()
    assert card == case.engine.describe()
    assert card.name
    assert card.version
    assert card.operations <= set(Alteration)
    assert card.operations
    assert card.grades
    assert 0 < card.sizes[0] < card.sizes[1]
    assert card.weights is None or card.weights_license
    assert untrue(card.digital_source_type, weights=card.weights) is None


def takes_its_order(case: Case) -> None:
    for order in (case.order, *case.others):
        assert case.engine.check(order, case.assets) == ()
        assert set(order.alterations()) <= case.engine.describe().operations


def hands_back_a_sound_result(case: Case, result: Result) -> None:
    card = case.engine.describe()
    assert measuring.faults(result, card, case.assets) == ()
    assert 0 <= result.alpha.min() <= result.alpha.max() <= 1
    assert all(np.isfinite(value) for value in result.metrics.values())
    term = result.recipe.get("digital_source_type", card.digital_source_type)
    assert untrue(term, weights=result.recipe.get("weights") or card.weights) is None
    said = json.loads(json.dumps(result.recipe))
    assert Order.model_validate(said["order"]) == case.order
    assert said["engine"] == {"name": card.name, "version": card.version}
    digests = case.assets.digests()
    assert (said["plate"], said["card"]) == (digests.pop("plate"), digests.pop("card"))
    assert said["inputs"] == digests


def changes_only_what_it_says(case: Case, result: Result) -> None:
    plate = case.assets.pixels
    before = digest(plate.tobytes())
    if result.pixels.shape == plate.shape:
        differs = (result.pixels != plate).any(axis=2)
        assert differs.any()
        assert not (differs & ~result.changed).any()
    else:
        assert result.changed.all()
    run(case)
    assert digest(plate.tobytes()) == before


def keeps_the_head(case: Case, result: Result) -> None:
    left, top, right, bottom = case.assets.card.face
    head = (slice(top, bottom), slice(left, right))
    seen = 0
    for order in (case.order, *case.others):
        assert not order.relight
        made = result if order == case.order else run(case, order)
        solid = made.alpha[head] == 1
        assert solid.mean() > 0.5
        same = made.pixels[head][solid] == case.assets.pixels[head][solid]
        assert same.all()
        seen += int(solid.sum())
    assert seen > 100


def doubts_a_head_that_is_another(case: Case, result: Result) -> None:
    assert result.doubts or likeness(result.pixels, case.assets.pixels, case.assets.card).certain


def replays_in_a_fresh_process(case: Case, result: Result) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.engine_contract", case.name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    again = done.stdout.split()[-1] == digest(result.pixels.tobytes())
    assert again or not case.engine.describe().deterministic


def shows_progress_and_can_be_stopped(case: Case) -> None:
    shares: list[float] = []
    with pytest.raises(Stopped):
        run(case, progress=lambda s, w: shares.append(s), cancelled=lambda: len(shares) > 2)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    with pytest.raises(Stopped):
        run(case, cancelled=lambda: True)


def refuses_with_reasons(case: Case) -> None:
    assert len(case.refused) >= 3
    for order, assets in case.refused:
        reasons = case.engine.check(order, assets)
        assert reasons, order
        assert all("." in reason.code and reason.text for reason in reasons)


def never_starts_without_a_grant(case: Case) -> None:
    engine = Watched(case)
    other = case.order.model_copy(update={"seed": case.order.seed + 1})
    for signed in (
        None,
        granted(engine, other, case.assets, case.key),
        SignedGrant(b"{}", bytes(64)),
    ):
        with pytest.raises(grant.Ungranted):
            grant.run(
                engine,
                case.order,
                replace(case.assets, grant=signed),
                **GIVEN,
                public=case.public,
                at=NOW,
                progress=nobody,
                cancelled=never,
            )
    assert engine.starts == 0


def reaches_only_where_it_says(case: Case) -> None:
    reached = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        reached.append(address[0] if isinstance(address, tuple) else "a local socket")
        real(self, address)

    with mock.patch.object(socket.socket, "connect", connect):
        run(case)
    assert set(reached) <= {"127.0.0.1", "::1", "localhost", "a local socket"}
    assert not reached or case.engine.describe().needs


@contextmanager
def _again(name: str) -> Iterator[str]:
    with opened(name) as case:
        yield digest(run(case).pixels.tobytes())


if __name__ == "__main__":
    with _again(sys.argv[1]) as found:
        sys.stdout.write(found + "\n")

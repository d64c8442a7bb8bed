"""The suite for the engines that a server serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from os import urandom
from typing import Any

import numpy as np
import pytest

from sosie.core import grant
from sosie.core.source_type import untrue
from sosie.core.studio import Order, Result, SignedGrant, Stopped
from sosie.wiring import engines
from tests.contracts import served_cases
from tests.contracts.served_cases import SERVED, Case
from tests.engines.test_comfyui import KEY


@pytest.fixture(scope="module", params=sorted(SERVED))
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    with getattr(served_cases, request.param)() as made:
        yield made


@pytest.fixture(scope="module")
def result(case: Case) -> Result:
    return run(case, case.order)


def granted(case: Case, order: Order) -> SignedGrant:
    return grant.issue(
        license="L-0001",
        twin="nobody",
        picture="S-0001-01",
        engine=case.engine.describe().name,
        order=order,
        assets=case.assets,
        now=datetime.now(UTC),
        nonce=urandom(16),
        sign=KEY.sign,
    )


def run(case: Case, order: Order, signed: SignedGrant | None = None, **how: Any) -> Result:
    told = {"progress": lambda share, what: None, "cancelled": lambda: False} | how
    return grant.run(
        case.engine,
        order,
        replace(case.assets, grant=signed or granted(case, order)),
        public=KEY.public_key().public_bytes_raw(),
        at=datetime.now(UTC),
        **told,
    )


def test_there_are_such_engines() -> None:
    assert set(engines()) >= SERVED


def test_it_says_what_it_is(case: Case) -> None:
    card = case.engine.describe()
    assert case.name.endswith(f":{card.name}")
    assert card.version
    assert card.operations
    assert card.needs
    assert card.weights_license
    assert not card.deterministic
    assert untrue(card.digital_source_type, weights=card.weights) is None


def test_it_takes_its_order(case: Case) -> None:
    assert case.engine.check(case.order, case.assets) == ()


def test_it_changes_only_what_it_says(case: Case, result: Result) -> None:
    plate = case.assets.pixels
    assert result.pixels.dtype == np.uint8
    assert result.pixels.shape == plate.shape
    assert result.alpha.shape == result.changed.shape == plate.shape[:2]
    assert 0 <= result.alpha.min() <= result.alpha.max() <= 1
    differs = (result.pixels != plate).any(axis=2)
    assert differs.any()
    assert not (differs & ~result.changed).any()


def test_the_head_is_the_approved_one(case: Case, result: Result) -> None:
    left, top, right, bottom = case.assets.card.face
    head = (slice(top, bottom), slice(left, right))
    for made in (result, *(run(case, other) for other in case.others)):
        solid = made.alpha[head] == 1
        assert solid.mean() > 0.5
        assert np.array_equal(made.pixels[head][solid], case.assets.pixels[head][solid])


def test_it_shows_progress_and_can_be_stopped(case: Case) -> None:
    shares: list[float] = []
    with pytest.raises(Stopped):
        run(
            case,
            case.order,
            progress=lambda share, what: shares.append(share),
            cancelled=lambda: len(shares) > 2,
        )
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1


def test_it_refuses_with_reasons_what_it_cannot_take(case: Case) -> None:
    for order, assets in case.refused:
        reasons = case.engine.check(order, assets)
        assert reasons
        assert all(reason.code.startswith("engine.") and reason.text for reason in reasons)


def test_it_never_starts_without_a_grant(case: Case) -> None:
    other = granted(case, case.order.model_copy(update={"seed": 5}))
    with pytest.raises(grant.Ungranted):
        run(case, case.order, other)

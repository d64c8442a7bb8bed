"""Plates leave this machine only by the order's yes, and only for where the license lets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sosie.core.ports import Outside
from sosie.core.studio import Order
from sosie.core.values import Outcome
from sosie.engines.hosted import Hosted
from sosie.services import shoot
from tests.services.conftest import LATER, granted, plan
from tests.services.people import drawn_photo


@pytest.mark.parametrize(
    ("storage", "country", "may_leave", "codes"),
    [
        (None, "US", True, set()),
        (None, "US", False, {"engine.data_leaves"}),
        (["FR", "US"], "US", True, set()),
        (["FR"], "US", True, {"engine.storage"}),
        (["FR"], "", True, {"engine.storage"}),
        (["FR"], "US", False, {"engine.storage", "engine.data_leaves"}),
        (["EU"], "IE", True, set()),
    ],
)
def test_a_hosted_engine_is_held_to_the_storage_clause(
    captured: Outside,
    agreed: Callable[..., str],
    *,
    monkeypatch: pytest.MonkeyPatch,
    storage: list[str] | None,
    country: str,
    may_leave: bool,
    codes: set[str],
) -> None:
    clause = {"countries": {"include": storage}, "delete_within_days": 30}
    license = agreed(
        alterations=["garment", "garment_colour"], **({"storage": clause} if storage else {})
    )
    for name, value in (("KEY", "secret"), ("TERMS", "terms"), ("COUNTRY", country)):
        monkeypatch.setenv(f"SOSIE_HOSTED_{name}", value)
    outside = replace(captured, engines={"hosted": Hosted("https://api.example/v1")})
    order = Order(plate="front-half", wear="tee", may_leave=may_leave)
    wanted = plan("front-half").model_copy(update={"engine": "hosted", "pictures": (order,)})
    proposal = granted(
        shoot.propose(
            outside, license=license, plan=wanted, files={"tee": drawn_photo()}, now=LATER
        )
    )
    assert proposal.decision.outcome is Outcome.ALLOWED
    assert {reason.code for reason in proposal.refusals} == codes

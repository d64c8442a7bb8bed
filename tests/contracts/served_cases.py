"""The cases of the engines that a server serves, each with a server that speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sosie.core.ports import Engine
from sosie.core.studio import Assets, Order
from sosie.core.terms import Alteration
from sosie.engines.hosted import Hosted
from sosie.wiring import Engines
from tests.contracts.engine_contract import Case
from tests.engines import test_comfyui, test_hosted
from tests.engines.comfy_server import ComfyServer
from tests.engines.try_on_service import KEY, TryOnService


@contextmanager
def comfyui() -> Iterator[Case]:
    """A graph on a ComfyUI server that runs the node pack's nodes."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        root = Path(folder)
        (root / "grant.pem").write_bytes(test_comfyui.PEM)
        patch.setenv("SOSIE_GRANT_KEY", str(root / "grant.pem"))
        server = ComfyServer(root)
        patch.setenv("SOSIE_COMFYUI_URL", server.url)
        yield _case(Engines()["comfyui"], test_comfyui.ORDER, test_comfyui.assets(grant_for=None))
        server.close()


@contextmanager
def hosted() -> Iterator[Case]:
    """A try-on service in the shape of FASHN's API."""
    with pytest.MonkeyPatch.context() as patch:
        server = TryOnService()
        patch.setenv("SOSIE_HOSTED_URL", server.url)
        patch.setenv("SOSIE_HOSTED_KEY", KEY)
        patch.setenv("SOSIE_HOSTED_TERMS", "terms of the service")
        yield _case(Hosted(pace=0.01), test_hosted.ORDER, test_hosted.assets())
        server.close()


def _case(engine: Engine, order: Order, assets: Assets) -> Case:
    return Case(
        name=f"tests.contracts.served_cases:{engine.describe().name}",
        engine=engine,
        order=order,
        assets=assets,
        refused=(
            (order, replace(assets, pixels=assets.pixels[:-40])),
            (order, replace(assets, materials={})),
            (order.model_copy(update={"wear": None, "changes": ()}), assets),
            (order.model_copy(update={"changes": (Alteration.NUDITY,)}), assets),
        ),
        others=(order.model_copy(update={"seed": 7}),),
    )

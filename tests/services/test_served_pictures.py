"""A picture that a ComfyUI server makes goes the way of any other: granted, decided, sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sosie.core.ports import Outside
from sosie.core.studio import Order
from sosie.core.terms import Alteration
from sosie.core.values import Refusal
from sosie.engines.comfyui import ComfyUI
from sosie.services import picture, seal, shoot
from sosie.store.models import Picture
from tests.engines.comfy_server import ComfyServer
from tests.engines.test_comfyui import GRAPH
from tests.services.conftest import LATER, SECRETS, answer, granted, plan

ORDER = Order(plate="front-half", graph="graph", words="red", changes=(Alteration.GARMENT_COLOUR,))


@pytest.fixture
def server(
    captured: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ComfyServer]:
    key = Ed25519PublicKey.from_public_bytes(captured.keys.grant_public)
    file = tmp_path / "grant.pem"
    file.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    monkeypatch.setenv("SOSIE_GRANT_KEY", str(file))
    root = tmp_path / "comfyui"
    root.mkdir()
    served = ComfyServer(root)
    _set_clock(served, LATER)
    yield served
    served.close()


def _set_clock(server: ComfyServer, at: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return at.astimezone(tz)

    server.pack.nodes.datetime = Clock


def _ordered(outside: Outside, license: str) -> str:
    wanted = plan("front-half").model_copy(update={"engine": "comfyui", "pictures": (ORDER,)})
    row = granted(
        shoot.order(
            outside,
            license=license,
            plan=wanted,
            files={"graph": json.dumps(GRAPH).encode()},
            by="nord",
            passphrase=SECRETS["nord"],
            now=LATER,
        )
    )
    (id,) = picture.pending(row.pk)
    return id


def _made(outside: Outside, id: str) -> Picture | Refusal:
    return picture.make(
        outside,
        picture=id,
        progress=lambda share, what: None,
        cancelled=lambda: False,
        now=LATER,
    )


def test_it_is_made_answered_and_sealed(
    captured: Outside, agreed: Callable[..., str], server: ComfyServer
) -> None:
    outside = replace(captured, engines={"comfyui": ComfyUI(server.url)})
    row = granted(_made(outside, _ordered(outside, agreed())))
    assert row.recipe
    assert json.loads(row.recipe["graph"]).keys() == GRAPH.keys()
    assert (server.files(), server.history) == ([], {})
    granted(answer(outside, row.pk))
    granted(seal.seal(outside, picture=row.pk, now=LATER))
    row.refresh_from_db()
    assert row.status == Picture.Status.SEALED


def test_a_grant_of_yesterday_makes_nothing(
    captured: Outside, agreed: Callable[..., str], server: ComfyServer
) -> None:
    outside = replace(captured, engines={"comfyui": ComfyUI(server.url)})
    id = _ordered(outside, agreed())
    _set_clock(server, LATER + timedelta(days=1))
    made = _made(outside, id)
    assert isinstance(made, Refusal)
    assert "grant.expired" in made.reasons[0].text
    assert "Tint" not in server.executed
    assert Picture.objects.get(pk=id).status == Picture.Status.FAILED

"""Tests of what needs PyTorch: `make test-gpu`, which runs on a CPU as well. Elsewhere they are not
collected."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sosie.engines.diffusers import pipeline, weights
from sosie.engines.diffusers.engine import Diffusers
from sosie.engines.diffusers.families import FAMILIES

os.environ["HF_HUB_OFFLINE"] = "1"
collect_ignore_glob = ["test_*.py"] if find_spec("torch") is None else []
AREA = 96 * 128
STEPS = 2


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of tiny random weights of each family, saved and pinned."""
    pipeline.import_torchvision()
    from tests.gpu import tiny

    made = {}
    for name, family in FAMILIES.items():
        folder = tmp_path_factory.mktemp("weights") / name
        tiny.ready(tiny.MADE[name]()).save_pretrained(folder)
        card = f"---\nlicense: {family.declared[0]}\n---\nRandom weights, for tests.\n"
        (folder / "README.md").write_text(card, encoding="utf-8")
        weights.add(folder, family=name, steps=STEPS, area=AREA)
        made[name] = folder
    return made


@pytest.fixture
def engine_of(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Diffusers]:
    """Return a function that starts the engine on the weights of a family."""

    def started(family: str) -> Diffusers:
        monkeypatch.setenv("SOSIE_WEIGHTS", str(folders[family]))
        monkeypatch.setenv("SOSIE_DEVICE", "cpu")
        return Diffusers()

    return started


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Have every connection fail; returns those that were tried."""
    tried: list[object] = []

    def refuse(self: socket.socket, address: object, *_: Any) -> None:
        del self
        tried.append(address)
        raise OSError("there is no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    return tried

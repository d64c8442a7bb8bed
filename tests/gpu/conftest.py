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

from sosie.engines.diffusers.engine import Diffusers
from sosie.engines.diffusers.families import FAMILIES
from tests.gpu.folders import made

os.environ["HF_HUB_OFFLINE"] = "1"
collect_ignore_glob = ["test_*.py"] if find_spec("torch") is None else []


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of tiny random weights of each family, saved and pinned."""
    root = tmp_path_factory.mktemp("weights")
    return {name: made(root, name) for name in FAMILIES}


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

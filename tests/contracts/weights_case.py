"""The case of `diffusers`, with tiny random weights that are made for it and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sosie.wiring import Engines
from tests.contracts import cases
from tests.contracts.engine_contract import Case


@contextmanager
def diffusers() -> Iterator[Case]:
    """The order of the embedded engine, painted by random weights. They come of a fixed seed, so
    that another process makes the same."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        from tests.gpu.folders import made

        patch.setenv("SOSIE_WEIGHTS", str(made(Path(folder), "flux2-klein")))
        patch.setenv("SOSIE_DEVICE", "cpu")
        engine = Engines()["diffusers"]
        assert engine.describe().deterministic
        with cases.atelier() as case:
            name = "tests.contracts.weights_case:diffusers"
            yield replace(case, name=name, engine=engine, others=())

"""The case of `diffusers`, with the weights that `SOSIE_WEIGHTS` names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sosie.wiring import Engines
from tests.contracts import cases
from tests.contracts.engine_contract import Case


@contextmanager
def diffusers() -> Iterator[Case]:
    """The order of the embedded engine, painted by weights that the user brings."""
    engine = Engines()["diffusers"]
    assert engine.describe().deterministic
    with cases.atelier() as case:
        yield replace(case, name="tests.gpu.cases:diffusers", engine=engine, others=())

"""What lies outside the core, as protocols: adapters and engines fill them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sosie.core.studio import Assets, EngineCard, Order, Result
from sosie.core.values import Reason

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""
Cancelled = Callable[[], bool]


class Engine(Protocol):
    """What makes pixels. Engines never publish: the platform decides and seals."""

    def describe(self) -> EngineCard:
        """Return what the engine can do and needs."""
        ...

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """Return every reason why the engine cannot take the order; empty if it can."""
        ...

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """Make the picture. The same order and assets give the same pixels."""
        ...

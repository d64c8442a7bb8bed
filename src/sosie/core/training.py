"""Weights of one twin, trained from her own photographs: what is asked for, what comes of it.

Whether it may be done is decided as every act is (`Act.TRAIN`); `services.twin_weights` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from sosie.core.ports import Cancelled, Progress
from sosie.core.studio import EngineCard, Pixels
from sosie.core.values import Reason

T = TypeVar("T")
LEAST_PHOTOS = 4
"""Three to learn from and one to measure on."""
HELD_OUT = 4
"""Every fourth photograph is never learned from: what is learned is measured on it."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How weights of a twin are trained. Common ones for 20 to 80 photographs of a person."""

    steps: int = 1500
    """At most."""
    rank: int = 16
    learning_rate: float = 1e-4
    every: int = 50
    """Steps between two measures on what is held out, each with a checkpoint."""
    patience: int = 6
    """Measures without a new best after which training ends."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """The weights that measured best on what was held out."""

    data: bytes
    """A `.safetensors` file."""
    base: str
    """The digest of the weights that they were trained on, and work with alone."""
    metrics: Mapping[str, float]
    """`held_out_before`, `held_out_after`, `steps`, `best_step`."""
    recipe: Mapping[str, Any]


@runtime_checkable
class Trainer(Protocol):
    """An engine that can train weights of a twin."""

    def describe(self) -> EngineCard:
        """Return what the engine can do and needs."""
        ...

    def untrainable(self, photos: int) -> tuple[Reason, ...]:
        """Return every reason why it cannot train from so many photographs; empty if it can."""
        ...

    def base(self) -> str:
        """Return the digest of the weights that it would train on, empty if it has none."""
        ...

    def family(self) -> str:
        """Return the family of those weights, empty if it has none."""
        ...

    def train(
        self,
        photos: Sequence[Pixels],
        settings: TrainingSettings,
        *,
        resume: bytes | None,
        keep: Callable[[bytes], None],
        progress: Progress,
        cancelled: Cancelled,
    ) -> Trained:
        """Train; ``keep`` is handed each checkpoint, and ``resume`` the last that was kept.

        Resumed or not, the same photographs and settings give the same bytes on a CPU. Raises
        ``Stopped`` between two steps.
        """
        ...


def split(photos: Sequence[T]) -> tuple[list[T], list[T]]:
    """Return the photographs to learn from and those held out."""
    learned = [photo for place, photo in enumerate(photos, start=1) if place % HELD_OUT]
    return learned, list(photos[HELD_OUT - 1 :: HELD_OUT])

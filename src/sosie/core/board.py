"""A tile of the review board: one picture and what people need to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from sosie.core.studio import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture of a shoot."""

    name: str
    order: str
    """In words."""
    state: str
    grade: str
    """Empty until it is made."""
    notes: tuple[str, ...]
    """Failures, doubts, warnings, and what was said of it."""
    pixels: Pixels | None
    """uint8 H×W×3; ``None`` until it is made."""

"""Where the two parties sign: the last page of a contract, in points from its bottom left."""

from __future__ import annotations

BOXES: dict[str, tuple[int, int, int, int]] = {
    "model": (80, 440, 286, 530),
    "brand": (310, 440, 516, 530),
}
"""Per role: left, bottom, right, top. Contracts already typeset hold these; do not move them."""

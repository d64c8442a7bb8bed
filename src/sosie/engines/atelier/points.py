"""The landmarks of a card as the engine uses them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Card

Points = Mapping[str, tuple[float, float]]
Pair = tuple[tuple[float, float], tuple[float, float]]


def points_of(card: Card) -> Points:
    """This function will return the landmarks that a card has, in pixels, by name.

    A body that is turned hides the armpit on its far side: that one is placed between shoulder
    and waist of its side, at the height of the armpit that is seen.
    """
    points = {
        name: (float(at[0]), float(at[1])) for name, at in card.landmarks.items() if at is not None
    }
    for side, other in (("l", "r"), ("r", "l")):
        seen = points.get(f"armpit_{other}")
        shoulder, waist = points.get(f"shoulder_{side}"), points.get(f"waist_{side}")
        if f"armpit_{side}" in points or not (seen and shoulder and waist):
            continue
        share = (seen[1] - shoulder[1]) / max(waist[1] - shoulder[1], 1.0)
        points[f"armpit_{side}"] = (shoulder[0] + share * (waist[0] - shoulder[0]), seen[1])
    return points


def whole(point: tuple[float, float]) -> tuple[int, int]:
    """This function will round a point to whole pixels."""
    return round(point[0]), round(point[1])


def toward(a: tuple[float, float], b: tuple[float, float], part: float) -> tuple[float, float]:
    """This function will return the point a part of the way from one to another."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def ring(pairs: list[Pair]) -> NDArray[np.int32]:
    """Return a polygon from left and right points, listed from top to bottom."""
    corners = [left for left, _ in pairs] + [right for _, right in reversed(pairs)]
    return np.array(corners, np.float64).round().astype(np.int32)


def pair(points: Points, name: str) -> Pair:
    """This function will return the left and right landmark of a name."""
    return points[f"{name}_l"], points[f"{name}_r"]


def has(points: Points, name: str) -> bool:
    """This function will say whether both landmarks of a name are there."""
    return f"{name}_l" in points and f"{name}_r" in points


def level(points: Points, name: str, otherwise: float) -> float:
    """Return the mean height of a pair of landmarks."""
    if not has(points, name):
        return otherwise
    left, right = pair(points, name)
    return (left[1] + right[1]) / 2


def inward(pair: Pair, part: float) -> Pair:
    """This function will move both ends of a pair toward each other by a part of their distance."""
    return toward(pair[0], pair[1], part), toward(pair[1], pair[0], part)


def torso_of(points: Points, inset: float) -> NDArray[np.int32] | None:
    """This function will return the torso's polygon, drawn in by a part of its width."""
    pairs = []
    for name in ("neck", "armpit", "waist", "hip"):
        left, right = points.get(f"{name}_l"), points.get(f"{name}_r")
        if left and right:
            pairs.append((toward(left, right, inset), toward(right, left, inset)))
    if len(pairs) < 3:
        return None
    if inset > 0 and has(points, "shoulder") and has(points, "armpit") and has(points, "neck"):
        tops = [
            toward(*ends, 0.3)
            for ends in zip(pair(points, "shoulder"), pair(points, "armpit"), strict=True)
        ]
        pairs.insert(1, inward((tops[0], tops[1]), 2 * inset))
    return ring(pairs)


def span_of(points: Points) -> tuple[float, float, float]:
    """This function will return the heights of armpits, waist and hips, guessed where absent."""
    hip = level(points, "hip", 0.0)
    armpit = level(points, "armpit", hip - 2.6 * (hip - level(points, "waist", hip - 1)))
    return armpit, level(points, "waist", armpit + 0.55 * (hip - armpit)), hip

"""The landmarks of a card as the engine uses them."""

from __future__ import annotations

from sosie.core.studio import Card

Points = dict[str, tuple[float, float]]


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

"""The drawn person at half her size: engines that a server serves are quicker with it."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from tests.services.people import drawn_card, drawn_pixels

from sosie.core.studio import Card, Pixels


@cache
def small_pixels() -> Pixels:
    """Return uint8 600×450×3 sRGB."""
    small = cv2.resize(drawn_pixels(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def small_card() -> Card:
    """Return her card."""
    card = drawn_card()
    points = {name: at and (at[0] / 2, at[1] / 2) for name, at in card.landmarks.items()}
    said = card.model_dump(by_alias=True) | {"size": (450, 600), "landmarks": points}
    return Card.model_validate(said | {"face": tuple(each / 2 for each in card.face)})

"""Whether a finished picture shows the person of a plate: her head is looked for, as it is there.

Without a trained model nobody can tell her face in another light or pose from another person's. So
nothing is guessed: the head of the plate is laid on the picture (`alignment`, `features`) and
compared (`difference`). What was recompressed, sized, cut, mirrored, moved in tone or put before
another backdrop still holds it; what was drawn anew does not, be it her or somebody else, and a
person decides. Measured: docs/formats/shoot.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.alignment import by_features, direct, warped
from sosie.core.difference import compared
from sosie.core.features import agreement, of_grey, shrunk
from sosie.core.projection import Matrix, moved, scaled, slope
from sosie.core.projection import mirrored as flipped
from sosie.core.studio import Card, Pixels

LEAST_HEAD = 64
"""Pixels that the head must be high in the picture: less says too little."""
MOST_CHANGED = 0.02
"""Share of the head, 0 to 1, that may differ."""
MOST_STRETCHED = 1.03
"""How much wider or higher, against the other side, the head may have become."""
MOST_SKIN = 6.0
"""CIELAB units by which the color of her face may differ."""
_HEAD_SIDE, _SIDE, _MOST = 400, 1200, 1500
"""Longer side of the grids on which head and picture are searched, and features of each."""
_AGREEING = 12
_INNER, _FACE = 0.65, 0.45
"""What is compared of the box around the head, from its middle: without the backdrop at its edge,
and for the color of the face without the hair."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How the head of a plate was found again in a picture, where it lay best."""

    high: float
    """Pixels that it is high there; 0 if it was not found at all."""
    changed: float = 1.0
    """Share of it that differs, 0 to 1."""
    skin: float = 0.0
    """CIELAB units between the colors of the face here and there."""
    stretched: float = 1.0
    """Its longer change of size by its shorter one."""

    @property
    def certain(self) -> bool:
        """Whether this is her head, as it is on the plate."""
        return not self.against

    @property
    def against(self) -> str:
        """Why it is not certain to be hers, in words; empty if it is."""
        if not self.high:
            return "her head, as the plate shows it, is not found in it"
        if self.high < LEAST_HEAD:
            return f"the head is {self.high:.0f} pixels high, and {LEAST_HEAD} are needed to tell"
        if self.changed > MOST_CHANGED:
            return f"{self.changed:.0%} of the head differs from the plate"
        if self.stretched > MOST_STRETCHED:
            return f"the head is stretched by {self.stretched - 1:.0%}"
        if self.skin > MOST_SKIN:
            return f"the color of the face is {self.skin:.0f} units from that of the plate"
        return ""


def same_head(picture: Pixels, plate: Pixels, card: Card) -> bool:
    """This function will return whether a picture of the plate's size shows the head of the plate
    pixel by pixel, where it is."""
    left, top, right, bottom = card.face
    if picture.shape != plate.shape or right - left < 8 or bottom - top < 8:
        return False
    ours, theirs = (each[top:bottom, left:right] for each in (picture, plate))
    inner = _ellipse(theirs.shape, _INNER)
    return bool((ours[inner] == theirs[inner]).all())


def likeness(picture: Pixels, plate: Pixels, card: Card) -> Likeness:
    """This function will look for the head of a plate in a picture.

    Both: uint8 H×W×3 sRGB, at least 32 pixels a side.
    """
    best = Likeness(0.0)
    for matrix in _layings(picture, plate, card):
        found = _compare(picture, plate, card, matrix)
        if found is not None and (not best.high or found.changed < best.changed):
            best = found
        if best.certain:
            break
    return best


def _layings(picture: Pixels, plate: Pixels, card: Card) -> Iterator[Matrix]:
    """Yield transforms from the plate to the picture, the cheapest first."""
    for mirrored in (False, True):
        if (found := direct(picture, plate, mirrored, 0)) is not None:
            yield found.matrix
    yield from _by_head(picture, plate, card)
    for each in by_features(picture, plate):
        yield each.matrix


def _by_head(picture: Pixels, plate: Pixels, card: Card) -> Iterator[Matrix]:
    """Yield transforms by the features of the head alone, as it is and mirrored."""
    left, top, right, bottom = card.face
    near, small = shrunk(picture, _SIDE)
    head = np.ascontiguousarray(plate[top:bottom, left:right])
    far, large = _sized(head)
    there = of_grey(near, _MOST)
    for mirrored in (False, True):
        grey = np.ascontiguousarray(far[:, ::-1]) if mirrored else far
        found = agreement(of_grey(grey, _MOST), there, least=_AGREEING)
        if found is None:
            continue
        whole = found.matrix @ flipped(far.shape[1]) if mirrored else found.matrix
        cut = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
        yield scaled(1 / small) @ whole @ scaled(large) @ cut


def _sized(head: Pixels) -> tuple[Pixels, float]:
    scale = _HEAD_SIDE / max(head.shape[:2])
    sides = (max(32, round(head.shape[1] * scale)), max(32, round(head.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = cv2.cvtColor(cv2.resize(head, sides, interpolation=how), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.uint8), scale


def _compare(picture: Pixels, plate: Pixels, card: Card, matrix: Matrix) -> Likeness | None:
    """Compare the head where a transform lays it; ``None`` where it lies outside the picture."""
    left, top, right, bottom = card.face
    x, y = moved(matrix, np.array([(left, top), (right, top), (right, bottom), (left, bottom)])).T
    a, b = max(0, int(np.floor(x.min()))), max(0, int(np.floor(y.min())))
    c, d = int(np.ceil(x.max())), int(np.ceil(y.max()))
    region = picture[b:d, a:c]
    inside = region.shape[0] * region.shape[1] / max(1.0, float(np.ptp(x) * np.ptp(y)))
    if min(region.shape[:2], default=0) < 16 or inside < 0.9:
        return None
    head = np.ascontiguousarray(plate[top:bottom, left:right])
    ours = np.array([[1, 0, -a], [0, 1, -b], [0, 0, 1.0]])
    theirs = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    found = compared(np.ascontiguousarray(region), head, ours @ matrix @ theirs)
    differs = found.changed
    inner, face = (_ellipse(differs.shape, share) for share in (_INNER, _FACE))
    near = cv2.cvtColor(found.near, cv2.COLOR_RGB2LAB)[face].astype(float)
    drawn, _ = warped(head, found.matrix, differs.shape[::-1])
    far = cv2.cvtColor(drawn, cv2.COLOR_RGB2LAB)[face].astype(float)
    gap = (np.median(near, axis=0) - np.median(far, axis=0)) * (100 / 255, 1, 1)
    there = np.array([(left + right) / 2, (top + bottom) / 2])
    long, short = np.linalg.svd(slope(matrix, there), compute_uv=False)
    return Likeness(
        high=float(np.ptp(y)),
        changed=float(differs[inner].mean()),
        skin=float(np.linalg.norm(gap)),
        stretched=float(long / short),
    )


def _ellipse(shape: tuple[int, ...], share: float) -> NDArray[np.bool_]:
    """Return the middle of a grid, as wide and high as this share of it."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    result: NDArray[np.bool_] = x**2 + y**2 <= share**2
    return result

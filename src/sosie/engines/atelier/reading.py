"""What is read off a plate before anything is changed: the person and the garment worn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sosie.core.matting import Matte
from sosie.core.silhouette import Mask, Silhouette, person
from sosie.core.studio import Assets, Card
from sosie.engines.atelier import flanks
from sosie.engines.atelier.borders import Border, completed, unedged
from sosie.engines.atelier.garment import Garment, Kind, certain, face, find, near, places
from sosie.engines.atelier.points import points_of, span_of
from sosie.engines.atelier.spill import Spill, spill, without


@dataclass(frozen=True, slots=True)
class Mended:
    """The worn garment, mended, and what is still wrong with its mask."""

    garment: Garment
    spilt: Spill
    """What it paints that is not of it."""
    border: Border
    """Where it ends though nothing ends there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A plate as it was read."""

    key: str
    silhouette: Silhouette
    matte: Matte
    mended: Mended | None

    @property
    def garment(self) -> Garment | None:
        """The worn garment that is given another color, if one is."""
        return self.mended.garment if self.mended else None


def outlined(assets: Assets) -> Silhouette:
    """This function will find the person; where her top is like the backdrop, its sides first."""
    known = certain(assets.card, assets.pixels.shape[:2])
    found = person(assets.pixels, known)
    trunk = flanks.trunk(assets.pixels, assets.card, found)
    return found if trunk is None else person(assets.pixels, known | trunk)


def mended(assets: Assets, silhouette: Silhouette, cut: Matte, kind: Kind) -> Mended:
    """This function will find the worn garment of a kind, whole and without what surely is
    something else.

    Raises ``ValueError`` if a landmark is missing (``garment.find``).
    """
    points, shape = points_of(assets.card), assets.pixels.shape[:2]
    low = below_ankles(assets.card, shape)

    def spilt(garment: Garment, border: Border) -> Spill:
        return spill(
            assets.pixels,
            garment.share * cut.alpha > 0.5,
            place=places(points, shape)[kind] & garment.core,
            face=face(assets.card, shape) & (cut.alpha >= 1),
            backdrop=silhouette.backdrop,
            low=low,
            cut=border.lines,
        )

    garment = find(assets.pixels, cut, assets.card, kind)
    border = unedged(assets.pixels, garment.share, cut.alpha)
    sure = spilt(garment, border).sure
    trimmed = without(garment, sure, cut.colors)
    free = near(trimmed.share, assets.card) & ~low & ~sure
    free[: int(span_of(points)[0])] = False
    whole = completed(trimmed, assets.pixels, cut.alpha, free)
    if whole is not garment:
        border = unedged(assets.pixels, whole.share, cut.alpha)
    return Mended(whole, spilt(whole, border), border)


def below_ankles(card: Card, shape: tuple[int, ...]) -> Mask:
    """This function will return what lies below her ankles (bool H×W), each pixel below the
    nearer."""
    ankles = [at for name, at in points_of(card).items() if name.startswith("ankle")]
    low = np.zeros(shape, np.bool_)
    for x, y in ankles:
        nearest = [abs(np.arange(shape[1]) - each) for each, _ in ankles]
        low[int(y) :] |= abs(np.arange(shape[1]) - x) <= np.min(nearest, axis=0)
    return low

"""What is read off a plate before anything is changed: the person and the garment worn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sosie.core.matting import Matte
from sosie.core.silhouette import Mask, Silhouette, person
from sosie.core.studio import Assets
from sosie.engines.atelier import flanks
from sosie.engines.atelier.borders import completed, unedged
from sosie.engines.atelier.garment import Garment, Kind, certain, face, find, near, places
from sosie.engines.atelier.points import points_of, span_of
from sosie.engines.atelier.spill import Spill, spill, without


@dataclass(frozen=True, slots=True)
class Reading:
    """A plate as it was read."""

    key: str
    silhouette: Silhouette
    matte: Matte
    kind: Kind | None
    garment: Garment | None


def outlined(assets: Assets) -> Silhouette:
    """This function will find the person; where her top is like the backdrop, its sides first."""
    known = certain(assets.card, assets.pixels.shape[:2])
    found = person(assets.pixels, known)
    trunk = flanks.trunk(assets.pixels, assets.card, found)
    return found if trunk is None else person(assets.pixels, known | trunk)


def worn_garment(assets: Assets, silhouette: Silhouette, cut: Matte, kind: Kind) -> Garment:
    """This function will find the worn garment of a kind, whole and without what surely is
    something else.

    Raises ``ValueError`` if a landmark is missing (``garment.find``).
    """
    garment = find(assets.pixels, cut, assets.card, kind)
    sure = spilt(assets, silhouette, cut, garment, kind).sure
    garment = without(garment, sure, cut.colors)
    armpit, _, _ = span_of(points_of(assets.card))
    free = near(garment.share, assets.card) & ~_below(assets) & ~sure
    free[: int(armpit)] = False
    return completed(garment, assets.pixels, cut.alpha, free)


def spilt(
    assets: Assets, silhouette: Silhouette, cut: Matte, garment: Garment, kind: Kind
) -> Spill:
    """This function will find what a garment's mask paints that is not of it."""
    points, shape = points_of(assets.card), assets.pixels.shape[:2]
    return spill(
        assets.pixels,
        garment.share * cut.alpha > 0.5,
        place=places(points, shape)[kind] & garment.core,
        face=face(assets.card, shape) & (cut.alpha >= 1),
        backdrop=silhouette.backdrop,
        low=_below(assets),
        cut=unedged(assets.pixels, garment.share, cut.alpha).lines,
    )


def _below(assets: Assets) -> Mask:
    """Return what lies below her ankles, each pixel below the nearer."""
    shape = assets.pixels.shape[:2]
    points = points_of(assets.card).items()
    ankles = [at for name, at in points if name.startswith("ankle")]
    low = np.zeros(shape, np.bool_)
    for x, y in ankles:
        nearest = [abs(np.arange(shape[1]) - each) for each, _ in ankles]
        low[int(y) :] |= abs(np.arange(shape[1]) - x) <= np.min(nearest, axis=0)
    return low

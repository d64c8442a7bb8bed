"""Put a person, recolored or not, before a scene, and change nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Mask, Pixels
from sosie.engines.atelier.colour import Dyed
from sosie.engines.atelier.garment import Garment


def compose(
    plate: Pixels, matte: Matte, cloth: tuple[Garment, Dyed] | None, scene: Field | None
) -> tuple[Pixels, Mask]:
    """This function will return the finished picture and where it may differ from the plate.

    ``plate`` is uint8 H×W×3 sRGB, ``scene`` float32 H×W×3 (sRGB 0 to 255) or None to keep the
    plate's backdrop. A pixel may differ where cloth has a part in it or, with a new scene,
    where alpha is under 1; every other pixel is copied from the plate.
    """
    part = matte.alpha[..., None]
    may = np.zeros(matte.alpha.shape, np.bool_)
    colors = matte.colors
    if cloth is not None:
        garment, dyed = cloth
        change = garment.share[..., None] * (dyed.colors - garment.own)
        may |= (garment.share > 0) & (matte.alpha > 0)
        colors = colors + change
    if scene is not None:
        mixed = scene + part * (colors - scene)
        may |= matte.alpha < 1
    elif cloth is not None:
        mixed = plate + part * change
    else:
        return plate.copy(), may
    finished: NDArray[np.uint8] = np.where(
        may[..., None], np.clip(np.rint(mixed), 0, 255).astype(np.uint8), plate
    )
    return finished, may

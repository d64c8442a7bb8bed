"""What a model is given to work on, and what it may not touch."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import matte
from sosie.core.ports import Cancelled, Progress
from sosie.core.silhouette import Mask, person
from sosie.core.studio import Alpha, Assets, Order, Pixels
from sosie.engines.atelier import Atelier
from sosie.engines.atelier.garment import certain, head, loose_hair

FEATHER = 1 / 150
"""Width of the seam as a share of the picture's height."""


@dataclass(frozen=True, slots=True)
class Structure:
    """The picture that a model starts from."""

    pixels: Pixels
    """The plate, or what `atelier` made of it."""
    alpha: Alpha
    region: Mask
    """Where the model's pixels may stand: never on her head."""
    changed: Mask
    """Where the finished picture may differ from the plate: the region, and what `atelier` changed
    beside it, such as the backdrop between strands of hair."""
    comp: bool
    """Whether `atelier` took the order, so that only what it changed is open to the model."""


def build(
    atelier: Atelier, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled
) -> Structure:
    """This function will have `atelier` lay out an order if it can, and say what stays as it is."""
    shape = assets.pixels.shape[:2]
    if comp_faults(atelier, order, assets):
        silhouette = person(assets.pixels, certain(assets.card, shape))
        strands, gaps = loose_hair(assets.card, shape)
        alpha = matte(assets.pixels, silhouette, strands=strands, gaps=gaps).alpha
        region = ~_kept(assets, alpha)
        return Structure(assets.pixels, alpha, region, region, comp=False)
    made = atelier.run(_plain(order), assets, progress, cancelled)
    region = made.changed & ~_kept(assets, made.alpha)
    return Structure(made.pixels, made.alpha, region, made.changed, comp=True)


def comp_faults(atelier: Atelier, order: Order, assets: Assets) -> tuple[str, ...]:
    """This function will say why `atelier` cannot lay out an order; empty if it can."""
    return tuple(reason.text for reason in atelier.check(_plain(order), assets))


def paste(structure: Structure, generated: Pixels) -> Pixels:
    """This function will lay a model's pixels into the region that is open to them.

    Both are uint8 H×W×3. From the edge of the region inward the model's share grows from nothing to
    all, so that the seam lies inside the region and every other pixel is the one that was there.
    """
    wide = max(2.0, FEATHER * generated.shape[0])
    inward = cv2.distanceTransform(structure.region.astype(np.uint8), cv2.DIST_L2, 5)
    share = np.clip(inward / wide, 0, 1)[..., None]
    before = structure.pixels.astype(np.float32)
    mixed = np.rint(before + share * (generated.astype(np.float32) - before))
    laid: Pixels = np.where(structure.region[..., None], mixed, before).astype(np.uint8)
    return laid


def agreement(structure: Structure, generated: Pixels) -> float:
    """This function will say how alike a model's picture and the plate are where nothing of hers
    was to change: the correlation of their lightness, −1 to 1. A changed pose brings it down."""
    kept = ~structure.region & (structure.alpha > 0.5)
    if not kept.any():
        return 0.0
    one, other = (_light(pixels)[kept] for pixels in (structure.pixels, generated))
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / scale if scale else 0.0


def _plain(order: Order) -> Order:
    """Return an order without what only a model that reads words can do."""
    return order.model_copy(update={"words": "", "changes": ()})


def _kept(assets: Assets, alpha: Alpha) -> Mask:
    left, top, right, bottom = assets.card.face
    area = head(assets.card, alpha.shape)
    area[top:bottom, left:right] = True
    kept: Mask = area & (alpha > 0)
    return kept


def _light(pixels: Pixels) -> NDArray[np.float32]:
    light: NDArray[np.float32] = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return light

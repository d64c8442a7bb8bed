"""What every engine asks of an order and its plate, before it looks at the picture."""

from __future__ import annotations

import numpy as np

from sosie.core.studio import Assets, EngineCard, Order
from sosie.core.values import Reason


def plain_faults(order: Order, assets: Assets, card: EngineCard) -> list[Reason]:
    """This function will return why an engine of this card cannot take an order: the plate, its
    size, what is ordered, and whether the plate may leave the machine."""
    found = plate_faults(assets)
    sides, (least, most) = assets.pixels.shape[:2], card.sizes
    if not least <= min(sides) <= max(sides) <= most:
        text = (
            f"the plate has {' by '.join(map(str, sides[::-1]))} pixels; `{card.name}` takes "
            f"sides of {least} to {most}"
        )
        found.append(Reason("engine.size", text))
    asked = order.alterations()
    if not asked:
        found.append(Reason("engine.nothing_to_do", "the order changes nothing"))
    found += [
        Reason("engine.operation", f"`{each}` is not done by this engine")
        for each in asked
        if each not in card.operations
    ]
    if card.data_leaves_machine and not order.may_leave:
        text = (
            f"`{card.name}` would send the plate to another machine; say `may_leave: true` in the "
            "order if that is meant, or use an engine on this one"
        )
        found.append(Reason("engine.data_leaves", text))
    return found


def plate_faults(assets: Assets) -> list[Reason]:
    """This function will return why a plate is none: its pixels, or that its card is another's."""
    pixels, size = assets.pixels, assets.card.size
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return [Reason("engine.pixels", "the plate is no uint8 H×W×3 sRGB array")]
    if (pixels.shape[1], pixels.shape[0]) != tuple(size):
        text = (
            f"the card is of a plate of {size[0]}×{size[1]} pixels, the plate has "
            f"{pixels.shape[1]}×{pixels.shape[0]}"
        )
        return [Reason("engine.card_size", text)]
    return []

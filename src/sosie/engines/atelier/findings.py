"""What is measured on a finished picture, and what of it makes it a comp."""

from __future__ import annotations

from collections.abc import Mapping

from sosie.core.matting import leftovers, lost
from sosie.core.silhouette import Field, Mask, Pixels
from sosie.core.studio import Assets, Order
from sosie.engines.atelier import slivers
from sosie.engines.atelier.colour import MOST_DIFFERENCE, Dyed
from sosie.engines.atelier.garment import Garment, face, head, near
from sosie.engines.atelier.garment_edges import dilated
from sosie.engines.atelier.reading import Reading
from sosie.engines.atelier.remains import remains

LEAST_PLAIN = 0.85
LEAST_COVERAGE = 0.9
LEAST_CONTRAST = 0.35
LEAST_MATTING = 0.8
MOST_LOST = 80.0
"""Pixels of a picture of 900×900 in one part along her outline that may be lost to the old
backdrop: a shoe or a sleeve has 146 and more, specks of a watermark have up to 40."""
MOST_OLD = 8.0
"""Area, in pixels of a picture of 900×900, of the largest patch that may keep the old color."""
MOST_SPILT = 24.0
"""The same of the largest patch that is painted beside the garment: on photographs a dark fold has
up to 18, a gap before the backdrop 38 and more."""
MOST_UNEDGED = 12.0
"""Length, in pixels of a picture of 900×900, of the longest line along which a garment's mask may
end without an edge of the photograph: of masks that are right up to 3, of one that was cut 18 and
more."""
MOST_EDGE = 48.0
"""The same of the largest patch beside the garment that is nearly of the old color: on photographs
clean edges have up to 30, one with a line and a lump of the old color 128."""
_RIM = 8
"""How far beside the garment, in pixels of a picture of 900×900, that is looked for."""
_FACE_SOLID = 0.99


def measured(
    assets: Assets,
    reading: Reading,
    cloth: tuple[Garment, Dyed] | None,
    pixels: Pixels,
    changed: Mask,
) -> dict[str, float]:
    """This function will measure what every picture is judged by.

    ``cloth`` is the garment in its new color, ``pixels`` (uint8 H×W×3 sRGB) the finished picture,
    and ``changed`` (bool H×W) where it may differ from the plate.
    """
    shape = assets.pixels.shape[:2]
    solid = reading.matte.alpha >= 1
    crown = head(assets.card, shape) & solid
    inner = reading.matte.alpha[face(assets.card, shape)]
    differs = (pixels != assets.pixels).any(axis=2)
    metrics = {
        "plain": reading.silhouette.plain,
        "matting_confidence": reading.matte.confidence,
        "face_solid": float((inner >= 1).mean()) if inner.size else 0.0,
        "head_pixels_changed": float((differs & crown).sum()),
        "pixels_changed_outside": float((differs & ~changed).sum()),
        "figures": float(len(reading.silhouette.figures)),
    }
    if cloth is not None:
        garment, dyed = cloth
        metrics["garment_coverage"] = garment.coverage
        metrics["garment_contrast"] = garment.contrast
        metrics["color_difference"] = dyed.difference
    return metrics


def recolored(pixels: Pixels, assets: Assets, reading: Reading) -> dict[str, float]:
    """This function will measure a garment's new color: what of the old one is still seen, what is
    painted beside the garment, and where its mask was cut; nothing if none has a new color."""
    worn = reading.mended
    if worn is None:
        return {}
    return {
        **_placed("spilt", "patch", worn.spilt.area, worn.spilt.at),
        **_placed("unedged", "length", worn.border.length, worn.border.at),
        **_old_color(pixels, assets, reading, worn.garment),
    }


def _placed(what: str, size: str, value: float, at: tuple[float, float]) -> dict[str, float]:
    return {f"{what}_{size}": value, f"{what}_across": at[0], f"{what}_down": at[1]}


def _old_color(
    pixels: Pixels, assets: Assets, reading: Reading, garment: Garment
) -> dict[str, float]:
    """Return what is seen of a garment's old color, where that is told by its hue."""
    if not len(garment.others):
        return {}
    card = assets.card
    asked = near(garment.share, card) & (reading.matte.alpha > 0.5)
    asked &= ~head(card, asked.shape) & (garment.share < 0.5)
    own, others = garment.colors, garment.others
    found = remains(assets.pixels, pixels, asked, own=own, others=others)
    unit = max(1.0, asked.size**0.5 / 900)
    beside = asked & dilated(garment.share > 0.5, round(_RIM * unit))
    edge = remains(assets.pixels, pixels, beside, own=own, others=others, rim=True)
    return {
        **_placed("old_color", "patch", found.area, found.at),
        **_placed("old_edge", "patch", edge.area, edge.at),
    }


def left(pixels: Pixels, assets: Assets, reading: Reading, scene: Field) -> dict[str, float]:
    """This function will measure what slivers of the old backdrop are seen, and how much of
    her is lost to it."""
    found = leftovers(pixels, assets.pixels, reading.silhouette, reading.matte, scene)
    left, top, right, bottom = assets.card.face
    # A shine on the brow is as light and as gray as a backdrop.
    found[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
    still = slivers.seen(found, pixels)
    longest = still[0] if still else slivers.Sliver(0.0, 0.0)
    return {
        "lost": lost(assets.pixels, reading.silhouette, reading.matte),
        "slivers": float(len(still)),
        "sliver_length": longest.length,
        "sliver_width": longest.width,
    }


def warnings(order: Order, metrics: Mapping[str, float], reading: Reading) -> tuple[str, ...]:
    """This function will return every reason why a picture is a comp; none if it is final."""
    found = []
    touched = metrics["head_pixels_changed"] and not order.relight
    if touched or metrics["pixels_changed_outside"]:
        found.append("pixels changed where none may")
    if metrics["figures"] > 1:
        found.append("more than one figure is in the frame")
    if metrics["plain"] < LEAST_PLAIN:
        found.append(f"the backdrop is too busy (plain {metrics['plain']:.2f})")
    if order.backdrop is not None:
        found += _outline_faults(metrics)
    if reading.garment is not None:
        found += [*reading.garment.warnings, *_color_faults(metrics)]
    return tuple(found)


def _color_faults(metrics: Mapping[str, float]) -> list[str]:
    """Return what is wrong with a garment's new color."""
    found = []
    if metrics["garment_coverage"] < LEAST_COVERAGE:
        found.append(f"the garment covers only {metrics['garment_coverage']:.0%} of its place")
    if metrics["garment_contrast"] < LEAST_CONTRAST:
        found.append("the garment's color hardly differs from its neighbors'")
    for old, most in (("old_color", MOST_OLD), ("old_edge", MOST_EDGE)):
        if metrics.get(f"{old}_patch", 0.0) <= most:
            continue
        across, down = (metrics[f"{old}_{way}"] for way in ("across", "down"))
        found.append(
            f"the old color is still seen, {across:.0%} from the left and {down:.0%} from the top"
        )
    if metrics.get("spilt_patch", 0.0) > MOST_SPILT:
        across, down = (metrics[f"spilt_{way}"] for way in ("across", "down"))
        found.append(
            f"the new color spills onto what is not the garment, {across:.0%} from the left and "
            f"{down:.0%} from the top"
        )
    if metrics["unedged_length"] > MOST_UNEDGED:
        across, down = (metrics[f"unedged_{way}"] for way in ("across", "down"))
        found.append(
            f"the garment's edge was not found, {across:.0%} from the left and {down:.0%} from "
            "the top"
        )
    if metrics["color_difference"] > MOST_DIFFERENCE:
        found.append(f"the color misses its target by {metrics['color_difference']:.1f}")
    return found


def _outline_faults(metrics: Mapping[str, float]) -> list[str]:
    """Return what is wrong where she meets a new backdrop."""
    found = []
    if metrics["face_solid"] < _FACE_SOLID:
        found.append(f"the face is only {metrics['face_solid']:.1%} solid in the matte")
    if metrics["matting_confidence"] < LEAST_MATTING:
        share = 1 - metrics["matting_confidence"]
        found.append(f"person and old backdrop are too alike along {share:.0%} of the outline")
    if metrics["lost"] > MOST_LOST:
        found.append("something as light as the old backdrop is cut off at her outline")
    if metrics["slivers"]:
        size = f"{metrics['sliver_length']:.0f} long and {metrics['sliver_width']:.0f} wide"
        found.append(
            f"slivers of the old backdrop are left: {metrics['slivers']:.0f}, the longest {size}, "
            "in pixels of a picture of 900×900"
        )
    return found

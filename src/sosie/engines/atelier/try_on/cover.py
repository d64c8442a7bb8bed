"""Who lies over whom: hair and arms before the garment, skin where the old one showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Mask, spread
from sosie.core.studio import Card
from sosie.engines.atelier.colour import to_linear, to_srgb
from sosie.engines.atelier.garment import head
from sosie.engines.atelier.try_on.fit import Body, Fit, half_width, polygon
from sosie.engines.atelier.try_on.leftover import cloth_before
from sosie.engines.atelier.try_on.skin import continued, disc, outline, smooth_edge

_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Layers:
    """The warped garment: what lies on the trunk, and the sleeves."""

    colors: Field
    """float32 H×W×3, sRGB 0 to 255."""
    trunk: Field
    """float32 H×W, 0 to 1."""
    sleeves: Field


@dataclass(frozen=True, slots=True)
class Covered:
    """The dressed person."""

    colors: Field
    """float32 H×W×3, sRGB 0 to 255: the person's own color."""
    behind: Field
    """float32 H×W×3, sRGB 0 to 255: colors over the plate's backdrop."""
    alpha: Field
    garment: Field
    """The new garment's share of each pixel that is seen."""
    left: Field
    """Share of each pixel that still shows the old garment."""
    guessed: Field
    """Share of each pixel that is filled skin."""
    lower: Field
    """Share of each pixel, below the new hem, that is filled with her other clothes."""
    bridged: Mask
    """bool H×W: gaps between sleeve and trunk that were closed with their cloth."""


def skin(pixels: Field, alpha: Field, card: Card) -> Mask:
    """This function will find bare skin by the face's own color (CIELAB, robust)."""
    lab = cv2.cvtColor(pixels / np.float32(255), cv2.COLOR_RGB2LAB)
    left, top, right, bottom = card.face
    oval = np.zeros(alpha.shape, np.uint8)
    middle = ((left + right) // 2, round(top + 0.6 * (bottom - top)))
    radii = (round(0.32 * (right - left)), round(0.32 * (bottom - top)))
    cv2.ellipse(oval, middle, radii, 0, 0, 360, 1, -1)
    seen = lab[(oval > 0) & (alpha > 0.9)].astype(np.float64)
    if len(seen) < 30:
        return np.zeros(alpha.shape, bool)
    center = np.median(seen, axis=0)
    near = seen[(np.abs(seen - center) < [20, 9, 11]).all(axis=1)]
    if len(near) < 30:
        near = seen
    spread_ = np.cov(near.T)
    spread_ = spread_ * 1.5 + np.diag([220.0, 14.0, 16.0])
    away = lab - near.mean(axis=0).astype(np.float32)
    turned = away @ np.linalg.cholesky(np.linalg.inv(spread_)).astype(np.float32)
    found = ((turned**2).sum(axis=2) < 9) & (alpha > 0.5)
    return cast(
        "Mask", cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))) > 0
    )


def hair(pixels: Field, alpha: Field, bare: Mask, worn: Field, card: Card) -> Field:
    """This function will find hair that hangs below the face (float32 H×W, 0 to 1)."""
    left, top, right, bottom = card.face
    wide, tall = right - left, bottom - top
    lab = cv2.cvtColor(pixels / np.float32(255), cv2.COLOR_RGB2LAB)
    above = np.zeros(alpha.shape, bool)
    above[max(0, int(top - 0.5 * tall)) : int(top + 0.1 * tall), max(0, left) : right] = True
    seed = above & (alpha > 0.9) & ~bare
    nothing = np.zeros(alpha.shape, np.float32)
    if seed.sum() < 60:
        return nothing
    center = np.median(lab[seed], axis=0)
    wideness = np.percentile(np.abs(lab[seed] - center), 80, axis=0) + np.array([6, 4, 4])
    like = (np.abs(lab - center) < 2 * wideness).all(axis=2) & (alpha > 0.5) & (worn < 0.5) & ~bare
    reach = np.zeros(alpha.shape, bool)
    reach[: int(bottom + 1.6 * tall), max(0, int(left - 0.9 * wide)) : int(right + 0.9 * wide)] = (
        True
    )
    like = cv2.morphologyEx((like & reach).astype(np.uint8), cv2.MORPH_OPEN, _SQUARE)
    _, labels = cv2.connectedComponents(like.astype(np.uint8))
    kept = np.unique(labels[seed & (like > 0)])
    hanging = np.isin(labels, kept[kept > 0]).astype(np.float32)
    return cast("Field", cv2.GaussianBlur(hanging, (0, 0), 0.8))


def arms(on: Body, placed: Fit, worn: Field, bare: Mask) -> Field:
    """This function will find bare arms and hands beyond the sleeves (float32 H×W, 0 to 1)."""
    shape = on.person.shape
    drawn, bone = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for side, arm in on.arms.items():
        covered = placed.cuffs[side]
        first = max(round(covered * (len(arm.axis) - 1)) - 1, 6 if covered == 0 else 0)
        for one, two in zip(arm.axis[first:], arm.axis[first + 1 :], strict=False):
            cv2.line(drawn, _whole(one), _whole(two), 1, max(2, round(1.2 * arm.wide)))
            cv2.line(bone, _whole(one), _whole(two), 1, max(2, round(0.6 * arm.wide)))
        hand = arm.axis[-1] + (arm.axis[-1] - arm.axis[-4]) * 2.2
        if covered < 0.98:
            cv2.line(drawn, _whole(arm.axis[-1]), _whole(hand), 1, max(2, round(1.6 * arm.wide)))
    # Along the bone it is arm whatever its light; about it, what has the color of skin.
    mask = on.person & (((drawn > 0) & bare & (worn < 0.5)) | (bone > 0))
    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return cast("Field", cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8))


def _whole(spot: NDArray[np.floating]) -> tuple[int, int]:
    return round(float(spot[0])), round(float(spot[1]))


def put_on(
    pixels: Field,
    matte: Matte,
    backdrop: Field,
    *,
    layers: Layers,
    worn: Field,
    bare: Mask,
    front: tuple[Field, Field],
    card: Card,
    on: Body,
    within: Mask,
    ridge: Mask,
    hem: float,
    lower: Field | None,
) -> Covered:
    """This function will lay the layers on the person.

    ``front`` is hair, and arms: both before the trunk, hair before the sleeves too. ``within``
    (bool H×W) is what of the arms its sleeves have to cover, ``ridge`` where it lies on the
    shoulders. What is left of the worn garment about neck and shoulders becomes skin, beside the
    trunk backdrop, and below the row ``hem`` what she wears beside it (``lower``, float32 H×W×3,
    sRGB 0 to 255). The head stays as it is.
    """
    shape = matte.alpha.shape
    crown = head(card, shape)
    over, limbs = front
    free = (1 - over) * ~crown
    bridged = _between(layers.sleeves, layers.trunk, matte.alpha, free, on=on, within=within)
    patched = bridged | _round_seams(layers.sleeves, layers.trunk, on)
    patched |= _up_to(ridge, layers, matte.alpha, on)
    patched = cv2.dilate(patched.astype(np.uint8), _SQUARE) * np.float32(1) * (free > 0.5)
    sleeves = np.maximum(layers.sleeves, patched)
    # Sleeve and trunk are one cloth: smoothed alone, a gap would open along their seam.
    whole = smooth_edge(np.maximum(sleeves, layers.trunk), on.unit) * free * (1 - limbs)
    garment = 1 - (1 - smooth_edge(sleeves, on.unit) * free) * (1 - whole)
    solid = (layers.sleeves > 0.98) | (layers.trunk > 0.98)
    near = spread(layers.colors, solid) if solid.any() else layers.colors
    near = np.where(bridged[..., None], near * np.float32(0.9), near)
    faint = np.maximum(layers.sleeves, layers.trunk) < 0.5
    lacking = ~solid & (faint | (patched > 0))
    cloth = np.where(lacking[..., None], near, layers.colors)
    base, plate, alpha, left, guessed = _without(
        pixels, matte, backdrop, worn=worn, bare=bare, over=over, garment=garment,
        trunk=layers.trunk, crown=crown, on=on, hem=hem,
    )  # fmt: skip
    base, plate, left, filled = _below(base, plate, left, lower, hem=hem, on=on)
    shadow = _contact(garment, on.unit) * free * alpha
    touched = shadow > 0.004
    light = 1 - shadow[touched][:, None]
    base, plate = base.copy(), plate.copy()
    for under in (base, plate):
        under[touched] = to_srgb(to_linear(under[touched]) * light)
    part = garment[..., None]
    colors = base * (1 - part) + cloth * part
    behind = plate * (1 - part) + cloth * part
    dressed = np.maximum(alpha, garment)
    left, filled = left * (1 - garment), filled * (1 - garment)
    return Covered(colors, behind, dressed, garment, left, guessed, filled, bridged)


def _below(
    base: Field, plate: Field, left: Field, lower: Field | None, *, hem: float, on: Body
) -> tuple[Field, Field, Field, Field]:
    """Fill what is left of the old garment below the new hem with what she wears there."""
    if lower is None:
        return base, plate, left, np.zeros_like(left)
    rows = np.arange(len(left), dtype=np.float32)[:, None]
    near = np.clip((rows - np.float32(hem - 0.05 * on.unit)) / 3, 0, 1)
    near = near * (rows < hem + 0.25 * on.unit)
    filled = cv2.GaussianBlur(cv2.dilate(left * near, np.ones((5, 5), np.uint8)), (0, 0), 0.8)
    filled = np.clip(filled * 1.3, 0, 1) * near * on.person
    part = filled[..., None]
    return (
        base * (1 - part) + lower * part,
        plate * (1 - part) + lower * part,
        left * (1 - filled),
        filled,
    )


def sleeved(on: Body, placed: Fit, worn: Field) -> Mask:
    """This function will return what of the arms, and of the old sleeves about them, lies within
    the new sleeves (bool H×W)."""
    height, width = on.person.shape
    drawn = np.zeros((height, width), bool)
    for side, arm in on.arms.items():
        last = int(placed.cuffs[side] * (len(arm.axis) - 1))
        if last > 2:
            ring = np.concatenate([arm.cap, arm.outer[1:last], arm.inner[1:last][::-1]])
            drawn |= polygon((height, width), ring)
    reach = 2 * round(0.08 * on.unit) + 1
    near = cv2.dilate(drawn.astype(np.uint8), np.ones((1, reach), np.uint8)) > 0
    return cast("Mask", (drawn | (near & (worn > 0.5))) & on.person)


def ridge(on: Body, placed: Fit) -> Mask:
    """This function will return the top of her shoulders, outward of the collar (bool H×W)."""
    found = np.zeros(on.person.shape, np.uint8)
    ends = (placed.neckline[0], placed.neckline[-1])
    for side, collar in zip("lr", ends, strict=True):
        wide = 2 * max(1, round(0.05 * on.unit))
        cv2.line(found, _whole(collar), _whole(on.points[f"shoulder_{side}"]), 1, wide)
    found[:, int(ends[0][0]) + 1 : int(ends[1][0])] = 0
    return found > 0


def _up_to(ridge: Mask, layers: Layers, alpha: Field, on: Body) -> Mask:
    """Return what of her shoulders is bare above the cloth that lies on them."""
    cloth = (np.maximum(layers.sleeves, layers.trunk) > 0.5).astype(np.uint8)
    reach = max(1, round(0.04 * on.unit))
    above = cv2.dilate(cloth, np.ones((reach + 1, 1), np.uint8), anchor=(0, 0)) > 0
    return cast("Mask", above & (cloth == 0) & ridge & (alpha > 0.5))


def _between(
    sleeves: Field, trunk: Field, alpha: Field, free: Field, *, on: Body, within: Mask
) -> Mask:
    """Return the gaps on the body between a sleeve and the trunk, along each row, and what of the
    arms a sleeve leaves bare above its cuff."""
    reach = np.ones((1, 2 * round(0.09 * on.unit) + 1), np.uint8)
    both, closed = _closed(sleeves, trunk, reach)
    return (closed | within) & ~both & (alpha > 0.5) & (free > 0.5)


def _round_seams(sleeves: Field, trunk: Field, on: Body) -> Mask:
    """Return the notches between sleeve and trunk, and the small holes above them, that make
    their seam end round below the arm, whatever lies behind it."""
    both, closed = _closed(sleeves, trunk, disc(0.015 * on.unit))
    _, parts, stats, _ = cv2.connectedComponentsWithStats((~(both | closed)).astype(np.uint8))
    small = stats[:, cv2.CC_STAT_AREA] < (0.06 * on.unit) ** 2
    small[0] = False
    return cast("Mask", (closed & ~both) | small[parts])


def _closed(sleeves: Field, trunk: Field, reach: NDArray[np.uint8]) -> tuple[Mask, Mask]:
    """Return sleeves and trunk, and what closing them adds where both are near."""
    parts = [(part > 0.5).astype(np.uint8) for part in (sleeves, trunk)]
    near = cv2.dilate(parts[0], reach) & cv2.dilate(parts[1], reach)
    both = parts[0] | parts[1]
    return both > 0, (cv2.morphologyEx(both, cv2.MORPH_CLOSE, reach) & near) > 0


def _contact(garment: Field, unit: float) -> Field:
    """Return the shadow that cloth casts on what lies just below its edges."""
    moved = np.roll(garment, round(0.010 * unit), axis=0)
    soft = cv2.GaussianBlur(moved, (0, 0), max(1.0, 0.010 * unit))
    return cast("Field", 0.30 * soft * (1 - garment))


def _without(
    pixels: Field,
    matte: Matte,
    backdrop: Field,
    *,
    worn: Field,
    bare: Mask,
    over: Field,
    garment: Field,
    trunk: Field,
    crown: Mask,
    on: Body,
    hem: float,
) -> tuple[Field, Field, Field, Field, Field]:
    """Take the old garment away where the new one leaves it bare."""
    covered = cv2.erode(garment, np.ones((7, 7), np.uint8)) > 0.98
    rest = np.where(covered | crown, 0, worn).astype(np.float32)
    # Beside a strap skin lies in its shadow: that goes with it.
    grown = cv2.dilate(rest, disc(0.018 * on.unit)) * ~covered * ~crown * (1 - over)
    outside = cv2.erode((matte.alpha < 0.01).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    fringe = _fringe(pixels, outside, backdrop, worn, on)
    if (outside & ~fringe).any():
        backdrop = spread(pixels, outside & ~fringe)
    armpit = (on.points["armpit_l"][1] + on.points["armpit_r"][1]) / 2 + 0.12 * on.unit
    rows = np.arange(len(worn), dtype=np.float32)[:, None]
    high = np.clip(np.float32(armpit - rows) / np.float32(0.05 * on.unit), 0, 1)
    known = bare & (worn < 0.02) & ~(grown > 0.05)
    neck = on.points["neck_l"][1] - 0.12 * on.unit
    known[: max(0, int(neck))] = False
    soft = high * np.clip(cv2.GaussianBlur(grown, (0, 0), 1.2) * 1.6, 0, 1) * ~crown
    fill = pixels.copy()
    x, y, wide, tall = cv2.boundingRect((soft > 0).astype(np.uint8))
    margin = round(0.1 * on.unit)
    box = np.s_[max(0, y - margin) : y + tall + margin, max(0, x - margin) : x + wide + margin]
    if known[box].sum() > 100:
        fill[box] = continued(pixels[box], known[box], soft[box] > 0, on.unit)
    # What of the old garment stood out from her body becomes backdrop.
    seen = bare & (worn < 0.05)
    within = outline(soft > 0.5, seen, matte.alpha, garment, on)
    shape = np.minimum(matte.alpha, 1 - soft * (1 - within))
    base = matte.colors * (1 - soft[..., None]) + fill * soft[..., None]
    # Beside the trunk a rim of the old garment becomes backdrop.
    rim = np.where(high < 1, rest, 0) * _beside(trunk, on, hem)
    about = np.ones((2 * max(2, round(0.008 * on.unit)) + 1,) * 2, np.uint8)
    gone = cv2.GaussianBlur(cv2.dilate(rim, about), (0, 0), 0.8)
    gone = np.maximum(gone, cv2.GaussianBlur(fringe.astype(np.float32), (0, 0), 0.8))
    gone = (gone * ~bare)[..., None]
    part = shape[..., None]
    mixed = pixels * (1 - gone) + backdrop * gone
    mixed = mixed * (1 - soft[..., None]) + (fill * part + backdrop * (1 - part)) * soft[..., None]
    alpha = shape * (1 - rim * (1 - soft))
    left = rest * (1 - high) * (1 - rim)
    return (
        base,
        mixed,
        alpha.astype(np.float32),
        left,
        soft * shape * (worn > 0.02) * (1 - garment),
    )


def _fringe(pixels: Field, outside: Mask, backdrop: Field, worn: Field, on: Body) -> Mask:
    """Return what the matte took for backdrop, beside the old garment and of its color."""
    reach = 2 * round(0.1 * on.unit) + 1
    solid = worn > 0.5
    near = cv2.dilate(solid.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    old = np.median(pixels[solid], axis=0) if solid.any() else np.zeros(3, np.float32)
    seen = near & outside
    seen[seen] = cloth_before(pixels[seen], backdrop[seen], old)
    opened = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    grown = cv2.dilate(opened, np.ones((5, 5), np.uint8)) > 0
    return cast("Mask", grown & ~solid & near)


def _beside(trunk: Field, on: Body, hem: float) -> Field:
    """Return what lies close to the left or right of the new trunk, and below the row ``hem``
    beside her hips."""
    solid = trunk > 0.5
    rows = solid.any(axis=1)
    if not rows.any():
        return np.zeros(trunk.shape, np.float32)
    # At its hem a row holds less and less of the garment: there it is as wide as just above.
    above = 2 * round(0.08 * on.unit) + 1
    kernel = np.zeros((above, 1), np.uint8)
    kernel[: above // 2 + 1] = 1
    own, wide = _ends(solid), _ends(cv2.dilate(solid.astype(np.uint8), kernel) > 0)
    whole = own[1] - own[0] > 0.8 * (wide[1] - wide[0])
    first, last = (np.where(whole, a, b)[:, None] for a, b in zip(own, wide, strict=True))
    columns = np.arange(solid.shape[1])[None]
    reach = 0.10 * on.unit
    found = (columns < first) & (columns > first - reach)
    found |= (columns > last) & (columns < last + reach)
    found &= np.asarray(rows)[:, None]
    if on.worn_hem is not None:
        row = on.worn_hem + 0.04 * on.unit
        half = {side: half_width(on, row, side) for side in "lr"}
        middle = on.middle(row)
        past = (columns < middle - half["l"]) | (columns > middle + half["r"])
        found[max(0, int(hem - 0.06 * on.unit)) :] |= past
    return found.astype(np.float32)


def _ends(solid: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and the last true column of each row."""
    return solid.argmax(axis=1), solid.shape[1] - 1 - solid[:, ::-1].argmax(axis=1)

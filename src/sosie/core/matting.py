"""Alpha and clean foreground colors of a person, hair included, from a modelled backdrop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, Pixels, Silhouette, nearest, spread

_PIXELS = 900.0
_BRIGHTER = 6.0
"""Levels by which something outside the matte is brighter than the backdrop to be part of her."""
"""Square root of the picture size at which one unit of length is one pixel."""
_GAP = 12.0
"""Half the width under which the space between two limbs is a gap."""
_STEEP = 0.09
"""By what share of the backdrop's light a pixel of the edge of a gap differs from the next."""

_SAME, _MODELLED, _EVEN, _VARIES, _WALL = 2.5, 6.0, (1.5, 3.0), 1.5, 7.5
"""CIELAB units within which two places side by side show the same, within which a place is as the
backdrop's model has it, by which neighbors in an even place differ, by which all of it varies, and
from which something else walls it in."""
_MOST_UNENDED = 0.03
"""Share of the figure up to which something goes on behind its outline."""


@dataclass(frozen=True, slots=True)
class Matte:
    """How much of each pixel is person, and in which color."""

    alpha: Field
    """float32 H×W, 0 (backdrop) to 1 (person)."""
    colors: Field
    """float32 H×W×3, sRGB 0 to 255: the person's own color, free of backdrop. Where alpha is
    1 the photograph itself."""
    confidence: float
    """Share of the contour, 0 to 1, along which person and backdrop differ enough to tell."""


def matte(
    pixels: Pixels,
    silhouette: Silhouette,
    *,
    strands: Mask | None = None,
    gaps: Mask | None = None,
) -> Matte:
    """This function will solve the share of person in each pixel along the silhouette.

    ``pixels`` is uint8 H×W×3 sRGB, ``silhouette`` that of the same picture; ``strands`` (bool
    H×W) is where loose hair may leave the outline (None: anywhere), ``gaps`` where the backdrop
    may show between locks deep inside it (None: nowhere). The backdrop B is
    modelled and the person's color F is carried out from inside, so alpha is the projection of
    I − B on F − B (known-background matting: Smith and Blinn, Blue Screen Matting, SIGGRAPH
    1996; Qian and Sezan 1992), steadied where F − B is short by a color line fitted around
    each pixel (guided filter: He, Sun and Tang, 2013; weights after Li et al., 2015). Far from
    the silhouette only thin structure counts, which keeps strands and drops shadows. Raises
    ``ValueError`` if the shapes differ.
    """
    height, width = pixels.shape[:2]
    if silhouette.mask.shape != (height, width):
        raise ValueError("`silhouette`: it is of a picture of another size")
    alpha = np.zeros((height, width), np.float32)
    colors = pixels.astype(np.float32)
    if not silhouette.mask.any():
        return Matte(alpha, colors, 0.0)
    unit = max(1.0, (height * width) ** 0.5 / _PIXELS)
    window = _window(silhouette.mask, round(26 * unit))
    image, backdrop = colors[window], silhouette.backdrop[window]
    inside = silhouette.mask[window]
    loose = None if strands is None else strands[window]
    # Where skin meets cloth at the outline their mixture may look like the backdrop.
    deep = _erode(inside, 3 * unit)
    if loose is not None:
        deep |= _erode(inside, 1.6 * unit) & ~loose
    between = None if gaps is None else gaps[window]
    slits = _slits(image, silhouette, window, unit, loose)
    inside, deep = inside & ~slits, deep & ~_dilate(slits, 3 * unit)
    shut = _shut(silhouette, window, loose)
    tips, lit = _tips(image, backdrop, inside, shut, unit=unit, noise=silhouette.noise)
    about = _dilate(tips, 2 * unit)
    inside, deep = inside & ~tips, deep & ~about
    reach = _gaps(image, backdrop, inside, between, unit=unit, noise=silhouette.noise)
    near = spread(image, deep & ~reach)
    if tips.any():
        # Each side of a gap has a color of its own, and the gap its own light.
        backdrop = np.where(about[..., None], lit, backdrop)
        near = np.where(about[..., None], nearest(image, deep), near)
    span = near - backdrop
    power = np.einsum("ijk,ijk->ij", span, span)
    raw = np.einsum("ijk,ijk->ij", image - backdrop, span) / np.maximum(power, 1.0)
    far = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3) / unit
    # A rim of light or shade about the outline differs less from the backdrop than hair does.
    least = 2.5 * silhouette.noise + 3 + 11 * np.clip((far - 0.8) / 2, 0, 1)
    floor = np.clip(least / np.sqrt(np.maximum(power, 1.0)), 0.03, 0.5)
    trust = np.clip((power - 400.0) / 2500.0, 0.0, 1.0)
    share = np.clip((raw - floor) / (0.92 - floor), 0, 1)
    share = _without_shade(share, far, loose, unit)
    outline = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.9 * unit)
    outline = np.clip((outline - 0.25) / 0.5, 0, 1)
    solved = _steady(image, share * trust + outline * (1 - trust), trust, unit)
    if loose is not None:
        solved = np.where(loose, solved, solved * np.clip(2.6 - far, 0, 1))
    solved = np.where(deep & ~reach, 1, solved)
    solved[~_dilate(inside, 24 * unit)] = 0
    solved = np.where(solved > 0.985, 1, np.where(solved < 0.012, 0, solved))
    alpha[window] = solved
    colors[window] = _clean(image, backdrop, near, solved.astype(np.float32))
    rim = _dilate(inside, unit) & ~_erode(inside, unit)
    return Matte(alpha, colors, float((trust[rim] > 0.25).mean()) if rim.any() else 0.0)


def _window(mask: Mask, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _disc(radius: float) -> NDArray[np.uint8]:
    whole = max(1, round(radius))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * whole + 1, 2 * whole + 1))
    return cast("NDArray[np.uint8]", kernel)


def _dilate(mask: Mask, radius: float) -> Mask:
    return cast("Mask", cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0)


def _erode(mask: Mask, radius: float) -> Mask:
    """Shrink a mask; what lies beyond the frame counts as inside."""
    return cast("Mask", cv2.erode(mask.astype(np.uint8), _disc(radius)) > 0)


def _depth(inside: Mask) -> Field:
    """Return how deep each pixel lies inside a mask; beyond the frame counts as inside."""
    return cast("Field", cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3))


def _most(values: Field) -> Field:
    """Return the greatest of the three channels: an axis of three is slow to reduce."""
    first, second, third = cv2.split(values)
    return cast("Field", cv2.max(cv2.max(first, second), third))


def _slits(
    image: Field,
    silhouette: Silhouette,
    window: tuple[slice, slice],
    unit: float,
    loose: Mask | None,
) -> Mask:
    """Follow the backdrop into slits too narrow for the silhouette, at full size.

    Only what is joined to the outside, near it, and of the color that the outside has there.
    """
    inside, known = silhouette.mask[window], silhouette.known
    soft = cv2.GaussianBlur(image, (0, 0), 0.6 * unit)
    _, labels = cv2.distanceTransformWithLabels(
        cv2.dilate(inside.astype(np.uint8), _disc(4 * unit)),
        cv2.DIST_L2,
        5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    clear = cv2.dilate(inside.astype(np.uint8), _disc(4 * unit)) == 0
    if not clear.any():
        return np.zeros_like(inside)
    at = np.zeros(int(labels.max()) + 1, np.intp)
    at[labels[clear]] = np.flatnonzero(clear)
    near = soft.reshape(-1, 3)[at[labels]]
    apart = _most(np.abs(soft - near))
    rind = inside & ~_erode(inside, 20 * unit)
    if known is not None:
        rind &= ~known[window]
    like = rind & (apart < 6 + 2 * silhouette.noise)
    free = like | ~inside
    core = _erode(free, unit)
    _, parts = cv2.connectedComponents(core.astype(np.uint8), connectivity=4)
    hit = np.unique(parts[core & ~inside])
    slits = _dilate(np.isin(parts, hit[hit > 0]), unit) & like
    backdrop = silhouette.backdrop[window]
    known = None if known is None else known[window]
    # About the head a shine on the brow looks like it too, and gaps are looked for by themselves.
    safe = inside if loose is None else inside & ~loose
    patches = _patches(image, backdrop, safe, known, unit=unit, deep=45, wall=0.75, bright=1.25)
    gaps = _patches(image, backdrop, safe, known, unit=unit, deep=130, wall=0.9, bright=1.15)
    patches |= _between_two(image, gaps, unit)
    floor = _floor(image, backdrop, inside, unit)
    patches |= _unended(image, backdrop, inside, unit)
    return slits | (_dilate(patches, unit) | floor) & inside


def _shut(silhouette: Silhouette, window: tuple[slice, slice], loose: Mask | None) -> Mask:
    """Return where no narrow gap is looked for: what is known to be person, and loose hair."""
    shut = np.zeros_like(silhouette.mask[window])
    if silhouette.known is not None:
        shut |= silhouette.known[window]
    return shut if loose is None else shut | loose


def _tips(
    image: Field, backdrop: Field, inside: Mask, shut: Mask, *, unit: float, noise: float
) -> tuple[Mask, Field]:
    """Follow gaps that narrow to their tips; return what of them was inside, and their light.

    In a gap, how unlike the backdrop a pixel is has a valley. Its morphological closing is the
    lower of the two walls: so what is open on one side, or wide, is none. Only a valley counts that
    leads on from a known gap, as a stripe of cloth or a shine on skin does not.
    """
    tips, lit = np.zeros_like(inside), backdrop
    wide = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_CLOSE, _disc(_GAP * unit)) > 0
    narrow = wide & ~inside
    if not narrow.any():
        return tips, lit
    depth = _depth(inside)
    pure = (_depth(~inside) > 1.5) & (_most(np.abs(image - backdrop)) < 16 + 3 * noise)
    for _ in range(2):
        lit = spread(image, pure)
        unlike = _unlike(image, lit)
        walls = cv2.morphologyEx(unlike, cv2.MORPH_CLOSE, _disc(7 * unit))
        valley = inside & ~shut & (walls > 1) & (unlike < 0.5 * walls)
        clear = valley & (unlike < 0.4)
        _, parts = cv2.connectedComponents((clear | narrow).astype(np.uint8), connectivity=8)
        clear &= np.isin(parts, np.unique(parts[narrow]))
        # Along the rim of a gap a mixed pixel is like the backdrop too.
        clear &= _dilate(clear & (depth > 1.8 * unit), 2 * unit)
        tips = clear | valley & _dilate(clear, unit)
        pure = pure | clear
    return tips, lit


def _unlike(image: Field, backdrop: Field) -> Field:
    """Return how unlike the backdrop each pixel is, in hue or light; what has 1 is no backdrop."""
    ratio = image / np.maximum(backdrop, 8)
    light = cv2.transform(ratio, np.full((1, 3), 1 / 3, np.float32))
    tint = _most(np.abs(ratio - light[..., None]))
    shade = np.maximum((1 - light) / 0.4, (light - 1) / 0.25)
    return cast("Field", np.maximum(tint / 0.1, shade))


def _floor(image: Field, backdrop: Field, inside: Mask, unit: float) -> Mask:
    """Return the contact shadow at the feet: of the floor's hue, and fading into the floor.

    A shoe of that hue has an edge, at which this stops.
    """
    found = np.zeros_like(inside)
    rows = np.flatnonzero(inside.sum(axis=1) > 0.02 * inside.shape[1])
    if not rows.size or rows[-1] > len(inside) - 4 * unit:
        return found  # no feet in frame
    low = slice(int(rows[0] + 0.9 * (rows[-1] - rows[0])), len(inside))
    light, tint, slope = _against(image[low], backdrop[low], unit)
    free = (tint < 0.06) & (light > 0.25) & (light < 1.06) & (slope < 1.5 * _STEEP / unit)
    free |= ~inside[low]
    _, parts = cv2.connectedComponents(_erode(free, 0.6 * unit).astype(np.uint8), connectivity=4)
    joined = np.unique(parts[~inside[low]])
    found[low] = _dilate(np.isin(parts, joined[joined > 0]), 0.6 * unit) & free
    return found


def _against(image: Field, backdrop: Field, unit: float) -> tuple[Field, Field, Field]:
    """Return how light each pixel is against the backdrop, how far off its hue, and how much of
    that changes from one pixel to the next."""
    ratio = cv2.GaussianBlur(image, (0, 0), 0.5 * unit) / np.maximum(backdrop, 8)
    light = cv2.transform(ratio, np.full((1, 3), 1 / 3, np.float32))
    tint = _most(np.abs(ratio - light[..., None]))
    right, down = (cv2.Sobel(ratio, cv2.CV_32F, *to, scale=0.125) for to in ((1, 0), (0, 1)))
    return light, tint, _most(cv2.magnitude(right, down))


def _patches(
    image: Field,
    backdrop: Field,
    inside: Mask,
    known: Mask | None,
    *,
    unit: float,
    deep: float,
    wall: float,
    bright: float,
) -> Mask:
    """Return small patches like the backdrop that something quite unlike it walls in.

    They lie at most so ``deep`` inside the outline and have the backdrop's hue, lit or in shade;
    ``wall`` is the share of the rim that must be unlike it, so ``bright`` times as light if of its
    hue. Cloth of nearly the backdrop's color is not walled in: it has its like around it; and a
    shine on skin fades into it, while a gap has steep edges.
    """
    light, tint, slope = _against(image, backdrop, unit)
    like = (
        inside & (tint < 0.045) & (light > 0.7) & (light < 1.08) & (_depth(inside) <= deep * unit)
    )
    if known is not None:
        like &= ~known
    unlike = ~inside | (tint > 0.1) | (light < 0.6) | (light > bright)
    size = max(2, round(1.6 * unit))
    core = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=4)
    found = np.zeros_like(inside)
    reach = round(5 * unit)
    for index in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[index])
        if not 10 * unit**2 <= area <= 3000 * unit**2:
            continue
        near = np.s_[max(0, y - reach) : y + h + reach, max(0, x - reach) : x + w + reach]
        piece = labels[near] == index
        rim = _dilate(piece, 3 * unit) & ~_dilate(piece, 1.5 * unit)
        body = (unlike & inside)[near][rim]
        edge = slope[near][_dilate(piece, unit) & ~piece]
        walled = body.size and unlike[near][rim].mean() > wall and body.mean() > 0.4
        if walled and np.percentile(edge, 75) > _STEEP / unit:
            found[near] |= piece
    return found


def _unended(image: Field, backdrop: Field, inside: Mask, unit: float) -> Mask:
    """Return what goes on behind the outline as the backdrop that it is: even, of its color just
    outside and of its model, and walled in by something else. The outline crosses it where the
    photograph shows no edge, as between two thighs where landmarks place the trunk.
    """
    lab, model = (_lab(each) for each in (image, backdrop))
    found = np.zeros_like(inside)
    inner, outer = _erode(inside, 2 * unit), ~_dilate(inside, 2 * unit)
    edge = _dilate(inside, 1) & ~inside
    if not inner.any() or not outer.any() or not edge.any():
        return found
    beside = nearest(lab, outer)
    crossed = np.zeros_like(inside)
    crossed[edge] = np.linalg.norm((nearest(lab, inner) - beside)[edge], axis=1) < _SAME
    kernel = np.ones((3, 3), np.uint8)
    steep = _most(cv2.dilate(lab, kernel) - cv2.erode(lab, kernel))
    for most in _EVEN:  # cloth in shade may fade into it, and grain may part it
        even = (inside & (steep < most)).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(even, connectivity=4)
        touching = np.bincount(labels[_dilate(crossed, 3 * unit)], minlength=len(stats))
        touching[0] = 0
        reach = round(6 * unit)
        for index in np.flatnonzero(touching > 4 * unit):
            x, y, w, h, area = (int(value) for value in stats[index])
            if not 20 * unit**2 <= area <= _MOST_UNENDED * inside.sum():
                continue
            near = np.s_[max(0, y - reach) : y + h + reach, max(0, x - reach) : x + w + reach]
            piece = labels[near] == index
            tone, varies = np.median(lab[near][piece], axis=0), lab[near][piece].std(axis=0).max()
            touched = beside[near][crossed[near] & _dilate(piece, 3 * unit)]
            same = np.linalg.norm(tone - np.median(touched, axis=0)) < _SAME
            modelled = np.linalg.norm(tone - np.median(model[near][piece], axis=0)) < _MODELLED
            rim = lab[near][_dilate(piece, 4 * unit) & ~_dilate(piece, 2 * unit) & inside[near]]
            walled = len(rim) and np.percentile(np.linalg.norm(rim - tone, axis=1), 25) > _WALL
            if same and modelled and walled and varies < _VARIES:
                found[near] |= _dilate(piece, unit) & inside[near]
    return found


def _lab(image: Field) -> Field:
    part = np.clip(image, 0, 255) / np.float32(255)
    return cast("Field", cv2.GaussianBlur(cv2.cvtColor(part, cv2.COLOR_RGB2LAB), (0, 0), 0.7))


def _between_two(image: Field, patches: Mask, unit: float) -> Mask:
    """Keep the long patches with one color on this side and another on that, as arm and trunk.

    A print on cloth and the white of an eye have their like all around.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(patches.astype(np.uint8))
    kept = np.zeros_like(patches)
    reach = round(5 * unit)
    for index in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[index])
        near = np.s_[max(0, y - reach) : y + h + reach, max(0, x - reach) : x + w + reach]
        piece = labels[near] == index
        half = float(_depth(np.pad(piece, 1)).max())
        rim = image[near][_dilate(piece, 4 * unit) & ~_dilate(piece, 2 * unit)]
        low, high = np.percentile(rim, (25, 75), axis=0)
        if area > 12 * half**2 and (high - low).max() > 25:
            kept[near] |= piece
    return kept


def leftovers(
    pixels: Pixels, plate: Pixels, silhouette: Silhouette, matte: Matte, scene: Field
) -> Mask:
    """This function will find slivers of the old backdrop that a finished picture still shows.

    ``pixels`` is uint8 H×W×3 sRGB, the person of ``plate`` before ``scene`` (float32 H×W×3, sRGB
    0 to 255). Returns bool H×W: what is person in the matte, looks as on the plate, like the old
    backdrop and unlike the new one, is small, and is walled in on most of its rim.
    """
    height, width = pixels.shape[:2]
    unit = max(1.0, (height * width) ** 0.5 / _PIXELS)
    inside = matte.alpha > 0.5
    if not inside.any():
        return inside
    window = _window(inside, round(8 * unit))
    image = pixels[window].astype(np.float32)
    seen = _patches(
        image,
        silhouette.backdrop[window],
        inside[window],
        None,  # between thighs and behind a belt loop, what landmarks call hers may be a gap
        unit=unit,
        deep=130,  # as a gap beside an arm that lies on the trunk
        wall=0.6,
        bright=1.15,
    )
    found = np.zeros_like(inside)
    kept = _most(np.abs(image - plate[window])) < 24
    found[window] = seen & kept & (_most(np.abs(image - scene[window])) > 24)
    return found


def lost(plate: Pixels, silhouette: Silhouette, matte: Matte) -> float:
    """This function will return how large the largest part of her is that a matte leaves to the old
    backdrop along her outline, in pixels of a picture of 900×900: what is brighter there than the
    backdrop, which no shadow is. A white shoe on a light floor; not the specks of a watermark,
    which are strong beside an outline.
    """
    unit = max(1.0, float(np.prod(plate.shape[:2])) ** 0.5 / _PIXELS)
    reach = 2 * round(12 * unit) + 1
    beside = cv2.dilate((matte.alpha > 0.5).astype(np.uint8), np.ones((reach, reach), np.uint8))
    brighter = cv2.blur(plate, (3, 3)).astype(np.float32) - silhouette.backdrop
    found = (brighter.min(axis=2) > _BRIGHTER) & (matte.alpha < 0.15) & (beside > 0)
    kernel = np.ones((round(3 * unit) | 1,) * 2, np.uint8)
    opened = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    sizes = cv2.connectedComponentsWithStats(opened)[2][1:, cv2.CC_STAT_AREA]
    return float(max(sizes, default=0) / unit**2)


def _gaps(
    image: Field, backdrop: Field, inside: Mask, loose: Mask | None, *, unit: float, noise: float
) -> Mask:
    """Return where, in and between locks of hair, the backdrop may show through the outline.

    Such pixels lie on the line from the backdrop's color to the hair's; a shine on the hair or
    skin beside it lies off that line, or is walled from the outside by darker hair.
    """
    nothing = np.zeros_like(inside)
    if loose is None or not (loose & inside).any():
        return nothing
    apart = np.sqrt(((image - backdrop) ** 2).sum(axis=2))
    around = cv2.dilate(apart, _disc(8 * unit))
    rind = inside & loose & ~_erode(inside, 18 * unit)
    core = inside & loose & (apart > 0.7 * around) & _erode(inside, 2 * unit)
    if not core.any():
        return nothing
    span = spread(image, core) - backdrop
    away = image - backdrop
    power = np.maximum(np.einsum("ijk,ijk->ij", span, span), 1.0)
    share = np.einsum("ijk,ijk->ij", away, span) / power
    off = np.sqrt(((away - share[..., None] * span) ** 2).sum(axis=2))
    thin = rind & (share < 0.72) & (power > 3000) & (off < 7 + 0.12 * apart + noise)
    clear = rind & (apart < 0.22 * around) & (around > 60) & (apart < 14 + 2 * noise)
    free = (thin | ~inside).astype(np.uint8)
    _, labels = cv2.connectedComponents(free, connectivity=8)
    joined = np.unique(labels[(~inside | clear) & (free > 0)])
    through = np.isin(labels, joined) & thin | clear
    return _dilate(through, 2 * unit) & loose


def _without_shade(share: Field, far: Field, loose: Mask | None, unit: float) -> Field:
    """Keep, away from the outline, only what is thinner than a strand of hair is wide."""
    wide = cv2.morphologyEx(share, cv2.MORPH_OPEN, _disc(2.5 * unit))
    thin = np.maximum(share - cv2.GaussianBlur(wide, (0, 0), unit), 0)
    thin = np.where(thin > 0.06, thin, 0)
    if loose is not None:
        thin = np.where(loose, thin, 0)
    blend = np.clip((far - 1.5) / 2, 0, 1)
    return cast("Field", share * (1 - blend) + thin * blend)


def _steady(image: Field, share: Field, trust: Field, unit: float) -> Field:
    """Blend the solved alpha with a color line fitted around each pixel, where trust is low."""
    size = 2 * max(2, round(2 * unit)) + 1
    line = cv2.ximgproc.guidedFilter(image / np.float32(255), share, size // 2, 4e-4)
    keep = 0.5 + 0.45 * trust
    mixed = share * keep + line * (1 - keep)
    return cast("Field", np.clip((mixed - 0.03) / 0.94, 0, 1).astype(np.float32))


def _clean(image: Field, backdrop: Field, near: Field, alpha: Field) -> Field:
    """Return the person's color with the backdrop taken out of it."""
    part = alpha[..., None]
    solved = (image - (1 - part) * backdrop) / np.maximum(part, 0.1)
    sure = np.clip((part - 0.25) / 0.6, 0, 1)
    mixed = np.clip(near + (np.clip(solved, 0, 255) - near) * sure, 0, 255)
    return cast("Field", np.where(part >= 1, image, mixed).astype(np.float32))

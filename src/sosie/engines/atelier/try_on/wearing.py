"""One try-on: a plate as it is read and a flat-lay in, the dressed person and every fault out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Mask, Pixels, Silhouette, spread
from sosie.core.studio import Card
from sosie.engines.atelier.colour import to_linear, to_srgb
from sosie.engines.atelier.garment import Garment, find, head
from sosie.engines.atelier.garment import missing as lacking
from sosie.engines.atelier.points import points_of
from sosie.engines.atelier.try_on import cover, drape, gates, warp
from sosie.engines.atelier.try_on.fit import Body, Fit, body, fit, polygon
from sosie.engines.atelier.try_on.flat_lay import FlatLay, Kind
from sosie.engines.atelier.try_on.gates import Fault
from sosie.engines.atelier.try_on.leftover import faint_edge, leftover
from sosie.engines.atelier.try_on.legs import fit_legs
from sosie.engines.atelier.try_on.skin import disc

_STEP = 22
"""Width of the mesh's squares in pixels of the flat-lay."""


@dataclass(frozen=True, slots=True)
class Wearer:
    """What of a plate every try-on needs, read once."""

    pixels: Pixels
    card: Card
    silhouette: Silhouette
    matte: Matte
    top: Garment
    bottom: Garment | None
    on: Body
    bare: Mask
    hair: Field
    lit: Mask
    """Beside her hair, above her shoulders: hair in light, whatever its color."""
    shade: Field
    patterned: float
    faint: float
    """Share of the worn top's sides that is hardly told from the backdrop."""
    lower: Field | None
    """float32 H×W×3, sRGB 0 to 255: what she wears below the top, spread; None: not seen."""


@dataclass(frozen=True, slots=True)
class Worn:
    """A try-on."""

    pixels: Pixels
    """The plate with the new garment, over its own backdrop."""
    matte: Matte
    """The dressed person."""
    changed: Mask
    faults: tuple[Fault, ...]
    metrics: dict[str, float]

    @property
    def grave(self) -> tuple[Fault, ...]:
        """The faults for which it is refused."""
        return tuple(fault for fault in self.faults if fault.grave)


def wearer(pixels: Pixels, card: Card, silhouette: Silhouette, matte: Matte) -> Wearer:
    """This function will read what is worn, what is bare and how light falls on a plate.

    ``pixels`` is uint8 H×W×3 sRGB. Raises ``ValueError`` if a needed landmark is missing.
    """
    top = find(pixels, matte, card, "top")
    bottom = None if lacking(card, "bottom") else find(pixels, matte, card, "bottom")
    colors = pixels.astype(np.float32)
    top = replace(top, share=np.maximum(top.share, _hanging(colors, matte.alpha, top, card)))
    lower = np.zeros(top.share.shape, bool) if bottom is None else bottom.share > 0.5
    on = body(card, matte.alpha, top.share, lower & (top.share < 0.5))
    cloth = top.share if bottom is None else np.maximum(top.share, bottom.share)
    bare = cover.skin(colors, matte.alpha, card) & (cloth < 0.5)
    hair = cover.hair(colors, matte.alpha, bare, cloth, card)
    lit = _lit_hair(hair, on)
    top = replace(top, share=top.share * ~lit)
    cloths = [(top.own, top.core)]
    if bottom is not None:
        cloths.append((bottom.own, bottom.core & ~_above_hem(on, 0.04)))
    shade = drape.shading(cloths, (colors, bare), on.unit)
    patterned = drape.patterned(top.own, top.core)
    faint = faint_edge(pixels, silhouette.backdrop, alpha=matte.alpha, worn=top.share, unit=on.unit)
    return Wearer(
        pixels, card, silhouette, matte, top, bottom, on, bare, hair, lit, shade, patterned,
        faint, _lower(matte, on),
    )  # fmt: skip


def _lower(matte: Matte, on: Body) -> Field | None:
    """Spread what is worn below the top's hem, between the hips, over the plate."""
    if on.worn_hem is None:
        return None
    left, right = (int(on.points[f"hip_{side}"][0]) for side in "lr")
    known = _above_hem(on, 0.34) & ~_above_hem(on, 0.04) & (matte.alpha > 0.95)
    known[:, :left] = known[:, right:] = False
    return spread(matte.colors, known) if known.sum() > 200 else None


def _above_hem(on: Body, drop: float) -> Mask:
    """Return what lies above a row below the worn hem (in widths of the shoulders); where no hem
    is seen, everything."""
    height, width = on.person.shape
    hem = np.inf if on.worn_hem is None else on.worn_hem + drop * on.unit
    return np.broadcast_to(np.arange(height)[:, None] < hem, (height, width))


def _lit_hair(hair: Field, on: Body) -> Mask:
    """Return what lies close to hair, beside her neck and above her shoulders."""
    names = ("shoulder_l", "neck_l", "neck_r", "shoulder_r")
    across, down = np.array([on.points[name] for name in names]).T
    columns = np.arange(hair.shape[1])
    line = np.interp(columns, across, down) - 0.06 * on.unit
    line[(columns > across[1]) & (columns < across[2])] = -1
    near = cv2.dilate((hair > 0.5).astype(np.uint8), disc(0.1 * on.unit)) > 0
    return cast("Mask", near & (np.arange(len(hair))[:, None] < line))


def _hanging(colors: Field, alpha: Field, top: Garment, card: Card) -> Field:
    """Return what hangs below the worn top as it was found and is of the same color: its hem.

    ``colors`` is float32 H×W×3, sRGB 0 to 255. Only what an edge ends within two fifths of the
    trunk's length is taken for it.
    """
    none = np.zeros(alpha.shape, np.float32)
    if top.core.sum() < 200:
        return none
    lab = cv2.cvtColor(colors / np.float32(255), cv2.COLOR_RGB2LAB) * np.array(
        [0.6, 1, 1], np.float32
    )
    points = points_of(card)
    trunk = points["hip_l"][1] / 2 + points["hip_r"][1] / 2 - points["armpit_l"][1]
    rows, columns = np.nonzero(top.core)
    last = int(np.percentile(rows, 99))
    low = top.core & (np.arange(len(none)) > last - 0.25 * trunk)[:, None]
    like = np.sqrt(((lab - np.median(lab[low], axis=0)) ** 2).sum(axis=2)) < 11
    span = slice(int(np.percentile(columns, 2)), int(np.percentile(columns, 98)) + 1)
    share = (like & (alpha > 0.5))[:, span].mean(axis=1)
    stop = min(len(none) - 1, last + int(0.4 * trunk))
    ends = np.flatnonzero(share[last:stop] < 0.3)
    if not ends.size or share[last : last + ends[0]].mean() < 0.55:
        return none
    hanging = like & (alpha > 0.5)
    hanging[: last - 4] = False
    hanging[last + ends[0] + 2 :] = False
    opened = cv2.morphologyEx(hanging.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cast("Field", opened.astype(np.float32))


def wear(by: Wearer, flat: FlatLay) -> Worn:
    """This function will dress a person in a flat-lay, and say everything that is wrong with it."""
    legs = flat.kind is Kind.TROUSERS
    if legs and by.bottom is None:
        raise ValueError("nothing is worn where trousers would be")
    placed = (
        fit_legs(flat.cut.mask, by.on) if legs else fit(flat, by.on, shorter=by.lower is not None)
    )
    rest, corners = warp.lay(flat.cut.mask, _STEP)
    mesh = warp.bend(
        rest, corners, placed.start, placed.goal, placed.weight, slender=placed.slender
    )
    layers = _layers(by, flat, mesh)
    if legs:
        # Above its hem the top hides them.
        layers = replace(layers, trunk=layers.trunk * (by.on.person | ~_above_hem(by.on, 0.0)))
    old = by.bottom if legs and by.bottom is not None else by.top
    worn = old.share
    if flat.kind is Kind.DRESS and by.bottom is not None:
        worn = np.maximum(worn, by.bottom.share * _above(by, placed))
    covered, finished, again = _dressed(by, flat, placed, layers, worn)
    if again.any():
        # What the second look finds of the old garment is taken away like the rest of it.
        found = cv2.dilate(again.astype(np.float32), np.ones((5, 5), np.uint8))
        worn = np.maximum(worn, found * (covered.garment < 0.5))
        covered, finished, again = _dressed(by, flat, placed, layers, worn)
    changed = (finished != by.pixels).any(axis=2)
    faults, metrics = gates.of_warp(mesh, placed, flat)
    faults += gates.of_worn(old, 0.0 if legs else by.faint, covered=flat.kind is Kind.DRESS)
    trunk = _thighs(by, placed) if legs else _trunk(by.on)
    hips = np.zeros_like(by.bare) if legs else _hips(by, placed)
    more, others = gates.of_cover(
        covered, old.share, again, by.patterned, trunk=trunk, hips=hips, locks=_locks(by)
    )
    dressed = replace(by.matte, alpha=covered.alpha, colors=covered.colors)
    marks = metrics | others | {"patterned": by.patterned, "faint": by.faint}
    return Worn(finished, dressed, changed, (*faults, *more), marks)


def _dressed(
    by: Wearer, flat: FlatLay, placed: Fit, layers: cover.Layers, worn: Field
) -> tuple[cover.Covered, Pixels, Mask]:
    """Lay the garment on her; return what came of it, the picture, and where the old garment's
    color is seen in it."""
    legs = flat.kind is Kind.TROUSERS
    limbs = cover.arms(by.on, placed, worn, by.bare)
    before = np.maximum(by.hair, by.top.share) if legs else by.hair
    covered = cover.put_on(
        by.pixels.astype(np.float32), by.matte, by.silhouette.backdrop,
        layers=layers, worn=worn, bare=by.bare, front=(before, limbs), card=by.card, on=by.on,
        within=cover.sleeved(by.on, placed, worn), hem=placed.hem,
        ridge=np.zeros_like(by.bare) if legs else cover.ridge(by.on, placed),
        lower=by.lower if flat.kind not in (Kind.DRESS, Kind.TROUSERS) else None,
    )  # fmt: skip
    finished = np.clip(np.rint(covered.behind), 0, 255).astype(np.uint8)
    crown = head(by.card, worn.shape)
    finished = np.where(crown[..., None], by.pixels, finished)
    other = by.top.share > 0.5 if legs else _surely_lower(by)
    old = by.bottom if legs and by.bottom is not None else by.top
    again = leftover(
        by.pixels, finished, backdrop=by.silhouette.backdrop, alpha=by.matte.alpha,
        worn=old.share, garment=covered.garment, unit=by.on.unit,
        known=crown | _locks(by) | by.lit | by.bare | other,
    )  # fmt: skip
    return covered, finished, again


def _locks(by: Wearer) -> Mask:
    """Return her hair with what lies close to it."""
    near = np.ones((2 * round(0.02 * by.on.unit) + 1,) * 2, np.uint8)
    return cast("Mask", cv2.dilate(by.hair, near) > 0.3)


def _trunk(on: Body) -> Mask:
    """Return the body from armpits to waist."""
    corners = [on.points[name] for name in ("armpit_l", "armpit_r", "waist_r", "waist_l")]
    return polygon((on.person.shape[0], on.person.shape[1]), np.array(corners))


def _hips(by: Wearer, placed: Fit) -> Mask:
    """Return what is worn below the top, from the waist to the new hem: it must hide that."""
    waist = (by.on.points["waist_l"][1] + by.on.points["waist_r"][1]) / 2
    rows = np.arange(len(by.bare))[:, None]
    within = (rows > waist) & (rows < placed.hem - 0.02 * by.on.unit)
    return cast("Mask", by.on.lower & within)


def _thighs(by: Wearer, placed: Fit) -> Mask:
    """Return what shows of the worn bottom from the hips to the new hem."""
    shown = np.zeros(by.bare.shape, bool)
    if by.bottom is not None:
        shown |= (by.bottom.share > 0.5) & (by.top.share < 0.5)
    hip = (by.on.points["hip_l"][1] + by.on.points["hip_r"][1]) / 2
    shown[: int(hip)] = shown[int(placed.hem) :] = False
    return shown


def _surely_lower(by: Wearer) -> Mask:
    """Return her lower clothes without what hangs with the top and is of the top's color: the
    hem of the top may have been taken for them."""
    none = np.zeros(by.bare.shape, bool)
    if by.bottom is None or min(by.bottom.core.sum(), by.top.core.sum()) < 200:
        return none
    low = by.bottom.core.copy()
    low[: int(np.median(np.nonzero(low)[0]))] = False
    lab = cv2.cvtColor(by.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab *= np.array([0.5, 1, 1], np.float32)
    top, bottom = (np.median(lab[where], axis=0) for where in (by.top.core, low))
    shown = by.bottom.share > 0.5
    if np.hypot(*(bottom - top)[1:]) + abs((bottom - top)[0]) < 12:
        return shown
    like = shown.copy()
    own = lab[shown]
    like[shown] = ((own - top) ** 2).sum(axis=1) < ((own - bottom) ** 2).sum(axis=1)
    # A seam parts what only seems to hang together.
    thin = np.ones((2 * round(0.01 * by.on.unit) + 1,) * 2, np.uint8)
    core = cv2.erode(like.astype(np.uint8), thin)
    _, parts = cv2.connectedComponents(core)
    hem = cv2.dilate(cv2.dilate((by.top.share > 0.5).astype(np.uint8), thin), thin) * core > 0
    hanging = np.isin(parts, np.unique(parts[hem])) & (core > 0)
    return cast("Mask", shown & ~(like & (cv2.dilate(hanging.astype(np.uint8), thin) > 0)))


def _above(by: Wearer, placed: Fit) -> Field:
    """Return 1 where a row lies above the new garment's hem."""
    rows = np.arange(by.top.share.shape[0], dtype=np.float32)[:, None]
    last = np.float32(placed.goal[:, 1].max() - 0.02 * by.on.unit)
    return cast("Field", (rows < last).astype(np.float32))


def _layers(by: Wearer, flat: FlatLay, mesh: warp.Mesh) -> cover.Layers:
    """Warp trunk and sleeves, cut the neck out, and lay the plate's shade on them."""
    shape = by.top.share.shape
    centers = mesh.centers()
    sleeve = np.zeros(len(centers), bool)
    for name, side in flat.sides.items():
        if side.sleeve:
            sign = -1.0 if name == "l" else 1.0
            seam = side.shoulder - side.armpit
            normal = np.array([-seam[1], seam[0]])
            normal *= np.sign(normal[0]) * sign or 1.0
            own = (centers - side.armpit) @ normal > 0
            out = (centers[:, 0] - side.armpit[0]) * sign
            above = centers[:, 1] < side.armpit[1]
            sleeve |= own & ((out > 0.02 * flat.chest) | ((out > -0.05 * flat.chest) & above))
    within = _inside_neck(flat)
    alpha = flat.cut.alpha * ~within
    cloth_colors = _front(flat.cut.colors, within)
    alpha = np.minimum(alpha, cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 0.8) * 1.02)
    colors = np.zeros((*shape, 3), np.float32)
    parts = []
    # What was turned over, or lies beside the cloth, lies undermost.
    at = np.rint(centers).astype(int)
    height, width = flat.cut.mask.shape
    cloth = flat.cut.mask[at[:, 1].clip(0, height - 1), at[:, 0].clip(0, width - 1)]
    order = np.lexsort((cloth, ~mesh.stretch()[1]))
    for kept in (~sleeve, sleeve):
        across, down = warp.maps(mesh, shape, order[kept[order]])
        seen = across >= 0
        part = cv2.remap(alpha.astype(np.float32), across, down, cv2.INTER_LINEAR)
        part[~seen] = 0
        shown = cv2.remap(
            cloth_colors, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        colors = np.where((seen & (part > 0))[..., None], shown, colors)
        parts.append(np.clip(part, 0, 1).astype(np.float32))
    worn = (parts[0] > 0) | (parts[1] > 0)
    colors[worn] = to_srgb(to_linear(colors[worn]) * by.shade[worn][:, None])
    return cover.Layers(colors, parts[0], parts[1])


def _front(colors: Field, within: Mask) -> Field:
    """Carry the front's color into the neck opening: no line of the back is seen along it."""
    if not within.any():
        return colors
    left, top, wide, tall = cv2.boundingRect(within.astype(np.uint8))
    box = np.s_[max(0, top - 16) : top + tall + 16, max(0, left - 16) : left + wide + 16]
    opening = cv2.dilate(within[box].astype(np.uint8), disc(4)) > 0
    found = colors.copy()
    found[box] = spread(np.ascontiguousarray(colors[box]), ~opening)
    return found


def _inside_neck(flat: FlatLay) -> Mask:
    """Return the inside of the back: what lies above the front neckline."""
    if not len(flat.neckline):
        return np.zeros(flat.cut.mask.shape, bool)
    left, right = flat.neckline[0], flat.neckline[-1]
    wide = right[0] - left[0]
    up = np.array([0.02, -0.6]) * wide
    lid = np.array([right + up, left + up * [-1, 1]])
    return polygon(flat.cut.mask.shape, np.concatenate([flat.neckline, lid]))

"""A flat-lay photograph: the garment cut out, its kind told, its landmarks found. No weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

import cv2
import numpy as np

from sosie.core.silhouette import Field, Mask, Pixels, spread
from sosie.engines.atelier.try_on.photograph import evenness, softness
from sosie.engines.atelier.try_on.warp import Dots

HEIGHT = 1024
"""A flat-lay is read at this height."""


_CUT_OUT = 0.1
"""Noise of a ground under which it is one flat color, as where a garment was cut out before."""
_EDGE = 1.3
"""CIELAB units a pixel: a shadow's rim changes more slowly than that."""
_RIBBON, _THIN, _SHADED = 800, 12, -5.0
"""Pixels from which on, how far from the outline at most, and CIELAB units under the ground from
which on a ribbon along the outline is a hard shadow."""


_SPECK = 150
"""Pixels of a flat-lay, as it is read, under which something of the ground's color at a garment's
rim is ground."""
_FAINT, _CLEAR = 4.0, 6.0
"""CIELAB units across a neckline from which it may be one though it is faint, and how many times
as strong as nearly all other curves it is to be sure."""


class Kind(StrEnum):
    """What a flat-lay shows."""

    TANK = "tank"
    TEE = "tee"
    LONG_SLEEVE = "long sleeve"
    DRESS = "dress"
    TROUSERS = "trousers"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cut:
    """A garment cut out of its ground."""

    mask: Mask
    alpha: Field
    """float32 H×W, 0 to 1."""
    colors: Field
    """float32 H×W×3, sRGB 0 to 255, the garment's color carried a little beyond its edge."""
    contrast: float
    """Share of its outline, 0 to 1, along which it differs clearly from its ground."""
    framed: bool
    """Whether it lies wholly within the frame."""
    softness: float
    """Blur of its outline over the root of its area; 0: cannot be told."""
    evenness: float
    """The least light on its ground over the most, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a garment; each path is float64 n×2, pixels of the flat-lay as it is read."""

    collar: Dots
    shoulder: Dots
    armpit: Dots
    hem: Dots
    top: Dots
    """From the collar over the shoulder to the cuff, or to the end of the shoulder."""
    under: Dots
    """From the armpit to the cuff, or along the armhole to the end of the shoulder."""
    flank: Dots
    """From the armpit to the hem."""
    sleeve: float
    """Length of the sleeve's underside over the width of the chest; 0: none."""


@dataclass(frozen=True, slots=True)
class FlatLay:
    """A flat-lay as the engine uses it."""

    cut: Cut
    kind: Kind
    sides: Mapping[str, Side]
    """By `l` and `r`, as seen in the picture."""
    neckline: Dots
    """The front neckline, from the left collar point to the right."""
    neck_seen: float
    """How clearly the front neckline shows, 0 to 1."""
    lower_edge: Dots
    """From the left end of the hem to the right."""
    finer: float
    """Pixels of the photograph for one as it is read."""

    @property
    def chest(self) -> float:
        """Width from armpit to armpit, in pixels."""
        return float(np.hypot(*(self.sides["r"].armpit - self.sides["l"].armpit)))


def cut(pixels: Pixels) -> Cut:
    """This function will cut a garment out of its plain ground.

    ``pixels`` is uint8 H×W×3 sRGB. A quadratic surface is fitted to the border in CIELAB; what is
    unlike it, closed over stripes and prints of the ground's color, is garment. A soft darkening
    of the ground's own hue beside it is its shadow.
    """
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    ground, noise = _ground(lab)
    away = lab - ground
    soft = cv2.GaussianBlur(away, (0, 0), 1.0)
    tint = np.hypot(soft[..., 1], soft[..., 2])
    apart = np.sqrt((0.7 * soft[..., 0]) ** 2 + (1.6 * tint) ** 2)
    level = max(1.1, 5 * noise)
    whole = _whole(apart > max(level, 2.0))
    if whole.mean() < 0.02:
        whole = _whole(apart > level)
    # Its shadow is darker than the ground, of the same hue, and reaches less far than the cloth.
    shade = (soft[..., 0] < 0) & (soft[..., 0] > -0.42 * ground[..., 0]) & (tint < 3.0)
    lit = _whole((apart > level) & ~shade)
    if lit.sum() > 0.8 * whole.sum():
        pale = _pale(apart, soft[..., 0], whole, lit) if noise < _CUT_OUT else np.zeros_like(lit)
        whole &= _grown(lit | pale, 1)
    if noise < _CUT_OUT:
        # Compression frays an outline against a ground without grain.
        whole = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 2.5) > 0.5
    mask = cv2.morphologyEx(whole.astype(np.uint8), cv2.MORPH_OPEN, _disc(2)) > 0
    inner = cv2.erode(mask.astype(np.uint8), _disc(1)).astype(np.float32)
    alpha = np.clip((cv2.GaussianBlur(inner, (0, 0), 1.3) - 0.4) / 0.5, 0, 1)
    core = cv2.erode(mask.astype(np.uint8), _disc(5)) > 0
    core &= ~_grown(_specks(mask & (apart < level), core), 5)
    near = _grown(mask, 12)
    image = pixels.astype(np.float32)
    colors = (
        np.where((near & ~core)[..., None], spread(image, core), image) if core.any() else image
    )
    deep = [cv2.erode(mask.astype(np.uint8), _disc(radius)) > 0 for radius in (2, 6)]
    rim = deep[0] & ~deep[1]
    contrast = float((apart[rim] > max(2 * level, 4.0)).mean()) if rim.any() else 0.0
    edges = (mask[1], mask[-2], mask[:, 1], mask[:, -2])
    framed = max(edge.mean() for edge in edges) < 0.05
    soft = softness(lab, mask) / max(float(mask.sum()) ** 0.5, 1.0)
    even = evenness(ground, mask)
    return Cut(
        mask, alpha.astype(np.float32), colors.astype(np.float32), contrast, framed, soft, even
    )


def _ground(lab: Field) -> tuple[Field, float]:
    """Fit the ground to the border by reweighted least squares; return it and its noise."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1)
    border = np.zeros((height, width), bool)
    thick = max(4, width // 50)
    border[:thick] = border[-thick:] = border[:, :thick] = border[:, -thick:] = True
    few = np.flatnonzero(border.ravel())[::7]
    a, b = terms.reshape(-1, 6)[few].astype(np.float64), lab.reshape(-1, 3)[few].astype(np.float64)
    weight = np.ones(len(few))
    for _ in range(8):
        root = np.sqrt(weight)[:, None]
        found = np.linalg.lstsq(a * root, b * root, rcond=None)[0]
        rest = np.sqrt(((a @ found - b) ** 2).sum(axis=1))
        weight = 1 / (1 + (rest / 2) ** 2)
    return (terms @ found.astype(np.float32)).astype(np.float32), float(np.median(rest)) / 1.5


def _whole(seen: Mask) -> Mask:
    """Join what belongs together: over stripes of the ground's color, if there seem to be any.

    To join widely would web the notch between sleeve and trunk.
    """
    near, far = _joined(seen, 3), _joined(seen, max(4, seen.shape[1] // 70))
    return near if (seen & far).sum() > 0.97 * far.sum() else far


def _pale(apart: Field, lighter: Field, whole: Mask, lit: Mask) -> Mask:
    """Return which pieces of the whole are cloth of a flat ground's hue and no shadow on it.

    A soft shadow fades into the ground. Cloth ends there at an edge, or, where it is nearly of the
    ground's own color, it is as unlike it near its edge as far inside. A hard shadow is a ribbon
    along the outline, darker than the ground. ``apart``, ``lighter``: H×W, how unlike the ground
    and how much lighter than it, in CIELAB units.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats((whole & ~lit).astype(np.uint8))
    depth = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 3)
    steep = np.hypot(*(cv2.Sobel(apart, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1))))
    found = np.zeros_like(whole)
    for index in range(1, count):
        x, y, w, h, _ = (int(value) for value in stats[index])
        window = np.s_[y : y + h, x : x + w]
        piece = labels[window] == index
        deep, unlike, slope = (part[window][piece] for part in (depth, apart, steep))
        rim, inner = deep < 2, unlike[deep > 12]
        near = unlike[(deep > 2.5) & (deep < 5.5)]
        dark = np.median(lighter[window][piece]) < _SHADED
        if dark and deep.size > _RIBBON and deep.max() < _THIN:
            continue
        ends = not rim.any() or np.median(slope[rim]) > _EDGE
        even = inner.size and near.size and np.median(near) > 0.6 * np.median(inner)
        if ends or even:
            found[window] |= piece
    return found


def _specks(bare: Mask, core: Mask) -> Mask:
    """Return the specks of the ground that were taken along, as at the corner of a cuff: what is
    ``bare`` of cloth near the rim of the ``core``, and no stripe."""
    rim = cv2.erode(core.astype(np.uint8), _disc(4)) == 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bare.astype(np.uint8))
    inside, outside = (np.bincount(labels[each], minlength=count) > 0 for each in (core, rim))
    small = inside & outside & (stats[:, cv2.CC_STAT_AREA] < _SPECK)
    small[0] = False
    return np.asarray(small[labels])


def _joined(seen: Mask, reach: int) -> Mask:
    """Close gaps of a reach, drop specks, fill what is closed in and not between sleeve and
    body."""
    raw = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, _disc(1))
    closed = cv2.morphologyEx(raw, cv2.MORPH_CLOSE, _disc(reach))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return np.zeros_like(seen)
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    kept = (labels == int(area.argmax())).astype(np.uint8)
    x, wide = stats[area.argmax(), cv2.CC_STAT_LEFT], stats[area.argmax(), cv2.CC_STAT_WIDTH]
    count, labels, stats, middles = cv2.connectedComponentsWithStats(1 - kept)
    for index in range(1, count):
        left, top, w, h, size = (int(v) for v in stats[index])
        outside = left == 0 or top == 0 or left + w == seen.shape[1] or top + h == seen.shape[0]
        beside = abs(middles[index][0] - x - wide / 2) > 0.26 * wide
        gap = beside and size > 150 and not raw[labels == index].mean() > 0.2
        if not outside and not gap:
            kept[labels == index] = 1
    return cast("Mask", kept > 0)


def _disc(radius: int) -> Pixels:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cast("Pixels", kernel)


def _grown(mask: Mask, radius: int) -> Mask:
    return cast("Mask", cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0)


def shrunk(pixels: Pixels) -> Pixels:
    """This function will return a flat-lay at the height at which it is read."""
    height, width = pixels.shape[:2]
    scale = HEIGHT / height
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(pixels, (max(32, round(width * scale)), HEIGHT), interpolation=way)
    return cast("Pixels", resized)


def read(pixels: Pixels) -> FlatLay:
    """This function will read a flat-lay (uint8 H×W×3 sRGB).

    Landmarks are read off the outline: the armpit is the inmost, highest point between hem and
    cuff; what has no such point before its outermost has no sleeve. The front neckline is the
    curve between the collar points along which the color changes most steadily.
    """
    small, finer = shrunk(pixels), len(pixels) / HEIGHT
    found = cut(small)
    outline = _outline(found.mask)
    empty = np.zeros((0, 2))
    if outline is None:
        return FlatLay(found, Kind.UNKNOWN, {}, empty, 0.0, empty, finer)
    axis = _axis(found.mask)
    if _legs(found.mask, axis):
        return FlatLay(found, Kind.TROUSERS, {}, empty, 0.0, empty, finer)
    sides, lower = {}, {}
    for name in "lr":
        half = _half(outline, axis, name)
        if half is None:
            return FlatLay(found, Kind.UNKNOWN, {}, empty, 0.0, empty, finer)
        sides[name], lower[name] = half
    neckline, seen = _neckline(small, found.mask, sides)
    edge = np.concatenate([lower["l"][::-1], lower["r"]])
    flat = FlatLay(found, _kind(sides), sides, neckline, seen, edge, finer)
    return replace(flat, cut=replace(found, colors=_without_notches(small, flat)))


def _without_notches(pixels: Pixels, flat: FlatLay) -> Field:
    """Return the cloth's colors without the ground that closing took in where a narrow notch ends
    between sleeve and trunk."""
    colors = flat.cut.colors.copy()
    for side in flat.sides.values():
        if not side.sleeve:
            continue
        x, y = np.rint(side.armpit).astype(int)
        reach = round(0.12 * flat.chest)
        box = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        rows, columns = np.ogrid[box]
        mask = flat.cut.mask[box]
        ground = cv2.erode((~mask).astype(np.uint8), _disc(3)) > 0
        cloth = cv2.erode(mask.astype(np.uint8), _disc(8)) > 0
        if ground.sum() < 20 or cloth.sum() < 20:
            continue
        lab = cv2.cvtColor(pixels[box].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        bare, own = (np.median(lab[where], axis=0) for where in (ground, cloth))
        # In the notch the ground may lie in shadow.
        off = lab - bare
        off[..., 0] = np.maximum(off[..., 0], 0) + np.minimum(off[..., 0] + 0.3 * bare[0], 0)
        like = (off**2).sum(axis=2) < ((lab - own) ** 2).sum(axis=2)
        like &= np.hypot(rows - y, columns - x) < 0.045 * flat.chest
        like = _grown(like & mask, 3)
        colors[box] = spread(np.ascontiguousarray(colors[box]), ~like)
    return colors


def _outline(mask: Mask) -> Dots | None:
    lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not lines:
        return None
    line = max(lines, key=cv2.contourArea)[:, 0].astype(np.float64)
    return line if len(line) > 200 else None


def _axis(mask: Mask) -> float:
    """Return the column about which the garment is symmetric: the middle of its trunk's rows."""
    rows = np.flatnonzero(mask.any(axis=1))
    top, tall = rows[0], rows[-1] - rows[0]
    middle = float(np.median(np.flatnonzero(mask.any(axis=0))[[0, -1]]))
    centers = []
    for y in range(int(top + 0.4 * tall), int(top + 0.9 * tall), 4):
        runs = np.flatnonzero(np.diff(np.pad(mask[y].astype(np.int8), 1))).reshape(-1, 2)
        holding = [run for run in runs if run[0] <= middle <= run[1]]
        if holding:
            centers.append(holding[0].mean())
    return float(np.median(centers)) if centers else middle


def _legs(mask: Mask, axis: float) -> bool:
    """Say whether it parts in two below, and is not open above: trousers."""
    rows = np.flatnonzero(mask.any(axis=1))
    top, tall = rows[0], rows[-1] - rows[0]
    low = mask[int(top + 0.75 * tall) : int(top + 0.93 * tall)]
    near = low[:, max(0, int(axis) - 2) : int(axis) + 3]
    beside = [low[:, : int(axis)].any(axis=1).mean(), low[:, int(axis) :].any(axis=1).mean()]
    return bool(near.mean() < 0.3 and min(beside) > 0.9)


def along(path: Dots, parts: Dots | float) -> Dots:
    """This function will return the points at parts (0 to 1) of a path's length."""
    gone = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.atleast_1d(parts) * gone[-1]
    return np.stack([np.interp(at, gone, path[:, 0]), np.interp(at, gone, path[:, 1])], axis=-1)


def length(path: Dots) -> float:
    """This function will return how long a path is, in pixels."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def _half(outline: Dots, axis: float, name: str) -> tuple[Side, Dots] | None:
    """Read one half of the outline; return it and its lower edge from the axis outward."""
    sign = -1.0 if name == "l" else 1.0
    path = _path(outline, axis, sign)
    if path is None:
        return None
    out, down = (path[:, 0] - axis) * sign, path[:, 1]
    top, tall = down.min(), float(np.ptp(down))
    low = down[:12].mean()
    wide = float(np.percentile(out, 99))
    near = (out < 0.62 * wide) & (down < top + 0.35 * tall)
    if not near.any():
        return None
    score = np.where(near, -down + 0.22 * out, -np.inf)
    close = np.flatnonzero(near & (score > score.max() - 0.012 * tall))
    collar = int(close[out[close].argmin()])
    risen = np.flatnonzero(down < low - 0.12 * tall)
    if not risen.size or risen[0] >= collar:
        return None
    first = int(risen[0])
    lead = out[first:collar] - np.minimum.accumulate(out[first:collar])
    tip = first + int(lead.argmax())
    height = -down - 0.7 * out
    pit = first + int(height[first : tip + 1].argmax())
    reach, rise = out[tip] - out[pit], down[pit] - down[tip]
    sleeved = reach > max(0.1 * wide, 0.6 * rise) and down[pit] < top + 0.75 * tall
    if sleeved:
        parts = _sleeve(path, pit, collar, axis, sign)
    else:
        parts = _armhole(path, collar, first, axis, sign)
    if parts is None:
        return None
    pit, shoulder, upper, under, sleeve = parts
    hem = int((out[: pit + 1] + 0.9 * down[: pit + 1]).argmax())
    if pit - hem < 8:
        return None
    side = Side(
        path[collar], path[shoulder], path[pit], path[hem], upper, under,
        path[hem : pit + 1][::-1], sleeve,
    )  # fmt: skip
    return side, path[: hem + 1]


def _path(outline: Dots, axis: float, sign: float) -> Dots | None:
    """Return the outline's half from the hem's middle to the neck's middle."""
    near = np.flatnonzero(np.abs(outline[:, 0] - axis) < 1.5)
    if near.size < 2:
        return None
    bottom, top = near[outline[near, 1].argmax()], near[outline[near, 1].argmin()]
    count = len(outline)
    forth = outline[np.arange(bottom, bottom + (top - bottom) % count + 1) % count]
    back = outline[np.arange(bottom, bottom - (bottom - top) % count - 1, -1) % count]
    halves = [forth, back]
    outs = [float(((half[:, 0] - axis) * sign).mean()) for half in halves]
    path = halves[int(np.argmax(outs))]
    return path if len(path) > 60 else None


def _sleeve(
    path: Dots, pit: int, collar: int, axis: float, sign: float
) -> tuple[int, int, Dots, Dots, float] | None:
    """Find cuff and shoulder between armpit and collar."""
    arm = path[pit : collar + 1]
    out = (arm[:, 0] - axis) * sign
    chest = 2 * out[0]
    past = np.arange(len(arm)) > out.argmax()
    above = np.flatnonzero(past & (out <= out[0] + 0.04 * chest))
    shoulder = int(above[0]) if above.size else len(arm) - 1
    if shoulder < 20:
        return None
    # However a sleeve lies, the upper corner of its cuff is the one that lies farthest out.
    outer = int((out - 0.12 * arm[:, 1])[: shoulder + 1].argmax())
    chord = arm[outer] - arm[0]
    off = (arm[: outer + 1] - arm[0]) @ np.array([-chord[1], chord[0]]) * sign
    inner = int(off.argmax()) if off.max() > 0.04 * chest * np.hypot(*chord) else 0
    inner = max(inner, 2)
    if outer <= inner or outer >= len(arm) - 3:
        return None
    sleeve = length(arm[: inner + 1]) / max(chest, 1.0)
    return pit, pit + shoulder, arm[outer:][::-1], arm[: inner + 1], sleeve


def _armhole(
    path: Dots, collar: int, first: int, axis: float, sign: float
) -> tuple[int, int, Dots, Dots, float] | None:
    """Find underarm and shoulder of a half without a sleeve."""
    out, down = (path[:, 0] - axis) * sign, path[:, 1]
    top, tall = down.min(), float(np.ptp(down))
    place = np.arange(len(path))
    high = (place > first) & (place <= collar) & (down < top + 0.25 * tall)
    shoulder = int(np.where(high, -down + 0.55 * out, -np.inf).argmax())
    hem = int((out[:first] + 0.9 * down[:first]).argmax())
    chord = path[shoulder] - path[hem]
    bulge = (path - path[hem]) @ np.array([-chord[1], chord[0]]) * sign
    flank = (place >= first) & (place < shoulder) & (down < top + 0.6 * tall)
    flank &= down > down[shoulder] + 0.08 * tall
    if not flank.any():
        return None
    # Up the side and then inward: the underarm stands out most from hem to shoulder.
    pit = int(np.where(flank, bulge, -np.inf).argmax())
    upper = path[shoulder : collar + 1][::-1]
    if len(upper) < 2:
        upper = np.stack([path[collar], path[collar] + [sign, 0.5]])
    return pit, shoulder, upper, path[pit : shoulder + 1], 0.0


def _kind(sides: Mapping[str, Side]) -> Kind:
    left, right = sides["l"], sides["r"]
    chest = max(float(np.hypot(*(right.armpit - left.armpit))), 1.0)
    fall = (left.hem + right.hem)[1] / 2 - (left.armpit + right.armpit)[1] / 2
    if (left.sleeve > 0) != (right.sleeve > 0):
        return Kind.UNKNOWN
    if fall / chest > 1.75:
        return Kind.DRESS
    if min(left.sleeve, right.sleeve) > 0.62:
        return Kind.LONG_SLEEVE
    return Kind.TEE if left.sleeve else Kind.TANK


def _neckline(pixels: Pixels, mask: Mask, sides: Mapping[str, Side]) -> tuple[Dots, float]:
    """Find the front neckline: the curve along which color changes most, inside or at the edge."""
    left, right = sides["l"].collar, sides["r"].collar
    wide = max(float(np.hypot(*(right - left))), 4.0)
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), max(0.8, 0.008 * wide))
    middle = round(float(left[0] + right[0]) / 2)
    column = np.flatnonzero(mask[:, middle])
    edge = float(column[0] - (left[1] + right[1]) / 2) / wide if column.size else 0.0
    step = 0.03
    inside = mask.astype(np.float32)
    tried = [
        (float(depth), power)
        for power in (1.1, 1.6, 2.2, 2.8, 3.6)
        for depth in np.arange(max(edge, 0.06) + 2 * step, 1.25, 0.02)
    ]
    if not tried:
        return _curve(left, right, edge, 2.0), 1.0
    parts = np.linspace(0.12, 0.88, 33)
    inner = np.array([along(_curve(left, right, *shape), parts) for shape in tried])
    way = np.gradient(inner, axis=1)
    normal = np.stack([way[..., 1], -way[..., 0]], -1) * step * wide
    normal /= np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-6)[..., None]
    change = _sample(lab, inner + normal) - _sample(lab, inner - normal)
    change = np.sqrt((change**2).sum(axis=-1))
    change[_sample(inside, inner + 2 * normal) < 1] = 0
    seen_by = np.percentile(change, 35, axis=1).tolist()
    found = [(seen, *shape) for seen, shape in zip(seen_by, tried, strict=True)]

    # The back's band lies above the front's: doubt goes to the lower. Of a band's own two edges
    # the upper is the neckline.
    def weighed(one: tuple[float, float, float]) -> float:
        return one[0] * (0.6 + min(one[1] - edge, 0.8))

    best = max(found, key=weighed, default=(0.0, edge, 2.0))
    upper = [f for f in found if f[0] > 0.75 * best[0] and best[1] - 0.2 < f[1] <= best[1]]
    chosen = max(upper, key=lambda f: f[0] * (1 + best[1] - f[1]), default=best)
    seen = float(np.clip((chosen[0] - 2.0) / 6.0, 0, 1))
    # On black cloth a neckline shows faintly, and nothing else shows at all.
    others = [f[0] for f in found if abs(f[1] - chosen[1]) > 0.12]
    if chosen[0] > _FAINT and others:
        clear = chosen[0] / max(float(np.percentile(others, 90)), 0.5)
        seen = max(seen, min(1.0, clear / _CLEAR))
    if seen > 0.3 and weighed(best) > 0:
        return _curve(left, right, chosen[1], chosen[2]), seen
    if edge > 0.18:
        return _curve(left, right, edge, 2.0), 1.0
    return _curve(left, right, 0.3, 2.0), 0.0


def _curve(left: Dots, right: Dots, depth: float, power: float) -> Dots:
    t = np.linspace(-1, 1, 49)
    spots = left + (right - left) * ((t + 1) / 2)[:, None]
    fall = depth * np.hypot(*(right - left)) * (1 - np.abs(t) ** power) ** (1 / max(power - 0.4, 1))
    return cast("Dots", spots + fall[:, None] * np.array([0.0, 1.0]))


def _sample(values: Field, spots: Dots) -> Field:
    """Return values (H×W or H×W×3) at spots (…×2)."""
    at = spots.reshape(1, -1, 2).astype(np.float32)
    found = cv2.remap(values, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    return cast("Field", found.reshape(*spots.shape[:-1], *values.shape[2:]))

"""Where on a body each point of a garment comes to lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask
from sosie.core.studio import Card
from sosie.engines.atelier.points import points_of
from sosie.engines.atelier.try_on.flat_lay import FlatLay, Kind, Side, along, length
from sosie.engines.atelier.try_on.warp import Dots

NEEDED = tuple(
    f"{name}_{side}"
    for name in ("neck", "shoulder", "armpit", "elbow", "wrist", "waist", "hip")
    for side in "lr"
)
"""Landmarks without which nothing is tried on."""

_EASE = 1.08
"""Width of a worn top over that of the chest."""
_LENGTHWISE = 1.35
"""A flat-lay is half a circumference wide: seen from the front, worn, it is this much narrower
for its length."""
_STRIP = 0.16
"""How far above the worn garment's hem the new one may end, in widths of the shoulders."""
_DROP = 0.65
"""How far down to its cuff the armpit of a sleeve without an underside hangs."""
_FLARE = 0.45
"""By how much its sides part at most on their way down, in pixels for one of height."""
_WIDER = 0.4
"""How far beyond the landmarks what she wears below may reach, in widths of the shoulders."""
_NECKWISE = 1.2
"""A neck lies flat on the shoulders: it keeps more of its width than the trunk does."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The outline of one arm, from the shoulder to the wrist."""

    axis: Dots
    outer: Dots
    inner: Dots
    cap: Dots
    """The outline over the shoulder, from its top to its side."""
    wide: float
    """Median width in pixels."""
    worn: float
    """Share of its length that a worn sleeve covers, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a fit needs of a plate."""

    points: dict[str, Dots]
    person: Mask
    lower: Mask
    """bool H×W: what is worn below the top."""
    unit: float
    """Width of the shoulders in pixels."""
    arms: dict[str, Arm]
    worn_hem: float | None
    """Row at which the worn garment ends; None where it is not seen."""

    def middle(self, row: float) -> float:
        """Return the column of the body's axis at a row."""
        neck = (self.points["neck_l"] + self.points["neck_r"]) / 2
        hip = (self.points["hip_l"] + self.points["hip_r"]) / 2
        share = (row - neck[1]) / max(hip[1] - neck[1], 1.0)
        return float(neck[0] + min(share, 1.0) * (hip[0] - neck[0]))


def body(card: Card, alpha: Field, worn: Field, lower: Mask) -> Body:
    """This function will read a body off its card and matte (``alpha`` float32 H×W), with the
    worn garment's share of each pixel (``worn`` float32 H×W) and ``lower`` (bool H×W), what is
    worn below it."""
    points = {name: np.array(at, np.float64) for name, at in points_of(card).items()}
    unit = float(np.hypot(*(points["shoulder_r"] - points["shoulder_l"])))
    person = alpha > 0.5
    arms = {side: _arm(points, person, worn, side, unit) for side in "lr"}
    across = np.linspace(points["waist_l"][0], points["waist_r"][0], 15)[3:-3].astype(int)
    ends = [np.flatnonzero(worn[:, x] > 0.5) for x in across if 0 <= x < worn.shape[1]]
    lows = [float(end[-1]) for end in ends if end.size]
    hem = float(np.percentile(lows, 80)) if lows else None
    return Body(points, person, lower, unit, arms, hem)


def _arm(points: dict[str, Dots], person: Mask, worn: Field, side: str, unit: float) -> Arm:
    """Read the outline of one arm: from its bone to where the person ends."""
    sign = -1.0 if side == "l" else 1.0
    root = points[f"shoulder_{side}"] * 0.6 + points[f"armpit_{side}"] * 0.4
    axis = along(np.array([root, points[f"elbow_{side}"], points[f"wrist_{side}"]]),
                 np.linspace(0.0, 1.0, 25))  # fmt: skip
    way = np.gradient(axis, axis=0)
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
    out = np.stack([-way[:, 1], way[:, 0]], axis=1)
    out *= np.sign(out[:, :1]) * sign
    far = _exit(person, axis, out, 0.3 * unit)
    near = _exit(person, axis, -out, 0.3 * unit)
    usual = float(np.median(far[8:]))
    far, near = np.minimum(far, 1.6 * usual), np.minimum(near, 1.35 * usual)
    far, near = _smooth(far), _smooth(near)
    turns = np.linspace(0.0, 1.0, 4)[:, None]
    fan = np.array([0.0, -1.0]) * (1 - turns) + out[1] * turns
    fan /= np.hypot(fan[:, 0], fan[:, 1])[:, None]
    rays = np.repeat(axis[:1] * 0.5 + points[f"shoulder_{side}"] * 0.5, 4, axis=0)
    cap = rays + fan * np.minimum(_exit(person, rays, fan, 0.3 * unit), 0.24 * unit)[:, None]
    inside = np.clip(np.rint(axis), 0, np.array(person.shape[::-1]) - 1).astype(int)
    cloth = np.flatnonzero(worn[inside[:, 1], inside[:, 0]] > 0.5)
    sleeve = float(cloth[-1] / 24) if cloth.size else 0.0
    wide = float(np.median((far + near)[8:]))
    return Arm(axis, axis + out * far[:, None], axis - out * near[:, None], cap, wide, sleeve)


def _exit(person: Mask, start: Dots, way: Dots, most: float) -> NDArray[np.float64]:
    """Return how far it is from each point to where the person ends."""
    steps = np.arange(0.0, most, 1.0)
    spots = np.rint(start[:, None] + way[:, None] * steps[None, :, None]).astype(int)
    height, width = person.shape
    within = (spots >= 0).all(-1) & (spots[..., 0] < width) & (spots[..., 1] < height)
    spots = np.clip(spots, 0, [width - 1, height - 1])
    free = ~(person[spots[..., 1], spots[..., 0]] & within)
    return cast("NDArray[np.float64]", np.where(free.any(1), free.argmax(1), most).astype(float))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(values, 2, mode="edge")
    return np.convolve(padded, np.full(5, 0.2), mode="valid")


@dataclass(frozen=True, slots=True)
class Fit:
    """Handles for the warp, and what was asked of the garment."""

    start: Dots
    goal: Dots
    weight: NDArray[np.float64]
    scale: float
    """Pixels on the body for one of the flat-lay, across the chest."""
    slender: float
    """How much longer for its width the trunk is drawn than it lies."""
    longer: float
    """How much longer than its own proportion the garment was drawn, to cover the worn one."""
    cuffs: dict[str, float]
    """Share of each arm's length that a sleeve covers, 0 to 1."""
    neckline: Dots
    hem: float
    """Row at which it ends at its sides."""


class _Handles:
    def __init__(self) -> None:
        self.rows: list[tuple[Dots, Dots, float]] = []

    def add(self, start: Dots, goal: Dots, weight: float) -> None:
        for one, two in zip(np.atleast_2d(start), np.atleast_2d(goal), strict=True):
            self.rows.append((one, two, weight))


def fit(flat: FlatLay, on: Body, *, shorter: bool) -> Fit:
    """This function will place a garment on a body, point by point.

    It may end a little above the worn garment's hem only if ``shorter``; otherwise it is drawn
    long enough to cover it.
    """
    handles = _Handles()
    chest = np.hypot(*(on.points["armpit_r"] - on.points["armpit_l"]))
    scale = float(chest * _EASE / flat.chest)
    collars = {side: _collar(flat, on, side, scale) for side in "lr"}
    upper = {}
    for side in "lr":
        own = flat.sides[side]
        handles.add(own.collar, collars[side], 1.0)
        upper[side] = _upper(
            handles, own, on, side, scale=scale, collar=collars[side], kind=flat.kind
        )
    drop = (upper["l"].drop + upper["r"].drop) / 2
    hem, more = _hem(flat, on, scale, strip=_STRIP if shorter else -0.02, drop=drop)
    longer = max(more, upper["l"].longer, upper["r"].longer)
    lows = {
        side: _flank(handles, flat, on, side, pit=upper[side].pit, scale=scale, hem=hem)
        for side in "lr"
    }
    _lower_edge(handles, flat, lows)
    neckline = _neckline(handles, flat, collars, scale)
    start, goal, weight = (np.array(part) for part in zip(*handles.rows, strict=True))
    slender = _LENGTHWISE * more
    cuffs = {side: upper[side].covered for side in "lr"}
    return Fit(start, goal, weight, scale, slender, longer, cuffs, neckline, hem)


def _hem(
    flat: FlatLay, on: Body, scale: float, *, strip: float, drop: float
) -> tuple[float, float]:
    """Return the hem's row, and how much the garment was lengthened to end no more than a strip
    (in widths of the shoulders) above the hem of the worn one. Its armpits hang ``drop`` pixels
    below hers."""
    fall = np.mean([side.hem[1] - side.armpit[1] for side in flat.sides.values()])
    armpit = (on.points["armpit_l"][1] + on.points["armpit_r"][1]) / 2 + 0.02 * on.unit + drop
    own = float(fall * scale * _LENGTHWISE)
    wanted = own
    if on.worn_hem is not None and on.worn_hem < on.person.shape[0] - 2:
        wanted = max(own, on.worn_hem - strip * on.unit - armpit)
    return float(armpit + wanted), wanted / max(own, 1.0)


def _collar(flat: FlatLay, on: Body, side: str, scale: float) -> Dots:
    """Return where the collar point lies: on the slope from neck to shoulder."""
    neck, shoulder = on.points[f"neck_{side}"], on.points[f"shoulder_{side}"]
    wide = np.hypot(*(flat.sides["r"].collar - flat.sides["l"].collar)) * scale * _NECKWISE
    nape = np.hypot(*(on.points["neck_r"] - on.points["neck_l"]))
    slope = (shoulder - neck) / max(np.hypot(*(shoulder - neck)), 1.0)
    reach = np.clip((wide - nape) / 2, 0.02 * on.unit, 0.75 * np.hypot(*(shoulder - neck)))
    return _on_top(on, neck + slope * reach) - [0, 0.008 * on.unit]


def _on_top(on: Body, spot: Dots) -> Dots:
    """Move a point of the shoulder's line up or down to the outline, where that is near."""
    column = int(np.clip(round(spot[0]), 0, on.person.shape[1] - 1))
    reach = round(0.09 * on.unit)
    first = max(0, int(spot[1]) - reach)
    seen = on.person[first : int(spot[1]) + reach, column]
    if not seen.size or seen[0] or not seen.any():
        return spot
    return np.array([spot[0], first + seen.argmax()])


@dataclass(frozen=True, slots=True)
class _Upper:
    """How one sleeve or strap was placed."""

    covered: float
    """Share of the arm's length."""
    longer: float
    """How much the sleeve was lengthened to cover the worn one."""
    pit: Dots
    """Where sleeve and trunk part."""
    drop: float
    """How far that is below the armpit, in pixels, because the garment is cut so."""


def _upper(
    handles: _Handles,
    own: Side,
    on: Body,
    side: str,
    *,
    scale: float,
    collar: Dots,
    kind: Kind,
) -> _Upper:
    """Place shoulder and sleeve, or strap and armhole."""
    crest, raised = _crest(on, side, collar)
    pit = _pit(on, side, sleeved=own.sleeve > 0)
    drawn = length(own.top) * scale
    if own.sleeve == 0:
        under = pit + np.array([0, 0.006 * on.unit])
        reach = min(drawn * 1.05, 0.94 * length(crest))
        end = along(crest, reach / length(crest))[0]
        handles.add(own.top[-1], end, 1.0)
        handles.add(own.armpit, under, 0.8)
        _between(handles, own.under, under, end)
        return _Upper(0.0, 1.0, pit, 0.0)
    line = np.concatenate([crest, raised[2:]])
    whole = length(line)
    reach = drawn * _LENGTHWISE
    if kind is Kind.LONG_SLEEVE and reach / whole > 0.72:
        reach = whole
    reach = min(reach, whole)
    worn = on.arms[side].worn
    least = length(np.concatenate([crest, raised[2 : 3 + round(worn * 24)]])) + 0.03 * on.unit
    longer = max(1.0, least / reach) if worn > 0.2 else 1.0
    reach = min(reach * longer, whole)
    parts = np.linspace(0, 1, 13)[1:]
    handles.add(along(own.top, parts), along(line, parts * reach / whole), 1.0)
    end = along(line, reach / whole)[0]
    last = int(np.hypot(*(raised - end).T).argmin())
    drop = _underside(handles, own, on, side, scale=scale, pit=pit, end=end, last=last)
    return _Upper(float(last / (len(raised) - 1)), longer, pit + np.array([0, drop]), drop)


def _crest(on: Body, side: str, collar: Dots) -> tuple[Dots, Dots]:
    """Return a line from the collar over the shoulder, and one along the outside of the arm."""
    sign = -1.0 if side == "l" else 1.0
    arm, shoulder = on.arms[side], on.points[f"shoulder_{side}"]
    slope = np.array([collar + (shoulder - collar) * t for t in (0.3, 0.6)])
    slope = np.array([_on_top(on, spot) for spot in slope]) - [0, 0.01 * on.unit]
    spokes = arm.cap - (arm.axis[0] + shoulder) / 2
    long = np.maximum(np.hypot(spokes[:, 0], spokes[:, 1]), 1.0)
    cap = arm.cap + spokes * (0.014 * on.unit / long)[:, None]
    cap = cap[(cap[:, 0] - slope[-1, 0]) * sign > 0.02 * on.unit]
    lift = (arm.outer - arm.axis) / np.maximum(arm.wide / 2, 1.0)
    return np.concatenate([[collar], slope, cap]), arm.outer + lift * (0.014 * on.unit)


def _underside(
    handles: _Handles,
    own: Side,
    on: Body,
    side: str,
    *,
    scale: float,
    pit: Dots,
    end: Dots,
    last: int,
) -> float:
    """Place cuff and underside of a sleeve whose outer end lies at ``end``, beside the spot
    ``last`` of the arm; return how far below ``pit`` its own armpit hangs, in pixels."""
    arm = on.arms[side]
    under = pit + np.array([0, 0.006 * on.unit])
    across = (arm.inner - arm.axis)[last] / max(np.hypot(*(arm.inner - arm.axis)[last]), 1.0)
    # A tube that lies flat is half its girth wide; about an arm it hangs as a flattened ring.
    girth = np.hypot(*(own.top[-1] - own.under[-1])) * scale * _LENGTHWISE
    cuff = girth - (np.pi / 2 - 1) * arm.wide
    inner = end + across * np.clip(cuff, 1.08 * arm.wide, 1.6 * arm.wide)
    if own.sleeve < 0.12:
        # The cuff runs up to the armpit: the sleeve has no underside, and its armpit hangs low.
        drop = _DROP * max(float(inner[1] - under[1]), 0.0)
        low = under + np.array([0, drop])
        parts = np.array([0.3, 0.6, 0.8, 1.0])
        edge, wanted = np.array([own.top[-1], own.armpit]), np.array([end, inner, low])
        handles.add(along(edge, parts), along(wanted, parts), 0.6)
        return drop
    handles.add(own.armpit, under, 0.8)
    middle = [arm.inner[len(arm.inner) // 2] + across * 0.012 * on.unit] if last > 14 else []
    below = np.array([under, *middle, inner])
    steps = np.array([0.5, 1.0]) if not middle else np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    handles.add(along(own.under, steps), along(below, steps), 0.8)
    handles.add((own.top[-1] + own.under[-1]) / 2, (end + inner) / 2, 0.6)
    return 0.0


def _pit(on: Body, side: str, *, sleeved: bool) -> Dots:
    """Return where a sleeve leaves the trunk, or a little below the armpit where there is none.

    Arm and trunk part at the highest backdrop between them."""
    sign = -1.0 if side == "l" else 1.0
    if not sleeved:
        return on.points[f"armpit_{side}"] + np.array([sign * 0.01, 0.04]) * on.unit
    armpit, axis = on.points[f"armpit_{side}"], on.arms[side].axis
    first, last = int(armpit[1] - 0.02 * on.unit), int(armpit[1] + 0.3 * on.unit)
    for row in range(max(0, first), min(last, on.person.shape[0])):
        center = np.interp(row, axis[:, 1], axis[:, 0])
        ends = sorted((int(center), int(armpit[0] - sign * 0.04 * on.unit)))
        free = np.flatnonzero(~on.person[row, max(0, ends[0]) : max(0, ends[1])])
        if free.size > 1:
            return np.array([ends[0] + float(free.mean()), float(row)])
    return armpit + np.array([sign * 0.015, 0.035]) * on.unit


def _between(handles: _Handles, path: Dots, first: Dots, last: Dots) -> None:
    """Carry a path's inner points over by the turn and size that carry its ends."""
    a, b = path[0], path[-1]
    old, new = complex(*(b - a)), complex(*(last - first))
    turn = new / old if old else 1.0
    spots = along(path, np.array([0.25, 0.5, 0.75]))
    moved = [complex(*(spot - a)) * turn for spot in spots]
    goal = first + np.array([[value.real, value.imag] for value in moved])
    handles.add(spots, goal, 0.4)


def _flank(
    handles: _Handles,
    flat: FlatLay,
    on: Body,
    side: str,
    *,
    pit: Dots,
    scale: float,
    hem: float,
) -> Dots:
    """Place the side down to the hem, never inside the body; return the hem's end."""
    sign = -1.0 if side == "l" else 1.0
    own = flat.sides[side]
    center = (flat.sides["l"].armpit[0] + flat.sides["r"].armpit[0]) / 2
    spot = pit
    parts = np.array([0.12, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0])
    rows = pit[1] + (hem - pit[1]) * parts
    halves = np.array([half_width(on, row, side) for row in rows])
    if on.worn_hem is not None:
        # Just below the worn hem it hangs from what is wider there: no corner looks out.
        above = half_width(on, on.worn_hem - 0.02 * on.unit, side)
        below = (rows > on.worn_hem) & (rows - on.worn_hem < _STRIP * on.unit)
        halves[below] = np.maximum(halves[below], above)
    for upper in range(len(rows) - 2, -1, -1):
        flare = _FLARE * (rows[upper + 1] - rows[upper])
        halves[upper] = max(halves[upper], halves[upper + 1] - flare)
    for part, spot_own, row, body_half in zip(
        parts, along(own.flank, parts), rows, halves, strict=True
    ):
        wide = abs(spot_own[0] - center) * scale
        least = body_half + (0.02 if part < 0.3 and own.sleeve else 0.01) * on.unit
        if flat.kind is not Kind.DRESS:
            # Cloth hangs between the body and its own width, nearer the body.
            wide = min(wide, max(1.35 * body_half, least))
            wide = least + 0.2 * max(wide - least, 0.0)
        wide = max(wide, least)
        spot = np.array([on.middle(row) + sign * wide, row])
        handles.add(spot_own, spot, 0.8 if part < 1 else 1.0)
    return spot


def half_width(on: Body, row: float, side: str) -> float:
    """This function will return how far the trunk, with what is worn, reaches from the axis at a
    row, in pixels."""
    sign = -1.0 if side == "l" else 1.0
    middle = on.middle(row)
    marks = [on.points[f"{name}_{side}"] for name in ("armpit", "waist", "hip")]
    rows = [mark[1] for mark in marks]
    marked = float(np.interp(row, rows, [abs(mark[0] - on.middle(mark[1])) for mark in marks]))
    y = int(np.clip(row, 0, on.person.shape[0] - 1))
    seen, cloth = (_run(part[y], int(middle), side) for part in (on.person, on.lower))
    if marked < cloth < marked + _WIDER * on.unit:
        # Her hips, up to an arm or the backdrop, are wider than where their landmarks lie.
        return cloth
    axis = on.arms[side].axis
    if axis[0, 1] < row < axis[-1, 1]:
        # An arm that touches the trunk is not part of it.
        arm = (np.interp(row, axis[:, 1], axis[:, 0]) - middle) * sign - 0.35 * on.arms[side].wide
        seen = seen if seen < arm else marked
    return seen if abs(seen - marked) < 0.14 * on.unit else marked


def _run(line: Mask, middle: int, side: str) -> float:
    """Return how far, from a column to one side, a row of a mask is filled."""
    half = line[: middle + 1][::-1] if side == "l" else line[middle:]
    return float((~half).argmax()) if half.size and not half.all() else float(half.size)


def _lower_edge(handles: _Handles, flat: FlatLay, lows: dict[str, Dots]) -> None:
    """Carry the hem's curve over between its ends."""
    edge = flat.lower_edge
    left, right = flat.sides["l"].hem, flat.sides["r"].hem
    wide, new = right[0] - left[0], lows["r"] - lows["l"]
    scale = np.hypot(*new) / max(wide, 1.0)
    for spot in along(edge, np.array([0.15, 0.3, 0.5, 0.7, 0.85])):
        part = (spot[0] - left[0]) / max(wide, 1.0)
        base = left[1] + (right[1] - left[1]) * part
        sag = (spot[1] - base) * scale + 0.05 * np.hypot(*new) * part * (1 - part) * 4 * 0.5
        handles.add(spot, lows["l"] + new * part + [0, sag], 0.7)


def _neckline(handles: _Handles, flat: FlatLay, collars: dict[str, Dots], scale: float) -> Dots:
    """Carry the neckline over: as wide as its collar points lie, as deep as it is."""
    left, right = flat.sides["l"].collar, flat.sides["r"].collar
    part = (flat.neckline[:, 0] - left[0]) / max(right[0] - left[0], 1.0)
    base = left[1] + (right[1] - left[1]) * part
    line = collars["l"] + (collars["r"] - collars["l"]) * part[:, None]
    fall = (flat.neckline[:, 1] - base) * scale * _LENGTHWISE
    goal = cast("Dots", line + np.stack([part * 0, fall], axis=1))
    parts = np.linspace(0.1, 0.9, 9)
    handles.add(along(flat.neckline, parts), along(goal, parts), 0.8)
    return goal


def polygon(shape: tuple[int, int], corners: Dots) -> Mask:
    """This function will fill a polygon (float64 n×2) in a mask of ``shape`` (height, width)."""
    drawn = np.zeros(shape, np.uint8)
    cv2.fillPoly(drawn, [np.rint(corners).astype(np.int32)], 1)
    return drawn > 0

"""A map of some countries, drawn here: outlines of Natural Earth (public domain, `tools/world.py`),
as near as they allow, and never so near that nobody knows where it is."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

Ring = tuple[tuple[int, int], ...]
"""Points in tenths of a degree: east, south."""
Box = tuple[float, float, float, float]
"""West, north, east, south, in the same."""
_WORLD: Box = (-1690, -800, 1900, 560)
_LEAST = (420.0, 300.0)
"""How wide and high a map is at least."""
_MARGIN = 0.18
_SHAPE = 1.4
"""Width by height; of what is nearly the whole world, more."""
_SMALL = 24
"""What is smaller than this part of the map in both directions is drawn as a dot, too."""


@dataclass(frozen=True, slots=True)
class Country:
    """One country on a map."""

    code: str
    path: str
    count: int
    shade: int
    """From 1, a few, to 3, most; 0 where nothing is."""
    dot: tuple[int, int] | None
    """Where it is too small to be seen."""


@dataclass(frozen=True, slots=True)
class Map:
    """What is drawn: a view box, how much narrower a degree is to the east, and countries."""

    view: str
    narrow: str
    radius: float
    squeezed: float
    """The radius along the axis that is drawn narrower, so that a dot is round."""
    land: str
    here: tuple[Country, ...]


def drawn(counts: Mapping[str, int]) -> Map | None:
    """Return the map of some countries with how much there is in each; nothing for none that is
    known."""
    known = {code: count for code, count in counts.items() if code in _outlines()}
    if not known:
        return None
    box = _box(known)
    narrow = math.cos(math.radians((box[1] + box[3]) / 20))
    west, north, east, south = _shaped(box, narrow)
    most, high = max(known.values()), south - north
    here = []
    for code, count in sorted(known.items()):
        rings = _outlines()[code]
        left, top, right, bottom = _extent(rings[0])
        small = max((right - left) * narrow, bottom - top) * _SMALL < high
        middle = (round((left + right) / 2), round((top + bottom) / 2)) if small else None
        here.append(Country(code, _path(rings), count, math.ceil(3 * count / most), middle))
    shown = (west, north, east, south)
    others = [r for code, rings in _outlines().items() if code not in known for r in rings]
    land = _path([ring for ring in others if _meet(_extent(ring), shown)])
    radius = high / 60
    view = f"{west * narrow:.0f} {north:.0f} {(east - west) * narrow:.0f} {high:.0f}"
    return Map(view, f"{narrow:.3f}", radius, round(radius / narrow, 2), land, tuple(here))


@cache
def _outlines() -> dict[str, tuple[Ring, ...]]:
    said = json.loads((files("sosie.web") / "world.json").read_text("utf-8"))
    return {
        code: tuple(tuple(zip(ring[::2], ring[1::2], strict=True)) for ring in rings)
        for code, rings in said.items()
    }


def _box(codes: Collection[str]) -> Box:
    """Return what holds the largest part of each country, with a margin."""
    extents = [_extent(_outlines()[code][0]) for code in codes]
    west, north = min(e[0] for e in extents), min(e[1] for e in extents)
    east, south = max(e[2] for e in extents), max(e[3] for e in extents)
    wide, high = max(east - west, _LEAST[0]), max(south - north, _LEAST[1])
    middle = (west + east) / 2, (north + south) / 2
    half = wide * (0.5 + _MARGIN), high * (0.5 + _MARGIN)
    return (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])


def _shaped(box: Box, narrow: float) -> Box:
    """Return a box of the shape of the map around another, inside the world where it can be."""
    wide, high = (box[2] - box[0]) * narrow, box[3] - box[1]
    wide, high = max(wide, high * _SHAPE), max(high, wide / _SHAPE)
    high = min(high, _WORLD[3] - _WORLD[1])  # above and below it there is nothing
    half = wide / narrow / 2, high / 2
    x = _within((box[0] + box[2]) / 2, half[0], _WORLD[0], _WORLD[2])
    y = _within((box[1] + box[3]) / 2, half[1], _WORLD[1], _WORLD[3])
    return (x - half[0], y - half[1], x + half[0], y + half[1])


def _within(middle: float, half: float, least: float, most: float) -> float:
    if most - least <= 2 * half:
        return (least + most) / 2
    return min(max(middle, least + half), most - half)


def _extent(ring: Ring) -> Box:
    across, down = zip(*ring, strict=True)
    return (min(across), min(down), max(across), max(down))


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _path(rings: Collection[Ring]) -> str:
    """Return rings as the path of an SVG, each point by its step from the one before."""
    parts = []
    for ring in rings:
        steps = pairwise(ring)
        moves = "".join(f"{_spelled(b[0] - a[0])}{_spelled(b[1] - a[1])}" for a, b in steps)
        parts.append(f"M{ring[0][0]} {ring[0][1]}l{moves.strip()}z")
    return "".join(parts)


def _spelled(number: int) -> str:
    return str(number) if number < 0 else f" {number}"

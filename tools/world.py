"""The outlines of the countries, for the map of a model's releases:
`python -m tools.world ATLAS CODES`.

ATLAS is `countries-50m.json` of the npm package `world-atlas` 2 (Natural Earth, which is in the
public domain); CODES a CSV file with the numeric and the two-letter code of each country
(ISO 3166-1). Written to `src/sosie/web/world.json`: by code, rings of tenths of a degree.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

OUT = Path("src/sosie/web/world.json")
TOLERANCE = 0.22
"""Degrees by which a line may be off."""
LEAST = 0.6
"""Square degrees of the smallest island that is drawn beside a larger one."""
Ring = NDArray[np.float64]


def main(atlas: Path, codes: Path) -> None:
    """Write the outlines. ``codes``: a CSV file of the numeric and the two-letter codes."""
    said = json.loads(atlas.read_text("utf-8"))
    letters = dict(csv.reader(codes.read_text("utf-8").splitlines()))
    arcs = [_arc(arc, said["transform"]) for arc in said["arcs"]]
    found: dict[str, list[list[int]]] = {}
    for country in said["objects"]["countries"]["geometries"]:
        code = letters.get(str(country.get("id", "")))
        if code is None or code == "AQ":
            continue
        shapes = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        found.setdefault(code, []).extend(_drawn([_ring(shape[0], arcs) for shape in shapes]))
    OUT.write_text(json.dumps(dict(sorted(found.items())), separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(found)} countries, {OUT.stat().st_size // 1024} KB")


def _arc(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    steps = np.cumsum(np.array(arc, np.float64), axis=0)
    return steps * transform["scale"] + transform["translate"]


def _ring(indexes: list[int], arcs: list[Ring]) -> Ring:
    """Return a ring of some arcs; what crosses the antimeridian goes on beyond it."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indexes]
    ring = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    east = np.unwrap(ring[:, 0], period=360)
    east -= 360 * np.floor((east.mean() + 170) / 360)
    return np.column_stack([east, ring[:, 1]])


def _drawn(rings: list[Ring]) -> list[list[int]]:
    """Return the rings of a country that are worth drawing, the largest first: always one."""
    area = {id(ring): abs(cv2.contourArea(ring.astype(np.float32))) for ring in rings}
    largest, *others = sorted(rings, key=lambda ring: -area[id(ring)])
    return [_simple(ring) for ring in (largest, *(o for o in others if area[id(o)] >= LEAST))]


def _simple(ring: Ring) -> list[int]:
    points: Any = cv2.approxPolyDP(ring.astype(np.float32), TOLERANCE, closed=True)
    if len(points) < 4:  # too small for the tolerance: as it is
        points = ring[:: max(1, len(ring) // 8)]
    flat = np.rint(np.reshape(points, (-1, 2)) * [10, -10]).astype(int)
    return [int(value) for value in flat.ravel()]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

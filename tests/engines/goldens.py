"""A small drawn order for each operation of `atelier`, and what the pictures are known by.

The rule: who changes pixels raises the version. `python -m tests.engines.goldens` records them
anew, and refuses to do so for a version that has others; of a version that was never released,
delete the file first.

Libraries choose other instructions on other processors, and then a few pixels differ by one step:
so a picture is known by its digest on the kind of processor that recorded it, and by the mean
colors of a grid elsewhere.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tests.cloths import material, pattern, street
from tests.figures import draw
from tests.wardrobe import Garment, Pose, pair

from sosie.core.ports import Engine
from sosie.core.studio import Assets, Order, Pixels
from sosie.core.values import digest
from sosie.engines.atelier import Atelier

FILE = Path(__file__).parents[1] / "cases" / "atelier.json"

_PARTS = (8, 6)
_PLACE = {"scene": "photograph", "file": "place"}
ORDERS: Mapping[str, Mapping[str, Any]] = {
    "a new color": {"garment_colour": "#7a1220"},
    "a new color of the bottom": {"garment": "bottom", "garment_colour": "#1f4d2e"},
    "a cloth": {"garment_swatch": "cloth"},
    "before a plain wall": {"backdrop": {"scene": "plain"}},
    "before a cyclorama": {"backdrop": {"scene": "cyclorama", "colour": "#cdb9a5"}},
    "before a window": {"backdrop": {"scene": "window"}},
    "before paper": {"backdrop": {"scene": "paper"}},
    "before concrete": {"backdrop": {"scene": "concrete"}},
    "before a photograph": {"backdrop": _PLACE},
    "in the light of a photograph": {"backdrop": _PLACE, "relight": True},
    "another garment": {"wear": "new"},
}


def made(engine: Engine) -> dict[str, dict[str, Any]]:
    """Make every picture; returns what it is known by, by what was ordered."""
    found = {}
    for name, wishes in ORDERS.items():
        order = Order.model_validate({"plate": "front-half", "seed": 7, **wishes})
        result = engine.run(order, assets(wears="wear" in wishes), lambda *_: None, lambda: False)
        pixels = np.ascontiguousarray(result.pixels)
        found[name] = {"digest": digest(pixels.tobytes()), "grid": _grid(pixels)}
    return found


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return which pictures are others than those that were recorded."""
    return [
        name
        for name in now
        if now[name]["digest"] != before["pictures"][name]["digest"]
        and (before["processor"] == processor() or _apart(before["pictures"][name], now[name]) > 1)
    ]


def processor() -> str:
    """Return what tells this kind of processor from others."""
    return f"{platform.machine()} {cv2.getCPUFeaturesLine()}"


def _grid(pixels: Pixels) -> list[int]:
    """Return the mean colors of 8×6 parts of a picture, in hundredths."""
    high, wide = (side // parts for side, parts in zip(pixels.shape, _PARTS, strict=False))
    whole = pixels[: high * _PARTS[0], : wide * _PARTS[1]].astype(np.float64)
    means = whole.reshape(_PARTS[0], high, _PARTS[1], wide, 3).mean(axis=(1, 3))
    return [round(each) for each in (100 * means).ravel()]


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    return int(np.abs(np.subtract(one["grid"], other["grid"])).max())


@cache
def assets(*, wears: bool) -> Assets:
    """Return a drawn plate with the files that the orders name."""
    if wears:
        tank = Garment("tank", (70, 110, 160), 1.2, neck=(0.48, 0.34))
        tee = Garment("tee", (176, 52, 44), 1.4, 0.34)
        return pair(1, height=512, old=tank, new=tee, pose=Pose()).assets
    files = {"place": material(street(360, 480)), "cloth": material(pattern("check"))}
    return replace(draw(384).assets, materials=files)


def recorded() -> dict[str, Any]:
    """Return what was recorded last; empty if nothing was."""
    return dict(json.loads(FILE.read_text())) if FILE.is_file() else {}


if __name__ == "__main__":
    before, version, now = recorded(), Atelier().describe().version, made(Atelier())
    if before.get("version") == version and changed(before, now):
        sys.exit(f"the pixels of atelier {version} changed: raise its version first")
    pictures = ",\n".join(f'"{name}": {json.dumps(known)}' for name, known in now.items())
    head = f'"version": "{version}", "processor": "{processor()}"'
    FILE.write_text(f'{{{head}, "pictures": {{\n{pictures}\n}}}}\n')

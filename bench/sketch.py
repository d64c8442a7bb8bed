"""Telling a copy from its sketch alone, held against the comparison with the pixels at hand.

    python -m bench.sketch [--quick] [--json]

Input: the pictures of the sample shoot, and the photographs in `SOSIE_PHOTOS` if it is set; each
under attacks that keep it (all of set A but those that change its content; parts; small sizes;
rounded corners, angles, other tones) and under changes (text, a block, a pasted part, other
colors). Every picture is also asked about the sketch of every other one. Peer: `confirm`, which has
the original. Floor: features of a copy.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from tests.core import attacks
from tests.core.attacks import HARDER, SET_A, Attack, fit, jpeg, lettered, resized
from tests.core.plates import scene

from bench._table import show
from bench.fingerprint import FURTHER, pictures
from sosie.core.features import extract
from sosie.core.fingerprint import Match, confirm
from sosie.core.sketch import Resemblance, Sketch, compare
from sosie.core.studio import Pixels

SIDE = 1400
"""Pictures are shrunk to this before they are attacked."""


def _recolored(vector: tuple[int, int, int]) -> Attack:
    """Return an attack that moves the colors of an oval in the middle by a CIELAB vector."""

    def change(picture: Pixels) -> Pixels:
        height, width = picture.shape[:2]
        y, x = np.mgrid[0:height, 0:width]
        away = ((y - height / 2) / (height * 0.22)) ** 2 + ((x - width / 2) / (width * 0.2)) ** 2
        mask = cv2.GaussianBlur((away < 1).astype(np.float32), (0, 0), 2)[..., None]
        lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        moved = cv2.cvtColor(lab + mask * np.array(vector, np.float32), cv2.COLOR_LAB2RGB)
        levels: Pixels = np.rint(np.clip(moved, 0, 1) * 255).astype(np.uint8)
        again: Pixels = jpeg(levels, 85)
        return again

    return change


def _blocked(picture: Pixels) -> Pixels:
    changed = picture.copy()
    height, width = changed.shape[:2]
    changed[height // 3 : height // 3 + height // 10, width // 3 : width // 2] = (30, 140, 90)
    return changed


def _pasted(picture: Pixels) -> Pixels:
    changed, other = picture.copy(), cv2.resize(scene(7), picture.shape[1::-1])
    height, width = changed.shape[:2]
    part = np.s_[height // 4 : height // 2, width // 3 : width // 3 + width // 4]
    changed[part] = other[part]
    again: Pixels = jpeg(changed, 80)
    return again


CHANGES: dict[str, Attack] = {
    "text over it": lettered,
    "a block of a tenth": _blocked,
    "a part of another picture": _pasted,
    "redder in the middle": _recolored((0, 12, 0)),
    "bluer in the middle": _recolored((0, 0, -15)),
    "darker in the middle": _recolored((-12, 0, 0)),
    "redder in the middle, 0.6 times as dark": lambda p: attacks.tone(
        _recolored((0, 12, 0))(p), 0.6, 0
    ),
    "lighter in the middle, 0.4 times as dark": lambda p: attacks.tone(
        attacks.lighter(p, 18), 0.4, 0
    ),
    "a part of another picture, print photographed": lambda p: attacks.photographed(_pasted(p)),
    "slimmer by 10 %": lambda p: jpeg(cv2.resize(p, (round(0.9 * p.shape[1]), p.shape[0])), 85),
    "slimmer by 15 %, sides filled": lambda p: jpeg(attacks.slimmer(p, 0.85), 85),
}
KEPT = {
    name: attack
    for name, attack in {**SET_A, **FURTHER}.items()
    if "text" not in name and "turned" not in name  # a turn fills the corners with something
}
HARD: dict[str, Attack] = {
    **{f"{side} px, q75": partial(resized, long_side=side, quality=75) for side in (320, 256, 200)},
    "corners of 8 %, white": lambda p: jpeg(attacks.rounded(p, 0.08, 255), 85),
    "corners of 8 %, black": lambda p: jpeg(attacks.rounded(p, 0.08, 0), 85),
    "corners of 4 %, black, 400 px": lambda p: resized(attacks.rounded(p, 0.04, 0), 400, 75),
    **{name: HARDER[name] for name in ("perspective 2 %", "perspective 4 %")},
    "print, photographed": attacks.photographed,
    "grey": lambda p: jpeg(attacks.grey(p), 80),
    "sepia": lambda p: jpeg(attacks.sepia(p), 80),
    "0.45 times as dark": lambda p: jpeg(attacks.tone(p, 0.45, 0), 80),
    "gamma 2": lambda p: jpeg(attacks.tone(p, 1, 0, 2.0), 80),
    "1.4 times the contrast": lambda p: attacks.curved(p, lambda x: 0.5 + 1.4 * (x - 0.5)),
    "a curve like an S": lambda p: attacks.curved(p, lambda x: x - 0.7 * x * (1 - x) * (1 - 2 * x)),
    "1.5 times as colorful": lambda p: jpeg(attacks.saturated(p, 1.5), 80),
}


def _said(found: Resemblance | Match) -> str:
    return "other" if not found.matched else "changed" if found.regions else "copy"


def measure(*, quick: bool) -> dict[str, Any]:
    """Return what sketch and pixels say of each attacked picture, and of all others."""
    shown = [fit(picture, SIDE) for picture in list(pictures().values())[:: 8 if quick else 2]]
    sketches = [Sketch.of(picture) for picture in shown]
    ours: dict[str, Any] = {}
    peers: dict[str, Any] = {}
    took = dict.fromkeys(("sketch", "pixels", "features"), 0.0)
    for kind, ways in (("kept", KEPT), ("hard", HARD), ("changed", CHANGES)):
        for name, attack in ways.items():
            counts: list[Counter[str]] = [Counter(), Counter()]
            for picture, sketch in zip(shown, sketches, strict=True):
                copy = attack(picture)
                tries: tuple[Callable[[], Resemblance | Match], ...] = (
                    lambda c=copy, s=sketch: compare(c, s),  # type: ignore[misc]
                    lambda c=copy, p=picture: confirm(c, p),  # type: ignore[misc]
                )
                for way, (counted, ask) in enumerate(zip(counts, tries, strict=True)):
                    start = time.perf_counter()
                    counted[_said(ask())] += 1
                    took["sketch" if way == 0 else "pixels"] += time.perf_counter() - start
                start = time.perf_counter()
                extract(copy)
                took["features"] += time.perf_counter() - start
            ours[f"{kind}: {name}"], peers[f"{kind}: {name}"] = map(dict, counts)
    attacked = len(KEPT) + len(HARD)
    rows = len(shown) * (attacked + len(CHANGES))
    ours["asked about another picture"] = dict(
        Counter(
            _said(compare(one, sketch))
            for i, one in enumerate(shown)
            for k, sketch in enumerate(sketches)
            if i != k
        )
    )
    seconds = {name: total / rows for name, total in took.items()}
    return {
        "name": "sketch",
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "input": f"{len(shown)} pictures, {attacked} attacks, {len(CHANGES)} changes",
        "ours": {**ours, "seconds a copy": seconds["sketch"]},
        "peers": {**peers, "with the pixels, seconds a copy": seconds["pixels"]},
        "floor": {"features of a copy, seconds": seconds["features"]},
        "ratios": {"sketch / floor": seconds["sketch"] / seconds["features"]},
    }


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="an eighth of the pictures")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    show(measure(quick=asked.quick), as_json=asked.json)


if __name__ == "__main__":
    main()

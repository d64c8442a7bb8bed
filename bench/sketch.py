"""Telling a copy from afar, by sketch and preview, held against the comparison with the pixels.

    python -m bench.sketch [--quick] [--json]

Input: the pictures of the sample shoot, and the photographs in `SOSIE_PHOTOS` if it is set; each
under attacks that keep it (all of set A but those that change its content; parts; small sizes;
rounded corners, angles, other tones) and under changes (text, a block, a pasted part, other colors,
logos, the face of the other sample twin in the same view). Every picture is also asked about the
sketch of every other one. Peers: the sketch alone, and `confirm`, which has the original. Floor:
features of a copy.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tests.core import attacks
from tests.core.attacks import HARDER, SET_A, Attack, faced, fit, jpeg, lettered, resized
from tests.core.plates import scene

from bench._table import show
from bench.fingerprint import FURTHER, SAMPLES, pictures
from sosie.adapters.pictures import PillowPictures
from sosie.core.features import extract
from sosie.core.fingerprint import Match, confirm
from sosie.core.preview import held
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


PLACE = (0.43, 0.1, 0.57, 0.22)
"""Where a face may be, in shares of a picture."""
TWINS = {"ines": "tomas", "tomas": "ines"}
"""Whose pictures show the same views."""
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
    "a logo of 5 %": lambda p: jpeg(attacks.stamped(p, 0.05), 85),
    "a logo of 3 %": lambda p: jpeg(attacks.stamped(p, 0.03), 85),
    "a logo of 2 %": lambda p: jpeg(attacks.stamped(p, 0.02), 85),
    "a logo of 3 %, 600 px, q60": lambda p: resized(attacks.stamped(p, 0.03), 600, 60),
    "words in a checkerboard": lambda p: jpeg(attacks.textured(fit(p, 1080), 2, 30), 85),
    "a face's place of another picture": lambda p: jpeg(faced(p, scene(7), PLACE, PLACE), 85),
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


def ways(name: str) -> dict[str, Attack]:
    """Return all that is done to a picture, by kind and name."""
    found = {f"kept: {each}": attack for each, attack in KEPT.items()}
    found |= {f"hard: {each}": attack for each, attack in HARD.items()}
    found |= {f"changed: {each}": attack for each, attack in CHANGES.items()}
    twin, _, view = name.partition("/")
    if twin in TWINS:
        path = Path("shoot", TWINS[twin], view)
        other = PillowPictures().decode((SAMPLES / path).read_bytes(), where=view)
        at, there = _face(SAMPLES / "shoot" / name), _face(SAMPLES / path)
        found["changed: another's face"] = lambda p: jpeg(faced(p, other, at, there), 85)
    return found


def _face(path: Path) -> tuple[float, float, float, float]:
    """Return where the face is in a picture of the sample shoot, in shares of it."""
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    (left, top, right, bottom), (width, height) = card["face"], card["size"]
    return left / width, top / height, right / width, bottom / height


def afar(copy: Pixels, sketch: Sketch, preview: Pixels) -> Resemblance | Match:
    """Return what the client of a remote finds: what the sketch finds, and where that finds no
    change, what the preview does."""
    likeness = compare(copy, sketch)
    if not likeness.matched or likeness.regions:
        return likeness
    return held(copy, preview, length=likeness.length)


def _said(found: Resemblance | Match) -> str:
    return "other" if not found.matched else "changed" if found.regions else "copy"


def measure(*, quick: bool) -> dict[str, Any]:
    """Return what is said of each attacked picture from afar, by its sketch alone and by its
    pixels, and of all others."""
    shown = {name: fit(p, SIDE) for name, p in list(pictures().items())[:: 8 if quick else 2]}
    sketches = {name: Sketch.of(picture) for name, picture in shown.items()}
    counts: dict[str, dict[str, Counter[str]]] = {"afar": {}, "sketch": {}, "pixels": {}}
    took: defaultdict[str, float] = defaultdict(float)
    read, previews, copies = PillowPictures(), [], 0
    for name, picture in shown.items():
        sketch, data = sketches[name], read.preview(picture)
        preview = read.decode(data, where=name)
        previews.append(len(data))
        for done, attack in ways(name).items():
            copy = attack(picture)
            copies += 1
            tries: dict[str, Callable[[], Resemblance | Match]] = {
                "afar": partial(afar, copy, sketch, preview),
                "sketch": partial(compare, copy, sketch),
                "pixels": partial(confirm, copy, picture),
            }
            for way, ask in tries.items():
                start = time.perf_counter()
                counts[way].setdefault(done, Counter())[_said(ask())] += 1
                took[way] += time.perf_counter() - start
            start = time.perf_counter()
            extract(copy)
            took["features"] += time.perf_counter() - start
    ours: dict[str, Any] = {name: dict(count) for name, count in counts["afar"].items()}
    peers = {
        f"{way}: {name}": dict(count)
        for way, names in (("the sketch alone", "sketch"), ("with the pixels", "pixels"))
        for name, count in counts[names].items()
    }
    ours["asked about another picture"] = dict(
        Counter(
            _said(compare(one, sketch))
            for name, one in shown.items()
            for other, sketch in sketches.items()
            if name != other
        )
    )
    seconds = {name: total / copies for name, total in took.items()}
    return {
        "name": "sketch",
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "input": f"{len(shown)} pictures, {copies} copies of them; previews of "
        f"{sum(previews) // len(previews)} bytes on average, {max(previews)} at most",
        "ours": {**ours, "seconds a copy": seconds["afar"]},
        "peers": {
            **peers,
            "the sketch alone, seconds a copy": seconds["sketch"],
            "with the pixels, seconds a copy": seconds["pixels"],
        },
        "floor": {"features of a copy, seconds": seconds["features"]},
        "ratios": {"from afar / floor": seconds["afar"] / seconds["features"]},
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

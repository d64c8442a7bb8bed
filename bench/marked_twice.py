"""Marks on marked pictures: how often the new one and the one before are read.

    python -m bench.marked_twice [--quick] [--json] [--photos DIR]

Input: that of bench/watermark.py. Each picture is marked, saved as JPEG of quality 92, marked with
another number as services/seal.py does, saved again, and goes through every attack
(tests/core/attacks.py). Control: the same picture that was marked once.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import platform
import statistics
from pathlib import Path
from typing import Any

import cv2
from tests.core.attacks import HARDER, SET_A, jpeg

from bench._table import show
from bench.watermark import FEW, KEY, noise_ratio, pictures
from sosie.core.watermark import detect, embed

FIRST, SECOND = 0x1111_2222_3333_4444, 0x9999_AAAA_BBBB_CCCC


def measure(*, quick: bool, folder: Path | None) -> dict[str, Any]:
    """Measure all and return the object that `--json` prints."""
    cv2.setNumThreads(1)
    before = pictures(folder, quick=quick)
    every = {**SET_A, **HARDER}
    attacks = {name: every[name] for name in (FEW if quick else every)}
    counts = {name: {"once": 0, "new": 0, "earlier": 0, "both": 0} for name in attacks}
    wrong, ratios = 0, []
    for pixels in before.values():
        once = jpeg(embed(pixels, FIRST, KEY), 92)
        marked = embed(once, SECOND, KEY)
        ratios.append(noise_ratio(once, marked))
        twice = jpeg(marked, 92)
        for name, attack in attacks.items():
            alone = detect(attack(once), KEY).numbers
            found = set(detect(attack(twice), KEY).numbers)
            counts[name]["once"] += alone == (FIRST,)
            counts[name]["new"] += SECOND in found
            counts[name]["earlier"] += FIRST in found
            counts[name]["both"] += {FIRST, SECOND} <= found
            wrong += len(found - {FIRST, SECOND})
    ours: dict[str, Any] = {
        f"{what}, of {len(before) * len(attacks)}": sum(each[what] for each in counts.values())
        for what in ("once", "new", "earlier", "both")
    }
    ours |= {"wrong numbers": wrong, "PSNR of the second mark, mean, dB": statistics.mean(ratios)}
    ours |= {"PSNR of the second mark, worst, dB": min(ratios)}
    for name, each in counts.items():
        ours[f"{name}: new, earlier, both, of {len(before)}"] = ", ".join(
            str(each[what]) for what in ("new", "earlier", "both")
        )
    return {
        "name": "marked_twice",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "input": f"{len(before)} pictures, {len(attacks)} attacks",
        "ours": ours,
        "peers": {},
        "floor": {},
        "ratios": {},
    }


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="two pictures, a few attacks")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--photos", type=Path, help="a folder of further pictures")
    asked = parser.parse_args()
    show(measure(quick=asked.quick, folder=asked.photos), as_json=asked.json)


if __name__ == "__main__":
    main()

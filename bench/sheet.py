"""A line sheet: products × plates made by the engine `atelier`, and drawn as one PDF.

Half of the products are given as colors and half as swatches of patterned cloth; every picture has
a new backdrop. Two processes make the pictures, each its own plates, since the reading of a plate
serves all products on it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.cloths import material, pattern
from tests.figures import Drawn, draw

from sosie.adapters.comps import Line, as_pdf, line_sheet
from sosie.core.studio import Backdrop, Order, Pixels
from sosie.engines.atelier import Atelier

_HEIGHT = 1024
_LIMIT = 180.0
"""Seconds that 100 products × 6 plates may take on two cores."""


def plate(number: int) -> Drawn:
    """This function will draw one of the plates: other light, wall and grain each time."""
    return draw(_HEIGHT, shadow=0.05 * number, seed=number, wall=(205 - 4 * number, 203, 200))


def order(product: int) -> Order:
    """This function will return the order of a product, on any plate."""
    scene = Backdrop(scene=("plain", "paper", "cyclorama")[product % 3])
    if product % 2:
        kind = ("stripes", "check", "print")[product // 2 % 3]
        return Order(plate="p", garment_swatch=kind, swatch_cm=8 + product % 9, backdrop=scene)
    color = "#" + "".join(f"{(product * step + 40) % 200 + 20:02x}" for step in (37, 61, 83))
    return Order(plate="p", garment_colour=color, backdrop=scene)


def make(task: tuple[int, int, str]) -> tuple[float, float]:
    """This function will make all products on one plate; returns CPU seconds and peak MB."""
    number, products, folder = task
    cv2.setNumThreads(1)
    began = time.process_time()
    engine, drawn = Atelier(), plate(number)
    cloths = {kind: material(pattern(kind)) for kind in ("stripes", "check", "print")}
    given = replace(drawn.assets, materials=cloths)
    for product in range(products):
        made = engine.run(order(product), given, lambda *_: None, lambda: False)
        Image.fromarray(made.pixels).save(_file(folder, product, number), compress_level=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.process_time() - began, peak


def _file(folder: str, product: int, number: int) -> Path:
    return Path(folder) / f"{product:03d}-{number}.png"


def _fetch(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


def sheet(folder: str, products: int, plates: int) -> int:
    """This function will draw the sheet; returns its bytes."""
    lines = [
        Line(
            f"Product {product + 1}",
            ("XS to XL", f"{29 + product} EUR"),
            tuple(
                (f"S-0001-{product * plates + number + 1:03d}",
                 partial(_fetch, _file(folder, product, number)))
                for number in range(plates)
            ),
        )
        for product in range(products)
    ]  # fmt: skip
    return len(as_pdf(line_sheet("A collection", lines)))


def measure(quick: bool) -> dict[str, Any]:
    """This function will make and draw everything once and return the figures."""
    products, plates = (6, 2) if quick else (100, 6)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tasks = [(number, products, folder) for number in range(plates)]
        with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
            spent = pool.map(make, tasks, chunksize=1)
        made = time.perf_counter()
        at = time.process_time()
        size = sheet(folder, products, plates)
        drawn = time.process_time() - at
    seconds = time.perf_counter() - began
    cpu = sum(row[0] for row in spent) + drawn
    return {
        "name": "sheet",
        "machine": f"{platform.machine()}, {platform.system()}, two processes",
        "input": f"{products} products on {plates} drawn plates of 768x{_HEIGHT}",
        "ours": {
            "seconds": seconds,
            "of these, pictures": made - began,
            "CPU seconds": cpu,
            "CPU seconds a picture": cpu / (products * plates),
            "CPU seconds of the sheet": drawn,
            "peak memory of a process, MB": max(row[1] for row in spent),
            "PDF, MB": size / 1e6,
        },
        "peers": {},
        "floor": {},
        "ratios": {} if quick else {"CPU seconds on two cores / limit": cpu / 2 / _LIMIT},
    }


def main() -> None:
    """This function will print a table, or with ``--json`` one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="six products on two plates")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wish = parser.parse_args()
    found = measure(wish.quick)
    if wish.json:
        print(json.dumps(found, indent=2))
        return
    print(found["input"])
    for name, value in (found["ours"] | found["ratios"]).items():
        print(f"{name:40} {value:10.2f}")


if __name__ == "__main__":
    main()

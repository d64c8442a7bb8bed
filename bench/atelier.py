"""Time the embedded engine beside a JPEG decode and encode, and its silhouette beside grabCut."""

from __future__ import annotations

import argparse
import io
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.figures import Drawn, draw

from sosie.core.silhouette import person
from sosie.core.studio import Assets, Backdrop, Card, Order
from sosie.core.values import digest
from sosie.engines.atelier import Atelier

_ORDERS: dict[str, dict[str, Any]] = {
    "recolor": {"garment_colour": "#7a1220"},
    "backdrop": {"backdrop": Backdrop(scene="cyclorama")},
    "recolor + backdrop": {"garment_colour": "#7a1220", "backdrop": Backdrop(scene="window")},
}


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """This function will return the wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """This function will encode a picture as JPEG at quality 92."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=92)
    return held.getvalue()


def floor(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """This function will time what any tool must do: decode the plate and encode the result."""
    held = jpeg(pixels)
    return timed(lambda: jpeg(np.asarray(Image.open(io.BytesIO(held)).convert("RGB"))))


def once(assets: Assets, **wishes: Any) -> tuple[float, float]:
    """This function will time one order by a fresh engine, so that nothing is kept from before."""
    order = Order(plate="front-half", **wishes)
    engine = Atelier()
    return timed(lambda: engine.run(order, assets, lambda *_: None, lambda: False))


def again(assets: Assets, **wishes: Any) -> tuple[float, float]:
    """This function will time the next order of the same plate, whose reading is kept."""
    engine = Atelier()
    for seed in (0, 1):
        order = Order(plate="front-half", seed=seed, **wishes)
        spent = timed(lambda order=order: engine.run(order, assets, lambda *_: None, lambda: False))  # type: ignore[misc]
    return spent


def memory(drawn: Drawn) -> float:
    """This function will return the peak memory, in MB, of a process that does one order."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "plate.npy"
        np.save(held, drawn.pixels)
        (Path(folder) / "card.json").write_text(drawn.card.model_dump_json(by_alias=True))
        told = subprocess.run(
            [sys.executable, __file__, "--alone", folder],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return float(told.stdout)


def alone(folder: Path) -> None:
    """This function will do one order in this process and print its peak memory in MB."""
    pixels = np.load(folder / "plate.npy")
    card = Card.model_validate_json((folder / "card.json").read_text())
    once(Assets(pixels, digest(pixels.tobytes()), card), **_ORDERS["recolor + backdrop"])
    # The kernel's own high-water mark: getrusage would count the parent before the start too.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            print(int(line.split()[1]) / 1024)


def overlap(mask: NDArray[np.bool_], drawn: Drawn) -> float:
    """This function will return the intersection over union with the truth."""
    truth = drawn.alpha > 0.5
    return float((mask & truth).sum() / (mask | truth).sum())


def grabcut(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """This function will segment as the peer does: OpenCV grabCut from a box, five rounds."""
    cv2.setRNGSeed(1)
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    box = (width // 20, height // 50, width - width // 10, height - height // 50 - 1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pixels[..., ::-1].copy(), mask, box, *models, 5, cv2.GC_INIT_WITH_RECT)
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))


def measure(quick: bool) -> dict[str, Any]:
    """This function will run everything once and return the figures."""
    cv2.setNumThreads(1)
    heights = (1024,) if quick else (1024, 2048)
    ours: dict[str, Any] = {}
    peers: dict[str, Any] = {}
    base: dict[str, Any] = {}
    ratios: dict[str, float] = {}
    for height in heights:
        drawn = draw(height, shadow=0.2)
        size = f"{height * 3 // 4}x{height}"
        base[size] = dict(zip(("seconds", "cpu"), floor(drawn.pixels), strict=True))
        for name, wishes in _ORDERS.items():
            wall, cpu = once(drawn.assets, **wishes)
            ours[f"{name} {size}"] = {"seconds": wall, "cpu": cpu}
            ratios[f"{name} {size} / floor"] = cpu / base[size]["cpu"]
        wall, cpu = again(drawn.assets, **_ORDERS["recolor + backdrop"])
        ours[f"recolor + backdrop, same plate again {size}"] = {"seconds": wall, "cpu": cpu}
        ours[f"peak memory {size}, MB"] = memory(drawn)
    drawn = draw(1024, shadow=0.2)
    wall, cpu = timed(lambda: person(drawn.pixels))
    found = person(drawn.pixels).mask
    ours["silhouette 768x1024"] = {"seconds": wall, "cpu": cpu, "iou": overlap(found, drawn)}
    wall, cpu = timed(lambda: grabcut(drawn.pixels))
    peer = {"seconds": wall, "cpu": cpu, "iou": overlap(grabcut(drawn.pixels), drawn)}
    peers["OpenCV grabCut 768x1024"] = peer
    ratios["silhouette / grabCut"] = ours["silhouette 768x1024"]["cpu"] / cpu
    return {
        "name": "atelier",
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "input": "drawn half-length figures with a cast shadow",
        "ours": ours,
        "peers": peers,
        "floor": {"JPEG decode and encode, Pillow": base},
        "ratios": ratios,
    }


def main() -> None:
    """This function will print a table, or with ``--json`` one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="768x1024 only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.alone is not None:
        alone(wish.alone)
        return
    found = measure(wish.quick)
    if wish.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'':52} {'seconds':>8} {'CPU':>8} {'IoU':>7}")
    rows = found["ours"] | found["peers"]
    rows |= {f"floor {k}": v for k, v in found["floor"]["JPEG decode and encode, Pillow"].items()}
    for name, row in rows.items():
        if isinstance(row, dict):
            iou = f"{row['iou']:7.3f}" if "iou" in row else ""
            print(f"{name:52} {row['seconds']:8.3f} {row['cpu']:8.3f} {iou}")
        else:
            print(f"{name:52} {row:8.0f}")
    for name, ratio in found["ratios"].items():
        print(f"{name:52} {ratio:8.1f}x")


if __name__ == "__main__":
    main()

"""Count how often `core.likeness` knows her head again, and how often it takes another for hers.

On the sample shoot: two rendered people who are nobody, four plates each. Run
``python -m bench.likeness``; ``--quick`` takes two plates, ``--json`` prints one object.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from bench._table import show
from sosie.adapters.capture_folder import read
from sosie.adapters.pictures import PillowPictures
from sosie.core.likeness import MOST_CHANGED, Likeness, likeness
from sosie.core.matting import matte
from sosie.core.silhouette import person
from sosie.core.studio import Card, Pixels

SAMPLES = Path(__file__).parent.parent / "src" / "sosie" / "samples" / "shoot"
Plate = tuple[str, Pixels, Card]
Made = Callable[[Pixels, Card], Any]


def plates() -> list[Plate]:
    """Return every plate of the sample shoot, by the name of who is on it."""
    return [
        (folder.name, PillowPictures().decode(photo.data, where=photo.name), photo.card)
        for folder in sorted(path for path in SAMPLES.iterdir() if path.is_dir())
        for photo in read(folder).photos
        if photo.card
    ]


def jpeg(pixels: Any, quality: int) -> Any:
    """Return a picture as it is after JPEG."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=quality)
    return np.array(Image.open(data))


def sized(pixels: Any, by: float) -> Any:
    """Return a picture in another size."""
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return cv2.resize(pixels, None, fx=by, fy=by, interpolation=how)


def cut(pixels: Pixels, card: Card) -> Any:
    """Return head and shoulders."""
    left, top, right, bottom = card.face
    high = bottom - top
    return pixels[max(0, top - high // 2) : bottom + 2 * high, max(0, left - high) : right + high]


def turned(pixels: Pixels, _: Card) -> Any:
    """Return a picture turned by three degrees."""
    high, wide = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), 3, 1)
    return cv2.warpAffine(pixels, matrix, (wide, high), borderMode=cv2.BORDER_REPLICATE)


def elsewhere(pixels: Pixels, _: Card) -> Any:
    """Return the person before a dark, warm wall."""
    alpha = matte(pixels, person(pixels)).alpha[..., None]
    wall = np.linspace(40, 200, len(pixels))[:, None, None] * np.array([1, 0.8, 0.6])
    return np.clip(pixels * alpha + wall * (1 - alpha), 0, 255).astype(np.uint8)


def darker(pixels: Pixels, card: Card) -> Any:
    """Return the picture with a head of darker skin."""
    left, top, right, bottom = card.face
    mask = np.zeros(pixels.shape[:2], np.float32)
    middle = ((left + right) // 2, (top + bottom) // 2)
    radii = (int((right - left) * 0.6), int((bottom - top) * 0.6))
    cv2.ellipse(mask, middle, radii, 0, 0, 360, 1, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), (bottom - top) * 0.08)[..., None]
    return (pixels * (1 - soft) + pixels * 0.7 * soft).astype(np.uint8)


def squeezed(pixels: Pixels, card: Card) -> Any:
    """Return the picture with a head that is narrower by a tenth."""
    left, top, right, bottom = card.face
    y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    across, reach = (left + right) / 2, (bottom - top) * 1.2
    near = np.exp(-(((x - across) / reach) ** 2 + ((y - (top + bottom) / 2) / reach) ** 2))
    moved = np.asarray(x + (x - across) * near * 0.12, np.float32)
    return cv2.remap(pixels, moved, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def blurred(pixels: Pixels, card: Card) -> Any:
    """Return the picture with a face that cannot be made out."""
    left, top, right, bottom = card.face
    made = pixels.copy()
    face = made[top:bottom, left:right]
    made[top:bottom, left:right] = cv2.GaussianBlur(face, (0, 0), (bottom - top) * 0.05)
    return made


def swapped(pixels: Pixels, card: Card, other: Plate) -> Any:
    """Return the picture with the face of somebody else, seamlessly."""
    left, top, right, bottom = card.face
    from_left, from_top, from_right, from_bottom = other[2].face
    face = other[1][from_top:from_bottom, from_left:from_right]
    face = cv2.resize(face, (right - left, bottom - top))
    high, wide = face.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    radii = (int(wide * 0.3), int(high * 0.32))
    cv2.ellipse(mask, (wide // 2, int(high * 0.58)), radii, 0, 0, 360, 255, -1)
    middle = ((left + right) // 2, (top + bottom) // 2 + int(high * 0.08))
    return cv2.seamlessClone(face, pixels, mask, middle, cv2.NORMAL_CLONE)


HERS: Mapping[str, Made] = {
    "as it is": lambda p, c: p,
    "JPEG quality 70": lambda p, c: jpeg(p, 70),
    "half the size": lambda p, c: sized(p, 0.5),
    "a third larger": lambda p, c: sized(p, 1.3),
    "mirrored": lambda p, c: np.ascontiguousarray(p[:, ::-1]),
    "turned by 3 degrees": turned,
    "head and shoulders": lambda p, c: np.ascontiguousarray(cut(p, c)),
    "cut, 60 % of the size, JPEG 75": lambda p, c: jpeg(sized(cut(p, c), 0.6), 75),
    "before another wall": elsewhere,
    "before another wall, cut, JPEG 85": lambda p, c: jpeg(cut(elsewhere(p, c), c), 85),
}
CHANGED: Mapping[str, Made] = {
    "darker skin": darker,
    "a head squeezed by a tenth": squeezed,
    "a face that is blurred": blurred,
}


def measure(quick: bool) -> dict[str, Any]:
    """Return the counts."""
    every = plates()
    chosen = [every[0], every[4]] if quick else every
    begun = time.perf_counter()
    ours: dict[str, Any] = {}
    for words, made in (*HERS.items(), *CHANGED.items()):
        found = [likeness(np.asarray(made(p, c), np.uint8), p, c) for _, p, c in chosen]
        ours[f"{words}: certain of {len(chosen)}"] = sum(each.certain for each in found)
    others: list[Likeness] = []
    swaps: list[Likeness] = []
    for name, pixels, card in chosen:
        for other in every:
            if other[0] != name:
                others.append(likeness(other[1], pixels, card))
                swaps.append(likeness(swapped(pixels, card, other), pixels, card))
    for words, found in (("another person", others), ("another face on her", swaps)):
        ours[f"{words}: certain of {len(found)}"] = sum(each.certain for each in found)
        ours[f"{words}: least share that differs"] = min(each.changed for each in found)
    looked = len(chosen) * (len(HERS) + len(CHANGED)) + len(others) + len(swaps)
    ours["seconds a picture"] = (time.perf_counter() - begun) / looked
    return {
        "name": "likeness",
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "input": f"{looked} pictures made from {len(chosen)} plates of two rendered people",
        "ours": ours,
        "peers": {},
        "floor": {"share that may differ": MOST_CHANGED},
        "ratios": {},
    }


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.likeness")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    show(measure(options.quick), as_json=options.json)


if __name__ == "__main__":
    main()

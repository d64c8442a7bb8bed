"""Drawn figures before a backdrop, of which the true alpha and garment are known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Assets, Card
from sosie.core.values import digest

_FINE = 3
"""Figures are drawn at this many times the size and averaged down: so alpha is exact."""

SKIN, HAIR, TOP, BOTTOM = 1, 2, 3, 4

_POINTS = {
    "crown": (0.5, 0.07), "chin": (0.5, 0.25), "neck_l": (0.455, 0.27), "neck_r": (0.545, 0.27),
    "shoulder_l": (0.35, 0.32), "shoulder_r": (0.65, 0.32), "armpit_l": (0.375, 0.42),
    "armpit_r": (0.625, 0.42), "elbow_l": (0.265, 0.55), "elbow_r": (0.735, 0.55),
    "wrist_l": (0.21, 0.73), "wrist_r": (0.79, 0.73), "waist_l": (0.385, 0.57),
    "waist_r": (0.615, 0.57), "hip_l": (0.37, 0.7), "hip_r": (0.63, 0.7),
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A drawn photograph with its truth."""

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    top: NDArray[np.float32]
    """The top's part of each pixel, 0 to 1."""
    bottom: NDArray[np.float32]
    backdrop: NDArray[np.float32]
    card: Card

    @property
    def assets(self) -> Assets:
        """What an engine is handed."""
        return Assets(self.pixels, digest(self.pixels.tobytes()), self.card)


@lru_cache(maxsize=16)
def draw(
    height: int = 512,
    *,
    top: tuple[int, int, int] = (40, 70, 140),
    bottom: tuple[int, int, int] = (90, 90, 95),
    skin: tuple[int, int, int] = (214, 168, 142),
    hair: tuple[int, int, int] = (52, 36, 28),
    wall: tuple[int, int, int] = (205, 203, 200),
    strands: int = 24,
    shadow: float = 0.0,
    grain: float = 0.8,
    people: int = 1,
    without: tuple[str, ...] = (),
    seed: int = 3,
) -> Drawn:
    """Draw a half-length figure in a sleeveless top; ``shadow`` darkens the wall behind her.

    The same wish gives the same drawing, kept for the next test: do not write into it.
    """
    width = height * 3 // 4
    rng = np.random.default_rng(seed)
    size = (height * _FINE, width * _FINE)
    down, across = (np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32).transpose(1, 2, 0)
                    / np.array(size, np.float32)).transpose(2, 0, 1)  # fmt: skip
    labels = np.zeros(size, np.uint8)
    for person in range(people):
        offset = 0.0 if people == 1 else (-0.24 if person == 0 else 0.24)
        _figure(labels, offset, strands if person == 0 else 0, rng, 1.0 if people == 1 else 0.5)
    ground = np.array(wall, np.float32) * (1.03 - 0.10 * across - 0.05 * down)[..., None]
    if shadow:
        cast = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 0.03 * size[0])
        moved = np.roll(cast, int(0.07 * size[1]), axis=1)
        ground = ground * (1 - shadow * moved)[..., None]
    folds = 1 + 0.10 * np.sin(38 * across + 9 * down) * np.sin(7 * down) - 0.25 * abs(across - 0.45)
    paint = ground.copy()
    for label, tone in ((SKIN, skin), (HAIR, hair), (TOP, top), (BOTTOM, bottom)):
        shade = folds if label in (TOP, BOTTOM) else 1 - 0.2 * abs(across - 0.48)
        here = labels == label
        paint[here] = (np.array(tone, np.float32) * shade[..., None])[here]

    def shrink(values: Any) -> Any:
        parts = values.reshape(height, _FINE, width, _FINE, -1).mean(axis=(1, 3))
        return parts.astype(np.float32).squeeze()

    clean = shrink(paint) + rng.normal(0, grain, (height, width, 3))
    pixels = np.clip(np.rint(clean), 0, 255).astype(np.uint8)
    middle, wide = (0.5, 1.0) if people == 1 else (0.26, 0.5)
    marks: dict[str, tuple[int, int] | None] = {
        name: (round((middle + (x - 0.5) * wide) * width), round(y * height))
        for name, (x, y) in _POINTS.items()
    }
    marks |= dict.fromkeys(without)
    marks |= dict.fromkeys(("knee_l", "knee_r", "ankle_l", "ankle_r"))
    card = Card.model_validate({
        "sosie": "card/1", "plate": "front-half", "view": "front", "size": (width, height),
        "landmarks": marks,
        "face": (round((middle - 0.07 * wide) * width), round(0.11 * height),
                 round((middle + 0.07 * wide) * width), round(0.255 * height)),
    })  # fmt: skip
    truth = [shrink((labels == label).astype(np.float32)) for label in (TOP, BOTTOM)]
    return Drawn(
        pixels, shrink((labels > 0).astype(np.float32)), truth[0], truth[1], shrink(ground), card
    )


def _figure(
    labels: NDArray[np.uint8], offset: float, strands: int, rng: np.random.Generator, scale: float
) -> None:
    height, width = labels.shape

    def at(x: float, y: float) -> tuple[int, int]:
        return round((0.5 + offset + (x - 0.5) * scale) * width), round(y * height)

    def shape(corners: list[tuple[float, float]], label: int) -> None:
        cv2.fillPoly(labels, [np.array([at(*corner) for corner in corners], np.int32)], label)

    def limb(corners: list[tuple[float, float]], thick: float, label: int) -> None:
        path = np.array([at(*corner) for corner in corners], np.int32)
        cv2.polylines(labels, [path], False, label, round(thick * scale * width))

    def oval(x: float, y: float, wide: float, tall: float, label: int) -> None:
        radii = (round(wide * scale * width), round(tall * height))
        cv2.ellipse(labels, at(x, y), radii, 0, 0, 360, label, -1)

    limb([(0.37, 0.345), (0.265, 0.55), (0.21, 0.75)], 0.062, SKIN)
    limb([(0.63, 0.345), (0.735, 0.55), (0.79, 0.75)], 0.062, SKIN)
    oval(0.5, 0.155, 0.095, 0.09, HAIR)
    for _ in range(strands):
        turn = rng.uniform(np.pi * 1.05, np.pi * 1.95)
        root = (0.5 + 0.09 * np.cos(turn), 0.155 + 0.085 * np.sin(turn))
        tip = (root[0] + 0.05 * np.cos(turn + rng.normal(0, 0.5)),
               root[1] + 0.035 * np.sin(turn + rng.normal(0, 0.5)))  # fmt: skip
        cv2.line(labels, at(*root), at(*tip), HAIR, max(1, height // 600))
    oval(0.5, 0.18, 0.075, 0.078, SKIN)
    shape([(0.455, 0.24), (0.545, 0.24), (0.56, 0.36), (0.44, 0.36)], SKIN)
    shape([(0.44, 0.29), (0.56, 0.29), (0.66, 0.33), (0.34, 0.33)], SKIN)
    shape([(0.36, 0.31), (0.43, 0.285), (0.47, 0.35), (0.53, 0.35), (0.57, 0.285), (0.64, 0.31),
           (0.625, 0.42), (0.615, 0.57), (0.63, 0.68), (0.37, 0.68), (0.385, 0.57),
           (0.375, 0.42)], TOP)  # fmt: skip
    shape([(0.37, 0.68), (0.63, 0.68), (0.65, 1.0), (0.52, 1.0), (0.5, 0.8), (0.48, 1.0),
           (0.35, 1.0)], BOTTOM)  # fmt: skip

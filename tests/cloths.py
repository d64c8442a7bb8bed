"""Drawn photographs of cloth and of a place, of which colors and repeats are known."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Material
from sosie.core.values import digest

Pixels = NDArray[np.uint8]


def material(pixels: Pixels) -> Material:
    """Return a picture as a file that an order names."""
    data = pixels.tobytes()
    return Material(data, digest(data), pixels)


def _rounded(picture: NDArray[Any]) -> Pixels:
    whole: Pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return whole


def plain(color: tuple[int, int, int], *, side: int = 300, fall: float = 0.1) -> Pixels:
    """Draw plain woven cloth; ``fall`` is by how much the light falls off across it."""
    down, across = np.mgrid[0:side, 0:side].astype(np.float32) / side
    weave = 1 + 0.02 * np.sin(2 * np.pi * side / 4 * across) * np.sin(2 * np.pi * side / 4 * down)
    light = 1 + fall * (0.5 - across)
    return _rounded(np.array(color) * (weave * light)[..., None])


def pattern(kind: str, *, side: int = 400, repeats: int = 8) -> Pixels:
    """Draw `stripes` (upright), `check` (gingham) or `print` (dots) with so many repeats."""
    down, across = np.mgrid[0:side, 0:side].astype(np.float32) / side * repeats
    white, navy, red = np.array([[238, 236, 228], [32, 44, 92], [176, 42, 50]], np.float32)
    if kind == "stripes":
        dark = (across % 1 < 0.4).astype(np.float32)
        picture = white + dark[..., None] * (navy - white)
    elif kind == "check":
        dark = ((across % 1 < 0.5).astype(np.float32) + (down % 1 < 0.5).astype(np.float32)) / 2
        picture = white + dark[..., None] * (red - white)
    else:
        dark = (np.hypot(across % 1 - 0.5, down % 1 - 0.5) < 0.28).astype(np.float32)
        picture = navy + dark[..., None] * (white - navy)
    return _rounded(cv2.GaussianBlur(picture, (0, 0), 0.7))


def street(height: int = 800, width: int = 1000, *, seed: int = 4) -> Pixels:
    """Draw a place in warm light: a wall with windows, a pavement in perspective, lamps."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    down, across = down / height, across / width
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = (176, 140, 104)
    for row in np.arange(0.06, 0.5, 0.16):
        for column in np.arange(0.05, 0.95, 0.13):
            inside = (abs(down - row - 0.05) < 0.05) & (abs(across - column - 0.035) < 0.035)
            picture[inside] = (60, 66, 74) if rng.random() < 0.6 else (250, 206, 120)
    ground = down > 0.62
    depth = np.maximum(down - 0.60, 0.02)
    tiles = (np.floor(0.12 / depth * 8) + np.floor((across - 0.5) / depth * 1.6)) % 2
    picture[ground] = (150 + 22 * tiles[..., None] - np.array([0, 8, 20], np.float32))[ground]
    picture *= (1.15 - 0.5 * across)[..., None]
    picture += rng.normal(0, 2, picture.shape).astype(np.float32)
    return _rounded(cv2.GaussianBlur(picture, (0, 0), 0.8))

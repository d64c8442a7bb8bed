"""Studio backdrops drawn by program, fitted to the light, grain and floor of a plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Pixels, spread
from sosie.core.studio import Backdrop
from sosie.engines.atelier.colour import swatch, to_linear, to_srgb

DEFAULTS = {
    "plain": "#cfcac3",
    "cyclorama": "#c4bdb3",
    "window": "#d9cfc0",
    "paper": "#b7a18c",
    "concrete": "#a5a29d",
}
"""Colors of the scenes when the order names none."""

_COARSE = {"concrete": 2}
"""Scenes are smooth, so they are drawn at a quarter of the size, or this part, and enlarged."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scene must fit: measured on the plate."""

    side: float
    """Where the plate's light comes from: -1 (left) to 1 (right)."""
    grain: float
    """Standard deviation of the plate's grain, in sRGB steps."""
    floor: float | None
    """Row of the lowest sole, in pixels; None where the feet are out of frame."""


def read_setting(pixels: Pixels, matte: Matte, backdrop: Field) -> Setting:
    """This function will measure the light's side, the grain and the floor of a plate.

    ``pixels`` is uint8 H×W×3 sRGB, ``backdrop`` float32 H×W×3 its modelled backdrop. The light
    comes from where the backdrop is brighter; the grain is the median absolute difference of
    neighboring backdrop pixels (robust to slow change).
    """
    height, width = matte.alpha.shape
    luma = backdrop[::8, ::8].mean(axis=2)
    half = luma.shape[1] // 2
    left, right = float(luma[:, :half].mean()), float(luma[:, half:].mean())
    side = float(np.clip((right - left) / max(left + right, 1.0) * 20, -1, 1))
    green = pixels[..., 1].astype(np.int16)
    free = matte.alpha == 0
    steps = np.abs(np.diff(green, axis=1))[free[:, 1:] & free[:, :-1]]
    # The mean, since the median of small whole numbers is all too often nought.
    grain = float(np.minimum(steps, 12).mean()) * 0.886 if steps.size else 0.0
    rows = np.flatnonzero((matte.alpha > 0.5).sum(axis=1) > 0.004 * width)
    floor = None
    if rows.size and rows[-1] < height - 0.004 * height:
        floor = float(rows[-1])
    return Setting(side, float(np.clip(grain, 0.9, 4.0)), floor)


def draw(shape: tuple[int, int], order: Backdrop, setting: Setting, seed: int) -> Field:
    """This function will draw a backdrop: float32 H×W×3 in linear light, without grain.

    ``shape`` is height, width. The same order, setting and seed give the same picture; the seed
    moves the light a little, and the panes of the window.
    """
    height, width = shape
    coarse = _COARSE.get(order.scene, 4)
    size = (max(8, height // coarse), max(8, width // coarse))
    down: Field = (np.arange(size[0], dtype=np.float32)[:, None] + 0.5) / np.float32(size[0])
    across: Field = (np.arange(size[1], dtype=np.float32)[None, :] + 0.5) / np.float32(size[1])
    rng = np.random.default_rng(seed)
    shift = rng.uniform(-1, 1, 4).astype(np.float32)
    floor = None if setting.floor is None else setting.floor / height
    base = to_linear(swatch(order.colour or DEFAULTS[order.scene]))
    if order.scene == "plain":
        light = _plain(down, across, setting.side, shift)
    elif order.scene == "cyclorama":
        light = _cyclorama(down, across, setting.side, floor, shift)
    elif order.scene == "window":
        light = _window(down, across, setting.side, floor, shift)
    elif order.scene == "paper":
        light = _paper(down, across, setting.side, floor, shift)
    else:
        light = _concrete(down, across, setting.side, floor, rng)
    small = light * base if light.ndim == 3 else light[..., None] * base
    whole = cv2.resize(
        np.ascontiguousarray(small, np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return cast("Field", np.clip(whole, 0, 1))


def _plain(down: Field, across: Field, side: float, shift: NDArray[np.float32]) -> Field:
    """Seamless paper: a slow fall of light to one side and toward the corners."""
    slope = 0.05 * side + 0.012 * shift[0]
    far = (across - 0.5) ** 2 + 0.6 * (down - 0.42) ** 2
    return cast("Field", 1.02 + 2 * slope * (across - 0.5) - 0.22 * far)


def _cyclorama(
    down: Field, across: Field, side: float, floor: float | None, shift: NDArray[np.float32]
) -> Field:
    """A wall that rounds into the floor, with a pool of light behind the figure."""
    middle = 0.5 + 0.10 * side + 0.03 * shift[0]
    pool = np.exp(-(((across - middle) / 0.42) ** 2 + ((down - 0.36) / 0.5) ** 2))
    wall = 0.60 + 0.52 * pool
    if floor is None:
        return cast("Field", wall)
    # The cove lies a little behind the heels, so above the soles in the frame.
    start, end = floor - 0.17, floor - 0.05
    part = np.clip((down - start) / (end - start), 0, 1)
    part = part * part * (3 - 2 * part)
    ground = 1.02 - 0.42 * (across - middle) ** 2 + 0.10 * (down - floor)
    dip = -0.10 * np.exp(-(((down - (start + end) / 2) / 0.05) ** 2))
    return cast("Field", wall * (1 - part) + ground * part + dip)


def _window(
    down: Field, across: Field, side: float, floor: float | None, shift: NDArray[np.float32]
) -> Field:
    """A wall in soft shade with the light of a paned window falling on it aslant."""
    toward = 1.0 if side <= 0 else -1.0
    u = (across - 0.5) * toward
    v = down - (0.40 + 0.04 * shift[1])
    along = u + 0.05 * shift[0] + 0.26 * v
    fall = v + 0.20 * u
    panes = np.ones(np.broadcast_shapes(down.shape, across.shape), np.float32)
    frame = (np.abs(along) < 0.36) & (np.abs(fall) < 0.33)
    bars = (np.abs(np.abs(along) - 0.12) < 0.012) | (np.abs(np.abs(fall) - 0.11) < 0.010)
    panes *= (frame & ~bars).astype(np.float32)
    height = len(panes)
    # A penumbra grows with the way from the bar to the wall.
    sharp = cv2.GaussianBlur(panes, (0, 0), 0.006 * height)
    wide = cv2.GaussianBlur(panes, (0, 0), 0.016 * height)
    mix = np.clip(0.5 + u, 0, 1)
    glow = sharp * (1 - mix) + wide * mix
    if floor is not None:
        edge = np.clip((down - floor + 0.16) / 0.05, 0, 1)
        glow = glow * (1 - 0.85 * edge)
    shade = 0.60 - 0.10 * u - 0.06 * (down - 0.5)
    warm = np.array([1.04, 1.0, 0.93], np.float32)
    cool = np.array([0.97, 1.0, 1.05], np.float32)
    return cast("Field", shade[..., None] * cool + (0.52 * glow)[..., None] * warm)


def _paper(
    down: Field, across: Field, side: float, floor: float | None, shift: NDArray[np.float32]
) -> Field:
    """Colored paper off a roll: it hangs, sweeps forward in a wide curve and lies on the floor."""
    middle = 0.5 - 0.06 * side + 0.02 * shift[0]
    wall = 0.98 + 0.12 * side * (across - 0.5) - 0.30 * (across - middle) ** 2
    wall = wall - 0.16 * (down - 0.35) ** 2
    # Hung paper is never quite flat: two or three waves, hardly seen.
    wall = wall + 0.008 * np.sin(9 * across + 3 * shift[1]) * np.cos(3 * down + shift[2])
    if floor is None:
        return cast("Field", wall)
    # The curve turns upward to the lamps by degrees, and shades itself just above the floor.
    part = np.clip((down - floor + 0.22) / 0.20, 0, 1)
    part = part * part * (3 - 2 * part)
    sweep = -0.085 * np.exp(-(((down - floor + 0.13) / 0.075) ** 2))
    ground = 1.06 - 0.26 * (across - middle) ** 2 - 0.5 * np.clip(down - floor, 0, 1)
    return cast("Field", wall * (1 - part) + ground * part + sweep)


def _noise(size: tuple[int, int], cells: tuple[float, float], rng: np.random.Generator) -> Field:
    """Return smooth noise of so many cells down and across: float32, about -1 to 1."""
    grid = (max(3, round(cells[0])), max(3, round(cells[1])))
    values = rng.standard_normal(grid).astype(np.float32)
    wide = cv2.resize(values, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return cast("Field", np.clip(wide * 0.6, -1.2, 1.2))


def _concrete(
    down: Field, across: Field, side: float, floor: float | None, rng: np.random.Generator
) -> Field:
    """A wall of cast concrete in panels with tie holes, before a troweled floor.

    The wall is two meters behind her, so that its grain is a little out of focus.
    """
    size = np.broadcast_shapes(down.shape, across.shape)
    cloud = np.zeros(size, np.float32)
    for cells, weight in ((4, 0.050), (9, 0.034), (26, 0.022), (80, 0.013), (200, 0.010)):
        cloud += weight * _noise((size[0], size[1]), (cells * size[0] / size[1], cells), rng)
    streaks = _noise((size[0], size[1]), (3, 60), rng) * np.clip(1.1 - down, 0, 1)
    wall = 0.86 + cloud + 0.012 * streaks + 0.16 * side * (across - 0.5)
    wall = wall - 0.28 * ((across - 0.5) ** 2 + 0.5 * (down - 0.4) ** 2)
    wall = wall * (1 - _joints(down, across, float(rng.uniform(-0.06, 0.06)), size))
    wall = cast("Field", cv2.GaussianBlur(wall.astype(np.float32), (0, 0), 0.0016 * size[0]))
    if floor is None:
        return wall
    edge = floor - 0.075
    part = np.clip((down - edge) / 0.006 + 0.5, 0, 1)
    ground = 0.80 + 0.10 * np.clip((down - edge) / 0.3, 0, 1) - 0.25 * (across - 0.5) ** 2
    for rows, cells, weight in ((14, 5, 0.045), (60, 14, 0.03), (180, 50, 0.016)):
        # Seen at a low angle the floor's clouds lie flat.
        ground = ground + weight * _noise((size[0], size[1]), (rows, cells), rng)
    corner = np.exp(-np.clip(down - edge, 0, 1) / 0.02) * (down >= edge)
    corner = corner + 0.8 * np.exp(-np.clip(edge - down, 0, 1) / 0.035) * (down < edge)
    return cast("Field", (wall * (1 - part) + ground * part) * (1 - 0.20 * corner))


def _joints(down: Field, across: Field, shift: float, size: tuple[int, ...]) -> Field:
    """Return how dark the joints between panels, and their tie holes, are: 0 to 1."""
    tall, wide = 0.52, 0.52 * size[0] / size[1] * 0.62
    u, v = (across - 0.5 + shift) / wide, (down - 0.12) / tall
    near_u = np.abs(u - np.round(u)) * wide * size[1] / size[0]
    near_v = np.abs(v - np.round(v)) * tall
    line = np.maximum(np.exp(-((near_u / 0.0016) ** 2)), np.exp(-((near_v / 0.0016) ** 2)))
    hole_u = (np.abs(u - np.floor(u) - 0.5) - 0.3) * wide * size[1] / size[0]
    hole_v = (np.abs(v - np.floor(v) - 0.5) - 0.32) * tall
    hole = np.exp(-(((hole_u**2 + hole_v**2) / 0.0065**2) ** 3))
    return cast("Field", np.maximum(0.30 * line, 0.42 * hole).astype(np.float32))


def ground_shadow(pixels: Pixels, matte: Matte, setting: Setting) -> tuple[slice, Field] | None:
    """This function will return the shadow at the feet: a band of rows and factors 0 to 1.

    The plate's own shadow on the floor is carried over where it has one (its floor over the
    same floor further off), and a narrow contact shadow is added under the soles. None where
    the feet are out of frame.
    """
    if setting.floor is None:
        return None
    height = matte.alpha.shape[0]
    first = max(0, int(setting.floor - 0.20 * height))
    rows = slice(first, min(height, int(setting.floor + 0.10 * height)))
    alpha = matte.alpha[rows]
    luma = to_linear(pixels[rows].astype(np.float32)).mean(axis=2)
    figure = (alpha > 0.02).astype(np.uint8)
    wide = round(0.05 * height)
    around = cv2.dilate(figure, np.ones((wide, wide * 3), np.uint8)) > 0
    clear = cv2.dilate(figure, np.ones((3, 3), np.uint8)) == 0
    bare = spread(luma[..., None], ~around)[..., 0]
    seen = spread(luma[..., None], clear)[..., 0]
    own = np.clip(seen / np.maximum(bare, 1e-3), 0.25, 1.0)
    own = cv2.GaussianBlur(own.astype(np.float32), (0, 0), max(1.0, 0.0015 * height))
    down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
    fade = np.clip((down - first) / (0.06 * height), 0, 1)
    fade = fade * np.clip((rows.stop - down) / (0.02 * height), 0, 1)
    own = 1 - (1 - own) * fade
    # In a step one foot stands behind the other: each column's lowest point is a sole, if low.
    lowest = len(alpha) - 1 - np.argmax(alpha[::-1] > 0.5, axis=0) + np.float32(rows.start)
    soles = alpha * np.clip((down - lowest + 0.015 * height) / (0.01 * height), 0, 1)
    soles = soles * (lowest > setting.floor - 0.14 * height)
    low = np.roll(soles, max(1, round(0.003 * height)), axis=0)
    close = cv2.GaussianBlur(low, (0, 0), 0.004 * height)
    soft = cv2.GaussianBlur(low, (0, 0), 0.015 * height)
    contact = 1 - np.clip(0.42 * close + 0.30 * soft, 0, 0.7) * fade
    return rows, cast("Field", np.minimum(own, contact).astype(np.float32))


def grained(linear: Field, setting: Setting, seed: int) -> Field:
    """This function will return a scene in sRGB (float32, 0 to 255) with the plate's grain.

    The grain is at least nine tenths of a step, which also dithers: no banding after rounding.
    """
    rng = np.random.default_rng([seed, 1])
    height, width = linear.shape[:2]
    gray = rng.standard_normal((height, width), np.float32) * np.float32(setting.grain)
    tone = to_srgb(linear)
    tone += gray[..., None]
    return tone

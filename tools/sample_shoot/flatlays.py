"""Garments as flat-lays: outlines, folds, seams and ribs as one relief seen from above."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import studio
from nodes import Shader
from numpy.typing import NDArray

Points = NDArray[np.float64]
STEP = 0.0016
"""Metres between two points of the relief."""


@dataclass(frozen=True, slots=True)
class Garment:
    """One garment: its right half as an outline, in metres, hem at y = 0."""

    name: str
    colour: tuple[float, float, float]
    outline: list[tuple[float, float]]
    neck: list[tuple[float, float]]
    """Front neckline from the middle to the shoulder; part of the outline."""
    back_neck: float
    """Height of the back neckline in the middle."""
    bands: list[tuple[list[tuple[float, float]], float, bool]]
    """Edges with a stitched band: line, width, ribbed."""
    seams: list[list[tuple[float, float]]]
    seed: int
    stripe: tuple[float, float, float] | None = None
    sleeve: tuple[tuple[float, float], tuple[float, float]] | None = None
    """Beginning and end of the sleeve's axis: stripes run around it."""
    falling: float = 0.0
    """Height from which folds fall to the hem (a skirt), 0 for none."""


def curve(start, knee, end, steps: int = 14) -> list[tuple[float, float]]:
    """Return points on a quadratic curve."""
    t = np.linspace(0, 1, steps)[:, None]
    a, b, c = (np.array(p, float) for p in (start, knee, end))
    return [tuple(p) for p in (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c]


def _tee() -> Garment:
    neck = curve((0, 0.595), (0.082, 0.60), (0.088, 0.695))
    end = [(0.352, 0.512), (0.252, 0.447)]
    hem = [(0.226, 0.004), (0, -0.003)]
    side = curve((0.226, 0.470), (0.214, 0.24), (0.226, 0.004))
    outline = [*neck, (0.215, 0.662), *curve((0.215, 0.662), (0.292, 0.62), end[0]), end[1],
               *side, hem[1]]  # fmt: skip
    arm = curve((0.212, 0.663), (0.192, 0.56), (0.226, 0.470))
    return Garment("tee", (0.42, 0.085, 0.045), outline, neck, 0.672,
                   [(neck, 0.017, True), (end, 0.020, False), (hem, 0.022, False)],
                   [arm], 5)  # fmt: skip


def _tank() -> Garment:
    neck = curve((0, 0.535), (0.078, 0.54), (0.082, 0.690))
    arm = curve((0.126, 0.684), (0.125, 0.50), (0.212, 0.455))
    hem = [(0.216, 0.004), (0, -0.004)]
    side = curve((0.212, 0.455), (0.198, 0.24), (0.216, 0.004))
    return Garment("tank", (0.50, 0.27, 0.035), [*neck, *arm, *side, hem[1]], neck, 0.645,
                   [(neck, 0.011, True), (arm, 0.011, True), (hem, 0.022, False)],
                   [], 9)  # fmt: skip


def _long_sleeve() -> Garment:
    neck = curve((0, 0.625), (0.088, 0.628), (0.102, 0.695))
    end = [(0.425, 0.142), (0.355, 0.112)]
    hem = [(0.222, 0.004), (0, -0.003)]
    side = curve((0.222, 0.462), (0.210, 0.24), (0.222, 0.004))
    outline = [*neck, (0.212, 0.662), *curve((0.212, 0.662), (0.318, 0.60), end[0]),
               *curve(end[1], (0.280, 0.40), (0.222, 0.462)), *side, hem[1]]  # fmt: skip
    arm = curve((0.210, 0.663), (0.190, 0.56), (0.222, 0.462))
    return Garment("long-sleeve", (0.66, 0.62, 0.53), outline, neck, 0.675,
                   [(neck, 0.014, True), (end, 0.032, True), (hem, 0.022, False)],
                   [arm], 13, stripe=(0.018, 0.028, 0.075),
                   sleeve=((0.215, 0.58), (0.390, 0.127)))  # fmt: skip


def _dress() -> Garment:
    neck = curve((0, 0.900), (0.076, 0.905), (0.082, 1.040))
    arm = curve((0.124, 1.034), (0.122, 0.85), (0.205, 0.812))
    side = curve((0.205, 0.812), (0.158, 0.66), (0.172, 0.585))
    skirt = curve((0.172, 0.585), (0.265, 0.33), (0.335, 0.015))
    hem = curve((0.335, 0.015), (0.2, -0.012), (0, -0.014))
    waist = [(0.172, 0.585), (0, 0.578)]
    return Garment("dress", (0.028, 0.115, 0.075), [*neck, *arm, *side, *skirt, *hem], neck, 0.995,
                   [(neck, 0.010, False), (arm, 0.010, False), (hem, 0.020, False)],
                   [waist], 21, falling=0.585)  # fmt: skip


GARMENTS = {g.name: g for g in (_tee(), _tank(), _long_sleeve(), _dress())}


def mirrored(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a half line followed by its mirror image, as one outline."""
    return [*line, *[(-x, y) for x, y in reversed(line) if x > 1e-6]]


def to_line(place: Points, line: list[tuple[float, float]]) -> Points:
    """Return the distance of places to a polyline (right half stands for both)."""
    folded = np.abs(place[..., 0]), place[..., 1]
    best = np.full(place.shape[:-1], 9.0)
    for (ax, ay), (bx, by) in pairwise(line):
        wx, wy = bx - ax, by - ay
        size = max(wx * wx + wy * wy, 1e-12)
        along = np.clip(((folded[0] - ax) * wx + (folded[1] - ay) * wy) / size, 0, 1)
        best = np.minimum(best, np.hypot(folded[0] - ax - along * wx, folded[1] - ay - along * wy))
    return best


def within(place: Points, outline: list[tuple[float, float]]) -> Points:
    """Return the signed distance inside a mirrored outline."""
    ring = [*mirrored(outline), outline[0]]
    inside = np.zeros(place.shape[:-1], bool)
    x, y = place[..., 0], place[..., 1]
    for (ax, ay), (bx, by) in pairwise(ring):
        if ay == by:
            continue
        crosses = ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        inside ^= crosses
    return np.where(inside, 1, -1) * to_line(place, outline)


class Relief:
    """Random fields over the lying cloth."""

    def __init__(self, shape: tuple[int, int], seed: int) -> None:
        self.shape, self.rng = shape, np.random.default_rng(seed)

    def field(self, along: float, across: float, angle: float) -> Points:
        """Return a smooth random field, longer along a direction (degrees from x)."""
        rows, columns = self.shape
        fy = np.fft.fftfreq(rows, STEP)[:, None]
        fx = np.fft.rfftfreq(columns, STEP)[None]
        turn = math.radians(angle)
        u = fx * math.cos(turn) + fy * math.sin(turn)
        v = -fx * math.sin(turn) + fy * math.cos(turn)
        keep = np.exp(-2 * ((u * along) ** 2 + (v * across) ** 2))
        noise = np.fft.rfft2(self.rng.normal(size=self.shape)) * keep
        made = np.fft.irfft2(noise, s=self.shape)
        return made / made.std()

    def creases(self, along: float, across: float, angle: float) -> Points:
        """Return soft-crested folds along a direction, 0 to 1."""
        waves = self.field(along, across, angle)
        where = 1 / (1 + np.exp(-2.5 * (self.field(across * 3, across * 3, 0) - 0.2)))
        return np.exp(-((np.abs(waves) / 0.55) ** 1.4)) * where


def _folds(relief: Relief, place: Points, garment: Garment) -> Points:
    """Return the height of the folds in metres."""
    height = 0.0030 * relief.field(0.09, 0.06, 70)
    for angle, size in ((64, 0.0062), (116, 0.0055), (28, 0.0030)):
        height += size * relief.creases(0.13, 0.028, angle)
    height += 0.0007 * relief.creases(0.04, 0.010, 50)
    if garment.falling:
        fan = np.arctan2(place[..., 0], garment.falling + 0.45 - place[..., 1])
        down = np.clip((garment.falling - place[..., 1]) / 0.25, 0, 1)
        sway = 0.12 * relief.field(0.25, 0.15, 90)
        wave = np.sin(fan * 46 + 2.2 * sway * 4) + 0.5 * np.sin(fan * 83 + 1.3 + sway * 5)
        height = height * (1 - 0.75 * down) + 0.0055 * down * wave
    return height


def _stitches(distance: Points, width: float, along: Points) -> Points:
    """Return a dashed double line at a distance from an edge, 0 to 1."""
    dash = np.clip(np.sin(along * 2 * np.pi / 0.0042) * 3 + 2.0, 0, 1)
    lines = sum(np.exp(-(((distance - at) / 0.0009) ** 2)) for at in (width, width - 0.0045))
    return lines * dash


def _rows(cloth: Points, garment: Garment) -> Points:
    """Return the height in the knit: up the trunk, along the sleeves."""
    if garment.sleeve is None:
        return cloth[..., 1]
    aside, height = np.abs(cloth[..., 0]), cloth[..., 1]
    (ax, ay), (bx, by) = garment.sleeve
    along = ((aside - ax) * (bx - ax) + (height - ay) * (by - ay)) / math.hypot(bx - ax, by - ay)
    line = np.array(sorted(garment.seams[0], key=lambda p: p[1]))
    edge = np.interp(height, line[:, 1], line[:, 0])
    return np.where(aside > edge, 0.58 - along, height)


class Layer:
    """One layer of a lying garment: places, heights, tints."""

    def __init__(self, garment: Garment, *, back: bool) -> None:
        reach = max(x for x, _ in garment.outline) + 0.02
        top = max(y for _, y in garment.outline) + 0.02
        x, y = np.arange(-reach, reach, STEP), np.arange(-0.04, top, STEP)
        self.place = np.stack(np.meshgrid(x, y), -1)
        made = Relief(self.place.shape[:2], garment.seed + 100 * back)
        warp = np.stack([made.field(0.11, 0.11, 0), made.field(0.11, 0.11, 0)], -1)
        self.cloth = self.place + 0.0028 * warp
        tip = garment.neck[-1]
        behind = curve((0, garment.back_neck), (tip[0] * 0.8, garment.back_neck), tip)
        neck = behind if back else garment.neck
        self.inside = within(self.cloth, [*neck, *garment.outline[len(garment.neck) :]])
        rounded = 1 - np.exp(-np.clip(self.inside, 0, None) / 0.006)
        folds = _folds(made, self.cloth, garment) * np.clip(self.inside / 0.03, 0.15, 1)
        self.height = 0.0065 * rounded + folds
        self.tint = np.ones_like(self.height)
        self.stripe = np.clip((np.sin(_rows(self.cloth, garment) / 0.0048) - 0.25) * 9, 0, 1)
        for line, width, ribbed in garment.bands:
            self._band(neck if line is garment.neck else line, width, ribbed=ribbed)
        for line in garment.seams:
            self._seam(line)
        self.height = np.clip(self.height, 0.0015, None)
        if back:
            self._only_at_the_neck(garment)

    def _only_at_the_neck(self, garment: Garment) -> None:
        """Keep of the back only what the front neckline leaves bare, and a little more."""
        front = within(self.cloth, garment.outline)
        self.inside = np.where(front > 0.012, -1.0, self.inside)
        below = self.place[..., 1] < garment.neck[0][1] - 0.02
        aside = np.abs(self.place[..., 0]) > garment.neck[-1][0] + 0.006
        self.inside = np.where(below | aside, -1.0, self.inside)
        self.height = 0.0015 + 0.3 * self.height

    def rim(self) -> tuple[NDArray[np.bool_], Points]:
        """Return which grid points belong to the cloth, those at the rim moved onto its edge."""
        down, across = np.gradient(self.inside, STEP)
        slope = np.stack([across, down], -1)
        slope /= np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)
        over = np.clip(-self.inside, 0, STEP)[..., None]
        return self.inside > -0.9 * STEP, self.place + over * slope

    def _band(self, line: list[tuple[float, float]], width: float, *, ribbed: bool) -> None:
        """Sew a band along an edge: knitted ribs, or a hem with a double row of stitches."""
        x, y = self.cloth[..., 0], self.cloth[..., 1]
        distance = to_line(self.cloth, line)
        band = np.clip((width - distance) / 0.002, 0, 1)
        edge = np.exp(-(((distance - width) / 0.0014) ** 2))
        self.height += 0.0012 * band - 0.0014 * edge
        self.tint *= 1 - 0.25 * edge
        if ribbed:
            round_neck = line[0][0] == 0
            way = np.arctan2(y - line[-1][1] - 0.03, x) * 0.12 if round_neck else x + 0.8 * y
            ribs = np.sin(way * 2 * np.pi / 0.0040)
            self.height += 0.0006 * band * ribs
            self.tint *= 1 - 0.12 * band * (ribs < 0)
            self.stripe = np.where(distance < width, 0.0, self.stripe)
        else:
            dashed = _stitches(distance, width, x + 0.8 * y)
            self.height -= 0.0009 * dashed
            self.tint *= 1 - 0.22 * dashed

    def _seam(self, line: list[tuple[float, float]]) -> None:
        """Sew two parts together: a groove between two soft swellings."""
        distance = to_line(self.cloth, line)
        groove = np.exp(-((distance / 0.0016) ** 2))
        self.height += 0.0016 * np.exp(-((distance / 0.008) ** 2)) - 0.0034 * groove
        self.tint *= 1 - 0.35 * groove


def _cloth(garment: Garment, shade_share: float):
    """Return the knitted material of a garment."""
    shade = Shader(garment.name)
    grain = shade.noise(900, 3)
    tone = tuple(c * shade_share for c in garment.colour)
    colour = shade.ramp(grain, [(0.3, tuple(c * 0.90 for c in tone)),
                                (0.7, tuple(c * 1.10 for c in tone))])  # fmt: skip
    if garment.stripe:
        dark = tuple(c * shade_share for c in garment.stripe)
        colour = shade.mix(shade.attribute("stripe"), colour, dark)
    colour = shade.mix(1.0, colour, shade.attribute("tint"), "MULTIPLY")
    shade.set(Base_Color=colour, Roughness=0.85, Sheen_Weight=0.2, Specular_IOR_Level=0.2)
    shade.bump(shade.noise(1500, 2), 0.3, 0.0008)
    return shade.material


def _lay(garment: Garment, layer: Layer, lift: float, shade_share: float) -> None:
    """Put one layer on the table."""
    keep, place = layer.rim()
    number = np.full(keep.shape, -1)
    number[keep] = np.arange(keep.sum())
    corners = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], -1)
    faces = corners[(corners >= 0).all(-1)]
    shape = np.concatenate([place, (layer.height + lift)[..., None]], -1)[keep]
    cloth = _cloth(garment, shade_share)
    made = studio.mesh(f"{garment.name}-layer", shape, faces.tolist(), cloth)
    studio.attribute(made, "rest", shape)
    studio.attribute(made, "tint", layer.tint[keep])
    studio.attribute(made, "stripe", layer.stripe[keep])
    thick = made.modifiers.new("edge", "SOLIDIFY")
    thick.thickness, thick.offset = 0.004, -1.0


def picture(garment: Garment, path: Path, size: tuple[int, int], samples: int) -> None:
    """Render one garment from above."""
    studio.empty()
    _lay(garment, Layer(garment, back=True), 0.0, 0.62)
    _lay(garment, Layer(garment, back=False), 0.004, 1.0)
    shade = Shader("table")
    shade.set(Base_Color=(0.62, 0.61, 0.595), Roughness=0.95, Specular_IOR_Level=0.05)
    table = np.array([(-4, -4, 0), (4, -4, 0), (4, 4, 0), (-4, 4, 0)], float)
    studio.mesh("table", table, [[0, 1, 2, 3]], shade.material)
    heights = [y for _, y in garment.outline]
    wide = 2 * max(x for x, _ in garment.outline)
    tall = max(heights) - min(heights)
    middle = (max(heights) + min(heights)) / 2
    studio.softbox((-1.5, middle + 1.2, 1.15), (0, middle, 0), 0.7, 46, (1, 0.98, 0.96))
    studio.softbox((1.8, middle - 1.0, 2.2), (0, middle, 0), 2.0, 14)
    studio.daylight(0.30)
    lens = bpy.data.cameras.new("above")
    lens.type, lens.sensor_fit = "ORTHO", "VERTICAL"
    lens.ortho_scale = max(tall * 1.14, wide * 1.16 * size[1] / size[0])
    held = studio.link("above", lens)
    held.location = (0, middle, 3)
    bpy.context.scene.camera = held
    studio.expose(path, size, samples)

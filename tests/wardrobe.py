"""Drawn pairs for try-ons: a figure in one garment, the flat-lay of another, and the truth.

They show nobody. Figure, garments, folds and light are drawn by program, so the true picture of
the figure in the other garment is known in every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Assets, Card, Material
from sosie.core.values import digest

Image = NDArray[np.uint8]
Dots = NDArray[np.float64]

_FINE = 2
_ROUND = 1.45
"""A garment that lies flat is this much wider than it looks worn, from the front."""
_SKINS = ((232, 190, 166), (214, 168, 142), (176, 126, 98), (120, 82, 62), (84, 58, 46))
_HAIRS = ((52, 36, 28), (24, 22, 22), (120, 84, 50), (150, 150, 148))
_WALLS = ((205, 203, 200), (186, 188, 192), (222, 219, 214), (172, 168, 160), (150, 154, 160))
_CLOTHS = ((176, 52, 44), (40, 86, 150), (34, 110, 80), (216, 160, 40), (30, 30, 36),
           (110, 60, 130), (226, 110, 60), (90, 40, 30), (20, 60, 64), (190, 80, 120))  # fmt: skip
_BASES = ((70, 110, 160), (52, 60, 74), (236, 236, 232), (88, 120, 96), (40, 40, 46))


@dataclass(frozen=True)
class Garment:
    """A garment's cut, in widths of the chest as it looks worn (lengths too)."""

    kind: str
    color: tuple[int, int, int]
    fall: float
    """From the armpit to the hem."""
    sleeve: float = 0.0
    """Share of the arm that is covered."""
    neck: tuple[float, float] = (0.42, 0.24)
    """Width and depth of the neckline."""
    strap: float = 0.16
    flare: float = 0.02
    stripes: int = 0
    collar: bool = False
    """Whether it has a shirt's collar, which lies open on the shoulders."""


@dataclass(frozen=True)
class Pose:
    """A figure's build and stance, in shares of the picture's height."""

    chest: float = 0.20
    waist: float = 0.17
    hip: float = 0.205
    spread: float = 17.0
    """Degrees by which the upper arms stand off."""
    bend: float = 6.0
    lean: float = 0.0
    hand_on_hip: bool = False


@dataclass(frozen=True)
class Pair:
    """One try-on with its truth."""

    plate: Image
    flat: Image
    truth: Image
    worn: NDArray[np.bool_]
    """Where the plate shows the old garment."""
    wanted: NDArray[np.bool_]
    """Where the truth shows the new one."""
    card: Card
    old: Garment
    new: Garment

    @property
    def assets(self) -> Assets:
        """What an engine is handed; the flat-lay is the file `new`."""
        file = Material(b"", digest(self.flat.tobytes()), self.flat)
        return Assets(self.plate, digest(self.plate.tobytes()), self.card, {"new": file})


def pair(seed: int, *, height: int = 768, old: Garment | None = None, new: Garment | None = None,
         pose: Pose | None = None) -> Pair:  # fmt: skip
    """Draw one pair; the same seed gives the same pair."""
    rng = np.random.default_rng([41, seed])
    pose = pose or Pose(
        chest=rng.uniform(0.185, 0.225), waist=rng.uniform(0.155, 0.19),
        hip=rng.uniform(0.19, 0.225), spread=rng.uniform(12, 26), bend=rng.uniform(2, 14),
        lean=rng.uniform(-0.008, 0.008),
    )  # fmt: skip
    new, old = new or _new(rng), old or _old(rng)
    figure = _Figure(pose, height)
    look = _Look(rng, height, figure)
    plate, worn = look.paint(old)
    truth, wanted = look.paint(new)
    return Pair(plate, flat_lay(new, rng), truth, worn, wanted, figure.card(), old, new)


def _new(rng: np.random.Generator) -> Garment:
    kind = str(rng.choice(["tee", "tank", "long sleeve", "dress"], p=[0.35, 0.3, 0.2, 0.15]))
    color = _CLOTHS[int(rng.integers(len(_CLOTHS)))]
    stripes = int(rng.choice([0, 0, 0, 9]))
    deep = float(rng.uniform(0.18, 0.34))
    made = Garment(kind, color, float(rng.uniform(1.25, 1.5)), stripes=stripes,
                   neck=(float(rng.uniform(0.38, 0.52)), deep))  # fmt: skip
    if kind == "tee":
        return replace(made, sleeve=float(rng.uniform(0.26, 0.42)))
    if kind == "long sleeve":
        return replace(made, sleeve=1.0)
    if kind == "dress":
        return replace(made, fall=float(rng.uniform(2.5, 3.0)), flare=float(rng.uniform(0.1, 0.25)),
                       neck=(0.46, 0.3), stripes=0)  # fmt: skip
    return replace(made, neck=(0.46, float(rng.uniform(0.3, 0.44))))


def _old(rng: np.random.Generator) -> Garment:
    """Return what is worn on plates: a fitted base layer, now and then with short sleeves."""
    color = _BASES[int(rng.integers(len(_BASES)))]
    short = rng.random() < 0.12
    return Garment(
        "tee" if short else "tank", color, float(rng.uniform(1.15, 1.4)), 0.22 if short else 0.0,
        neck=(0.48, float(rng.uniform(0.3, 0.44))),
    )  # fmt: skip


class _Figure:
    """The outlines of a body, in pixels of the fine drawing."""

    def __init__(self, pose: Pose, height: int) -> None:
        self.pose, self.height, self.width = pose, height, height * 3 // 4
        tall = height * _FINE
        self.mid = np.array([0.375 * tall, 0.0])
        self.unit = tall
        c = pose.chest / 2
        self.points: dict[str, Dots] = {}
        for side, sign in (("l", -1.0), ("r", 1.0)):
            shoulder = np.array([sign * (c + 0.034), 0.318])
            up, low = np.radians(pose.spread), np.radians(pose.spread - pose.bend)
            elbow = shoulder + 0.2 * np.array([sign * np.sin(up), np.cos(up)]) + [0, 0.01]
            wrist = elbow + 0.18 * np.array([sign * np.sin(low), np.cos(low)])
            if pose.hand_on_hip and side == "r":
                elbow = shoulder + np.array([0.12, 0.17])
                wrist = np.array([pose.hip / 2, 0.62])
            marks = {
                "neck": [sign * 0.052, 0.276], "shoulder": shoulder, "armpit": [sign * c, 0.405],
                "elbow": elbow, "wrist": wrist, "waist": [sign * pose.waist / 2, 0.55],
                "hip": [sign * pose.hip / 2, 0.67],
            }  # fmt: skip
            for name, at in marks.items():
                lean = pose.lean * (np.asarray(at)[1] - 0.5) * 2
                spot = np.asarray(at, float) + np.array([lean, 0])
                self.points[f"{name}_{side}"] = spot * tall + self.mid

    def half(self, row: float, sign: float, ease: float) -> float:
        """Return the column of the trunk's outline at a row of the fine drawing."""
        side = "l" if sign < 0 else "r"
        marks = np.array([self.points[f"{name}_{side}"] for name in ("armpit", "waist", "hip")])
        return float(np.interp(row, marks[:, 1], marks[:, 0]) + sign * ease)

    def card(self) -> Card:
        """Return the landmark card of the finished picture."""
        marks: dict[str, Any] = {
            name: tuple((at / _FINE).round().astype(int).tolist())
            for name, at in self.points.items()
        }
        middle = self.width / 2
        high = self.unit / _FINE
        marks |= {"crown": (round(middle), round(0.07 * high)),
                  "chin": (round(middle), round(0.235 * high))}  # fmt: skip
        marks = dict.fromkeys(("knee_l", "knee_r", "ankle_l", "ankle_r")) | marks
        face = (round(middle - 0.055 * high), round(0.105 * high),
                round(middle + 0.055 * high), round(0.237 * high))  # fmt: skip
        return Card.model_validate({
            "sosie": "card/1", "plate": "front-half", "view": "front-half",
            "size": (self.width, self.height), "landmarks": marks, "face": face,
        })  # fmt: skip


class _Look:
    """A figure in its light, which can be painted in any garment."""

    def __init__(self, rng: np.random.Generator, height: int, figure: _Figure) -> None:
        self.figure = figure
        size = (height * _FINE, height * 3 // 4 * _FINE)
        self.size = size
        down, across = np.mgrid[0 : 1 : size[0] * 1j, 0 : 1 : size[1] * 1j].astype(np.float32)
        side = float(rng.choice([-1, 1]))
        wall = np.array(_WALLS[int(rng.integers(len(_WALLS)))], np.float32)
        self.wall = wall * (1.03 - 0.08 * side * (across - 0.5) - 0.06 * down)[..., None]
        rounded = 1.06 - 2.2 * np.abs(across - 0.5 - 0.05 * side) ** 1.5
        self.shade = np.clip(rounded, 0.62, 1.06)
        coarse = rng.normal(0, 1, (size[0] // 60, size[1] // 24)).astype(np.float32)
        folds = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
        self.folds = 1 + 0.05 * folds
        self.skin = np.array(_SKINS[int(rng.integers(len(_SKINS)))], np.float32)
        self.hair = np.array(_HAIRS[int(rng.integers(len(_HAIRS)))], np.float32)
        self.long_hair = rng.random() < 0.3
        self.legs = np.array([(48, 50, 60), (120, 120, 126), (60, 76, 110)][int(rng.integers(3))],
                             np.float32)  # fmt: skip
        self.grain = rng.normal(0, 0.8, (height, height * 3 // 4, 3)).astype(np.float32)

    def paint(self, wears: Garment) -> tuple[Image, NDArray[np.bool_]]:
        """Paint the figure in a garment; return the picture and where the garment shows."""
        picture = self.wall.copy()
        f, tall = self.figure, self.figure.unit

        def lay(mask: NDArray[np.bool_], tone: Any, shade: Any) -> None:
            picture[mask] = (np.broadcast_to(tone, picture.shape) * shade[..., None])[mask]

        skin_shade = self.shade
        arms = self._mask()
        for side in "lr":
            chain = [f.points[f"{name}_{side}"] for name in ("shoulder", "elbow", "wrist")]
            chain[0] = chain[0] + np.array([0, 0.022 * tall])
            _limb(arms, chain, (0.034 * tall, 0.028 * tall, 0.02 * tall))
            hand = chain[2] + (chain[2] - chain[1]) * 0.22
            _limb(arms, [chain[2], hand], (0.02 * tall, 0.022 * tall))
        if self.long_hair:
            lay(self._hair(), self.hair, skin_shade)
        lay(arms > 0, self.skin, skin_shade)
        trunk = self._mask()
        cv2.fillPoly(trunk, [_whole(self._trunk(0.0, 1.0))], 1)
        lay(trunk > 0, self.skin, skin_shade)
        self._lay_legs(lay)
        cloth = self._garment(wears)
        lay(cloth > 0, self._weave(wears), self.shade * self.folds)
        if wears.collar:
            ends, before = np.array([self._neck_end(wears, s) for s in "lr"]), picture.copy()
            _collar(picture, wears, ends, f.pose.chest * tall)
            cloth[(picture != before).any(axis=2)] = 1
        if wears.sleeve < 1:
            # Bare arms and hands lie before a wide garment.
            bare = self._mask()
            for side in "lr":
                chain = [f.points[f"{name}_{side}"] for name in ("shoulder", "elbow", "wrist")]
                start = max(wears.sleeve, 0.35)
                chain = list(_along(np.array(chain), np.linspace(start, 1, 12)))
                hand = chain[-1] + (chain[-1] - f.points[f"elbow_{side}"]) * 0.22
                _limb(bare, [*chain, hand], np.linspace(0.03 - 0.006 * start, 0.022, 13) * tall)
            over = (bare > 0) & (arms > 0) & ~(self._sleeves(wears) > 0)
            lay(over, self.skin, skin_shade)
            cloth[over] = 0
        self._lay_head(lay, picture, cloth)
        small = picture.reshape(self.size[0] // _FINE, _FINE, -1, _FINE, 3).mean(axis=(1, 3))
        finished = np.clip(np.rint(small + self.grain), 0, 255).astype(np.uint8)
        share = cv2.resize(cloth.astype(np.float32), finished.shape[1::-1],
                           interpolation=cv2.INTER_AREA)  # fmt: skip
        return finished, share > 0.5

    def _lay_legs(self, lay: Any) -> None:
        """Lay what is worn below the top."""
        legs = self._mask()
        cv2.fillPoly(legs, [_whole(self._legs())], 1)
        lay(legs > 0, self.legs, self.shade * (0.6 + 0.4 * self.folds))

    def _lay_head(self, lay: Any, picture: Any, cloth: Image) -> None:
        """Lay the head over all that is painted, and out of where the garment shows."""
        tall, head = self.figure.unit, self._mask()
        center = (int(self.figure.mid[0]), int(0.155 * tall))
        if not self.long_hair:
            lay(self._hair(), self.hair, self.shade)
        else:
            crown = self._mask()
            cv2.ellipse(crown, center, (int(0.075 * tall), int(0.085 * tall)), 0, 0, 360, 1, -1)
            lay(crown > 0, self.hair, self.shade)
        middle = (center[0], int(0.17 * tall))
        cv2.ellipse(head, middle, (int(0.056 * tall), int(0.068 * tall)), 0, 0, 360, 1, -1)
        lay(head > 0, self.skin, self.shade)
        for sign in (-1, 1):
            eye = (center[0] + int(sign * 0.024 * tall), int(0.158 * tall))
            cv2.circle(picture, eye, int(0.005 * tall), (40, 30, 30), -1)
        cloth[(head > 0)] = 0

    def _mask(self) -> Image:
        return np.zeros(self.size, np.uint8)

    def _hair(self) -> NDArray[np.bool_]:
        drawn, tall = self._mask(), self.figure.unit
        x = int(self.figure.mid[0])
        cv2.ellipse(drawn, (x, int(0.155 * tall)), (int(0.075 * tall), int(0.085 * tall)),
                    0, 0, 360, 1, -1)  # fmt: skip
        if self.long_hair:
            cv2.rectangle(drawn, (x - int(0.075 * tall), int(0.155 * tall)),
                          (x + int(0.075 * tall), int(0.262 * tall)), 1, -1)  # fmt: skip
        return drawn > 0

    def _trunk(self, ease: float, neck: float) -> Dots:
        """Return the bare trunk with the neck."""
        f, tall = self.figure, self.figure.unit
        left: list[Any] = []
        right: list[Any] = []
        for sign, side, line in ((-1.0, "l", left), (1.0, "r", right)):
            line += [f.mid + np.array([sign * 0.038 * neck, 0.2]) * tall, f.points[f"neck_{side}"],
                     f.points[f"shoulder_{side}"], f.points[f"armpit_{side}"]]  # fmt: skip
            line += [np.array([f.half(y * tall, sign, ease), y * tall])
                     for y in np.linspace(0.42, 0.68, 8)]  # fmt: skip
        return np.array(left + right[::-1])

    def _legs(self) -> Dots:
        f, tall = self.figure, self.figure.unit
        left = [[f.half(y * tall, -1.0, 0.004 * tall), y * tall] for y in (0.6, 0.64, 0.68)]
        right = [[f.half(y * tall, 1.0, 0.004 * tall), y * tall] for y in (0.6, 0.64, 0.68)]
        low = 1.02 * tall
        feet = [[left[-1][0] - 0.005 * tall, low], [f.mid[0] - 0.02 * tall, low],
                [f.mid[0], 0.8 * tall], [f.mid[0] + 0.02 * tall, low],
                [right[-1][0] + 0.005 * tall, low]]  # fmt: skip
        return np.array([*left, *feet, *right[::-1]])

    def _garment(self, g: Garment) -> Image:
        """Return where a worn garment lies, arms before it left out of account."""
        f, tall = self.figure, self.figure.unit
        chest = f.pose.chest * tall
        drawn = self._mask()
        hem = 0.405 * tall + g.fall * chest
        outline: dict[str, list[Any]] = {"l": [], "r": []}
        collars = {}
        for sign, side in ((-1.0, "l"), (1.0, "r")):
            shoulder = f.points[f"shoulder_{side}"]
            collars[side] = self._neck_end(g, side)
            if g.sleeve:
                edge = [shoulder + np.array([sign * 0.006, -0.006]) * tall]
            else:
                end = collars[side] + (shoulder - collars[side]) * min(
                    1.0, g.strap * chest / max(np.hypot(*(shoulder - collars[side])), 1.0)
                )
                pit = f.points[f"armpit_{side}"] + [0, 0.01 * tall]
                inner = (end + pit) / 2 - [sign * 0.16 * chest * 0.5, -0.02 * tall]
                edge = list(_bow(end, inner, pit))
            rows = np.linspace(0.415 * tall, hem, 12)
            flare = g.flare * chest * np.clip((rows - 0.5 * tall) / (0.4 * tall), 0, 1.6)
            drape = [
                [f.half(y, sign, 0.008 * tall + b), y] for y, b in zip(rows, flare, strict=True)
            ]
            outline[side] = [collars[side], *edge, *drape]
        t = np.linspace(0, 1, 31)[:, None]
        across = collars["l"] + (collars["r"] - collars["l"]) * t
        dip = g.neck[1] * chest * (1 - np.abs(2 * t - 1) ** 2.2) ** (1 / 1.6)
        neckline = across + dip * np.array([0.0, 1.0])
        shape = [*neckline, *outline["r"][1:], *outline["l"][1:][::-1]]
        cv2.fillPoly(drawn, [_whole(np.array(shape))], 1)
        return np.maximum(drawn, self._sleeves(g))

    def _neck_end(self, g: Garment, side: str) -> Dots:
        """Return where a worn neckline meets the shoulder."""
        f = self.figure
        neck, shoulder = f.points[f"neck_{side}"], f.points[f"shoulder_{side}"]
        reach = g.neck[0] * f.pose.chest * f.unit / 2
        part = np.clip((reach - abs(neck[0] - f.mid[0])) / abs(shoulder[0] - neck[0]), 0.03, 0.9)
        return np.asarray(neck + (shoulder - neck) * part - [0, 0.004 * f.unit])

    def _sleeves(self, g: Garment) -> Image:
        drawn, tall = self._mask(), self.figure.unit
        if not g.sleeve:
            return drawn
        for side in "lr":
            chain = [
                self.figure.points[f"{name}_{side}"] for name in ("shoulder", "elbow", "wrist")
            ]
            chain[0] = chain[0] + np.array([0, 0.022 * tall])
            bones = _along(np.array(chain), np.linspace(0, g.sleeve, 12))
            thick = np.interp(np.linspace(0, g.sleeve, 12), [0, 0.52, 1], [0.042, 0.036, 0.027])
            _limb(drawn, list(bones), thick * tall, flat=True)
        return drawn

    def _weave(self, g: Garment) -> Any:
        tone = np.array(g.color, np.float32)
        if not g.stripes:
            return tone
        rows = np.arange(self.size[0], dtype=np.float32)[:, None]
        step = 0.11 * self.figure.pose.chest * self.figure.unit
        light = (np.floor(rows / step) % 2 == 0)[..., None]
        return np.where(light, tone, np.float32(235))


def flat_lay(g: Garment, rng: np.random.Generator, *, ground: tuple[int, int, int] | None = None,
             tucked: bool = False, cut_off: bool = False) -> Image:  # fmt: skip
    """Draw a garment that lies flat, uint8 1024×768×3, on a plain ground with a soft shadow."""
    size = (1024 * _FINE, 768 * _FINE)
    down, across = np.mgrid[0 : 1 : size[0] * 1j, 0 : 1 : size[1] * 1j].astype(np.float32)
    light = (236, 236, 238) if sum(g.color) < 480 and not g.stripes else (128, 132, 138)
    plain = ground or light
    picture = np.array(plain, np.float32) * (1.02 - 0.05 * across - 0.04 * down)[..., None]
    chest = _ROUND * float(rng.uniform(0.97, 1.05))
    room = min(0.84 / (g.fall + 0.62), 0.66 / (chest + (0.7 + 1.6 * g.sleeve if g.sleeve else 0.1)))
    one = room * size[0] * (0.9 if g.sleeve < 1 else 0.8)
    top = np.array([size[1] / 2, (0.5 - (0.62 + g.fall) * one / size[0] / 2) * size[0]])
    if cut_off:
        top[1] = -0.12 * one
    front, back, neckline = _pattern(g, chest, tucked=tucked)
    mask = np.zeros(size, np.uint8)
    for shape in (*front, back):
        cv2.fillPoly(mask, [_whole(shape * one + top)], 1)
    cast = cv2.GaussianBlur(np.roll(mask, (8, 8), (0, 1)).astype(np.float32), (0, 0), 9)
    picture *= (1 - 0.22 * cast)[..., None]
    coarse = rng.normal(0, 1, (42, 46)).astype(np.float32)
    folds = 1 + 0.045 * cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    tone: Any = np.array(g.color, np.float32)
    if g.stripes:
        rows = np.arange(size[0], dtype=np.float32)[:, None]
        tone = np.where((np.floor(rows / (0.11 * one)) % 2 == 0)[..., None], tone, np.float32(235))
    picture = np.where(mask[..., None] > 0, tone * folds[..., None], picture)
    inside = np.zeros(size, np.uint8)
    cv2.fillPoly(inside, [_whole(neckline * one + top)], 1)
    hollow = (inside & mask) > 0
    picture = np.where(hollow[..., None], np.array(g.color, np.float32) * 0.62, picture)
    if g.collar:
        neck = g.neck[0] * 1.12 / 2
        _collar(picture, g, np.array([[-neck, 0.0], [neck, 0.0]]) * one + top, one)
    small = picture.reshape(1024, _FINE, 768, _FINE, 3).mean(axis=(1, 3))
    noise = rng.normal(0, 0.7, small.shape)
    return np.asarray(np.clip(np.rint(small + noise), 0, 255), np.uint8)


def _collar(picture: Any, g: Garment, ends: Dots, one: float) -> None:
    """Draw a shirt's collar, lying open on the shoulders between the neckline's two ends, and the
    placket below it; ``one`` is the width of the chest."""
    edge = tuple(0.6 * c for c in g.color)
    half, middle = np.hypot(*(ends[1] - ends[0])) / 2, ends.mean(axis=0)
    for sign, end in zip((-1.0, 1.0), ends, strict=True):
        flap = [end + np.array([-sign * 0.08 * half, -0.05 * one]),
                end + np.array([sign * 0.1, 0.1]) * one,
                middle + np.array([sign * 0.62 * half, (g.neck[1] + 0.16) * one]),
                middle + np.array([0.0, (g.neck[1] + 0.02) * one])]  # fmt: skip
        cv2.fillPoly(picture, [_whole(np.array(flap))], tuple(0.93 * c for c in g.color))
        cv2.polylines(picture, [_whole(np.array(flap))], True, edge, 3, cv2.LINE_AA)
    line = middle + np.array([[0.0, g.neck[1]], [0.0, g.neck[1] + 0.4]]) * one
    cv2.polylines(picture, [_whole(line)], False, edge, 3, cv2.LINE_AA)


def _pattern(g: Garment, chest: float, *, tucked: bool) -> tuple[list[Dots], Dots, Dots]:
    """Return front shapes, the back's collar and the inside of the neck, in widths of a chest."""
    half, neck = chest / 2, g.neck[0] * 1.12 / 2
    drop, shoulder = 0.13, half * 0.93
    shapes, edges = [], {}
    for sign in (-1.0, 1.0):
        collar = np.array([sign * neck, 0.0])
        tip = np.array([sign * shoulder, drop])
        pit = np.array([sign * half, 0.5])
        wide = half + g.flare * g.fall * 0.7 * sign * sign
        if g.sleeve:
            edge = [tip, pit]
            angle = np.radians(4 if tucked else 58 if g.sleeve < 1 else 48)
            way = np.array([sign * np.sin(angle), np.cos(angle)])
            long = 1.85 * g.sleeve + 0.1
            out = np.array([sign * np.cos(angle), -np.sin(angle)])
            cuff = tip + way * long
            thick = 0.52 if g.sleeve < 1 else 0.36
            shapes.append(np.array([tip, cuff + out * 0.02, cuff - out * thick, pit,
                                    pit - [sign * 0.1, 0]]))  # fmt: skip
        else:
            end = np.array([sign * (neck + g.strap * 1.2), 0.03])
            edge = list(_bow(end, (end + pit) / 2 - [sign * 0.09, -0.05], pit))
        edges[sign] = [collar, *edge, np.array([sign * wide, 0.5 + g.fall])]
    t = np.linspace(0, 1, 31)[:, None]
    across = np.array([-neck, 0.0]) + np.array([2 * neck, 0.0]) * t
    dip = (1 - np.abs(2 * t - 1) ** 2.2) ** (1 / 1.6) * np.array([0.0, 1.0])
    neckline = across + g.neck[1] * dip
    body = np.array([*neckline, *edges[1.0][1:], *edges[-1.0][1:][::-1]])
    collar = across + 0.05 * dip
    back = np.concatenate([neckline, collar[::-1]])
    return [body, *shapes], back, back


def _limb(mask: Image, chain: list[Dots], thick: Any, *, flat: bool = False) -> None:
    """Draw a tapered chain of capsules; ``flat`` cuts its end square."""
    ends = list(zip(chain, chain[1:], thick, thick[1:], strict=False))
    for number, (a, b, one, two) in enumerate(ends):
        way = (b - a) / max(np.hypot(*(b - a)), 1e-6)
        out = np.array([-way[1], way[0]])
        quad = np.array([a + out * one, b + out * two, b - out * two, a - out * one])
        cv2.fillConvexPoly(mask, _whole(quad), 1)
        cv2.circle(mask, tuple(_whole(a).tolist()), round(float(one)), 1, -1)
        if not flat or number < len(ends) - 1:
            cv2.circle(mask, tuple(_whole(b).tolist()), round(float(two)), 1, -1)


def _along(path: Dots, parts: Any) -> Dots:
    gone = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.asarray(parts) * gone[-1]
    return np.stack([np.interp(at, gone, path[:, 0]), np.interp(at, gone, path[:, 1])], axis=-1)


def _bow(a: Dots, b: Dots, c: Dots) -> Dots:
    t = np.linspace(0, 1, 12)[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c


def _whole(spots: Dots) -> Any:
    return np.rint(spots).astype(np.int32)

"""Drawn pairs for trousers: a figure from head to foot in leggings, and the truth in trousers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tests.wardrobe import (
    _BASES,
    _CLOTHS,
    _FINE,
    Dots,
    Garment,
    Image,
    Pair,
    Pose,
    _Figure,
    _limb,
    _Look,
    _whole,
)

_PART = 0.66
"""Height of a half-length picture over that of a full-length one."""
_ROUND = 1.38
"""Trousers that lie flat are this much wider than they look worn."""


@dataclass(frozen=True)
class Trousers:
    """A cut of trousers, in shares of the unit of a figure."""

    color: tuple[int, int, int]
    ease: float = 0.012
    """By how much each side of a leg stands off."""
    long: float = 1.0
    """Share of the way from the crotch to the ankle."""


def trousers_pair(seed: int, *, height: int = 768, new: Trousers | None = None) -> Pair:
    """Draw one pair; the same seed gives the same pair."""
    rng = np.random.default_rng([43, seed])
    pose = Pose(chest=rng.uniform(0.185, 0.21), waist=rng.uniform(0.155, 0.18),
                hip=rng.uniform(0.19, 0.215), spread=rng.uniform(22, 30), bend=4.0)  # fmt: skip
    new = new or Trousers(_CLOTHS[int(rng.integers(len(_CLOTHS)))], float(rng.uniform(0.01, 0.022)))
    old = Trousers(_BASES[int(rng.integers(1, 5))], 0.002, 0.98)
    top = Garment("tank", _BASES[0] if old.color != _BASES[0] else _BASES[2], 1.1,
                  neck=(0.48, 0.36))  # fmt: skip
    figure = _Whole(pose, height)
    look = _WholeLook(rng, height, figure)
    pictures = []
    for cut in (old, new):
        look.cut = cut
        picture, cloth = look.paint(top)
        shown = cv2.resize(look.shown, cloth.shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
        pictures.append((picture, shown & ~cloth))
    (plate, worn), (truth, wanted) = pictures
    kinds = [Garment("trousers", cut.color, 0.0) for cut in (old, new)]
    flat = _flat(new, figure, rng)
    return Pair(plate, flat, truth, worn, wanted, figure.card(), kinds[0], kinds[1])


class _Whole(_Figure):
    """A figure from head to foot."""

    def __init__(self, pose: Pose, height: int) -> None:
        small = round(height * _PART)
        super().__init__(pose, small)
        aside = np.array([0.375 * (height - small) * _FINE, 0.0])
        self.points = {name: at + aside for name, at in self.points.items()}
        self.mid = self.mid + aside
        self.height, self.width = height, height * 3 // 4
        for side, sign in (("l", -1.0), ("r", 1.0)):
            for name, at in (("knee", (0.06, 1.04)), ("ankle", (0.064, 1.37))):
                self.points[f"{name}_{side}"] = (
                    np.array([sign * at[0], at[1]]) * self.unit + self.mid
                )


class _WholeLook(_Look):
    """A whole figure in its light; `cut` is what it wears on its legs."""

    cut: Trousers
    shown: Image

    def _lay_legs(self, lay: Any) -> None:
        f = self.figure
        bare = self._mask()
        for side, sign in (("l", -1.0), ("r", 1.0)):
            hip = f.mid + np.array([sign * 0.05, 0.72]) * f.unit
            knee, ankle = f.points[f"knee_{side}"], f.points[f"ankle_{side}"]
            _limb(bare, [hip, knee, ankle], np.array([0.05, 0.034, 0.022]) * f.unit)
            _limb(bare, [ankle, ankle + np.array([sign * 0.012, 0.035]) * f.unit],
                  np.array([0.022, 0.022]) * f.unit)  # fmt: skip
        lay(bare > 0, self.skin, self.shade)
        self.shown = self._mask()
        for shape in _worn(self.cut, f):
            cv2.fillPoly(self.shown, [_whole(shape)], 1)
        lay(self.shown > 0, np.array(self.cut.color, np.float32), self.shade * self.folds)


def _leg(row: float) -> tuple[float, float]:
    """Return how far the middle of a bare leg is from the figure's, and half its width."""
    rows = [0.72, 1.04, 1.37]
    return (float(np.interp(row, rows, [0.05, 0.06, 0.064])),
            float(np.interp(row, rows, [0.05, 0.034, 0.022])))  # fmt: skip


def _rows(cut: Trousers, f: _Figure, sign: float) -> tuple[list[tuple[float, float]], list[float]]:
    """Return (row, half width) from waist to seat, and the rows from crotch to hem."""
    ease = (0.003 + cut.ease / 2) * f.unit
    seat = [
        (float(row), abs(f.half(row * f.unit, sign, ease) - float(f.mid[0])) / f.unit)
        for row in np.linspace(0.56, 0.7, 6)
    ]
    return seat, np.linspace(0.76, 0.76 + 0.61 * cut.long, 8).tolist()


def _worn(cut: Trousers, f: _Figure) -> list[Dots]:
    """Return the outlines of both worn legs, the seat included, in pixels of the fine drawing."""
    shapes = []
    for sign in (-1.0, 1.0):
        seat, rows = _rows(cut, f, sign)
        legs = [(row, *_leg(row)) for row in rows]
        outer = [[sign * half, row] for row, half in seat]
        outer += [[sign * (middle + half + cut.ease), row] for row, middle, half in legs]
        inner = [[sign * max(middle - half - cut.ease, 0.0), row] for row, middle, half in legs]
        shape = np.array([[0.0, 0.56], *outer, *inner[::-1], [0.0, 0.76]])
        shapes.append(shape * f.unit + f.mid)
    return shapes


def _flat(cut: Trousers, f: _Figure, rng: np.random.Generator) -> Image:
    """Draw the trousers as they lie, uint8 1024×768×3, on a plain ground."""
    one = 1024 * _FINE / 0.81 * 0.84
    light = (236, 236, 238) if sum(cut.color) < 480 else (128, 132, 138)
    picture = np.full((1024 * _FINE, 768 * _FINE, 3), light, np.float32)
    mask = np.zeros(picture.shape[:2], np.uint8)
    for sign in (-1.0, 1.0):
        seat, rows = _rows(cut, f, sign)
        outer, inner = [[sign * _ROUND * half, row] for row, half in seat], []
        for row in rows:
            half = _leg(row)[1]
            # Half the girth of the flattened ring in which a tube hangs about a leg.
            wide = 2 * (half + cut.ease) + (np.pi / 2 - 1) * 1.6 * half
            near = 0.1 * (row - 0.76)
            outer.append([sign * (near + wide), row])
            inner.append([sign * near, row])
        shape = np.array([[0.0, 0.56], *outer, *inner[::-1], [0.0, 0.76]])
        spots = (shape - [0, 0.56]) * one + [384 * _FINE, 0.08 * 1024 * _FINE]
        cv2.fillPoly(mask, [_whole(spots)], 1)
    coarse = rng.normal(0, 1, (42, 46)).astype(np.float32)
    folds = 1 + 0.045 * cv2.resize(coarse, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    cloth = np.array(cut.color, np.float32) * folds[..., None]
    picture = np.where(mask[..., None] > 0, cloth, picture)
    small = picture.reshape(1024, _FINE, 768, _FINE, 3).mean(axis=(1, 3))
    noise = rng.normal(0, 0.7, small.shape)
    return np.asarray(np.clip(np.rint(small + noise), 0, 255), np.uint8)

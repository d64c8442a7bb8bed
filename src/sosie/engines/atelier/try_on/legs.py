"""Where on a body trousers come to lie: read off the flat-lay and off the legs row by row."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Mask
from sosie.engines.atelier.try_on.fit import Body, Fit
from sosie.engines.atelier.try_on.warp import Dots

NEEDED = tuple(f"{name}_{side}" for name in ("waist", "hip", "knee", "ankle") for side in "lr")
"""Landmarks without which no trousers are tried on."""

_LENGTHWISE = 1.4
"""Trousers that lie flat are half a girth wide: seen worn they are this much narrower for their
length."""
_NEAR = 0.14
"""Share of the leg's length by which a hem may miss the ankle and still be meant for it."""

Row = NDArray[np.float64]


def fit_legs(mask: Mask, on: Body) -> Fit:
    """This function will place trousers (their ``mask`` bool H×W as they lie) on a body."""
    lying = _Lying(mask)
    points = on.points
    waist = (points["waist_l"][1] + points["waist_r"][1]) / 2
    ankle = (points["ankle_l"][1] + points["ankle_r"][1]) / 2
    wide = points["waist_r"][0] - points["waist_l"][0]
    scale = float(wide * 1.08 / np.ptp(lying.edges(lying.top + 0.02 * lying.tall)))
    own = lying.tall * scale * _LENGTHWISE
    hem = float(ankle if abs(own / (ankle - waist) - 1) < _NEAR else waist + own)
    crotch = min(_crotch(on), hem - 0.05 * on.unit)
    rows: list[tuple[Dots, Dots, float]] = []
    for part in np.linspace(0.01, 1.0, 14):
        there = crotch * min(part / 0.5, 1.0) + waist * (1 - min(part / 0.5, 1.0))
        here = lying.top + (lying.crotch - lying.top) * min(part / 0.5, 1.0)
        if part > 0.5:
            below = (part - 0.5) / 0.5
            there = crotch + (hem - crotch) * below
            here = lying.crotch + (lying.bottom - lying.crotch) * below
        for side in "lr":
            rows += _across(lying, on, side, here=here, there=there, crotch=crotch, scale=scale)
    start, goal, weight = (np.array(part) for part in zip(*rows, strict=True))
    none = {"l": 0.0, "r": 0.0}
    return Fit(start, goal, weight, scale, _LENGTHWISE, 1.0, none, np.zeros((0, 2)), hem)


class _Lying:
    """Trousers as they lie."""

    def __init__(self, mask: Mask) -> None:
        rows = np.flatnonzero(mask.any(axis=1))
        self.mask = mask
        self.top, self.bottom = float(rows[0]), float(rows[-1])
        self.tall = self.bottom - self.top
        middle = [np.flatnonzero(mask[y])[[0, -1]].mean() for y in rows[: len(rows) // 4]]
        self.middle = float(np.median(middle))
        column = mask[:, int(self.middle) - 2 : int(self.middle) + 3].any(axis=1)
        self.crotch = float(np.flatnonzero(column)[-1])

    def edges(self, row: float) -> Row:
        """Return the outermost columns of a row, left and right."""
        y = int(np.clip(row, self.top + 2, self.bottom - 3))
        return np.flatnonzero(self.mask[y])[[0, -1]].astype(np.float64)

    def inner(self, row: float) -> Row:
        """Return the inner columns of both legs at a row below the crotch."""
        y = int(np.clip(row, self.crotch + 1, self.bottom - 3))
        seen, middle = self.mask[y], int(self.middle)
        left, right = np.flatnonzero(seen[:middle]), np.flatnonzero(seen[middle:])
        first = left[-1] if left.size else middle
        return np.array([first, middle + (right[0] if right.size else 0)], np.float64)


def _across(
    lying: _Lying, on: Body, side: str, *, here: float, there: float, crotch: float, scale: float
) -> list[tuple[Dots, Dots, float]]:
    """Place one row of one leg: its outer edge, and below the crotch its inner edge too."""
    sign, place = (-1.0, 0) if side == "l" else (1.0, 1)
    outer = lying.edges(here)[place]
    if there < crotch:
        marks = [on.points[f"{name}_{side}"] for name in ("waist", "hip")]
        half = np.interp(there, [m[1] for m in marks], [abs(m[0] - on.middle(m[1])) for m in marks])
        goal = on.middle(there) + sign * (half + 0.025 * on.unit)
        return [(np.array([outer, here]), np.array([goal, there]), 1.0)]
    inner = lying.inner(here)[place]
    center, thick = _leg(on, side, there)
    girth = abs(outer - inner) * scale * _LENGTHWISE
    # A tube about a leg hangs as a flattened ring, half as deep as the leg is wide.
    wide = float(np.clip(girth - (np.pi / 2 - 1) * 0.55 * thick, 1.06 * thick, 2.0 * thick))
    far, near = center + sign * wide / 2, center - sign * wide / 2
    near = sign * max(sign * near, sign * (on.middle(there) + sign * 0.004 * on.unit))
    return [
        (np.array([outer, here]), np.array([far, there]), 1.0),
        (np.array([inner, here]), np.array([near, there]), 0.8),
    ]


def _leg(on: Body, side: str, row: float) -> tuple[float, float]:
    """Return the middle and the thickness of a leg at a row; hands beside it are left out."""
    sign = -1.0 if side == "l" else 1.0
    knee, ankle = on.points[f"knee_{side}"], on.points[f"ankle_{side}"]
    hip = on.points[f"hip_{side}"]
    root = (hip[0] + on.middle(hip[1])) / 2
    axis = float(np.interp(row, [hip[1], knee[1], ankle[1]], [root, knee[0], ankle[0]]))
    y = int(np.clip(row, 0, on.person.shape[0] - 1))
    line = on.person[y]
    out = line[int(axis) :] if sign > 0 else line[: int(axis) + 1][::-1]
    far = float((~out).argmax()) if not out.all() else float(out.size)
    back = line[: int(axis) + 1][::-1] if sign > 0 else line[int(axis) :]
    near = float((~back).argmax()) if not back.all() else float(back.size)
    usual = abs(hip[0] - on.middle(hip[1])) / 2
    far, near = min(far, 1.25 * usual), min(near, abs(axis - on.middle(row)), 1.25 * usual)
    return axis + sign * (far - near) / 2, max(far + near, 0.3 * usual)


def _crotch(on: Body) -> float:
    """Return the row where the legs part: the highest backdrop between the knees."""
    knee = (on.points["knee_l"] + on.points["knee_r"]) / 2
    hip = (on.points["hip_l"][1] + on.points["hip_r"][1]) / 2
    column = on.person[int(hip) : int(knee[1]), round(float(knee[0]))]
    free = np.flatnonzero(~column)
    if free.size:
        return float(hip + free[0])
    return cast("float", hip + 0.3 * (knee[1] - hip))

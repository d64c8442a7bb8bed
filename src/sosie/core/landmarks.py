"""Landmarks proposed from the silhouette alone, for a person to correct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import silhouette
from sosie.core.studio import Card, Pixels
from sosie.core.twin import LANDMARKS, PLAIN
from sosie.core.values import BadInput

Mask = NDArray[np.bool_]
Field = NDArray[np.float32]
Line = NDArray[np.float64]
Spot = tuple[float, float]

UNCERTAIN = 0.5
"""A point of a lower confidence is marked for the person who corrects."""
_WORKING_HEIGHT = 900

# How far below the shoulders points lie, in shoulder widths and in shares of the whole height:
# medians of seven studio plates marked by hand, men and women, at half and full length.
_BELOW = {
    "armpit": (0.36, 0.092),
    "waist": (0.79, 0.180),
    "wrist": (1.46, 0.280),
    "crotch": (1.63, 0.330),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Points that were guessed on one photograph."""

    size: tuple[int, int]
    landmarks: Mapping[str, tuple[int, int] | None]
    face: tuple[int, int, int, int]
    confidence: Mapping[str, float]
    """0 to 1 for each landmark and for ``face``; under ``UNCERTAIN`` it should be looked at."""
    view: str

    def card(self, plate: str) -> Card:
        """Return the proposal as a card of the plate of that name."""
        return Card.model_validate(
            {
                "sosie": "card/1",
                "plate": plate,
                "view": self.view,
                "size": self.size,
                "landmarks": dict(self.landmarks),
                "face": self.face,
            }
        )


@dataclass(slots=True)
class _Body:
    """The photograph at working size, and what was found on it so far."""

    lab: Field
    mask: Mask
    left: Line
    """Leftmost person pixel of each row; ``right`` the rightmost; NaN where there is none."""
    right: Line
    top: int
    bottom: int
    points: dict[str, tuple[Spot | None, float]]

    @property
    def tall(self) -> int:
        return self.bottom - self.top + 1

    @property
    def level(self) -> float:
        """The row of the shoulders."""
        return (self.at("shoulder_l")[1] + self.at("shoulder_r")[1]) / 2

    @property
    def wide(self) -> float:
        return max(20.0, self.at("shoulder_r")[0] - self.at("shoulder_l")[0])

    @property
    def whole(self) -> bool:
        """Whether head and feet are in the frame."""
        return self.bottom < self.mask.shape[0] - 3 and self.tall > 3.7 * self.wide

    def below(self, name: str) -> float:
        """How far below the shoulders a point of that name is expected."""
        widths, share = _BELOW[name]
        if not self.whole:
            return widths * self.wide
        return 0.3 * widths * self.wide + 0.7 * share * self.tall

    def put(self, name: str, spot: Spot, trust: float) -> None:
        self.points[name] = (spot, trust)

    def at(self, name: str) -> Spot:
        spot = self.points[name][0]
        assert spot is not None  # noqa: S101
        return spot


def propose(pixels: Pixels, found: silhouette.Silhouette | None = None) -> Proposal:
    """This function will guess the landmarks of a person in front of a plain backdrop.

    ``pixels`` is uint8 H×W×3 sRGB; ``found`` its silhouette, if it was already read. Nothing was
    trained: corners of the contour give neck and shoulders, their width gives the scale, and from
    there every point is looked for on edges near where people have it. Raises ``BadInput`` where
    no person is found, ``ValueError`` as ``silhouette.person`` does.
    """
    found = silhouette.person(pixels) if found is None else found
    height, width = pixels.shape[:2]
    shrink = min(1.0, _WORKING_HEIGHT / height)
    body = _body(pixels, found.mask, shrink)
    neck, slim = _neck_row(body)
    wide = _shoulders(body, neck)
    _neck(body, neck, 0.8 if slim else 0.3)
    _head(body, neck, 0.75 if slim else 0.3)
    face, trust = _face(body)
    crotch, sure = _crotch(body, wide)
    _torso(body, wide, crotch, sure)
    for side in ("l", "r"):
        _arm(body, side, wide)
    _legs(body, crotch)
    return _finish(body, found, shrink, (width, height), face, trust, wide)


def _body(pixels: Pixels, mask: Mask, shrink: float) -> _Body:
    size = (max(32, round(pixels.shape[1] * shrink)), max(32, round(pixels.shape[0] * shrink)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    area = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 127
    # Strands of hair and speckles are no contour.
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    area = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    rows = np.flatnonzero(area.any(axis=1))
    if rows.size < 60:
        raise BadInput(
            "no person is seen in front of the backdrop",
            where="photo",
            remedy="take her before a plain backdrop that differs from skin and clothes",
            code="capture.no_person",
        )
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    seen = area.any(axis=1)
    left = np.where(seen, area.argmax(axis=1), np.nan)
    right = np.where(seen, area.shape[1] - 1 - area[:, ::-1].argmax(axis=1), np.nan)
    return _Body(cast("Field", lab), area, left, right, int(rows[0]), int(rows[-1]), {})


def _runs(row: Mask) -> list[tuple[int, int]]:
    """Return the first and last column of each stretch of person in a row."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def _smooth(values: Line, sigma: float) -> Line:
    return cast("Line", cv2.GaussianBlur(values.reshape(-1, 1), (1, 0), sigmaX=0.1, sigmaY=sigma,
                borderType=cv2.BORDER_REPLICATE).ravel())


def _corner(xs: Line, ys: Line, sign: float) -> int:
    """Return the index of the point of a curve that is farthest on one side of its chord."""
    dx, dy = xs[-1] - xs[0], ys[-1] - ys[0]
    far = sign * ((xs - xs[0]) * dy - (ys - ys[0]) * dx)
    return int(np.argmax(far))


def _neck_row(body: _Body) -> tuple[int, bool]:
    """Return the narrowest row between head and shoulders, and whether there is one."""
    limit = min(body.bottom, body.top + round(0.6 * body.tall))
    widths, last = np.zeros(limit - body.top), None
    for y in range(body.top, limit):
        runs = _runs(body.mask[y])
        if not runs:
            widths[y - body.top] = 1
            continue
        if last is None:
            best = max(runs, key=lambda run: run[1] - run[0])
        else:
            best = max(runs, key=lambda run: min(run[1], last[1]) - max(run[0], last[0]))
        widths[y - body.top] = best[1] - best[0] + 1
        last = best
    widths = _smooth(widths, 2.0)
    floor, row, step = np.inf, 0, 0
    for index in range(max(4, round(0.02 * body.tall)), widths.size):
        head = float(widths[: index + 1].max())
        if widths[index] < min(floor, 0.93 * head):
            floor, row = float(widths[index]), index
        if widths[index] > 1.6 * floor:
            like = np.flatnonzero(widths[: index] < 1.05 * floor)
            return body.top + round((like[0] + row) / 2 if row - like[0] < 0.3 * row else row), True
    step = int(np.argmax(np.gradient(widths[round(0.08 * body.tall) :]))) + round(0.08 * body.tall)
    return body.top + max(8, step - round(0.02 * body.tall)), False


def _shoulders(body: _Body, neck: int) -> float:
    """Put the shoulders at the corners of the contour; return their distance."""
    head = neck - body.top
    wide = float(np.nanmax(body.right[neck : neck + head] - body.left[neck : neck + head]))
    for _ in range(2):
        stop = min(body.bottom, neck + round(0.45 * wide))
        ys = np.arange(neck, stop + 1, dtype=float)
        for side, edge in (("l", body.left), ("r", body.right)):
            xs = _smooth(np.nan_to_num(edge[neck : stop + 1], nan=float(np.nanmean(edge))), 2.0)
            index = _corner(xs, ys, -1 if side == "l" else 1)
            sharp = abs(xs[index] - xs[0]) / max(wide, 1)
            body.put(f"shoulder_{side}", (float(xs[index]), float(ys[index])),
                     0.9 if 0.12 < sharp < 0.5 and index > 4 else 0.3)
        wide = max(20.0, body.at("shoulder_r")[0] - body.at("shoulder_l")[0])
    low, high = body.at("shoulder_l")[1], body.at("shoulder_r")[1]
    if abs(low - high) > 0.2 * wide:
        for side in ("l", "r"):
            body.put(f"shoulder_{side}", body.at(f"shoulder_{side}"), 0.35)
    return wide


def _neck(body: _Body, neck: int, trust: float) -> None:
    """Put the base of the neck where its contour bends out to the shoulder."""
    for side, edge in (("l", body.left), ("r", body.right)):
        _, down = body.at(f"shoulder_{side}")
        start = max(body.top, neck - 4)
        stop = max(start + 8, round(down))
        ys = np.arange(start, stop + 1, dtype=float)
        xs = _smooth(edge[start : stop + 1], 1.5)
        # The slope of a strap or a collar further out is none of the neck's.
        out = np.flatnonzero(np.abs(xs - xs[0]) > 0.6 * abs(xs[-1] - xs[0]))
        end = max(6, int(out[0]) + 1) if out.size else xs.size
        xs, ys = xs[:end], ys[:end]
        index = _corner(xs, ys, 1 if side == "l" else -1)
        body.put(f"neck_{side}", (float(xs[index]), float(ys[index])), trust)


def _head(body: _Body, neck: int, trust: float) -> None:
    """Put crown and chin."""
    rows = slice(body.top, body.top + max(3, round(0.02 * body.tall)))
    columns = np.flatnonzero(body.mask[rows].any(axis=0))
    cropped = body.top <= 1
    body.put("crown", (float(columns.mean()), float(body.top)), 0.55 if cropped else 0.95)
    head = neck - body.top
    runs = _runs(body.mask[neck])
    center = (body.at("neck_l")[0] + body.at("neck_r")[0]) / 2
    run = min(runs, key=lambda run: abs((run[0] + run[1]) / 2 - center))
    center = (run[0] + run[1]) / 2
    half = max(3, round(0.09 * head))
    first, last = max(body.top, round(neck - 0.4 * head)), min(body.bottom, round(neck + 0.2 * head))
    strip = body.lab[first:last, round(center) - half : round(center) + half + 1].mean(axis=1)
    light = _smooth(strip[:, 0].astype(float), 2.0)
    drop = np.clip(-np.gradient(light), 0, None)
    where = np.arange(first, last)
    prior = np.exp(-0.5 * ((where - neck) / (0.06 * head)) ** 2)
    score = drop * prior
    row = int(score.argmax())
    body.put("chin", (center, float(where[row])), trust)


def _face(body: _Body) -> tuple[tuple[float, float, float, float], float]:
    """Return the box from forehead to chin and ear to ear, generously."""
    crown, chin = body.at("crown"), body.at("chin")
    head = max(chin[1] - crown[1], 8.0)
    middle, low = chin[0], chin[1]
    rows = slice(round(low - 0.42 * head), round(low - 0.12 * head))
    half = max(2, round(0.13 * head))
    patch = body.lab[rows, round(middle) - half : round(middle) + half + 1].reshape(-1, 3)
    tone = np.median(patch, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(patch - tone), axis=0), (5.0, 2.5, 3.0))
    area = slice(max(0, round(crown[1])), round(low) + 1)
    away = (body.lab[area] - tone) / (3.5 * spread)
    skin = ((away**2).sum(-1) < 1) & body.mask[area]
    reach = np.abs(np.arange(skin.shape[1]) - middle) < 0.5 * head
    skin &= reach
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    del count
    seeds = labels[max(0, rows.start - area.start) : rows.stop - area.start,
                   round(middle) - half : round(middle) + half + 1]
    names, sizes = np.unique(seeds[seeds > 0], return_counts=True)
    if names.size:
        x, y, w, h = (float(v) for v in stats[names[sizes.argmax()], :4])
        box = [x, y + area.start, x + w - 1, low]
        del h
        trust = 0.8
    else:
        box, trust = [middle - 0.33 * head, low - 0.72 * head, middle + 0.33 * head, low], 0.3
    middle = 0.6 * middle + 0.2 * (box[0] + box[2])
    body.put("chin", (middle, low), body.points["chin"][1])
    # Ears: skin in shadow or behind hair is face too.
    box[0] = min(box[0] - 0.03 * head, middle - 0.38 * head)
    box[2] = max(box[2] + 0.03 * head, middle + 0.38 * head)
    box[1] = max(min(box[1] - 0.02 * head, low - 0.68 * head), crown[1])
    return (box[0], box[1], box[2], low + 0.03 * head), trust


def _crotch(body: _Body, wide: float) -> tuple[float, bool]:
    """Return the row where the legs part, and whether a gap shows it."""
    level = (body.at("shoulder_l")[1] + body.at("shoulder_r")[1]) / 2
    middle = (body.at("shoulder_l")[0] + body.at("shoulder_r")[0]) / 2
    expected = level + body.below("crotch")
    for y in range(round(level + 1.3 * wide), min(body.bottom, round(level + 2.1 * wide))):
        runs = [run for run in _runs(body.mask[y]) if run[1] - run[0] > 0.08 * wide]
        for one, other in zip(runs, runs[1:], strict=False):
            gap = (one[1] + other[0]) / 2
            legs = min(one[1] - one[0], other[1] - other[0]) > 0.2 * wide
            if abs(gap - middle) < 0.25 * wide and legs:
                # A gap further down is the hem of a skirt.
                return (float(y), True) if y < level + 1.9 * wide else (expected, False)
    return expected, False


def _torso(body: _Body, wide: float, crotch: float, sure: bool) -> None:
    """Put armpits, waist and hips on the sides of the torso."""
    level = {side: body.at(f"shoulder_{side}")[1] for side in ("l", "r")}
    top = round(min(level.values()) + 0.2 * wide)
    mean = sum(level.values()) / 2
    stop = min(body.bottom, round(max(mean + 1.35 * wide, crotch)))
    sides = {side: _side(body, side, top, stop, wide) for side in ("l", "r")}
    paths = {side: found[0] for side, found in sides.items()}
    for side in ("l", "r"):
        path, firm, gap = sides[side]
        row = level[side] + body.below("armpit")
        if gap is not None:
            row = max(min(row, gap), row - 0.06 * wide)
        index = int(np.clip(round(row) - top, 0, path.size - 1))
        body.put(f"armpit_{side}", (float(path[index]), float(top + index)),
                 0.45 + 0.45 * float(firm[index]))
    rows = np.arange(top, top + min(p.size for p in paths.values()))
    width = _smooth(paths["r"][: rows.size] - paths["l"][: rows.size], 3.0) / wide
    level_waist = body.below("waist")
    near = np.abs(rows - mean - level_waist) < 0.2 * wide
    cost = np.where(near, width + 0.8 * ((rows - mean - level_waist) / wide) ** 2, np.inf)
    waist = int(cost.argmin())
    hip = round(rows[waist] + 0.45 * (crotch - rows[waist])) - top
    hip = int(np.clip(hip, 0, rows.size - 1))
    for side in ("l", "r"):
        path, firm, _ = sides[side]
        body.put(f"waist_{side}", (float(path[waist]), float(rows[waist])),
                 0.4 + 0.5 * float(firm[waist]))
        body.put(f"hip_{side}", (float(path[hip]), float(rows[hip])),
                 (0.4 if sure else 0.3) + 0.5 * float(firm[hip]))


def _side(
    body: _Body, side: str, top: int, stop: int, wide: float
) -> tuple[Line, Line, float | None]:
    """Trace one side of the torso down the rows by dynamic programming.

    Returns its column in each row, how firm the edge is there (0 to 1), and the row at which a gap
    between arm and torso opens, if one does.
    """
    middle = (body.at("shoulder_l")[0] + body.at("shoulder_r")[0]) / 2
    lab, mask = body.lab[top : stop + 1], body.mask[top : stop + 1]
    outer = (body.left if side == "l" else body.right)[top : stop + 1]
    shoulder = body.at(f"shoulder_{side}")[0]
    if side == "r":
        lab, mask = lab[:, ::-1], mask[:, ::-1]
        last = body.mask.shape[1] - 1
        middle, outer, shoulder = last - middle, last - outer, last - shoulder
    soft = cv2.GaussianBlur(lab, (0, 0), 1.2)
    step = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.25)
    edge = np.sqrt((step**2).sum(-1)) / 8.0
    edge = np.minimum(edge, 1.0)
    near = max(2, round(0.03 * wide))
    enter = np.zeros_like(edge)
    enter[:, 1:] = mask[:, 1:] & ~mask[:, :-1]
    enter[:, 1:] *= np.cumsum(mask, axis=1)[:, :-1] > 0.04 * wide  # an arm lies beyond
    columns = np.arange(mask.shape[1], dtype=float)
    rows = np.arange(mask.shape[0], dtype=float)[:, None] / max(wide, 1)
    # People's sides, in shoulder widths from the shoulder inwards.
    guess = shoulder + wide * np.interp(rows, [0.0, 0.55, 1.1], [0.10, 0.13, 0.06])
    off = np.abs(columns[None, :] - guess) / wide
    # The silhouette may bite into a garment that looks like the backdrop: its word counts only
    # where the picture has an edge too.
    crest = cv2.dilate(edge, np.ones((1, 5), np.uint8))
    cost = -edge - 1.2 * enter * crest + 50 * off**2
    cost[columns[None, :] > middle - 0.12 * wide + 0 * rows] = 50
    arm = np.nan_to_num(outer, nan=0.0)[:, None] + 0.09 * wide
    outside = columns[None, :] < np.minimum(arm, np.maximum(guess, arm - 0.09 * wide))
    cost[outside] = 50
    reach = 2
    total = cost.copy()
    back = np.zeros(cost.shape, np.int16)
    for y in range(1, total.shape[0]):
        options = np.stack([
            np.roll(total[y - 1], shift) + 0.15 * abs(shift) for shift in range(-reach, reach + 1)
        ])
        pick = options.argmin(axis=0)
        back[y] = pick - reach
        total[y] += options[pick, np.arange(total.shape[1])]
    path = np.zeros(total.shape[0])
    x = int(total[-1].argmin())
    for y in range(total.shape[0] - 1, -1, -1):
        path[y] = x
        x = int(np.clip(x - back[y, x], 0, total.shape[1] - 1))
    at = path.astype(int)
    strength = np.maximum(edge, enter)[np.arange(at.size), at]
    firm = np.clip(_smooth(strength.astype(float), 3.0) * 1.3, 0, 1)
    gaps = [y for y in range(at.size) if _gap(mask[y], at[y], near)]
    gap = float(top + gaps[0]) if len(gaps) > 5 else None
    if side == "r":
        path = body.mask.shape[1] - 1 - path
    return path, firm, gap


def _gap(row: Mask, x: int, near: int) -> bool:
    """Return whether backdrop shows just outside the torso with an arm beyond it."""
    beside = row[max(0, x - near) : x + 1]
    return not beside.all() and bool(row[: max(0, x - near)].any())


def _arm(body: _Body, side: str, wide: float) -> None:
    """Put elbow and wrist on the middle of an arm that hangs."""
    shoulder = body.at(f"shoulder_{side}")
    sign = 1 if side == "l" else -1
    edge = body.left if side == "l" else body.right
    first, last = round(shoulder[1] + 0.3 * wide), min(body.bottom, round(shoulder[1] + 2.3 * wide))
    line = _smooth(np.nan_to_num(edge[first : last + 1], nan=shoulder[0]), 1.0)
    look = max(4, round(0.05 * wide))
    jump = sign * (line[look:] - line[:-look])
    after = round(0.9 * wide)
    ends = np.flatnonzero(jump[after:] > 0.09 * wide)
    low = body.bottom <= round(shoulder[1] + 1.75 * wide)
    if ends.size:
        hand, trust = float(first + after + ends[0] + look / 2), 0.75
        wrist = 0.5 * (hand - 0.4 * wide) + 0.5 * (shoulder[1] + body.below("wrist"))
        if abs(hand - 0.4 * wide - shoulder[1] - body.below("wrist")) > 0.3 * wide:
            trust = 0.4
    else:
        wrist, trust = shoulder[1] + body.below("wrist"), 0.55 if body.whole else 0.35
    if wrist > body.bottom - 2 or (low and not ends.size and wrist > body.bottom):
        body.points[f"wrist_{side}"] = (None, 0.5)
    else:
        x, seen = _limb(body, side, wrist, 0.055 * wide, wide)
        body.put(f"wrist_{side}", (x, wrist), trust * (1 if seen else 0.8))
    elbow = shoulder[1] + 0.575 * (wrist - shoulder[1])
    x, seen = _limb(body, side, min(elbow, body.bottom), 0.09 * wide, wide)
    body.put(f"elbow_{side}", (x, elbow), trust * (1 if seen else 0.8))


def _limb(body: _Body, side: str, row: float, half: float, wide: float) -> tuple[float, bool]:
    """Return the middle of the arm in a row, and whether both its edges are seen."""
    runs = _runs(body.mask[int(np.clip(round(row), body.top, body.bottom))])
    if not runs:
        return body.at(f"shoulder_{side}")[0], False
    run = runs[0] if side == "l" else runs[-1]
    if run[1] - run[0] < 4.2 * half and len(runs) > 1:
        return (run[0] + run[1]) / 2, True
    del wide
    return (run[0] + half, False) if side == "l" else (run[1] - half, False)


def _legs(body: _Body, crotch: float) -> None:
    """Put knees and ankles, if the feet are in the frame."""
    if not body.whole:
        for name in ("knee_l", "knee_r", "ankle_l", "ankle_r"):
            body.points[name] = (None, 0.6)
        return
    middle = (body.at("hip_l")[0] + body.at("hip_r")[0]) / 2
    seam = np.full(body.mask.shape[0], middle)
    parted = np.zeros(body.mask.shape[0], bool)
    for y in range(round(crotch), body.bottom + 1):
        runs = [run for run in _runs(body.mask[y]) if run[1] - run[0] > 0.015 * body.tall]
        seam[y] = seam[y - 1]
        gaps = [(one[1] + other[0]) / 2 for one, other in zip(runs, runs[1:], strict=False)]
        if gaps:
            best = min(gaps, key=lambda x: abs(x - seam[y]))
            if abs(best - seam[y]) < 0.06 * body.tall:
                seam[y], parted[y] = best, True
    for side in ("l", "r"):
        _leg(body, side, seam, parted)


def _leg(body: _Body, side: str, seam: Line, parted: Mask) -> None:
    columns = np.arange(body.mask.shape[1])
    mine = columns[None, :] < seam[:, None] if side == "l" else columns[None, :] > seam[:, None]
    leg = body.mask & mine
    rows = np.flatnonzero(leg.sum(axis=1) > 0.015 * body.tall)
    sole = int(rows[-1]) if rows.size else body.bottom
    spans = {}
    for y in range(round(sole - 0.14 * body.tall), round(sole - 0.07 * body.tall)):
        runs = _runs(leg[y])
        if runs:
            spans[y] = max(runs, key=lambda run: run[1] - run[0])
    ankle = round(sole - 0.1 * body.tall)
    if spans:
        ankle = min(spans, key=lambda y: (spans[y][1] - spans[y][0]) / body.tall
                    + 8 * (abs(y - ankle) / body.tall) ** 2 * 4)
    hip = body.at(f"hip_{side}")[1]
    knee = round(hip + 0.555 * (ankle - hip))
    for name, y in (("knee", knee), ("ankle", ankle)):
        runs = _runs(leg[y])
        if not runs:
            body.points[f"{name}_{side}"] = (None, 0.2)
            continue
        run = max(runs, key=lambda run: run[1] - run[0])
        body.put(f"{name}_{side}", ((run[0] + run[1]) / 2, float(y)), 0.8 if parted[y] else 0.4)


def _finish(body, found, shrink, size, face, trust, wide):
    plain = found.plain >= PLAIN
    points, sure = {}, {}
    for name in LANDMARKS:
        spot, belief = body.points[name]
        sure[name] = round(belief if plain else 0.2 * belief, 2)
        if spot is None:
            points[name] = None
        else:
            x = int(np.clip(round((spot[0] + 0.5) / shrink - 0.5), 0, size[0] - 1))
            y = int(np.clip(round((spot[1] + 0.5) / shrink - 0.5), 0, size[1] - 1))
            points[name] = (x, y)
    sure["face"] = round(trust if plain else 0.2 * trust, 2)
    box = [round(v / shrink) for v in face]
    box = (max(0, box[0]), max(0, box[1]), min(size[0], box[2]), min(size[1], box[3]))
    view = "front-full" if points["ankle_l"] else "front-half"
    return Proposal(size, points, box, sure, view)

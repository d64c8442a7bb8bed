"""Where the points of a body lie on a silhouette: corners, edges, proportions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Pixels
from sosie.core.values import BadInput

Mask = NDArray[np.bool_]
Field = NDArray[np.float32]
Line = NDArray[np.float64]
Spot = tuple[float, float]
Box = tuple[float, float, float, float]

_WORKING_HEIGHT = 900

# How far below the shoulders points lie, in shoulder widths and in shares of the whole height:
# medians of seven studio plates marked by hand, men and women, at half and full length.
_BELOW = {
    "armpit": (0.36, 0.092),
    "waist": (0.79, 0.180),
    "wrist": (1.46, 0.280),
    "crotch": (1.63, 0.330),
}


@dataclass(slots=True)
class Body:
    """The photograph at working size, and what was found on it so far."""

    lab: Field
    mask: Mask
    left: Line
    """Leftmost person pixel of each row; ``right`` the rightmost."""
    right: Line
    top: int
    bottom: int
    shrink: float
    """Size of ``mask`` in sizes of the photograph."""
    points: dict[str, tuple[Spot | None, float]]
    """Each landmark with how far it is to be trusted, 0 to 1; in pixels of ``mask``."""
    face: tuple[Box, float] = ((0.0, 0.0, 0.0, 0.0), 0.0)

    @property
    def tall(self) -> int:
        return self.bottom - self.top + 1

    @property
    def level(self) -> float:
        """The row of the shoulders."""
        return (self.at("shoulder_l")[1] + self.at("shoulder_r")[1]) / 2

    @property
    def middle(self) -> float:
        """The column between the shoulders."""
        return (self.at("shoulder_l")[0] + self.at("shoulder_r")[0]) / 2

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

    def put_on(self, name: str, path: Line, index: int, top: int, trust: float) -> None:
        """Put a point on a traced side, or note that the frame ends above it."""
        if index < path.size:
            self.put(name, (float(path[index]), float(top + index)), trust)
        else:
            self.points[name] = (None, 0.5)

    def at(self, name: str) -> Spot:
        spot = self.points[name][0]
        assert spot is not None  # noqa: S101
        return spot


def find(pixels: Pixels, mask: Mask) -> Body:
    """This function will look for every landmark of a person, from the neck outwards.

    ``pixels`` is uint8 H×W×3 sRGB, ``mask`` bool H×W her silhouette. Nothing was trained: corners
    of the contour give neck and shoulders, their width the scale, and each other point is looked
    for on edges near where people have it. Raises ``BadInput`` where there is no person.
    """
    body = _body(pixels, mask)
    neck, slim = _neck_row(body)
    if body.bottom - neck < 24:
        raise BadInput(
            "no shoulders are in the frame",
            where="photo",
            remedy="step back until at least the hips are seen",
            code="capture.no_shoulders",
        )
    _shoulders(body, neck)
    _neck(body, neck, 0.8 if slim else 0.3)
    _head(body, neck, 0.75 if slim else 0.3)
    _face(body)
    _trim_neck(body)
    crotch, sure = _crotch(body)
    _torso(body, crotch, sure=sure)
    for side in ("l", "r"):
        _arm(body, side)
    _legs(body, crotch)
    return body


def _body(pixels: Pixels, mask: Mask) -> Body:
    shrink = min(1.0, _WORKING_HEIGHT / pixels.shape[0])
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
    every = np.arange(area.shape[0])
    left = np.interp(every, rows, area.argmax(axis=1)[rows])
    right = np.interp(every, rows, area.shape[1] - 1 - area[:, ::-1].argmax(axis=1)[rows])
    top, bottom = int(rows[0]), int(rows[-1])
    return Body(cast("Field", lab), area, left, right, top, bottom, shrink, {})


def _runs(row: Mask) -> list[tuple[int, int]]:
    """Return the first and last column of each stretch of person in a row."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def _smooth(values: Line, sigma: float) -> Line:
    return cast(
        "Line",
        cv2.GaussianBlur(
            values.reshape(-1, 1), (1, 0), sigmaX=0.1, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE
        ).ravel(),
    )


def _corner(xs: Line, ys: Line, sign: float) -> int:
    """Return the index of the point of a curve that is farthest on one side of its chord."""
    dx, dy = xs[-1] - xs[0], ys[-1] - ys[0]
    far = sign * ((xs - xs[0]) * dy - (ys - ys[0]) * dx)
    return int(np.argmax(far))


def _neck_row(body: Body) -> tuple[int, bool]:
    """Return the narrowest row under the head, and whether it is slim enough to be no hair."""
    limit = min(body.bottom, body.top + round(0.6 * body.tall))
    widths = np.ones(max(1, limit - body.top))
    last = (0, body.mask.shape[1])
    for y in range(body.top, limit):
        if runs := _runs(body.mask[y]):
            shared = [min(run[1], last[1]) - max(run[0], last[0]) for run in runs]
            last = runs[int(np.argmax(shared))]
            widths[y - body.top] = last[1] - last[0] + 1
    widths = _smooth(widths, 2.0)
    floor, row = np.inf, 0
    for index in range(max(4, round(0.02 * body.tall)), widths.size):
        head = float(widths[: index + 1].max())
        if widths[index] < min(floor, 0.93 * head):
            floor, row = float(widths[index]), index
        if widths[index] > 1.6 * floor:
            like = np.flatnonzero(widths[:index] < 1.05 * floor)
            middle = (like[0] + row) / 2 if row - like[0] < 0.3 * row else row
            return body.top + round(middle), floor < 0.75 * head
    # Long hair hides the neck: take where the shoulders set in.
    skip = round(0.08 * body.tall)
    step = skip + int(np.gradient(widths[skip:]).argmax()) - round(0.02 * body.tall)
    return body.top + max(8, step), False


def _shoulders(body: Body, neck: int) -> None:
    """Put the shoulders at the corners of the contour."""
    head = neck - body.top
    near = slice(neck, max(neck + 8, neck + head))
    wide = float((body.right[near] - body.left[near]).max(initial=20.0))
    for _ in range(2):
        stop = min(body.bottom, neck + round(0.45 * wide))
        ys = np.arange(neck, stop + 1, dtype=float)
        for side, edge in (("l", body.left), ("r", body.right)):
            xs = _smooth(edge[neck : stop + 1], 2.0)
            index = _corner(xs, ys, -1 if side == "l" else 1)
            sharp = abs(xs[index] - xs[0]) / max(wide, 1)
            body.put(
                f"shoulder_{side}",
                (float(xs[index]), float(ys[index])),
                0.9 if 0.12 < sharp < 0.5 and index > 4 else 0.3,
            )
        wide = body.wide
    low, high = body.at("shoulder_l")[1], body.at("shoulder_r")[1]
    if abs(low - high) > 0.2 * wide:
        for side in ("l", "r"):
            body.put(f"shoulder_{side}", body.at(f"shoulder_{side}"), 0.35)


def _neck(body: Body, neck: int, trust: float) -> None:
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


def _trim_neck(body: Body) -> None:
    """Bring neck points that hair has pushed out back to where a neck can be."""
    middle = (body.at("chin")[0] + (body.at("shoulder_l")[0] + body.at("shoulder_r")[0]) / 2) / 2
    for side, sign in (("l", -1), ("r", 1)):
        (x, y), trust = body.at(f"neck_{side}"), body.points[f"neck_{side}"][1]
        out = sign * (x - middle) / body.wide
        if not 0.08 < out < 0.25:
            x, trust = middle + sign * float(np.clip(out, 0.08, 0.25)) * body.wide, min(trust, 0.45)
        body.put(f"neck_{side}", (x, y), trust)


def _head(body: Body, neck: int, trust: float) -> None:
    """Put crown and chin."""
    rows = slice(body.top, body.top + max(3, round(0.02 * body.tall)))
    columns = np.flatnonzero(body.mask[rows].any(axis=0))
    cropped = body.top <= 1
    body.put("crown", (float(columns.mean()), float(body.top)), 0.55 if cropped else 0.95)
    head = max(8, neck - body.top)
    runs = _runs(body.mask[neck])
    center = (body.at("neck_l")[0] + body.at("neck_r")[0]) / 2
    if runs:
        center = min(((run[0] + run[1]) / 2 for run in runs), key=lambda x: abs(x - center))
    center = float(np.clip(center, 4, body.mask.shape[1] - 5))
    half = max(3, round(0.09 * head))
    first, last = (
        max(body.top, round(neck - 0.4 * head)),
        min(body.bottom, round(neck + 0.2 * head)),
    )
    last = max(last, first + 4)
    beside = slice(max(0, round(center) - half), round(center) + half + 1)
    strip = body.lab[first:last, beside].mean(axis=1)
    light = _smooth(strip[:, 0].astype(float), 2.0)
    drop = np.clip(-np.gradient(light), 0, None)
    where = np.arange(first, last)
    away = (where - neck) / head
    prior = np.exp(-0.5 * (away / 0.055) ** 2) * (np.abs(away) < 0.14)
    score = (drop + 0.25) * prior  # a dark chin throws no shadow to be seen
    row = int(score.argmax())
    body.put("chin", (center, float(where[row])), trust)


def _face(body: Body) -> None:
    """Draw the box from forehead to chin and ear to ear, generously."""
    crown, chin = body.at("crown"), body.at("chin")
    head = max(chin[1] - crown[1], 8.0)
    middle, low = chin[0], chin[1]
    rows = slice(round(low - 0.42 * head), round(low - 0.12 * head))
    half = max(2, round(0.13 * head))
    middle = float(np.clip(middle, half, body.mask.shape[1] - 1 - half))
    rows = slice(max(0, rows.start), max(rows.start, 0, rows.stop) + 1)
    patch = body.lab[rows, round(middle) - half : round(middle) + half + 1].reshape(-1, 3)
    patch = patch if patch.size else body.lab[body.mask]
    tone = np.median(patch, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(patch - tone), axis=0), (5.0, 2.5, 3.0))
    area = slice(max(0, round(crown[1])), round(low) + 1)
    away = (body.lab[area] - tone) / (3.5 * spread)
    skin = ((away**2).sum(-1) < 1) & body.mask[area]
    reach = np.abs(np.arange(skin.shape[1]) - middle) < 0.5 * head
    skin &= reach
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    seeds = labels[
        max(0, rows.start - area.start) : rows.stop - area.start,
        round(middle) - half : round(middle) + half + 1,
    ]
    names, sizes = np.unique(seeds[seeds > 0], return_counts=True)
    if names.size:
        x, y, w = (float(value) for value in stats[names[sizes.argmax()], :3])
        box = [x, y + area.start, x + w - 1, low]
        trust = 0.8
    else:
        box, trust = [middle - 0.33 * head, low - 0.72 * head, middle + 0.33 * head, low], 0.3
    middle = 0.6 * middle + 0.2 * (box[0] + box[2])
    body.put("chin", (middle, low), body.points["chin"][1])
    # Ears: skin in shadow or behind hair is face too.
    box[0] = min(box[0] - 0.03 * head, middle - 0.42 * head)
    box[2] = max(box[2] + 0.03 * head, middle + 0.42 * head)
    box[1] = max(min(box[1] - 0.02 * head, low - 0.68 * head), crown[1])
    body.face = (box[0], box[1], box[2], low + 0.1 * head), trust


def _crotch(body: Body) -> tuple[float, bool]:
    """Return the row where the legs part, and whether a gap shows it."""
    level, middle, wide = body.level, body.middle, body.wide
    expected = level + body.below("crotch")
    for y in range(round(level + 1.3 * wide), min(body.bottom, round(level + 2.1 * wide))):
        runs = [run for run in _runs(body.mask[y]) if run[1] - run[0] > 0.08 * wide]
        for one, other in pairwise(runs):
            gap = (one[1] + other[0]) / 2
            legs = min(one[1] - one[0], other[1] - other[0]) > 0.2 * wide
            if abs(gap - middle) < 0.25 * wide and legs:
                # A gap further down is the hem of a skirt.
                return (float(y), True) if y < level + 1.9 * wide else (expected, False)
    return expected, False


def _torso(body: Body, crotch: float, *, sure: bool) -> None:
    """Put armpits, waist and hips on the sides of the torso."""
    wide, mean = body.wide, body.level
    level = {side: body.at(f"shoulder_{side}")[1] for side in ("l", "r")}
    top = round(min(level.values()) + 0.2 * wide)
    stop = min(body.bottom, round(max(mean + 1.35 * wide, crotch)))
    if stop - top < 12:
        for name in ("armpit", "waist", "hip"):
            body.points |= {f"{name}_{side}": (None, 0.5) for side in ("l", "r")}
        return
    sides = {side: _side(body, side, top, stop) for side in ("l", "r")}
    for side, (path, firm, gaps) in sides.items():
        row = level[side] + body.below("armpit")
        opens = np.flatnonzero(gaps)
        near = opens.size > 5 and abs(top + opens[0] - row) < 0.25 * wide
        if opens.size > 5:
            row = max(min(row, top + opens[0]), row - 0.06 * wide)
        index = max(0, round(row) - top)
        trust = (0.4 if near else 0.25) + 0.3 * float(firm[min(index, firm.size - 1)])
        body.put_on(f"armpit_{side}", path, index, top, trust)
    off = (np.arange(top, stop + 1) - mean - body.below("waist")) / wide
    width = _smooth(sides["r"][0] - sides["l"][0], 3.0) / wide
    waist, slim = _waist(width, np.asarray(off, np.float64), round(0.22 * wide))
    hip = round(top + waist + 0.45 * (crotch - top - waist)) - top
    for name, index, base in (("waist", waist, 0.2 + slim), ("hip", hip, 0.3 if sure else 0.2)):
        for side, (path, firm, gaps) in sides.items():
            beside = gaps[max(0, index - 10) : index + 11].any()
            trust = base + (0.2 if beside else 0.1) + 0.3 * float(firm[min(index, firm.size - 1)])
            body.put_on(f"{name}_{side}", path, index, top, trust)


def _waist(width: Line, off: Line, about: int) -> tuple[int, float]:
    """Return the index of the narrowest row, and how much that is to be trusted.

    ``width`` is that of the torso, ``off`` how far a row is from where a waist is expected, both
    in shoulder widths; ``about`` is how many rows around must be wider.
    """
    near = np.flatnonzero(np.abs(off) < 0.2)
    if off[-1] > 0 and near.size:
        waist = int(near[(width[near] + 0.8 * off[near] ** 2).argmin()])
        before, after = width[max(0, waist - about) : waist + 1], width[waist : waist + about]
        if min(before.max(), after.max()) - width[waist] > 0.025:
            return waist, 0.1
    # A loose garment is nowhere narrowest; or the frame ends above.
    return round(-off[0] / (off[1] - off[0])), -0.1


def _side(body: Body, side: str, top: int, stop: int) -> tuple[Line, Line, Mask]:
    """Trace one side of the torso down the rows by dynamic programming.

    Returns its column in each row, how firm the edge is there (0 to 1), and whether backdrop shows
    there between arm and torso.
    """
    wide, middle = body.wide, body.middle
    lab, mask = body.lab[top : stop + 1], body.mask[top : stop + 1]
    outer = (body.left if side == "l" else body.right)[top : stop + 1]
    shoulder = body.at(f"shoulder_{side}")[0]
    if side == "r":  # seen in a mirror
        lab, mask = lab[:, ::-1], mask[:, ::-1]
        last = body.mask.shape[1] - 1
        middle, outer, shoulder = last - middle, last - outer, last - shoulder
    step = cv2.Sobel(cv2.GaussianBlur(lab, (0, 0), 1.2), cv2.CV_32F, 1, 0, scale=0.25)
    edge = np.minimum(np.sqrt((step**2).sum(-1)) / 8.0, 1.0)
    enter = np.zeros_like(edge)
    enter[:, 1:] = mask[:, 1:] & ~mask[:, :-1]
    enter[:, 1:] *= np.cumsum(mask, axis=1)[:, :-1] > 0.04 * wide  # an arm lies beyond
    columns = np.arange(mask.shape[1], dtype=float)[None, :]
    rows = np.arange(mask.shape[0], dtype=float)[:, None] / wide
    # People's sides, in shoulder widths from the shoulder inwards.
    guess = shoulder + wide * np.interp(rows, [0.0, 0.55, 1.1], [0.10, 0.13, 0.06])
    off = np.abs(columns - guess) / wide
    # The silhouette may bite into a garment that looks like the backdrop: its word counts only
    # where the picture has an edge too.
    crest = cv2.dilate(edge, np.ones((1, 5), np.uint8))
    cost = -edge - 1.2 * enter * crest + 50 * off**2
    cost[columns > middle - 0.12 * wide + 0 * rows] = 50
    arm = outer[:, None] + 0.09 * wide
    cost[columns < np.minimum(arm, np.maximum(guess, arm - 0.09 * wide))] = 50
    at = _cheapest(cost.astype(np.float64))
    strength = np.maximum(edge, enter)[np.arange(at.size), at]
    firm = np.clip(_smooth(strength.astype(float), 3.0) * 1.3, 0, 1)
    near = max(2, round(0.03 * wide))
    gaps = np.array([_gap(mask[y], at[y], near) for y in range(at.size)])
    path = at.astype(float)
    return (body.mask.shape[1] - 1 - path if side == "r" else path), firm, gaps


def _cheapest(cost: Line) -> NDArray[np.intp]:
    """Return the column in each row of the cheapest way down, at most two columns a row."""
    reach, total = 2, cost.copy()
    back = np.zeros(cost.shape, np.intp)
    columns = np.arange(cost.shape[1])
    for y in range(1, cost.shape[0]):
        padded = np.pad(total[y - 1], reach, constant_values=1e6)
        options = np.stack(
            [
                padded[reach - shift : reach - shift + columns.size] + 0.15 * abs(shift)
                for shift in range(-reach, reach + 1)
            ]
        )
        pick = options.argmin(axis=0)
        back[y] = pick - reach
        total[y] += options[pick, columns]
    path = np.zeros(cost.shape[0], np.intp)
    x = int(total[-1].argmin())
    for y in range(cost.shape[0] - 1, -1, -1):
        path[y] = x
        x -= int(back[y, x])
    return path


def _gap(row: Mask, x: int, near: int) -> bool:
    """Return whether backdrop shows just outside the torso with an arm beyond it."""
    beside = row[max(0, x - near) : x + 1]
    return not beside.all() and bool(row[: max(0, x - near)].any())


def _arm(body: Body, side: str) -> None:
    """Put elbow and wrist on the middle of an arm that hangs."""
    wide = body.wide
    shoulder = body.at(f"shoulder_{side}")
    sign = 1 if side == "l" else -1
    edge = body.left if side == "l" else body.right
    first, last = round(shoulder[1] + 0.3 * wide), min(body.bottom, round(shoulder[1] + 2.3 * wide))
    if last - first < 0.15 * wide:
        body.points |= {f"{name}_{side}": (None, 0.5) for name in ("elbow", "wrist")}
        return
    line = _smooth(edge[first : last + 1], 1.0)
    look = max(4, round(0.05 * wide))
    jump = sign * (line[look:] - line[:-look])
    after = round(0.9 * wide)
    ends = np.flatnonzero(jump[after:] > 0.09 * wide)
    low = body.bottom <= round(shoulder[1] + 1.75 * wide)
    if ends.size:
        hand, trust = float(first + after + ends[0] + look / 2), 0.75
        expected = shoulder[1] + body.below("wrist")
        wrist = (hand - 0.4 * wide + expected) / 2
        if abs(hand - 0.4 * wide - expected) > 0.25 * wide:  # the hand hides before a garment
            wrist, trust = expected, 0.45
    else:
        wrist, trust = shoulder[1] + body.below("wrist"), 0.55 if body.whole else 0.35
    if wrist > body.bottom - 2 or (low and not ends.size and wrist > body.bottom):
        body.points[f"wrist_{side}"] = (None, 0.5)
    else:
        x, seen = _limb(body, side, wrist, 0.055 * wide)
        body.put(f"wrist_{side}", (x, wrist), trust * (1 if seen else 0.8))
    elbow = shoulder[1] + 0.575 * (wrist - shoulder[1])
    if elbow > body.bottom - 2:
        body.points[f"elbow_{side}"] = (None, 0.5)
        return
    x, seen = _limb(body, side, elbow, 0.09 * wide)
    body.put(f"elbow_{side}", (x, elbow), trust * (1 if seen else 0.8))


def _limb(body: Body, side: str, row: float, half: float) -> tuple[float, bool]:
    """Return the middle of the arm in a row, and whether both its edges are seen."""
    runs = _runs(body.mask[int(np.clip(round(row), body.top, body.bottom))])
    if not runs:
        return body.at(f"shoulder_{side}")[0], False
    run = runs[0] if side == "l" else runs[-1]
    if run[1] - run[0] < 4.2 * half and len(runs) > 1:
        return (run[0] + run[1]) / 2, True
    return (run[0] + half, False) if side == "l" else (run[1] - half, False)


def _legs(body: Body, crotch: float) -> None:
    """Put knees and ankles, if the feet are in the frame."""
    if not body.whole or body.points["hip_l"][0] is None or body.points["hip_r"][0] is None:
        for name in ("knee_l", "knee_r", "ankle_l", "ankle_r"):
            body.points[name] = (None, 0.6)
        return
    middle = (body.at("hip_l")[0] + body.at("hip_r")[0]) / 2
    seam = np.full(body.mask.shape[0], middle)
    parted = np.zeros(body.mask.shape[0], bool)
    for y in range(round(crotch), body.bottom + 1):
        runs = [run for run in _runs(body.mask[y]) if run[1] - run[0] > 0.015 * body.tall]
        seam[y] = seam[y - 1]
        gaps = [(one[1] + other[0]) / 2 for one, other in pairwise(runs)]
        if gaps:
            best = min(gaps, key=lambda x: abs(x - seam[y]))
            if abs(best - seam[y]) < 0.06 * body.tall:
                seam[y], parted[y] = best, True
    for side in ("l", "r"):
        _leg(body, side, seam, parted)


def _leg(body: Body, side: str, seam: Line, parted: Mask) -> None:
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
        ankle = min(
            spans,
            key=lambda y: (
                (spans[y][1] - spans[y][0]) / body.tall + 8 * (abs(y - ankle) / body.tall) ** 2 * 4
            ),
        )
    hip = body.at(f"hip_{side}")[1]
    knee = round(hip + 0.575 * (ankle - hip))
    for name, y in (("knee", knee), ("ankle", ankle)):
        runs = _runs(leg[y])
        if not runs:
            body.points[f"{name}_{side}"] = (None, 0.2)
            continue
        run = max(runs, key=lambda run: run[1] - run[0])
        body.put(f"{name}_{side}", ((run[0] + run[1]) / 2, float(y)), 0.7 if parted[y] else 0.4)

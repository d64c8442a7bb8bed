"""What a try-on must pass: every fault has a code, words and a place on the picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, Pixels
from sosie.core.studio import Card
from sosie.core.values import Reason
from sosie.engines.atelier.garment import Garment
from sosie.engines.atelier.points import points_of
from sosie.engines.atelier.try_on import legs
from sosie.engines.atelier.try_on.cover import Covered
from sosie.engines.atelier.try_on.fit import NEEDED, Fit
from sosie.engines.atelier.try_on.flat_lay import FlatLay, Kind, Side, along, length
from sosie.engines.atelier.try_on.warp import Mesh

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One gate that was not passed."""

    code: str
    text: str
    box: Box | None = None
    """Where on the plate; None: everywhere, or on the flat-lay."""
    grave: bool = True
    """Whether it is refused; otherwise it is a layout comp."""

    @property
    def reason(self) -> Reason:
        """The reason of a refusal."""
        return Reason(f"engine.try_on_{self.code}", self.text)


LEAST_GROUND = 0.8
"""Share of the flat-lay's outline that must differ from its ground."""
MOST_SOFT = {True: 0.007, False: 0.004}
"""Blur of the flat-lay's outline over the root of the garment's area."""
MOST_UNEVEN = {True: 0.45, False: 0.27}
"""By how much the light falls across the ground of the flat-lay, as a share of the most."""
MOST_ENLARGED = {True: 3.0, False: 1.5}
"""Pixels of the picture for one of the flat-lay, each way."""
LEAST_NECK = 0.6
"""How clearly the front neckline shows under which a try-on is a comp."""
MOST_RISE = {True: 0.05, False: 0.011}
"""How far the neck stands out above the shoulders, as a collar does, over the chest's width."""
MOST_STEP = 0.07
"""Change of hem or side within a twentieth of the chest's width, over that width."""
LEAST_ARMHOLE = (0.1, 0.03)
"""How far in from the armpit a sleeveless shoulder ends, or how hollow its armhole is, over the
width of the chest; below both there is none."""
MOST_STRETCH = {True: 2.6, False: 1.8}
"""95th percentile of stretch, one way over the other: refused, comp."""
MOST_FOLDED = {True: 0.006, False: 0.001}
"""Share of the triangles turned over."""
MOST_LONGER = {True: 1.3, False: 1.04}
"""How much longer than in proportion it may be drawn to cover what is worn."""
MOST_LEFT = {True: 0.006, False: 0.002}
"""Share of the worn garment that may still be seen."""
MOST_FAINT = {True: 0.7, False: 0.05}
"""Share of the worn garment's sides that may be like the backdrop."""
MOST_AGAIN = {True: 0.0025, False: 0.0005}
"""Size of what a second look finds of the old garment, over that of the garment."""
MOST_GUESSED = {True: 0.16, False: 0.04}
"""Share of the worn garment that may be filled with skin."""
MOST_IN_HAIR = {True: 0.04, False: 0.001}
"""Share of the worn garment that may be filled with skin close to her hair, where a lock may have
lain."""
MOST_UNCOVERED = {True: 0.03, False: 0.012}
"""Share of the trunk, from armpits to waist, that it may leave uncovered."""
MOST_BESIDE = {True: 0.06, False: 0.006}
"""Size of what is seen beside it of what she wears below, over that of the worn garment."""
MOST_LOWER = {True: 0.14, False: 0.02}
"""Share of the worn garment, below the new hem, that may be filled with her other clothes."""
MOST_BRIDGED = {True: 0.08, False: 0.012}
"""Size of the gaps closed beside the sleeves, over that of the worn garment."""


def of_flat_lay(flat: FlatLay) -> list[Fault]:
    """This function will return what is wrong with a flat-lay."""
    found = []
    if not flat.cut.mask.mean() > 0.03:
        return [Fault("no_garment", "no garment stands out from the flat-lay's ground")]
    if flat.cut.contrast < LEAST_GROUND:
        text = (
            f"the garment is like its ground along {1 - flat.cut.contrast:.0%} of its outline; "
            "lay it on another color"
        )
        found.append(Fault("ground", text))
    if not flat.cut.framed:
        found.append(Fault("framed", "the frame of the flat-lay cuts the garment off"))
    text = "the flat-lay is blurred; focus on the cloth, and hold the camera still"
    found += _graded("blurred", flat.cut.softness, MOST_SOFT, text)
    fall = 1 - flat.cut.evenness
    text = f"the light falls by {fall:.0%} across the flat-lay; light it evenly from both sides"
    found += _graded("light", fall, MOST_UNEVEN, text)
    if flat.kind is Kind.UNKNOWN:
        text = (
            "neither neck, armpits and hem of a garment are found in the flat-lay; lay the "
            "sleeves apart from the body"
        )
        found.append(Fault("kind", text))
    elif flat.kind is Kind.TROUSERS:
        text = (
            "trousers are tried on as a layout comp only; how their waist and folds fall is guessed"
        )
        found.append(Fault("trousers", text, grave=False))
    else:
        found += _lopsided(flat) or _tucked(flat)
        if flat.neck_seen < 0.3:
            text = "no front neckline shows in the flat-lay, as where a collar or a hood covers it"
            found.append(Fault("neckline", text))
        elif flat.neck_seen < LEAST_NECK:
            text = "the front neckline hardly shows in the flat-lay; where it runs is guessed"
            found.append(Fault("neckline", text, grave=False))
        rises = max(_rise(side) for side in flat.sides.values()) / flat.chest
        text = "the garment has a collar; how it lies about her neck is guessed"
        found += _graded("collar", rises, MOST_RISE, text)
    return found


def _lopsided(flat: FlatLay) -> list[Fault]:
    left, right = flat.sides["l"], flat.sides["r"]
    pairs = [(a[1], b[1]) for a, b in ((left.armpit, right.armpit), (left.collar, right.collar))]
    middle = (left.armpit[0] + right.armpit[0]) / 2
    ends = abs((middle - left.hem[0]) - (right.hem[0] - middle))
    collars = abs((middle - left.collar[0]) - (right.collar[0] - middle))
    worst = max([abs(a - b) for a, b in pairs] + [ends / 2, collars / 2]) / flat.chest
    uneven = abs(left.sleeve - right.sleeve)
    if worst > 0.14 or uneven > 0.25:
        text = "left and right of the garment differ; lay it straight, or it cannot be told apart"
        return [Fault("lopsided", text)]
    if not 0.12 < np.hypot(*(right.collar - left.collar)) / flat.chest < 0.95:
        return [Fault("neck", "no neck opening of a usual width is found in the flat-lay")]
    hole = min(side.armpit[1] - side.collar[1] for side in (left, right)) / flat.chest
    if not 0.22 < hole < 1.25:
        return [Fault("armhole", "the armholes are not where a garment's are")]
    return []


def _tucked(flat: FlatLay) -> list[Fault]:
    """Find sleeves that lie on the body: steps in hem or side, or no armhole to be seen."""
    chest = flat.chest
    ways = [(flat.lower_edge, 1)] + [(side.flank, 0) for side in flat.sides.values()]
    stepped = max(_step(path[:, across], path[:, 1 - across], chest) for path, across in ways)
    if stepped > MOST_STEP:
        text = (
            "the outline of the garment has a step at its hem or side, as where sleeves lie on "
            "the body; lay them apart from it"
        )
        return [Fault("sleeves", text)]
    for side in flat.sides.values():
        chord = side.shoulder - side.armpit
        away = side.under - side.armpit
        hollow = np.abs(away[:, 0] * chord[1] - away[:, 1] * chord[0]).max() / np.hypot(*chord)
        in_line = abs(chord[0]) < LEAST_ARMHOLE[0] * chest
        if not side.sleeve and in_line and hollow < LEAST_ARMHOLE[1] * chest:
            text = "the garment shows no armholes; lay its sleeves apart from the body"
            return [Fault("sleeves", text)]
    return []


def _rise(side: Side) -> float:
    """Return how far the end of the neck stands out above the line of the shoulder, in pixels."""
    near = min(0.4 * length(side.top), abs(side.shoulder[0] - side.collar[0]))
    line = along(side.top, np.linspace(0.35, 0.9, 8) * near / length(side.top))
    if np.ptp(line[:, 0]) < 2:
        return 0.0
    line_ends_at = np.polyval(np.polyfit(line[:, 0], line[:, 1], 1), side.collar[0])
    return float(line_ends_at - side.collar[1])


def _step(height: NDArray[np.float64], place: NDArray[np.float64], chest: float) -> float:
    """Return the greatest change of height within a twentieth of the chest, over the chest."""
    order = np.argsort(place)
    spots = np.arange(place.min(), place.max(), 0.05 * chest)
    if len(spots) < 4:
        return 0.0
    return float(np.abs(np.diff(np.interp(spots, place[order], height[order]))).max() / chest)


def of_pose(card: Card) -> list[Fault]:
    """This function will return what in the pose no garment can be warped to."""
    points = {name: np.array(at) for name, at in points_of(card).items()}
    lacking = [name for name in NEEDED if name not in points]
    if lacking:
        names = "`, `".join(lacking)
        return [Fault("landmarks", f"the card lacks `{names}`, needed to try on a garment")]
    found = []
    unit = float(np.hypot(*(points["shoulder_r"] - points["shoulder_l"])))
    chest = float(np.hypot(*(points["armpit_r"] - points["armpit_l"])))
    fall = (points["hip_l"] + points["hip_r"])[1] / 2 - (
        points["shoulder_l"] + points["shoulder_r"]
    )[1] / 2
    if card.view.startswith(("side", "back", "three")) or unit < 0.42 * fall or chest < 0.5 * unit:
        found.append(Fault("view", "the body is turned away; a front plate is needed"))
    for side in "lr":
        found += _arm(points, side, unit)
    return found


def _arm(points: Mapping[str, Field], side: str, unit: float) -> list[Fault]:
    sign = -1.0 if side == "l" else 1.0
    name = "left" if side == "l" else "right"
    shoulder, elbow, wrist = (points[f"{joint}_{side}"] for joint in ("shoulder", "elbow", "wrist"))
    upper, lower = elbow - shoulder, wrist - elbow
    raised = np.degrees(np.arctan2(sign * upper[0], upper[1]))
    bend = np.degrees(np.arccos(np.clip(
        upper @ lower / max(np.hypot(*upper) * np.hypot(*lower), 1.0), -1, 1)))  # fmt: skip
    box = _around(np.array([shoulder, elbow, wrist]), 0.12 * unit)
    if not -12 < raised < 62:
        text = f"the {name} arm of the picture is raised or crossed ({raised:.0f}°)"
        return [Fault("pose", text, box)]
    if bend > 48:
        return [Fault("pose", f"the {name} arm of the picture is bent ({bend:.0f}°)", box)]
    trunk = points[f"hip_{side}"]
    inside = (trunk[0] - wrist[0]) * sign
    if wrist[1] < trunk[1] + 0.3 * unit and inside > 0.10 * unit:
        return [Fault("pose", f"the {name} hand of the picture lies before the body", box)]
    return []


def of_legs(card: Card, bottom: Garment | None) -> list[Fault]:
    """This function will return why no trousers can be tried on."""
    points = points_of(card)
    lacking = [name for name in legs.NEEDED if name not in points]
    if lacking:
        text = f"the card lacks `{'`, `'.join(lacking)}`, needed to try on trousers"
        return [Fault("landmarks", text)]
    if bottom is None:
        return [Fault("worn", "what she wears about her legs is not found")]
    left, right = (np.subtract(points[f"ankle_{side}"], points[f"hip_{side}"]) for side in "lr")
    if (
        max(-left[0] / left[1], right[0] / right[1]) > 0.35
        or points["ankle_l"][0] > points["ankle_r"][0]
    ):
        return [Fault("pose", "the legs stand far apart or are crossed")]
    return []


def of_worn(top: Garment, faint: float, *, covered: bool) -> list[Fault]:
    """This function will return why the worn garment cannot be told from the rest; along the share
    ``faint`` of its sides it is like the backdrop. Its hem need not be found if it is ``covered``,
    as by a dress."""
    found = []
    for text in top.warnings:
        told = "the hem follows its edge" in text or (covered and "no clear hem" in text)
        found.append(Fault("worn", f"what she wears: {text}", grave=not told))
    text = f"what she wears is like the backdrop along {faint:.0%} of its sides"
    found += _graded("backdrop", faint, MOST_FAINT, text)
    if top.coverage < 0.9 or top.contrast < 0.3:
        text = "what she wears cannot be told from her skin or her other clothes"
        found.append(Fault("worn", text))
    return found


def of_warp(mesh: Mesh, placed: Fit, flat: FlatLay) -> tuple[list[Fault], dict[str, float]]:
    """This function will return where the garment was torn out of shape."""
    values, turned = mesh.stretch()
    centers = mesh.centers().astype(int)
    height, width = flat.cut.mask.shape
    own = flat.cut.mask[np.clip(centers[:, 1], 0, height - 1), np.clip(centers[:, 0], 0, width - 1)]
    values, turned = values[own], turned[own]
    stretch = float(np.percentile(values, 95))
    folded = float(turned.mean())
    moved = mesh.moved[mesh.corners[own]].mean(axis=1)
    found = _graded("stretch", stretch, MOST_STRETCH,
                    f"the garment is stretched {stretch:.1f} to 1",
                    _around(moved[values > MOST_STRETCH[False]], 4))  # fmt: skip
    found += _graded("folds", folded, MOST_FOLDED, f"{folded:.1%} of the garment is folded over",
                     _around(moved[turned], 8))  # fmt: skip
    found += _graded(
        "longer",
        placed.longer,
        MOST_LONGER,
        f"the garment is drawn {placed.longer - 1:.0%} longer than it is, to cover the worn one",
    )
    enlarged = placed.scale / flat.finer
    text = (
        f"each pixel of the flat-lay covers {enlarged:.1f} of the picture each way; take one with "
        f"{enlarged:.1f} times as many"
    )
    found += _graded("small", enlarged, MOST_ENLARGED, text)
    return found, {
        "stretch": stretch,
        "folded": folded,
        "longer": placed.longer,
        "enlarged": enlarged,
    }


def of_cover(
    covered: Covered,
    worn: Field,
    again: Mask,
    patterned: float,
    *,
    trunk: Mask,
    hips: Mask,
    locks: Mask,
) -> tuple[list[Fault], dict[str, float]]:
    """This function will return what of the old garment is still seen, or had to be guessed.

    ``worn`` is the old garment's share of each pixel, ``again`` where its color was found anew,
    ``trunk`` (bool H×W) what the new one has to cover, and ``locks`` (bool H×W) her hair.
    """
    whole = max(float(worn.sum()), 1.0)
    left, guessed = float(covered.left.sum()) / whole, float(covered.guessed.sum()) / whole
    found = _graded("old_garment", left, MOST_LEFT, f"{left:.1%} of the worn garment is still seen",
                    _box(covered.left > 0.4))  # fmt: skip
    more = float(again.sum()) / whole
    text = "what has the color of the worn garment is still seen"
    found += _graded("old_color", more, MOST_AGAIN, text, _box(again))
    found += _graded("skin", guessed, MOST_GUESSED,
                     f"skin under {guessed:.0%} of the worn garment would have to be guessed",
                     _box(covered.guessed > 0.4))  # fmt: skip
    in_hair = covered.guessed * locks
    text = "skin close to her hair would have to be guessed"
    found += _graded("hair", float(in_hair.sum()) / whole, MOST_IN_HAIR, text, _box(in_hair > 0.2))
    lower = float(covered.lower.sum()) / whole
    found += _graded("lower", lower, MOST_LOWER,
                     f"below its hem {lower:.0%} of the worn garment would have to be guessed",
                     _box(covered.lower > 0.4))  # fmt: skip
    bridged = float(covered.bridged.sum()) / whole
    text = "gaps beside the sleeves had to be filled with cloth"
    found += _graded("bridged", bridged, MOST_BRIDGED, text, _box(covered.bridged))
    seen = float(covered.garment[trunk].mean()) if trunk.any() else 0.0
    text = f"the garment covers only {seen:.1%} of the trunk"
    hole = _box(trunk & (covered.garment < 0.5))
    found += _graded("uncovered", 1 - seen, MOST_UNCOVERED, text, hole)
    out = hips & (covered.garment < 0.5)
    beside = float(out.sum()) / whole
    text = "beside it, above its hem, what she wears below is seen"
    found += _graded("beside", beside, MOST_BESIDE, text, _box(out))
    if patterned > 0.12:
        text = "the worn garment is patterned; its folds cannot be told from its print"
        found.append(Fault("pattern", text, grave=patterned > 0.4))
    return found, {
        "bridged": bridged,
        "beside": beside,
        "old_garment_left": left,
        "old_color_left": more,
        "skin_guessed": guessed,
        "skin_in_hair": float(in_hair.sum()) / whole,
        "lower_guessed": lower,
        "trunk_covered": seen,
    }


def _graded(
    code: str, value: float, most: Mapping[bool, float], text: str, box: Box | None = None
) -> list[Fault]:
    """Return a fault that is refused, a fault that makes a comp, or none."""
    if value > most[True]:
        return [Fault(code, text, box)]
    return [Fault(code, text, box, grave=False)] if value > most[False] else []


def _around(spots: Field, margin: float) -> Box | None:
    if not len(spots):
        return None
    (left, top), (right, bottom) = spots.min(axis=0) - margin, spots.max(axis=0) + margin
    return int(left), int(top), int(right), int(bottom)


def _box(mask: Mask) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def drawn(pixels: Pixels, faults: Iterable[Fault]) -> Pixels:
    """This function will draw every fault on a picture: a box where it is, and its words."""
    canvas = pixels.copy()
    width = canvas.shape[1]
    unit = width / 900
    for number, fault in enumerate(faults, start=1):
        color = (196, 30, 58) if fault.grave else (190, 110, 0)
        if fault.box:
            left, top, right, bottom = fault.box
            cv2.rectangle(canvas, (left, top), (right, bottom), color, max(2, round(3 * unit)))
            spot = (max(4, left), max(round(24 * unit), top - round(6 * unit)))
            cv2.putText(
                canvas,
                str(number),
                spot,
                _FONT,
                0.9 * unit,
                color,
                max(1, round(2 * unit)),
                cv2.LINE_AA,
            )
        _line(canvas, f"{number}. {fault.text}", number - 1, color)
    return canvas


_FONT = cv2.FONT_HERSHEY_SIMPLEX


def _write(
    canvas: Pixels, text: str, spot: tuple[int, int], scale: float, color: tuple[int, int, int]
) -> None:
    thick = max(1, round(2 * scale))
    cv2.putText(canvas, text, spot, _FONT, scale, color, thick, cv2.LINE_AA)


def _line(canvas: Pixels, text: str, row: int, color: tuple[int, int, int]) -> None:
    """Write one line from the top, on a field of its color, as large as fits."""
    width = canvas.shape[1]
    plain = text.replace("°", " degrees")
    scale = width / 900 * 0.62
    (wide, _), _ = cv2.getTextSize(plain, _FONT, scale, 1)
    scale *= min(1.0, 0.96 * width / max(wide, 1))
    tall = round(0.034 * width)
    cv2.rectangle(canvas, (0, row * tall), (width, (row + 1) * tall), color, -1)
    spot = (round(0.02 * width), round((row + 0.72) * tall))
    cv2.putText(
        canvas, plain, spot, _FONT, scale, (255, 255, 255), max(1, round(scale * 1.6)), cv2.LINE_AA
    )

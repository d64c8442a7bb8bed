"""What a capture must contain, and whether a photograph is good enough to make a twin from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import silhouette
from sosie.core.studio import Card, Pixels
from sosie.core.values import Reason

Mask = NDArray[np.bool_]
Plane = NDArray[np.uint8]

_PAIRS = ("neck", "shoulder", "armpit", "elbow", "wrist", "waist", "hip", "knee", "ankle")
LANDMARKS: tuple[str, ...] = (
    "crown",
    "chin",
    *(f"{name}_{side}" for name in _PAIRS for side in ("l", "r")),
)
"""The twenty points of a card, from top to toe; ``_l`` is at the left of the *image*."""

_TORSO = ("crown", "chin", *(f"{n}_{s}" for n in _PAIRS[:3] for s in "lr"), "waist_l", "waist_r")
_HALF = (*_TORSO, "hip_l", "hip_r")
_TURNED = tuple(name for name in _HALF if not name.startswith("armpit"))
"""A body that is turned hides the armpit on its far side."""


@dataclass(frozen=True, slots=True)
class View:
    """One kind of plate, and which points its card must carry; the others may be null."""

    name: str
    words: str
    needed: tuple[str, ...]
    touches: frozenset[str]
    """Sides of the frame that she may touch: ``top``, ``left``, ``right``, ``bottom``."""
    arms_free: bool = False
    """Whether the arms are held off the body (A-pose)."""
    chest_seen: bool = False
    """Whether no hair may lie on the chest."""
    wall_seen: bool = True
    """Whether no shadow with an outline may lie on the backdrop."""


_WHOLE: frozenset[str] = frozenset()
_BELOW = frozenset({"bottom"})
_CLOSE = frozenset({"bottom", "left", "right"})
VIEWS: Mapping[str, View] = MappingProxyType(
    {
        view.name: view
        for view in (
            View(
                "front-half",
                "facing the camera, from the head to below the hips",
                _HALF,
                _BELOW,
                arms_free=True,
                chest_seen=True,
            ),
            View(
                "front-full",
                "facing the camera, from head to feet",
                LANDMARKS,
                _WHOLE,
                arms_free=True,
                chest_seen=True,
            ),
            View("three-quarter", "turned by about 45 degrees", _TURNED, _BELOW, chest_seen=True),
            View("side", "turned by 90 degrees", ("crown", "chin"), _BELOW),
            View("back", "seen from behind", (*_HALF[:1], *_HALF[2:]), _BELOW, arms_free=True),
            View("face", "the head and the shoulders", ("crown", "chin"), _CLOSE, wall_seen=False),
            View("walking", "a step towards the camera", _TURNED, _WHOLE),
            View("seated", "on a stool or chair", _TORSO, _BELOW),
            View("free", "any other pose", ("crown", "chin"), _BELOW),
        )
    }
)


MEASUREMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "height_cm": (60, 250),
        "chest_cm": (40, 200),
        "waist_cm": (35, 200),
        "hip_cm": (40, 220),
        "inseam_cm": (25, 125),
    }
)
"""The keys of ``measurements/1`` and their plausible ranges, both ends included: from a small
child to the tallest and widest people, so that only slips (inches, meters) are refused."""


# Limits. Measured on seven studio photographs and one from a street, and on worsened copies of
# each: blurred by sigma 1 to 4 at 1024 pixels height, exposed one and two stops wrongly in linear
# light, made small, doubled side by side, set before a textured backdrop.
SMALL_SIDE = 768
"""Short side in pixels from which a plate is taken: the smallest that gives a square post (1080
pixels) at a mild enlargement."""
SHARP_HEIGHT = 1000
EDGE_WIDTH = 1.6
"""Pixels. Sharp photographs 0.51 to 0.77; blurred by sigma 1: to 1.17, by sigma 2: from 1.76."""
HIGHLIGHT = 135
"""Luma. Good photographs 228 to 244; a stop darker 167 to 179; two stops darker 122 to 131; a
drawn person in dark clothes before mid-grey paper, well lit, 140. The highlights are read, never
the mean: dark skin and dark clothes are no fault of exposure."""
BLOWN = 0.1
"""Share. Good photographs 0.000; a stop brighter 0.12 to 0.78; two stops brighter from 0.17."""
CRUSHED = 0.2
"""Share. Good photographs at most 0.003; two stops darker at most 0.013: for film scans only."""
PLAIN = 0.6
"""Good photographs 0.94 to 1.00; the street 0.41; a textured backdrop 0.00; two people in front
of a plain one from 0.65."""
TALL = 0.4
"""Share of the frame's height. Good photographs 0.83 to 1.00."""
STRAY = 0.04
"""Share of her height that a point may lie outside the silhouette."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on one photograph; shares are 0 to 1."""

    size: tuple[int, int]
    """Width and height in pixels."""
    edge_width: float
    """Blur of the sharpest edges of the person, as a Gaussian's sigma in pixels, with her seen
    ``SHARP_HEIGHT`` pixels tall (or as tall as she is, if less)."""
    light: float
    """Mean luma of the person, 0 to 255."""
    highlight: float
    """Luma that only the brightest 2 % of the picture exceed, 0 to 255."""
    blown: float
    """Share of the person where a channel is at 254 or more."""
    crushed: float
    """Share of the person where all three channels are at 2 or less."""
    people: int
    """Separate figures beside each other, and the heads of one figure beyond the first."""
    plain: float
    """How plain the backdrop is, 0 (a street) to 1 (seamless paper)."""
    height_share: float
    """Share of the frame's height that the person takes."""
    cropped: tuple[str, ...]
    """Sides of the frame that she touches: ``top``, ``left``, ``right``, ``bottom``."""
    strays: Mapping[str, float] = field(default_factory=dict)
    """For each landmark of the card outside the silhouette, how far, as share of her height."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures, rounded, for JSON."""
        said = asdict(self)
        for key, value in said.items():
            if isinstance(value, float):
                said[key] = round(value, 4)
        said["strays"] = {key: round(value, 4) for key, value in self.strays.items()}
        return said


def measure(
    pixels: Pixels, card: Card | None = None, found: silhouette.Silhouette | None = None
) -> Quality:
    """This function will measure how good a photograph is to make a twin from.

    ``pixels`` is uint8 H×W×3 sRGB; ``found`` is its silhouette, if it was already read. Light and
    sharpness are read on the person alone, so a large empty backdrop changes neither. Where no
    person is found they are read on the whole frame. Raises ``ValueError`` as
    ``silhouette.person`` does.
    """
    found = silhouette.person(pixels) if found is None else found
    height, width = pixels.shape[:2]
    rows, columns = np.flatnonzero(found.mask.any(axis=1)), np.flatnonzero(found.mask.any(axis=0))
    seen = rows.size > 0 and columns.size > 0
    tall = int(rows[-1] - rows[0] + 1) if seen else 0
    mask = found.mask if seen else np.ones((height, width), bool)
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    inside = pixels[mask]
    return Quality(
        size=(width, height),
        edge_width=edge_width(luma, mask, tall or height),
        light=float(luma[mask].mean()),
        highlight=float(np.percentile(luma, 98)),
        blown=float((inside.max(axis=1) >= 254).mean()),
        crushed=float((inside.max(axis=1) <= 2).mean()),
        people=_people(found),
        plain=found.plain,
        height_share=tall / height,
        cropped=_cropped(found.mask) if seen else (),
        strays=_strays(card, found.mask, tall) if card is not None and seen else {},
    )


def edge_width(luma: Plane, mask: Mask, tall: int) -> float:
    """This function will measure how wide the sharpest edges of the person are.

    ``luma`` is uint8 H×W, ``mask`` bool H×W, ``tall`` her height in pixels. A step edge blurred
    by sigma has, blurred again by one pixel, a gradient lower by sqrt(1 + 1 / sigma²); the ratio
    at an edge's crest so gives sigma whatever the contrast (Zhuo and Sim, Defocus map estimation
    from a single image, Pattern Recognition 44, 2011). Returns the lower quartile over the crests,
    in pixels; 9.0 where there is no edge at all.
    """
    shrink = min(1.0, SHARP_HEIGHT / max(tall, 1))
    small, area = np.asarray(luma, np.float32), mask.astype(np.uint8)
    if shrink < 1:
        size = (max(32, round(luma.shape[1] * shrink)), max(32, round(luma.shape[0] * shrink)))
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.float32)
        area = np.asarray(cv2.resize(area, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    first = _slope(small)
    again = _slope(np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32))
    crest = (first >= cv2.dilate(first, np.ones((3, 3), np.uint8))) & (area > 0)
    strong = crest & (first > max(4.0, float(np.percentile(first[area > 0], 90))))
    if strong.sum() < 30:
        return 9.0
    ratio = np.maximum(first[strong] / np.maximum(again[strong], 1e-3), 1.002)
    return float(np.percentile(1 / np.sqrt(ratio**2 - 1), 25))


def _slope(image: NDArray[np.float32]) -> NDArray[np.float32]:
    right = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(right, down), np.float32)


def _people(found: silhouette.Silhouette) -> int:
    """Count figures beside each other (pieces above each other are one person's), then heads."""
    if not found.figures:
        return 0
    first = found.figures[0].box
    count, tall = 1, first[3] - first[1]
    for figure in found.figures[1:]:
        left, top, right, bottom = figure.box
        shared = min(first[2], right) - max(first[0], left)
        beside = shared < 0.3 * (right - left)
        count += beside and bottom - top > 0.5 * tall and figure.area > 0.25 * found.figures[0].area
    heads = found.mask[first[1] : first[1] + max(4, round(0.12 * tall))].astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(heads)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return max(count, int((areas > 0.4 * areas.max()).sum()) if areas.size else 1)


def _cropped(mask: Mask) -> tuple[str, ...]:
    edge = {"top": mask[:2], "left": mask[:, :2], "right": mask[:, -2:], "bottom": mask[-2:]}
    return tuple(side for side, strip in edge.items() if strip.any())


def _strays(card: Card, mask: Mask, tall: int) -> dict[str, float]:
    height, width = mask.shape
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    found = {}
    for name, point in card.landmarks.items():
        if point is not None and 0 <= point[0] < width and 0 <= point[1] < height:
            distance = float(away[point[1], point[0]]) / tall
            if distance > 0:
                found[name] = distance
    return found


def judge(quality: Quality, card: Card, view: str) -> tuple[Reason, ...]:
    """This function will say why a photograph and its card cannot become a plate.

    ``view`` is the view that the plate is for. Returns no reason if it can. Where the backdrop is
    too busy to tell the person from it, nothing is said of what depends on the silhouette.
    """
    return (*judge_picture(quality), *judge_card(quality, card, view))


def judge_picture(quality: Quality) -> tuple[Reason, ...]:
    """This function will say what is wrong with a photograph, each with figure, limit, remedy.

    How many people there are, and how large, is only said of a photograph that is large, sharp
    and well lit enough to tell.
    """
    width, height = quality.size
    plain, empty = quality.plain >= PLAIN, quality.people == 0
    dark = quality.highlight < HIGHLIGHT or quality.crushed > CRUSHED
    sound = (
        min(width, height) >= SMALL_SIDE
        and quality.edge_width <= EDGE_WIDTH
        and quality.blown <= BLOWN
        and not dark
    )
    checks = {
        "too_small": min(width, height) < SMALL_SIDE,
        "blurred": quality.edge_width > EDGE_WIDTH and plain and not empty,
        "too_dark": dark,
        "too_bright": quality.blown > BLOWN,
        "no_person": plain and (empty or (sound and quality.height_share < TALL)),
        "two_people": plain and sound and quality.people > 1,
        "busy_backdrop": not plain,
    }
    texts = {
        "too_small": f"the photo is {width}×{height}: its short side is under {SMALL_SIDE} pixels; "
        "take it with more pixels, enlarging it adds nothing",
        "blurred": f"the sharpest edges are {quality.edge_width:.1f} pixels wide, at most "
        f"{EDGE_WIDTH} will do; hold the camera still, focus on the eyes, or expose more briefly",
        "too_dark": f"the brightest parts reach {quality.highlight:.0f} of 255, at least "
        f"{HIGHLIGHT} is needed, and {quality.crushed:.0%} of the person is pure black; "
        "open the aperture or move the light closer",
        "too_bright": f"the light has blown out {quality.blown:.0%} of the person, at most "
        f"{BLOWN:.0%} will do; close the aperture or move the light away",
        "no_person": "no person is seen, or one of "
        f"{quality.height_share:.0%} of the frame's height where at least {TALL:.0%} is needed; "
        "step closer, and wear what is neither skin nor backdrop in color",
        "two_people": f"there are {quality.people} people in the frame where 1 is needed; "
        "let everyone but the model step out",
        "busy_backdrop": f"only {quality.plain:.0%} of the backdrop is plain, at least "
        f"{PLAIN:.0%} is needed; use seamless paper or a bare wall, 1.5 meters behind",
    }
    return tuple(Reason(f"capture.{code}", texts[code]) for code, wrong in checks.items() if wrong)


def judge_card(quality: Quality, card: Card, view: str) -> tuple[Reason, ...]:
    """This function will say what is wrong with a card, given its photograph's figures."""
    reasons = []
    if view not in VIEWS:
        reasons.append(_unknown("view", view, tuple(VIEWS)))
    reasons += [
        _unknown("landmark", name, LANDMARKS) for name in card.landmarks if name not in LANDMARKS
    ]
    if card.size != quality.size:
        said, real = ("×".join(map(str, size)) for size in (card.size, quality.size))
        text = f"the card is for a picture of {said}, the photo is {real}; mark this photo anew"
        return (*reasons, Reason("capture.card_size", text, clause="size"))
    needed = VIEWS[view].needed if view in VIEWS else ()
    if missing := [name for name in needed if card.landmarks.get(name) is None]:
        names = ", ".join(f"`{name}`" for name in missing)
        text = f"a `{view}` plate also needs {names}; mark them with `sosie twin landmarks`"
        reasons.append(Reason("capture.landmark_missing", text, clause="landmarks"))
    for name, text in _misplaced(quality, card, view):
        where = f"landmarks.{name}" if name != "face" else name
        reasons.append(Reason("capture.landmark_outside", text, clause=where))
    return tuple(reasons)


def _unknown(kind: str, name: str, known: Sequence[str]) -> Reason:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known)}"
    clause = {"view": kind, "measurement": name}.get(kind, f"landmarks.{name}")
    return Reason(f"capture.unknown_{kind}", f"`{name}` is no {kind}; {hint}", clause=clause)


_STANDING = ("front-half", "front-full", "three-quarter", "back", "walking")
_DOWNWARD = ("crown", "chin", "shoulder", "waist", "hip", "knee", "ankle")
_ACROSS = ("neck", "shoulder", "armpit", "waist", "hip")
_ON_BODY = ("shoulder", "waist", "hip")


def _misplaced(quality: Quality, card: Card, view: str) -> list[tuple[str, str]]:
    """Return each point that cannot be where the card says, and why."""
    width, height = quality.size
    points = {k: v for k, v in card.landmarks.items() if v is not None and k in LANDMARKS}
    wrong = [
        (
            point,
            (
                f"`{point}` at {x}, {y} lies outside the frame of {width}×{height}; "
                "leave it null if it is not in the picture"
            ),
        )
        for point, (x, y) in points.items()
        if not (0 <= x < width and 0 <= y < height)
    ]
    left, top, right, bottom = card.face
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        wrong.append(("face", "`face` is not left, top, right, bottom inside the frame"))
    wrong += _disordered(points, standing=view in _STANDING)
    if quality.plain >= PLAIN:
        for point, far in quality.strays.items():
            if point.split("_")[0] in _ON_BODY and far > STRAY:
                text = (
                    f"`{point}` lies {far:.0%} of her height off the silhouette, {STRAY:.0%} is "
                    "the limit; move it to the edge of the body"
                )
                wrong.append((point, text))
    return wrong


def _disordered(points: Mapping[str, tuple[int, int]], *, standing: bool) -> list[tuple[str, str]]:
    """Return each pair of points of which the wrong one is lower or further left."""
    wrong = []
    levels = {name: level for name in _DOWNWARD if (level := _level(points, name)) is not None}
    order = levels if standing else {k: levels[k] for k in _DOWNWARD[:3] if k in levels}
    for upper, lower in pairwise(order):
        if order[upper] >= order[lower]:
            name = upper if upper in points else f"{upper}_l"
            text = f"`{upper}` lies below `{lower}`, which no standing person can do"
            wrong.append((name, f"{text}; look whether the two were swapped"))
    for name in _ACROSS if standing else ():
        left, right = f"{name}_l", f"{name}_r"
        one, other = points.get(left), points.get(right)
        if one is not None and other is not None and one[0] >= other[0]:
            text = f"`{left}` lies right of `{right}`; `_l` is the left of the picture, not hers"
            wrong.append((left, text))
    return wrong


def _level(points: Mapping[str, tuple[int, int]], name: str) -> float | None:
    """Return the mean height of a point or of the pair of that name."""
    found = [points[key][1] for key in (name, f"{name}_l", f"{name}_r") if key in points]
    return float(np.mean(found)) if found else None


def named_twice(plates: Sequence[str]) -> tuple[Reason, ...]:
    """This function will name each plate whose name another one has."""
    return tuple(
        Reason(
            "capture.plate_twice",
            f"`{name}` names {plates.count(name)} plates; give each a name of its own",
            clause="plate",
        )
        for name in sorted({name for name in plates if plates.count(name) > 1})
    )


def measured(given: Mapping[str, float], needed: Sequence[str]) -> tuple[Reason, ...]:
    """This function will say which measurements are missing, unknown or implausible.

    ``given`` is what ``measurements/1`` says, in centimeters.
    """
    reasons = []
    if missing := [key for key in needed if key not in given]:
        named = ", ".join(f"`{key}`" for key in missing)
        text = f"the measurements lack {named}; measure and add them"
        reasons.append(Reason("capture.measurement_missing", text))
    for key, value in given.items():
        if key not in MEASUREMENTS:
            reasons.append(_unknown("measurement", key, tuple(MEASUREMENTS)))
            continue
        least, most = MEASUREMENTS[key]
        if not least <= value <= most:
            text = (
                f"`{key}` is {value:g}, plausible is {least} to {most} centimeters; check the unit"
            )
            reasons.append(Reason("capture.measurement_range", text, clause=key))
    return tuple(reasons)

"""What is wrong with one photograph of a capture, measured on its pixels, and where on it.

`twin.judge` says what no plate may have. These checks are of the pose, the light and the frame,
and which of them are made depends on the view. Limits and what they were measured on:
docs/formats/protocol.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import gray_card
from sosie.core.markup import bare
from sosie.core.silhouette import Silhouette
from sosie.core.studio import Card, Pixels
from sosie.core.twin import PLAIN, VIEWS, Mask
from sosie.core.values import Reason

Point = tuple[int, int]
Polygon = tuple[Point, ...]
Plane = NDArray[np.float32]

GAP = 0.5
"""Share. Where the arms hang free 0.86 to 1.00; where one lies on the body 0.00 to 0.27."""
GAP_WIDTH = 0.004
"""Share of her height from which a gap counts as one."""
HAIR = 0.03
"""Share of the chest. Hair that is short or tied 0.000; a strand over one side from 0.11."""
CAST = 5.0
"""CIELAB chroma of a gray card. Neutral light to 0.1, red and blue 5 % off 2.0, 10 % off 4.0;
half way to tungsten 12."""
SHADOW_DEPTH = 6.0
"""CIELAB lightness under the backdrop's own, from which shade is shadow."""
SHADOW_EDGE = 2.4
"""CIELAB lightness over one percent of the frame's height. Even light and soft shade 0.2 to 1.6;
a shadow with an outline from 2.5."""
_SHADE = 0.01
"""Share of the backdrop under which a shadow is too small to count."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of one photograph, the limit that it is held against, and where it was read."""

    name: str
    figure: float | None
    """``None`` where it could not be measured; ``text`` says why."""
    limit: float
    wrong: bool
    text: str
    """What was measured, what is allowed, and what to do where it is wrong."""
    where: tuple[Polygon, ...] = ()
    """In pixels of the photograph."""

    @property
    def reason(self) -> Reason:
        """The fault as a reason."""
        return Reason(f"capture.{self.name}", self.text)

    def as_dict(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        figure = None if self.figure is None else round(self.figure, 3)
        said = {"code": f"capture.{self.name}", "figure": figure, "limit": self.limit}
        return {**said, "wrong": self.wrong, "text": self.text, "where": list(self.where)}


def examine(pixels: Pixels, card: Card, found: Silhouette) -> tuple[Check, ...]:
    """This function will make every check that the view of a photograph asks for.

    ``pixels`` is uint8 H×W×3 sRGB, ``found`` its silhouette. Of a photograph in which nobody is
    told from the backdrop, or whose view is not known, the gray card alone is read.
    """
    view = VIEWS.get(card.view)
    if view is None or found.plain < PLAIN or not found.mask.any():
        return (_cast(pixels, card),)
    shadow, mask = _shadow(pixels, card, found.mask)
    checks = [_cropped(card, mask, view.touches)]
    if view.arms_free:
        arms = _arms(card, mask)
        checks.append(_UNSEEN if arms.wrong and shadow.wrong else arms)
    if view.chest_seen:
        checks.append(_hair(pixels, card, mask))
    if view.wall_seen:
        checks.append(shadow)
    return (*checks, _cast(pixels, card))


def places(code: str, pixels: Pixels, found: Silhouette, card: Card | None) -> tuple[Polygon, ...]:
    """This function will say where on a photograph the fault of a code of `twin.judge` is seen."""
    short = code.removeprefix("capture.")
    if short == "too_bright":
        return _outlines((pixels.max(axis=2) >= 254) & found.mask)
    if short == "blurred" and card is not None:
        left, top, right, bottom = card.face
        return (_box(left, top, right, bottom),)
    if short == "two_people" and len(found.figures) > 1:
        return tuple(_box(*figure.box) for figure in found.figures)
    if short in ("blurred", "too_dark", "two_people"):
        return _outlines(found.mask)
    return ()


_UNSEEN = Check(
    "arms_on_body",
    None,
    GAP,
    False,
    "whether the arms are off the body could not be measured: a shadow lies beside her",
)


def _cropped(card: Card, mask: Mask, touches: frozenset[str]) -> Check:
    height, width = mask.shape
    strips = {
        "top": (mask[:2].any(axis=0), lambda a, b: _box(a, 0, b, height // 60)),
        "bottom": (mask[-2:].any(axis=0), lambda a, b: _box(a, height - height // 60, b, height)),
        "left": (mask[:, :2].any(axis=1), lambda a, b: _box(0, a, width // 45, b)),
        "right": (mask[:, -2:].any(axis=1), lambda a, b: _box(width - width // 45, a, width, b)),
    }
    cut = [side for side, (line, _) in strips.items() if line.any() and side not in touches]
    where = [strips[side][1](a, b) for side in cut for a, b in _runs(np.asarray(strips[side][0]))]
    hands = [
        f"wrist_{side}"
        for side in "lr"
        if VIEWS[card.view].arms_free and card.landmarks.get(f"wrist_{side}") is None
    ]
    share = sum(line.sum() for side, (line, _) in strips.items() if side in cut)
    text, view = "nothing of her is cut off that this view must show", card.view.replace("-", " ")
    if cut:
        text = (
            f"she is cut off at the {' and the '.join(cut)}: {share} pixels of the frame's edge "
            f"where 0 are allowed in a “{view}” plate; step back or turn the camera upright"
        )
    elif hands:
        text = (
            f"{len(hands)} of 2 hands are out of the picture or hidden, 0 may be in a "
            f"“{view}” plate; step back, and let the arms hang free"
        )
    return Check("cropped", float(share), 0, bool(cut or hands), text, tuple(where))


def _arms(card: Card, mask: Mask) -> Check:
    """Look for backdrop between each arm and the torso, row by row."""
    tall = int(np.ptp(np.flatnonzero(mask.any(axis=1)))) + 1
    shares, where = [], []
    for side in "lr":
        names = ("shoulder", "armpit", "elbow", "wrist", "waist", "hip")
        spots = {name: card.landmarks.get(f"{name}_{side}") for name in names}
        if any(spot is None for spot in spots.values()):
            continue
        shoulder, armpit, elbow, wrist, waist, hip = (spot for spot in spots.values() if spot)
        rows = np.arange(armpit[1] + (wrist[1] - armpit[1]) // 5, min(wrist[1], mask.shape[0]))
        if rows.size < 8:
            continue
        arm, torso = _along(rows, shoulder, elbow, wrist), _along(rows, armpit, waist, hip)
        edges = np.stack([np.minimum(arm, torso), np.maximum(arm, torso)]).astype(int)
        open_ = [int((~mask[y, a : b + 1]).sum()) for y, a, b in zip(rows, *edges, strict=True)]
        free = np.array(open_) >= max(2.0, GAP_WIDTH * tall)
        shares.append(float(free.mean()))
        if shares[-1] < GAP:
            first, last = _longest(~free)
            box = edges[:, first:last]
            where.append(_box(box[0].min(), rows[first], box[1].max() + 1, rows[last - 1] + 1))
    if not shares:
        text = (
            "whether the arms are off the body could not be measured: mark armpits, elbows, "
            "wrists, waist and hips"
        )
        return Check("arms_on_body", None, GAP, False, text)
    text = (
        f"backdrop shows between arm and body along {min(shares):.0%} of the arm, at least "
        f"{GAP:.0%} is needed; hold the arms 15 to 20 degrees off the body"
    )
    return Check("arms_on_body", min(shares), GAP, min(shares) < GAP, text, tuple(where))


def _hair(pixels: Pixels, card: Card, mask: Mask) -> Check:
    """Look on the chest for what has the color of the hair and hangs together with it."""
    spots = {name: card.landmarks.get(name) for name in ("crown", "chin")}
    sides = [card.landmarks.get(f"shoulder_{side}") for side in "lr"]
    unknown = "whether hair lies on the chest could not be measured"
    if None in spots.values() or None in sides:
        return Check("hair_on_chest", None, HAIR, False, f"{unknown}: mark crown and shoulders")
    (_, crown), (_, chin) = (spot for spot in spots.values() if spot)
    left, right = (spot for spot in sides if spot)
    lab, shrink = _small(pixels, 700)
    body = cv2.resize(mask.astype(np.uint8), lab.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
    head, wide = (chin - crown) * shrink, (right[0] - left[0]) * shrink
    top, level = crown * shrink, (left[1] + right[1]) * shrink / 2
    middle = (left[0] + right[0]) * shrink / 2
    chest = np.zeros_like(body)
    rows = slice(round(level + 0.15 * wide), round(level + 0.6 * wide))
    chest[rows, round(middle - 0.36 * wide) : round(middle + 0.36 * wide)] = True
    chest &= body
    cap = np.zeros_like(body)
    brow = float(np.clip(card.face[1] * shrink, top + 0.12 * head, top + 0.2 * head))
    cap[round(top) : round(brow) + 1] = True
    cap &= cv2.erode(body.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if chest.sum() < 200 or cap.sum() < 50:
        return Check("hair_on_chest", None, HAIR, False, f"{unknown}: chest or hair is not seen")
    tone = np.median(lab[cap], axis=0)
    spread = float(np.median(np.linalg.norm(lab[cap] - tone, axis=1)))
    alike = np.linalg.norm((lab - tone) * (0.7, 1, 1), axis=2) < max(9.0, 2.0 * spread)
    others = (np.median(lab[chest], axis=0), np.median(lab[_face(card, shrink)], axis=0))
    if min(float(np.linalg.norm((other - tone) * (0.7, 1, 1))) for other in others) < 18:
        text = f"{unknown}: skin or top has the color of the hair; wear a top of another color"
        return Check("hair_on_chest", None, HAIR, False, text)
    area = (alike & body).astype(np.uint8)
    _, labels = cv2.connectedComponents(cv2.morphologyEx(area, cv2.MORPH_CLOSE, np.ones((5, 5))))
    hers = np.isin(labels, np.unique(labels[cap & alike])) & (labels > 0)
    lying = hers & chest
    share = float(lying.sum() / chest.sum())
    text = (
        f"hair covers {share:.1%} of the chest, at most {HAIR:.0%} is allowed; tie it up or lay "
        "it behind the shoulders, it would be copied into every garment"
    )
    where = _outlines(lying, 1 / shrink) if share > HAIR else ()
    return Check("hair_on_chest", share, HAIR, share > HAIR, text, where)


def _shadow(pixels: Pixels, card: Card, mask: Mask) -> tuple[Check, Mask]:
    """Look on the backdrop for shade that has an outline; the floor at her feet is left aside.

    Returns what was found, and the silhouette without the shadow: one that is dark and sharp is
    first taken for a part of her.
    """
    lab, shrink = _small(pixels, 400)
    size = lab.shape[1::-1]
    seen = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    near = _wider(seen, 4)
    rows = np.flatnonzero(near.any(axis=1))
    feet = rows[-1] < size[1] - 6
    floor = int(rows[0] + 0.86 * (rows[-1] - rows[0])) if feet else size[1]
    above = np.arange(size[1])[:, None] < floor
    wall = ~near & above
    corners = _gray_card(pixels, card)
    if corners is not None:
        aside = np.zeros(seen.shape, np.uint8)
        cv2.fillPoly(aside, [np.rint(np.array(corners) * shrink).astype(np.int32)], 1)
        wall &= ~_wider(aside > 0, size[1] // 40)
    if wall.mean() < 0.05:
        text = "whether the backdrop is free of shadows could not be measured: little of it is seen"
        return Check("backdrop_shadow", None, SHADOW_EDGE, False, text), mask
    own = _surfaces(lab, wall)
    like = _in_less_light(lab, own)
    cast = like & seen & ~_body(card, shrink, seen.shape)
    wall = (wall & _wider(like, 2)) | (cast & above)
    drop = np.asarray(np.where(wall, own[..., 0] - lab[..., 0], 0), np.float32)
    drop = np.asarray(cv2.GaussianBlur(drop, (0, 0), 2), np.float32)
    inside = cv2.erode(wall.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    across, down = (cv2.Sobel(drop, cv2.CV_32F, *d, scale=0.125) for d in ((1, 0), (0, 1)))
    steep = float(np.percentile(np.hypot(across, down)[inside], 99)) * size[1] / 100
    shade = (drop > SHADOW_DEPTH) & wall
    wrong = steep > SHADOW_EDGE and float(shade[wall].mean()) > _SHADE
    depth = float(np.percentile(drop[wall], 99))
    text = (
        f"the backdrop's lightness falls by {steep:.1f} over one percent of the frame, at most "
        f"{SHADOW_EDGE} is soft, and shade is {max(depth, 0):.0f} deep where {SHADOW_DEPTH:.0f}"
        " is shadow; step 1.5 meters off the backdrop, or soften the light"
    )
    where = _outlines(shade, 1 / shrink) if wrong else ()
    fall = (
        cv2.resize(
            _wider(cast, 1).astype(np.uint8), mask.shape[::-1], interpolation=cv2.INTER_NEAREST
        )
        > 0
    )
    return Check("backdrop_shadow", steep, SHADOW_EDGE, wrong, text, where), mask & ~fall


def _in_less_light(lab: Plane, own: Plane) -> Mask:
    """Return where a picture shows its backdrop, lit or in shade."""
    light = lab[..., 0] / np.maximum(own[..., 0], 1)
    away = np.linalg.norm(lab[..., 1:] - own[..., 1:] * light[..., None], axis=2)
    like = ((light > 0.4) & (light < 1.1) & (away < 4)).astype(np.uint8)
    calm = cv2.morphologyEx(like, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return np.asarray(calm > 0)


def _body(card: Card, shrink: float, shape: tuple[int, ...]) -> Mask:
    """Return where her body is for certain, by the points of the card: head, trunk and limbs."""
    area = np.zeros(shape, np.uint8)
    spots = {
        name: (round(x * shrink), round(y * shrink))
        for name, spot in card.landmarks.items()
        if spot is not None
        for x, y in (spot,)
    }
    left, top, right, bottom = (round(value * shrink) for value in card.face)
    wide, high = right - left, bottom - top
    cv2.rectangle(area, (left - wide // 3, top - high), (right + wide // 3, bottom), 1, -1)
    trunk = ("shoulder", "armpit", "waist", "hip")
    names = [f"{n}_l" for n in trunk] + [f"{n}_r" for n in trunk[::-1]]
    corners = [spots[name] for name in names if name in spots]
    if len(corners) > 2:
        cv2.fillPoly(area, [np.array(corners, np.int32)], 1)
    for side in "lr":
        for line, thick in ((("shoulder", "elbow", "wrist"), 0.4), (("hip", "knee", "ankle"), 0.7)):
            joints = [spots[f"{n}_{side}"] for n in line if f"{n}_{side}" in spots]
            limb = np.array(joints, np.int32).reshape(-1, 1, 2)
            cv2.polylines(area, [limb], False, 1, max(3, round(thick * wide)))
    return area > 0


def _wider(mask: Mask, by: int) -> Mask:
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


def _surfaces(lab: Plane, wall: Mask) -> Plane:
    """Return the backdrop's own color: quadratic surfaces, which darker places bend less."""
    height, width = wall.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = y / height - 0.5, x / width - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1)
    seen, values = terms[wall][::5], lab[wall][::5]
    weights = np.ones(len(values))
    for _ in range(12):
        bent, *_rest = np.linalg.lstsq(seen * weights[:, None], values * weights[:, None])
        miss = values[:, 0] - seen @ bent[:, 0]
        scale = max(1.0, 1.4826 * float(np.median(np.abs(miss))))
        weights = np.sqrt(1 / (1 + (miss / np.where(miss < 0, scale, 2.5 * scale)) ** 2))
    return np.asarray(terms @ bent, np.float32)


def _gray_card(pixels: Pixels, card: Card) -> Polygon | None:
    return _box(*card.gray_card) if card.gray_card else gray_card.find(pixels)


def _cast(pixels: Pixels, card: Card) -> Check:
    corners = _gray_card(pixels, card)
    if corners is None:
        text = (
            "no gray card is seen, so a cast could not be measured; hold one beside her, or "
            "name its box on the card as `gray_card`"
        )
        return Check("color_cast", None, CAST, False, text)
    light, red, yellow = gray_card.read(pixels, corners)
    cast = float(np.hypot(red, yellow))
    hue = [word for word, far in _hues(red, yellow) if far > 0.4 * cast]
    text = (
        f"the gray card is {cast:.1f} off neutral in CIELAB (L* {light:.0f}, a* {red:+.1f}, b* "
        f"{yellow:+.1f}), at most {CAST:.0f} is allowed: too {' and '.join(hue) or 'even'}; "
        "set the white balance on the card"
    )
    return Check("color_cast", cast, CAST, cast > CAST, text, (corners,))


def _hues(red: float, yellow: float) -> tuple[tuple[str, float], ...]:
    return ("red", red), ("green", -red), ("yellow", yellow), ("blue", -yellow)


def _small(pixels: Pixels, height: int) -> tuple[Plane, float]:
    """Return CIELAB (float32, L 0 to 100) of a copy of that height at most, and its scale."""
    shrink = min(1.0, height / pixels.shape[0])
    size = (max(8, round(pixels.shape[1] * shrink)), max(8, round(pixels.shape[0] * shrink)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32), shrink


def _face(card: Card, shrink: float) -> tuple[slice, slice]:
    """Return the middle of the face box, in a copy that was made smaller."""
    left, top, right, bottom = (value * shrink for value in card.face)
    across, down = (right - left) / 4, (bottom - top) / 4
    rows = slice(round(top + 1.6 * down), max(round(bottom - down), round(top + 1.6 * down) + 1))
    return rows, slice(round(left + across), max(round(right - across), round(left + across) + 1))


def _along(rows: NDArray[np.int_], *spots: Point) -> NDArray[np.float64]:
    """Return the column in each row of a line through points that go down."""
    downs = np.maximum.accumulate([y + 0.01 * i for i, (_, y) in enumerate(spots)])
    return np.interp(rows, downs, [x for x, _ in spots])


def _runs(line: NDArray[np.bool_]) -> Iterator[Point]:
    """Yield start and end of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _longest(line: NDArray[np.bool_]) -> Point:
    return max(_runs(line), key=lambda run: run[1] - run[0])


def _box(left: int, top: int, right: int, bottom: int) -> Polygon:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return tuple((int(x), int(y)) for x, y in corners)


def _outlines(mask: Mask, grow: float = 1.0) -> tuple[Polygon, ...]:
    """Return the outlines of the larger pieces of a mask, in pixels of the photograph."""
    found, _ = cv2.findContours(
        np.ascontiguousarray(mask, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    areas = [cv2.contourArea(piece) for piece in found]
    least = max(9.0, mask.size / 20_000, 0.1 * max(areas, default=0))
    large = [piece for piece, area in zip(found, areas, strict=True) if area > least]
    smooth = (cv2.approxPolyDP(piece, 0.001 * sum(mask.shape), True)[:, 0] for piece in large[:12])
    return tuple(
        tuple((round(float(x) * grow), round(float(y) * grow)) for x, y in piece)
        for piece in smooth
    )


_MARK, _HALO, _INK = (255, 64, 32), (20, 20, 20), (255, 255, 255)
_FONT = (cv2.FONT_HERSHEY_SIMPLEX, 0.75, 2)


def draw(pixels: Pixels, faults: Sequence[tuple[str, tuple[Polygon, ...]]]) -> Pixels:
    """This function will draw faults on a photograph: each outlined and numbered, with its words
    in a band under the picture.

    ``pixels`` is uint8 H×W×3 sRGB and is not changed. The drawing is 900 pixels wide, so that its
    words can be read on a phone. A fault without a place stands in the words alone.
    """
    grow = 900 / pixels.shape[1]
    size = (900, round(pixels.shape[0] * grow))
    method = cv2.INTER_AREA if grow < 1 else cv2.INTER_CUBIC
    canvas = np.array(cv2.resize(pixels, size, interpolation=method), np.uint8)
    lines = []
    for number, (text, where) in enumerate(faults, start=1):
        for polygon in where:
            corners = np.rint(np.array(polygon, np.float64) * grow).astype(np.int32)
            for shade, thick in ((_HALO, 7), (_MARK, 3)):
                cv2.polylines(canvas, [corners], True, shade, thick, cv2.LINE_AA)
            spot = corners[corners[:, 1].argmin()]
            x, y = (int(np.clip(v, 24, m - 24)) for v, m in zip(spot, size, strict=True))
            cv2.circle(canvas, (x, y), 20, _HALO, -1, cv2.LINE_AA)
            cv2.circle(canvas, (x, y), 18, _MARK, -1, cv2.LINE_AA)
            _write(canvas, str(number), (x - 8 * len(str(number)), y + 9))
        lines += [*_wrapped(f"{number}. {bare(text)}", size[0] - 60), ""]
    band = np.full((24 + 32 * len(lines), size[0], 3), _HALO, np.uint8)
    for row, line in enumerate(lines):
        _write(band, line, (24, 40 + 32 * row))
    return np.vstack([canvas, band])


def _write(canvas: Pixels, text: str, at: Point) -> None:
    plain = text.encode("ascii", "replace").decode()
    font, scale, thick = _FONT
    cv2.putText(canvas, plain, at, font, scale, _INK, thick, cv2.LINE_AA)


def _wrapped(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.replace("×", "x").split():
        (wide, _), _ = cv2.getTextSize(f"{lines[-1]} {word}", *_FONT)
        if wide > room:
            lines.append("  ")
        lines[-1] += f" {word}" if lines[-1].strip() else word
    return lines

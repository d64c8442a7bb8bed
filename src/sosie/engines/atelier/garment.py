"""The worn garment in a plate: which pixels are top or bottom, and how much of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Mask, Pixels
from sosie.core.studio import Card
from sosie.engines.atelier import remains
from sosie.engines.atelier.garment_edges import away, dilated, disc, solve
from sosie.engines.atelier.mixture import FAR, SHADES, Mixture, fit
from sosie.engines.atelier.points import (
    Points,
    has,
    inward,
    level,
    pair,
    points_of,
    ring,
    span_of,
    torso_of,
    toward,
    whole,
)

Kind = Literal["top", "bottom"]

_WORKING_HEIGHT = 900
_UNLIKE = 14.0
"""The top's energy from which a pixel is surely another cloth's."""
_SURE = 1.0
"""Mean lead from which a piece apart from the garment is kept as part of it."""
_MOST_BEYOND = 0.004
"""Cloth left over, as share of the garment, from which the garment was not found whole."""
_LEAST_BOTTOM = 0.12
"""Share of the bottom's place that must be another cloth's, or top and bottom are one color."""
_UNLIKE_SKIN, _UNLIKE_HAIR = 9.0, 7.0
"""Energies from which a patch beside the garment is surely neither."""
_TELLING, _SKIN = 12.0, 8.0
"""CIELAB units, without lightness, from which the hues of skin and cloth can be told apart, and
within which something has that of skin."""
_ANYTHING = 16.0
"""The energy of what is none of the colors that are known."""
_RNG_SEED = 20260101
_SHEENS = (*SHADES, (0.85, 0.12, 2.0))
"""Seen aslant, cloth also shines: uncolored light that comes to what is left of its own."""
_REACH = 0.25
"""How far from the garment more of it is looked for, in lengths from armpits to hips."""
_NO_COLORS = np.zeros((0, 3))

NEEDED: dict[Kind, tuple[str, ...]] = {
    "top": ("shoulder_l", "shoulder_r", "armpit_l", "armpit_r", "hip_l", "hip_r"),
    "bottom": ("waist_l", "waist_r", "hip_l", "hip_r"),
}
"""Landmarks without which the garment cannot be placed."""


@dataclass(frozen=True, slots=True)
class Garment:
    """Where the garment is worn."""

    share: Field
    """float32 H×W, 0 to 1: the garment's part of the person in each pixel."""
    own: Field
    """float32 H×W×3, sRGB 0 to 255: the garment's color, free of skin and backdrop."""
    core: Mask
    """bool H×W: surely garment, away from its edges."""
    coverage: float
    """Share of the garment's expected place on the body that it covers, 0 to 1."""
    contrast: float
    """How well its color tells it from its neighbors on the body, 0 to 1."""
    warnings: tuple[str, ...]
    colors: NDArray[np.float64]
    """float64 N×3, CIELAB: the colors that it was found by."""
    others: NDArray[np.float64]
    """float64 N×3, CIELAB: those of skin, hair and other clothes; none where its own color alone
    tells it from nothing."""


def missing(card: Card, kind: Kind) -> tuple[str, ...]:
    """Return the landmarks that the garment needs and the card lacks."""
    points = points_of(card)
    return tuple(name for name in NEEDED[kind] if name not in points)


def certain(card: Card, shape: tuple[int, int]) -> Mask:
    """Return what the landmarks show to be person: the torso's middle and the limbs' bones.

    ``shape`` is height, width; the result bool H×W.
    """
    drawn = np.zeros(shape, np.uint8)
    points = points_of(card)
    torso = torso_of(points, inset=0.07)
    if torso is not None:
        cv2.fillPoly(drawn, [torso], 1)
    _draw_face(drawn, card, 1)
    thick = max(1, shape[0] // 250)
    for chain in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")):
        for side in "lr":
            for first, second in pairwise(chain):
                a, b = points.get(f"{first}_{side}"), points.get(f"{second}_{side}")
                if a and b and first != "hip":
                    # The joints themselves are marked on the outline as often as inside.
                    ends = whole(toward(a, b, 0.25)), whole(toward(a, b, 0.8))
                    cv2.line(drawn, *ends, 1, thick)
    return drawn > 0


def head(card: Card, shape: tuple[int, int]) -> Mask:
    """Return the head's region, hair included: the face box grown up and sideways.

    Below the chin it ends, so that a collar stays outside.
    """
    left, top, right, bottom = card.face
    points = points_of(card)
    wide, tall = right - left, bottom - top
    crown = points.get("crown", ((left + right) / 2, top - 0.4 * tall))[1]
    chin = points.get("chin", ((left + right) / 2, bottom))[1]
    region = np.zeros(shape, bool)
    rows = slice(max(0, int(crown - 0.25 * tall)), max(0, int(min(chin, bottom))))
    region[rows, max(0, int(left - 0.55 * wide)) : int(right + 0.55 * wide)] = True
    return region


def loose_hair(card: Card, shape: tuple[int, int]) -> tuple[Mask, Mask]:
    """Return where strands of hair may leave the outline, and where gaps may be between locks.

    The former is an ellipse about the head without the torso, the latter its part above the
    chin without the face.
    """
    left, top, right, bottom = card.face
    wide, tall = right - left, bottom - top
    drawn = np.zeros(shape, np.uint8)
    middle = ((left + right) // 2, (top + bottom) // 2)
    cv2.ellipse(drawn, middle, (int(1.25 * wide), int(1.0 * tall)), 0, 0, 360, 1, -1)
    torso = torso_of(points_of(card), inset=0.0)
    if torso is not None:
        cv2.fillPoly(drawn, [torso], 0)
    _draw_face(drawn, card, 0)
    strands = drawn > 0
    gaps = strands.copy()
    gaps[max(0, bottom) :] = False
    return strands, gaps


def face(card: Card, shape: tuple[int, int]) -> Mask:
    """Return the middle of the face: an ellipse that jaw and hair stay outside of."""
    drawn = np.zeros(shape, np.uint8)
    _draw_face(drawn, card, 1)
    return drawn > 0


def _draw_face(drawn: NDArray[np.uint8], card: Card, value: int) -> None:
    left, top, right, bottom = card.face
    middle = ((left + right) // 2, (top + bottom) // 2)
    radii = (int(0.36 * (right - left)), int(0.4 * (bottom - top)))
    cv2.ellipse(drawn, middle, radii, 0, 0, 360, value, -1)


def find(pixels: Pixels, matte: Matte, card: Card, kind: Kind) -> Garment:
    """This function will find the worn garment of the asked kind.

    ``pixels`` is uint8 H×W×3 sRGB. Colors of skin, hair, top and bottom are learned from where
    the landmarks place them; each pixel's energies are then smoothed along the picture's own
    edges (cost-volume filtering: Hosni et al., TPAMI 2013) and the least wins. Where top and
    bottom are alike, the hem is the strongest continuous edge across the hips. Raises
    ``ValueError`` if a needed landmark is missing.
    """
    lacking = missing(card, kind)
    if lacking:
        raise ValueError(f"landmarks `{'`, `'.join(lacking)}` are needed to find the {kind}")
    cv2.setRNGSeed(_RNG_SEED)
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORKING_HEIGHT / height)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    body = cv2.resize(matte.alpha, size, interpolation=cv2.INTER_AREA) > 0.5
    points = {
        name: (x * size[0] / width, y * size[1] / height)
        for name, (x, y) in points_of(card).items()
    }
    box = [value * scale for value in card.face]
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    crown = head(card, (height, width)).astype(np.uint8)
    skull = cv2.resize(crown, size, interpolation=cv2.INTER_NEAREST) > 0
    colors = _learn(lab, body, points, (box[0], box[1], box[2], box[3]))
    if kind not in colors:
        return _nothing(matte.colors, f"no {kind} is seen where the landmarks place it")
    colors = _parted(lab, body, points, colors)
    warnings: tuple[str, ...] = ()
    alike = _alike(lab, body, points, colors)
    if alike:
        colors = {name: color for name, color in colors.items() if name not in ("top", "bottom")}
        colors[kind] = fit(lab[_both(points, body)], 4, (30, 6))
        hem, warnings = _hem(lab, body, points)
        above = np.arange(size[1])[:, None] < hem[None, :]
        body_of_kind = body & (above if kind == "top" else ~above)
    else:
        body_of_kind = body
    lead = _lead(small, lab, body_of_kind, points, colors, kind=kind, skull=skull)
    seen = cv2.resize(face(card, (height, width)).astype(np.uint8), size) > 0
    bare = _of_skin(lab, body, places(points, body.shape)[kind], seen)
    lead = np.where(bare, np.minimum(lead, -2), lead).astype(np.float32)
    mask = _shape(lead, body, points, kind)
    mask |= _leftovers(lab, mask, body & ~skull, points, colors)
    warnings += _beyond(lab, mask, body & body_of_kind & ~skull, colors, kind)
    coverage = _coverage(mask, body, points, kind, bare)
    contrast = float(np.clip(np.median(lead[mask]) / 6, 0, 1)) if mask.any() else 0.0
    soft = np.where(mask, np.maximum(lead, 0.8), np.minimum(lead, -0.8)).astype(np.float32)
    soft = cv2.GaussianBlur(np.clip(soft, -4, 4), (0, 0), 0.8)
    if size != (width, height):
        soft = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    share, own, core = solve(matte, soft, crown > 0)
    others = _NO_COLORS
    # White, gray and black are told by nothing from light and shade on what lies beside them.
    if not alike and colors[kind].hued:
        others = np.concatenate([color.means for name, color in colors.items() if name != kind])
        free = near(share, card) & (matte.alpha > 0.5) & (crown == 0)
        telling = _telling(colors, kind)
        share, own = remains.added(matte.colors, share, own, free=free, lead=telling)
    return Garment(share, own, core, coverage, contrast, warnings, colors[kind].means, others)


def _nothing(colors: Field, why: str) -> Garment:
    """Return that no garment was found."""
    none = np.zeros(colors.shape[:2], np.float32)
    return Garment(none, colors, none > 0, 0.0, 0.0, (why,), _NO_COLORS, _NO_COLORS)


def near(share: Field, card: Card) -> Mask:
    """This function will return where, beside a garment (its ``share`` of each pixel), more of it
    is looked for: bool H×W."""
    armpit, _, hip = span_of(points_of(card))
    return (away(share > 0.5) < _REACH * (hip - armpit)) & (share > 0).any()


def _trunk(points: Points, kind: Kind) -> NDArray[np.int32]:
    """Return the trunk's polygon: for a top armpits to hips, for a bottom the hips' height."""
    _, waist, hip = span_of(points)
    left, right = pair(points, "hip")
    if kind == "bottom" or not has(points, "armpit"):
        drop = 0.3 * (hip - waist)
        return ring([(left, right), ((left[0], left[1] + drop), (right[0], right[1] + drop))])
    pairs = [pair(points, "armpit")]
    if has(points, "waist"):
        pairs.append(pair(points, "waist"))
    return ring(pairs if len(pairs) > 1 else [*pairs, (left, right)])


def _polygon(shape: tuple[int, int], corners: NDArray[np.int32]) -> Mask:
    drawn = np.zeros(shape, np.uint8)
    cv2.fillPoly(drawn, [corners], 1)
    return drawn > 0


def places(points: Points, shape: tuple[int, int]) -> dict[Kind, Mask]:
    """This function will return where on the body each garment is surely looked for."""
    armpit, waist, hip = span_of(points)
    found: dict[Kind, Mask] = {}
    if has(points, "armpit"):
        above = pair(points, "armpit")
        below = pair(points, "waist") if has(points, "waist") else pair(points, "hip")
        ends = [
            toward(a, b, 0.62 if has(points, "waist") else 0.4)
            for a, b in zip(above, below, strict=True)
        ]
        chest = [(above[0], above[1]), (ends[0], ends[1])]
        found["top"] = _polygon(shape, ring([inward(pair, 0.14) for pair in chest]))
    left, right = pair(points, "hip")
    drop = 0.55 * max(hip - waist, 0.35 * (hip - armpit))
    if has(points, "knee"):
        drop = min(2 * drop, 0.4 * (level(points, "knee", hip) - hip))
    thighs = [(left, right), ((left[0], left[1] + drop), (right[0], right[1] + drop))]
    found["bottom"] = _polygon(shape, ring([inward(pair, 0.18) for pair in thighs]))
    return found


def _learn(
    lab: Field, body: Mask, points: Points, face: tuple[float, float, float, float]
) -> dict[str, Mixture]:
    """Learn the colors of skin, hair, top and bottom from where they must be."""
    shape = body.shape
    left, top, right, bottom = face
    oval = np.zeros(shape, np.uint8)
    middle = (round((left + right) / 2), round(top + 0.55 * (bottom - top)))
    cv2.ellipse(
        oval, middle, (round(0.34 * (right - left)), round(0.38 * (bottom - top))), 0, 0, 360, 1, -1
    )
    seen = lab[(oval > 0) & body]
    if len(seen) < 30:
        return {}
    center = np.median(seen, axis=0)
    near = np.abs(seen - center) / np.array([18, 9, 11], np.float32)
    first = fit(seen[near.max(axis=1) < 1], 1, (120, 9))
    skin = first.energy(lab) - np.float32(0.5 * first.logs[0]) < 5
    colors = {"skin": fit(lab[skin & body & (oval > 0)], 2, (90, 7))}
    above = np.zeros(shape, bool)
    rows = slice(max(0, int(top - 0.6 * (bottom - top))), max(1, int(top + 0.12 * (bottom - top))))
    above[rows, max(0, int(left)) : int(right)] = True
    hair = above & body & ~skin
    if hair.sum() > 60:
        colors["hair"] = fit(lab[hair], 2, (40, 8))
    for kind, place in places(points, shape).items():
        here = place & body
        cloth = here & ~skin
        if here.sum() < 60:
            continue
        if cloth.sum() < 0.35 * here.sum():
            continue
        colors[kind] = fit(lab[cloth], 3, (30, 6))
    arms = _limbs(points, shape) & body & skin
    if arms.sum() > 200:
        colors["skin"] = fit(np.concatenate([lab[arms], lab[skin & (oval > 0)]]), 3, (60, 7))
    return colors


def _of_skin(lab: Field, body: Mask, place: Mask, face: Mask) -> Mask:
    """Return what has the hue of her face, in any light, rather than that of the cloth in a
    garment's place; nothing where the two are too near to tell. All H×W, ``lab`` of three."""
    nothing = np.zeros_like(body)
    if not (face & body).any():
        return nothing
    skin = np.median(lab[face & body], axis=0)
    ours = np.hypot(*np.moveaxis(lab[..., 1:] - skin[1:], -1, 0))
    cloth = place & body & (ours >= _SKIN)
    if not cloth.any():
        return nothing
    seen = np.median(lab[cloth], axis=0)
    if np.hypot(*(skin - seen)[1:]) < _TELLING:
        return nothing
    theirs = np.hypot(*np.moveaxis(lab[..., 1:] - seen[1:], -1, 0))
    found = ((ours < _SKIN) & (ours < 0.6 * theirs)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(found, cv2.MORPH_OPEN, disc(1)) > 0)


def _limbs(points: Points, shape: tuple[int, int]) -> Mask:
    """Return the bare-arm candidates: lines from elbow to wrist."""
    drawn = np.zeros(shape, np.uint8)
    for side in "lr":
        a, b = points.get(f"elbow_{side}"), points.get(f"wrist_{side}")
        if a and b:
            cv2.line(drawn, whole(a), whole(b), 1, max(3, shape[0] // 45))
    return drawn > 0


def _lead(
    small: Pixels,
    lab: Field,
    body: Mask,
    points: Points,
    colors: Mapping[str, Mixture],
    *,
    kind: Kind,
    skull: Mask,
) -> Field:
    """Return by how much the garment's energy undercuts all others', smoothed along edges."""
    height = lab.shape[0]
    soft = cv2.GaussianBlur(lab, (0, 0), 0.7)
    armpit, waist, hip = span_of(points)
    torso = max(hip - armpit, 1.0)
    rows = np.arange(height, dtype=np.float32)[:, None]
    where = {
        "top": np.clip((rows - hip - 0.35 * torso) / (0.2 * torso), 0, 1) * 12
        + np.clip((rows - waist) / (hip - waist + 1), 0, 1) ** 2 * 6,
        "bottom": np.clip((waist - 0.06 * torso - rows) / (0.18 * torso), 0, 1) * 14
        + np.clip((hip - rows) / (hip - waist + 1), 0, 1) * 3,
        "hair": np.clip((rows - armpit) / (0.5 * torso), 0, 1) * 10,
        "skin": np.zeros_like(rows),
    }
    # Inside the torso the benefit of the doubt is the garment's: shaded cloth, bounced skin tone.
    doubt = cv2.fillPoly(np.zeros(lab.shape[:2], np.float32), [_trunk(points, kind)], 2.5)
    doubt = cv2.blur(cv2.dilate(doubt, np.ones((5, 9), np.uint8)), (15, 5))
    ankle = max(
        (points[name][1] for name in ("ankle_l", "ankle_r") if name in points), default=2.0 * height
    )
    where["bottom"] = where["bottom"] + np.clip((rows - ankle) / (0.05 * torso), 0, 1) * FAR
    colors = _in_light(colors)
    mine = colors[kind].energy(soft) + where[kind] - doubt
    rest = np.full(lab.shape[:2], _ANYTHING, np.float32)
    for name, color in colors.items():
        if name != kind:
            rest = np.minimum(rest, color.energy(soft) + where[name])
    lead = np.clip(rest - mine, -8, 8).astype(np.float32)
    lead = np.where(skull | ~body, -8, lead).astype(np.float32)
    smooth = cv2.ximgproc.guidedFilter(small.astype(np.float32) / 255, lead, 4, 6e-4)
    return cast("Field", smooth)


def _in_light(colors: Mapping[str, Mixture]) -> dict[str, Mixture]:
    """Return the colors with those that they have in other light."""
    return {
        name: color if name == "hair" else color.lit(SHADES if name == "skin" else _SHEENS)
        for name, color in colors.items()
    }


def _telling(colors: Mapping[str, Mixture], kind: Kind) -> Callable[[Field], Field]:
    """Return what tells by how much a color is likelier the garment's, wherever it is."""
    lit = _in_light(colors)
    mine = lit.pop(kind)

    def lead(lab: Field) -> Field:
        rest = [np.full(lab.shape[:2], _ANYTHING, np.float32)]
        rest += [color.energy(lab) for color in lit.values()]
        return cast("Field", np.min(rest, axis=0) - mine.energy(lab))

    return lead


def _both(points: Points, body: Mask) -> Mask:
    found = places(points, body.shape)
    return (found["top"] | found["bottom"]) & body


def _parted(
    lab: Field, body: Mask, points: Points, colors: dict[str, Mixture]
) -> dict[str, Mixture]:
    """Return the colors with the bottom's learned anew where a long top hangs over its place.

    Only for a top of some hue: a white one in shade is told from pale denim by nothing.
    """
    if "top" not in colors or "bottom" not in colors or not colors["top"].hued:
        return colors
    place = places(points, body.shape)["bottom"] & body
    below = place & (colors["top"].lit(SHADES).energy(lab) > _UNLIKE)
    share = below.sum() / max(place.sum(), 1)
    if share < _LEAST_BOTTOM:
        return colors
    return {**colors, "bottom": fit(lab[below], 3, (30, 6))}


def _beyond(
    lab: Field, mask: Mask, body: Mask, colors: Mapping[str, Mixture], kind: Kind
) -> tuple[str, ...]:
    """Return a warning where the same cloth goes on beyond the mask: it was cut, not found."""
    mine = colors[kind].energy(lab)
    rest = np.min([c.energy(lab) for name, c in colors.items() if name != kind], axis=0)
    left = body & ~dilated(mask, 4) & (mine < 5) & (rest > mine + 8)
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size:
        # Shoes of its color are no more of it.
        left[rows[-1] + (rows[-1] - rows[0]) // 2 :] = False
    opened = cv2.morphologyEx(left.astype(np.uint8), cv2.MORPH_OPEN, disc(2))
    share = float(opened.sum()) / max(float(mask.sum()), 1.0)
    if share < _MOST_BEYOND:
        return ()
    return (f"{share:.1%} more of the same cloth lies beyond the {kind} that was found",)


def _alike(lab: Field, body: Mask, points: Points, colors: Mapping[str, Mixture]) -> bool:
    """Return whether top and bottom cannot be told apart by color."""
    if "top" not in colors or "bottom" not in colors:
        return False
    place = places(points, body.shape)["bottom"] & body
    if not place.any():
        return False
    apart = (colors["top"].energy(lab)[place] > _UNLIKE).mean()
    if colors["top"].hued and apart > _LEAST_BOTTOM:
        return False
    seen = lab[place][None]
    top, bottom = colors["top"].energy(seen), colors["bottom"].energy(seen)
    return bool((top < bottom + 2.5).mean() > 0.5)


def _hem(lab: Field, body: Mask, points: Points) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Find the hem between two garments of one color: the cheapest path across the hips.

    Returns its row in each column, and warnings.
    """
    height, width = body.shape
    armpit, waist, hip = span_of(points)
    torso = hip - armpit
    first, last = int(waist - 0.1 * torso), int(min(height - 2, hip + 0.35 * torso))
    edge = np.abs(cv2.Sobel(cv2.GaussianBlur(lab[..., 0], (0, 0), 1.2), cv2.CV_32F, 0, 1))
    left, right = pair(points, "hip")
    start = max(0, int(min(left[0], right[0])))
    stop = min(width, int(max(left[0], right[0])) + 1)
    strip = edge[first:last, start:stop] * body[first:last, start:stop]
    strong = max(float(np.percentile(strip, 99)), 1.0)
    cost = 1 - np.clip(strip / strong, 0, 1)
    total = cost.copy()
    steps = np.zeros(cost.shape, np.int8)
    for column in range(1, cost.shape[1]):
        before = np.pad(total[:, column - 1], 1, constant_values=np.inf)
        options = np.stack([before[:-2] + 0.05, before[1:-1], before[2:] + 0.05])
        steps[:, column] = options.argmin(axis=0) - 1
        total[:, column] += options.min(axis=0)
    row = int(total[:, -1].argmin())
    path = np.empty(cost.shape[1])
    for column in range(cost.shape[1] - 1, -1, -1):
        path[column] = row
        row = int(np.clip(row + int(steps[row, column]), 0, cost.shape[0] - 1))
    whole = np.interp(np.arange(width), np.arange(start, stop), path + first)
    found = float(np.take_along_axis(strip, path.astype(int)[None], axis=0).mean() / strong)
    warnings: tuple[str, ...] = ("top and bottom are of one color: the hem follows its edge",)
    if found < 0.45:
        warnings = ("top and bottom are of one color and no clear hem parts them",)
    return whole, warnings


def _shape(lead: Field, body: Mask, points: Points, kind: Kind) -> Mask:
    """Return the garment as one shape: what hangs together with its expected place."""
    raw = (lead > 0) & body
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    raw = cv2.morphologyEx(raw.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    place = places(points, body.shape)[kind]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(raw.astype(np.uint8))
    hits = np.bincount(labels[place & raw], minlength=count)
    hits[0] = 0
    if not hits.any():
        return np.zeros_like(raw)
    least = max(0.04 * hits.max(), 1)
    # A corner that a hand cuts off hangs with nothing, and is surely the same cloth all the same.
    sure = np.bincount(labels.ravel(), weights=lead.ravel(), minlength=count)
    sure = sure / np.maximum(stats[:, cv2.CC_STAT_AREA], 1) > _SURE
    sure[0] = False
    keep = np.isin(labels, np.flatnonzero((hits >= least) | sure))
    area = int(keep.sum())
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~keep & body).astype(np.uint8))
    for index in range(1, count):
        small = stats[index, cv2.CC_STAT_AREA] < 0.012 * area
        if small and lead[labels == index].mean() > -5:
            keep |= labels == index
    return keep


def _leftovers(
    lab: Field, mask: Mask, body: Mask, points: Points, colors: Mapping[str, Mixture]
) -> Mask:
    """Return small patches beside a garment, above the waist, that are neither skin nor hair.

    Cloth seen aslant, at the end of a strap, loses its own color.
    """
    armpit, waist, _ = span_of(points)
    left = body & ~mask
    left[int(waist) :] = False
    left &= (colors["skin"].lit(SHADES).energy(lab) > _UNLIKE_SKIN) & dilated(mask, 3)
    if "hair" in colors:
        left &= colors["hair"].energy(lab) > _UNLIKE_HAIR
    raw = cv2.morphologyEx(left.astype(np.uint8), cv2.MORPH_OPEN, disc(1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(raw)
    small = stats[:, cv2.CC_STAT_AREA] < 0.004 * (waist - armpit) ** 2
    small[0] = False
    return np.isin(labels, np.flatnonzero(small))


def _coverage(mask: Mask, body: Mask, points: Points, kind: Kind, bare: Mask) -> float:
    """Return the share of the garment's place that it covers, without what is bare skin there: a
    hand in front of it."""
    place = places(points, body.shape)[kind] & ~bare
    return float((mask & body)[place].mean()) if place.any() else 0.0

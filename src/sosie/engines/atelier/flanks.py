"""The trunk's outline where cloth is like the backdrop: found as a whole, not pixel by pixel."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, Pixels, Silhouette, spread
from sosie.core.studio import Card
from sosie.engines.atelier.points import Points, has, points_of
from sosie.engines.atelier.try_on.flat_lay import along, length

Dots = NDArray[np.float64]
"""float64 n×2: points in pixels, x first."""

FAINT = 18
"""Difference in sRGB steps under which cloth is hardly told from the backdrop."""
_LEAST_FAINT = 0.05
"""Share of the outline that must be faint before it is looked for anew."""
_REACH = 0.10
"""How far from the landmarks' line the outline is looked for, in widths of the shoulders."""
_BELOW = 0.5
"""How far below the hips it is followed, in widths of the shoulders."""
_ARM = 0.13
"""Half the width of an arm, in widths of the shoulders: so far from its bone a side ends."""
_STIFF = 24.0
"""What it costs to bend by one pixel from one spot to the next."""
_LOOSE = 0.3
"""Within which share of the reach the landmarks' line is left without much ado."""
_SURE = 1000.0
"""What it costs to end elsewhere than at a clear edge."""
_ANYTHING = -5.5
"""Log likelihood of a color in what is neither backdrop nor of the cloth beside it."""


def trunk(pixels: Pixels, card: Card, silhouette: Silhouette) -> Mask | None:
    """This function will return the trunk between its sides and shoulders (bool H×W), or None
    where cloth is told from the backdrop anyway or the card lacks the trunk's landmarks.

    ``pixels`` is uint8 H×W×3 sRGB. A side is the line near the landmarks' own beyond which all is
    likelier backdrop and within which all is likelier cloth, judged along its whole length by
    dynamic programming: where one spot says nothing its neighbors decide.
    """
    points = points_of(card)
    if not all(has(points, name) for name in ("neck", "shoulder", "armpit", "waist", "hip")):
        return None
    unit = abs(points["shoulder_r"][0] - points["shoulder_l"][0])
    lines = [_line(points, chain, side, unit) for side in "lr" for chain in _CHAINS]
    image = pixels.astype(np.float32)
    if max(_faint(image, silhouette, *line, unit=unit) for line in lines) < _LEAST_FAINT:
        return None
    inner = _filled(silhouette.mask.shape, [spots for spots, _ in lines])
    reach = round(_REACH * unit)
    size = 2 * reach + 1
    far = cv2.dilate((inner | silhouette.mask).astype(np.uint8), np.ones((size, size), np.uint8))
    backdrop = spread(image, far == 0)
    soft = cast("Field", cv2.GaussianBlur(image, (0, 0), 1.0))
    grain = 0.5 * silhouette.noise + 1.0
    arms = [_arm(points, side, unit) for side in "lr" for _ in _CHAINS]
    ends = [
        _outline(soft, backdrop, silhouette.mask, *line, arm=arm, reach=reach, grain=grain)
        for line, arm in zip(lines, arms, strict=True)
    ]
    return _filled(silhouette.mask.shape, ends)


_CHAINS = (("neck", "shoulder"), ("armpit", "waist", "hip"))


def _line(points: Points, chain: tuple[str, ...], side: str, unit: float) -> tuple[Dots, Dots]:
    """Return the landmarks' line, a spot for each pixel, and the way out at each spot."""
    marks = np.array([points[f"{name}_{side}"] for name in chain], np.float64)
    if chain[-1] == "hip":
        marks = np.vstack([marks, marks[-1] + np.array([0, _BELOW * unit])])
    spots = along(marks, np.linspace(0, 1, max(4, round(length(marks)))))
    out = np.array([0.0, -1.0]) if chain[0] == "neck" else np.array([-1.0, 0.0])
    return spots, out * ([1, 1] if side == "l" else [-1, 1])


def _arm(points: Points, side: str, unit: float) -> Dots:
    """Return the bone of an arm, the hand included."""
    names = [f"{name}_{side}" for name in ("shoulder", "elbow", "wrist")]
    bone = np.array([points[name] for name in names if name in points], np.float64)
    return np.vstack([bone, bone[-1] + np.array([0, 0.35 * unit])])


def _filled(shape: tuple[int, ...], lines: list[Dots]) -> Mask:
    """Fill the trunk between left shoulder and side, right shoulder and side."""
    left, right = np.concatenate(lines[:2]), np.concatenate(lines[2:])
    drawn = np.zeros(shape, np.uint8)
    cv2.fillPoly(drawn, [np.rint(np.concatenate([left, right[::-1]])).astype(np.int32)], 1)
    return drawn > 0


def _sampled(values: NDArray[Any], spots: Dots, out: Dots, steps: NDArray[np.intp]) -> NDArray[Any]:
    """Return the values at steps out of each spot: spots × steps × channels."""
    at = np.rint(spots[:, None] + steps[None, :, None] * out).astype(int)
    height, width = values.shape[:2]
    found: NDArray[Any] = values[at[..., 1].clip(0, height - 1), at[..., 0].clip(0, width - 1)]
    return found


def _faint(image: Field, silhouette: Silhouette, spots: Dots, out: Dots, *, unit: float) -> float:
    """Return along what share of a line the body that was found is like the backdrop."""
    steps = np.arange(round(-0.12 * unit), round(0.12 * unit))
    inside = _sampled(silhouette.mask, spots, out, steps)
    ends = np.where(inside.all(axis=1), 0, inside.argmin(axis=1))
    apart = np.abs(image - silhouette.backdrop).max(axis=2)
    rim = _sampled(apart, spots, out, steps)[np.arange(len(spots)), np.maximum(ends - 3, 0)]
    return float(((rim < FAINT) & (ends > 0)).mean())


def _outline(
    image: Field,
    backdrop: Field,
    inside: Mask,
    spots: Dots,
    out: Dots,
    *,
    arm: Dots,
    reach: int,
    grain: float,
) -> Dots:
    """Move a line to where cloth ends and backdrop begins; what was found ``inside`` ends there
    too where an edge says so."""
    steps = np.arange(-reach, reach + 1)
    cloth = _sampled(image, spots, out, np.arange(-3 * reach, -reach))
    usual = cv2.blur(np.median(cloth, axis=1), (1, 9))
    wide = cv2.blur(np.abs(cloth - usual[:, None]).mean(axis=1), (1, 9)) + 4
    seen = _sampled(image, spots, out, steps)
    on = np.maximum(_likely(seen, usual[:, None], wide[:, None]), _ANYTHING)
    off = _likely(seen, _sampled(backdrop, spots, out, steps), np.float32(grain))
    total = np.cumsum(np.clip(on - off, -2, 4), axis=1) - (steps / (_LOOSE * reach)) ** 2
    if out[0]:
        # What is an arm's is not the trunk's.
        room = (np.interp(spots[:, 1], arm[:, 1], arm[:, 0]) - spots[:, 0]) * out[0]
        beside = room[:, None] - steps < _ARM * reach / _REACH
        total[beside & (spots[:, 1] > arm[0, 1])[:, None] & (steps > 0)] = -np.inf
    total -= _SURE * ~_allowed(seen, _sampled(inside, spots, out, steps))
    moved: Dots = spots + steps[_path(total)][:, None] * out
    return moved


def _allowed(seen: Field, inside: Mask) -> Mask:
    """Return at which steps a line may end: anywhere, or where the body ends at a clear edge."""
    count = inside.shape[1]
    end = (~inside).argmax(axis=1) - 1
    at = np.arange(len(end))
    within, beyond = seen[at, np.maximum(end - 2, 0)], seen[at, np.minimum(end + 3, count - 1)]
    clear = (end > 1) & (np.abs(within - beyond).max(axis=1) > FAINT)
    # An edge is one on many spots in a row; a fold is not.
    many = np.ones((15, 1), np.uint8)
    clear = cv2.morphologyEx(clear[:, None].astype(np.uint8), cv2.MORPH_OPEN, many).ravel() > 0
    near = np.abs(np.arange(count) - end[:, None]) < 2
    return cast("Mask", near | ~clear[:, None])


def _likely(seen: Field, mean: Field, wide: Field | np.float32) -> Field:
    """Return log likelihoods, the three channels taken for one: light moves them together."""
    off = ((seen - mean) / wide) ** 2 / 2 + np.log(wide)
    return cast("Field", -off.mean(axis=-1))


def _path(value: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the step at each spot along which the sum of values less bends is greatest."""
    best, back = value[0].astype(np.float64), []
    step = np.abs(np.subtract.outer(np.arange(value.shape[1]), np.arange(value.shape[1])))
    for row in value[1:]:
        ways = best[None] - _STIFF * step
        chosen = ways.argmax(axis=1)
        back.append(chosen)
        best = ways[np.arange(len(best)), chosen] + row
    at = [int(best.argmax())]
    for chosen in reversed(back):
        at.append(int(chosen[at[-1]]))
    return np.array(at[::-1])

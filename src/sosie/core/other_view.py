"""Whether a photograph is plainly another view than the one that it is for.

A false refusal would cost a photograph that is good, a miss one that is not: each refusal below
rests on several signs that agree, and what the pixels do not tell is said to be not judged. They
never tell left from right, how far a face is turned, seated from standing, or an expression.
Limits and what they were measured on: docs/formats/protocol.md.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.faults import Check, Point
from sosie.core.silhouette import Silhouette
from sosie.core.studio import Card, Pixels
from sosie.core.twin import PLAIN, VIEWS, Mask

Tone = NDArray[np.float64]

WHOLE = 6.0
"""Heads that are seen of her. From head to feet 7.4 to 8.4, to below the hips 4.2 to 5.3."""
HALF, HALF_SHAPE = 3.9, 1.4
"""Heads, and height over width, from which more is seen than head and shoulders. To below the hips
4.2 to 5.3 and 1.5 to 2.4; close crops in which the neck was found 2.1 to 3.9, where it was not up
to 4.7 and 1.0."""
BUST = 2.5
"""Heads under which no more is seen than head and shoulders."""
NARROWEST = 0.32
"""Width of her narrowest row, of those 10 to 40 % down her, by how tall she is seen: plates
0.05 to 0.14, with hair over neck and shoulders to 0.26; a face that is cut off at 1.3 to 1.8 heads
from 0.33. A head that is found wrongly on it does not matter to this."""
FACING = (1.2, 2.0)
"""Shoulders, in heads, between which nothing else is told: facing the camera 1.38 to 1.82. Where a
neck was not found in a close crop 0.9, or from 2.1."""
WIDE = 1.35
"""Shoulders, in heads, of one who is not turned by 90 degrees: at 45 degrees 1.41 to 1.49."""
UNLIKE, ALIKE, APART = 20.0, 8.0, 25.0
"""CIELAB distance, lightness by 0.7. Face and top of the head 20 to 59, face and neck 3 to 23."""
SKIN_HUE, SKIN_CHROMA = (20.0, 68.0), 10.0
"""Degrees and chroma in CIELAB. Faces 46 to 60 and 15 to 25, in every tone."""
EYES = 12.0
"""Lightness by which both eyes are darker than what is around them: faces 13 to 37."""
LYING = 0.8
"""Change of lightness down the face by that across it. Faces 0.99 to 1.54: brows, eyes and mouth
lie; hair hangs, drawn strands 0.11 to 0.48."""
BARE = 0.1
"""Share of the head that is skin, lighter than the hair, from which it may be a face."""

_UNSURE = "not judged: you named it, and its pixels do not tell every part of this view"
_FRONT = ("front-half", "front-full")
_OTHER = ("three-quarter", "side", "back", "walking")
_HEAD = 96
"""Pixels of a head, from crown to chin, in which eyes are looked for."""


def as_asked(pixels: Pixels, card: Card, found: Silhouette, guess: Card | None) -> Check | None:
    """This function will say whether a photograph is another view than its card says.

    ``pixels`` is uint8 H×W×3 sRGB, ``found`` its silhouette, ``guess`` what `landmarks.propose`
    finds on it, if anything; points of ``card`` go before those of ``guess``. The check is wrong if
    it plainly is another view, has no figure if that is not told, and is ``None`` if the view was
    recognized.
    """
    unsure = Check("other_view", None, 0, False, _UNSURE)
    view = card.view
    if view not in VIEWS or guess is None or found.plain < PLAIN or not found.mask.any():
        return unsure
    points = {**guess.landmarks, **{n: spot for n, spot in card.landmarks.items() if spot}}
    spots = {name: spot for name, spot in points.items() if spot}
    said = _said(view, pixels, found.mask, spots)
    if said is None:
        alike = guess.view == view and (view not in _FRONT or _frontal(pixels, found.mask, spots))
        return None if alike else unsure
    figure, limit, seen, remedy = said
    words = VIEWS[view].words
    text = f"{seen} where “{words}” is asked; {remedy}"
    box = _box(found.mask, spots, head=seen in (_FACE_SEEN, _NO_FACE))
    return Check("other_view", figure, limit, True, text, (box,))


def _said(
    view: str, pixels: Pixels, mask: Mask, spots: dict[str, Point]
) -> tuple[float, float, str, str] | None:
    """Return a figure, its limit, what is seen instead of the view, and what to do."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    head = max(spots["chin"][1] - spots["crown"][1], 1)
    seen = (int(np.ptp(rows)) + 1) / head
    shape = (int(np.ptp(rows)) + 1) / (int(np.ptp(columns)) + 1)
    across = (spots["shoulder_r"][0] - spots["shoulder_l"][0]) / head
    below = bool(mask[-2:].any())
    narrowest = _narrowest(mask, rows)
    if view in (*_FRONT, *_OTHER) and below and narrowest > NARROWEST:
        return narrowest, NARROWEST, _BUST, _BACK
    if not FACING[0] < across < FACING[1]:  # she is turned, or her head was not found
        return None
    cap, face, neck = (_tone(pixels, mask, spots, at) for at in _TONES)
    bare = _away(face, cap)
    found, frontal = bare > UNLIKE, _frontal(pixels, mask, spots)
    if view in ("front-half", "face") and seen > WHOLE and not below and "ankle_l" in spots:
        return seen, WHOLE, "she is seen from head to feet", _CLOSER
    if view == "face" and found and below and HALF < seen < WHOLE and shape > HALF_SHAPE:
        return seen, HALF, "more than head and shoulders is seen", _CLOSER
    if view in ("front-full", "walking") and found and below and seen < WHOLE:
        return seen, WHOLE, "her feet are not in the picture", _BACK
    if view in ("front-half", "three-quarter", "back") and found and below and seen < BUST:
        return seen, BUST, _BUST, _BACK
    if view == "side" and found and frontal and across > WIDE:
        return across, WIDE, f"her shoulders are {across:.1f} heads wide", _FURTHER
    if view == "back" and found and frontal and _away(face, neck) < UNLIKE:
        return bare, UNLIKE, _FACE_SEEN, _AROUND
    if view in ("face", *_FRONT) and _averted(pixels, mask, spots):
        return _away(cap, neck), APART, _NO_FACE, _TO_CAMERA
    return None


def _narrowest(mask: Mask, rows: NDArray[np.intp]) -> float:
    tall = int(np.ptp(rows)) + 1
    upper = mask[rows[0] + tall // 10 : rows[0] + max(2, 4 * tall // 10)]
    return float(upper.sum(axis=1).min()) / tall


_BUST = "only head and shoulders are seen"
_FACE_SEEN, _NO_FACE = "her face is seen", "no face is seen"
_CLOSER = "step closer, or say which photograph it is"
_BACK = "step back, or say which photograph it is"
_FURTHER = "turn further, or say which photograph it is"
_AROUND = "turn around, or say which photograph it is"
_TO_CAMERA = "turn to the camera, or say which photograph it is"
_TONES = (0.03, 0.14), (0.5, 0.7), (1.04, 1.14)
"""Rows of the top of the head, the middle of the face and the neck, in heads under the crown."""


def _tone(pixels: Pixels, mask: Mask, spots: dict[str, Point], at: tuple[float, float]) -> Tone:
    """Return the median CIELAB of some rows at the middle of the head; black where none is hers."""
    (_, crown), (middle, chin) = spots["crown"], spots["chin"]
    head = max(chin - crown, 8)
    half = max(2, head // 8)
    area = (
        slice(max(0, crown + round(at[0] * head)), max(1, crown + round(at[1] * head) + 1)),
        slice(max(0, middle - half), middle + half + 1),
    )
    hers = mask[area]
    return np.median(_lab(pixels[area])[hers], axis=0) if hers.any() else np.zeros(3)


def _lab(pixels: Pixels) -> NDArray[np.float32]:
    light = np.ascontiguousarray(pixels, np.float32) / 255
    return np.asarray(cv2.cvtColor(light, cv2.COLOR_RGB2LAB), np.float32)


def _away(one: Tone, other: Tone) -> float:
    return float(np.linalg.norm((one - other) * (0.7, 1, 1)))


def _skin(lab: NDArray[np.float32] | Tone) -> NDArray[np.bool_]:
    """Return where a color is one of skin; blond and gray hair is none."""
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    return np.asarray((hue > SKIN_HUE[0]) & (hue < SKIN_HUE[1]) & (chroma > SKIN_CHROMA))


def _frontal(pixels: Pixels, mask: Mask, spots: dict[str, Point]) -> bool:
    """Return whether eyes look out of a face: skin with a dark spot on either side, and more that
    lies across than hangs down."""
    (_, crown), (middle, chin) = spots["crown"], spots["chin"]
    high = max(chin - crown, 8)
    top, left = max(0, crown - high // 4), max(0, middle - high)
    near = pixels[top : crown + 2 * high, left : middle + high]
    if not near.size:
        return False
    scale = _HEAD / high
    across, down = _HEAD / 2 - (middle - left) * scale, (top - crown) * scale
    onto = np.array([[scale, 0, across], [0, scale, down]])
    soft = cv2.GaussianBlur(near, (0, 0), 0.4 / scale) if scale < 1 else near
    size = (_HEAD, _HEAD)
    head = cv2.warpAffine(soft, onto, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = cv2.GaussianBlur(_lab(np.asarray(head, np.uint8))[..., 0], (0, 0), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    dark = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc)
    eyes = min(float(np.percentile(dark[38:64, at], 95)) for at in (slice(21, 42), slice(54, 75)))
    inner = light[36:90, 28:68]
    hanging, lying = (float(np.abs(np.diff(inner, axis=axis)).mean()) for axis in (1, 0))
    face = _tone(pixels, mask, spots, _TONES[1])
    return bool(_skin(face)) and eyes > EYES and lying > LYING * hanging


def _averted(pixels: Pixels, mask: Mask, spots: dict[str, Point]) -> bool:
    """Return whether a head is all hair, over a neck that is lighter skin: seen from behind."""
    cap, face, neck = (_tone(pixels, mask, spots, at) for at in _TONES)
    if _away(face, cap) > ALIKE or _away(cap, neck) < APART or not _skin(neck) or neck[0] < cap[0]:
        return False
    crown, head = spots["crown"][1], spots["chin"][1] - spots["crown"][1]
    rows = slice(max(0, crown + round(0.3 * head)), crown + round(0.7 * head) + 1)
    if not mask[rows].any():
        return False
    hers = _lab(pixels[rows])[mask[rows]]
    return float((_skin(hers) & (hers[:, 0] > cap[0] + 10)).mean()) < BARE


def _box(mask: Mask, spots: dict[str, Point], *, head: bool) -> tuple[Point, ...]:
    """Return the corners of the box around her, or around her head."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])
    if head:
        (_, top), (middle, bottom) = spots["crown"], spots["chin"]
        half = max(2, (bottom - top) * 2 // 5)
        left, right = max(left, middle - half), min(right, middle + half)
    return (left, top), (right, top), (right, bottom), (left, bottom)

"""Her approved head, put back into what a trained model has made of the plate; and whether the
rest is what was ordered."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import matte
from sosie.core.silhouette import person
from sosie.core.studio import Alpha, Assets, Grade, Order, Pixels
from sosie.core.terms import Alteration

LEAST_ALIKE = 0.97
"""Correlation of the light and dark of both faces, -1 to 1, above which the pose is the same."""
MOST_DIFFERENT = 14.0
"""Mean difference of both faces, in levels of 255, up to which the light is the same."""
FADE = 0.12
"""Width of the seam about the head box, as a share of the box's height."""
LEAST_CHANGED = 0.002
"""Share of the picture that something ordered changes at least."""
MOST_BEHIND = 0.2
"""Share of what lies far behind her that may look otherwise, where no other backdrop is ordered."""
_SEEN = 24
"""Levels of 255 from which something looks otherwise."""
_BESIDE = 0.05
"""How far beside her cloth may hang, as a share of the picture's height."""
_CHANGES_BEHIND = {Alteration.BACKDROP, Alteration.RELIGHT, Alteration.COLOUR_GRADE}
_CHANGES_HEAD = {
    Alteration.RELIGHT,
    Alteration.COLOUR_GRADE,
    Alteration.POSE,
    Alteration.FACE,
    Alteration.AGE,
    Alteration.SKIN_TONE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A made picture with her head, and what was found of it."""

    pixels: Pixels
    alpha: Alpha
    changed: NDArray[np.bool_]
    grade: Grade
    warnings: tuple[str, ...]
    metrics: dict[str, float]


def keep_head(made: Pixels, order: Order, assets: Assets) -> Kept:
    """This function will put the head of the plate back where the pose and light are the same.

    ``made`` is uint8 H×W×3 sRGB of the plate's size. Within the card's head box each pixel that is
    wholly hers (alpha 1 in the plate's matte) is the plate's, and a seam fades it into what was
    made. Where pose or light of the face differ nothing is put back: that is right if the order
    changes them, and else the picture is a comp. So is one that is hardly another than the plate,
    and one with something else behind her though no other backdrop is ordered.
    """
    plate, (left, top, right, bottom) = assets.pixels, assets.card.face
    box = (slice(max(0, top), bottom), slice(max(0, left), right))
    alpha = matte(plate, person(plate)).alpha
    likeness, difference = _compare(plate[box], made[box], alpha[box])
    metrics = {"face_likeness": likeness, "face_difference": difference}
    warnings: tuple[str, ...] = ()
    pixels = made
    if likeness >= LEAST_ALIKE and difference <= MOST_DIFFERENT:
        weight = _weight(plate.shape[:2], assets.card.face) * (alpha >= 1)
        mixed = made + weight[..., None] * (plate.astype(np.float32) - made)
        pixels = np.asarray(np.rint(mixed), np.uint8)
    elif not _CHANGES_HEAD & set(order.alterations()):
        text = (
            f"her head is not the approved one (likeness {likeness:.2f}, at least {LEAST_ALIKE} is "
            f"needed; {difference:.0f} levels apart, at most {MOST_DIFFERENT:.0f} are allowed)"
        )
        warnings = (text,)
    said, found = _rest(made, order, plate, alpha)
    warnings += said
    changed = (pixels != plate).any(axis=2)
    head_changed = float((changed[box] & (alpha[box] >= 1)).sum())
    return Kept(
        pixels,
        alpha,
        changed,
        Grade.COMP if warnings else Grade.FINAL,
        warnings,
        metrics
        | found
        | {"head_pixels_changed": head_changed, "changed_share": float(changed.mean())},
    )


def _rest(
    made: Pixels, order: Order, plate: Pixels, alpha: Alpha
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Return why what was made, her head apart, is not what was ordered; and the shares."""
    soft = [cv2.GaussianBlur(each, (0, 0), 2.0).astype(np.float32) for each in (plate, made)]
    otherwise = np.abs(soft[0] - soft[1]).max(axis=2) > _SEEN
    size = 2 * round(_BESIDE * len(plate)) + 1
    behind = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((size, size), np.uint8)) == 0
    ordered = set(order.alterations())
    found = {"seen_changed": float(otherwise.mean())}
    warnings: tuple[str, ...] = ()
    if ordered and found["seen_changed"] < LEAST_CHANGED:
        warnings = ("hardly anything was changed: what was ordered is not seen",)
    if behind.any() and not _CHANGES_BEHIND & ordered:
        found["changed_behind"] = float(otherwise[behind].mean())
        if found["changed_behind"] > MOST_BEHIND:
            warnings = ("what lies behind her was changed, though no other backdrop was ordered",)
    return warnings, found


def _compare(plate: Pixels, made: Pixels, alpha: Alpha) -> tuple[float, float]:
    """Return how alike two faces are (correlation of luma, -1 to 1) and how far apart (levels)."""
    solid = alpha >= 1
    if solid.sum() < 64:
        return 0.0, 255.0
    pair = [
        cv2.GaussianBlur(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), (0, 0), 2.0)
        for each in (plate, made)
    ]
    one, other = (each[solid].astype(np.float64) for each in pair)
    spread = one.std() * other.std()
    alike = float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread else 0.0
    apart = np.abs(plate[solid].astype(np.float64) - made[solid]).mean()
    return alike, float(apart)


def _weight(shape: tuple[int, int], face: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Return 1 in the head box, falling to 0 over the seam about it; float32 H×W."""
    left, top, right, bottom = face
    rows, columns = np.arange(shape[0]), np.arange(shape[1])
    down = np.maximum(np.maximum(top - rows, rows - (bottom - 1)), 0)
    across = np.maximum(np.maximum(left - columns, columns - (right - 1)), 0)
    far = np.hypot(down[:, None], across[None, :])
    fade = max(2.0, FADE * (bottom - top))
    return np.asarray(np.clip(1 - far / fade, 0, 1), np.float32)

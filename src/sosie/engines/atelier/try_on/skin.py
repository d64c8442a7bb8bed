"""Her body where the old garment hid it: its outline goes on, and so does her skin."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from sosie.core.silhouette import Field, Mask, spread
from sosie.engines.atelier.try_on.fit import Body, polygon

_SQUARE = np.ones((3, 3), np.uint8)


def disc(radius: float) -> NDArray[np.uint8]:
    """This function will return a round kernel of a radius in pixels, at least one."""
    wide = 2 * max(1, round(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))
    return cast("NDArray[np.uint8]", kernel)


def smooth_edge(share: Field, unit: float) -> Field:
    """This function will smooth what frays the edge of a share (float32 H×W, 0 to 1), which
    becomes a pixel and a half wide; ``unit`` is the width of the shoulders in pixels."""
    wide = max(1.0, 0.011 * unit)
    steep = wide * np.sqrt(2 * np.pi) / 1.5
    blurred = cv2.GaussianBlur(share, (0, 0), wide)
    return cast("Field", np.clip((blurred - 0.5) * np.float32(steep) + 0.5, 0, 1))


def outline(filled: Mask, seen: Mask, alpha: Field, garment: Field, on: Body) -> Field:
    """This function will return how much of each pixel lies within her body (float32 H×W, 0 to 1),
    as far as the old garment hides it (``filled``).

    ``seen`` (bool H×W) is her skin, ``alpha`` and ``garment`` are her share and the new garment's.
    Over the shoulders its outline goes on between what is seen of it on both sides; below the arm
    it is round.
    """
    inside = _below_shoulders(filled, alpha, garment, on)
    drawn = garment > 0.5
    names = ("neck_l", "shoulder_l", "armpit_l", "armpit_r", "shoulder_r", "neck_r")
    drawn |= polygon(filled.shape, np.array([on.points[name] for name in names]))
    for side, arm in on.arms.items():
        # Her armpit narrows downwards: below it only what is seen of the arm is known to be arm.
        armpit = on.points[f"armpit_{side}"][1]
        most = np.interp(arm.axis[:, 1], [armpit, armpit + 0.1 * on.unit], [0.55, 0.25])
        inward = arm.inner - arm.axis
        far = np.maximum(np.hypot(*inward.T), 1.0)
        inner = arm.axis + inward * np.minimum(1.0, most * arm.wide / far)[:, None]
        drawn |= polygon(filled.shape, np.concatenate([arm.cap, arm.outer, inner[::-1]]))
    drawn = (drawn & (alpha > 0.5)) | seen | (garment > 0.5)
    body = cv2.morphologyEx(drawn.astype(np.uint8), cv2.MORPH_CLOSE, disc(0.004 * on.unit))
    body = cv2.morphologyEx(body, cv2.MORPH_OPEN, disc(0.03 * on.unit))
    low = smooth_edge(body.astype(np.float32), on.unit)
    first = (on.points["armpit_l"][1] + on.points["armpit_r"][1]) / 2 - 0.25 * on.unit
    low[: max(0, int(first))] = 1
    # The shadow of the garment is filled too: there her own outline is known.
    known = cv2.dilate(seen.astype(np.float32), _SQUARE)
    return cast("Field", np.maximum(np.minimum(inside, low), known))


def _below_shoulders(filled: Mask, alpha: Field, garment: Field, on: Body) -> Field:
    """Return 0 above the line that joins what is seen of her shoulders, else 1."""
    inside = np.ones(filled.shape, np.float32)
    rows = np.arange(len(filled), dtype=np.float32)[:, None]
    for side, sign in (("l", -1), ("r", 1)):
        neck, end = on.points[f"neck_{side}"], on.points[f"armpit_{side}"]
        shoulder = on.points[f"shoulder_{side}"][0]
        first = max(0, int(neck[1] - 0.1 * on.unit))
        left, right = sorted((int(neck[0] - sign * 0.06 * on.unit), int(shoulder)))
        window = np.s_[first : int(end[1]), max(0, left) : right + 1]
        seen = (alpha[window] > 0.5) | (garment[window] > 0.5)
        if not seen.size:
            continue
        top = seen.argmax(axis=0)
        at = np.arange(len(top))
        hidden = filled[window][np.minimum(top + 1, len(seen) - 1), at]
        hidden &= garment[window][top, at] < 0.5
        near = np.ones(2 * round(0.015 * on.unit) + 1)
        hidden = np.convolve(hidden, near, mode="same") > 0
        told = ~hidden & (top > 0)
        if told.sum() > 2 and hidden.any():
            line = first + np.interp(at, at[told], top[told])
            over = np.clip(rows - line[None].astype(np.float32) + 0.5, 0, 1)
            inside[:, window[1]] = np.where(hidden[None], over, 1)
    return inside


def continued(colors: Field, known: Mask, filled: Mask, unit: float) -> Field:
    """This function will continue skin into what is to be filled, without a seam (float32 H×W×3).

    ``colors`` is float32 H×W×3, sRGB 0 to 255; ``known`` and ``filled`` are bool H×W. Laplace's
    equation is solved with what is known at its border: Pérez, Gangnet and Blake, Poisson image
    editing, SIGGRAPH 2003. Where nothing known is near, it is spread. The grain of the known is
    laid over it.
    """
    wide = max(1.0, 0.01 * unit)
    weight = cv2.GaussianBlur(known.astype(np.float32), (0, 0), wide)
    smooth = cv2.GaussianBlur(colors * known[..., None], (0, 0), wide)
    smooth /= np.maximum(weight, 1e-3)[..., None]
    result = spread(smooth, known)
    result = cv2.GaussianBlur(result, (0, 0), 2 * wide)
    result[known] = smooth[known]
    step = max(1, round(unit / 160))
    small = (filled.shape[1] // step, filled.shape[0] // step)
    asked = cv2.resize(filled.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0
    share = cv2.resize(known.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    asked &= share < 0.5
    own = cv2.resize(result * known[..., None], small, interpolation=cv2.INTER_AREA)
    own /= np.maximum(share, 1e-3)[..., None]
    solved = np.where((share > 0.5)[..., None], own, cv2.resize(result, small))
    if asked.any():
        solved[asked] = _harmonic(solved, asked, share >= 0.5)
    whole = cv2.resize(solved, filled.shape[::-1], interpolation=cv2.INTER_LINEAR)
    result = np.where(known[..., None], smooth, whole)
    grain = np.random.default_rng(0).normal(0, 1, filled.shape).astype(np.float32)
    rough = np.abs(colors - smooth).mean(axis=2)[known]
    level = float(np.median(rough)) * 0.6 if rough.size else 0.0
    return cast("Field", result + (grain * np.float32(min(level, 2.0)))[..., None])


def _harmonic(colors: Field, asked: Mask, known: Mask) -> Field:
    """Solve Laplace's equation in ``asked``; what is neither there nor known is no neighbor."""
    number = np.full(asked.shape, -1)
    number[asked] = np.arange(asked.sum())
    count = int(asked.sum())
    # A weak pull to what was spread keeps parts solvable that touch nothing known.
    degree, total = np.full(count, 1e-4), 1e-4 * colors[asked].astype(np.float64)
    pairs = []
    for step in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        beside = np.roll(number, step, axis=(0, 1))
        given = np.roll(known, step, axis=(0, 1))
        tone = np.roll(colors, step, axis=(0, 1))
        one, two = number[asked], beside[asked]
        pairs.append(np.stack([one, two])[:, two >= 0])
        degree[one] += (two >= 0) | given[asked]
        total[one] += np.where(given[asked][:, None], tone[asked], 0)
    one, two = np.concatenate(pairs, axis=1)
    system = sp.diags(degree) - sp.coo_matrix((np.ones(len(one)), (one, two)), (count, count))
    return cast("Field", splu(system.tocsc()).solve(total).astype(np.float32))

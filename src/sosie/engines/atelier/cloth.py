"""Cloth from a swatch: its color, its pattern, and how the pattern lies on a worn garment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, Pixels, spread
from sosie.core.studio import Card
from sosie.engines.atelier.colour import to_linear
from sosie.engines.atelier.points import Points, has, pair, points_of

LEAST_SIDE = 64
"""Pixels that the short side of a swatch must have."""
WIDTH_CM = 20.0
"""How wide the cloth in a swatch is where the order does not say it."""
BODY_CM = 172.0
"""How tall she is taken to be: a card has no centimeters."""

_READ = 512
"""A swatch is read at this size, which holds two hundred threads of a stripe."""
_PLAIN = 2.2
"""Mean distance from the mean color, in CIELAB, under which cloth has no pattern."""
_REPEATS = 0.35
"""Autocorrelation from which a pattern repeats."""
_MOST_SHIFT_CM = 0.7
"""How far a fold moves the pattern."""


@dataclass(frozen=True, slots=True)
class Cloth:
    """What a swatch shows."""

    color: NDArray[np.float32]
    """Mean reflectance in linear light, 0 to 1."""
    tile: Field | None
    """float32 H×W×3 in linear light: the part that is laid side by side; None if plain."""
    share: float
    """Width of the tile as a share of the swatch's."""


def read(swatch: Pixels) -> Cloth:
    """This function will read color and pattern off a photograph of cloth.

    ``swatch`` is uint8 H×W×3 sRGB, evenly lit or nearly so: a slow fall of light is divided out. A
    tile is cut to whole repeats of the pattern, found by autocorrelation; what does not repeat is
    mirrored at its edges.
    """
    height, width = swatch.shape[:2]
    shrink = min(1.0, _READ / max(height, width))
    size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
    image = to_linear(cv2.resize(swatch, size, interpolation=cv2.INTER_AREA).astype(np.float32))
    flat = _evened(image)
    color = flat.mean(axis=(0, 1)).astype(np.float32)
    fine = cv2.GaussianBlur(flat, (0, 0), max(0.8, 0.004 * size[0]))
    lab = cv2.cvtColor(np.clip(fine, 0, 1) ** np.float32(1 / 2.2), cv2.COLOR_RGB2LAB)
    if np.sqrt(((lab - lab.mean(axis=(0, 1))) ** 2).sum(axis=2)).mean() < _PLAIN:
        return Cloth(color, None, 1.0)
    tile = _repeat(flat, lab)
    # A cut at whole repeats weighs the colors of the pattern as the cloth does, not the photograph.
    color = tile.mean(axis=(0, 1)).astype(np.float32)
    return Cloth(color, tile, tile.shape[1] / size[0])


def _evened(image: Field) -> Field:
    """Divide out a slow fall of light: a plane through the logarithm of the luminance."""
    light = np.log(np.maximum(image.mean(axis=2), 1e-3))
    down, across = np.mgrid[-0.5 : 0.5 : light.shape[0] * 1j, -0.5 : 0.5 : light.shape[1] * 1j]
    terms = np.stack([np.ones(light.size), down.ravel(), across.ravel()], axis=1)
    bent = np.linalg.lstsq(terms, light.ravel(), rcond=None)[0]
    slope = (terms[:, 1:] @ bent[1:]).reshape(light.shape)
    return cast("Field", (image * np.exp(-slope)[..., None]).astype(np.float32))


def _repeat(flat: Field, lab: Field) -> Field:
    """Return the tile: whole repeats along each axis, or the picture and its mirror image."""
    for axis in (0, 1):
        step = _period(lab, axis)
        if step is None:
            flat = np.concatenate([flat, np.flip(flat, axis)], axis=axis)
        elif step:
            flat = np.take(flat, np.arange(step), axis=axis)
    return flat


def _period(lab: Field, axis: int) -> int | None:
    """Return a length along an axis that is a whole number of repeats of the pattern: 0 if it does
    not change along it, None if it changes and never repeats."""
    moved = lab - lab.mean(axis=(0, 1))
    along = np.moveaxis(moved, axis, 0)
    length = along.shape[0]
    power = np.abs(np.fft.rfft(along, n=2 * length, axis=0)) ** 2
    alike = np.fft.irfft(power.sum(axis=(1, 2)), n=2 * length)[: length // 2]
    alike /= np.arange(length, length - len(alike), -1)
    alike /= max(alike[0], 1e-9)
    if alike.min() > 0.8:
        return 0
    inner = (alike[1:-1] > alike[:-2]) & (alike[1:-1] >= alike[2:])
    peaks = 1 + np.flatnonzero(inner & (alike[1:-1] > max(_REPEATS, 0.85 * alike[4:].max())))
    peaks = peaks[peaks >= 4]
    if not peaks.size:
        return None
    # Its last multiple that is seen tells the repeat to a fraction of a pixel.
    first = int(peaks[0])
    last = (len(alike) - 2) // first * first
    around = np.arange(max(4, last - 3), min(len(alike), last + 4))
    return int(around[alike[around].argmax()])


def pixels_a_cm(card: Card) -> float:
    """This function will say how many pixels of a plate a centimeter on the body has.

    Crown to hips is half of a body's height; where either is out of frame the shoulders are a
    quarter of it apart.
    """
    points = points_of(card)
    if "crown" in points and has(points, "hip"):
        left, right = pair(points, "hip")
        return max((left[1] + right[1]) / 2 - points["crown"][1], 8.0) / (0.5 * BODY_CM)
    if has(points, "shoulder"):
        left, right = pair(points, "shoulder")
        return max(abs(right[0] - left[0]), 8.0) / (0.235 * BODY_CM)
    return max(card.face[3] - card.face[1], 8) / (0.13 * BODY_CM)


def lay(cloth: Cloth, own: Field, core: Mask, card: Card, width_cm: float | None) -> Field:
    """This function will lay a cloth on a worn garment: its reflectance at each pixel.

    ``own`` (float32 H×W×3, sRGB 0 to 255) is the garment's present color, ``core`` (bool H×W)
    surely garment; ``width_cm`` is how wide the cloth on the swatch is. The body is taken for an
    upright cylinder between the outer landmarks, so the pattern narrows toward its sides; the
    slope of the shading moves it in the folds. Returns float32 H×W×3 in linear light.
    """
    height, width = core.shape
    if cloth.tile is None:
        return np.broadcast_to(cloth.color, (height, width, 3)).astype(np.float32)
    scale = pixels_a_cm(card)
    wide = max(4, round((width_cm or WIDTH_CM) * cloth.share * scale))
    tall = max(4, round(wide * cloth.tile.shape[0] / cloth.tile.shape[1]))
    smaller = wide < cloth.tile.shape[1]
    tile = cv2.resize(
        cloth.tile, (wide, tall), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )
    window = _about(core, round(2 * scale))
    across, down = (part[window] for part in _surface((height, width), points_of(card)))
    moved = _folds(own[window], core[window], scale)
    laid = np.broadcast_to(cloth.color, (height, width, 3)).copy()
    laid[window] = cv2.remap(
        np.clip(tile, 0, 1),
        np.mod(across + moved[..., 0], wide).astype(np.float32),
        np.mod(down + moved[..., 1], tall).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return laid


def _about(mask: Mask, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _surface(shape: tuple[int, int], points: Points) -> tuple[Field, Field]:
    """Return how far around the body, and how far down, each pixel lies, in pixels."""
    height, width = shape
    rows: list[float] = []
    middles: list[float] = []
    radii: list[float] = []
    for name in ("armpit", "waist", "hip"):
        if has(points, name):
            left, right = pair(points, name)
            rows.append((left[1] + right[1]) / 2)
            middles.append((left[0] + right[0]) / 2)
            radii.append(0.56 * abs(right[0] - left[0]))
    down = np.arange(height, dtype=np.float32)[:, None]
    across = np.arange(width, dtype=np.float32)[None, :]
    if not rows:
        return np.broadcast_to(across, shape), np.broadcast_to(down, shape)
    middle = np.interp(down, rows, middles)
    radius = np.interp(down, rows, radii)
    out = (across - middle) / radius
    turn = np.arcsin(np.clip(out, -0.9, 0.9))
    edge = np.clip(np.abs(out) - 0.9, 0, None) * np.sign(out)
    around = (turn + edge) * float(np.mean(radii))
    return around.astype(np.float32), np.broadcast_to(down, shape)


def _folds(own: Field, core: Mask, scale: float) -> Field:
    """Return by how much folds move the pattern: float32 H×W×2 in pixels.

    The slope of the shading stands for that of the cloth.
    """
    light = np.log(np.maximum(own.mean(axis=2), 4)).astype(np.float32)
    near = spread(light[..., None], core)[..., 0]
    soft = cv2.GaussianBlur(near, (0, 0), max(1.0, 0.35 * scale))
    slope = np.stack([cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)], axis=2)
    moved = slope * (0.5 * scale * scale / 8)
    most = _MOST_SHIFT_CM * scale
    return cast("Field", most * np.tanh(moved / most))

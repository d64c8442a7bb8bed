"""New colors for cloth: its shading is kept, its reflectance replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.silhouette import Field, Mask, spread

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
MOST_DIFFERENCE = 3.0
"""Median CIEDE2000 in the well-lit half of the cloth that still counts as the color asked for."""

_GLOSS = 0.02
"""How much of the light cloth reflects uncolored: what makes the folds of black cloth visible."""
_MOST_LIGHT = 1.15
"""How much lighter than the cloth beside it an edge of cloth may be."""


@dataclass(frozen=True, slots=True)
class Dyed:
    """Recolored cloth."""

    colors: Field
    """float32 H×W×3, sRGB 0 to 255."""
    difference: float
    """Median CIEDE2000 from the target in the well-lit half of the cloth."""


def swatch(colour: str) -> NDArray[np.float32]:
    """This function will return the sRGB values (float32, 0 to 255) of a ``#rrggbb`` color."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float32)


def to_linear(srgb: Field) -> Field:
    """This function will turn sRGB (0 to 255) to linear light (0 to 1): IEC 61966-2-1."""
    part = np.clip(srgb, 0, 255) * np.float32(1 / 255)
    return cast("Field", np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4))


def to_srgb(linear: Field) -> Field:
    """This function will turn linear light (0 to 1) to sRGB (0 to 255): IEC 61966-2-1."""
    part = np.clip(linear, 0, 1)
    curve = np.where(
        part <= 0.0031308, 12.92 * part, 1.055 * np.maximum(part, 1e-9) ** (1 / 2.4) - 0.055
    )
    return cast("Field", (curve * 255).astype(np.float32))


def dye(own: Field, share: Field, core: Mask, paint: Field) -> Dyed:
    """This function will give cloth another color and keep its folds, stitches and texture.

    ``own`` (float32 H×W×3, sRGB 0 to 255) is the cloth's present color, ``share`` (float32
    H×W) its part of each pixel, ``core`` (bool H×W) surely cloth, ``paint`` the new reflectance in
    linear light: three values, or float32 H×W×3 where it has a pattern. Luminance over that of
    the well-lit cloth is taken as shading, and the paint
    is lit by it. Light cloth fills its own folds by light from fold to fold, dark cloth cannot,
    and the shine of dark cloth is stronger against its color: so the contrast of the shading is
    raised toward darker targets and lowered toward lighter ones, more in the large than in the
    fine. Returns colors for the whole window of ``share``; elsewhere they are ``own``. Raises
    ``ValueError`` if ``core`` is empty.
    """
    if not core.any():
        raise ValueError("`core`: no pixel is surely cloth")
    rows, columns = np.flatnonzero((share > 0).any(axis=1)), np.flatnonzero((share > 0).any(axis=0))
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inner = core[window]
    light = to_linear(own[window]) @ _LUMINANCE
    # Half a step of an 8-bit value in the darkest cloth, so that the logarithm stays finite.
    light = np.maximum(light, 2e-4)
    # An edge that is lighter than the cloth beside it still has skin or backdrop in it.
    beside = _MOST_LIGHT * spread(light.astype(np.float32), inner)[..., 0]
    light = np.where(inner, light, np.minimum(light, beside))
    lit = light[inner]
    bright = inner & (light >= np.median(lit))
    level = float(np.median(light[bright]))
    target = paint[window] if paint.ndim == 3 else paint
    mean = target[inner].mean(axis=0) if paint.ndim == 3 else paint
    lift = float(np.log10(max(float(mean @ _LUMINANCE), 2e-3) / level))
    shade = _shading(np.log(light / level).astype(np.float32), inner, lift, own.shape)
    wanted = to_srgb(target[bright] if paint.ndim == 3 else paint[None])
    difference = np.inf
    # Washed cloth varies more than its folds do: its contrast gives way until the color is met.
    for contrast in (1.0, 0.8, 0.64, 0.5, 0.4):
        cloth = to_srgb(_lit(shade**contrast, target))
        difference = _median_difference(cloth[bright], wanted)
        if difference <= MOST_DIFFERENCE:
            break
    colors = own.copy()
    colors[window] = np.where((share[window] > 0)[..., None], cloth, own[window])
    return Dyed(colors, difference)


def _shading(log_shade: Field, inner: Mask, lift: float, shape: tuple[int, ...]) -> Field:
    """Return shading (1 in well-lit cloth) with its contrast fitted to the new color."""
    unit = max(1.0, (shape[0] * shape[1]) ** 0.5 / 900)
    weight = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), 6 * unit)
    coarse = cv2.GaussianBlur(np.where(inner, log_shade, 0), (0, 0), 6 * unit)
    coarse = np.where(weight > 0.05, coarse / np.maximum(weight, 0.05), log_shade)
    fine = log_shade - coarse
    if lift > 0:
        # Steps between neighboring dark values would show as blotches on light cloth.
        calm = cv2.ximgproc.guidedFilter(log_shade, log_shade, round(2 * unit), 0.02 * lift)
        fine = fine + (calm - log_shade) * min(1.0, lift)
        large, little = max(0.42, 1 - 0.42 * lift), max(0.55, 1 - 0.32 * lift)
    else:
        large, little = 1 + 0.45 * min(-lift, 1.3), 1 + 0.65 * min(-lift, 1.3)
    steep = large * coarse + little * fine
    # Outlines and holes are no folds: deep shade is never made deeper than it was.
    deep = np.minimum(log_shade + 1.2, 0)
    steep = np.maximum(steep, max(large, 1.0) * -1.2 + deep) if lift <= 0 else steep
    return cast("Field", np.exp(steep).astype(np.float32))


def _lit(shade: Field, target: Field) -> Field:
    """Light a reflectance by a shading: highlights roll off below white, shine is uncolored."""
    over = np.maximum(shade - 1, 0)
    room = np.maximum(0.985 / np.maximum(target.max(axis=-1), 1e-3) - 1, 0.02)
    rolled = np.minimum(shade, 1) + room * (1 - np.exp(-over / room))
    shine = _GLOSS * np.minimum(over, 1.5)
    return cast("Field", rolled[..., None] * target + shine[..., None])


def _median_difference(srgb: Field, wanted: Field) -> float:
    """Return the median CIEDE2000 of colors (N×3) from those wanted (N×3, or 1×3 for all)."""
    if not len(srgb):
        return 0.0
    step = max(1, len(srgb) // 5000)
    other = wanted[::step] if len(wanted) > 1 else wanted
    return float(np.median(ciede2000(_lab(np.rint(srgb[::step])[None]), _lab(other[None]))))


def _lab(srgb: Field) -> Field:
    part = np.ascontiguousarray(srgb, np.float32) / np.float32(255)
    return cast("Field", cv2.cvtColor(part, cv2.COLOR_RGB2LAB))


def ciede2000(first: Field, second: Field) -> NDArray[np.float64]:
    """This function will return the CIEDE2000 difference of CIELAB colors (…×3, broadcast).

    Source: Sharma, Wu and Dalal, The CIEDE2000 color-difference formula, 2005.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    gray = c1 * c2 == 0
    turn = np.where(gray, 0, (h2 - h1 + 180) % 360 - 180)
    hue = np.where(gray, h1 + h2, (h1 + turn / 2) % 360)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * weight
    rotate = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotate *= np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    d_l, d_c = (l2 - l1) / s_l, (c2 - c1) / s_c
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / s_h
    return cast("NDArray[np.float64]", np.sqrt(d_l**2 + d_c**2 + d_h**2 + rotate * d_c * d_h))

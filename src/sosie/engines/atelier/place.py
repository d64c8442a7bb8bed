"""A photograph as backdrop: cropped, put out of focus and graded to stand behind a plate."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.matting import Matte
from sosie.core.silhouette import Field, Pixels, spread
from sosie.engines.atelier.backdrops import Setting
from sosie.engines.atelier.colour import to_linear

LEAST_SIDE = 320
"""Pixels that the short side of a scene must have."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_CLOSER = 1.18
"""A half-length figure is nearer: so much of the scene's width is left out."""
_MOST_COLORED, _LEAST_PALE = 0.7, 0.02
"""By what share of its brightest channel the darkest may lie below it, in linear light, for a pixel
to tell of the light; and the share of the scene that must."""
_TOWARD_PLATE = 0.75
"""How far the scene's white is moved to the plate's: all the way would take its mood."""
_MOST_GAIN, _LEAST_GAIN = 1.9, 0.5


def fit(photo: Pixels, shape: tuple[int, int], setting: Setting) -> Field:
    """This function will crop a photograph to a plate and put it out of focus by its depth.

    ``photo`` is uint8 H×W×3 sRGB, ``shape`` the plate's height and width. With the feet in the
    frame its foot is the plate's, so that she stands on its ground, and the ground about the
    soles is in focus as they are; above a half-length figure nothing is. Returns float32 H×W×3 in
    linear light.
    """
    height, width = shape
    tall, wide = photo.shape[:2]
    scale = max(height / tall, width / wide) * (1.0 if setting.floor is not None else _CLOSER)
    cut = (min(tall, round(height / scale)), min(wide, round(width / scale)))
    low = 1.0 if setting.floor is not None else 0.4
    top, left = round((tall - cut[0]) * low), (wide - cut[1]) // 2
    piece = photo[top : top + cut[0], left : left + cut[1]]
    smaller = cut[0] > height
    sized = cv2.resize(
        piece, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )
    sharp = to_linear(sized.astype(np.float32))
    if setting.floor is None:
        return _defocused(sharp, 0.0075 * height)
    far = _defocused(sharp, 0.0042 * height)
    near = _defocused(sharp, 0.0012 * height)
    down = np.arange(height, dtype=np.float32)[:, None, None]
    away = np.clip((setting.floor - down) / (0.16 * height), 0, 1)
    return cast("Field", near + (far - near) * away)


def _defocused(linear: Field, radius: float) -> Field:
    """Blur as a lens does: lights become discs, so the mean is taken over a disc."""
    whole = max(1, round(radius))
    down, across = np.mgrid[-whole : whole + 1, -whole : whole + 1]
    disc = np.clip(radius + 0.5 - np.hypot(down, across), 0, 1).astype(np.float32)
    blurred = cv2.filter2D(linear, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    return cast("Field", blurred)


def grade(scene: Field, pixels: Pixels, matte: Matte, backdrop: Field) -> Field:
    """This function will match a scene's light to a plate's: white balance and exposure.

    ``scene`` is float32 H×W×3 in linear light, ``pixels`` the plate, ``backdrop`` (float32 H×W×3,
    sRGB 0 to 255) the plate's own. Studio paper is nearly neutral, so its tint is that of the
    plate's light; the scene's is that of its bright parts (shades of gray: Finlayson and Trezzi,
    2004), those left out that have a color of their own, as a painted wall. The exposure is set so
    that the scene's middle lies a little under the person's. Returns float32 H×W×3 in linear
    light, 0 to 1.
    """
    few = scene[::8, ::8].reshape(-1, 3)
    bright = few.max(axis=1)
    pale = few[few.min(axis=1) > (1 - _MOST_COLORED) * bright]
    wanted = _light_of(backdrop)
    white = wanted  # where all is colored nothing tells of the light
    if len(pale) > _LEAST_PALE * len(few):
        white = (pale.astype(np.float64) ** 4).mean(axis=0) ** 0.25
    gain = (wanted / wanted.mean()) / np.maximum(white / white.mean(), 0.2)
    graded = scene * (np.clip(gain, 0.6, 1.6) ** _TOWARD_PLATE).astype(np.float32)
    person = to_linear(pixels[::8, ::8].astype(np.float32)) @ _LUMINANCE
    person = person[matte.alpha[::8, ::8] > 0.9]
    here = float(np.median(graded[::8, ::8] @ _LUMINANCE))
    there = 0.85 * float(np.median(person)) if person.size else here
    exposure = np.clip((there / max(here, 1e-3)) ** 0.7, _LEAST_GAIN, _MOST_GAIN)
    return _rolled(graded * np.float32(exposure))


def _light_of(backdrop: Field) -> NDArray[np.float64]:
    """Return the color of a plate's light by its backdrop: neutral where that is itself colored."""
    tone = to_linear(backdrop[::8, ::8]).reshape(-1, 3).mean(axis=0).astype(np.float64)
    tone = tone / tone.mean()
    return tone if np.ptp(tone) < 0.25 else np.ones(3)


def _rolled(linear: Field) -> Field:
    """Let highlights run out below white rather than clip."""
    knee = np.float32(0.8)
    over = np.maximum(linear - knee, 0)
    return cast("Field", np.minimum(linear, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee))))


def relit(colors: Field, matte: Matte, scene: Field, backdrop: Field) -> Field:
    """This function will match the light on the person gently to a scene.

    ``colors`` is float32 H×W×3, sRGB 0 to 255, ``scene`` float32 H×W×3 in linear light. The tint
    and the side of the scene's light, taken around her, are laid over her own light at a third of
    their strength, by at most an eighth. Returns float32 H×W×3, sRGB 0 to 255.
    """
    height, width = matte.alpha.shape
    small = (max(8, width // 16), max(8, height // 16))
    light = cv2.resize(scene, small, interpolation=cv2.INTER_AREA)
    old = cv2.resize(to_linear(backdrop), small, interpolation=cv2.INTER_AREA)
    hidden = cv2.resize(matte.alpha, small, interpolation=cv2.INTER_AREA) > 0.4
    gain = _around(light, hidden) / np.maximum(_around(old, hidden), 1e-3)
    # As bright as before on the whole: only the tint and the side change.
    gain = gain / max(float((gain @ _LUMINANCE).mean()), 1e-3)
    gain = np.clip(np.maximum(gain, 1e-3) ** 0.33, 0.88, 1.125).astype(np.float32)
    whole = cv2.resize(gain, (width, height), interpolation=cv2.INTER_CUBIC)
    # Light is multiplied in linear light; a power of sRGB is that to within the eye's reach.
    return cast("Field", np.clip(colors * whole ** np.float32(1 / 2.2), 0, 255))


def _around(light: Field, hidden: NDArray[np.bool_]) -> Field:
    """Return the light about the figure, very soft."""
    bare = spread(light.astype(np.float32), ~hidden) if not hidden.all() else light
    return cast("Field", cv2.GaussianBlur(bare, (0, 0), light.shape[0] / 6))

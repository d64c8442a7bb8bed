"""What happens to pictures on their way, as functions from uint8 H×W×3 to uint8 H×W×3.

``SET_A``: what every platform and phone does. ``FURTHER``: what is cut so far, or changed in two
ways at once, that a fingerprint alone finds nothing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from PIL import Image

from sosie.core.studio import Pixels

Attack = Callable[[Pixels], Pixels]


def recoded(picture: Pixels, form: str, quality: int) -> Pixels:
    """Return the picture after a round trip through JPEG or WEBP."""
    data = io.BytesIO()
    Image.fromarray(picture).save(data, form, quality=quality)
    with Image.open(io.BytesIO(data.getvalue())) as image:
        return np.asarray(image.convert("RGB"))


def jpeg(picture: Pixels, quality: int) -> Pixels:
    """Return the picture after a round trip through JPEG."""
    return recoded(picture, "JPEG", quality)


def scaled(picture: Pixels, factor: float, way: int = cv2.INTER_AREA) -> Pixels:
    """Return the picture resized by a factor."""
    height, width = picture.shape[:2]
    sides = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(
        cv2.resize(picture, sides, interpolation=way if factor < 1 else cv2.INTER_CUBIC), np.uint8
    )


def fit(picture: Pixels, long_side: int) -> Pixels:
    """Return the picture resized to a long side."""
    return scaled(picture, long_side / max(picture.shape[:2]))


def cropped(picture: Pixels, kept: float, seed: int = 1) -> Pixels:
    """Return a part with ``kept`` of the area, somewhere."""
    y, x = np.random.default_rng(seed).uniform(size=2)
    height, width = picture.shape[:2]
    rows, columns = int(height * kept**0.5), int(width * kept**0.5)
    top, left = int(y * (height - rows)), int(x * (width - columns))
    return np.ascontiguousarray(picture[top : top + rows, left : left + columns])


def turned(picture: Pixels, degrees: float) -> Pixels:
    """Return the picture turned and cut to the largest clean frame, as phone editors do."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    whole = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC)
    sin, cos = np.sin(np.deg2rad(abs(degrees))), np.cos(np.deg2rad(degrees))
    kept = min(height / (height * cos + width * sin), width / (width * cos + height * sin))
    rows, columns = int(height * kept), int(width * kept)
    top, left = (height - rows) // 2, (width - columns) // 2
    return np.ascontiguousarray(whole[top : top + rows, left : left + columns], dtype=np.uint8)


def tone(picture: Pixels, gain: float, offset: float, gamma: float = 1.0) -> Pixels:
    """Return the picture brighter or darker."""
    moved = 255 * (np.clip(picture * gain + offset, 0, 255) / 255) ** gamma
    return np.asarray(np.rint(moved), np.uint8)


def lettered(picture: Pixels) -> Pixels:
    """Return the picture with three lines of text over it and a bar below."""
    out = picture.copy()
    height, width = out.shape[:2]
    for line in range(3):
        at = (int(width * 0.05), int(height * (0.3 + 0.25 * line)))
        font, thick = cv2.FONT_HERSHEY_DUPLEX, max(1, width // 175)
        cv2.putText(out, "@fashion_repost 2026", at, font, width / 540, (255, 255, 255), thick)
    out[int(height * 0.9) :] = 20
    return out


def mirrored(picture: Pixels) -> Pixels:
    """Return the picture mirrored left to right."""
    return np.ascontiguousarray(picture[:, ::-1])


def noisy(picture: Pixels, levels: float) -> Pixels:
    """Return the picture with noise of so many levels."""
    noise = np.random.default_rng(0).normal(0, levels, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def screenshot(picture: Pixels) -> Pixels:
    """Return the picture as a screen shows it, cut a little, as JPEG."""
    return jpeg(cropped(scaled(picture, 0.83, cv2.INTER_LINEAR), 0.92, 3), 80)


SET_A: dict[str, Attack] = {
    "none": lambda p: p,
    **{f"JPEG q{q}": partial(jpeg, quality=q) for q in (90, 70, 50, 30)},
    "WebP q60": lambda p: recoded(p, "WEBP", 60),
    "1080 px": lambda p: fit(p, 1080),
    "half size": lambda p: scaled(p, 0.5),
    **{f"{100 - k} % cut off": partial(cropped, kept=k / 100) for k in (95, 90, 75, 50)},
    "turned 2°": lambda p: turned(p, 2),
    "turned 5°": lambda p: turned(p, 5),
    "screenshot": screenshot,
    "brighter": lambda p: tone(p, 1.2, -10),
    "gamma 0.8": lambda p: tone(p, 1, 0, 0.8),
    "text over it": lettered,
    "mirrored": mirrored,
    "blur 1 px": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 1.0), np.uint8),
    "noise 5": lambda p: noisy(p, 5),
    "1080 px, q70": lambda p: jpeg(fit(p, 1080), 70),
    "1080 px, q50": lambda p: jpeg(fit(p, 1080), 50),
    "25 % cut, 1080, q70": lambda p: jpeg(fit(cropped(p, 0.75), 1080), 70),
    "25 % cut, 1080, q50": lambda p: jpeg(fit(cropped(p, 0.75), 1080), 50),
    "50 % cut, 1080, q50": lambda p: jpeg(fit(cropped(p, 0.5), 1080), 50),
    "2°, 25 % cut, 1080, q50": lambda p: jpeg(fit(cropped(turned(p, 2), 0.75), 1080), 50),
    "720 px, q60": lambda p: jpeg(fit(p, 720), 60),
}

FURTHER: dict[str, Attack] = {
    "70 % cut, 720, q60": lambda p: jpeg(fit(cropped(p, 0.30, 4), 720), 60),
    "80 % cut, 1080, q70": lambda p: jpeg(fit(cropped(p, 0.20, 3), 1080), 70),
    "85 % cut off": lambda p: cropped(p, 0.15, 2),
    "mirrored, 50 % cut, q50": lambda p: jpeg(cropped(mirrored(p), 0.5, 5), 50),
    "mirrored, text over it": lambda p: lettered(mirrored(p)),
    "text over it, 50 % cut": lambda p: cropped(lettered(p), 0.5, 2),
    "turned 90°, q60": lambda p: jpeg(np.ascontiguousarray(np.rot90(p)), 60),
    "turned 9°, 1080, q70": lambda p: jpeg(fit(turned(p, 9), 1080), 70),
    "400 px, q60": lambda p: jpeg(fit(p, 400), 60),
}

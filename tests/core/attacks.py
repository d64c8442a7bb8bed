"""What happens to pictures on their way: named functions from uint8 H×W×3 to uint8 H×W×3.

``SET_A``: what every platform and phone does. ``HARDER``: what people and rough platforms do on
top. Each is the same on every run.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from PIL import Image

Picture = Any
"""uint8 H×W×3, sRGB."""
Attack = Callable[[Picture], Picture]


def _as_bytes(values: Picture) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def recoded(picture: Picture, form: str, quality: int) -> Picture:
    """Return the picture after a round trip through JPEG, WEBP or AVIF."""
    data = io.BytesIO()
    options = {"WEBP": {"method": 2}, "AVIF": {"speed": 8}}.get(form, {})
    Image.fromarray(picture).save(data, form, quality=quality, **options)
    with Image.open(io.BytesIO(data.getvalue())) as image:
        return np.asarray(image.convert("RGB"))


def jpeg(picture: Picture, quality: int) -> Picture:
    """Return the picture after a round trip through JPEG."""
    return recoded(picture, "JPEG", quality)


def scaled(picture: Picture, factor: float, way: int = cv2.INTER_AREA) -> Picture:
    """Return the picture resized by a factor."""
    height, width = picture.shape[:2]
    sides = (max(1, round(width * factor)), max(1, round(height * factor)))
    return cv2.resize(picture, sides, interpolation=way if factor < 1 else cv2.INTER_CUBIC)


def fit(picture: Picture, long_side: int) -> Picture:
    """Return the picture resized to a long side."""
    return scaled(picture, long_side / max(picture.shape[:2]))


def resized(picture: Picture, long_side: int, quality: int) -> Picture:
    """Return the picture resized to a long side, as JPEG."""
    return jpeg(fit(picture, long_side), quality)


def cropped(picture: Picture, kept: float, seed: int = 1) -> Picture:
    """Return a part with ``kept`` of the area, somewhere."""
    y, x = np.random.default_rng(seed).uniform(size=2)
    height, width = picture.shape[:2]
    rows, columns = int(height * kept**0.5), int(width * kept**0.5)
    top, left = int(y * (height - rows)), int(x * (width - columns))
    return np.ascontiguousarray(picture[top : top + rows, left : left + columns])


def turned(picture: Picture, degrees: float) -> Picture:
    """Return the picture turned and cut to the largest clean frame, as phone editors do."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    whole = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC)
    sin, cos = np.sin(np.deg2rad(abs(degrees))), np.cos(np.deg2rad(degrees))
    kept = min(height / (height * cos + width * sin), width / (width * cos + height * sin))
    rows, columns = int(height * kept), int(width * kept)
    top, left = (height - rows) // 2, (width - columns) // 2
    return np.ascontiguousarray(whole[top : top + rows, left : left + columns])


def tone(picture: Picture, gain: float, offset: float, gamma: float = 1.0) -> Picture:
    """Return the picture brighter or darker."""
    return _as_bytes(255 * (np.clip(picture * gain + offset, 0, 255) / 255) ** gamma)


def lettered(picture: Picture) -> Picture:
    """Return the picture with three lines of text over it and a bar below."""
    out = picture.copy()
    height, width = out.shape[:2]
    for line in range(3):
        at = (int(width * 0.05), int(height * (0.3 + 0.25 * line)))
        cv2.putText(
            out, "@fashion_repost 2026", at, cv2.FONT_HERSHEY_DUPLEX, width / 540,
            (255, 255, 255), max(1, width // 175),
        )  # fmt: skip
    out[int(height * 0.9) :] = 20
    return out


def faced(
    picture: Picture,
    other: Picture,
    at: tuple[float, ...],
    there: tuple[float, ...],
) -> Picture:
    """Return the picture with the face of another, feathered and in the tone of its own: ``at`` and
    ``there`` are the boxes of both (left, top, right, bottom), in shares of the pictures."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(v * s) for v, s in zip(at, (width, height) * 2, strict=True))
    size = (right - left, bottom - top)
    rows, columns = other.shape[:2]
    x, y, x2, y2 = (round(v * s) for v, s in zip(there, (columns, rows) * 2, strict=True))
    face = cv2.resize(other[y:y2, x:x2], size, interpolation=cv2.INTER_AREA)
    oval = np.zeros(size[::-1], np.float32)
    middle = (size[0] // 2, size[1] // 2)
    cv2.ellipse(oval, middle, (size[0] * 2 // 5, size[1] * 2 // 5), 0, 0, 360, 1.0, -1)
    oval = cv2.GaussianBlur(oval, (0, 0), size[0] / 20)[..., None]
    out = picture.astype(np.float32)
    part = out[top:bottom, left:right]
    face = face + ((part - face) * oval).mean(axis=(0, 1)) / oval.mean()
    out[top:bottom, left:right] = part * (1 - oval) + face * oval
    return _as_bytes(out)


def textured(picture: Picture, cell: int, levels: int) -> Picture:
    """Return the picture with words in a checkerboard, so many levels lighter and darker by turns:
    on average, they change nothing."""
    height, width = picture.shape[:2]
    words = np.zeros((height, width), np.uint8)
    cv2.putText(words, "ACME", (width // 5, height // 2), 0, width / 250, 255, max(6, width // 40))
    rows, columns = np.indices(words.shape) // cell
    sign = np.where((rows + columns) % 2, levels, -levels)
    return np.where(words[..., None] > 0, _as_bytes(picture + sign[..., None]), picture)


def spared(picture: Picture, sigma: float, seed: int = 0) -> Picture:
    """Return the picture in noise of so many levels, but for words, which stand out by it."""
    height, width = picture.shape[:2]
    words = np.zeros((height, width), np.uint8)
    cv2.putText(words, "FAKE", (width // 10, height // 2), 0, width / 110, 255, max(8, width // 14))
    return np.where(words[..., None] > 0, picture, noisy(picture, sigma, seed))


def stamped(picture: Picture, share: float) -> Picture:
    """Return the picture with a small logo, so large a share of its longer side: a disk in a
    square."""
    out = picture.copy()
    height, width = out.shape[:2]
    side = round(share * max(height, width))
    top, left = round(0.55 * height), round(0.5 * width)
    out[top : top + side, left : left + side] = (200, 30, 40)
    cv2.circle(
        out, (left + side // 2, top + side // 2), side // 3, (240, 240, 240), -1, cv2.LINE_AA
    )
    return out


def screenshot(picture: Picture) -> Picture:
    """Return the picture as a screen shows it, cut a little, as JPEG."""
    return jpeg(cropped(scaled(picture, 0.83, cv2.INTER_LINEAR), 0.92, 3), 80)


def noisy(picture: Picture, levels: float, seed: int = 0) -> Picture:
    """Return the picture with noise of so many levels."""
    noise = np.random.default_rng(seed).normal(0, levels, picture.shape)
    return _as_bytes(picture + noise)


def perspective(picture: Picture, share: float, seed: int = 5) -> Picture:
    """Return the picture with its corners moved by up to a share of its sides, and cut clean."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moves = np.random.default_rng(seed).uniform(0.4, 1.0, (4, 2)) * share
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    signs = np.random.default_rng(seed + 1).choice([-1, 1], (4, 2))
    moved = corners + (moves * inward * signs * (width, height)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    whole = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC)
    top, left = int(height * share), int(width * share)
    return np.ascontiguousarray(whole[top : height - top, left : width - left])


def stretched(picture: Picture, share: float) -> Picture:
    """Return the picture wider by a share, at the same height."""
    height, width = picture.shape[:2]
    return cv2.resize(picture, (round(width * (1 + share)), height), interpolation=cv2.INTER_LINEAR)


def curved(picture: Picture, curve: Callable[[Any], Any]) -> Picture:
    """Return the picture with a curve of lightness, 0 to 1, in all channels."""
    return _as_bytes(255 * curve(np.arange(256) / 255))[picture]


def slimmer(picture: Picture, share: float) -> Picture:
    """Return the picture squeezed to a share of its width, its sides filled with what goes on."""
    height, width = picture.shape[:2]
    narrow = cv2.resize(picture, (round(width * share), height), interpolation=cv2.INTER_AREA)
    page = np.array(cv2.GaussianBlur(picture, (0, 0), 40))
    left = (width - narrow.shape[1]) // 2
    page[:, left : left + narrow.shape[1]] = narrow
    return page


def lighter(picture: Picture, levels: float) -> Picture:
    """Return the picture with a soft place in the middle, as large as a face, lightened."""
    height, width = picture.shape[:2]
    there = np.zeros((height, width), np.float32)
    cv2.ellipse(there, (width // 2, height // 2), (width // 8, height // 10), 0, 0, 360, 1, -1)
    return _as_bytes(picture + levels * cv2.GaussianBlur(there, (0, 0), 3)[..., None])


def other(size: tuple[int, int], seed: int) -> Picture:
    """Return an unmarked drawn picture of (height, width): forms, cloth, light, grain."""
    random = np.random.default_rng(seed)
    height, width = size
    small = random.normal(0, 1, (6, 8, 3)).astype(np.float32)
    out = 140 + 40 * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(6):
        center = (int(random.uniform(0, width)), int(random.uniform(0, height)))
        axes = tuple(int(v) for v in random.uniform(0.05, 0.35, 2) * min(size))
        mask = np.zeros(size, np.uint8)
        cv2.ellipse(mask, center, axes, float(random.uniform(0, 180)), 0, 360, 255, -1)
        period, turn = random.uniform(3, 40), random.uniform(0, np.pi)
        weave = np.sin(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period)
        color = random.uniform(20, 235, 3)
        cloth = color + random.uniform(0, 30) * weave[..., None]
        out[mask > 0] = cloth[mask > 0]
    return _as_bytes(out + random.normal(0, random.uniform(0.5, 4), out.shape))


def backdrop(
    color: tuple[int, int, int], *, grain: float = 0.0, fall: float = 0.0, height: int = 1200
) -> Picture:
    """Return an empty studio, height×(0.75 height): one color, darker by ``fall`` at the floor.

    ``grain``: levels rms of noise, alike in all three colors."""
    size = (height, height * 3 // 4)
    light = 1 - fall * np.linspace(0, 1, height)[:, None, None]
    noise = grain * np.random.default_rng(1).standard_normal((*size, 1))
    return _as_bytes(np.array(color) * light + noise)


BACKDROPS = {
    "white": (245, 245, 245),
    "light grey": (220, 220, 220),
    "grey": (128, 128, 128),
    "dark grey": (48, 48, 48),
    "black": (14, 14, 14),
    "sand": (206, 190, 170),
    "blue": (70, 100, 150),
    "red": (150, 50, 50),
}


def interface(picture: Picture) -> Picture:
    """Return a phone's screenshot: the picture in the middle of an app, 1080×2160."""
    page = np.full((2160, 1080, 3), 250, np.uint8)
    shown = scaled(picture, 1080 / picture.shape[1])
    rows = min(shown.shape[0], 1640)
    top = (shown.shape[0] - rows) // 2
    page[230 : 230 + rows] = shown[top : top + rows]
    page[:90] = 20
    cv2.circle(page, (80, 160), 45, (200, 90, 90), -1)
    for at, text in ((175, "maison.example"), (250 + rows, "2,431 likes"), (320 + rows, "New in")):
        cv2.putText(page, text, (150, at), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (30, 30, 30), 3)
    page[2040:] = 255
    for place in range(5):
        cv2.rectangle(page, (90 + 210 * place, 2075), (140 + 210 * place, 2125), (40, 40, 40), 4)
    return jpeg(page, 80)


def collage(picture: Picture) -> Picture:
    """Return four pictures on one page; one of them is this one."""
    height, width = 960, 960
    page = np.full((2 * height + 30, 2 * width + 30, 3), 255, np.uint8)
    scale = max(height / picture.shape[0], width / picture.shape[1])
    shown = scaled(picture, scale)
    top, left = (shown.shape[0] - height) // 2, (shown.shape[1] - width) // 2
    tiles = [other((height, width), seed) for seed in (11, 12, 13)]
    tiles.insert(2, shown[top : top + height, left : left + width])
    for place, tile in enumerate(tiles):
        y, x = 10 + (place // 2) * (height + 10), 10 + (place % 2) * (width + 10)
        page[y : y + height, x : x + width] = tile[:height, :width]
    return jpeg(page, 75)


def bordered(picture: Picture) -> Picture:
    """Return the picture in a wide plain frame, square, as JPEG."""
    side = int(max(picture.shape[:2]) * 1.15)
    page = np.full((side, side, 3), (236, 228, 220), np.uint8)
    height, width = picture.shape[:2]
    top, left = (side - height) // 2, (side - width) // 2
    page[top : top + height, left : left + width] = picture
    return jpeg(fit(page, 1080), 75)


def slogan(picture: Picture) -> Picture:
    """Return the picture with two lines of words in a plain frame below it."""
    height, width = picture.shape[:2]
    page = np.full((height * 5 // 3, width, 3), 255, np.uint8)
    page[:height] = picture
    for line, text in enumerate(("I LOST 20 KG", "patient since 2024")):
        at = (width // 20, height + (2 + line) * width // 10)
        cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, width / 600, (150,) * 3, width // 300)
    return jpeg(page, 88)


def sharpened(picture: Picture) -> Picture:
    """Return the picture after a strong unsharp mask."""
    values = picture.astype(np.float32)
    return _as_bytes(values + 1.2 * (values - cv2.GaussianBlur(values, (0, 0), 1.5)))


def denoised(picture: Picture) -> Picture:
    """Return the picture after a bilateral filter, at 1080 pixels."""
    return cv2.bilateralFilter(fit(picture, 1080), 7, 18, 3)


def local_contrast(picture: Picture) -> Picture:
    """Return the picture after contrast-limited adaptive histogram equalization."""
    parts = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    parts[:, :, 0] = cv2.createCLAHE(2.0, (8, 8)).apply(parts[:, :, 0])
    return cv2.cvtColor(parts, cv2.COLOR_LAB2RGB)


def grey(picture: Picture) -> Picture:
    """Return the picture without color."""
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def sepia(picture: Picture) -> Picture:
    """Return the picture in browns, as filters do."""
    mixed = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]
    return _as_bytes(picture.astype(float) @ np.array(mixed).T)


def saturated(picture: Picture, factor: float) -> Picture:
    """Return the picture more colorful by a factor."""
    plain = grey(picture).astype(float)
    return _as_bytes(plain + factor * (picture - plain))


def rounded(picture: Picture, share: float, level: int) -> Picture:
    """Return the picture with rounded corners, by a share of its shorter side, of one grey."""
    height, width = picture.shape[:2]
    radius = min(height, width) * share
    y, x = np.indices((height, width)) + 0.5
    beyond = np.maximum(radius - np.minimum(x, width - x), 0)
    below = np.maximum(radius - np.minimum(y, height - y), 0)
    kept = np.clip(radius - np.hypot(beyond, below) + 0.5, 0, 1)[..., None]
    return _as_bytes(picture * kept + level * (1 - kept))


def two_platforms(picture: Picture) -> Picture:
    """Return the picture after two platforms: 1440 pixels at 75, cut, then 1080 WebP at 65."""
    first = jpeg(fit(picture, 1440), 75)
    return recoded(fit(cropped(first, 0.85, 7), 1080), "WEBP", 65)


def photographed(picture: Picture) -> Picture:
    """Return a photograph of a print: halftone, paper, blur, uneven light, perspective, JPEG."""
    page = fit(picture, 1600).astype(np.float32)
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = np.deg2rad(30)
    u = 2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / 3.4
    v = 2 * np.pi * (y * np.cos(turn) - x * np.sin(turn)) / 3.4
    page += 22 * (np.sin(u) * np.sin(v))[..., None]
    page = cv2.GaussianBlur(page, (0, 0), 1.3)
    light = 0.82 + 0.2 * x / width - 0.1 * (y / height) ** 2
    page = 14 + 0.86 * page * light[..., None]
    shot = perspective(_as_bytes(page), 0.015, 9)
    return jpeg(noisy(scaled(turned(shot, 1.2), 0.8), 3.0, 4), 80)


def regenerated(picture: Picture) -> Picture:
    """Return the picture as generative re-encoding leaves it: denoised hard, grain of its own."""
    small = fit(picture, 1024)
    smooth = cv2.medianBlur(cv2.bilateralFilter(small, 9, 22, 3), 3)
    return jpeg(noisy(cv2.GaussianBlur(smooth, (0, 0), 0.8), 4.0, 6), 85)


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
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "blur 1 px": lambda p: cv2.GaussianBlur(p, (0, 0), 1.0),
    "noise 5": lambda p: noisy(p, 5),
    "1080 px, q70": lambda p: jpeg(fit(p, 1080), 70),
    "1080 px, q50": lambda p: jpeg(fit(p, 1080), 50),
    "25 % cut, 1080, q70": lambda p: jpeg(fit(cropped(p, 0.75), 1080), 70),
    "25 % cut, 1080, q50": lambda p: jpeg(fit(cropped(p, 0.75), 1080), 50),
    "50 % cut, 1080, q50": lambda p: jpeg(fit(cropped(p, 0.5), 1080), 50),
    "2°, 25 % cut, 1080, q50": lambda p: jpeg(fit(cropped(turned(p, 2), 0.75), 1080), 50),
    "720 px, q60": lambda p: jpeg(fit(p, 720), 60),
}

HARDER: dict[str, Attack] = {
    "512 px, q70": lambda p: jpeg(fit(p, 512), 70),
    "85 % cut off": lambda p: cropped(p, 0.15, 2),
    "80 % cut, 1080, q70": lambda p: jpeg(fit(cropped(p, 0.20, 3), 1080), 70),
    "70 % cut, 720, q60": lambda p: jpeg(fit(cropped(p, 0.30, 4), 720), 60),
    "perspective 2 %": lambda p: jpeg(fit(perspective(p, 0.02), 1080), 75),
    "perspective 4 %": lambda p: jpeg(fit(perspective(p, 0.04, 8), 1080), 75),
    "8 % wider": lambda p: jpeg(fit(stretched(p, 0.08), 1080), 75),
    "8 % narrower": lambda p: jpeg(fit(stretched(p, -0.08), 1080), 75),
    "phone interface": interface,
    "quarter of a collage": collage,
    "borders": bordered,
    "JPEG q20": lambda p: jpeg(p, 20),
    "1080 px, q30": lambda p: jpeg(fit(p, 1080), 30),
    "WebP q30": lambda p: recoded(p, "WEBP", 30),
    "AVIF q40": lambda p: recoded(p, "AVIF", 40),
    "median 5": lambda p: cv2.medianBlur(p, 5),
    "sharpened": sharpened,
    "denoised": denoised,
    "local contrast": local_contrast,
    "grey, q60": lambda p: jpeg(grey(p), 60),
    "two platforms": two_platforms,
    "print, photographed": photographed,
    "denoised, regrained": regenerated,
    "mirrored, 40 % cut, q50": lambda p: jpeg(
        fit(cropped(np.ascontiguousarray(p[:, ::-1]), 0.6, 5), 1080), 50
    ),
    "turned 90°, q60": lambda p: jpeg(fit(np.ascontiguousarray(np.rot90(p)), 1080), 60),
    "turned 180°, q60": lambda p: jpeg(fit(np.ascontiguousarray(p[::-1, ::-1]), 1080), 60),
    "turned 9°, 1080, q70": lambda p: jpeg(fit(turned(p, 9), 1080), 70),
    "darker, noise 8": lambda p: noisy(tone(p, 0.6, 5), 8, 2),
}

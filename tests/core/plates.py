"""Drawn studio pictures for tests: backdrop, figure, garment with a weave. They show nobody."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Pixels


def shifted(color: tuple[int, int, int], by: tuple[float, float, float]) -> tuple[int, int, int]:
    """This function will move an sRGB color by a CIELAB vector."""
    one = np.array([[color]], np.float32) / 255
    lab = cv2.cvtColor(one, cv2.COLOR_RGB2LAB) + np.array(by, np.float32)
    back = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)[0, 0] * 255
    red, green, blue = (round(float(v)) for v in back)
    return red, green, blue


@cache
def plate(
    seed: int = 0,
    *,
    height: int = 1080,
    garment: tuple[int, int, int] = (60, 70, 140),
    backdrop: tuple[int, int, int] = (205, 203, 200),
) -> Pixels:
    """This function will draw a picture, uint8 height×(0.75 height)×3; equal seeds pose alike.

    The picture is kept and may not be written to."""
    draw = np.random.default_rng(seed)
    width = height * 3 // 4
    unit = height / 1080
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 1 - 0.18 * (y / height) - 0.06 * np.abs(x / width - 0.5)
    picture = np.array(backdrop, np.float32) * light[..., None]

    def fill(mask: NDArray[np.uint8], color: tuple[int, int, int], grain: float) -> None:
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 1.2)[..., None]
        cloth = cv2.GaussianBlur(draw.normal(0, 1, (height, width)), (0, 0), 1.5 * unit)
        coarse = draw.normal(0, 1, (height // 24, width // 24))
        folds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        shade = 1 + grain * cloth / cloth.std() + 2.2 * grain * folds / folds.std()
        shown = np.array(color, np.float32) * shade[..., None]
        picture[:] = picture * (1 - soft) + shown * soft

    def blank() -> NDArray[np.uint8]:
        return np.zeros((height, width), np.uint8)

    def at(px: float, py: float) -> tuple[int, int]:
        return round(px * width), round(py * height)

    lean = float(draw.uniform(-0.06, 0.06))
    torso, arms, head, hair = blank(), blank(), blank(), blank()
    spine = [at(0.33 + lean, 0.30), at(0.67 + lean, 0.30), at(0.72, 0.72), at(0.28, 0.72)]
    for side, (px, py) in ((0.34, draw.uniform(0.1, 0.25, 2)), (0.66, draw.uniform(0.1, 0.25, 2))):
        reach = -px if side < 0.5 else px
        elbow = at(side + lean + reach, 0.45 + py / 2)
        hand = at(side + lean + reach * 0.5, 0.62 + py)
        cv2.polylines(
            arms, [np.array([at(side + lean, 0.32), elbow, hand])], False, 255, round(62 * unit)
        )
    cv2.fillPoly(torso, [np.array(spine)], 255)
    cv2.ellipse(
        hair, at(0.5 + lean, 0.15), (round(95 * unit), round(120 * unit)), 0, 0, 360, 255, -1
    )
    cv2.ellipse(
        head, at(0.5 + lean, 0.17), (round(70 * unit), round(95 * unit)), 0, 0, 360, 255, -1
    )
    fill(hair, (50, 36, 28), 0.20)
    fill(arms, (214, 168, 142), 0.03)
    fill(head, (220, 176, 150), 0.03)
    fill(torso, garment, 0.07)
    legs = blank()
    cv2.rectangle(legs, at(0.30, 0.72), at(0.70, 1.0), 255, -1)
    fill(legs, (38, 38, 44), 0.09)
    for px in (0.47, 0.53):
        cv2.circle(picture, at(px + lean, 0.165), round(6 * unit), (40, 30, 30), -1)
    for _ in range(12):
        px, py = draw.uniform(0.36, 0.64), draw.uniform(0.34, 0.68)
        cv2.circle(picture, at(px, py), round(5 * unit), (235, 232, 220), -1)
    noise = draw.normal(0, 1.2, picture.shape)
    drawn: Pixels = np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)
    drawn.flags.writeable = False
    return drawn


def scene(seed: int, *, height: int = 640) -> Pixels:
    """This function will draw a picture that has nothing to do with that of another seed.

    Uint8 height×(0.75 height)×3: a backdrop with its light, shapes, woven cloth, lines, grain.
    """
    draw = np.random.default_rng([17, seed])
    width = height * 3 // 4
    ends = draw.uniform(40, 240, (2, 2, 3)).astype(np.float32)
    back = cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR)
    picture = np.ascontiguousarray(back.astype(np.uint8))
    for _ in range(int(draw.integers(6, 22))):
        color = [int(v) for v in draw.integers(0, 256, 3)]
        at = draw.uniform((0, 0), (width, height))
        size = float(draw.uniform(0.03, 0.35)) * width
        corners = at + draw.normal(0, size, (int(draw.integers(3, 9)), 2))
        points = [np.rint(corners).astype(np.int32)]
        kind = int(draw.integers(0, 4))
        if kind == 0:
            cv2.fillPoly(picture, points, color, cv2.LINE_AA)
        elif kind == 1:
            axes = (round(size), round(size * float(draw.uniform(0.3, 1))))
            middle = (round(float(at[0])), round(float(at[1])))
            turn = float(draw.uniform(0, 180))
            cv2.ellipse(picture, middle, axes, turn, 0, 360, color, -1, cv2.LINE_AA)
        elif kind == 2:
            cv2.polylines(picture, points, True, color, int(draw.integers(1, 7)), cv2.LINE_AA)
        else:
            _weave(picture, points, draw)
    grain = draw.integers(-4, 5, picture.shape[:2], dtype=np.int8)[..., None]
    drawn: Pixels = np.clip(picture.astype(np.int16) + grain, 0, 255).astype(np.uint8)
    return drawn


def _weave(picture: Pixels, points: list[NDArray[np.int32]], draw: np.random.Generator) -> None:
    """Lay coarse random cloth on a shape."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, points, 255)
    step = int(draw.integers(3, 12))
    sides = (picture.shape[0] // step + 1, picture.shape[1] // step + 1)
    coarse = draw.integers(0, 256, sides, dtype=np.uint8)
    cloth = cv2.resize(coarse, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    tint = draw.uniform(0.3, 1, 3)
    inside = mask > 0
    picture[inside] = (cloth[inside][:, None] * tint).astype(np.uint8)

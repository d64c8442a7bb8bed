"""Drawn people with exact landmarks: every build, none of them anybody."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Card, Pixels
from sosie.core.twin import LANDMARKS

TONES = ((242, 214, 196), (214, 168, 138), (160, 110, 80), (92, 60, 45), (62, 42, 34))
BACKDROPS = ((214, 212, 208), (176, 180, 190), (150, 140, 128))
TOPS = ((245, 245, 245), (40, 52, 80), (200, 60, 60), (60, 140, 100))
BOTTOMS = ((70, 100, 150), (36, 36, 40), (120, 96, 70))


@dataclass(frozen=True)
class Drawn:
    """A drawn photograph and what is exactly true of it."""

    pixels: Pixels
    card: Card
    tall: float


def draw(
    rng: np.random.Generator,
    *,
    full: bool = True,
    tone: int | None = None,
    size: tuple[int, int] = (900, 1200),
) -> Drawn:
    """Draw a standing person of random build, arms off the body, before a shaded backdrop."""
    width, height = size
    tall = height * (0.88 if full else rng.uniform(1.62, 1.72))
    top, middle = 0.05 * height, width / 2 + rng.uniform(-0.03, 0.03) * width
    shoulder = tall * rng.uniform(0.20, 0.23) / 2
    waist, hip = shoulder * rng.uniform(0.66, 0.76), shoulder * rng.uniform(0.8, 0.9)
    lean = rng.uniform(0.02, 0.035) * tall

    def at(out: float, down: float, side: int) -> tuple[float, float]:
        return middle + side * out, top + down * tall

    points: dict[str, tuple[float, float]] = {
        "crown": (middle, top),
        "chin": (middle, top + 0.132 * tall),
    }
    for name, side in (("l", -1), ("r", 1)):
        points[f"neck_{name}"] = at(0.3 * shoulder, 0.162, side)
        points[f"shoulder_{name}"] = at(shoulder, 0.195, side)
        points[f"armpit_{name}"] = at(0.8 * shoulder, 0.275, side)
        points[f"elbow_{name}"] = at(shoulder + lean, 0.37, side)
        points[f"wrist_{name}"] = at(shoulder + 1.5 * lean, 0.485, side)
        points[f"waist_{name}"] = at(waist, 0.37, side)
        points[f"hip_{name}"] = at(hip, 0.455, side)
        points[f"knee_{name}"] = at(0.46 * shoulder, 0.715, side)
        points[f"ankle_{name}"] = at(0.42 * shoulder, 0.91, side)
    skin = TONES[int(rng.integers(len(TONES))) if tone is None else tone]
    picture = _backdrop(rng, size)
    _limbs(picture, points, tall, skin, BOTTOMS[int(rng.integers(len(BOTTOMS)))])
    _trunk(picture, points, tall, skin, TOPS[int(rng.integers(len(TOPS)))])
    _head(picture, points, tall, skin)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.6) + rng.normal(0, 1.2, picture.shape)
    pixels = np.clip(soft + 0.5, 0, 255).astype(np.uint8)
    inside = {n: p if p[1] < height else None for n, p in points.items()}
    face = (middle - 0.05 * tall, top + 0.03 * tall, middle + 0.05 * tall, top + 0.135 * tall)
    card = Card.model_validate(
        {
            "sosie": "card/1",
            "plate": "drawn",
            "view": "front-full" if full else "front-half",
            "size": size,
            "landmarks": {name: inside[name] for name in LANDMARKS},
            "face": face,
        }
    )
    return Drawn(pixels, card, min(tall, height - top))


def _backdrop(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    width, height = size
    color = np.array(BACKDROPS[int(rng.integers(len(BACKDROPS)))], np.float32)
    across = np.linspace(-1, 1, width)[None, :]
    down = np.linspace(-1, 1, height)[:, None]
    light = 1 - 0.05 * across**2 - 0.05 * (down - rng.uniform(-0.5, 0.5)) ** 2
    return (color * light[..., None]).astype(np.float32)


def _fill(
    picture: NDArray[np.float32], outline: list[tuple[float, float]], color: tuple[float, ...]
) -> None:
    corners = (np.array(outline) * 16).astype(np.int32)
    cv2.fillPoly(picture, [corners], color, cv2.LINE_AA, 4)


def _oval(
    picture: NDArray[np.float32],
    spot: tuple[float, float],
    half: tuple[float, float],
    color: tuple[float, ...],
) -> None:
    turn = np.linspace(0, 2 * np.pi, 80)
    xs, ys = spot[0] + half[0] * np.cos(turn), spot[1] + half[1] * np.sin(turn)
    _fill(picture, list(zip(xs.tolist(), ys.tolist(), strict=True)), color)


def _limbs(
    picture: NDArray[np.float32],
    points: dict[str, tuple[float, float]],
    tall: float,
    skin: tuple[float, ...],
    cloth: tuple[float, ...],
) -> None:
    middle, crown = points["crown"]
    half = 0.019 * tall
    for side, sign in (("l", -1), ("r", 1)):
        hip, knee, ankle = (points[f"{name}_{side}"] for name in ("hip", "knee", "ankle"))
        thick, thin = sign * 0.03 * tall, sign * 0.016 * tall
        outer = [hip, (knee[0] + thick, knee[1]), (ankle[0] + thin, ankle[1])]
        inner = [(ankle[0] - thin, ankle[1]), (knee[0] - thick, knee[1])]
        _fill(picture, [*outer, *inner, (middle, crown + 0.53 * tall), (middle, hip[1])], cloth)
        _oval(picture, (ankle[0], crown + 0.945 * tall), (0.024 * tall, 0.04 * tall), (30, 30, 32))
        shoulder, elbow, wrist = (points[f"{n}_{side}"] for n in ("shoulder", "elbow", "wrist"))
        inset = shoulder[0] - sign * half
        _oval(picture, (inset, shoulder[1] + 0.7 * half), (half, half), skin)
        upper = [(inset - half, shoulder[1] + 0.7 * half), (inset + half, shoulder[1] + 0.7 * half)]
        _fill(picture, [*upper, (elbow[0] + half, elbow[1]), (elbow[0] - half, elbow[1])], skin)
        slim = 0.75 * half
        lower = [(elbow[0] - half, elbow[1]), (elbow[0] + half, elbow[1])]
        _fill(picture, [*lower, (wrist[0] + slim, wrist[1]), (wrist[0] - slim, wrist[1])], skin)
        _oval(picture, (wrist[0], wrist[1] + 0.042 * tall), (half, 0.045 * tall), skin)


def _trunk(
    picture: NDArray[np.float32],
    points: dict[str, tuple[float, float]],
    tall: float,
    skin: tuple[float, ...],
    cloth: tuple[float, ...],
) -> None:
    middle, crown = points["crown"]
    shade = tuple(0.8 * value for value in skin)
    slim, high = 0.027 * tall, crown + 0.1 * tall
    neck = [(middle - slim, high), (middle + slim, high), (middle + slim, points["neck_r"][1])]
    _fill(picture, [*neck, (middle - slim, points["neck_l"][1])], shade)
    inset = 0.012 * tall
    sides: list[tuple[float, float]] = []
    for side, sign in (("l", -1), ("r", 1)):
        outline = [(middle + sign * slim, points["neck_l"][1] - 0.012 * tall)]
        outline += [points[f"neck_{side}"]]
        x, y = points[f"shoulder_{side}"]
        outline += [(x - sign * inset, y - 0.35 * inset), (x - sign * 2 * inset, y + 2 * inset)]
        outline += [points[f"{name}_{side}"] for name in ("armpit", "waist", "hip")]
        sides += outline if side == "l" else outline[::-1]
    _fill(picture, sides, cloth)
    _oval(picture, (middle, points["neck_l"][1]), (0.03 * tall, 0.018 * tall), shade)


def _head(
    picture: NDArray[np.float32],
    points: dict[str, tuple[float, float]],
    tall: float,
    skin: tuple[float, ...],
) -> None:
    middle, crown = points["crown"]
    _oval(picture, (middle, crown + 0.062 * tall), (0.049 * tall, 0.062 * tall), (48, 34, 28))
    _oval(picture, (middle, crown + 0.08 * tall), (0.042 * tall, 0.052 * tall), skin)
    for sign in (-1, 1):
        eye = (middle + sign * 0.018 * tall, crown + 0.07 * tall)
        _oval(picture, eye, (0.007 * tall, 0.003 * tall), (40, 30, 30))
    _oval(
        picture,
        (middle, crown + 0.107 * tall),
        (0.013 * tall, 0.004 * tall),
        tuple(0.85 * value for value in skin),
    )

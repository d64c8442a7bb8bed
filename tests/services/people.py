"""A drawn person who is nobody: a plate with its exact card, for tests of the chain."""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
from PIL import Image

from sosie.core.studio import Card, Pixels

WIDE, HIGH = 900, 1200
_TORSO = [(366, 276), (412, 258), (488, 258), (534, 276), (520, 380), (508, 470), (526, 560)]
_TORSO += [(526, 640), (374, 640), (374, 560), (392, 470), (380, 380)]
_NEAR, _BESIDE = 1.5, 150
"""How much closer a half is taken, and the pixels that it leaves out at the left."""
_SKIN, _HAIR, _TOP, _LEGS = (204, 156, 128), (52, 38, 30), (96, 132, 150), (58, 60, 70)


@cache
def drawn_pixels(view: str = "front-full") -> Pixels:
    """Return a person on a seamless backdrop, uint8 1200×900×3 sRGB; to the thighs in a half."""
    y, x = np.mgrid[0:HIGH, 0:WIDE]
    backdrop = 214 - 14 * np.hypot((x - WIDE / 2) / WIDE, (y - HIGH / 2) / HIGH)
    picture = np.repeat(backdrop[..., None], 3, axis=2)
    lean = {"front-full": 0, "front-half": 6, "three-quarter": 14, "walking": 24}[view]

    def shape(points: list[tuple[int, int]], color: tuple[int, int, int]) -> None:
        mask = np.zeros((HIGH, WIDE), np.uint8)
        cv2.fillPoly(mask, [np.array(points, np.int32)], 255, cv2.LINE_AA)
        _lay(picture, mask, color)

    def limb(
        a: tuple[int, int], b: tuple[int, int], width: int, color: tuple[int, int, int]
    ) -> None:
        mask = np.zeros((HIGH, WIDE), np.uint8)
        cv2.line(mask, a, b, 255, width, cv2.LINE_AA)
        _lay(picture, mask, color)

    limb((418, 660), (404 - lean, 1080), 62, _LEGS)
    limb((482, 660), (496 + lean, 1080), 62, _LEGS)
    limb((404 - lean, 1090), (392 - lean, 1100), 40, (40, 36, 34))
    limb((496 + lean, 1090), (508 + lean, 1100), 40, (40, 36, 34))
    limb((376, 300), (318, 470), 40, _SKIN)
    limb((318, 470), (286 - lean, 630), 32, _SKIN)
    limb((524, 300), (582, 470), 40, _SKIN)
    limb((582, 470), (614 + lean, 630), 32, _SKIN)
    limb((450, 210), (450, 280), 56, _SKIN)
    shape(_TORSO, _TOP)
    hair, face = (np.zeros((HIGH, WIDE), np.uint8) for _ in range(2))
    cv2.ellipse(hair, (450, 146), (64, 78), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.ellipse(face, (450, 162), (46, 64), 0, 0, 360, 255, -1, cv2.LINE_AA)
    _lay(picture, hair, _HAIR)
    _lay(picture, face, _SKIN)
    for eye in (432, 468):
        cv2.circle(picture, (eye, 156), 5, (40, 30, 26), -1, cv2.LINE_AA)
    cv2.line(picture, (436, 198), (464, 198), (150, 80, 78), 5, cv2.LINE_AA)
    if view == "front-half":
        near = np.s_[: round(HIGH / _NEAR), _BESIDE : _BESIDE + round(WIDE / _NEAR)]
        picture = cv2.resize(picture[near], (WIDE, HIGH), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(7).normal(0, 1.2, picture.shape)
    folds = 5 * np.sin(x / 23 + y / 41)[..., None]
    worn = (np.abs(picture - _TOP).sum(axis=2) < 60)[..., None]
    shown = np.clip(picture + grain + folds * worn, 0, 255).round()
    return np.asarray(shown, np.uint8)


@cache
def drawn_photo(view: str = "front-full") -> bytes:
    """Return the drawn person as a JPEG."""
    data = io.BytesIO()
    Image.fromarray(drawn_pixels(view)).save(data, "JPEG", quality=95)
    return data.getvalue()


def drawn_card(view: str = "front-full") -> Card:
    """Return the landmark card of the drawn person."""
    lean = {"front-full": 0, "front-half": 6, "three-quarter": 14, "walking": 24}[view]
    pairs = {
        "neck": ((422, 256), (478, 256)),
        "shoulder": ((368, 280), (532, 280)),
        "armpit": ((384, 362), (516, 362)),
        "elbow": ((318, 470), (582, 470)),
        "wrist": ((292 - lean, 600), (608 + lean, 600)),
        "waist": ((394, 470), (506, 470)),
        "hip": ((374, 650), (526, 650)),
        "knee": ((411, 870), (489, 870)),
        "ankle": ((404 - lean, 1060), (496 + lean, 1060)),
    }
    points: dict[str, tuple[int, int]] = {"crown": (450, 70), "chin": (450, 226)}
    for name, (left, right) in pairs.items():
        points |= {f"{name}_l": left, f"{name}_r": right}
    face = (384, 66, 516, 232)
    seen: dict[str, tuple[int, int] | None] = dict(points)
    if view == "front-half":
        seen = {name: _closer(*spot) for name, spot in points.items()}
        seen = {name: spot if spot and spot[1] < HIGH else None for name, spot in seen.items()}
        face = (*_closer(*face[:2]), *_closer(*face[2:]))
    return Card(
        sosie="card/1",
        plate=view,
        view=view,
        size=(WIDE, HIGH),
        landmarks=seen,
        face=face,
    )


def _closer(x: int, y: int) -> tuple[int, int]:
    return round((x - _BESIDE) * _NEAR), round(y * _NEAR)


def _lay(picture: np.ndarray, mask: np.ndarray, color: tuple[int, int, int]) -> None:
    share = (mask.astype(float) / 255)[..., None]
    picture[:] = picture * (1 - share) + np.array(color) * share

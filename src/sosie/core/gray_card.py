"""A gray card in a photograph: found by its shape, read for a color cast."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.studio import Pixels

Corners = tuple[tuple[int, int], ...]

_HEIGHT = 900
"""Pixels of the copy that is searched."""
_LIGHT = (30.0, 70.0)
"""CIELAB lightness of a card of 18 % gray (49.5), a stop and a half darker or brighter."""
_CHROMA = 30.0
_AREA = (0.0012, 0.05)
"""Share of the frame."""
_FULL = 0.88
"""Share of its rectangle that a card fills; perspective takes the rest."""
_LONG = 2.2
_APART = 6.0
"""CIELAB distance between the card and what lies around each of its sides."""


def find(pixels: Pixels) -> Corners | None:
    """This function will find a gray card: an even, middle-gray rectangle with a border all round.

    ``pixels`` is uint8 H×W×3 sRGB. Returns its four corners in pixels of the photograph, the
    largest card's if there are several; ``None`` where there is none.
    """
    shrink = min(1.0, _HEIGHT / pixels.shape[0])
    size = (max(8, round(pixels.shape[1] * shrink)), max(8, round(pixels.shape[0] * shrink)))
    lab = _lab(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8))
    soft = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.2), np.float32)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *d, scale=0.125) for d in ((1, 0), (0, 1)))
    steep = np.sqrt((across**2 + down**2).sum(axis=2))
    chroma = np.hypot(soft[..., 1], soft[..., 2])
    light = soft[..., 0]
    even = (steep < 1.0) & (chroma < _CHROMA) & (light > _LIGHT[0]) & (light < _LIGHT[1])
    outlines, _ = cv2.findContours(even.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True):
        corners = _rectangle(outline, even.size)
        if corners is not None and _stands_out(lab, corners):
            return tuple((round(float(x) / shrink), round(float(y) / shrink)) for x, y in corners)
    return None


def read(pixels: Pixels, corners: Corners) -> tuple[float, float, float]:
    """This function will return CIELAB L*, a* and b* of the middle of a card (D65, sRGB).

    Median over the inner two thirds. Raises ``ValueError`` for corners outside the picture.
    """
    mask = np.zeros(pixels.shape[:2], np.uint8)
    spots = np.array(corners, np.float64)
    inner = spots.mean(axis=0) + (spots - spots.mean(axis=0)) * 0.66
    cv2.fillPoly(mask, [np.rint(inner).astype(np.int32)], 1)
    if not mask.any():
        raise ValueError("`corners`: the card lies outside the picture")
    light, red, yellow = np.median(_lab(pixels)[mask > 0], axis=0)
    return float(light), float(red), float(yellow)


def _lab(pixels: Pixels) -> NDArray[np.float32]:
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(lab, np.float32)


def _rectangle(outline: NDArray[np.int32], frame: int) -> NDArray[np.float32] | None:
    """Return the corners of a piece that is a rectangle of a card's size and form."""
    middle, sides, turn = cv2.minAreaRect(outline)
    short, long = sorted(sides)
    if not _AREA[0] < short * long / frame < _AREA[1] or long > _LONG * short:
        return None
    if cv2.contourArea(outline) < _FULL * short * long:
        return None
    return np.asarray(cv2.boxPoints((middle, sides, turn)), np.float32)


def _stands_out(lab: NDArray[np.float32], corners: NDArray[np.float32]) -> bool:
    """Return whether the card is one even tone, and another one lies beyond each of its sides."""
    middle = corners.mean(axis=0)
    tone = np.median(_samples(lab, middle + (corners - middle) * 0.5), axis=0)
    inside = np.linalg.norm(_samples(lab, middle + (corners - middle) * 0.8) - tone, axis=1)
    if float(np.percentile(inside, 95)) > 4:
        return False
    long = max(float(np.ptp(corners[:, 0])), float(np.ptp(corners[:, 1])))
    steps = [
        np.linalg.norm(_samples(lab, middle + (corners - middle) * (1 + by / long)) - tone, axis=1)
        for by in (5, 9, 13)  # a rim may be narrow
    ]
    beyond = np.max(steps, axis=0)
    return all(float(np.percentile(side, 15)) > _APART for side in np.split(beyond, 4))


def _samples(lab: NDArray[np.float32], corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the colors at 24 points along each of four sides, corners left out."""
    share = np.linspace(0.08, 0.92, 24)[:, None]
    ends = np.roll(corners, -1, axis=0)
    spots = np.concatenate([a + (b - a) * share for a, b in zip(corners, ends, strict=True)])
    height, width = lab.shape[:2]
    x = np.clip(np.rint(spots[:, 0]).astype(int), 0, width - 1)
    y = np.clip(np.rint(spots[:, 1]).astype(int), 0, height - 1)
    return np.asarray(lab[y, x], np.float32)

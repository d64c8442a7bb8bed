"""Worsened copies of photographs: each has one fault that a capture must not have."""

from __future__ import annotations

import cv2
import numpy as np

from sosie.core.silhouette import Silhouette
from sosie.core.studio import Card, Pixels


def shaded(pixels: Pixels, found: Silhouette, *, keep: float = 0.72, soft: float = 3.0) -> Pixels:
    """Throw the shadow of the person on the backdrop beside her; ``keep`` is the light left."""
    height = pixels.shape[0]
    moved = np.array([[1, 0, 0.06 * height], [0, 1, 0.01 * height]], np.float32)
    size = (pixels.shape[1], height)
    shadow = cv2.warpAffine(found.mask.astype(np.float32), moved, size)
    shadow = cv2.GaussianBlur(shadow, (0, 0), soft * height / 1000)
    behind = 1 - cv2.GaussianBlur(found.mask.astype(np.float32), (0, 0), 1)
    light = 1 - (1 - keep) * shadow * behind
    return np.asarray(np.rint(pixels * light[..., None]), np.uint8)


def haired(pixels: Pixels, card: Card, *, width: float = 0.3) -> Pixels:
    """Lay a strand of her hair from the head over one side of the chest."""
    spots = card.landmarks
    left, crown, chin = spots["shoulder_l"], spots["crown"], spots["chin"]
    right = spots["shoulder_r"]
    assert left
    assert crown
    assert chin
    assert right
    wide, head = right[0] - left[0], chin[1] - crown[1]
    y, x = crown[1] + head // 10, crown[0]
    tone = np.median(pixels[y - 4 : y + 5, x - 9 : x + 10].reshape(-1, 3), axis=0)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    start = (round(crown[0] - 0.22 * head), round(crown[1] + 0.2 * head))
    ear = (round(crown[0] - 0.44 * head), round(crown[1] + 0.6 * head))
    over = (round(crown[0] - 0.17 * wide), left[1])
    end = (round(crown[0] - 0.2 * wide), round(left[1] + 0.7 * wide))
    line = np.array([start, ear, over, end], np.int32)
    cv2.polylines(mask, [line], False, 255, round(width * head / 2), cv2.LINE_AA)
    lay = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None] / 255.0
    grain = np.random.default_rng(3).normal(0, 3, pixels.shape[:2])[..., None]
    return np.asarray(np.clip(pixels * (1 - lay) + (tone + grain) * lay, 0, 255), np.uint8)


def held(pixels: Pixels, card: Card, found: Silhouette) -> Pixels:
    """Close the gap between the right arm and the body with the color of the arm."""
    spots = {n: card.landmarks[f"{n}_r"] for n in ("armpit", "elbow", "wrist", "hip", "waist")}
    points = np.array([spot for spot in spots.values() if spot], np.int32)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [cv2.convexHull(points)], 1)
    gap = (cv2.dilate(mask, np.ones((9, 9), np.uint8)) > 0) & ~found.mask
    gap = cv2.dilate(gap.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    elbow = spots["elbow"]
    assert elbow is not None
    worn = pixels[elbow[1] - 5 : elbow[1] + 6, elbow[0] - 5 : elbow[0] + 6].reshape(-1, 3)
    grain = np.random.default_rng(3).normal(0, 2, pixels.shape)
    filled = np.clip(np.median(worn, axis=0) + grain, 0, 255)
    return np.asarray(np.where(gap[..., None], filled, pixels), np.uint8)


def carded(
    pixels: Pixels, *, gains: tuple[float, float, float] = (1, 1, 1), turn: float = 6
) -> Pixels:
    """Stand a gray card of 18 % in a lower corner, and then tint the light."""
    height = pixels.shape[0]
    box = (0.09 * height, 0.95 * height), (0.07 * height, 0.055 * height), turn
    corners = [np.rint(cv2.boxPoints(box)).astype(np.int32)]
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, corners, 255, cv2.LINE_AA)
    card = mask[..., None] / 255.0
    rim = cv2.dilate(mask, np.ones((7, 7), np.uint8))[..., None] / 255.0
    grain = np.random.default_rng(3).normal(0, 1.5, pixels.shape)
    shown = pixels * (1 - rim) + (236 * (1 - card) + (118 + grain) * card) * rim
    shown = np.clip(shown, 0, 255) / 255
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear * np.array(gains), 0, 1)
    back = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.clip(back * 255 + 0.5, 0, 255), np.uint8)

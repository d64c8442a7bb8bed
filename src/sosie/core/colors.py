"""What colors are called."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

_NAMES = {
    "black": (20, 20, 20),
    "charcoal": (60, 62, 66),
    "gray": (128, 128, 128),
    "white": (245, 245, 243),
    "cream": (236, 226, 204),
    "beige": (214, 196, 168),
    "camel": (186, 142, 92),
    "brown": (96, 62, 42),
    "red": (190, 30, 40),
    "burgundy": (112, 26, 44),
    "pink": (228, 160, 176),
    "orange": (222, 120, 44),
    "mustard": (206, 160, 44),
    "yellow": (240, 214, 80),
    "green": (44, 120, 68),
    "forest green": (32, 74, 52),
    "sage": (154, 172, 144),
    "teal": (30, 112, 116),
    "sky blue": (140, 188, 222),
    "blue": (40, 84, 168),
    "navy": (28, 40, 78),
    "lilac": (184, 160, 208),
    "purple": (94, 54, 128),
}


@cache
def color_name(color: str) -> str:
    """This function will name an sRGB hex color by the nearest of a short list (CIELAB)."""
    asked = tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))
    rgb = np.array([[asked, *_NAMES.values()]], np.float32) / np.float32(255)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[0]
    nearest = int(np.linalg.norm(lab[1:] - lab[0], axis=1).argmin())
    return list(_NAMES)[nearest]

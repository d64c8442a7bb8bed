"""What a capture must contain, and whether a photograph is good enough to make a twin from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core import silhouette
from sosie.core.studio import Card, Pixels
from sosie.core.values import Reason

Mask = NDArray[np.bool_]

_PAIRS = ("neck", "shoulder", "armpit", "elbow", "wrist", "waist", "hip", "knee", "ankle")
LANDMARKS: tuple[str, ...] = (
    "crown",
    "chin",
    *(f"{name}_{side}" for name in _PAIRS for side in ("l", "r")),
)
"""The twenty points of a card, from top to toe; ``_l`` is at the left of the *image*."""

_TORSO = ("crown", "chin", *(f"{n}_{s}" for n in _PAIRS[:3] for s in "lr"), "waist_l", "waist_r")
_HALF = (*_TORSO, "hip_l", "hip_r")


@dataclass(frozen=True, slots=True)
class View:
    """One kind of plate, and which points its card must carry; the others may be null."""

    name: str
    words: str
    needed: tuple[str, ...]


VIEWS: Mapping[str, View] = MappingProxyType(
    {
        view.name: view
        for view in (
            View("front-half", "facing the camera, from the head to below the hips", _HALF),
            View("front-full", "facing the camera, from head to feet", LANDMARKS),
            View("three-quarter", "turned by about 45 degrees", _HALF),
            View("side", "turned by 90 degrees", ("crown", "chin")),
            View("back", "seen from behind", (*_HALF[:1], *_HALF[2:])),
            View("walking", "a step towards the camera", _HALF),
            View("seated", "on a stool or chair", _TORSO),
            View("free", "any other pose", ("crown", "chin")),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a capture must contain: of each group of views at least one plate."""

    name: str
    groups: tuple[tuple[str, ...], ...]


FULL = Requirement(
    "full", (("front-half",), ("front-full",), ("three-quarter",), ("seated", "walking"))
)
"""Four plates, from which every picture of the sample shoot can be made."""
MINIMAL = Requirement("minimal", (("front-half", "front-full"),))
"""One front plate: enough to try Sosie on a photograph of one's own."""

MEASUREMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "height_cm": (60, 250),
        "chest_cm": (40, 200),
        "waist_cm": (35, 200),
        "hip_cm": (40, 220),
        "inseam_cm": (25, 125),
    }
)
"""The keys of ``measurements/1`` and their plausible ranges, both ends included: from a small
child to the tallest and widest people, so that only slips (inches, meters) are refused."""


SHARP_HEIGHT = 1000


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on one photograph; shares are 0 to 1."""

    size: tuple[int, int]
    """Width and height in pixels."""
    edge_width: float
    """Blur of the sharpest edges of the person, as a Gaussian's sigma in pixels, with her seen
    ``SHARP_HEIGHT`` pixels tall (or as tall as she is, if less)."""
    light: float
    """Mean luma of the person, 0 to 255."""
    highlight: float
    """Luma that only the brightest 2 % of the picture exceed, 0 to 255."""
    blown: float
    """Share of the person where all three channels are at 254 or more."""
    crushed: float
    """Share of the person where all three channels are at 2 or less."""
    people: int
    """Separate large figures in front of the backdrop, and heads of one figure beyond the first."""
    plain: float
    """How plain the backdrop is, 0 (a street) to 1 (seamless paper)."""
    height_share: float
    """Share of the frame's height that the person takes."""
    cropped: tuple[str, ...]
    """Sides of the frame that she touches: ``top``, ``left``, ``right``, ``bottom``."""
    strays: Mapping[str, float] = field(default_factory=dict)
    """For each landmark of the card outside the silhouette, how far, as share of her height."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures, rounded, for JSON."""
        said = asdict(self)
        for key, value in said.items():
            if isinstance(value, float):
                said[key] = round(value, 4)
        said["strays"] = {key: round(value, 4) for key, value in self.strays.items()}
        return said


def measure(
    pixels: Pixels, card: Card | None = None, found: silhouette.Silhouette | None = None
) -> Quality:
    """This function will measure how good a photograph is to make a twin from.

    ``pixels`` is uint8 H×W×3 sRGB; ``found`` is its silhouette, if it was already read. Light and
    sharpness are read on the person alone, so a large empty backdrop changes neither. Where no
    person is found they are read on the whole frame. Raises ``ValueError`` as
    ``silhouette.person`` does.
    """
    found = silhouette.person(pixels) if found is None else found
    height, width = pixels.shape[:2]
    rows, columns = np.flatnonzero(found.mask.any(axis=1)), np.flatnonzero(found.mask.any(axis=0))
    seen = rows.size > 0 and columns.size > 0
    tall = int(rows[-1] - rows[0] + 1) if seen else 0
    mask = found.mask if seen else np.ones((height, width), bool)
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    inside = pixels[mask]
    return Quality(
        size=(width, height),
        edge_width=edge_width(luma, mask, tall or height),
        light=float(luma[mask].mean()),
        highlight=float(np.percentile(luma, 98)),
        blown=float((inside.min(axis=1) >= 254).mean()),
        crushed=float((inside.max(axis=1) <= 2).mean()),
        people=len(found.figures),
        plain=found.plain,
        height_share=tall / height,
        cropped=_cropped(found.mask) if seen else (),
        strays=_strays(card, found.mask, tall) if card is not None and seen else {},
    )


def edge_width(luma: NDArray[np.uint8], mask: Mask, tall: int) -> float:
    """This function will measure how wide the sharpest edges of the person are.

    ``luma`` is uint8 H×W, ``mask`` bool H×W, ``tall`` her height in pixels. A step edge blurred
    by sigma has, blurred again by one pixel, a gradient lower by sqrt(1 + 1 / sigma²); the ratio
    at an edge's crest so gives sigma whatever the contrast (Zhuo and Sim, Defocus map estimation
    from a single image, Pattern Recognition 44, 2011). Returns the lower quartile over the crests,
    in pixels; 9.0 where there is no edge at all.
    """
    shrink = min(1.0, SHARP_HEIGHT / max(tall, 1))
    small = luma.astype(np.float32)
    area = mask.astype(np.uint8)
    if shrink < 1:
        size = (max(32, round(luma.shape[1] * shrink)), max(32, round(luma.shape[0] * shrink)))
        small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        area = cv2.resize(area, size, interpolation=cv2.INTER_NEAREST)
    first = _slope(small)
    again = _slope(cv2.GaussianBlur(small, (0, 0), 1.0))
    crest = (first >= cv2.dilate(first, np.ones((3, 3), np.uint8))) & (area > 0)
    strong = crest & (first > max(4.0, float(np.percentile(first[area > 0], 90))))
    if strong.sum() < 30:
        return 9.0
    ratio = np.maximum(first[strong] / np.maximum(again[strong], 1e-3), 1.002)
    return float(np.percentile(1 / np.sqrt(ratio**2 - 1), 25))


def _slope(image: NDArray[np.float32]) -> NDArray[np.float32]:
    right = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(right, down), np.float32)


def _cropped(mask: Mask) -> tuple[str, ...]:
    edge = {"top": mask[:2], "left": mask[:, :2], "right": mask[:, -2:], "bottom": mask[-2:]}
    return tuple(side for side, strip in edge.items() if strip.any())


def _strays(card: Card, mask: Mask, tall: int) -> dict[str, float]:
    height, width = mask.shape
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    found = {}
    for name, point in card.landmarks.items():
        if point is not None and 0 <= point[0] < width and 0 <= point[1] < height:
            distance = float(away[point[1], point[0]]) / tall
            if distance > 0:
                found[name] = distance
    return found

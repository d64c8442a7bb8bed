"""What a channel wants of a picture: size, crop, and the words that must go with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sosie.core.depicted import disclosure
from sosie.core.studio import Card, Order, Pixels
from sosie.core.terms import Alteration, Channel


@dataclass(frozen=True, slots=True)
class Format:
    """The rendition that a channel takes: width and height in pixels."""

    width: int
    height: int
    why: str


FORMATS = {
    Channel.WEB_SHOP: Format(1200, 1600, "product page, 3:4"),
    Channel.INSTAGRAM: Format(1080, 1350, "feed portrait, 4:5"),
    Channel.TIKTOK: Format(1080, 1920, "full screen, 9:16"),
    Channel.OUT_OF_HOME: Format(1200, 1800, "six-sheet layout, 2:3"),
    Channel.STORE_SCREEN: Format(1080, 1920, "portrait screen, 9:16"),
    Channel.PRINT: Format(1448, 2048, "ISO A page, 1:1.414"),
    Channel.BROADCAST: Format(1920, 1080, "full HD frame, 16:9"),
}

_HEADROOM = 0.06
"""Free space kept above the head, as a share of the crop's height."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture as one channel takes it."""

    pixels: Pixels
    crop: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the master."""


def render(pixels: Pixels, channel: Channel, card: Card) -> Rendition:
    """This function will crop a master to a channel's shape around the person and size it.

    ``pixels`` is uint8 H×W×3 sRGB. The largest crop of the shape is taken, centered on the
    figure across and with the head whole and some space above it; so nothing is stretched and
    nothing is invented. A master smaller than the channel's size is enlarged (Lanczos).
    """
    wanted = FORMATS[channel]
    height, width = pixels.shape[:2]
    scale = min(width / wanted.width, height / wanted.height)
    wide, high = round(wanted.width * scale), round(wanted.height * scale)
    left = _clamp(_middle(card) - wide / 2, width - wide)
    top = _clamp(_crown(card) - _HEADROOM * high, height - high)
    cut = pixels[top : top + high, left : left + wide]
    shrinking = wanted.width < wide
    sized = cv2.resize(
        cut,
        (wanted.width, wanted.height),
        interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LANCZOS4,
    )
    return Rendition(np.asarray(sized, np.uint8), (left, top, left + wide, top + high))


PRINTED = frozenset({Channel.OUT_OF_HOME, Channel.STORE_SCREEN, Channel.PRINT})
"""Where no words stand beside a picture unless they are printed or shown with it."""


@dataclass(frozen=True, slots=True)
class Post:
    """What goes with a picture that somebody posts by hand."""

    caption: str
    ai_label: bool
    """Whether the label of the platform for what generative AI made belongs on it."""
    how: str


def post(channel: Channel, twin: str, credit: str, *, generative: bool) -> Post | None:
    """This function will say what is written and turned on when a picture is posted; ``None`` where
    nobody posts.

    ``generative``: whether a trained model made some of the picture. The platforms ask for their
    label on that alone; the caption says what it is in any case. The names of their settings were
    last looked at on 2026-11-28 and change without notice.
    """
    if channel not in _SETTINGS:
        return None
    name, setting = _SETTINGS[channel]
    on = f"before it is posted on {name}, turn on {setting}"
    off = f"no generative AI made it: {name} asks for no AI label, and the caption says what it is"
    caption = "\n\n".join(filter(None, (disclosure(twin), credit)))
    return Post(caption, generative, on if generative else off)


_SETTINGS = {
    Channel.INSTAGRAM: ("Instagram", "“Add AI label” in the advanced settings"),
    Channel.TIKTOK: ("TikTok", "“AI-generated content” under “More options”"),
}


def alterations(order: Order) -> tuple[Alteration, ...]:
    """This function will say what a rendition changes on the plate: the order's, and the crop."""
    return (*order.alterations(), Alteration.CROP)


def _middle(card: Card) -> float:
    known = [point[0] for point in card.landmarks.values() if point]
    return (min(known) + max(known)) / 2 if known else card.size[0] / 2


def _crown(card: Card) -> float:
    crown = card.landmarks.get("crown")
    return min(card.face[1], crown[1] if crown else card.face[1])


def _clamp(value: float, most: int) -> int:
    return int(min(max(round(value), 0), most))

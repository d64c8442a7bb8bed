"""A photograph is known again under another name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

import sosie.samples
from sosie.core.capture import Judged, look, told_apart
from sosie.core.studio import Pixels

SHOOT = Path(sosie.samples.__path__[0]) / "shoot"


def saved_again(pixels: Pixels, *, size: float, quality: int) -> Pixels:
    small = cv2.resize(pixels, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def same(photos: list[Judged]) -> list[str]:
    return [
        photo.name
        for photo in told_apart(photos)
        if any(reason.code == "capture.same_photograph" for reason in photo.reasons)
    ]


def test_one_photograph_is_no_two_plates() -> None:
    pixels = np.asarray(cv2.imread(str(SHOOT / "ines" / "front-half.jpg")), np.uint8)
    moved = np.roll(pixels, 3, axis=1)  # three pixels in 1536, as from one exposure to the next
    taken = {
        "half.jpg": pixels,
        "half-2.jpg": moved,
        "front.jpg": pixels,
        "face-smile.jpg": saved_again(pixels, size=0.6, quality=30),
        "free-walking.jpg": np.asarray(cv2.imread(str(SHOOT / "ines" / "walking.jpg")), np.uint8),
    }
    judged = [look(name, picture, None) for name, picture in taken.items()]
    assert same(judged) == ["front.jpg", "face-smile.jpg"]
    refused = next(photo for photo in told_apart(judged) if photo.name == "front.jpg")
    assert "`half.jpg`" in refused.reasons[-1].text
    assert same([photo for photo in judged if photo.name in ("half.jpg", "half-2.jpg")]) == []


def test_what_does_not_pass_takes_the_place_of_nothing() -> None:
    pixels = np.asarray(cv2.imread(str(SHOOT / "ines" / "front-half.jpg")), np.uint8)
    sharp = look("b.jpg", pixels, None)
    blurred = look("a.jpg", np.asarray(cv2.GaussianBlur(pixels, (0, 0), 12), np.uint8), None)
    assert blurred.reasons
    assert not sharp.reasons
    near = replace(blurred, thumb=sharp.thumb)
    assert same([near, sharp]) == []
    assert same([sharp, near]) == ["a.jpg"]


def test_what_could_not_be_decoded_is_like_nothing() -> None:
    assert same([Judged("a.jpg", None), Judged("b.jpg", None)]) == []

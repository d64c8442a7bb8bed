"""What says that a picture is a layout comp is known again, and is seen on nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import sosie.samples
from sosie.adapters.pictures import PillowPictures
from sosie.core import silhouette
from sosie.core.comp import banded, is_of_comp, shows_band, stamped
from sosie.core.studio import Pixels

SAMPLES = sorted((Path(sosie.samples.__file__).parent / "shoot").glob("*/*.jpg"))


def opened(path: Path) -> Pixels:
    return PillowPictures().decode(path.read_bytes(), where=path.name)


def compressed(pixels: Pixels) -> Pixels:
    small = cv2.resize(pixels, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", small, [1, 50])[1], cv2.IMREAD_COLOR))


TURNS: tuple[Callable[[Pixels], Pixels], ...] = (
    lambda pixels: pixels[:, ::-1],
    np.rot90,
    lambda pixels: np.rot90(pixels, 2),
    lambda pixels: np.rot90(pixels[:, ::-1]),
    lambda pixels: 255 - pixels,
)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_band_is_seen_and_where_none_is_none_is_seen(path: Path) -> None:
    pixels = opened(path)
    made, _ = banded(pixels)
    side = pixels.shape[1] // 12
    lighter = (made * 0.7 + 40).astype(np.uint8)
    for copy in (made, compressed(made), made[:, side:-side], lighter):
        assert shows_band(copy)
    across = stamped(pixels)
    for copy in (across, compressed(across), across[:, side:-side], across[: len(across) // 2]):
        assert shows_band(copy)
    assert not shows_band(pixels)


@pytest.mark.parametrize("turn", range(len(TURNS)))
def test_words_are_seen_mirrored_turned_and_inverted(turn: int) -> None:
    pixels = opened(SAMPLES[0])
    for made in (banded(pixels)[0], stamped(pixels)):
        assert shows_band(TURNS[turn](compressed(made)))


def small(name: str) -> Pixels:
    (path,) = (one for one in SAMPLES if f"{one.parent.name}/{one.stem}" == name)
    return np.asarray(cv2.resize(opened(path), (768, 1024), interpolation=cv2.INTER_AREA))


def test_a_comp_before_another_backdrop_is_that_comp() -> None:
    plate = small("ines/front-half")
    her = silhouette.person(plate).mask
    torso = her & (np.arange(1024) > 400)[:, None] & (np.arange(1024) < 900)[:, None]

    def dressed(seed: int) -> Pixels:
        cloth = np.random.default_rng(seed).integers(0, 255, (64, 48, 3), np.uint8)
        cloth = cv2.resize(cloth, (768, 1024), interpolation=cv2.INTER_CUBIC)
        return np.where(torso[..., None], cloth, plate)

    def before(pixels: Pixels, backdrop: Pixels) -> Pixels:
        return np.where(her[..., None], pixels, backdrop)

    scene, flat = small("tomas/walking")[::-1], np.full_like(plate, (222, 198, 160))
    comp, _ = banded(before(dressed(1), scene))
    swapped = before(dressed(1), flat)
    patched = before(dressed(1), scene)
    patched[80:480, 20:180] = 128  # 8 % of the frame
    for copy in (swapped, patched):
        assert is_of_comp(copy, comp, plate)
    for other in (plate, before(plate, flat), before(dressed(2), scene), before(dressed(2), flat)):
        assert not is_of_comp(other, comp, plate)


def test_a_picture_of_any_size_can_be_asked_about() -> None:
    for height, width in ((64, 64), (64, 4000), (4000, 64)):
        assert not shows_band(np.full((height, width, 3), 90, np.uint8))

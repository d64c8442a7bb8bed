"""Fingerprints find, pixels confirm: what is a copy, what is a changed copy, what is another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sosie.samples
from sosie.adapters.pictures import PillowPictures
from sosie.core.alignment import oriented
from sosie.core.difference import ROUND
from sosie.core.fingerprint import (
    FAR,
    NEAR,
    SMALLEST,
    TOO_SMALL,
    Match,
    confirm,
    distance,
    fingerprint,
    orientations,
)
from sosie.core.seal import INSIDE_ELSE
from sosie.core.studio import Pixels
from tests.core import attacks
from tests.core.plates import plate, shifted

GARMENT, BACKDROP = (60, 70, 140), (205, 203, 200)


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    found = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert found is not None
    return np.ascontiguousarray(found[:, :, ::-1], dtype=np.uint8)


def sized(pixels: Pixels, share: float) -> Pixels:
    sides = (round(pixels.shape[1] * share), round(pixels.shape[0] * share))
    return np.asarray(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def cut(pixels: Pixels, share: float) -> Pixels:
    """Keep a share of each side, nearer to the top right."""
    height, width = (round(side * share) for side in pixels.shape[:2])
    top, left = (pixels.shape[0] - height) // 3, 2 * (pixels.shape[1] - width) // 3
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def turned(pixels: Pixels, degrees: float) -> Pixels:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    flags = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
    return cut(cv2.warpAffine(pixels, matrix, (width, height), **flags), 0.9)


def brighter(pixels: Pixels) -> Pixels:
    return (255 * (pixels / 255.0) ** 0.85).astype(np.uint8)


def noisy(pixels: Pixels) -> Pixels:
    noise = np.random.default_rng(3).normal(0, 5, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


KEPT: dict[str, tuple[Callable[[Pixels], Pixels], str]] = {
    "jpeg 90": (lambda p: jpeg(p, 90), "recompressed"),
    "jpeg 50": (lambda p: jpeg(p, 50), "recompressed"),
    "blur": (lambda p: cv2.GaussianBlur(p, (0, 0), 1.0), "recompressed"),
    "noise": (noisy, "recompressed"),
    "half": (lambda p: sized(p, 0.5), "resized to 50 %"),
    "two thirds, jpeg 70": (lambda p: jpeg(sized(p, 2 / 3), 70), "resized to 67 %"),
    "gamma": (brighter, "tone"),
    "mirror": (lambda p: oriented(p, True, 0), "mirrored"),
    "quarter turn": (lambda p: oriented(p, False, 1), "turned by 90°"),
    "mirror and turn": (lambda p: oriented(p, True, 3), "mirrored"),
    "cut": (lambda p: cut(p, 0.95), "cropped to 90 %"),
    "cut by half, jpeg 70": (lambda p: jpeg(cut(p, 0.75), 70), "cropped to 56 %"),
    "turned by 2 degrees": (lambda p: turned(p, 2), "turned by 2°"),
    "at an angle, jpeg 70": (lambda p: jpeg(attacks.perspective(p, 0.03), 70), "seen at an angle"),
    "mirrored at an angle": (lambda p: attacks.perspective(oriented(p, True, 0), 0.04), "angle"),
    "print, photographed": (attacks.photographed, "changed in tone"),
    "grey": (attacks.grey, "without color"),
    "sepia, jpeg 80": (lambda p: jpeg(attacks.sepia(p), 80), "without color"),
    "more contrast": (
        lambda p: attacks.curved(p, lambda x: 0.5 + 1.4 * (x - 0.5)),
        "changed in tone",
    ),
    "an S": (lambda p: attacks.curved(p, lambda x: x - 0.7 * x * (1 - x) * (1 - 2 * x)), "tone"),
    "sharpened": (attacks.sharpened, "recompressed"),
    "much darker": (lambda p: attacks.tone(p, 0.45, 0), "changed in tone"),
    "gamma 2": (lambda p: attacks.tone(p, 1, 0, 2.0), "changed in tone"),
    "warmer": (lambda p: np.clip(p * np.array([1.12, 1, 0.85]), 0, 255).astype(np.uint8), "tone"),
    "white corners": (lambda p: attacks.rounded(p, 0.08, 255), ROUND),
    "black corners, jpeg 70": (lambda p: jpeg(attacks.rounded(p, 0.05, 0), 70), ROUND),
    "framed": (lambda p: np.pad(p, ((60, 60), (40, 40), (0, 0))), "framed"),
}
BASE = plate(1)


def passes(match: Match) -> bool:
    """Whether a picture would be called a copy."""
    return match.matched and not match.regions


def told(match: Match) -> str:
    return f"{match.matched} {match.changed:.3f} {match.differs} {[str(b) for b in match.regions]}"


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_is_a_copy_and_says_what_differs(name: str) -> None:
    change, word = KEPT[name]
    match = confirm(change(BASE), BASE)
    assert passes(match), told(match)
    assert word in " ".join(match.differs), told(match)


def test_the_same_pixels_differ_in_nothing() -> None:
    as_is = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    assert confirm(BASE.copy(), BASE) == Match(True, 0, as_is)


@pytest.mark.parametrize("vector", [(30, 0, 0), (0, 30, 0), (0, 0, 30), (-20, 0, -20)])
def test_another_color_of_the_garment_is_no_copy(vector: tuple[int, int, int]) -> None:
    sibling = plate(1, garment=shifted(GARMENT, vector))
    match = confirm(jpeg(sibling, 90), BASE)
    assert not passes(match), told(match)
    # The control: the sibling is a copy of itself.
    assert passes(confirm(jpeg(sibling, 90), sibling))


@pytest.mark.parametrize("vector", [(-30, 0, 0), (-12, 0, 0), (0, 0, -30), (0, 12, 0)])
def test_another_backdrop_is_no_copy(vector: tuple[int, int, int]) -> None:
    sibling = plate(1, backdrop=shifted(BACKDROP, vector))
    match = confirm(jpeg(sibling, 90), BASE)
    assert not passes(match), told(match)
    assert passes(confirm(jpeg(sibling, 90), sibling))


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_another_pose_before_the_same_backdrop_does_not_match(seed: int) -> None:
    match = confirm(plate(seed), BASE)
    assert not match.matched, told(match)


@pytest.mark.parametrize(
    ("left", "top"), [(60, 40), (400, 180), (390, 560), (330, 900), (760, 1000), (130, 560)]
)
def test_a_changed_block_is_found_where_it_is(left: int, top: int) -> None:
    """16×16 pixels of a picture of 1080, on skin, cloth, hair and backdrop, under JPEG 75."""
    changed = BASE.copy()
    block = changed[top : top + 16, left : left + 16]
    block[:] = np.where(block.mean() > 128, block.astype(int) - 40, block.astype(int) + 40)
    match = confirm(jpeg(changed, 75), BASE)
    assert match.matched
    assert len(match.regions) == 1, told(match)
    box = match.regions[0]
    assert abs(box.left + box.width / 2 - 100 * (left + 8) / BASE.shape[1]) < 2
    assert abs(box.top + box.height / 2 - 100 * (top + 8) / BASE.shape[0]) < 2


@pytest.mark.parametrize("level", [0, 255])
def test_what_fills_a_corner_is_a_change_unless_it_is_a_rounded_one(level: int) -> None:
    assert passes(confirm(attacks.rounded(BASE, 0.1, level), BASE))
    square = BASE.copy()
    square[-24:, :24] = level
    words = attacks.rounded(BASE, 0.1, level)
    words[2:14, 2:5] = words[2:14, 9:12] = 128
    wide = attacks.rounded(BASE, 0.2, level)
    for changed in (square, words, wide):
        match = confirm(changed, BASE)
        assert match.matched
        assert match.regions
        assert ROUND not in match.differs


@pytest.mark.parametrize(("degrees", "level"), [(3, 255), (5, 255), (2, 0)])
def test_a_picture_turned_on_paper_has_no_rounded_corners(degrees: float, level: int) -> None:
    height, width = BASE.shape[:2]
    room = np.pad(BASE, ((height // 8,) * 2, (width // 8,) * 2, (0, 0)), constant_values=level)
    middle = (room.shape[1] / 2, room.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1)
    flat = cv2.warpAffine(room, matrix, room.shape[1::-1], borderValue=(level,) * 3)
    match = confirm(flat, BASE)
    assert passes(match), told(match)
    assert f"turned by {degrees}°" in match.differs
    assert ROUND not in match.differs, told(match)


def test_a_change_is_found_in_a_cut_and_shrunk_copy() -> None:
    changed = BASE.copy()
    cv2.putText(changed, "SALE", (300, 500), cv2.FONT_HERSHEY_DUPLEX, 3, (250, 250, 250), 9)
    match = confirm(jpeg(sized(cut(changed, 0.85), 0.8), 70), BASE)
    assert match.matched
    assert match.regions, told(match)


@pytest.mark.parametrize("name", ["at an angle, jpeg 70", "print, photographed", "grey", "gamma 2"])
def test_a_changed_place_is_found_under_angle_and_tone(name: str) -> None:
    changed = np.array(BASE)
    changed[500:590, 300:390] = BASE[200:290, 350:440]
    match = confirm(KEPT[name][0](changed), BASE)
    assert match.matched, told(match)
    assert match.changed < 0.03, told(match)
    box = match.regions[0]
    assert 30 < box.left + box.width / 2 < 55, told(match)
    assert 40 < box.top + box.height / 2 < 60, told(match)
    assert box.width < 25, told(match)


@pytest.mark.parametrize("share", [0.82, 0.9, 0.95, 1.1])
def test_a_stretched_picture_is_no_copy(share: float) -> None:
    """She is made slimmer or taller in it."""
    sides = (round(BASE.shape[1] * share), BASE.shape[0])
    for copy in (cv2.resize(BASE, sides), jpeg(cut(cv2.resize(BASE, sides), 0.9), 80)):
        match = confirm(np.asarray(copy, np.uint8), BASE)
        assert not passes(match), told(match)
        assert match.differs[0].startswith("stretched"), told(match)
    if share < 1:
        assert not passes(match := confirm(attacks.slimmer(BASE, share), BASE)), told(match)


def test_a_keystone_is_no_copy() -> None:
    height, width = BASE.shape[:2]
    ends = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    for inward in (0.1, 0.14):
        moved = ends + np.array([[0, 0], [0, 0], [-inward, 0], [inward, 0]], np.float32) * width
        matrix = cv2.getPerspectiveTransform(ends, moved.astype(np.float32))
        copy = cv2.warpPerspective(BASE, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        assert not passes(match := confirm(np.asarray(copy, np.uint8), BASE)), told(match)


@pytest.mark.parametrize("tone", [1.0, 0.6, 0.4])
def test_a_lighter_place_is_found_in_a_darker_copy_too(tone: float) -> None:
    for levels in (14, -14):
        match = confirm(attacks.tone(attacks.lighter(BASE, levels), tone, 0), BASE)
        assert not passes(match), told(match)
    assert passes(confirm(attacks.tone(BASE, tone, 0), BASE))  # the control


@pytest.mark.parametrize("cell", [1, 2, 3])
def test_words_in_a_fine_pattern_are_a_change_and_sharpening_and_grain_are_none(cell: int) -> None:
    """The pattern is gone on average, so that what is smoothed does not show it."""
    base = attacks.fit(BASE, 1080)
    match = confirm(jpeg(attacks.textured(base, cell, 30), 75), BASE)
    assert match.matched
    assert match.regions
    for honest in (attacks.sharpened, attacks.regenerated):
        assert passes(match := confirm(honest(base), BASE)), told(match)


def test_words_that_noise_leaves_out_are_a_change_and_noise_is_none() -> None:
    base = attacks.fit(BASE, 1080)
    match = confirm(jpeg(attacks.spared(base, 24), 85), BASE)
    assert match.matched
    assert match.regions
    assert passes(match := confirm(jpeg(attacks.noisy(base, 20), 85), BASE)), told(match)


def test_light_on_a_face_alone_is_no_uneven_light() -> None:
    height, width = BASE.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 1 + 0.3 * np.exp(-((y + 0.6) ** 2 + x**2) / 0.1)
    copy = np.clip(BASE * light[..., None], 0, 255).astype(np.uint8)
    assert not passes(match := confirm(copy, BASE)), told(match)


def test_what_a_mark_says_of_the_place_is_held_against_the_pixels() -> None:
    def at(x: float, y: float, scale: float = 1.0) -> Any:
        return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1.0]])

    stranger = plate(7)
    for laid in (at(5000, 0), at(700, 1000), at(0, 0), at(0, 0, 0.02), at(0, 0, 40.0), np.eye(3)):
        assert not confirm(stranger, BASE, laid).matched
        plain = np.full_like(BASE, 203)
        assert not confirm(plain, BASE, laid).matched
    part = np.ascontiguousarray(BASE[500:800, 250:550])
    assert passes(confirm(part, BASE, at(-250, -500)))  # the control


def test_a_collage_with_something_else_beside_is_no_copy() -> None:
    beside = np.hstack([BASE, plate(5)])
    assert not passes(confirm(beside, BASE))
    # Where a mark says that it lies in there, that is found out, and said.
    page = np.vstack([np.hstack([plate(5), plate(7)]), np.hstack([plate(9), BASE])])
    page = np.ascontiguousarray(page[::2, ::2])
    height, width = (side / 2 for side in BASE.shape[:2])
    quarter = np.array([[0.5, 0, width], [0, 0.5, height], [0, 0, 1.0]])
    match = confirm(page, BASE, quarter)
    assert match.matched, told(match)
    assert match.regions
    assert INSIDE_ELSE in match.differs
    # The control: the same mark, copied, where the picture is not.
    page[int(height) :, int(width) :] = plate(11)[::2, ::2]
    assert not confirm(page, BASE, quarter).matched


def test_a_part_in_color_in_a_sepia_copy_is_a_change() -> None:
    partly = attacks.sepia(BASE)
    rows, columns = np.s_[600:760], np.s_[300:460]
    partly[rows, columns] = BASE[rows, columns]
    match = confirm(jpeg(partly, 85), BASE)
    assert not passes(match), told(match)


@pytest.mark.parametrize("view", ["front-full", "front-half"])
def test_another_person_in_the_same_pose_does_not_match(view: str) -> None:
    """Two twins on one backdrop, of one build: three quarters of the pixels are alike."""
    one, other = (shipped(f"{name}/{view}.jpg") for name in ("ines", "tomas"))
    match = confirm(one, other)
    assert not match.matched, told(match)
    assert passes(confirm(jpeg(cut(one, 0.7), 70), one))


@pytest.mark.parametrize("side", [220, 320, 640])
def test_another_face_shows_in_small_copies(side: int) -> None:
    one, other = (shipped(f"{name}/front-half.jpg") for name in ("ines", "tomas"))
    height, width = one.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    at = ((y / height - 0.17) / 0.075) ** 2 + ((x / width - 0.5) / 0.08) ** 2
    mask = cv2.GaussianBlur((at < 1).astype(np.float32), (0, 0), 6)[..., None]
    face = np.rint(one * (1 - mask) + other * mask).astype(np.uint8)
    match = confirm(jpeg(attacks.fit(face, side), 85), one)
    assert not passes(match), told(match)
    assert passes(confirm(jpeg(attacks.fit(one, side), 70), one))


def test_a_copy_that_is_too_small_to_tell_a_face_is_none() -> None:
    small = attacks.fit(BASE, SMALLEST - 20)
    match = confirm(small, BASE)
    assert not match.matched
    assert TOO_SMALL in match.differs
    # The control: a part of the same size shows as much as a copy that is large enough.
    assert passes(confirm(attacks.fit(cut(BASE, 0.7), SMALLEST - 20), BASE))


def shipped(name: str) -> Pixels:
    data = (Path(sosie.samples.__file__).parent / "shoot" / name).read_bytes()
    return PillowPictures().decode(data, where=name)


def test_too_small_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="32 pixels"):
        confirm(BASE[:20, :20], BASE)
    with pytest.raises(ValueError, match="uint8"):
        fingerprint(np.asarray(BASE, dtype=np.float64))


@pytest.mark.parametrize("k", range(8))
def test_orientations_are_those_of_the_turned_picture(k: int) -> None:
    small = sized(BASE, 0.4)
    assert distance(orientations(small)[k], fingerprint(oriented(small, k >= 4, k % 4))) <= 2


@settings(max_examples=60)
@given(st.integers(8, 90), st.integers(8, 90), st.integers(0, 2**32 - 1))
def test_any_picture_has_a_fingerprint(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mark = fingerprint(pixels)
    assert len(mark) == 64
    assert distance(mark, mark) == 0
    assert 100 <= sum(int(digit, 16).bit_count() for digit in mark) <= 156


def test_the_fingerprint_of_a_picture_never_changes() -> None:
    y, x = np.mgrid[0:256, 0:192]
    drawn = np.dstack([x % 256, (x * y // 64) % 256, (255 - y) % 256]).astype(np.uint8)
    assert fingerprint(drawn) == (
        "79e7e618d8e7b718ac635a9c553192c6a5b9a953aaa456cb5496a52ca958aad1"
    )


def test_recompression_and_resizing_stay_near() -> None:
    own = fingerprint(BASE)
    for change in ("jpeg 90", "jpeg 50", "half", "two thirds, jpeg 70", "blur", "noise"):
        assert distance(own, fingerprint(KEPT[change][0](BASE))) <= NEAR // 4, change


@pytest.fixture(scope="module")
def pictures(photos: Path) -> list[Any]:
    files = sorted(path for path in photos.rglob("*.*") if path.suffix in {".jpg", ".png", ".webp"})
    read = PillowPictures()
    return [read.decode(path.read_bytes(), where=path.name) for path in files]


@pytest.mark.photos
def test_photographs_are_found_and_told_apart(pictures: list[Pixels]) -> None:
    marks = [fingerprint(picture) for picture in pictures]
    apart = [distance(one, other) for one, other in combinations(marks, 2)]
    assert len(apart) > 100
    assert min(apart) > 2 * NEAR
    for picture, mark in zip(pictures, marks, strict=True):
        assert distance(mark, fingerprint(jpeg(sized(picture, 0.6), 60))) <= NEAR // 4


@pytest.mark.photos
@pytest.mark.parametrize("name", ["jpeg 50", "two thirds, jpeg 70", "cut by half, jpeg 70"])
def test_photographs_are_confirmed(pictures: list[Pixels], name: str) -> None:
    for picture in pictures[::3]:
        match = confirm(KEPT[name][0](picture), picture)
        assert passes(match), told(match)


@pytest.mark.photos
def test_recolored_photographs_are_no_copies(pictures: list[Pixels]) -> None:
    tried = 0
    for picture in pictures[::3]:
        height, width = picture.shape[:2]
        garment = np.s_[height * 3 // 10 : height * 6 // 10, width // 4 : width * 3 // 4]
        for vector in ((0, 30, 0), (-30, 0, 0)):
            lab = cv2.cvtColor((picture / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
            lab[garment] += np.array(vector, np.float32)
            rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) * 255
            tried += 1
            match = confirm(jpeg(np.rint(rgb).astype(np.uint8), 85), picture)
            assert not passes(match), told(match)
    assert tried >= 10


@pytest.mark.photos
def test_unrelated_photographs_do_not_match(pictures: list[Pixels]) -> None:
    marks = [orientations(picture) for picture in pictures]
    pairs = list(combinations(range(len(pictures)), 2))
    near = [p for p in pairs if min(distance(marks[p[0]][0], m) for m in marks[p[1]]) <= FAR]
    for one, other in [*near, *pairs[::15]]:
        assert not confirm(pictures[one], pictures[other]).matched

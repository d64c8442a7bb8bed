"""A copy is told from its sketch alone: what is kept, what is changed, what is another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.difference import ROUND
from sosie.core.fingerprint import confirm
from sosie.core.sketch import FIELDS, Resemblance, Sketch, compare
from sosie.core.studio import Pixels
from tests.core import attacks
from tests.core.plates import plate, scene, shifted
from tests.core.test_features import lettered
from tests.core.test_fingerprint import (
    BACKDROP,
    BASE,
    GARMENT,
    KEPT,
    brighter,
    cut,
    jpeg,
    sized,
)

SKETCH = Sketch.of(BASE)


def passes(found: Resemblance) -> bool:
    """Whether a picture would be called a copy."""
    return found.matched and not found.regions


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_is_a_copy(name: str) -> None:
    change, word = KEPT[name]
    found = compare(change(BASE), SKETCH)
    assert passes(found), found
    assert found.held > 0.9 * found.asked
    if not any(part in word for part in ("resized", "recompressed", "tone")):
        assert word in " ".join(found.differs), found


HARD: dict[str, Callable[[Pixels], Pixels]] = {
    **{f"{side} px": partial(attacks.resized, long_side=side, quality=75) for side in (400, 256)},
    "white corners": lambda p: jpeg(attacks.rounded(p, 0.08, 255), 80),
    "small black corners, 400 px": lambda p: attacks.resized(attacks.rounded(p, 0.05, 0), 400, 75),
    "white corners of a part": lambda p: jpeg(attacks.rounded(cut(p, 0.7), 0.08, 255), 80),
    "at an angle": lambda p: jpeg(attacks.perspective(p, 0.02), 75),
    "print, photographed": attacks.photographed,
    "grey": lambda p: jpeg(attacks.grey(p), 80),
    "much darker": lambda p: jpeg(attacks.tone(p, 0.45, 0), 80),
    "gamma 1.7": lambda p: jpeg(attacks.tone(p, 1, 0, 1.7), 80),
    "more colorful": lambda p: jpeg(attacks.saturated(p, 1.5), 80),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("picture", [BASE, scene(3)], ids=["plate", "scene"])
def test_what_is_hard_is_a_copy_and_a_changed_place_in_it_is_none(
    name: str, picture: Pixels
) -> None:
    sketch = Sketch.of(picture)
    found = compare(HARD[name](picture), sketch)
    assert passes(found), found
    changed, height, width = picture.copy(), *picture.shape[:2]
    part = np.s_[int(height * 0.4) : int(height * 0.55), int(width * 0.4) : int(width * 0.6)]
    changed[part] = cv2.resize(scene(7), picture.shape[1::-1])[part]
    assert not passes(compare(HARD[name](changed), sketch))


def test_more_color_is_told_as_a_tone_and_recompression_is_not() -> None:
    picture = scene(3)
    sketch = Sketch.of(picture)
    for copy, told in ((attacks.saturated(picture, 1.35), True), (picture, False)):
        found = compare(jpeg(copy, 60), sketch)
        assert passes(found)
        assert ("changed in tone" in found.differs) is told, found


@pytest.mark.parametrize("level", [0, 255])
def test_rounded_corners_are_said_and_other_things_in_a_corner_are_a_change(level: int) -> None:
    picture = scene(3)
    sketch = Sketch.of(picture)
    found = compare(jpeg(attacks.rounded(picture, 0.08, level), 85), sketch)
    assert passes(found)
    assert ROUND in found.differs, found
    square = picture.copy()
    square[-110:, -110:] = level
    found = compare(jpeg(square, 85), sketch)
    assert not passes(found)
    assert ROUND not in found.differs


def test_sepia_is_a_copy_without_color_and_a_part_in_color_is_a_change() -> None:
    picture = scene(3)
    found = compare(jpeg(attacks.sepia(picture), 85), Sketch.of(picture))
    assert passes(found)
    assert found.differs == ("without color",)
    partly = attacks.sepia(picture)
    partly[200:330, 150:280] = picture[200:330, 150:280]
    assert not passes(compare(jpeg(partly, 85), Sketch.of(picture)))


def test_a_part_a_fifth_and_a_small_copy_are_copies() -> None:
    whole = scene(3)
    for share in (0.7, 0.45):
        found = compare(jpeg(cut(whole, share), 80), Sketch.of(whole))
        assert passes(found), found
        assert f"cropped to {100 * share * share:.0f} %" in found.differs[0]
    assert passes(compare(jpeg(sized(whole, 0.4), 70), Sketch.of(whole)))


@pytest.mark.parametrize("vector", [(30, 0, 0), (0, 30, 0), (0, 0, 30), (-20, 0, -20)])
def test_another_color_of_the_garment_is_no_copy(vector: tuple[int, int, int]) -> None:
    sibling = plate(1, garment=shifted(GARMENT, vector))
    assert not passes(compare(jpeg(sibling, 90), SKETCH))
    # The control: the sibling is a copy of itself.
    assert passes(compare(jpeg(sibling, 90), Sketch.of(sibling)))


@pytest.mark.parametrize("vector", [(-30, 0, 0), (0, 0, -30), (0, 12, 0)])
def test_another_backdrop_is_no_copy(vector: tuple[int, int, int]) -> None:
    assert not passes(compare(jpeg(plate(1, backdrop=shifted(BACKDROP, vector)), 90), SKETCH))


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_another_pose_does_not_match(seed: int) -> None:
    assert not compare(plate(seed), SKETCH).matched
    assert not compare(scene(seed), SKETCH).matched


@pytest.mark.parametrize(("left", "top"), [(60, 40), (400, 180), (390, 560), (330, 900)])
def test_a_changed_block_is_found_where_it_is(left: int, top: int) -> None:
    changed = BASE.copy()
    block = changed[top : top + 64, left : left + 64]
    block[:] = np.where(block.mean() > 128, 40, 210)
    found = compare(jpeg(changed, 75), SKETCH)
    assert found.matched
    x, y = 100 * (left + 32) / BASE.shape[1], 100 * (top + 32) / BASE.shape[0]
    assert any(
        b.left <= x <= b.left + b.width and b.top <= y <= b.top + b.height for b in found.regions
    ), found
    mirrored = compare(np.ascontiguousarray(jpeg(changed, 75)[:, ::-1]), SKETCH)
    assert any(b.left <= 100 - x <= b.left + b.width for b in mirrored.regions), mirrored


def test_lettering_and_a_collage_are_no_copies_and_a_change_of_tone_is() -> None:
    assert not passes(compare(jpeg(lettered(BASE), 80), SKETCH))
    beside = np.hstack([BASE, cv2.resize(scene(5), BASE.shape[1::-1])])
    assert not passes(compare(beside, SKETCH))
    assert passes(compare(brighter(BASE), SKETCH))


def test_it_is_never_told_of_what_the_pixels_deny() -> None:
    """Two pictures of one figure in other clothes: each way, sketch against pixels."""
    shirts = [plate(1, garment=color) for color in (GARMENT, (130, 40, 60), (60, 110, 60))]
    pairs = [(one, other) for one in shirts for other in shirts if one is not other]
    assert not any(passes(compare(one, Sketch.of(other))) for one, other in pairs)
    assert not any(
        confirm(one, other).matched and not confirm(one, other).regions for one, other in pairs
    )


def test_it_is_read_back_as_published() -> None:
    features, colors = SKETCH.features.encode(), SKETCH.colors.tobytes()
    again = Sketch.read(features, colors)
    assert again.features.encode() == features
    assert np.array_equal(again.colors, SKETCH.colors)
    assert max(again.colors.shape[:2]) == FIELDS
    assert compare(BASE, again).held == len(again.features)
    for wrong in (b"", features[:-1], features + b"x", b"\xff" * 6):
        with pytest.raises(ValueError, match="features"):
            Sketch.read(wrong, colors)
    with pytest.raises(ValueError, match="shape"):
        Sketch.read(features, colors[:-3])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_any_picture_is_compared(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert not compare(pixels, SKETCH).matched


def test_a_plain_picture_has_a_sketch_and_matches_nothing() -> None:
    plain = np.full((400, 300, 3), 210, np.uint8)
    assert not compare(plain, Sketch.of(plain)).matched
    assert not compare(BASE[:20, :20], SKETCH).matched

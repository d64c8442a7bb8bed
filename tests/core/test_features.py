"""Local features: taken evenly, kept exactly, and in agreement with copies only."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core import features
from sosie.core.alignment import oriented
from sosie.core.features import (
    AGREEING,
    MOST,
    SIDE,
    Features,
    Votes,
    agreement,
    chance,
    elected,
    extract,
    ranks,
    votes,
)
from sosie.core.fingerprint import confirm
from sosie.core.sketch import Sketch, compare
from sosie.core.studio import Pixels
from tests.core.plates import plate, scene
from tests.core.test_fingerprint import cut, jpeg, sized, turned

BASE = plate(1)
OWN = extract(BASE)


def lettered(pixels: Pixels) -> Pixels:
    """White lettering in three rows and a dark bar, as somebody reposts a picture."""
    written = pixels.copy()
    height, width = written.shape[:2]
    for row in (0.3, 0.5, 0.7):
        at = (round(0.05 * width), round(row * height))
        cv2.putText(written, "@repost 2026", at, cv2.FONT_HERSHEY_DUPLEX, 3, (255, 255, 255), 9)
    written[round(0.9 * height) :] = 20
    return written


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "itself": lambda p: p,
    "jpeg 30": lambda p: jpeg(p, 30),
    "half": lambda p: sized(p, 0.5),
    "a quarter of it": lambda p: cut(p, 0.5),
    "a quarter of it, jpeg 50": lambda p: jpeg(sized(cut(p, 0.5), 0.8), 50),
    "turned": lambda p: turned(p, 7),
    "upside down": lambda p: oriented(p, False, 2),
    "lettered": lettered,
    "lettered and cut": lambda p: cut(lettered(p), 0.75),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_agrees(name: str) -> None:
    copy = COPIES[name](BASE)
    found = agreement(OWN, extract(copy))
    assert found is not None
    mirrored = oriented(copy, True, 0)
    again = agreement(OWN, extract(mirrored, mirrored=True))
    assert again is not None
    assert min(found.agreeing, again.agreeing) >= AGREEING


def test_the_transform_says_where_the_copy_lies() -> None:
    copy = cut(BASE, 0.75)
    found = agreement(OWN, extract(copy))
    assert found is not None
    ours, theirs = SIDE / max(BASE.shape), SIDE / max(copy.shape)
    assert found.matrix[0, 0] == pytest.approx(theirs / ours, rel=0.02)
    assert found.matrix[0, 1] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6, 7])
def test_another_picture_does_not_agree(seed: int) -> None:
    for mirrored in (False, True):
        assert agreement(OWN, extract(scene(seed), mirrored=mirrored)) is None
    # The control: the other picture agrees with its own copy.
    assert agreement(extract(scene(seed)), extract(jpeg(scene(seed), 50))) is not None


def test_features_lie_everywhere_and_the_first_of_them_too() -> None:
    assert len(OWN) == MOST
    for some in (OWN, OWN.first(200)):
        cells = {(int(x // 107), int(y // 107)) for x, y in some.places}
        assert len(cells) >= 20, len(cells)
    assert {int(level) // 3 for level in OWN.levels} == {0, 1, 2, 3}


def test_a_plain_picture_has_no_features() -> None:
    assert len(extract(np.full((300, 200, 3), 128, np.uint8))) == 0
    assert len(extract(BASE[:20, :20])) == 0
    none = extract(np.full((300, 200, 3), 128, np.uint8))
    assert agreement(none, OWN) is None
    assert agreement(OWN, none) is None
    with pytest.raises(ValueError, match="uint8"):
        extract(BASE[:, :, 0])


def test_what_is_kept_is_read_back() -> None:
    data = OWN.encode()
    assert len(data) == 6 + 38 * MOST
    read = Features.decode(data)
    assert (read.size, read.encode()) == (OWN.size, data)
    assert np.array_equal(read.bits, OWN.bits)
    assert np.abs(read.places - OWN.places).max() <= 1 / 64
    assert np.abs((read.turns - OWN.turns + 180) % 360 - 180).max() <= 0.71
    found = agreement(read, extract(cut(BASE, 0.5)))
    assert found is not None
    for wrong in (b"", b"1234", data[:-1], data + b"0"):
        with pytest.raises(ValueError, match="version 1"):
            Features.decode(wrong)


def test_the_bits_of_a_picture_never_change() -> None:
    """Another OpenCV may place a corner elsewhere; what is kept must still be found."""
    y, x = np.mgrid[0:256, 0:192]
    drawn = np.dstack([(x // 16 * 37 + y // 16 * 91) % 256] * 3).astype(np.uint8)
    own = extract(drawn)
    assert len(own) > 100
    assert extract(drawn).encode() == own.encode()


def test_votes_are_counted_once_a_feature() -> None:
    asked = np.array([0, 0, 1, 2, 2, 3])
    pictures = np.array([7, 7, 7, 7, 9, 9])
    assert [(v.picture, v.count) for v in votes(asked, pictures)] == [(7, 3), (9, 2)]
    assert votes(np.zeros(0, int), np.zeros(0, int)) == []


def test_who_has_few_votes_is_not_looked_at() -> None:
    counts = [40, 6, 5, 4, 2, *range(3)]
    counted = [Votes(count, number) for number, count in enumerate(counts)]
    assert [v.count for v in elected(counted)] == [40, 6, 5]
    assert [v.count for v in elected(counted[2:])] == [5, 4]
    assert elected(Votes(2, number) for number in range(9)) == []
    assert len(elected(Votes(9, number) for number in range(99))) == 16


@settings(max_examples=50)
@given(st.lists(st.integers(0, 5), max_size=30))
def test_ranks_number_each_group(groups: list[int]) -> None:
    ordered = sorted(groups)
    expected = [ordered[:i].count(group) for i, group in enumerate(ordered)]
    assert ranks(np.array(ordered, np.int64)).tolist() == expected


def test_chance_is_bounded() -> None:
    assert 16 * chance(200, AGREEING) < 1e-9
    assert chance(200, 6) > 1  # the control: few agreeing features prove nothing
    assert chance(60, 11) > chance(60, 12) > chance(60, 13)


def test_lettering_takes_no_feature_away_from_the_pixels() -> None:
    match = confirm(jpeg(lettered(BASE), 80), BASE)
    assert match.matched
    assert match.regions
    assert not confirm(jpeg(lettered(scene(3)), 80), BASE).matched


@pytest.mark.parametrize("size", [(60_000, 40), (20_000, 64), (64, 20_000), (3_000, 70)])
def test_a_thin_picture_has_no_features_and_is_no_fault(size: tuple[int, int]) -> None:
    thin = cv2.resize(scene(2), size)
    assert len(extract(thin)) == len(extract(thin, mirrored=True)) == 0
    assert len(features.of_grey(*features.shrunk(thin, SIDE)[:1], MOST)) == 0
    assert not confirm(thin, BASE).matched
    assert not confirm(BASE, thin).matched
    assert confirm(jpeg(thin, 90), thin).matched  # it is laid on itself by its shape
    sketch = Sketch.of(thin)
    again = Sketch.read(sketch.features.encode(), sketch.colors.tobytes())
    assert not compare(thin, again).matched
    assert not compare(thin, Sketch.of(BASE)).matched
    # The control: one that is wide enough has some.
    assert len(extract(cv2.resize(scene(2), (640, 160)))) > AGREEING


def test_kind_is_the_published_one() -> None:
    assert features.KIND == "org.sosie.features.1"

"""Proposed landmarks against exact ones, and against real people's builds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosie.core import landmarks, silhouette
from sosie.core.twin import LANDMARKS
from sosie.core.values import BadInput
from tests.core import figures

# Marked by hand on the photographs, in pixels; the points that recoloring builds on.
MARKED = {
    "c_model_3": {"neck_l": (352, 283), "shoulder_l": (240, 335), "shoulder_r": (570, 330),
                  "armpit_l": (271, 452), "armpit_r": (525, 452), "waist_l": (276, 577),
                  "waist_r": (520, 577), "hip_l": (238, 710), "hip_r": (534, 710)},
    "c_model_7": {"neck_l": (353, 228), "shoulder_l": (235, 285), "shoulder_r": (560, 290),
                  "armpit_l": (262, 412), "armpit_r": (520, 415), "waist_l": (272, 540),
                  "waist_r": (507, 540), "hip_l": (252, 660), "hip_r": (520, 660)},
    "c_model_8": {"neck_l": (352, 170), "shoulder_l": (278, 190), "shoulder_r": (488, 197),
                  "armpit_l": (301, 265), "armpit_r": (462, 268), "waist_l": (304, 350),
                  "waist_r": (458, 350), "hip_l": (303, 432), "hip_r": (482, 432)},
}  # fmt: skip
SMALL = (540, 720)

FACES = {
    "c_model_3": (315, 95, 466, 262),
    "c_model_7": (336, 52, 472, 215),
    "c_model_8": (358, 55, 450, 152),
}


def errors(one: landmarks.Proposal, drawn: figures.Drawn) -> dict[str, float]:
    """Distances in percent of the person's height, of the points that both have."""
    found = {}
    for name, real in drawn.card.landmarks.items():
        guess = one.landmarks[name]
        if real is not None and guess is not None:
            found[name] = 100 * float(np.hypot(real[0] - guess[0], real[1] - guess[1])) / drawn.tall
    return found


@pytest.mark.parametrize("full", [True, False])
def test_drawn_people_are_found(full: bool) -> None:
    sure: list[float] = []
    every: list[float] = []
    for seed in range(3):
        drawn = figures.draw(np.random.default_rng(seed), full=full, size=SMALL)
        guess = landmarks.propose(drawn.pixels)
        assert guess.view == drawn.card.view
        off = errors(guess, drawn)
        assert len(off) >= (20 if full else 14), off
        every += off.values()
        sure += [far for name, far in off.items() if guess.confidence[name] >= 0.5]
    assert np.median(every) < 1.5
    assert np.percentile(sure, 95) < 4
    assert len(sure) > 30


def test_the_measure_above_can_fail() -> None:
    drawn = figures.draw(np.random.default_rng(0))
    other = figures.draw(np.random.default_rng(1), full=False)
    assert np.median(list(errors(landmarks.propose(other.pixels), drawn).values())) > 4


def test_points_that_the_frame_cuts_off_are_null() -> None:
    drawn = figures.draw(np.random.default_rng(3))
    torso = np.ascontiguousarray(drawn.pixels[:420])
    points = landmarks.propose(torso).landmarks
    assert points["knee_l"] is points["ankle_r"] is points["hip_l"] is None
    assert points["shoulder_l"] is not None
    assert set(points) == set(LANDMARKS)


def test_every_skin_has_a_face() -> None:
    for tone in range(len(figures.TONES)):
        drawn = figures.draw(np.random.default_rng(tone), tone=tone, size=SMALL)
        left, top, right, bottom = landmarks.propose(drawn.pixels).face
        real = drawn.card.face
        slack = 0.01 * drawn.tall
        assert left <= real[0] + slack, tone
        assert right >= real[2] - slack, tone
        assert top <= real[1] + slack, tone
        assert bottom >= real[3] - slack, tone
        assert right - left < 3 * (real[2] - real[0])


def test_a_busy_backdrop_makes_everything_uncertain() -> None:
    drawn = figures.draw(np.random.default_rng(2))
    found = silhouette.person(drawn.pixels)
    busy = silhouette.Silhouette(found.mask, found.backdrop, found.figures, 0.3, found.noise)
    assert max(landmarks.propose(drawn.pixels, busy).confidence.values()) < landmarks.UNCERTAIN
    assert max(landmarks.propose(drawn.pixels, found).confidence.values()) > landmarks.UNCERTAIN


def test_no_person_is_said_with_a_remedy() -> None:
    with pytest.raises(BadInput, match="no person is seen") as error:
        landmarks.propose(np.full((400, 300, 3), 180, np.uint8))
    assert error.value.code == "capture.no_person"


def test_correcting_moves_and_removes_points() -> None:
    card = figures.draw(np.random.default_rng(0)).card
    done = landmarks.correct(card, {"waist_l": (321.6, 500), "knee_r": None})
    assert done.landmarks["waist_l"] == (322, 500)
    assert done.landmarks["knee_r"] is None
    assert done.landmarks["waist_r"] == card.landmarks["waist_r"]
    assert card.landmarks["knee_r"] is not None
    with pytest.raises(BadInput, match="did you mean `shoulder_l`"):
        landmarks.correct(card, {"sholder_l": (1, 1)})
    with pytest.raises(BadInput, match="outside the frame"):
        landmarks.correct(card, {"waist_l": (900, 1)})


def test_the_drawing_shows_every_point_and_tells_the_uncertain_apart() -> None:
    drawn = figures.draw(np.random.default_rng(0))
    before = drawn.pixels.copy()
    plain = landmarks.draw(drawn.pixels, drawn.card)
    assert plain.shape == drawn.pixels.shape
    assert (drawn.pixels == before).all()
    for spot in drawn.card.landmarks.values():
        assert spot is not None
        area = np.s_[max(0, spot[1] - 3) : spot[1] + 4, spot[0] - 3 : spot[0] + 4]
        assert (plain[area] != before[area]).mean() > 0.5
    marked = landmarks.draw(drawn.pixels, drawn.card, {"chin": 0.2})
    assert (marked != plain).any()
    small = landmarks.draw(
        before[::3, ::3], drawn.card.model_copy(update={"landmarks": {}, "face": (1, 1, 9, 9)})
    )
    assert min(small.shape[:2]) == 900


@pytest.mark.photos
@pytest.mark.parametrize("name", sorted(MARKED))
def test_real_people_are_found(photos: Path, name: str) -> None:
    path = next((photos / "people").glob(f"{name}.*"))
    guess = landmarks.propose(np.asarray(Image.open(path).convert("RGB")))
    off = []
    for point, real in MARKED[name].items():
        found = guess.landmarks[point]
        assert found is not None
        off.append(100 * float(np.hypot(found[0] - real[0], found[1] - real[1])) / 1000)
    assert np.median(off) < 2
    assert max(off) < 4
    left, top, right, bottom = FACES[name]
    assert guess.face[0] <= left
    assert guess.face[1] <= top
    assert guess.face[2] >= right
    assert guess.face[3] >= bottom

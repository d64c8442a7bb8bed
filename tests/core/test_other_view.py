"""A photograph that is plainly another view is told, and none that may be the one it is for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import sosie.samples
from sosie.core import silhouette
from sosie.core.capture import look
from sosie.core.landmarks import propose
from sosie.core.other_view import as_asked
from sosie.core.studio import Pixels
from sosie.core.twin import LANDMARKS, VIEWS
from tests.core import figures

SHOOT = Path(sosie.samples.__path__[0]) / "shoot"
SAMPLES = [f"{who}/{view}" for who in ("ines", "tomas") for view in ("front-half", "front-full")]
HALF, FULL = ("front-half", "front-full")
SHOWN = {
    "c_Simon_1": FULL,
    "c_Yifeng_0": FULL,
    "c_model_3": HALF,
    "c_model_4": HALF,
    "c_model_5": HALF,
    "c_model_7": HALF,
    "c_model_8": FULL,
}


def told(pixels: Pixels, view: str) -> str | None:
    """Return what is said against a view; nothing if it may be this one."""
    judged = look("a.jpg", pixels, None, views=(view,))
    said = [reason.text for reason in judged.reasons if reason.code == "capture.other_view"]
    if said:
        assert dict(judged.where)[said[0]]  # drawn on the picture
    else:
        assert all(not check.wrong for check in judged.checks if check.name == "other_view")
    return said[0] if said else None


def sample(name: str) -> Pixels:
    return np.asarray(Image.open(SHOOT / f"{name}.jpg").convert("RGB").resize((768, 1024)))


def drawn(*, full: bool, tone: int = 1) -> Pixels:
    return figures.draw(np.random.default_rng(tone), full=full, tone=tone).pixels


def close(pixels: Pixels, heads: float) -> Pixels:
    """Cut a photograph off some heads under the crown, as a face is taken."""
    card = look("a.jpg", pixels, None).card
    assert card is not None
    spots = card.landmarks["crown"], card.landmarks["chin"]
    (across, crown), (_, chin) = (spot for spot in spots if spot)
    head = chin - crown
    beside = slice(max(0, across - 3 * head // 2), across + 3 * head // 2)
    cut = pixels[max(0, crown - head // 4) : crown + round(heads * head), beside]
    return np.asarray(cv2.resize(cut, None, fx=900 / cut.shape[0], fy=900 / cut.shape[0]), np.uint8)


def behind(pixels: Pixels, hair: tuple[int, int, int], *, down: bool = False) -> Pixels:
    """Lay hair over a face, as it is seen from behind; ``down``: over the neck, too."""
    card = look("a.jpg", pixels, None).card
    assert card is not None
    spots = card.landmarks["crown"], card.landmarks["chin"]
    (across, crown), (_, chin) = (spot for spot in spots if spot)
    head, made = chin - crown, pixels.copy()
    cv2.ellipse(made, (across, crown + head // 2), (2 * head // 5, head // 2), 0, 0, 360, hair, -1)
    if down:
        corners = (across - head // 3, crown + head // 2), (across + head // 3, chin + head // 3)
        cv2.rectangle(made, *corners, hair, -1)
    return made


@pytest.mark.parametrize("tone", [0, 1, 2])
def test_what_is_plainly_another_view_is_told_with_what_to_do(tone: int) -> None:
    half, full = drawn(full=False, tone=tone), drawn(full=True, tone=tone)
    said = {
        "face": (told(full, "face"), "from head to feet"),
        "half": (told(full, "front-half"), "from head to feet"),
        "near": (told(half, "face"), "more than head and shoulders"),
        "feet": (told(half, "front-full"), "her feet are not in the picture"),
        "step": (told(half, "walking"), "her feet are not in the picture"),
        "side": (told(half, "side"), "heads wide where “turned by 90 degrees” is asked"),
        "back": (told(half, "back"), "her face is seen where “seen from behind” is asked"),
    }
    for text, why in said.values():
        assert text is not None
        assert why in text
        assert "or say which photograph it is" in text


@pytest.mark.parametrize("name", SAMPLES)
def test_rendered_people_are_told_apart_and_fill_their_own(name: str) -> None:
    pixels, view = sample(name), name.split("/")[1]
    assert told(pixels, view) is None
    assert "her face is seen" in (told(pixels, "back") or "")
    assert "heads wide" in (told(pixels, "side") or "")
    other = FULL if view == HALF else HALF
    assert told(pixels, other) is not None
    assert told(pixels, "face") is not None


@pytest.mark.parametrize("view", ["three-quarter", "walking"])
def test_what_is_another_pose_fills_its_own(view: str) -> None:
    for who in ("ines", "tomas"):
        assert told(sample(f"{who}/{view}"), view) is None


@pytest.mark.parametrize("heads", [1.5, 1.8, 2.2])
def test_a_face_is_no_plate_and_a_face_that_is_close_stays_one(heads: float) -> None:
    for name in SAMPLES:
        face = close(sample(name), heads)
        assert told(face, "face") is None
        if heads < 2:
            for view in ("front-half", "front-full", "back"):
                assert "only head and shoulders are seen" in (told(face, view) or "")
        slim = cv2.resize(face, (round(0.6 * face.shape[1]), face.shape[0]))  # as in profile
        assert told(np.pad(slim, ((0, 0), (200, 200), (0, 0)), mode="edge"), "face") is None
    near = close(sample("ines/front-half"), 2.2)
    assert "only head and shoulders are seen" in (told(near, "front-half") or "")
    assert "only head and shoulders are seen" in (told(near, "back") or "")


def test_hair_of_any_color_is_a_back_and_dark_hair_over_skin_is_no_face() -> None:
    half = sample("ines/front-half")
    dark = (45, 32, 26)
    for hair in (dark, (170, 95, 55), (205, 170, 120), (150, 150, 150)):
        assert told(behind(half, hair), "back") is None
        assert told(behind(half, hair, down=True), "back") is None  # dark roots, light lengths
    card = look("a.jpg", half, None).card
    assert card is not None
    crown = card.landmarks["crown"]
    assert crown is not None
    red, green, blue = (int(v) for v in half[crown[1] + 15, crown[0]])
    away = behind(half, (red, green, blue))
    assert "no face is seen" in (told(away, "front-half") or "")
    assert told(away, "back") is None


def test_what_pixels_do_not_tell_is_said_to_be_not_judged() -> None:
    def unsure(pixels: Pixels, view: str) -> bool:
        checks = look("a.jpg", pixels, None, views=(view,)).checks
        return any(check.name == "other_view" and check.figure is None for check in checks)

    half = sample("ines/front-half")
    assert not unsure(half, "front-half")
    assert all(unsure(half, view) for view in ("seated", "three-quarter", "free"))
    busy = np.random.default_rng(1).integers(0, 255, half.shape).astype(np.uint8)
    assert told(np.where(half > 190, busy, half).astype(np.uint8), "face") is None


def test_points_that_she_moved_go_before_those_that_were_found() -> None:
    near = close(sample("ines/front-half"), 2.2)
    card = look("a.jpg", near, None, views=("front-half",)).card
    assert card is not None
    crown, chin = card.landmarks["crown"], card.landmarks["chin"]
    assert crown is not None
    assert chin is not None
    high = {**card.landmarks, "chin": (chin[0], crown[1] + round(0.8 * (chin[1] - crown[1])))}
    moved = look("a.jpg", near, card.model_copy(update={"landmarks": high}))
    assert "capture.other_view" not in {reason.code for reason in moved.reasons}


def test_points_that_lie_anywhere_are_read_without_harm() -> None:
    half = np.asarray(cv2.resize(sample("ines/front-half"), (192, 256)), np.uint8)
    found = silhouette.person(half)
    guess = propose(half, found).card("a")
    rng = np.random.default_rng(5)
    for number in range(200):
        spots = {name: (int(rng.integers(192)), int(rng.integers(256))) for name in LANDMARKS}
        if number % 2:  # a head of nothing, between shoulders as narrow
            spots |= {"crown": (90, 250), "chin": (90, 9), "shoulder_l": (9, 9)}
            spots["shoulder_r"] = (10 + number % 3, 9)
        for view in VIEWS:
            card = guess.model_copy(update={"landmarks": spots, "view": view})
            told = as_asked(half, card, found, guess)
            assert told is None or told.name == "other_view"


@pytest.mark.photos
@pytest.mark.parametrize("name", sorted(SHOWN))
def test_photographs_fill_their_own_slot_and_no_plain_other(photos: Path, name: str) -> None:
    pixels = np.asarray(Image.open(photos / "people" / f"{name}.png").convert("RGB"))
    own, other = SHOWN[name], HALF if SHOWN[name] == FULL else FULL
    assert told(pixels, own) is None
    assert told(np.ascontiguousarray(pixels[:, ::-1]), own) is None
    assert told(pixels, other) is not None
    assert told(pixels, "face") is not None
    assert "heads wide" in (told(pixels, "side") or "")
    # Dark necks in the shade of the chin are not told from hair.
    assert (told(pixels, "back") is None) == (name in ("c_model_5", "c_model_7"))

"""What a capture must contain; good photographs beside worsened copies of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sosie.core import silhouette, twin
from sosie.core.studio import Card, Pixels
from tests.core import figures

GOOD = ("c_Simon_1", "c_Yifeng_0", "c_model_3", "c_model_4", "c_model_5", "c_model_7", "c_model_8")


def exposed(pixels: Pixels, stops: float) -> Pixels:
    """The photograph as if exposed by so many stops more, in linear light."""
    value = pixels.astype(np.float32) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear * 2**stops, 0, 1)
    back = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.clip(back * 255 + 0.5, 0, 255).astype(np.uint8)


def tall(pixels: Pixels, height: int) -> Pixels:
    width = round(pixels.shape[1] * height / pixels.shape[0])
    done = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(done, np.uint8)


def textured(pixels: Pixels) -> Pixels:
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 255, (24, 18, 3)).astype(np.uint8)
    size = (pixels.shape[1], pixels.shape[0])
    pattern = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    mask = silhouette.person(pixels).mask.astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0))[..., None]
    return np.asarray(pixels * soft + pattern * (1 - soft), np.uint8)


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(tall(pixels, 1024), (0, 0), sigma), np.uint8)


def copies(pixels: Pixels) -> dict[str, Pixels]:
    """Worsened copies by the code of what should be said of them."""
    return {
        "capture.blurred": blurred(pixels, 2),
        "capture.too_dark": exposed(pixels, -2),
        "capture.too_bright": exposed(pixels, 2),
        "capture.too_small": tall(pixels, 400),
        "capture.two_people": np.hstack([pixels, pixels]),
        "capture.busy_backdrop": textured(pixels),
    }


def said(pixels: Pixels) -> list[str]:
    return [reason.code for reason in twin.judge_picture(twin.measure(pixels))]


@pytest.fixture(scope="module")
def drawn() -> figures.Drawn:
    return figures.draw(np.random.default_rng(4), tone=0, size=(780, 1040))


@pytest.fixture(scope="module")
def quality(drawn: figures.Drawn) -> twin.Quality:
    return twin.measure(drawn.pixels, drawn.card)


def test_a_drawn_person_passes_and_each_worse_copy_fails_for_its_reason(
    drawn: figures.Drawn,
) -> None:
    assert said(drawn.pixels) == []
    found = {code: said(copy) for code, copy in copies(drawn.pixels).items()}
    assert found == {code: [code] for code in found}
    assert len(found) == 6


def test_an_empty_backdrop_shows_no_person() -> None:
    empty = np.full((1024, 800, 3), 190, np.uint8)
    assert said(empty) == ["capture.no_person"]


def test_dark_skin_and_dark_clothes_are_no_fault_of_exposure() -> None:
    for tone in range(len(figures.TONES)):
        photo = figures.draw(np.random.default_rng(tone), tone=tone, size=(390, 520)).pixels
        assert "capture.too_dark" not in said(photo), tone


def test_sharpness_depends_on_neither_size_nor_backdrop(drawn: figures.Drawn) -> None:
    one = twin.measure(drawn.pixels).edge_width
    wide = cv2.copyMakeBorder(drawn.pixels, 0, 0, 200, 200, cv2.BORDER_REPLICATE)
    assert twin.measure(np.asarray(wide, np.uint8)).edge_width == pytest.approx(one, abs=0.15)
    assert twin.measure(blurred(drawn.pixels, 2)).edge_width > 2 * one - 0.5


def test_figures_are_plain_json(quality: twin.Quality) -> None:
    assert set(quality.as_dict()) == set(twin.Quality.__slots__)
    assert quality.as_dict()["size"] == (780, 1040)


def changed(card: Card, **landmarks: tuple[int, int] | None) -> Card:
    return card.model_copy(update={"landmarks": {**card.landmarks, **landmarks}})


def codes(quality: twin.Quality, card: Card, view: str = "front-full") -> list[str]:
    return [reason.code for reason in twin.judge_card(quality, card, view)]


def test_an_exact_card_passes(drawn: figures.Drawn, quality: twin.Quality) -> None:
    assert codes(quality, drawn.card) == []


def test_every_wrong_card_is_told(drawn: figures.Drawn, quality: twin.Quality) -> None:
    card, points = drawn.card, drawn.card.landmarks
    outside = ["capture.landmark_outside"]
    assert codes(quality, changed(card, chin=None)) == ["capture.landmark_missing"]
    assert codes(quality, changed(card, waist_l=(-4, 500))) == outside
    assert (
        codes(quality, changed(card, shoulder_l=(300, 900), shoulder_r=(600, 900)))[0] == outside[0]
    )
    swapped = changed(card, waist_l=points["waist_r"], waist_r=points["waist_l"])
    assert codes(quality, swapped) == outside
    assert codes(quality, changed(card, sholder_l=(5, 5))) == ["capture.unknown_landmark"]
    other = card.model_copy(update={"size": (768, 1024)})
    assert codes(quality, other) == ["capture.card_size"]
    assert codes(quality, card, "frontal") == ["capture.unknown_view"]
    assert codes(quality, card.model_copy(update={"face": (5, 9, 4, 20)})) == outside


def test_a_waist_off_the_body_is_told_and_one_near_it_is_not(drawn: figures.Drawn) -> None:
    x, y = drawn.card.landmarks["waist_l"] or (0, 0)
    for share, expected in ((0.02, []), (0.3, ["capture.landmark_outside"])):
        moved = changed(drawn.card, waist_l=(round(x - share * drawn.tall), y))
        assert codes(twin.measure(drawn.pixels, moved), moved) == expected


def test_what_the_measurements_lack() -> None:
    sizes = {"height_cm": 178.0, "chest_cm": 84, "waist_cm": 62, "hip_cm": 90, "inseam_cm": 82}
    assert twin.measured(sizes, tuple(sizes)) == ()
    lacking = twin.measured({}, tuple(sizes))
    assert [r.code for r in lacking] == ["capture.measurement_missing"]
    slips = {**sizes, "height_cm": 1.78}
    assert [r.code for r in twin.measured(slips, ())] == ["capture.measurement_range"]
    odd = {**sizes, "heigth_cm": 178}
    assert "did you mean `height_cm`?" in twin.measured(odd, ())[0].text
    assert [r.code for r in twin.named_twice(["a", "b", "a"])] == ["capture.plate_twice"]


def test_every_view_needs_known_landmarks_only() -> None:
    assert len(twin.LANDMARKS) == len(set(twin.LANDMARKS)) == 20
    for view in twin.VIEWS.values():
        assert set(view.needed) <= set(twin.LANDMARKS)
        assert view.touches <= {"top", "left", "right", "bottom"}


def test_reasons_give_figure_limit_and_remedy(quality: twin.Quality) -> None:
    worst = replace(quality, size=(300, 400), edge_width=3.2, highlight=90.0, blown=0.4, plain=0.1)
    for reason in twin.judge_picture(worst):
        assert reason.text[0].islower()
        assert not reason.text.endswith(".")
        assert sum(sign.isdigit() for sign in reason.text) >= 2, reason
        assert ";" in reason.text, reason


def opened(photos: Path, name: str) -> Pixels:
    path = next((photos / "people").glob(f"{name}.*"))
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.photos
@pytest.mark.parametrize("name", GOOD)
def test_good_photographs_pass(photos: Path, name: str) -> None:
    assert said(opened(photos, name)) == []


@pytest.mark.photos
@pytest.mark.parametrize("name", ["c_model_7"])
def test_worse_copies_of_photographs_fail_for_their_reason(photos: Path, name: str) -> None:
    found = {code: said(copy) for code, copy in copies(opened(photos, name)).items()}
    assert found == {code: [code] for code in found}


@pytest.mark.photos
def test_a_street_is_a_busy_backdrop(photos: Path) -> None:
    assert said(opened(photos, "fashn_model")) == ["capture.busy_backdrop"]

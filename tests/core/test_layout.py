"""Crops and safe areas: head and garment stay in, and what does not fit is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sosie.samples
from sosie.core.layout import PLACEMENTS, Box, garment_of, head_of, lay_out
from sosie.core.release import FORMATS
from sosie.core.studio import Card, Order
from sosie.core.terms import Channel


def card(middle: float = 0.5, top: float = 0.2, size: tuple[int, int] = (900, 1200)) -> Card:
    """A half-length figure whose head begins at a share of the height."""
    width, height = size
    tall = (1 - top) * height

    def at(x: float, y: float) -> tuple[int, int]:
        return round((middle + x) * width), round(top * height + y * tall)

    marks = {"crown": at(0, 0.02), "chin": at(0, 0.2)}
    for name, (x, y) in {
        "neck": (0.05, 0.24), "shoulder": (0.16, 0.28), "armpit": (0.13, 0.4), "waist": (0.11, 0.6),
        "hip": (0.13, 0.75), "elbow": (0.2, 0.55), "wrist": (0.22, 0.8),
    }.items():  # fmt: skip
        marks |= {f"{name}_l": at(-x, y), f"{name}_r": at(x, y)}
    left, upper = at(-0.06, 0.06)
    right, lower = at(0.06, 0.2)
    return Card.model_validate(
        {"sosie": "card/1", "plate": "p", "view": "front-half", "size": size, "landmarks": marks,
         "face": (left, upper, right, lower)}
    )  # fmt: skip


def within(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - 1 and inner[1] >= outer[1] - 1
        and inner[2] <= outer[2] + 1 and inner[3] <= outer[3] + 1
    )  # fmt: skip


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or one[0] >= other[2] or one[3] <= other[1] or one[1] >= other[3]


def test_every_channel_has_a_place_of_the_size_that_a_release_has() -> None:
    assert {place.channel for place in PLACEMENTS.values()} == set(Channel)
    for channel, shape in FORMATS.items():
        sizes = {(p.width, p.height) for p in PLACEMENTS.values() if p.channel is channel}
        assert (shape.width, shape.height) in sizes


@pytest.mark.parametrize("name", sorted(PLACEMENTS))
@given(
    middle=st.floats(0.3, 0.7),
    top=st.floats(0.02, 0.5),
    size=st.tuples(st.integers(600, 2000), st.integers(600, 2000)),
    garment=st.sampled_from(["top", "bottom", "dress"]),
)
@settings(max_examples=40, deadline=None)
def test_crops_keep_their_shape_and_boxes_lie_in_the_place(
    name: str, middle: float, top: float, size: tuple[int, int], garment: str
) -> None:
    seen, place = card(middle, top, size), PLACEMENTS[name]
    order = Order.model_validate({"plate": "p", "garment": garment})
    made = lay_out(seen, order, place)
    left, upper, right, lower = made.crop
    assert within(made.crop, (0, 0, *size))
    assert abs((right - left) / (lower - upper) - place.width / place.height) < 0.01
    frame = (0, 0, place.width, place.height)
    assert within(made.safe, frame)
    assert within(made.text, made.safe)
    assert within(made.head, frame)
    if made.text[2] > made.text[0] and made.text[3] > made.text[1]:
        assert apart(made.text, made.head)
    if not any("head" in fault for fault in made.faults):
        assert made.head[3] > made.head[1]


def test_head_and_garment_are_safe_where_there_is_room() -> None:
    for name in ("web-shop", "instagram-feed", "out-of-home", "print", "store-screen"):
        made = lay_out(card(), Order(plate="p"), PLACEMENTS[name])
        assert made.faults == (), name
        assert within(made.head, made.safe), name
        assert within(made.garment, made.safe), name


def test_the_head_goes_before_the_garment_and_the_loss_is_said() -> None:
    made = lay_out(card(), Order(plate="p"), PLACEMENTS["broadcast"])
    assert within(made.head, made.safe)
    assert any("garment" in fault for fault in made.faults)
    tight = lay_out(card(top=0.0), Order(plate="p"), PLACEMENTS["instagram-reel"])
    assert any("head" in fault for fault in tight.faults), "the control: it does not fit"


def test_boxes_go_by_the_landmarks() -> None:
    seen = card()
    head, top = head_of(seen), garment_of(seen, "top")
    assert head[1] <= seen.landmarks["crown"][1]  # type: ignore[index]
    assert top[1] > head[1]
    assert garment_of(seen, "bottom")[3] == seen.size[1], "the ankles are out of frame"
    assert garment_of(seen, "bottom")[1] > top[1]


def test_room_for_words_keeps_off_hands_and_feet() -> None:
    """Toes and finger tips of a sample plate, as shares of its width and height."""
    path = Path(sosie.samples.__file__).parent / "shoot/ines/walking.json"
    seen = Card.model_validate_json(path.read_bytes())
    spots = ((0.735, 0.975), (0.345, 0.875), (0.36, 0.91), (0.50, 0.53), (0.675, 0.54))
    for place in PLACEMENTS.values():
        made = lay_out(seen, Order(plate="p"), place)
        left, top, right, bottom = made.crop
        for across, down in spots:
            x = (across * seen.size[0] - left) * place.width / (right - left)
            y = (down * seen.size[1] - top) * place.height / (bottom - top)
            words = made.text
            assert not (words[0] < x < words[2] and words[1] < y < words[3]), place


def test_the_page_says_every_margin() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "sheets.md").read_text()
    for name, place in PLACEMENTS.items():
        shares = ", ".join(f"{100 * share:.0f}" for share in place.margins)
        assert f"| `{name}` | {place.width}×{place.height} | {shares} % |" in page

"""Protocols: what a capture must hold, and how far it has come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sosie.adapters.protocol_file import full, named
from sosie.adapters.terms_file import read_model
from sosie.core.capture import Judged, covered, look
from sosie.core.protocol import BASIC, MINIMAL, Protocol, Taken, filled, met, missing, slot_of
from sosie.core.studio import Card
from sosie.core.values import BadInput, Reason
from tests.core import figures

SIZES = {"height_cm": 178.0, "chest_cm": 84, "waist_cm": 62, "hip_cm": 90, "inseam_cm": 82}
FULL = full()


def everything(*, without: tuple[str, ...] = ()) -> list[Taken]:
    """One good photograph for each slot of the full protocol."""
    return [
        Taken(slot.id, slot.views[0], gray_card=slot.id == "front")
        for group in FULL.groups
        for slot in group.slots
        if slot.id not in without
    ]


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def test_the_full_protocol_is_what_the_trade_takes() -> None:
    assert [(g.name, g.least, len(g.slots)) for g in FULL.groups] == [
        ("plates", 6, 6),
        ("faces", 10, 12),
        ("free poses", 8, 12),
    ]
    assert FULL.least == 24
    assert FULL.most <= 36
    faces = FULL.groups[1].slots
    assert {a: len({s.axes[a] for s in faces}) for a in ("yaw", "light", "expression")} == {
        "yaw": 5,
        "light": 2,
        "expression": 3,
    }
    assert missing(FULL, everything(), SIZES) == ()


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (("back",), "back"),
        (("face-smile", "face-laugh"), "smile"),
        (("face-left-90-soft", "face-left-90-hard"), "left-90"),
        (("free-seated", "free-jumping", "free-hers", "free-turning", "free-arms-up"), "7 of 8"),
    ],
)
def test_what_is_missing_is_named(without: tuple[str, ...], said: str) -> None:
    found = missing(FULL, everything(without=without), SIZES)
    assert codes(found) == ["capture.view_missing"]
    assert said in found[0].text


def test_two_faces_less_are_still_a_full_capture() -> None:
    assert (
        missing(FULL, everything(without=("face-right-90-hard", "face-left-90-hard")), SIZES) == ()
    )


def test_what_a_group_lacks_of_each_kind_is_named_by_what_it_shows() -> None:
    group = next(group for group in FULL.groups if "expression" in group.covers)
    smile = tuple(slot.id for slot in group.slots if slot.axes.get("expression") == "smile")
    assert smile
    (named,) = missing(FULL, everything(without=smile), SIZES)
    assert "no expression `smile`" in named.text
    (shown,) = missing(FULL, everything(without=smile), SIZES, in_words=True)
    assert shown.text == "faces: not every kind is there, take straight, soft light, a smile"


def test_a_gray_card_and_the_measurements_are_asked_for() -> None:
    bare = [Taken(photo.name, photo.view) for photo in everything()]
    assert codes(missing(FULL, bare, SIZES)) == ["capture.gray_card_missing"]
    assert codes(missing(FULL, everything(), {})) == ["capture.measurement_missing"]


def test_a_photograph_with_a_fault_counts_for_the_smaller_protocols_only() -> None:
    plates = [
        Taken(view, view, faulty=True)
        for view in ("front-half", "front-full", "three-quarter", "seated")
    ]
    assert filled(FULL, plates) == {}
    assert missing(BASIC, plates, SIZES) == ()
    assert met((FULL, BASIC, MINIMAL), plates, SIZES) is BASIC
    assert met((FULL, BASIC, MINIMAL), plates[:1], {}) is MINIMAL
    assert met((FULL, BASIC), plates[:1], {}) is None


def test_a_photograph_fills_one_slot_by_its_name_or_its_view() -> None:
    taken = [Taken("front-half", "front-half"), Taken("half-2", "front-half")]
    assert filled(FULL, taken) == {"half": "half-2", "front": "front-half"}
    assert getattr(slot_of(FULL, "face-front-soft-12", None), "id", "") == "face-front-soft"
    assert slot_of(FULL, "front-full", None) is None  # no retake of `front`
    assert slot_of(FULL, "portrait", "face") is None  # no view tells two faces apart
    assert filled(FULL, [Taken("side", "back")]) == {"back": "side"}  # the card knows better


@pytest.mark.parametrize(
    "change",
    [
        {"groups": []},
        {"measurements": ["shoe_size"]},
        {"groups": [{"name": "a", "words": "b", "least": 2, "slots": [{"id": "x"}]}]},
    ],
)
def test_a_protocol_that_cannot_be_met_is_no_protocol(change: dict[str, Any]) -> None:
    said = {**FULL.model_dump(mode="json", by_alias=True), **change}
    with pytest.raises(ValidationError):
        Protocol.model_validate(said)


def test_protocols_are_found_by_name_and_by_file() -> None:
    assert named("basic") is BASIC
    assert named("single") is MINIMAL
    with pytest.raises(BadInput, match="neither"):
        named("fuller")


def test_the_example_of_the_format_is_a_protocol() -> None:
    text = (Path(__file__).parents[2] / "docs" / "formats" / "protocol.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    said = read_model(example, Protocol, where="protocol.md")
    assert (said.name, said.least, said.most) == ("house-lookbook", 4, 5)


def judged(name: str, *, view: str = "front-half", bad: bool = False) -> Judged:
    card = Card.model_validate(
        {
            "sosie": "card/1",
            "plate": name,
            "view": view,
            "size": (9, 9),
            "landmarks": {},
            "face": (0, 0, 1, 1),
        }
    )
    reasons = (Reason("capture.blurred", "it is blurred; hold still"),) if bad else ()
    return Judged(f"{name}.jpg", card, reasons=reasons)


def test_coverage_tells_there_again_and_missing_apart() -> None:
    photos = [judged("front"), judged("half", bad=True), judged("extra", view="front-full")]
    photos += [judged("front-2"), judged("odd", view="free", bad=True)]
    found = covered(FULL, photos, {})
    state = {row.slot: (row.state, row.photo) for row in found.rows}
    assert state["front"] == ("there", "front.jpg")
    assert state["half"] == ("again", "half.jpg")
    assert state["full"] == ("there", "extra.jpg")
    assert state["back"] == ("missing", None)
    assert [photo.name for photo in found.beside] == ["front-2.jpg"]
    assert not found.complete
    assert "it is blurred; hold still" in next(r.why for r in found.rows if r.slot == "half")[0]


def test_a_photograph_without_a_card_is_judged_by_points_that_are_proposed() -> None:
    pixels = figures.draw(np.random.default_rng(4), tone=0, size=(780, 1040)).pixels
    found = look("full.jpg", pixels, None, views=("front-full",))
    assert found.reasons == ()
    assert found.card is not None
    assert found.card.view == "front-full"
    assert {check.name for check in found.checks} >= {"arms_on_body", "backdrop_shadow"}
    empty = look("empty.jpg", np.full((1024, 800, 3), 190, np.uint8), None)
    assert codes(empty.reasons) == ["capture.no_person"]
    assert empty.card is None
    tiny = look("tiny.jpg", np.zeros((8, 8, 3), np.uint8), None)
    assert codes(tiny.reasons) == ["capture.too_small"]

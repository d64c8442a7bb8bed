"""The drawing shows what was cut and what was changed; the page says it and runs nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from sosie.core import visual
from sosie.core.fingerprint import Match, confirm
from sosie.core.report_page import page
from sosie.core.seal import Box, Report, Step, StepState, Verdict
from sosie.core.studio import Pixels
from tests.core.plates import plate
from tests.core.test_fingerprint import cut, jpeg

BASE = plate(1)


def spoilt(pixels: Pixels) -> Pixels:
    changed = pixels.copy()
    changed[300:380, 200:300] = (250, 20, 20)
    return changed


@pytest.fixture(scope="module")
def matched() -> tuple[Pixels, Match]:
    """A cut copy with one changed place, and how it lies on its original."""
    copy = jpeg(spoilt(cut(BASE, 0.8)), 85)
    match = confirm(copy, BASE)
    assert match.matched
    assert len(match.regions) == 1
    return copy, match


def test_what_was_cut_is_dark_and_what_was_kept_is_not(matched: tuple[Pixels, Match]) -> None:
    copy, match = matched
    drawn = visual.outlined(BASE, copy, match)
    assert max(drawn.shape) == visual.SIDE
    plain = np.asarray(cv2.resize(BASE, drawn.shape[1::-1], interpolation=cv2.INTER_AREA))
    height, width = drawn.shape[:2]
    # Of each side a fifth is cut: a third of it above, two thirds of it at the left.
    assert (
        np.abs(drawn[height // 2, width // 2].astype(int) - plain[height // 2, width // 2]).max()
        < 3
    )
    assert (drawn[height - 5, width // 2] <= plain[height - 5, width // 2] // 2).all()
    assert (drawn[height // 2, 5] <= plain[height // 2, 5] // 2).all()
    yellow = (np.abs(drawn.astype(int) - (255, 196, 0)).sum(axis=2) < 60).sum()
    assert yellow > 1000


def test_what_was_changed_is_red_and_the_rest_is_grey(matched: tuple[Pixels, Match]) -> None:
    copy, match = matched
    drawn = visual.heated(BASE, copy, match).astype(int)
    scale = drawn.shape[0] / copy.shape[0]
    red = drawn[round(340 * scale), round(250 * scale)]
    assert red[0] - red[1] > 80
    far = drawn[round(700 * scale) :]
    assert np.abs(far.max(axis=2) - far.min(axis=2)).max() <= 2


def test_an_honest_copy_has_nothing_red() -> None:
    copy = jpeg(BASE, 80)
    drawn = visual.heated(BASE, copy, confirm(copy, BASE)).astype(int)
    assert np.abs(drawn.max(axis=2) - drawn.min(axis=2)).max() <= 2


def test_what_does_not_match_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="does not match"):
        visual.outlined(BASE, BASE, Match(False, 3, None))


def test_drawings_lie_beside_each_other() -> None:
    sheet = visual.beside([("one", BASE[:200, :100]), ("a longer text below", BASE[:300, :100])])
    assert sheet.shape[0] >= 300
    assert sheet.shape[1] >= 200


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_escapes_everything_and_asks_no_network() -> None:
    evil = "<script>alert(1)</script>\"'&"
    report = Report(
        Verdict.ALTERED,
        f"altered: {evil}",
        (Step(1, evil, StepState.OK, evil, evil),),
        number=7,
        subject={"twin": evil, "terms": {"a": evil}},
        differences=(evil,),
        regions=(Box(1, 2, 3, 4),),
    )
    text = page(evil, report, [(evil, b"\x89PNG")])
    found = _Page(text)
    assert "script" not in found.tags
    assert evil not in text
    assert text.count("&lt;script&gt;") >= 8
    assert found.links == ["data:image/png;base64,iVBORw=="]
    assert "default-src &#x27;none&#x27;" in text
    assert text.index("altered: &lt;") < text.index("Step by step")
    # The control: the parser does see a tag that is not escaped.
    assert "script" in _Page(text + evil).tags

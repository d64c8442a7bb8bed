"""The drawing shows what was cut and what was changed; the page says it and runs nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from sosie.core import visual
from sosie.core.assessment import assess
from sosie.core.fingerprint import Match, confirm
from sosie.core.report_page import fragment, page
from sosie.core.seal import Box, Judged, Report, Step, StepState, Trust, TrustSource, Verdict
from sosie.core.studio import Pixels
from sosie.core.terms import PublicTerms
from sosie.core.terms_words import in_words
from tests.core.plates import plate
from tests.core.seals import DAY, FILE, TERMS
from tests.core.test_fingerprint import cut, jpeg
from tests.core.test_seal import GENUINE

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
    lines = visual.beside([("one", BASE[:200, :100])], ["a short one", "long " * 80, "é"])
    plain = visual.beside([("one", BASE[:200, :100])])
    assert lines.shape[1] == plain.shape[1]
    assert np.array_equal(lines[: len(plain)], plain)
    below = lines[len(plain) :]
    assert (below < 100).any()
    assert (below[:, -visual._MARGIN // 2 :] > 200).all()  # a long line is set smaller


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
        Judged(evil, FILE, DAY, None, Trust(TrustSource.GIVEN, evil, evil, evil)),
        number=7,
        subject={"twin": evil, "terms": {**TERMS.as_json(), "credit": evil}},
        differences=(evil,),
        regions=(Box(1, 2, 3, 4),),
    )
    text = page(report, [(evil, b"\x89PNG")])
    found = _Page(text)
    assert "script" not in found.tags
    assert evil not in text
    assert text.count("&lt;script&gt;") >= 12
    assert found.links == ["data:image/png;base64,iVBORw=="]
    assert "default-src &#x27;none&#x27;" in text
    assert text.index("altered: &lt;") < text.index("Step by step")
    # The control: the parser does see a tag that is not escaped.
    assert "script" in _Page(text + evil).tags


def test_the_page_says_what_the_license_allows_in_words() -> None:
    text = page(assess(GENUINE))
    for said in (
        "the European Union (EU)",
        "web shop",
        "1 January 2026 until 31 January 2027, both days included, as days are counted in UTC",
        "not stated, so nothing is allowed by it",  # the purposes
        "training of AI on it</th><td>forbidden",
        FILE.removeprefix("sha256:"),
        "1 June 2026",
        "AA:BB",
    ):
        assert said in text, said
    # The control: of a picture that is not known, nothing is said of any license.
    unknown = page(assess(replace(GENUINE, trust=Trust(TrustSource.NONE))))
    assert "What its license allows" not in unknown
    assert "What was judged" in unknown


def test_every_public_term_is_said() -> None:
    terms = PublicTerms.model_validate(
        {
            "sosie": "terms/1",
            "twin": "twin-1",
            "purposes": ["campaign", "editorial", "print"],
            "territories": {"include": ["DE", "NORDICS"], "exclude": ["NO"]},
            "channels": ["instagram", "web_shop"],
            "accounts": {"instagram": ["@maison", "@nord"]},
            "period": {"from": "2026-03-01", "until": "2026-03-02", "time_zone": "UTC"},
            "credit": "Nora (digital twin)",
            "after_end": {"sell_off_days": 30, "archive": "posts_stay"},
        }
    )
    after = "what is out may be shown for 30 more days; "
    after += "unpaid posts may stay where they are, not advertised anew"
    assert in_words(terms) == [
        ("may be used for", "advertising campaigns, editorial and print"),
        (
            "may be shown in",
            "the Nordic countries (NORDICS) and Germany (DE), but not in Norway (NO)",
        ),
        ("may be shown on", "Instagram (@maison, @nord only) and the brand’s web shop"),
        (
            "when",
            "1 March 2026 until 2 March 2026, both days included, as days are counted in UTC",
        ),
        ("afterwards", after),
        ("training of AI on it", "forbidden"),
        ("line under it", "Nora (digital twin)"),
    ]
    assert set(PublicTerms.model_fields) == set(terms.model_fields_set) | {"training"}
    bare = PublicTerms.model_validate({"sosie": "terms/1", "twin": "twin-1"})
    assert [text for _, text in in_words(bare)].count(
        "not stated, so nothing is allowed by it"
    ) == 4
    assert ("afterwards", "no new use, and what is out is taken down") in in_words(bare)


def test_a_notebook_shows_a_report_and_keeps_its_own_style() -> None:
    report = assess(GENUINE)
    shown = report._repr_html_()
    assert shown == fragment(report)
    assert shown in page(report)
    assert not {"html", "body", "head", "script"} & set(_Page(shown).tags)
    style = shown[shown.index("<style>") + 7 : shown.index("</style>")]
    style = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", style)
    rules = [rule.split("{")[0] for rule in style.split("}") if rule.strip()]
    assert len(rules) > 10
    for one in ",".join(rules).split(","):
        assert one.strip().startswith(".sosie"), one

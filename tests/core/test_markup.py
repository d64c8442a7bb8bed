"""Sentences with code in backticks: as HTML and as plain words, on every page that shows them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sosie.adapters.board import html
from sosie.adapters.protocol_file import full
from sosie.core.board import Tile
from sosie.core.capture import covered
from sosie.core.capture_page import page as capture_page
from sosie.core.markup import as_html, bare
from sosie.core.report_page import page as report_page
from sosie.core.seal import Judged, Report, Step, StepState, Trust, TrustSource, Verdict
from sosie.core.values import digest

JUDGED = Judged("copy.jpg", digest(b"copy"), date(2026, 11, 2), None, Trust(TrustSource.NONE))
SAID = "see `sosie twin show`, then `<b>`"


@pytest.mark.parametrize(
    ("text", "page", "plain"),
    [
        ("`a` and `b`", "<code>a</code> and <code>b</code>", "a and b"),
        ("one ` alone", "one ` alone", "one ` alone"),
        ("`<i>` & \"", "<code>&lt;i&gt;</code> &amp; &quot;", "<i> & \""),
        ("``", "``", "``"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_code_between_backticks(text: str, page: str, plain: str) -> None:
    assert as_html(text) == page
    assert bare(text) == plain


def _report() -> str:
    step = Step(1, "log", StepState.OK, "x", SAID)
    report = Report(Verdict.ALTERED, SAID, (step,), JUDGED, differences=(SAID,))
    return report_page(report, [(SAID, b"\x89PNG")])


def _capture() -> str:
    return capture_page("Capture", covered(full(), [], {}), {})


def _board() -> str:
    pixels = np.zeros((40, 30, 3), np.uint8)
    return html("Shoot", [Tile("S-1", SAID, "failed", "", (SAID,), pixels)]).decode()


@pytest.mark.parametrize("draw", [_report, _capture, _board])
def test_no_page_shows_a_backtick(draw: object) -> None:
    text = draw()  # type: ignore[operator]
    assert "`" not in text
    assert "<code>" in text
    assert "<b>`" not in text

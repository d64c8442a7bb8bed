"""What a verification concludes is said in the reader's language, whatever the evidence is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from django.conf import settings
from django.utils import translation

from sosie.core.assessment import assess
from sosie.core.fingerprint import TOO_SMALL
from sosie.core.seal import (
    INSIDE_ELSE,
    Box,
    Evidence,
    Placement,
    Report,
    Standing,
    Trust,
    TrustSource,
)
from sosie.core.terms import Channel, Purpose
from sosie.core.values import Outcome, Reason
from sosie.core.verification import Question
from sosie.web.said import clauses
from sosie.web.templatetags.sentences import sentences
from tests.core.seals import COPIES, COPY, CREDENTIALS, DAY, LOGS, MARKS, RECORD, TERMS, evidence

HERE = Trust(TrustSource.WORKSPACE, "House", ":".join(["0b", "ab", "f3", "27"] * 8))
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
BOX = Box(40.0, 30.0, 10.0, 5.0)
DIFFERS = (
    *("recompressed", "mirrored", "resized to 75 %", "cropped to 50 % of its area"),
    *("turned by 3°", "seen at an angle", "framed (12 % is plain border)", "with rounded corners"),
    *("without color", "changed in tone"),
)
BESIDE = {"ab", "Nora", "House", "SHA", "AA", "BB", "Instagram", "DE", "US"}
"""Names, and digits of a hash: said alike in every language."""


def _gathered() -> Iterator[Evidence]:
    """Yield evidence as a workspace gathers it for anyone, of each kind."""
    for cell in product(CREDENTIALS, LOGS, COPIES, MARKS):
        credential, log, copy, mark = cell
        yield evidence(credential, log, copy, "chosen", mark)
    known = evidence("trusted", "proved", "none", "chosen", "match")
    yield replace(known, marks=(7, 9))
    yield replace(known, marks=(9,), record=replace(RECORD, earlier=(9,)))
    yield replace(known, marks=None)
    for standing in (Standing.REVOKED, Standing.ENDED):
        record = replace(RECORD, standing=standing, standing_on=DAY - timedelta(days=3))
        yield replace(known, record=record)
    for on in (date(2025, 1, 1), date(2028, 1, 1)):
        yield replace(known, on=on)
    questions = (
        Question(DAY, "DE", Channel.INSTAGRAM, Purpose.EDITORIAL),
        Question(DAY, "DE", Channel.WEB_SHOP),
        Question(date(2030, 1, 1), "US"),
    )
    for question in questions:
        yield replace(known, placement=question.placed(TERMS))
    reason = Reason("period.ended", "the license ended on 2026-05-01, before 2026-06-01")
    for outcome in Outcome:
        yield replace(known, placement=Placement(outcome, (), "DE", None, DAY))
        yield replace(known, placement=Placement(outcome, (reason,), None, "print", DAY, "print"))
    alone = evidence("absent", "absent", "none", "chosen")
    yield replace(alone, marks=(8, 9))
    for regions in ((), (BOX,) * 5, (Box(0, 0, 100, 100),)):
        for differs in (DIFFERS, (INSIDE_ELSE,), ("stretched (20 % wider)",), (TOO_SMALL,)):
            copied = replace(COPY, regions=regions, differs=differs, agreeing=33)
            yield replace(alone, copy=copied)
            yield replace(alone, copy=replace(copied, matched=False))
            yield replace(alone, copy=replace(copied, logged=False))


def _concluded() -> list[Report]:
    found = [assess(replace(each, trust=HERE, published=True)) for each in _gathered()]
    assert len(found) > 150
    assert {report.outcome for report in found} == {"made_here", "altered", "unknown"}
    return found


def _texts() -> list[str]:
    told = (
        text
        for report in _concluded()
        for text in (report.sentence, *(step.sentence for step in report.steps))
    )
    return list(dict.fromkeys(told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_clause_of_every_conclusion_is_said(language: str) -> None:
    texts = _texts()
    assert len(texts) > 100
    with translation.override(language):
        unsaid = {clause for text in texts for clause, said in clauses(text) if said is None}
    # What the log of a package contradicts is not met where the log is one's own.
    assert {clause for clause in unsaid if "the proof does not lead" not in clause} == set()


@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_nothing_in_them_is_left_in_english(language: str) -> None:
    left: dict[str, set[str]] = {}
    with translation.override(language):
        for text in _texts():
            for _clause, said in clauses(text):
                code = r"`[^`]*`|\.sosie\.json|[\w.]*\.mismatch|0000-0000-\w+|L-1"
                words = set(re.findall("[A-Za-z]{2,}", re.sub(code, "", said or ""))) - BESIDE
                if words:
                    left[said or ""] = words
    assert not left


def test_parts_are_matched_and_written_as_the_reader_does() -> None:
    known = evidence("trusted", "proved", "none", "chosen", "match")
    asked = Placement(Outcome.ALLOWED, (), "DE", "instagram", DAY, "editorial")
    sentence = assess(replace(known, trust=HERE, placement=asked)).sentence
    assert sentence == (
        "made under license here: the twin of Nora, license L-1, in force until 2027-01-31;"
        " seal 0000-0000-00007; may be used for editorial, in Germany (DE), via Instagram,"
        " on 2026-06-01"
    )
    with translation.override("fr"):
        french = sentences(sentence).replace("\xa0", " ").replace("\u202f", " ")
    assert french == (
        "Produite ici sous licence : le jumeau de Nora, licence L-1, en vigueur jusqu’au 31 janvier"
        " 2027 ; sceau 0000-0000-00007 ; peut être utilisée (pour : éditorial, où : Allemagne (DE),"
        " sur : Instagram, le 1er juin 2026)"
    )
    with translation.override("en"):
        assert "in force until 31 January 2027; seal" in sentences(sentence)


def test_a_clause_that_is_not_known_is_in_english_and_marked_alone() -> None:
    with translation.override("ru"):
        said = sentences("seal 7; nobody ever said this on 2026-06-01")
    assert said == (
        'Печать 7; <span lang="en" dir="ltr">nobody ever said this on 1 June 2026</span>'
    )

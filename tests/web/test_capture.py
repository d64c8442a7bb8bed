"""Photographs of a capture, judged one by one and not kept: what fits, what is wrong and where."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from allauth.core import ratelimit
from allauth.core.internal import ratelimit as real_ratelimit
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFilter

from sosie.adapters.isolated_pictures import IsolatedPictures
from sosie.core.roles import Role
from sosie.web import capture
from tests.services.people import drawn_photo
from tests.web.conftest import OTHER, OWN, Person, Shown


@pytest.fixture(scope="module")
def her(shown: Shown) -> Person:
    return Person(Role.MODEL, OWN)


@pytest.fixture(autouse=True)
def _shown_here(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    there = replace(shown.outside, pictures=IsolatedPictures())
    monkeypatch.setattr(capture, "outside", lambda: there)


def sent(her: Person, name: str, data: bytes, so_far: str = "[]", **more: str) -> Any:
    file = SimpleUploadedFile(name, data)
    fields = {"photograph": file, "protocol": "basic", "so_far": so_far, **more}
    return her.client.post("/capture", fields)


def words(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def so_far(answer: Any) -> str:
    found = re.search(r'name="so_far" value="([^"]*)"', answer.content.decode())
    assert found
    return unescape(found[1])


def blurred(data: bytes) -> bytes:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(data)).filter(ImageFilter.GaussianBlur(6))
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def test_photographs_add_up_to_a_capture_and_nothing_is_kept(shown: Shown, her: Person) -> None:
    kept = set(shown.outside.blobs.all())
    assert "0 of 4 are there" in words(her.client.get("/capture?protocol=basic"))
    bad = sent(her, "front-half.jpg", blurred(drawn_photo("front-half")))
    assert "To be taken again for “front-half”" in words(bad)
    assert "The sharpest edges are" in words(bad)
    assert "0 of 4 are there" in words(bad)
    last = bad
    for number, view in enumerate(("front-half", "front-full", "three-quarter", "walking"), 1):
        slot = "moving" if view == "walking" else ""
        last = sent(her, f"{view}.jpg", drawn_photo(view), so_far(last), slot=slot)
        assert f"{number} of 4 are there" in words(last), view
        assert "Good: it fills" in words(last), view
    assert "Nothing is missing" in words(last)
    assert len(json.loads(so_far(last))) == 4  # the blurred one was taken again
    assert set(shown.outside.blobs.all()) == kept


def test_what_is_missing_is_named_by_what_it_shows(her: Person) -> None:
    page = her.client.get("/capture?protocol=full")
    assert "take straight, soft light; straight, hard light; turned 45 degrees" in words(page)
    page = her.client.get("/capture?protocol=full", headers={"accept-language": "fr"})
    lacks = re.search(r'<ul class="points">.*?</ul>', page.content.decode(), re.DOTALL)
    assert lacks
    assert "face-left-45-soft" not in lacks[0]
    assert 'lang="en"' not in lacks[0]


def test_where_a_fault_is_seen_goes_to_the_browser(her: Person) -> None:
    cut = Image.open(io.BytesIO(drawn_photo("front-half"))).crop((300, 0, 900, 800))
    data = io.BytesIO()
    cut.resize((900, 1200)).save(data, "PNG")
    answer = sent(her, "front-half.png", data.getvalue(), protocol="full", slot="half")
    where = re.findall(r'data-where="([^"]*)"', answer.content.decode())
    drawn = [polygon for each in where for polygon in each.split(";") if polygon]
    assert drawn, words(answer)
    for polygon in drawn:
        spots = [tuple(map(float, spot.split(","))) for spot in polygon.split(" ")]
        assert all(-1 <= x <= 101 and -1 <= y <= 101 for x, y in spots)


def test_one_photograph_fills_one_slot_only(her: Person) -> None:
    first = sent(her, "a.jpg", drawn_photo("front-half"), slot="front-half")
    assert "Good: it fills “front-half”" in words(first)
    again = sent(her, "b.jpg", drawn_photo("front-half"), so_far(first), slot="front-full")
    assert "this is the same photograph as" in words(again).lower()
    assert "1 of 4 are there" in words(again)


def test_what_is_no_photograph_is_told(her: Person) -> None:
    answer = sent(her, "notes.txt", Path(__file__).read_bytes())
    assert answer.status_code == 200
    assert "It cannot be used" in words(answer)
    assert her.client.post("/capture", {}).status_code == 400


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[{"name": "a"}]', json.dumps([{}] * 200), "\ud7ff" * 9]
)
def test_a_state_that_no_page_of_ours_said_is_refused(her: Person, text: str) -> None:
    answer = sent(her, "a.jpg", drawn_photo("front-half"), text)
    assert answer.status_code == 400
    assert "begin anew" in words(answer)


def test_a_state_with_lies_in_it_is_refused(her: Person) -> None:
    known = json.loads(so_far(sent(her, "a.jpg", drawn_photo("front-half"))))[0]
    assert sent(her, "b.jpg", drawn_photo("walking"), json.dumps([known])).status_code == 200
    for lie in ({"view": "upside-down"}, {"cells": "AAAA"}, {"cells": "?"}, {"more": 1}):
        text = json.dumps([known | lie])
        assert sent(her, "b.jpg", drawn_photo("walking"), text).status_code == 400, lie


def test_a_photograph_that_is_too_large_is_not_read(her: Person) -> None:
    answer = her.client.post(
        "/capture", b"x", content_type="image/jpeg", headers={"content-length": "99999999"}
    )
    assert answer.status_code == 413


def test_who_sends_too_many_waits_and_nobody_else(
    her: Person, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = partial(real_ratelimit.consume_or_429, app="allauth.account")
    monkeypatch.setattr(ratelimit, "consume_or_429", real)
    got = [her.client.post("/capture", {}).status_code for _ in range(61)]
    assert got == [400] * 60 + [429]
    assert her.client.get("/capture").status_code == 200
    zoe = Person(Role.MODEL, OTHER)
    assert zoe.client.post("/capture", {}).status_code == 400

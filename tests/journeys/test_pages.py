"""`sosie serve`: the workspace as pages, to this machine only."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import serving


@pytest.fixture(scope="module")
def address(told: tuple[Path, dict[str, Any]]) -> Iterator[str]:
    with serving(told[0]) as found:
        yield found


def get(url: str) -> tuple[int, str, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - to this machine
            data = answer.read()
            return answer.status, data.decode(errors="replace"), dict(answer.headers), data
    except urllib.error.HTTPError as error:
        return error.code, "", dict(error.headers), b""


def test_every_page_answers_under_a_strict_policy(address: str) -> None:
    for page in ("/", "/?status=sealed", "/picture/S-0001-01", "/licenses", "/log", "/style.css"):
        code, text, headers, _ = get(address + page)
        assert code == 200, page
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "<script" not in text
        assert "style=" not in text


def test_a_picture_shows_what_is_recorded(address: str) -> None:
    text = get(address + "/picture/S-0001-01")[1]
    for word in ("sealed", "make", "allowed", "picture.approve", "leaf"):
        assert word in text
    code, _, headers, data = get(address + "/picture/S-0001-01/image")
    assert (code, headers["Content-Type"]) == (200, "image/png")
    assert data.startswith(b"\x89PNG")
    assert get(address + "/picture/S-0001-01/image?plate")[2]["Content-Type"] == "image/jpeg"


def test_what_is_not_there_is_404_and_nothing_is_written(address: str) -> None:
    for page in ("/picture/S-9999-01", "/picture/..%2f..%2fetc", "/blobs", "/keys/ca/key.pem"):
        assert get(address + page)[0] == 404, page
    request = urllib.request.Request(address + "/", data=b"x=1", method="POST")  # noqa: S310
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)  # noqa: S310
    assert refused.value.code == 405

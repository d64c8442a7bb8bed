"""`sosie serve`: the pages as anyone meets them, without a browser and without an account."""

from __future__ import annotations

import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import serving, sosie

PUBLIC = (
    *("/sign-in", "/sign-in/recover", "/verify", "/log", "/log/0", "/trust.json"),
    *("/static/style.css", "/static/passkey.js", "/static/verify.js"),
)


@pytest.fixture(scope="module")
def served(
    told: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(told[0], folder / "demo")
    with serving(folder / "demo", log=folder / "log") as found:
        yield found, folder / "log"


@pytest.fixture
def address(served: tuple[str, Path]) -> str:
    return served[0]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def get(url: str) -> tuple[int, str, dict[str, str], bytes]:
    try:
        with _OPENER.open(url, timeout=30) as answer:
            data = answer.read()
            return answer.status, data.decode(errors="replace"), dict(answer.headers), data
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace"), dict(error.headers), b""


def test_every_public_page_answers_under_a_strict_policy(address: str) -> None:
    for page in (*PUBLIC, "/nothing"):
        code, text, headers, _ = get(address + page)
        assert code == (404 if page == "/nothing" else 200), page
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        for script in re.findall(r"<script[^>]*>[^<]*", text):
            assert re.fullmatch(r'<script src="/static/[a-z]+\.js" defer>', script), script
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text), page


def test_what_is_of_somebody_is_shown_to_nobody_else(address: str) -> None:
    for page in ("/", "/pictures", "/picture/S-0001-01", "/picture/S-0001-01/image", "/shoots"):
        code, text, headers, _ = get(address + page)
        assert (code, text) == (302, ""), page
        assert headers["Location"] == f"/sign-in?next={page}"
        assert "Set-Cookie" not in headers


def test_a_page_that_only_reads_needs_no_cookie(address: str) -> None:
    assert "Set-Cookie" not in get(address + "/log")[2]


def test_what_is_not_there_is_404_and_nothing_is_written(address: str) -> None:
    for page in ("/blobs", "/keys/ca/key.pem", "/static/..%2fheaders.py", "/static/none.css"):
        assert get(address + page)[0] == 404, page
    request = urllib.request.Request(address + "/log", data=b"x=1", method="POST")  # noqa: S310
    with pytest.raises(urllib.error.HTTPError) as refused:
        _OPENER.open(request, timeout=30)
    assert refused.value.code in (403, 405)


def test_a_demo_is_served_with_a_link_for_each_role(served: tuple[str, Path]) -> None:
    address, log = served
    links = re.findall(r"^  (http://localhost:\d+/join/\S+)$", log.read_text(), re.MULTILINE)
    assert len(links) >= 8
    code, text, *_ = get(links[0].replace("localhost", "127.0.0.1"))
    assert (code, "Your invitation" in text) == (200, True)
    token = links[0].rpartition("/")[2]
    for _ in range(100):  # the line is written once the answer is sent
        after = log.read_text().partition("stop with Ctrl-C")[2]
        if "/join/" in after:
            break
        time.sleep(0.1)
    assert "/join/" in after
    assert token not in after
    assert "/join/…" in get(address + "/log")[1] or "GET /join/…" in after


def test_an_invitation_is_made_by_command(workspace: Path) -> None:
    done = sosie(
        *("web", "invite", "--role", "brand_legal", "--party", "maison-nord", "--json"),
        *("--workspace", workspace),
    )
    assert (done.code, done.json["link"].startswith("http://localhost:8000/join/")) == (0, True)
    wrong = sosie(
        "web", "invite", "--role", "model", "--party", "maison-nord", "--workspace", workspace
    )
    assert (wrong.code, "is a brand" in wrong.err) == (1, True)
    assert (workspace / "keys" / "web.key").stat().st_mode & 0o077 == 0
    members = sosie("web", "members", "--json", "--workspace", workspace)
    assert members.json == {"members": []}

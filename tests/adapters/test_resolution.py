"""Asking a remote: whatever the other end does, an answer is read strictly, or none was given."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from threading import Event, Thread

import pytest
from PIL import Image

import sosie
from sosie.adapters.resolution import MOST_BYTES, Resolver
from sosie.core.package import TrustFile
from sosie.core.seal import Report, Verdict
from sosie.core.values import BadInput
from tests.adapters.houses import house
from tests.core.logs import VERIFIER
from tests.core.plates import scene

FOUND = json.dumps({"matches": [{"manifestId": "urn:c2pa:1"}]}).encode()


def answer(
    body: bytes, status: str = "200 OK", kind: str = "application/json", length: int | None = None
) -> bytes:
    said = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {said}\r\n\r\n"
    return head.encode() + body


class Remote:
    """A server that sends some bytes to whoever asks, the last ones perhaps drop by drop, and
    remembers what it was asked and how much it could send."""

    def __init__(self, says: bytes, *, drops: int = 0, deaf: bool = False) -> None:
        self.says, self.drops, self.deaf = says, drops, deaf
        self.asked: list[bytes] = []
        self.sent = 0
        self.done = Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                Thread(target=self.tell, args=(client,), daemon=True).start()

    def tell(self, client: socket.socket) -> None:
        try:
            with suppress(OSError), client:
                self.asked.append(b"" if self.deaf else whole(client))
                at = len(self.says) - self.drops
                client.sendall(self.says[:at])
                self.sent = at
                for drop in self.says[at:]:
                    client.sendall(bytes([drop]))
                    self.sent += 1
                    time.sleep(0.05)
        finally:
            self.done.set()


def whole(client: socket.socket) -> bytes:
    """Return a request: its head, and as much as that says."""
    with client.makefile("rb") as file:
        head = b"".join(takewhile(lambda line: line not in (b"\r\n", b""), file))
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return head + b"\r\n" + file.read(int(length[1]) if length else 0)


@contextmanager
def remote(says: bytes, *, drops: int = 0, deaf: bool = False) -> Iterator[Remote]:
    server = Remote(says, drops=drops, deaf=deaf)
    Thread(target=server.serve, daemon=True).start()
    try:
        yield server
    finally:
        server.listening.close()


def code(url: str, *, seconds: float = 10.0) -> str:
    """Return the reason why a remote gives no answer."""
    with pytest.raises(BadInput) as caught:
        Resolver(url, seconds=seconds).by_binding("org.sosie.watermark.1", "00" * 8)
    assert caught.value.where == "127.0.0.1"
    return caught.value.code


def test_a_sound_answer_is_read_and_the_question_is_a_plain_one() -> None:
    with remote(answer(FOUND)) as server:
        found = Resolver(server.url + "/").by_binding("org.sosie.watermark.1", "0a")
        assert found == ("urn:c2pa:1",)
        Resolver(server.url).by_content(b"some pixels", "image/jpeg")
    asked, sent = server.asked
    line = asked.split(b"\r\n")[0]
    assert line == b"GET /api/v1/matches/byBinding?alg=org.sosie.watermark.1&value=0a HTTP/1.1"
    for word in (b"cookie", b"referer", b"user-agent", b"authorization"):
        assert word not in asked.lower()
    assert sent.startswith(b"POST /api/v1/matches/byContent HTTP/1.1")
    assert sent.endswith(b"some pixels")


UNSOUND = {
    "no JSON": answer(b"<html>", kind="text/html"),
    "JSON by name alone": answer(b"{"),
    "another JSON": answer(b"[1]"),
    "no matches": answer(b"{}"),
    "matches of another kind": answer(b'{"matches": [{"manifestId": 7}]}'),
    "a path for an identifier": answer(b'{"matches": [{"manifestId": "../../x"}]}'),
    "nested too deeply": answer(b'{"matches":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "no UTF-8": answer(b'{"matches": "\xff"}'),
    "too much": answer(b" " * (MOST_BYTES + 1)),
    "too much by its own word": answer(FOUND + b" " * MOST_BYTES, length=10**12),
    "an error": answer(b'{"code": "resolution.busy"}', "503 Service Unavailable"),
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
    "elsewhere for good": b"HTTP/1.1 308 P\r\nLocation: file:/etc/passwd\r\n\r\n",
}
UNREACHED = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "a broken head": b"HTTP/1.1 two hundred\r\n\r\n",
    "broken off": answer(FOUND, length=len(FOUND) + 5),
    "heads without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000,
}


@pytest.mark.parametrize("name", [*UNSOUND, *UNREACHED])
def test_what_is_no_answer_is_said_to_be_none(name: str) -> None:
    says = {**UNSOUND, **UNREACHED}[name]
    with remote(says) as server:
        assert code(server.url) == ("remote.unsound" if name in UNSOUND else "remote.unreached")
        assert len(server.asked) == 1  # asked once, and never elsewhere


@pytest.mark.parametrize(
    "says",
    [
        answer(FOUND + b" " * 5000),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5000,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + FOUND + b" " * 5000,
        b"HTTP/1.1 200 OK\r\nX-" + b"y" * 60_000,
    ],
)
def test_who_answers_drop_by_drop_is_not_waited_for(says: bytes) -> None:
    with remote(says, drops=len(says)) as server:
        assert code(server.url, seconds=0.6) == "remote.unreached"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"\r\n",
        HEAD + b"Connection: close\r\n\r\n",
        HEAD + b"Connection: close\r\nContent-Length: 431\r\n\r\n",
        HEAD.replace(b"1.1", b"1.0") + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_body_that_comes_drop_by_drop_is_not_waited_for(head: bytes) -> None:
    body = FOUND + b" " * (431 - len(FOUND))
    if b"chunked" in head:
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    with remote(head + body, drops=len(body)) as server:
        assert code(server.url, seconds=0.6) == "remote.unreached"
        assert server.done.wait(60)
        assert len(head) < server.sent < len(head) + 200  # and is hung up on, not read to its end


def test_a_handshake_that_comes_drop_by_drop_is_not_waited_for() -> None:
    hello = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x00" * 400
    with remote(hello, drops=395, deaf=True) as server:
        assert code(server.url.replace("http", "https"), seconds=0.6) == "remote.unreached"
        assert server.done.wait(60)
        assert server.sent < 200


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert code(f"http://127.0.0.1:{port}") == "remote.unreached"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sosie.example",
        "ftp://sosie.example",
        "file:/etc/passwd",
        "http://sosie.example",
        "http://127.0.0.1.example",
        "http://192.0.2.1",
        "https://",
        "https://user:word@sosie.example",
        "https://sosie.example/?a=b",
        "https://sosie.example/#a",
        "https://sosie.example:none",
        "https://sosie.example/ x",
        "https://[::1",
    ],
)
def test_an_address_that_is_none_is_refused_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Resolver(url)
    assert caught.value.code == "remote.address"


def test_an_address_may_name_the_site_or_the_api() -> None:
    for url in ("https://sosie.example", "https://sosie.example/api/v1/", "http://localhost:8000"):
        assert Resolver(url).host in ("sosie.example", "localhost")


@pytest.fixture
def stranger(tmp_path: Path) -> tuple[Path, Path]:
    """A picture of nobody known, and somebody's trust file."""
    trust = TrustFile("House", house().root_pem, str(VERIFIER), "ab" * 32)
    (tmp_path / "trust.json").write_bytes(trust.dump())
    Image.fromarray(scene(4)).save(tmp_path / "x.png")
    return tmp_path / "x.png", tmp_path / "trust.json"


def verified(stranger: tuple[Path, Path], url: str, *, send: bool = False) -> Report:
    return sosie.verify(stranger[0], trust=stranger[1], remote=url, send_picture=send)


@pytest.mark.parametrize("name", [*UNSOUND, *UNREACHED])
def test_the_library_falls_back_to_what_is_known_offline(
    stranger: tuple[Path, Path], name: str
) -> None:
    offline = sosie.verify(stranger[0], trust=stranger[1])
    with remote({**UNSOUND, **UNREACHED}[name]) as server:
        report = verified(stranger, server.url)
    assert (report.outcome, report.exit_code) == (Verdict.UNKNOWN, 2)
    assert report.steps[:9] == offline.steps
    wanted = "unsound" if name in UNSOUND else "unreached"
    assert report.steps[9].code == f"seal.remote.{wanted}"


def test_a_picture_leaves_the_machine_only_if_that_is_said(stranger: tuple[Path, Path]) -> None:
    nothing = answer(b'{"matches": []}')
    with remote(nothing) as server:
        report = verified(stranger, server.url)
        assert report.steps[9].code == "seal.remote.none"
        assert [ask.split(b" ")[0] for ask in server.asked] == [b"GET"]
        verified(stranger, server.url, send=True)
        assert [ask.split(b" ")[0] for ask in server.asked] == [b"GET", b"GET", b"POST"]
    with remote(nothing) as server:
        sosie.verify(stranger[0], trust=stranger[1])
    assert server.asked == []


def test_a_remote_without_a_chosen_root_is_refused(stranger: tuple[Path, Path]) -> None:
    with remote(answer(FOUND)) as server:
        with pytest.raises(BadInput, match="--trust"):
            sosie.verify(stranger[0], remote=server.url)
        with pytest.raises(BadInput, match="--remote"):
            sosie.verify(stranger[0], trust=stranger[1], send_picture=True)
    assert server.asked == []

"""How engines ask a server: within limits, at one address, without being led elsewhere."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.engines.small_plate import small_pixels

from sosie.core.studio import Stopped
from sosie.core.values import BadInput
from sosie.engines.served import Server, Steps, as_png, png, png_size

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Answer one request after another on 127.0.0.1; yields the address and what was asked."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                asked.append(line.recv(1 << 16))
                try:
                    answer(line)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)


def endless(line: socket.socket) -> None:
    line.sendall(HEAD)
    while True:
        line.sendall(b" " * 65536)


def dripping(line: socket.socket) -> None:
    line.sendall(HEAD)
    while True:
        line.sendall(b" ")
        time.sleep(0.05)


def silent(line: socket.socket) -> None:
    line.recv(1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (endless, "engine.answer"),
        (dripping, "engine.unreachable"),
        (silent, "engine.unreachable"),
        (lambda line: None, "engine.unreachable"),
        (lambda line: line.sendall(b"garbage\r\n\r\n"), "engine.unreachable"),
        (
            lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
            "engine.unreachable",
        ),
    ],
)
def test_no_server_costs_more_than_its_limits(
    answer: Callable[[socket.socket], None], code: str
) -> None:
    with serving(answer) as (address, _), pytest.raises(BadInput) as failed:
        Server(address, setting="TEST", seconds=0.5).ask("GET", "/", most=1 << 20)
    assert failed.value.code == code


def test_it_follows_no_redirect_and_shows_its_key_to_nobody_else() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with serving(lambda line: line.sendall(moved)) as (address, asked):
        answer = Server(address + "/v1/", setting="TEST", key="secret").ask("GET", "/run")
    assert (answer.status, answer.json()) == (302, None)
    assert len(asked) == 1
    assert asked[0].startswith(b"GET /v1/run ")
    assert b"Authorization: Bearer secret" in asked[0]


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = b"HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"
    with serving(lambda line: line.sendall(done)) as (address, _):
        answer = Server(address, setting="TEST").ask("GET", "/")
    assert (answer.status, answer.json(), answer.retry_after) == (200, {}, 7.0)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "ftp://a", "http://", "http://u:p@a", "http://a:x"]
)
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(BadInput, match="TEST"):
        Server(address, setting="TEST")


@pytest.mark.parametrize(
    ("address", "here", "near"),
    [
        ("http://127.0.0.1:8188", True, True),
        ("http://[::1]:8188", True, True),
        ("https://localhost", True, True),
        ("http://192.168.1.9", False, True),
        ("http://8.8.8.8", False, False),
        ("http://no-such-host.invalid", False, False),
    ],
)
def test_it_knows_how_far_a_server_is(address: str, here: bool, near: bool) -> None:
    server = Server(address, setting="TEST")
    assert (server.here, server.near) == (here, near)


def test_pictures_go_there_and_back_unchanged() -> None:
    data = as_png(small_pixels())
    assert png_size(data, "test") == (450, 600)
    assert (png(data, "test") == small_pixels()).all()


def test_progress_never_falls_and_stops_when_told() -> None:
    shares: list[float] = []
    step = Steps(lambda share, what: shares.append(share), lambda: len(shares) >= 4)
    for share in (0.2, 0.1, 0.7, 3.0):
        step(share, "test")
    assert shares == [0.2, 0.2, 0.7, 1.0]
    with pytest.raises(Stopped):
        step.wait(60, "test")

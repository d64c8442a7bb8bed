"""The server of `sosie serve` fills no terminal: a browser that says nothing more is no fault."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from threading import Thread

import pytest
from django.core.servers.basehttp import WSGIRequestHandler

from sosie.cli import server

ASKS = b"GET /static/style.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(server._Handler, "timeout", 0.05)
    served = server.server_at(0)
    served.set_app(_app)
    thread = Thread(target=served.serve_forever, args=(0.01,))
    thread.start()
    yield served.server_address[1]
    served.shutdown()
    thread.join()
    served.server_close()


def _app(environ: object, start_response: object) -> list[bytes]:
    del environ
    start_response("200 OK", [("Content-Length", "2"), ("Content-Type", "text/plain")])  # type: ignore[operator]
    return [b"ok"]


def _asked(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.sendall(ASKS)
    assert line.recv(100).startswith(ANSWER)
    return line


def test_a_connection_that_is_left_open_ends_without_a_word(
    port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with _asked(port) as line:
            while line.recv(1000):  # until the server ends it
                pass
    with _asked(port) as gone:  # and one that is cut off
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with _asked(port) as line:
        while line.recv(1000):
            pass
    said = capfd.readouterr()
    assert [part for part in ("Traceback", "Error") if part in said.err + said.out] == []


def test_a_fault_is_one_line(
    port: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object) -> bool:
        raise KeyError("what somebody asked for")

    monkeypatch.setattr(WSGIRequestHandler, "parse_request", broken)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(ASKS)
        while line.recv(1000):
            pass
    (said,) = capfd.readouterr().err.splitlines()
    assert said.startswith("a connection failed: KeyError in ")
    assert "asked for" not in said

"""Sending to an address of somebody's own: one request, no redirect, no proxy, in some seconds."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from urllib.parse import urlsplit

from sosie.core.addresses import is_public
from sosie.core.s3 import Request

SECONDS = 15.0
_WHOLE = 4
"""Times as long as one step may take all of a request: whoever drips bytes holds up the others."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """Send a body to an address that an operator named; return the status of the answer.

    Raises ``OSError`` where nobody answers.
    """
    return send("POST", url, body, headers, private=True, seconds=seconds)


def send(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool = False,
    seconds: float = SECONDS,
) -> int:
    """Send a request; return the status of the answer, of which nothing else is read.

    Unless ``private``, nothing is sent to this machine or a private network, whatever the name in
    the address leads to. Raises ``OSError`` where nobody answers or may be asked.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or kind.default_port
    if not private:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        _refuse_private(*(str(each[4][0]) for each in found))
    with closing(kind(str(parts.hostname), port, timeout=seconds)) as connection:
        late = Event()
        ends = Timer(_WHOLE * seconds, _cut, [connection, late])
        ends.daemon = True
        ends.start()
        try:
            connection.connect()
            if not private:  # the name may have led elsewhere the second time
                _refuse_private(connection.sock.getpeername()[0])
            connection.request(method, path, body=body or None, headers=dict(headers))
            status = connection.getresponse().status
            if late.is_set():  # what was read of it by then may look like an answer
                raise ConnectionError("no whole answer in time")
            return status
        except HTTPException as error:
            raise ConnectionError(f"no answer of HTTP: {type(error).__name__}") from error
        finally:
            ends.cancel()


def _cut(connection: HTTPConnection, late: Event) -> None:
    late.set()
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def send_all(requests: Iterable[Request], *, private: bool = False) -> int:
    """Send requests one after the other, until one is not done; return the last status.

    What was to be deleted and is absent is done. Raises ``OSError`` as ``send`` does.
    """
    status = 204
    for each in requests:
        status = send(each.method, each.url, each.body, each.headers, private=private)
        if each.method == "DELETE" and status == 404:
            status = 204
        if not 200 <= status < 300:
            break
    return status


def _refuse_private(*addresses: str) -> None:
    """Raise ``ConnectionError`` if one of some addresses is not of the public internet."""
    if not all(map(is_public, addresses)):
        raise ConnectionError("the address is of this machine or a private network")

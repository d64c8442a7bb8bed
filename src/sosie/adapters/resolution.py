"""Asking a remote Sosie by its resolution API, over HTTPS (or HTTP, on this machine alone).

The other end is hostile: no redirect is followed, nothing is fetched that it names, and each answer
must come within a number of seconds, be of a limited length and of the type that was asked for.
Proxies and cookies are not used.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from http.client import (
    HTTP_PORT,
    HTTPS_PORT,
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
)
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR, create_connection, socket
from threading import Lock, Thread
from urllib.parse import quote, urlencode, urlsplit

from sosie.core.resolution import Told, identifiers
from sosie.core.values import BadInput

MOST_BYTES = 256 * 1024
"""Of an answer; an honest one has some 40 kilobytes."""
MOST_MANIFEST = 1024 * 1024
"""Of a manifest store, with the manifests of all that the picture was made from."""
SECONDS = 10.0
_HERE = ("127.0.0.1", "::1", "localhost")
_API = "/api/v1"


class Resolver:
    """A remote Sosie, by the address of its site (`https://sosie.example`).

    Every method raises ``BadInput``: `remote.unreached` if no answer came in time, `remote.unsound`
    if what came is none.
    """

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        self.host, self._port, self._secure, self._path = _address(url)
        self._seconds = seconds

    def by_binding(self, algorithm: str, value: str) -> tuple[str, ...]:
        """Return the identifiers of the manifests that a soft binding leads to."""
        query = urlencode({"alg": algorithm, "value": value})
        return self._matches("GET", f"/matches/byBinding?{query}")

    def by_content(self, data: bytes, media_type: str) -> tuple[str, ...]:
        """Send a picture; return the identifiers of the manifests that it leads to."""
        return self._matches("POST", "/matches/byContent", data, {"Content-Type": media_type})

    def evidence(self, identifier: str) -> Told:
        """Return what is told of the seal whose manifest has an identifier."""
        path = f"/manifests/{quote(identifier, safe='')}/evidence"
        return Told.parse(self._asked("GET", path), where=self.host)

    def manifest(self, identifier: str) -> bytes:
        """Return the manifest store whose active manifest has an identifier."""
        path = f"/manifests/{quote(identifier, safe='')}"
        return self._asked("GET", path, kind="application/c2pa", most=MOST_MANIFEST)

    def _matches(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        return identifiers(self._asked(method, path, body, headers), where=self.host)

    def _asked(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        kind: str = "application/json",
        most: int = MOST_BYTES,
    ) -> bytes:
        """Return the body of an answer; one in time, whatever the other end does."""
        line, told = _Line(), SimpleQueue[bytes | Exception]()
        sent = {"Accept": kind, "Accept-Encoding": "identity", **(headers or {})}

        def ask() -> None:
            try:
                connection = self._connected(line)
                with closing(connection):
                    connection.request(method, self._path + path, body, sent)
                    told.put(self._read(connection.getresponse(), kind, most))
            except Exception as error:  # raised below, where somebody waits for it
                told.put(error)

        # On a thread of its own, since not even finding a name can be given so many seconds.
        Thread(target=ask, daemon=True).start()
        try:
            found = told.get(timeout=self._seconds)
        except Empty:
            raise self._bad("unreached", "no whole answer came in time") from None
        finally:
            line.end()
        if isinstance(found, BadInput):
            raise found
        if isinstance(found, OSError | HTTPException | ValueError):
            raise self._bad("unreached", _why(found)) from None
        if isinstance(found, Exception):
            raise found
        return found

    def _connected(self, line: _Line) -> HTTPConnection:
        port = self._port or (HTTPS_PORT if self._secure else HTTP_PORT)
        plain = create_connection((self.host, port), self._seconds)
        line.hold(plain)
        if not self._secure:
            connection = HTTPConnection(self.host, self._port)
            connection.sock = plain
            return connection
        context = ssl.create_default_context()
        connection = HTTPSConnection(self.host, self._port, context=context)
        connection.sock = context.wrap_socket(plain, server_hostname=self.host)
        return connection

    def _read(self, answer: HTTPResponse, kind: str, most: int) -> bytes:
        data = answer.read(most + 1)
        if answer.status != 200:
            raise self._bad("unsound", f"it answered {answer.status}{_reason(answer, data)}")
        if len(data) > most:
            raise self._bad("unsound", f"its answer has more than {most // 1024} KB")
        if answer.length:
            raise self._bad("unreached", "its answer broke off")
        if answer.headers.get_content_type() != kind:
            raise self._bad("unsound", f"its answer is no `{kind}`")
        return data

    def _bad(self, code: str, what: str) -> BadInput:
        remedy = "ask again later, or verify without `--remote`"
        return BadInput(what, where=self.host, remedy=remedy, code=f"remote.{code}")


def _address(url: str) -> tuple[str, int | None, bool, str]:
    """Return host, port, whether it is HTTPS, and the path of the API; raises ``BadInput``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        plain = url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        host, port, plain, parts = "", None, False, urlsplit("")
    secure = parts.scheme == "https"
    known = secure or (parts.scheme == "http" and host in _HERE)
    if not host or not plain or not known or parts.username or parts.query or parts.fragment:
        raise BadInput(
            "this is no address of a remote Sosie",
            where=url[:80],
            remedy="give one like `https://sosie.example` (http: on this machine alone)",
            code="remote.address",
        )
    path = parts.path.rstrip("/")
    return host, port, secure, path if path.endswith(_API) else path + _API


class _Line:
    """Holds a connection from outside, to end it under whoever waits for it: `http.client` lets go
    of its own socket while an answer is still read, and TLS takes it over."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: socket | None = None
        self._over = False

    def hold(self, made: socket) -> None:
        """Take hold of a connection; raises ``TimeoutError`` if it is over already."""
        with self._lock:
            if self._over:
                made.close()
                raise TimeoutError
            self._held = made.dup()

    def end(self) -> None:
        """End the connection, or the one that is about to be made."""
        with self._lock:
            self._over = True
            if self._held is not None:
                with suppress(OSError), self._held:
                    self._held.shutdown(SHUT_RDWR)


def _reason(answer: HTTPResponse, data: bytes) -> str:
    """Return the reason code of a problem (RFC 9457), if it is one of ours."""
    try:
        code = json.loads(data).get("code")
    except (ValueError, AttributeError, RecursionError):
        return ""
    known = isinstance(code, str) and code.isascii() and code.replace(".", "").isalpha()
    return f" ({code[:60]})" if known and answer.status != 200 else ""


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the connection ended without an answer"

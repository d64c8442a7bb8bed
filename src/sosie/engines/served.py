"""What engines share that run on a server: one way to ask it, one way to read its pictures.

Nothing here follows a redirect, asks by a proxy, or takes more than it asked for.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np

from sosie.core.file_format import FileFormat, format_of
from sosie.core.ports import Cancelled, Progress
from sosie.core.studio import Pixels, Stopped
from sosie.core.values import BadInput

MOST_JSON = 8 * 1024 * 1024
MOST_PICTURE = 128 * 1024 * 1024
"""Bytes; a PNG of the largest plate is shorter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    data: bytes
    retry_after: float | None = None
    """Seconds, if it named some."""

    def json(self) -> Any:
        """Return the answer as JSON; ``None`` if it is none."""
        try:
            return json.loads(self.data)
        except ValueError:
            return None


class Server:
    """A server at an address that the settings name, as `http://127.0.0.1:8188`.

    Raises ``BadInput`` (``engine.address``) if this is no address.
    """

    def __init__(
        self, address: str, *, setting: str, key: str | None = None, seconds: float = 30.0
    ) -> None:
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise BadInput(
                "a server's address begins with http:// or https:// and names a host",
                where=address[:80],
                remedy=f"correct `{setting}`",
                code="engine.address",
            )
        self.secure, self.host = parts.scheme == "https", parts.hostname
        self.port = port or (443 if self.secure else 80)
        self.path, self.address = parts.path.rstrip("/"), address.rstrip("/")
        self._key, self._seconds = key, seconds

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        kind: str = "application/json",
        most: int = MOST_JSON,
        silent: float | None = None,
    ) -> Answer:
        """Send one request and return the whole answer; ``silent`` is how long nothing may come,
        in seconds, where that is less than the answer may take.

        Raises ``BadInput`` (``engine.unreachable``, ``engine.answer``) if none comes in time, or
        more than ``most`` bytes.
        """
        headers = {"Content-Type": kind, "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        connect = HTTPSConnection if self.secure else HTTPConnection
        line = connect(self.host, self.port, timeout=silent or self._seconds)
        try:
            line.request(method, self.path + path, body, headers)
            with line.getresponse() as response:
                data = self._whole(response, path, most)
                said = response.getheader("Retry-After") or ""
        except (OSError, HTTPException) as error:
            raise BadInput(
                f"the server gave no whole answer: {error or type(error).__name__}",
                where=self.address,
                remedy="start it, or correct its address in the settings",
                code="engine.unreachable",
            ) from None
        finally:
            line.close()
        return Answer(response.status, data, float(said) if said.isdecimal() else None)

    def _whole(self, response: HTTPResponse, path: str, most: int) -> bytes:
        """Read an answer to its end, within its time and size."""
        data, until = bytearray(), time.monotonic() + self._seconds
        while chunk := response.read1(1 << 16):
            data += chunk
            if len(data) > most:
                raise failed(f"the server answered `{path[:60]}` with over {most} bytes")
            if time.monotonic() > until:
                raise TimeoutError("it took too long")
        if response.length:
            raise IncompleteRead(bytes(data), response.length)
        return bytes(data)

    def send(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send JSON."""
        return self.ask("POST", path, json.dumps(body).encode())

    @property
    def here(self) -> bool:
        """Whether the server runs on this machine."""
        found = self._addresses()
        return bool(found) and all(address.is_loopback for address in found)

    @property
    def near(self) -> bool:
        """Whether the server runs on this machine or in a private network."""
        found = self._addresses()
        return bool(found) and all(address.is_private for address in found)

    def _addresses(self) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError:
            return []
        return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


class Steps:
    """Tells the share done, which never falls, and stops between two steps."""

    def __init__(self, progress: Progress, cancelled: Cancelled) -> None:
        self._progress, self.cancelled, self._share = progress, cancelled, 0.0

    def __call__(self, share: float, what: str) -> None:
        if self.cancelled():
            raise Stopped(f"stopped before {what}")
        self._share = min(1.0, max(self._share, share))
        self._progress(self._share, what)

    def wait(self, seconds: float, what: str) -> None:
        """Wait, and stop when told so."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self(self._share, what)
            time.sleep(min(left, 0.2))


def png_size(data: bytes, where: str) -> tuple[int, int]:
    """Return what a PNG says of its width and height, before anything of it is decoded.

    Raises ``BadInput`` (``engine.answer``) if this is none.
    """
    if format_of(data) is not FileFormat.PNG or len(data) < 33:
        raise failed(f"{where} handed back something that is no PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def png(data: bytes, where: str) -> Pixels:
    """Return the pixels of a PNG whose size was checked, uint8 H×W×3 sRGB.

    Raises ``BadInput`` (``engine.answer``) if it is broken.
    """
    width, height = png_size(data, where)
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        decoded = None
    if decoded is None or decoded.shape != (height, width, 3):
        raise failed(f"{where} handed back a PNG that is broken")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def as_png(pixels: Pixels) -> bytes:
    """Return pixels (uint8 H×W×3 sRGB) as a PNG."""
    _, data = cv2.imencode(
        ".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    return data.tobytes()


def failed(
    what: str, code: str = "engine.answer", remedy: str = "see the server's log"
) -> BadInput:
    """Return the error of a server that did not do what it was asked for."""
    return BadInput(what, where="engine", remedy=remedy, code=code)

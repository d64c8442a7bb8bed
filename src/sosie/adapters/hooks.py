"""Telling an address of somebody's own: one POST, no redirect, no proxy, in some seconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

SECONDS = 15.0


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
    """Send a body to an address; return the status of the answer, of which nothing else is read.

    Raises ``OSError`` where nobody answers.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(kind(str(parts.hostname), parts.port, timeout=seconds)) as connection:
        try:
            connection.request("POST", path, body=body, headers=dict(headers))
            return connection.getresponse().status
        except HTTPException as error:
            raise ConnectionError(f"no answer of HTTP: {type(error).__name__}") from error

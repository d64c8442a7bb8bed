"""The server of `sosie serve`: for this machine alone; its log does not tell what was asked by."""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from sosie.cli.making import work
from sosie.cli.parallel import end_with_parent
from sosie.cli.terminal import console
from sosie.core.limits import LIMITS
from sosie.core.values import BadInput

_HELD = ("manifests", "join", "verify", "p", "releases")
_ASKED_BY = re.compile("|".join([r"\?.*", *(rf"(?<=/{each}/)[^/?\s]+" for each in _HELD)]))
"""A mark, a fingerprint, an identifier, an invitation, a finding, the number of a seal: what
somebody holds who asks."""
MOST_BODY = 4 * LIMITS.bytes
"""Bytes of a body that is read to its end, be it only to be refused in words."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?")


class _Handler(WSGIRequestHandler):
    timeout = 60

    def parse_request(self) -> bool:
        """Read the head of a request; of a body that nothing here takes, nothing is read."""
        if not super().parse_request():
            return False
        said = self.headers.get("Content-Length") or "0"
        if said.isascii() and said.isdigit() and len(said) < 12 and int(said) <= MOST_BODY:
            return True
        self.close_connection = True
        self.send_error(413)
        return False

    def log_message(self, format: str, *args: Any) -> None:
        said = (_ASKED_BY.sub("…", word) if isinstance(word, str) else word for word in args)
        super().log_message(format, *said)


class _Server(ThreadedWSGIServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell a fault in one line. A browser that went away, or left a connection open and says
        nothing more on it, is none."""
        del request, client_address
        error = sys.exception()
        if error is None or isinstance(error, TimeoutError | ConnectionError):
            return
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"a connection failed: {type(error).__name__} in {place.filename}:{place.lineno}"
        sys.stderr.write(f"{said}\n")


def server_at(port: int) -> ThreadedWSGIServer:
    """This function will return a server of the pages on a port of this machine; 0: a free one."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.set_app(get_wsgi_application())
    return server


def beside(folder: Path, secret: str) -> None:
    """This function will start a worker that makes what is started on the pages: a process of its
    own, which ends with this one, however this one ends, and is started again if it dies."""
    known = (_work, (str(folder.absolute()), secret))
    Thread(target=kept_up, args=known, daemon=True).start()


def kept_up(
    work: Callable[..., None], known: tuple[Any, ...], *, first: float = 1.0, most: float = 60.0
) -> None:
    """This function will run ``work(*known)`` in a process of its own, again and again until it
    ends by itself. Before it runs again it pauses, ``first`` seconds and then twice as long each
    time, ``most`` at most; what ran as long as that begins anew."""
    pause = first
    while True:
        begun = time.monotonic()
        process = get_context("spawn").Process(target=work, args=known, daemon=True)
        process.start()
        process.join()
        if process.exitcode == 0:
            return
        pause = first if time.monotonic() - begun > most else pause
        console.print(f"the worker died; it is started again in {pause:g} s")
        time.sleep(pause)
        pause = min(2 * pause, most)


def _work(folder: str, secret: str) -> None:
    from sosie import wiring

    end_with_parent()
    outside = wiring.opened(Path(folder), secret, strangers=lambda _reason: None)
    for id, became in work(outside, Path(folder), until_done=False):
        console.print(f"{id}: {became}", markup=False, soft_wrap=True)


def site_of(url: str) -> str:
    """This function will return the address of a site (`https://sosie.example`) without a slash at
    its end; raises ``BadInput`` if it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    site = f"https://{host}" + (f":{port}" if port else "")
    if not _HOST.fullmatch(host) or url.lower().removesuffix("/") != site:
        raise BadInput(
            "this is no public address",
            where=url[:80],
            remedy="give one like `https://sosie.example`, without a path",
            code="serve.public_url",
        )
    return site

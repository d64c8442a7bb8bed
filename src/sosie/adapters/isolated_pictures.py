"""Strangers' picture files, decoded in a process of their own (`adapters/decoder.py`)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

import numpy as np

from sosie.adapters.decoder import LENGTH, receive
from sosie.adapters.pictures import MOST_BYTES, MOST_PIXELS, PillowPictures
from sosie.core.limits import LIMITS
from sosie.core.studio import Pixels
from sosie.core.values import BadInput

MOST_HEAD = 4096


class IsolatedPictures(PillowPictures):
    """The port ``Pictures`` where files come from anyone: each is decoded in a child with limits on
    CPU time (``seconds``), memory (``megabytes``) and waiting (``patience``, seconds). A file that
    exceeds one is bad input like any other; one that breaks the decoder breaks nothing else.
    ``refused`` is told the reason code of each that is not decoded.

    Several threads may use one. The process starts at the first picture and ends with this one.
    """

    def __init__(
        self,
        *,
        seconds: int = LIMITS.seconds,
        megabytes: int = LIMITS.memory,
        patience: float = LIMITS.patience,
        refused: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self._limits = (str(seconds), str(megabytes))
        self._patience = patience
        self._refused = refused
        self._lock = Lock()
        self._control: socket.socket | None = None

    def decode(self, data: bytes, *, where: str) -> Pixels:
        """This function will return the pixels of a file as ``PillowPictures.decode`` does.

        Raises ``BadInput`` also if a limit is exceeded (``picture.cost``).
        """
        try:
            return self._decoded(data, where)
        except BadInput as error:
            self._refused(error.code)
            raise

    def _decoded(self, data: bytes, where: str) -> Pixels:
        ends = time.monotonic() + self._patience
        try:
            with self._request() as request:
                return _asked(request, data, where, ends)
        except (OSError, EOFError):  # time is out, or the child was killed by one of its limits
            raise BadInput(
                "it costs more to decode than is allowed",
                where=where,
                remedy="save it anew as a plain JPEG",
                code="picture.cost",
            ) from None

    def close(self) -> None:
        """End the process; the next picture starts a new one."""
        with self._lock:
            if self._control:
                self._control.close()
            self._control = None

    def _request(self) -> socket.socket:
        """Return our end of a new request; a decoder that is gone is started anew, once."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            for again in (True, False):
                self._control = self._control or self._start()
                try:
                    socket.send_fds(self._control, [b"?"], [theirs.fileno()])
                except OSError:
                    self._control.close()
                    self._control = None
                    if not again:
                        ours.close()
                        raise
                else:
                    break
        return ours

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", __package__ + ".decoder", str(theirs.fileno())]
        known = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "LANG")
        with theirs:
            subprocess.Popen(  # noqa: S603 - our own module
                [*command, *self._limits],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in known if name in os.environ},
            )
        return ours


def _asked(request: socket.socket, data: bytes, where: str, ends: float) -> Pixels:
    """Send a file and read the answer, which is not trusted either."""
    request.settimeout(max(0.01, ends - time.monotonic()))
    with suppress(BrokenPipeError):  # a child that has seen enough has answered
        request.sendall(LENGTH.pack(len(data)) + data[: MOST_BYTES + 1])
    (size,) = LENGTH.unpack(receive(request, LENGTH.size))
    if size > MOST_HEAD:
        raise EOFError
    said = json.loads(receive(request, size))
    if "what" in said:
        raise BadInput(said["what"], where=where, remedy=said["remedy"], code=said["code"])
    height, width = int(said["height"]), int(said["width"])
    if not 0 < height * width <= MOST_PIXELS:
        raise EOFError
    request.settimeout(max(0.01, ends - time.monotonic()))
    return np.frombuffer(receive(request, height * width * 3), np.uint8).reshape(height, width, 3)

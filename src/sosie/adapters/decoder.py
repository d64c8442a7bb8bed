"""A process that decodes strangers' pictures, each in a child of its own with limits.

    python -m sosie.adapters.decoder FD SECONDS MEGABYTES

`FD` is a Unix socket on which request sockets arrive (`SCM_RIGHTS`), one a picture. The process has
one thread and holds nothing of the workspace, so that forking it is cheap and safe: a child reads
the file from its request socket, and answers with a line of JSON and the pixels. What breaks the
decoder breaks that child. When the socket is closed from the other side, the process ends.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import AvifImagePlugin

from sosie.adapters.pictures import MOST_BYTES, PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.values import BadInput

LENGTH = struct.Struct(">Q")
PAGE = resource.getpagesize()


def main() -> None:
    """This function will serve until nobody asks any more."""
    control = socket.socket(fileno=int(sys.argv[1]))
    seconds, megabytes = int(sys.argv[2]), int(sys.argv[3])
    _load_codecs()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        word, files, _, _ = socket.recv_fds(control, 1, 1)
        if not word:
            return
        request = socket.socket(fileno=files[0])
        if os.fork() == 0:
            control.close()
            _limit(seconds, megabytes)
            _answer(request)
            os._exit(0)
        request.close()


def receive(source: socket.socket, count: int) -> bytearray:
    """This function will return exactly so many bytes; raises ``EOFError`` if there are fewer."""
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        size = source.recv_into(view[got:])
        if size == 0:
            raise EOFError
        got += size
    return data


def _load_codecs() -> None:
    """Load every decoder now: a child can open no file and start no thread."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pictures = PillowPictures()
    for format in FileFormat:
        data = pictures.encode(np.zeros((8, 8, 3), np.uint8), format=format)
        pictures.decode(data, where=format)


def _limit(seconds: int, megabytes: int) -> None:
    """Bound this process: CPU time, memory beyond what it holds now, no file, no new process."""
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * PAGE
    most = held + megabytes * 1024**2
    for what, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 4),
    ):
        resource.setrlimit(what, (value, value))


def _answer(request: socket.socket) -> None:
    (count,) = LENGTH.unpack(receive(request, LENGTH.size))
    data = bytes(receive(request, min(count, MOST_BYTES + 1)))
    try:
        pixels = PillowPictures().decode(data, where="picture")
    except BadInput as error:
        said = {"what": error.what, "remedy": error.remedy, "code": error.code}
        body = memoryview(b"")
    else:
        said = {"height": pixels.shape[0], "width": pixels.shape[1]}
        body = pixels.data.cast("B")
    head = json.dumps(said).encode()
    request.sendall(LENGTH.pack(len(head)) + head)
    request.sendall(body)


if __name__ == "__main__":
    main()

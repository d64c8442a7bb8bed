"""A PostgreSQL server of these tests' own: on a socket, without a network, gone with the process.

The server refuses to run as root; where the tests do, it runs as the user `postgres`.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connections

_PROGRAMS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
)
_AS = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
_MADE_FROM = "database.txt"
"""In a workspace: the database that its tables are in, from which a copy of it gets its own."""


@cache
def server() -> Path:
    """Start the server, once; returns the folder of its socket. Skips where none is installed."""
    if not _PROGRAMS:
        pytest.skip("no PostgreSQL: install `postgresql`")
    folder = Path(tempfile.mkdtemp(prefix="sosie-pg-"))
    if _AS:
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    _run("initdb", "-D", data, "-U", "sosie", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
    # What is at stake here is no power cut.
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    _run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:  # not in the processes that tests fork
            _run("pg_ctl", "-D", data, "-m", "immediate", "stop")
            shutil.rmtree(folder)

    atexit.register(stop)
    return folder


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs."""
    return str(_PROGRAMS[-1] / name)


def _run(name: str, *arguments: str | Path) -> None:
    subprocess.run(
        [*_AS, program(name), *map(str, arguments)], check=True, cwd="/", stdout=subprocess.DEVNULL
    )


def url(database: str) -> str:
    """Return the address of a database of the server."""
    return f"postgresql://sosie@/{database}?host={quote(str(server()), safe='')}"


def create(database: str, *, like: str = "template0") -> str:
    """Make a database, empty or a copy of another one; returns its address."""
    import psycopg

    with psycopg.connect(url("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {database} TEMPLATE {like}")
    return url(database)


@contextmanager
def database_of(folder: Path) -> Iterator[None]:
    """Work on the tables of a workspace in PostgreSQL: its own, or a copy of those of the workspace
    that its folder was copied from."""
    mine, kept = "w" + sha256(str(folder).encode()).hexdigest()[:16], folder / _MADE_FROM
    before = kept.read_text() if kept.exists() else ""
    connections["default"].close()  # a database that somebody looks at is not copied
    if before != mine:
        create(mine, like=before or "template0")
        kept.write_text(mine)
    settings, was = connections.settings, connections.settings["default"]
    settings["default"] = connections.configure_settings({"default": _settings(mine)})["default"]
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        del connections["default"]
        settings["default"] = was


def _settings(database: str) -> dict[str, object]:
    from sosie.settings import database as settings_of

    return settings_of(url(database))

"""The folder of one run, in ComfyUI's temporary directory: what was uploaded, and the result."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

import folder_paths

LONGEST = 2 * 60 * 60
"""Seconds after which no folder is left that nobody fetched: twice the life of a grant."""
PACE = 5 * 60
"""Seconds between two looks for such folders."""


def of(run: str) -> Path:
    """Return the folder of a run; raises `ValueError` if this is no id of a run."""
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", run):
        raise ValueError("this is no id of a run: the platform fills `run` in")
    return _all() / run


def erase(run: str) -> int:
    """Erase all files of a run; return how many there were."""
    folder = of(run)
    count = sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise OSError(f"`{folder.name}` could not be erased")
    return count


def sweep() -> None:
    """Erase what platforms that were cut off have left, before it is older than `LONGEST`."""
    for folder in _all().iterdir() if _all().is_dir() else ():
        with suppress(OSError):
            if abs(time.time() - folder.stat().st_mtime) > LONGEST - 2 * PACE:
                shutil.rmtree(folder, ignore_errors=True)


def keep_swept(seconds: float = PACE) -> threading.Event:
    """Sweep now and again, in a thread of its own, whether pictures are ordered or not, until the
    event that is returned is set."""
    over = threading.Event()

    def work() -> None:
        while True:
            with suppress(OSError):
                sweep()
            if over.wait(seconds):
                return

    threading.Thread(target=work, name="sosie-sweep", daemon=True).start()
    return over


def spend(nonce: str, expires: float) -> bool:
    """Take a grant's nonce; return whether it was taken before.

    A spent nonce is an empty file that carries its grant's end as its time, and is kept until then,
    over restarts of the server.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", nonce):
        raise ValueError("this is no nonce")
    spent = Path(folder_paths.get_user_directory()) / "sosie-spent"
    spent.mkdir(parents=True, exist_ok=True)
    for old in spent.iterdir():
        with suppress(OSError):
            if time.time() > old.stat().st_mtime + LONGEST:
                old.unlink()
    try:
        (spent / nonce).touch(exist_ok=False)
    except FileExistsError:
        return True
    os.utime(spent / nonce, (expires, expires))
    return False


def _all() -> Path:
    return Path(folder_paths.get_temp_directory()) / "sosie"

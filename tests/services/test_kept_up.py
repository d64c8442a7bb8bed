"""A worker beside the server that dies is started again."""

from __future__ import annotations

import os
from pathlib import Path

from sosie.cli.server import kept_up


def dies_twice(file: str) -> None:
    """Write down that it ran, and die, but for the third time."""
    with Path(file).open("a", encoding="utf-8") as told:
        told.write("ran\n")
    if len(Path(file).read_text("utf-8").splitlines()) < 3:
        os._exit(9)


def test_a_worker_that_dies_is_started_again_until_it_ends_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "told"
    kept_up(dies_twice, (str(file),), first=0.01)
    assert file.read_text("utf-8") == "ran\n" * 3

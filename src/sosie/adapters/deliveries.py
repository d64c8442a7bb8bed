"""Packages for channels, each in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from sosie.adapters.blobs import replace_file


class FolderDeliveries:
    """Writes each package aside and renames it into place, so that none is ever half there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, files: Mapping[str, bytes]) -> str:
        """Write a package whole; returns its folder."""
        place, aside = self._folder / name, self._folder / f".{name}"
        shutil.rmtree(aside, ignore_errors=True)
        for file, data in files.items():
            replace_file(aside / file, data)
        shutil.rmtree(place, ignore_errors=True)
        aside.rename(place)
        return str(place)

    def place(self, name: str) -> str:
        """Return where a package lies, or would."""
        return str(self._folder / name)

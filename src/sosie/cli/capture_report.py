"""Following a capture while it is taken: what lies in the folder, judged once, and its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sosie.adapters.blobs import replace_file
from sosie.adapters.capture_folder import Photo, survey
from sosie.adapters.contact_sheet import Cell, contact_sheet
from sosie.adapters.pictures import PillowPictures
from sosie.core.capture import Coverage, Judged, covered, look, told_apart
from sosie.core.capture_page import page
from sosie.core.faults import draw
from sosie.core.protocol import Protocol, slot_of
from sosie.core.values import BadInput, Reason, digest

_GREEN, _RED = (46, 125, 50), (179, 38, 30)
_COLUMNS = 5


class Follower:
    """Judges each photograph of a folder once, however often it is asked; nothing is written."""

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        self.folder, self.protocol = folder, protocol
        self._pictures = PillowPictures()
        self._judged: dict[tuple[str, str, str], Judged] = {}
        self.photos: dict[str, Photo] = {}

    def now(self, progress: Callable[[float, str], None] = lambda share, what: None) -> Coverage:
        """Return how far the capture has come at this moment."""
        found = survey(self.folder)
        self.photos = {photo.name: photo for photo in found.photos}
        judged = []
        for number, photo in enumerate(found.photos):
            progress(number / len(found.photos), photo.name)
            card = photo.card.model_dump_json() if photo.card else ""
            key = photo.name, digest(photo.data), card
            if key not in self._judged:
                self._judged[key] = self._look(photo)
            judged.append(self._judged[key])
        progress(1.0, "judged")
        judged += [
            Judged(name, None, reasons=(Reason(problem.code, str(problem)),))
            for name, problem in found.problems.items()
        ]
        return covered(self.protocol, told_apart(judged), found.measurements)

    def _look(self, photo: Photo) -> Judged:
        stem = Path(photo.name).stem
        slot = slot_of(self.protocol, stem, None)
        try:
            pixels = self._pictures.decode(photo.data, where=photo.name)
        except BadInput as error:
            return Judged(photo.name, None, reasons=(Reason(error.code, str(error)),))
        views = slot.views if slot and photo.card is None else ()
        judged = look(photo.name, pixels, photo.card, views=views, strict=True)
        if photo.card is None and judged.card is not None:
            # Until it has a card, a photograph goes by the name of its file.
            card = judged.card.model_copy(update={"plate": stem})
            return replace(judged, card=card)
        return judged

    def report(self, folder: Path, found: Coverage, *, live: bool = False) -> list[Path]:
        """Write `index.html`, `sheet.png` and a picture of each photograph with a fault, drawn on
        it; returns the paths. A ``live`` page goes on being written. Raises ``BadInput`` if the
        folder cannot be written to."""
        drawn = {}
        cells = []
        for each in found.photos:
            photo = self.photos.get(each.name)
            if photo is None:
                continue
            try:
                pixels = self._pictures.decode(photo.data, where=photo.name)
            except BadInput:
                continue
            if each.marks:
                picture = draw(pixels, each.marks)
                drawn[each.name] = self._pictures.encode(picture)
                pixels = np.ascontiguousarray(
                    picture[: round(900 * pixels.shape[0] / pixels.shape[1])]
                )
            words = "; ".join(text.split(";")[0] for text, _ in each.marks) or "good"
            cells.append(Cell(each.name, pixels, words, _RED if each.marks else _GREEN))
        title = f"Capture {self.folder.resolve().name}"
        files = {f"{name}.fault.jpg": data for name, data in drawn.items()}
        files["index.html"] = page(title, found, drawn, live=live).encode()
        if cells:
            rows = [cells[i : i + _COLUMNS] for i in range(0, len(cells), _COLUMNS)]
            files["sheet.png"] = contact_sheet(title, rows)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, data in files.items():
                replace_file(folder / name, data)
        except OSError as error:
            what = (error.strerror or "it cannot be written").lower()
            remedy = "name a folder that can be written to"
            raise BadInput(what, where=str(folder), remedy=remedy) from None
        return [folder / name for name in sorted(files)]

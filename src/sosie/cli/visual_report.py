"""Writing the visual report of a verification: a page, and a picture where there is an original."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sosie.core.seal import Report
from sosie.core.values import BadInput

if TYPE_CHECKING:
    from sosie.services.verification import Examined

_SHOWN = "the sealed picture, and what the copy shows of it"
_CHANGED = "the copy, and where it was changed"
_SAME = "the copy, and no changed place"


def write(folder: Path, name: str, report: Report, examined: Examined | None) -> list[Path]:
    """Write NAME.html and, of a copy whose original is at hand, NAME.png; returns both.

    Raises ``BadInput`` if the folder cannot be written to.
    """
    from sosie.adapters.blobs import replace_file
    from sosie.adapters.pictures import PillowPictures
    from sosie.core import visual
    from sosie.core.report_page import judged_in_words, page

    lossless = PillowPictures().lossless
    figures, whole = [], b""
    if examined is not None and examined.found is not None:
        original, match = examined.found.original, examined.found.match
        drawn = [
            (_SHOWN, visual.outlined(original, examined.pixels, match)),
            (
                _CHANGED if match.regions else _SAME,
                visual.heated(original, examined.pixels, match),
            ),
        ]
        figures = [(words, lossless(part)) for words, part in drawn]
        judged = [f"{term}: {says}" for term, says in judged_in_words(report.judged)]
        whole = lossless(visual.beside(drawn, judged))
    html, png = folder / f"{name}.html", folder / f"{name}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(html, page(report, figures).encode())
        if whole:
            replace_file(png, whole)
    except OSError as error:
        what = (error.strerror or "it cannot be written").lower()
        remedy = "name a folder that can be written to"
        raise BadInput(what, where=str(folder), remedy=remedy) from None
    return [html, png] if whole else [html]


def names(files: Sequence[Path]) -> list[str]:
    """Return a name of its own for the page of each file: of two `a/x.jpg` the second is
    `x.jpg-2`."""
    taken: set[str] = set()
    found = []
    for file in files:
        number, name = 1, file.name
        while name in taken:
            number += 1
            name = f"{file.name}-{number}"
        taken.add(name)
        found.append(name)
    return found

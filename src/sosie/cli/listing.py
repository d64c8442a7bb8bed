"""What lists share: words to search for, and the rows as a table for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from sosie.adapters.blobs import replace_file

Search = Annotated[str, typer.Option("--search", help="only rows that hold these words")]
AsCsv = Annotated[Path | None, typer.Option("--csv", help="write the rows as CSV")]
Row = Mapping[str, Any]


def searched(rows: Sequence[Row], words: str) -> list[Row]:
    """Return the rows of which some value holds the words, in large or small letters."""
    wanted = words.casefold()
    return [row for row in rows if wanted in " ".join(map(str, row.values())).casefold()]


def write_csv(path: Path | None, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows as CSV in UTF-8 with its mark, which spreadsheets look for, if a path is given."""
    if path is not None:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([columns, *([row[column] for column in columns] for row in rows)])
        replace_file(path, text.getvalue().encode("utf-8-sig"))

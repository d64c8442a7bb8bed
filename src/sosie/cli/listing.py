"""What lists share: words to search for, and the rows as a table for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from sosie.adapters.blobs import replace_file
from sosie.cli.terminal import answer, table

Search = Annotated[str, typer.Option("--search", help="only rows that hold these words")]
AsCsv = Annotated[Path | None, typer.Option("--csv", help="write the rows as CSV")]
Row = Mapping[str, Any]


def print_rows(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    name: str,
    search: str,
    csv: Path | None,
    as_json: bool,
    also: Row | None = None,
) -> None:
    """Print the rows that hold the words that are searched for, and write them if a path is given.

    ``columns`` are the keys that people see, in their order. The written table holds every key, and
    so does the JSON object, under ``name`` and beside what ``also`` says.
    """
    found = searched(rows, search)
    if csv is not None:
        keys = list(dict.fromkeys(key for row in found for key in row)) or list(columns)
        replace_file(csv, _csv([keys, *([_cell(row.get(key)) for key in keys] for row in found)]))
    cells = [[_cell(row[column]) for column in columns] for row in found]
    heads = [column.replace("_", " ") for column in columns]
    answer(as_json, {**(also or {}), name: found}, table(title, heads, cells))


def searched(rows: Sequence[Row], words: str) -> list[Row]:
    """Return the rows of which some value holds the words, in large or small letters."""
    wanted = words.casefold()
    return [row for row in rows if wanted in " ".join(map(_cell, row.values())).casefold()]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    return "" if value is None else str(value)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table in UTF-8 with its mark, which spreadsheets look for."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")

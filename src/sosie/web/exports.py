"""Lists as files: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse

from sosie.core.ledger_text import harmless


def exported(
    form: str, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> HttpResponse:
    """Return rows of plain values as a file to keep, in the form `csv` or `json`.

    Of a list in a cell CSV holds the values with blanks between; a text that a spreadsheet would
    run as a formula is led by ``'``.
    """
    if form == "json":
        return kept(dumped({name: list(rows)}), f"{name}.json")
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(columns)
    table.writerows([harmless(_cell(row[column])) for column in columns] for row in rows)
    return kept(text.getvalue(), f"{name}.csv")


def dumped(said: Mapping[str, Any]) -> str:
    """Return plain values as JSON for people and programs."""
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


def kept(data: str | bytes, name: str) -> HttpResponse:
    """Return a file to keep, of the type that its name ends on."""
    response = HttpResponse(data, content_type=_TYPES[name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)

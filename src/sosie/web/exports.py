"""Lists as files: CSV for spreadsheets, line by line as it is read, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from sosie.core.ledger_text import csv_line, harmless

PART = 500
"""Rows that are read at a time."""
_Row = TypeVar("_Row", bound=Model)
_T = TypeVar("_T")


def exported(
    form: str, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> HttpResponseBase:
    """Return rows of plain values as a file to keep, in the form `csv` or `json`; CSV is sent while
    the rows are read.

    Of a list in a cell CSV holds the values with blanks between; a text that a spreadsheet would
    run as a formula is led by ``'``.
    """
    if form == "json":
        return kept(dumped({name: list(rows)}), f"{name}.json")
    return streamed(lines(columns, rows), f"{name}.csv")


def lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table as CSV, the names of its columns first."""
    yield csv_line(columns)
    for row in rows:
        yield csv_line([harmless(_cell(row[column])) for column in columns])


def in_parts(rows: QuerySet[_Row], told: Callable[[list[_Row]], Iterable[_T]]) -> Iterator[_T]:
    """Yield rows of the database as plain values, told and read part by part."""
    for start in count(0, PART):
        part = list(rows[start : start + PART])
        yield from told(part)
        if len(part) < PART:
            return


def streamed(text: Iterable[str], name: str) -> StreamingHttpResponse:
    """Return a file to keep that is sent while its text is made, of the type that its name ends
    on."""
    return _named(StreamingHttpResponse(text, content_type=_TYPES[name.rpartition(".")[2]]), name)


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
    return _named(HttpResponse(data, content_type=_TYPES[name.rpartition(".")[2]]), name)


_Response = TypeVar("_Response", bound=HttpResponseBase)


def _named(response: _Response, name: str) -> _Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)

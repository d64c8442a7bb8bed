"""Lists as files: CSV for spreadsheets and JSON for programs, each sent while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from sosie.core.ledger_text import csv_line, harmless

PART = 500
"""Rows that are read at a time."""
_Row = TypeVar("_Row")
_T = TypeVar("_T")


def exported(
    form: str, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> HttpResponseBase:
    """Return rows of plain values as a file to keep, in the form `csv` or `json`, which is sent
    while the rows are read.

    Of a list in a cell CSV holds the values with blanks between; a text that a spreadsheet would
    run as a formula is led by ``'``.
    """
    text = listed(name, rows) if form == "json" else lines(columns, rows)
    return streamed(text, f"{name}.{form}")


def listed(name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield rows as the one list of a JSON object, row by row, as ``dumped`` would say it."""
    yield f"{{\n  {json.dumps(name)}: ["
    end = "]"
    for number, row in enumerate(rows):
        text = json.dumps(row, indent=2, ensure_ascii=False).replace("\n", "\n    ")
        yield f"{',' if number else ''}\n    {text}"
        end = "\n  ]"
    yield f"{end}\n}}\n"


def lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table as CSV, the names of its columns first."""
    yield csv_line(columns)
    for row in rows:
        yield csv_line([harmless(_cell(row[column])) for column in columns])


def in_parts(rows: Iterable[_Row], told: Callable[[list[_Row]], Iterable[_T]]) -> Iterator[_T]:
    """Yield rows as plain values, told part by part. Those of the database are read so, too, by ids
    that are read at once, before: what changes while the file is sent moves no row to another part,
    where it would be skipped, or told twice. One that is gone by then is left out."""
    read = _of_the_database(rows) if isinstance(rows, QuerySet) else iter(rows)
    while part := list(islice(read, PART)):
        yield from told(part)


def _of_the_database(rows: QuerySet[Any]) -> Iterator[Any]:
    ids = list(rows.values_list("pk", flat=True))
    whole = rows.all()
    whole.query.clear_limits()
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        found = {row.pk: row for row in whole.filter(pk__in=part)}
        yield from (found[id] for id in part if id in found)


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

"""Lists in pages, by a cursor, so that nothing is told twice or left out while rows are added.

A cursor says of which list it is, with what was asked of it: another list refuses it.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from pydantic import Field

from sosie.core.values import BadInput
from sosie.services.grouped import Grouped
from sosie.services.sequence import Sequenced, backward, beyond, placed
from sosie.web.api.reading import kept

T = TypeVar("T")
Place = Sequence[object]
Cursor = Annotated[
    str,
    Field(
        max_length=1000,
        description="`next` of the page before, of the same list; empty: the first page",
    ),
]
Limit = Annotated[int, Field(ge=1, le=200, description="rows on a page")]
MANY: Literal[50] = 50
_LATEST: Sequenced = (F("pk"),)


def paged(
    request: HttpRequest,
    rows: QuerySet[Any],
    told: Callable[[Q], Sequence[Mapping[str, Any]]],
    *,
    key: str,
    cursor: str,
    limit: int,
    sequence: Sequenced = _LATEST,
) -> dict[str, Any]:
    """Return a page of rows, the last of the sequence first, as what ``told`` says of those with
    these ids; ``key`` is the field of what is told that holds the id. The sequence tells all rows
    apart."""
    rows, names = placed(rows, sequence)
    if cursor:
        rows = rows.filter(beyond(names, _known(request, rows, names, cursor), backward=True))
    ordered = rows.order_by(*backward([F(name) for name in names]))
    found = list(ordered.values_list(*names, "pk")[: limit + 1])
    shown = [place[-1] for place in found[:limit]]
    items = {row[key]: row for row in told(Q(pk__in=shown))} if shown else {}
    last = found[limit - 1][:-1] if len(found) > limit else None
    return _page([items[id] for id in shown], request, last)


def sliced(
    request: HttpRequest,
    rows: Sequence[T],
    told: Callable[[T], Any],
    *,
    place: Callable[[T], Place],
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """Return a page of rows that are there already, in the order of their places."""
    places = [list(map(str, place(row))) for row in rows]
    begin = bisect_right(places, _parsed(request, cursor)) if cursor else 0
    shown = rows[begin : begin + limit]
    last = places[begin + limit - 1] if begin + limit < len(rows) else None
    return _page(list(map(told, shown)), request, last)


def grouped(
    request: HttpRequest,
    rows: Grouped[Any, T],
    told: Callable[[Sequence[T]], Sequence[Any]],
    *,
    place: Callable[[T], Place],
    after: Callable[..., int],
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """Return a page of a list of which a part is read at a time; ``after`` is handed the parts of
    a ``place`` as text, and says how many rows come up to it."""
    begin = 0
    if cursor:
        said = _parsed(request, cursor)
        try:
            begin = after(*said)
        except (ValueError, TypeError):
            raise _wrong() from None
    shown = rows[begin : begin + limit]
    last = place(shown[-1]) if shown and begin + limit < len(rows) else None
    return _page(told(shown), request, last)


def read(
    request: HttpRequest,
    rows: Callable[[list[str] | None], Iterator[T]],
    told: Callable[[T], Any],
    *,
    place: Callable[[T], Place],
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """Return a page of rows that are read on from a place as they are asked for."""
    found = list(islice(rows(_parsed(request, cursor) if cursor else None), limit + 1))
    last = place(found[limit - 1]) if len(found) > limit else None
    return _page(list(map(told, found[:limit])), request, last)


def _page(items: Sequence[Any], request: HttpRequest, last: Place | None) -> dict[str, Any]:
    said = json.dumps([_list(request), *map(str, last)]) if last else ""
    return {"items": items, "next": urlsafe_b64encode(said.encode()).decode() or None}


def _list(request: HttpRequest) -> str:
    """Return what tells one list from another: its address, and what was asked of it."""
    asked = sorted((key, value) for key, value in request.GET.items() if key not in _OF_THE_PAGE)
    return hashlib.sha256(f"{request.path}?{urlencode(asked)}".encode()).hexdigest()[:12]


_OF_THE_PAGE = ("cursor", "limit")


def _parsed(request: HttpRequest, cursor: str) -> list[str]:
    try:
        said = json.loads(urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, list) or not said or not all(map(_told, said)):
        raise _wrong()
    if said[0] != _list(request):
        raise BadInput(
            "this cursor is of another list, or of this one asked for something else",
            where="cursor",
            remedy="ask as the page before was asked, or leave the cursor out",
            code="page.other_list",
        )
    return said[1:]


def _told(place: object) -> bool:
    return isinstance(place, str) and kept(place)


def _known(
    request: HttpRequest, rows: QuerySet[Any], names: Sequence[str], cursor: str
) -> list[Any]:
    said, annotations = _parsed(request, cursor), rows.query.annotations
    try:
        fields = [annotations[name].output_field for name in names]
        return [field.to_python(text) for field, text in zip(fields, said, strict=True)]
    except Exception:  # whatever a stranger sends
        raise _wrong() from None


def _wrong() -> BadInput:
    return BadInput(
        "this is no cursor",
        where="cursor",
        remedy="send `next` of the page before",
        code="page.cursor",
    )

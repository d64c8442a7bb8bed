"""Lists in pages: the newest first, by a cursor, so that nothing is told twice or left out while
rows are added."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import Field

from sosie.core.values import BadInput

T = TypeVar("T")
Cursor = Annotated[
    str, Field(max_length=400, description="`next` of the page before; empty: the first page")
]
Limit = Annotated[int, Field(ge=1, le=200, description="rows on a page")]
MANY: Literal[50] = 50


def paged(
    rows: QuerySet[Any],
    told: Callable[[Q], Sequence[Mapping[str, Any]]],
    *,
    key: str,
    cursor: str,
    limit: int,
    at: str = "",
) -> dict[str, Any]:
    """Return a page of rows by descending key, as what ``told`` says of those with these ids;
    ``key`` is the field of what is told that holds the id. Where ids say nothing of when, ``at``
    names the field that does."""
    order = [at, "pk"] if at else ["pk"]
    if cursor:
        said = _read(rows.model, cursor, order)
        before = Q(pk__lt=said[-1])
        if at:
            before = Q(**{f"{at}__lt": said[0]}) | Q(**{at: said[0]}) & before
        rows = rows.filter(before)
    found = list(rows.order_by(*(f"-{name}" for name in order)).values_list(*order)[: limit + 1])
    shown = [place[-1] for place in found[:limit]]
    items = {row[key]: row for row in told(Q(pk__in=shown))} if shown else {}
    last = found[limit - 1] if len(found) > limit else None
    return {"items": [items[id] for id in shown], "next": _write(last) if last else None}


def sliced(
    rows: Sequence[T], place: Callable[[T], Sequence[object]], *, cursor: str, limit: int
) -> tuple[Sequence[T], str | None]:
    """Return a page of rows that are there already, in the order of their places, and its
    ``next``."""
    places = [list(map(str, place(row))) for row in rows]
    begin = bisect_right(places, _parsed(cursor)) if cursor else 0
    shown = rows[begin : begin + limit]
    more = begin + limit < len(rows)
    return shown, _write(places[begin + limit - 1]) if more else None


def _write(place: Sequence[object]) -> str:
    return urlsafe_b64encode(json.dumps(list(map(str, place))).encode()).decode()


def _parsed(cursor: str) -> list[str]:
    try:
        said = json.loads(urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise _wrong()
    return said


def _read(model: type[Model], cursor: str, order: Sequence[str]) -> list[Any]:
    said = _parsed(cursor)
    fields = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in order]
    try:
        return [f.to_python(text) for f, text in zip(fields, said, strict=True)]  # type: ignore[union-attr]
    except Exception:  # whatever a stranger sends
        raise _wrong() from None


def _wrong() -> BadInput:
    return BadInput(
        "this is no cursor",
        where="cursor",
        remedy="send `next` of the page before",
        code="page.cursor",
    )

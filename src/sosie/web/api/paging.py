"""Lists in pages: the newest first, by a cursor, so that nothing is told twice or left out while
rows are added."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from django.db.models import Model, Q, QuerySet
from pydantic import Field

from sosie.core.values import BadInput

Cursor = Annotated[
    str, Field(max_length=200, description="`next` of the page before; empty: the first page")
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
) -> dict[str, Any]:
    """Return a page of rows by descending key, as what ``told`` says of those with these ids;
    ``key`` is the field of what is told that holds the id."""
    if cursor:
        rows = rows.filter(pk__lt=_read(rows.model, cursor))
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: limit + 1])
    shown = ids[:limit]
    items = sorted(told(Q(pk__in=shown)), key=lambda row: row[key], reverse=True) if shown else []
    return {"items": items, "next": _write(shown[-1]) if len(ids) > limit else None}


def _write(id: object) -> str:
    return urlsafe_b64encode(str(id).encode()).decode()


def _read(model: type[Model], cursor: str) -> Any:
    try:
        field = model._meta.pk
        return field and field.to_python(urlsafe_b64decode(cursor.encode()).decode())
    except Exception:  # whatever a stranger sends
        raise BadInput(
            "this is no cursor",
            where="cursor",
            remedy="send `next` of the page before",
            code="page.cursor",
        ) from None

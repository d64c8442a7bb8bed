"""Lists in pages: which page of rows, which words, and the same list asked for again."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

T = TypeVar("T", bound=Model)
ON_A_PAGE = 40


def words_of(request: HttpRequest) -> str:
    """Return the words that are looked for."""
    return request.GET.get("q", "")[:100].strip()


def turned(request: HttpRequest, rows: QuerySet[T], many: int = ON_A_PAGE) -> Page[T]:
    """Return the page of rows that is asked for. Keys alone are counted and put in order: rows are
    wide, and few of them are read."""
    page: Page[Any] = Paginator(rows.values_list("pk", flat=True), many).get_page(
        request.GET.get("page")
    )
    ids = list(page.object_list)
    found = {row.pk: row for row in rows.order_by().filter(pk__in=ids)}
    page.object_list = [found[id] for id in ids]
    return page


def again(request: HttpRequest, *without: str) -> str:
    """Return what an address asks for, without some of it, to be asked again."""
    said = request.GET.copy()
    for name in without:
        said.pop(name, None)
    return said.urlencode()


def holds(words: str, *said: object) -> bool:
    """Return whether each of some words is in what is said, in large or small letters."""
    text = " ".join(map(str, said)).casefold()
    return all(word in text for word in words.casefold().split())


def context(
    request: HttpRequest, page: Page[Any], export: str = "", also: str = "page"
) -> dict[str, Any]:
    """Return what `search.html` and `turn.html` show of a list: its page, the words, what is asked
    besides, and the route under which it is a file; ``also`` names the page of another list."""
    return {
        "page": page,
        "words": words_of(request),
        "besides": [(n, v) for n, v in request.GET.items() if n not in ("q", "page", also)],
        "query": again(request, "page"),
        "everything": again(request, *(n for n in request.GET if n != "of")),
        "export": export,
    }

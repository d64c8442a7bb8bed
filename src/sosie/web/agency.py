"""The agency: its registration and bond, its agreements with models, and what falls due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sosie.core import law
from sosie.core.act_names import called
from sosie.core.roles import Role
from sosie.services import agreement
from sosie.services import law as laws
from sosie.services import party as party_service
from sosie.store.models import Agreement, Party
from sosie.web import lists
from sosie.web.exports import exported, in_parts
from sosie.web.rights import parties, requires
from sosie.web.workspace import now

COLUMNS = (
    *("agreement", "kind", "model", "model_name", "agency", "agency_name", "from", "until"),
    *("ended_on", "in_force", "imported", "against"),
)
"""The columns of the list as CSV; a column keeps its place and its meaning."""


@requires("agency")
@require_safe
def agency(request: HttpRequest) -> HttpResponse:
    """Show an agency its registration with what law says of it, its agreements and their days."""
    row, words, today = _asked(request), lists.words_of(request), now().date()
    every = [(each, agreement.as_row(each, now=now())) for each in agreement.of(row.pk)]
    found = [(each, said) for each, said in every if lists.holds(words, *said.values())]
    soon = [_said(said, today) for _, said in every]
    page: Page[Any] = Paginator(found, lists.ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [
        {**_said(said, today), "against": agreement.against(each, now=now())}
        for each, said in page.object_list
    ]
    context: dict[str, Any] = {
        "agency": row,
        "theirs": _theirs(request),
        "findings": laws.of_agency(row, on=today),
        **lists.context(request, page, "agreements-export"),
        "due": sorted(
            (each for each in soon if each["due_in"] is not None), key=lambda each: each["until"]
        ),
        "not_advice": law.NOT_ADVICE,
    }
    return render(request, "sosie/agency.html", context)


@requires("agency")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the agreements of an agency, as CSV or JSON."""
    words, every = lists.words_of(request), agreement.of(_asked(request).pk)

    def told(part: Sequence[Agreement]) -> Iterator[dict[str, Any]]:
        for each in part:
            said = agreement.as_row(each, now=now())
            if lists.holds(words, *said.values()):
                yield {**said, "against": agreement.against(each, now=now())}

    return exported(form, "agreements", COLUMNS, in_parts(every, told))


def _theirs(request: HttpRequest) -> list[Party]:
    ids = parties(request.user, Role.BOOKER, Role.ACCOUNTANT)
    return party_service.among(Q(pk__in=ids))


def _asked(request: HttpRequest) -> Party:
    """Return the agency that somebody acts for; of several that which is asked for."""
    theirs = {row.pk: row for row in _theirs(request)}
    of = request.GET.get("of") or next(iter(theirs))
    if of not in theirs:
        raise Http404("no such agency")
    return theirs[of]


def _said(row: dict[str, Any], today: date) -> dict[str, Any]:
    """Return an agreement with its days, and in how many days its last one comes, if soon."""
    days = {name: row[name] and date.fromisoformat(row[name]) for name in ("from", "until")}
    left = (days["until"] - today).days if days["until"] and row["in_force"] else None
    due_in = left if left is not None and left <= agreement.SOON.days else None
    ended = row["ended_on"] and date.fromisoformat(row["ended_on"])
    more = {"called": _(called(row["kind"])), "due_in": due_in, "ended": ended}
    return {**row, **days, "begins": days["from"], **more}

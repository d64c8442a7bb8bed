"""Where I am: every release of a picture of her, by brand, channel, country and time."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sosie.core.roles import Role
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Purpose
from sosie.services import released
from sosie.services.released import COLUMNS, Wanted
from sosie.web.exports import exported, in_parts
from sosie.web.lists import again, turned
from sosie.web.rights import parties, requires
from sosie.web.tongue import countries, places
from sosie.web.workspace import now
from sosie.web.world import drawn

ON_A_PAGE = 24
FIRST_COUNTRIES = 8
"""Countries that are named in sight; the others are a press away."""
_HIGH = 64
"""How high the tallest month stands."""


@requires("where")
@require_safe
def where(request: HttpRequest) -> HttpResponse:
    """Show where she is: a map, the months, and every release, which words and choices narrow."""
    her, wanted = parties(request.user, Role.MODEL), _wanted(request)
    rows = released.of(her, wanted)
    summary = released.summary(rows)
    page = turned(request, rows, ON_A_PAGE)
    choices = released.choices(her)
    named = dict(places())
    context: dict[str, Any] = {
        "wanted": wanted,
        "narrowed": wanted != Wanted(),
        "summary": summary,
        "countries": sorted(
            ((code, named[code], n) for code, n in summary.countries.items()),
            key=lambda each: (-each[2], each[1]),
        ),
        "first": FIRST_COUNTRIES,
        "map": drawn(summary.countries),
        "names": named,
        "months": _bars(summary.months),
        "page": page,
        "out": [_said(each) for each in released.told(list(page), now=now())],
        "brands": choices.brands,
        "channels": [(each, _(CHANNELS[Channel(each)])) for each in choices.channels],
        "among": sorted(((code, named[code]) for code in choices.countries), key=lambda c: c[1]),
        "query": again(request, "page"),
        "elsewhere": again(request, "page", "country"),
        "beside": again(request, "page", "month"),
    }
    return render(request, "sosie/where.html", context)


@requires("where")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return every release that is asked for, as CSV or JSON."""
    rows = released.of(parties(request.user, Role.MODEL), _wanted(request))
    told = (each.as_json() for each in in_parts(rows, partial(released.told, now=now())))
    return exported(form, "releases", COLUMNS, told)


def _wanted(request: HttpRequest) -> Wanted:
    """Return which releases an address asks for; a month that is none counts as not said."""
    said = request.GET
    try:
        month = date.fromisoformat(f"{said.get('month', '')}-01")
    except ValueError:
        month = None
    return Wanted(
        words=said.get("q", "")[:100],
        brand=said.get("brand", ""),
        channel=said.get("channel", ""),
        country=said.get("country", ""),
        month=month,
    )


def _bars(months: tuple[tuple[date, int], ...]) -> list[dict[str, Any]]:
    """Return each month with its count and how high its bar stands."""
    most = max((count for _, count in months), default=1)
    return [
        {"month": month, "count": count, "high": round(_HIGH * count / most), "top": _HIGH}
        for month, count in months
    ]


def _said(out: released.Out) -> dict[str, Any]:
    """Return a release in words."""
    return {
        "out": out,
        "channel": _(CHANNELS[Channel(out.row.channel)]),
        "purpose": _(PURPOSES[Purpose(out.row.purpose)]),
        "countries": countries(out.row.territories),
    }

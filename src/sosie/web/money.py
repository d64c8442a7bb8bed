"""Money: what was earned, what was taken from it and on what basis, what was paid out."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sosie.core import law
from sosie.core.ledger import Ground, Line, Statement, parts
from sosie.core.ledger_text import statement_json, statement_lines
from sosie.core.roles import Role
from sosie.core.values import Refusal
from sosie.services import ledger
from sosie.store.models import License, Party
from sosie.web import lists
from sosie.web.exports import dumped, kept, streamed
from sosie.web.rights import memberships, requires
from sosie.web.templatetags.spoken import words
from sosie.web.workspace import now, outside

MANY, MANY_IN_A_MONTH = 200, 500
"""Entries of a year above which it is told month by month; of a month, day by day."""
_RULES = {rule.id: rule for rule in law.RULES}
_LAW = {Ground.COMMISSION: ("R07", "R37"), Ground.ADVANCE: ("R37", "R38")}
"""What law says of each ground on which something is taken."""


@requires("money")
@require_safe
def money(request: HttpRequest) -> HttpResponse:
    """Show the statement of a year: totals, by brand and by month, and every line with its basis,
    the newest first."""
    theirs, party, year = _asked(request)
    months = ledger.months(party.pk, year)
    month = _month(request, months)
    days = ledger.days(party.pk, month) if month and dict(months)[month] > MANY_IN_A_MONTH else []
    day = _day(request, days)
    said = _stated(party, year, month, day)
    deals = ledger.deals(said.lines)
    wanted = lists.words_of(request)
    lines = [line for line in said.lines[::-1] if lists.holds(wanted, *_text(line, deals))]
    page = Paginator(lines, lists.ON_A_PAGE).get_page(request.GET.get("page"))

    def brand(line: Line) -> str:
        row = deals.get(line.reference.license or "")
        return row.brand.name if row else _("Without a license")

    by_month = parts(said.lines, lambda line: line.on.replace(day=1).isoformat())
    context: dict[str, Any] = {
        "party": party,
        "theirs": theirs,
        "her": party.kind == Party.Kind.MODEL,
        "year": year,
        "years": sorted({*ledger.years(party.pk), now().year}, reverse=True),
        "totals": said.totals,
        "brands": [part for part in parts(said.lines, brand) if part.gross.minor],
        "months": []
        if day
        else [(date.fromisoformat(part.name), part) for part in reversed(by_month)],
        "month": month,
        "day": day,
        "every_day": [each for each, _count in days],
        "every_month": [each for each, _count in months] if month else [],
        **lists.context(request, page),
        "lines": [_told(line, deals) for line in page],
        "not_advice": law.NOT_ADVICE,
    }
    return render(request, "sosie/money.html", context)


@requires("money")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the statement of a year, as CSV, JSON or PDF."""
    _theirs, party, year = _asked(request)
    name = f"statement-{party.pk}-{year}.{form}"
    if form == "csv":
        return streamed(statement_lines(ledger.by_month(party.pk, year)), name)
    said = _stated(party, year)
    if form == "pdf":
        return kept(outside().typesetter.statement(said, names=ledger.names()), name)
    return kept(dumped(statement_json(said)), name)


def _asked(request: HttpRequest) -> tuple[list[Party], Party, int]:
    """Return whose statements somebody may read, whose is asked for, and of which year."""
    roles = (Role.MODEL, Role.ACCOUNTANT)
    theirs = {m.party_id: m.party for m in memberships(request.user) if m.role in roles and m.party}
    id = request.GET.get("of") or next(iter(theirs))
    if id not in theirs:
        raise Http404("no such statement")
    said = request.GET.get("year", "")
    year = int(said) if said.isascii() and said.isdigit() and len(said) == 4 else now().year
    return list(theirs.values()), theirs[id], max(year, 1)


def _month(request: HttpRequest, months: list[tuple[date, int]]) -> date | None:
    """Return which month of a year is told, by its first day; nothing for the whole year, unless it
    has many entries: then it is the month that is asked for, else the newest."""
    asked = request.GET.get("month", "")
    if not asked and sum(count for _, count in months) <= MANY:
        return None
    known = [month for month, _ in months]
    return next(
        (month for month in known if f"{month:%Y-%m}" == asked), known[0] if known else None
    )


def _day(request: HttpRequest, days: list[tuple[date, int]]) -> date | None:
    """Return which day of a month is told that has many entries: the one that is asked for, else
    the newest."""
    known = [day for day, _ in days]
    asked = request.GET.get("day", "")
    return next((day for day in known if day.isoformat() == asked), known[0] if known else None)


def _stated(
    party: Party, year: int, month: date | None = None, day: date | None = None
) -> Statement:
    first, last = day or month or date(year, 1, 1), day or date(year, 12, 31)
    if month and not day:
        last = month.replace(day=monthrange(month.year, month.month)[1])
    said = ledger.statement(party=party.pk, first=first, last=last)
    if isinstance(said, Refusal):
        raise Http404(said.reasons[0].text)
    return said


def _text(line: Line, deals: dict[str, License]) -> Iterator[object]:
    """Yield what a line is looked for by."""
    yield from (line.what, words(line.what), line.on, line.entry, line.reference.picture)
    if deal := deals.get(line.reference.license or ""):
        yield from (deal.pk, deal.terms["title"], deal.brand.name)


def _told(line: Line, deals: dict[str, License]) -> dict[str, Any]:
    """Return a line with what each deduction rests on: the words, the paper, the rules of law."""
    deal = deals.get(line.reference.license or "")
    return {
        "line": line,
        "deal": deal,
        "taken": [
            {
                "deduction": each,
                "paper": deal is not None and each.basis.document == deal.contract != "",
                "rules": [_RULES[id] for id in _LAW[each.basis.ground]],
            }
            for each in line.deductions
        ],
    }

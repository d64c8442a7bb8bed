"""Today: the first page of everybody who signs in, a part for each role."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sosie import wiring
from sosie.core.ledger import Account as Book
from sosie.core.roles import Role
from sosie.services import account as accounts
from sosie.services import case
from sosie.services import today as days
from sosie.web.admin import named
from sosie.web.rights import memberships, parties, requires

MOST = 60
"""Things that are shown to wait; the others are in their lists."""
SOME = 12
"""Open cases, the longest open first; and people who may sign in, who joined last."""


@requires("today")
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits, what was made, and what it earned."""
    now = timezone.now()
    roles = {Role(member.role) for member in memberships(request.user)}
    context: dict[str, Any] = {"now": now, "made": [], "earned": []}
    waits: list[Iterator[days.Waits]] = []
    if her := parties(request.user, Role.MODEL):
        waits.append(days.of_model(her, wiring.protocols()[-1], now=now))
        context["made"] += days.newest(Q(license__model__in=her))
        context["earned"] += days.earned(her, Book.PAYABLE_MODEL)
    booked = parties(request.user, Role.BOOKER)
    if booked:
        waits.append(days.of_agency(booked, now=now))
        context["made"] += days.newest(Q(license__agency__in=booked))
    if agency := parties(request.user, Role.ACCOUNTANT):
        waits.append(days.of_agency(agency - booked, now=now, advises=False))
        context["earned"] += days.earned(agency, Book.PAYABLE_AGENCY)
    produced, signed = parties(request.user, Role.PRODUCER), parties(request.user, Role.LEGAL)
    if brand := produced | signed:
        waits.append(days.of_brand(produced, now=now))
        waits.append(days.of_brand(signed - produced, now=now, shoots=False))
        context["made"] += days.newest(Q(license__brand__in=brand))
    if roles & {Role.OFFICER, Role.OPERATOR}:
        found = case.open_ones(now=now)
        context |= {"cases": len(found), "open": named(found[:SOME])}
    if Role.OPERATOR in roles:
        context["members"] = accounts.members(newest=SOME)
        context["invitations"] = accounts.open_invitations(now=now)
    wait = list(islice(chain(*waits), MOST + 1))
    context |= {"waits": wait[:MOST], "left": len(wait) > MOST}
    context["her"] = Role.MODEL in roles
    context["money"] = bool(roles & {Role.MODEL, Role.ACCOUNTANT})
    context["pictures"] = bool(roles & {Role.MODEL, Role.BOOKER, Role.PRODUCER, Role.LEGAL})
    return render(request, "sosie/today.html", context)

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
from sosie.services import today as days
from sosie.web.rights import memberships, parties, requires

MOST = 60
"""Things that are shown to wait; the others are in their lists."""


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
    if agency := parties(request.user, Role.BOOKER):
        waits.append(days.of_agency(agency, now=now))
        context["made"] += days.newest(Q(license__agency__in=agency))
    if agency := parties(request.user, Role.ACCOUNTANT):
        context["earned"] += days.earned(agency, Book.PAYABLE_AGENCY)
    if brand := parties(request.user, Role.PRODUCER, Role.LEGAL):
        waits.append(days.of_brand(brand, now=now))
        context["made"] += days.newest(Q(license__brand__in=brand))
    if Role.OPERATOR in roles:
        context["members"] = accounts.members()
        context["invitations"] = accounts.open_invitations(now=now)
    found = list(islice(chain(*waits), MOST + 1))
    context |= {"waits": found[:MOST], "left": len(found) > MOST}
    context["her"] = Role.MODEL in roles
    context["money"] = bool(roles & {Role.MODEL, Role.ACCOUNTANT})
    context["pictures"] = bool(roles & {Role.MODEL, Role.BOOKER, Role.PRODUCER, Role.LEGAL})
    return render(request, "sosie/today.html", context)

"""The studio of a brand: its shoots, and the review board of one."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sosie.core.roles import Role
from sosie.services import board as boards
from sosie.services import shoot as shoot_service
from sosie.services import today as days
from sosie.store.models import Shoot
from sosie.web.rights import parties, requires


@requires("shoot")
@require_safe
def shoots(request: HttpRequest) -> HttpResponse:
    """Show the shoots of a brand, the newest first."""
    brands = parties(request.user, Role.PRODUCER)
    rows = days.shoots(Q(license__brand__in=brands))
    return render(request, "sosie/shoots.html", {"shoots": rows})


@requires("shoot", shoot_service.known)
@require_safe
def board(request: HttpRequest, shoot: Shoot) -> HttpResponse:
    """Show the review board of a shoot: every picture with its state and what is said of it."""
    context = {"shoot": shoot, "cards": boards.cards(shoot)}
    return render(request, "sosie/board.html", context)

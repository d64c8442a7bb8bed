"""The studio of a brand: its shoots, the review board of one, what it asks for and takes down."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sosie.core.roles import Role
from sosie.services import board as boards
from sosie.services import change as changes
from sosie.services import life
from sosie.services import picture as pictures
from sosie.services import release as releases
from sosie.services import shoot as shoot_service
from sosie.services import today as days
from sosie.store.models import Picture, Seal, Shoot
from sosie.web import lists, signing
from sosie.web.exports import exported
from sosie.web.rights import parties, requires
from sosie.web.workspace import now

SHOOT_COLUMNS = ("shoot", "license", "title", "model", "ordered", "pictures")
"""The columns of the list as CSV; a column keeps its place and its meaning."""


@requires("shoot")
@require_safe
def shoots(request: HttpRequest) -> HttpResponse:
    """Show the shoots of a brand, the newest first."""
    page = lists.turned(request, _shoots(request))
    context = {
        "shoots": days.made_of(list(page)),
        **lists.context(request, page, "shoots-export"),
    }
    return render(request, "sosie/shoots.html", context)


@requires("shoot")
@require_safe
def shoots_export(request: HttpRequest, form: str) -> HttpResponse:
    """Return the shoots of a brand, as CSV or JSON."""
    rows = [
        {
            "shoot": row.pk,
            "license": row.license_id,
            "title": row.license.terms["title"],
            "model": row.license.model.name,
            "ordered": row.ordered_at.date().isoformat(),
            "pictures": [f"{count} {status}" for status, count in counts.items()],
        }
        for row, counts in days.made_of(list(_shoots(request)))
    ]
    return exported(form, "shoots", SHOOT_COLUMNS, rows)


def _shoots(request: HttpRequest) -> QuerySet[Shoot]:
    brands = parties(request.user, Role.PRODUCER)
    return shoot_service.matching(brands, lists.words_of(request))


@requires("shoot", shoot_service.known)
@require_safe
def board(request: HttpRequest, shoot: Shoot) -> HttpResponse:
    """Show the review board of a shoot: every picture with its state and what is said of it."""
    context = {"shoot": shoot, "cards": boards.cards(shoot)}
    return render(request, "sosie/board.html", context)


@requires("change", pictures.known)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    """Ask for another picture in place of one, in words; the old one is kept."""
    if request.method != "POST":
        return render(request, "sosie/change.html", {"picture": picture})
    brand, note = picture.license.brand_id, request.POST.get("note", "")[:500]
    known: dict[str, Any] = {"picture": picture.pk, "by": brand, "passphrase": "", "note": note}
    call = partial(changes.order, settings={}, now=now(), **known)

    def done(row: Picture) -> HttpResponseBase:
        messages.success(request, _("Ordered: {id}. It is made with the shoot.").format(id=row.pk))
        return redirect("board", picture.shoot_id)

    page = signing.Page(
        by=brand,
        call=call,
        done=done,
        title=_("Another in its place"),
        back=reverse("board", args=[picture.shoot_id]),
        context={"picture": picture},
    )
    return signing.page(request, page)


@requires("take-down", releases.known)
@require_POST
def taken_down(request: HttpRequest, seal: Seal) -> HttpResponseBase:
    """Have the brand sign that what it released is taken down."""
    license = seal.picture.license
    known: dict[str, Any] = {"seal": seal.pk, "by": license.brand_id, "passphrase": ""}
    call = partial(life.taken_down, note="", now=now(), **known)

    def done(row: Any) -> HttpResponseBase:
        del row
        messages.success(request, _("Signed: it is taken down."))
        return redirect("license", license.pk)

    page = signing.Page(
        by=license.brand_id,
        call=call,
        done=done,
        title=_("It is taken down"),
        back=reverse("license", args=[license.pk]),
        context={"picture": seal.picture, "license": license},
    )
    return signing.page(request, page)

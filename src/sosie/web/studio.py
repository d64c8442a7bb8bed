"""The studio of a brand: its shoots, the review board of one, what it says of pictures, asks for
and takes down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sosie.core.life import Standing
from sosie.core.roles import Role
from sosie.core.values import Refusal
from sosie.services import board as boards
from sosie.services import change as changes
from sosie.services import license as licenses
from sosie.services import life, making
from sosie.services import picture as pictures
from sosie.services import release as releases
from sosie.services import review as reviews
from sosie.services import shoot as shoot_service
from sosie.services import today as days
from sosie.store.models import Picture, Seal, Shoot
from sosie.web import lists, progress, signing
from sosie.web.exports import exported, in_parts
from sosie.web.rights import parties, requires
from sosie.web.workspace import now, outside

SHOOT_COLUMNS = ("shoot", "license", "title", "model", "ordered", "pictures")
"""The columns of the list as CSV; a column keeps its place and its meaning."""
NEWEST = 24
"""Licenses among which those in force are offered for a shoot; each other's page offers it, too."""


@requires("shoot")
@require_safe
def shoots(request: HttpRequest) -> HttpResponse:
    """Show the shoots of a brand, the newest first."""
    page = lists.turned(request, _shoots(request))
    newest = licenses.matching(Q(brand__in=parties(request.user, Role.PRODUCER)))[:NEWEST]
    held = licenses.listed(list(newest), now=now())
    context = {
        "shoots": days.made_of(list(page)),
        "licenses": [row for row in held if row["standing"] == Standing.IN_FORCE],
        **lists.context(request, page, "shoots-export"),
    }
    return render(request, "sosie/shoots.html", context)


@requires("shoot")
@require_safe
def shoots_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the shoots of a brand, as CSV or JSON."""

    def told(part: list[Shoot]) -> Iterator[dict[str, Any]]:
        return (
            {
                "shoot": row.pk,
                "license": row.license_id,
                "title": row.license.terms["title"],
                "model": row.license.model.name,
                "ordered": row.ordered_at.date().isoformat(),
                "pictures": [f"{count} {status}" for status, count in counts.items()],
            }
            for row, counts in days.made_of(part)
        )

    return exported(form, "shoots", SHOOT_COLUMNS, in_parts(_shoots(request), told))


def _shoots(request: HttpRequest) -> QuerySet[Shoot]:
    brands = parties(request.user, Role.PRODUCER)
    return shoot_service.matching(brands, lists.words_of(request))


@requires("shoot", shoot_service.known)
@require_safe
def board(request: HttpRequest, shoot: Shoot) -> HttpResponse:
    """Show the review board of a shoot: every picture with its state and what is said of it."""
    seen = progress.known_by(shoot)  # before the cards: what changes meanwhile is told
    context = {"cards": boards.cards(shoot), "seen": seen, **progress.told(shoot)}
    return render(request, "sosie/board.html", context)


@requires("run", shoot_service.known)
@require_POST
def run(request: HttpRequest, shoot: Shoot) -> HttpResponseBase:
    """Have a worker make a shoot, have it pause, or order anew what failed: the brand signed for
    all of it when it ordered."""
    said = request.POST.get("say", "")
    if said == "retry":
        found = pictures.retry(outside(), shoot=shoot.pk, now=now())
        if isinstance(found, Refusal):
            text = "; ".join(reason.text for reason in found.reasons)
            return signing.refused(request, text, reverse("board", args=[shoot.pk]))
    if said in ("start", "retry"):
        making.start(shoot.pk)
    elif said == "pause":
        shoot_service.pause(shoot.pk)
    return redirect("board", shoot.pk)


@requires("review", pictures.known)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    """Have the brand say that it takes a picture, or that it does not, and why."""
    said = request.POST.get("say", "")
    titles = {"yes": _("We take it"), "no": _("We do not take it")}
    if said not in titles:
        return render(request, "sosie/review.html", {"picture": picture})
    note, by = request.POST.get("note", "")[:500], picture.license.brand_id
    known: dict[str, Any] = {"picture": picture.pk, "by": by, "passphrase": "", "note": note}
    call = partial(reviews.answer, yes=said == "yes", now=now(), **known)
    back = f"{reverse('board', args=[picture.shoot_id])}#{picture.pk}"

    def done(row: Picture) -> HttpResponseBase:
        messages.success(request, _("Signed: {id}.").format(id=row.pk))
        return redirect(back)

    page = signing.Page(
        by=by,
        call=call,
        done=done,
        title=titles[said],
        back=back,
        context={"picture": picture, "license": picture.license},
    )
    return signing.page(request, page)


@requires("change", pictures.known)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    """Ask for another picture in place of one, in words, and in another color; the old one is
    kept."""
    color = (picture.order.get("garment_colour") or "").lower()
    if request.method != "POST":
        return render(request, "sosie/change.html", {"picture": picture, "color": color})
    brand, note = picture.license.brand_id, request.POST.get("note", "")[:500]
    asked = request.POST.get("color", "").lower()
    another = color and asked != color and re.fullmatch("#[0-9a-f]{6}", asked)
    settings = {"garment_colour": asked} if another else {}
    known: dict[str, Any] = {"picture": picture.pk, "by": brand, "passphrase": "", "note": note}
    call = partial(changes.order, settings=settings, now=now(), **known)

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

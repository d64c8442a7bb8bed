"""The library of a brand: its sealed pictures with how their licenses stand, and what went out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from sosie.core.release import PRINTED
from sosie.core.values import Refusal
from sosie.services import channel
from sosie.services import library as shelves
from sosie.services import license as licenses
from sosie.services import pack as packs
from sosie.services import release as releases
from sosie.store.models import License, Seal
from sosie.web import lists, signing
from sosie.web.exports import exported, in_parts
from sosie.web.find import brands_of
from sosie.web.rights import requires
from sosie.web.templatetags.spoken import placed
from sosie.web.tongue import countries
from sosie.web.workspace import now, outside, site

ON_A_PAGE, ORDERS_ON_A_PAGE = 24, 100
MOST = 5000
"""Pictures in one export."""

_COLUMNS = (
    *("picture", "seal", "twin", "license", "title", "state", "until"),
    *("renditions", "take_down"),
)


def _asked(request: HttpRequest) -> dict[str, str]:
    found = {name: request.GET.get(name, "").strip() for name in ("search", "state", "twin")}
    return {name: said for name, said in found.items() if said}


@requires("library")
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Show the sealed pictures of a brand, the newest first."""
    brands, asked = brands_of(request), _asked(request)
    licenses = shelves.held(brands, now=now())
    page = lists.turned(request, shelves.find(brands, licenses, **asked), ON_A_PAGE)
    shown = [each.state for each in licenses.values()]
    context = {
        "page": page,
        "rows": shelves.shelved(list(page), licenses),
        "asked": asked,
        "states": [state for state in shelves.State if state in shown],
        "twins": shelves.twins(licenses),
        "query": urlencode(asked),
        "without_state": urlencode({n: v for n, v in asked.items() if n != "state"}),
        "anything": bool(licenses),
        "printed": PRINTED,
        "over": any(each.state in shelves.OVER for each in licenses.values()),
    }
    return render(request, "sosie/library.html", context)


@requires("library")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return what is looked for as JSON or CSV."""
    brands = brands_of(request)
    licenses = shelves.held(brands, now=now())
    found = shelves.find(brands, licenses, **_asked(request))[:MOST]
    told = in_parts(found, partial(shelves.shelved, licenses=licenses))
    return exported(form, "pictures", _COLUMNS, (each.as_row() for each in told))


@requires("library-file", releases.known)
@require_safe
def package(request: HttpRequest, seal: Seal) -> HttpResponse:
    """Return what went out under a seal, with its words and proofs: one ZIP file."""
    made = shelves.package(outside(), seal, now=now())
    if isinstance(made, Refusal):
        text = "; ".join(reason.text for reason in made.reasons)
        return signing.refused(request, text, reverse("library"))
    response = HttpResponse(made, content_type="application/zip")
    name = f"{seal.picture_id}-{seal.channel}-{seal.pk}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@requires("library-file", releases.known)
@require_safe
def label(request: HttpRequest, seal: Seal) -> HttpResponse:
    """Return what is printed beside a picture: its disclosure, and a QR code to its public page."""
    made = shelves.label(outside(), number=seal.pk, site=site(request), now=now())
    if isinstance(made, Refusal):
        return signing.refused(request, made.reasons[0].text, reverse("library"))
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="label-{seal.pk}.pdf"'
    return response


@requires("library")
@require_safe
def take_down(request: HttpRequest) -> HttpResponse:
    """Show what is still out and must come down, an order for each place."""
    orders = _orders(request)
    page = Paginator(orders, ORDERS_ON_A_PAGE).get_page(request.GET.get("page"))
    places: dict[tuple[Any, ...], list[channel.TakeDown]] = {}
    for each in page:
        place = (each.due, each.overdue, each.channel, each.account, countries(each.territories))
        places.setdefault(place, []).append(each)
    context = {
        "places": list(places.items()),
        "site": site(request),
        **lists.context(request, page, "take-down-export"),
    }
    return render(request, "sosie/take_down.html", context)


@requires("library")
@require_safe
def orders(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return what must come down as JSON or CSV, to be sent to whoever runs the channels."""
    columns = (
        *("due", "overdue", "channel", "account", "territories", "seal", "picture", "license"),
        "places",
    )
    told = in_parts(_orders(request), lambda part: [each.as_row() for each in part])
    return exported(form, "orders", columns, told)


def _orders(request: HttpRequest) -> Sequence[channel.TakeDown]:
    """Return what must come down, of it what holds the words that are looked for."""
    found, words = channel.take_downs(brands_of(request), now=now()), lists.words_of(request)
    if not words:
        return found
    return [each for each in found if lists.holds(words, *each.as_row().values(), placed(each))]


@requires("pack", licenses.known)
@require_safe
def pack(request: HttpRequest, license: License) -> HttpResponse:
    """Return the compliance pack of a license, or of the one picture that is named: a ZIP file."""
    picture = request.GET.get("picture", "")
    made = packs.make(outside(), license=license.pk, picture=picture, now=now())
    if isinstance(made, Refusal):
        text = "; ".join(reason.text for reason in made.reasons)
        return signing.refused(request, text, reverse("license", args=[license.pk]))
    response = HttpResponse(made, content_type="application/zip")
    name = f"compliance-pack-{picture or license.pk}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

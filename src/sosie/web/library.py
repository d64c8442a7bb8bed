"""The library of a brand: its sealed pictures with how their licenses stand, and what went out."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from sosie.core.values import Refusal
from sosie.services import library as shelves
from sosie.services import license as licenses
from sosie.services import pack as packs
from sosie.services import release as releases
from sosie.store.models import License, Seal
from sosie.web import signing
from sosie.web.find import brands_of
from sosie.web.rights import requires
from sosie.web.workspace import now, outside

ON_A_PAGE = 24
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
    licenses, asked = shelves.held(brands_of(request), now=now()), _asked(request)
    page = Paginator(shelves.find(licenses, **asked), ON_A_PAGE).get_page(request.GET.get("page"))
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
    }
    return render(request, "sosie/library.html", context)


@requires("library")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Return what is looked for as JSON or CSV."""
    licenses = shelves.held(brands_of(request), now=now())
    found = list(shelves.find(licenses, **_asked(request))[:MOST])
    rows: list[dict[str, Any]] = [each.as_row() for each in shelves.shelved(found, licenses)]
    if form == "json":
        text = json.dumps({"pictures": rows}, ensure_ascii=False, indent=2)
        return HttpResponse(text, content_type="application/json")
    table = io.StringIO()
    writer = csv.DictWriter(table, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "renditions": ", ".join(row["renditions"])} for row in rows)
    return HttpResponse(table.getvalue().encode("utf-8-sig"), content_type="text/csv")


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

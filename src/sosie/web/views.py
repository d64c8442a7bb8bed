"""Pages that show a workspace to the machine it lies on: read, one service call, render."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sosie import wiring
from sosie.core.file_format import FileFormat, format_of
from sosie.core.ports import Outside
from sosie.core.values import Digest, Refusal
from sosie.services import license as license_service
from sosie.services import log as log_service
from sosie.services import picture as picture_service

NEWEST = 200


@cache
def _outside() -> Outside:
    return wiring.opened(settings.WORKSPACE, "", strangers=True)


@require_safe
def pictures(request: HttpRequest) -> HttpResponse:
    """Show every picture, the sealed ones first."""
    status = request.GET.get("status", "")
    rows = picture_service.overview(status=status)
    rows.sort(key=lambda row: (row["status"] != "sealed", row["picture"]))
    statuses = ["sealed", "approved", "made", "undecided", "refused", "failed"]
    context = {"pictures": rows, "status": status, "statuses": statuses}
    return render(request, "sosie/pictures.html", context)


@require_safe
def picture(request: HttpRequest, picture: str) -> HttpResponse:
    """Show one picture with its decisions, the model's answer, and its seals."""
    told = picture_service.story(picture)
    if isinstance(told, Refusal):
        raise Http404(told.reasons[0].text)
    return render(request, "sosie/picture.html", told)


@require_safe
def image(request: HttpRequest, picture: str) -> HttpResponse:
    """Return the pixels of a picture, or of its plate with `?plate`."""
    told = picture_service.story(picture)
    digest = (
        ""
        if isinstance(told, Refusal)
        else told["plate_file" if "plate" in request.GET else "file"]
    )
    if not digest:
        raise Http404("no such picture")
    try:
        data = _outside().blobs.get(Digest(digest))
    except LookupError:
        raise Http404("the file was erased") from None
    kind = format_of(data) or FileFormat.JPEG
    return HttpResponse(data, content_type=kind.media_type)


@require_safe
def licenses(request: HttpRequest) -> HttpResponse:
    """Show every license with its standing."""
    context = {"licenses": license_service.overview(now=timezone.now())}
    return render(request, "sosie/licenses.html", context)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show the checkpoint and the newest leaves of the transparency log."""
    context = {
        "checkpoint": log_service.checkpoint_text(_outside()),
        "verifier": _outside().log_key.verifier,
        "leaves": log_service.newest(NEWEST),
    }
    return render(request, "sosie/log.html", context)


@require_safe
def style(_: HttpRequest) -> HttpResponse:
    """Return the style sheet."""
    data = (files("sosie.web") / "static" / "style.css").read_bytes()
    return HttpResponse(data, content_type="text/css")

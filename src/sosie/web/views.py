"""Pictures and licenses: read, one service call, render."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sosie.core.file_format import FileFormat, format_of
from sosie.core.roles import Role
from sosie.core.values import Digest, Refusal
from sosie.services import board, releasing
from sosie.services import license as license_service
from sosie.services import picture as picture_service
from sosie.store.models import License, Picture
from sosie.web import lists
from sosie.web.exports import exported, in_parts
from sosie.web.rights import licenses_of, parties, public, requires
from sosie.web.workspace import outside

SMALL, LARGE = 768, 2048
"""Pixels across, at most, of a picture on a page (sharp on a phone, a fiftieth of the file), and of
one that fills the screen."""
PICTURES_ON_A_PAGE = 48
PICTURE_COLUMNS = ("picture", "license", "plate", "status", "grade", "change_of")
LICENSE_COLUMNS = ("license", "title", "model", "brand", "standing", "made", "of")
"""The columns of lists as CSV; a column keeps its place and its meaning."""
_STATIC = files("sosie.web") / "static"
_TYPES = {"css": "text/css", "js": "text/javascript", "woff2": "font/woff2", "svg": "image/svg+xml"}


def theirs(request: HttpRequest) -> Q:
    """Return which licenses somebody may see."""
    return licenses_of(request.user)


@requires("picture")
@require_safe
def pictures(request: HttpRequest) -> HttpResponse:
    """Show the pictures that somebody may see, the sealed ones first."""
    page = lists.turned(request, _pictures(request), PICTURES_ON_A_PAGE)
    context: dict[str, Any] = {
        "pictures": picture_service.told(list(page)),
        "status": request.GET.get("status", ""),
        "statuses": ["sealed", "approved", "made", "undecided", "refused", "failed"],
        **lists.context(request, page, "pictures-export"),
    }
    return render(request, "sosie/pictures.html", context)


@requires("picture")
@require_safe
def pictures_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the pictures that somebody may see, as CSV or JSON."""
    columns = ("pk", "license_id", "plate__name", "status", "grade", "change_of_id")
    rows = _pictures(request).values_list(*columns).iterator()
    told = (dict(zip(PICTURE_COLUMNS, row, strict=True)) for row in rows)
    return exported(form, "pictures", PICTURE_COLUMNS, told)


def _pictures(request: HttpRequest) -> QuerySet[Picture]:
    held = License.objects.filter(theirs(request))
    status, words = request.GET.get("status", ""), lists.words_of(request)
    return picture_service.matching(held, status=status, words=words)


@requires("picture", picture_service.known)
@require_safe
def picture(request: HttpRequest, picture: Picture) -> HttpResponse:
    """Show one picture with its decisions, the model's answer, and its seals."""
    told = picture_service.story(picture.pk)
    if isinstance(told, Refusal):
        raise Http404(told.reasons[0].text)
    context = {**told, "hers": _hers(request, picture)}
    if picture.license.brand_id in parties(request.user, Role.PRODUCER):
        context["releases"] = releasing.newest([picture.pk]).get(picture.pk, [])
        context["releasable"] = releasing.can_go_out(picture)
    return render(request, "sosie/picture.html", context)


@requires("picture", picture_service.known)
@require_safe
def image(request: HttpRequest, picture: Picture) -> HttpResponse:
    """Return a picture to be looked at; with `?file`, to its model alone, the file itself, since
    files to use are those of releases."""
    return file(request, picture.digest, picture.pk, only_small=not _hers(request, picture))


@requires("picture", picture_service.known)
@require_safe
def plate(request: HttpRequest, picture: Picture) -> HttpResponse:
    """Return the photograph that a picture was made of, as the picture itself is returned."""
    only_small = not _hers(request, picture)
    return file(request, picture.plate.digest, picture.plate.name, only_small=only_small)


def _hers(request: HttpRequest, picture: Picture) -> bool:
    return picture.license.model_id in parties(request.user, Role.MODEL)


def file(request: HttpRequest, digest: str, name: str, *, only_small: bool) -> HttpResponse:
    """Return a picture as a WebP that fills a screen, with `?small` one of a page, or with `?file`
    the file itself to keep, under a name; or that the browser has it already. It asks each time,
    since what may be seen, and what is left, can end. Who is shown ``only_small`` ones gets these,
    whatever is asked for."""
    try:
        data = outside().blobs.get(Digest(digest)) if digest else b""
    except LookupError:
        data = b""
    if not data:
        raise Http404("no such file")
    whole = "file" in request.GET and not only_small
    wide = SMALL if only_small or "small" in request.GET else LARGE
    tag = f'"{digest}{"" if whole else f"-{wide}"}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    elif whole:
        kind = format_of(data) or FileFormat.JPEG
        response = HttpResponse(data, content_type=kind.media_type)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}{kind.suffix}"'
    else:
        data = board.small(outside(), data, wide=wide)
        response = HttpResponse(data, content_type=FileFormat.WEBP.media_type)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@requires("licenses")
@require_safe
def licenses(request: HttpRequest) -> HttpResponse:
    """Show the licenses that somebody may see, with their standing, the newest first."""
    rows = license_service.matching(theirs(request), lists.words_of(request))
    page = lists.turned(request, rows)
    context = {
        "licenses": license_service.listed(list(page), now=timezone.now()),
        **lists.context(request, page, "licenses-export"),
    }
    return render(request, "sosie/licenses.html", context)


@requires("licenses")
@require_safe
def licenses_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the licenses that somebody may see, as CSV or JSON."""
    rows = license_service.matching(theirs(request), lists.words_of(request))
    told = in_parts(rows, partial(license_service.listed, now=timezone.now()))
    return exported(form, "licenses", LICENSE_COLUMNS, told)


@public
@require_safe
def static(request: HttpRequest, name: str) -> HttpResponse:
    """Return a style sheet, a script or a font."""
    del request
    known = {each.name: each for each in _STATIC.iterdir()}
    kind = _TYPES.get(name.rpartition(".")[2])
    if name not in known or kind is None:
        raise Http404("no such file")
    response = HttpResponse(known[name].read_bytes(), content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response

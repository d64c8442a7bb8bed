"""The C2PA Soft Binding Resolution API, and our evidence beside it: parse, one call, render.

Public, without cookie or session: what is told is what a copy of the picture leads to. Nothing that
is sent is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from sosie.core.api import Said
from sosie.core.file_format import FileFormat
from sosie.core.limits import LIMITS
from sosie.core.resolution import MOST_MATCHES, SPECIFICATION
from sosie.core.values import BadInput, Refusal
from sosie.services import resolution
from sosie.services.resolution import Match
from sosie.web.api import problems
from sosie.web.rights import public
from sosie.web.strangers import LOOKING, Busy, place
from sosie.web.workspace import outside, site

MOST_QUERY = 64 * 1024
_STATUS = {
    "resolution.unknown": HTTPStatus.NOT_FOUND,
    "resolution.unpublished": HTTPStatus.NOT_FOUND,
    "resolution.lost": HTTPStatus.NOT_FOUND,
    "resolution.route": HTTPStatus.NOT_FOUND,
    "resolution.method": HTTPStatus.METHOD_NOT_ALLOWED,
    "resolution.length": HTTPStatus.LENGTH_REQUIRED,
    "resolution.size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "resolution.type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "resolution.busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "resolution.fault": HTTPStatus.INTERNAL_SERVER_ERROR,
}
_REMEDY = {
    "resolution.route": "see /api/v1/openapi.json, which says all routes, and where those are that"
    " anyone may ask",
    "resolution.method": "ask by one of them",
    "resolution.busy": "ask again in a moment",
    "resolution.fault": "tell whoever runs it the `X-Request-ID` of this answer",
}
_ANY_REMEDY = "ask as the C2PA Soft Binding Resolution API says"
_log = logging.getLogger(__name__)
_A_DAY = 24 * 60 * 60
_TYPES = {kind.media_type for kind in FileFormat}

T = TypeVar("T")
View = Callable[..., HttpResponseBase]


class _Problem(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def _answering(view: View) -> View:
    """Render what is refused as a problem (RFC 9457) with a reason code, and let pages of other
    places read every answer: none of them depends on who asks."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **named)
        except _Problem as problem:
            response = _problem(problem.code, problem.text)
        except BadInput as error:
            response = _problem(error.code, error.what, error.where, error.remedy)
        except Exception:
            _log.exception("no answer to %s", request.path)
            response = _problem("resolution.fault", "this Sosie failed; ask whoever runs it")
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return csrf_exempt(public(answer))


def _by(*methods: str) -> Callable[[View], View]:
    """Answer these methods, and the question of a browser whether a page of another place may use
    them (CORS preflight); refuse every other."""
    allowed = ", ".join([*methods, "OPTIONS"])

    def bound(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if request.method in methods:
                return view(request, *args, **named)
            if request.method == "OPTIONS":
                response = HttpResponse(status=HTTPStatus.NO_CONTENT)
                response.headers["Access-Control-Allow-Methods"] = allowed
                response.headers["Access-Control-Allow-Headers"] = "Content-Type"
                response.headers["Access-Control-Max-Age"] = str(_A_DAY)
            else:
                response = _problem("resolution.method", f"this route is asked by {allowed}")
            response.headers["Allow"] = allowed
            return response

        return _answering(answer)

    return bound


def _problem(
    code: str, text: str, clause: str | None = None, remedy: str | None = None
) -> HttpResponse:
    status = _STATUS.get(code, HTTPStatus.BAD_REQUEST)
    remedy = remedy or _REMEDY.get(code, _ANY_REMEDY)
    return problems.problem(
        [Said(code=code, text=text, clause=clause)], status=status, remedy=remedy
    )


@_by("GET", "HEAD", "POST")
def by_binding(request: HttpRequest) -> HttpResponse:
    """Answer with the manifests that a soft binding leads to."""
    asked: Mapping[str, Any] = request.GET
    if request.method == "POST":
        asked = _json(_body(request, MOST_QUERY))
    algorithm, value = asked.get("alg"), asked.get("value")
    if not isinstance(algorithm, str) or not isinstance(value, str):
        raise _Problem("resolution.query", "say `alg` and `value`")
    found = resolution.by_binding(outside(), algorithm=algorithm, value=value, most=_most(request))
    return _matches(_granted(found))


@_by("POST")
def by_content(request: HttpRequest) -> HttpResponse:
    """Answer with the manifest of the picture in the body, whole or changed."""
    if request.content_type not in _TYPES:
        raise _Problem("resolution.type", f"send one of {', '.join(sorted(_TYPES))}")
    most = _most(request)
    data = _body(request, LIMITS.bytes)
    try:
        with place(LOOKING):
            return _matches(resolution.by_content(outside(), data=data, most=most))
    except Busy:
        text = "other pictures are being looked for; ask again"
        raise _Problem("resolution.busy", text) from None


@_by("GET", "HEAD")
def manifest(request: HttpRequest, label: str) -> HttpResponse:
    """Answer with a manifest store, or its active manifest alone."""
    wanted = request.GET.get("returnActiveManifest", "false")
    if wanted not in ("true", "false"):
        raise _Problem("resolution.query", "`returnActiveManifest` is `true` or `false`")
    found = resolution.manifest(outside(), label=label, active=wanted == "true")
    return HttpResponse(_granted(found), content_type="application/c2pa")


@_by("GET", "HEAD")
def evidence(request: HttpRequest, label: str) -> HttpResponse:
    """Answer with the evidence about a seal (`evidence/1`)."""
    del request
    return JsonResponse(_granted(resolution.evidence(outside(), label=label)).as_dict())


@_by("GET", "HEAD")
def algorithms(request: HttpRequest) -> HttpResponse:
    """Answer with the names of the soft bindings that lead somewhere here."""
    del request
    lists = {"watermarks": resolution.WATERMARKS, "fingerprints": resolution.FINGERPRINTS}
    return JsonResponse({kind: [{"alg": name} for name in names] for kind, names in lists.items()})


@_by("GET", "HEAD")
def capabilities(request: HttpRequest) -> HttpResponse:
    """Answer with what of the specification is offered beyond what it demands."""
    del request
    return JsonResponse(
        {"c2paSpecificationVersion": SPECIFICATION, "supportedCapabilities": ["queryByContent"]}
    )


@_by("GET", "HEAD")
def discovery(request: HttpRequest) -> HttpResponse:
    """Answer with where this service is (RFC 8615)."""
    here = site(request)
    return JsonResponse(
        {
            "apiEndpoint": f"{here}/api/v1",
            "c2paSpecificationVersion": SPECIFICATION,
            "capabilitiesEndpoint": here + reverse("capabilities"),
        }
    )


@_answering
def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such route."""
    del request
    raise _Problem("resolution.route", "there is no such route")


def _granted(result: T | Refusal) -> T:
    if isinstance(result, Refusal):
        raise _Problem(result.reasons[0].code, result.reasons[0].text)
    return result


def _matches(found: list[Match]) -> HttpResponse:
    rows = [{"manifestId": match.label, "similarityScore": match.score} for match in found]
    return JsonResponse({"matches": rows})


def _most(request: HttpRequest) -> int:
    said = request.GET.get("maxResults", str(MOST_MATCHES))
    if not (said.isascii() and said.isdigit() and 0 < len(said) < 10 and int(said)):
        raise _Problem("resolution.query", "`maxResults` is a number from 1")
    return int(said)


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _Problem("resolution.query", "send a JSON object with `alg` and `value`")
    return found


def _body(request: HttpRequest, most: int) -> bytes:
    """Return the body; one whose length is not said, or is too great, is not read."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if not (said.isascii() and said.isdigit()):
        raise _Problem("resolution.length", "say how long the body is (`Content-Length`)")
    if len(said) > 12 or int(said) > most:
        raise _Problem("resolution.size", f"send at most {most // 1024} KB")
    return request.read(int(said))

"""What is refused, as a problem (RFC 9457) with its reason codes: the one table of statuses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from sosie.core.api import Problem, Said
from sosie.core.values import BadInput, Refusal

KIND = "application/problem+json"
_log = logging.getLogger(__name__)
_STATUS = {
    "api.token": HTTPStatus.UNAUTHORIZED,
    "api.scope": HTTPStatus.FORBIDDEN,
    "api.right": HTTPStatus.FORBIDDEN,
    "api.absent": HTTPStatus.NOT_FOUND,
    "api.method": HTTPStatus.METHOD_NOT_ALLOWED,
    "api.rate": HTTPStatus.TOO_MANY_REQUESTS,
    "api.size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "api.fault": HTTPStatus.INTERNAL_SERVER_ERROR,
    "api.busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "act.closed": HTTPStatus.SERVICE_UNAVAILABLE,
    "release.no_worker": HTTPStatus.SERVICE_UNAVAILABLE,
    "idempotency.other_request": HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Of what is no plain refusal, which is a conflict with how things stand (409)."""
INVALID = "request.invalid"
_DOCUMENT = "send it as /api/v1/openapi.json says"
_REMEDY = {
    INVALID: _DOCUMENT,
    "api.token": "make one with `sosie token create`",
    "api.scope": "make a token with this scope: `sosie token create --scope`",
    "api.right": "ask with a token of a party that this is for",
    "api.absent": "look for it in its list, as this token sees it",
    "api.method": _DOCUMENT,
    "api.rate": "wait as long as `Retry-After` says",
    "api.size": "send less, or in parts",
    "api.fault": "send it again; tell whoever runs it the `X-Request-ID` of this answer",
    "api.busy": "send it again in a moment",
    "act.closed": "ask whoever runs this server to start it with the passphrase of the house",
    "release.no_worker": "ask whoever runs this server to start one: `sosie shoot work`",
    "act.unknown": "send it without `signature`, and sign what comes back",
    "idempotency.other_request": "send another `Idempotency-Key`",
}
"""What to do, of what this API refuses by itself."""


class Stop(Exception):
    """Ends a request with a reason."""

    def __init__(self, code: str, text: str, *, wait: int = 0) -> None:
        super().__init__(text)
        self.refusal, self.wait = Refusal.because(code, text), wait


def problem(
    reasons: Sequence[Said], *, status: HTTPStatus | None = None, remedy: str | None = None
) -> HttpResponse:
    """Return the answer to what is refused, with what to do where that is known."""
    first = reasons[0]
    status = status or _STATUS.get(first.code, HTTPStatus.CONFLICT)
    said = Problem(
        title=status.phrase,
        status=status,
        detail="; ".join(reason.text for reason in reasons),
        code=first.code,
        reasons=list(reasons),
        remedy=remedy or _REMEDY.get(first.code),
    )
    return HttpResponse(said.model_dump_json(), status=status, content_type=KIND)


def refused(refusal: Refusal) -> HttpResponse:
    """Return the answer to what a service refuses."""
    return problem([Said(**reason.as_dict()) for reason in refusal.reasons])


def given(file: bytes | Refusal, kind: str) -> HttpResponse:
    """Return a file, or why there is none."""
    return refused(file) if isinstance(file, Refusal) else HttpResponse(file, content_type=kind)


def _stopped(request: HttpRequest, stop: Stop) -> HttpResponse:
    del request
    response = refused(stop.refusal)
    if stop.wait:
        response.headers["Retry-After"] = str(stop.wait)
    return response


def _bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
    del request
    said = Said(code=error.code, text=error.what, clause=error.where)
    return problem([said], status=HTTPStatus.UNPROCESSABLE_ENTITY, remedy=error.remedy)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    del request
    reasons = [
        Said(code=INVALID, text=each["msg"], clause=".".join(map(str, each["loc"])))
        for each in error.errors
    ]
    return problem(reasons, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    del request, error
    text = "send a token that stands: `Authorization: Bearer sosie_…`"
    response = problem([Said(code="api.token", text=text)])
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    wrong = error.__cause__  # of the body, which Ninja says cannot be read
    if isinstance(wrong, BadInput):
        return _bad_input(request, wrong)
    status, text = HTTPStatus(error.status_code), str(error).lower()
    if wrong is None:
        return problem([Said(code=INVALID, text=text)], status=status)
    said = Said(code=INVALID, text=f"the body is no JSON: {wrong}", clause="body")
    return problem([said], status=status, remedy="send one JSON object, in UTF-8")


def _busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    _log.warning("the database is busy: %s: %s", request.path, error)
    response = problem([Said(code="api.busy", text="others are being answered; ask again")])
    response.headers["Retry-After"] = "1"
    return response


def _unkept(request: HttpRequest, error: DataError) -> HttpResponse:
    del request, error
    text = "it holds what no database keeps: a NUL, or a text that is too long"
    return problem([Said(code=INVALID, text=text)], status=HTTPStatus.BAD_REQUEST)


def fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the answer where this Sosie itself is at fault."""
    _log.error("no answer to %s", request.path, exc_info=error)
    return problem([Said(code="api.fault", text="this Sosie failed; ask whoever runs it")])


_HANDLERS: Mapping[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = MappingProxyType(
    {
        Stop: _stopped,
        BadInput: _bad_input,
        ValidationError: _invalid,
        AuthenticationError: _unknown,
        HttpError: _unread,
        OperationalError: _busy,
        DataError: _unkept,
        Exception: fault,
    }
)


def handle(api: NinjaAPI) -> None:
    """Have an API answer whatever stops a request with a problem."""
    for kind, handler in _HANDLERS.items():
        api.add_exception_handler(kind, handler)

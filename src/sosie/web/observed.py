"""What is told of each request: which route, how it ended, how long it took. Never who asked, from
where, or about whom: no address, no path, no query, no id but the request's own."""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import DataError
from django.http import HttpRequest, HttpResponseBase
from django.views.defaults import bad_request

from sosie import metrics

_log = logging.getLogger("sosie.requests")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """Counts every request and writes one line about it, with an id that the answer carries, too:
    by it somebody who reports a fault is told which line is hers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        began, request.id = time.monotonic(), secrets.token_hex(8)  # type: ignore[attr-defined]
        response = self.get_response(request)
        took = time.monotonic() - began
        response.headers["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        method = request.method if request.method in _METHODS else "other"
        route, status = route_of(request), response.status_code
        metrics.REQUESTS.labels(route, method, status).inc()
        metrics.SECONDS.labels(route).observe(took)
        said = {"request": request.id, "route": route, "method": method, "status": status}  # type: ignore[attr-defined]
        _log.info("answered", extra={"said": said | {"ms": round(1000 * took)}})
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer 400 to what the database cannot hold: a NUL, a text that is too long."""
        return bad_request(request, exception) if isinstance(exception, DataError) else None


def route_of(request: HttpRequest) -> str:
    """Return the name of the route that a request took, which holds no id; `none` without one."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else "none"


class Lines(logging.Formatter):
    """Writes a record as one JSON object. Of what others log, its words are left out, which may
    hold anything: of an error its kind and the places in the code are told."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **getattr(record, "said", {}),
        }
        request: Any = getattr(record, "request", None)
        if request is not None and hasattr(request, "id"):
            line |= {"request": request.id, "route": route_of(request)}
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            places = traceback.extract_tb(trace)
            line["error"] = f"{kind.__module__}.{kind.__qualname__}"
            line["at_code"] = [f"{each.filename}:{each.lineno} {each.name}" for each in places]
        return json.dumps(line)

"""What is told of each request: which route, how it ended, how long it took. Never who asked, from
where, or about whom: no address, no path, no query, no id but the request's own."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponseBase
from django.views.defaults import bad_request

from sosie import metrics
from sosie.web.lines import route_of

_log = logging.getLogger("sosie.requests")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """Counts every request and writes one line about it, with an id that the answer carries, too:
    by it somebody who reports a fault is told which line is hers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        began, id = time.monotonic(), secrets.token_hex(8)
        request.id = id  # type: ignore[attr-defined]
        response = self.get_response(request)
        took = time.monotonic() - began
        response.headers["X-Request-ID"] = id
        method = request.method if request.method in _METHODS else "other"
        route, status = route_of(request), response.status_code
        metrics.REQUESTS.labels(route, method, status).inc()
        metrics.SECONDS.labels(route).observe(took)
        said = {"request": id, "route": route, "method": method, "status": status}
        _log.info("answered", extra={"said": said | {"ms": round(1000 * took)}})
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer 400 to what the database cannot hold: a NUL, a text that is too long."""
        return bad_request(request, exception) if isinstance(exception, DataError) else None

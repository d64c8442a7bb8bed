"""The log of the pages as JSON lines. Loaded before any table is: logging is set up first."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest


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

"""A shoot while it is made, told to whoever looks at its board: server-sent events.

The database is the source, so that it does not matter which process makes the pictures. An answer
lasts seconds and holds nothing while it waits; a browser asks again by itself, and says what it has
seen (`Last-Event-ID`), so that only what changed is told. Once all are made, and what is asked for
went out, it is told to stop.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any

from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET

from sosie.core.values import canonical
from sosie.services import board, making, releasing
from sosie.services import shoot as shoots
from sosie.store.models import Shoot
from sosie.web.rights import requires
from sosie.web.workspace import now

MOST = 4
"""Long answers at the same time: half of the threads of a process (`deploy/gunicorn.conf.py`)."""
STAYS = BoundedSemaphore(MOST)
"""Answers that last at the same time: each takes a thread. Whoever comes beyond is told once, and
asks again later."""
LASTS, LOOKS = 25.0, 1.0
"""Seconds that an answer lasts, and between two looks at the database."""
AGAIN, LATER = 1000, 5000
"""Milliseconds after which a browser asks again; where there is no place to stay."""


def told(shoot: Shoot) -> dict[str, Any]:
    """Return what the head of a board tells: how far the shoot is, and who is at work."""
    count, work = board.count(shoot), making.of(shoot, now=now())
    done = count.made + count.failed + (work.share if work.picture else 0.0)
    return {
        "shoot": shoot,
        "count": count,
        "making": work,
        "done": f"{done:.2f}",
        "asked": releasing.going_on(shoot),
        "releasable": bool(releasing.releasable(shoot)),
    }


def known_by(shoot: Shoot) -> str:
    """Return what somebody who sees the board as it is has seen."""
    return f"{_head(told(shoot))}.{board.marks(shoot)}"


def _head(said: dict[str, Any]) -> str:
    """Return a few letters that are others once the head would say something else."""
    work, count = said["making"], said["count"]
    parts = (
        *(count.made, count.failed, count.left, said["shoot"].paused, work.started),
        *(
            said["asked"],
            said["releasable"],
            said["done"],
            work.picture,
            work.what if work.picture else "",
        ),
    )
    return hashlib.sha256(canonical(list(map(str, parts)))).hexdigest()[:12]


@requires("shoot", shoots.known)
@require_GET
def events(request: HttpRequest, shoot: Shoot) -> StreamingHttpResponse:
    """Tell what changes on a board while its pictures are made."""
    seen = request.headers.get("Last-Event-ID") or request.GET.get("known", "")
    response = StreamingHttpResponse(
        _told(request, shoot, seen, get_language()), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["X-Accel-Buffering"] = "no"  # a server in front passes it on at once
    return response


def _told(request: HttpRequest, shoot: Shoot, seen: str, language: str | None) -> Iterator[str]:
    stays = STAYS.acquire(blocking=False)
    try:
        yield f"retry: {AGAIN if stays else LATER}\n\n"
        end = time.monotonic() + LASTS
        while True:
            shoot.refresh_from_db(fields=["paused"])
            said, marks = told(shoot), board.marks(shoot)
            head, _, cards = seen.partition(".")
            seen = f"{_head(said)}.{marks}"
            if seen != f"{head}.{cards}":
                with override(language):  # what chose it is over once this is read
                    drawn = _drawn(request, said, cards, marks)
                yield f"id: {seen}\nevent: board\ndata: {drawn}\n\n"
            else:
                yield ":\n\n"  # whoever went away is noticed
            if not said["count"].left and not said["asked"]:
                yield "event: end\ndata:\n\n"
                return
            connection.close_if_unusable_or_obsolete()
            if not stays or time.monotonic() >= end:
                return
            time.sleep(LOOKS)
    finally:
        if stays:
            STAYS.release()


def _drawn(request: HttpRequest, said: dict[str, Any], seen: str, marks: str) -> str:
    """Return the head of a board and the cards that changed, as HTML in one line of JSON."""
    cards = board.changed(said["shoot"], seen, marks)
    drawn = {
        card.picture.pk: render_to_string("sosie/board_card.html", {"card": card}, request)
        for card in cards
    }
    return json.dumps(
        {"head": render_to_string("sosie/board_head.html", said, request), "cards": drawn}
    )

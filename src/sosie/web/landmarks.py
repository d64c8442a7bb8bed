"""The points of a photograph of hers: looked at, moved, and judged as a capture judges them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from sosie.core.capture import look
from sosie.core.landmarks import correct
from sosie.core.studio import Card
from sosie.core.twin import LANDMARKS, VIEWS
from sosie.core.values import BadInput, Digest, Reason
from sosie.services import twin as twin_service
from sosie.store.models import Plate
from sosie.web.names import _N
from sosie.web.rights import requires
from sosie.web.strangers import LOOKING, PATIENCE, Busy, place
from sosie.web.templatetags.spoken import words
from sosie.web.workspace import outside

Spot = tuple[int, int] | None


@requires("photograph", twin_service.plate)
@require_http_methods(["GET", "HEAD", "POST"])
def points(request: HttpRequest, plate: Plate) -> HttpResponse:
    """Show the points of a photograph; judge where she moved them, and say how they become those
    of her next capture. A version that stands keeps its own: pictures were made with them."""
    if not plate.card["landmarks"]:
        raise Http404("erased")
    card = Card.model_validate(plate.card)
    if request.method != "POST":
        return _page(request, plate, card)
    try:
        moved = correct(card, {name: spot(request, name) for name in LANDMARKS})
    except BadInput as error:
        bad = HTTPStatus.BAD_REQUEST
        return _page(request, plate, card, status=bad, problem=misplaced(error))
    try:
        changes, reasons, command = judged(plate, card, moved)
    except Busy:
        busy = HTTPStatus.SERVICE_UNAVAILABLE
        problem = gettext("Other pictures are being checked. Try again in a moment.")
        return _page(request, plate, moved, status=busy, problem=problem)
    return _page(
        request, plate, moved, judged=True, reasons=reasons, changes=changes, command=command
    )


def judged(
    plate: Plate, card: Card, moved: Card
) -> tuple[dict[str, Spot], tuple[Reason, ...], str]:
    """Return which points were moved, why a capture would refuse them, and the command that moves
    them where it would not. Raises ``Busy`` where others are looked at."""
    changes = {
        name: spot for name, spot in moved.landmarks.items() if spot != card.landmarks.get(name)
    }
    with place(LOOKING, patience=PATIENCE):
        file = outside().blobs.get(Digest(plate.digest))
        pixels = outside().pictures.decode(file, where=plate.name)
        reasons = look(plate.name, pixels, moved).reasons
    return changes, reasons, _command(plate, changes) if changes and not reasons else ""


def spot(request: HttpRequest, name: str) -> Spot:
    """Return where she says that a point is. Raises ``BadInput`` for what is no place."""
    x, y = (request.POST.get(f"{name}.{axis}", "").strip() for axis in "xy")
    if not x and not y:
        return None
    if not (x.isdecimal() and y.isdecimal() and len(x) < 7 and len(y) < 7):
        raise BadInput(
            _N("this is no place in the picture"),
            where=name,
            remedy=_N("give pixels from the left and from the top, or leave both empty"),
        )
    return int(x), int(y)


def misplaced(error: BadInput) -> str:
    """Return which point is in no place of the picture, and what to do: as a sentence."""
    return f"{words(error.where)}: {error.what}; {error.remedy}"


def _command(plate: Plate, changes: dict[str, Spot]) -> str:
    """Return the command that moves the points of a card in a capture folder."""
    sets = [
        f"--set {name}={f'{spot[0]},{spot[1]}' if spot else 'none'}"
        for name, spot in changes.items()
    ]
    return f"sosie twin landmarks {plate.name}.jpg {' '.join(sets)}"


def _page(
    request: HttpRequest, plate: Plate, card: Card, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    needed = VIEWS[card.view].needed if card.view in VIEWS else ()
    context = {
        "plate": plate,
        "size": card.size,
        "radius": max(6, round(min(card.size) / 70)),
        "points": [
            {"name": name, "spot": card.landmarks.get(name), "needed": name in needed}
            for name in LANDMARKS
        ],
        **more,
    }
    return render(request, "sosie/points.html", context, status=status)

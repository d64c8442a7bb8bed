"""The points of a photograph of a model's own: read, and judged where she moves them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from sosie.core.api import Said
from sosie.core.api_capture import LandmarksSaid
from sosie.core.api_requests import ToJudge
from sosie.core.landmarks import correct
from sosie.core.scopes import Scope
from sosie.core.studio import Card
from sosie.core.twin import VIEWS
from sosie.services import twin as twins
from sosie.store.models import Plate
from sosie.web.api.access import Bearer, about
from sosie.web.api.problems import Stop
from sosie.web.landmarks import judged
from sosie.web.strangers import Busy

router = Router(tags=["yours"])
READ, TWIN = Bearer(Scope.READ), Bearer(Scope.TWIN)
_PATH = "/twins/{twin}/photographs/{name}/landmarks"


@router.get(_PATH, auth=READ, response=LandmarksSaid)
def landmarks(request: HttpRequest, twin: str, name: str) -> Any:
    """Tell the points of a photograph of the newest version of a twin of hers."""
    row = about(request, "photograph", twins.photograph(twin, name), name)
    return _said(row, Card.model_validate(row.card))


@router.post(_PATH, auth=TWIN, response=LandmarksSaid)
def judge_landmarks(request: HttpRequest, twin: str, name: str, body: ToJudge) -> Any:
    """Say what a capture would say of points that are moved, and how they become those of the next
    one. Nothing is written: a version that stands keeps its own, as pictures were made with them.
    """
    row = about(request, "photograph", twins.photograph(twin, name), name)
    card = Card.model_validate(row.card)
    moved = correct(card, body.landmarks)
    try:
        _changes, reasons, command = judged(row, card, moved)
    except Busy:
        raise Stop("api.busy", "others are being answered; ask again", wait=1) from None
    said = [Said(**reason.as_dict()) for reason in reasons]
    return _said(row, moved, reasons=said, command=command)


def _said(row: Plate, card: Card, **more: Any) -> LandmarksSaid:
    needed = list(VIEWS[card.view].needed) if card.view in VIEWS else []
    return LandmarksSaid(
        twin=row.twin_id,
        version=row.version,
        name=row.name,
        size=card.size,
        landmarks=dict(card.landmarks),
        needed=needed,
        **more,
    )

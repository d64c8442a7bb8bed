"""Places that releases go to by themselves, and how far each is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from sosie import wiring
from sosie.core.api import ErrandRow, Page, PlaceSaid
from sosie.core.api_requests import ToPlace
from sosie.core.scopes import Scope
from sosie.core.values import Refusal
from sosie.services import place as places
from sosie.store.places import Errand
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, party_of
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, paged
from sosie.web.api.problems import Stop, refused
from sosie.web.workspace import now, outside

router = Router(tags=["places"])
DELIVER = Bearer(Scope.DELIVER)


@router.get("/places", auth=DELIVER, response=list[PlaceSaid])
def list_places(request: HttpRequest) -> Any:
    """List the places of the brand."""
    return places.listed(places.of({party_of(request, "library").pk}))


@router.post("/places", auth=DELIVER, response=PlaceSaid)
def name_place(request: HttpRequest, body: ToPlace, key: Key) -> HttpResponse:
    """Name a place for what is released on a channel from now on: a bucket, or a webhook, whose
    secret `sosie place add` and the page tell."""
    brand = party_of(request, "library").pk
    if not settings.HOUSE_PASSPHRASE:
        raise Stop("act.closed", "this server was started to be read, not to keep secrets")

    def act() -> HttpResponse:
        made = places.name(
            outside(), brand=brand, private=wiring.private_places(), now=now(), **dict(body)
        )
        return refused(made) if isinstance(made, Refusal) else _place(made.pk)

    return acts.once(request, key, act)


@router.post("/places/{place}/end", auth=DELIVER, response=PlaceSaid)
def end_place(request: HttpRequest, place: str, key: Key) -> HttpResponse:
    """Send nothing new to a place; what went there is still taken down when it must be."""
    row = about(request, "place", places.known(place), place)

    def act() -> HttpResponse:
        ended = places.end(outside(), row.pk, now=now())
        return refused(ended) if isinstance(ended, Refusal) else _place(row.pk)

    return acts.once(request, key, act)


@router.get("/errands", auth=DELIVER, response=Page[ErrandRow])
def list_errands(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List what is or was to be sent and taken down, with how far it is."""
    rows = Errand.objects.filter(place__brand=party_of(request, "library").pk)

    def told(among: Q) -> list[dict[str, Any]]:
        return places.said(places.errands(among))

    return paged(request, rows, told, key="errand", cursor=cursor, limit=limit)


@router.post("/errands/{errand}/acknowledged", auth=DELIVER, response=ErrandRow)
def acknowledge(request: HttpRequest, errand: int, key: Key) -> HttpResponse:
    """Say that what was delivered to a place was done there: it is up, or it is down."""
    row = about(request, "errand", _errand(errand), errand)
    return acts.once(request, key, lambda: _told(places.acknowledge(outside(), row.pk, now=now())))


@router.post("/errands/{errand}/again", auth=DELIVER, response=ErrandRow)
def try_again(request: HttpRequest, errand: int, key: Key) -> HttpResponse:
    """Try what failed again."""
    row = about(request, "errand", _errand(errand), errand)
    return acts.once(request, key, lambda: _told(places.again(row.pk)))


def _errand(id: int) -> Errand | None:
    return places.errand(id) if 0 < id < 2**63 else None


def _told(row: Errand | Refusal) -> HttpResponse:
    if isinstance(row, Refusal):
        return refused(row)
    (said,) = places.said(places.errands(Q(pk=row.pk)))
    return acts.made(ErrandRow(**said), HTTPStatus.OK)


def _place(id: str) -> HttpResponse:
    (said,) = places.listed(filter(None, [places.known(id)]))
    return acts.made(PlaceSaid(**said), HTTPStatus.OK)

"""Twins as brands see them: what each model shows, and which are what a brand looks for."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from sosie.core.api import LookSaid, Page
from sosie.core.api_requests import ToFind, ToList
from sosie.core.file_format import FileFormat
from sosie.core.listing import Card, Listing, Wanted, fits
from sosie.core.scopes import Scope
from sosie.core.values import Digest
from sosie.services import board
from sosie.services import listing as listings
from sosie.services import twin as twins
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, party_of
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, sliced
from sosie.web.api.problems import Stop
from sosie.web.views import SMALL
from sosie.web.workspace import now, outside

router = Router(tags=["finding twins"], by_alias=True)
READ = Bearer(Scope.READ)


@router.get("/listings", auth=READ, response=Page[LookSaid])
def find(
    request: HttpRequest,
    wanted: Annotated[ToFind, Query()],
    cursor: Cursor = "",
    limit: Limit = MANY,
) -> Any:
    """List the twins that a brand finds and that are what it looks for, by name; then those whose
    models do not show what would tell."""
    brands, at = {party_of(request, "find").pk}, now()
    fit, unsaid = listings.search(brands, _wanted(wanted), now=at)
    rows = [(True, card) for card in fit] + [(None, card) for card in unsaid]
    return sliced(request, rows, _row, place=_place, cursor=cursor, limit=limit)


@router.get("/listings/{twin}", auth=READ, response=LookSaid)
def look(request: HttpRequest, twin: str, wanted: Annotated[ToFind, Query()]) -> Any:
    """Tell of one twin what a brand sees."""
    card = _card(request, twin)
    return _said(card, fits=fits(card, _wanted(wanted), on=now().date()))


@router.get("/listings/{twin}/photographs/{name}", auth=READ)
def listed_photograph(request: HttpRequest, twin: str, name: str) -> HttpResponse:
    """Return a photograph that brands may see: WebP, as small as a page shows it."""
    brands = {party_of(request, "find").pk}
    plate = listings.photograph(brands, twin, name, now=now())
    try:
        data = outside().blobs.get(Digest(plate.digest)) if plate else b""
    except LookupError:
        data = b""
    if not data:
        raise Stop("api.absent", f"brands see no photograph `{name}` of `{twin}`")
    small = board.small(outside(), data, wide=SMALL)
    return HttpResponse(small, content_type=FileFormat.WEBP.media_type)


@router.get("/twins/{twin}/listing", auth=READ, response=Listing)
def listing(request: HttpRequest, twin: str) -> Any:
    """Tell a model what brands see of her twin (`listing/1`)."""
    return listings.of(about(request, "own-twin", twins.known(twin), twin).pk)


@router.post("/twins/{twin}/listing", auth=Bearer(Scope.TWIN), response={201: Listing})
def list_twin(request: HttpRequest, twin: str, body: ToList, key: Key) -> HttpResponse:
    """Say what brands see of a twin from now on, as its model."""
    row = about(request, "own-twin", twins.known(twin), twin)
    call = partial(listings.put, twin=row.pk, listing=body.listing)
    return acts.signed(request, key, body.signature, call, lambda _: listings.of(row.pk))


def _wanted(said: ToFind) -> Wanted:
    return Wanted(
        looks=said.looks,
        height=(said.height_from, said.height_to),
        waist=(said.waist_from, said.waist_to),
        purpose=said.purpose,
        channel=said.channel,
        territory=said.territory,
        category=said.category.strip(),
        rate=said.rate,
        currency=said.currency,
    )


def _card(request: HttpRequest, twin: str) -> Card:
    brands = {party_of(request, "find").pk}
    card = listings.card(brands, twin, now=now())
    if card is None:
        raise Stop("api.absent", f"there is no `{twin}` that brands find")
    return card


def _place(row: tuple[bool | None, Card]) -> tuple[str, ...]:
    known, card = row
    return ("a" if known else "b", card.name.casefold(), card.twin)


def _row(row: tuple[bool | None, Card]) -> LookSaid:
    known, card = row
    return _said(card, fits=known)


def _said(card: Card, *, fits: bool | None) -> LookSaid:
    least = card.least
    return LookSaid(
        twin=card.twin,
        name=card.name,
        fits=fits,
        words=card.words,
        looks=list(card.looks),
        photographs=list(card.photographs),
        measurements=dict(card.measurements),
        never=card.never.as_json() if card.never else None,
        least=f"{least.per_picture:.2f} {least.currency}" if least else None,
        engaged=None
        if card.engaged is None
        else [each.model_dump(mode="json") for each in card.engaged],
    )

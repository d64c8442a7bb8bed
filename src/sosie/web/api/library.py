"""The library of a brand: its sealed pictures, what of them must come down, and what goes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sosie.core.api import Page, RenditionRow, ShelfRow, TakeDownRow
from sosie.core.scopes import Scope
from sosie.services import channel
from sosie.services import library as shelves
from sosie.services import license as licenses
from sosie.services import pack as packs
from sosie.services import release as releases
from sosie.services.library import Shelved
from sosie.web.api.access import Bearer, about, party_of
from sosie.web.api.paging import MANY, Cursor, Limit, grouped, paged
from sosie.web.api.problems import given
from sosie.web.workspace import now, outside, site

router = Router(tags=["library"])
READ, DELIVER = Bearer(Scope.READ), Bearer(Scope.DELIVER)


class Shelf(BaseModel):
    """Which pictures are asked for; what is left out does not narrow."""

    search: Annotated[str, Field(max_length=100)] = ""
    state: Literal["", "in_force", "ends_soon", "not_yet", "rests", "ended", "revoked"] = ""
    """How the license stands."""
    twin: Annotated[str, Field(max_length=100)] = ""


@router.get("/library", auth=READ, response=Page[ShelfRow])
def library(
    request: HttpRequest, shelf: Annotated[Shelf, Query()], cursor: Cursor = "", limit: Limit = MANY
) -> Any:
    """List the sealed pictures of a brand, each with how its license stands and what went out."""
    brands = {party_of(request, "library").pk}
    held = shelves.held(brands, now=now())
    rows = shelves.find(brands, held, **shelf.model_dump())

    def told(among: Q) -> list[dict[str, Any]]:
        return [_shelf(each) for each in shelves.shelved(list(rows.filter(among)), held)]

    return paged(
        request, rows, told, key="picture", cursor=cursor, limit=limit, sequence=shelves.MADE
    )


@router.get("/take-downs", auth=READ, response=Page[TakeDownRow])
def take_downs(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List what is still out and must come down, the earliest first. That something is down is
    said by `/releases/{seal}/taken-down`."""
    found = channel.take_downs({party_of(request, "library").pk}, now=now())

    def told(some: Sequence[channel.TakeDown]) -> list[TakeDownRow]:
        return [TakeDownRow(**each.as_row()) for each in some]

    def after(due: str, *place: str) -> int:
        return found.after(date.fromisoformat(due), place)

    return grouped(request, found, told, place=_place, after=after, cursor=cursor, limit=limit)


@router.get("/releases/{seal}/package", auth=DELIVER)
def package(request: HttpRequest, seal: str) -> HttpResponse:
    """Return what went out under a seal, with its words and proofs: ZIP."""
    row = about(request, "library-file", releases.known(seal), seal)
    return given(shelves.package(outside(), row, now=now()), "application/zip")


@router.get("/releases/{seal}/label", auth=DELIVER)
def label(request: HttpRequest, seal: str) -> HttpResponse:
    """Return what is printed beside a picture, its disclosure and a QR code to its public page:
    PDF."""
    row = about(request, "library-file", releases.known(seal), seal)
    made = shelves.label(outside(), number=row.pk, site=site(request), now=now())
    return given(made, "application/pdf")


@router.get("/licenses/{license}/pack", auth=READ)
def pack(request: HttpRequest, license: str, picture: str = "") -> HttpResponse:
    """Return the compliance pack of a license, or of one picture of it, for whoever supervises:
    ZIP."""
    row = about(request, "pack", licenses.known(license), license)
    made = packs.make(outside(), license=row.pk, picture=picture, now=now())
    return given(made, "application/zip")


def _place(each: channel.TakeDown) -> tuple[str, ...]:
    return (each.due.isoformat(), each.channel, each.account, each.seal)


def _shelf(each: Shelved) -> dict[str, Any]:
    return ShelfRow(
        picture=each.picture,
        seal=each.seal,
        twin=each.twin,
        license=each.held.license,
        title=each.held.title,
        state=each.held.state,
        until=each.held.last,
        renditions=[RenditionRow(**asdict(rendition)) for rendition in each.renditions],
        take_down=each.due_down,
    ).model_dump()

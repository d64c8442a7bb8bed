"""What a party has: what waits for it, its twins, papers and money; and the log, which is all's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from sosie import wiring
from sosie.core.api import (
    LogSaid,
    Me,
    Page,
    PaperRow,
    StatementSaid,
    TwinRow,
    TwinSaid,
    Waiting,
)
from sosie.core.ledger import statement_json
from sosie.core.roles import Role
from sosie.core.scopes import Scope
from sosie.core.values import BadInput, Digest, Refusal
from sosie.services import ledger, log, paper
from sosie.services import today as days
from sosie.services import twin as twins
from sosie.store.models import Paper
from sosie.web.api.access import Bearer, about, allowed, holder, party_of
from sosie.web.api.paging import MANY, Cursor, Limit, paged, read
from sosie.web.api.problems import Stop, refused
from sosie.web.rights import parties
from sosie.web.workspace import now, outside

router = Router(tags=["yours"], by_alias=True)
READ = Bearer(Scope.READ)


@router.get("/me", auth=Bearer(), response=Me)
def me(request: HttpRequest) -> Any:
    """Say whom this token acts for, and what it may do."""
    row = holder(request)
    until = row.expires_at.date()
    kind = row.party.kind if row.party else "house"
    said = {"token": row.pk, "name": row.name, "party": row.party_id or "", "kind": kind}
    return Me(**said, scopes=row.scopes, until=until)


@router.get("/today", auth=READ, response=Page[Waiting])
def today(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List what waits for the party: captures, requests, contracts to sign, pictures to make or
    answer, files to take down. What waits for the house is a case: `/cases`."""
    party, at = party_of(request), now()
    model = partial(days.of_model, protocol=wiring.protocols()[-1])
    of: dict[str, Callable[..., Iterator[days.Waits]]]
    of = {"model": model, "agency": days.of_agency, "brand": days.of_brand}

    def waits(after: list[str] | None) -> Iterator[days.Waits]:
        place = (after[0], after[-1]) if after else None
        return of[party.kind]([party.pk], now=at, after=place)

    def place(each: days.Waits) -> days.Place:
        return each.what, each.about

    def told(each: days.Waits) -> Waiting:
        return Waiting(**asdict(each))

    return read(request, waits, told, place=place, cursor=cursor, limit=limit)


@router.get("/twins", auth=READ, response=list[TwinRow])
def list_twins(request: HttpRequest) -> Any:
    """List her twins, or those that an agency acts for."""
    token = allowed(request, "twin")
    rows = list(twins.seen_by(parties(token, Role.MODEL), parties(token, Role.BOOKER)))
    stand = twins.standings(rows)
    return [
        TwinRow(
            twin=row.pk,
            owner=row.owner_id,
            shown_as=row.shown_as,
            standing=stand[row.pk],
        )
        for row in rows
    ]


@router.get("/twins/{twin}", auth=READ, response=TwinSaid)
def twin(request: HttpRequest, twin: str) -> Any:
    """Tell what is known of a twin: versions, plates, marks, how it stands."""
    row = about(request, "twin", twins.known(twin), twin)
    said = twins.show(row.pk)
    return refused(said) if isinstance(said, Refusal) else said


@router.get("/papers", auth=READ, response=Page[PaperRow])
def papers(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List the papers of the party, forever."""
    party = party_of(request).pk

    def told(among: Q) -> list[dict[str, Any]]:
        return paper.held(party, among=among)

    rows = Paper.objects.filter(party=party)
    return paged(request, rows, told, key="paper", cursor=cursor, limit=limit)


@router.get("/papers/{paper}/file", auth=READ)
def paper_file(request: HttpRequest, paper: int) -> HttpResponse:
    """Return a paper of the party: PDF."""
    party = party_of(request).pk
    row = Paper.objects.filter(pk=paper, party=party).first()
    if row is None:
        raise Stop("api.absent", f"`{party}` has no paper {paper}")
    return HttpResponse(outside().blobs.get(Digest(row.file)), content_type="application/pdf")


@router.get("/statement", auth=READ, response=StatementSaid)
def statement(
    request: HttpRequest,
    first: Annotated[date, Query(alias="from")],
    until: Annotated[date, Query(description="the last day, inside")],
) -> Any:
    """State what the party earned, what was deducted on what basis, and what is owed."""
    found = ledger.statement(party=party_of(request).pk, first=first, last=until)
    return refused(found) if isinstance(found, Refusal) else statement_json(found)


@router.get("/log", auth=READ, response=LogSaid)
def checkpoint(request: HttpRequest) -> Any:
    """Tell the published checkpoint of the transparency log."""
    if asked := next(iter(request.GET), ""):
        raise BadInput(
            f"the log is told as one checkpoint, not page by page: it takes no `{asked}`",
            where=asked,
            remedy="leave it out; entries are listed at /log/entries.json",
        )
    here = outside()
    found = log.published(here)
    return LogSaid(size=found.size if found else 0, checkpoint=log.checkpoint_text(here))

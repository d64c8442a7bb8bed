"""What operators and case officers see and do, which is nothing that anybody signs: parties, who
and what acts for them, cases and history. A token of the house acts for the one who answers for
it, in her roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, cast
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sosie.account_store.models import Account, Invitation, OperatorAct
from sosie.core.api import FindingSaid, Page
from sosie.core.api_house import (
    AccessSaid,
    CaseRow,
    CaseSaid,
    Ended,
    EventRow,
    InvitationSaid,
    InvitedSaid,
    ListenerSaid,
    MemberSaid,
    OperatorActRow,
    PartyRow,
    PartySaid,
    PasskeySaid,
    SessionSaid,
    TokenSaid,
)
from sosie.core.api_requests import ToInvite
from sosie.core.scopes import Scope
from sosie.core.values import Refusal
from sosie.services import account as accounts
from sosie.services import admin, case, history
from sosie.services import law as laws
from sosie.services import party as parties
from sosie.services import token as tokens
from sosie.store.history import LogParty
from sosie.store.models import Party
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, allowed, holder
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, grouped, paged
from sosie.web.api.problems import refused
from sosie.web.workspace import now, site

router = Router(tags=["the house"])
PARTIES, CASES, OPERATE = Bearer(Scope.PARTIES), Bearer(Scope.CASES), Bearer(Scope.OPERATE)


class Wanted(BaseModel):
    """Which are asked for; what is left out does not narrow."""

    search: Annotated[str, Field(max_length=100)] = ""
    kind: Annotated[str, Field(max_length=20)] = ""

    def asked(self) -> dict[str, str]:
        """Return it as the services are asked."""
        return {"words": self.search, "kind": self.kind}


Asked = Annotated[Wanted, Query()]


@router.get("/parties", auth=PARTIES, response=Page[PartyRow])
def list_parties(
    request: HttpRequest,
    wanted: Asked,
    cursor: Cursor = "",
    limit: Limit = MANY,
) -> Any:
    """List the parties, with how many act for each and what is wrong with an agency."""
    allowed(request, "operate")

    def told(among: Q) -> list[dict[str, Any]]:
        return admin.shown(admin.find().filter(among), now=now())

    rows = Party.objects.filter(pk__in=admin.matching(**wanted.asked()).values("pk"))
    order = (F("joined_at"), F("pk"))
    return paged(request, rows, told, key="party", cursor=cursor, limit=limit, sequence=order)


@router.get("/parties/{party}", auth=PARTIES, response=PartySaid)
def party(request: HttpRequest, party: str) -> Any:
    """Tell of one party how it stands, its keys, and who and what acts for it."""
    row = about(request, "operate", parties.known(party), party)
    (said,) = admin.shown(admin.find().filter(pk=row.pk), now=now())
    agency = row.kind == Party.Kind.AGENCY
    findings = laws.of_agency(row, on=now().date()) if agency else ()
    return PartySaid(
        **said,
        address=row.address,
        died_on=row.died_on,
        keys=[
            PasskeySaid(name=each.name, since=each.registered_at)
            for each in row.passkeys.order_by("registered_at")
        ],
        findings=[FindingSaid.model_validate(each.as_dict()) for each in findings],
        access=_access(row),
    )


@router.get("/house", auth=PARTIES, response=AccessSaid)
def house(request: HttpRequest) -> Any:
    """Tell who and what acts for the house itself."""
    allowed(request, "operate")
    return _access(None)


@router.get("/parties/{party}/history", auth=PARTIES, response=Page[EventRow])
def party_history(
    request: HttpRequest, party: str, cursor: Cursor = "", limit: Limit = MANY
) -> Any:
    """List every entry of the log about a party, the newest first."""
    row = about(request, "operate", parties.known(party), party)
    return _history(request, history.of(row.pk), cursor, limit)


@router.get("/operator-acts", auth=PARTIES, response=Page[OperatorActRow])
def operator_acts(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List what operators did, the newest first."""
    allowed(request, "operate")

    def told(among: Q) -> list[dict[str, Any]]:
        return [_act(row).model_dump() for row in admin.acts().filter(among)]

    rows = OperatorAct.objects.all()
    return paged(request, rows, told, key="act", cursor=cursor, limit=limit)


@router.post("/parties/{party}/invitations", auth=OPERATE, response=InvitedSaid)
def invite(request: HttpRequest, party: str, body: ToInvite, key: Key) -> HttpResponse:
    """Invite somebody to act for a party in a role of its kind."""
    row = about(request, "operate", parties.known(party), party)
    return _invited(request, row.pk, body, key)


@router.post("/house/invitations", auth=OPERATE, response=InvitedSaid)
def invite_to_house(request: HttpRequest, body: ToInvite, key: Key) -> HttpResponse:
    """Invite somebody to act for the house, as an operator or a case officer."""
    allowed(request, "operate")
    return _invited(request, "", body, key)


@router.post("/invitations/{invitation}/withdraw", auth=OPERATE, response=Ended)
def withdraw(request: HttpRequest, invitation: UUID, key: Key) -> HttpResponse:
    """End an invitation that nobody used."""
    row = about(request, "operate", admin.invitation(invitation), invitation)
    act = partial(admin.withdraw, row, by=_me(request), now=now())
    return acts.once(request, key, lambda: _ended(act(), str(row.pk)))


@router.post("/sessions/{session}/end", auth=OPERATE, response=Ended)
def end_session(request: HttpRequest, session: int, key: Key) -> HttpResponse:
    """Sign somebody out of one browser."""
    allowed(request, "operate")

    def act() -> HttpResponse:  # asked again under its key, it is answered though it is gone
        row = about(request, "operate", admin.session(session), session)
        admin.end_session(row, by=_me(request), now=now())
        return _ended(None, str(session))

    return acts.once(request, key, act)


@router.post("/tokens/{token}/end", auth=OPERATE, response=Ended)
def end_token(request: HttpRequest, token: str, key: Key) -> HttpResponse:
    """Revoke a token of any party, or of the house: nothing is answered to it from now on."""
    row = about(request, "operate", tokens.known(token), token)
    act = partial(admin.end_token, row, by=_me(request), now=now())
    return acts.once(request, key, lambda: _ended(act(), row.pk))


@router.get("/cases", auth=CASES, response=Page[CaseRow])
def list_cases(
    request: HttpRequest,
    wanted: Asked,
    cursor: Cursor = "",
    limit: Limit = MANY,
) -> Any:
    """List what is open, the overdue first, then the longest open."""
    allowed(request, "cases")
    found = case.open_ones(**wanted.asked(), now=now())

    def told(some: Sequence[case.Case]) -> list[CaseRow]:
        return [CaseRow(**each.as_row()) for each in some]

    def place(each: case.Case) -> tuple[str, ...]:
        return str(int(each.overdue)), each.since, each.about, each.seal

    def after(overdue: str, since: str, *place: str) -> int:
        return found.after((overdue != "1", since), place)

    return grouped(request, found, told, place=place, after=after, cursor=cursor, limit=limit)


@router.get("/cases/{subject}", auth=CASES, response=CaseSaid)
def one_case(request: HttpRequest, subject: str) -> Any:
    """Tell what is open about a picture or a license."""
    found = about(request, "cases", case.known(subject), subject)
    open_ones = [CaseRow(**each.as_row()) for each in case.of(found, now=now())]
    return CaseSaid(**found._asdict(), open=open_ones)


@router.get("/cases/{subject}/history", auth=CASES, response=Page[EventRow])
def case_history(
    request: HttpRequest, subject: str, cursor: Cursor = "", limit: Limit = MANY
) -> Any:
    """List what happened to a picture or a license, the newest first."""
    found = about(request, "cases", case.known(subject), subject)
    return _history(request, history.of(found.model, **found.named), cursor, limit)


def _me(request: HttpRequest) -> Account:
    return cast("Account", holder(request).account)  # the rights here are the house's alone


def _invited(request: HttpRequest, party: str, body: ToInvite, key: str) -> HttpResponse:
    """Invite, and tell the link: it is made anew for each answer, since it lets in whoever has it,
    and what is answered is kept."""

    def act() -> HttpResponse:
        row = admin.invite(role=body.role, party=party, by=_me(request), now=now())
        if isinstance(row, Refusal):
            return refused(row)
        return acts.made(InvitedSaid(**_invitation(row).model_dump(), link=""), HTTPStatus.OK)

    response = acts.once(request, key, act)
    if response.status_code == HTTPStatus.OK:
        said = InvitedSaid.model_validate_json(response.content)
        row = cast("Invitation", admin.invitation(UUID(said.invitation)))
        said.link = f"{site(request)}/join/{accounts.token_of(row)}"
        response.content = said.model_dump_json().encode()
    return response


def _ended(result: object, id: str) -> HttpResponse:
    return (
        refused(result)
        if isinstance(result, Refusal)
        else acts.made(Ended(ended=id), HTTPStatus.OK)
    )


def _history(request: HttpRequest, rows: QuerySet[LogParty], cursor: str, limit: int) -> Any:
    def told(among: Q) -> list[dict[str, Any]]:
        found = rows.filter(among)
        return [{"row": row.pk, **asdict(history.event(row))} for row in found]

    order = (F("entry_id"),)
    return paged(request, rows, told, key="row", cursor=cursor, limit=limit, sequence=order)


def _access(party: Party | None) -> AccessSaid:
    found = admin.access(party, now=now())
    return AccessSaid(
        members=[
            MemberSaid(
                name=each.account.name,
                role=each.role,
                since=each.since,
                seen=each.account.last_login,
            )
            for each in found.members
        ],
        sessions=[
            SessionSaid(
                session=each.pk,
                name=each.user.name,
                device=each.user_agent,
                since=each.created_at,
            )
            for each in found.sessions
        ],
        invitations=[_invitation(each) for each in found.invitations],
        programs=[TokenSaid.model_validate(each) for each in found.tokens],
        hooks=[ListenerSaid(url=each.url, since=each.made_at) for each in found.hooks],
        acts=[_act(each) for each in found.acts],
    )


def _invitation(row: Invitation) -> InvitationSaid:
    return InvitationSaid(
        invitation=str(row.pk), party=row.party_id or "", role=row.role, until=row.expires_at
    )


def _act(row: OperatorAct) -> OperatorActRow:
    return OperatorActRow(
        act=row.pk,
        at=row.at,
        operator=row.account.name,
        what=row.what,
        party=row.party_id or "",
        about=row.about,
    )

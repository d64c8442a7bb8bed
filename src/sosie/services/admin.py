"""What operators see of the parties, and do about who signs in and which programs act.

Nothing here changes what anybody signed. Each act of an operator is recorded in the same
transaction, append-only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from sosie.account_store.models import Account, Hook, Invitation, Membership, OperatorAct, Token
from sosie.core.roles import Role
from sosie.core.values import Refusal
from sosie.services import account as accounts
from sosie.services import law as laws
from sosie.services import token as tokens
from sosie.store.models import Party

What = OperatorAct.What


def matching(words: str = "", kind: str = "") -> QuerySet[Party]:
    """Return the parties of a kind in which each of some words is found: id, name, place, number
    of registration."""
    rows = Party.objects.filter(kind=kind) if kind else Party.objects.all()
    for word in words.split():
        rows = rows.filter(
            Q(pk__icontains=word)
            | Q(name__icontains=word)
            | Q(place__icontains=word)
            | Q(registration__icontains=word)
        )
    return rows


def find(words: str = "", kind: str = "") -> QuerySet[Party]:
    """Return the parties of ``matching`` in order of id, with how many sign in and act for them."""
    return (
        matching(words, kind)
        .annotate(
            people=Count("members__account", distinct=True),
            keys=Count("passkeys", distinct=True),
            programs=Count("tokens", filter=Q(tokens__ended_at=None), distinct=True),
        )
        .order_by("pk")
    )


def shown(rows: Iterable[Party], *, now: datetime) -> list[dict[str, Any]]:
    """Return parties of ``find`` as plain values, agencies with what law says against their
    registration and bond."""
    return [
        {
            "party": row.pk,
            "kind": row.kind,
            "name": row.name,
            "place": row.place,
            "joined": row.joined_at.date().isoformat(),
            "registration": row.registration or ("exempt" if row.registration_exempt else ""),
            "registered_until": row.registered_until and row.registered_until.isoformat(),
            "bond_usd": row.bond_usd,
            "bond_until": row.bond_until and row.bond_until.isoformat(),
            "against": _against(row, now),
            "passkeys": row.keys,  # type: ignore[attr-defined]
            "people": row.people,  # type: ignore[attr-defined]
            "programs": row.programs,  # type: ignore[attr-defined]
        }
        for row in rows
    ]


def _against(row: Party, now: datetime) -> list[str]:
    if row.kind != Party.Kind.AGENCY:
        return []
    return [each.text for each in laws.of_agency(row, on=now.date()) if each.kept is False]


@dataclass(frozen=True, slots=True)
class Access:
    """Who signs in for a party or the house, from where, and which programs act for it."""

    members: list[Membership]
    sessions: list[UserSession]
    invitations: list[Invitation]
    tokens: list[dict[str, Any]]
    hooks: list[Hook]
    acts: list[OperatorAct]
    """What operators did about it, the newest first."""


def access(party: Party | None, *, now: datetime) -> Access:
    """Return who and what acts for a party; for the house where none is named."""
    id = party.pk if party else None
    members = Membership.objects.filter(party=id).select_related("account").order_by("role", "pk")
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    sessions = UserSession.objects.filter(user__memberships__party=id, session_key__in=alive)
    open_ones = Invitation.objects.filter(party=id, used_at=None, expires_at__gt=now)
    return Access(
        members=list(members),
        sessions=list(sessions.select_related("user").distinct().order_by("-created_at")),
        invitations=list(open_ones.order_by("expires_at")),
        tokens=tokens.listed(now=now, among=Q(party=party)),
        hooks=list(Hook.objects.filter(party=id, ended_at=None).order_by("made_at"))
        if party
        else [],
        acts=list(acts().filter(party=id)[:_NEWEST]),
    )


_NEWEST = 20


def acts() -> QuerySet[OperatorAct]:
    """Return what operators did, the newest first."""
    return OperatorAct.objects.select_related("account", "party").order_by("-pk")


def invite(*, role: Role, party: str, by: Account, now: datetime) -> Invitation | Refusal:
    """Invite somebody to act for a party, or for the house, in a role."""
    with transaction.atomic():
        made = accounts.invite(role=role, party=party, now=now)
        if not isinstance(made, Refusal):
            _record(What.INVITED, made.party_id, role.words, by, now)
        return made


def withdraw(invitation: Invitation, *, by: Account, now: datetime) -> Invitation | Refusal:
    """End an invitation that nobody used."""
    with transaction.atomic():
        ended = accounts.withdraw(invitation, now=now)
        if not isinstance(ended, Refusal):
            _record(What.WITHDREW, ended.party_id, Role(ended.role).words, by, now)
        return ended


def end_session(session: UserSession, *, by: Account, now: datetime) -> None:
    """Sign somebody out of one browser."""
    with transaction.atomic():
        party = session.user.memberships.values_list("party", flat=True).first()
        _record(What.ENDED_SESSION, party, session.user.name, by, now)
        session.end()


def end_token(token: Token, *, by: Account, now: datetime) -> Token | Refusal:
    """Revoke a token: nothing is answered to it from now on."""
    with transaction.atomic():
        ended = tokens.end(token.pk, now=now)
        if not isinstance(ended, Refusal):
            _record(What.REVOKED, token.party_id, f"{token.pk}, {token.name}", by, now)
        return ended


def _record(what: What, party: str | None, about: str, by: Account, now: datetime) -> None:
    OperatorAct.objects.create(account=by, what=what, party_id=party, about=about[:200], at=now)


def invitation(id: UUID) -> Invitation | None:
    """Return an invitation by its id, if there is one."""
    return Invitation.objects.filter(pk=id).first()


def session(id: int) -> UserSession | None:
    """Return the session of anybody, if there is one of this number."""
    return UserSession.objects.select_related("user").filter(pk=id).first()

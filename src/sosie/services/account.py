"""Accounts: who may sign in, for whom and in which role; invited, never registered unasked."""

from __future__ import annotations

from base64 import b32encode
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import transaction

from sosie.account_store.models import Account, Invitation, Membership
from sosie.core.ports import Outside
from sosie.core.roles import HOUSE, Role, kind_for
from sosie.core.values import Refusal
from sosie.store.models import Party

DAYS = 7
"""For which an invitation stands where nobody says otherwise."""
_SIGNER_SALT = "sosie.invitation/1"
_NO_SUCH = "this link leads nowhere: ask for a new invitation"


def invite(*, role: Role, party: str, days: int = DAYS, now: datetime) -> Invitation | Refusal:
    """Invite somebody to act for a party in a role, or (``party`` empty) for the house."""
    kind = kind_for(role)
    row = Party.objects.filter(pk=party).first()
    if kind == HOUSE and party:
        text = f"the role `{role}` is of the house itself: name no party"
        return Refusal.because("invitation.role", text)
    if kind != HOUSE and row is None:
        return Refusal.because("party.unknown", f"no {kind} `{party}` has joined this workspace")
    if row is not None and row.kind != kind:
        text = f"`{party}` is a {row.kind}: the role `{role}` is one of a {kind}"
        return Refusal.because("invitation.role", text)
    expires = now + timedelta(days=days)
    return Invitation.objects.create(party=row, role=role, made_at=now, expires_at=expires)


def token_of(invitation: Invitation) -> str:
    """Return what the link of an invitation holds: its id, signed by this workspace."""
    return _signer().sign(invitation.pk.hex)


def invited(token: str, *, now: datetime) -> Invitation | Refusal:
    """Return the invitation that a link leads to, if it can still be used."""
    try:
        id = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return Refusal.because("invitation.unknown", _NO_SUCH)
    row = Invitation.objects.select_related("party").filter(pk=id).first()
    if row is None:
        return Refusal.because("invitation.unknown", _NO_SUCH)
    if row.used_at is not None:
        text = "this invitation was used: sign in, or ask for a new one"
        return Refusal.because("invitation.used", text)
    if row.expires_at <= now:
        return Refusal.because(
            "invitation.expired", "this invitation has expired: ask for a new one"
        )
    return row


def prepared(outside: Outside, *, name: str, now: datetime) -> Account:
    """Return an account that is not stored yet: a passkey is made for its id."""
    number = b32encode(outside.random(5)).decode()
    return Account(number=f"{number[:4]}-{number[4:]}", name=name, joined_at=now)


def accept(*, invitation: Invitation, account: Account, now: datetime) -> Membership | Refusal:
    """Make an account the member that an invitation is for, which can be used once; one that was
    only prepared is stored with it."""
    with transaction.atomic():
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if row.used_at is not None or row.expires_at <= now:
            return Refusal.because("invitation.used", "this invitation was used meanwhile")
        if account._state.adding:
            account.save(force_insert=True)
        elif account.memberships.filter(party=row.party_id, role=row.role).exists():
            return Refusal.because("invitation.member", "you have this role already")
        row.used_at, row.account = now, account
        row.save(update_fields=["used_at", "account"])
        return Membership.objects.create(
            account=account, party_id=invitation.party_id, role=invitation.role, since=now
        )


def withdraw(invitation: Invitation, *, now: datetime) -> Invitation | Refusal:
    """End an invitation that nobody used: its link leads nowhere from now on."""
    open_ones = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now)
    if not open_ones.update(expires_at=now, withdrawn_at=now):
        if Invitation.objects.filter(pk=invitation.pk, withdrawn_at__isnull=False).exists():
            text = "this invitation was withdrawn already"
            return Refusal.because("invitation.withdrawn", text)
        return Refusal.because("invitation.used", "this invitation was used, or has expired")
    return Invitation.objects.get(pk=invitation.pk)


def speak(account: Account, *, language: str) -> None:
    """Keep in which language the pages speak to somebody."""
    account.language = language
    account.save(update_fields=["language"])


def members(newest: int | None = None) -> list[dict[str, Any]]:
    """Return everybody who may sign in, with party and role, as plain values; or some who joined
    last, the newest first."""
    order = ("party_id", "role", "id") if newest is None else ("-id",)
    rows = Membership.objects.select_related("account", "party").order_by(*order)[:newest]
    return [
        {
            "name": row.account.name,
            "party": row.party.name if row.party else "",
            "role": Role(row.role).words,
            "since": row.since,
            "seen": row.account.last_login,
        }
        for row in rows
    ]


def open_invitations(*, now: datetime) -> list[dict[str, Any]]:
    """Return the invitations that can still be used, as plain values; their links are not told."""
    rows = Invitation.objects.select_related("party").filter(
        used_at__isnull=True, expires_at__gt=now
    )
    return [
        {
            "party": row.party.name if row.party else "",
            "role": Role(row.role).words,
            "until": row.expires_at,
        }
        for row in rows.order_by("expires_at")
    ]


def _signer() -> Signer:
    return Signer(sep=".", salt=_SIGNER_SALT)

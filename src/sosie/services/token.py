"""Tokens: made for a program of one party or of the house, with scopes, for some days; shown
once."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from sosie.account_store.models import Account, Token
from sosie.core.ports import Outside
from sosie.core.roles import HOUSE, Role
from sosie.core.scopes import Scope, scopes_of
from sosie.core.values import Refusal
from sosie.services import party as parties
from sosie.store.models import Party

DAYS, MOST_DAYS = 90, 366
"""For which a token stands where nobody says otherwise, and at most."""
_START = "sosie"
_USED = timedelta(hours=1)


class Made(NamedTuple):
    """A new token, and the text that is shown once."""

    row: Token
    text: str


def create(
    outside: Outside,
    *,
    party: str = "",
    account: str = "",
    scopes: Sequence[Scope],
    name: str,
    now: datetime,
    days: int = DAYS,
) -> Made | Refusal:
    """Make a token for a program that acts for a party, with some of the scopes of its kind; or
    (``account``: the number of who answers for it) for the house."""
    row, by = parties.known(party), None
    if bool(party) == bool(account):
        text = "name the party that it is for, or for the house the account of who answers for it"
        return Refusal.because("token.whose", text)
    if account:
        of_house = Q(number=account, memberships__party=None, memberships__isnull=False)
        by = Account.objects.filter(of_house).first()
        if by is None:
            text = f"nobody of the house has the number `{account}`: it stands on her account page"
            return Refusal.because("token.account", text)
    elif row is None:
        return Refusal.because("party.unknown", f"no party `{party}` has joined this workspace")
    had, whose = _had(row, by)
    if not scopes or not set(scopes) <= set(had):
        said = ", ".join(f"`{each}`" for each in had)
        return Refusal.because("token.scope", f"a token for {whose} has one or more of {said}")
    if not 1 <= days <= MOST_DAYS:
        return Refusal.because("token.days", f"a token stands for 1 to {MOST_DAYS} days")
    id = b32encode(outside.random(5)).decode().lower()
    text = f"{_START}_{id}_{outside.random(32).hex()}"
    made = Token.objects.create(
        id=id,
        party=row,
        account=by,
        name=name,
        scopes=[str(scope) for scope in Scope if scope in scopes],
        hash=_hash(text),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    return Made(made, text)


def _had(party: Party | None, account: Account | None) -> tuple[tuple[Scope, ...], str]:
    """Return which scopes a token can have, and as what: a kind of party, or roles in the house."""
    if party is not None:
        return scopes_of(party.kind), party.kind
    roles = [Role(each.role) for each in account.memberships.filter(party=None)] if account else []
    return scopes_of(HOUSE, roles), ", ".join(each.words for each in roles)


def holder(text: str, *, now: datetime) -> Token | None:
    """Return the token that a text is, if it stands; when it was used is noted to the hour."""
    id = text[len(_START) + 1 :].partition("_")[0]
    row = Token.objects.select_related("party", "account").filter(pk=id).first()
    if row is None or not hmac.compare_digest(row.hash, _hash(text)):
        return None
    if row.ended_at is not None or row.expires_at <= now:
        return None
    if row.account is not None and not row.account.is_active:
        return None
    if row.used_at is None or now - row.used_at >= _USED:
        Token.objects.filter(pk=id).update(used_at=now)
    return row


def end(token: str, *, now: datetime) -> Token | Refusal:
    """Revoke a token: nothing is answered to it from now on."""
    row = known(token)
    if row is None:
        return Refusal.because("token.unknown", f"no token `{token}` in this workspace")
    if row.ended_at is not None:
        return Refusal.because("token.ended", f"token `{token}` was revoked already")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    return row


def known(token: str) -> Token | None:
    """Return a token by its id, if there is one."""
    return Token.objects.select_related("party").filter(pk=token).first()


def listed(*, now: datetime, among: Q | None = None) -> list[dict[str, Any]]:
    """Return all tokens, or those among some, the newest first, as plain values; never what they
    are."""
    rows = Token.objects.filter(among or Q()).order_by("-made_at", "pk")
    return [
        {
            "token": row.pk,
            "party": row.party_id or "",
            "name": row.name,
            "scopes": row.scopes,
            "until": row.expires_at.date(),
            "used": row.used_at.date() if row.used_at else None,
            "stands": row.ended_at is None and row.expires_at > now,
        }
        for row in rows
    ]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Who asks: a token with its scopes, at most so often; and what its party may see."""

from __future__ import annotations

import time
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.security import HttpBearer
from rules.permissions import has_perm

from sosie.account_store.models import Token
from sosie.core.scopes import Scope
from sosie.services import token as tokens
from sosie.store.models import Party
from sosie.web.api.problems import Stop
from sosie.web.workspace import now

T = TypeVar("T")
_MINUTE = 60
_MOST, _MOST_FILES = 1024**2, 48 * 1024**2
"""Bytes of a body, and of one that may hold files."""
_WITH_FILES = (Scope.ORDER, Scope.TWIN)


class Bearer(HttpBearer):
    """Lets in whoever holds a token with a scope; with none any token will do."""

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """Return the token that was sent, if it stands; raises ``Stop`` where it may not. The body
        of whom is let in is read, and of nobody else."""
        row = tokens.holder(token, now=now())
        if row is None:
            return None
        _count(row)
        if self.scope is not None and self.scope not in row.scopes:
            text = f"token `{row.pk}` has no scope `{self.scope}`: it has {', '.join(row.scopes)}"
            raise Stop("api.scope", text)
        _read(request, _MOST_FILES if self.scope in _WITH_FILES else _MOST)
        return row


def _count(token: Token) -> None:
    """Count a request; raises ``Stop`` where a token asked too often in this minute."""
    minute, second = divmod(int(time.time()), _MINUTE)
    key = f"api:{token.pk}:{minute}"
    cache.add(key, 0, timeout=2 * _MINUTE)
    try:
        count = cache.incr(key)
    except ValueError:  # it gave way to others meanwhile
        count = 1
    if count > settings.API_REQUESTS_A_MINUTE:
        text = f"at most {settings.API_REQUESTS_A_MINUTE} requests a minute are answered"
        raise Stop("api.rate", text, wait=_MINUTE - second)


def _read(request: HttpRequest, most: int) -> None:
    """Read the body; one that is too great, or does not say how great, is not read."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not (said.isascii() and said.isdigit() and len(said) < 12 and int(said) <= most):
        raise Stop("api.size", f"send at most {most // 1024**2} MB, and say how long it is")
    request._body = request.read(int(said))


def holder(request: HttpRequest) -> Token:
    """Return the token of a request that was let in."""
    return cast("Token", request.auth)  # type: ignore[attr-defined]


def party_of(request: HttpRequest, right: str = "") -> Party:
    """Return the party that a program acts for; raises ``Stop`` where it has not the right, or acts
    for the house."""
    party = (allowed(request, right) if right else holder(request)).party
    if party is None:
        raise Stop("api.right", "this is for a party, and the house is none")
    return party


def allowed(request: HttpRequest, right: str) -> Token:
    """Return the token of a request; raises ``Stop`` where no party of its kind, or nobody in her
    roles, has a right."""
    token = holder(request)
    if not has_perm(right, token):
        text = f"{_whose(token)}, which this is not for"
        raise Stop("api.right", text)
    return token


def about(request: HttpRequest, right: str, thing: T | None, id: Any) -> T:
    """Return what a request is about; raises ``Stop`` where there is no such thing, and where it
    is another party's, with the same words."""
    token = allowed(request, right)
    if thing is None or not has_perm(right, token, thing):
        whose = f"`{token.party_id}`" if token.party_id else "the house"
        raise Stop("api.absent", f"there is no `{id}` that {whose} may see")
    return thing


def _whose(token: Token) -> str:
    if token.party is None:
        return "a program of the house has the roles of who answers for it"
    return f"`{token.party_id}` is of the kind `{token.party.kind}`"

"""Acts: asked for, signed by a passkey of the party, done once.

No server signs for a party. A request without a signature is answered with what would be signed
(202); the same request with the answer of a passkey is done, if it would still sign the very same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from django.conf import settings
from django.core.signing import BadSignature, dumps, loads
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import Header
from pydantic import BaseModel

from sosie.core.api import Asked
from sosie.core.api_requests import Signature
from sosie.core.values import Refusal
from sosie.services import kept_answer, passkey, signing
from sosie.web.api.access import holder, party_of
from sosie.web.api.problems import Stop, refused
from sosie.web.workspace import now, outside

T = TypeVar("T")
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=255,
        description="Made by you for this act: who sends it again is told the same, once done.",
    ),
]
_MINUTES = 10
_SALT = "sosie.ticket/1"
_JSON = "application/json"


def signed(
    request: HttpRequest,
    key: str,
    signature: Signature | None,
    act: Callable[..., T | Refusal],
    done: Callable[[T], BaseModel],
) -> HttpResponse:
    """Answer with what a passkey is to sign, or do it with what one signed.

    ``act``: a service, called with the outside and ``by``, ``passphrase``, ``now``; the passphrase
    is none, since nobody's key is opened here.
    """
    call = partial(act, by=party_of(request).pk, passphrase="", now=now())
    if signature is None:
        return _asked(request, call)
    return once(request, key, lambda: _done(_act(request, signature, call), done))


def once(request: HttpRequest, key: str, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Do something, or say again what was answered to the same request under the same key."""
    said = f"{request.method} {request.path}\n".encode() + request.body
    asked = hashlib.sha256(said).hexdigest()
    kept = kept_answer.begin(holder(request), key=key, request=asked, now=now())
    if isinstance(kept, Refusal):
        return refused(kept)
    if kept.status is not None:
        response = HttpResponse(bytes(kept.body), status=kept.status, content_type=kept.kind)
        response.headers["Idempotency-Replayed"] = "true"
        return response
    try:
        response = act()
        kind = response.headers["Content-Type"]
        kept_answer.finish(kept, status=response.status_code, kind=kind, body=response.content)
    except BaseException:
        kept_answer.drop(kept)
        raise
    return response


def made(form: BaseModel, status: HTTPStatus = HTTPStatus.CREATED) -> HttpResponse:
    """Return the answer to what was done."""
    return HttpResponse(form.model_dump_json(by_alias=True), status=status, content_type=_JSON)


def _done(result: T | Refusal, done: Callable[[T], BaseModel]) -> HttpResponse:
    return refused(result) if isinstance(result, Refusal) else made(done(result))


def _asked(request: HttpRequest, call: signing.Call[Any]) -> HttpResponse:
    asked = signing.ask(outside(), call)
    if isinstance(asked, Refusal):
        return refused(asked)
    among = _passkeys(asked.party)
    if not among:
        text = f"`{asked.party}` has no passkey: register one with `sosie party passkey`"
        return refused(Refusal.because("passkey.absent", text))
    said = {"asked": asdict(asked), "token": holder(request).pk, "path": request.path}
    form = Asked(
        party=asked.party,
        role=asked.role,
        document=asked.document,
        statement=asked.statement,
        ticket=dumps(said, salt=_SALT, compress=True),
        options={"publicKey": signing.options(outside(), asked, among=among)},
    )
    return made(form, HTTPStatus.ACCEPTED)


def _act(request: HttpRequest, signature: Signature, call: signing.Call[T]) -> T | Refusal:
    try:
        said = loads(signature.ticket, salt=_SALT, max_age=_MINUTES * 60)
    except BadSignature:
        said = {}
    if (said.get("token"), said.get("path")) != (holder(request).pk, request.path):
        text = "this ticket is none, is of another request, or has waited too long: ask anew"
        raise Stop("act.unknown", text)
    if not settings.HOUSE_PASSPHRASE:
        raise Stop("act.closed", "this server was started to be read, not to sign")
    asked = signing.Asked(**said["asked"])
    answer, among = json.dumps(signature.credential), _passkeys(asked.party)
    try:
        return signing.act(outside(), call, asked=asked, among=among, answer=answer)
    except IntegrityError:
        return Refusal.because("act.changed", "this was said meanwhile")


def _passkeys(party: str) -> list[bytes]:
    return [bytes.fromhex(each["credential"]) for each in passkey.of(party)]

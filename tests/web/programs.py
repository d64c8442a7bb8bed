"""Programs that use the API: each with a token of a party, and a passkey that signs for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes as unspelled

from sosie.account_store.models import Membership
from sosie.core.ports import Outside
from sosie.core.roles import HOUSE, Role
from sosie.core.scopes import Scope, scopes_of
from sosie.services import party as parties
from sosie.services import passkey, token
from tests.adapters.test_passkeys import Authenticator
from tests.services.conftest import NOW, granted
from tests.web.conftest import Person

API = "/api/v1"


@dataclass
class Program:
    """A program of one party, or of the house."""

    party: str
    text: str
    device: Authenticator | None = None

    def ask(
        self, method: str, path: str, body: object = None, *, key: str = "", text: str | None = None
    ) -> Any:
        """Ask for a path under the API; a write has a key of its own."""
        headers = {"host": "localhost:8000"}
        if shown := self.text if text is None else text:
            headers["authorization"] = f"Bearer {shown}"
        if method == "POST":
            headers["idempotency-key"] = key or uuid4().hex
        sent = json.dumps(body) if body is not None else ""
        return Client().generic(method, API + path, sent, "application/json", headers=headers)

    def get(self, path: str) -> Any:
        """Read what must be answered."""
        got = self.ask("GET", path)
        assert got.status_code == 200, got.content
        return got.json()

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for an act; return what is to be signed."""
        got = self.ask("POST", path, body)
        assert got.status_code == 202, got.content
        found: dict[str, Any] = got.json()
        return found

    def signed(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what the passkey of this program answers."""
        assert self.device is not None
        challenge = unspelled(asked["options"]["publicKey"]["challenge"])
        return {"ticket": asked["ticket"], "credential": json.loads(self.device.sign(challenge))}

    def act(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        """Ask for an act, sign it, and return the answer."""
        signature = self.signed(self.asked(path, body))
        return self.ask("POST", path, {**body, "signature": signature}, key=key)


def program(outside: Outside, party: str, *scopes: Scope, secret: str = "") -> Program:
    """Return a program of a party, with all scopes of its kind where none is named; with the
    party's passphrase its passkey signs."""
    row = parties.known(party)
    assert row is not None
    had = scopes or scopes_of(row.kind)
    made = granted(
        token.create(outside, party=party, scopes=had, name="a program", now=timezone.now())
    )
    return Program(party, made.text, signs(outside, party, secret) if secret else None)


def of_the_house(outside: Outside, person: Person, *scopes: Scope) -> Program:
    """Return a program for which somebody of the house answers, with all scopes where none is
    named: she had every role when it was made, and has her own."""
    also, new = Membership.objects.get_or_create(
        account=person.account,
        party=None,
        role=Role.OPERATOR,
        defaults={"since": timezone.now()},
    )
    made = granted(
        token.create(
            outside,
            account=person.account.number,
            scopes=scopes or scopes_of(HOUSE),
            name="a program",
            now=timezone.now(),
        )
    )
    if new:
        also.delete()
    return Program("", made.text)


def signs(outside: Outside, party: str, secret: str) -> Authenticator:
    """Return a device whose passkey signs for a party."""
    device = Authenticator()
    asked = granted(passkey.to_register(outside, by=party))
    made = device.register(unspelled(asked["options"]["challenge"]))
    answer = {"nonce": asked["nonce"], "credential": json.loads(made)}
    granted(
        passkey.register(
            outside, by=party, answer=answer, name="a device", passphrase=secret, now=NOW
        )
    )
    return device


def problem(got: HttpResponse) -> str:
    """Return the code of a problem."""
    assert got.headers["Content-Type"] == "application/problem+json", got.content
    said = json.loads(got.content)
    assert said["status"] == got.status_code
    assert said["code"] == said["reasons"][0]["code"]
    return str(said["code"])

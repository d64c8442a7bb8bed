"""A workspace with two of everybody, and people who joined it by invitation and passkey."""

from __future__ import annotations

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from allauth.core import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes as unspelled

from sosie import wiring
from sosie.account_store.models import Account
from sosie.core.ports import Outside
from sosie.core.roles import Role, kind_for
from sosie.core.values import Digest
from sosie.services import account as accounts
from sosie.services import party, seal
from sosie.store.models import Picture, Seal
from sosie.web import urls
from tests.adapters.test_passkeys import Authenticator
from tests.services.conftest import (
    LATER,
    NOW,
    SECRETS,
    answer,
    assembled,
    database,
    granted,
    keys_made_once,
    made,
    made_once,
    released_on_instagram,
    signed,
)

__all__ = ["keys_made_once", "made_once", "urls"]  # urls: every page is loaded
_SHOWN = ("account_authentication_methods", "account_authentication_methods_user")
"""Where a session holds how she showed that it is she."""
OWN = {"model": "ines", "agency": "atlas", "brand": "nord", "": ""}
"""Who is on the license under which the picture was made."""
OTHER = {"model": "zoe", "agency": "borealis", "brand": "sud", "": ""}


@dataclass(frozen=True)
class Shown:
    """What a workspace holds to be asked for."""

    outside: Outside
    license: str
    picture: str
    shoot: str


@pytest.fixture(scope="module")
def shown(
    made_once: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Shown]:
    """A workspace with a picture, and a second model, agency and brand who are no part of it."""
    import shutil

    folder = tmp_path_factory.mktemp("shown") / "workspace"
    shutil.copytree(made_once, folder)
    with database(folder, django_db_blocker), pytest.MonkeyPatch.context() as patch:
        # What is at stake here is no power cut: hundreds of sessions are written.
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA synchronous=OFF")
        outside = assembled(folder)
        license = signed(outside)
        (picture,) = made(outside, license, "three-quarter")
        for kind, id in OTHER.items():
            if kind:
                _join(outside, kind, id)
        for name, module in list(sys.modules.items()):
            if name.startswith("sosie.web.") and hasattr(module, "outside"):
                patch.setattr(module, "outside", lambda: outside)
        patch.setattr(settings, "HOUSE_PASSPHRASE", SECRETS["house"])
        patch.setattr(settings, "WORKSPACE", folder)
        patch.setattr(ratelimit, "consume_or_429", lambda *_, **__: None)
        with wiring.worker_present(folder):
            yield Shown(outside, license, picture, picture.rpartition("-")[0])


def _join(outside: Outside, kind: str, id: str) -> None:
    born: dict[str, Any] = {"born": date(1999, 2, 3)} if kind == "model" else {}
    granted(
        party.join(
            outside,
            kind=kind,
            id=id,
            name=id.title(),
            place="FR",
            passphrase="a secret of hers",
            now=NOW,
            **born,
        )
    )


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    """Each test starts with all of its tries to sign in."""
    cache.clear()


class Person:
    """Somebody who joined, with her device and a browser that is signed in."""

    def __init__(self, role: Role, side: dict[str, str]) -> None:
        self.device = Authenticator()
        self.client = Client(headers={"host": "localhost:8000"})
        row = granted(accounts.invite(role=role, party=side[kind_for(role)], now=timezone.now()))
        self.link = f"/join/{accounts.token_of(row)}"
        assert self.client.post(self.link, {"name": f"a {role.words}"}).status_code == 302
        self.joined = self.client.post(
            f"{self.link}/passkey", {"credential": self.made(f"{self.link}/passkey")}
        )
        session = self.client.session
        self.account = Account.objects.get(pk=session["_auth_user_id"])
        self._shown = {key: session[key] for key in _SHOWN}

    def browser(self) -> Client:
        """Return another browser in which she is signed in and has just shown that it is she."""
        client = Client(headers={"host": "localhost:8000"})
        client.force_login(self.account)
        session = client.session
        session.update(self._shown)
        session.save()
        return client

    def made(self, page: str) -> str:
        """Return the passkey that her device makes as a page asks for it."""
        text = self.client.get(page).content.decode()
        options = json.loads(unescape(text.split('data-options="')[1].split('"')[0]))
        return self.device.register(unspelled(options["publicKey"]["challenge"]))

    def signed(self, options: dict[str, Any], of: Account | None = None) -> str:
        """Return what her device signs as a page asks for it, as herself or in another's name."""
        said = json.loads(self.device.sign(unspelled(options["publicKey"]["challenge"])))
        handle = (of or self.account).pk.hex.encode()
        said["response"]["userHandle"] = urlsafe_b64encode(handle).rstrip(b"=").decode()
        return json.dumps(said)


@dataclass(frozen=True)
class Out:
    """A picture that went out, and one that was sealed and did not."""

    outside: Outside
    picture: str
    number: str
    """Of the rendition that went out."""
    master: str
    file: bytes
    kept: str
    """The seal of the other picture."""
    kept_file: bytes


@pytest.fixture(scope="module")
def out(shown: Shown) -> Out:
    """The workspace of ``shown`` with two sealed pictures, of which one was released."""
    outside = shown.outside
    (other,) = made(outside, Picture.objects.get(pk=shown.picture).license_id, "front-half")
    for each in (shown.picture, other):
        granted(answer(outside, each))
        granted(seal.seal(outside, picture=each, now=LATER))
    row = released_on_instagram(outside, shown.picture).seal
    kept = Seal.objects.get(picture=other)
    files = [outside.blobs.get(Digest(each.file)) for each in (row, kept)]
    master = str(row.master_id)
    return Out(outside, shown.picture, row.pk, master, files[0], kept.pk, files[1])

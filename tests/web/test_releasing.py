"""Seal and release on the pages and by the API: asked, told, and not asked in vain."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from sosie.core.roles import Role
from sosie.services import passkey as passkeys
from sosie.services import releasing
from sosie.store.models import Picture, Release
from sosie.store.studio import ReleaseRequest
from sosie.web import signing
from tests.services.conftest import LATER, SECRETS, answer, granted, made, signed
from tests.web.conftest import OWN, Person, Shown
from tests.web.programs import problem, program

SAID = {"channels": ["instagram"], "purpose": "organic_social", "territories": "FR, Germany"}
ASKED = {**SAID, "territories": ["FR", "DE"]}


@pytest.fixture(scope="module")
def brand(shown: Shown) -> Person:
    """A producer whose passkey signs for the brand."""
    person = Person(Role.PRODUCER, OWN)
    known: dict[str, Any] = {"by": "nord", "passphrase": SECRETS["nord"], "now": LATER}
    for name, key in signing.own_passkeys(person.account):
        granted(passkeys.adopt(shown.outside, made=key, name=name, **known))
    return person


@pytest.fixture
def approved(shown: Shown) -> str:
    """A picture that she said yes to."""
    (id,) = made(shown.outside, signed(shown.outside), "front-half")
    granted(answer(shown.outside, id))
    return id


def text(person: Person, page: str) -> str:
    got = person.client.get(page)
    assert got.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", got.content.decode())).split())


def sign(person: Person, page: str, said: dict[str, Any]) -> Any:
    """Say where it goes out, read what it costs, and sign."""
    got = person.client.post(page, {**said, "placements": "1"})
    html = got.content.decode()
    assert got.status_code == 200, html
    options = json.loads(unescape(html.split('data-options="')[1].split('"')[0]))
    (nonce,) = re.findall(r'name="nonce" value="([^"]+)"', html)
    sent = {**said, "placements": "1", "nonce": nonce, "credential": person.signed(options)}
    return html, person.client.post(page, sent)


def test_it_is_asked_told_and_done(shown: Shown, brand: Person, approved: str) -> None:
    shoot = approved.rpartition("-")[0]
    assert "Seal and release" in text(brand, f"/picture/{approved}")
    assert "Seal and release" in text(brand, f"/shoots/{shoot}")
    page = f"/shoots/{shoot}/release"
    assert approved in text(brand, page)
    html, done = sign(brand, page, {**SAID, "pictures": [approved]})
    assert "€240.00" in html
    assert "On Instagram, for unpaid posts on social media, in France, Germany" in html
    assert (done.status_code, done["Location"]) == (302, f"/shoots/{shoot}")
    for where in (f"/shoots/{shoot}", f"/picture/{approved}"):
        assert "It waits for its turn." in text(brand, where)
    assert "file is being sealed and released" in text(brand, "/")
    (row,) = ReleaseRequest.objects.filter(picture=approved)
    releasing.do(shown.outside, request=row.pk, now=LATER)
    assert f"Download {approved}" in brand.client.get(f"/shoots/{shoot}").content.decode()
    assert Release.objects.filter(seal__picture=approved).count() == 1
    assert "Nothing is ready" in text(brand, page)


def test_a_refusal_is_told_everywhere(shown: Shown, brand: Person, approved: str) -> None:
    sign(brand, f"/picture/{approved}/release", {**SAID, "pictures": [approved]})
    (row,) = ReleaseRequest.objects.filter(picture=approved)
    reasons = [{"code": "license.revoked", "text": "the license was revoked"}]
    ReleaseRequest.objects.filter(pk=row.pk).update(
        state="refused", reasons=reasons, ended_at=timezone.now()
    )
    for where in (f"/shoots/{approved.rpartition('-')[0]}", f"/picture/{approved}"):
        assert "The license was revoked" in text(brand, where)
    assert "file was not released" in text(brand, "/")


@pytest.mark.parametrize("missing", ["HOUSE_PASSPHRASE", "WORKSPACE"])
def test_nobody_asks_in_vain(
    shown: Shown, brand: Person, approved: str, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    nothing = {"HOUSE_PASSPHRASE": "", "WORKSPACE": settings.WORKSPACE / "elsewhere"}
    words = {"HOUSE_PASSPHRASE": "nothing is sealed here", "WORKSPACE": "no worker runs"}
    monkeypatch.setattr(settings, missing, nothing[missing])
    for ask in (brand.client.get, brand.client.post):
        page = ask(f"/picture/{approved}/release").content.decode()
        assert words[missing] in page
        assert "See what it costs" not in page
    noor = program(shown.outside, "nord", secret=SECRETS["nord"])
    got = noor.ask("POST", f"/pictures/{approved}/releases", ASKED)
    code = {"HOUSE_PASSPHRASE": "act.closed", "WORKSPACE": "release.no_worker"}[missing]
    assert (got.status_code, problem(got)) == (503, code)
    assert not ReleaseRequest.objects.filter(picture=approved).exists()


def test_a_program_asks_and_hears_how_far_it_is(shown: Shown, approved: str) -> None:
    noor = program(shown.outside, "nord", secret=SECRETS["nord"])
    path = f"/pictures/{approved}/releases"
    cost = noor.ask("POST", f"{path}/quote", ASKED).json()
    assert (cost["total"], cost["hers"], cost["reasons"]) == ("240.00 EUR", "192.00 EUR", [])
    assert noor.get(path) == {"picture": approved, "releases": []}
    said = noor.act(path, ASKED, key="once-and-only")
    assert said.status_code == 201, said.content
    (row,) = said.json()["releases"]
    assert (row["channel"], row["state"], row["seal"]) == ("instagram", "asked", None)
    again = noor.ask("POST", path, ASKED)
    assert (again.status_code, again.json()["code"]) == (409, "release.asked")
    (asked,) = ReleaseRequest.objects.filter(picture=approved)
    releasing.do(shown.outside, request=asked.pk, now=LATER)
    (row,) = noor.get(path)["releases"]
    assert row["state"] == "done"
    assert noor.ask("GET", f"/releases/{row['seal']}/package").status_code == 200
    abroad = noor.ask("POST", f"{path}/quote", {**ASKED, "territories": ["US"]}).json()
    assert [each["code"] for each in abroad["reasons"]] == ["territory.not_licensed"]
    assert Picture.objects.get(pk=approved).status == "sealed"

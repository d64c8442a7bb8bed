"""Joining by invitation, signing in by passkey, coming back by a recovery code."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from sosie.account_store.models import Account, Invitation, Membership
from sosie.core.roles import Role
from sosie.services import account as accounts
from tests.services.conftest import granted, refused
from tests.web.conftest import OWN, Person, Shown

LOCAL = {"host": "localhost:8000"}


@pytest.fixture
def ines(shown: Shown) -> Person:
    return Person(Role.MODEL, OWN)


def asked_to_sign(client: Client, page: str) -> dict[str, Any]:
    """Return what a page has a browser sign."""
    text = client.get(page).content.decode()
    found = json.loads(unescape(text.split('data-options="')[1].split('"')[0]))
    assert isinstance(found, dict)
    return found


def sign_in(client: Client, person: Person, of: Account | None = None) -> int:
    """Sign in by passkey; returns the status that the page answers a signed-in visitor with."""
    ajax = {"x-requested-with": "XMLHttpRequest"}
    options = client.get("/sign-in/passkey", headers=ajax).json()["request_options"]
    client.post("/sign-in/passkey", {"credential": person.signed(options, of)})
    return client.get("/account").status_code


def codes_on(page: str) -> list[str]:
    """Return the recovery codes that a page shows."""
    shown = page.partition('<ol class="codes">')[2].partition("</ol>")[0]
    return [each.replace(" ", "") for each in re.findall("<li>(.+?)</li>", shown)]


def test_she_joins_with_a_passkey_and_sees_her_codes_once(ines: Person) -> None:
    assert ines.joined.status_code == 302
    assert ines.joined["Location"] == "/account/codes"
    first = ines.client.get("/account/codes").content.decode()
    assert ines.account.number in first
    assert len(codes_on(first)) == 10
    again = ines.client.get("/account/codes").content.decode()
    assert codes_on(again) == []
    assert ines.client.get("/").status_code == 200
    held = Membership.objects.get(account=ines.account)
    assert (held.party_id, held.role) == ("ines", "model")


def test_an_invitation_works_once(shown: Shown, ines: Person) -> None:
    for page in (ines.link, f"{ines.link}/passkey"):
        for method in ("get", "post"):
            assert getattr(Client(headers=LOCAL), method)(page).status_code == 410
    row = Invitation.objects.get(account=ines.account)
    late = accounts.prepared(shown.outside, name="late", now=timezone.now())
    assert refused(accounts.accept(invitation=row, account=late, now=timezone.now())) == {
        "invitation.used"
    }
    assert not Account.objects.filter(pk=late.pk).exists()


def test_who_is_signed_in_takes_one_role_more(shown: Shown, ines: Person) -> None:
    def link(role: Role, party: str) -> str:
        row = granted(accounts.invite(role=role, party=party, now=timezone.now()))
        return f"/join/{accounts.token_of(row)}"

    page = link(Role.PRODUCER, "nord")
    assert ines.client.get("/shoots").status_code == 403
    assert "You are signed in as" in ines.client.get(page).content.decode()
    assert ines.client.post(page).status_code == 302
    assert ines.client.get("/shoots").status_code == 200
    assert ines.client.get("/pictures").status_code == 200
    assert ines.client.post(page).status_code == 410
    assert ines.client.post(link(Role.PRODUCER, "nord")).status_code == 410  # she has it
    assert ines.account.memberships.count() == 2


def test_an_invitation_ends_and_cannot_be_forged(shown: Shown) -> None:
    now = timezone.now()
    row = granted(accounts.invite(role=Role.LEGAL, party="nord", days=1, now=now))
    token = accounts.token_of(row)
    assert accounts.invited(token, now=now) == row  # the control
    assert refused(accounts.invited(token, now=now + timedelta(days=1))) == {"invitation.expired"}
    other = granted(accounts.invite(role=Role.OPERATOR, party="", now=now))
    for forged in (row.pk.hex, f"{other.pk.hex}.{token.partition('.')[2]}", token[:-1], "", "."):
        assert refused(accounts.invited(forged, now=now)) == {"invitation.unknown"}
        assert Client(headers=LOCAL).get(f"/join/{forged or 'x'}").status_code == 410


def test_nobody_is_invited_to_what_a_party_is_not(shown: Shown) -> None:
    now = timezone.now()
    for role, party, code in (
        (Role.MODEL, "nord", "invitation.role"),
        (Role.OPERATOR, "nord", "invitation.role"),
        (Role.PRODUCER, "", "party.unknown"),
        (Role.PRODUCER, "nobody", "party.unknown"),
    ):
        assert refused(accounts.invite(role=role, party=party, now=now)) == {code}


def test_the_database_holds_who_is_of_what(ines: Person) -> None:
    wrong: list[dict[str, Any]] = [
        {"party_id": "ines", "role": "operator"},
        {"party_id": None, "role": "model"},
        {"party_id": "ines", "role": "queen"},
        {"party_id": "ines", "role": "model"},  # she is that already
        {"party_id": None, "role": "operator"},  # and that, by the next line
    ]
    Membership.objects.create(account=ines.account, role="operator", since=timezone.now())
    for facts in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(account=ines.account, since=timezone.now(), **facts)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.filter(account=ines.account).update(used_at=None)


def test_she_signs_in_with_her_passkey_and_nobody_with_another(ines: Person) -> None:
    assert sign_in(Client(headers=LOCAL), ines) == 200
    stranger = Person(Role.PRODUCER, OWN)
    in_her_name = Client(headers=LOCAL)
    assert sign_in(in_her_name, stranger, of=ines.account) == 302  # back to the way in
    replayed = Client(headers=LOCAL)
    ajax = {"x-requested-with": "XMLHttpRequest"}
    options = replayed.get("/sign-in/passkey", headers=ajax).json()["request_options"]
    said = ines.signed(options)
    assert replayed.post("/sign-in/passkey", {"credential": said}).status_code == 302
    assert replayed.get("/account").status_code == 200
    replayed.post("/sign-out")
    replayed.post("/sign-in/passkey", {"credential": said})
    assert replayed.get("/account").status_code == 302


def test_there_is_no_password(ines: Person) -> None:
    assert not ines.account.has_usable_password()
    assert not Client(headers=LOCAL).login(number=ines.account.number, password="")
    assert Client(headers=LOCAL).get("/accounts/login/").status_code == 404


def test_a_code_lets_her_in_once(ines: Person) -> None:
    page = ines.client.get("/account/codes").content.decode()
    code = codes_on(page)[0]
    stored = Authenticator.objects.get(user=ines.account.pk, type="recovery_codes").data
    assert code not in json.dumps(stored)

    def returns(number: str, code: str) -> int:
        client = Client(headers=LOCAL)
        client.post("/sign-in/recover", {"number": number})
        client.post("/sign-in/recover/code", {"code": code})
        return client.get("/account").status_code

    assert returns(ines.account.number.lower(), code) == 200
    assert returns(ines.account.number, code) == 302  # used
    assert returns(ines.account.number, "000000000000") == 302
    assert returns("AAAA-AAAA", code) == 302


def test_codes_are_not_guessed(ines: Person) -> None:
    client = Client(headers=LOCAL)
    client.post("/sign-in/recover", {"number": ines.account.number})
    said = [
        client.post("/sign-in/recover/code", {"code": f"{n:012}"}).content.decode()
        for n in range(15)
    ]
    assert "Too many failed" in said[-1]
    assert "Too many failed" not in said[0]  # the control


def test_the_way_in_is_not_hammered(ines: Person) -> None:
    client = Client(headers=LOCAL)
    codes = [client.post("/sign-in/passkey", {"credential": "{}"}).status_code for _ in range(35)]
    assert (codes[0], codes[-1]) == (302, 429)
    page = client.post("/sign-in/passkey").content.decode()
    assert "Too many tries" in page
    cache.clear()  # a minute later
    assert sign_in(client, ines) == 200


def test_a_closed_account_lets_nobody_in(ines: Person) -> None:
    Account.objects.filter(pk=ines.account.pk).update(is_active=False)
    assert ines.client.get("/account").status_code == 302
    assert sign_in(Client(headers=LOCAL), ines) == 302


def test_her_last_passkey_stays_and_another_can_go(ines: Person) -> None:
    keys = Authenticator.objects.filter(user=ines.account.pk, type="webauthn")
    page = f"/account/passkeys/{keys.get().pk}/remove"
    assert ines.client.post(page).status_code == 404
    assert keys.count() == 1
    first = ines.device
    ines.device = type(first)()
    made = ines.made("/account/passkeys/add")
    ines.client.post("/account/passkeys/add", {"name": "second", "credential": made})
    assert keys.count() == 2
    assert ines.client.post(page).status_code == 302
    assert [key.wrap().name for key in keys] == ["second"]
    assert sign_in(Client(headers=LOCAL), ines) == 200
    ines.device = first
    assert sign_in(Client(headers=LOCAL), ines) == 302


def test_a_passkey_is_shown_anew_before_another_is_added(ines: Person) -> None:
    session = ines.client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**each, "at": 0} for each in records]
    session.save()
    answer = ines.client.get("/account/passkeys/add")
    assert answer["Location"] == "/account/confirm?next=%2Faccount%2Fpasskeys%2Fadd"
    options = asked_to_sign(ines.client, answer["Location"])
    said = {"credential": ines.signed(options), "next": "/account/passkeys/add"}
    assert ines.client.post("/account/confirm", said)["Location"] == "/account/passkeys/add"
    assert ines.client.get("/account/passkeys/add").status_code == 200


def test_she_ends_a_session_elsewhere(ines: Person) -> None:
    elsewhere = Client(headers={**LOCAL, "user-agent": "an old phone"})
    assert sign_in(elsewhere, ines) == 200
    assert "an old phone" in ines.client.get("/account").content.decode()
    row = UserSession.objects.get(user=ines.account.pk, user_agent="an old phone")
    assert ines.client.post(f"/account/sessions/{row.pk}/end").status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert ines.client.get("/account").status_code == 200


def test_pages_take_no_orders_from_elsewhere(ines: Person) -> None:
    strict = Client(enforce_csrf_checks=True, headers=LOCAL)
    strict.force_login(ines.account)
    assert strict.post("/sign-out").status_code == 403
    assert strict.get("/account").status_code == 200

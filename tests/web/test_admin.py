"""What operators see and do; each act is recorded, and nothing that was signed is changed."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sosie.account_store.models import Invitation, OperatorAct, Token
from sosie.core.roles import Role
from sosie.core.scopes import Scope
from sosie.core.transparency import LogAct
from sosie.services import account as accounts
from sosie.services import history, token
from sosie.store.history import LogParty
from sosie.store.models import LogEntry, Party, Picture, SignedAct
from tests.services.conftest import LATER, granted
from tests.web.conftest import OTHER, OWN, Person, Shown


@pytest.fixture(scope="module")
def operator(shown: Shown) -> Person:
    return Person(Role.OPERATOR, OWN)


@pytest.fixture(scope="module")
def officer(shown: Shown) -> Person:
    return Person(Role.OFFICER, OWN)


def text(person: Person, page: str) -> str:
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def recorded() -> list[tuple[str, str | None, str]]:
    rows = OperatorAct.objects.order_by("pk")
    return list(rows.values_list("what", "party", "about"))


def test_parties_are_found_and_exported(operator: Person) -> None:
    Party.objects.filter(pk="atlas").update(registered_until=date(2028, 4, 11))
    page = text(operator, "/admin/parties")
    assert all(name in page for name in ("Ines", "Nord", "Atlas", "Zoe", "Sud", "Borealis"))
    assert "How many people work" not in page  # what is unknown is no fault
    assert "US-NY 24 November 2026 0 0 26-00042-LSFW, until 11 April 2028" in page
    page = text(operator, "/admin/parties?kind=brand&q=nor")
    assert "Nord" in page
    assert "Sud" not in page
    assert "No party is all of this." in text(operator, "/admin/parties?q=nobody")
    exported = operator.client.get("/admin/parties.csv?kind=model").getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert [row["party"] for row in rows] == ["ines", "zoe"]
    said = json.loads(operator.client.get("/admin/parties.json?q=atlas").getvalue())["parties"]
    assert [row["registration"] for row in said] == ["26-00042-LSFW"]


def test_the_list_asks_as_often_for_many_as_for_few(shown: Shown, operator: Person) -> None:
    counts = []
    for more in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert operator.client.get("/admin/parties").status_code == 200
        counts.append(len(asked))
        for n in range(12):
            known = {"kind": "agency", "place": "FR", "certificate": "", "joined_at": LATER}
            Party.objects.create(id=f"agency-{more}-{n}", name=f"Agency {n}", **known)
    assert counts[0] == counts[1]


def test_a_party_is_shown_with_all_that_acts_for_it(shown: Shown, operator: Person) -> None:
    model = Person(Role.MODEL, OWN)
    model.browser().get("/")
    made = granted(
        token.create(
            shown.outside, party="ines", scopes=[Scope.READ], name="her program", now=timezone.now()
        )
    )
    page = text(operator, "/admin/parties/ines")
    assert "a model" in page
    assert "Her program" in page
    assert "see what the party sees" in page
    assert made.text not in page
    assert "Model, since" in page


def test_an_invitation_is_made_shown_once_and_withdrawn(operator: Person) -> None:
    before = len(recorded())
    answer = operator.client.post("/admin/parties/nord/invite", {"role": "brand_legal"})
    page = answer.content.decode()
    link = re.search(r"/join/[^\"]+", page)
    assert link
    assert Client().get(link[0], headers={"host": "localhost:8000"}).status_code == 200
    assert recorded()[before:] == [("invited", "nord", "brand legal")]
    row = Invitation.objects.get(party="nord", role="brand_legal", used_at=None)
    assert "/join/" not in operator.client.get("/admin/parties/nord").content.decode()
    gone = operator.client.post(f"/admin/invitations/{row.pk}/withdraw")
    assert gone["Location"] == "/admin/parties/nord"
    assert Client().get(link[0], headers={"host": "localhost:8000"}).status_code == 410
    assert recorded()[before + 1 :] == [("invitation withdrawn", "nord", "brand legal")]
    again = operator.client.post(f"/admin/invitations/{row.pk}/withdraw")
    assert b"was withdrawn already" in again.content
    assert len(recorded()) == before + 2  # what was refused is no act
    # A role that a party does not have is refused, not another given in its place.
    kept = recorded()
    for wrong in ("operator", "brand_legal", "", "queen"):
        answer = operator.client.post("/admin/parties/ines/invite", {"role": wrong})
        assert answer.status_code == 409, wrong
    assert recorded() == kept
    operator.client.post("/admin/parties/ines/invite", {"role": "model"})
    assert recorded()[-1] == ("invited", "ines", "model")
    operator.client.post("/admin/house/invite", {"role": "case_officer"})
    assert recorded()[-1] == ("invited", None, "case officer")


def test_a_session_is_ended_at_once(operator: Person) -> None:
    person = Person(Role.PRODUCER, OWN)
    assert person.client.get("/").status_code == 200
    session = UserSession.objects.filter(user=person.account.pk).latest("pk")
    assert "a brand producer" in text(operator, "/admin/parties/nord")
    ended = operator.client.post(f"/admin/sessions/{session.pk}/end", {"party": "nord"})
    assert ended["Location"] == "/admin/parties/nord"
    assert person.client.get("/")["Location"].startswith("/sign-in")
    assert recorded()[-1] == ("session ended", "nord", "a brand producer")
    page = text(operator, "/admin/parties/nord")
    assert "Session ended a brand producer a operator," in page


def test_a_token_is_revoked(shown: Shown, operator: Person) -> None:
    known: dict[str, Any] = {"scopes": [Scope.READ], "name": "shop", "now": timezone.now()}
    made = granted(token.create(shown.outside, party="nord", **known))
    bearer = {"host": "localhost:8000", "authorization": f"Bearer {made.text}"}
    assert Client(headers=bearer).get("/api/v1/me").status_code == 200
    operator.client.post(f"/admin/tokens/{made.row.pk}/end")
    assert Client(headers=bearer).get("/api/v1/me").status_code == 401
    assert recorded()[-1] == ("token revoked", "nord", f"{made.row.pk}, shop")
    assert Token.objects.get(pk=made.row.pk).ended_at is not None
    again = operator.client.post(f"/admin/tokens/{made.row.pk}/end")
    assert b"revoked already" in again.content


def test_what_operators_did_cannot_be_changed(operator: Person) -> None:
    operator.client.post("/admin/house/invite", {"role": "operator"})
    row = OperatorAct.objects.latest("pk")
    for act in (
        lambda: OperatorAct.objects.filter(pk=row.pk).update(about="nothing"),
        lambda: OperatorAct.objects.filter(pk=row.pk).delete(),
        lambda: LogParty.objects.filter(party="ines").update(acted=True),
    ):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            act()
    said = json.loads(operator.client.get("/admin/acts.json").getvalue())["acts"]
    assert said[0] | {"at": ""} == {
        "at": "",
        "operator": "a operator",
        "what": "invited",
        "party": "",
        "about": "operator",
    }


def test_no_act_changes_what_was_signed(shown: Shown, operator: Person) -> None:
    def signed() -> tuple[object, ...]:
        return (
            list(SignedAct.objects.order_by("pk").values_list("pk", "body", "signature")),
            LogEntry.objects.count(),
            list(Party.objects.order_by("pk").values()),
        )

    before = signed()
    operator.client.post("/admin/parties/ines/invite", {"role": "model"})
    operator.client.post("/admin/parties/nord/invite", {"role": "brand_legal"})
    assert signed() == before


def test_the_history_of_a_party_is_every_entry_about_it_in_order(
    shown: Shown, operator: Person
) -> None:
    said = json.loads(operator.client.get("/admin/parties/ines/history?form=json").getvalue())
    rows = said["history"]
    assert [row["index"] for row in rows] == sorted(row["index"] for row in rows)
    did = [(row["act"], row["by"]) for row in rows]
    assert did[0] == ("party.joined", "ines")
    for act, by in (
        (LogAct.CONSENT_SIGNED, "ines"),
        (LogAct.LICENSE_ASKED, "nord"),
        (LogAct.LICENSE_AGREED, "ines"),
        (LogAct.SHOOT_ORDERED, "nord"),
        (LogAct.PICTURE_MADE, ""),
    ):
        assert (act, by) in did, (act, by)
    # Of who is no part of it there is nothing but that she joined.
    other = operator.client.get(f"/admin/parties/{OTHER['model']}/history?form=csv")
    (row,) = csv.DictReader(io.StringIO(other.getvalue().decode()))
    assert (row["act"], row["by"]) == ("party.joined", "zoe")
    page = text(operator, "/admin/parties/ines/history")
    assert "picture.made" in page
    assert shown.picture in page


def test_the_history_asks_as_often_for_many_as_for_few(operator: Person) -> None:
    counts = []
    for party in ("zoe", "ines"):
        with CaptureQueriesContext(connection) as asked:
            assert operator.client.get(f"/admin/parties/{party}/history").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_cases_are_listed_with_their_history(
    shown: Shown, operator: Person, officer: Person
) -> None:
    assert "Nothing is open." in text(officer, "/admin/cases")
    assert "nothing waits for you" in text(officer, "/")
    doubts = [{"code": "likeness.face", "text": "her face is partly hidden", "rule": None}]
    Picture.objects.filter(pk=shown.picture).update(status="undecided", doubts=doubts)
    try:
        page = text(officer, "/admin/cases")
        assert f"undecided {shown.picture} Ines Nord 24 November 2026" in page
        assert "Ines Her face is partly hidden" in page
        for person in (officer, operator):
            today = person.client.get("/").content.decode()
            assert "nothing waits for you" not in today
            assert "1 open case" in today
            assert f'href="/admin/cases/{shown.picture}"' in today
        assert shown.picture in text(officer, "/admin/cases?kind=undecided&q=hidden")
        assert "Nothing is open." in text(officer, "/admin/cases?kind=still_out")
        exported = officer.client.get("/admin/cases.csv").getvalue().decode()
        (row,) = csv.DictReader(io.StringIO(exported))
        assert (row["about"], row["waits_for"]) == (shown.picture, "ines")
        page = text(officer, f"/admin/cases/{shown.picture}")
        assert "It waits for Ines." in page
        assert "picture.made" in page
        assert "license.agreed" not in page  # about this picture alone
    finally:
        Picture.objects.filter(pk=shown.picture).update(status="made", doubts=[])
    assert "license.agreed" in text(officer, f"/admin/cases/{shown.license}")
    assert officer.client.get("/admin/parties").status_code == 403


def test_what_was_logged_before_is_noted_when_a_workspace_is_brought_up_to_date(
    shown: Shown,
) -> None:
    from importlib import import_module

    from django.apps import apps

    kept = sorted(LogParty.objects.values_list("entry", "party", "acted"))
    with transaction.atomic():
        LogParty.objects.all().delete()
        migration = import_module("sosie.store.migrations.0020_history")
        migration.note_all(apps, None)
        assert sorted(LogParty.objects.values_list("entry", "party", "acted")) == kept
    assert len(kept) > 20
    assert history.of("ines").count() < LogEntry.objects.count()


def test_an_invitation_that_expired_is_not_withdrawn(shown: Shown) -> None:
    now = timezone.now()
    row = granted(accounts.invite(role=Role.MODEL, party="ines", now=now - timedelta(days=30)))
    assert "invitation.used" in str(accounts.withdraw(row, now=now))

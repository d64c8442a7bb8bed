"""What operators and case officers do by programs, with the client of the package, against a
server; and cursors, which hold for one list alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from allauth.usersessions.models import UserSession
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sosie.account_store.models import KeptAnswer, OperatorAct, Token
from sosie.client import Client, Refused
from sosie.core.roles import Role
from sosie.core.scopes import Scope
from sosie.services import today as days
from sosie.services import token
from sosie.store.models import License, Picture, Seal, Shoot
from tests.services.conftest import LATER, SECRETS, granted, refused, released_on_instagram
from tests.web.conftest import OWN, Out, Person
from tests.web.programs import Program, of_the_house, problem, program


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(out: Out) -> Iterator[str]:
    """The address of a server of this workspace."""
    del out
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def person(out: Out) -> Person:
    del out
    return Person(Role.OPERATOR, OWN)


@pytest.fixture(scope="module")
def operator(out: Out, site: str, person: Person) -> Client:
    return Client(site, of_the_house(out.outside, person).text)


@pytest.fixture(scope="module")
def officer(out: Out) -> Program:
    return of_the_house(out.outside, Person(Role.OFFICER, OWN))


def recorded(person: Person) -> list[tuple[str, str | None, str]]:
    rows = OperatorAct.objects.filter(account=person.account).order_by("pk")
    return list(rows.values_list("what", "party", "about"))


def code(error: pytest.ExceptionInfo[Refused]) -> tuple[int, str]:
    return error.value.problem.status, error.value.problem.code


def test_parties_are_listed_told_and_looked_for(operator: Client) -> None:
    me = operator.me()
    assert (me.kind, me.party, me.scopes[0]) == ("house", "", Scope.PARTIES)
    ids = [row.party for row in operator.parties()]
    assert {"ines", "nord", "atlas", "zoe", "sud"} < set(ids)
    assert len(ids) == len(set(ids))
    assert [row.party for row in operator.parties(kind="brand", search="nor")] == ["nord"]
    ines = operator.party("ines")
    assert (ines.kind, ines.place, ines.against) == ("model", "US-NY", [])
    atlas = operator.party("atlas")
    assert atlas.findings
    assert (atlas.registration, atlas.access.members) == ("26-00042-LSFW", [])
    with pytest.raises(Refused) as error:
        operator.party("nobody")
    assert code(error) == (404, "api.absent")
    with pytest.raises(Refused) as error:
        list(operator.licenses())
    assert code(error) == (403, "api.scope")  # nothing that is signed


def test_the_history_of_a_party_is_what_the_page_tells(operator: Client, person: Person) -> None:
    page = json.loads(person.client.get("/admin/parties/ines/history?form=json").getvalue())[
        "history"
    ]
    told = [each.model_dump(mode="json") for each in operator.history("ines")]
    assert [each["index"] for each in told] == [each["index"] for each in page[::-1]]
    assert [(each["act"], each["by"]) for each in told[::-1]][:1] == [("party.joined", "ines")]
    assert {each["by"] for each in told} == {"", "ines", "nord"}


def test_an_invitation_is_made_once_and_its_link_is_not_kept(
    operator: Client, person: Person, out: Out
) -> None:
    before = recorded(person)
    made = operator.invite("brand_legal", party="nord")
    link = re.sub("^http://localhost:[0-9]+", "", made.link)
    stranger = Browser(headers={"host": "localhost:8000"})
    assert stranger.get(link).status_code == 200
    assert not any(b"/join/" in bytes(each.body) for each in KeptAnswer.objects.all())
    assert recorded(person)[len(before) :] == [("invited", "nord", "brand legal")]
    (row,) = [
        each for each in operator.party("nord").access.invitations if each.role == "brand_legal"
    ]
    assert row.invitation == made.invitation
    operator.withdraw(made.invitation)
    assert stranger.get(link).status_code == 410
    with pytest.raises(Refused) as error:
        operator.withdraw(made.invitation)
    assert code(error) == (409, "invitation.withdrawn")
    asks = of_the_house(out.outside, person)
    again = [
        asks.ask("POST", "/parties/nord/invitations", {"role": "brand_legal"}, key="k" * 12)
        for _ in range(2)
    ]
    assert again[0].json() == again[1].json()
    assert again[1].headers["Idempotency-Replayed"] == "true"
    with pytest.raises(Refused) as error:
        operator.invite("operator", party="nord")
    assert code(error) == (409, "invitation.role")
    operator.invite("case_officer")
    assert recorded(person)[-1] == ("invited", None, "case officer")
    assert next(each.about for each in operator.operator_acts()) == "case officer"
    assert operator.house().acts[0].operator == person.account.name


def test_a_session_and_a_token_are_ended(operator: Client, person: Person, out: Out) -> None:
    somebody = Person(Role.PRODUCER, OWN)
    session = UserSession.objects.filter(user=somebody.account.pk).latest("pk")
    assert session.pk in {each.session for each in operator.party("nord").access.sessions}
    asks = of_the_house(out.outside, person)
    for again in ("", "true"):
        ended = asks.ask("POST", f"/sessions/{session.pk}/end", key="k" * 12)
        assert (ended.status_code, ended.json()) == (200, {"ended": str(session.pk)})
        assert ended.headers.get("Idempotency-Replayed", "") == again
    with pytest.raises(Refused) as error:
        operator.end_session(session.pk)
    assert code(error) == (404, "api.absent")
    assert somebody.client.get("/")["Location"].startswith("/sign-in")
    brand = program(out.outside, "nord")
    assert brand.ask("GET", "/me").status_code == 200
    operator.end_token(brand.text.split("_")[1])
    assert brand.ask("GET", "/me").status_code == 401
    assert [each[0] for each in recorded(person)[-2:]] == ["session ended", "token revoked"]


def test_a_token_of_the_house_has_the_roles_of_who_answers_for_it(
    out: Out, officer: Program, person: Person
) -> None:
    assert officer.get("/cases")["items"] == []
    denied = officer.ask("GET", "/parties")
    assert (denied.status_code, problem(denied)) == (403, "api.right")
    known: dict[str, Any] = {"name": "t", "now": LATER}
    make = token.create
    brand, reads = (Person(role, OWN).account.number for role in (Role.LEGAL, Role.OFFICER))
    assert granted(make(out.outside, account=reads, scopes=[Scope.CASES], **known))
    refusals: list[tuple[dict[str, Any], list[Scope], str]] = [
        ({"account": brand}, [Scope.CASES], "token.account"),
        ({"account": "AAAA-AAAA"}, [Scope.CASES], "token.account"),
        ({"account": person.account.number}, [Scope.READ], "token.scope"),
        ({"account": person.account.number, "party": "nord"}, [Scope.READ], "token.whose"),
        ({"account": reads}, [Scope.CASES, Scope.OPERATE], "token.scope"),
        ({"account": reads}, [Scope.PARTIES], "token.scope"),
        ({}, [Scope.CASES], "token.whose"),
        ({"party": "nobody"}, [Scope.READ], "party.unknown"),
        ({"party": "nord"}, [Scope.OPERATE], "token.scope"),
    ]
    for whose, scopes, reason in refusals:
        assert refused(make(out.outside, **whose, scopes=scopes, **known)) == {reason}
    # On her account page, and ended there; and with her account.
    leaver = Person(Role.OPERATOR, OWN)
    asks, other = (of_the_house(out.outside, leaver) for _ in range(2))
    id = asks.text.split("_")[1]
    assert id in leaver.client.get("/account").content.decode()
    assert id not in person.client.get("/account").content.decode()
    assert id in person.client.get("/admin/house").content.decode()
    assert person.client.post(f"/account/tokens/{id}/end").status_code == 404
    assert leaver.client.post(f"/account/tokens/{id}/end").status_code == 302
    assert asks.ask("GET", "/me").status_code == 401
    assert other.ask("GET", "/me").status_code == 200
    type(leaver.account).objects.filter(pk=leaver.account.pk).update(is_active=False)
    assert other.ask("GET", "/me").status_code == 401
    assert Token.objects.get(pk=id).party is None


def walked(asks: Program, path: str, key: str, limit: int = 1) -> list[Any]:
    """Return a list as it is told page by page."""
    found, after = [], ""
    while after is not None:
        page = asks.get(f"{path}{'&' if '?' in path else '?'}limit={limit}&cursor={after}")
        found += [each[key] for each in page["items"]]
        after = page["next"]
    return found


def test_lists_stand_in_the_sequence_in_which_things_were_made(out: Out) -> None:
    brand, producer = program(out.outside, "nord"), Person(Role.PRODUCER, OWN).client
    with transaction.atomic():
        _lists_of_many(out, brand, producer)
        transaction.set_rollback(True)  # rows are kept once they are written


def _lists_of_many(out: Out, brand: Program, producer: Browser) -> None:
    license = License.objects.get(pictures=out.picture)
    shoot = Shoot.objects.get(pictures=out.picture)
    for number in (9998, 9999, 10000, 10001):
        License.objects.create(
            **{
                field.attname: getattr(license, field.attname)
                for field in License._meta.concrete_fields
                if not field.generated and field.name not in ("id", "revocation", "contract")
            }
            | {"id": f"L-2026-{number}"}
        )
    picture = Picture.objects.get(pk=out.picture)
    for number in (98, 99, 100, 101):
        Picture.objects.create(
            id=f"{shoot.pk}-{number}",
            shoot=shoot,
            license=license,
            number=number,
            plate=picture.plate,
            order=picture.order,
        )
    many = [f"L-2026-{number}" for number in (10001, 10000, 9999, 9998)]
    assert walked(brand, "/licenses", "license") == [*many, license.pk]
    hundred = [f"{shoot.pk}-{number}" for number in (101, 100, 99, 98)]
    assert walked(brand, "/pictures?status=ordered", "picture", limit=3) == hundred
    rows = json.loads(producer.get("/licenses.json").getvalue())["licenses"]
    assert [row["license"] for row in rows] == [*many, license.pk]
    rows = json.loads(producer.get("/pictures.json?status=ordered").getvalue())["pictures"]
    assert [row["picture"] for row in rows] == hundred[::-1]
    whole = brand.get("/today")["items"]
    assert [each["about"] for each in whole if each["what"] == "make"] == [shoot.pk]
    assert walked(brand, "/today", "about") == [each["about"] for each in whole]
    with CaptureQueriesContext(connection) as first:
        assert next(days.of_brand(["nord"], now=LATER)).what == "make"
    with CaptureQueriesContext(connection) as every:
        assert len(list(days.of_brand(["nord"], now=LATER))) == len(whole)
    assert len(first) < len(every)  # what nobody asks for is not read


def test_what_must_come_down_and_the_cases_of_it_are_told_page_by_page(
    out: Out, officer: Program
) -> None:
    brand = program(out.outside, "nord", secret=SECRETS["nord"])
    model = program(out.outside, "ines", secret=SECRETS["ines"])
    kept = Seal.objects.get(pk=out.kept).picture_id
    released_on_instagram(out.outside, kept)
    license = License.objects.get(pictures=kept).pk
    assert model.act(f"/licenses/{license}/steps", {"step": "revoked"}).status_code == 201
    whole = [each["seal"] for each in brand.get("/take-downs")["items"]]
    assert len(whole) == 2
    assert walked(brand, "/take-downs", "seal") == whole
    waits = [each for each in brand.get("/today")["items"] if each["what"] == "take_down"]
    assert [(each["about"], each["count"]) for each in waits] == [(license, 2)]
    cases = officer.get("/cases")["items"]
    assert sorted(each["seal"] for each in cases) == sorted(whole)
    assert [each["about"] for each in cases] == sorted([kept, out.picture])
    assert walked(officer, "/cases", "seal") == [each["seal"] for each in cases]
    found = officer.get("/cases?kind=still_out&search=instagram&limit=1")
    assert found["items"] == cases[:1]
    case = officer.get(f"/cases/{kept}")
    assert case["open"] == [each for each in cases if each["about"] == kept] != []
    assert (case["license"], case["model"], case["brand"]) == (license, "ines", "nord")
    told = [each["act"] for each in officer.get(f"/cases/{kept}/history")["items"]]
    assert "picture.made" in told
    assert "license.agreed" not in told
    acts = walked(officer, f"/cases/{license}/history", "act", limit=2)
    assert "license.agreed" in acts
    # What came down while somebody read on is neither told twice nor keeps the rest from her.
    page = brand.get("/take-downs?limit=1")
    down = brand.act(f"/releases/{page['items'][0]['seal']}/taken-down", {"note": ""})
    assert down.status_code == 201
    rest = brand.get(f"/take-downs?limit=1&cursor={page['next']}")
    assert [each["seal"] for each in rest["items"]] == whole[1:]


def test_a_cursor_of_one_list_is_refused_by_another(out: Out, officer: Program) -> None:
    brand = program(out.outside, "nord")
    cursor = brand.get("/pictures?limit=1")["next"]
    assert cursor
    assert brand.get(f"/pictures?cursor={cursor}&limit=7")["items"] != []
    others = ("/licenses", "/library", "/take-downs", "/today", "/papers", "/listings", "/errands")
    for path in (*others, "/pictures?status=made", "/shoots"):
        ask = f"{path}{'&' if '?' in path else '?'}cursor={cursor}"
        got = brand.ask("GET", ask)
        assert (got.status_code, problem(got)) == (422, "page.other_list"), path
        assert "another list" in got.json()["detail"]
    for path in ("/cases", f"/cases/{out.picture}/history"):
        got = officer.ask("GET", f"{path}?cursor={cursor}")
        assert (got.status_code, problem(got)) == (422, "page.other_list"), path

"""The agency: registration and bond, agreements and their days."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sosie.core.roles import Role
from sosie.services import agreement, party
from sosie.store.models import Agreement, Party
from tests.services.conftest import LATER, SECRETS, granted
from tests.services.test_agreement import FACTS
from tests.web.conftest import OTHER, OWN, Person, Shown


@pytest.fixture(scope="module")
def booker(shown: Shown) -> Person:
    return Person(Role.BOOKER, OWN)


def words(person: Person, page: str) -> str:
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def register(shown: Shown, **more: Any) -> Party:
    known: dict[str, Any] = {"agency": "atlas", "number": "26-00042-LSFW", "exempt": False}
    known |= {"passphrase": SECRETS["atlas"], "now": LATER}
    return granted(party.register(shown.outside, **known, **more))


def test_registration_and_bond_stand_with_their_days(shown: Shown, booker: Person) -> None:
    page = words(booker, "/agency")
    assert "Surety bond none stated" in page
    assert "How many people work for New York" in page
    soon = timezone.now().date() + timedelta(days=30)
    assert "nothing waits for you" in words(booker, "/")
    register(shown, until=soon, staff=9, bond_usd=20_000, bond_until=date(2099, 1, 1))
    page = words(booker, "/agency")
    assert "Surety bond 20000 USD, until 1 January 2099 People for New York 9" in page
    assert "A surety bond of $50,000.00 is to be on file, not $20,000.00" in page
    assert "the renewal was to be asked for by" in page
    assert "1 registration or bond to renew Atlas" in words(booker, "/")
    row = register(shown, until=date(2098, 1, 1), bond_usd=50_000)  # renewed; the rest stays
    assert (row.staff, row.bond_usd, row.bond_until) == (9, 50_000, date(2099, 1, 1))
    assert "nothing waits for you" in words(booker, "/")
    page = words(booker, "/agency")
    assert "A surety bond of $50,000.00 is on file" in page
    assert "26-00042-LSFW, until 1 January 2098" in page
    register(shown, until=date(2098, 1, 1), bond_until=date(2020, 1, 1))
    assert "is to be on file, not $0.00" in words(booker, "/agency")  # a bond that is over is none


def test_agreements_stand_with_their_days_and_what_law_says(shown: Shown, booker: Person) -> None:
    today = timezone.now().date()
    soon = {**FACTS, "start": f"{today - timedelta(days=300)}", "last": f"{today}"}
    long = {**FACTS, "last": "2031-12-31", "renews_by_itself": True, "renewal_consent": False}
    known: dict[str, Any] = {"model": "ines", "agency": "atlas", "now": LATER, "imported": True}
    for facts in (soon, long):
        granted(agreement.record(shown.outside, facts=facts, **known))
    page = words(booker, "/agency")
    assert "The representation agreement with Ines is over in 0 days" in page
    assert "R05" in page
    assert "None recorded here" in words(booker, "/agency?q=attorney")
    csv = booker.client.get(f"/agency/agreements.csv?q={today}").getvalue().decode()
    assert csv.count("\r\n") == 2
    said = json.loads(booker.client.get("/agency/agreements.json").getvalue())["agreements"]
    assert [each["model_name"] for each in said] == ["Ines", "Ines"]
    assert "Statements are for the accountant" in page
    accountant = Person(Role.ACCOUNTANT, OWN)
    assert "What the agency earned, line by line" in words(accountant, "/agency")
    for person in (booker, accountant):
        ends = "1 agreement that ends soon representation agreement · Ines"
        assert words(person, "/").count(ends) == 1  # not the other, which runs for years
    stranger = Person(Role.BOOKER, OTHER)
    assert "None recorded here" in words(stranger, "/agency")
    assert stranger.client.get("/agency?of=atlas").status_code == 404


def test_it_asks_no_more_where_there_is_more(shown: Shown, booker: Person) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            words(booker, "/agency")
        return len(queries)

    before, count = asked(), Agreement.objects.count()
    known: dict[str, Any] = {"model": "ines", "agency": "atlas", "now": LATER}
    for _ in range(20):
        granted(agreement.record(shown.outside, facts=FACTS, **known))
    assert asked() == before
    assert words(booker, "/agency").count("Representation agreement") == count + 20  # the control

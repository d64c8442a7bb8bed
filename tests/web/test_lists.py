"""Each page and list of the API asks the database as often where there is four times more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from bench import _pages, _people, _seed
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, path
from django.utils import timezone

from sosie.account_store.models import Account
from sosie.core.ports import Outside
from sosie.core.roles import Role
from sosie.services import log
from sosie.store.models import License, Picture
from sosie.web.today import today
from tests.web.conftest import Out
from tests.web.test_api_rights import ROUTES

SIZE = _seed.Size(pictures=600, licenses=480)
ONE_THING = frozenset(
    {
        *("image", "paper_file", "license_paper", "release_file", "statement"),
        *("listed_photograph", "papers_archive", "package", "label", "pack", "erasure_proof"),
        *("landmarks", "capture", "capture_photograph", "releases_asked"),
    }
)
"""Operations that read a file, or what belongs to one picture or capture; and the statement, which
is told of as many entries as there are."""

SEARCHED = {
    Role.MODEL: (
        *("licenses", "pictures", "twins", "requests", "where", "found", "money", "papers"),
        "take-back",
    ),
    Role.BOOKER: ("agency",),
    Role.PRODUCER: ("shoots", "find", "library", "library/take-down", "library/places"),
    Role.OPERATOR: (
        *("admin/parties", "admin/cases", "admin/cases/L-2025-00001"),
        f"admin/parties/{_seed.brand(0)}/history",
    ),
}
"""Lists that are searched while one types, by who has them."""

FEW = {"/twins", "/requests"}
"""Those of which there is one or none in the seeded workspace."""

OF_CASES = {"operator: admin-cases", "case_officer: admin-cases", "operator, api: /cases"}
MOST_OF_CASES = 20
"""Cases of three kinds stand in one list: a part of it is read in three readings at most, of those
kinds that are open on its days."""


@pytest.fixture(scope="module")
def seeder(out: Out) -> _seed.Seeder:
    """A workspace in which every party has a few of everything."""
    found = _seed.Seeder(SIZE, timezone.now().date(), out.picture)
    found.grow(0.25)
    log.publish(out.outside)
    _people.people()
    return found


def asked(outside: Outside) -> dict[str, int]:
    """Return how often each page asks the database, for each role, and each list of the API."""
    found = {}
    for role in (*Role, None):
        client, account = Client(headers={"host": "localhost:8000"}), None
        if role:
            account = Account.objects.get(name=f"the {role.words}")
            client.force_login(account)
        for name, address in _pages.pages(role, account):
            found[f"{role}: {name}"] = counted(client, address)
    for role, client, page in searched():
        found[f"{role}: {page}?q"] = counted(client, f"{page}?{asks(page)}=L-2025+0")
    for role in (Role.MODEL, Role.BOOKER, Role.LEGAL, Role.OPERATOR):
        text = _pages.program(outside, role).text
        headers = {"host": "localhost:8000", "authorization": f"Bearer {text}"}
        for each, address in _pages.lists(role):
            found[f"{role}, api: {each}"] = counted(Client(headers=headers), address)
    return found


def searched() -> Iterator[tuple[Role, Client, str]]:
    """Yield each list that is searched, with a browser of somebody signed in who has it."""
    for role, pages in SEARCHED.items():
        client = Client(headers={"host": "localhost:8000"})
        client.force_login(Account.objects.get(name=f"the {role.words}"))
        for page in pages:
            yield role, client, f"/{page}"


def asks(page: str) -> str:
    """Return the field of a list in which words are written."""
    return {"/library": "search", "/find": "looks"}.get(page, "q")


def counted(client: Client, address: str) -> int:
    """Return how often a page asks the database; nothing of what is only posted to, or not for
    this kind of party."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code in (200, 302, 403, 405, 409), (address, answer.content)
    return len(queries) if answer.status_code == 200 else 0


def test_what_a_page_asks_does_not_grow_with_its_list(seeder: _seed.Seeder, out: Out) -> None:
    few = asked(out.outside)
    hers = License.objects.filter(model=_seed.model(0))
    first = Picture.objects.count(), hers.count()
    seeder.grow()
    many = asked(out.outside)
    for name in OF_CASES & few.keys():
        assert max(few.pop(name), many[name]) <= MOST_OF_CASES, name
    assert {name: (count, many[name]) for name, count in few.items() if count < many[name]} == {}
    assert Picture.objects.count() > 3 * first[0]  # the control: there is more of everything
    assert hers.count() == 4 * first[1]
    assert sum(1 for count in many.values() if count) > 100


def test_every_list_is_searched_as_one_types_and_by_a_plain_form(seeder: _seed.Seeder) -> None:
    del seeder
    shrunk: set[str] = set()
    for role, client, page in searched():
        text = client.get(page, {"q": "0"}).content.decode()
        form = re.search(r'<form [^>]*role="search"[^>]*>.*?</form>', text, re.DOTALL)
        assert form, (role, page)
        assert 'hx-target="#list"' in form[0], (role, page)
        assert f'name="{asks(page)}"' in form[0], (role, page)
        assert 'method="post"' not in form[0], (role, page)
        assert "htmx.min.js" in text, (role, page)
        for one in ("list", "found"):
            assert text.count(f'id="{one}"') == 1, (role, page, one)
        some, none = (_rows(client, page, words) for words in ("", "nobody-is-called-so"))
        heads = text.count("<thead>")
        shrunk |= {page} if none <= 2 + heads < some else set()
    assert shrunk == {f"/{page}" for pages in SEARCHED.values() for page in pages} - FEW


def _rows(client: Client, page: str, words: str) -> int:
    """Return how many rows the list of a page has, of what holds some words, with the one that says
    that there is none."""
    text = client.get(page, {asks(page): words}).content.decode()
    inside, rows = 0, 0
    for mark in re.findall("<(?:/?div|li|tr)[^>]*>", text.partition('<div id="list">')[2]):
        inside += {"<div": 1, "</di": -1}.get(mark[:4], 0)
        if inside < 0:
            break
        rows += mark[:3] in ("<li", "<tr")
    return rows


def test_a_route_that_is_not_known_fails(seeder: _seed.Seeder) -> None:
    del seeder
    every = get_resolver().url_patterns
    strange = path("strange/<str:thing>", today, name="strange")
    every.append(strange)
    try:
        with pytest.raises(KeyError, match="thing"):
            list(_pages.pages(Role.OPERATOR, Account.objects.get(name="the operator")))
    finally:
        every.remove(strange)


def test_every_list_of_the_api_is_counted() -> None:
    reads = {name for name, (_, method, _) in ROUTES.items() if method == "GET"}
    known = {each.partition("?")[0] for each in _pages.LISTS}
    known = {each.replace("{listed}", "{twin}").replace("{about}", "{subject}") for each in known}
    assert {ROUTES[name][0] for name in reads - ONE_THING} == known - {"/statement"}

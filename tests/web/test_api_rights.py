"""Every operation of the API × method × kind of party × scope × own, other's, absent: the table
here is written by hand, and is compared with what the document says and what the routes do."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from sosie.account_store.models import Account
from sosie.core.capture import Judged, Kept
from sosie.core.listing import Listing
from sosie.core.roles import HOUSE, Role
from sosie.core.scopes import Scope, scopes_of
from sosie.services import account as accounts
from sosie.services import capture as captures
from sosie.services import listing as listings
from sosie.services import token
from sosie.store.models import Paper
from sosie.store.places import Errand, Place
from sosie.web.api.document import ROOT, api, urlpatterns
from sosie.web.rights import PUBLIC
from tests.services.conftest import LATER, SECRETS, granted, terms
from tests.services.people import drawn_photo
from tests.web.conftest import OTHER, OWN, Out, Person, Shown
from tests.web.programs import Program, of_the_house, problem, program
from tests.web.test_rights import PAGE

EVERYBODY = frozenset({"model", "agency", "brand"})
OPERATES = frozenset({str(Role.OPERATOR)})
OF_THE_HOUSE = OPERATES | {str(Role.OFFICER)}
ALL = EVERYBODY | OF_THE_HOUSE
HERS, AGENCY, BRAND = frozenset({"model"}), frozenset({"agency"}), frozenset({"brand"})
OF_TWINS = HERS | AGENCY
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
OPERATIONS: dict[str, tuple[frozenset[str], Scope | None]] = {
    "me": (ALL, None),
    "today": (EVERYBODY, Scope.READ),
    "list_twins": (OF_TWINS, Scope.READ),
    "twin": (OF_TWINS, Scope.READ),
    "papers": (EVERYBODY, Scope.READ),
    "paper_file": (EVERYBODY, Scope.READ),
    "statement": (EVERYBODY, Scope.READ),
    "checkpoint": (EVERYBODY, Scope.READ),
    "list_licenses": (EVERYBODY, Scope.READ),
    "quote": (EVERYBODY, Scope.NEGOTIATE),
    "draft": (EVERYBODY, Scope.NEGOTIATE),
    "license": (EVERYBODY, Scope.READ),
    "license_paper": (EVERYBODY, Scope.READ),
    "step": (EVERYBODY, Scope.NEGOTIATE),
    "list_shoots": (BRAND, Scope.READ),
    "shoot": (BRAND, Scope.READ),
    "plan": (BRAND, Scope.ORDER),
    "order": (BRAND, Scope.ORDER),
    "list_pictures": (EVERYBODY, Scope.READ),
    "picture": (EVERYBODY, Scope.READ),
    "image": (EVERYBODY, Scope.READ),
    "answer": (HERS, Scope.ANSWER),
    "change": (BRAND, Scope.ORDER),
    "find": (BRAND, Scope.READ),
    "look": (BRAND, Scope.READ),
    "listed_photograph": (BRAND, Scope.READ),
    "listing": (HERS, Scope.READ),
    "list_twin": (HERS, Scope.TWIN),
    "list_captures": (HERS, Scope.READ),
    "begin_capture": (HERS, Scope.TWIN),
    "capture": (HERS, Scope.READ),
    "add_photograph": (HERS, Scope.TWIN),
    "capture_photograph": (HERS, Scope.READ),
    "correct_photograph": (HERS, Scope.TWIN),
    "remove_photograph": (HERS, Scope.TWIN),
    "measure": (HERS, Scope.TWIN),
    "make_version": (HERS, Scope.TWIN),
    "discard_capture": (HERS, Scope.TWIN),
    "consent": (HERS, Scope.TWIN),
    "mark": (HERS, Scope.TWIN),
    "landmarks": (HERS, Scope.READ),
    "judge_landmarks": (HERS, Scope.TWIN),
    "where": (HERS, Scope.READ),
    "where_summary": (HERS, Scope.READ),
    "papers_archive": (HERS, Scope.READ),
    "preference": (HERS, Scope.READ),
    "prefer": (HERS, Scope.TWIN),
    "retirement_plan": (HERS, Scope.READ),
    "retire": (HERS, Scope.TWIN),
    "deletion_plan": (HERS, Scope.READ),
    "delete": (HERS, Scope.TWIN),
    "erasure_proof": (HERS, Scope.READ),
    "agency": (AGENCY, Scope.READ),
    "agreements": (OF_TWINS, Scope.READ),
    "library": (BRAND, Scope.READ),
    "take_downs": (BRAND, Scope.READ),
    "package": (BRAND, Scope.DELIVER),
    "label": (BRAND, Scope.DELIVER),
    "pack": (HERS | BRAND, Scope.READ),
    "review": (BRAND, Scope.ORDER),
    "run": (BRAND, Scope.ORDER),
    "release": (BRAND, Scope.ORDER),
    "quote_release": (BRAND, Scope.ORDER),
    "releases_asked": (BRAND, Scope.READ),
    "release_file": (BRAND, Scope.DELIVER),
    "taken_down": (BRAND, Scope.DELIVER),
    "list_places": (BRAND, Scope.DELIVER),
    "name_place": (BRAND, Scope.DELIVER),
    "end_place": (BRAND, Scope.DELIVER),
    "list_errands": (BRAND, Scope.DELIVER),
    "acknowledge": (BRAND, Scope.DELIVER),
    "try_again": (BRAND, Scope.DELIVER),
    "list_parties": (OPERATES, Scope.PARTIES),
    "party": (OPERATES, Scope.PARTIES),
    "house": (OPERATES, Scope.PARTIES),
    "party_history": (OPERATES, Scope.PARTIES),
    "operator_acts": (OPERATES, Scope.PARTIES),
    "invite": (OPERATES, Scope.OPERATE),
    "invite_to_house": (OPERATES, Scope.OPERATE),
    "withdraw": (OPERATES, Scope.OPERATE),
    "end_session": (OPERATES, Scope.OPERATE),
    "end_token": (OPERATES, Scope.OPERATE),
    "list_cases": (OF_THE_HOUSE, Scope.CASES),
    "one_case": (OF_THE_HOUSE, Scope.CASES),
    "case_history": (OF_THE_HOUSE, Scope.CASES),
}
ABOUT_NOTHING = {"me", "today", "list_twins", "papers", "statement", "checkpoint", "list_licenses"}
ABOUT_NOTHING |= {
    "quote",
    "draft",
    "list_shoots",
    "list_pictures",
    "find",
    "where",
    "where_summary",
}
ABOUT_NOTHING |= {"papers_archive", "preference", "prefer", "agency", "agreements", "library"}
ABOUT_NOTHING |= {"take_downs", "list_captures", "begin_capture", "consent"}
ALL_BRANDS = {"look", "listed_photograph"}
"""About what every brand may see: another one's is one's own."""
ALL_BRANDS |= {"party", "party_history", "invite", "withdraw", "end_session", "end_token"}
ALL_BRANDS |= {"one_case", "case_history"}
"""So it is with what everybody of the house may see."""
ABOUT_NOTHING |= {"list_parties", "house", "operator_acts", "invite_to_house", "list_cases"}
ABOUT_NOTHING |= {"list_places", "name_place", "list_errands"}
COUNTED: dict[str, int] = {}
"""How often the matrix asked about each operation."""
DOCUMENT = api.get_openapi_schema()
ROUTES = {
    said["operationId"]: (path.removeprefix(ROOT), method.upper(), said)
    for path, methods in DOCUMENT["paths"].items()
    for method, said in methods.items()
}


def test_the_document_says_who_may_do_what() -> None:
    assert set(ROUTES) == set(OPERATIONS)
    for name, (_, scope) in OPERATIONS.items():
        assert ROUTES[name][2]["security"] == [{"token": [scope] if scope else []}], name
    public = [each.name for each in urlpatterns if getattr(each.callback, "right", "") == PUBLIC]
    assert public == ["openapi-json"]
    assert all(getattr(each.callback, "right", "") for each in urlpatterns)


@pytest.fixture(scope="module")
def programs(out: Out) -> dict[tuple[str, str], Program]:
    """One of each kind of party on either side, with all its scopes; brands see a twin."""
    shown = Listing(found=True, photographs=("front-full",))
    by: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(listings.put(out.outside, twin="ines", listing=shown, **by))
    found = {
        (kind, side): program(
            out.outside, of[kind], secret=SECRETS[of[kind]] if side == "own" else ""
        )
        for side, of in (("own", OWN), ("other", OTHER))
        for kind in EVERYBODY
    }
    for role in (Role.OPERATOR, Role.OFFICER):
        for side in ("own", "other"):
            found[str(role), side] = of_the_house(out.outside, Person(role, OWN))
    return found


def of_the_parties(out: Out) -> dict[str, str]:
    """Return what operators act on, each new: an invitation, a session, a token, and a subject."""
    row = granted(accounts.invite(role=Role.MODEL, party="ines", now=timezone.now()))
    account = Account.objects.earliest("joined_at")
    said = {"ip": "127.0.0.1", "session_key": uuid4().hex, "user_agent": "a browser"}
    session = UserSession.objects.create(user=account, **said)
    known: dict[str, Any] = {"scopes": [Scope.READ], "name": "t", "now": timezone.now()}
    made = granted(token.create(out.outside, party="ines", **known))
    return {
        "invitation": str(row.pk),
        "session": str(session.pk),
        "token": made.row.pk,
        "subject": out.picture,
    }


def place() -> str:
    """Return the id of a place of the brand."""
    known = {"brand_id": "nord", "channel": "instagram", "address": "https://shop.example/hook"}
    row, _ = Place.objects.get_or_create(id="aaaaaaaa", defaults={**known, "made_at": LATER})
    Place.objects.filter(pk=row.pk).update(ended_at=None)
    return row.pk


def errand(out: Out) -> int:
    """Return the number of an errand to it."""
    known = {"place_id": place(), "release_id": out.number, "what": "deliver"}
    return Errand.objects.get_or_create(**known, defaults={"made_at": LATER})[0].pk


def capture(out: Out) -> int:
    """Return the number of a capture of hers, with one photograph."""
    begun = granted(captures.begin(twin="ines", by="ines", now=LATER))
    digest = out.outside.blobs.put(drawn_photo("front-full"))
    said = {"digest": digest, "length": 1, "added_at": LATER}
    judged = Kept.of(Judged("front-full", None)).model_dump(mode="json")
    begun.photos.get_or_create(name="front-full", defaults={**said, "judged": judged})
    return begun.pk


def address(name: str, shown: Shown, out: Out, *, kind: str, absent: bool) -> str:
    """Return the path of an operation about what is on the one license, or about nothing."""
    there = {
        "{twin}": "ines",
        "{license}": shown.license,
        "{paper}.pdf": "contract.pdf",
        "{picture}": shown.picture,
        "{shoot}": shown.shoot,
        "{seal}": out.number,
        "{name}": "front-full",
        "{place}": place(),
        "{errand}": str(errand(out)),
        "{paper}": str(Paper.objects.filter(party=OWN.get(kind, "ines")).latest("pk").pk),
        "{capture}": str(capture(out)),
        "{party}": "ines",
        **{f"{{{name}}}": id for name, id in of_the_parties(out).items()},
    }
    path: str = ROUTES[name][0]
    for part, value in there.items():
        nothing = {
            "{paper}.pdf": "contract.pdf",
            **dict.fromkeys(("{paper}", "{errand}", "{session}", "{capture}"), "99999"),
            "{invitation}": str(uuid4()),
        }
        path = path.replace(part, nothing.get(part, "nothing") if absent else value)
    return path + ("?from=2026-11-01&until=2026-11-30" if name == "statement" else "")


def body(name: str, shown: Shown, *, absent: bool) -> dict[str, Any] | None:
    """Return what an operation is sent: the least that is valid."""
    license = "nothing" if absent else shown.license
    plan = {
        "sosie": "shoot/1",
        "purpose": "organic_social",
        "channel": "instagram",
        "territories": ["FR"],
        "pictures": [{"plate": "front-full", "garment_colour": "#7a1f2b"}],
    }
    release = {"channels": ["instagram"], "purpose": "organic_social", "territories": ["FR"]}
    said: dict[str, dict[str, Any]] = {
        "quote": {"terms": terms().as_json()},
        "draft": {"terms": terms().as_json()},
        "step": {"step": "declined"},
        "plan": {"license": license, "plan": plan},
        "order": {"license": license, "plan": plan},
        "answer": {"yes": True},
        "change": {"note": "warmer"},
        "review": {"yes": False, "note": "too dark"},
        "run": {"do": "pause"},
        **dict.fromkeys(("release", "quote_release"), release),
        "taken_down": {"note": ""},
        "list_twin": {"listing": {"found": True}},
        "prefer": {"preferences": {"sosie": "preferences/1"}},
        "judge_landmarks": {"landmarks": {}},
        "invite": {"role": "model"},
        "invite_to_house": {"role": "operator"},
        "begin_capture": {"twin": "ines"},
        "add_photograph": {"name": "a.jpg", "file": ""},
        "correct_photograph": {"slot": "half"},
        "measure": {"measurements": {}},
        "make_version": {},
        "consent": {
            "twin": "another",
            "scope": "a twin",
            "purpose": "pictures",
            "pay": "80 EUR",
            "until": "2030-01-01",
        },
        "mark": {"place": "left cheek", "words": "a mole"},
        "retire": {},
        "delete": {},
        "name_place": {"channel": "instagram", "address": "https://shop.example/hook"},
    }
    return said.get(name)


def wanted(name: str, *, kind: str, method: str, which: str) -> set[int]:
    """Return how a program with every scope of its kind may be answered."""
    may, scope = OPERATIONS[name]
    if method != ROUTES[name][1]:
        return {405}
    if kind not in may or (scope is not None and scope not in scopes_for(kind)):
        return {403}
    if which != "own" and name not in ABOUT_NOTHING | (ALL_BRANDS if which == "other" else set()):
        return {404}
    if name == "draft" and which == "other":
        return {409}  # it drafts in nobody else's name
    if name == "add_photograph":
        return {422}  # it is none
    # A license in force cannot be declined, a sealed picture not answered, and so on.
    return {"GET": {200, 409} if name == "erasure_proof" else {200}, "POST": {200, 202, 409}}[
        method
    ]


def scopes_for(kind: str) -> tuple[Scope, ...]:
    """Return the scopes of a kind of party, or of the house for one of its roles."""
    return scopes_of(kind if kind in EVERYBODY else HOUSE)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_matrix(
    name: str, shown: Shown, out: Out, programs: dict[tuple[str, str], Program]
) -> None:
    counted: Counter[int] = Counter()
    also = {said[1] for other, said in ROUTES.items() if said[0] == ROUTES[name][0]}
    for kind in sorted(ALL):
        for which in ("own", "other", "absent"):
            if which == "absent" and name in ABOUT_NOTHING:
                continue
            absent = which == "absent"
            path = address(name, shown, out, kind=kind, absent=absent)
            asks = programs[kind, "other" if which == "other" else "own"]
            for method in METHODS:
                if method in also and method != ROUTES[name][1]:
                    continue  # another operation at the same path: it has its own row
                sent = body(name, shown, absent=absent) if method == "POST" else None
                got = asks.ask(method, path, sent)
                where = f"{method} {path} as {kind}, {which}: {got.content[:300]}"
                assert got.status_code in wanted(name, kind=kind, method=method, which=which), where
                if got.status_code >= 400 and method != "HEAD":
                    assert problem(got), where
                counted[got.status_code] += 1
    assert sum(counted.values()) >= len(ALL) * 2 * 5
    got_in = sum(counted[status] for status in (200, 202, 409, 422))
    assert got_in >= len(OPERATIONS[name][0]), "who got in?"
    COUNTED[name] = sum(counted.values())


def count() -> str:
    """Return what the matrix asked, in words; skips where it was asked in part."""
    if set(COUNTED) != set(OPERATIONS):
        pytest.skip("the matrix is asked in part")
    asked = f"{sum(COUNTED.values()):,} requests, each answered as the table says"
    kinds = f"{len(ALL)} kinds of program"
    table = f"{len(OPERATIONS)} operations × {len(METHODS)} methods × {kinds}"
    return f"api: {asked}: {table} × own, another's, absent"


def test_what_the_matrix_asked_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = count()
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201 - the sum of the run, for people


def test_what_the_matrix_asked_stands_in_the_documents() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"- {count()}\n" in page, "python tools/rights_page.py"
    assert f"cases of {len(OPERATIONS)} operations, 0 failures" in page


@pytest.fixture(scope="module")
def operator(shown: Shown) -> Person:
    return Person(Role.OPERATOR, OWN)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_token_without_the_scope_or_that_ended_is_refused(
    name: str, shown: Shown, out: Out, operator: Person
) -> None:
    _, scope = OPERATIONS[name]
    tried = 0
    for kind in sorted(EVERYBODY | OPERATES):
        path = address(name, shown, out, kind=kind, absent=False)
        sent, method = body(name, shown, absent=False), ROUTES[name][1]
        rest = [each for each in scopes_for(kind) if each != scope]
        if kind in EVERYBODY:
            without = program(out.outside, OWN[kind], *rest)
        else:
            without = of_the_house(out.outside, operator, *rest)
        if scope is not None:
            got = without.ask(method, path, sent)
            assert (got.status_code, problem(got)) == (403, "api.scope")
        token.end(without.text.split("_")[1], now=timezone.now())
        for text in (without.text, "", "sosie_aaaaaaaa_00", "nonsense " * 50, "ü"):
            got = without.ask(method, path, sent, text=text)
            assert (got.status_code, problem(got)) == (401, "api.token"), text
            assert got.headers["WWW-Authenticate"] == "Bearer"
            tried += 1
    assert tried == 20


def test_what_nobody_described_is_not_there(out: Out) -> None:
    asks = program(out.outside, "nord")
    for path in ("", "/", "/nothing", "/licenses/", "/me/x"):
        assert asks.ask("GET", path).status_code == 404, path


def test_a_token_that_asks_too_often_waits(out: Out, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 3
    asks, beside = program(out.outside, "nord"), program(out.outside, "nord")
    codes = [asks.ask("GET", "/me") for _ in range(8)]
    assert codes[0].status_code == 200
    assert codes[-1].status_code == 429
    assert problem(codes[-1]) == "api.rate"
    assert 0 < int(codes[-1].headers["Retry-After"]) <= 60
    assert beside.ask("GET", "/me").status_code == 200

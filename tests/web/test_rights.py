"""Every route × method × role × own, other's, absent: the table here is written by hand, and is
compared with what the routes do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from sosie.core.capture import Judged, Kept
from sosie.core.listing import Listing
from sosie.core.roles import Role, kind_for
from sosie.core.scopes import Scope
from sosie.core.terms import Channel
from sosie.services import account as accounts
from sosie.services import asking, listing, place, seal, token
from sosie.services import capture as captures
from sosie.store.models import Paper, Plate
from sosie.store.places import Errand, Place
from sosie.web.rights import PUBLIC, RIGHTS, DeclaredRights, public
from tests.services.conftest import LATER, SECRETS, answer, granted, made, released_on_instagram
from tests.web.conftest import OTHER, OWN, Person, Shown

EVERYBODY = frozenset(Role)
SEES_PICTURES = frozenset({Role.MODEL, Role.BOOKER, Role.PRODUCER, Role.LEGAL})
PRODUCES = frozenset({Role.PRODUCER})
HERS = frozenset({Role.MODEL})
DECIDES = frozenset({Role.MODEL, Role.LEGAL})
READS_TWINS = frozenset({Role.MODEL, Role.BOOKER})
ADVISES = frozenset({Role.BOOKER})
OF_A_BRAND = frozenset({Role.PRODUCER, Role.LEGAL})
EARNS = frozenset({Role.MODEL, Role.ACCOUNTANT})
OF_AN_AGENCY = frozenset({Role.BOOKER, Role.ACCOUNTANT})
OWN_EXPORTS = frozenset(
    {
        *("where-export", "money-export", "papers-export", "agreements-export"),
        *("pictures-export", "licenses-export", "twins-export", "shoots-export"),
    }
)
OPERATES = frozenset({Role.OPERATOR})
OF_THE_HOUSE = frozenset({Role.OPERATOR, Role.OFFICER})
ABOUT_A_LICENSE = frozenset(
    {
        *("license", "contract-paper", "memo-paper", "agree", "counter", "decline", "papers"),
        *("sign", "memo", "revoke", "advise", "send", "pack", "plan", "plan-sign"),
    }
)
ABOUT_A_PICTURE = frozenset(
    {"picture", "image", "plate", "approval", "answer", "change", "review", "release"}
)
ABOUT_A_SHOOT = frozenset({"board", "events", "run", "release-shoot"})
ABOUT_A_TWIN = frozenset(
    {
        *("twin", "photograph", "points", "listing", "never", "marks", "retire", "delete"),
        *("erasure-proof", "paper", "capture-draft", "capture-measures", "capture-make"),
        *("capture-discard", "capture-photo", "capture-image", "capture-remove"),
    }
)
ABOUT_A_CAPTURE = frozenset(
    {f"capture-{name}" for name in ("draft", "measures", "make", "discard")}
)
ABOUT_A_DRAFT_PHOTO = frozenset({"capture-photo", "capture-image", "capture-remove"})
ABOUT_A_DRAFT = frozenset({"ask", "ask-look", "ask-sign", "ask-discard"})
EXPORTS = frozenset({"find-export", "library-export", "take-down-export", "errands-export"})
ABOUT_A_PLACE = frozenset({"place-end", "errand-again", "errand-done"})
FOR_EVERY_BRAND = frozenset({"card", "card-photograph"})
"""Of a twin whose model shows it to all of them: nobody owns what is shown."""
READ, ACT, FORM = {"GET", "HEAD"}, {"POST"}, {"GET", "HEAD", "POST"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PUBLIC_ROUTES = frozenset(
    {
        "log",
        "log-entry",
        "log-proof",
        "log-consistency",
        "log-export",
        "log-file",
        "trust",
        "verify",
        "finding",
        "publication",
        "static",
        "language",
        "join",
        "join-passkey",
        "account_login",
        "mfa_login_webauthn",
        "recover",
        "mfa_authenticate",
        "by-binding",
        "by-content",
        "manifest",
        "evidence",
        "algorithms",
        "capabilities",
        "discovery",
        "",
    }
)
"""For anyone; the unnamed one answers whatever else is asked of the API."""
ROUTES: dict[str, tuple[frozenset[Role], set[str]]] = {
    "today": (EVERYBODY, READ),
    "pictures": (SEES_PICTURES, READ),
    "pictures-export": (SEES_PICTURES, READ),
    "picture": (SEES_PICTURES, READ),
    "image": (SEES_PICTURES, READ),
    "plate": (SEES_PICTURES, READ),
    "licenses": (SEES_PICTURES, READ),
    "licenses-export": (SEES_PICTURES, READ),
    "license": (SEES_PICTURES, READ),
    "contract-paper": (SEES_PICTURES, READ),
    "memo-paper": (SEES_PICTURES, READ),
    "twins": (READS_TWINS, READ),
    "twins-export": (READS_TWINS, READ),
    "twin": (READS_TWINS, READ),
    "never": (HERS, FORM),
    "retire": (HERS, FORM),
    "delete": (HERS, FORM),
    "erasure-proof": (HERS, READ),
    "photograph": (HERS, READ),
    "points": (HERS, FORM),
    "capture": (HERS, FORM),
    "capture-consent": (HERS, FORM),
    "capture-draft": (HERS, FORM),
    "capture-measures": (HERS, ACT),
    "capture-make": (HERS, FORM),
    "capture-discard": (HERS, ACT),
    "capture-photo": (HERS, FORM),
    "capture-image": (HERS, READ),
    "capture-remove": (HERS, ACT),
    "marks": (HERS, FORM),
    "where": (HERS, READ),
    "where-export": (HERS, READ),
    "money": (EARNS, READ),
    "money-export": (EARNS, READ),
    "my-papers": (HERS, READ),
    "papers-export": (HERS, READ),
    "papers-all": (HERS, READ),
    "paper": (HERS, READ),
    "found": (HERS, READ),
    "speak-up": (HERS, READ),
    "take-back": (HERS, READ),
    "agency": (OF_AN_AGENCY, READ),
    "agreements-export": (OF_AN_AGENCY, READ),
    "requests": (SEES_PICTURES, READ),
    "approvals": (HERS, READ),
    "approval": (HERS, READ),
    "answer": (HERS, ACT),
    "agree": (DECIDES, ACT),
    "counter": (DECIDES, FORM),
    "decline": (DECIDES, ACT),
    "papers": (DECIDES, ACT),
    "sign": (DECIDES, ACT),
    "memo": (HERS, ACT),
    "revoke": (HERS, FORM),
    "advise": (ADVISES, ACT),
    "change": (PRODUCES, FORM),
    "review": (PRODUCES, FORM),
    "plan": (PRODUCES, FORM),
    "plan-sign": (PRODUCES, FORM),
    "run": (PRODUCES, ACT),
    "release": (PRODUCES, FORM),
    "release-shoot": (PRODUCES, FORM),
    "events": (PRODUCES, {"GET"}),
    "taken-down": (PRODUCES, ACT),
    "signature": (SEES_PICTURES, FORM),
    "shoots": (PRODUCES, READ),
    "shoots-export": (PRODUCES, READ),
    "listing": (HERS, FORM),
    "find": (OF_A_BRAND, READ),
    "find-export": (OF_A_BRAND, READ),
    "card": (OF_A_BRAND, READ),
    "card-photograph": (OF_A_BRAND, READ),
    "ask-begin": (OF_A_BRAND, ACT),
    "ask": (OF_A_BRAND, FORM),
    "ask-look": (OF_A_BRAND, ACT),
    "ask-sign": (OF_A_BRAND, FORM),
    "ask-discard": (OF_A_BRAND, ACT),
    "send": (OF_A_BRAND, FORM),
    "library": (OF_A_BRAND, READ),
    "library-export": (OF_A_BRAND, READ),
    "label": (OF_A_BRAND, READ),
    "take-down": (OF_A_BRAND, READ),
    "take-down-export": (OF_A_BRAND, READ),
    "places": (OF_A_BRAND, FORM),
    "place-end": (OF_A_BRAND, ACT),
    "errand-again": (OF_A_BRAND, ACT),
    "errand-done": (OF_A_BRAND, ACT),
    "errands-export": (OF_A_BRAND, READ),
    "pack": (OF_A_BRAND | HERS, READ),
    "rendition": (OF_A_BRAND, READ),
    "board": (PRODUCES, READ),
    "sign-out": (EVERYBODY, ACT),
    "account": (EVERYBODY, READ),
    "mfa_index": (EVERYBODY, READ),
    "mfa_list_webauthn": (EVERYBODY, READ),
    "mfa_add_webauthn": (EVERYBODY, FORM),
    "mfa_remove_webauthn": (EVERYBODY, FORM),
    "mfa_view_recovery_codes": (EVERYBODY, READ),
    "mfa_generate_recovery_codes": (EVERYBODY, FORM),
    "mfa_reauthenticate_webauthn": (EVERYBODY, FORM),
    "mfa_reauthenticate": (EVERYBODY, FORM),
    "end-session": (EVERYBODY, ACT),
    "end-token": (SEES_PICTURES | OF_THE_HOUSE, ACT),
    "admin-parties": (OPERATES, READ),
    "admin-export": (OPERATES, READ),
    "admin-party": (OPERATES, READ),
    "admin-invite": (OPERATES, ACT),
    "admin-history": (OPERATES, READ),
    "admin-house": (OPERATES, READ),
    "admin-house-invite": (OPERATES, ACT),
    "admin-withdraw": (OPERATES, ACT),
    "admin-end-session": (OPERATES, ACT),
    "admin-end-token": (OPERATES, ACT),
    "admin-acts": (OPERATES, READ),
    "admin-cases": (OF_THE_HOUSE, READ),
    "admin-cases-export": (OF_THE_HOUSE, READ),
    "admin-case": (OF_THE_HOUSE, READ),
}
# Of a license in force most acts are refused, and said to be; so is a change without a word.
DONE: dict[str, tuple[int, ...]] = {
    **dict.fromkeys((*ABOUT_A_LICENSE, "change"), (200, 302, 409)),
    "places": (200, 400),  # no address is sent
    **dict.fromkeys(("errand-again", "errand-done"), (302, 409)),
    "capture": (200, 409),  # no twin is named
    "capture-draft": (200, 400),  # no photograph is sent
    "capture-photo": (200, 302, 409),  # nobody is on it
    "capture-make": (409,),  # photographs are missing
    "ask-begin": (409,),  # no twin is named
    **dict.fromkeys(("admin-invite", "admin-house-invite"), (409,)),  # no role is
    "erasure-proof": (404,),  # it was not erased
}
"""How it is answered where it may be asked; 200 or 302 where nothing stands here."""


COUNTED: dict[str, int] = {}
"""How often the matrix asked each route."""
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rights.md"


def routes() -> Iterator[URLPattern]:
    """Yield the routes of the pages; those of the API have a table of their own."""
    for each in get_resolver().url_patterns:
        if isinstance(each, URLPattern):
            yield each
        else:
            assert str(each.pattern) == "api/v1/", "a route outside the tables"


def undeclared(found: list[URLPattern]) -> list[str]:
    """Return the routes that declare no right."""
    return [str(each.pattern) for each in found if not getattr(each.callback, "right", "")]


def test_every_route_declares_its_right() -> None:
    found = list(routes())
    assert undeclared(found) == []
    bare = URLPattern(found[0].pattern, lambda request: None)
    assert undeclared([*found, bare]) == [str(bare.pattern)]  # the control
    assert {each.name or "" for each in found} == PUBLIC_ROUTES | set(ROUTES)
    for each in found:
        right = getattr(each.callback, "right", "")
        assert (right == PUBLIC) == ((each.name or "") in PUBLIC_ROUTES), each.name
        assert right in {PUBLIC, *RIGHTS}


def test_who_was_signed_out_comes_back_to_the_page_of_her_form() -> None:
    client = Client(headers={"host": "localhost:8000"})
    act, page = "/licenses/L-2026-0001/decline", "/licenses/L-2026-0001"
    for came, back in (
        (f"http://localhost:8000{page}?all=1", f"{page}%3Fall%3D1"),
        (f"https://elsewhere.example{page}/x", page),
        ("", page),
    ):
        answer = client.post(act, headers={"Referer": came})
        assert answer["Location"] == f"/sign-in?next={back}", came
    answer = client.get("/pictures?q=cream", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in?next=/pictures%3Fq%3Dcream"
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.post("/library/places/abc/end")["Location"] == "/sign-in?next=/library/places"


def test_who_opens_what_only_a_form_sends_comes_to_the_page_above(shown: Shown) -> None:
    del shown
    person = Person(Role.MODEL, OWN)
    act = "/licenses/L-2026-0001/decline"
    assert person.client.get(act).status_code == 405
    answer = person.client.get(act, headers={"Accept": "text/html"})
    assert answer["Location"] == "/licenses/L-2026-0001"


def bare(request: HttpRequest) -> HttpResponse:
    """Answer anyone: it declares nothing."""
    del request
    return HttpResponse("told")


def test_a_route_that_declares_nothing_is_refused() -> None:
    request, rights = HttpRequest(), DeclaredRights(bare)
    with pytest.raises(PermissionDenied):
        rights.process_view(request, bare)
    rights.process_view(request, public(bare))  # the control
    assert "sosie.web.rights.DeclaredRights" in settings.MIDDLEWARE


@pytest.fixture(scope="module")
def released(shown: Shown) -> str:
    """The seal number of something that went out."""
    shows = Listing(found=True, photographs=("front-half",))
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(listing.put(shown.outside, twin="ines", listing=shows, **known))
    (picture,) = made(shown.outside, shown.license, "front-half")
    granted(answer(shown.outside, picture))
    granted(seal.seal(shown.outside, picture=picture, now=LATER))
    return str(released_on_instagram(shown.outside, picture).pk)


@pytest.fixture(scope="module")
def people(shown: Shown) -> dict[tuple[Role, str], Person]:
    """One of each role on either side, each with two passkeys."""
    found = {}
    for role in Role:
        for side, of in (("own", OWN), ("other", OTHER)):
            person = Person(role, of)
            first = person.device
            person.device = type(first)()
            page = reverse("mfa_add_webauthn")
            added = person.client.post(page, {"name": "b", "credential": person.made(page)})
            assert added.status_code == 302
            person.device = first
            found[role, side] = person
    return found


def asked(
    name: str, shown: Shown, person: Person, other: Person, which: str, *, seal: str
) -> str | None:
    """Return the address of a route for what is one's own, another's or absent; nothing where the
    route is about nothing."""
    if name in FOR_EVERY_BRAND | ABOUT_A_DRAFT | EXPORTS:
        return of_a_brand(name, which)
    if name.startswith("admin-"):
        return of_the_house(name, shown, person, which)
    taken: dict[str, Any] = {}
    simple = {
        **dict.fromkeys(ABOUT_A_PICTURE, ("picture", shown.picture, "S-9999-01")),
        **dict.fromkeys(ABOUT_A_LICENSE, ("license", shown.license, "L-2026-9999")),
        **dict.fromkeys(("taken-down", "rendition", "label"), ("seal", seal, "9999")),
        **dict.fromkeys(ABOUT_A_SHOOT, ("shoot", shown.shoot, "S-9999")),
    }
    if name in simple:
        key, known, absent = simple[name]
        taken = {key: known if which != "absent" else absent}
    elif name in ABOUT_A_TWIN:
        taken = of_a_twin(name, absent=which == "absent")
    elif name in ABOUT_A_PLACE:
        taken = of_a_place(name, shown, seal, absent=which == "absent")
    elif name == "signature":
        kind = kind_for(Role(person.account.memberships.get().role))
        taken = {"party": OWN[kind or "model"] if which != "absent" else "nobody"}
    elif name in ("mfa_remove_webauthn", "end-session", "end-token"):
        taken = of_an_account(name, shown, person, person if which == "own" else other)
        taken = (
            taken if which != "absent" else {key: absent_of(value) for key, value in taken.items()}
        )
    if not taken and which != "own":
        return None
    if name in OWN_EXPORTS:  # for everybody his own
        taken = {"form": "csv"}
    return reverse(name, kwargs=taken)


def of_a_brand(name: str, which: str) -> str | None:
    """Return the address of what a brand does before there is a license."""
    if name in ABOUT_A_DRAFT:
        begun = granted(asking.begin(brand="nord", twin="ines", now=LATER))
        return reverse(name, kwargs={"draft": begun.pk if which != "absent" else 9999})
    if which == "other" or (name in EXPORTS and which == "absent"):
        return None
    twin = "ines" if which == "own" else "nobody"
    taken = {"card": [twin], "card-photograph": [twin, "front-half"]}
    return reverse(name, args=taken.get(name, ["json"]))


def of_the_house(name: str, shown: Shown, person: Person, which: str) -> str | None:
    """Return the address of what the house does: about every party, nobody's own."""
    absent = which == "absent"
    taken: dict[str, Any] = {}
    if name in ("admin-export", "admin-acts", "admin-cases-export"):
        taken = {} if absent else {"form": "csv"}
    elif name in ("admin-party", "admin-invite", "admin-history"):
        taken = {"party": "nobody" if absent else "ines"}
    elif name == "admin-case":
        taken = {"about": "nothing" if absent else shown.picture}
    elif name == "admin-withdraw":
        row = granted(accounts.invite(role=Role.MODEL, party="ines", now=timezone.now()))
        taken = {"invitation": uuid4() if absent else row.pk}
    elif name == "admin-end-session":
        said = {"ip": "127.0.0.1", "session_key": uuid4().hex, "user_agent": "a browser"}
        session = UserSession.objects.create(user=person.account, **said)
        taken = {"session": 999_999 if absent else session.pk}
    elif name == "admin-end-token":
        made = token.create(shown.outside, party="ines", scopes=[Scope.READ], name="t", now=LATER)
        taken = {"token": "nothing" if absent else granted(made).row.pk}
    if which == "other" or (absent and not taken):
        return None
    return reverse(name, kwargs=taken)


def of_a_place(name: str, shown: Shown, seal: str, *, absent: bool) -> dict[str, Any]:
    """Return which place of the brand, or which errand to it, a route is about."""
    known: dict[str, Any] = {"brand": "nord", "channel": Channel.INSTAGRAM, "now": LATER}
    address = f"https://shop.example/{Place.objects.count()}"
    row = granted(place.name(shown.outside, address=address, **known))
    if name == "place-end":
        return {"place": "nothing" if absent else row.pk}
    errand = Errand.objects.create(place=row, release_id=seal, what="deliver", made_at=LATER)
    return {"errand": 999_999 if absent else errand.pk}


def of_a_capture(name: str, *, absent: bool) -> dict[str, Any]:
    """Return which capture of hers, or which photograph of it, a route is about."""
    begun = granted(captures.begin(twin="ines", by="ines", now=LATER))
    if name in ("capture-draft", "capture-measures", "capture-make", "capture-discard"):
        return {"draft": 999_999 if absent else begun.pk}
    row = begun.photos.first() or begun.photos.create(
        name="a",
        digest=Plate.objects.filter(twin="ines").earliest("pk").digest,
        length=1,
        judged=Kept.of(Judged("a", None)).model_dump(mode="json"),
        added_at=LATER,
    )
    return {"photo": 999_999 if absent else row.pk}


def of_an_account(name: str, shown: Shown, person: Person, of: Person) -> dict[str, Any]:
    """Return which passkey, session or token a route of the account is about."""
    if name == "mfa_remove_webauthn":
        keys = Authenticator.objects.filter(type="webauthn").order_by("-id")
        return {"pk": keys.filter(user=of.account.pk)[0].pk}
    if name == "end-session":
        row = UserSession.objects.filter(user=of.account.pk).first()
        return {"session": row.pk if row else 999_999}
    kind = kind_for(Role(person.account.memberships.get().role))
    scopes = [Scope.READ if kind else Scope.CASES]
    whose: dict[str, Any] = {"party": OWN[kind]} if kind else {"account": of.account.number}
    made = token.create(shown.outside, scopes=scopes, name="t", now=LATER, **whose)
    return {"token": granted(made).row.pk}


def absent_of(value: object) -> object:
    """Return a number, or a name, that nothing has."""
    return 999_999 if isinstance(value, int) else "nothing"


def of_a_twin(name: str, *, absent: bool) -> dict[str, Any]:
    """Return which twin, which of its photographs or which paper of hers a route is about."""
    if name == "paper":
        hers = Paper.objects.filter(party="ines").earliest("pk")
        return {"paper": 999_999 if absent else hers.pk}
    if name.startswith("capture-"):
        return of_a_capture(name, absent=absent)
    if name not in ("photograph", "points"):
        return {"twin": "nobody" if absent else "ines"}
    return {"plate": 9999 if absent else Plate.objects.filter(twin="ines").earliest("pk").pk}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_the_matrix(
    name: str, shown: Shown, released: str, people: dict[tuple[Role, str], Person]
) -> None:
    may, methods = ROUTES[name]
    counted: Counter[int] = Counter()
    # Of an account, not of a party.
    of_an_account = ("mfa_remove_webauthn", "end-session")
    # By the view, once the method is right.
    looked_up = name in (*of_an_account, *FOR_EVERY_BRAND)
    done = DONE.get(name, (200, 302))
    for role in Role:
        for which in ("own", "other", "absent"):
            # Another's: of a party, somebody of another asks; of an account, for somebody else's.
            own_things = name in of_an_account or (name == "end-token" and role in OF_THE_HOUSE)
            side = "other" if which == "other" and not own_things else "own"
            person, other = people[role, side], people[role, "other"]
            for method in METHODS:
                address = asked(name, shown, person, other, which, seal=released)
                if address is None:
                    continue
                got = person.browser().generic(method, address).status_code
                counted[got] += 1
                where = f"{method} {address} as {role}, {which}"
                if role not in may:
                    assert got == 403, where
                elif which != "own":
                    missing = 404 if method in methods or not looked_up else 405
                    assert got == missing, where
                elif method in methods:
                    assert got in done, where
                else:
                    assert got == 405, where
        anonymous = Client(headers={"host": "localhost:8000"})
        person = people[role, "own"]
        for method in METHODS:
            address = asked(name, shown, person, person, "own", seal=released) or "/"
            told = anonymous.generic(method, address)
            assert told.status_code == 302, f"{method} {address} as a stranger"
            assert told["Location"].startswith("/sign-in?next="), address
            counted[told.status_code] += 1
    assert sum(counted.values()) >= len(Role) * len(METHODS) * 2
    COUNTED[name] = sum(counted.values())


def count() -> str:
    """Return what the matrix asked, in words; skips where it was asked in part."""
    if set(COUNTED) != set(ROUTES):
        pytest.skip("the matrix is asked in part")
    asked = f"{sum(COUNTED.values()):,} requests, each answered as the table says"
    roles = f"{len(Role)} roles and a stranger"
    table = f"{len(ROUTES)} routes × {len(METHODS)} methods × {roles} × own, another's, absent"
    return f"pages: {asked}: {table}; {len(PUBLIC_ROUTES)} routes are for anyone"


def test_what_the_matrix_asked_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = count()
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201 - the sum of the run, for people


def test_what_the_matrix_asked_stands_in_the_documents() -> None:
    assert f"- {count()}\n" in PAGE.read_text(encoding="utf-8"), "python tools/rights_page.py"

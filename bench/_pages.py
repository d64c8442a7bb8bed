"""Time every page of every role, and each list of the API, on one seeded workspace; the child
process of `bench.pages`, since Django works on one workspace a process."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, path, reverse
from django.utils import timezone
from rules.permissions import has_perm

from bench import _people, _seed
from sosie.account_store.models import Account, Token
from sosie.core.ports import Outside
from sosie.core.roles import HOUSE, Role, kind_for
from sosie.core.scopes import scopes_of
from sosie.core.values import Refusal
from sosie.services import asking, token
from sosie.store.models import License, LogEntry, Paper, Picture, Plate, Seal
from sosie.web import urls
from sosie.web.rights import PUBLIC, requires
from sosie.web.workspace import outside

APART = frozenset(
    {
        *("verify", "finding", "join", "join-passkey", "mfa_login_webauthn", "recover"),
        *("mfa_authenticate", "by-binding", "by-content", "manifest", "evidence", "algorithms"),
        *("capabilities", "discovery", "account_login", "sign-out"),
        *("end-session", "end-token", "signature", "erasure-proof", "points", "rendition"),
        *("papers-all", "pack", "label", "paper", "contract-paper", "memo-paper", "log-file"),
        *("log-proof", "trust", "static", "image", "plate", "photograph", "card-photograph"),
        *("place-end", "errand-again", "errand-done", "events", "run"),
        *("admin-withdraw", "admin-end-session", "admin-end-token", "capture-remove"),
        *("capture-draft", "capture-photo", "capture-image", "capture-measures", "capture-make"),
        "capture-discard",
    }
)
"""Routes that read one thing by its key, a file, nothing of the database, or are only posted to,
and the one that goes on telling: no list."""


@requires("today")
def floor(request: HttpRequest) -> HttpResponse:
    """Answer with nothing: session, rights, and one query by primary key."""
    del request
    return HttpResponse(License.objects.get(pk="L-2025-00001").pk)


@dataclass(frozen=True)
class Measured:
    """One page for one role."""

    page: str
    role: str
    ms: float
    """Median."""
    p95: float
    cpu: float
    """Median of what this process computed meanwhile: it does not wait for others."""
    queries: int
    size: int
    """Bytes of the answer."""


def about(role: Role | None) -> dict[str, Any]:
    """Return the arguments of routes: the things of the greatest party of a role."""
    kind = kind_for(role) if role else HOUSE
    who = {"model": {"model": _seed.model(0)}, "brand": {"brand": _seed.brand(0)}}
    among = who.get(kind or "", {"agency": _seed.agency(0)})
    in_force = License.objects.filter(**among, revocation=None, id__startswith="L-2025")
    sealed = Picture.objects.filter(status="sealed", license__in=in_force).order_by("pk")
    shown = sealed.filter(seals__release__isnull=False).first()
    assert shown is not None
    made = Picture.objects.filter(status="made", license__in=in_force).order_by("pk").first()
    twin = shown.license.twin_id
    plate = Plate.objects.filter(twin=twin).earliest("pk")
    out = Seal.objects.filter(picture=shown, release__isnull=False).earliest("at")
    hers = Paper.objects.filter(party=twin).first()
    return {
        "listed": _seed.model(3),
        "license": shown.license_id,
        "picture": (made or shown).pk,
        "shoot": shown.shoot_id,
        "twin": twin,
        "plate": plate.pk,
        "paper": hers.pk if hers else 0,
        "seal": out.pk,
        "number": out.pk,
        "index": LogEntry.objects.count() // 2,
        "name": "front-half",
        "form": "csv",
        "party": _seed.brand(0),
        "about": shown.license_id,
    }


def pages(role: Role | None, account: Any) -> Iterator[tuple[str, str]]:
    """Yield name and address of each page that somebody may read; a stranger's are the public
    ones. A route whose arguments are not known here raises ``KeyError``."""
    known = about(role)
    if role and kind_for(role) == "brand":
        draft = asking.begin(brand=_seed.brand(0), twin=_seed.model(3), now=timezone.now())
        assert not isinstance(draft, Refusal)
        known |= {"draft": draft.pk, "twin": _seed.model(3)}  # one that brands are shown
    for each in get_resolver().url_patterns:
        if not isinstance(each, URLPattern) or not each.name or each.name in APART:
            continue
        right = getattr(each.callback, "right", "")
        if (right == PUBLIC) != (role is None) or (role and not has_perm(right, account)):
            continue
        if each.name.startswith("mfa_") or each.name == "account":
            if each.name == "account":
                yield each.name, reverse("account")
            continue
        wanted = each.pattern.regex.groupindex
        address = reverse(each.name, kwargs={name: known[name] for name in wanted})
        yield each.name, address + ASKING.get(each.name, "")


ASKING = {"log-consistency": "?from=1", "money": "", "where": ""}
LISTS = (
    *("/licenses", "/licenses?signed=false", "/pictures", "/pictures?status=made", "/shoots"),
    *("/twins", "/captures", "/papers", "/today", "/log", "/me"),
    *("/licenses/{license}", "/pictures/{picture}", "/shoots/{shoot}", "/twins/{twin}"),
    *("/where", "/where/summary", "/preferences", "/twins/{twin}/listing", "/agreements"),
    *("/twins/{twin}/retirement", "/twins/{twin}/deletion", "/agency"),
    *("/listings", "/listings/{listed}", "/library", "/take-downs", "/places", "/errands"),
    "/statement?from={first}&until={last}",
    *("/parties", "/parties/{party}", "/parties/{party}/history", "/house", "/operator-acts"),
    *("/cases", "/cases/{about}", "/cases/{about}/history"),
)
"""What a program reads. The statement is of one month."""


def timed(ask: Callable[[], Any], rounds: int) -> tuple[float, float, float]:
    """Return median and 95th percentile in ms, and the median of what was computed. Each time the
    connection to the database is a new one, as a server opens one for each request."""
    times, computed = [], []
    for _ in range(rounds):
        connection.close()
        start, began = time.perf_counter(), time.process_time()
        ask()
        computed.append((time.process_time() - began) * 1000)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    p95 = times[-1 - len(times) // 20]
    return statistics.median(times), p95, statistics.median(computed)


def of_the_pages(rounds: int, word: str) -> Iterator[Measured | None]:
    """Time each page of each role."""
    host = {"host": "localhost:8000"}
    for role in (*Role, None):
        client, account = Client(headers=host), None
        if role:
            account = Account.objects.filter(name=f"the {role.words}").first()
            assert account is not None
            client.force_login(account)
        for name, address in pages(role, account):
            if word in name:
                yield _one(name, str(role or "anyone"), partial(client.get, address), rounds)
        if role:
            yield _one("floor", str(role), partial(client.get, "/floor"), rounds)


def of_the_api(rounds: int, word: str) -> Iterator[Measured | None]:
    """Time what a program of each kind of party, and of the house, reads."""
    for role in (Role.MODEL, Role.BOOKER, Role.LEGAL, Role.OPERATOR):
        row = program(outside(), role)
        headers = {"host": "localhost:8000", "authorization": f"Bearer {row.text}"}
        for each, address in lists(role):
            if word not in "api " + each:
                continue
            ask = partial(Client(headers=headers).get, address)
            kind = kind_for(role) or str(role)
            yield _one(f"api {each}", kind, ask, rounds, refused=True)
        Token.objects.filter(pk=row.row.pk).delete()


def program(outside: Outside, role: Role) -> token.Made:
    """Return a token of the greatest party of a role, or of the house, with all scopes there are
    for it."""
    kind = kind_for(role)
    account = Account.objects.filter(name=f"the {role.words}").get()
    greatest = {"model": _seed.model(0), "agency": _seed.agency(0), "brand": _seed.brand(0)}
    made = token.create(
        outside,
        party=greatest.get(kind, ""),
        account="" if kind else account.number,
        scopes=scopes_of(kind),
        name="bench",
        now=timezone.now(),
    )
    assert not isinstance(made, Refusal)
    return made


def lists(role: Role) -> Iterator[tuple[str, str]]:
    """Yield what a program reads, each with its address for the greatest party of a role."""
    today = timezone.now().date()
    known = about(role) | {"first": today.replace(day=1), "last": today}
    for each in LISTS:
        yield each, "/api/v1" + each.format(**known)


def _one(
    page: str, role: str, ask: Callable[[], Any], rounds: int, *, refused: bool = False
) -> Measured | None:
    """Return one page as it was measured; nothing of one that this role may only post to, or, of
    the API, not ask at all."""
    rounds = 1 if "export" in page else rounds  # a file may take its time
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
        size = len(answer.getvalue())  # what streams is asked for while it is read
        count = len(queries)
    if answer.status_code == 405 or (answer.status_code == 403 and refused):
        return None
    if answer.status_code not in (200, 302, 409):
        raise RuntimeError(f"{page} as {role}: {answer.status_code}")
    answer.close()
    return Measured(page, role, *timed(lambda: ask().getvalue(), rounds), count, size)


def main() -> None:
    """Print what was measured as one JSON object; only pages that hold a word, where one is
    named."""
    settings.API_REQUESTS_A_MINUTE = 10**6
    urls.urlpatterns.append(path("floor", floor, name="floor"))
    outside()
    _people.people()
    rounds, word = int(sys.argv[1]), "".join(sys.argv[2:3])
    found = []
    for each in chain(of_the_pages(rounds, word), of_the_api(rounds, word)):
        if each is not None:
            found.append(vars(each))
            print(*vars(each).values(), file=sys.stderr, flush=True)
    print(json.dumps(found))

"""What operators see and do: parties, who and what acts for them, open cases, and history.

Pages of our own, not Django's admin: that one edits rows, and nothing here may be edited; its
rights are none of `web/rights.py`, and it signs in with passwords.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sosie.account_store.models import Account, Invitation, OperatorAct, Token
from sosie.core.roles import HOUSE, Role, roles_of
from sosie.core.values import Refusal
from sosie.services import account as accounts
from sosie.services import admin, case, history
from sosie.services import law as laws
from sosie.services import party as party_service
from sosie.services import token as tokens
from sosie.store.history import LogParty
from sosie.store.models import Party
from sosie.web import lists, signing
from sosie.web.exports import exported, in_parts
from sosie.web.lists import ON_A_PAGE
from sosie.web.rights import requires
from sosie.web.workspace import now, site

MOST = 5000
"""Lines in one export."""
COLUMNS = (
    *("party", "kind", "name", "place", "joined", "registration", "registered_until"),
    *("bond_usd", "bond_until", "against", "passkeys", "people", "programs"),
)
"""Of the list of parties as CSV; a column keeps its place and its meaning."""
EVENTS = ("index", "at", "act", "by", "about")
ACTS = ("at", "operator", "what", "party", "about")


def _asked(request: HttpRequest) -> dict[str, str]:
    return {
        "words": lists.words_of(request),
        "kind": request.GET.get("kind", "")[:20],
    }


@requires("operate")
@require_safe
def parties(request: HttpRequest) -> HttpResponse:
    """Show the parties: how many sign in for them, and what is wrong with an agency."""
    asked = _asked(request)
    page = Paginator(admin.find(**asked), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = admin.shown(page.object_list, now=now())
    kinds = {"kind": asked["kind"], "kinds": Party.Kind.values}
    context = {**lists.context(request, page, "admin-export"), "rows": rows, **kinds}
    return render(request, "sosie/admin_parties.html", context)


@requires("operate")
@require_safe
def parties_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the parties that are looked for, as CSV or JSON."""
    told = in_parts(admin.find(**_asked(request))[:MOST], partial(admin.shown, now=now()))
    return exported(form, "parties", COLUMNS, told)


@requires("operate", party_service.known)
@require_safe
def party(request: HttpRequest, party: Party) -> HttpResponse:
    """Show one party: its standing, its keys, and who and what acts for it."""
    is_agency = party.kind == Party.Kind.AGENCY
    more = {
        "passkeys": party.passkeys.order_by("registered_at"),
        "findings": laws.of_agency(party, on=now().date()) if is_agency else (),
    }
    return _page(request, party, more)


@requires("operate")
@require_safe
def house(request: HttpRequest) -> HttpResponse:
    """Show who acts for the house itself."""
    return _page(request, None, {})


def _page(request: HttpRequest, party: Party | None, more: dict[str, Any]) -> HttpResponse:
    access = admin.access(party, now=now())
    roles = roles_of(party.kind if party else HOUSE)
    context = {"party": party, "access": access, "roles": roles, **more}
    return render(request, "sosie/admin_party.html", context)


@requires("operate", party_service.known)
@require_POST
def invite(request: HttpRequest, party: Party) -> HttpResponse:
    """Invite somebody to act for a party; the link is shown once."""
    return _invited(request, party)


@requires("operate")
@require_POST
def invite_to_house(request: HttpRequest) -> HttpResponse:
    """Invite somebody to act for the house."""
    return _invited(request, None)


def _invited(request: HttpRequest, party: Party | None) -> HttpResponse:
    said = request.POST.get("role", "")
    if said not in roles_of(party.kind if party else HOUSE):
        return signing.refused(
            request, _("There is no such role here."), _back(party.pk if party else None)
        )
    role = Role(said)
    made = admin.invite(role=role, party=party.pk if party else "", by=_me(request), now=now())
    if isinstance(made, Refusal):
        return signing.refused(request, made.reasons[0].text, _back(party.pk if party else None))
    link = f"{site(request)}/join/{accounts.token_of(made)}"
    context = {"party": party, "invitation": made, "role": role.words, "link": link}
    return render(request, "sosie/admin_invited.html", context)


@requires("operate", admin.invitation)
@require_POST
def withdraw(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    """End an invitation that nobody used."""
    ended = admin.withdraw(invitation, by=_me(request), now=now())
    return _told(request, ended, _("The invitation leads nowhere now."), invitation.party_id)


@requires("operate", admin.session)
@require_POST
def end_session(request: HttpRequest, session: UserSession) -> HttpResponseBase:
    """Sign somebody out of one browser."""
    party = request.POST.get("party", "")
    admin.end_session(session, by=_me(request), now=now())
    return _told(request, None, _("The session has ended."), party or None)


@requires("operate", tokens.known)
@require_POST
def end_token(request: HttpRequest, token: Token) -> HttpResponseBase:
    """Revoke a token of any party."""
    ended = admin.end_token(token, by=_me(request), now=now())
    return _told(request, ended, _("The token is revoked."), token.party_id)


def _me(request: HttpRequest) -> Account:
    return cast("Account", request.user)  # `operate` is a right of accounts alone


def _told(request: HttpRequest, ended: object, text: str, party: str | None) -> HttpResponseBase:
    if isinstance(ended, Refusal):
        return signing.refused(request, ended.reasons[0].text, _back(party))
    messages.success(request, text)
    return redirect(_back(party))


def _back(party: str | None) -> str:
    known = party is not None and party_service.known(party) is not None
    return reverse("admin-party", args=[party]) if known else reverse("admin-house")


@requires("operate", party_service.known)
@require_safe
def party_history(request: HttpRequest, party: Party) -> HttpResponseBase:
    """Show every entry of the log about a party, the newest first; with `form` all of them in
    their order, as CSV or JSON."""
    rows = history.of(party.pk)
    if (form := request.GET.get("form")) in ("csv", "json"):
        return exported(form, "history", EVENTS, _told_of(rows))
    rows = history.holding(rows, lists.words_of(request)).reverse()
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    shown = lists.context(request, page)
    context = {"party": party, **shown, "events": [history.event(row) for row in page]}
    return render(request, "sosie/admin_history.html", context)


@requires("operate")
@require_safe
def acts(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return what operators did, the newest first, as CSV or JSON."""
    del request
    return exported(form, "acts", ACTS, map(_act, admin.acts()[:MOST].iterator()))


def _told_of(rows: QuerySet[LogParty]) -> Iterator[Mapping[str, Any]]:
    return in_parts(rows, lambda part: [history.event(row).as_row() for row in part])


def _act(row: OperatorAct) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "operator": row.account.name,
        "what": row.what,
        "party": row.party_id or "",
        "about": row.about,
    }


@requires("cases")
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Show what is open, the longest first."""
    asked = _asked(request)
    found = Paginator(case.open_ones(**asked, now=now()), ON_A_PAGE)
    page = found.get_page(request.GET.get("page"))
    kinds = {"kind": asked["kind"], "kinds": list(case.Kind)}
    shown = lists.context(request, page, "admin-cases-export")
    context = {**shown, "open": named(page), **kinds}
    return render(request, "sosie/admin_cases.html", context)


@requires("cases")
@require_safe
def cases_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return what is open, as CSV or JSON."""
    found = case.open_ones(**_asked(request), now=now())
    told = in_parts(found, lambda part: [each.as_row() for each in part])
    return exported(form, "cases", case.COLUMNS, told)


def named(found: Iterable[case.Case]) -> list[dict[str, Any]]:
    """Return cases with the names of whom they are between, and of where something is out."""
    found = list(found)
    names = party_service.names(
        id for each in found for id in (each.model, each.brand, each.waits_for)
    )
    return [
        {
            "case": each,
            "model": names[each.model],
            "brand": names[each.brand],
            "waits_for": names[each.waits_for],
        }
        for each in found
    ]


@requires("cases", case.known)
@require_safe
def one_case(request: HttpRequest, found: case.Subject) -> HttpResponseBase:
    """Show what happened to a picture or a license, in order; with `form` as CSV or JSON."""
    rows = history.of(found.model, **found.named)
    if (form := request.GET.get("form")) in ("csv", "json"):
        return exported(form, "history", EVENTS, _told_of(rows))
    # Of thousands of entries about her the few about this are looked for once.
    rows = history.holding(rows, lists.words_of(request))
    ids = list(rows.values_list("pk", flat=True))
    page: Page[Any] = Paginator(ids, ON_A_PAGE).get_page(request.GET.get("page"))
    names = party_service.names((found.model, found.brand))
    context = {
        "found": found,
        "names": {"model": names[found.model], "brand": names[found.brand]},
        "open": named(case.of(found, now=now())),
        **lists.context(request, page),
        "events": [history.event(row) for row in rows.filter(pk__in=list(page))],
    }
    return render(request, "sosie/admin_case.html", context)

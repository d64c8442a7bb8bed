"""Who may do what: every route declares its right here, and one that declares none is refused.

A right is a `rules` predicate on who asks and on what it is about. Whoever has none of its roles is
told so (403); for what another party owns and for what does not exist the answer is the same (404).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from rules.permissions import add_perm, has_perm
from rules.predicates import Predicate

from sosie.account_store.models import Account, Membership, Token
from sosie.core.roles import Role, roles_of
from sosie.services import twin as twins

View = Callable[..., HttpResponseBase]
PUBLIC = "public"
"""The right of a route that is for anyone."""


def memberships(account: Any) -> list[Membership]:
    """Return for whom an account acts, or a token: in all roles of its party, or for the house in
    those of who answers for it; read once for each request. A stranger's is empty."""
    if isinstance(account, Token):
        if party := account.party:
            return [Membership(party=party, role=role) for role in roles_of(party.kind)]
        return [each for each in memberships(account.account) if each.party_id is None]
    if not isinstance(account, Account):
        return []
    if not hasattr(account, "acts_for"):
        rows = account.memberships.select_related("party").order_by("id")
        account.acts_for = list(rows)  # type: ignore[attr-defined]
    return account.acts_for  # type: ignore[attr-defined,no-any-return]


def parties(account: Any, *roles: Role) -> set[str]:
    """Return the ids of the parties for which an account acts in one of some roles."""
    return {m.party_id for m in memberships(account) if m.role in roles and m.party_id}


def licenses_of(account: Any) -> Q:
    """Return which licenses somebody may see."""
    return (
        Q(model__in=parties(account, Role.MODEL))
        | Q(brand__in=parties(account, Role.PRODUCER, Role.LEGAL))
        | Q(agency__in=parties(account, Role.BOOKER))
    )


def programs_of(account: Any) -> Q:
    """Return the tokens that somebody may end: of parties that she signs for, and those for which
    she answers herself."""
    return Q(party__in=parties(account, *SIGNING)) | Q(account=account.pk)


def _acts(*roles: Role, of: str = "") -> Predicate:
    """Return the predicate that somebody has one of some roles: for any party where nothing is
    asked about, else for the party at a path (`license.model_id`) of what is."""

    def holds(account: Any, thing: Any = None) -> bool:
        if thing is None or not of:
            return any(m.role in roles for m in memberships(account))
        for name in of.split("."):
            thing = getattr(thing, name)
        return thing in parties(account, *roles)

    return Predicate(holds, name=f"{of or 'any'}: {', '.join(roles)}")


def _advises_on(account: Any, twin: Any = None) -> bool:
    """Return whether somebody books for an agency that a contract about the twin names."""
    agencies = parties(account, Role.BOOKER)
    return bool(agencies) and (
        twin is None or twins.seen_by(set(), agencies).filter(pk=twin.pk).exists()
    )


def _answers_for(account: Any, token: Any = None) -> bool:
    """Return whether somebody of the house answers for a token of it."""
    if token is not None:
        return isinstance(account, Account) and token.account_id == account.pk
    return any(m.role in (Role.OFFICER, Role.OPERATOR) for m in memberships(account))


_signed_in = Predicate(lambda account: isinstance(account, Account), name="signed in")
_OF_LICENSE = (
    _acts(Role.MODEL, of="model_id")
    | _acts(Role.PRODUCER, Role.LEGAL, of="brand_id")
    | _acts(Role.BOOKER, of="agency_id")
)
_OF_PICTURE = (
    _acts(Role.MODEL, of="license.model_id")
    | _acts(Role.PRODUCER, Role.LEGAL, of="license.brand_id")
    | _acts(Role.BOOKER, of="license.agency_id")
)
_OF_TWIN = _acts(Role.MODEL, of="owner_id") | Predicate(_advises_on, name="booker of a contract")
_OF_SHOOT = _acts(Role.PRODUCER, of="license.brand_id")
SIGNING = (Role.MODEL, Role.BOOKER, Role.PRODUCER, Role.LEGAL)
"""Who signs for a party; an accountant reads."""

RIGHTS: dict[str, Predicate] = {
    "account": _signed_in,
    "today": _signed_in,
    "licenses": _OF_LICENSE,
    "picture": _OF_PICTURE,
    "shoot": _OF_SHOOT,
    "twin": _OF_TWIN,
    "capture": _acts(Role.MODEL),
    "where": _acts(Role.MODEL),
    "money": _acts(Role.MODEL, Role.ACCOUNTANT),
    "papers": _acts(Role.MODEL, of="party_id"),
    "agency": _acts(Role.BOOKER, Role.ACCOUNTANT),
    "agreements": _acts(Role.MODEL, Role.BOOKER, Role.ACCOUNTANT),
    "photograph": _acts(Role.MODEL, of="twin.owner_id"),
    # What is signed. An agency advises and never decides.
    "sign": _acts(*SIGNING, of="pk"),
    "answer": _acts(Role.MODEL, of="license.model_id"),
    "change": _acts(Role.PRODUCER, of="license.brand_id"),
    "review": _acts(Role.PRODUCER, of="license.brand_id"),
    "run": _OF_SHOOT,
    "release": _acts(Role.PRODUCER, of="license.brand_id"),
    "decide": _acts(Role.MODEL, of="model_id") | _acts(Role.LEGAL, of="brand_id"),
    "own": _acts(Role.MODEL, of="model_id"),
    "own-draft": _acts(Role.MODEL, of="draft.model_id"),
    "own-twin": _acts(Role.MODEL, of="owner_id"),
    "produce": _acts(Role.PRODUCER, of="brand_id"),
    "advise": _acts(Role.BOOKER, of="agency_id"),
    # What a brand does before there is a license.
    "find": _acts(Role.PRODUCER, Role.LEGAL),
    "ask": _acts(Role.PRODUCER, Role.LEGAL, of="brand_id"),
    "library": _acts(Role.PRODUCER, Role.LEGAL),
    "library-file": _acts(Role.PRODUCER, Role.LEGAL, of="picture.license.brand_id"),
    "pack": _acts(Role.MODEL, of="model_id") | _acts(Role.PRODUCER, Role.LEGAL, of="brand_id"),
    "place": _acts(Role.PRODUCER, Role.LEGAL, of="brand_id"),
    "errand": _acts(Role.PRODUCER, Role.LEGAL, of="place.brand_id"),
    "take-down": _acts(Role.PRODUCER, of="picture.license.brand_id"),
    "token": _acts(*SIGNING, of="party_id") | Predicate(_answers_for, name="answers for it"),
    # What the house does, which is no party: about all of them, and nothing that is signed.
    "operate": _acts(Role.OPERATOR),
    "cases": _acts(Role.OPERATOR, Role.OFFICER),
}
"""Every right by name: what templates ask for, too."""
for _name, _holds in RIGHTS.items():
    add_perm(_name, _holds)


def public(view: View) -> View:
    """Declare that a route is for anyone."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        return view(request, *args, **named)

    answer.right = PUBLIC  # type: ignore[attr-defined]
    return answer


def requires(right: str, found: Callable[[Any], Any] | None = None) -> Callable[[View], View]:
    """Declare the right of a route. With ``found``, the one argument of the route is the id of what
    it is about, and the view is handed the thing in its place."""
    if right not in RIGHTS:
        raise ValueError(f"`{right}` is no right")

    def declared(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _signs_in(request)
            if not has_perm(right, request.user):
                raise PermissionDenied
            if found is None:
                return view(request, *args, **named)
            (id,) = (*args, *named.values())
            thing = found(id)
            if thing is None or not has_perm(right, request.user, thing):
                raise Http404
            return view(request, thing)

        answer.right = right  # type: ignore[attr-defined]
        return answer

    return declared


def _signs_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page: the browser whole, where htmx asks for a part of a page."""
    there = redirect_to_login(_page(request))
    if "HX-Request" in request.headers:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": there.url})
    return there


def _page(request: HttpRequest) -> str:
    """Return the page to come back to after signing in: of a form, the one that it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc == request.get_host() and came.path:
        return urlunsplit(("", "", came.path, came.query, ""))
    return _above(request.path)


def _above(path: str) -> str:
    """Return the nearest address above one that is a page."""
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return "/"


class DeclaredRights:
    """Refuses every route that declares no right; who opens what only a form sends comes to the
    page above."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        answer = self.get_response(request)
        if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
            reads = "text/html" in request.headers.get("Accept", "")
            return redirect(_above(request.path)) if reads else answer
        return answer

    def process_view(self, request: HttpRequest, view: View, *_: Any) -> None:
        """Refuse a view that declares nothing."""
        del request
        if not getattr(view, "right", ""):
            raise PermissionDenied


def of_the_visitor(request: HttpRequest) -> dict[str, Any]:
    """Return what every page knows of who reads it: her account, and which pages she has."""
    account = getattr(request, "user", None)
    has = {right for right in RIGHTS if has_perm(right, account)} if account else set()
    return {"account": account, "has": has, "acts_for": memberships(account)}

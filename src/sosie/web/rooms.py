"""Found, and Speak up: where to turn when something is wrong. Both are rooms in which more will
stand; what is not there yet is said."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sosie.core import law
from sosie.core.roles import Role
from sosie.services import agreement, released
from sosie.web import lists
from sosie.web.rights import parties, requires
from sosie.web.workspace import now

_RULES = {rule.id: rule for rule in law.RULES}
_INSIDE = ("R43", "R44", "R63")
_COMPLAINT = ("R60", "R61", "R62")
_LAW = "https://www.nysenate.gov/legislation/laws/LAB/A36"
_DEPARTMENT = "https://dol.ny.gov/new-york-state-fashion-workers-act-faqs"


@requires("where")
@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """Show what is known of her pictures elsewhere: what is still out though its license is over;
    sightings come later."""
    overdue = released.overdue(parties(request.user, Role.MODEL), now=now())
    words = lists.words_of(request)
    held = [
        (license, n)
        for license, n in overdue
        if lists.holds(words, license.pk, license.terms["title"], license.brand.name)
    ]
    page = Paginator(held, lists.ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"overdue": page, **lists.context(request, page)}
    return render(request, "sosie/found.html", context)


@requires("where")
@require_safe
def speak_up(request: HttpRequest) -> HttpResponse:
    """Show where she can turn, inside and outside, with the rules of law and where they stand."""
    context = {
        "agencies": agreement.agencies_of(parties(request.user, Role.MODEL)),
        "inside": [_RULES[id] for id in _INSIDE],
        "complaint": [_RULES[id] for id in _COMPLAINT],
        "law": _LAW,
        "department": _DEPARTMENT,
        "not_advice": law.NOT_ADVICE,
    }
    return render(request, "sosie/speak_up.html", context)

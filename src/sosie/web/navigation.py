"""The links at the head of every page: the first few in sight, the others under "More"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rules.permissions import has_perm

IN_SIGHT = 4
"""Links that a phone shows in one line."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link: to which route, what it is called, and whose it is."""

    route: str
    text: Promise
    right: str
    below: tuple[str, ...] = ()
    """The routes that lie under it."""
    hers: bool | None = None
    """Whether it is for models alone, or for all but them; for both where nothing is said."""


_OF_HER_TWIN = (
    *("twin", "points", "never", "marks", "retire", "delete", "listing"),
    *("capture", "capture-consent", "capture-draft", "capture-photo", "capture-make"),
)
LINKS = (
    Link("today", _("Today"), "today"),
    Link("approvals", _("Approvals"), "answer", ("approval", "answer")),
    Link("requests", _("Requests"), "licenses", ("license", "counter", "revoke"), hers=True),
    Link("requests", _("Requests"), "licenses", hers=False),
    Link("where", _("Where I am"), "where"),
    Link("find", _("Find twins"), "find", ("card", "ask")),
    Link("shoots", _("Shoots"), "shoot", ("board", "change", "review", "plan", "plan-sign")),
    Link("library", _("Library"), "library", ("take-down", "places")),
    Link("money", _("Money"), "money"),
    Link("agency", _("The agency"), "agency"),
    Link("pictures", _("Pictures"), "picture", ("picture",)),
    Link("twins", _("My twin"), "twin", _OF_HER_TWIN, hers=True),
    Link("twins", _("Twins"), "twin", ("twin",), hers=False),
    Link("licenses", _("Licenses"), "licenses", ("license",), hers=False),
    Link("my-papers", _("Papers"), "papers"),
    Link("found", _("Found"), "where"),
    Link("speak-up", _("Speak up"), "where"),
    Link("admin-parties", _("Parties"), "operate", ("admin-party", "admin-history")),
    Link("admin-house", _("The house"), "operate"),
    Link("admin-cases", _("Cases"), "cases", ("admin-case",)),
    Link("account", _("Account"), "account", ("signature",)),
)


def of_the_page(request: HttpRequest) -> dict[str, Any]:
    """Return the links of whoever reads a page, each with whether it is here; a stranger's are
    none."""
    account, match = getattr(request, "user", None), request.resolver_match
    here = match.url_name if match else ""
    her = has_perm("answer", account)
    found = [
        (link, here == link.route or here in link.below)
        for link in LINKS
        if has_perm(link.right, account) and link.hers in (None, her)
    ]
    in_sight = IN_SIGHT if len(found) > IN_SIGHT + 1 else len(found)
    return {"in_sight": found[:in_sight], "more": found[in_sight:]}

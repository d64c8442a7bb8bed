"""Papers: every contract, memo and statement of hers, forever, and all of them in one download."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sosie.core.act_names import called
from sosie.core.roles import Role
from sosie.core.values import Digest, Refusal
from sosie.services import archive, ledger
from sosie.services import paper as papers
from sosie.store.models import Paper
from sosie.web.exports import exported, in_parts, kept
from sosie.web.lists import ON_A_PAGE, context, words_of
from sosie.web.rights import parties, requires
from sosie.web.workspace import now, outside

_READABLE = 42
"""Characters of the longest id that people read."""
COLUMNS = ("dated", "kind", "title", "license", "imported", "file")
"""The columns of the list as CSV; a column keeps its place and its meaning."""


@requires("papers")
@require_safe
def my_papers(request: HttpRequest) -> HttpResponse:
    """Show her papers and all that she signed, the newest first, or what holds some words."""
    words, her = words_of(request), _her(request)
    page = Paginator(archive.signed_by(her, words), ON_A_PAGE).get_page(request.GET.get("page"))
    sheet = Paginator(_papers(her, words), ON_A_PAGE).get_page(request.GET.get("sheet"))
    shown: dict[str, Any] = {
        "her": her,
        "papers": [
            {**row, "called": _(called(row["kind"])), "day": date.fromisoformat(row["dated"])}
            for row in papers.told(sheet)
        ],
        "sheet": sheet,
        **context(request, page, also="sheet"),
        "signed": [
            {"act": _(called(row["act"])), "on": _short(row["subject"]), "at": row["at"]}
            for row in page
        ],
        "years": ledger.years(her),
    }
    return render(request, "sosie/papers.html", shown)


@requires("papers")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return the list of her papers, as CSV or JSON."""
    rows = in_parts(_papers(_her(request), words_of(request)), papers.told)
    return exported(form, "papers", COLUMNS, rows)


@requires("papers")
@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Return all that is hers as one file."""
    her = _her(request)
    found = archive.of(outside(), party=her, now=now())
    if isinstance(found, Refusal):
        raise Http404(found.reasons[0].text)
    return kept(found, f"papers-{her}-{now():%Y-%m-%d}.zip")


@requires("papers", papers.known)
@require_safe
def paper(request: HttpRequest, paper: Paper) -> HttpResponse:
    """Return one of her papers (PDF)."""
    del request
    try:
        data = outside().blobs.get(Digest(paper.file))
    except LookupError:
        raise Http404("no such file") from None
    response = HttpResponse(data, content_type="application/pdf")
    name = f"{paper.dated.isoformat()}-{paper.kind}-{paper.license_id or paper.pk}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _her(request: HttpRequest) -> str:
    """Return the model for whom somebody reads; of several that who is asked for."""
    hers = sorted(parties(request.user, Role.MODEL))
    of = request.GET.get("of") or hers[0]
    if of not in hers:
        raise Http404("no such papers")
    return of


def _papers(her: str, words: str) -> QuerySet[Paper]:
    """Return her papers that hold each of some words, in large or small letters."""
    rows, names = papers.of(her), {kind: str(_(called(kind))) for kind in papers.KINDS}
    for word in words.casefold().split():
        kinds = [kind for kind, name in names.items() if word in f"{kind} {name}".casefold()]
        said = Q(title__icontains=word) | Q(kind__in=kinds) | Q(license__pk__icontains=word)
        rows = rows.filter(said | Q(dated__icontains=word) | Q(file__icontains=word))
    return rows


def _short(subject: str) -> str:
    """Return what a statement is about; of a name for machines, its beginning."""
    return subject if len(subject) <= _READABLE else f"{subject[:12]}…"

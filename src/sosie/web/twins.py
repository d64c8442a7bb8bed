"""My twin: what a model's twin is made of, what she set down about it, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from sosie.core.preferences import Preferences
from sosie.core.roles import Role
from sosie.core.term_names import ALTERATIONS, CHANNELS, DEPICTIONS, PURPOSES
from sosie.core.values import Refusal
from sosie.services import erasure, preferences
from sosie.services import twin as twin_service
from sosie.store.models import Plate, Twin
from sosie.store.weights import TwinWeights
from sosie.web import lists, views
from sosie.web.exports import exported, in_parts
from sosie.web.rights import parties, requires
from sosie.web.tongue import places
from sosie.web.workspace import now

_NAMES: dict[str, dict[str, str]] = {
    "depictions_excluded": {str(key.value): name for key, name in DEPICTIONS.items()},
    "alterations_never": {str(key.value): name for key, name in ALTERATIONS.items()},
    "channels_never": {str(key.value): name for key, name in CHANNELS.items()},
    "purposes_never": {str(key.value): name for key, name in PURPOSES.items()},
}
"""How the entries of her exclusions are called, by the name of their list."""
TWIN_COLUMNS = ("twin", "name", "owner", "standing")
"""The columns of the list as CSV; a column keeps its place and its meaning."""


@requires("twin")
@require_safe
def twins(request: HttpRequest) -> HttpResponseBase:
    """Show her twins, or those for which an agency acts; who has one only is led to it."""
    page = lists.turned(request, _twins(request))
    if page.paginator.count == 1 and not lists.words_of(request):
        return redirect("twin", page[0].pk)
    stand = twin_service.standings(list(page))
    context = {
        "twins": [(row, stand[row.pk]) for row in page],
        **lists.context(request, page, "twins-export"),
    }
    return render(request, "sosie/twins.html", context)


@requires("twin")
@require_safe
def twins_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return her twins, or those for which an agency acts, as CSV or JSON."""

    def told(part: list[Twin]) -> Iterator[dict[str, Any]]:
        stand = twin_service.standings(part)
        for row in part:
            names = {"twin": row.pk, "name": row.shown_as, "owner": row.owner.name}
            yield {**names, "standing": stand[row.pk]}

    return exported(form, "twins", TWIN_COLUMNS, in_parts(_twins(request), told))


def _twins(request: HttpRequest) -> QuerySet[Twin]:
    hers, theirs = (parties(request.user, role) for role in (Role.MODEL, Role.BOOKER))
    return twin_service.seen_by(hers, theirs, lists.words_of(request))


@requires("twin", twin_service.known)
@require_safe
def twin(request: HttpRequest, twin: Twin) -> HttpResponse:
    """Show a twin: versions, exclusions, marks, weights; to its model also the photographs, and
    what a deletion erases and leaves."""
    said = twin_service.show(twin.pk)
    if isinstance(said, Refusal):
        raise Http404(said.reasons[0].text)
    hers = twin.owner_id in parties(request.user, Role.MODEL)
    context: dict[str, Any] = {
        "twin": twin,
        "said": said,
        "hers": hers,
        "ended": _ended(twin) if hers else None,
        "kept": said["standing"] in ("stands", "retired"),
        "versions": _versions(twin),
        "never": never(preferences.of(twin.owner_id)),
        "weights": twin.weights.filter(status=TwinWeights.Status.TRAINED).select_related("license"),
        "plan": erasure.plan(twin.pk, twin.owner_id) if hers else None,
    }
    return render(request, "sosie/twin.html", context)


def _ended(twin: Twin) -> date | None:
    """Return the last day of her consent to it, if that is past."""
    consent = twin_service.newest_consent(twin.pk)
    last = twin_service.last_day(consent) if consent else None
    return last if last and last < now().date() else None


def _versions(twin: Twin) -> list[dict[str, Any]]:
    """Return the versions of a twin with their plates, the newest first."""
    plates: dict[int, list[Plate]] = {}
    for plate in twin.plates.order_by("name"):
        plates.setdefault(plate.version, []).append(plate)
    return [
        {"row": row, "plates": plates.get(row.number, [])}
        for row in twin.versions.order_by("-number")
    ]


def never(wanted: Preferences | None) -> list[tuple[str, list[str]]]:
    """Return what she never does: the kind, and what."""
    return [
        (name, [named(name, each) for each in what])
        for name, what in (wanted.exclusions() if wanted else {}).items()
    ]


def named(list_: str, entry: str) -> str:
    """Return how an entry of a list of hers is called."""
    if list_ == "territories_never":
        return dict(places()).get(entry, entry)
    return gettext(_NAMES.get(list_, {}).get(entry, entry.replace("_", " ")))


@requires("photograph", twin_service.plate)
@require_safe
def photograph(request: HttpRequest, plate: Plate) -> HttpResponse:
    """Return a photograph of hers to be looked at; with `?file` the file itself."""
    return views.file(request, plate.digest, plate.name, only_small=False)

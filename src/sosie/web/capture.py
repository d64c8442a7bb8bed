"""A capture that goes on: her photographs, kept in a room of her own over as many visits as she
likes, each judged at once; then a version of her twin is made of it, or it is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial, wraps
from http import HTTPStatus
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import capfirst, floatformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sosie import wiring
from sosie.core.capture import Coverage, Judged, Row
from sosie.core.limits import LIMITS
from sosie.core.listing import MEASURES
from sosie.core.markup import bare
from sosie.core.roles import Role
from sosie.core.seal import plain
from sosie.core.twin import LANDMARKS, MEASUREMENTS, VIEWS
from sosie.core.values import BadInput, Reason, Refusal
from sosie.services import capture as captures
from sosie.services import preferences
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft, DraftPhoto
from sosie.web import signing, views
from sosie.web.landmarks import misplaced, spot
from sosie.web.rights import parties, requires
from sosie.web.said import said
from sosie.web.strangers import HELD, LOOKING, PATIENCE, Busy, InMemory, place
from sosie.web.templatetags.spoken import words
from sosie.web.twins import never
from sosie.web.workspace import now, outside

BESIDE = 512 * 1024
"""Bytes of a form beside the photographs in it."""
_MADE = "made"
"""In a session: of which captures a version was made, with its twin and number."""


def _or_made(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lead from a capture of which a version was made, in another tab or a page back, to it."""

    @wraps(view)
    def answer(request: HttpRequest, draft: int) -> HttpResponseBase:
        try:
            return view(request, draft)
        except Http404:
            twin, number = request.session.get(_MADE, {}).get(str(draft), ("", 0))
            if not twin:
                raise
            return _stands(request, twin, number)

    return answer


def _stands(request: HttpRequest, twin: str, number: int) -> HttpResponse:
    text = _("Version {number} of your twin stands.").format(number=number)
    messages.success(request, text)
    return redirect("twin", twin)


@requires("capture")
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: HttpRequest) -> HttpResponseBase:
    """Show which twins of hers can be captured, and begin, or go on."""
    hers = parties(request.user, Role.MODEL)
    found = captures.open_to(hers)
    if request.method != "POST":
        context = {"rows": found, "today": now().date()}
        return render(request, "sosie/captures.html", context)
    wanted = request.POST.get("twin", "")
    by = {each.twin: each.model for each in found}.get(wanted, min(hers))
    begun = captures.begin(twin=wanted, by=by, now=now())
    if isinstance(begun, Refusal):
        return signing.refused(request, begun.reasons[0].text, reverse("capture"))
    return redirect("capture-draft", begun.pk)


@csrf_exempt
@_or_made
@requires("own", captures.known)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, draft: CaptureDraft) -> HttpResponseBase:
    """Show how far a capture has come; judge and keep the photographs that are sent."""
    if request.method != "POST":
        return _page(request, draft)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LIMITS.bytes + BESIDE:
        text = _("These have more than %(most)s MB together: send fewer at a time.")
        what = text % {"most": LIMITS.megabytes}
        return _page(request, draft, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem=what)
    limited: HttpResponse | None = ratelimit.consume_or_429(
        request, action="capture", user=request.user
    )
    if limited is not None:
        return limited
    try:
        with place(HELD):
            request.upload_handlers = [InMemory(request)]
            answer: HttpResponseBase = _sent(request, draft)
            return answer
    except Busy:
        return _page(request, draft, status=HTTPStatus.SERVICE_UNAVAILABLE, problem=_busy())


@csrf_protect
def _sent(request: HttpRequest, draft: CaptureDraft) -> HttpResponseBase:
    sent = request.FILES.getlist("photograph")
    if not sent:
        what = _("No photograph was chosen.")
        return _page(request, draft, status=HTTPStatus.BAD_REQUEST, problem=what)
    for file in sent:
        name = plain(file.name or "")
        asked = {"slot": request.POST.get("slot", ""), "instead": request.POST.get("instead", "")}
        with place(LOOKING, patience=PATIENCE):
            said = added(draft, name, file.read(), **(asked if len(sent) == 1 else {}))
        if isinstance(said, Refusal):
            messages.error(request, f"{name}: {'; '.join(map(_spoken, said.reasons))}")
    return redirect(request.get_full_path())


def added(
    draft: CaptureDraft, file: str, data: bytes, *, slot: str = "", instead: str = ""
) -> DraftPhoto | Refusal:
    """Judge and keep one photograph; what is none is refused."""
    try:
        return captures.add(
            outside(),
            draft=draft,
            file=file,
            data=data,
            slot=slot,
            instead=instead,
            protocols=wiring.protocols(),
            now=now(),
        )
    except BadInput as error:
        return Refusal.because(error.code, f"{error.what}; {error.remedy}")


@_or_made
@requires("own", captures.known)
@require_POST
def measures(request: HttpRequest, draft: CaptureDraft) -> HttpResponseBase:
    """Keep her measurements, and the name under which a first twin appears. A field that is not
    sent stays as it is; an empty one takes its measurement away."""
    said: dict[str, float | None] = {}
    typed = {key: request.POST[key].strip() for key in MEASUREMENTS if key in request.POST}
    wrong = set()
    for key, text in typed.items():
        try:
            said[key] = float(text.replace(",", ".")) if text else None
        except ValueError:
            wrong.add(key)
    name = request.POST.get("shown_as", "")
    refused = None if wrong else captures.measure(draft, measurements=said, shown_as=name)
    wrong |= {reason.clause or "" for reason in refused.reasons} if refused else set()
    if wrong:
        told = {
            "measures": _measures(_written(draft) | typed, wrong),
            "wrong": wrong,
            "shown_as": name,
        }
        return _page(request, draft, status=HTTPStatus.BAD_REQUEST, **told)
    messages.success(request, _("Kept."))
    return redirect("capture-draft", draft.pk)


@_or_made
@requires("own", captures.known)
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest, draft: CaptureDraft) -> HttpResponseBase:
    """Have her sign that a version of her twin is made of what is good."""
    id = draft.pk

    def done(made: twins.Capture) -> HttpResponseBase:
        known = request.session.get(_MADE, {})
        request.session[_MADE] = {**known, str(id): (draft.twin, made.version)}
        return _stands(request, draft.twin, made.version)

    call = partial(
        captures.make,
        draft=draft,
        by=draft.model_id,
        passphrase="",
        protocols=wiring.protocols(),
        now=now(),
    )
    found = [judged for _row, judged in captures.judgments(draft)]
    good = [judged for judged in found if not judged.reasons]
    text = _("Kept out: {name}, since {why}")
    changes = [
        {"said": _("Photographs of the version: {n}").format(n=len(good))},
        *(
            {"said": text.format(name=judged.name, why=_spoken(judged.reasons[0]))}
            for judged in found
            if judged.reasons
        ),
    ]
    page = signing.Page(
        by=draft.model_id,
        call=call,
        done=done,
        title=_("Make the version"),
        back=reverse("capture-draft", args=[draft.pk]),
        context={"changes": changes},
    )
    return signing.page(request, page)


@_or_made
@requires("own", captures.known)
@require_POST
def discard(request: HttpRequest, draft: CaptureDraft) -> HttpResponseBase:
    """Throw a capture away with its photographs; nobody else has seen them."""
    captures.discard(outside(), draft=draft)
    messages.success(request, _("Thrown away."))
    return redirect("capture")


@requires("own-draft", captures.photograph)
@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: HttpRequest, photo: DraftPhoto) -> HttpResponseBase:
    """Show a photograph of a capture, what is wrong with it and where, and its points; judge it
    anew where she moved them, or as another one."""
    if request.method != "POST":
        return _photo_page(request, photo)
    try:
        with place(LOOKING, patience=PATIENCE):
            said = _judged_anew(request, photo)
    except BadInput as error:
        problem = misplaced(error)
        return _photo_page(request, photo, status=HTTPStatus.BAD_REQUEST, problem=problem)
    except Busy:
        busy = HTTPStatus.SERVICE_UNAVAILABLE
        return _photo_page(request, photo, status=busy, problem=_busy())
    if isinstance(said, Refusal):
        text = said.reasons[0].text
        return _photo_page(request, photo, status=HTTPStatus.CONFLICT, problem=text)
    messages.success(request, _("Kept."))
    return redirect("capture-photo", photo.pk)


def _judged_anew(request: HttpRequest, photo: DraftPhoto) -> DraftPhoto | Refusal:
    if "slot" in request.POST:
        protocols, slot = wiring.protocols(), request.POST["slot"]
        return captures.assign(outside(), photo=photo, slot=slot, protocols=protocols)
    spots = {name: spot(request, name) for name in LANDMARKS if f"{name}.x" in request.POST}
    return captures.move(outside(), photo=photo, spots=spots)


@requires("own-draft", captures.photograph)
@require_safe
def photo_file(request: HttpRequest, photo: DraftPhoto) -> HttpResponse:
    """Return a photograph of a capture; with `?small` as a page shows it."""
    return views.file(request, photo.digest, f"capture-{photo.pk}", only_small=False)


@requires("own-draft", captures.photograph)
@require_POST
def remove(request: HttpRequest, photo: DraftPhoto) -> HttpResponseBase:
    """Take a photograph out of a capture; its file is erased."""
    captures.remove(outside(), photo=photo)
    messages.success(request, _("Removed."))
    return redirect("capture-draft", photo.draft_id)


def _spoken(reason: Reason) -> str:
    """Return a reason in the reader's language, as text."""
    return bare(said(reason.text) or reason.text)


def _written(draft: CaptureDraft) -> dict[str, str]:
    """Return her measurements as a form holds them."""
    return {key: floatformat(value, "-1u") for key, value in draft.measurements.items()}


def _measures(typed: Mapping[str, str], wrong: Collection[str] = ()) -> list[dict[str, str]]:
    """Return the fields of her measurements as they were typed, each with what is wrong in it."""
    text = _("Write centimeters: a number from {least} to {most}.")
    return [
        {
            "key": key,
            "label": _("%(what)s (cm)") % {"what": capfirst(words(MEASURES[key]))},
            "typed": typed.get(key, ""),
            "wrong": text.format(least=least, most=most) if key in wrong else "",
        }
        for key, (least, most) in MEASUREMENTS.items()
    ]


def _busy() -> str:
    return _("Other pictures are being checked. Try again in a moment.")


def _drawn(judged: Judged) -> dict[str, Any]:
    """Return how large a photograph is, and what is wrong with it and where, in its pixels."""
    marks = [
        {"text": text, "where": [" ".join(f"{x},{y}" for x, y in polygon) for polygon in where]}
        for text, where in judged.marks
    ]
    return {"size": judged.quality.size if judged.quality else (3, 4), "marks": marks}


def _groups(found: Coverage) -> list[dict[str, Any]]:
    """Return the photographs that a protocol asks for, by group, and how many are there; as one
    group without a name where each stands for itself."""
    rows: dict[str, list[Row]] = {}
    alone = all(len(group.slots) == 1 for group in found.protocol.groups)
    for row in found.rows:
        rows.setdefault("" if alone else row.group, []).append(row)
    least = {group.name: group.least for group in found.protocol.groups}
    return [
        {
            "name": name,
            "rows": each,
            "there": sum(row.state == "there" for row in each),
            "least": least.get(name, len(each)),
        }
        for name, each in rows.items()
    ]


def _page(
    request: HttpRequest, draft: CaptureDraft, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    known = {each.name: each for each in wiring.protocols()}
    fullest = next(iter(known.values()))
    found = captures.coverage(draft, known.get(request.GET.get("protocol", ""), fullest))
    rows = {row.name: row for row in draft.photos.all()}
    fills = {row.photo: row for row in found.rows if row.photo}
    twin = twins.known(draft.twin)
    said = twins.show(draft.twin) if twin else None
    meets, lacks = captures.standing(draft, wiring.protocols())
    groups = _groups(found)
    short = {each["name"] for each in groups if each["there"] < each["least"]}
    closed = twins.may_capture(draft.twin, draft.model_id, now=now())
    context = {
        "draft": draft,
        "twin": twin,
        "found": found,
        "groups": groups,
        "also": [reason for reason in found.missing if reason.clause not in short],
        "there": sum(row.state == "there" for row in found.rows),
        "photos": [
            {"row": rows[each.name], "judged": each, "fills": fills.get(each.name), **_drawn(each)}
            for each in found.photos
            if each.name in rows
        ],
        "protocols": wiring.protocols(),
        "measures": _measures(_written(draft)),
        "meets": meets,
        "lacks": [reason for reason in lacks if reason not in found.missing],
        "marks": said["marks"] if isinstance(said, dict) else [],
        "never": never(preferences.of(draft.model_id)),
        "limits": LIMITS,
        "problem": _spoken(closed.reasons[0]) if closed else "",
        "ended": closed is not None and closed.reasons[0].code == "consent.ended",
        **more,
    }
    return render(request, "sosie/capture.html", context, status=status)


def _photo_page(
    request: HttpRequest, photo: DraftPhoto, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    beside = (judged for row, judged in captures.judgments(photo.draft) if row == photo)
    judged = next(beside, captures.judgment(photo))
    card, drawn = judged.card, _drawn(judged)
    needed = VIEWS[card.view].needed if card and card.view in VIEWS else ()
    context = {
        "photo": photo,
        "judged": judged,
        **drawn,
        "radius": max(6, round(min(drawn["size"]) / 70)),
        "points": [
            {"name": name, "spot": card.landmarks.get(name), "needed": name in needed}
            for name in LANDMARKS
            if card
        ],
        "protocols": wiring.protocols(),
        **more,
    }
    return render(request, "sosie/capture_photo.html", context, status=status)

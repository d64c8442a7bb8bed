"""Checking a picture, for anyone: it is held in memory while it is looked at, and not kept."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import capfirst
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from rules.permissions import has_perm

from sosie import metrics
from sosie.core import visual
from sosie.core.file_format import FileFormat
from sosie.core.limits import LIMITS
from sosie.core.seal import Judged, Report, Standing, Verdict, plain
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, PublicTerms, Purpose
from sosie.core.values import BadInput, Outcome, Refusal
from sosie.core.verification import Question
from sosie.services import finding, publication, seal, verification
from sosie.services.verification import Examined
from sosie.store.models import Seal
from sosie.web import tongue
from sosie.web.headers import POLICY
from sosie.web.public_terms import in_words
from sosie.web.rights import public
from sosie.web.strangers import HELD, LOOKING, PATIENCE, Busy, InMemory, place
from sosie.web.templatetags.sentences import sentence
from sosie.web.tongue import options, places
from sosie.web.workspace import outside, site

BESIDE = 64 * 1024
"""Bytes of a form beside the picture in it."""
_ANYWHERE = ("", gettext_lazy("not asked"))


class QuestionForm(forms.Form):
    """Where, on which channel, for what and on which day a picture is to be used."""

    where = forms.ChoiceField(
        label=gettext_lazy("Where"), required=False, choices=lambda: [_ANYWHERE, *places()]
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("On which channel"),
        required=False,
        choices=[_ANYWHERE, *options(CHANNELS)],
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("For what"),
        required=False,
        choices=[_ANYWHERE, *options(PURPOSES)],
    )
    on = forms.DateField(
        label=gettext_lazy("On which day"),
        required=False,
        help_text=gettext_lazy("Today, if you name none."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def question(self, now: datetime) -> Question:
        """Return what is asked; the fields must be valid."""
        said = self.cleaned_data
        on: date | datetime = said["on"] or now
        channel = Channel(said["channel"]) if said["channel"] else None
        purpose = Purpose(said["purpose"]) if said["purpose"] else None
        return Question(on, said["where"] or None, channel, purpose)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponseBase:
    """Show how to check a picture, and the answer to one that is sent."""
    if request.method != "POST":
        return _page(request, QuestionForm())
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="verify")
    if limited:
        return limited
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        what = gettext("What was sent does not say how long it is.")
        remedy = gettext("Send it whole, with its length (Content-Length), not in chunks.")
        return _refused(request, QuestionForm(), what, remedy, HTTPStatus.LENGTH_REQUIRED)
    if int(length) > LIMITS.bytes + BESIDE:
        what = gettext("The file has more than %(most)s MB.") % {"most": LIMITS.megabytes}
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _refused(request, QuestionForm(), what, gettext("Export it smaller."), status)
    try:
        with place(HELD):
            request.upload_handlers = [InMemory(request)]
            answer: HttpResponse = _answered(request)
            return answer
    except Busy:
        return _busy(request)


@csrf_protect
def _answered(request: HttpRequest) -> HttpResponse:
    form = QuestionForm(request.POST)
    file = request.FILES.get("picture") or request.FILES.get("photograph")
    if file is None:
        what, remedy = gettext("No picture was chosen."), gettext("Choose one, then check it.")
        return _refused(request, form, what, remedy)
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.BAD_REQUEST)
    now = timezone.now().replace(microsecond=0)
    try:
        with place(LOOKING, patience=PATIENCE):
            examined = verification.examine(
                outside(),
                data=file.read(),
                where=plain(file.name or "picture"),
                question=form.question(now),
                told=lambda row: seal.is_released(row) or _may_see(request, row),
            )
            metrics.VERIFIED.labels(examined.report.outcome).inc()
            figures = _figures(request, examined)
    except BadInput as error:
        return _refused(request, form, _sentence(error.what), _sentence(error.remedy))
    return _page(request, form, **_told(request, examined.report, now), figures=figures)


def _told(request: HttpRequest, report: Report, now: datetime) -> dict[str, Any]:
    """Return what the page says of a report, with the link that says it to others."""
    said = finding.of(report, now=now)
    known = report.subject
    terms = in_words(PublicTerms.model_validate(known["terms"])) if known else []
    told = said["number"] is None or publication.find(said["number"])
    return {
        "said": said,
        "headline": headline(said),
        "on": report.judged.on,
        "boxes": [box.as_dict() for box in report.regions],
        "known": known,
        "terms": terms,
        "judged": _judged(report.judged),
        "link": site(request) + reverse("finding", args=[finding.link(said)]) if told else "",
        "days": finding.DAYS,
    }


def _judged(judged: Judged) -> list[tuple[str, str]]:
    """Return for when and under whose root a file was judged, in words."""
    when = tongue.day(judged.on)
    if judged.at is not None:
        when = f"{tongue.moment(judged.at)} {judged.at.tzname()}"
        if judged.on != judged.at.date():
            counted = gettext("for the license: {day}").format(day=tongue.day(judged.on))
            when += f" ({counted})"
    key = f"SHA-256 {judged.trust.root_fingerprint}"
    return [
        (gettext("judged for"), when),
        (gettext("root and log key of the workspace"), key),
        (gettext("workspace"), plain(judged.trust.name)),
    ]


def headline(said: dict[str, Any]) -> str:
    """Return what a finding says, in a few words."""
    if said["outcome"] == Verdict.ALTERED:
        return gettext("Altered, or contradicting itself")
    if said["outcome"] == Verdict.UNKNOWN:
        return gettext("Unknown here")
    return {
        Standing.REVOKED: gettext("Made under license here, which was revoked"),
        Standing.ENDED: gettext("Made under license here, which has ended"),
        Standing.NOT_YET: gettext("Made under license here, which is not in force yet"),
    }.get(said["standing"]) or {
        Outcome.ALLOWED: gettext("Made under license here, and may be used there"),
        Outcome.REFUSED: gettext("Made under license here, and may not be used there"),
        Outcome.UNDECIDED: gettext("Made under license here; whether it may be used there is open"),
    }.get(said["placed"], gettext("Made under license here"))


def _may_see(request: HttpRequest, row: Seal) -> bool:
    return bool(has_perm("picture", request.user, row.picture))


def _figures(request: HttpRequest, examined: Examined) -> list[dict[str, str]]:
    """Return original and copy, drawn, for whom the picture may be shown."""
    found = examined.found
    if found is None or not _may_see(request, found.seal):
        return []
    drawn = (
        (
            gettext("The sealed picture, and what the copy shows of it"),
            visual.outlined(found.original, examined.pixels, found.match),
        ),
        (
            gettext("The copy, and where it was changed")
            if found.match.regions
            else gettext("The copy, and no changed place"),
            visual.heated(found.original, examined.pixels, found.match),
        ),
    )
    return [
        {
            "words": words,
            "data": b64encode(outside().pictures.encode(part, format=FileFormat.WEBP)).decode(),
            "width": part.shape[1],
            "height": part.shape[0],
        }
        for words, part in drawn
    ]


@public
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the finding that a link holds."""
    said = finding.read(token, now=timezone.now())
    if isinstance(said, Refusal):
        why = {"reason": said.reasons[0].text}
        return render(request, "sosie/finding_closed.html", why, status=HTTPStatus.NOT_FOUND)
    context: dict[str, Any] = {
        "said": said,
        "headline": headline(said),
        "at": datetime.fromisoformat(said["at"]),
        "on": date.fromisoformat(said["on"]),
        "days": finding.DAYS,
    }
    return render(request, "sosie/finding.html", context)


def _page(
    request: HttpRequest, form: QuestionForm, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    context = {"form": form, "limits": LIMITS, **more}
    response = render(request, "sosie/verify.html", context, status=status)
    if has_perm("picture", request.user):
        # What is drawn for her stands in the page itself: nothing of it lies on the server.
        images = POLICY.replace("img-src 'self'", "img-src 'self' data:")
        response.headers["Content-Security-Policy"] = images
    return response


def _refused(
    request: HttpRequest,
    form: QuestionForm,
    what: str,
    remedy: str,
    status: int = HTTPStatus.BAD_REQUEST,
) -> HttpResponse:
    return _page(request, form, status=status, problem=what, remedy=remedy)


def _busy(request: HttpRequest) -> HttpResponse:
    what = gettext("Other pictures are being checked.")
    remedy = gettext("Try again in a moment.")
    return _refused(request, QuestionForm(), what, remedy, HTTPStatus.SERVICE_UNAVAILABLE)


def _sentence(text: str) -> str:
    """Return words of an error as a sentence of a page."""
    return format_html("{}{}", sentence(capfirst(text)), gettext("."))

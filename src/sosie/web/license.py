"""Requests and licenses: read in plain words, answered, signed, taken back."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rules.permissions import has_perm

from sosie.core.comparison import differences
from sosie.core.life import Standing, Step
from sosie.core.roles import Role
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Terms
from sosie.core.values import BadInput, Digest, Refusal
from sosie.services import contract, life, offer
from sosie.services import license as licenses
from sosie.services import today as days
from sosie.services.signing import Call
from sosie.store.models import License
from sosie.web import lists, signing
from sosie.web.fields import Text
from sosie.web.rights import parties, requires
from sosie.web.templatetags.spoken import words
from sosie.web.tongue import countries, day, options, paper_language
from sosie.web.views import theirs
from sosie.web.workspace import now, outside

_ENDED_ON = {
    Standing.DECLINED: gettext_lazy("declined on {day}"),
    Standing.REVOKED: gettext_lazy("revoked on {day}"),
    Standing.SUPERSEDED: gettext_lazy("superseded on {day}"),
    Standing.SUSPENDED: gettext_lazy("suspended on {day}"),
}


def side_of(request: HttpRequest, license: License) -> str:
    """Return the party of a license for which somebody reads it."""
    sides = (
        (license.model_id, (Role.MODEL,)),
        (license.brand_id, (Role.PRODUCER, Role.LEGAL)),
        (license.agency_id, (Role.BOOKER,)),
    )
    return next(party for party, roles in sides if party in parties(request.user, *roles))


def decider_of(request: HttpRequest, license: License) -> str:
    """Return the party of a license for which somebody may decide: the model, or the brand."""
    hers = license.model_id in parties(request.user, Role.MODEL)
    return license.model_id if hers else license.brand_id


@requires("licenses")
@require_safe
def requested(request: HttpRequest) -> HttpResponse:
    """Show the licenses that are talked about, the newest first."""
    rows = licenses.matching(theirs(request) & licenses.asked_for(), lists.words_of(request))
    page = lists.turned(request, rows)
    context = {
        "licenses": licenses.listed(list(page), now=now()),
        **lists.context(request, page),
    }
    return render(request, "sosie/requests.html", context)


@requires("licenses", licenses.known)
@require_safe
def license_page(request: HttpRequest, license: License) -> HttpResponse:
    """Show a license: its terms in plain words, what law says, how it stands, what comes next."""
    by = side_of(request, license)
    told = offer.laid_out(outside(), license, by=by, language=paper_language(), now=now())
    decides, advises, takes_down = (
        has_perm(right, request.user, license) for right in ("decide", "advise", "produce")
    )
    ended = told.standing in (Standing.REVOKED, Standing.EXPIRED)
    context = {
        "license": license,
        "told": told,
        "stands": _stands(license, told.standing),
        "may": told.may if decides else told.may & {"advised"} if advises else frozenset(),
        "her": by == license.model_id,
        "memo": license.steps.filter(step=Step.MEMO_DELIVERED).exists(),
        "advice": [step for step in told.steps if step.step == Step.ADVISED],
        "due": life.deadlines([license], now=now()) if ended else [],
        "out": licenses.releases(license) if ended else [],
        "takes_down": takes_down,
        "shoots": told.standing is Standing.IN_FORCE and has_perm("produce", request.user, license),
        "packs": bool(license.contract) and has_perm("pack", request.user, license),
        "sends": told.standing is Standing.DRAFT and has_perm("ask", request.user, license),
    }
    return render(request, "sosie/license.html", context)


def _stands(license: License, standing: Standing) -> str:
    """Return how a license stands today, in words, with the day from or until which."""
    lasts = life.period(license)
    since = {event.step.value: event.at.date() for event in life.history(license)}
    if withdrawn := life.withdrawn_on(license, standing):
        said = _("without use: her consent to the twin was withdrawn on {day}")
        return said.format(day=day(withdrawn))
    if standing is Standing.SIGNED and lasts:
        return _("signed by both, in force from {day}").format(day=day(lasts.first))
    if standing is Standing.IN_FORCE and lasts:
        return _("in force until {day}").format(day=day(lasts.last))
    if standing is Standing.EXPIRED and lasts:
        return _("over since its last day, {day}").format(day=day(lasts.last))
    if standing in _ENDED_ON:
        return _ENDED_ON[standing].format(day=day(since[standing.value]))
    return words(standing)


@requires("licenses", licenses.known)
@require_safe
def paper(request: HttpRequest, license: License) -> HttpResponse:
    """Return the contract of a license as it lies there: PDF."""
    del request
    return _pdf(license, license.contract, "contract")


@requires("licenses", licenses.known)
@require_safe
def memo_paper(request: HttpRequest, license: License) -> HttpResponse:
    """Return the deal memo of a license: PDF."""
    del request
    step = license.steps.filter(step=Step.MEMO_DELIVERED).last()
    return _pdf(license, step.file if step else "", "memo")


def _pdf(license: License, file: str, kind: str) -> HttpResponse:
    if not file:
        raise Http404("no such paper")
    response = HttpResponse(outside().blobs.get(Digest(file)), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{license.pk}-{kind}.pdf"'
    return response


def _act(
    request: HttpRequest, license: License, call: Call[License], title: str, done: str, **more: Any
) -> HttpResponseBase:
    """Have somebody sign one act about a license, and come back to it."""

    def then(row: Any) -> HttpResponseBase:
        del row
        messages.success(request, done)
        return redirect("license", license.pk)

    here = reverse("license", args=[license.pk])
    page = signing.Page(call=call, done=then, title=title, back=here, **more)
    return signing.page(request, page)


def _known(license: License, by: str) -> dict[str, Any]:
    return {"license": license.pk, "by": by, "passphrase": "", "now": now()}


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "")[:1000]


@requires("decide", licenses.known)
@require_POST
def agree(request: HttpRequest, license: License) -> HttpResponseBase:
    """Agree to the terms that were read, which the page named."""
    by = decider_of(request, license)
    seen = request.POST.get("terms", "")
    call = partial(offer.agree, seen=seen, **_known(license, by))
    about = {"license": license, "first_page": _words(license)}
    return _act(
        request, license, call, _("Yes to these terms"), _("You agreed."), by=by, context=about
    )


def _words(license: License) -> Any:
    return offer.first_page(outside(), license, language=paper_language(), now=now())


@requires("decide", licenses.known)
@require_POST
def decline(request: HttpRequest, license: License) -> HttpResponseBase:
    """Say no, with or without a reason."""
    by = decider_of(request, license)
    call = partial(life.take, step=Step.DECLINED, note=_note(request), **_known(license, by))
    return _act(request, license, call, _("No to this license"), _("You said no."), by=by)


@requires("advise", licenses.known)
@require_POST
def advise(request: HttpRequest, license: License) -> HttpResponseBase:
    """Advise the model, as her agency: it binds nobody."""
    by = str(license.agency_id)
    call = partial(life.take, step=Step.ADVISED, note=_note(request), **_known(license, by))
    return _act(request, license, call, _("Your advice"), _("Your advice is with her."), by=by)


class CounterForm(forms.Form):
    """Other terms in answer: what is most often talked about; the rest stays as it is."""

    per_picture = forms.DecimalField(
        label=gettext_lazy("For each picture"), min_value=0, decimal_places=2, required=False
    )
    per_release = forms.DecimalField(
        label=gettext_lazy("For each release"), min_value=0, decimal_places=2, required=False
    )
    pictures = forms.IntegerField(
        label=gettext_lazy("Pictures, at most"), min_value=1, required=False
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Where they appear"),
        choices=options(CHANNELS),
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("What they are for"),
        choices=options(PURPOSES),
        widget=forms.CheckboxSelectMultiple,
    )
    note = Text(
        label=gettext_lazy("A word to the others"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def changes(self, terms: Terms) -> dict[str, Any]:
        """Return the clauses that were changed, by path."""
        said = self.cleaned_data
        pay, found = terms.pay, {}
        for name in ("per_picture", "per_release"):
            if pay is not None and said[name] is not None and said[name] != getattr(pay, name):
                found[f"pay.{name}"] = f"{Decimal(said[name]):.2f}"
        if said["pictures"] != terms.pictures:
            found["pictures"] = said["pictures"]
        if terms.period is not None and said["until"] not in (None, terms.period.last):
            found["period.until"] = said["until"].isoformat()
        for name in ("channels", "purposes"):
            if set(said[name]) != {str(each) for each in getattr(terms, name)}:
                found[name] = said[name]
        return found


def _as_offered(terms: Terms) -> dict[str, Any]:
    pay, period = terms.pay, terms.period
    return {
        "per_picture": pay and f"{pay.per_picture or 0:.2f}",
        "per_release": pay and f"{pay.per_release or 0:.2f}",
        "pictures": terms.pictures,
        "until": period and period.last,
        "channels": [str(each) for each in terms.channels],
        "purposes": [str(each) for each in terms.purposes],
    }


@requires("decide", licenses.known)
@require_http_methods(["GET", "HEAD", "POST"])
def counter(request: HttpRequest, license: License) -> HttpResponseBase:
    """Ask for a change: other terms, which are shown as what they change, and signed."""
    by, terms = decider_of(request, license), licenses.terms_of(license)
    against = life.may(license, Step.COUNTERED, by, now())
    if against:
        here = reverse("license", args=[license.pk])
        return signing.refused(request, "; ".join(each.text for each in against.reasons), here)
    form = CounterForm(request.POST or None, initial=_as_offered(terms))
    if request.method == "POST" and form.is_valid():
        try:
            other = offer.other_terms(license, form.changes(terms))
        except BadInput as error:
            form.add_error(None, f"{error.where}: {error.what}")
        else:
            known = _known(license, by) | {"note": form.cleaned_data["note"], "terms": other}
            call = partial(life.take, step=Step.COUNTERED, **known)
            about = {"license": license, "changes": differences(terms, other)}
            title, done = _("Other terms"), _("Your terms are on the table.")
            return _act(
                request,
                license,
                call,
                title,
                done,
                by=by,
                context=about,
            )
    return render(request, "sosie/counter.html", {"license": license, "form": form})


@requires("decide", licenses.known)
@require_POST
def papers(request: HttpRequest, license: License) -> HttpResponseBase:
    """Put deal memo and contract before both who agreed; nothing of it is signed by that."""
    made = contract.papers(outside(), license=license.pk, now=now())
    if isinstance(made, Refusal):
        text = "; ".join(reason.text for reason in made.reasons)
        return signing.refused(request, text, reverse("license", args=[license.pk]))
    return redirect("license", license.pk)


@requires("decide", licenses.known)
@require_POST
def sign(request: HttpRequest, license: License) -> HttpResponseBase:
    """Sign the contract as the model, or as the brand."""
    by = decider_of(request, license)
    role = "model" if by == license.model_id else "brand"
    call = partial(contract.sign, role=role, **_known(license, by))
    about = {"license": license, "first_page": _words(license), "paper": True}
    last = license.signatures.exclude(party=by).exists()
    done = _("You signed, as the last of both: the contract stands, and its final copy is here.")
    if not last:
        done = _("You signed. The final copy comes when both have.")
    return _act(request, license, call, _("The contract"), done, by=by, context=about)


@requires("own", licenses.known)
@require_POST
def memo(request: HttpRequest, license: License) -> HttpResponseBase:
    """Accept the pay that the deal memo states, as the model."""
    by = license.model_id
    about = {"license": license, "first_page": _words(license), "memo_paper": True}
    call = partial(life.accept_memo, **_known(license, by))
    title, done = _("The deal memo"), _("You accepted the deal memo.")
    return _act(request, license, call, title, done, by=by, context=about)


@requires("where")
@require_safe
def take_back(request: HttpRequest) -> HttpResponse:
    """Show the licenses that she can take back."""
    hers = Q(model__in=parties(request.user, Role.MODEL))
    rows = licenses.matching(hers & licenses.revocable(), lists.words_of(request))
    page = lists.turned(request, rows)
    context = {
        "licenses": licenses.listed(list(page), now=now()),
        **lists.context(request, page),
    }
    return render(request, "sosie/take_back.html", context)


def _summed(releases: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Return where files are out, each place with how many."""
    up = [each for each in releases if not each["down"]]
    places = ((each["channel"], tuple(each["territories"])) for each in up)
    return [
        (_(CHANNELS[Channel(name)]), countries(codes), count)
        for (name, codes), count in Counter(places).items()
    ]


@requires("own", licenses.known)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, license: License) -> HttpResponseBase:
    """Show what follows when she takes a license back, and have her do it."""
    call = partial(licenses.revoke, note=_note(request), **_known(license, license.model_id))
    about = {
        "license": license,
        "due": life.if_revoked(license, now=now()),
        "counts": days.counts(license),
        "out": _summed(licenses.releases(license)),
        "earned": days.earned_by(license),
    }
    return _act(
        request,
        license,
        call,
        _("Take it back"),
        _("It is taken back. Nothing new from this moment."),
        by=license.model_id,
        button=_("Take it back, with my passkey"),
        template="sosie/revoke.html",
        context=about,
    )

"""Places: where a brand has its releases sent, how far that is, and what is taken down there."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sosie import wiring
from sosie.core.term_names import CHANNELS
from sosie.core.terms import Channel
from sosie.core.values import BadInput, Refusal
from sosie.services import place as services
from sosie.store.places import Errand, Place
from sosie.web import lists, signing
from sosie.web.exports import exported, in_parts
from sosie.web.find import brands_of
from sosie.web.rights import requires
from sosie.web.templatetags.spoken import words
from sosie.web.tongue import options
from sosie.web.workspace import now, outside

ON_A_PAGE = 40
MOST = 5000
"""Lines in one export."""
_UNKEPT = {"autocomplete": "off", "spellcheck": "false"}


class PlaceForm(forms.Form):
    """A place to be named."""

    channel = forms.ChoiceField(
        label=_("What is released on"),
        choices=options(CHANNELS),
    )
    address = forms.CharField(
        label=_("Goes to"),
        max_length=500,
        help_text=_("s3://bucket/folder, or the https address of a program that is told"),
        widget=forms.TextInput(attrs=_UNKEPT),
    )
    endpoint = forms.CharField(
        label=_("Address of the store, unless it is AWS"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=_UNKEPT),
    )
    region = forms.CharField(label=_("Region"), max_length=40, required=False)
    key_id = forms.CharField(
        label=_("Access key, for this bucket alone"),
        max_length=128,
        required=False,
        widget=forms.TextInput(attrs=_UNKEPT),
    )
    secret = forms.CharField(
        label=_("Its secret"),
        max_length=256,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    ending = forms.ChoiceField(
        label=_("When a license ends, files in a bucket"),
        choices=[("delete", _("are deleted")), ("tombstone", _("give way to a note"))],
    )


@requires("library")
@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest) -> HttpResponseBase:
    """Show the places of a brand and what was sent there; name one more."""
    brands = sorted(brands_of(request))
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        brand = request.POST.get("brand") or brands[0]
        said = form.cleaned_data | {"channel": Channel(form.cleaned_data["channel"])}
        try:
            if brand not in brands:
                return signing.refused(request, gettext("no such brand"), reverse("places"))
            made = services.name(
                outside(), brand=brand, private=wiring.private_places(), now=now(), **said
            )
        except BadInput as error:
            form.add_error("address", f"{error.what}: {error.remedy}")
        else:
            if isinstance(made, Refusal):
                return signing.refused(request, made.reasons[0].text, reverse("places"))
            if not made.endpoint:
                context = {"place": made, "secret": services.secret(made.pk)}
                return render(request, "sosie/place_named.html", context)
            messages.success(request, gettext("From now on releases go there."))
            return redirect("places")
    page = Paginator(_errands(request), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "places": services.listed(services.of(brands)),
        **lists.context(request, page, "errands-export"),
        "errands": services.said(page),
        "form": form,
        "brands": brands,
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "sosie/places.html", context, status=status)


@requires("library")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return what was to be sent and taken down, with how far it is, as CSV or JSON."""
    found = _errands(request)[:MOST]
    rows = (
        {**row, **{name: row[name] and row[name].isoformat() for name in services.TIMES}}
        for row in in_parts(found, services.said)
    )
    return exported(form, "errands", services.COLUMNS, rows)


def _errands(request: HttpRequest) -> QuerySet[Errand]:
    """Return what was to be sent and taken down, of it what holds the words that are looked for."""
    rows = services.errands(Q(place__brand__in=brands_of(request)))
    for word in lists.words_of(request).split():
        states = [each for each in services.State if lists.holds(word, each, words(each))]
        said = Q(release__seal__number__icontains=word) | Q(why__icontains=word)
        said |= Q(state__in=states)
        on = [each for each, name in CHANNELS.items() if lists.holds(word, each, gettext(name))]
        rows = rows.filter(said | Q(place__address__icontains=word) | Q(place__channel__in=on))
    return rows


@requires("place", services.known)
@require_POST
def end(request: HttpRequest, place: Place) -> HttpResponseBase:
    """Send nothing new to a place."""
    ended = services.end(outside(), place.pk, now=now())
    return _told(request, ended, gettext("Nothing new goes there."))


@requires("errand", services.errand)
@require_POST
def again(request: HttpRequest, errand: Errand) -> HttpResponseBase:
    """Try what failed again."""
    return _told(request, services.again(errand.pk), gettext("It is tried again."))


@requires("errand", services.errand)
@require_POST
def acknowledge(request: HttpRequest, errand: Errand) -> HttpResponseBase:
    """Record that whoever runs a place says that it was done."""
    done = services.acknowledge(outside(), errand.pk, now=now())
    return _told(request, done, gettext("It is noted that it was done."))


def _told(request: HttpRequest, done: object, text: str) -> HttpResponseBase:
    if isinstance(done, Refusal):
        return signing.refused(request, done.reasons[0].text, reverse("places"))
    messages.success(request, text)
    return redirect("places")

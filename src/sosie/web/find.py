"""Finding a twin, as a brand; and what brands see of her, as she sets it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import capfirst
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sosie.core.listing import MEASURES, Card, Listing, Wanted
from sosie.core.roles import Role
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Purpose
from sosie.services import asking
from sosie.services import listing as listings
from sosie.services import twin as twin_service
from sosie.store.models import Twin
from sosie.web import signing, views
from sosie.web.exports import exported
from sosie.web.fields import Text
from sosie.web.rights import parties, requires
from sosie.web.said import photograph as shown
from sosie.web.tongue import options, places, split
from sosie.web.twins import never
from sosie.web.workspace import now

ON_A_PAGE = 24
_ANY = ("", gettext_lazy("any"))


def brands_of(request: HttpRequest) -> set[str]:
    """Return the brands for which somebody looks and asks."""
    return parties(request.user, Role.PRODUCER, Role.LEGAL)


class FindForm(forms.Form):
    """What a brand looks for; everything may be left empty."""

    looks = Text(label=gettext_lazy("Looks"), max_length=100, required=False)
    height_from = forms.IntegerField(label=gettext_lazy("Height, from cm"), required=False)
    height_to = forms.IntegerField(label=gettext_lazy("to cm"), required=False)
    waist_from = forms.IntegerField(label=gettext_lazy("Waist, from cm"), required=False)
    waist_to = forms.IntegerField(label=gettext_lazy("to cm"), required=False)
    purpose = forms.ChoiceField(
        label=gettext_lazy("Open to"),
        choices=[_ANY, *options(PURPOSES)],
        required=False,
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("On"),
        choices=[_ANY, *options(CHANNELS)],
        required=False,
    )
    territory = forms.ChoiceField(
        label=gettext_lazy("In"), choices=lambda: [_ANY, *places()], required=False
    )
    category = Text(label=gettext_lazy("Free in category"), max_length=60, required=False)
    rate = forms.DecimalField(
        label=gettext_lazy("For a picture, at most"), min_value=0, required=False
    )
    currency = forms.RegexField("^[A-Z]{3}$", label=gettext_lazy("Currency"), required=False)

    def wanted(self) -> Wanted:
        """Return what is looked for; a field that says nothing that can be read asks nothing."""
        self.is_valid()
        said = self.cleaned_data
        rate = said.get("rate")
        return Wanted(
            looks=said.get("looks") or "",
            height=(said.get("height_from"), said.get("height_to")),
            waist=(said.get("waist_from"), said.get("waist_to")),
            purpose=Purpose(said["purpose"]) if said.get("purpose") else None,
            channel=Channel(said["channel"]) if said.get("channel") else None,
            territory=said.get("territory") or "",
            category=(said.get("category") or "").strip(),
            rate=None if rate is None else Decimal(rate),
            currency=said.get("currency") or "EUR",
        )


@requires("find")
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Show the twins that a brand finds, by what it looks for, and what it is still writing."""
    form = FindForm(request.GET or {"currency": "EUR"})
    brands = brands_of(request)
    fit, unsaid = listings.search(brands, form.wanted(), now=now())
    asked = {n: v for n, v in request.GET.items() if v and n not in ("page", "currency")}
    page = Paginator(fit, ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = listings.pictured(list(page))
    context = {
        "form": form,
        "page": page,
        "unsaid": unsaid,
        "asked": asked,
        "query": urlencode({n: v for n, v in request.GET.items() if v and n != "page"}),
        "drafts": asking.drafts(brands),
        "anybody": bool(fit or unsaid) or bool(asked and listings.cards(brands)),
    }
    return render(request, "sosie/find.html", context)


_COLUMNS = ("twin", "name", "words", "looks", *MEASURES, "least per picture", "currency")


@requires("find")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return what was found as JSON or CSV: nothing that the pages do not show."""
    brands, wanted = brands_of(request), FindForm(request.GET).wanted()

    def found() -> Iterator[dict[str, Any]]:
        fit, _unsaid = listings.search(brands, wanted, now=now())
        yield from map(_row, fit)

    return exported(form, "twins", _COLUMNS, found())


def _row(card: Card) -> dict[str, Any]:
    return {
        "twin": card.twin,
        "name": card.name,
        "words": card.words,
        "looks": list(card.looks),
        **{name: card.measurements.get(name) for name in MEASURES},
        "least per picture": f"{card.least.per_picture:.2f}" if card.least else None,
        "currency": card.least.currency if card.least else None,
    }


@requires("find")
@require_safe
def card(request: HttpRequest, twin: str) -> HttpResponse:
    """Show one twin as brands see it."""
    found = listings.card(brands_of(request), twin, now=now())
    if found is None:
        raise Http404
    context = {
        "card": found,
        "measured": [
            (_(MEASURES[name]), f"{value:g} cm") for name, value in found.measurements.items()
        ],
        "never": never(found.never) if found.never else None,
    }
    return render(request, "sosie/card.html", context)


@requires("find")
@require_safe
def photograph(request: HttpRequest, twin: str, name: str) -> HttpResponse:
    """Return a photograph that brands may see, as small as a page shows it."""
    plate = listings.photograph(brands_of(request), twin, name, now=now())
    if plate is None:
        raise Http404
    return views.file(request, plate.digest, plate.name, only_small=True)


class ListingForm(forms.Form):
    """What brands see of a twin."""

    found = forms.BooleanField(label=gettext_lazy("Brands find my twin"), required=False)
    words = Text(
        label=gettext_lazy("What you say of yourself"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    looks = Text(
        label=gettext_lazy("How you look"),
        max_length=600,
        required=False,
        help_text=gettext_lazy("As: dark brown hair, green eyes, freckles"),
    )
    photographs = forms.MultipleChoiceField(
        label=gettext_lazy("Photographs, small"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    measurements = forms.MultipleChoiceField(
        label=gettext_lazy("Measurements"),
        choices=options(MEASURES),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    exclusions = forms.BooleanField(label=gettext_lazy("What I never do"), required=False)
    rate = forms.BooleanField(label=gettext_lazy("The least that I work for"), required=False)
    engagements = forms.BooleanField(
        label=gettext_lazy("In which categories a brand holds me exclusively, and until when"),
        required=False,
    )

    def __init__(self, *args: Any, photographs: list[str], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["photographs"].choices = [(each, capfirst(shown(each))) for each in photographs]  # type: ignore[attr-defined]

    def clean_looks(self) -> list[str]:
        """Return them one by one."""
        found = split(self.cleaned_data["looks"])
        if len(found) > 20 or any(len(each) > 60 for each in found):
            text = _("Name twenty things at most, each in sixty letters.")
            raise forms.ValidationError(text)
        return found


@requires("own-twin", twin_service.known)
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, twin: Twin) -> HttpResponseBase:
    """Show what brands see of a twin, and have its model sign another choice."""
    if twin_service.standing(twin) not in ("stands", "retired"):
        return redirect("twin", twin.pk)
    stands = listings.of(twin.pk)
    initial = {**stands.as_json(), "looks": ", ".join(stands.looks)}
    names = listings.plates(twin)
    form = ListingForm(request.POST or None, initial=initial, photographs=names)
    if request.method == "POST" and form.is_valid():
        wanted = Listing.model_validate(form.cleaned_data)
        known: dict[str, Any] = {"twin": twin.pk, "by": twin.owner_id, "passphrase": ""}

        def done(row: Any) -> HttpResponseBase:
            del row
            messages.success(request, _("From now on brands see what you chose."))
            return redirect("listing", twin.pk)

        page = signing.Page(
            by=twin.owner_id,
            call=partial(listings.put, listing=wanted, now=now(), **known),
            done=done,
            title=_("What brands see of you"),
            back=reverse("listing", args=[twin.pk]),
        )
        return signing.page(request, page)
    context = {"twin": twin, "form": form, "stands": stands}
    return render(request, "sosie/listing.html", context)

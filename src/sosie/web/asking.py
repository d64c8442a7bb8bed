"""Asking for a license: a form that becomes terms, with its price and what law says of it while
one types; then signed, and sent."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sosie.core import country_names
from sosie.core.life import Step
from sosie.core.roles import Role
from sosie.core.term_names import ALTERATIONS, CHANNELS, PURPOSES
from sosie.core.terms import Alteration, Terms
from sosie.core.values import BadInput, Refusal
from sosie.services import asking, life
from sosie.services import license as licenses
from sosie.store.asking import LicenseDraft
from sosie.store.models import License
from sosie.web import signing
from sosie.web.fields import Text
from sosie.web.license import side_of
from sosie.web.rights import parties, requires
from sosie.web.tongue import options, places, split
from sosie.web.workspace import now


def _codes() -> dict[str, str]:
    """Return the codes of countries and groups by their names, English and in her language."""
    named = (*country_names.places(), *places())
    return {name.removeprefix("the ").casefold(): code for code, name in named}


_MONEY: dict[str, Any] = {"min_value": 0, "max_digits": 12, "decimal_places": 2, "required": False}
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_LONG = forms.Textarea(attrs={"rows": 3})


class Territories(Text):
    """Countries and groups, as codes or in words, with commas between them."""

    def clean(self, value: Any) -> Any:
        """Return their codes."""
        found = {each: _code(each) for each in split(super().clean(value) or "")}
        unknown = ", ".join(f"“{each}”" for each, code in found.items() if not code)
        if unknown:
            text = _("Not a country or a group of countries: {names}")
            raise forms.ValidationError(text.format(names=unknown))
        return list(found.values())


def _code(said: str) -> str:
    codes, upper = _codes(), said.upper()
    known = upper in codes.values()
    return upper if known else codes.get(said.casefold().removeprefix("the "), "")


class AskForm(forms.Form):
    """What a brand says of a license; it becomes terms."""

    title = Text(label=gettext_lazy("What it is for, in a few words"), max_length=120)
    scope = Text(
        label=gettext_lazy("What is made: which clothes, which kind of picture"),
        max_length=1000,
        widget=_LONG,
    )
    pictures = forms.IntegerField(
        label=gettext_lazy("Pictures, at most"), min_value=1, max_value=100_000
    )
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("What they are for"),
        choices=options(PURPOSES),
        widget=forms.CheckboxSelectMultiple,
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Where they appear"),
        choices=options(CHANNELS),
        widget=forms.CheckboxSelectMultiple,
    )
    territories = Territories(
        label=gettext_lazy("In which countries"),
        max_length=2000,
        help_text=gettext_lazy("As FR, Germany, EU, WORLD; a comma between them"),
    )
    alterations = forms.MultipleChoiceField(
        label=gettext_lazy("What may be changed; anything else may not"),
        choices=options({k: v for k, v in ALTERATIONS.items() if k != Alteration.NUDITY}),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    category = Text(
        label=gettext_lazy("Category of what is advertised, in one word"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("As knitwear or fragrance"),
    )
    exclusivity = forms.DecimalField(
        label=gettext_lazy("What you pay to be the only one in this category; empty: you are not"),
        **_MONEY,
    )
    currency = forms.RegexField(
        "^[A-Z]{3}$", label=gettext_lazy("Currency"), max_length=3, min_length=3
    )
    creation_fee = forms.DecimalField(label=gettext_lazy("Once, for making the twin"), **_MONEY)
    per_picture = forms.DecimalField(label=gettext_lazy("For each picture"), **_MONEY)
    per_release = forms.DecimalField(label=gettext_lazy("For each file that goes out"), **_MONEY)
    payment_term_days = forms.IntegerField(
        label=gettext_lazy("Days in which you pay"), min_value=0, max_value=365
    )
    agency = forms.ChoiceField(label=gettext_lazy("Her agency"), required=False)
    commission = forms.DecimalField(
        label=gettext_lazy("Commission of her agency, in percent of her pay"),
        min_value=0,
        max_value=100,
        decimal_places=1,
        required=False,
    )
    answer_days = forms.IntegerField(
        label=gettext_lazy("Days that she has to answer to a picture"), min_value=1, max_value=60
    )
    expectations = Text(
        label=gettext_lazy("What you expect of her"), max_length=1000, required=False, widget=_LONG
    )
    credit = Text(label=gettext_lazy("Line under the pictures"), max_length=200, required=False)
    governing_law = Text(label=gettext_lazy("Law that governs it"), max_length=200, required=False)

    def __init__(self, draft: LicenseDraft, *, read: bool = True) -> None:
        data = QueryDict(mutable=True)
        for name, texts in draft.said.items():
            data.setlist(name, texts)
        initial = {n: t if len(t) > 1 or n in _LISTS else t[0] for n, t in draft.said.items() if t}
        super().__init__(data if read else None, initial=initial)
        self.draft = draft
        self.fields["from"] = forms.DateField(label=_("First day"), widget=_DAY)
        self.fields["until"] = forms.DateField(label=_("Last day"), widget=_DAY)
        found = asking.agencies_of(draft.twin.owner_id, now=now())
        none = ("", _("none"))
        self.fields["agency"].choices = [none, *((a.pk, a.name) for a in found)]  # type: ignore[attr-defined]

    def terms(self) -> Terms | None:
        """Return the terms that it says; where it says none, its errors say why."""
        if not self.is_valid():
            return None
        try:
            return asking.as_terms(self._clauses())
        except BadInput as error:
            name = _FIELDS.get(error.where, error.where.rpartition(".")[2])
            self.add_error(name if name in self.fields else None, error.what)
            return None

    def _clauses(self) -> dict[str, Any]:
        said, draft = self.cleaned_data, self.draft
        where = {"include": said["territories"]}
        days = {"from": f"{said['from']}", "until": f"{said['until']}"}
        clauses: dict[str, Any] = {
            "sosie": "terms/1",
            "twin": draft.twin_id,
            "parties": {"model": draft.twin.owner_id, "brand": draft.brand_id},
            "territories": where,
            "period": days,
            "approvals": {"each_picture": True, "answer_days": said["answer_days"]},
            "pay": {
                "currency": said["currency"],
                "payment_term_days": said["payment_term_days"],
                **{name: f"{said[name] or Decimal(0):.2f}" for name in _RATES},
            },
            "incurred_expenses": [],
            **{name: said[name] for name in _AS_SAID},
        }
        if said["category"]:
            clauses["category"] = said["category"]
        if said["agency"]:
            clauses["parties"]["agency"] = said["agency"]
            clauses["commission"] = f"{(said['commission'] or Decimal(0)) / 100:f}"
        if said["exclusivity"] is not None:
            held = {"category": said["category"], "territories": where, **days}
            clauses["exclusivity"] = held | {"price": f"{said['exclusivity']:.2f}"}
        return clauses


_LISTS = ("purposes", "channels", "alterations")
_RATES = ("creation_fee", "per_picture", "per_release")
_AS_SAID = (
    *("title", "scope", "pictures", "purposes", "channels", "alterations"),
    *("expectations", "credit", "governing_law"),
)
_FIELDS = {"exclusivity.category": "category", "exclusivity.until": "until"}
"""The field of a clause that is called otherwise."""
_OURS = frozenset({"csrfmiddlewaretoken", "check"})


@requires("find")
@require_POST
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begin to ask for a license of a twin, or go on with what was begun."""
    brands = sorted(parties(request.user, Role.PRODUCER, Role.LEGAL))
    brand = request.POST.get("brand", "")
    found = asking.begin(
        brand=brand if brand in brands else brands[0],
        twin=request.POST.get("twin", "").strip(),
        now=now(),
    )
    if isinstance(found, Refusal):
        text = "; ".join(reason.text for reason in found.reasons)
        return signing.refused(request, text, reverse("find"))
    return redirect("ask", found.pk)


@requires("ask", asking.known)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, draft: LicenseDraft) -> HttpResponseBase:
    """Show what is asked for so far, with what can be told of it; what is sent is kept first,
    whatever is wrong with it."""
    if request.method == "POST":
        _keep(request, draft)
    form = AskForm(draft)
    terms = form.terms()
    if request.method == "POST" and "check" not in request.POST and terms is not None:
        return redirect("ask-sign", draft.pk)
    context = {"draft": draft, **_told(form, terms)}
    context["form"] = form if request.method == "POST" else AskForm(draft, read=False)
    return render(request, "sosie/ask.html", context)


@requires("ask", asking.known)
@require_POST
def look(request: HttpRequest, draft: LicenseDraft) -> HttpResponse:
    """Keep what was typed, and return what can be told of it: a part of the page."""
    _keep(request, draft)
    form = AskForm(draft)
    return render(request, "sosie/told.html", {"live": True, **_told(form, form.terms())})


def _keep(request: HttpRequest, draft: LicenseDraft) -> None:
    known = AskForm(draft).fields
    said = {name: texts for name, texts in request.POST.lists() if name in known}
    asking.save(draft, said, now=now())


def _told(form: AskForm, terms: Terms | None) -> dict[str, Any]:
    """Return what the page tells: price and findings, or what is missing, in the order of the
    form."""
    if terms is not None:
        return {"told": asking.tell(terms, now=now()), "terms": terms}
    missing = [
        (
            form.fields[name].label if name in form.fields else "",
            [text for error in errors if error.code != "required" for text in error.messages],
        )
        for name, errors in form.errors.as_data().items()
    ]
    return {"missing": missing}


@requires("ask", asking.known)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, draft: LicenseDraft) -> HttpResponseBase:
    """Have the brand sign the terms that it wrote."""
    terms = AskForm(draft).terms()
    if terms is None:
        return redirect("ask", draft.pk)
    call = partial(asking.sign, draft=draft, terms=terms, passphrase="", now=now())

    def done(row: License) -> HttpResponseBase:
        return redirect("send", row.pk)

    page = signing.Page(
        by=draft.brand_id,
        call=call,
        done=done,
        title=_("These terms"),
        back=reverse("ask", args=[draft.pk]),
        context={"told": asking.tell(terms, now=now()), "terms": terms, "step": 1},
        template="sosie/ask_sign.html",
    )
    return signing.page(request, page)


@requires("ask", licenses.known)
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, license: License) -> HttpResponseBase:
    """Send the terms that were signed to the model, as the brand."""
    here = reverse("license", args=[license.pk])
    by = side_of(request, license)
    known: dict[str, Any] = {"license": license.pk, "by": by, "passphrase": "", "now": now()}
    note = request.POST.get("note", "")[:1000]

    def done(row: License) -> HttpResponseBase:
        messages.success(request, _("It is with her. You read here what she answers."))
        return redirect("license", row.pk)

    page = signing.Page(
        by=by,
        call=partial(life.take, step=Step.ASKED, note=note, **known),
        done=done,
        title=_("Send it to her"),
        back=here,
        context={"license": license, "step": 2},
        template="sosie/ask_sign.html",
    )
    return signing.page(request, page)


@requires("ask", asking.known)
@require_POST
def discard(request: HttpRequest, draft: LicenseDraft) -> HttpResponseBase:
    """Throw away what was written; nobody else has seen it."""
    draft.delete()
    messages.success(request, _("Thrown away."))
    return redirect("find")

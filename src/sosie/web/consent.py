"""What a model says before her twin is made and of what is hers on it, signed with her passkey:
that it may be made at all, and the marks that are never retouched."""

from __future__ import annotations

from datetime import date
from functools import partial
from itertools import count
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sosie.core.markup import bare
from sosie.core.roles import Role
from sosie.core.values import Money
from sosie.services import capture as captures
from sosie.services import twin as twins
from sosie.store.models import Twin
from sosie.web import signing
from sosie.web.fields import Text
from sosie.web.rights import parties, requires
from sosie.web.said import said as in_words
from sosie.web.templatetags.spoken import money
from sosie.web.workspace import now


class ConsentForm(forms.Form):
    """What a consent to the making of a twin says (rules R14, R15, R18)."""

    scope = Text(label=gettext_lazy("What may be made"), max_length=400)
    purpose = Text(label=gettext_lazy("What for"), max_length=400)
    pay = Text(label=gettext_lazy("What you are paid for making it"), max_length=200)
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    on_retirement = forms.ChoiceField(
        label=gettext_lazy("When you retire the twin, licenses that run"),
        choices=[("run_on", gettext_lazy("run on")), ("end", gettext_lazy("end"))],
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        rate = money(Money.parse(80, "EUR"))
        self.fields["pay"].help_text = _("As: {rate} an hour").format(rate=rate)

    def clean_until(self) -> date:
        """Return the last day, which is not past."""
        until: date = self.cleaned_data["until"]
        if until < now().date():
            raise forms.ValidationError(_("This day is past: name a later one."))
        return until


@requires("capture")
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponseBase:
    """Have a model sign that a twin of her may be made, before the first photograph; or, with
    `?twin=`, that hers may go on being made once the last day of her consent is past."""
    hers = parties(request.user, Role.MODEL)
    again = _ended(hers, request.GET["twin"]) if "twin" in request.GET else None
    by = again.model if again else min(hers)
    usual = {"scope": _("A twin from this capture"), "purpose": _("Pictures under licenses I sign")}
    form = ConsentForm(
        request.POST or None,
        initial=twins.says(again.consent) | {"until": None} if again else usual,
    )
    if request.method == "POST" and form.is_valid():
        page = signing.Page(
            by=by,
            call=partial(
                twins.consent,
                twin=again.twin if again else _free(by),
                by=by,
                passphrase="",
                now=now(),
                **form.cleaned_data,
            ),
            done=lambda _row: redirect("capture"),
            title=_("A twin of me may be made"),
            back=reverse("capture"),
        )
        return signing.page(request, page)
    return render(request, "sosie/consent.html", {"form": form, "again": again})


def _ended(hers: set[str], twin: str) -> captures.Open:
    """Return a twin of hers of which the consent ended; another is none."""
    for each in captures.open_to(hers):
        if each.twin == twin and each.until < now().date():
            return each
    raise Http404("no consent that ended")


def _free(by: str) -> str:
    """Return an id that no twin has and none was consented to."""
    names = (by if number == 1 else f"{by[:36]}-{number}" for number in count(1))
    return next(name for name in names if not twins.consented(name))


_SIDES = ("left", "right", "top", "bottom")


def _pixels(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=999_999)


class MarkForm(forms.Form):
    """A mark that is never retouched."""

    place = Text(label=gettext_lazy("Where it is, as left cheek"), max_length=80)
    words = Text(label=gettext_lazy("What it is, as a mole"), max_length=200)
    plate = Text(required=False, max_length=40)
    left = _pixels(gettext_lazy("Left edge"))
    right = _pixels(gettext_lazy("Right edge"))
    top = _pixels(gettext_lazy("Upper edge"))
    bottom = _pixels(gettext_lazy("Lower edge"))

    def __init__(self, twin: Twin, *args: Any) -> None:
        super().__init__(*args)
        self.twin = twin

    def clean(self) -> dict[str, Any]:
        """Return the mark, with its region where four numbers, or none, lie on a photograph."""
        said = dict(super().clean() or {})
        spots = [said.pop(side, None) for side in _SIDES]
        region = None
        if None not in spots:
            left, right = sorted(spots[:2])
            top, bottom = sorted(spots[2:])
            region = (left, top, right, bottom)
        elif any(spot is not None for spot in spots):
            raise forms.ValidationError(_("Give all four numbers, or none."))
        if region and not said.get("plate"):
            raise forms.ValidationError(_("Say on which photograph this is."))
        off = twins.off_the_plate(self.twin, said.get("plate", ""), region)
        if off:
            text = off.reasons[0].text
            raise forms.ValidationError(bare(in_words(text) or text))
        return {**said, "region": region}


@requires("own-twin", twins.known)
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest, twin: Twin) -> HttpResponseBase:
    """Have a model name a mark that is never retouched."""
    form, back = MarkForm(twin, request.POST or None), reverse("twin", args=[twin.pk])

    def done(_row: object) -> HttpResponseBase:
        messages.success(request, _("Signed. Contracts made from now on name it."))
        return redirect(back)

    if request.method == "POST" and form.is_valid():
        known: dict[str, Any] = {"by": twin.owner_id, "passphrase": "", "now": now()}
        page = signing.Page(
            by=twin.owner_id,
            call=partial(twins.mark, twin=twin.pk, **known, **form.cleaned_data),
            done=done,
            title=_("Never retouched"),
            back=back,
        )
        return signing.page(request, page)
    newest = {each.name: each for each in twin.plates.order_by("version")}
    context = {
        "twin": twin,
        "form": form,
        "plates": [newest[name] for name in sorted(newest)],
        "sides": [form[side] for side in _SIDES],
    }
    return render(request, "sosie/mark.html", context)

"""What a model decides about her twin, signed with her passkey: what she never does, that it is
retired, that it is deleted."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sosie.core.erasure import Erasure
from sosie.core.preferences import Preferences
from sosie.core.term_names import ALTERATIONS, CHANNELS, DEPICTIONS, PURPOSES
from sosie.core.values import Refusal
from sosie.services import erasure, preferences, retirement
from sosie.services import license as licenses
from sosie.services import twin as twin_service
from sosie.services.signing import Call
from sosie.store.models import Twin
from sosie.web import signing
from sosie.web.exports import kept
from sosie.web.fields import Text
from sosie.web.rights import requires
from sosie.web.tongue import options, places, split
from sosie.web.twins import named
from sosie.web.workspace import now, outside

_LISTS: dict[str, Any] = {
    "depictions_excluded": options(DEPICTIONS),
    "alterations_never": options(ALTERATIONS),
    "channels_never": options(CHANNELS),
    "purposes_never": options(PURPOSES),
    "territories_never": places,
}
_LABELS = {
    "depictions_excluded": gettext_lazy("Never shown with"),
    "alterations_never": gettext_lazy("Never changed"),
    "channels_never": gettext_lazy("Never on"),
    "purposes_never": gettext_lazy("Never for"),
    "territories_never": gettext_lazy("Never in"),
}


def _choices(name: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_LABELS[name],
        choices=_LISTS[name],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class NeverForm(forms.Form):
    """What she never does, in any license. What else she wants of every license stays as it is."""

    depictions_excluded = _choices("depictions_excluded")
    alterations_never = _choices("alterations_never")
    channels_never = _choices("channels_never")
    purposes_never = _choices("purposes_never")
    nobody_beside_me = forms.BooleanField(
        label=gettext_lazy("Nobody beside me in a picture"), required=False
    )
    categories_never = Text(
        label=gettext_lazy("Never for these kinds of goods"),
        help_text=gettext_lazy("With commas between them: fragrance, watches"),
        required=False,
        max_length=500,
    )
    territories_never = _choices("territories_never")

    def wanted(self, before: Preferences | None) -> Preferences:
        """Return what she wants from now on: these, and what she said of the rest before."""
        said = {**self.cleaned_data}
        goods = (each.lower() for each in split(said["categories_never"]))
        said["categories_never"] = list(dict.fromkeys(goods))
        rest = before.as_json() if before else {"sosie": "preferences/1"}
        return Preferences.model_validate({**rest, **said})


def _as_set(before: Preferences | None) -> dict[str, Any]:
    """Return what she said before, as the form shows it."""
    if before is None:
        return {}
    said = {**before.as_json()}
    return {**said, "categories_never": ", ".join(said.get("categories_never", []))}


@requires("own-twin", twin_service.known)
@require_http_methods(["GET", "HEAD", "POST"])
def never(request: HttpRequest, twin: Twin) -> HttpResponseBase:
    """Show what she never does, and have her sign what is to hold from now on."""
    before = preferences.of(twin.owner_id)
    form = NeverForm(request.POST or None, initial=_as_set(before))
    if request.method == "POST" and form.is_valid():
        wanted = form.wanted(before)
        changes = _changes(before, wanted)
        if changes:
            known: dict[str, Any] = {"by": twin.owner_id, "passphrase": "", "now": now()}
            page = signing.Page(
                by=twin.owner_id,
                call=partial(preferences.put, preferences=wanted, **known),
                done=lambda _row: _back(
                    request, twin, _("Signed. Each new request is held against it.")
                ),
                title=_("What I never do"),
                back=reverse("never", args=[twin.pk]),
                context={"changes": changes},
            )
            return signing.page(request, page)
        form.add_error(None, _("This is what holds already: nothing was changed."))
    return render(request, "sosie/never.html", {"twin": twin, "form": form})


def _back(request: HttpRequest, twin: Twin, text: str) -> HttpResponseBase:
    messages.success(request, text)
    return redirect("twin", twin.pk)


def _changes(before: Preferences | None, wanted: Preferences) -> list[dict[str, str]]:
    """Return what is added to what she never does, and what is taken from it, in words."""
    old, new = (each.exclusions() if each else {} for each in (before, wanted))
    found = []
    for name in dict.fromkeys((*old, *new)):
        was, comes = set(old.get(name, ())), set(new.get(name, ()))
        words = (name, _("never from now on")), (name, _("not excluded any more"))
        for (field, text), values in zip(words, (comes - was, was - comes), strict=True):
            found += [{"said": f"{named(field, value)}: {text}"} for value in sorted(values)]
    return found


@requires("own-twin", twin_service.known)
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: HttpRequest, twin: Twin) -> HttpResponseBase:
    """Show what retiring the twin comes to, and have her sign it. Where licenses end with it, each
    is taken back first, since each has a signature of its own."""
    known: dict[str, Any] = {"twin": twin.pk, "by": twin.owner_id}
    plan = retirement.plan(**known)
    if isinstance(plan, Refusal):
        return signing.refused(request, plan.reasons[0].text, reverse("twin", args=[twin.pk]))
    running = licenses.several(plan.running)
    context = {"twin": twin, "plan": plan, "running": running}
    if plan.ends and running:
        return render(request, "sosie/retire.html", context)
    page = signing.Page(
        by=twin.owner_id,
        call=partial(retirement.retire, passphrase="", now=now(), **known),
        done=lambda _plan: _back(request, twin, _("The twin is retired.")),
        title=_("Retire the twin"),
        back=reverse("twin", args=[twin.pk]),
        button=_("Retire it, with my passkey"),
        template="sosie/retire.html",
        context=context,
    )
    return signing.page(request, page)


@requires("own-twin", twin_service.known)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, twin: Twin) -> HttpResponseBase:
    """Show what a deletion erases and what stays, and have her withdraw her consent; what was
    broken off is taken up again without another signature."""
    known: dict[str, Any] = {"twin": twin.pk, "by": twin.owner_id, "passphrase": "", "now": now()}
    call: Call[Erasure] = partial(erasure.delete, **known)
    back = reverse("twin", args=[twin.pk])
    if twin_service.standing(twin) == "erased":
        return signing.refused(request, _("this twin is erased already"), back)
    if not licenses.consent_is_live(twin):
        if request.method == "POST":
            found = call(outside())
            if isinstance(found, Refusal):
                return signing.refused(request, found.reasons[0].text, back)
            return _back(request, twin, _("It is erased."))
        return render(request, "sosie/delete.html", {"twin": twin, "broken_off": True})
    page = signing.Page(
        by=twin.owner_id,
        call=call,
        done=lambda _proof: _back(request, twin, _("It is erased. Keep the proof.")),
        title=_("Delete the twin"),
        back=back,
        button=_("Delete it, with my passkey"),
        template="sosie/delete.html",
        context={"twin": twin, "plan": erasure.plan(twin.pk, twin.owner_id)},
    )
    return signing.page(request, page)


@requires("own-twin", twin_service.known)
@require_safe
def proof(request: HttpRequest, twin: Twin) -> HttpResponse:
    """Return the proof that a twin was erased (`erasure/1`)."""
    del request
    found = erasure.proof(outside(), twin=twin.pk)
    if isinstance(found, Refusal):
        raise Http404(found.reasons[0].text)
    return kept(found.dump(), f"erasure-{twin.pk}.json")

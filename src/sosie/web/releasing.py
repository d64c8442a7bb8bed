"""Seal and release: a brand says where approved pictures go out, sees what it costs, and signs; a
worker of the house does it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Purpose
from sosie.core.values import Refusal
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.services import releasing
from sosie.services import shoot as shoots
from sosie.services.release import Wish
from sosie.store.models import License, Picture, Shoot
from sosie.web import signing
from sosie.web.asking import Territories
from sosie.web.rights import requires
from sosie.web.tongue import options
from sosie.web.workspace import now, unattended


class ReleaseForm(forms.Form):
    """Where pictures go out, among what their license lists."""

    pictures = forms.MultipleChoiceField(
        label=gettext_lazy("Pictures"), widget=forms.CheckboxSelectMultiple
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Where they appear"), widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.ChoiceField(label=gettext_lazy("What they are for"))
    territories = Territories(
        label=gettext_lazy("In which countries"),
        max_length=2000,
        help_text=gettext_lazy("As FR, Germany, EU, WORLD; a comma between them"),
    )
    placements = forms.IntegerField(
        label=gettext_lazy("In how many places each file is shown"),
        min_value=1,
        max_value=100_000,
        initial=1,
    )

    def __init__(self, rows: Sequence[Picture], *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        license, meant = rows[0].license, rows[0].shoot.use
        terms, ids = licenses.terms_of(license), [row.pk for row in rows]
        self.accounts = {each: said for each, said in (terms.accounts or {}).items() if said}
        self._choose("pictures", [(id, id) for id in ids], ids)
        listed = {each: words for each, words in CHANNELS.items() if each in terms.channels}
        self._choose("channels", options(listed), [meant["channel"]])
        listed_for = {each: words for each, words in PURPOSES.items() if each in terms.purposes}
        self._choose("purpose", options(listed_for), meant["purpose"])
        self.fields["territories"].initial = ", ".join(meant["territories"])
        for channel, accounts in self.accounts.items():
            label = _("Account on {channel}").format(channel=_(CHANNELS[channel]))
            choices = [(each, each) for each in accounts]
            self.fields[f"account_{channel}"] = forms.ChoiceField(label=label, choices=choices)
        if terms.approvals.each_campaign:
            said = [(name, name) for name, yes in licenses.campaigns(license).items() if yes]
            self.fields["campaign"] = forms.ChoiceField(label=_("Campaign"), choices=said)

    def _choose(self, name: str, choices: Any, initial: Any) -> None:
        field: Any = self.fields[name]
        field.choices, field.initial = choices, initial

    def more(self) -> list[forms.BoundField]:
        """Return what the license asks for beside."""
        return [self[name] for name in self.fields if name.startswith(("account_", "campaign"))]

    def wishes(self) -> list[Wish]:
        """Return what was said."""
        said = self.cleaned_data
        return [
            Wish(
                channel=channel,
                purpose=Purpose(said["purpose"]),
                territories=tuple(said["territories"]),
                account=said.get(f"account_{channel}"),
                campaign=said.get("campaign"),
                placements=said["placements"],
            )
            for channel in map(Channel, said["channels"])
        ]


@requires("release", pictures.known)
@require_http_methods(["GET", "HEAD", "POST"])
def picture(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    """Have a picture sealed, if it is not yet, and let out."""
    rows = [picture] if picture.status in releasing.OUT else []
    return _page(request, rows, picture.license, reverse("picture", args=[picture.pk]), picture)


@requires("release", shoots.known)
@require_http_methods(["GET", "HEAD", "POST"])
def shoot(request: HttpRequest, shoot: Shoot) -> HttpResponseBase:
    """Have the approved pictures of a shoot sealed and let out."""
    rows = releasing.releasable(shoot)
    return _page(request, rows, shoot.license, reverse("board", args=[shoot.pk]))


def _page(
    request: HttpRequest,
    rows: list[Picture],
    license: License,
    back: str,
    picture: Picture | None = None,
) -> HttpResponseBase:
    context: dict[str, Any] = {"license": license, "picture": picture, "back": back}
    context |= {"unattended": unattended(), "rows": rows}
    if not rows or context["unattended"]:
        return render(request, "sosie/release.html", context)
    form = ReleaseForm(rows, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        pay = licenses.terms_of(license).pay
        fees = releasing.rates(pay) if pay else ()
        files, places = releasing.left(license)
        context |= {"form": form, "fees": fees, "files": files, "places": places}
        return render(request, "sosie/release.html", context)
    ids, wishes = form.cleaned_data["pictures"], form.wishes()
    told = releasing.cost(ids, wishes, now=now())
    known: dict[str, Any] = {"by": license.brand_id, "passphrase": "", "now": now()}

    def done(made: Any) -> HttpResponseBase:
        del made
        messages.success(request, _("Signed. It is sealed and released in its turn."))
        return redirect(back)

    page = signing.Page(
        by=license.brand_id,
        call=partial(releasing.ask, pictures=ids, wishes=wishes, **known),
        done=done,
        title=_("Seal and release"),
        back=request.path,
        template="sosie/release_sign.html",
        context={**context, "told": None if isinstance(told, Refusal) else told, "ids": ids},
    )
    return signing.page(request, page)

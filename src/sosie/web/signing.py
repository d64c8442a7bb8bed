"""The one way in which a page has somebody sign: she reads what it is in plain words, her passkey
signs exactly that, and one service does it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any, cast

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from webauthn.helpers import encode_cbor

from sosie.core.passkey import Credential
from sosie.core.values import BadInput, Refusal
from sosie.services import party as parties
from sosie.services import passkey, signing
from sosie.store.models import Party
from sosie.web.rights import SIGNING, memberships, requires
from sosie.web.statements import in_english, in_words
from sosie.web.workspace import now, outside

MINUTES = 10
"""For which a page that asks for a signature stands; then it is read anew."""
_KEPT = 8
_ASKED = "asked"
"""In a session: what was asked and not answered yet, by its nonce."""
_OURS = frozenset({"csrfmiddlewaretoken", "credential", "nonce"})


@dataclass(frozen=True)
class Page:
    """A page that asks for one act."""

    by: str
    """The party that acts."""
    call: signing.Call[Any]
    done: Callable[[Any], HttpResponseBase]
    """Answers once it is done."""
    title: str
    back: str
    """Where she goes who does not sign."""
    button: str = ""
    """What she presses; that she signs with her passkey, where nothing is said."""
    template: str = "sosie/sign.html"
    context: dict[str, Any] = field(default_factory=dict)


def page(request: HttpRequest, page: Page) -> HttpResponseBase:
    """Ask for an act, or do it with the answer of her passkey.

    What is asked stays in the session, once and for a few minutes; what she filled in comes back
    with the answer, and is refused if the act would be another by it.
    """
    said, status = "", HTTPStatus.OK
    if request.method == "POST" and "credential" in request.POST:
        try:
            found = _answered(request, page)
        except BadInput as error:
            found = Refusal.because(error.code, f"{error.what}: {error.remedy}")
        except IntegrityError:
            found = Refusal.because("act.changed", "this was said meanwhile")
        if not isinstance(found, Refusal):
            return page.done(found)
        said, status = _text(found), HTTPStatus.CONFLICT
    try:
        asked = signing.ask(outside(), page.call)
    except BadInput as error:
        asked = Refusal.because(error.code, f"`{error.where}`: {error.what}; {error.remedy}")
    if isinstance(asked, Refusal):
        context = {"page": page, "refused": said or _text(asked), **page.context}
        return render(request, page.template, context, status=HTTPStatus.CONFLICT)
    own = {key.id: key for _, key in own_passkeys(request.user)}
    among = signing.passkeys_of(page.by, among=own)
    context = {
        "page": page,
        "said": said,
        "words": in_words(asked),
        "in_english": in_english(asked),
        "asked": asked,
        "fields": [
            (name, value)
            for name in request.POST
            if name not in _OURS
            for value in request.POST.getlist(name)
        ],
        "open": bool(settings.HOUSE_PASSPHRASE),
        **page.context,
    }
    if among:
        _keep(request, asked)
        context["options"] = {"publicKey": signing.options(outside(), asked, among=among)}
    return render(request, page.template, context, status=status)


def _keep(request: HttpRequest, asked: signing.Asked) -> None:
    kept = list(request.session.get(_ASKED, {}).items())[1 - _KEPT :]
    said = {"path": request.path, "at": time.time(), "asked": asdict(asked)}
    request.session[_ASKED] = {**dict(kept), asked.nonce: said}


def _answered(request: HttpRequest, page: Page) -> Any:
    """Do what was asked; whatever is answered a second time, or too late, is not known any more."""
    kept = dict(request.session.get(_ASKED, {}))
    known = kept.pop(request.POST.get("nonce", ""), None)
    request.session[_ASKED] = kept
    request.session.save()
    fresh = known is not None and time.time() - known["at"] < MINUTES * 60
    if known is None or not fresh or known["path"] != request.path:
        text = "this page was answered already, or has waited too long: read it again"
        return Refusal.because("act.unknown", text)
    if not settings.HOUSE_PASSPHRASE:
        return Refusal.because("act.closed", "this server was started to be read, not to sign")
    return signing.act(
        outside(),
        page.call,
        asked=signing.Asked(**known["asked"]),
        among=[key.id for _, key in own_passkeys(request.user)],
        answer=request.POST["credential"],
    )


def _text(refusal: Refusal) -> str:
    return "; ".join(reason.text for reason in refusal.reasons)


def own_passkeys(account: Any) -> list[tuple[str, Credential]]:
    """Return the passkeys that somebody signs in with, the oldest first, each with its name."""
    rows = Authenticator.objects.filter(user=account.pk, type=Authenticator.Type.WEBAUTHN)
    found = []
    for row in rows.order_by("id"):
        data = row.wrap().authenticator_data
        held = data.credential_data
        made = Credential(held.credential_id, encode_cbor(dict(held.public_key)), data.counter)
        found.append((row.wrap().name, made))
    return found


def signatures(account: Any) -> list[tuple[Party, bool]]:
    """Return the parties that somebody may sign for, each with whether her passkeys do."""
    own = {key.id: key for _, key in own_passkeys(account)}
    rows = [m.party for m in memberships(account) if m.role in SIGNING and m.party]
    return [(row, bool(signing.passkeys_of(row.pk, among=own))) for row in dict.fromkeys(rows)]


class PassphraseForm(forms.Form):
    """The passphrase of a party's own key, typed once."""

    passphrase = forms.CharField(
        label=_("Passphrase of your key"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@requires("sign", parties.known)
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: HttpRequest, party: Party) -> HttpResponseBase:
    """Let the passkeys that somebody signs in with sign for a party: once, by the party's own key,
    so that nobody signs for her who was merely let in."""
    own = {key.id: (name, key) for name, key in own_passkeys(request.user)}
    signs = signing.passkeys_of(party.pk, among=own)
    missing = [held for id, held in own.items() if id not in signs]
    there = request.POST.get("next") or request.GET.get("next", "")
    there = there if url_has_allowed_host_and_scheme(there, None) else reverse("account")
    form, refused = PassphraseForm(request.POST or None), ""
    if request.method == "POST" and missing and form.is_valid():
        if not ratelimit.consume(request, action="login_failed", key=f"signature:{party.pk}"):
            return cast("HttpResponse", ratelimit.respond_429(request))
        try:
            said = [
                passkey.adopt(
                    outside(),
                    by=party.pk,
                    made=key,
                    name=name,
                    passphrase=form.cleaned_data["passphrase"],
                    now=now(),
                )
                for name, key in missing
                if settings.HOUSE_PASSPHRASE
            ]
            refused = "; ".join(_text(each) for each in said if isinstance(each, Refusal))
        except BadInput as error:
            form.add_error("passphrase", error.what.capitalize())
            said = []
        except LookupError:
            form.add_error("passphrase", _("The key of this party does not lie here."))
            said = []
        if said and not refused:
            messages.success(request, _("Your passkey signs from now on."))
            return redirect(there)
    context = {
        "party": party,
        "signs": [name for name, _ in signs.values()],
        "missing": [name for name, _ in missing],
        "form": form,
        "refused": refused,
        "next": there,
        "open": bool(settings.HOUSE_PASSPHRASE),
    }
    return render(request, "sosie/signature.html", context)


def refused(request: HttpRequest, text: str, back: str) -> HttpResponse:
    """Answer that something was refused, why, and where to go on."""
    context = {"text": text, "back": back}
    return render(request, "sosie/refused.html", context, status=HTTPStatus.CONFLICT)

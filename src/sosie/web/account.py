"""Joining by invitation, signing in and out, and what one's account holds."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import AddWebAuthnForm, SignupWebAuthnForm
from allauth.mfa.webauthn.internal import auth as ceremony
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sosie.account_store.models import Account, Token
from sosie.core.roles import Role
from sosie.core.values import Refusal
from sosie.services import account as accounts
from sosie.services import token as tokens
from sosie.web.fields import Text
from sosie.web.rights import memberships, programs_of, public, requires
from sosie.web.signing import signatures
from sosie.web.workspace import outside

_JOINING = "joining"
"""In the session of somebody who opened an invitation: her name, and the id of her account."""
_FORM = require_http_methods(["GET", "HEAD", "POST"])


class NameForm(forms.Form):
    """The name of somebody who joins."""

    name = Text(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )


class NumberForm(forms.Form):
    """The number of an account whose passkey is lost."""

    number = Text(
        label=_("Account number"),
        max_length=9,
        help_text=_("It stands above your recovery codes: two groups of four."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "characters"}),
    )


@public
@_FORM
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show an invitation, and take the name of whoever follows it; whoever is signed in has one,
    and takes one role more."""
    invitation = _invited(request, token)
    if isinstance(invitation, HttpResponse):
        return invitation
    if request.method == "POST" and isinstance(request.user, Account):
        member = accounts.accept(invitation=invitation, account=request.user, now=timezone.now())
        return _closed(request, member) if isinstance(member, Refusal) else redirect("today")
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = accounts.prepared(outside(), name=form.cleaned_data["name"], now=timezone.now())
        request.session[_JOINING] = {
            "id": account.pk.hex,
            "number": account.number,
            "name": account.name,
        }
        return redirect("join-passkey", token)
    context = {"invitation": invitation, "role": gettext(Role(invitation.role).words), "form": form}
    return render(request, "sosie/join.html", context)


@public
@_FORM
def join_passkey(request: HttpRequest, token: str) -> HttpResponseBase:
    """Make the first passkey of whoever joins: with it, and not before, the account stands."""
    invitation = _invited(request, token)
    if isinstance(invitation, HttpResponse):
        return invitation
    said = request.session.get(_JOINING)
    if not said:
        return redirect("join", token)
    account = Account(**said | {"id": UUID(said["id"])}, joined_at=timezone.now())
    form = SignupWebAuthnForm(request.POST or None, user=account)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            member = accounts.accept(invitation=invitation, account=account, now=account.joined_at)
            if isinstance(member, Refusal):
                return _closed(request, member)
            made = ceremony.WebAuthn.add(account, "passkey", form.cleaned_data["credential"])
            RecoveryCodes.activate(account)
        del request.session[_JOINING]
        record_authentication(
            request,
            account,
            "mfa",
            id=made.instance.pk,
            type=Authenticator.Type.WEBAUTHN,
            passwordless=True,
            reauthenticated=True,
        )
        return perform_login(
            request, Login(user=account, redirect_url=reverse("mfa_view_recovery_codes"))
        )
    context = {
        "name": account.name,
        "token": token,
        "form": form,
        "options": ceremony.begin_registration(account, passwordless=True),
    }
    return render(request, "sosie/join_passkey.html", context)


def _invited(request: HttpRequest, token: str) -> Any:
    """Return the invitation of a link, or the answer that it cannot be used (any more)."""
    limited = ratelimit.consume_or_429(request, action="signup")
    if limited:
        return limited
    found = accounts.invited(token, now=timezone.now())
    return _closed(request, found) if isinstance(found, Refusal) else found


def _closed(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    context = {"reason": refusal.reasons[0].text}
    return render(request, "sosie/invitation_closed.html", context, status=HTTPStatus.GONE)


@public
@require_safe
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Show the way in."""
    if request.user.is_authenticated:
        return redirect("today")
    return render(request, "sosie/sign_in.html", {"next": request.GET.get("next", "")})


sign_in_passkey = public(_FORM(LoginWebAuthnView.as_view()))


@public
@_FORM
def recover(request: HttpRequest) -> HttpResponseBase:
    """Find the account of somebody who lost her passkey; a recovery code is asked for next."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limited = ratelimit.consume_or_429(request, action="login")
        if limited:
            return limited
        number = form.cleaned_data["number"].strip().upper()
        account = Account.objects.filter(number=number, is_active=True).first()
        if account and is_mfa_enabled(account, [Authenticator.Type.WEBAUTHN]):
            return perform_login(request, Login(user=account))
        form.add_error("number", _("No account has this number."))
    return render(request, "sosie/recover.html", {"form": form})


recover_code = public(_FORM(AuthenticateView.as_view(template_name="sosie/recover_code.html")))


@requires("account")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End this session."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)
    return redirect("account_login")


@requires("account")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show what one's account holds: passkeys, recovery codes, sessions."""
    keys = Authenticator.objects.filter(user=request.user.pk).order_by("id")
    codes = keys.filter(type=Authenticator.Type.RECOVERY_CODES).first()
    sessions = UserSession.objects.purge_and_list(request.user)
    context = {
        "passkeys": keys.filter(type=Authenticator.Type.WEBAUTHN),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": sorted(sessions, key=lambda each: each.created_at, reverse=True),
        "roles": [(m, gettext(Role(m.role).words)) for m in memberships(request.user)],
        "signatures": signatures(request.user),
        "tokens": tokens.listed(now=timezone.now(), among=programs_of(request.user)),
    }
    return render(request, "sosie/account.html", context)


@requires("account")
@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponseBase:
    """End one of one's own sessions; another's is as unknown as one that is not."""
    row = UserSession.objects.filter(pk=session, user=request.user.pk).first()
    if row is None:
        return render(request, "404.html", status=HTTPStatus.NOT_FOUND)
    row.end()
    messages.success(request, _("The session has ended."))
    return redirect("account")


@requires("token", tokens.known)
@require_POST
def end_token(request: HttpRequest, token: Token) -> HttpResponseBase:
    """Revoke a token of a party that one signs for."""
    if not isinstance(tokens.end(token.pk, now=timezone.now()), Refusal):
        messages.success(request, _("The token is revoked."))
    return redirect("account")


class _Add(AddWebAuthnView):
    template_name = "sosie/add_passkey.html"
    form_class = AddWebAuthnForm

    def get_form_kwargs(self) -> dict[str, Any]:
        given = super().get_form_kwargs()
        if "data" in given:
            given["data"] = given["data"].copy()
            given["data"]["passwordless"] = "on"
        return given

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = super().get_context_data(**kwargs)
        options = ceremony.begin_registration(self.request.user, passwordless=True)
        return {**given, "options": options}


class _Remove(RemoveWebAuthnView):
    template_name = "sosie/remove_passkey.html"

    def get_queryset(self) -> Any:
        """Return the passkeys of which one may go: never the last."""
        found = super().get_queryset()
        return found if found.count() > 1 else found.none()


add_passkey = requires("account")(_FORM(_Add.as_view()))
remove_passkey = requires("account")(_FORM(_Remove.as_view()))
recovery_codes = requires("account")(
    ViewRecoveryCodesView.as_view(template_name="sosie/recovery_codes.html")
)
new_recovery_codes = requires("account")(
    _FORM(GenerateRecoveryCodesView.as_view(template_name="sosie/new_recovery_codes.html"))
)
confirm = requires("account")(
    _FORM(ReauthenticateWebAuthnView.as_view(template_name="sosie/confirm.html"))
)
confirm_code = requires("account")(
    _FORM(ReauthenticateView.as_view(template_name="sosie/confirm_code.html"))
)

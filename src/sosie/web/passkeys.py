"""How people sign in: by passkey alone; a recovery code where the passkey is lost."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from sosie.account_store.models import Account


class NoPasswords(ModelBackend):
    """Knows who is signed in; lets nobody in by a password."""

    def authenticate(self, request: HttpRequest | None, **_: Any) -> None:  # type: ignore[override]
        """Let nobody in."""
        del request


class Accounts(DefaultAccountAdapter):
    """Accounts without passwords and e-mail addresses."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return that nobody registers unasked."""
        del request
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponseRedirect:
        """Send somebody whose account was closed back to the way in."""
        del request, user
        return HttpResponseRedirect(reverse("account_login"))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return how somebody shows that it is her: by her passkey, else by a recovery code."""
        found = super().get_reauthentication_methods(user)
        return sorted(found, key=lambda method: "webauthn" not in method["id"])

    def add_message(self, *_: Any, **__: Any) -> None:
        """Say nothing: the pages say what was done themselves."""

    def send_mail(self, *_: Any, **__: Any) -> None:
        """Send nothing: no address is known."""


class Passkeys(DefaultMFAAdapter):
    """The relying party of passkeys, and how the seed of recovery codes is kept."""

    def encrypt(self, text: str) -> str:
        """Return a secret as the database holds it."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret that the database holds."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for whom passkeys are made."""
        return {"id": settings.RELYING_PARTY, "name": "Sosie"}

    def get_public_key_credential_user_entity(self, user: Account) -> dict[str, Any]:
        """Return as whom a passkey is made."""
        entity = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.name, "display_name": user.name}


def _cipher() -> Fernet:
    """Return what encrypts secrets in the database: its key is no part of the database."""
    key = sha256(b"sosie/recovery/1\n" + settings.SECRET_KEY.encode()).digest()
    return Fernet(urlsafe_b64encode(key))

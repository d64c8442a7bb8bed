"""Passkeys (WebAuthn, by py_webauthn): answers of a browser, and evidence, checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import webauthn
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from sosie.core.passkey import Credential, Evidence, Intent
from sosie.core.values import BadInput


class Passkeys:
    """One relying party: its id (a domain, as `localhost`) and origin (`http://localhost:8000`)."""

    def __init__(self, relying_party: str, origin: str, *, demanded: bool = False) -> None:
        self._relying_party, self._origin = relying_party, origin
        self.demanded = demanded

    def to_register(self, party: str, name: str, challenge: bytes) -> dict[str, Any]:
        """Return the options that a browser is given to make a passkey, as JSON values."""
        options = webauthn.generate_registration_options(
            rp_id=self._relying_party,
            rp_name="Sosie",
            user_id=party.encode(),
            user_name=party,
            user_display_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
        made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return made

    def to_sign(self, credentials: Sequence[bytes], challenge: bytes) -> dict[str, Any]:
        """Return the options that a browser is given to sign with one of some passkeys."""
        options = webauthn.generate_authentication_options(
            rp_id=self._relying_party,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in credentials],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return made

    def answered_by(self, answer: str) -> bytes:
        """Return the id of the passkey that an assertion names; raises ``BadInput``."""
        try:
            return parse_authentication_credential_json(answer).raw_id
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _refused("assertion", str(error)) from None

    def registered(self, answer: str, challenge: bytes) -> Credential:
        """Return the credential that a registration made; raises ``BadInput``
        (``passkey.registration``), also where the user was not verified."""
        try:
            made = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._relying_party,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _refused("registration", str(error)) from None
        return Credential(made.credential_id, made.credential_public_key, made.sign_count)

    def signed(self, answer: str, intent: Intent, credential: Credential) -> tuple[Evidence, int]:
        """Return the evidence in an assertion (JSON of the browser) and the new sign counter.

        Raises ``BadInput`` (``passkey.assertion``) unless this very passkey signed this intent,
        for this relying party and origin, with the user verified and a counter that went on.
        """
        try:
            response = parse_authentication_credential_json(answer).response
            evidence = Evidence(
                intent.preimage,
                self._origin,
                self._relying_party,
                credential,
                response.authenticator_data,
                response.client_data_json,
                response.signature,
            )
            same = parse_authentication_credential_json(answer).raw_id == credential.id
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _refused("assertion", str(error)) from None
        if not same:
            raise _refused("assertion", "another passkey answered")
        return evidence, verify_evidence(evidence, intent)

    def check(self, evidence: Evidence, intent: Intent) -> int:
        """Check stored evidence, wherever the pages were when it was made: `verify_evidence`."""
        return verify_evidence(evidence, intent)


def verify_evidence(evidence: Evidence, intent: Intent) -> int:
    """Check stored evidence against what was to be signed, offline; returns the sign counter.

    Raises ``BadInput`` (``passkey.assertion``) if it does not show that.
    """
    if evidence.preimage != intent.preimage:
        raise _refused("assertion", "it is about another document, party, role or nonce")
    credential = evidence.credential
    identifier = webauthn.helpers.bytes_to_base64url(credential.id)
    spelled = webauthn.helpers.bytes_to_base64url
    try:
        checked = webauthn.verify_authentication_response(
            credential={
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": {
                    "authenticatorData": spelled(evidence.authenticator_data),
                    "clientDataJSON": spelled(evidence.client_data),
                    "signature": spelled(evidence.signature),
                },
            },
            expected_challenge=intent.challenge,
            expected_rp_id=evidence.relying_party,
            expected_origin=evidence.origin,
            credential_public_key=credential.public_key,
            credential_current_sign_count=credential.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _refused("assertion", str(error)) from None
    return int(checked.new_sign_count)


def _refused(what: str, why: str) -> BadInput:
    return BadInput(
        f"the passkey's answer does not hold: {why}",
        where=f"passkey {what}",
        remedy="ask for a new challenge and let the party answer it on her device",
        code=f"passkey.{what}",
    )

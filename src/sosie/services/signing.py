"""Acts that somebody signs with her passkey in a browser: asked first, then done.

One service does the act, and is called twice. The first call stops where it would sign and tells
what; the second, with the answer of her device, goes on only if it would sign the very same. So
what she is shown is what is signed, and whatever changed meanwhile is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sosie.core.passkey import Evidence, Intent
from sosie.core.ports import Outside
from sosie.core.values import STATEMENT_TAG, Digest, Refusal, digest
from sosie.services import passkey

T = TypeVar("T")
Call = Callable[[Outside], T | Refusal]
"""One call of a service that signs once, with whatever it is handed to sign with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a party is asked to sign."""

    party: str
    role: str
    """The name of the act; of a contract, as what she signs it."""
    document: Digest
    nonce: str
    statement: str
    """The text itself (canonical JSON); empty for a contract, which is a file."""

    @property
    def intent(self) -> Intent:
        """What her passkey signs."""
        return Intent(self.document, self.party, self.role, self.nonce)


class _Stopped(Exception):
    def __init__(self, document: bytes, party: str, role: str) -> None:
        super().__init__(role)
        self.document, self.party, self.role = document, party, role


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class _Asking:
    """A hand that does not sign yet."""

    def sign(self, document: bytes, *, party: str, role: str) -> Evidence:
        """Stop the service, and tell what it would have signed."""
        raise _Stopped(document, party, role)


@dataclass(frozen=True, slots=True)
class _Answered:
    """A hand with the answer to what was asked."""

    outside: Outside
    asked: Asked
    among: Collection[bytes]
    answer: str

    def sign(self, document: bytes, *, party: str, role: str) -> Evidence:
        """Return the evidence if this is what was asked, and one of these passkeys signed it."""
        asked = self.asked
        if (digest(document), party, role) != (asked.document, asked.party, asked.role):
            text = "what this is about changed since you read it: read it again"
            raise _Refused(Refusal.because("act.changed", text))
        if self.outside.passkeys.answered_by(self.answer) not in self.among:
            text = "another passkey answered than one of yours that signs here"
            raise _Refused(Refusal.because("passkey.unknown", text))
        said = {"nonce": asked.nonce, "credential": json.loads(self.answer)}
        found = passkey.evidence(
            self.outside, document=asked.document, by=party, role=role, answer=said
        )
        if isinstance(found, Refusal):
            raise _Refused(found)
        return found[0]


def ask(outside: Outside, call: Call[Any]) -> Asked | Refusal:
    """Return what a service would have signed, or why it would refuse; nothing is done."""
    try:
        said = call(replace(outside, hand=_Asking()))
    except _Stopped as stop:
        is_statement = stop.document.startswith(STATEMENT_TAG)
        return Asked(
            stop.party,
            stop.role,
            digest(stop.document),
            outside.random(16).hex(),
            stop.document.removeprefix(STATEMENT_TAG).decode() if is_statement else "",
        )
    if isinstance(said, Refusal):
        return said
    raise TypeError("this service signs nothing")


def options(outside: Outside, asked: Asked, *, among: Collection[bytes]) -> dict[str, Any]:
    """Return what a browser is given to have one of some passkeys sign what was asked."""
    return outside.passkeys.to_sign(tuple(among), asked.intent.challenge)


def act(
    outside: Outside, call: Call[T], *, asked: Asked, among: Collection[bytes], answer: str
) -> T | Refusal:
    """Do what was asked, with what her browser answered to `options`.

    Refuses where the service would sign anything else by now (`act.changed`) or a passkey that is
    none of hers answered (`passkey.unknown`). Raises ``BadInput`` (``passkey.assertion``) where the
    answer does not hold: made elsewhere, for another challenge, without her, or again.
    """
    hand = _Answered(outside, asked, among, answer)
    try:
        return call(replace(outside, hand=hand))
    except _Refused as error:
        return error.refusal


def passkeys_of(party: str, *, among: Mapping[bytes, T]) -> dict[bytes, T]:
    """Return which of some passkeys, by their ids, sign for a party."""
    hers = {bytes.fromhex(each["credential"]) for each in passkey.of(party)}
    return {id: held for id, held in among.items() if id in hers}

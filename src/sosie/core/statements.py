"""Who signed a statement: with her own key, or with a passkey that her own key allowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from sosie.core.passkey import Evidence, Intent
from sosie.core.values import STATEMENT_TAG, BadInput, SignedStatement, digest

ALLOW = "passkey.add"
"""The act by which a party says that a passkey signs for her."""


def signer(
    statement: SignedStatement,
    *,
    allowed: Iterable[SignedStatement],
    check: Callable[[SignedStatement], str],
    holds: Callable[[Evidence, Intent], object],
) -> str:
    """Return the id of the party who signed a statement.

    ``allowed`` are the statements by which she let passkeys sign, ``check`` returns whose key
    signed a statement, and ``holds`` raises ``BadInput`` where evidence does not show its intent;
    the roots that these go by are the caller's. Raises ``BadInput`` (``statement.signature``,
    ``passkey.unknown``, and what the two raise) where nobody did.
    """
    if statement.certificate_pem:
        return check(statement)
    evidence = Evidence.parse(statement.signature)
    intent, said = Intent.read(evidence.preimage), _said(statement)
    holds(evidence, intent)
    document = digest(STATEMENT_TAG + statement.body)
    if (intent.party, intent.role, intent.document) != (said["party"], said["act"], document):
        raise _no("statement.signature", "the passkey signed something else", intent.party)
    key = evidence.credential
    wanted = {"act": ALLOW, "party": intent.party, "credential": key.id.hex()}
    wanted["public_key"] = digest(key.public_key)
    for each in allowed:
        told = _said(each)
        names_it = all(told.get(name) == value for name, value in wanted.items())
        if names_it and check(each) == intent.party:
            return intent.party
    raise _no("passkey.unknown", "a passkey signed that her own key did not allow", intent.party)


def _said(statement: SignedStatement) -> dict[str, Any]:
    try:
        said = json.loads(statement.body)
        if isinstance(said, dict) and {"party", "act", "on"} <= set(said):
            return said
    except ValueError:
        pass
    raise _no("statement.form", "this is no statement of a party", "statement")


def _no(code: str, what: str, where: str) -> BadInput:
    remedy = "ask the party to sign the statement again in this workspace"
    return BadInput(what, where=where, remedy=remedy, code=code)

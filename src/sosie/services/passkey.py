"""Passkeys of the parties: registered under the party's own signature, and what they signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from sosie.core.passkey import Credential, Evidence, Intent, Joining
from sosie.core.ports import Outside
from sosie.core.transparency import LogAct
from sosie.core.values import STATEMENT_TAG, BadInput, Digest, Reason, Refusal, digest
from sosie.services import log, party
from sosie.store.models import ActEvidence, Party, Passkey, SigningEvidence

ADD = "passkey.add"


def to_register(outside: Outside, *, by: str) -> dict[str, Any] | Refusal:
    """Return what a party's browser is given to make a passkey; the nonce comes back with it."""
    row = Party.objects.filter(pk=by).first()
    if row is None:
        return Refusal.because("party.unknown", f"`{by}` has not joined this workspace")
    nonce = outside.random(16).hex()
    challenge = Joining(by, nonce).challenge
    return {"nonce": nonce, "options": outside.passkeys.to_register(by, row.name, challenge)}


def register(
    outside: Outside,
    *,
    by: str,
    answer: Mapping[str, Any],
    name: str,
    passphrase: str,
    now: datetime,
) -> Passkey | Refusal:
    """Register a passkey, as its party: signed with her own key, so that nobody adds one for her.

    ``answer`` holds the `nonce` of `to_register` and the browser's `credential`.
    """
    joining = Joining(by, str(answer.get("nonce")))
    made = outside.passkeys.registered(json.dumps(answer.get("credential")), joining.challenge)
    return adopt(outside, by=by, made=made, name=name, passphrase=passphrase, now=now)


def adopt(
    outside: Outside, *, by: str, made: Credential, name: str, passphrase: str, now: datetime
) -> Passkey | Refusal:
    """Register a passkey that was made before, as the one that somebody signs in with: signed with
    the party's own key, so that nobody adds one for her."""
    if not Party.objects.filter(pk=by).exists():
        return Refusal.because("party.unknown", f"`{by}` has not joined this workspace")
    if Passkey.objects.filter(credential_id=made.id).exists():
        return Refusal.because("passkey.known", "this passkey is registered already")
    says = {"credential": made.id.hex(), "public_key": digest(made.public_key)}
    subject = made.id.hex()[:80]
    statement = party.sign(
        outside, party=by, act=ADD, subject=subject, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=ADD, subject=subject, at=now)
        row = Passkey.objects.create(
            party_id=by,
            credential_id=made.id,
            public_key=made.public_key,
            counter=made.counter,
            name=name or "passkey",
            statement=kept,
            registered_at=now,
        )
        log.append(outside, act=LogAct.PASSKEY_ADDED, record={"party": by, **says}, now=now)
    return row


def to_sign(outside: Outside, *, document: Digest, by: str, role: str) -> dict[str, Any] | Refusal:
    """Return what a party's browser is given to sign a document; the nonce comes back with it."""
    rows = list(Passkey.objects.filter(party=by))
    if not rows:
        text = f"`{by}` has no passkey: register one with `sosie party passkey`"
        return Refusal.because("passkey.absent", text)
    intent = Intent(document, by, role, outside.random(16).hex())
    options = outside.passkeys.to_sign([bytes(row.credential_id) for row in rows], intent.challenge)
    return {"nonce": intent.nonce, "document": document, "options": options}


def evidence(
    outside: Outside, *, document: Digest, by: str, role: str, answer: Mapping[str, Any]
) -> tuple[Evidence, Passkey, int] | Refusal:
    """Check what a party's browser answered to `to_sign`; nothing is stored yet."""
    said = json.dumps(answer.get("credential"))
    row = Passkey.objects.filter(party=by, credential_id=outside.passkeys.answered_by(said)).first()
    if row is None:
        return Refusal.because("passkey.unknown", f"that passkey is not one of `{by}`")
    known = Credential(bytes(row.credential_id), bytes(row.public_key), _counter(row))
    intent = Intent(document, by, role, str(answer.get("nonce")))
    found, counter = outside.passkeys.signed(said, intent, known)
    return found, row, counter


def _counter(row: Passkey) -> int:
    """Return the sign counter of a passkey after the last that it signed here."""
    kinds: tuple[type[SigningEvidence | ActEvidence], ...] = (SigningEvidence, ActEvidence)
    signed = [kind.objects.filter(passkey=row).aggregate(Max("counter")) for kind in kinds]
    return max(row.counter, *(each["counter__max"] or 0 for each in signed))


def faults(outside: Outside) -> tuple[Reason, ...]:
    """Return which signatures by passkeys do not hold, on statements and on contracts: each is
    checked anew, offline, against the public key that its party registered."""
    found = []
    for row in ActEvidence.objects.select_related("act", "passkey").order_by("id"):
        said = row.act
        document = digest(STATEMENT_TAG + bytes(said.body))
        wanted = _Wanted(said.party_id, said.act, {document})
        if not _holds(outside, bytes(said.signature), row.passkey, wanted):
            text = f"statement {said.pk} (`{said.act}`) of `{said.party_id}` is not what was signed"
            found.append(Reason("statement.signature", text))
    for evidence in SigningEvidence.objects.select_related("signature__license", "passkey"):
        signed = evidence.signature
        files = set(signed.license.steps.exclude(file="").values_list("file", flat=True))
        wanted = _Wanted(signed.party_id, signed.role, files)
        try:
            kept = outside.blobs.get(Digest(evidence.file))
        except (LookupError, BadInput):
            continue  # said of the file itself
        if not _holds(outside, kept, evidence.passkey, wanted):
            text = f"the contract of `{signed.license_id}` is not what `{signed.party_id}` signed"
            found.append(Reason("contract.signature_invalid", text))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who signed what, in which role; of a contract one of the files that were put forward."""

    party: str
    role: str
    documents: set[str]


def _holds(outside: Outside, data: bytes, key: Passkey, wanted: _Wanted) -> bool:
    """Return whether evidence shows that this passkey of a party signed what is wanted."""
    try:
        evidence = Evidence.parse(data)
        intent = Intent.read(evidence.preimage)
        outside.passkeys.check(evidence, intent)
    except BadInput:
        return False
    made = (evidence.credential.id, evidence.credential.public_key)
    return (
        made == (bytes(key.credential_id), bytes(key.public_key))
        and key.party_id == wanted.party == intent.party
        and intent.role == wanted.role
        and intent.document in wanted.documents
    )


def of(party: str) -> list[dict[str, Any]]:
    """Return the passkeys of a party as plain JSON values."""
    return [
        {
            "name": row.name,
            "credential": bytes(row.credential_id).hex(),
            "registered_at": row.registered_at.isoformat(),
            "signed": row.evidence.count() + row.acts.count(),
        }
        for row in Passkey.objects.filter(party=party).order_by("id")
    ]

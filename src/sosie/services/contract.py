"""Contracts: typeset from the terms, signed by model and brand, validated before they count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sosie.core.contract import ContractReading, Signing, SigningRecord
from sosie.core.contract import ContractSignature as SignatureRead
from sosie.core.law import Capacity, Signature
from sosie.core.ledger import Earning, Reference
from sosie.core.life import Role, Step, last_to_sign, may_sign_from
from sosie.core.passkey import Evidence
from sosie.core.ports import Outside
from sosie.core.transparency import LogAct
from sosie.core.values import Digest, Reason, Refusal, canonical
from sosie.core.values import digest as digest_of
from sosie.services import law as laws
from sosie.services import ledger, life, log, paper, passkey
from sosie.services import license as licenses
from sosie.store.models import (
    ContractSignature,
    License,
    LicenseStep,
    Passkey,
    SigningEvidence,
)

_REASON = "License "
"""Stands before the id of the license in the signed `/Reason`."""


def make(outside: Outside, *, license: str, now: datetime) -> License | Refusal:
    """Typeset the contract of a license; terms that law or completeness refuse get none."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    if row.contract:
        return _again(outside, row, now)
    refused = laws.refusals(laws.findings(row, now=now))
    if refused:
        return Refusal(refused)
    refusal = _may_make(row, now)
    if refusal:
        return refusal
    pdf = outside.typesetter.contract(paper.contract_of(row, now))
    digest = outside.blobs.put(pdf)
    with transaction.atomic():
        read, row = row.terms_digest, life.locked(license)
        refusal = _may_make(row, now)
        if refusal:
            return refusal
        if row.contract or row.terms_digest != read:
            text = f"`{license}` got other terms or a contract meanwhile; look again"
            return Refusal.because("contract.changed", text)
        License.objects.filter(pk=license).update(contract=digest)
        life.record(outside, row, Step.CONTRACT_MADE, file=digest, now=now)
    row.refresh_from_db()
    return row


def _again(outside: Outside, row: License, now: datetime) -> License | Refusal:
    """Put a contract forward anew whose days to sign are over; it stays as it is."""
    with transaction.atomic():
        row = life.locked(row.id)
        last, today = last_to_sign(life.history(row)), life.day_of(row, now)
        if life.may(row, Step.CONTRACT_MADE, None, now) or last is None or today <= last:
            text = f"`{row.id}` has a contract already; it could be signed until {last}"
            return Refusal.because("contract.made", text)
        refusal = life.promised(row, licenses.terms_of(row), on=life.day_of(row, now))
        if refusal:
            return refusal
        life.record(outside, row, Step.CONTRACT_MADE, file=Digest(row.contract), now=now)
    return row


def _may_make(row: License, now: datetime) -> Refusal | None:
    refusal = life.may(row, Step.CONTRACT_MADE, None, now)
    return refusal or life.promised(row, licenses.terms_of(row), on=life.day_of(row, now))


def papers(outside: Outside, *, license: str, now: datetime) -> License | Refusal:
    """Put deal memo and contract before both who agreed, whichever is missing."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    if not row.contract or _over(row, now):
        made = make(outside, license=license, now=now)
        if isinstance(made, Refusal):
            return made
    if not row.steps.filter(step=Step.MEMO_DELIVERED).exists():
        delivered = life.deliver_memo(outside, license=license, now=now)
        if isinstance(delivered, Refusal):
            return delivered
    row.refresh_from_db()
    return row


def _over(row: License, now: datetime) -> bool:
    """Return whether the days to sign a contract are over."""
    last = last_to_sign(life.history(row))
    return bool(unsigned(row)) and last is not None and life.day_of(row, now) > last


def challenge(
    outside: Outside, *, license: str, role: str, by: str, now: datetime
) -> dict[str, Any] | Refusal:
    """Return what the browser of a party is given to sign a contract with her passkey."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    refusal = _may_sign(row, role, by, now)
    if refusal:
        return refusal
    return passkey.to_sign(outside, document=Digest(row.contract), by=by, role=role)


def sign(
    outside: Outside,
    *,
    license: str,
    role: str,
    by: str,
    passphrase: str,
    now: datetime,
    answer: Mapping[str, Any] | None = None,
    witness: str = "",
) -> License | Refusal:
    """Sign for one role, with the signer's own key, and validate the file again before it counts.

    ``answer`` is what her passkey answered to `challenge`: its evidence is bound into the
    signature. Where she acts by hand (`signing.act`) her passkey signs and no passphrase is asked
    for. ``witness`` says who was present where she signs on another's device. Whoever is not the
    party that the role names is refused: an agency never signs for the model, with or without a
    power of attorney (rule R12). The model cannot sign before the hours are over for which the
    terms give her their text (`notice_hours`).
    """
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    refusal = _may_sign(row, role, by, now)
    if refusal:
        return refusal
    found = _evidence(outside, row, role, by, answer)
    if isinstance(found, Refusal):
        return found
    pdf = outside.contracts.sign(
        outside.blobs.get(Digest(row.contract)),
        party=by,
        role=role,
        passphrase=passphrase,
        reason=_REASON + license,
        now=now,
        evidence=found[0].digest if found else None,
        passkey=found[0].credential.public_key if found and outside.hand else None,
    )
    problems = _unsound(row, role, by, outside.contracts.read(pdf, at=now))
    if problems:
        return Refusal(problems)
    digest = outside.blobs.put(pdf)
    if found:
        outside.blobs.put(found[0].as_bytes())
    with transaction.atomic():
        read, row = row.contract, life.locked(license)
        refusal = _may_sign(row, role, by, now) or _another_file(row, read)
        if refusal:
            return refusal
        License.objects.filter(pk=license).update(contract=digest)
        made = ContractSignature.objects.create(
            license=row, party_id=by, role=role, contract=digest, witness=witness, signed_at=now
        )
        if found:
            SigningEvidence.objects.create(
                signature=made, passkey=found[1], file=found[0].digest, counter=found[2]
            )
        row.refresh_from_db()
        life.record(outside, row, Step.SIGNED, by=by, note=witness, file=digest, now=now)
        if not unsigned(row):
            _earn_creation(outside, row, now)
            life.complete(outside, row, now=now)
    if not unsigned(row):
        write_record(outside, row, now=now)
    return row


def write_record(outside: Outside, row: License, *, now: datetime) -> Digest:
    """Typeset how a contract was signed, seal it as the workspace, and hand it to both."""
    reading = outside.contracts.read(outside.blobs.get(Digest(row.contract)), at=now)
    shown = row.steps.filter(step=Step.CONTRACT_MADE).earliest("id")
    record = SigningRecord(
        license=row.id,
        title=row.terms["title"],
        language=row.terms.get("language", "en"),
        unsigned=shown.file,
        contract=row.contract,
        terms=row.terms_digest,
        signings=tuple(_signing(row, signature) for signature in reading.signatures),
        made=now,
    )
    pdf = outside.contracts.seal(
        outside.typesetter.signing_record(record), reason=f"Signing of {row.id}", now=now
    )
    digest = outside.blobs.put(pdf)
    with transaction.atomic():
        for holder in (row.model_id, row.brand_id):
            title = f"Signing record of {row.id}"
            paper.keep(holder, "signing_record", title, digest, now=now, license=row)
        said = {"license": row.id, "file": digest}
        log.append(outside, act=LogAct.PAPER_RECORDED, record=said, now=now, object=digest)
    return digest


def _signing(row: License, signature: SignatureRead) -> Signing:
    kept = row.signatures.get(role=signature.role)
    evidence = getattr(kept, "evidence", None)
    key = "key opened with the signer's own passphrase"
    if signature.passkey:
        key = "key made for this signature alone, on the word of the signer's passkey"
    how = f"certificate {signature.certificate}; {key}"
    if evidence:
        how += f"; passkey `{evidence.passkey.name}`, user verified"
    where = f"before {kept.witness}" if kept.witness else "no witness was named"
    return Signing(
        role=signature.role,
        party=signature.party,
        name=signature.name,
        signed_at=kept.signed_at.isoformat(),
        identified=how,
        where=where,
        time=signature.stamp.text if signature.stamp else "no time stamp",
        evidence=evidence.file if evidence else None,
    )


def _evidence(
    outside: Outside, row: License, role: str, by: str, answer: Mapping[str, Any] | None
) -> tuple[Evidence, Passkey, int] | Refusal | None:
    """Return the checked evidence of a passkey, a refusal where one is demanded, or nothing."""
    if outside.hand is not None:
        pdf = outside.blobs.get(Digest(row.contract))
        found = outside.hand.sign(pdf, party=by, role=role)
        key = Passkey.objects.get(party=by, credential_id=found.credential.id)
        return found, key, found.counter
    if answer is not None:
        return passkey.evidence(
            outside, document=Digest(row.contract), by=by, role=role, answer=answer
        )
    if outside.passkeys.demanded:
        text = "this workspace takes no signature without a passkey: ask for a challenge first"
        return Refusal.because("passkey.demanded", text)
    return None


def verify(
    outside: Outside, *, pdf: bytes, now: datetime
) -> tuple[ContractReading, License | None]:
    """Validate a contract file and find its license: the one that this very file was made or signed
    for, else the one that its signatures name and whose terms it carries."""
    reading = outside.contracts.read(pdf, at=now)
    steps = LicenseStep.objects.filter(
        file=digest_of(pdf), step__in=[Step.CONTRACT_MADE, Step.SIGNED]
    )
    if (step := steps.select_related("license").first()) is not None:
        return reading, step.license
    if reading.problems:
        return reading, None
    named = {each.reason.removeprefix(_REASON) for each in reading.signatures}
    row = License.objects.filter(pk__in=named).first() if len(named) == 1 else None
    if row is None or canonical(row.terms) != reading.terms:
        return reading, None
    return reading, row


def unsigned(license: License) -> list[str]:
    """Return the roles that have not signed yet."""
    signed = {row.role for row in license.signatures.all()}
    return [role for role in life.SIGNERS if role not in signed]


def _may_sign(row: License, role: str, by: str, now: datetime) -> Refusal | None:
    wanted = {"model": row.model_id, "brand": row.brand_id}.get(role)
    if wanted is None:
        return Refusal.because("contract.role", f"`{role}` does not sign; model and brand do")
    if not row.contract:
        return Refusal.because("contract.absent", f"`{row.id}` has no contract yet; make it first")
    if row.revocation:
        return Refusal.because("license.revoked", f"`{row.id}` was revoked")
    if row.signatures.filter(role=role).exists():
        return Refusal.because("contract.signed", f"the {role} signed `{row.id}` already")
    capacity = Capacity.SELF if by == wanted else Capacity.POWER_OF_ATTORNEY
    signature = Signature(party=wanted, signer=by, capacity=capacity)
    refused = laws.refusals(laws.findings(row, now=now, signature=signature))
    if refused:
        return Refusal(refused)
    if by != wanted:
        return Refusal.because(
            "contract.wrong_signer", f"`{by}` is not the {role} of `{row.id}`: `{wanted}` signs"
        )
    refusal = life.may(row, Step.SIGNED, by, now) or _too_early(row, role, now)
    return refusal or life.promised(row, licenses.terms_of(row), on=life.day_of(row, now))


def _another_file(row: License, signed: str) -> Refusal | None:
    if row.contract == signed:
        return None
    text = f"the other side signed `{row.id}` meanwhile; sign that file"
    return Refusal.because("contract.changed", text)


def _too_early(row: License, role: str, now: datetime) -> Refusal | None:
    """Return why the model cannot sign yet, where the terms give her time with their text."""
    hours = row.terms.get("notice_hours")
    first = may_sign_from(life.history(row), hours)
    if role != Role.MODEL or first is None or now >= first:
        return None
    text = (
        f"the terms give the model {hours} hours with them before she signs: she can sign from "
        f"{first.isoformat()}"
    )
    return Refusal.because("contract.too_early", text, clause="notice_hours", rule="R66")


def _earn_creation(outside: Outside, row: License, now: datetime) -> None:
    """Post the creation fee, which is earned when both have signed."""
    result = ledger.earn(
        outside,
        license=row,
        earning=Earning.CREATION_FEE,
        reference=Reference(row.id),
        about=row.id,
        now=now,
    )
    if isinstance(result, Refusal):
        raise RuntimeError("terms that were checked cannot be posted")


def _unsound(row: License, role: str, by: str, reading: ContractReading) -> tuple[Reason, ...]:
    if reading.problems:
        return reading.problems
    if reading.terms != canonical(row.terms):
        return (Reason("contract.other_terms", "the attached terms are not those of the license"),)
    sound = any(
        s.role == role and s.party == by and s.intact and s.trusted for s in reading.signatures
    )
    if not sound:
        return (Reason("contract.signature_invalid", f"the signature of `{by}` does not hold"),)
    return ()

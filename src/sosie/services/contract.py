"""Contracts: typeset from the terms, signed by model and brand, validated before they count."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sosie.core.contract import ContractReading
from sosie.core.law import Capacity, Signature
from sosie.core.ledger import Earning, Reference
from sosie.core.life import Step
from sosie.core.ports import Outside
from sosie.core.values import Digest, Reason, Refusal, canonical
from sosie.services import ledger, life, paper
from sosie.services import license as licenses
from sosie.store.models import ContractSignature, License


def make(outside: Outside, *, license: str, now: datetime) -> License | Refusal:
    """Typeset the contract of a license; terms that law or completeness refuse get none."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    if row.contract:
        return Refusal.because("contract.made", f"`{license}` has a contract already")
    refused = licenses.refusals(licenses.findings(row, now=now))
    if refused:
        return Refusal(refused)
    refusal = life.may(row, Step.CONTRACT_MADE, None, now)
    if refusal:
        return refusal
    pdf = outside.typesetter.contract(paper.contract_of(row, now))
    digest = outside.blobs.put(pdf)
    with transaction.atomic():
        changed = License.objects.filter(
            pk=license, contract="", terms_digest=row.terms_digest
        ).update(contract=digest)
        if not changed:
            text = f"`{license}` got other terms or a contract meanwhile; look again"
            return Refusal.because("contract.changed", text)
        life.record(outside, row, Step.CONTRACT_MADE, file=digest, now=now)
    row.refresh_from_db()
    return row


def sign(
    outside: Outside, *, license: str, role: str, by: str, passphrase: str, now: datetime
) -> License | Refusal:
    """Sign for one role, with the signer's own key, and validate the file again before it counts.

    Whoever is not the party that the role names is refused: an agency never signs for the model,
    with or without a power of attorney (rule R12).
    """
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    refusal = _may_sign(row, role, by, now)
    if refusal:
        return refusal
    pdf = outside.contracts.sign(
        outside.blobs.get(Digest(row.contract)),
        party=by,
        role=role,
        passphrase=passphrase,
        reason=f"License {license}",
        now=now,
    )
    problems = _unsound(row, role, by, outside.contracts.read(pdf, at=now))
    if problems:
        return Refusal(problems)
    digest = outside.blobs.put(pdf)
    with transaction.atomic():
        changed = License.objects.filter(pk=license, contract=row.contract, revocation=None).update(
            contract=digest
        )
        if not changed:
            return Refusal.because(
                "contract.changed", f"`{license}` was signed or revoked meanwhile; read it again"
            )
        ContractSignature.objects.create(
            license=row, party_id=by, role=role, contract=digest, signed_at=now
        )
        row.refresh_from_db()
        life.record(outside, row, Step.SIGNED, by=by, file=digest, now=now)
        if not unsigned(row):
            _earn_creation(outside, row, now)
            life.complete(outside, row, now=now)
    return row


def verify(
    outside: Outside, *, pdf: bytes, now: datetime
) -> tuple[ContractReading, License | None]:
    """Validate a contract file and find the license whose terms it carries."""
    reading = outside.contracts.read(pdf, at=now)
    for row in License.objects.all() if reading.terms else ():
        if canonical(row.terms) == reading.terms:
            return reading, row
    return reading, None


def unsigned(license: License) -> list[str]:
    """Return the roles that have not signed yet."""
    signed = {row.role for row in license.signatures.all()}
    return [role for role in licenses.ROLES if role not in signed]


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
    refused = licenses.refusals(licenses.findings(row, now=now, signature=signature))
    if refused:
        return Refusal(refused)
    if by != wanted:
        return Refusal.because(
            "contract.wrong_signer", f"`{by}` is not the {role} of `{row.id}`: `{wanted}` signs"
        )
    return life.may(row, Step.SIGNED, by, now)


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

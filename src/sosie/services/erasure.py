"""The end of a twin: her consent is withdrawn, what was kept is erased, and it is proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from sosie.core.erasure import Erased, Erasure, Record, verify
from sosie.core.ports import Outside
from sosie.core.statements import signer
from sosie.core.transparency import LogAct
from sosie.core.values import BadInput, Digest, Reason, Refusal, SignedStatement, digest
from sosie.services import capture, kept_answer, log, party, twin_weights
from sosie.services import twin as twins
from sosie.services.twin import WITHDRAW
from sosie.store.capture import CaptureDraft, DraftPhoto
from sosie.store.models import (
    ActEvidence,
    LogEntry,
    Opening,
    Picture,
    Plate,
    SignedAct,
    Twin,
    TwinFile,
)
from sosie.store.studio import CompMark

DRAFT = "draft"
"""The kind of a photograph of which no version was made yet."""
EMPTIED = (
    "points and faces of the landmark cards",
    "figures of the photographs",
    "measurements",
    "the list of marks, which stay named where she signed them: her statements, contracts",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would take away, and what of the twin stays as evidence."""

    files: dict[str, int]
    """By kind."""
    pictures: int
    """Pictures that were made under her licenses: evidence, and theirs to delete by the terms."""
    contracts: int
    """Contracts about the twin: evidence, with the marks that they name."""
    statements: int
    """What she signed of the twin herself: consent, marks, versions, retirement."""


def plan(twin: str, by: str) -> Plan | Refusal:
    """Return what `delete` would erase and what would stay, to the model who owns the twin."""
    row = twins.owned(twin, by)
    if isinstance(row, Refusal):
        return row
    kinds = [*row.files.filter(erased_at=None).values_list("kind", flat=True)]
    kinds += [DRAFT] * len(capture.files_of(twin))
    bare = (Picture.Status.ORDERED, Picture.Status.FAILED)
    pictures = Picture.objects.filter(license__twin=row).exclude(status__in=bare).count()
    own = Q(subject=twin) | Q(subject__startswith=f"{twin}/")
    own &= Q(act__in=twins.ACTS)
    return Plan(
        {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        pictures,
        row.licenses.exclude(contract="").count(),
        SignedAct.objects.filter(own, party=by).count(),
    )


def delete(
    outside: Outside, *, twin: str, by: str, passphrase: str, now: datetime
) -> Erasure | Refusal:
    """Withdraw the creation consent, erase all that belongs to the twin, and return the proof.

    From then on nothing is made, sealed or released of it. Rows keep hashes as evidence. What was
    broken off is taken up again, and who asks again gets the proof again.
    """
    row = twins.owned(twin, by)
    if isinstance(row, Refusal):
        return row
    withdrawal = SignedAct.objects.filter(party=by, act=WITHDRAW, subject=twin).first()
    if withdrawal is None:
        statement = party.sign(
            outside, party=by, act=WITHDRAW, subject=twin, says={}, passphrase=passphrase
        )
        with transaction.atomic():
            withdrawal = party.keep(statement, party=by, act=WITHDRAW, subject=twin, at=now)
            record = {"twin": twin, "by": by}
            log.append(outside, act=LogAct.CONSENT_WITHDRAWN, record=record, now=now)
    twin_weights.erase(outside, twin=twin, now=now)
    for file in _own(row).filter(erased_at=None):
        outside.blobs.delete(Digest(file.digest))
    for draft in capture.files_of(twin):
        outside.blobs.delete(Digest(draft))
    entry = _logged(row)
    if entry is None or row.files.filter(erased_at=None).exists():
        entry = _record(outside, row, withdrawal, now)
    return _proof(outside, entry, withdrawal)


def proof(outside: Outside, *, twin: str) -> Erasure | Refusal:
    """Return the proof that a twin was erased, once more; nothing is done."""
    row = twins.find(twin)
    if isinstance(row, Refusal):
        return row
    withdrawal = SignedAct.objects.filter(party=row.owner, act=WITHDRAW, subject=twin).first()
    entry = _logged(row)
    if withdrawal is None or entry is None:
        return Refusal.because("erasure.none", f"`{twin}` was not erased")
    return _proof(outside, entry, withdrawal)


def _own(row: Twin) -> QuerySet[TwinFile]:
    """Return the files that belong to this twin alone: others may be made of the same photograph,
    which is then erased with the last of them."""
    withdrawn = SignedAct.objects.filter(act=WITHDRAW).values("subject")
    others = TwinFile.objects.filter(erased_at=None).exclude(twin=row)
    drafts = DraftPhoto.objects.exclude(draft__twin=row.pk).values("digest")
    own = row.files.exclude(digest__in=others.exclude(twin__in=withdrawn).values("digest"))
    return own.exclude(digest__in=drafts)


def _record(outside: Outside, row: Twin, withdrawal: SignedAct, now: datetime) -> LogEntry:
    """Empty the rows and say in the log what was erased."""
    files = list(_own(row).order_by("kind", "digest"))
    with transaction.atomic():
        drafts = capture.files_of(row.pk)
        CaptureDraft.objects.filter(twin=row.pk).delete()
        gone, _ = CompMark.objects.filter(picture__license__twin=row).delete()
        record = Record(
            twin=row.pk,
            owner=row.owner_id,
            withdrawal=digest(bytes(withdrawal.body)),
            erased=(
                *(Erased(kind=file.kind, digest=file.digest) for file in files),
                *(Erased(kind=DRAFT, digest=file) for file in drafts),
            ),
            emptied=(*EMPTIED, f"image features of layout comps: {gone} index entries gone"),
        )
        row.files.filter(erased_at=None).update(erased_at=now)
        for plate in row.plates.all():
            card = {**plate.card, "landmarks": {}, "face": [0, 0, 0, 0]}
            Plate.objects.filter(pk=plate.pk).update(card=card, quality={})
        kept_answer.forget(row.owner_id)
        row.versions.update(measurements={})
        row.marks.all().delete()
        Twin.objects.filter(pk=row.pk).update(measurements={})
        return log.append(
            outside, act=LogAct.TWIN_ERASED, record=record.model_dump(mode="json"), now=now
        )


def _logged(row: Twin) -> LogEntry | None:
    """Return the newest entry of the log that says that this twin was erased."""
    found = Opening.objects.filter(record__twin=row.pk, record__has_key="erased")
    newest = found.select_related("entry").order_by("-entry_id").first()
    return newest.entry if newest else None


def _proof(outside: Outside, entry: LogEntry, withdrawal: SignedAct) -> Erasure | Refusal:
    proof = log.prove(outside, entry)
    if proof is None:
        text = "the log is not published yet: ask again, nothing is lost"
        return Refusal.because("log.unpublished", text)
    opening = Opening.objects.get(entry=entry)
    evidence = ActEvidence.objects.select_related("passkey__statement").filter(act=withdrawal)
    used = evidence.first()
    return Erasure(
        Record.model_validate(opening.record),
        bytes(opening.salt),
        _statement(withdrawal),
        proof,
        _statement(used.passkey.statement) if used else None,
    )


def _statement(act: SignedAct) -> SignedStatement:
    return SignedStatement(bytes(act.body), bytes(act.signature), act.certificate)


def check(outside: Outside, proof: Erasure) -> tuple[Reason, ...]:
    """Return every reason why a proof does not hold in this workspace; a file that is there again
    is one."""
    try:
        hers = signer(
            proof.withdrawal,
            allowed=(proof.allowed,) if proof.allowed else (),
            check=partial(outside.keys.check, at=proof.logged_at),
            holds=outside.passkeys.check,
        )
    except BadInput:
        hers = None
    there = _there(outside, [file.digest for file in proof.record.erased])
    found = verify(proof, log=outside.log_key.verifier, signer=hers)
    return (*found, *(Reason("erasure.there", f"{file} is here still, or again") for file in there))


def _there(outside: Outside, digests: Sequence[str]) -> list[str]:
    belongs = set(
        TwinFile.objects.filter(digest__in=digests, erased_at=None).values_list("digest", flat=True)
    )
    held = set(outside.blobs.all())
    return [file for file in digests if Digest(file) in held and file not in belongs]

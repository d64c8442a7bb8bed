"""Weights of a twin: she allows them herself, they are trained, kept encrypted, and erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from sosie.core.law import Trigger
from sosie.core.ports import Cancelled, Outside, Progress
from sosie.core.studio import EngineCard, Material, Pixels, Stopped
from sosie.core.training import Trained, Trainer, TrainingSettings
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Use
from sosie.core.values import Digest, Outcome, Reason, Refusal, digest
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life, log, party, weights_erasure
from sosie.services import twin as twins
from sosie.store.models import License, SignedAct, TwinFile
from sosie.store.weights import TwinWeights

SCOPE = (
    "Weights of my twin alone may be trained on my photographs, on this workspace's own machine. "
    "They are used only for pictures under this license, leave the workspace never, and are erased "
    "when I take this back, revoke this license or delete my twin."
)
"""What she signs."""
_HERS = TwinWeights.Status


def allow(
    outside: Outside, *, license: str, by: str, passphrase: str, now: datetime
) -> SignedAct | Refusal:
    """Have the model sign that weights of her twin may be trained for a license: a statement of its
    own, never a term of the contract (rule R68)."""
    row = _hers(license, by)
    if isinstance(row, Refusal):
        return row
    if SignedAct.objects.filter(party=by, act=licenses.TRAINING, subject=license).exists():
        text = f"`{by}` answered for `{license}` before; what she took back stays so"
        return Refusal.because("training.answered", text)
    says = {"twin": row.twin_id, "scope": SCOPE}
    statement = party.sign(
        outside, party=by, act=licenses.TRAINING, subject=license, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=licenses.TRAINING, subject=license, at=now)
        record = {"twin": row.twin_id, "by": by, "statement": digest(statement.body)}
        log.append(outside, act=LogAct.CONSENT_SIGNED, record=record, now=now)
    return kept


def forbid(
    outside: Outside, *, license: str, by: str, passphrase: str, now: datetime
) -> tuple[Digest, ...] | Refusal:
    """Take back that weights may be trained for a license, and erase those that were; returns their
    digests."""
    row = _hers(license, by)
    if isinstance(row, Refusal):
        return row
    if not licenses.training_allowed(row):
        return Refusal.because("training.forbidden", f"nothing is allowed for `{license}`")
    act = licenses.NO_TRAINING
    statement = party.sign(
        outside, party=by, act=act, subject=license, says={}, passphrase=passphrase
    )
    with transaction.atomic():
        party.keep(statement, party=by, act=act, subject=license, at=now)
        record = {"twin": row.twin_id, "by": by}
        log.append(outside, act=LogAct.CONSENT_WITHDRAWN, record=record, now=now)
    return weights_erasure.erase(outside, row.weights.all(), now)


def train(
    outside: Outside,
    *,
    license: str,
    engine: str = "diffusers",
    settings: TrainingSettings | None = None,
    progress: Progress,
    cancelled: Cancelled,
    now: datetime,
) -> TwinWeights | Refusal:
    """Train weights of the twin of a license, or go on where it stopped.

    The use is decided before, at every checkpoint, and again in the transaction that keeps the
    weights: what she takes back meanwhile is erased. Raises ``Stopped``.
    """
    row = licenses.find(license)
    if isinstance(row, Refusal):
        return row
    trainer = outside.engines.get(engine)
    if not isinstance(trainer, Trainer):
        return Refusal.because("engine.training", f"`{engine}` trains no weights of a twin")
    plates = [plate for _, plate in sorted(twins.plates_for(row).items())]
    unfit = (*_unfit(trainer.describe()), *trainer.untrainable(len(plates)))
    refusal = Refusal(unfit) if unfit else _decided(outside, row, now)
    if refusal:
        return refusal
    found = row.weights.filter(engine=engine, base=trainer.base()).exclude(status=_HERS.ERASED)
    hers = found.first() or TwinWeights.objects.create(
        twin=row.twin, license=row, engine=engine, base=trainer.base(), started_at=now
    )
    if hers.status == _HERS.TRAINED:
        return Refusal.because("training.done", f"weights for `{license}` are trained already")
    trained = trainer.train(
        [_photo(outside, Digest(plate.digest), plate.name) for plate in plates],
        settings or TrainingSettings(),
        resume=_open(outside, hers, hers.checkpoint) if hers.checkpoint else None,
        keep=_keeper(outside, row, hers, now),
        progress=progress,
        cancelled=cancelled,
    )
    return _kept(outside, row, hers, trained, now)


def mismatch(
    outside: Outside, *, license: str, twin: str, family: str, engine: str = "diffusers"
) -> Reason | None:
    """Return why a license is not for that twin, or the engine not set up with that family of
    weights (any, if empty)."""
    row = License.objects.filter(pk=license).first()
    if row is not None and row.twin_id != twin:
        return Reason("twin.other", f"`{license}` is for the twin `{row.twin_id}`, not `{twin}`")
    trainer = outside.engines.get(engine)
    found = trainer.family() if isinstance(trainer, Trainer) else ""
    if family and found != family:
        text = f"the engine is set up with `{found or 'no weights'}`, not with `{family}`"
        return Reason("engine.family", text)
    return None


def opened(outside: Outside, *, license: str, engine: str) -> Material | None:
    """Return the weights that were trained for a license and work with an engine as it is set up;
    nothing if there are none. To be called for a picture that a grant is issued for."""
    trainer = outside.engines.get(engine)
    if not isinstance(trainer, Trainer):
        return None
    trained = TwinWeights.objects.filter(license=license, engine=engine, base=trainer.base())
    row = trained.filter(status=_HERS.TRAINED).first()
    return Material(_open(outside, row, row.file), Digest(row.digest)) if row else None


def erase(outside: Outside, *, twin: str, now: datetime) -> tuple[Digest, ...]:
    """Erase all weights of a twin, and the key that opens every copy of them; returns the digests
    of those that were trained. To be called once her consent is withdrawn."""
    outside.twin_keys.forget(twin)
    return weights_erasure.erase(outside, TwinWeights.objects.filter(twin=twin), now)


def files() -> dict[Digest, str]:
    """Return the encrypted files that the workspace must hold, each with what it belongs to."""
    return {
        Digest(file): f"the weights of twin `{row.twin_id}`"
        for row in TwinWeights.objects.all()
        for file in (row.checkpoint, row.file)
        if file
    }


def _hers(license: str, by: str) -> License | Refusal:
    row = licenses.find(license)
    if isinstance(row, Refusal) or by == row.model_id:
        return row
    text = f"`{by}` cannot answer for `{row.model_id}`: only she herself can"
    return Refusal.because("license.not_hers", text, rule="R12")


def _unfit(card: EngineCard) -> tuple[Reason, ...]:
    if card.commercial_use or card.needs:
        return ()
    text = f"the license of {card.weights} ({card.weights_license}) allows no commercial use"
    return (Reason("engine.weights_license", text),)


def _use(row: License) -> Use:
    return Use(act=Act.TRAIN, licensee=row.brand_id, twin=row.twin_id)


def _decided(outside: Outside, row: License, now: datetime) -> Refusal | None:
    """Decide on training and keep the decision; return why it is not allowed, if it is not."""
    with transaction.atomic():
        decision, _ = licenses.decide(
            outside, license=row, use=_use(row), on=life.day_of(row, now), now=now
        )
        if decision.outcome is not Outcome.ALLOWED:
            return Refusal(decision.reasons)
    return laws.lawful(row, act=Trigger.GENERATE, now=now, trains=True)


def _keeper(
    outside: Outside, license: License, hers: TwinWeights, now: datetime
) -> Callable[[bytes], None]:
    """Return what keeps a checkpoint in the place of the one before, while training is allowed."""

    def keep(data: bytes) -> None:
        today = life.day_of(license, now)
        license.refresh_from_db()
        if licenses.judge(license, _use(license), on=today).outcome is not Outcome.ALLOWED:
            raise Stopped("training is no longer allowed")
        before, hers.checkpoint = hers.checkpoint, _put(outside, hers, data)
        hers.save(update_fields=["checkpoint"])
        if before:
            outside.blobs.delete(Digest(before))

    return keep


def _kept(
    outside: Outside, license: License, hers: TwinWeights, trained: Trained, now: datetime
) -> TwinWeights | Refusal:
    """Record trained weights under a decision of this instant, or erase them."""
    license.refresh_from_db()
    checkpoint, hers.checkpoint = hers.checkpoint, ""
    hers.file, hers.digest = _put(outside, hers, trained.data), digest(trained.data)
    hers.status, hers.ended_at = _HERS.TRAINED, now
    hers.metrics, hers.recipe = dict(trained.metrics), dict(trained.recipe)
    with transaction.atomic():
        refusal = _decided(outside, license, now)
        if refusal is None:
            hers.save()
            twins.belongs(hers.twin, TwinFile.Kind.WEIGHTS, hers.file, now=now)
            record = {"twin": hers.twin_id, "license": license.id, "weights": hers.digest}
            log.append(outside, act=LogAct.TWIN_TRAINED, record=record, now=now)
    if refusal:
        outside.blobs.delete(Digest(hers.file))
        weights_erasure.erase(outside, TwinWeights.objects.filter(pk=hers.pk), now)
    if checkpoint:
        outside.blobs.delete(Digest(checkpoint))
    return refusal or hers


def _photo(outside: Outside, file: Digest, name: str) -> Pixels:
    return outside.pictures.decode(outside.blobs.get(file), where=name)


def _put(outside: Outside, hers: TwinWeights, data: bytes) -> Digest:
    return outside.blobs.put(outside.twin_keys.encrypt(hers.twin_id, data))


def _open(outside: Outside, hers: TwinWeights, file: str) -> bytes:
    return outside.twin_keys.decrypt(hers.twin_id, outside.blobs.get(Digest(file)))

"""Twins: the creation consent first, then the capture; withdrawn, and everything is erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from sosie.core import law
from sosie.core.ports import Outside
from sosie.core.studio import Card
from sosie.core.transparency import LogAct
from sosie.core.twin import FULL, Quality, Requirement, coverage, judge, measure
from sosie.core.values import BadInput, Digest, Reason, Refusal, digest
from sosie.services import log, party, twin_weights
from sosie.store.models import Party, Plate, SignedAct, Twin

CONSENT, WITHDRAW = "consent.create", "consent.withdraw"


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph of a capture folder, with the landmark card beside it."""

    name: str
    data: bytes
    card: Card


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured on one photograph, and why it was refused if it was."""

    name: str
    quality: Quality | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """The outcome of a capture: the twin if it stands, and a verdict on every photograph."""

    twin: Twin | None
    verdicts: tuple[Verdict, ...]
    missing: tuple[Reason, ...]
    """What the capture still lacks; a twin with anything missing is not made."""


def consent(
    outside: Outside,
    *,
    twin: str,
    by: str,
    passphrase: str,
    scope: str,
    purpose: str,
    pay: str,
    until: date,
    now: datetime,
) -> SignedAct | Refusal:
    """Have the model sign that a twin of her may be made: a document of its own that says scope,
    purpose, rate of pay and duration (rules R14, R15, R18)."""
    refusal = party.absent({by: Party.Kind.MODEL})
    if refusal:
        return refusal
    said = {"scope": scope.strip(), "purpose": purpose.strip(), "pay": pay.strip()}
    empty = [name for name, text in said.items() if not text]
    if empty:
        return _unsaid(empty)
    if until < now.date():
        return Refusal.because("consent.ended", f"the consent would have ended on {until}")
    if SignedAct.objects.filter(act=CONSENT, subject=twin).exists():
        return Refusal.because("consent.signed", f"a consent for `{twin}` is signed already")
    says = {**said, "until": until.isoformat(), "training": "forbidden"}
    statement = party.sign(
        outside, party=by, act=CONSENT, subject=twin, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=CONSENT, subject=twin, at=now)
        record = {"twin": twin, "by": by, "statement": digest(statement.body)}
        log.append(outside, act=LogAct.CONSENT_SIGNED, record=record, now=now)
    return kept


def capture(
    outside: Outside,
    *,
    twin: str,
    shown_as: str,
    photos: Sequence[Photo],
    measurements: Mapping[str, Any],
    now: datetime,
    requirement: Requirement = FULL,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Capture | Refusal:
    """Judge every photograph, and make the twin of those that pass if nothing is missing.

    Without the model's signed creation consent there is no twin, whatever the photographs.
    """
    signed = SignedAct.objects.filter(act=CONSENT, subject=twin).first()
    if signed is None:
        return Refusal.because(
            "consent.missing",
            f"no consent for `{twin}` is signed: its model signs first (`sosie twin consent`)",
            rule="R14",
            citation="N.Y. Labor Law § 1037(7)",
        )
    if Twin.objects.filter(pk=twin).exists():
        return Refusal.because("twin.made", f"twin `{twin}` stands already")
    verdicts = []
    for number, photo in enumerate(photos):
        progress(number / len(photos), photo.name)
        verdicts.append(_verdict(outside, photo))
    progress(1.0, "measured")
    passed = [p for p, verdict in zip(photos, verdicts, strict=True) if not verdict.reasons]
    missing = coverage([p.card for p in passed], measurements, requirement)
    if missing:
        return Capture(None, tuple(verdicts), missing)
    files = {photo.name: outside.blobs.put(photo.data) for photo in passed}
    with transaction.atomic():
        row = Twin.objects.create(
            id=twin,
            owner=signed.party,
            shown_as=shown_as,
            consent=signed,
            measurements=dict(measurements),
            made_at=now,
        )
        known = {verdict.name: verdict for verdict in verdicts}
        for photo in passed:
            quality = known[photo.name].quality
            Plate.objects.create(
                twin=row,
                name=photo.card.plate,
                digest=files[photo.name],
                card=photo.card.model_dump(mode="json", by_alias=True),
                quality=quality.as_dict() if quality else {},
                captured_at=now,
            )
        record = {"twin": twin, "plates": sorted(files.values())}
        log.append(outside, act=LogAct.TWIN_CAPTURED, record=record, now=now)
    return Capture(row, tuple(verdicts), ())


def delete(
    outside: Outside, *, twin: str, by: str, passphrase: str, now: datetime
) -> int | Refusal:
    """Withdraw the creation consent and erase the twin's photographs; returns how many.

    From then on nothing is made, sealed or released of it. The rows keep hashes as evidence.
    """
    row = Twin.objects.filter(pk=twin).first()
    if row is None:
        return Refusal.because("twin.unknown", f"no twin `{twin}` in this workspace")
    if by != row.owner_id:
        return Refusal.because("twin.not_hers", f"`{by}` does not own `{twin}`: its model does")
    if SignedAct.objects.filter(act=WITHDRAW, subject=twin).exists():
        return Refusal.because("consent.withdrawn", f"the consent for `{twin}` was withdrawn")
    statement = party.sign(
        outside, party=by, act=WITHDRAW, subject=twin, says={}, passphrase=passphrase
    )
    with transaction.atomic():
        party.keep(statement, party=by, act=WITHDRAW, subject=twin, at=now)
        log.append(outside, act=LogAct.CONSENT_WITHDRAWN, record={"twin": twin, "by": by}, now=now)
    files = {Digest(plate.digest) for plate in row.plates.all()}
    for file in files:
        outside.blobs.delete(file)
    twin_weights.erase(outside, twin=twin, now=now)
    erased = {"twin": twin, "files": sorted(files)}
    with transaction.atomic():
        log.append(outside, act=LogAct.TWIN_ERASED, record=erased, now=now)
    return len(files)


def erasable(twin: str) -> int | Refusal:
    """Return how many files `delete` would erase."""
    row = Twin.objects.filter(pk=twin).first()
    if row is None:
        return Refusal.because("twin.unknown", f"no twin `{twin}` in this workspace")
    return len({plate.digest for plate in row.plates.all()})


def _verdict(outside: Outside, photo: Photo) -> Verdict:
    try:
        pixels = outside.pictures.decode(photo.data, where=photo.name)
    except BadInput as error:
        return Verdict(photo.name, None, (Reason(error.code, str(error)),))
    quality = measure(pixels, photo.card)
    return Verdict(photo.name, quality, judge(quality, photo.card, photo.card.view))


def _unsaid(empty: list[str]) -> Refusal:
    rule = next(rule for rule in law.RULES if rule.id == "R15")
    text = f"the consent does not say {', '.join(empty)}; say each"
    return Refusal((Reason("consent.unsaid", text, rule=rule.id, citation=rule.citation),))

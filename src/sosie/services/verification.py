"""Verifying in a workspace: the file as it is, and any copy by its pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sosie.core.assessment import assess
from sosie.core.life import Step
from sosie.core.package import Package, TrustFile, record_from_json
from sosie.core.ports import Outside
from sosie.core.seal import (
    Copy,
    Record,
    Report,
    Standing,
    Trust,
    TrustSource,
)
from sosie.core.studio import Pixels
from sosie.core.values import BadInput, digest
from sosie.core.verification import Anchors, Question, gather, look
from sosie.services import copies, life, log, seal
from sosie.store.models import Opening, Seal


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """What is known of a picture, and what it was held against."""

    report: Report
    pixels: Pixels
    found: copies.Found | None
    """The sealed picture that it is a copy of, by its pixels; none if its bytes are known."""


def verify(
    outside: Outside,
    *,
    data: bytes,
    where: str,
    question: Question,
    manifest: bytes | None = None,
) -> Report:
    """Say what is known here of a picture: of exactly these bytes, or as a copy by its pixels.

    ``manifest`` is a manifest store that came beside the file; the workspace's own is used
    otherwise. Raises ``BadInput`` if it is no picture that can be read.
    """
    return examine(outside, data=data, where=where, question=question, manifest=manifest).report


def examine(
    outside: Outside,
    *,
    data: bytes,
    where: str,
    question: Question,
    manifest: bytes | None = None,
    told: Callable[[Seal], bool] | None = None,
) -> Examined:
    """Verify a picture and return the original that it was held against, to show both.

    ``told`` says of which seals somebody may be told, where anyone may ask: a picture of another is
    as unknown as one that was never here.
    """
    root, log_line = outside.keys.root_pem, outside.log_key.verifier
    fingerprint = TrustFile(outside.workspace, root, log_line).root_fingerprint
    anchors = Anchors(
        Trust(TrustSource.WORKSPACE, outside.workspace, fingerprint),
        root,
        log_line,
        outside.mark_key.read.hex() if outside.mark_key else None,
    )
    row = Seal.objects.select_related("entry", "picture__license").filter(file=digest(data)).first()
    if row and told and not told(row):
        row = None
    package = package_of(outside, row) if row else None
    seen = look(data, pictures=outside.pictures, anchors=anchors, where=where)
    evidence = gather(
        data,
        seen=seen,
        pictures=outside.pictures,
        credentials=outside.credentials,
        anchors=anchors,
        package=package,
        question=question,
        where=where,
        manifest=manifest if manifest is not None else _manifest(outside, row),
    )
    evidence = replace(evidence, published=told is not None)
    found = None if row else copies.find(outside, seen.pixels, seen.marks or ())
    if found and told and not told(found.seal):
        found = None
    if row:
        record = record_of(row)
        evidence = replace(
            evidence,
            on=question.day(record.terms),
            record=record,
            placement=question.placed(record.terms),
        )
    elif found:
        copy = _copy(outside, found)
        terms = copy.record.terms
        evidence = replace(
            evidence, on=question.day(terms), copy=copy, placement=question.placed(terms)
        )
    return Examined(assess(evidence), seen.pixels, found if found and found.match.matched else None)


def _copy(outside: Outside, found: copies.Found) -> Copy:
    return Copy(
        record=record_of(found.seal),
        logged=log.prove(outside, found.seal.entry) is not None,
        distance=found.distance,
        agreeing=found.agreeing,
        matched=found.match.matched,
        regions=found.match.regions,
        differs=found.match.differs,
    )


def _manifest(outside: Outside, row: Seal | None) -> bytes | None:
    """Return the manifest store that was made to lie beside a file; ``None`` if it was lost or
    changed since."""
    try:
        return None if row is None else seal.manifest_of(outside, row)
    except (LookupError, BadInput):
        return None


def package_of(outside: Outside, row: Seal) -> Package | None:
    """Return the record of a seal with what opens and proves its leaf; nothing while the leaf is
    not published, or once the record was erased."""
    proof = log.prove(outside, row.entry)
    opening = Opening.objects.filter(entry=row.entry).first()
    if proof is None or opening is None:
        return None
    return Package.of(record=opening.record, salt=bytes(opening.salt), proof=proof)


def record_of(row: Seal) -> Record:
    """Return the record of a seal with today's standing of its license."""
    record = record_from_json(Opening.objects.get(entry=row.entry).record)
    license = row.picture.license
    if revocation := license.revocation:
        return replace(
            record, standing=Standing.REVOKED, standing_on=life.day_of(license, revocation.at)
        )
    newer = license.steps.filter(step=Step.SUPERSEDED).first()
    if newer:
        return replace(record, standing=Standing.ENDED, standing_on=life.day_of(license, newer.at))
    return record

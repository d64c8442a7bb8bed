"""Verifying in a workspace: the file as it is, and any copy by its pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sosie.core.assessment import assess
from sosie.core.fingerprint import FAR, confirm, orientations
from sosie.core.life import Step
from sosie.core.package import Package, record_from_json
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
from sosie.core.values import BadInput, Digest, digest
from sosie.core.verification import Anchors, Question, gather
from sosie.services import life, log, seal
from sosie.store.models import Opening, Seal

MOST_CANDIDATES = 32
"""Pictures whose pixels are laid on a copy, the nearest fingerprints first."""


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
    anchors = Anchors(
        Trust(TrustSource.WORKSPACE, name=outside.workspace),
        outside.keys.root_pem,
        outside.log_key.verifier,
    )
    row = Seal.objects.select_related("entry", "picture__license").filter(file=digest(data)).first()
    package = _package(outside, row) if row else None
    evidence = gather(
        data,
        pictures=outside.pictures,
        credentials=outside.credentials,
        anchors=anchors,
        package=package,
        question=question,
        where=where,
        manifest=manifest if manifest is not None else _manifest(outside, row),
    )
    if row:
        record = _record(row)
        evidence = replace(evidence, record=record, placement=question.placed(record.terms))
    else:
        pixels = outside.pictures.decode(data, where=where)
        copy = _find_copy(outside, pixels)
        if copy:
            evidence = replace(evidence, copy=copy, placement=question.placed(copy.record.terms))
    return assess(evidence)


def _manifest(outside: Outside, row: Seal | None) -> bytes | None:
    """Return the manifest store that was made to lie beside a file; ``None`` if it was lost or
    changed since."""
    try:
        return None if row is None else seal.manifest_of(outside, row)
    except (LookupError, BadInput):
        return None


def _package(outside: Outside, row: Seal) -> Package | None:
    proof = log.prove(outside, row.entry)
    opening = Opening.objects.filter(entry=row.entry).first()
    if proof is None or opening is None:
        return None
    return Package.of(record=opening.record, salt=bytes(opening.salt), proof=proof)


def _record(row: Seal) -> Record:
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


def _find_copy(outside: Outside, pixels: Pixels) -> Copy | None:
    """Search every seal by fingerprint in all orientations, then lay the pixels on the nearest."""
    if min(pixels.shape[:2]) < 32:
        return None
    seals = list(Seal.objects.select_related("entry", "picture__license"))
    found = sorted(
        ((d, i) for i, d in enumerate(_distances(seals, pixels)) if d <= FAR), key=lambda p: p
    )
    best: Copy | None = None
    changed = 1.0
    for distance, index in found[:MOST_CANDIDATES]:
        row = seals[index]
        try:
            original = outside.pictures.decode(
                outside.blobs.get(Digest(row.file)), where=row.number
            )
        except LookupError:
            continue
        match = confirm(pixels, original)
        copy = Copy(
            record=_record(row),
            logged=log.prove(outside, row.entry) is not None,
            distance=distance,
            matched=match.matched,
            regions=match.regions,
            differs=match.differs,
        )
        # A shoot in many colors hardly moves the fingerprint: the pixels tell which one it is.
        if match.matched and (best is None or match.changed < changed):
            best, changed = copy, match.changed
        if best and not best.regions:
            break
    return best


def _distances(seals: list[Seal], pixels: Pixels) -> list[int]:
    """Return for each seal the least distance to any orientation of the picture, in bits."""
    if not seals:
        return []
    known = np.array([_bits(seal.fingerprint) for seal in seals])
    asked = np.array([_bits(mark) for mark in orientations(pixels)])
    apart = np.bitwise_count(known[:, None, :] ^ asked[None, :, :]).sum(axis=2)
    return [int(value) for value in apart.min(axis=1)]


def _bits(mark: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(mark), np.uint64)

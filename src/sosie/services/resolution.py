"""Leading others from a picture, or a binding read from it, to the manifest of its seal, and to the
evidence about it: the C2PA Soft Binding Resolution API, and what we tell beyond it.

Nothing is listed: who asks must hold a copy of the picture, its mark, its fingerprint or its
manifest. A seal number has 64 random bits, and an identifier as many as a UUID. Of a picture that
was sealed and never released, nothing is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from sosie.core.features import KIND
from sosie.core.fingerprint import NEAR
from sosie.core.ports import Outside
from sosie.core.resolution import MOST_MATCHES, Told, is_identifier
from sosie.core.seal import FINGERPRINT_ALGORITHM, WATERMARK_ALGORITHM, spell
from sosie.core.values import BadInput, Digest, Refusal, digest
from sosie.core.watermark import detect
from sosie.services import copies, seal, verification
from sosie.store.models import Seal, SealManifest

_VALUES = {FINGERPRINT_ALGORITHM: 64, WATERMARK_ALGORITHM: 16}
"""Hexadecimal digits of a value, as a `c2pa.soft-binding` assertion holds it."""
WATERMARKS, FINGERPRINTS = (WATERMARK_ALGORITHM,), (FINGERPRINT_ALGORITHM,)


@dataclass(frozen=True, slots=True)
class Match:
    """A manifest that a query led to."""

    label: str
    score: int
    """How well it matches, 0 to 100."""


def by_binding(
    outside: Outside, *, algorithm: str, value: str, most: int = MOST_MATCHES
) -> list[Match] | Refusal:
    """Return the manifests of a mark, or those within 31 bits of a fingerprint, the best first."""
    digits = _VALUES.get(algorithm)
    if digits is None:
        text = f"`{algorithm[:80]}` is not read here: ask for {' or '.join(_VALUES)}"
        return Refusal.because("resolution.algorithm", text)
    if not re.fullmatch(rf"[0-9a-f]{{{digits}}}", value):
        text = f"the value is not the {digits} hexadecimal digits of `{algorithm}`"
        return Refusal.because("resolution.value", text)
    if algorithm == WATERMARK_ALGORITHM:
        return _matches([(number, 100) for number in [spell(int(value, 16))]], most)
    near = copies.near(outside, np.frombuffer(bytes.fromhex(value), np.uint8)[None], within=NEAR)
    numbers = dict(
        Seal.objects.filter(entry__in=[entry for entry, _ in near]).values_list("entry", "pk")
    )
    found = [(numbers[entry], 100 - 100 * bits // 256) for entry, bits in near if entry in numbers]
    return _matches(found, most)


def by_content(outside: Outside, *, data: bytes, most: int = MOST_MATCHES) -> list[Match]:
    """Return the manifest of exactly this file, or of the sealed picture whose pixels lie on its
    own; nothing is kept of it. Raises ``BadInput`` if it is no picture that can be read."""
    exact = Seal.objects.filter(file=digest(data)).first()
    if exact is not None:
        return _matches([(exact.pk, 100)], most)
    pixels = outside.pictures.decode(data, where="picture")
    marks = detect(pixels, outside.mark_key).payloads if outside.mark_key else ()
    found = copies.find(outside, pixels, marks)
    if found is None or not found.match.matched:
        return []
    score = round(100 * (1 - found.match.changed))
    # A master has no preview to compare a copy with elsewhere; what went out of it does.
    seals = [found.seal, *found.seal.renditions.order_by("entry")]
    return _matches([(one.pk, score) for one in seals], most)


def manifest(outside: Outside, *, label: str, active: bool = False) -> bytes | Refusal:
    """Return the manifest store whose active manifest has an identifier; with ``active``, without
    the manifests of its ingredients."""
    row = _row(label)
    if isinstance(row, Refusal):
        return row
    try:
        store = seal.manifest_of(outside, row)
        store = store or outside.credentials.store(outside.blobs.get(Digest(row.file)))
    except (LookupError, BadInput):
        store = None
    if store is None:
        return Refusal.because("resolution.lost", "the file of this manifest is lost or changed")
    return outside.credentials.active(store) if active else store


def evidence(outside: Outside, *, label: str) -> Told | Refusal:
    """Return what a verifier elsewhere needs to judge a copy of a sealed picture by itself."""
    row = _row(label)
    if isinstance(row, Refusal):
        return row
    package = verification.package_of(outside, row)
    if package is None:
        text = "its record is not published, or was erased"
        return Refusal.because("resolution.unpublished", text)
    record = verification.record_of(row)
    look = getattr(row, "features", None)
    body = bytes(look.body) if look is not None and look.kind == KIND else None
    return Told(package, body, record.standing, record.standing_on)


def complete(outside: Outside) -> int:
    """Note the identifiers of manifests that were made before they were noted; returns how many.

    A file that is absent or changed is left out: `sosie fsck` names it.
    """
    count = 0
    for row in Seal.objects.filter(manifest__isnull=True).order_by("entry_id"):
        try:
            data = outside.blobs.get(Digest(row.file))
            label = outside.credentials.read(data, manifest=seal.manifest_of(outside, row)).label
        except (LookupError, BadInput):
            continue
        if label:
            SealManifest.objects.create(seal=row, label=label)
            count += 1
    return count


def _row(label: str) -> Seal | Refusal:
    if not is_identifier(label):
        return Refusal.because("resolution.identifier", "this is no identifier of a manifest")
    seals = Seal.objects.select_related("entry", "picture__license", "features")
    found = seals.filter(manifest__label=label).first()
    if found is None:
        return Refusal.because("resolution.unknown", "no manifest here has this identifier")
    if not seal.is_released(found):
        return Refusal.because("resolution.unpublished", "its picture is not released")
    return found


def _matches(scores: list[tuple[str, int]], most: int) -> list[Match]:
    """Return the manifests of the released among some seals, by their numbers, in their order."""
    released = Seal.objects.filter(seal.RELEASED, pk__in=[number for number, _ in scores])
    named = SealManifest.objects.filter(seal__in=released)
    labels = dict(named.values_list("seal", "label"))
    found = [Match(labels[number], score) for number, score in scores if number in labels]
    return found[: min(most, MOST_MATCHES)]

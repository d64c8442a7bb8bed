"""Finding the sealed picture that a picture may be a copy of: by fingerprint, by local features,
and then by its pixels, which decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

import cv2
import numpy as np
from django.db.models import BinaryField
from django.db.models.functions import Substr

from sosie.core import features
from sosie.core.features import AGREEING, ASKING, NEAR_BITS, NEIGHBORS, VOTING, Features, extract
from sosie.core.fingerprint import FAR, NEAR, TOO_SMALL, Match, confirm, orientations
from sosie.core.ports import CodeIndex, Labeled, Nearby, Outside
from sosie.core.seal import FAR_OFF, spell
from sosie.core.studio import Pixels
from sosie.core.values import BadInput, Digest
from sosie.core.watermark import Mark
from sosie.store.models import Seal, SealFeatures

MOST_CANDIDATES = 32
"""Pictures whose pixels are laid on a copy, the nearest fingerprints first."""
_EACH = 1024
"""Labels of features are the number of their row times this, and their own number."""
_AT_ONCE = 500
_ROUGHLY = 360
"""Longer side in pixels of a copy of which is told roughly whether it is changed; of an original
half as much again, since a copy may be a part of it."""
_MOST_LAID = 4
"""Originals that are laid on a copy at full size without turning out to be clean ones."""
_MOST_OF_ONE = 2
"""Of these, files of one picture."""
_HELD = 60
"""Agreeing features from which on a copy that is roughly no copy is none at full size either."""
_MOST_MARKED = 0.2
"""Share of a copy that may be changed where it shows another seal than the one that its mark names:
of a damaged picture of the one, something may agree with another."""
_CLEARLY = 1.25
"""How much more another may roughly be changed and still turn out to be less so."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A sealed picture whose pixels lie on those of a copy; or agree with one that is too small to
    tell more (``match.matched`` is false)."""

    seal: Seal
    original: Pixels
    match: Match
    distance: int
    """Bits in which the fingerprints differ, in the nearest orientation."""
    agreeing: int
    """Local features that led to it; 0 if its fingerprint or its mark did."""

    @property
    def clean(self) -> bool:
        """Whether nothing of it is changed."""
        return self.match.matched and not self.match.regions


@dataclass(frozen=True, slots=True)
class _Lead:
    """A sealed picture that may be the original."""

    entry: int
    mirrored: bool
    distance: int = FAR_OFF
    agreeing: int = 0
    mark: Mark | None = None
    """The mark in the copy that names it, if one does."""


def find(outside: Outside, pixels: Pixels, marks: Iterable[Mark] = ()) -> Found | None:
    """Return the sealed picture that a copy shows; nothing if none is in it.

    What the ``marks`` in it name comes first, then what is near by its fingerprint, then what the
    local features agree on, until one of them has no changed part. Of what is changed, the seal
    that a mark names is taken, else the least changed one. A shoot in many colors hardly moves
    fingerprint and features: the pixels tell which one it is, roughly first, since a changed copy
    is changed against all of them. An unrelated picture costs no look at any original.
    """
    if min(pixels.shape[:2]) < 32:
        return None
    near, best = _near(outside, pixels), None
    marked = _marked(marks, near)
    for lead in marked:
        best = _less_changed(best, _laid(outside, pixels, lead))
        if best is not None and best.clean:
            return best
    others = chain(_sure(near, marked), _led(outside, pixels, near, marked))
    found = _other(outside, pixels, islice(others, 2 * MOST_CANDIDATES), best)
    if found is None or found.clean or not marked:
        return found or best
    # A mark can be copied; but what is hardly the one nor the other is not said to be either.
    return best or (found if found.match.changed <= _MOST_MARKED else None)


def near(outside: Outside, mark: np.ndarray, *, within: int) -> list[tuple[int, int]]:
    """Return the log entries of the seals whose fingerprint is near one (1×32, uint8), and in how
    many bits each differs, the nearest first."""
    found = _nearest(outside, mark, within=within)
    return [(int(entry), int(bits)) for entry, bits in zip(found.labels, found.bits, strict=True)]


def keep(seal: Seal, found: Features) -> None:
    """Record the local features of a sealed file."""
    SealFeatures.objects.create(seal=seal, kind=features.KIND, body=found.encode())


def complete(outside: Outside) -> int:
    """Compute the features of seals that were made before features were kept; returns how many.

    A file that is absent or changed is left out: `sosie fsck` names it.
    """
    count = 0
    for seal in Seal.objects.filter(features__isnull=True).order_by("entry_id"):
        original = _original(outside, seal)
        if original is not None:
            keep(seal, extract(original))
            count += 1
    return count


def _marked(marks: Iterable[Mark], near: list[_Lead]) -> list[_Lead]:
    """Return the seals that marks name, the latest first: it may be made from the others."""
    named = {spell(mark.payload): mark for mark in marks}
    found = Seal.objects.filter(number__in=named).order_by("-entry")
    bits = {lead.entry: lead for lead in near}
    return [
        replace(bits.get(entry, _Lead(entry, mirrored=False)), mark=named[number])
        for entry, number in found.values_list("entry_id", "number")
    ]


def _near(outside: Outside, pixels: Pixels) -> list[_Lead]:
    """Return the seals whose fingerprint is near in any orientation, the nearest first."""
    asked = np.stack([_bits(mark) for mark in orientations(pixels)])
    found = _nearest(outside, asked, within=FAR)
    best: dict[int, tuple[int, int]] = {}
    for k, entry, bits in zip(found.asked, found.labels, found.bits, strict=True):
        best[int(entry)] = min(best.get(int(entry), (999, 0)), (int(bits), int(k)))
    order = sorted(best, key=lambda entry: (best[entry][0], entry))[:MOST_CANDIDATES]
    return [_Lead(entry, best[entry][1] >= 4, best[entry][0]) for entry in order]


def _nearest(outside: Outside, asked: np.ndarray, *, within: int) -> Nearby:
    outside.fingerprints.refresh(_fingerprints)
    return outside.fingerprints.nearest(asked, most=MOST_CANDIDATES, within=within)


def _sure(near: list[_Lead], marked: list[_Lead]) -> list[_Lead]:
    """Return the seals that are near alone by their fingerprint, but for those that were tried."""
    tried = {lead.entry for lead in marked}
    return [lead for lead in near if lead.distance <= NEAR and lead.entry not in tried]


def _led(
    outside: Outside, pixels: Pixels, near: list[_Lead], marked: list[_Lead]
) -> Iterator[_Lead]:
    """Yield the other seals whose local features agree with those of a copy, the most agreeing
    first, none with less than half as many; last those near by fingerprint that are too plain to
    have features."""
    tried = {lead.entry for lead in (*marked, *_sure(near, marked))}
    looks = {mirrored: extract(pixels, mirrored=mirrored) for mirrored in (False, True)}
    outside.features.refresh(_features)
    counted = [vote for look in looks.items() for vote in _votes(outside.features, *look)]
    voted = features.elected(counted)
    rows = {row.pk: row for row in _rows(pk__in=[vote.picture for vote in voted])}
    leads = {lead.entry: lead for lead in near if lead.entry not in tried}
    bits = {lead.entry: lead.distance for lead in near}
    for vote in reversed([vote for vote in voted if vote.picture in rows]):
        entry = rows[vote.picture].seal.entry_id
        leads[entry] = _Lead(entry, vote.mirrored, bits.get(entry, FAR_OFF))
    known = {row.seal.entry_id: row for row in rows.values()}
    known |= {row.seal.entry_id: row for row in _rows(seal__entry__in=leads.keys() - known.keys())}
    agreed, plain = [], []
    for lead in leads.values():
        row = known.get(lead.entry)
        own = Features.decode(bytes(row.body)) if row else None
        if own is None or len(own) < 2 * AGREEING:
            plain.append(lead)
        elif laid := features.agreement(own, looks[lead.mirrored]):
            agreed.append(replace(lead, agreeing=laid.agreeing))
    agreed.sort(key=lambda lead: -lead.agreeing)
    agreed = [lead for lead in agreed if 2 * lead.agreeing >= agreed[0].agreeing]
    yield from (lead for lead in (*agreed, *plain) if lead.entry not in tried)


def _votes(index: CodeIndex, mirrored: bool, look: Features) -> list[features.Votes]:
    found = index.nearest(look.bits[:ASKING], most=NEIGHBORS, within=NEAR_BITS)
    return features.votes(found.asked, found.labels // _EACH, mirrored=mirrored)


def _other(
    outside: Outside, pixels: Pixels, leads: Iterable[_Lead], marked: Found | None
) -> Found | None:
    """Lay originals on a copy until one has no changed part; else return the least changed.

    Of what is ``marked`` by another and changed, one without a changed part is looked for alone,
    among other pictures: against every file of the same one it is changed as well.
    """
    small, best = _small(pixels, _ROUGHLY), None
    changed: dict[str, tuple[float, _Lead]] = {}
    laid = Counter[str]()
    same = marked.seal.picture_id if marked else None
    for lead in leads:
        original = _original_of(outside, lead, but=same)
        if original is None:
            continue
        of = original[0].picture_id
        roughly = confirm(small, _small(original[1], 3 * _ROUGHLY // 2))
        if roughly.matched and roughly.regions:
            least = changed.get(of, (roughly.changed, lead))
            changed[of] = min(least, (roughly.changed, lead), key=lambda each: each[0])
            continue
        if laid[of] == _MOST_OF_ONE or laid.total() == _MOST_LAID:
            continue
        if roughly.matched or roughly.inliers < _HELD:
            laid[of] += 1
            best = _less_changed(best, _laid(outside, pixels, lead, original))
            if best is not None and best.clean:
                return best
    if marked:
        return best
    least_first = sorted(changed.values(), key=lambda each: each[0])
    for share, lead in least_first[:_MOST_LAID]:
        if best is not None and share > _CLEARLY * least_first[0][0]:
            break
        best = _less_changed(best, _laid(outside, pixels, lead))
    return best


def _laid(
    outside: Outside, pixels: Pixels, lead: _Lead, original: tuple[Seal, Pixels] | None = None
) -> Found | None:
    """Lay an original on a copy; nothing if it does not lie there."""
    original = original or _original_of(outside, lead)
    if original is None:
        return None
    seal, shown = original
    laid = None
    if lead.mark is not None and lead.distance > NEAR:  # else its shape says it as well
        laid = lead.mark.laid(shown.shape[1::-1], pixels.shape[1::-1])
    match = confirm(pixels, shown, laid)
    agrees = match.matched or TOO_SMALL in match.differs
    return Found(seal, shown, match, lead.distance, lead.agreeing) if agrees else None


def _less_changed(one: Found | None, other: Found | None) -> Found | None:
    """Return the less changed of two; of equals one that matches, and the first."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda each: (each.match.changed, not each.match.matched))


def _small(pixels: Pixels, side: int) -> Pixels:
    """Return a picture that is at most so long, uint8 H×W×3, its shorter side at least 32."""
    height, width = pixels.shape[:2]
    scale = max(side / max(height, width), 32 / min(height, width))
    if scale >= 1:
        return pixels
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _original_of(
    outside: Outside, lead: _Lead, *, but: str | None = None
) -> tuple[Seal, Pixels] | None:
    """Return a sealed file and its pixels; nothing if it is gone or is ``but`` of that picture."""
    seals = Seal.objects.select_related("entry", "picture__license")
    seal = seals.filter(entry=lead.entry).exclude(picture=but).first()
    original = _original(outside, seal) if seal else None
    return None if seal is None or original is None else (seal, original)


def _original(outside: Outside, seal: Seal) -> Pixels | None:
    """Return the pixels of a sealed file; nothing if it is absent or changed (see `fsck`)."""
    try:
        return outside.pictures.decode(outside.blobs.get(Digest(seal.file)), where=seal.number)
    except (LookupError, BadInput):
        return None


def _rows(**which: object) -> Iterable[SealFeatures]:
    return SealFeatures.objects.filter(**which, kind=features.KIND).select_related("seal")


def _fingerprints(after: int) -> Labeled:
    """Return the fingerprints of the seals after a log entry, and their entries."""
    rows = Seal.objects.filter(entry__gt=after).order_by("entry")
    found = list(rows.values_list("entry", "fingerprint"))
    codes = np.frombuffer(bytes.fromhex("".join(mark for _, mark in found)), np.uint8)
    return codes.reshape(-1, features.WIDE), np.array([entry for entry, _ in found], np.int64)


def _features(after: int) -> Labeled:
    """Return the voting features of the rows after a label, and their labels."""
    rows = SealFeatures.objects.filter(pk__gt=after // _EACH, kind=features.KIND).order_by("pk")
    voting = Substr("body", features.HEAD + 1, VOTING * features.WIDE, output_field=BinaryField())
    counts = Substr("body", 1, features.HEAD, output_field=BinaryField())
    codes, labels = bytearray(), []
    for pk, head, body in rows.values_list("pk", counts, voting).iterator(chunk_size=_AT_ONCE):
        count = min(VOTING, int.from_bytes(bytes(head)[4:], "little"))
        codes += bytes(body)[: count * features.WIDE]
        labels.append(pk * _EACH + np.arange(count))
    numbers = np.concatenate(labels) if labels else np.zeros(0, np.int64)
    return np.frombuffer(bytes(codes), np.uint8).reshape(-1, features.WIDE), numbers


def _bits(mark: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(mark), np.uint8)

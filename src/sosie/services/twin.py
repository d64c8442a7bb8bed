"""Twins: the creation consent first, then the capture; a new capture is a new version, and a
retired twin gives no new license. How a twin ends is in `retirement` and `erasure`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from sosie.core import law
from sosie.core.capture import Judged, look, told_apart
from sosie.core.ports import Outside
from sosie.core.protocol import BASIC, Protocol, met, missing
from sosie.core.seal import plain
from sosie.core.studio import Card
from sosie.core.transparency import LogAct
from sosie.core.values import BadInput, Digest, Reason, Refusal, digest
from sosie.services import log, party
from sosie.store.models import (
    License,
    Party,
    Plate,
    SignedAct,
    Twin,
    TwinFile,
    TwinMark,
    TwinVersion,
)

CONSENT, WITHDRAW = "consent.create", "consent.withdraw"
RETIRE, MARK, VERSION = "twin.retire", "twin.mark", "twin.version"
ACTS = (CONSENT, WITHDRAW, RETIRE, MARK, VERSION)
"""What a model signs of a twin; the subject is its id, alone or before a slash."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
OnRetirement = Literal["run_on", "end"]
"""What becomes of running licenses when the twin retires, as the consent says."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph of a capture folder, with the landmark card beside it."""

    name: str
    data: bytes
    card: Card


@dataclass(frozen=True, slots=True)
class Capture:
    """The outcome of a capture: the twin if it stands, and a verdict on every photograph."""

    twin: Twin | None
    version: int
    """The version that was made; the one that would have been, where none was."""
    verdicts: tuple[Judged, ...]
    met: Protocol | None
    """The fullest protocol that was met; without one no twin is made."""
    missing: tuple[Reason, ...]
    """What the capture lacks for the least of the protocols."""
    lacks: tuple[Reason, ...]
    """What it lacks for the fullest."""


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
    on_retirement: OnRetirement = "run_on",
) -> SignedAct | Refusal:
    """Have the model sign that a twin of her may be made: a document of its own that says scope,
    purpose, rate of pay and duration (rules R14, R15, R18), and what becomes of running licenses
    when she retires the twin."""
    refusal = party.absent({by: Party.Kind.MODEL})
    if refusal:
        return refusal
    if not _ID.fullmatch(twin):
        text = (
            f"`{twin}` is no id of a twin: take lower-case letters, digits and hyphens, 40 at most"
        )
        return Refusal.because("twin.id", text)
    said = {"scope": scope, "purpose": purpose, "pay": pay}
    said = {name: plain(text, len(text)) for name, text in said.items()}
    empty = [name for name, text in said.items() if not text]
    if empty:
        return _unsaid(empty)
    if until < now.date():
        return Refusal.because("consent.ended", f"the consent would have ended on {until}")
    if consented(twin):
        return Refusal.because("consent.signed", f"a consent for `{twin}` is signed already")
    says = {
        **said,
        "until": until.isoformat(),
        "training": "forbidden",
        "on_retirement": on_retirement,
    }
    statement = party.sign(
        outside, party=by, act=CONSENT, subject=twin, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=CONSENT, subject=twin, at=now)
        record = {"twin": twin, "by": by, "statement": digest(statement.body)}
        log.append(outside, act=LogAct.CONSENT_SIGNED, record=record, now=now)
    return kept


def consented(twin: str) -> bool:
    """Return whether a consent to a twin of this id was ever signed."""
    return SignedAct.objects.filter(act=CONSENT, subject=twin).exists()


def capture(
    outside: Outside,
    *,
    twin: str,
    shown_as: str,
    photos: Sequence[Photo],
    measurements: Mapping[str, Any],
    now: datetime,
    protocols: Sequence[Protocol] = (BASIC,),
    by: str = "",
    passphrase: str = "",
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Capture | Refusal:
    """Judge every photograph, and make the twin of those that pass if a protocol is met.

    ``protocols`` stand from the fullest to the least that is accepted. ``by`` names the model, who
    signs for it: she must for the next version of a twin that stands. Without her signed creation
    consent there is no twin, whatever the photographs.
    """
    refusal = may_capture(twin, by, now=now)
    if refusal:
        return refusal
    verdicts = _verdicts(outside, photos, progress)
    data = {photo.name: photo.data for photo in photos}
    return make(
        outside,
        twin=twin,
        shown_as=shown_as,
        verdicts=verdicts,
        file=lambda name: outside.blobs.put(data[name]),
        measurements=measurements,
        now=now,
        protocols=protocols,
        by=by,
        passphrase=passphrase,
    )


def make(
    outside: Outside,
    *,
    twin: str,
    shown_as: str,
    verdicts: Sequence[Judged],
    file: Callable[[str], Digest],
    measurements: Mapping[str, Any],
    now: datetime,
    protocols: Sequence[Protocol],
    by: str,
    passphrase: str,
) -> Capture | Refusal:
    """Make a version of a twin of photographs that were judged, each with its card, if a protocol
    is met; ``file`` returns the digest of one by its name, an empty one where it is gone, and is
    asked again at the end. As `capture` says for the rest."""
    refusal = may_capture(twin, by, now=now)
    if refusal:
        return refusal
    version = _newest(twin) + 1
    passed = [judged for judged in verdicts if not judged.reasons]
    taken = [judged.taken() for judged in passed]
    found = met(protocols, taken, measurements)
    lacks = missing(protocols[0], taken, measurements)
    if found is None:
        short = missing(protocols[-1], taken, measurements)
        return Capture(None, version, tuple(verdicts), None, short, lacks)
    files = {judged.name: file(judged.name) for judged in passed}
    subject, plates = f"{twin}/{version}", sorted(files.values())
    statement = None
    if by:
        statement = party.sign(
            outside,
            party=by,
            act=VERSION,
            subject=subject,
            says={"plates": plates},
            passphrase=passphrase,
        )
    with transaction.atomic():
        # What stood before the photographs were judged may have changed meanwhile.
        refusal = may_capture(twin, by, now=now)
        if refusal:
            return refusal
        if any(not there or file(name) != there for name, there in files.items()):
            text = f"photographs for `{twin}` were removed or replaced at the same time: look again"
            return Refusal.because("twin.changed", text)
        if _newest(twin) + 1 != version:
            text = f"version {version} of `{twin}` was made at the same time: capture it anew"
            return Refusal.because("twin.changed", text)
        if statement is not None:
            party.keep(statement, party=by, act=VERSION, subject=subject, at=now)
        row = _begun(twin, shown_as=shown_as, measurements=measurements, now=now)
        row.versions.create(
            number=version,
            protocol=found.name,
            measurements=dict(measurements),
            captured_at=now,
        )
        for judged in passed:
            _keep(row, version, judged, files[judged.name], now=now)
        record = {"twin": twin, "version": version, "plates": plates}
        log.append(outside, act=LogAct.TWIN_CAPTURED, record=record, now=now)
    return Capture(row, version, tuple(verdicts), found, (), lacks)


def _keep(twin: Twin, version: int, judged: Judged, file: Digest, *, now: datetime) -> None:
    if judged.card is None:
        raise ValueError(f"{judged.name} has no card")
    twin.plates.create(
        version=version,
        name=judged.card.plate,
        digest=file,
        card=judged.card.model_dump(mode="json", by_alias=True),
        quality=judged.quality.as_dict() if judged.quality else {},
        captured_at=now,
    )
    belongs(twin, TwinFile.Kind.PLATE, file, now=now)


def last_day(consent: SignedAct) -> date:
    """Return the last day of a consent to the making of a twin."""
    return date.fromisoformat(json.loads(bytes(consent.body))["until"])


def may_capture(twin: str, by: str = "", *, now: datetime) -> Refusal | None:
    """Return why no photographs of a twin are taken: its model signed no consent, it ended or she
    withdrew it, retired the twin; it stands already and nobody signs for a version; or she is
    another."""
    signed = SignedAct.objects.filter(act=CONSENT, subject=twin).first()
    if signed is None:
        return Refusal.because(
            "consent.missing",
            f"no consent for `{twin}` is signed: its model signs first (`sosie twin consent`)",
            rule="R14",
            citation="N.Y. Labor Law § 1037(7)",
        )
    if SignedAct.objects.filter(act=WITHDRAW, subject=twin).exists():
        return Refusal.because("consent.withdrawn", f"the consent for `{twin}` was withdrawn")
    until = last_day(signed)
    if until < now.date():
        text = f"the consent for `{twin}` ended on {until}, its last day: sign one for another twin"
        return Refusal.because("consent.ended", text)
    if not by and Twin.objects.filter(pk=twin).exists():
        text = f"twin `{twin}` stands already: `sosie twin version` makes a new version of it"
        return Refusal.because("twin.made", text)
    if by and by != signed.party_id:
        return Refusal.because("twin.not_hers", f"`{by}` does not own `{twin}`: its model does")
    return retired(twin)


def _begun(twin: str, *, shown_as: str, measurements: Mapping[str, Any], now: datetime) -> Twin:
    """Return the row of a twin, with its newest measurements."""
    signed = SignedAct.objects.get(act=CONSENT, subject=twin)
    row, _ = Twin.objects.get_or_create(
        pk=twin,
        defaults={
            "owner": signed.party,
            "shown_as": shown_as,
            "consent": signed,
            "made_at": now,
        },
    )
    row.measurements = dict(measurements)
    row.save(update_fields=["measurements"])
    return row


def _newest(twin: str) -> int:
    return int(TwinVersion.objects.filter(twin=twin).aggregate(n=Max("number"))["n"] or 0)


def belongs(twin: Twin, kind: TwinFile.Kind, file: str, *, now: datetime) -> TwinFile:
    """Record that a file belongs to a twin, inside the caller's transaction, so that it is erased
    with it; a file that belonged to an erased version belongs again."""
    row, _ = TwinFile.objects.get_or_create(
        twin=twin, digest=file, defaults={"kind": kind, "added_at": now}
    )
    return row


def version_for(license: License) -> int:
    """Return the version of the twin that is used under a license: the one that it names, else the
    newest."""
    named = license.terms.get("twin_version")
    return int(named) if named is not None else max(_newest(license.twin_id), 1)


def plates_for(license: License) -> dict[str, Plate]:
    """Return the plates that may be used under a license, by name."""
    plates = Plate.objects.filter(twin=license.twin_id, version=version_for(license))
    return {plate.name: plate for plate in plates}


def retired(twin: str) -> Refusal | None:
    """Return why nothing new is agreed on or ordered of a twin that its model retired."""
    said = SignedAct.objects.filter(act=RETIRE, subject=twin).first()
    if said is None:
        return None
    text = (
        f"`{twin}` was retired by its model on {said.at.date()}: no new capture, license or shoot"
    )
    return Refusal.because("twin.retired", text)


def on_retirement(twin: Twin) -> OnRetirement:
    """Return what becomes of running licenses at retirement, as the creation consent says."""
    said = json.loads(bytes(twin.consent.body)).get("on_retirement")
    return "end" if said == "end" else "run_on"


def find(twin: str) -> Twin | Refusal:
    """Return a twin by its id."""
    row = Twin.objects.filter(pk=twin).first()
    return row or Refusal.because("twin.unknown", f"no twin `{twin}` in this workspace")


def known(twin: str) -> Twin | None:
    """Return a twin with its owner, if there is one of this id."""
    return Twin.objects.select_related("owner").filter(pk=twin).first()


def seen_by(models: set[str], agencies: set[str], words: str = "") -> QuerySet[Twin]:
    """Return the twins that some models own, and those that some agencies act for: there is a
    contract that names the agency. Those that hold each of some words in id or name."""
    advised = License.objects.filter(agency__in=agencies).exclude(contract="")
    among = Q(owner__in=models) | Q(pk__in=advised.values("twin"))
    rows = Twin.objects.select_related("owner").filter(among)
    for word in words.split():
        named = Q(shown_as__icontains=word) | Q(owner__name__icontains=word)
        rows = rows.filter(named | Q(pk__icontains=word))
    return rows.order_by("pk")


def plate(id: int) -> Plate | None:
    """Return a plate with its twin, if there is one of this number."""
    return Plate.objects.select_related("twin").filter(pk=id).first()


def photograph(twin: str, name: str) -> Plate | None:
    """Return a plate of the newest version of a twin by its name, if there is one that was not
    erased."""
    plates = Plate.objects.select_related("twin").filter(twin=twin, name=name)
    row = plates.order_by("-version").first()
    return row if row and row.card["landmarks"] else None


def owned(twin: str, by: str) -> Twin | Refusal:
    """Return a twin that a party owns; nobody else speaks for it."""
    row = find(twin)
    if isinstance(row, Twin) and by != row.owner_id:
        return Refusal.because("twin.not_hers", f"`{by}` does not own `{twin}`: its model does")
    return row


def mark(
    outside: Outside,
    *,
    twin: str,
    by: str,
    passphrase: str,
    place: str,
    words: str,
    now: datetime,
    plate: str = "",
    region: tuple[int, int, int, int] | None = None,
) -> TwinMark | Refusal:
    """Add a mark that is never to be retouched, as the model signs it: where it is, and what."""
    row = owned(twin, by)
    if isinstance(row, Refusal):
        return row
    place, words = plain(place, len(place)), plain(words, len(words))
    if not place or not words:
        text = "say where the mark is and what it is, as `left cheek` and `a mole`"
        return Refusal.because("mark.unsaid", text)
    off = off_the_plate(row, plate, region)
    if off:
        return off
    number = 1 + SignedAct.objects.filter(act=MARK, subject__startswith=f"{twin}/").count()
    says = {"place": place, "words": words, "plate": plate, "region": list(region or ())}
    statement = party.sign(
        outside, party=by, act=MARK, subject=f"{twin}/{number}", says=says, passphrase=passphrase
    )
    with transaction.atomic():
        party.keep(statement, party=by, act=MARK, subject=f"{twin}/{number}", at=now)
        kept = row.marks.create(
            number=number,
            place=place,
            words=words,
            plate=plate,
            region=list(region) if region else None,
            added_at=now,
        )
        record = {"twin": twin, "mark": number, "statement": digest(statement.body)}
        log.append(outside, act=LogAct.TWIN_MARKED, record=record, now=now)
    return kept


def off_the_plate(
    twin: Twin, plate: str, region: tuple[int, int, int, int] | None
) -> Refusal | None:
    """Return why a region (left, top, right, bottom, in pixels, all four within) is none of the
    newest photograph of a twin by some name."""
    if not plate and region is None:
        return None
    row = twin.plates.filter(name=plate).order_by("-version").first()
    if row is None:
        known = ", ".join(sorted(set(twin.plates.values_list("name", flat=True))))
        text = f"`{twin.pk}` has no plate `{plate}`: it has {known}"
        return Refusal.because("plate.unknown", text)
    if region is not None:
        (width, height), (left, top, right, bottom) = row.card["size"], region
        if not (0 <= left <= right < width and 0 <= top <= bottom < height):
            text = f"{region} lies outside plate `{plate}` of {width}×{height} pixels"
            return Refusal.because("mark.outside", text)
    return None


def overview() -> list[dict[str, Any]]:
    """Return every twin with its standing and newest version, as plain JSON values."""
    return [
        {
            "twin": row.pk,
            "shown_as": row.shown_as,
            "owner": row.owner_id,
            "standing": standing(row),
            "version": version.number if version else None,
            "protocol": version.protocol if version else None,
            "licenses": row.licenses.count(),
        }
        for row in Twin.objects.order_by("pk")
        for version in (row.versions.order_by("-number").first(),)
    ]


def standing(twin: Twin) -> str:
    """Return ``stands``, ``retired``, ``erased``, or ``withdrawn``: its erasure was broken off, and
    is taken up again by `sosie twin delete`."""
    return standings([twin])[twin.pk]


def standings(twins: Sequence[Twin]) -> dict[str, str]:
    """Return how twins stand, by id; the number of queries does not grow with them."""
    ids = [twin.pk for twin in twins]
    said = SignedAct.objects.filter(subject__in=ids, act__in=(WITHDRAW, RETIRE))
    acts = set(said.values_list("subject", "act"))
    kept = TwinFile.objects.filter(twin__in=ids, erased_at=None)
    left = set(kept.values_list("twin_id", flat=True).distinct())
    found = {}
    for id in ids:
        if (id, WITHDRAW) in acts:
            found[id] = "withdrawn" if id in left else "erased"
        else:
            found[id] = "retired" if (id, RETIRE) in acts else "stands"
    return found


def show(twin: str) -> dict[str, Any] | Refusal:
    """Return what is known of a twin: versions, plates, marks, whether it is retired or erased."""
    row = find(twin)
    if isinstance(row, Refusal):
        return row
    acts = {said.act: said.at.isoformat() for said in SignedAct.objects.filter(subject=twin)}
    return {
        "twin": twin,
        "owner": row.owner_id,
        "shown_as": row.shown_as,
        "standing": standing(row),
        "retired_at": acts.get(RETIRE),
        "withdrawn_at": acts.get(WITHDRAW),
        "on_retirement": on_retirement(row),
        "versions": [
            {
                "version": version.number,
                "protocol": version.protocol or None,
                "captured_at": version.captured_at.isoformat(),
                "measurements": version.measurements,
                "plates": list(
                    row.plates.filter(version=version.number)
                    .order_by("name")
                    .values_list("name", flat=True)
                ),
            }
            for version in row.versions.order_by("number")
        ],
        "marks": [
            {
                "number": each.number,
                "place": each.place,
                "words": each.words,
                "plate": each.plate or None,
                "region": each.region,
            }
            for each in row.marks.order_by("number")
        ],
        "files": {
            kind: row.files.filter(kind=kind, erased_at=None).count()
            for kind in TwinFile.Kind.values
        },
    }


def _verdicts(
    outside: Outside, photos: Sequence[Photo], progress: Callable[[float, str], None]
) -> list[Judged]:
    verdicts = []
    for number, photo in enumerate(photos):
        progress(number / len(photos), photo.name)
        verdicts.append(_judged(outside, photo))
    progress(1.0, "measured")
    return told_apart(verdicts)


def _judged(outside: Outside, photo: Photo) -> Judged:
    try:
        pixels = outside.pictures.decode(photo.data, where=photo.name)
    except BadInput as error:
        return Judged(photo.name, photo.card, reasons=(Reason(error.code, str(error)),))
    return look(photo.name, pixels, photo.card)


def _unsaid(empty: list[str]) -> Refusal:
    rule = next(rule for rule in law.RULES if rule.id == "R15")
    text = f"the consent does not say {', '.join(empty)}; say each"
    return Refusal((Reason("consent.unsaid", text, rule=rule.id, citation=rule.citation),))

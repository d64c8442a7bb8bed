"""Captures that a model builds up on the pages, over as many visits as she likes: a draft that only
she sees, until a version of her twin is made of it or she throws it away."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import PurePath
from types import MappingProxyType

from django.db import transaction
from django.db.models import Sum

from sosie.core.capture import Coverage, Judged, Kept, covered, look, told_apart
from sosie.core.landmarks import correct
from sosie.core.ports import Outside
from sosie.core.protocol import Protocol, Slot, met, missing, slot_of
from sosie.core.seal import plain
from sosie.core.studio import Card
from sosie.core.twin import VIEWS, measured
from sosie.core.values import Digest, Reason, Refusal, digest
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft, DraftPhoto
from sosie.store.models import Party, Picture, Seal, Shoot, SignedAct, Twin, TwinFile
from sosie.store.studio import ShootDraft

MOST_PHOTOS, MOST_BYTES = 60, 1024**3
"""Of one capture: a full one has 36 photographs, of 10 MB each where the camera is a good one."""
Spots = Mapping[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Open:
    """A twin that may be captured."""

    twin: str
    model: str
    made: Twin | None
    """The twin itself, where it is not only consented to."""
    begun: CaptureDraft | None
    """The capture that goes on."""
    consent: SignedAct
    """Her newest."""
    until: date
    """The last day of it."""


def open_to(models: Collection[str]) -> list[Open]:
    """Return the twins that some models may capture: made, or consented to."""
    signed = SignedAct.objects.filter(act=twins.CONSENT, party__in=models).order_by("pk")
    newest = {row.subject.partition("/")[0]: row for row in signed}
    over = SignedAct.objects.filter(act__in=(twins.WITHDRAW, twins.RETIRE), subject__in=newest)
    ended = set(over.values_list("subject", flat=True))
    named = {twin: row for twin, row in sorted(newest.items()) if twin not in ended}
    made = Twin.objects.in_bulk(list(named))
    drafts = CaptureDraft.objects.filter(twin__in=named).prefetch_related("photos")
    begun = {row.twin: row for row in drafts}
    return [
        Open(twin, row.party_id, made.get(twin), begun.get(twin), row, twins.last_day(row))
        for twin, row in named.items()
    ]


def going_on(
    models: Collection[str], protocol: Protocol, *, now: datetime
) -> list[tuple[CaptureDraft, int]]:
    """Return the captures of some models of which a version may still be made, each with how many
    photographs it lacks for a protocol."""
    begun = [each for each in open_to(models) if each.begun and each.until >= now.date()]
    return [(each.begun, coverage(each.begun, protocol).short) for each in begun if each.begun]


def begin(*, twin: str, by: str, now: datetime) -> CaptureDraft | Refusal:
    """Begin to capture a twin, or go on with what was begun; measurements are taken over from its
    newest version."""
    with transaction.atomic():
        refusal = twins.may_capture(twin, by, now=now)
        if refusal:
            return refusal
        made = Twin.objects.filter(pk=twin).first()
        said = {
            "model_id": by,
            "shown_as": made.shown_as if made else Party.objects.get(pk=by).name[:120],
            "measurements": made.measurements if made else {},
            "begun_at": now,
        }
        return CaptureDraft.objects.get_or_create(twin=twin, defaults=said)[0]


def known(id: int) -> CaptureDraft | None:
    """Return a capture that goes on, if there is one of this number."""
    return CaptureDraft.objects.filter(pk=id).first()


def photograph(id: int) -> DraftPhoto | None:
    """Return a photograph of a capture that goes on, if there is one of this number."""
    return DraftPhoto.objects.select_related("draft").filter(pk=id).first()


def judgments(draft: CaptureDraft) -> list[tuple[DraftPhoto, Judged]]:
    """Return the photographs of a capture in the order in which they came, each as it was judged
    beside the others."""
    rows = sorted(draft.photos.all(), key=lambda row: row.pk)
    return list(zip(rows, told_apart(judgment(row) for row in rows), strict=True))


def judgment(row: DraftPhoto) -> Judged:
    """Return a photograph as it was judged by itself."""
    return Kept.model_validate(row.judged).judged(row.name)


def coverage(draft: CaptureDraft, protocol: Protocol) -> Coverage:
    """Return how far a capture has come on the way to a protocol, its measurements aside."""
    asked = protocol.model_copy(update={"measurements": ()})
    return covered(asked, [judged for _, judged in judgments(draft)], {}, in_words=True)


def standing(
    draft: CaptureDraft, protocols: Sequence[Protocol]
) -> tuple[Protocol | None, tuple[Reason, ...]]:
    """Return the fullest protocol that a capture meets with its measurements, and what it lacks for
    the least of them."""
    taken = [judged.taken() for _, judged in judgments(draft) if not judged.reasons]
    least = missing(protocols[-1], taken, draft.measurements, in_words=True)
    return met(protocols, taken, draft.measurements), least


def add(
    outside: Outside,
    *,
    draft: CaptureDraft,
    file: str,
    data: bytes,
    protocols: Sequence[Protocol],
    now: datetime,
    slot: str = "",
    instead: str = "",
) -> DraftPhoto | Refusal:
    """Judge a photograph with the points that are proposed on it, and keep it.

    It is for the slot that is named, else for that of its file's name, and takes the place of one
    that is there, or of the one that is named by ``instead``; of a good one only if it is good
    itself. Raises ``BadInput`` for what is no photograph: nothing is kept of it.
    """
    refusal = twins.may_capture(draft.twin, draft.model_id, now=now)
    if refusal:
        return refusal
    if slot and _slot(protocols, slot) is None:
        return _no_slot(slot)
    if instead and not draft.photos.filter(name=instead).exists():
        text = f"there is no photograph `{instead}` in whose place it could come"
        return Refusal.because("capture.unknown", text)
    wanted = _slot(protocols, slot)
    name = wanted.id if wanted else instead or _named(PurePath(file).stem)
    wanted = wanted or _slot(protocols, name)
    view = re.sub(r"-[0-9]+$", "", name)
    views = wanted.views if wanted else tuple(VIEWS.keys() & {view})
    pixels = outside.pictures.decode(data, where=file)
    found = look(name, pixels, None, views=views, strict=True)
    named, fresh = digest(data), not wanted and not instead
    again = draft.photos.filter(digest=named).first() if fresh else None
    if again is not None:
        return again
    outside.blobs.put(data)
    with transaction.atomic():
        name = _free_name(draft, name) if fresh else name
        before = draft.photos.filter(name=name).first()
        refusal = _no_room(draft, before, len(data), found, now)
        if not refusal:
            outside.blobs.put(data)  # again: the same bytes may have been erased meanwhile
            if before:
                before.delete()
            row = draft.photos.create(
                name=name,
                digest=named,
                length=len(data),
                judged=_kept(found, name),
                added_at=now,
            )
    if refusal:
        _erase(outside, [named])
        return refusal
    if before:
        _erase(outside, [before.digest])
    return row


def _no_room(
    draft: CaptureDraft, before: DraftPhoto | None, length: int, found: Judged, now: datetime
) -> Refusal | None:
    """Return why a photograph is not kept, at the moment at which it would be."""
    if not CaptureDraft.objects.filter(pk=draft.pk).exists():
        return Refusal.because("capture.gone", "this capture was made or thrown away meanwhile")
    refusal = twins.may_capture(draft.twin, draft.model_id, now=now)
    if refusal:
        return refusal
    if before:
        if found.reasons and not judgment(before).reasons:
            text = f"the one that is there for `{before.name}` is better and stays"
            return Refusal((*found.reasons, *Refusal.because("capture.worse", text).reasons))
        return None
    if draft.photos.count() >= MOST_PHOTOS:
        text = f"{MOST_PHOTOS} photographs are there, and no more are kept: remove some first"
        return Refusal.because("capture.many", text)
    if (draft.photos.aggregate(n=Sum("length"))["n"] or 0) + length > MOST_BYTES:
        text = f"the photographs have {MOST_BYTES // 1024**3} GB together: save them smaller"
        return Refusal.because("capture.large", text)
    return None


def assign(
    outside: Outside,
    *,
    photo: DraftPhoto,
    slot: str,
    protocols: Sequence[Protocol],
    spots: Spots = MappingProxyType({}),
) -> DraftPhoto | Refusal:
    """Say for which slot a photograph is, and where points of it are, and judge it anew as that.

    Raises ``BadInput`` for what is no point and no place in the picture."""
    if not slot:
        return Refusal.because("capture.slot", "say which photograph of the protocol it is")
    wanted = _slot(protocols, slot)
    if wanted is None:
        return _no_slot(slot)
    if photo.draft.photos.filter(name=wanted.id).exclude(pk=photo.pk).exists():
        text = f"`{wanted.id}` is there already: remove or rename that one first"
        return Refusal.because("capture.slot_taken", text)
    card = _moved(photo, spots) if spots else judgment(photo).card
    if isinstance(card, Refusal):
        return card
    pixels = outside.pictures.decode(outside.blobs.get(Digest(photo.digest)), where=photo.name)
    found = look(wanted.id, pixels, card, views=wanted.views, strict=True)
    return _changed(photo, name=wanted.id, judged=_kept(found, wanted.id))


def move(outside: Outside, *, photo: DraftPhoto, spots: Spots) -> DraftPhoto | Refusal:
    """Move points of a photograph to where she says that they are, and judge it anew.

    Raises ``BadInput`` for what is no point and no place in the picture."""
    moved = _moved(photo, spots)
    if isinstance(moved, Refusal):
        return moved
    pixels = outside.pictures.decode(outside.blobs.get(Digest(photo.digest)), where=photo.name)
    return _changed(photo, judged=_kept(look(photo.name, pixels, moved), photo.name))


def _moved(photo: DraftPhoto, spots: Spots) -> Card | Refusal:
    card = judgment(photo).card
    if card is None:
        text = f"nobody was found on `{photo.name}` to lay points on: take it again"
        return Refusal.because("capture.no_person", text)
    return correct(card, spots)


def _changed(photo: DraftPhoto, **said: object) -> DraftPhoto | Refusal:
    """Keep what was found of a photograph, if it is there still."""
    if not DraftPhoto.objects.filter(pk=photo.pk).update(**said):
        return Refusal.because("capture.gone", "this photograph was removed meanwhile")
    photo.refresh_from_db()
    return photo


def remove(outside: Outside, *, photo: DraftPhoto) -> None:
    """Take a photograph out of a capture; its file is erased."""
    photo.delete()
    _erase(outside, [photo.digest])


def measure(
    draft: CaptureDraft, *, measurements: Mapping[str, float | None], shown_as: str = ""
) -> Refusal | None:
    """Keep her measurements, in centimeters by key, and the name under which a first twin
    appears; refuses those that are not plausible. What is not named stays as it is, and ``None``
    takes one away."""
    said = {**draft.measurements, **measurements}
    stay = {key: value for key, value in said.items() if value is not None}
    wrong = measured(stay, ())
    if wrong:
        return Refusal(wrong)
    draft.measurements = stay
    draft.shown_as = plain(shown_as, 120) or draft.shown_as
    draft.save(update_fields=["measurements", "shown_as"])
    return None


def make(
    outside: Outside,
    *,
    draft: CaptureDraft,
    by: str,
    passphrase: str,
    protocols: Sequence[Protocol],
    now: datetime,
) -> twins.Capture | Refusal:
    """Make a version of the twin of all that is good in a capture, as its model signs it; what is
    not good is erased. Refuses a capture that meets no protocol."""
    rows = judgments(draft)
    known = draft.photos.values_list("digest", flat=True)
    made = twins.make(
        outside,
        twin=draft.twin,
        shown_as=draft.shown_as,
        verdicts=[judged for _, judged in rows],
        file=lambda name: Digest(known.filter(name=name).first() or ""),
        measurements=draft.measurements,
        now=now,
        protocols=protocols,
        by=by,
        passphrase=passphrase,
    )
    if isinstance(made, Refusal):
        return made
    if made.twin is None:
        return Refusal(standing(draft, protocols)[1] or made.missing)
    discard(outside, draft=draft)
    return made


def discard(outside: Outside, *, draft: CaptureDraft) -> None:
    """Throw a capture away; its files are erased, but for those of a version."""
    with transaction.atomic():
        files = list(draft.photos.values_list("digest", flat=True))
        CaptureDraft.objects.filter(pk=draft.pk).delete()
    _erase(outside, files)


def files() -> dict[Digest, str]:
    """Return the files of every capture that goes on, with what each is."""
    withdrawn = SignedAct.objects.filter(act=twins.WITHDRAW).values("subject")
    rows = DraftPhoto.objects.select_related("draft").exclude(draft__twin__in=withdrawn)
    return {Digest(row.digest): f"a photograph for twin `{row.draft.twin}`" for row in rows}


def files_of(twin: str) -> list[str]:
    """Return the files of what goes on of a twin's capture that belong to nothing else."""
    rows = DraftPhoto.objects.filter(draft__twin=twin).values_list("digest", flat=True)
    files = sorted(set(rows))
    return [file for file in files if file not in _named_by_others(files, but=twin)]


def _named_by_others(files: Collection[str], *, but: str = "") -> set[str]:
    """Return which of some files another row needs than the capture of one twin."""
    drafts = DraftPhoto.objects.filter(digest__in=files).exclude(draft__twin=but)
    found = set(drafts.values_list("digest", flat=True))
    plates = TwinFile.objects.filter(digest__in=files, erased_at=None)
    found |= set(plates.values_list("digest", flat=True))
    found |= set(Picture.objects.filter(digest__in=files).values_list("digest", flat=True))
    found |= set(Seal.objects.filter(file__in=files).values_list("file", flat=True))
    for table in (Shoot, ShootDraft):
        for named in table.objects.values_list("files", flat=True).iterator():
            found |= set(named.values()) & set(files)
    return found


def _erase(outside: Outside, files: Collection[str]) -> None:
    """Erase files that no row needs. Who writes a row waits until they are gone, and puts its own
    file again: nothing comes to need one between the look and the erasure."""
    with transaction.atomic():
        for file in set(files) - _named_by_others(files):
            outside.blobs.delete(Digest(file))


def _no_slot(name: str) -> Refusal:
    return Refusal.because("capture.slot", f"`{name}` is no photograph of the protocol")


def _slot(protocols: Sequence[Protocol], name: str) -> Slot | None:
    found = (slot_of(protocol, name, None) for protocol in protocols)
    return next(filter(None, found), None) if name else None


def _kept(found: Judged, name: str) -> dict[str, object]:
    card = found.card and found.card.model_copy(update={"plate": name})
    return Kept.of(replace(found, card=card)).model_dump(mode="json", by_alias=True)


def _named(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower())[:36].strip("-") or "photograph"


def _free_name(draft: CaptureDraft, name: str) -> str:
    """Return a name that no photograph has: phones call every one of theirs the same."""
    taken = set(draft.photos.values_list("name", flat=True))
    names = [name, *(f"{name}-{number}" for number in range(2, MOST_PHOTOS + 2))]
    return next(each for each in names if each not in taken)

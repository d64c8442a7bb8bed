"""Pictures: made by an engine, decided on, answered by the model, made again from the recipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Case, Q, QuerySet, When

from sosie.core import grant, measuring
from sosie.core.comp import banded
from sosie.core.ports import Cancelled, Outside, Progress
from sosie.core.seal import SOURCE_TYPES
from sosie.core.studio import Card, EngineCard, Grade, Order, Pixels, Result, Stopped, spoken
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Use
from sosie.core.values import Digest, Outcome, Reason, Refusal, digest
from sosie.services import comp, life, log, party, sequence, shoot, workspace
from sosie.services import license as licenses
from sosie.store.models import License, Picture, SignedAct

APPROVE, REFUSE, RECOGNIZE = "picture.approve", "picture.refuse", "picture.recognize"
STOPPED = "picture.stopped"
"""Of a picture that stays ordered: it is made when the shoot goes on."""


class Replayed(NamedTuple):
    """A picture that was made again."""

    pixels: Pixels
    same: bool
    promised: bool
    """Whether its engine, in this version, promises the same pixels from the same recipe."""
    reasons: tuple[Reason, ...]
    """Why they may differ, where that is known."""


def make(
    outside: Outside, *, picture: str, progress: Progress, cancelled: Cancelled, now: datetime
) -> Picture | Refusal:
    """Have the engine make an ordered picture, and decide on it before and after.

    Revocation wins: the decision is made again in the transaction that records the pixels, and
    what is no longer allowed is erased. A picture whose engine gives up has failed, with the reason
    for people, and its place in the volume is free again; one that was stopped stays ordered.
    """
    row = Picture.objects.select_related("license", "shoot", "plate").filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    refusal = _not_ordered(row) or _decide(outside, row, now)
    if refusal:
        return refusal
    begun = perf_counter()
    result = _run(outside, row, progress, cancelled, now)
    if isinstance(result, Refusal):
        if result.reasons[0].code != STOPPED:
            _fail(row, result.reasons)
        return result
    seconds = perf_counter() - begun
    file = outside.blobs.put(outside.pictures.lossless(result.pixels))
    refusal = _decide(outside, row, now, made=_Made(file, result, seconds))
    if refusal:
        if file not in workspace.files():
            outside.blobs.delete(file)
        return refusal
    row.refresh_from_db()
    return row


def retry(outside: Outside, *, shoot: str, now: datetime) -> list[str] | Refusal:
    """Order the pictures of a shoot anew that have failed, if the license still has room for all
    of them; returns their ids. The brand's signed order covers them, as it did."""
    with transaction.atomic():
        rows = Picture.objects.select_related("license", "shoot").order_by("number")
        failed = list(rows.filter(shoot=shoot, status=Picture.Status.FAILED))
        if not failed:
            return Refusal.because("shoot.nothing_failed", f"no picture of `{shoot}` has failed")
        asked = [use_of(row, Act.MAKE) for row in failed]
        changes = {change for use in asked for change in use.alterations or ()}
        use = replace(
            asked[0], picture=None, alterations=tuple(sorted(changes)), pictures=len(asked)
        )
        license = failed[0].license
        decision, _ = licenses.decide(
            outside, license=license, use=use, on=life.day_of(license, now), now=now
        )
        if decision.outcome is not Outcome.ALLOWED:
            return Refusal(decision.reasons)
        ids = [row.pk for row in failed]
        Picture.objects.filter(pk__in=ids).update(status=Picture.Status.ORDERED, failure=[])
    return ids


def outcome(picture: str, said: Refusal | tuple[()] | None) -> Picture | Refusal:
    """Return what became of a picture that another process made: what it said, or ``None`` where
    the process died of it. Then the picture has failed, and its place is free again."""
    if said is None:
        text = "its engine took the whole process down; try again with `sosie shoot retry`"
        said = Refusal.because("engine.died", text)
        _fail(Picture.objects.get(pk=picture), said.reasons)
    row = Picture.objects.get(pk=picture)
    return row if row.digest or not isinstance(said, Refusal) else said


def answer(
    outside: Outside,
    *,
    picture: str,
    yes: bool,
    by: str,
    passphrase: str,
    now: datetime,
    note: str = "",
) -> Picture | Refusal:
    """Record the model's own, signed answer to one picture. No answer is never a yes."""
    row = Picture.objects.select_related("license").filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    if by != row.license.model_id:
        return Refusal.because(
            "picture.not_hers", f"`{by}` cannot answer for `{picture}`: only its model can"
        )
    refusal = _not_open(row, yes=yes) or (_withdrawn(row) if yes else None)
    if refusal:
        return refusal
    if yes and row.grade != Grade.FINAL:
        return Refusal.because(
            "picture.comp", f"`{picture}` is a layout comp ({'; '.join(row.warnings)}): refuse it"
        )
    act = APPROVE if yes else REFUSE
    statement = party.sign(
        outside,
        party=by,
        act=act,
        subject=picture,
        says={"file": row.digest, "note": note},
        passphrase=passphrase,
    )
    with transaction.atomic():
        if yes and (gone := _withdrawn(row)):
            return gone
        open_rows = Picture.objects.filter(pk=picture, status=row.status)
        kept = party.keep(statement, party=by, act=act, subject=picture, at=now)
        status = Picture.Status.APPROVED if yes else Picture.Status.REFUSED
        if not open_rows.update(status=status, answer=kept):
            transaction.set_rollback(True)
            return Refusal.because("picture.not_open", f"`{picture}` was answered meanwhile")
        log.append(
            outside,
            act=LogAct.PICTURE_APPROVED if yes else LogAct.PICTURE_REFUSED,
            record={"picture": picture, "file": row.digest, "note": note},
            now=now,
        )
    row.refresh_from_db()
    return row


def recognize(
    outside: Outside, *, picture: str, by: str, passphrase: str, now: datetime, note: str = ""
) -> Picture | Refusal:
    """Record the model's own, signed word that a picture which was undecided does show her.

    It is no approval: she answers for the picture after it. That it does not show her, she says by
    refusing it.
    """
    row = Picture.objects.select_related("license").filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    if by != row.license.model_id:
        text = f"`{by}` cannot say whether `{picture}` shows `{row.license.model_id}`: only she can"
        return Refusal.because("picture.not_hers", text)
    if row.status != Picture.Status.UNDECIDED:
        text = f"`{picture}` is {row.status}: there is no doubt to end"
        return Refusal.because("picture.not_open", text)
    if gone := _withdrawn(row):
        return gone
    says = {"file": row.digest, "shows": by, "note": note}
    statement = party.sign(
        outside, party=by, act=RECOGNIZE, subject=picture, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=RECOGNIZE, subject=picture, at=now)
        doubted = Picture.objects.filter(pk=picture, status=Picture.Status.UNDECIDED)
        if not doubted.update(status=Picture.Status.MADE, recognized=kept):
            transaction.set_rollback(True)
            return Refusal.because("picture.not_open", f"`{picture}` was answered meanwhile")
        said = {"picture": picture, "file": row.digest, "note": note}
        log.append(outside, act=LogAct.PICTURE_RECOGNIZED, record=said, now=now)
    row.refresh_from_db()
    return row


def replay(
    outside: Outside, *, picture: str, progress: Progress, now: datetime
) -> Replayed | Refusal:
    """Make a picture again from its recipe and say whether the pixels are the same, and whether
    its engine promises so: it does not for what another version of it made.

    To make it again is to make it: the license must still allow it.
    """
    row = Picture.objects.select_related("plate", "shoot", "license").filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    if row.recipe is None:
        return Refusal.because("picture.not_made", f"`{picture}` is {row.status}: no recipe yet")
    engine = shoot.find_engine(outside, row.shoot.engine)
    if isinstance(engine, Refusal):
        return engine
    today = life.day_of(row.license, now)
    decision = licenses.judge(row.license, use_of(row, Act.MAKE), on=today, reserved=1)
    if decision.outcome is not Outcome.ALLOWED:
        return Refusal(decision.reasons)
    result = _run(outside, row, progress, lambda: False, now)
    if isinstance(result, Refusal):
        return result
    same, card = _pixels(result.pixels) == row.pixels, engine.describe()
    other = _other_version(card, row.recipe)
    return Replayed(result.pixels, same, card.deterministic and not other, other)


def _other_version(card: EngineCard, recipe: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Return that a recipe is of another version of its engine, if it is."""
    version = recipe["engine"]["version"]
    if version == card.version:
        return ()
    text = f"made by {card.name} {version}, this is {card.name} {card.version}: pixels may differ"
    return (Reason("picture.other_engine", text),)


def use_of(row: Picture, act: Act, **facts: Any) -> Use:
    """Return the use of one picture that an act is, with what its shoot was ordered for."""
    meant = row.shoot.use
    known = {
        "purpose": meant["purpose"],
        "channel": meant["channel"],
        "territories": tuple(meant["territories"]),
        "alterations": Order.model_validate(row.order).alterations(),
        "depictions": tuple(meant.get("depicts", ())),
        "others": tuple(meant.get("others", ())),
        "garments": meant.get("garments") and tuple(meant["garments"]),
        "collections": meant.get("collections") and tuple(meant["collections"]),
        "twin_version": row.plate.version,
        "picture": row.id,
    }
    return Use(
        act=act,
        licensee=row.license.brand_id,
        twin=row.license.twin_id,
        **{**known, **facts},
    )


def card_of(row: Picture, pixels: Pixels) -> Card:
    """Return the card of the plate as it lies on a picture: in its size, and of a picture of
    another shape, as a finished one may be, only that she is somewhere in it."""
    card = Card.model_validate(row.plate.card)
    high, wide = pixels.shape[:2]
    x, y = wide / card.size[0], high / card.size[1]
    if abs(x / y - 1) > 0.01:
        return card.model_copy(
            update={"size": (wide, high), "landmarks": {}, "face": (0, 0, wide, high)}
        )
    places = {
        name: point and (round(point[0] * x), round(point[1] * y))
        for name, point in card.landmarks.items()
    }
    left, top, right, bottom = card.face
    face = (round(left * x), round(top * y), round(right * x), round(bottom * y))
    return card.model_copy(update={"size": (wide, high), "landmarks": places, "face": face})


def source_type(outside: Outside, row: Picture) -> str:
    """Return the URI of the IPTC digital source type of a picture that was made."""
    return SOURCE_TYPES + source_term(outside, row)


def source_term(outside: Outside, row: Picture) -> str:
    """Return the term itself: that of the picture's recipe, else that of its engine."""
    term = (row.recipe or {}).get("digital_source_type")
    return str(term or outside.engines[row.shoot.engine].describe().digital_source_type)


def weights(outside: Outside, row: Picture) -> str | None:
    """Return the trained weights that were at work in a picture: those that its recipe names, else
    those of its engine."""
    named = (row.recipe or {}).get("weights")
    return named or outside.engines[row.shoot.engine].describe().weights


def unknown(picture: str) -> Refusal:
    """Return the refusal for a picture id that is not in this workspace."""
    return Refusal.because("picture.unknown", f"no picture `{picture}` in this workspace")


def known(picture: str) -> Picture | None:
    """Return a picture with what it was ordered under, if there is one of this id."""
    rows = Picture.objects.select_related("license__brand", "shoot", "plate")
    return rows.filter(pk=picture).first()


def find_made(picture: str) -> Picture | Refusal:
    """Return a picture that has pixels."""
    row = Picture.objects.filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    if not row.digest:
        return Refusal.because("picture.not_made", f"`{picture}` is {row.status}: no pixels yet")
    return row


def overview(
    *, license: str = "", status: str = "", among: Q | None = None
) -> list[dict[str, Any]]:
    """Return the pictures of the workspace, or of one license or status or among some, in order of
    id."""
    rows = Picture.objects.select_related("plate").order_by(*sequence.pictures())
    rows = rows.filter(among) if among else rows
    rows = rows.filter(license=license) if license else rows
    rows = rows.filter(status=status) if status else rows
    return told(rows)


def matching(held: QuerySet[License], *, status: str = "", words: str = "") -> QuerySet[Picture]:
    """Return the pictures under some licenses, of one status, that hold each of some words in their
    id, or in the id, the title or a party of their license: the sealed ones first."""
    rows = Picture.objects.select_related("plate").filter(license__in=held)
    for word in words.split():
        named = Q(model__name__icontains=word) | Q(brand__name__icontains=word)
        among = held.filter(Q(pk__icontains=word) | Q(terms__title__icontains=word) | named)
        rows = rows.filter(Q(pk__icontains=word) | Q(license__in=among))
    rows = rows.filter(status=status) if status else rows
    unsealed = Case(When(status=Picture.Status.SEALED, then=0), default=1)
    return rows.order_by(unsealed, *sequence.pictures())


def told(rows: Iterable[Picture]) -> list[dict[str, Any]]:
    """Return pictures with their plates as plain JSON values."""
    return [
        {
            "picture": row.id,
            "license": row.license_id,
            "plate": row.plate.name,
            "status": row.status,
            "grade": row.grade,
            "order": row.order,
            "change_of": row.change_of_id,
            "doubts": row.doubts,
            "warnings": row.warnings,
            "failure": row.failure,
        }
        for row in rows
    ]


def story(picture: str) -> dict[str, Any] | Refusal:
    """Return all that is recorded of one picture, as plain values."""
    row = (
        Picture.objects.select_related("plate", "answer", "review__statement")
        .prefetch_related("decisions", "seals__entry")
        .filter(pk=picture)
        .first()
    )
    if row is None:
        return unknown(picture)
    said = row.answer
    return {
        "id": row.id,
        "status": row.status,
        "grade": row.grade,
        "plate": row.plate.name,
        "plate_file": row.plate.digest,
        "file": row.digest,
        "license": row.license_id,
        "order": spoken(Order.model_validate(row.order)),
        "change_of": row.change_of_id,
        "changes": list(row.changes.order_by("number").values_list("pk", flat=True)),
        "doubts": row.doubts,
        "failure": row.failure,
        "recipe": row.recipe,
        "decisions": list(row.decisions.order_by("id").values("act", "outcome", "reasons", "on")),
        "answer": {
            "act": said.act,
            "by": said.party_id,
            "at": said.at,
            "note": note_of(said),
        }
        if said
        else None,
        "review": _review(row),
        "seals": [
            {
                "number": seal.number,
                "kind": seal.channel or "master",
                "index": seal.entry.index,
                "at": seal.at,
            }
            for seal in row.seals.order_by("at")
        ],
    }


def _review(row: Picture) -> dict[str, Any] | None:
    said = getattr(row, "review", None)
    if said is None:
        return None
    act = said.statement
    return {"accepted": said.accepted, "at": act.at, "note": note_of(act)}


def note_of(said: SignedAct | None) -> str:
    """Return the note in a signed statement."""
    return str(json.loads(bytes(said.body)).get("note", "")) if said else ""


def pending(shoot: str) -> list[str]:
    """Return the ids of the pictures of a shoot that are still to be made, in order."""
    return _in_state(shoot, Picture.Status.ORDERED)


def failed(shoot: str) -> list[str]:
    """Return the ids of the pictures of a shoot that have failed, in order."""
    return _in_state(shoot, Picture.Status.FAILED)


def _in_state(shoot: str, status: Picture.Status) -> list[str]:
    rows = Picture.objects.filter(shoot=shoot, status=status).order_by("number")
    return list(rows.values_list("id", flat=True))


def _not_ordered(row: Picture) -> Refusal | None:
    if row.status == Picture.Status.ORDERED:
        return None
    return Refusal.because("picture.made", f"`{row.pk}` is {row.status} already")


def _not_open(row: Picture, *, yes: bool) -> Refusal | None:
    """Return why the model cannot answer for a picture now."""
    if row.status == Picture.Status.UNDECIDED and yes:
        why = "; ".join(doubt["text"] for doubt in row.doubts)
        text = (
            f"it is not certain that `{row.pk}` shows her ({why}): she says so first, with "
            "`sosie picture recognize`"
        )
        return Refusal.because("picture.undecided", text)
    if row.status not in (Picture.Status.UNDECIDED, Picture.Status.MADE):
        return Refusal.because("picture.not_open", f"`{row.pk}` is {row.status}: nothing to answer")
    return None


def _withdrawn(row: Picture) -> Refusal | None:
    """Return that the twin of a picture is gone, if she took back her consent to it."""
    if licenses.consent_is_live(row.license.twin):
        return None
    text = f"the consent for `{row.license.twin_id}` was withdrawn: `{row.pk}` can be refused only"
    return Refusal.because("consent.withdrawn", text)


def _run(
    outside: Outside, row: Picture, progress: Progress, cancelled: Cancelled, now: datetime
) -> Result | Refusal:
    """Grant one picture, which was just decided on, and have the engine make it.

    Whatever the engine raises is a refusal in words for people.
    """
    engine = shoot.find_engine(outside, row.shoot.engine)
    if isinstance(engine, Refusal):
        return engine
    unfit = shoot.unfit_for(engine, row.license)
    if unfit:
        return Refusal(unfit)
    order = Order.model_validate(row.order)
    assets, public = shoot.assets(outside, row), outside.keys.grant_public
    twin, given = row.license.twin_id, assets.materials
    if back := comp.came_back(outside, twin=twin, order=order, materials=given):
        return Refusal(back)
    signed = grant.issue(
        license=row.license_id,
        twin=twin,
        picture=row.pk,
        engine=row.shoot.engine,
        order=order,
        assets=assets,
        now=now,
        nonce=outside.random(16),
        sign=outside.keys.grant_sign,
    )
    try:
        result = grant.run(
            engine,
            order,
            replace(assets, grant=signed),
            license=row.license_id,
            twin=twin,
            picture=row.pk,
            public=public,
            at=now,
            progress=progress,
            cancelled=cancelled,
        )
    except Stopped as stop:
        text = f"{stop}; `{row.pk}` stays ordered: go on with `sosie shoot resume`"
        return Refusal.because(STOPPED, text)
    except (Exception, SystemExit) as error:
        return Refusal((shoot.broke(error),))
    faults = measuring.faults(result, engine.describe(), assets)
    if faults:
        return Refusal(faults)
    result = replace(result, doubts=measuring.doubts(result, order, assets))
    if result.grade == Grade.COMP:
        return replace(result, pixels=banded(result.pixels)[0])
    return result


class _Made(NamedTuple):
    """What an engine handed back, and the file that it lies in."""

    file: Digest
    result: Result
    seconds: float


def _decide(
    outside: Outside, row: Picture, now: datetime, made: _Made | None = None
) -> Refusal | None:
    """Decide on an ordered picture; with its pixels, record them under that decision, once."""
    with transaction.atomic():
        refusal = _not_ordered(Picture.objects.get(pk=row.pk))
        if refusal:
            return refusal
        use = use_of(row, Act.MAKE)
        license = License.objects.get(pk=row.license_id)
        today = life.day_of(license, now)
        if made is None:
            decision = licenses.judge(license, use, on=today, reserved=1)
        else:
            decision, _ = licenses.decide(
                outside, license=license, use=use, on=today, now=now, picture=row, reserved=1
            )
        if decision.outcome is not Outcome.ALLOWED:
            _fail(row, decision.reasons)
            return Refusal(decision.reasons)
        if made:
            _record(outside, row, made, now=now)
    return None


def _fail(row: Picture, reasons: tuple[Reason, ...]) -> None:
    Picture.objects.filter(pk=row.pk, status=Picture.Status.ORDERED).update(
        status=Picture.Status.FAILED, failure=[reason.as_dict() for reason in reasons]
    )


def _record(outside: Outside, row: Picture, made: _Made, *, now: datetime) -> None:
    result, doubts = made.result, [doubt.as_dict() for doubt in made.result.doubts]
    Picture.objects.filter(pk=row.pk).update(
        status=Picture.Status.UNDECIDED if doubts else Picture.Status.MADE,
        digest=made.file,
        pixels=_pixels(result.pixels),
        recipe=dict(result.recipe),
        grade=result.grade,
        metrics=dict(result.metrics),
        warnings=list(result.warnings),
        doubts=doubts,
        seconds=made.seconds,
        machine=shoot.MACHINE,
        made_at=now,
    )
    if result.grade == Grade.COMP:
        comp.keep(row, result.pixels)
    record = {"picture": row.pk, "file": made.file, "plate": row.plate.digest}
    record |= {"doubts": ", ".join(doubt["code"] for doubt in doubts)} if doubts else {}
    log.append(outside, act=LogAct.PICTURE_MADE, record=record, now=now)


def _pixels(pixels: Pixels) -> Digest:
    shape = "x".join(map(str, pixels.shape)).encode()
    return digest(shape + b"\n" + np.ascontiguousarray(pixels).tobytes())

"""Pictures: made by an engine, decided on, answered by the model, made again from the recipe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from sosie.core import grant
from sosie.core.ports import Cancelled, Outside, Progress
from sosie.core.seal import SOURCE_TYPES
from sosie.core.studio import Grade, Order, Pixels, Result
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Use
from sosie.core.values import Digest, Outcome, Refusal, digest
from sosie.services import license as licenses
from sosie.services import life, log, party, shoot
from sosie.store.models import License, Picture

APPROVE, REFUSE = "picture.approve", "picture.refuse"


def make(
    outside: Outside, *, picture: str, progress: Progress, cancelled: Cancelled, now: datetime
) -> Picture | Refusal:
    """Have the engine make an ordered picture, and decide on it before and after.

    Revocation wins: the decision is made again in the transaction that records the pixels, and
    what is no longer allowed is erased.
    """
    row = Picture.objects.select_related("license", "shoot", "plate").get(pk=picture)
    if row.status != Picture.Status.ORDERED:
        return Refusal.because("picture.made", f"`{picture}` is {row.status} already")
    refusal = _decide(outside, row, now)
    if refusal:
        return refusal
    result = _run(outside, row, progress, cancelled, now)
    data = outside.pictures.lossless(result.pixels)
    file = outside.blobs.put(data)
    refusal = _decide(outside, row, now, made=(file, result))
    if refusal:
        outside.blobs.delete(file)
        return refusal
    row.refresh_from_db()
    return row


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
    if row.status != Picture.Status.MADE:
        return Refusal.because(
            "picture.not_open", f"`{picture}` is {row.status}: nothing to answer"
        )
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
        open_rows = Picture.objects.filter(pk=picture, status=Picture.Status.MADE)
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


def replay(
    outside: Outside, *, picture: str, progress: Progress, now: datetime
) -> tuple[Pixels, bool] | Refusal:
    """Make a picture again from its recipe and say whether the pixels are the same.

    To make it again is to make it: the license must still allow it.
    """
    row = Picture.objects.select_related("plate", "shoot", "license").filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    if row.recipe is None:
        return Refusal.because("picture.not_made", f"`{picture}` is {row.status}: no recipe yet")
    engine = outside.engines[row.shoot.engine]
    version, ours = row.recipe["engine"]["version"], engine.describe().version
    if version != ours:
        return Refusal.because(
            "picture.other_engine",
            f"`{picture}` was made by version {version}; this is {ours}: its pixels may differ",
        )
    today = life.day_of(row.license, now)
    decision = licenses.judge(row.license, use_of(row, Act.MAKE), on=today, reserved=1)
    if decision.outcome is not Outcome.ALLOWED:
        return Refusal(decision.reasons)
    result = _run(outside, row, progress, lambda: False, now)
    return result.pixels, _pixels(result.pixels) == row.pixels


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
    }
    return Use(
        act=act,
        licensee=row.license.brand_id,
        twin=row.license.twin_id,
        picture=row.id,
        **{**known, **facts},
    )


def source_type(outside: Outside, row: Picture) -> str:
    """Return the URI of the IPTC digital source type of a picture that was made."""
    return SOURCE_TYPES + source_term(outside, row)


def source_term(outside: Outside, row: Picture) -> str:
    """Return the term itself: that of the picture's recipe, else that of its engine."""
    term = (row.recipe or {}).get("digital_source_type")
    return str(term or outside.engines[row.shoot.engine].describe().digital_source_type)


def unknown(picture: str) -> Refusal:
    """Return the refusal for a picture id that is not in this workspace."""
    return Refusal.because("picture.unknown", f"no picture `{picture}` in this workspace")


def find_made(picture: str) -> Picture | Refusal:
    """Return a picture that has pixels."""
    row = Picture.objects.filter(pk=picture).first()
    if row is None:
        return unknown(picture)
    if not row.digest:
        return Refusal.because("picture.not_made", f"`{picture}` is {row.status}: no pixels yet")
    return row


def overview(*, license: str = "", status: str = "") -> list[dict[str, Any]]:
    """Return the pictures of the workspace, or of one license or status, in order of id."""
    rows = Picture.objects.select_related("plate").order_by("id")
    rows = rows.filter(license=license) if license else rows
    rows = rows.filter(status=status) if status else rows
    return [
        {
            "picture": row.id,
            "license": row.license_id,
            "plate": row.plate.name,
            "status": row.status,
            "grade": row.grade,
            "order": row.order,
            "warnings": row.warnings,
            "failure": row.failure,
        }
        for row in rows
    ]


def story(picture: str) -> dict[str, Any] | Refusal:
    """Return all that is recorded of one picture, as plain values."""
    row = (
        Picture.objects.select_related("plate", "answer")
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
        "recipe": row.recipe,
        "decisions": list(row.decisions.order_by("id").values("act", "outcome", "reasons", "on")),
        "answer": {
            "act": said.act,
            "by": said.party_id,
            "at": said.at,
            "note": json.loads(bytes(said.body)).get("note", ""),
        }
        if said
        else None,
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


def pending(shoot: str) -> list[str]:
    """Return the ids of the pictures of a shoot that are still to be made, in order."""
    rows = Picture.objects.filter(shoot=shoot, status=Picture.Status.ORDERED).order_by("id")
    return list(rows.values_list("id", flat=True))


def _run(
    outside: Outside, row: Picture, progress: Progress, cancelled: Cancelled, now: datetime
) -> Result:
    """Grant one picture, which was just decided on, and have the engine make it."""
    engine, order = outside.engines[row.shoot.engine], Order.model_validate(row.order)
    assets, public = shoot.assets(outside, row), outside.keys.grant_public
    signed = grant.issue(
        license=row.license_id,
        twin=row.license.twin_id,
        picture=row.pk,
        engine=row.shoot.engine,
        order=order,
        assets=assets,
        now=now,
        nonce=outside.random(16),
        sign=outside.keys.grant_sign,
    )
    return grant.run(
        engine,
        order,
        replace(assets, grant=signed),
        public=public,
        at=now,
        progress=progress,
        cancelled=cancelled,
    )


def _decide(
    outside: Outside,
    row: Picture,
    now: datetime,
    made: tuple[Digest, Result] | None = None,
) -> Refusal | None:
    """Decide on an ordered picture; with its pixels, record them under that decision."""
    with transaction.atomic():
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
            reasons = [reason.as_dict() for reason in decision.reasons]
            Picture.objects.filter(pk=row.pk).update(status=Picture.Status.FAILED, failure=reasons)
            return Refusal(decision.reasons)
        if made:
            _record(outside, row, *made, now=now)
    return None


def _record(outside: Outside, row: Picture, file: Digest, result: Result, *, now: datetime) -> None:
    Picture.objects.filter(pk=row.pk).update(
        status=Picture.Status.MADE,
        digest=file,
        pixels=_pixels(result.pixels),
        recipe=dict(result.recipe),
        grade=result.grade,
        metrics=dict(result.metrics),
        warnings=list(result.warnings),
        made_at=now,
    )
    record = {"picture": row.pk, "file": file, "plate": row.plate.digest}
    log.append(outside, act=LogAct.PICTURE_MADE, record=record, now=now)


def _pixels(pixels: Pixels) -> Digest:
    shape = "x".join(map(str, pixels.shape)).encode()
    return digest(shape + b"\n" + np.ascontiguousarray(pixels).tobytes())

"""Changes: a picture that is asked for in place of another, which is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from sosie.core.ports import Outside
from sosie.core.studio import Order
from sosie.core.transparency import LogAct
from sosie.core.use import Act
from sosie.core.values import BadInput, Outcome, Refusal, canonical, digest
from sosie.services import license as licenses
from sosie.services import life, log, party, shoot
from sosie.services import picture as pictures
from sosie.services import twin as twins
from sosie.store.models import Picture, Shoot

CHANGE = "picture.change"


def order(
    outside: Outside,
    *,
    picture: str,
    settings: Mapping[str, str],
    note: str,
    by: str,
    passphrase: str,
    now: datetime,
) -> Picture | Refusal:
    """Order a picture in place of another: in the same shoot, under the same license, counted as
    one more, and decided on as every order is. The brand or the model signs what she asks for.

    ``settings`` are fields of the order by their path (`backdrop.scene`); without any, the note
    says to people what is asked for, and the same order is made with another seed.
    """
    row = Picture.objects.select_related("license", "shoot").filter(pk=picture).first()
    if row is None:
        return pictures.unknown(picture)
    if by not in (row.license.brand_id, row.license.model_id):
        text = f"`{by}` can ask for no change of `{picture}`: its brand and its model can"
        return Refusal.because("picture.not_yours", text)
    if not row.digest:
        return Refusal.because("picture.not_made", f"`{picture}` is {row.status}: not made yet")
    if not note.strip():
        text = "say in words what is to be different: whoever looks at the board reads it"
        return Refusal.because("change.unsaid", text)
    wanted = changed(Order.model_validate(row.order), settings)
    number = _next_number(row.shoot)
    refusal = _unfit(outside, row, number, wanted)
    if refusal:
        return refusal
    new = shoot.picture_id(row.shoot_id, number)
    asked = digest(canonical(wanted.model_dump(mode="json")))
    says = {"changes": picture, "order": asked, "note": note}
    statement = party.sign(
        outside, party=by, act=CHANGE, subject=new, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        if retired := twins.retired(row.license.twin_id):
            return retired
        if number != _next_number(row.shoot):
            text = "another change was ordered meanwhile; ask again"
            return Refusal.because("shoot.busy", text)
        use = pictures.use_of(row, Act.MAKE, alterations=wanted.alterations(), picture=None)
        decision, _ = licenses.decide(
            outside, license=row.license, use=use, on=life.day_of(row.license, now), now=now
        )
        if decision.outcome is not Outcome.ALLOWED:
            return Refusal(decision.reasons)
        kept = party.keep(statement, party=by, act=CHANGE, subject=new, at=now)
        made = shoot.add_picture(row.shoot, number, wanted, change_of=row, change=kept)
        record = {"picture": new, **says, "by": by}
        log.append(outside, act=LogAct.CHANGE_ORDERED, record=record, now=now)
    return made


def changed(order: Order, settings: Mapping[str, str]) -> Order:
    """Return an order with some fields set, by path; `none` takes a field away.

    Raises ``BadInput`` for a field that is none, or a value that it cannot have.
    """
    said = order.model_dump(mode="json")
    for path, value in settings.items():
        *parents, last = path.split(".")
        at: Any = said
        for key in parents:
            if not isinstance(at, dict):
                break
            at[key] = at.get(key) or {}
            at = at[key]
        if not isinstance(at, dict):
            raise _bad(path, "it has no such field")
        at[last] = _value(last, value)
    if not settings:
        said["seed"] = (order.seed + 1) % 2**32
    try:
        return Order.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _bad(".".join(map(str, first["loc"])), first["msg"].lower()) from None


def _value(field: str, value: str) -> Any:
    if value == "none":
        return None
    return [part.strip() for part in value.split(",")] if field == "changes" else value


def _bad(path: str, what: str) -> BadInput:
    remedy = "see the fields of a picture in docs/formats/shoot.md"
    return BadInput(what, where=path, remedy=remedy, code="order.field")


def _unfit(outside: Outside, row: Picture, number: int, wanted: Order) -> Refusal | None:
    """Return why the engine of a shoot cannot take an order."""
    engine = shoot.find_engine(outside, row.shoot.engine)
    if isinstance(engine, Refusal):
        return engine
    known = [name for name in wanted.files() if name in row.shoot.files]
    materials = shoot.materials_of(outside, row.shoot, known)
    reasons = shoot.checks(outside, engine, row.license, materials)(number, wanted)
    return Refusal(reasons) if reasons else None


def _next_number(row: Shoot) -> int:
    return row.pictures.count() + 1

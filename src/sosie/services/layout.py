"""Layouts of pictures that were made: what a line sheet and a comp show of them."""

from __future__ import annotations

from dataclasses import dataclass

from sosie.core.studio import Card, Order
from sosie.core.values import Digest, Reason, Refusal
from sosie.services.picture import find_made, note_of
from sosie.store.models import Picture, Plate, Shoot


@dataclass(frozen=True, slots=True)
class Made:
    """A picture, what was ordered, and the card of its plate."""

    id: str
    order: Order
    card: Card
    file: Digest | None
    """None: it is not made, or it was refused or erased."""
    why: tuple[Reason, ...] = ()
    """Why there is no file to show."""


def one(picture: str) -> Made | Refusal:
    """Return one picture that has pixels."""
    row = find_made(picture)
    return row if isinstance(row, Refusal) else _made(row)


def of_shoot(shoot: str) -> list[Made] | Refusal:
    """Return the pictures of a shoot in the order of their numbers."""
    if not Shoot.objects.filter(pk=shoot).exists():
        return Refusal.because("shoot.unknown", f"no shoot `{shoot}` in this workspace")
    rows = Picture.objects.select_related("plate", "answer").filter(shoot=shoot).order_by("number")
    return [_made(row) for row in rows]


def _made(row: Picture) -> Made:
    plate: Plate = row.plate
    why = _hidden(row)
    return Made(
        row.id,
        Order.model_validate(row.order),
        Card.model_validate(plate.card),
        None if why else Digest(row.digest),
        why,
    )


def _hidden(row: Picture) -> tuple[Reason, ...]:
    """Return why a picture is not shown, if it is not."""
    if row.status == Picture.Status.FAILED:
        return tuple(Reason(**reason) for reason in row.failure)
    if row.status == Picture.Status.REFUSED:
        note = note_of(row.answer)
        return (Reason("picture.refused", f"refused by its model{f': {note}' if note else ''}"),)
    return () if row.digest else (Reason("picture.not_made", "not made yet"),)

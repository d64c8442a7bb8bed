"""Layouts of pictures that were made: what a line sheet and a comp show of them."""

from __future__ import annotations

from dataclasses import dataclass

from sosie.core.studio import Card, Order
from sosie.core.values import Digest, Refusal
from sosie.services.picture import find_made
from sosie.store.models import Picture, Plate, Shoot


@dataclass(frozen=True, slots=True)
class Made:
    """A picture, what was ordered, and the card of its plate."""

    id: str
    order: Order
    card: Card
    file: Digest | None
    """None: it is not made, or it was refused or erased."""


def one(picture: str) -> Made | Refusal:
    """Return one picture that has pixels."""
    row = find_made(picture)
    return row if isinstance(row, Refusal) else _made(row)


def of_shoot(shoot: str) -> list[Made] | Refusal:
    """Return the pictures of a shoot in the order of their numbers."""
    if not Shoot.objects.filter(pk=shoot).exists():
        return Refusal.because("shoot.unknown", f"no shoot `{shoot}` in this workspace")
    rows = Picture.objects.select_related("plate").filter(shoot=shoot).order_by("id")
    return [_made(row) for row in rows]


def _made(row: Picture) -> Made:
    plate: Plate = row.plate
    shown = row.digest and row.status not in (Picture.Status.REFUSED, Picture.Status.FAILED)
    return Made(
        row.id,
        Order.model_validate(row.order),
        Card.model_validate(plate.card),
        Digest(row.digest) if shown else None,
    )

"""Who makes the pictures of a shoot, and what is heard of them meanwhile.

Who sits at a terminal makes them there (`sosie shoot run`). On the pages they are started, and made
by a worker, which finds in the database what there is to do: a kill loses nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sosie.core.values import Refusal
from sosie.services import sequence
from sosie.services import shoot as shoots
from sosie.store.models import Picture, Shoot
from sosie.store.studio import Making

HEARD = timedelta(seconds=60)
"""For which somebody who said something counts as at work."""
DEATHS = 4
"""That end without a word before a picture has failed: a kill is no fault of it."""
_ROOM = 80


def start(shoot: str) -> Shoot | Refusal:
    """Have a worker make what is still to be made of a shoot, paused or not."""
    row = shoots.find(shoot)
    if isinstance(row, Refusal):
        return row
    Making.objects.update_or_create(shoot=row, defaults={"started": True})
    return shoots.pause(shoot, paused=False)


def to_do() -> list[tuple[str, str]]:
    """Return the next picture of each shoot that a worker is to make, as shoot and picture, the
    oldest shoot first."""
    rows = Picture.objects.filter(
        status=Picture.Status.ORDERED, shoot__making__started=True, shoot__paused=False
    )
    found: dict[str, str] = {}
    for shoot, id in rows.order_by(*sequence.pictures()).values_list("shoot_id", "id"):
        found.setdefault(shoot, id)
    return list(found.items())


def tell(picture: str, share: float, what: str, *, now: datetime) -> None:
    """Say how far a picture in work is: a share of 0 to 1, and what is done."""
    shoot = picture.rpartition("-")[0]
    said = {"picture": picture, "share": share, "what": what[:_ROOM], "heard_at": now}
    Making.objects.update_or_create(shoot_id=shoot, defaults=said)


def begins(shoot: str, picture: str) -> bool:
    """Say that a picture is begun, by whoever holds its shoot alone; returns whether it may be:
    not once ``DEATHS`` that were at work on it ended without a word, as for want of memory."""
    row, _ = Making.objects.get_or_create(shoot_id=shoot)
    row.deaths = row.deaths + 1 if row.picture == picture else 0
    row.picture = picture
    row.save(update_fields=["picture", "deaths"])
    return row.deaths < DEATHS


def rests(shoot: str) -> None:
    """Say that nobody is at work on a shoot any more."""
    Making.objects.filter(shoot=shoot).update(picture="", share=0.0, what="", deaths=0)


def of(shoot: Shoot, *, now: datetime) -> Making:
    """Return how the making of a shoot stands; of whoever was not heard of lately, as after a kill,
    nothing is told."""
    row = Making.objects.filter(shoot=shoot).first() or Making(shoot=shoot)
    if row.heard_at is None or now - row.heard_at > HEARD:
        row.picture = ""
    return row

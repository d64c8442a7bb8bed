"""What is sent to places: releases with their records, and orders to take them down.

Everything is sent at least once, in the order in which it was let go, by whoever runs the errands:
nothing outside is called here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from sosie.core.ports import Outside
from sosie.core.s3 import Request
from sosie.core.values import Refusal
from sosie.services import channel, hook, life, place
from sosie.services import release as releases
from sosie.store.models import SignedAct
from sosie.store.places import Errand, Place

What = Errand.What

TOMBSTONE = "taken-down.json"


@dataclass(frozen=True, slots=True)
class Job:
    """One errand as the requests that do it, one after the other."""

    errand: int
    requests: tuple[Request, ...]


def order_down(*, now: datetime) -> int:
    """Leave an errand for every place where something may be that may not stay: its license is
    over, or the brand signed that it is down. Returns how many."""
    there = Errand.objects.filter(what=What.DELIVER, tried_at__isnull=False)
    ordered = Errand.objects.filter(what=What.TAKE_DOWN, place=OuterRef("place"))
    there = there.exclude(Exists(ordered.filter(release=OuterRef("release"))))
    brands = set(there.values_list("place__brand", flat=True))
    if not brands:
        return 0
    over = {each.seal for each in channel.take_downs(brands, now=now)}
    down = SignedAct.objects.filter(act=life.TAKEN_DOWN, party__in=brands)
    rows = there.filter(release__in={*over, *down.values_list("subject", flat=True)})
    made = Errand.objects.bulk_create(
        Errand(
            place_id=each.place_id,
            release_id=each.release_id,
            what=What.TAKE_DOWN,
            names=each.names,
            made_at=now,
        )
        for each in rows
    )
    return len(made)


def due(outside: Outside, *, now: datetime) -> Job | None:
    """Return what is to be sent next, decided on anew; what may not go out any more is given up,
    with why."""
    rows = Errand.objects.select_related("place", "release__seal__picture__license")
    waiting = rows.filter(Q(next_at=None) | Q(next_at__lte=now), state=place.State.WAITING)
    for row in waiting.order_by("pk"):
        how = _deliver if row.what == What.DELIVER else _down
        try:
            requests: list[Request] | Refusal = how(outside, row, now)
        except LookupError as error:  # of one, the others are no less due
            requests = Refusal.because("place.lost", str(error))
        if not isinstance(requests, Refusal):
            Errand.objects.filter(pk=row.pk, tried_at=None).update(tried_at=now)
            return Job(row.pk, tuple(requests))
        place.give_up(row.pk, requests.reasons[0].text)
    return None


def _deliver(outside: Outside, row: Errand, now: datetime) -> list[Request] | Refusal:
    if row.place.ended_at is not None:
        return Refusal.because("place.ended", f"place `{row.place_id}` was ended")
    down = SignedAct.objects.filter(act=life.TAKEN_DOWN, subject=row.release_id)
    ordered = Errand.objects.filter(what=What.TAKE_DOWN, place=row.place, release=row.release)
    if down.exists() or ordered.exists():
        return Refusal.because("release.taken_down", f"`{row.release_id}` is taken down")
    shown = releases.file(outside, number=row.release_id, now=now)
    if isinstance(shown, Refusal):
        return shown
    files = releases.packed(outside, number=row.release_id)
    if isinstance(files, Refusal):
        return files
    if not row.place.endpoint:
        words = json.loads(files["delivery.json"])
        said = {
            "delivery": words,
            "record": json.loads(files[f"{words['file']}.sosie.json"]),
            "file": f"/api/v1/releases/{row.release_id}/file",
        }
        return [_event(row, "release.delivered", said, now)]
    names = {name: f"{row.release_id}/{name}" for name in files}
    Errand.objects.filter(pk=row.pk).update(names=list(names.values()))
    bucket = place.store(outside, row.place)
    # The words last: whoever sees them finds the rest.
    last = sorted(files, key=lambda name: (name == "delivery.json", name))
    return [bucket.put(names[name], files[name], now=now) for name in last]


def _down(outside: Outside, row: Errand, now: datetime) -> list[Request]:
    if not row.place.endpoint:
        orders = channel.take_downs({row.place.brand_id}, now=now)
        dues = [each.due.isoformat() for each in orders if each.seal == row.release_id]
        return [_event(row, "release.take_down", {"due": dues[0] if dues else None}, now)]
    bucket = place.store(outside, row.place)
    requests = [bucket.delete(name, now=now) for name in row.names]
    if row.place.ending == Place.Ending.TOMBSTONE:
        said = {"sosie": "taken-down/1", **_ids(row), "at": row.made_at.isoformat()}
        data = json.dumps(said, indent=2).encode() + b"\n"
        requests.append(bucket.put(f"{row.release_id}/{TOMBSTONE}", data, now=now))
    return requests


def _ids(row: Errand) -> dict[str, str]:
    picture = row.release.seal.picture
    return {
        "seal": row.release_id,
        "picture": picture.pk,
        "license": picture.license_id,
        "channel": row.release.channel,
        "account": row.release.account,
    }


def _event(row: Errand, kind: str, more: dict[str, Any], now: datetime) -> Request:
    data = {"errand": row.pk, **_ids(row), "territories": row.release.territories, **more}
    said = {"type": kind, "timestamp": row.made_at.isoformat(), "data": data}
    body = json.dumps(said, ensure_ascii=False).encode()
    key, id = place.signing_key(row.place_id), f"{row.place_id}.{row.pk}"
    return Request("POST", row.place.address, hook.signed(key, id, body, now=now), body)

"""Places: where a brand has what it releases on a channel sent, and what was sent there.

A release that is let go leaves an errand for each place of its channel, in the same transaction;
`services/delivery.py` runs them.
"""

from __future__ import annotations

import base64
import json
from base64 import b32encode
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from sosie.core import s3
from sosie.core.addresses import names_private
from sosie.core.ports import Outside
from sosie.core.terms import Channel
from sosie.core.values import BadInput, Refusal
from sosie.services import party as parties
from sosie.services.hook import PAUSES
from sosie.store.models import Party, Release
from sosie.store.places import Errand, Place

State, What = Errand.State, Errand.What
DONE = (State.DELIVERED, State.ACKNOWLEDGED)
COLUMNS = (
    *("errand", "what", "state", "why", "seal", "channel", "place", "address"),
    *("made", "delivered", "acknowledged", "next"),
)
"""Of errands; a column keeps its place and its meaning."""
TIMES = COLUMNS[-4:]


def name(
    outside: Outside,
    *,
    brand: str,
    channel: Channel,
    address: str,
    endpoint: str = "",
    region: str = "",
    key_id: str = "",
    secret: str = "",
    ending: str = Place.Ending.DELETE,
    private: bool = False,
    now: datetime,
) -> Place | Refusal:
    """Name a place for what a brand releases on a channel from now on: `s3://BUCKET/PREFIX` with
    credentials of its own, or the `https://` address of a webhook.

    ``private``: whether whoever runs the workspace lets places be in a private network. One that
    stands already is refused: everything would go there twice. Raises ``BadInput``:
    ``s3.address``, ``place.address``, ``place.credentials``, ``key.passphrase``.
    """
    refusal = parties.absent({brand: Party.Kind.BRAND})
    if refusal:
        return refusal
    bucket = address.startswith("s3://")
    if bucket:
        s3.place(address)
        region = region or "us-east-1"
        endpoint = (endpoint or f"https://s3.{region}.amazonaws.com").rstrip("/")
        if not (key_id and secret and _plain(key_id + secret + region)):
            raise BadInput(
                "a bucket is written to with credentials of its own",
                where=address,
                remedy="give the id of an access key and its secret, of this bucket alone",
                code="place.credentials",
            )
    _checked(endpoint if bucket else address, private=private, bare=bucket)
    outside.log_key.sign(b"")  # under a wrong passphrase nothing is kept
    known = Place.objects.filter(brand=brand, channel=channel, address=address, ended_at=None)
    if (there := known.first()) and (not bucket or there.endpoint == endpoint):
        text = f"`{address}` is a place of this channel already (`{there.pk}`): end that one first"
        return Refusal.because("place.named", text)
    id = b32encode(outside.random(5)).decode().lower()
    kept = json.dumps({"key_id": key_id, "secret": secret}).encode()
    return Place.objects.create(
        id=id,
        brand_id=brand,
        channel=channel,
        address=address,
        endpoint=endpoint if bucket else "",
        region=region if bucket else "",
        ending=ending,
        credentials=outside.place_keys.encrypt(id, kept) if bucket else b"",
        made_at=now,
    )


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _checked(url: str, *, private: bool, bare: bool) -> None:
    """Raise ``BadInput`` unless an address may be sent to: where it leads is looked at again each
    time that something is sent (`adapters/hooks.py`)."""
    try:
        parts = urlsplit(url)
        holds = bool(parts.hostname) and (parts.port is None or parts.port > 0) and _plain(url)
        str(parts.hostname).encode("idna")  # a name that none can be, such as `a..b`
    except ValueError:
        holds = False
    schemes = ("https", "http") if private else ("https",)
    if not holds or parts.scheme not in schemes or _odd(parts, bare=bare):
        raise BadInput(
            "nothing is sent to it",
            where=url[:80],
            remedy="name `https://…`, without a user or a fragment",
            code="place.address",
        )
    if not private and names_private(str(parts.hostname)):
        raise BadInput(
            "it is an address of this machine or a private network",
            where=url[:80],
            remedy="name one that anybody can reach, or have the operator allow private places",
            code="place.address",
        )


def _odd(parts: SplitResult, *, bare: bool) -> bool:
    return bool(parts.username or parts.fragment or (bare and (parts.path or parts.query)))


def secret(place: str) -> str:
    """Return the secret that what a place is told is signed with, as that of a webhook."""
    return "whsec_" + base64.b64encode(signing_key(place)).decode()


def signing_key(place: str) -> bytes:
    """Return that secret as bytes."""
    return salted_hmac("sosie.place/1", place, algorithm="sha256").digest()


def store(outside: Outside, row: Place) -> s3.Store:
    """Return the bucket of a place with its credentials."""
    bucket, prefix = s3.place(row.address)
    keys = json.loads(outside.place_keys.decrypt(row.pk, bytes(row.credentials)))
    return s3.Store(bucket, prefix, row.endpoint, row.region, **keys)


def end(outside: Outside, place: str, *, now: datetime) -> Place | Refusal:
    """Send nothing new to a place. What went there is still taken down when it must be; then its
    credentials are erased."""
    ended = Place.objects.filter(pk=place, ended_at=None).update(ended_at=now)
    if not ended:
        return Refusal.because("place.unknown", f"nothing is sent to a place `{place}`")
    forget(outside, place)
    return Place.objects.get(pk=place)


def forget(outside: Outside, place: str) -> None:
    """Erase the credentials of a place that was ended and where nothing is left to be done."""
    rows = Errand.objects.filter(place=place)
    down = rows.filter(what=What.TAKE_DOWN, state=State.ACKNOWLEDGED).values("release")
    left = rows.filter(tried_at__isnull=False).exclude(release__in=down)  # of some, a part went
    ended = Place.objects.filter(pk=place, ended_at__isnull=False).exclude(credentials=b"")
    if not left.exists() and ended.update(credentials=b""):
        outside.place_keys.forget(place)


def reserve(release: Release, *, brand: str, now: datetime) -> None:
    """Leave an errand for each place of the channel of a release, inside the caller's
    transaction."""
    rows = Place.objects.filter(brand=brand, channel=release.channel, ended_at=None)
    Errand.objects.bulk_create(
        Errand(place=row, release=release, what=What.DELIVER, made_at=now) for row in rows
    )


def told(
    outside: Outside, errand: int, *, status: int | None, error: str = "", now: datetime
) -> Errand:
    """Record how a try ended: done, to be tried again later, or given up with why."""
    with transaction.atomic():
        row = Errand.objects.select_for_update().select_related("place").get(pk=errand)
        if row.state != State.WAITING:
            return row
        if status is not None and 200 <= status < 300:
            # A store that deleted has said so itself; whoever runs a webhook says so later.
            gone = row.what == What.TAKE_DOWN and row.place.address.startswith("s3://")
            row.state, row.delivered_at = State.DELIVERED, now
            row.why, row.next_at, row.failures = "", None, 0
            if gone:
                row.state, row.acknowledged_at = State.ACKNOWLEDGED, now
        else:
            row.why = (error or f"it answered {status}")[:200]
            if row.failures >= len(PAUSES):
                row.state, row.next_at = State.FAILED, None
            else:
                row.next_at = now + PAUSES[row.failures]
                row.failures += 1
        row.save()
    forget(outside, row.place_id)
    return row


def give_up(errand: int, why: str) -> None:
    """Record that there is nothing to be sent any more, and why."""
    Errand.objects.filter(pk=errand, state=State.WAITING).update(
        state=State.FAILED, why=why[:200], next_at=None
    )


def acknowledge(outside: Outside, errand: int, *, now: datetime) -> Errand | Refusal:
    """Record that whoever runs a place says that it was done."""
    done = Errand.objects.filter(pk=errand, state=State.DELIVERED)
    if not done.update(state=State.ACKNOWLEDGED, acknowledged_at=now):
        text = f"errand {errand} is not delivered, or acknowledged already"
        return Refusal.because("errand.not_delivered", text)
    row = Errand.objects.get(pk=errand)
    forget(outside, row.place_id)
    return row


def again(errand: int) -> Errand | Refusal:
    """Try what failed again, from now on."""
    failed = Errand.objects.filter(pk=errand, state=State.FAILED)
    if not failed.update(state=State.WAITING, failures=0, next_at=None):
        return Refusal.because("errand.not_failed", f"errand {errand} did not fail")
    return Errand.objects.get(pk=errand)


def known(place: str) -> Place | None:
    """Return a place, if there is one of this id."""
    return Place.objects.filter(pk=place).first()


def errand(id: int) -> Errand | None:
    """Return an errand, if there is one of this number."""
    return Errand.objects.select_related("place").filter(pk=id).first()


def of(brands: Collection[str]) -> list[Place]:
    """Return the places of some brands, the newest last."""
    return list(Place.objects.filter(brand__in=brands).order_by("made_at", "pk"))


def listed(rows: Iterable[Place]) -> list[dict[str, Any]]:
    """Return places as plain values, without what opens them."""
    return [
        {
            "place": row.pk,
            "brand": row.brand_id,
            "channel": row.channel,
            "address": row.address,
            "endpoint": row.endpoint,
            "ending": row.ending if row.endpoint else "",
            "stands": row.ended_at is None,
        }
        for row in rows
    ]


def errands(among: Q) -> QuerySet[Errand]:
    """Return errands among some, the newest first."""
    return Errand.objects.select_related("place").filter(among).order_by("-pk")


def said(rows: Iterable[Errand]) -> list[dict[str, Any]]:
    """Return errands as plain values."""
    return [
        {
            "errand": row.pk,
            "what": row.what,
            "state": row.state,
            "why": row.why,
            "seal": row.release_id,
            "channel": row.place.channel,
            "place": row.place_id,
            "address": row.place.address,
            "made": row.made_at,
            "delivered": row.delivered_at,
            "acknowledged": row.acknowledged_at,
            "next": row.next_at,
        }
        for row in rows
    ]

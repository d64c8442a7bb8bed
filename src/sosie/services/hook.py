"""Webhooks: a party's own address is told what happens to its licenses and pictures.

The log is the outbox: what was done stands there in its order, written with the act itself, so that
nothing is told that was not done, and nothing is lost. Each is told at least once, in order, signed
as Standard Webhooks 1.0 says, and holds ids alone: whoever is told asks the API for the rest.
"""

from __future__ import annotations

import base64
import hmac
import json
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.crypto import salted_hmac

from sosie.account_store.models import Delivery, Hook
from sosie.core.ports import Outside
from sosie.core.transparency import Leaf, LogAct
from sosie.core.values import BadInput, Refusal
from sosie.services import log
from sosie.services import party as parties
from sosie.store.models import License, LogEntry, Picture

EVENTS = frozenset(
    {
        *(LogAct.LICENSE_DRAFTED, LogAct.LICENSE_ASKED, LogAct.LICENSE_COUNTERED),
        *(LogAct.LICENSE_PROPOSED, LogAct.LICENSE_AGREED, LogAct.LICENSE_DECLINED),
        *(LogAct.LICENSE_REVOKED, LogAct.LICENSE_SUSPENDED, LogAct.LICENSE_RESUMED),
        *(LogAct.LICENSE_SUPERSEDED, LogAct.CONTRACT_MADE, LogAct.CONTRACT_SIGNED),
        *(LogAct.MEMO_DELIVERED, LogAct.MEMO_ACCEPTED, LogAct.SHOOT_ORDERED),
        *(LogAct.PICTURE_MADE, LogAct.PICTURE_APPROVED, LogAct.PICTURE_REFUSED),
        *(LogAct.PICTURE_SEALED, LogAct.PICTURE_RELEASED, LogAct.CHANGE_ORDERED),
        *(LogAct.PICTURE_ACCEPTED, LogAct.PICTURE_DECLINED, LogAct.RELEASE_TAKEN_DOWN),
    }
)
"""What is told; an agency's advice is the model's alone, and is not."""
PAUSES = tuple(timedelta(seconds=each) for each in (5, 60, 300, 1800, 7200, 18_000, 36_000, 36_000))
"""Before each next try; after the last an event is passed over: about thirty hours."""
_IDS = ("license", "shoot", "picture", "seal")
_AT_ONCE = 500
_GONE = 410


@dataclass(frozen=True, slots=True)
class Job:
    """One event that is to be told now."""

    hook: str
    url: str
    index: int
    event: str
    body: bytes
    headers: Mapping[str, str]


def create(outside: Outside, *, party: str, url: str, now: datetime) -> Hook | Refusal:
    """Register an address of a party; it is told what happens from now on.

    Raises ``BadInput`` (``hook.url``) for what is neither `https://` nor of this machine.
    """
    if parties.known(party) is None:
        return Refusal.because("party.unknown", f"no party `{party}` has joined this workspace")
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    if not (parts.hostname and (parts.scheme == "https" or here)):
        remedy = "name `https://…`, or a server of this machine"
        raise BadInput("nothing is told to it", where=url[:80], remedy=remedy, code="hook.url")
    id = b32encode(outside.random(5)).decode().lower()
    return Hook.objects.create(id=id, party_id=party, url=url, made_at=now, after=log.size() - 1)


def secret(hook: str) -> str:
    """Return the secret that what is told to an address is signed with: made from the key of the
    pages (`keys/web.key`), and kept nowhere."""
    return "whsec_" + base64.b64encode(_secret(hook)).decode()


def _secret(hook: str) -> bytes:
    return salted_hmac("sosie.webhook/1", hook, algorithm="sha256").digest()


def end(hook: str, *, now: datetime) -> Hook | Refusal:
    """Tell an address nothing more."""
    row = Hook.objects.filter(pk=hook, ended_at=None).first()
    if row is None:
        return Refusal.because("hook.unknown", f"no webhook `{hook}` is told anything")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    return row


def due(*, now: datetime) -> list[Job]:
    """Return what is to be told now: for each address the next event, if it is time for it."""
    rows = Hook.objects.filter(ended_at=None).order_by("pk")
    found = (_next(row, now) for row in rows if row.next_at is None or row.next_at <= now)
    return [job for job in found if job]


def told(job: Job, *, status: int | None, error: str = "", now: datetime) -> None:
    """Record how a try ended: done, to be tried again later, or passed over; an address that is
    gone (410) is told nothing more."""
    with transaction.atomic():
        row = Hook.objects.select_for_update().get(pk=job.hook)
        Delivery.objects.create(
            hook=row, index=job.index, event=job.event, status=status, error=error[:200], at=now
        )
        done = status is not None and 200 <= status < 300
        if done or row.failures >= len(PAUSES):
            row.after, row.failures, row.next_at = job.index, 0, None
        else:
            row.next_at = now + PAUSES[row.failures]
            row.failures += 1
        if status == _GONE:
            row.ended_at = now
        row.save()


def listed() -> list[dict[str, Any]]:
    """Return every address that is or was told something, as plain values."""
    return [
        {
            "webhook": row.pk,
            "party": row.party_id,
            "url": row.url,
            "stands": row.ended_at is None,
            "after": row.after,
            "failures": row.failures,
            "next": row.next_at,
        }
        for row in Hook.objects.order_by("made_at", "pk")
    ]


def deliveries(hook: str = "") -> list[dict[str, Any]]:
    """Return the tries to tell something, of one address or all, the newest first."""
    rows = Delivery.objects.order_by("-pk")
    rows = rows.filter(hook=hook) if hook else rows
    return [
        {
            "webhook": row.hook_id,
            "event": row.event,
            "index": row.index,
            "status": row.status,
            "error": row.error,
            "at": row.at,
        }
        for row in rows
    ]


def _next(row: Hook, now: datetime) -> Job | None:
    """Return the next event for an address, and pass over what is not for it."""
    rows = LogEntry.objects.select_related("opening").filter(index__gt=row.after)
    last = row.after
    for entry in rows.order_by("index")[:_AT_ONCE]:
        leaf = Leaf.parse(bytes(entry.leaf))
        opening = getattr(entry, "opening", None)
        data = _about(opening.record) if opening and leaf.act in EVENTS else {}
        if data and row.party_id in _parties(data["license"]):
            return _job(row, entry.index, leaf, data, now)
        last = entry.index
    Hook.objects.filter(pk=row.pk, after=row.after).update(after=last)
    return None


def _about(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids that a record of the log names, with the license that they are under."""
    known = {**record, "seal": record.get("seal") or record.get("number")}
    found = {key: str(known[key]) for key in _IDS if known.get(key)}
    if "license" not in found and "picture" in found:
        picture = Picture.objects.filter(pk=found["picture"]).first()
        found |= {"license": picture.license_id} if picture else {}
    return found if "license" in found else {}


def _parties(license: str) -> set[str | None]:
    row = License.objects.filter(pk=license).first()
    return {row.model_id, row.brand_id, row.agency_id} if row else set()


def _job(row: Hook, index: int, leaf: Leaf, data: Mapping[str, str], now: datetime) -> Job:
    said = {"type": str(leaf.act), "timestamp": leaf.at.isoformat(), "data": dict(data)}
    body = json.dumps(said).encode()
    headers = signed(_secret(row.pk), f"{row.pk}.{index}", body, now=now)
    return Job(row.pk, row.url, index, str(leaf.act), body, headers)


def signed(secret: bytes, id: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """Return the headers of what is told, signed as Standard Webhooks 1.0 says."""
    at = str(int(now.timestamp()))
    mac = hmac.digest(secret, f"{id}.{at}.".encode() + body, "sha256")
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": at,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }

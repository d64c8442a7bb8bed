"""Answers that are kept under an idempotency key: who asks again is told the same, and nothing is
done twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from sosie.account_store.models import KeptAnswer, Token
from sosie.core.values import Refusal

KEPT = timedelta(days=1)
"""For which an answer is kept."""
_GIVEN_UP = timedelta(minutes=10)
"""After which an act that never ended is taken for one that was broken off."""


def begin(token: Token, *, key: str, request: str, now: datetime) -> KeptAnswer | Refusal:
    """Return the answer that is kept under a key, or a new row that waits for one (its ``status``
    is none); refuses a key of another request, and one whose act is being done."""
    busy = f"the request of idempotency key `{key}` is being done: ask again in a moment"
    rows = KeptAnswer.objects.filter(token=token, key=key)
    try:
        with transaction.atomic():
            KeptAnswer.objects.filter(at__lt=now - KEPT).delete()
            rows.filter(status=None, at__lt=now - _GIVEN_UP).delete()
            row = rows.first()
            if row is None:
                return KeptAnswer.objects.create(token=token, key=key, request=request, at=now)
    except IntegrityError:  # another one with this key came first
        return Refusal.because("idempotency.in_progress", busy)
    if row.request != request:
        text = f"idempotency key `{key}` was used for another request: make a new one"
        return Refusal.because("idempotency.other_request", text)
    if row.status is None:
        return Refusal.because("idempotency.in_progress", busy)
    return row


def finish(row: KeptAnswer, *, status: int, kind: str, body: bytes) -> None:
    """Keep the answer that was given."""
    row.status, row.kind, row.body = status, kind, body
    row.save(update_fields=["status", "kind", "body"])


def drop(row: KeptAnswer) -> None:
    """Forget that something was asked: nothing was done."""
    row.delete()


def forget(party: str) -> None:
    """Forget what programs of a party were answered: they may have been told of a twin."""
    KeptAnswer.objects.filter(token__party=party).exclude(status=None).delete()

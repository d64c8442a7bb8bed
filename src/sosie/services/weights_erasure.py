"""The end of weights of a twin: their files go, and hashes stay as evidence."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from sosie.core.ports import Outside
from sosie.core.transparency import LogAct
from sosie.core.values import Digest
from sosie.services import log
from sosie.store.models import TwinFile
from sosie.store.weights import TwinWeights

_ERASED = TwinWeights.Status.ERASED


def erase(outside: Outside, rows: QuerySet[TwinWeights], now: datetime) -> tuple[Digest, ...]:
    """Erase the files of some weights; returns the digests of those that were trained.

    In a caller's transaction, the files go when that is committed.
    """
    gone = list(rows.exclude(status=_ERASED))
    with transaction.atomic():
        for row in gone:
            TwinFile.objects.filter(twin=row.twin_id, digest=row.file).update(erased_at=now)
            rows.filter(pk=row.pk).update(status=_ERASED, checkpoint="", file="", ended_at=now)
            record = {"twin": row.twin_id, "license": row.license_id, "weights": row.digest}
            log.append(outside, act=LogAct.TWIN_WEIGHTS_ERASED, record=record, now=now)
            for file in filter(None, (row.checkpoint, row.file)):
                transaction.on_commit(partial(outside.blobs.delete, Digest(file)))
    return tuple(Digest(row.digest) for row in gone if row.digest)

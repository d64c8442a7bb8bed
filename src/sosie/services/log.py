"""The transparency log: entries are rows, appended inside the act they record; the published
files (checkpoint, tiles, bundles) follow after the commit and can always be made again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sosie.core import transparency
from sosie.core.note import Checkpoint, sign_checkpoint
from sosie.core.ports import Outside
from sosie.core.tiles import written
from sosie.core.transparency import Leaf, LogAct, Proof, commitment
from sosie.core.values import BadInput, Digest, Reason
from sosie.store.models import LogEntry, Opening

CHECKPOINT = "checkpoint"


def append(
    outside: Outside,
    *,
    act: LogAct,
    record: Mapping[str, Any],
    now: datetime,
    object: Digest | None = None,
) -> LogEntry:
    """Append one leaf, inside the caller's transaction, and publish after its commit.

    The leaf holds hashes only; what it commits to is kept beside it and can be erased.
    """
    salt = outside.random(16)
    leaf = Leaf(act=act, commitment=commitment(record, salt), at=now, object=object)
    entry = LogEntry.objects.create(
        index=LogEntry.objects.count(), leaf=leaf.encode(), at=now
    )
    Opening.objects.create(entry=entry, salt=salt, record=dict(record))
    transaction.on_commit(lambda: publish(outside))
    return entry


def publish(outside: Outside) -> None:
    """Write what the published log lacks; the checkpoint last."""
    with outside.log_files.exclusive():
        old = _published(outside)
        if old is not None and old.size == LogEntry.objects.count():
            return
        entries = _entries()
        for path, data in written(entries, old.size if old else 0).items():
            outside.log_files.write(path, data)
        checkpoint = Checkpoint.of(outside.log_key.verifier, entries)
        note = sign_checkpoint(checkpoint, outside.log_key)
        outside.log_files.write(CHECKPOINT, note.encode())


def prove(outside: Outside, entry: LogEntry) -> Proof:
    """Return the proof that an entry is in the log as published last."""
    publish(outside)
    note = outside.log_files.read(CHECKPOINT).decode()
    return transparency.prove(_entries(), entry.index, note)


def find(file: Digest) -> LogEntry | None:
    """Return the newest entry that is about a file."""
    for entry in LogEntry.objects.order_by("-index").iterator():
        if Leaf.parse(bytes(entry.leaf)).object == file:
            return entry
    return None


def fsck(outside: Outside) -> tuple[Reason, ...]:
    """Rebuild the root from the entries and compare every published file, byte for byte."""
    try:
        note = outside.log_files.read(CHECKPOINT)
    except LookupError:
        return (Reason("log.no_checkpoint", "no checkpoint is published: append or publish first"),)
    return transparency.fsck(
        _entries(), note, outside.log_files.read, verifier=outside.log_key.verifier
    )


def _entries() -> list[bytes]:
    rows = LogEntry.objects.order_by("index").values_list("leaf", flat=True)
    return [bytes(leaf) for leaf in rows]


def _published(outside: Outside) -> Checkpoint | None:
    try:
        return Checkpoint.parse(outside.log_files.read(CHECKPOINT))
    except (LookupError, BadInput):
        return None

"""The transparency log: entries are rows, appended inside the act they record; the published
files (checkpoint, tiles, bundles) follow after the commit and can always be made again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sosie.core import tiles, transparency
from sosie.core.note import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint
from sosie.core.ports import Outside
from sosie.core.transparency import Consistency, Leaf, LogAct, Proof, commitment
from sosie.core.values import BadInput, Digest, Reason, Refusal
from sosie.services import history
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
    entry = LogEntry.objects.create(index=LogEntry.objects.count(), leaf=leaf.encode(), at=now)
    Opening.objects.create(entry=entry, salt=salt, record=dict(record))
    history.note(entry, act, record)
    transaction.on_commit(lambda: publish(outside))
    return entry


def publish(outside: Outside) -> None:
    """Write what the published log lacks; the checkpoint last."""
    with outside.log_files.exclusive():
        old = published(outside)
        size = old.size if old else 0
        rows = LogEntry.objects.filter(index__gte=size).order_by("index")
        new = [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
        if not new:
            return
        key = outside.log_key
        checkpoint, files = tiles.append(
            new, old, origin=VerifierKey.parse(key.verifier).name, read=outside.log_files.read
        )
        outside.log_files.publish(files, sign_checkpoint(checkpoint, key.verifier, key.sign))


def published(outside: Outside) -> Checkpoint | None:
    """Return the checkpoint that is published, its signature checked; nothing for a new log."""
    try:
        data = outside.log_files.read(CHECKPOINT)
    except LookupError:
        return None
    return open_checkpoint(data, outside.log_key.verifier)


def prove(outside: Outside, entry: LogEntry) -> Proof | None:
    """Return the proof that an entry is in the published log; nothing if it is not there yet."""
    checkpoint = published(outside)
    if checkpoint is None or entry.index >= checkpoint.size:
        return None
    return Proof(
        leaf=bytes(entry.leaf),
        index=entry.index,
        size=checkpoint.size,
        hashes=tiles.prove(entry.index, checkpoint, outside.log_files.read),
        checkpoint=outside.log_files.read(CHECKPOINT).decode(),
    )


def fsck(outside: Outside) -> tuple[Reason, ...]:
    """Rebuild the root from the entries and compare every published file, byte for byte."""
    try:
        checkpoint = published(outside)
    except BadInput as error:
        return (Reason(error.code, str(error)),)
    if checkpoint is None:
        if not LogEntry.objects.exists():  # of a house in which nothing happened yet
            return ()
        return (Reason("log.no_checkpoint", "no checkpoint is published"),)
    rows = LogEntry.objects.order_by("index").values_list("leaf", flat=True)
    entries = (bytes(leaf) for leaf in rows.iterator())
    found = transparency.fsck(entries, checkpoint, outside.log_files.read)
    return (*found, *_openings())


def _openings() -> list[Reason]:
    """Return where a record that is kept beside a leaf is not the one it commits to."""
    found = []
    for row in Opening.objects.select_related("entry").iterator():
        try:
            said = Leaf.parse(bytes(row.entry.leaf)).commitment
        except BadInput:
            found.append(Reason("log.leaf", f"leaf {row.entry_id} cannot be read"))
            continue
        if commitment(row.record, bytes(row.salt)) != said:
            text = f"the record kept beside leaf {row.entry.index} is not what it commits to"
            found.append(Reason("log.record_changed", text))
    return found


def checkpoint_text(outside: Outside) -> str:
    """Return the published checkpoint as it stands; empty for a new log."""
    try:
        return outside.log_files.read(CHECKPOINT).decode()
    except LookupError:
        return ""


def size() -> int:
    """Return how many leaves the log has."""
    return LogEntry.objects.count()


def newest(count: int, *, before: int | None = None) -> list[dict[str, Any]]:
    """Return the newest leaves, the newest first, as plain JSON values; with ``before``, the newest
    of those under an index."""
    rows = LogEntry.objects.order_by("-index")
    rows = rows if before is None else rows.filter(index__lt=before)
    return [leaf_of(row) for row in rows[:count]]


def listed(start: int, count: int) -> list[dict[str, Any]]:
    """Return leaves from an index on, in their order, as plain JSON values."""
    rows = LogEntry.objects.filter(index__gte=start).order_by("index")[:count]
    return [leaf_of(row) for row in rows]


def leaf_of(row: LogEntry) -> dict[str, Any]:
    """Return an entry as plain JSON values."""
    leaf = Leaf.parse(bytes(row.leaf))
    return {
        "index": row.index,
        "at": leaf.at.isoformat(),
        "act": str(leaf.act),
        "object": leaf.object,
        "commitment": leaf.commitment,
    }


def consistency(outside: Outside, *, old: int) -> Consistency | Refusal:
    """Return the proof that the log of an earlier size is the beginning of the published one."""
    checkpoint = published(outside)
    now = checkpoint.size if checkpoint else 0
    if checkpoint is None or not 0 < old <= now:
        text = f"the log has {now} entries: ask for a size from 1 to {now}"
        return Refusal.because("log.size", text)
    known = tiles.nodes(now, outside.log_files.read)
    return Consistency(
        old=old,
        size=now,
        hashes=transparency.consistency_proof(old, now, known),
        checkpoint=checkpoint_text(outside),
    )

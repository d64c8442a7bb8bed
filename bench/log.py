"""Time the transparency log beside the floor: bare SHA-256 over the same bytes.

Run ``python -m bench.log``; ``--quick`` takes a tenth of the entries, ``--json`` prints one object.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench._table import show
from sosie.core.transparency import (
    Checkpoint,
    Leaf,
    LogAct,
    Tree,
    append,
    commitment,
    fsck,
    leaf_hash,
    prove,
    verify_inclusion,
)
from sosie.core.values import Digest

ORIGIN = "log.example/bench"
BATCH = 100
"""Entries under one checkpoint, when appending to tiles."""
PROOFS = 200


def leaves(count: int) -> list[Leaf]:
    """Return leaves as a busy house would log them, one a second."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    commit = commitment({"picture": 1}, bytes(16))
    seen = Digest("sha256:" + "ab" * 32)
    return [
        Leaf(LogAct.PICTURE_SEALED, commit, start + timedelta(seconds=i), seen)
        for i in range(count)
    ]


def typical(action: Callable[[], object], rounds: int) -> float:
    """Return the median seconds that an action takes."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def hash_only(entries: list[bytes]) -> None:
    """Hash what a tree over the entries hashes: each entry, and one node an entry."""
    sha = hashlib.sha256
    for entry in entries:
        sha(b"\x00" + entry).digest()
    node = bytes(65)
    for _ in range(len(entries) - 1):
        sha(node).digest()


def grow(entries: list[bytes]) -> tuple[Checkpoint, dict[str, bytes]]:
    """Append to tiles, a checkpoint every `BATCH` entries."""
    files: dict[str, bytes] = {}
    checkpoint: Checkpoint | None = None
    for at in range(0, len(entries), BATCH):
        checkpoint, new = append(
            entries[at : at + BATCH], checkpoint, origin=ORIGIN, read=files.__getitem__
        )
        files |= new
    assert checkpoint is not None
    return checkpoint, files


def prove_all(checkpoint: Checkpoint, files: dict[str, bytes], entries: list[bytes]) -> None:
    """Read proofs from the tiles, spread over the log, and verify each."""
    for number in range(PROOFS):
        index = number * checkpoint.size // PROOFS
        hashes = prove(index, checkpoint, files.__getitem__)
        assert not verify_inclusion(
            index=index,
            size=checkpoint.size,
            leaf=leaf_hash(entries[index]),
            hashes=hashes,
            root=checkpoint.root,
        )


def measure(count: int, rounds: int) -> dict[str, Any]:
    """Return the figures for a log of some entries."""
    said = leaves(count)
    entries = [leaf.encode() for leaf in said]
    checkpoint, files = grow(entries)
    assert fsck(entries, checkpoint, files.__getitem__) == ()
    damaged = {**files, "tile/0/000": bytes(len(files["tile/0/000"]))}
    assert fsck(entries, checkpoint, damaged.__getitem__)  # the control
    tree = Tree(map(leaf_hash, entries))
    middle = count // 2
    one: dict[str, Any] = {"index": middle, "size": count, "leaf": leaf_hash(entries[middle])}
    hashes = tree.inclusion(middle)

    floor = typical(lambda: hash_only(entries), rounds)
    ours = {
        "leaves_encoded_s": typical(lambda: [leaf.encode() for leaf in said], rounds),
        "tree_appends_s": typical(lambda: Tree(map(leaf_hash, entries)), rounds),
        "tile_appends_s": typical(lambda: grow(entries), 1),
        "proof_from_tiles_ms": typical(lambda: prove_all(checkpoint, files, entries), rounds)
        / PROOFS
        * 1e3,
        "proof_from_memory_us": typical(lambda: tree.inclusion(middle), 500) * 1e6,
        "verify_us": typical(
            lambda: verify_inclusion(**one, hashes=hashes, root=checkpoint.root), 500
        )
        * 1e6,
        "fsck_s": typical(lambda: fsck(entries, checkpoint, files.__getitem__), rounds),
    }
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    path = [bytes(65)] * len(hashes)
    bare = typical(lambda: [hashlib.sha256(part).digest() for part in path], 500) * 1e6
    return {
        "name": "log",
        "machine": machine,
        "input": f"{count} leaves of {len(entries[0])} bytes, a checkpoint every {BATCH}",
        "ours": {key: round(value, 4) for key, value in ours.items()},
        "peers": {"any": "absent: no tiled log in Python among what is installed"},
        "floor": {"sha256_s": round(floor, 4), "sha256_of_one_path_us": round(bare, 4)},
        "ratios": {
            "tree_appends": round(ours["tree_appends_s"] / floor, 2),
            "tile_appends": round(ours["tile_appends_s"] / floor, 2),
            "fsck": round(ours["fsck_s"] / floor, 2),
            "verify": round(ours["verify_us"] / bare, 2),
            "tree_appends_per_second": round(count / ours["tree_appends_s"]),
            "tile_appends_per_second": round(count / ours["tile_appends_s"]),
        },
    }


def main() -> None:
    """Measure, and print a table or one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the entries")
    parser.add_argument("--json", action="store_true", help="print one object")
    chosen = parser.parse_args()
    found = measure(10_000 if chosen.quick else 100_000, 3)
    show(found, as_json=chosen.json)


if __name__ == "__main__":
    main()

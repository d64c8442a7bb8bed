"""What the tests of the transparency log share: hashes, a key, a log of 600 leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sosie.core.transparency import (
    Checkpoint,
    Leaf,
    LogAct,
    Tree,
    VerifierKey,
    append,
    commitment,
)
from sosie.core.values import BadInput, Digest


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def slow_root(entries: list[bytes]) -> bytes:
    """The definition of RFC 9162, section 2.1.1, word for word."""
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\x00" + entries[0])
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha(b"\x01" + slow_root(entries[:half]) + slow_root(entries[half:]))


def nothing(path: str) -> bytes:
    raise LookupError(path)


@cache
def synthetic(count: int) -> tuple[bytes, ...]:
    return tuple(sha(i.to_bytes(8, "big")) for i in range(count))


def flip(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@cache
def big_tree() -> Tree:
    return Tree(synthetic(70_000))


SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
NAME = "log.example/sosie"
VERIFIER = VerifierKey(NAME, KEY.public_key().public_bytes_raw())


def refused(action: Callable[..., object], *args: Any, **keywords: Any) -> str:
    with pytest.raises(BadInput) as caught:
        action(*args, **keywords)
    return caught.value.code


LEAF = Leaf(
    act=LogAct.PICTURE_SEALED,
    commitment=commitment({"picture": "p-1"}, b"0123456789abcdef"),
    at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    object=Digest("sha256:" + "ab" * 32),
)


ENTRIES = tuple(replace(LEAF, at=LEAF.at + timedelta(seconds=i)).encode() for i in range(600))


def published(count: int, files: dict[str, bytes] | None = None) -> Checkpoint:
    """Grow a log in uneven steps; fills ``files``."""
    files = {} if files is None else files
    checkpoint, at = None, 0
    for step in (1, 1, 200, 54, 1, 300, 1, 1000):
        part = ENTRIES[at : min(count, at + step)]
        checkpoint, new = append(part, checkpoint, origin=NAME, read=files.__getitem__)
        files |= new
        at += len(part)
    assert checkpoint is not None
    return checkpoint

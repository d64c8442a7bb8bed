"""Codes of 256 bits found by nearness: exactly, for one fingerprint a picture; by tables, for the
hundreds of local features of each.

Both live in memory and are filled from the database on opening: index files do not survive a kill,
the database does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sosie.core.features import ranks
from sosie.core.ports import Labeled, Nearby

_BITS = 256
_TABLES = 8
"""Keys, one from each 32 bits of a code."""
_KEY, _LONG_KEY = 16, 20
_MANY = 2_000_000
"""Codes (10,000 pictures) from which keys are longer, so that few codes share one by chance."""
_CROWD = 4096
"""A key that more codes share tells nothing: flat places and straight edges."""
_BLOCKS = 4

Longs = NDArray[np.int64]
Codes = NDArray[np.uint8]


class ExactIndex:
    """Every code is compared, by faiss: a million in a few milliseconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: Any = None
        self._labels: Longs = np.zeros(0, np.int64)

    def refresh(self, since: Callable[[int], Labeled]) -> None:
        """Add what is newer than the greatest label that is held."""
        import faiss  # noqa: PLC0415 - who only verifies a file needs no index

        with self._lock:
            codes, labels = since(_greatest(self._labels))
            if self._codes is None:
                self._codes = faiss.IndexBinaryFlat(_BITS)
            if len(labels):
                self._codes.add(np.ascontiguousarray(codes))
                self._labels = np.concatenate([self._labels, labels])

    def nearest(self, codes: Codes, *, most: int, within: int) -> Nearby:
        """Return for each code its nearest, at most some, within some bits."""
        import faiss  # noqa: PLC0415 - as in refresh

        faiss.omp_set_num_threads(1)  # a few codes: waiting for other threads takes longer
        with self._lock:
            count = min(most, len(self._labels))
            if not count or not len(codes):
                return _none()
            bits, places = self._codes.search(np.ascontiguousarray(codes), count)
            near = bits <= within
            asked = np.broadcast_to(np.arange(len(codes))[:, None], bits.shape)
            return Nearby(asked[near], self._labels[places[near]], bits[near].astype(np.int64))


class TableIndex:
    """Codes that share at least one of eight keys of 16 bits are compared (multi-index hashing:
    Norouzi, Punjani and Fleet, CVPR 2012).

    Two codes that differ in at most 7 bits always meet; two that differ in a tenth of their bits
    do four times of five (three of five with the keys of 20 bits that many codes get), which is
    plenty where hundreds vote. Nothing is trained, so that opening is fast.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks: list[_Block] = []

    def refresh(self, since: Callable[[int], Labeled]) -> None:
        """Add what is newer than the greatest label that is held."""
        with self._lock:
            blocks = self._blocks
            codes, labels = since(_greatest(blocks[-1].labels) if blocks else -1)
            if not len(labels):
                return
            blocks = [*blocks, _Block.of(codes, labels)]
            if len(blocks) > _BLOCKS:
                codes = np.concatenate([block.codes for block in blocks])
                labels = np.concatenate([block.labels for block in blocks])
                blocks = [_Block.of(codes, labels)]
            self._blocks = blocks

    def nearest(self, codes: Codes, *, most: int, within: int) -> Nearby:
        """Return for each code its nearest, at most some, within some bits."""
        blocks = self._blocks  # never changed, only replaced
        found = [block.near(np.ascontiguousarray(codes), within) for block in blocks]
        if not found or not len(codes):
            return _none()
        asked, labels, bits = (np.concatenate([row[i] for row in found]) for i in range(3))
        order = np.lexsort((labels, bits, asked))
        order = order[ranks(asked[order]) < most]
        return Nearby(asked[order], labels[order], bits[order])


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Some codes; for each key, the places of the codes in the order of their keys."""

    codes: Codes
    labels: Longs
    wide: int
    """Bits of a key."""
    places: tuple[NDArray[np.int32], ...]
    starts: tuple[NDArray[np.int32], ...]

    @classmethod
    def of(cls, codes: Codes, labels: Longs) -> _Block:
        codes = np.ascontiguousarray(codes)
        wide = _LONG_KEY if len(codes) > _MANY else _KEY
        places, starts = [], []
        for i in range(_TABLES):
            key = _key(codes, i, wide)
            places.append(_sorted(key))
            counts = np.bincount(key, minlength=2**wide)
            starts.append(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
        return cls(codes, labels, wide, tuple(places), tuple(starts))

    def near(self, codes: Codes, within: int) -> tuple[Longs, Longs, Longs]:
        """Return code, label and bits of every pair that shares a key and is near."""
        pairs = []
        for i in range(_TABLES):
            key = _key(codes, i, self.wide)
            start = self.starts[i][key]
            counts = self.starts[i][key + 1] - start
            counts[counts > _CROWD] = 0
            asked = np.repeat(np.arange(len(codes)), counts)
            offset = np.arange(len(asked)) - np.repeat(np.cumsum(counts) - counts, counts)
            known = self.places[i][np.repeat(start, counts) + offset].astype(np.int64)
            bits = np.bitwise_count(_words(codes)[asked] ^ _words(self.codes)[known])
            kept = bits.sum(axis=1, dtype=np.int64) <= within
            pairs.append(asked[kept] << 32 | known[kept])
        both = np.unique(np.concatenate(pairs))
        asked, known = both >> 32, both & 0xFFFFFFFF
        bits = np.bitwise_count(_words(codes)[asked] ^ _words(self.codes)[known])
        return asked, self.labels[known], bits.sum(axis=1, dtype=np.int64)


def _key(codes: Codes, table: int, wide: int) -> NDArray[np.uint32]:
    words = codes.view(np.dtype("<u4"))[:, table]
    return words & np.uint32(2**wide - 1)


def _sorted(key: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Return the places of keys in their order; sorting 16 bits at a time is linear."""
    order = np.argsort((key & 0xFFFF).astype(np.uint16), kind="stable")
    high = (key >> 16).astype(np.uint16)
    if high.any():
        order = order[np.argsort(high[order], kind="stable")]
    return order.astype(np.int32)


def _words(codes: Codes) -> NDArray[np.uint64]:
    return codes.view(np.uint64)


def _greatest(labels: Longs) -> int:
    return int(labels[-1]) if len(labels) else -1


def _none() -> Nearby:
    empty = np.zeros(0, np.int64)
    return Nearby(empty, empty, empty)

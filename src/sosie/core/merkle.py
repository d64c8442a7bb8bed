"""The Merkle tree of RFC 9162, section 2.1, over SHA-256: roots, proofs, and their verification.

Pure arithmetic on hashes of 32 bytes. A tree is anything that can say a *node*: the hash over a
complete, aligned subtree, named by its level (0: leaves) and its index in that level. `Tree` keeps
all nodes in memory; `tiles.nodes` reads them from published files; proofs come from either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from sosie.core.values import Reason

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162, section 2.1.1)."""

Nodes = Callable[[int, int], bytes]
"""Given a level and an index there, the hash over leaves ``index << level`` up to
``(index + 1) << level``."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry: SHA-256 over a zero byte and the entry (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees: SHA-256 over a one byte and both (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """All nodes of a growing tree: an append costs two hashes on average, a proof a few dozen.

    Takes leaf hashes, 32 bytes each; memory is 64 bytes of hashes a leaf and what Python adds.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the end; raises ``ValueError`` unless it has 32 bytes."""
        if len(leaf) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf)}")
        levels = self._levels
        level = 0
        levels[0].append(leaf)
        while len(levels[level]) % 2 == 0:
            parent = node_hash(levels[level][-2], levels[level][-1])
            level += 1
            if level == len(levels):
                levels.append([])
            levels[level].append(parent)

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree; raises ``IndexError`` if the tree lacks it."""
        if level < 0 or index < 0:
            raise IndexError(f"no node {index} at level {level}")
        return self._levels[level][index]

    def root(self, size: int | None = None) -> bytes:
        """Return the root now, or the root that the tree had at an earlier size."""
        return root(self._size(size), self.node)

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that a leaf is in the tree, now or at an earlier size."""
        return inclusion_proof(index, self._size(size), self.node)

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the tree of an old size is the beginning of the tree."""
        return consistency_proof(old, self._size(size), self.node)

    def _size(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} leaves, not {size}")
        return size


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over a list of leaf hashes (RFC 9162, section 2.1.1)."""
    return Tree(leaves).root()


def root(size: int, nodes: Nodes) -> bytes:
    """Return the root of a tree of a size from its nodes (RFC 9162, section 2.1.1)."""
    if size < 0:
        raise ValueError(f"a tree of {size} leaves cannot be")
    return _range_hash(0, size, nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the hashes that lead from a leaf to the root, lowest first (RFC 9162, 2.1.3.1).

    Raises ``ValueError`` unless ``0 <= index < size``.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, nodes))
            end = middle
        else:
            path.append(_range_hash(start, middle, nodes))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the hashes that lead from an old root to a new one (RFC 9162, section 2.1.4.1).

    Empty if the sizes are equal. Raises ``ValueError`` unless ``0 < old <= size``.
    """
    if not 0 < old <= size:
        raise ValueError(f"no proof leads from {old} leaves to {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, nodes))
            end = middle
        else:
            path.append(_range_hash(start, middle, nodes))
            start = middle
    if start:
        path.append(_range_hash(start, end, nodes))
    return tuple(reversed(path))


def verify_inclusion(
    *, index: int, size: int, leaf: bytes, hashes: Sequence[bytes], root: bytes
) -> tuple[Reason, ...]:
    """Return every reason why a leaf hash is not proved to stand at an index of the tree with a
    root; empty if it is (RFC 9162, section 2.1.3.2). Too long, too short and misplaced refuse."""
    if not 0 <= index < size:
        return (Reason("proof.index", f"a tree of {size} leaves has no leaf {index}"),)
    if any(len(part) != HASH_BYTES for part in (leaf, root, *hashes)):
        return (Reason("proof.hash", f"a hash is not {HASH_BYTES} bytes long"),)
    sides = _sides(index, size - 1)
    if len(hashes) != len(sides):
        return (_wrong_length(hashes, len(sides)),)
    found = leaf
    for part, left in zip(hashes, sides, strict=True):
        found = node_hash(part, found) if left else node_hash(found, part)
    if found != root:
        return (Reason("proof.root", "the hashes do not lead to the root"),)
    return ()


def verify_consistency(
    *, old: int, size: int, hashes: Sequence[bytes], old_root: bytes, root: bytes
) -> tuple[Reason, ...]:
    """Return every reason why an old tree is not proved to be the beginning of a tree; empty if
    it is (RFC 9162, section 2.1.4.2). An old tree without leaves proves nothing and is refused."""
    if not 0 < old <= size:
        return (Reason("proof.size", f"no proof leads from {old} leaves to {size}"),)
    if any(len(part) != HASH_BYTES for part in (old_root, root, *hashes)):
        return (Reason("proof.hash", f"a hash is not {HASH_BYTES} bytes long"),)
    if old == size:
        return _unchanged(hashes, old_root, root)
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    sides = _sides(first, last)
    # A complete old tree is a node of the new one: its root is where the path starts.
    path = [old_root, *hashes] if old & (old - 1) == 0 else list(hashes)
    if len(path) != len(sides) + 1:
        return (_wrong_length(hashes, len(sides) + 1 + len(hashes) - len(path)),)
    before = after = path[0]
    for part, left in zip(path[1:], sides, strict=True):
        if left:
            before, after = node_hash(part, before), node_hash(part, after)
        else:
            after = node_hash(after, part)
    if before != old_root:
        return (Reason("proof.old_root", "the hashes do not lead to the old root"),)
    if after != root:
        return (Reason("proof.root", "the hashes do not lead to the root"),)
    return ()


def _unchanged(hashes: Sequence[bytes], old_root: bytes, root: bytes) -> tuple[Reason, ...]:
    if hashes:
        return (_wrong_length(hashes, 0),)
    if old_root != root:
        return (Reason("proof.root", "two roots are given for one size"),)
    return ()


def _sides(first: int, last: int) -> list[bool]:
    """Return for each hash on the way up whether it stands to the left, as the RFC walks: from
    node ``first`` of a level whose rightmost node is ``last``."""
    sides = []
    while last:
        left = bool(first & 1) or first == last
        sides.append(left)
        while left and first and not first & 1:
            first, last = first >> 1, last >> 1
        first, last = first >> 1, last >> 1
    return sides


def _wrong_length(hashes: Sequence[bytes], right: int) -> Reason:
    return Reason("proof.length", f"the proof has {len(hashes)} hashes and not {right}")


def _split(count: int) -> int:
    """Return the largest power of two below a count above one."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(start: int, end: int, nodes: Nodes) -> bytes:
    """Return the Merkle tree hash over leaves [start, end), where start is aligned as in a tree."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(nodes(level, start >> level))
        start += 1 << level
    found = peaks.pop()
    while peaks:
        found = node_hash(peaks.pop(), found)
    return found

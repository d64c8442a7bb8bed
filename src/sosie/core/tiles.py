"""The log as static files: tiles of hashes and bundles of entries (C2SP tlog-tiles).

A tile holds up to 256 consecutive hashes of one level, a bundle up to 256 entries; the paths say
which. Everything here is a mapping of paths to bytes; an adapter writes and reads the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from sosie.core.merkle import (
    HASH_BYTES,
    Nodes,
    Tree,
    inclusion_proof,
    leaf_hash,
    root,
    root_of,
    verify_inclusion,
)
from sosie.core.note import Checkpoint
from sosie.core.values import BadInput

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes in a full tile, entries in a full bundle."""
MAX_ENTRY_BYTES = 0xFFFF
"""The longest entry that a bundle can hold."""

Read = Callable[[str], bytes]
"""Returns the bytes of a path; raises ``LookupError`` if there are none."""

_PATH = re.compile(
    r"checkpoint|tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/)*[0-9]{3}"
    r"(?:\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Return the path of a tile: ``tile/0/x001/x234/067``, with ``.p/17`` if it holds only 17
    hashes. Raises ``ValueError`` for a level outside 0 to 63 or a width outside 1 to 256."""
    if not 0 <= level <= 63:
        raise ValueError(f"no tile is at level {level}")
    return f"tile/{level}/{_numbered(index, width)}"


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Return the path of an entry bundle: ``tile/entries/000``, with ``.p/17`` if it holds only 17
    entries. Raises ``ValueError`` as `tile_path` does."""
    return f"tile/entries/{_numbered(index, width)}"


def is_log_path(path: str) -> bool:
    """Return whether a path is one that a log publishes: ``checkpoint``, a tile or a bundle."""
    return _PATH.fullmatch(path) is not None


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries as a bundle, each led by its length (two bytes, big-endian).

    Raises ``ValueError`` for no entries or more than 256, or for an entry above 65,535 bytes.
    """
    if not 0 < len(entries) <= WIDTH:
        raise ValueError(f"a bundle holds 1 to {WIDTH} entries, not {len(entries)}")
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError(f"an entry of {len(entry)} bytes is too long for the log")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes, *, where: str = "bundle") -> tuple[bytes, ...]:
    """Return the entries of a bundle; raises ``BadInput`` (``log.bundle``) if it is cut short,
    empty, or holds more than 256."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data) or len(entries) == WIDTH:
            raise _damaged("this is no bundle of entries", where, "log.bundle")
        entries.append(data[start:at])
    if not entries:
        raise _damaged("this is no bundle of entries", where, "log.bundle")
    return tuple(entries)


def layout(size: int) -> Iterator[str]:
    """Yield the path of every tile and bundle that a log of a size publishes: level by level,
    bundles last. Older partial tiles may be kept beside them."""
    level, count = 0, size
    while count:
        for index in range(-(-count // WIDTH)):
            yield tile_path(level, index, min(WIDTH, count - index * WIDTH))
        level, count = level + 1, count // WIDTH
    for index in range(-(-size // WIDTH)):
        yield bundle_path(index, min(WIDTH, size - index * WIDTH))


def tiles(leaves: Sequence[bytes], *, old: int, read: Read) -> dict[str, bytes]:
    """Return the tiles to write when leaf hashes are added to a log of an old size.

    ``read`` gives the partial tiles on the old right edge, at most one a level; it is not called
    if ``old`` is zero. Raises ``LookupError`` if one is absent, ``BadInput`` (``log.tile``) if one
    has another width than the old size says.
    """
    written: dict[str, bytes] = {}
    level, before, added = 0, old, list(leaves)
    while added:
        first, width = divmod(before, WIDTH)
        row = _hashes(read, level, first, width) + added if width else added
        for at in range(0, len(row), WIDTH):
            part = row[at : at + WIDTH]
            written[tile_path(level, first + at // WIDTH, len(part))] = b"".join(part)
        full = len(row) // WIDTH
        added = [root_of(row[at * WIDTH : (at + 1) * WIDTH]) for at in range(full)]
        level, before = level + 1, before // WIDTH
    return written


def bundles(entries: Sequence[bytes], *, old: int, read: Read) -> dict[str, bytes]:
    """Return the bundles to write when entries are added to a log of an old size.

    ``read`` gives the partial bundle at the old end, if there is one. Raises as `tiles` does, and
    ``ValueError`` for an entry that is too long.
    """
    first, width = divmod(old, WIDTH)
    row = list(entries)
    if row and width:
        row = _entries(read, first, width) + row
    return {
        bundle_path(first + at // WIDTH, len(row[at : at + WIDTH])): bundle(row[at : at + WIDTH])
        for at in range(0, len(row), WIDTH)
    }


def append(
    entries: Sequence[bytes], checkpoint: Checkpoint | None, *, origin: str, read: Read
) -> tuple[Checkpoint, dict[str, bytes]]:
    """Return the next checkpoint, unsigned, and the files to write before it is published.

    ``checkpoint`` is the last one, verified, or None for a new log. The published right edge must
    lead to its root: raises ``BadInput`` (``log.root``) rather than building on damaged tiles.
    The work is that of the new entries, whatever the size of the log.
    """
    old = 0 if checkpoint is None else checkpoint.size
    if checkpoint is not None:
        if checkpoint.origin != origin:
            raise ValueError(f"the checkpoint is of `{checkpoint.origin}`, not of `{origin}`")
        if root(old, nodes(old, read)) != checkpoint.root:
            raise _damaged("the published tiles do not lead to it", "checkpoint", "log.root")
        _same_edge(old, read)
    files = tiles([leaf_hash(entry) for entry in entries], old=old, read=read)
    files |= bundles(entries, old=old, read=read)

    def read_new(path: str) -> bytes:
        return files[path] if path in files else read(path)

    size = old + len(entries)
    return Checkpoint(origin, size, root(size, nodes(size, read_new))), files


def nodes(size: int, read: Read) -> Nodes:
    """Return the nodes of a log of a size, read from its tiles, each tile once.

    A node raises ``LookupError`` if its tile is absent, ``BadInput`` (``log.tile``) if the tile
    has the wrong length. Hashes are taken as they stand: prove what comes of them.
    """
    known: dict[tuple[int, int], Tree] = {}

    def node(level: int, index: int) -> bytes:
        row, inner = divmod(level, HEIGHT)
        per_tile = WIDTH >> inner
        number, place = divmod(index, per_tile)
        if (row, number) not in known:
            width = min(WIDTH, (size >> (row * HEIGHT)) - number * WIDTH)
            if width <= 0:
                raise IndexError(f"no node {index} at level {level} of {size} leaves")
            known[row, number] = Tree(_hashes(read, row, number, width))
        return known[row, number].node(inner, place)

    return node


def prove(index: int, checkpoint: Checkpoint, read: Read) -> tuple[bytes, ...]:
    """Return the inclusion proof of an entry from the published tiles, verified before it is
    returned. Raises ``ValueError`` for an index outside the log, ``LookupError`` for an absent
    tile, ``BadInput`` (``log.root``) if the tiles do not lead to the checkpoint."""
    known = nodes(checkpoint.size, read)
    hashes = inclusion_proof(index, checkpoint.size, known)
    leaf, size = known(0, index), checkpoint.size
    if verify_inclusion(index=index, size=size, leaf=leaf, hashes=hashes, root=checkpoint.root):
        raise _damaged("the published tiles do not lead to it", "checkpoint", "log.root")
    return hashes


def read_entries(size: int, read: Read) -> Iterator[bytes]:
    """Yield every entry of a published log of a size, from its bundles; raises ``LookupError`` if
    one is absent, ``BadInput`` (``log.bundle``) if one has another number of entries."""
    for index in range(-(-size // WIDTH)):
        yield from _entries(read, index, min(WIDTH, size - index * WIDTH))


def _same_edge(size: int, read: Read) -> None:
    """Refuse a last bundle whose entries are not those of the last tile: both are built on."""
    index, width = divmod(size, WIDTH)
    if width:
        hashes = [leaf_hash(entry) for entry in _entries(read, index, width)]
        if hashes != _hashes(read, 0, index, width):
            what = "the last bundle has other entries than the last tile"
            raise _damaged(what, bundle_path(index, width), "log.bundle")


def _numbered(index: int, width: int) -> str:
    if index < 0 or not 0 < width <= WIDTH:
        raise ValueError(f"no tile has index {index} and width {width}")
    groups = f"{index:0{-(-len(str(index)) // 3) * 3}d}"
    parts = [groups[at : at + 3] for at in range(0, len(groups), 3)]
    number = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return number if width == WIDTH else f"{number}.p/{width}"


def _fetch(read: Read, path: str, full: str) -> bytes:
    """Return a partial file, or the full one in its place (tlog-tiles, "Partial Tiles")."""
    try:
        return read(path)
    except LookupError:
        if path == full:
            raise
        return read(full)


def _hashes(read: Read, level: int, index: int, width: int) -> list[bytes]:
    path = tile_path(level, index, width)
    data = _fetch(read, path, tile_path(level, index))
    if len(data) not in (width * HASH_BYTES, WIDTH * HASH_BYTES):
        what = f"a tile of {len(data)} bytes does not hold {width} hashes"
        raise _damaged(what, path, "log.tile")
    return [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]


def _entries(read: Read, index: int, width: int) -> list[bytes]:
    path = bundle_path(index, width)
    entries = unbundle(_fetch(read, path, bundle_path(index)), where=path)
    if len(entries) not in (width, WIDTH):
        what = f"a bundle of {len(entries)} entries does not hold {width}"
        raise _damaged(what, path, "log.bundle")
    return list(entries[:width])


def _damaged(what: str, where: str, code: str) -> BadInput:
    remedy = "write the log anew from its entries, or fetch it again"
    return BadInput(what, where=where, remedy=remedy, code=code)

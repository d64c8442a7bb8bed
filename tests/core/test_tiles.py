"""Tiles and bundles: grown in steps, they are what they would be at once."""

from __future__ import annotations

import pytest

from sosie.core import tiles
from sosie.core.transparency import (
    Checkpoint,
    append,
    bundle_path,
    fsck,
    layout,
    leaf_hash,
    nodes,
    prove,
    read_entries,
    root,
    root_of,
    tile_path,
    verify_inclusion,
)
from tests.core.logs import (
    ENTRIES,
    NAME,
    big_tree,
    flip,
    nothing,
    published,
    refused,
    slow_root,
    synthetic,
)


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert tile_path(63, 999) == "tile/63/999"
    assert tile_path(0, 1000) == "tile/0/x001/000"
    assert bundle_path(273, 112) == "tile/entries/273.p/112"
    for path in ("tile/0/x001/x234/067", "tile/entries/000.p/255", "checkpoint", "tile/63/000"):
        assert tiles.is_log_path(path)
    for path in (
        *("", "/checkpoint", "../checkpoint", "tile/64/000", "tile/00/000", "tile/0/0"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/../000"),
        *("tile/0/x000", "checkpoint\n", "tile/0/000\n", "tile/0/\u0660\u0660\u0660"),
    ):
        assert not tiles.is_log_path(path), path
    for level, index, width in ((64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(ValueError, match="no tile"):
            tile_path(level, index, width)


def test_a_log_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    """The example of C2SP tlog-tiles, "Partial Tiles"."""
    paths = list(layout(70_000))
    assert sum(path.startswith("tile/0/") for path in paths) == 274
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= set(paths)
    assert len(paths) == 274 + 2 + 1 + 274
    assert set(layout(256)) == {"tile/0/000", "tile/1/000.p/1", "tile/entries/000"}
    assert list(layout(0)) == []


def test_bundles_are_read_back_strictly() -> None:
    entries = (b"", b"a", b"x" * 65_535)
    data = tiles.bundle(entries)
    assert data[:5] == b"\x00\x00\x00\x01a"
    assert tiles.unbundle(data) == entries
    for bad in (data[:-1], data + b"\x00", b"", b"\x00", tiles.bundle([b""] * 256) + b"\x00\x00"):
        assert refused(tiles.unbundle, bad) == "log.bundle"
    for too_much in ([b"x" * 65_536], [], [b""] * 257):
        with pytest.raises(ValueError, match=r"bundle holds|too long"):
            tiles.bundle(too_much)


@pytest.mark.parametrize("border", [256, 65_536])
def test_tiles_grow_across_a_border_as_if_written_at_once(border: int) -> None:
    steps = [border - 2, border - 1, border, border + 1, border + 300]
    files: dict[str, bytes] = {}
    old = 0
    for size in steps:
        leaves = synthetic(size)
        new = tiles.tiles(leaves[old:], old=old, read=files.__getitem__)
        assert set(new) <= set(layout(size))
        if old and size - old == 1:
            assert sum(map(len, new.values())) <= 3 * 256 * 32  # only the edge is written
        files |= new
        whole = tiles.tiles(leaves, old=0, read=files.__getitem__)
        assert {path for path in layout(size) if "entries" not in path} == set(whole)
        assert all(files[path] == data for path, data in whole.items())
        known = nodes(size, files.__getitem__)
        assert root(size, known) == big_tree().root(size)
        checkpoint = Checkpoint(NAME, size, big_tree().root(size))
        for index in (0, border - 2, size - 1, size // 2):
            if index < size:
                assert prove(index, checkpoint, files.__getitem__) == (
                    big_tree().inclusion(index, size)
                )
        old = size


def test_a_level_one_hash_is_the_root_of_a_full_tile() -> None:
    files = tiles.tiles(synthetic(600), old=0, read=nothing)
    assert files["tile/1/000.p/2"][:32] == root_of(synthetic(256))
    assert files["tile/1/000.p/2"][32:] == root_of(synthetic(600)[256:512])


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 512, 600])
def test_an_appended_log_is_whole(count: int) -> None:
    files: dict[str, bytes] = {}
    checkpoint = published(count, files)
    assert checkpoint.size == count
    assert checkpoint.root == slow_root(list(ENTRIES[:count]))
    assert set(layout(count)) <= set(files)
    assert tuple(read_entries(count, files.__getitem__)) == ENTRIES[:count]
    assert fsck(ENTRIES[:count], checkpoint, files.__getitem__) == ()


def test_a_partial_file_may_have_been_replaced_by_the_full_one() -> None:
    files: dict[str, bytes] = {}
    published(600, files)
    early = Checkpoint(NAME, 100, root_of([leaf_hash(entry) for entry in ENTRIES[:100]]))
    kept = {path: data for path, data in files.items() if ".p/" not in path}
    assert tuple(read_entries(100, kept.__getitem__)) == ENTRIES[:100]
    assert (
        verify_inclusion(
            index=99,
            size=100,
            leaf=leaf_hash(ENTRIES[99]),
            hashes=prove(99, early, kept.__getitem__),
            root=early.root,
        )
        == ()
    )


def test_nothing_is_built_on_damaged_files() -> None:
    for path, code in (
        ("tile/0/002.p/88", "log.root"),
        ("tile/1/000.p/2", "log.root"),
        ("tile/entries/002.p/88", "log.bundle"),
    ):
        files: dict[str, bytes] = {}
        checkpoint = published(600, files)
        append(ENTRIES[:1], checkpoint, origin=NAME, read=files.__getitem__)  # the control
        files[path] = flip(files[path], 40)
        assert (
            refused(
                lambda c=checkpoint, f=files: append(
                    ENTRIES[:1], c, origin=NAME, read=f.__getitem__
                )
            )
            == code
        )
    files[path] = flip(files[path], 40)
    files["tile/0/002.p/88"] = files["tile/0/002.p/88"][:-1]
    assert refused(prove, 599, checkpoint, files.__getitem__) == "log.tile"
    files["tile/0/002.p/88"] += bytes(1)
    del files["tile/0/001"]
    with pytest.raises(LookupError):
        prove(300, checkpoint, files.__getitem__)
    with pytest.raises(ValueError, match="not of"):
        append((), checkpoint, origin="other", read=files.__getitem__)

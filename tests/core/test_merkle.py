"""The Merkle tree: known vectors, and that no other proof holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.transparency import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.core.logs import big_tree, flip, slow_root, synthetic

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the test tree of the Certificate Transparency code."""
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION_0_OF_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
CONSISTENCY_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def test_known_roots_and_proofs() -> None:
    tree = Tree(leaf_hash(entry) for entry in INPUTS)
    assert [tree.root(size).hex() for size in range(9)] == ROOTS
    assert [part.hex() for part in tree.inclusion(0, 8)] == INCLUSION_0_OF_8
    assert [part.hex() for part in tree.consistency(6, 8)] == CONSISTENCY_6_TO_8
    assert root_of([leaf_hash(entry) for entry in INPUTS]).hex() == ROOTS[8]
    assert EMPTY_ROOT.hex() == ROOTS[0]


def test_every_proof_up_to_seventy_holds_and_no_other() -> None:
    entries = [b"entry %d" % i for i in range(70)]
    leaves = [leaf_hash(entry) for entry in entries]
    tree = Tree(leaves)
    inclusions = consistencies = 0
    for size in range(1, 71):
        top = tree.root(size)
        assert top == slow_root(entries[:size])
        for index in range(size):
            hashes = tree.inclusion(index, size)
            place: dict[str, Any] = {"size": size, "hashes": hashes, "root": top}
            assert not verify_inclusion(index=index, leaf=leaves[index], **place)
            wrong = (index + 1) % size if size > 1 else 1
            assert verify_inclusion(index=wrong, leaf=leaves[index], **place)
            inclusions += 1
        for old in range(1, size + 1):
            proof = tree.consistency(old, size)
            assert not verify_consistency(
                old=old, size=size, hashes=proof, old_root=tree.root(old), root=top
            )
            consistencies += 1
    assert (inclusions, consistencies) == (2485, 2485)


@settings(max_examples=60)
@given(st.data())
def test_larger_trees(data: st.DataObject) -> None:
    tree = big_tree()
    size = data.draw(st.integers(1, len(tree)))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    leaf = tree.node(0, index)
    hashes = tree.inclusion(index, size)
    assert not verify_inclusion(
        index=index, size=size, leaf=leaf, hashes=hashes, root=tree.root(size)
    )
    proof = tree.consistency(old, size)
    roots = {"old_root": tree.root(old), "root": tree.root(size)}
    assert not verify_consistency(old=old, size=size, hashes=proof, **roots)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 70])
def test_every_changed_part_of_an_inclusion_proof_is_refused(size: int) -> None:
    tree = Tree(synthetic(70))
    tried = 0
    for index in range(size):
        good: dict[str, Any] = {
            "index": index,
            "size": size,
            "leaf": tree.node(0, index),
            "hashes": tree.inclusion(index, size),
            "root": tree.root(size),
        }
        assert not verify_inclusion(**good)
        hashes = good["hashes"]
        bad: list[dict[str, Any]] = [{"leaf": flip(good["leaf"])}, {"root": flip(good["root"], 31)}]
        bad += [{"leaf": good["leaf"][:31]}, {"root": b""}]
        bad += [{"index": -1}, {"index": size}, {"size": 0}, {"size": index}]
        bad += [{"hashes": (*hashes, tree.root(size))}, {"hashes": (tree.root(size), *hashes)}]
        for at, part in enumerate(hashes):
            before, after = hashes[:at], hashes[at + 1 :]
            bad += [{"hashes": (*before, flip(part, at % 32), *after)}]
            bad += [{"hashes": (*before, *after)}, {"hashes": (*before, part[:31], *after)}]
            bad += [{"hashes": (*before, part, part, *after)}]
        if len(hashes) > 1:
            bad += [{"hashes": hashes[::-1]}]
        for change in bad:
            assert verify_inclusion(**{**good, **change}), change
            tried += 1
    assert tried >= 10 * size


def test_every_changed_part_of_a_consistency_proof_is_refused() -> None:
    tree = Tree(synthetic(70))
    tried = 0
    for size in (2, 3, 6, 8, 13, 64, 70):
        for old in range(1, size + 1):
            good: dict[str, Any] = {
                "old": old,
                "size": size,
                "hashes": tree.consistency(old, size),
                "old_root": tree.root(old),
                "root": tree.root(size),
            }
            hashes = good["hashes"]
            bad: list[dict[str, Any]] = [
                {"old_root": flip(good["old_root"])},
                {"root": flip(good["root"])},
            ]
            bad += [{"old": 0}, {"old": -1}, {"old": size + 1}, {"root": b""}]
            bad += [{"hashes": (*hashes, good["root"])}, {"hashes": (good["root"], *hashes)}]
            for at, part in enumerate(hashes):
                before, after = hashes[:at], hashes[at + 1 :]
                bad += [{"hashes": (*before, flip(part, at), *after)}]
                bad += [{"hashes": (*before, *after)}, {"hashes": (*before, part[:31], *after)}]
            for change in bad:
                assert verify_consistency(**{**good, **change}), (good, change)
                tried += 1
    assert tried > 2000


def test_a_proof_that_says_too_much_of_an_unchanged_log_is_refused() -> None:
    tree = Tree(synthetic(3))
    fitting = tree.inclusion(2, 3)  # leads from leaf 2 to the root, as a padded proof could
    hashes = (tree.node(0, 2), *fitting)
    top = tree.root()
    assert verify_consistency(old=3, size=3, hashes=hashes, old_root=top, root=top)


def test_a_tree_takes_only_hashes_and_only_sizes_that_it_had() -> None:
    tree = Tree(synthetic(5))
    for wrong in (lambda: tree.append(b"short"), lambda: tree.root(6), lambda: tree.root(-1)):
        with pytest.raises(ValueError, match=r"bytes|leaves"):
            wrong()
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            tree.inclusion(index, size)
    with pytest.raises(ValueError, match="no proof"):
        tree.consistency(0)
    with pytest.raises(IndexError):
        tree.node(0, -1)

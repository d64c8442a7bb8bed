"""The transparency log: RFC 9162 vectors and proofs, signed notes, tiles, fsck."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core import note, tiles
from sosie.core.transparency import (
    EMPTY_ROOT,
    Checkpoint,
    Leaf,
    LogAct,
    Note,
    Proof,
    Tree,
    VerifierKey,
    append,
    bundle_path,
    commitment,
    fsck,
    layout,
    leaf_hash,
    nodes,
    open_checkpoint,
    prove,
    read_entries,
    root,
    root_of,
    sign_checkpoint,
    tile_path,
    verify_consistency,
    verify_inclusion,
    verify_proof,
)
from sosie.core.values import BadInput, Digest, canonical

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


# --- the tree


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


@settings(max_examples=60, deadline=None)
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


@cache
def big_tree() -> Tree:
    return Tree(synthetic(70_000))


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


# --- signed notes and checkpoints

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
NAME = "log.example/sosie"
VERIFIER = VerifierKey(NAME, KEY.public_key().public_bytes_raw())
TEXT = b"log.example/sosie\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"


def slow_ed25519(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """RFC 8032, section 5.1, on Python integers: the public key and the signature."""
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p
    y = 4 * pow(5, -1, p) % p
    x = pow((y * y - 1) * pow(d * y * y + 1, -1, p), (p + 3) // 8, p)
    if (x * x * (d * y * y + 1) - (y * y - 1)) % p:
        x = x * pow(2, (p - 1) // 4, p) % p
    base = (x if x % 2 == 0 else p - x, y)

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        t = d * a[0] * b[0] * a[1] * b[1]
        return (
            (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, p) % p,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, p) % p,
        )

    def times(k: int) -> bytes:
        point, power = (0, 1), base
        while k:
            if k & 1:
                point = add(point, power)
            power, k = add(power, power), k >> 1
        return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")

    half = hashlib.sha512(seed).digest()
    a = int.from_bytes(half[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    public = times(a)
    r = int.from_bytes(hashlib.sha512(half[32:] + message).digest(), "little") % order
    big_r = times(r)
    k = int.from_bytes(hashlib.sha512(big_r + public + message).digest(), "little")
    return public, big_r + ((r + k * a) % order).to_bytes(32, "little")


@cache
def signed(text: bytes = TEXT) -> bytes:
    """A signed note made by hand, without the code under test."""
    public, signature = slow_ed25519(SEED, text)
    key_id = sha(NAME.encode() + b"\n\x01" + public)[:4]
    line = "\u2014 " + NAME + " " + base64.b64encode(key_id + signature).decode() + "\n"
    return text + b"\n" + line.encode()


def test_a_checkpoint_is_signed_as_the_specification_says() -> None:
    checkpoint = Checkpoint(NAME, 8, bytes.fromhex(ROOTS[8]))
    assert checkpoint.text.encode() == TEXT
    data = sign_checkpoint(checkpoint, str(VERIFIER), KEY.sign)
    assert data == signed()
    assert open_checkpoint(signed(), str(VERIFIER)) == checkpoint
    kind_and_key = b"\x01" + slow_ed25519(SEED, b"")[0]
    key_id = sha(NAME.encode() + b"\n" + kind_and_key)[:4].hex()
    assert str(VERIFIER) == f"{NAME}+{key_id}+{base64.b64encode(kind_and_key).decode()}"


def test_the_example_of_the_specification_is_read() -> None:
    """The published example of C2SP tlog-checkpoint: a log of 20,852,163 entries."""
    found = Note.parse(
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe"
        "4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n".encode()
    )
    checkpoint = Checkpoint.parse(found.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.signatures[0].key_id.hex() == "033de0ae"


def test_signatures_of_others_are_passed_over() -> None:
    stranger = "\u2014 witness.example AAAAAHNvbWVib2R5IGVsc2U=\n".encode()
    same_name = f"\u2014 {NAME} AAAAAHNvbWVib2R5IGVsc2U=\n".encode()
    many = stranger * 40 + same_name
    body, own = signed().split(b"\n\n")
    data = body + b"\n\n" + many + own
    assert open_checkpoint(data, str(VERIFIER)).size == 8
    assert len(Note.parse(data).signatures) == 42
    assert Note.parse(data).encode() == data


def refused(action: Callable[..., object], *args: Any, **keywords: Any) -> str:
    with pytest.raises(BadInput) as caught:
        action(*args, **keywords)
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (signed().replace(b"\n8\n", b"\n9\n"), "log.signature"),
        (signed().replace(b"\n", b"\r\n"), "log.note"),
        (signed().replace(b"\n8\n", b"\n8\r\n"), "log.note"),
        (signed()[:-1], "log.note"),
        (signed() + b"\n", "log.note"),
        (signed() + b"\n\n", "log.note"),
        (signed() + b"more\n", "log.note"),
        (signed() + b"\xe2\x80\x94 a+b AAAAAAAA\n", "log.note"),
        (signed() + b"\xe2\x80\x94 name AAAAAAA\n", "log.note"),
        (signed() + b"\xe2\x80\x94 name AAAA\n", "log.note"),
        (signed().replace("\u2014".encode(), b"-"), "log.note"),
        (TEXT, "log.note"),
        (TEXT + b"\n", "log.note"),
        (b"", "log.note"),
        (b"\xff" + signed(), "log.note"),
        (b"\x00" + signed(), "log.note"),
        (b"x" * 300_000 + signed(), "log.note"),
        (signed() + signed().split(b"\n\n")[1][:-8] + b"AAAA==\n", "log.note"),
        (signed(TEXT.replace(b"8", b"08")), "log.checkpoint"),
        (signed(TEXT.replace(b"8", b"-8")), "log.checkpoint"),
        (signed(TEXT.replace(b"8", b"9" * 5000)), "log.checkpoint"),
        (signed(TEXT.replace(b"8", "\u0668".encode())), "log.checkpoint"),
        (signed(TEXT.replace(b"8\n", b"0\n")), "log.checkpoint"),
        (signed(TEXT.replace(b"yg=", b"yh=")), "log.checkpoint"),
        (signed(TEXT.replace(b"Xcna", b"")), "log.checkpoint"),
        (signed(TEXT + b"\n"), "log.checkpoint"),
        (signed(b"log.example/sosie\n8\n"), "log.checkpoint"),
        (signed(b"log.example/other" + TEXT[17:]), "log.origin"),
    ],
)
def test_a_checkpoint_that_is_not_one_is_refused(data: bytes, code: str) -> None:
    assert open_checkpoint(signed(), str(VERIFIER))
    assert refused(open_checkpoint, data, str(VERIFIER)) == code


def test_another_key_and_a_false_signature_are_refused() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key()
    other = VerifierKey(NAME, stranger.public_bytes_raw())
    assert refused(open_checkpoint, signed(), str(other)) == "log.signature"
    renamed = VerifierKey("log.example/else", VERIFIER.public)
    assert refused(open_checkpoint, signed(), str(renamed)) == "log.signature"
    body, own = signed().split(b"\n\n")
    false = f"\u2014 {NAME} {base64.b64encode(VERIFIER.id + bytes(64)).decode()}\n".encode()
    for lines in (false, false + own, own + false):  # one false one spoils a good one
        assert refused(open_checkpoint, body + b"\n\n" + lines, str(VERIFIER)) == ("log.signature")


def test_a_line_separator_of_unicode_ends_no_line() -> None:
    text = TEXT + "an\u2028extension\u0085line\n".encode()
    found = open_checkpoint(signed(text), str(VERIFIER))
    assert found.extensions == ("an\u2028extension\u0085line",)


def test_verifier_keys_are_read_strictly() -> None:
    line = str(VERIFIER)
    assert VerifierKey.parse(line) == VERIFIER
    name, hashed, key = line.split("+", 2)
    ecdsa = base64.b64encode(b"\x02" + VERIFIER.public).decode()
    for bad in (
        "",
        name,
        f"{name}+{key}",
        f"{name}+00000000+{key}",
        f"{name}x+{hashed}+{key}",
        f"+{hashed}+{key}",
        f"a b+{hashed}+{key}",
        f"{name}+{hashed.upper()}+{key}",
        f"{name}+{hashed}+{key[:-4]}",
        f"{name}+{hashed}+{ecdsa}",
        f"{name}+{hashed}+{key}\n",
        line * 20,
    ):
        assert refused(VerifierKey.parse, bad) == "log.key", bad


def test_what_would_not_verify_is_not_signed() -> None:
    checkpoint = Checkpoint(NAME, 8, bytes.fromhex(ROOTS[8]))
    with pytest.raises(ValueError, match="does not hold"):
        sign_checkpoint(checkpoint, str(VERIFIER), lambda _text: bytes(64))
    with pytest.raises(ValueError, match="does not sign for"):
        sign_checkpoint(replace(checkpoint, origin="x"), str(VERIFIER), KEY.sign)
    for bad in ({"origin": ""}, {"origin": "a\nb"}, {"size": -1}, {"size": 2**63}, {"size": 0}):
        with pytest.raises(ValueError, match=r"line|entries"):
            replace(checkpoint, **bad)
    with pytest.raises(ValueError, match="32 bytes"):
        replace(checkpoint, root=b"")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_reading_any_bytes_ends_in_bad_input(data: bytes) -> None:
    for text in (data, signed()[: len(data)] + data, data + signed()):
        found = None
        with suppress(BadInput):  # and nothing else
            found = Note.parse(text)
        assert found is None or found.encode() == text


# --- leaves and commitments

LEAF = Leaf(
    act=LogAct.PICTURE_SEALED,
    commitment=commitment({"picture": "p-1"}, b"0123456789abcdef"),
    at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    object=Digest("sha256:" + "ab" * 32),
)


def test_a_leaf_has_one_spelling() -> None:
    text = (
        '{"act":"picture.sealed","at":"2026-03-01T09:30:00Z","commitment":"'
        + LEAF.commitment
        + f'","object":"sha256:{"ab" * 32}","sosie":"leaf/1"}}'
    )
    assert LEAF.encode() == text.encode()
    assert Leaf.parse(text.encode()) == LEAF
    bare = replace(LEAF, object=None)
    assert Leaf.parse(bare.encode()) == bare
    for bad in (
        text + " ",
        text.replace('","', '", "'),
        text.replace("leaf/1", "leaf/2"),
        text.replace("picture.sealed", "picture.stolen"),
        text.replace('"act"', '"name":"A. Person","act"'),
        text.replace("T09:30:00Z", "T09:30:00+00:00"),
        text.replace("T09:30:00Z", "T25:30:00Z"),
        text.replace("T09:30:00Z", "T09:30:00.5Z"),
        text.replace("abab", "ABAB"),
        text.replace("sha256:ab", "sha256:zz"),
        "[]",
        "{}",
        "nothing",
        "[" * 30_000,
        "9" * 10_000,
        " " * 70_000,
    ):
        assert refused(Leaf.parse, bad.encode()) == "log.leaf", bad[:80]


def test_a_leaf_is_made_of_digests_and_whole_seconds_in_utc() -> None:
    for bad in (
        {"commitment": "A. Person"},
        {"object": "sha256:12"},
        {"at": datetime(2026, 3, 1, 9, 30)},  # noqa: DTZ001
        {"at": datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=1)))},
        {"at": datetime(2026, 3, 1, 0, 0, 0, 5, tzinfo=UTC)},
    ):
        with pytest.raises(ValueError, match=r"digest|second"):
            replace(LEAF, **bad)


def test_published_acts_keep_their_codes() -> None:
    assert {act.value for act in LogAct} >= {
        *("party.joined", "consent.signed", "consent.withdrawn", "twin.captured", "twin.erased"),
        *("license.drafted", "license.refused", "contract.made", "contract.signed"),
        *("license.revoked", "shoot.ordered", "picture.made", "decision.made", "picture.approved"),
        *("picture.refused", "picture.sealed", "picture.released", "money.posted"),
        "statement.issued",
    }


def test_a_commitment_binds_salt_and_value() -> None:
    salt = bytes(16)
    value = {"model": "m-1", "pay": 18000}
    plain = b"sosie commitment/1\n\x10" + salt + canonical(value)
    assert commitment(value, salt) == "sha256:" + hashlib.sha256(plain).hexdigest()
    others = [
        commitment(value, bytes(17)),
        commitment(value, b"\x01" + bytes(15)),
        commitment({**value, "pay": 18001}, salt),
    ]
    assert len({commitment(value, salt), *others}) == 4
    for length in (0, 15, 256):
        with pytest.raises(ValueError, match="salt"):
            commitment(value, bytes(length))


# --- tiles


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


# --- proofs that travel


def travelling() -> Proof:
    files: dict[str, bytes] = {}
    checkpoint = published(600, files)
    text = sign_checkpoint(checkpoint, str(VERIFIER), KEY.sign).decode()
    hashes = prove(321, checkpoint, files.__getitem__)
    return Proof(ENTRIES[321], 321, 600, hashes, text)


def test_a_proof_travels_and_holds() -> None:
    proof = travelling()
    assert verify_proof(proof, str(VERIFIER)) == ()
    there = proof.as_dict()
    canonical(there)  # plain JSON
    assert Proof.from_dict(there) == proof
    assert there["sosie"] == "proof/1"
    assert there["leaf"] == ENTRIES[321].decode()


def test_no_changed_proof_holds() -> None:
    proof = travelling()
    changes: list[tuple[dict[str, Any], str]] = [
        ({"leaf": ENTRIES[322]}, "proof.root"),
        ({"leaf": ENTRIES[321] + b" "}, "log.leaf"),
        ({"index": 320}, "proof.root"),
        ({"index": 600}, "proof.index"),
        ({"index": -1}, "proof.index"),
        ({"size": 601}, "proof.size"),
        ({"hashes": proof.hashes[:-1]}, "proof.length"),
        ({"hashes": (*proof.hashes, proof.hashes[0])}, "proof.length"),
        ({"hashes": (b"", *proof.hashes[1:])}, "proof.hash"),
        ({"checkpoint": proof.checkpoint.replace("\n600\n", "\n601\n")}, "log.signature"),
        ({"checkpoint": proof.checkpoint + "\n"}, "log.note"),
        ({"checkpoint": "\ud800"}, "log.note"),
        ({"checkpoint": signed().decode()}, "proof.size"),
    ]
    for at in range(len(proof.hashes)):
        parts = list(proof.hashes)
        parts[at] = flip(parts[at], 7)
        changes.append(({"hashes": tuple(parts)}, "proof.root"))
    for change, code in changes:
        codes = [reason.code for reason in verify_proof(replace(proof, **change), str(VERIFIER))]
        assert code in codes, (change, codes)
    other = VerifierKey("else.example", VERIFIER.public)
    assert [r.code for r in verify_proof(proof, str(other))] == ["log.signature"]
    assert refused(verify_proof, proof, "no key") == "log.key"


def test_a_sidecar_is_read_strictly() -> None:
    good = travelling().as_dict()
    bad: list[Any] = [None, [], "text", {}, {**good, "sosie": "proof/2"}, {**good, "more": 1}]
    bad += [{key: value for key, value in good.items() if key != name} for name in good]
    bad += [{**good, "index": value} for value in ("1", 1.0, True, -1, 2**63, None)]
    bad += [{**good, "hashes": value} for value in ("AAAA", ["AAAA"], [1], ["!"], None)]
    bad += [{**good, "hashes": good["hashes"][:1] * 64}, {**good, "leaf": 3}]
    bad += [{**good, "leaf": "\ud800"}, {**good, "leaf": "x" * 70_000}, {**good, "checkpoint": 3}]
    for data in bad:
        assert refused(Proof.from_dict, data) == "proof.format", data


# --- fsck


def codes(reasons: tuple[Any, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def test_fsck_finds_one_flipped_bit_anywhere() -> None:
    files: dict[str, bytes] = {}
    checkpoint = published(600, files)
    tried = 0
    for path in layout(600):
        for at in (0, len(files[path]) // 2, len(files[path]) - 1):
            changed = {**files, path: flip(files[path], at)}
            found = fsck(ENTRIES, checkpoint, changed.__getitem__)
            assert len(found) == 1
            assert found[0].text.startswith(f"`{path}` differs from the log's entries at byte {at}")
            # a stranger, who has the published files only
            if "entries" in path:
                try:
                    theirs = tuple(read_entries(600, changed.__getitem__))
                except BadInput:
                    pass
                else:
                    found = fsck(theirs, checkpoint, changed.__getitem__)
                    assert {"log.root", "log.tile"} <= set(codes(found))
            tried += 1
    assert tried == 3 * 7


def test_fsck_finds_changed_dropped_and_swapped_entries() -> None:
    files: dict[str, bytes] = {}
    checkpoint = published(600, files)
    flipped = (*ENTRIES[:300], flip(ENTRIES[300], 50), *ENTRIES[301:])
    found = fsck(flipped, checkpoint, files.__getitem__)
    assert codes(found) == ["log.root", "log.bundle", "log.tile", "log.tile"]
    where = 44 * (2 + len(ENTRIES[0])) + 2 + 50
    assert f"`tile/entries/001` differs from the log's entries at byte {where}, entry 300" in (
        found[1].text
    )
    assert "`tile/0/001` differs" in found[2].text
    assert "hash 300" in found[2].text
    dropped = (*ENTRIES[:300], *ENTRIES[301:])
    assert codes(fsck(dropped, checkpoint, files.__getitem__))[0] == "log.entries_missing"
    swapped = (*ENTRIES[:299], ENTRIES[300], ENTRIES[299], *ENTRIES[301:])
    assert "log.root" in codes(fsck(swapped, checkpoint, files.__getitem__))
    more = fsck((*ENTRIES, b"new"), checkpoint, files.__getitem__)
    assert codes(more) == ["log.unpublished"]


def test_fsck_finds_a_stale_and_a_missing_tile() -> None:
    files: dict[str, bytes] = {}
    checkpoint = published(600, files)
    stale = {**files, "tile/0/002.p/88": files["tile/0/002.p/88"][: 32 * 45]}
    found = fsck(ENTRIES, checkpoint, stale.__getitem__)
    assert codes(found) == ["log.tile"]
    assert "at byte 1440, hash 557" in found[0].text
    longer = {**files, "tile/0/002.p/88": files["tile/0/002.p/88"] + bytes(32)}
    assert "after its last hash" in fsck(ENTRIES, checkpoint, longer.__getitem__)[0].text
    del files["tile/1/000.p/2"]
    assert codes(fsck(ENTRIES, checkpoint, files.__getitem__)) == ["log.file_missing"]


def test_fsck_finds_a_log_set_back_or_told_otherwise() -> None:
    files: dict[str, bytes] = {}
    later = published(600, files)
    earlier = published(300, files)

    def run(*remembered: Checkpoint, now: Checkpoint = later) -> list[str]:
        entries = ENTRIES[: now.size]
        return codes(fsck(entries, now, files.__getitem__, remembered=remembered))

    assert run(earlier, later) == []
    assert run(later, now=earlier) == ["log.rollback"]
    assert run(replace(earlier, root=bytes(32))) == ["log.forked"]
    assert run(replace(later, root=bytes(32))) == ["log.forked"]
    assert run(replace(earlier, origin="other")) == ["log.origin"]


def test_the_size_limit_of_a_note_leaves_room_for_witnesses() -> None:
    line = f"\u2014 witness.example {base64.b64encode(bytes(5000)).decode()}\n".encode()
    body, own = signed().split(b"\n\n")
    assert open_checkpoint(body + b"\n\n" + line * 16 + own, str(VERIFIER)).size == 8
    assert note.MAX_NOTE_BYTES == 262_144

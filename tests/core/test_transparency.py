"""Leaves, commitments, proofs that travel, and the full check of a log."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sosie.core.transparency import (
    Checkpoint,
    Consistency,
    Leaf,
    LogAct,
    Proof,
    VerifierKey,
    commitment,
    consistency_proof,
    fsck,
    layout,
    nodes,
    open_checkpoint,
    prove,
    read_entries,
    sign_checkpoint,
    verify_growth,
    verify_proof,
)
from sosie.core.values import BadInput, canonical
from tests.core.logs import ENTRIES, KEY, LEAF, VERIFIER, flip, published, refused


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
    shorter = sign_checkpoint(published(300), str(VERIFIER), KEY.sign)
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
        ({"checkpoint": shorter.decode()}, "proof.size"),
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


def grown(old: int) -> Consistency:
    files: dict[str, bytes] = {}
    checkpoint = published(600, files)
    text = sign_checkpoint(checkpoint, str(VERIFIER), KEY.sign).decode()
    hashes = consistency_proof(old, 600, nodes(600, files.__getitem__))
    return Consistency(old, 600, hashes, text)


def test_a_log_is_shown_to_have_only_grown() -> None:
    for old in (1, 255, 256, 300, 599, 600):
        proof = grown(old)
        assert verify_growth(proof, published(old), str(VERIFIER)) == (), old
        assert Consistency.from_dict(proof.as_dict()) == proof
    for name in (there := proof.as_dict()):
        without = {key: value for key, value in there.items() if key != name}
        assert refused(Consistency.from_dict, without) == "proof.format", name
    assert refused(Consistency.from_dict, travelling().as_dict()) == "proof.format"


def test_no_other_log_is_shown_to_have_only_grown() -> None:
    proof, seen = grown(300), published(300)
    later = sign_checkpoint(published(500), str(VERIFIER), KEY.sign).decode()
    wrong: list[tuple[Consistency, Checkpoint, str]] = [
        (proof, replace(seen, root=flip(seen.root, 3)), "proof.old_root"),
        (proof, published(299), "proof.size"),
        (proof, replace(seen, origin="else.example"), "log.origin"),
        (replace(proof, checkpoint=later), seen, "proof.size"),
        (replace(proof, checkpoint=later), published(600), "log.rollback"),
        (replace(proof, checkpoint=later.replace("500", "501")), seen, "log.signature"),
        (replace(proof, checkpoint="\ud800"), seen, "log.note"),
        (replace(proof, hashes=proof.hashes[1:]), seen, "proof.length"),
    ]
    wrong += [
        (replace(proof, hashes=tuple(flip(h, 1) if i == at else h for i, h in numbered)), seen, "")
        for at in range(len(proof.hashes))
        for numbered in [list(enumerate(proof.hashes))]
    ]
    for changed, checkpoint, code in wrong:
        found = codes(verify_growth(changed, checkpoint, str(VERIFIER)))
        assert found, changed
        assert code in ("", *found), found
    assert len(wrong) > 12
    assert open_checkpoint(proof.checkpoint.encode(), str(VERIFIER)).size == 600


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

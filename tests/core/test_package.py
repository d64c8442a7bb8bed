"""The sidecar and the trust file: read back as written, checked against the log, hostile or not."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.package import Package, TrustFile, record_as_json, record_from_json
from sosie.core.seal import LogState, Record, parse
from sosie.core.terms import PublicTerms
from sosie.core.transparency import (
    Checkpoint,
    Leaf,
    LogAct,
    Proof,
    Tree,
    VerifierKey,
    commitment,
    leaf_hash,
    sign_checkpoint,
)
from sosie.core.values import BadInput, Digest
from tests.adapters.houses import house
from tests.core.logs import ENTRIES, KEY, NAME, VERIFIER
from tests.core.seals import FILE, RECORD

SALT = bytes(range(32))
AT = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
ROOT = house().root_pem


def pem(data: bytes) -> str:
    """Spell some bytes as a certificate is spelled."""
    body = base64.encodebytes(data).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def package(
    *, act: LogAct = LogAct.PICTURE_SEALED, about: Digest = FILE, record: Record = RECORD
) -> Package:
    """Log the record among a dozen other entries and return its package."""
    said = record_as_json(record)
    leaf = Leaf(act, commitment(said, SALT), AT, about).encode()
    entries = [*ENTRIES[:7], leaf, *ENTRIES[7:12]]
    tree = Tree(leaf_hash(entry) for entry in entries)
    checkpoint = Checkpoint(NAME, len(tree), tree.root())
    note = sign_checkpoint(checkpoint, str(VERIFIER), KEY.sign).decode()
    proof = Proof(leaf, 7, len(tree), tree.inclusion(7), note)
    return Package.of(record=said, salt=SALT, proof=proof)


WHOLE = package()


def test_what_is_written_is_read_back_and_proves() -> None:
    assert Package.parse(WHOLE.dump(), where="x") == WHOLE
    finding = WHOLE.finding(FILE, str(VERIFIER))
    assert (finding.state, finding.index, finding.tree_size) == (LogState.PROVED, 7, 13)
    assert record_from_json(record_as_json(RECORD)) == RECORD


def changed(**fields: Any) -> Package:
    said = {**WHOLE.committed, **fields}
    return Package.of(record=said, salt=SALT, proof=WHOLE.proof)


CONTRADICTING: dict[str, tuple[Package, str]] = {
    "another twin": (changed(twin_name="Ada"), "seal.record.changed"),
    "another license": (changed(license="L-2"), "seal.record.changed"),
    "another number": (changed(number="0000-0000-00008"), "seal.record.changed"),
    "another salt": (replace(WHOLE, salt=bytes(32)), "seal.record.changed"),
    "another file": (changed(file="sha256:" + "9" * 64), "seal.record.file"),
    "a leaf about another file": (package(about=Digest("sha256:" + "9" * 64)), "seal.log.file"),
    "a leaf about something else": (package(act=LogAct.PICTURE_MADE), "seal.log.act"),
    "another place": (replace(WHOLE, proof=replace(WHOLE.proof, index=6)), "proof"),
    "another root": (
        replace(
            WHOLE, proof=replace(WHOLE.proof, checkpoint=WHOLE.proof.checkpoint.replace("13", "14"))
        ),
        "log.signature",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTING)
def test_what_was_not_logged_contradicts(name: str) -> None:
    held, code = CONTRADICTING[name]
    finding = held.finding(FILE, str(VERIFIER))
    assert finding.state is LogState.CONTRADICTS
    assert finding.reason is not None
    assert finding.reason.code.startswith(code)


def test_another_file_contradicts() -> None:
    finding = WHOLE.finding(Digest("sha256:" + "9" * 64), str(VERIFIER))
    assert finding.state is LogState.CONTRADICTS


def test_the_entry_of_another_log_proves_and_contradicts_nothing() -> None:
    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    for other in (VerifierKey(NAME, public), VerifierKey("other.example/log", public)):
        finding = WHOLE.finding(FILE, str(other))
        assert finding.state is LogState.ABSENT
        assert finding.reason is not None
        assert finding.reason.code == "seal.log.other"
        assert "not signed with the key" in finding.reason.text  # of a log of the same name, too


def test_a_trust_file_is_read_back() -> None:
    made = TrustFile("House", ROOT, str(VERIFIER))
    assert TrustFile.parse(made.dump(), where="x") == made
    assert len(made.root_fingerprint) == 95


def _with(data: dict[str, Any], path: str, value: Any) -> bytes:
    *parents, last = path.split(".")
    found: Any = data
    for name in parents:
        found = found[name]
    if value is None:
        del found[last]
    else:
        found[last] = value
    return json.dumps(data).encode()


BROKEN: list[Callable[[], bytes]] = [
    lambda: b"",
    lambda: b"\xff\xfe",
    lambda: b"[]",
    lambda: WHOLE.dump().replace(b'"salt"', b'"salt": "00", "salt"', 1),  # twice
    lambda: b"[" * 100_000,
    lambda: b" " * (2 * 1024 * 1024),
    *(
        lambda path=path, value=value: _with(json.loads(WHOLE.dump()), path, value)
        for path, value in (
            ("sosie", "seal-package/2"),
            ("salt", "00"),
            ("salt", None),
            ("record.number", "seven"),
            ("record.file", "sha256:00"),
            ("record.fingerprint", "zz" * 32),
            ("record.sealed_at", "2026-02-03T04:05:00"),
            ("record.terms", {}),
            ("record.more", 1),
            ("proof.index", -1),
            ("proof.hashes", ["x"]),
            ("proof", None),
            ("more", 1),
        )
    ),
]


@pytest.mark.parametrize("make", BROKEN)
def test_a_broken_package_is_bad_input_in_one_line(make: Callable[[], bytes]) -> None:
    with pytest.raises(BadInput) as caught:
        Package.parse(make(), where="look.jpg.sosie.json")
    assert "look.jpg.sosie.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"sosie": "trust/2"},
        {"root": "-----\n%%%\n"},
        {"root": ROOT + ROOT},
        {"root": ""},
        {"root": pem(b"no certificate")},
        {"root": pem(base64.b64decode("".join(ROOT.split("\n")[1:-2]))[:-9])},
        {"workspace": ""},
        {"log": 3},
        {"log": "k"},
        {"log": str(VERIFIER)[:-4]},
        {"log": "other" + str(VERIFIER)},
        {"mark": "ab" * 31},
    ],
)
def test_a_broken_trust_file_is_bad_input(said: dict[str, Any]) -> None:
    whole = json.loads(TrustFile("House", ROOT, str(VERIFIER), "ab" * 32).dump())
    assert TrustFile.parse(json.dumps(whole).encode(), where="trust.json")  # the control
    with pytest.raises(BadInput) as caught:
        TrustFile.parse(json.dumps(whole | said if said else {}).encode(), where="trust.json")
    assert caught.value.where == "trust.json"
    assert all(f"`{field}`" in caught.value.what for field in said)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(["sosie", "record", "salt", "proof"]), json_values, st.data())
def test_any_json_in_any_place_is_read_or_bad_input(
    field: str, value: Any, data: st.DataObject
) -> None:
    said = json.loads(WHOLE.dump())
    inner = said[field]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        inner[data.draw(st.sampled_from(sorted(inner)))] = value
    else:
        said[field] = value
    try:
        found = Package.parse(json.dumps(said).encode(), where="x")
        finding = found.finding(FILE, str(VERIFIER))
    except BadInput:
        return
    assert finding.state is not LogState.PROVED or found.record == RECORD


def test_the_examples_of_the_document_hold() -> None:
    text = (Path(__file__).parents[2] / "docs/formats/seal.md").read_text(encoding="utf-8")
    manifest, sidecar, trust, _ = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    chosen = TrustFile.parse(trust.encode(), where="trust.json")
    held = Package.parse(sidecar.encode(), where="look.jpg.sosie.json")
    assert held.finding(held.record.file, chosen.log).state is LogState.PROVED
    said = {item["label"]: item["data"] for item in json.loads(manifest)["assertions"]}
    stated = said["org.sosie.license"]
    assert parse(stated["number"]) == held.record.number
    assert PublicTerms.model_validate(stated["terms"]) == held.record.terms
    assert said["c2pa.soft-binding"]["blocks"][0]["value"] == held.record.fingerprint

"""Compliance packs: what is in them, and that every change is found offline."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sosie import verifying
from sosie.adapters.keys import Keys
from sosie.core import pack as packs
from sosie.core.life import Step
from sosie.core.note import VerifierKey
from sosie.core.package import TrustFile
from sosie.core.ports import Outside
from sosie.core.seal import TrustSource
from sosie.core.values import BadInput, digest
from sosie.services import license as licenses
from sosie.services import life, pack, release, seal
from tests.services.conftest import (
    LATER,
    SECRETS,
    answer,
    assembled,
    database,
    draft,
    granted,
    made,
    refused,
    released_on_instagram,
    signed,
    take,
    terms,
)

Files = dict[str, bytes]


@dataclass(frozen=True)
class Packed:
    """A pack on disk, and the trust file of its house."""

    outside: Outside
    license: str
    pictures: list[str]
    path: Path
    trust: Path


@pytest.fixture(scope="module")
def packed(
    made_once: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Packed]:
    tmp_path = tmp_path_factory.mktemp("packed")
    shutil.copytree(made_once, tmp_path / "workspace")
    with database(tmp_path / "workspace", django_db_blocker):
        yield _packed(assembled(tmp_path / "workspace"), tmp_path)


def _packed(captured: Outside, tmp_path: Path) -> Packed:
    license = signed(captured)
    pictures = made(captured, license, "front-half", "three-quarter")
    granted(answer(captured, pictures[0]))
    granted(answer(captured, pictures[1], yes=False))
    granted(seal.seal(captured, picture=pictures[0], now=LATER))
    released_on_instagram(captured, pictures[0])
    path, trust = tmp_path / "pack.zip", tmp_path / "trust.json"
    path.write_bytes(granted(pack.make(captured, license=license, now=LATER)))
    trust.write_bytes(release.trust(captured).dump())
    return Packed(captured, license, pictures, path, trust)


def files_of(path: Path) -> Files:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def written(path: Path, files: Files) -> Path:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    path.write_bytes(data.getvalue())
    return path


def wrong(path: Path, trust: Path | None) -> list[str]:
    _, checks, _ = verifying.packed(path, trust=trust)
    return [each.name for each in checks if not each.held]


def test_a_pack_holds_what_proves_a_license(packed: Packed) -> None:
    contents, checks, source = verifying.packed(packed.path, trust=packed.trust)
    assert [each.name for each in checks if not each.held] == []
    assert len(checks) == 8
    assert source is TrustSource.GIVEN
    assert (contents.license, contents.picture) == (packed.license, None)
    files = files_of(packed.path)
    decisions = json.loads(files["decisions.json"])
    assert {each["act"] for each in decisions} >= {"make", "seal", "release"}
    assert all(each["asked"] for each in decisions)
    acts = {json.loads(each["body"])["act"] for each in json.loads(files["statements.json"])}
    assert acts >= {
        *("license.drafted", "license.agreed", "picture.approve", "picture.refuse"),
        *("picture.release", "license.memo_accepted"),
    }
    assert sum(name.startswith("seals/") for name in files) == 2
    (out,) = json.loads(files["releases.json"])
    assert (out["picture"], out["down"]) == (packed.pictures[0], False)
    page = files["index.html"].decode()
    for text in ("Ines licensed her digital twin to Nord", "in force until", "no, 2026-11-24"):
        assert text in page
    again = granted(pack.make(packed.outside, license=packed.license, now=LATER))
    assert files_of(packed.path).keys() == files_of(written_whole(packed, again)).keys()


def written_whole(packed: Packed, data: bytes) -> Path:
    path = packed.path.with_name("again.zip")
    path.write_bytes(data)
    return path


def test_a_pack_of_one_picture_tells_of_no_other(packed: Packed) -> None:
    first, second = packed.pictures
    known: dict[str, Any] = {"license": packed.license, "now": LATER}
    data = granted(pack.make(packed.outside, picture=second, **known))
    path = written_whole(packed, data)
    assert wrong(path, packed.trust) == []
    files = files_of(path)
    assert not any(name.startswith("seals/") for name in files)
    told = [files[name].decode() for name in files if name.endswith((".json", ".html"))]
    assert any(second in each for each in told)
    assert not any(first in each for each in told)
    assert refused(pack.make(packed.outside, picture="S-9999-01", **known)) == {"picture.unknown"}
    unknown = pack.make(packed.outside, license="L-2026-9999", now=LATER)
    assert refused(unknown) == {"license.unknown"}


def listed_anew(files: Files) -> None:
    """Write the list anew after a change, as a forger would who has no key."""
    said = json.loads(files[packs.LIST])
    for each in said["files"]:
        each["digest"] = digest(files[each["name"]])
    files[packs.LIST] = json.dumps(said).encode()


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        found = json.loads(files[name])
        files[name] = json.dumps(change(found) or found).encode()

    return tamper


def _allow(found: Any) -> None:
    found[0]["outcome"] = "refused"


def _other_words(found: Any) -> None:
    found[-1]["record"] = {**found[-1]["record"], "picture": "S-1"}


def _other_body(found: Any) -> None:
    found[0]["body"] = found[0]["body"].replace("license.drafted", "license.agreed")


def _standing(found: Any) -> None:
    found["standing"] = "in force for ever"


def _damaged(files: Files) -> None:
    files["contract.pdf"] = files["contract.pdf"].replace(b"obj", b"0bj", 1)


def without(name: str) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        del files[name]

    return tamper


TAMPERED: list[tuple[Callable[[Files], None], set[str]]] = [
    (lambda files: files.update({"index.html": b"All is well."}), {"files"}),
    (lambda files: files.update({"more.txt": b"more"}), {"files"}),
    (without("terms.json"), {"files"}),
    (changed("pack.json", _standing), {"signature"}),
    (lambda files: files.update({"pack.note": b"x"}), {"signature"}),
    (changed("decisions.json", _allow), {"files", "decisions"}),
    (changed("decisions.json", lambda found: found[1:]), {"files", "decisions"}),
    (changed("leaves.json", _other_words), {"files", "log"}),
    (changed("leaves.json", lambda found: {"no": "list"}), {"files", "form"}),
    (changed("statements.json", _other_body), {"files", "statements"}),
    (_damaged, {"files", "contract", "signatures"}),
    (without("contract.pdf"), {"files", "contract"}),
]


@pytest.mark.parametrize("number", range(len(TAMPERED)))
def test_every_change_is_found(packed: Packed, tmp_path: Path, number: int) -> None:
    tamper, found = TAMPERED[number]
    files = files_of(packed.path)
    tamper(files)
    told = set(wrong(written(tmp_path / "tampered.zip", files), packed.trust))
    assert told >= found
    # With the list written anew, whoever has no key is still found out.
    if "more.txt" not in files and len(files) == len(files_of(packed.path)):
        listed_anew(files)
        told = set(wrong(written(tmp_path / "tampered.zip", files), packed.trust))
        assert "signature" in told
    assert wrong(written(tmp_path / "same.zip", files_of(packed.path)), packed.trust) == []


def test_a_pack_of_another_house_holds_under_its_own_keys_alone(
    packed: Packed, tmp_path: Path
) -> None:
    _, checks, source = verifying.packed(packed.path, trust=None)
    assert source is TrustSource.BESIDE  # held against what lies in it: nobody chose that
    assert all(each.held for each in checks)
    root = Keys.found(tmp_path / "keys", "test-house", "another secret", now=LATER).root_pem
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    trust = tmp_path / "other.json"
    trust.write_bytes(TrustFile("test-house", root, str(VerifierKey("test-house", public))).dump())
    assert {"signature", "log", "signatures", "statements"} <= set(wrong(packed.path, trust))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no archive"])
def test_what_is_no_pack_is_said_to_be_none(packed: Packed, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "odd.zip"
    path.write_bytes(data)
    with pytest.raises(BadInput) as error:
        verifying.packed(path, trust=packed.trust)
    assert error.value.code == "pack.format"
    with pytest.raises(BadInput):
        verifying.packed(written(path, {"readme.txt": b"hello"}), trust=packed.trust)


def test_what_the_agency_advised_is_in_no_pack(packed: Packed, tmp_path: Path) -> None:
    captured = packed.outside
    row = draft(captured, terms())
    take(captured, row.id, Step.ASKED, "nord")
    known: dict[str, Any] = {"by": "atlas", "passphrase": SECRETS["atlas"], "now": LATER}
    advice = "ask for thrice the fee"
    granted(life.take(captured, license=row.id, step=Step.ADVISED, note=advice, **known))
    path, trust = tmp_path / "pack.zip", tmp_path / "trust.json"
    path.write_bytes(granted(pack.make(captured, license=row.id, now=LATER)))
    trust.write_bytes(release.trust(captured).dump())
    assert wrong(path, trust) == []
    told = files_of(path)
    assert [name for name in told if b"advised" in told[name] or b"thrice" in told[name]] == []


def test_what_was_revoked_is_said_to_be(packed: Packed) -> None:
    secret = SECRETS["ines"]
    known: dict[str, Any] = {"by": "ines", "passphrase": secret, "now": LATER}
    granted(licenses.revoke(packed.outside, license=packed.license, **known))
    path = written_whole(
        packed, granted(pack.make(packed.outside, license=packed.license, now=LATER))
    )
    contents, checks, _ = verifying.packed(path, trust=packed.trust)
    assert contents.standing == "revoked on 2026-11-24"
    assert all(each.held for each in checks)
    assert "license.revoke" in files_of(path)["statements.json"].decode()

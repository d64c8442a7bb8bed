"""Readers that we did not write, on our files: what each of them says, on the formats it reads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sosie.adapters.credentials import C2pa
from sosie.core.file_format import FileFormat
from sosie.core.seal import Ingredient
from tests.adapters.authorities import authority
from tests.adapters.houses import PREVIEW, House, claim, house
from tests.adapters.signed import FIELDS, sealed, unsealed

READERS = Path(__file__).parent / "readers"
ENCYPHER = """
import encypher_c2pa as e, json, sys
e.configure_telemetry(False)
asset, kind, *paths = sys.argv[1:]
root, tsa, store = (open(path, 'rb').read() if path else b'' for path in paths)
more = {'manifest_store': store} if store else {}
said = e.verify(open(asset, 'rb').read(), kind, trust_pem=root.decode(),
                tsa_trust_pem=tsa.decode() or None, no_default_trust=True, telemetry=False,
                online=False, **more)
codes = [entry['code'] for kind in said['validation_results'].values() for entry in kind]
print(json.dumps([said['validation_state'], said['hard_binding'], codes]))
"""


@pytest.fixture(scope="module")
def encypher() -> str:
    """`encypher-c2pa`, another engine with trust and time stamps."""
    python = os.environ.get("SOSIE_ENCYPHER")
    if not python:
        pytest.skip("no independent reader: name a Python with `encypher-c2pa` in `SOSIE_ENCYPHER`")
    return python


def ask(
    python: str, folder: Path, house_: House, data: bytes, format: FileFormat, **more: bytes
) -> tuple[str, str, list[str]]:
    """Ask `encypher-c2pa`, with our root as the only one and the network off."""
    paths = []
    for name, part in (
        ("x", data),
        ("root", house_.root_pem.encode()),
        ("tsa", more.get("tsa", b"")),
        ("store", more.get("store", b"")),
    ):
        path = folder / name
        path.write_bytes(part)
        paths.append(str(path) if part else "")
    asset, *rest = paths
    command = [python, "-c", ENCYPHER, asset, format.media_type, *rest]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    state, binding, codes = json.loads(done.stdout)
    return state, binding, codes


@pytest.mark.parametrize("format", FileFormat)
def test_encypher_trusts_each_format_under_our_root(
    encypher: str, ours: House, tmp_path: Path, format: FileFormat
) -> None:
    data = sealed(ours, format)
    assert ask(encypher, tmp_path, ours, data, format)[:2] == ("Trusted", "match")
    shown = rendition(ours, format)
    assert PREVIEW[100:200] in shown
    assert ask(encypher, tmp_path, ours, shown, format)[:2] == ("Trusted", "match")
    stranger = house("Maison Stranger")
    assert ask(encypher, tmp_path, stranger, data, format)[0] == "Valid"
    plain, changed = unsealed(format), bytearray(data)
    changed[changed.index(plain[len(plain) * 3 // 4 :][:64]) + 32] ^= 1
    assert ask(encypher, tmp_path, ours, bytes(changed), format)[:2] == ("Invalid", "mismatch")


@pytest.mark.parametrize("format", FileFormat)
def test_encypher_trusts_a_credential_beside_the_file(
    encypher: str, ours: House, tmp_path: Path, format: FileFormat
) -> None:
    data = unsealed(format)
    store = ours.credentials.sidecar(data, claim())
    found = ask(encypher, tmp_path, ours, data, format, store=store)
    assert found[:2] == ("Trusted", "match")


def test_encypher_trusts_the_time_of_an_authority(
    encypher: str, ours: House, tmp_path: Path
) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    adapter = ours.credentials
    with authority(at) as (url, root):
        asking = C2pa(adapter._chain, adapter._sign, ours.root_pem, authority=url)
        data = asking.sign(unsealed(FileFormat.JPEG), claim())
    found = ask(encypher, tmp_path, ours, data, FileFormat.JPEG, tsa=root.encode())
    assert found[0] == "Trusted"
    assert {"timeStamp.validated", "timeStamp.trusted"} <= set(found[2])


def rendition(made: House, format: FileFormat) -> bytes:
    """Seal a rendition, which has a preview and keeps the manifest of its master."""
    master = Ingredient("master", sealed(made, format), "parentOf", format.media_type)
    stated = replace(claim(9, ingredients=(master,)), preview=PREVIEW)
    return made.credentials.sign(unsealed(format), stated)


def test_c2pa_ts_finds_our_files_sound(ours: House, tmp_path: Path) -> None:
    """`@trustnxt/c2pa-ts` reads JPEG and PNG without a time stamp, and checks no trust."""
    modules, node = os.environ.get("SOSIE_NODE_MODULES"), shutil.which("node")
    if not (modules and node):
        pytest.skip("no c2pa-ts: name the `node_modules` that holds it in `SOSIE_NODE_MODULES`")
    files: list[Path] = []
    for format in (FileFormat.JPEG, FileFormat.PNG):
        data = sealed(ours, format)
        plain, changed = unsealed(format), bytearray(data)
        changed[changed.index(plain[len(plain) * 3 // 4 :][:64]) + 32] ^= 1
        parts = ("sound", data), ("changed", bytes(changed)), ("cut", rendition(ours, format))
        for name, part in parts:
            files.append(tmp_path / f"{name}{format.suffix}")
            files[-1].write_bytes(part)
    command = [node, str(READERS / "c2pa_ts.mjs"), modules, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    sound, changed_ = {"valid": True, "wrong": []}, {"assertion.dataHash.mismatch"}
    said: list[dict[str, Any]] = json.loads(done.stdout)
    assert [said[0], said[2], said[3], said[5]] == [sound] * 4
    for entry in (said[1], said[4]):
        assert not entry["valid"]
        assert changed_ <= set(entry["wrong"])


@pytest.mark.parametrize("format", FileFormat)
def test_exiftool_reads_fields_and_manifest(
    ours: House, tmp_path: Path, format: FileFormat
) -> None:
    """exiftool reads XMP in all five formats, and the manifest (JUMBF) in JPEG and PNG."""
    exiftool = shutil.which("exiftool")
    if exiftool is None:
        pytest.skip("no `exiftool`: install libimage-exiftool-perl")
    path = tmp_path / f"x{format.suffix}"
    path.write_bytes(rendition(ours, format))
    done = subprocess.run(
        [exiftool, "-j", "-G1", "-struct", "-a", str(path)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    said = json.loads(done.stdout)[0]
    assert said["File:MIMEType"] == format.media_type
    assert said["XMP-iptcExt:DigitalSourceType"] == FIELDS.source_type
    assert said["XMP-photoshop:Credit"] == FIELDS.credit
    assert said["XMP-dc:Description"] == FIELDS.description
    assert said["XMP-dc:Rights"] == FIELDS.copyright
    assert said["XMP-xmpRights:UsageTerms"] == FIELDS.disclosure
    assert said["XMP-iptcCore:AltTextAccessibility"] == FIELDS.alt_text
    assert said["XMP-plus:DataMining"].endswith("DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING")
    assert said["XMP-plus:Licensor"] == [{"LicensorName": "Nora"}]
    assert said["XMP-sosie:SealNumber"] == "0000-0000-00007"
    if format in (FileFormat.JPEG, FileFormat.PNG):
        assert "c2pa.actions.v2" in json.dumps(said)
        assert said["Jpeg2000:C2paThumbnailClaimType"] == "image/jpeg"
    if format is FileFormat.JPEG:
        assert said["IPTC:CopyrightNotice"] == FIELDS.copyright

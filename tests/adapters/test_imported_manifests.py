"""Manifests that plates, garments and masters bring along: kept, validated, and not shown."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from c2pa import Builder, C2paSigningAlg, Context, Signer

from sosie.adapters import credentials
from sosie.core.file_format import FileFormat
from sosie.core.seal import CredentialState, Ingredient
from sosie.core.values import Digest
from tests.adapters.conformance import problems
from tests.adapters.houses import House, claim, house
from tests.adapters.signed import PLATE, reported, unsealed

NAME, PLACE = b"Private Name", b"48,51.5N"
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
CREATED = {"actions": [{"action": "c2pa.created", "digitalSourceType": SOURCE}]}
PHOTOGRAPH = {
    "claim_version": 2,
    "claim_generator_info": [{"name": "Camera", "version": "1"}],
    "title": "DSC_0001.JPG",
    "assertions": [
        {"label": "c2pa.actions.v2", "data": CREATED, "created": True},
        {
            "label": "c2pa.metadata",
            "data": {
                "@context": {"exif": "http://ns.adobe.com/exif/1.0/"},
                "exif:GPSLatitude": PLACE.decode(),
            },
            "created": True,
        },
        {"label": "com.camera.owner", "data": {"name": NAME.decode()}, "created": True},
    ],
}
"""What a camera may sign: a thumbnail, where it was, and whose it is."""


@pytest.fixture(scope="module")
def camera() -> House:
    return house("Camera")


def photographed(camera: House, *, beside: bool = False) -> bytes:
    """Sign the plate as a camera does; returns the file, or the store beside it."""
    adapter, target = camera.credentials, io.BytesIO()
    settings = credentials._settings("")
    settings["builder"]["thumbnail"] = {"enabled": True}
    assert adapter._sign is not None
    with (
        Signer.from_callback(adapter._sign, C2paSigningAlg.ES256, adapter.chain_pem) as signer,
        Context.from_dict(settings) as context,
        Builder(json.dumps(PHOTOGRAPH), context=context) as builder,
    ):
        if beside:
            builder.set_no_embed()
        store = builder.sign(signer, "image/jpeg", io.BytesIO(PLATE), target)
    return bytes(store) if beside else target.getvalue()


def validated(report: dict[str, Any], title: str) -> dict[str, set[str]]:
    """Return the codes that the active manifest records of an ingredient's validation."""
    (item,) = [
        data
        for data in report["manifests"][0]["assertions"].values()
        if data.get("dc:title") == title
    ]
    results = item["validationResults"]["activeManifest"]
    return {kind: {entry["code"] for entry in results[kind]} for kind in ("success", "failure")}


@pytest.mark.parametrize("beside", [False, True], ids=["embedded", "beside"])
@pytest.mark.parametrize("format", FileFormat)
def test_it_is_kept_with_how_it_was_validated_and_shows_and_names_nothing(
    ours: House, camera: House, format: FileFormat, beside: bool
) -> None:
    taken = photographed(camera, beside=beside)
    # The control: the camera's manifest shows the plate, says where it was and whose it is.
    assert all(piece in taken for piece in (NAME, PLACE))
    assert taken.count(b"\xff\xd8\xff") == (1 if beside else 2)
    if beside:
        plate = Ingredient("plate front", PLATE, manifest=taken)
    else:
        plate = Ingredient("plate front", taken)
    data = ours.credentials.sign(unsealed(format), claim(ingredients=(plate,)))
    found = ours.credentials.read(data)
    assert (found.state, found.number) == (CredentialState.TRUSTED, claim().number)
    report = reported(ours, data, format)
    assert problems(report) == []
    signers = [
        part["signature"]["certificateInfo"]["subject"]["CN"] for part in report["manifests"]
    ]
    assert signers == ["Maison Test claims", "Camera claims"]
    codes = validated(report, "plate front")
    assert {"claimSignature.validated", "assertion.dataHash.match"} <= codes["success"]
    assert codes["failure"] == {"signingCredential.untrusted"}
    assert not any(piece in data for piece in (NAME, PLACE))
    assert data.count(b"\xff\xd8\xff") == (format is FileFormat.JPEG)
    actions = report["manifests"][0]["assertions"]["c2pa.actions.v2"]["actions"]
    gone = [a["parameters"]["redacted"] for a in actions if a["action"] == "c2pa.redacted"]
    left_out = {uri.rpartition("/")[2] for uri in gone}
    assert left_out == {"c2pa.thumbnail.claim", "c2pa.metadata", "com.camera.owner"}


def test_a_rendition_keeps_what_its_master_kept(ours: House, camera: House) -> None:
    plate = Ingredient("plate front", photographed(camera))
    file = unsealed(FileFormat.JPEG)
    embedded = ours.credentials.sign(file, claim(ingredients=(plate,)))
    store = ours.credentials.sidecar(file, claim(ingredients=(plate,)))
    for master in (
        Ingredient("master", embedded, "parentOf"),
        Ingredient("master", file, "parentOf", manifest=store),
    ):
        data = ours.credentials.sign(unsealed(FileFormat.PNG), claim(9, ingredients=(master,)))
        assert ours.credentials.read(data).state is CredentialState.TRUSTED
        report = reported(ours, data, FileFormat.PNG)
        assert problems(report) == []
        assert len(report["manifests"]) == 3
        assert validated(report, "master")["failure"] == set()
        assert NAME not in data


def test_one_that_was_changed_is_kept_as_what_it_is(ours: House, camera: House) -> None:
    taken = bytearray(photographed(camera))
    taken[-500] ^= 1
    plate = Ingredient("plate front", bytes(taken))
    data = ours.credentials.sign(unsealed(FileFormat.JPEG), claim(ingredients=(plate,)))
    assert ours.credentials.read(data).state is CredentialState.TRUSTED
    codes = validated(reported(ours, data, FileFormat.JPEG), "plate front")
    assert "assertion.dataHash.mismatch" in codes["failure"]


@pytest.mark.parametrize("word", [b"claim_generator_info", b"c2pa.actions.v2", b"c2pa.signature"])
def test_one_that_cannot_be_read_hinders_no_seal(ours: House, camera: House, word: bytes) -> None:
    taken = bytearray(photographed(camera))
    taken[taken.index(word) + 3] ^= 1
    plate = Ingredient("plate front", bytes(taken))
    data = ours.credentials.sign(unsealed(FileFormat.JPEG), claim(ingredients=(plate,)))
    assert ours.credentials.read(data).state is CredentialState.TRUSTED
    assert NAME not in data
    assert f"urn:{plate.id.removeprefix('urn:')}".encode() in data


def test_any_number_of_ingredients_each_by_what_is_known(ours: House, camera: House) -> None:
    garment = Digest("sha256:" + "cd" * 32)
    parts = (
        Ingredient("plate front", photographed(camera)),
        Ingredient("garment 1", PLATE, manifest=photographed(camera, beside=True)),
        Ingredient("garment 2", known_as=garment, media_type="image/png"),
        Ingredient("marked as seal 0000-0000-00007", relationship="inputTo", number=7),
    )
    data = ours.credentials.sign(unsealed(FileFormat.JPEG), claim(ingredients=parts))
    assert ours.credentials.read(data).state is CredentialState.TRUSTED
    report = reported(ours, data, FileFormat.JPEG)
    assert problems(report) == []
    assert len(report["manifests"]) == 3
    assertions = report["manifests"][0]["assertions"]
    named = [item for item in assertions.values() if "relationship" in item]
    assert {item["instanceID"] for item in named} == {part.id for part in parts}
    assert {parts[2].id, parts[3].id} == {f"urn:{garment}", "urn:sosie:seal:0000-0000-00007"}
    created = assertions["c2pa.actions.v2"]["actions"][0]
    assert len(created["parameters"]["ingredients"]) == 4
    with pytest.raises(ValueError, match="nothing is known"):
        _ = Ingredient("garment").id

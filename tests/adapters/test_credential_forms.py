"""Credentials in every format, beside a file, and with a time stamp."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from sosie.adapters.credentials import C2pa
from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat, format_of
from sosie.core.seal import Credential, CredentialState, Ingredient
from sosie.core.values import BadInput
from tests.adapters.authorities import authority
from tests.adapters.houses import House, claim
from tests.adapters.signed import INGREDIENT, PLATE, reported, sealed, unsealed
from tests.core.plates import plate

NOW = datetime.now(UTC).replace(microsecond=0)
JPEG = unsealed(FileFormat.JPEG)
every_format = pytest.mark.parametrize("format", FileFormat)


@every_format
def test_what_is_written_is_told_by_its_first_bytes(format: FileFormat) -> None:
    data = unsealed(format)
    assert format_of(data) is format
    assert data == unsealed(format)  # the same pixels and fields give the same bytes
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == format.value.upper()
        assert b"<photoshop:Credit>Nora (digital twin)<" in image.info["xmp"]
        assert image.info["icc_profile"]
    seen = PillowPictures().decode(data, where="x").astype(float)
    error = np.square(seen - plate(1, height=300)).mean()
    exact = format in (FileFormat.PNG, FileFormat.TIFF)
    assert error == 0 if exact else 10 * np.log10(255**2 / error) > 34


def test_what_is_no_such_picture_has_no_format() -> None:
    for data in (b"", b"GIF89a", b"II+\x00", b"RIFF....WAVE", b"....ftypheic"):
        assert format_of(data) is None


@every_format
def test_each_format_is_sealed_and_read_back(ours: House, format: FileFormat) -> None:
    data, made = sealed(ours, format), claim()
    assert format_of(data) is format
    found = ours.credentials.read(data)
    assert (found.label or "").startswith("urn:c2pa:")
    assert replace(found, label=None) == Credential(
        CredentialState.TRUSTED,
        made.number,
        made.license,
        made.fingerprint,
        made.source_type,
        "Maison Test claims",
    )
    read = PillowPictures().decode
    assert np.array_equal(read(data, where="x"), read(unsealed(format), where="x"))


@every_format
def test_changed_pixels_are_found_in_each_format(ours: House, format: FileFormat) -> None:
    plain, data = unsealed(format), bytearray(sealed(ours, format))
    piece = plain[len(plain) * 3 // 4 :][:64]  # of the pixels, wherever the manifest lies
    assert data.count(piece) == 1
    data[data.index(piece) + 32] ^= 1
    found = ours.credentials.read(bytes(data))
    assert (found.state, found.bytes_differ) == (CredentialState.INVALID, True)
    assert found.number == claim().number


@every_format
def test_no_change_makes_a_trusted_file_say_or_show_anything_else(
    ours: House, format: FileFormat
) -> None:
    data = sealed(ours, format)
    said, shown = ours.credentials.read(data), PillowPictures().decode(data, where="x")
    draw = np.random.default_rng(5)
    kept = 0
    for _ in range(150):
        changed = bytearray(data)
        for at in draw.integers(0, len(data), draw.integers(1, 5)):
            changed[at] ^= int(draw.integers(1, 256))
        found = ours.credentials.read(bytes(changed))
        if found.state is CredentialState.TRUSTED:
            kept += 1
            assert found == said
            with suppress(BadInput):  # a check sum of the container that the manifest lies in
                again = PillowPictures().decode(bytes(changed), where="x")
                assert np.array_equal(again, shown)
    assert kept < 150


@every_format
@pytest.mark.parametrize(
    "more",
    [
        b"PK\x03\x04" + bytes(60),
        b"\x00\x00\x00\x20free" + b"evil" * 6,
        b"\x00\x00\x00\x20mdat" + b"evil" * 6,
    ],
    ids=["archive", "free box", "data box"],
)
def test_what_is_appended_changes_nothing_that_is_shown(
    ours: House, format: FileFormat, more: bytes
) -> None:
    data = sealed(ours, format)
    found = ours.credentials.read(data + more)
    if found.state is CredentialState.TRUSTED:  # C2PA leaves boxes of an AVIF that say nothing out
        assert format is FileFormat.AVIF
        assert found == ours.credentials.read(data)
    else:
        assert found.state in (CredentialState.INVALID, CredentialState.UNREADABLE)


@every_format
def test_a_credential_may_lie_beside_a_file(
    ours: House, strangers: House, format: FileFormat
) -> None:
    data = unsealed(format)
    store = ours.credentials.sidecar(data, claim(ingredients=(INGREDIENT,)))
    assert ours.credentials.read(data).state is CredentialState.ABSENT
    found = ours.credentials.read(data, manifest=store)
    assert (found.state, found.number) == (CredentialState.TRUSTED, claim().number)
    assert strangers.credentials.read(data, manifest=store).state is CredentialState.VALID
    other = PillowPictures().encode(plate(3, height=300), format=format)
    lent = ours.credentials.read(other, manifest=store)
    assert (lent.state, lent.bytes_differ) == (CredentialState.INVALID, True)
    for nonsense in (b"", b"jumb" * 40, store[:200], bytes(len(store))):
        state = ours.credentials.read(data, manifest=nonsense).state
        assert state in (CredentialState.UNREADABLE, CredentialState.INVALID)


def test_an_imported_manifest_is_kept_and_its_signer_vouches_for_nothing(
    ours: House, strangers: House
) -> None:
    taken = strangers.credentials.sign(PLATE, claim(8))
    data = ours.credentials.sign(JPEG, claim(ingredients=(Ingredient("plate front", taken),)))
    found = ours.credentials.read(data)
    assert (found.state, found.number) == (CredentialState.TRUSTED, claim().number)
    manifests = reported(ours, data, FileFormat.JPEG)["manifests"]
    kept = [item["signature"]["certificateInfo"]["subject"]["CN"] for item in manifests]
    assert kept == ["Maison Test claims", "Maison Stranger claims"]


def test_plate_and_garment_are_known_by_their_hash_and_never_shown(ours: House) -> None:
    garment = Ingredient("garment dress", unsealed(FileFormat.PNG), media_type="image/png")
    parts = (INGREDIENT, garment)
    data = ours.credentials.sign(JPEG, claim(ingredients=parts))
    assertions = reported(ours, data, FileFormat.JPEG)["manifests"][0]["assertions"]
    named = [item for item in assertions.values() if "relationship" in item]
    assert {item["dc:title"] for item in named} == {"plate front", "garment dress"}
    assert all(item["instanceID"].startswith("urn:sha256:") for item in named)
    assert not [label for label in assertions if "thumbnail" in label]
    assert data.count(b"\xff\xd8\xff") == 1  # no other picture is in it
    (made,) = [a for a in assertions["c2pa.actions.v2"]["actions"] if "parameters" in a]
    assert (made["action"], len(made["parameters"]["ingredients"])) == ("c2pa.created", 2)


def test_a_rendition_names_its_parent_alone_as_opened(ours: House) -> None:
    master = sealed(ours, FileFormat.PNG)
    parent = Ingredient("master", master, "parentOf", "image/png")
    data = ours.credentials.sign(JPEG, claim(9, ingredients=(parent, INGREDIENT)))
    assertions = reported(ours, data, FileFormat.JPEG)["manifests"][0]["assertions"]
    opened, placed = assertions["c2pa.actions.v2"]["actions"][:2]
    assert (opened["action"], placed["action"]) == ("c2pa.opened", "c2pa.placed")
    assert "digitalSourceType" not in opened
    assert len(opened["parameters"]["ingredients"]) == 1
    assert ours.credentials.read(data).source_type == claim().source_type


def test_soft_bindings_name_our_mark_and_our_fingerprint(ours: House) -> None:
    data = ours.credentials.sign(JPEG, replace(claim(), watermark="0123456789abcdef"))
    assertions = reported(ours, data, FileFormat.JPEG)["manifests"][0]["assertions"]
    bound = {
        item["alg"]: item["blocks"][0]["value"]
        for label, item in assertions.items()
        if label.startswith("c2pa.soft-binding")
    }
    assert bound == {
        "org.sosie.fingerprint.1": claim().fingerprint,
        "org.sosie.watermark.1": "0123456789abcdef",
    }
    last = assertions["c2pa.actions.v2"]["actions"][-1]
    assert last == {"action": "c2pa.watermarked.bound"}


# Time stamps


def asking(house_: House, url: str | None, roots: str = "") -> C2pa:
    adapter = house_.credentials
    return C2pa(adapter._chain, adapter._sign, house_.root_pem, authority=url, authorities=roots)


@every_format
def test_a_claim_carries_the_time_of_an_authority(ours: House, format: FileFormat) -> None:
    at = NOW - timedelta(hours=3)
    with authority(at) as (url, root):
        data = asking(ours, url).sign(unsealed(format), claim())
    assert asking(ours, None, root).read(data).stamped_at == at
    # Whoever relies on nobody is told no time, and trusts the signer as before.
    found = ours.credentials.read(data)
    assert (found.state, found.stamped_at) == (CredentialState.TRUSTED, None)
    with authority(at) as (_, other):
        assert asking(ours, None, other).read(data).stamped_at is None


def test_a_flipped_bit_loses_a_time_and_never_changes_it(ours: House) -> None:
    at = NOW - timedelta(hours=3)
    with authority(at) as (url, root):
        data = asking(ours, url).sign(JPEG, claim())
    reader = asking(ours, None, root)
    begin = data.index(b"sigTst")  # the stamp lies in what the claim signature leaves open
    told = set()
    for position in range(begin, begin + 6600, 23):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        told.add(reader.read(bytes(changed)).stamped_at)
    assert told == {at, None}


def test_who_tells_the_time_vouches_for_no_signer(ours: House, strangers: House) -> None:
    forged = strangers.credentials.sign(JPEG, claim())
    # Even the stranger's own root among the authorities makes the stranger nobody known.
    found = asking(ours, None, strangers.root_pem).read(forged)
    assert (found.state, found.stamped_at) == (CredentialState.VALID, None)


@pytest.mark.parametrize("broken", [False, True], ids=["down", "answers nonsense"])
def test_an_authority_that_fails_hinders_no_seal(ours: House, broken: bool) -> None:
    with authority(NOW, broken=True) as (url, root):
        where = url if broken else "http://127.0.0.1:9/"
        data = asking(ours, where).sign(JPEG, claim())
        found = asking(ours, None, root).read(data)
    assert (found.state, found.stamped_at) == (CredentialState.TRUSTED, None)


def test_a_locked_key_is_not_asked_again_without_the_authority(ours: House) -> None:
    asked = []

    def locked(data: bytes) -> bytes:
        asked.append(len(data))
        raise BadInput("the passphrase is wrong", where="key", remedy="try again")

    with authority(NOW) as (url, _):
        adapter = C2pa(ours.credentials.chain_pem, locked, ours.root_pem, authority=url)
        with pytest.raises(BadInput, match="passphrase is wrong"):
            adapter.sign(JPEG, claim())
    assert len(asked) == 1


@every_format
def test_the_store_in_a_file_is_taken_out_as_it_is(ours: House, format: FileFormat) -> None:
    data = sealed(ours, format)
    store = ours.credentials.store(data)
    assert store is not None
    beside = ours.credentials.read(data, manifest=store)
    assert (beside.state, beside.label) == (
        CredentialState.TRUSTED,
        ours.credentials.read(data).label,
    )
    assert store in data or format is FileFormat.JPEG  # a JPEG holds it in segments
    # The control: another picture's store is not this picture's.
    other = ours.credentials.store(sealed(ours, format))
    assert other is not None
    assert other != store
    assert ours.credentials.store(unsealed(format)) is None
    assert ours.credentials.store(b"") is None


@every_format
def test_the_active_manifest_alone_is_a_store_too(ours: House, format: FileFormat) -> None:
    master = Ingredient("master", sealed(ours, FileFormat.JPEG), "parentOf", "image/jpeg")
    data = ours.credentials.sign(unsealed(format), replace(claim(), ingredients=(master,)))
    store = ours.credentials.store(data)
    assert store is not None
    alone = ours.credentials.active(store)
    assert len(alone) < len(store)
    label = (ours.credentials.read(data).label or "").encode()
    assert alone.count(b"jumb") < store.count(b"jumb")
    assert label in alone
    parent = (ours.credentials.read(master.data).label or "").encode()
    superbox = b"c2ma\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03"
    assert (store.count(superbox + parent), alone.count(superbox + parent)) == (1, 0)
    assert ours.credentials.active(alone) == alone
    for wrong in (b"", store[:-1], b"\x00\x00\x00\x08jumb", data):
        with pytest.raises(ValueError, match=r"manifest store|longer than its file"):
            ours.credentials.active(wrong)

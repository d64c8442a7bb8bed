"""The preview in a manifest: what it holds, what other readers say of it, and when it counts."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from PIL import Image

from sosie.adapters.pictures import PREVIEW_BYTES, PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.preview import held, vouched
from sosie.core.seal import BYTES_DIFFER, CredentialState, Ingredient, Record
from sosie.core.studio import Pixels
from sosie.core.values import Digest, digest
from tests.adapters.houses import PREVIEW, House, claim
from tests.adapters.signed import INGREDIENT, reported, sealed, unsealed
from tests.core import attacks
from tests.core.plates import plate, scene

PICTURES = PillowPictures()
CLAIM = replace(claim(ingredients=(INGREDIENT,)), preview=PREVIEW)
RECORD = Record(
    number=CLAIM.number,
    file=Digest("sha256:" + "2" * 64),
    fingerprint=CLAIM.fingerprint,
    twin_name=CLAIM.license.twin_name,
    license=CLAIM.license.license,
    terms=CLAIM.license.terms,
    terms_digest=CLAIM.license.terms_digest,
    sealed_at=datetime(2026, 2, 3, tzinfo=UTC),
)
"""As the log proves it."""


def shown(made: House, format: FileFormat = FileFormat.JPEG) -> bytes:
    """Return the manifest store of a picture that was sealed with a preview."""
    return store_of(made, made.credentials.sign(unsealed(format), CLAIM))


def store_of(made: House, data: bytes) -> bytes:
    found = made.credentials.store(data)
    assert found is not None
    return found


def told(made: House, store: bytes, record: Record = RECORD) -> Pixels | str:
    """Return what somebody finds in a store who chose a root and holds a record."""
    return vouched(
        store, record, root_pem=made.root_pem, credentials=made.credentials, pictures=PICTURES
    )


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((1800, 1200), (512, 768)), ((300, 400), (400, 300)), ((33, 5000), (768, 5))],
)
def test_it_is_small_and_never_enlarged(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 90, np.uint8)
    with Image.open(io.BytesIO(PICTURES.preview(pixels))) as image:
        assert (image.size, image.format) == (wanted, "JPEG")


def test_what_takes_many_bytes_is_shown_smaller_and_nothing_but_pixels_is_in_it() -> None:
    calm, noise = scene(3, height=1200), np.random.default_rng(1).integers(0, 256, (900, 1200, 3))
    sides = []
    for pixels in (calm, noise.astype(np.uint8)):
        data = PICTURES.preview(pixels)
        assert data == PICTURES.preview(pixels.copy())
        with Image.open(io.BytesIO(data)) as image:
            assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            sides.append(max(image.size))
    assert sides == [768, 640]
    assert len(PICTURES.preview(calm)) < PREVIEW_BYTES


@pytest.mark.parametrize("format", FileFormat)
def test_it_is_found_in_a_store_without_its_file(
    ours: House, strangers: House, format: FileFormat
) -> None:
    for store in (shown(ours, format), ours.credentials.sidecar(unsealed(format), CLAIM)):
        credential, preview = ours.credentials.detached(store, anchors=ours.root_pem)
        assert preview == PREVIEW
        assert (credential.number, credential.license) == (CLAIM.number, CLAIM.license)
        assert set(credential.problems) <= set(BYTES_DIFFER)
        found = told(ours, store)
        assert not isinstance(found, str)
        assert np.array_equal(found, PICTURES.decode(PREVIEW, where="x"))
        # The control: under another root neither counts.
        credential, preview = ours.credentials.detached(store, anchors=strangers.root_pem)
        assert (credential.state, credential.number, preview) == (
            CredentialState.INVALID,
            None,
            None,
        )
        assert ours.credentials.detached(store, anchors="")[1] is None


def test_what_does_not_hold_shows_nothing(ours: House, strangers: House) -> None:
    jpeg = unsealed(FileFormat.JPEG)
    own = shown(ours)
    other = PICTURES.preview(plate(5, height=300))
    other = (other + bytes(len(PREVIEW)))[: len(PREVIEW)]
    assert PREVIEW in own
    swapped = own.replace(PREVIEW, other)
    signed = {
        "another root": (strangers.credentials.sidecar(jpeg, CLAIM), RECORD, "does not hold"),
        "another seal": (
            ours.credentials.sidecar(jpeg, replace(CLAIM, number=9)),
            RECORD,
            "is of another seal",
        ),
        "another twin": (
            ours.credentials.sidecar(
                jpeg, replace(CLAIM, license=replace(CLAIM.license, twin_name="Ada"))
            ),
            RECORD,
            "is of another seal",
        ),
        "no preview": (
            ours.credentials.sidecar(jpeg, replace(CLAIM, preview=b"")),
            RECORD,
            "holds no preview",
        ),
        "a speck": (
            ours.credentials.sidecar(
                jpeg, replace(CLAIM, preview=PICTURES.preview(np.zeros((9, 90, 3), np.uint8)))
            ),
            RECORD,
            "holds a preview that is too small",
        ),
        "a broken one": (
            ours.credentials.sidecar(jpeg, replace(CLAIM, preview=PREVIEW[:500])),
            RECORD,
            "holds a preview that cannot be read",
        ),
        "swapped": (swapped, RECORD, "does not hold"),
        "not the one in the log": (
            own,
            replace(RECORD, manifest=digest(swapped)),
            "is not the one in the log",
        ),
        "nothing": (b"", RECORD, "cannot be read"),
        "nonsense": (b"jumb" * 400, RECORD, "cannot be read"),
        "a picture": (jpeg, RECORD, "cannot be read"),
    }
    for name, (store, record, why) in signed.items():
        found = told(ours, store, record)
        assert isinstance(found, str), name
        assert found.startswith(why), (name, found)
    # The controls: as it is, beside the log's digest too.
    for record in (RECORD, replace(RECORD, manifest=digest(own))):
        assert not isinstance(told(ours, own, record), str)


def test_a_changed_bit_never_shows_anything_else(ours: House) -> None:
    store = shown(ours)
    true = told(ours, store)
    draw = np.random.default_rng(3)
    lost = 0
    for _ in range(150):
        changed = bytearray(store)
        for at in draw.integers(0, len(store), draw.integers(1, 4)):
            changed[at] ^= int(draw.integers(1, 256))
        found = told(ours, bytes(changed))
        lost += isinstance(found, str)
        assert isinstance(found, str) or np.array_equal(found, true)
    assert lost > 100  # the rest fell into what a claim does not sign: padding, the time stamp


def test_a_rendition_shows_itself_though_it_keeps_the_manifest_of_its_master(ours: House) -> None:
    cut = PICTURES.preview(plate(5, height=200))
    master = Ingredient("master", sealed(ours, FileFormat.JPEG), "parentOf")
    stated = replace(claim(9, ingredients=(master, INGREDIENT)), preview=cut)
    data = ours.credentials.sign(unsealed(FileFormat.PNG), stated)
    assert ours.credentials.read(data).state is CredentialState.TRUSTED
    first, second = reported(ours, data, FileFormat.PNG)["manifests"]
    assert "c2pa.thumbnail.claim" in first["assertions"]
    assert "c2pa.thumbnail.claim" not in second["assertions"]
    assert "c2pa.redacted" not in json.dumps(first)
    _, preview = ours.credentials.detached(store_of(ours, data), anchors=ours.root_pem)
    assert preview == cut


def test_knit_that_a_preview_lost_is_no_change_and_a_small_block_is_one() -> None:
    read = PillowPictures()
    picture = cv2.resize(scene(5), None, fx=1.4, fy=1.4)
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    worn = (abs(x - width / 2) < 0.2 * width) & (abs(y - 0.6 * height) < 0.2 * height)
    knit = 50 * np.sin(2 * np.pi * x / 4.3) * np.sin(2 * np.pi * y / (4.3 * 1.3)) * worn
    picture = np.clip(picture + knit[..., None], 0, 255).astype(np.uint8)
    preview, length = read.decode(read.preview(picture), where="preview"), max(picture.shape[:2])
    kept = held(attacks.cropped(picture, 0.9), preview, length=length)
    assert kept.matched
    assert kept.regions == ()
    blocked = picture.copy()
    blocked[height // 5 :, width // 3 :][:40, :40] = (30, 140, 90)
    changed = held(attacks.cropped(blocked, 0.9), preview, length=length)
    assert len(changed.regions) == 1

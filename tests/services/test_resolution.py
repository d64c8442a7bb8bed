"""A picture, its mark and its fingerprint lead to its manifest; a stranger's do not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from PIL import Image

from sosie.core.assessment import assess
from sosie.core.fingerprint import confirm
from sosie.core.package import Package, TrustFile
from sosie.core.ports import Outside
from sosie.core.preview import vouched
from sosie.core.resolution import Told, weighed
from sosie.core.seal import (
    FINGERPRINT_ALGORITHM,
    WATERMARK_ALGORITHM,
    CredentialState,
    Record,
    Report,
    Standing,
    Trust,
    TrustSource,
    Verdict,
    parse,
)
from sosie.core.sketch import Sketch
from sosie.core.studio import Pixels
from sosie.core.values import BadInput, Digest
from sosie.core.verification import Anchors, Question, gather
from sosie.services import license as licenses
from sosie.services import release, resolution, verification
from sosie.store.models import Opening, Seal, SealManifest
from sosie.web import resolution as web
from sosie.web.strangers import LOOKING
from tests.core.plates import scene
from tests.core.test_fingerprint import cut, jpeg
from tests.services.conftest import (
    LATER,
    SECRETS,
    assembled,
    granted,
    refused,
    released_on_instagram,
)
from tests.services.test_copies import ATTACKS, sealed, sealed_once, told

__all__ = ["sealed", "sealed_once"]
Sealed = tuple[Outside, Seal, Pixels]


@pytest.fixture
def released(sealed: Sealed) -> Sealed:
    """That workspace with the first picture let out; the seal of what went out, and its pixels."""
    outside, first, _ = sealed
    out = released_on_instagram(outside, first.picture_id).seal
    return outside, out, outside.pictures.decode(outside.blobs.get(Digest(out.file)), where="out")


def file_of(pixels: Pixels) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def afar(outside: Outside, said: Told, pixels: Pixels, store: bytes | None = None) -> Report:
    """Return what somebody elsewhere says of some pixels, who holds the trust file alone.

    ``store``: the manifest store that is served; the true one unless another is given.
    """
    file = TrustFile.parse(release.trust(outside).dump(), where="trust.json")
    chosen = Trust(TrustSource.GIVEN, file.workspace, file.root_fingerprint)
    anchors = Anchors(chosen, file.root, file.log, file.mark)
    question = Question(LATER.date())
    evidence = gather(
        file_of(pixels),
        pictures=outside.pictures,
        credentials=outside.credentials,
        anchors=anchors,
        package=None,
        question=question,
        where="copy.png",
    )

    def preview(label: str, record: Record) -> Pixels | str:
        own = granted(resolution.manifest(outside, label=label)) if store is None else store
        return vouched(
            own,
            record,
            root_pem=file.root,
            credentials=outside.credentials,
            pictures=outside.pictures,
        )

    label = SealManifest.objects.get(seal__file=said.package.record.file).label
    return assess(
        weighed(
            evidence,
            {label: said},
            pixels,
            anchors=anchors,
            question=question,
            host="h.example",
            preview=preview,
        )
    )


def test_a_mark_and_a_fingerprint_lead_to_the_manifest(released: Sealed) -> None:
    outside, first, _ = released
    label = SealManifest.objects.get(seal=first).label
    assert label.startswith("urn:c2pa:")
    value = f"{parse(first.number):016x}"
    found = granted(resolution.by_binding(outside, algorithm=WATERMARK_ALGORITHM, value=value))
    assert found == [resolution.Match(label, 100)]
    near = f"{int(first.fingerprint, 16) ^ 0b1011:064x}"
    found = granted(resolution.by_binding(outside, algorithm=FINGERPRINT_ALGORITHM, value=near))
    assert [match.label for match in found][:1] == [label]
    assert found[0].score == 99
    # The controls: a number that nobody sealed, and a fingerprint that is far from all.
    other = f"{parse(first.number) ^ 1:016x}"
    assert resolution.by_binding(outside, algorithm=WATERMARK_ALGORITHM, value=other) == []
    far = f"{int(first.fingerprint, 16) ^ (2**64 - 1):064x}"
    assert resolution.by_binding(outside, algorithm=FINGERPRINT_ALGORITHM, value=far) == []
    for algorithm, wrong in (
        ("com.example.1", value),
        (WATERMARK_ALGORITHM, first.fingerprint),
        (WATERMARK_ALGORITHM, value.upper().replace("0", "G")),
        (FINGERPRINT_ALGORITHM, ""),
    ):
        assert refused(resolution.by_binding(outside, algorithm=algorithm, value=wrong)) <= {
            "resolution.algorithm",
            "resolution.value",
        }


def test_what_was_sealed_and_not_released_is_not_told_of(sealed: Sealed) -> None:
    outside, first, pixels = sealed
    label = SealManifest.objects.get(seal=first).label
    other = Seal.objects.exclude(pk=first.pk).get()
    file, mark = outside.blobs.get(Digest(first.file)), f"{parse(first.number):016x}"

    def told_of() -> list[bool]:
        mine = resolution.by_binding(outside, algorithm=WATERMARK_ALGORITHM, value=mark)
        near = resolution.by_binding(
            outside, algorithm=FINGERPRINT_ALGORITHM, value=first.fingerprint
        )
        found = [
            *(granted(matches) for matches in (mine, near)),
            resolution.by_content(outside, data=file),
            resolution.by_content(outside, data=file_of(pixels)),
        ]
        return [label in {match.label for match in matches} for matches in found]

    assert told_of() == [False] * 4
    for ask in (resolution.manifest, resolution.evidence):
        assert refused(ask(outside, label=label)) == {"resolution.unpublished"}
    out = released_on_instagram(outside, first.picture_id)
    # The control: once a rendition is out, it and its master are told of; the other is not.
    assert told_of() == [True] * 4
    for seal in (first, out.seal):
        known = SealManifest.objects.get(seal=seal).label
        granted(resolution.manifest(outside, label=known))
        assert granted(resolution.evidence(outside, label=known)).record.number == parse(
            seal.number
        )
    kept = SealManifest.objects.get(seal=other).label
    assert refused(resolution.evidence(outside, label=kept)) == {"resolution.unpublished"}


def test_a_picture_leads_there_by_its_pixels(released: Sealed) -> None:
    outside, first, pixels = released
    label = SealManifest.objects.get(seal=first).label
    whole = outside.blobs.get(Digest(first.file))
    assert resolution.by_content(outside, data=whole) == [resolution.Match(label, 100)]
    for name, attack in ATTACKS.items():
        found = resolution.by_content(outside, data=file_of(attack(pixels)))
        assert [match.label for match in found] == [label], name
        assert (found[0].score == 100) == (name != "lettered"), (name, found)
    for seed in range(3):
        assert resolution.by_content(outside, data=file_of(scene(seed))) == []
    with pytest.raises(BadInput):
        resolution.by_content(outside, data=b"no picture")


def test_the_manifest_is_that_of_the_file(released: Sealed) -> None:
    outside, first, _ = released
    label = SealManifest.objects.get(seal=first).label
    data = outside.blobs.get(Digest(first.file))
    for active in (False, True):
        store = granted(resolution.manifest(outside, label=label, active=active))
        assert label.encode() in store
    read = outside.credentials.read(
        data, manifest=granted(resolution.manifest(outside, label=label))
    )
    assert (read.state, read.label) == (CredentialState.TRUSTED, label)
    for wrong in ("urn:c2pa:none", "../../etc", "", label + "x"):
        for ask in (resolution.manifest, resolution.evidence):
            assert refused(ask(outside, label=wrong)) <= {
                "resolution.unknown",
                "resolution.identifier",
            }
    outside.blobs.delete(Digest(first.file))
    assert refused(resolution.manifest(outside, label=label)) == {"resolution.lost"}


def test_what_went_out_has_a_preview_of_itself_and_its_master_has_none(released: Sealed) -> None:
    outside, out, pixels = released
    assert out.master is not None
    found = {}
    for seal in (out, out.master):
        label = SealManifest.objects.get(seal=seal).label
        store = granted(resolution.manifest(outside, label=label))
        credential, found[label] = outside.credentials.detached(
            store, anchors=outside.keys.root_pem
        )
        assert credential.number == parse(seal.number)
    preview, none = found.values()
    assert (preview is None, none) == (False, None)
    shown = outside.pictures.decode(preview or b"", where="preview")
    assert max(shown.shape) == 768
    match = confirm(shown, pixels)
    assert (match.matched, match.regions) == (True, ())
    # Who sends the master's pixels is told what went out of it too.
    master = outside.pictures.decode(outside.blobs.get(Digest(out.master.file)), where="master")
    labels = [match.label for match in resolution.by_content(outside, data=file_of(master))]
    assert labels == list(found)[::-1]


def test_elsewhere_the_same_is_said_as_here(released: Sealed) -> None:
    outside, first, pixels = released
    label = SealManifest.objects.get(seal=first).label
    said = granted(resolution.evidence(outside, label=label))
    said = Told.parse(json.dumps(said.as_dict()).encode(), where="h.example")
    outcomes = set()
    for name, attack in ATTACKS.items():
        copy = attack(pixels)
        here, there = told(outside, copy), afar(outside, said, copy)
        assert (there.outcome, there.exit_code) == (here.outcome, here.exit_code), (
            name,
            there.sentence,
        )
        assert there.number == here.number
        outcomes.add(there.outcome)
    assert outcomes == {Verdict.MADE_HERE, Verdict.ALTERED}
    for seed in range(3):
        assert afar(outside, said, scene(seed)).outcome is Verdict.UNKNOWN


def test_the_log_holds_what_a_copy_is_compared_with(released: Sealed) -> None:
    outside, first, pixels = released
    record = Opening.objects.get(entry=first.entry).record
    sketch = Sketch.of(pixels)
    assert record["colors"] == sketch.colors.tobytes().hex()
    assert len(record["colors"]) < 1600
    label = SealManifest.objects.get(seal=first).label
    said = granted(resolution.evidence(outside, label=label))
    assert said.features == sketch.features.encode()
    again = said.sketch()
    assert again is not None
    assert np.array_equal(again.colors, sketch.colors)
    package = json.dumps(said.package.as_dict()["record"]).lower().replace(record["colors"], "")
    for private in ("nord", "atlas", "180.00", "commission"):
        assert private not in package


def test_a_revocation_is_told(released: Sealed) -> None:
    outside, first, pixels = released
    label = SealManifest.objects.get(seal=first).label
    before = granted(resolution.evidence(outside, label=label))
    assert before.standing is None
    granted(
        licenses.revoke(
            outside,
            license=first.picture.license_id,
            by="ines",
            passphrase=SECRETS["ines"],
            now=LATER + timedelta(minutes=1),
        )
    )
    after = granted(resolution.evidence(outside, label=label))
    assert after.standing is Standing.REVOKED
    copy = jpeg(cut(pixels, 0.7), 75)
    assert afar(outside, before, copy).exit_code == 0
    report = afar(outside, after, copy)
    assert (report.outcome, report.exit_code) == (Verdict.MADE_HERE, 1)
    assert "revoked on 2026-11-24, as h.example says" in report.sentence


def test_seals_of_before_there_were_identifiers_are_completed(
    released: Sealed, tmp_path: Any
) -> None:
    _, first, _ = released
    labels = set(SealManifest.objects.values_list("label", flat=True))
    with connection.cursor() as cursor:
        trigger = "store_sealmanifest_no_delete"
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [trigger])
        (kept,) = cursor.fetchone()
        cursor.execute(f"DROP TRIGGER {trigger}")
        cursor.execute("DELETE FROM store_sealmanifest")
        cursor.execute(kept)
    older = assembled(tmp_path / "workspace")
    value = f"{parse(first.number):016x}"
    assert resolution.by_binding(older, algorithm=WATERMARK_ALGORITHM, value=value) == []
    assert resolution.complete(older) == 3
    assert resolution.complete(older) == 0
    assert set(SealManifest.objects.values_list("label", flat=True)) == labels
    for change in (
        SealManifest.objects.all().delete,
        lambda: SealManifest.objects.update(label="another"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert verification.package_of(older, first) is not None


def test_two_pictures_are_looked_for_at_a_time() -> None:
    ask = RequestFactory().post("/", b"x", content_type="image/jpeg")
    with LOOKING, LOOKING:
        busy = web.by_content(ask)
    assert isinstance(busy, HttpResponse)
    assert (busy.status_code, json.loads(busy.content)["code"]) == (503, "resolution.busy")
    # The control: with nobody else there, it is looked at, and is no picture.
    ask = RequestFactory().post("/", b"x", content_type="text/plain")
    assert web.by_content(ask).status_code == 415
    assert LOOKING.acquire(blocking=False)
    LOOKING.release()


def test_a_fault_is_told_as_a_problem_and_the_next_picture_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def asked() -> tuple[int, str]:
        answer = web.by_content(RequestFactory().post("/", b"x", content_type="image/jpeg"))
        assert isinstance(answer, HttpResponse)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.status_code, json.loads(answer.content)["code"]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("what nobody expected")

    monkeypatch.setattr(web, "outside", lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr(resolution, "by_content", broken)
        assert [asked() for _ in range(3)] == 3 * [(500, "resolution.fault")]
    assert caplog.text.count("RuntimeError: what nobody expected") == 3

    def unreadable(*_: object, **__: object) -> None:
        raise BadInput("this is no picture", where="picture", remedy="x", code="picture.format")

    monkeypatch.setattr(resolution, "by_content", unreadable)
    assert asked() == (400, "picture.format")  # the control


def test_what_the_record_says_cannot_be_said_otherwise(released: Sealed) -> None:
    """A server that changes any part of the evidence is found out, whatever the part."""
    outside, first, pixels = released
    said = granted(resolution.evidence(outside, label=SealManifest.objects.get(seal=first).label))
    copy = jpeg(pixels, 80)
    assert afar(outside, said, copy).outcome is Verdict.MADE_HERE
    tried = 0
    for field, value in {
        "twin_name": "Ada",
        "license": "L-9",
        "fingerprint": "00" * 32,
        "colors": "00" * (len(said.package.committed["colors"]) // 2),
        "terms_digest": "sha256:" + "0" * 64,
        "number": "0000-0000-00007",
    }.items():
        record = {**said.package.committed, field: value}
        lie = Package.of(record=record, salt=said.package.salt, proof=said.package.proof)
        report = afar(outside, replace(said, package=lie), copy)
        assert report.outcome is Verdict.UNKNOWN, field
        tried += 1
    assert tried == 6

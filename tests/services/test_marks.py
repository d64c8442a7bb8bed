"""A mark that is in a picture before it is sealed: found first, kept as ingredient, told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.db import connection

import sosie
from sosie.core.file_format import FileFormat
from sosie.core.ports import Outside
from sosie.core.seal import Report, Verdict, parse, spell
from sosie.core.studio import Pixels
from sosie.core.values import Digest, digest
from sosie.core.verification import Question
from sosie.core.watermark import detect, embed
from sosie.services import release, seal, verification
from sosie.store.models import Opening, Picture, Plate, Seal, Shoot
from tests.adapters.houses import claim, house
from tests.adapters.signed import manifests, unsealed
from tests.services.conftest import LATER, answer, granted, made, released_on_instagram
from tests.services.people import drawn_pixels

UNKNOWN = 0x0123_4567_89AB_CDEF


def sealed_from(outside: Outside, license: str, view: str, number: int | None) -> Seal:
    """Seal a picture that carries a mark, as one that was finished in another tool may."""
    (id,) = made(outside, license, view)
    if number is not None:
        assert outside.mark_key is not None
        row = Picture.objects.get(pk=id)
        shown = outside.pictures.decode(outside.blobs.get(Digest(row.digest)), where=id)
        marked = outside.pictures.lossless(embed(shown, number, outside.mark_key))
        Picture.objects.filter(pk=id).update(digest=outside.blobs.put(marked))
    granted(answer(outside, id))
    return granted(seal.seal(outside, picture=id, now=LATER))


def pixels_of(outside: Outside, made: Seal) -> Pixels:
    return outside.pictures.decode(outside.blobs.get(Digest(made.file)), where="sealed")


def asked(outside: Outside, data: bytes) -> Report:
    return verification.verify(outside, data=data, where="x", question=Question(LATER.date()))


def test_a_mark_that_was_there_is_an_ingredient_and_both_are_told(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    before = sealed_from(captured, license, "front-half", None)
    after = sealed_from(captured, license, "three-quarter", parse(before.number))
    data = captured.blobs.get(Digest(after.file))
    record = Opening.objects.get(entry=after.entry).record
    assert record["earlier"] == [before.number]
    assert "earlier" not in Opening.objects.get(entry=before.entry).record
    assert captured.mark_key is not None
    numbers = detect(pixels_of(captured, after), captured.mark_key).numbers
    assert set(numbers) == {parse(before.number), parse(after.number)}
    said = manifests(data)[0]
    (named,) = [item for item in said["ingredients"] if item["relationship"] == "inputTo"]
    assert named["title"] == f"marked as seal {before.number}"
    assert named["instance_id"] == f"urn:{before.file}"
    assert "thumbnail" not in named
    report = asked(captured, data)
    assert report.outcome is Verdict.MADE_HERE
    assert report.steps[6].code == "seal.watermark.agrees"
    assert f"{after.number} (of this picture)" in report.steps[6].sentence
    assert f"{before.number} (marked before it was sealed)" in report.steps[6].sentence
    # A stripped, smaller copy is the later seal's, and that of the earlier one stays its own.
    for found in (after, before):
        small = cv2.resize(pixels_of(captured, found), None, fx=0.7, fy=0.7)
        copy = asked(captured, captured.pictures.encode(np.ascontiguousarray(small)))
        assert f"a copy of seal {found.number}" in copy.sentence


def test_a_number_that_nobody_here_knows_is_kept_by_the_number_alone_and_travels_on(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    master = sealed_from(captured, agreed(), "front-full", UNKNOWN)
    named = manifests(captured.blobs.get(Digest(master.file)))[0]["ingredients"]
    assert f"urn:sosie:seal:{spell(UNKNOWN)}" in [item["instance_id"] for item in named]
    out = released_on_instagram(captured, master.picture_id)
    file = Path(release.overview(captured)[0]["file"])
    report = sosie.verify(file, trust=file.parent / "trust.json", on=LATER.date())
    assert report.outcome is Verdict.MADE_HERE, report.sentence
    assert f"{spell(UNKNOWN)} (marked before it was sealed)" in report.steps[6].sentence
    assert captured.credentials.read(file.read_bytes()).earlier == (UNKNOWN,)
    # The control: without that list the same marks would be of another picture.
    package = file.with_name(f"{file.name}.sosie.json")
    changed = json.loads(package.read_bytes())
    assert changed["record"].pop("earlier") == [spell(UNKNOWN)]
    package.write_text(json.dumps(changed), encoding="utf-8")
    report = sosie.verify(file, trust=file.parent / "trust.json", on=LATER.date())
    assert report.outcome is Verdict.ALTERED
    assert out.seal.master == master
    # The rendition keeps the manifest of its master, and by it the number as an ingredient.
    _, kept = manifests(file.read_bytes())
    assert kept["label"] == manifests(captured.blobs.get(Digest(master.file)))[0]["label"]
    assert "inputTo" in [item["relationship"] for item in kept["ingredients"]]


def test_a_mark_in_a_plate_is_found_where_the_new_one_drowns_it(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    assert captured.mark_key is not None
    plate = captured.pictures.encode(embed(drawn_pixels("walking"), UNKNOWN, captured.mark_key))
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_plate_no_update")  # a plate never changes otherwise
    Plate.objects.filter(name="walking").update(digest=captured.blobs.put(plate))
    found = sealed_from(captured, agreed(), "walking", None)
    assert Opening.objects.get(entry=found.entry).record["earlier"] == [spell(UNKNOWN)]
    report = asked(captured, captured.blobs.get(Digest(found.file)))
    assert report.outcome is Verdict.MADE_HERE
    assert report.steps[6].code == "seal.watermark.agrees"


def test_a_file_that_an_order_names_is_an_ingredient_by_its_digest(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    cloth = house("Weaver").credentials.sign(unsealed(FileFormat.PNG), claim(5))
    row = Picture.objects.get(pk=id)
    order = {**row.order, "garment_colour": None, "garment_swatch": "cloth-of-lise"}
    Picture.objects.filter(pk=id).update(order=order)
    Shoot.objects.filter(pk=row.shoot_id).update(files={"cloth-of-lise": captured.blobs.put(cloth)})
    granted(answer(captured, id))
    found = granted(seal.seal(captured, picture=id, now=LATER))
    data = captured.blobs.get(Digest(found.file))
    said, woven = manifests(data)
    named = {item["title"]: item for item in said["ingredients"]}
    assert set(named) == {"plate front-half", "cloth"}
    assert named["cloth"]["instance_id"] == f"urn:{digest(cloth)}"
    assert named["cloth"]["active_manifest"] == woven["label"]
    assert b"lise" not in data
    assert asked(captured, data).outcome is Verdict.MADE_HERE


@pytest.mark.parametrize("kept", [{"earlier": ["x"]}, {"earlier": "7"}, {"earlier": [{}]}])
def test_a_list_of_earlier_seals_that_is_none_says_nothing(kept: dict[str, object]) -> None:
    from sosie.adapters.credentials import _read_earlier

    assert _read_earlier(dict(kept)) == ()
    assert _read_earlier({"earlier": [spell(UNKNOWN)]}) == (UNKNOWN,)

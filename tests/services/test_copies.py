"""Copies are found in a workspace, whole or in part; what is not known is not found."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from sosie.core.assessment import assess
from sosie.core.features import KIND, Features, agreement, extract
from sosie.core.package import TrustFile
from sosie.core.ports import Outside
from sosie.core.seal import (
    WATERMARK_ALGORITHM,
    Report,
    StepState,
    Trust,
    TrustSource,
    Verdict,
    parse,
)
from sosie.core.studio import Backdrop, Order, Pixels
from sosie.core.values import Digest
from sosie.core.verification import Anchors, Question, gather
from sosie.core.watermark import Key, _added, _frame, _written, detect, embed
from sosie.core.watermark_pattern import encoded, patterns, pilot_phases
from sosie.services import copies, picture, release, seal, shoot, verification
from sosie.store.models import Seal, SealFeatures
from tests.core.attacks import stamped
from tests.core.plates import scene
from tests.core.test_features import lettered
from tests.core.test_fingerprint import cut, jpeg, sized, turned
from tests.services.conftest import (
    LATER,
    SECRETS,
    answer,
    assembled,
    database,
    granted,
    made,
    plan,
    refused,
    released_on_instagram,
    signed,
)
from tests.services.conftest import terms as terms_between

ATTACKS: dict[str, Callable[[Pixels], Pixels]] = {
    "half of it": lambda p: jpeg(cut(p, 0.7), 70),
    "a fifth of it": lambda p: jpeg(cut(p, 0.45), 80),
    "mirrored": lambda p: jpeg(np.ascontiguousarray(p[:, ::-1]), 70),
    "mirrored half": lambda p: jpeg(cut(np.ascontiguousarray(p[:, ::-1]), 0.7), 70),
    "lettered": lambda p: jpeg(lettered(p), 80),
    "turned": lambda p: jpeg(turned(p, 6), 80),
    "small": lambda p: jpeg(sized(p, 0.5), 70),
}


@pytest.fixture(scope="module")
def sealed_once(made_once: Path, tmp_path_factory: Any, django_db_blocker: Any) -> Path:
    """A workspace with two sealed pictures."""
    folder = Path(tmp_path_factory.mktemp("sealed")) / "workspace"
    shutil.copytree(made_once, folder)
    with database(folder, django_db_blocker):
        outside = assembled(folder)
        for id in made(outside, signed(outside), "front-half", "walking"):
            granted(answer(outside, id))
            granted(seal.seal(outside, picture=id, now=LATER))
    return folder


@pytest.fixture
def sealed(
    sealed_once: Path, tmp_path: Path, django_db_blocker: Any
) -> Iterator[tuple[Outside, Seal, Pixels]]:
    """A copy of that workspace; the first seal and its pixels."""
    folder = tmp_path / "workspace"
    shutil.copytree(sealed_once, folder)
    with database(folder, django_db_blocker):
        outside = assembled(folder)
        first = Seal.objects.order_by("entry").first()
        assert first is not None
        data = outside.blobs.get(Digest(first.file))
        yield outside, first, outside.pictures.decode(data, where="sealed")


def test_copies_are_found_and_strangers_are_not(sealed: tuple[Outside, Seal, Pixels]) -> None:
    outside, first, pixels = sealed
    assert outside.mark_key is not None
    for name, attack in ATTACKS.items():
        copy = attack(pixels)
        # What little is in a fifth is in another sealed picture of this pose too: its mark tells.
        marks = detect(copy, outside.mark_key).payloads if name == "a fifth of it" else ()
        found = copies.find(outside, copy, marks)
        assert found is not None, name
        assert found.seal.pk == first.pk, name
        assert bool(found.match.regions) == (name == "lettered"), (name, found.match)
    led_by = copies.find(outside, ATTACKS["half of it"](pixels))
    assert led_by is not None
    assert led_by.agreeing >= 30
    # The control: what is not sealed here is not found, whole or cut, changed in the same ways.
    for seed in range(2):
        for attack in (cut_none, *ATTACKS.values()):
            assert copies.find(outside, attack(scene(seed))) is None
    assert copies.find(outside, np.full((400, 300, 3), 210, np.uint8)) is None
    assert copies.find(outside, pixels[:20, :20]) is None
    for size in ((60_000, 40), (64, 20_000)):
        assert copies.find(outside, cv2.resize(pixels, size)) is None


def cut_none(pixels: Pixels) -> Pixels:
    return pixels


def test_features_are_kept_with_each_seal(sealed: tuple[Outside, Seal, Pixels]) -> None:
    _, first, pixels = sealed
    row = SealFeatures.objects.get(seal=first)
    assert row.kind == KIND
    kept = Features.decode(bytes(row.body))
    assert kept.encode() == extract(pixels).encode()
    assert agreement(kept, extract(pixels)) is not None
    for change in (row.delete, lambda: SealFeatures.objects.update(kind="another")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_seals_of_before_there_were_features_are_completed(
    sealed: tuple[Outside, Seal, Pixels], tmp_path: Path
) -> None:
    _, first, pixels = sealed
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_sealfeatures_no_delete")
        cursor.execute("DELETE FROM store_sealfeatures")
    older = assembled(tmp_path / "workspace")
    whole = copies.find(older, jpeg(pixels, 60))
    assert whole is not None
    assert whole.seal.pk == first.pk
    assert copies.find(older, ATTACKS["half of it"](pixels)) is None
    assert copies.complete(older) == 2
    assert copies.complete(older) == 0
    part = copies.find(older, ATTACKS["half of it"](pixels))
    assert part is not None
    assert part.seal.pk == first.pk


def test_the_report_says_what_was_found(sealed: tuple[Outside, Seal, Pixels]) -> None:
    outside, first, pixels = sealed
    _, data = cv2.imencode(".jpg", ATTACKS["half of it"](pixels)[:, :, ::-1])
    said = verification.examine(
        outside, data=data.tobytes(), where="part.jpg", question=Question(LATER.date())
    )
    assert said.report.exit_code == 0
    assert f"a copy of seal {first.number}" in said.report.sentence
    assert "cropped to 49 %" in said.report.sentence
    assert said.found is not None
    assert "its mark led there" in said.report.steps[5].sentence
    assert said.report.steps[6].code == "seal.watermark.agrees"
    _, data = cv2.imencode(".jpg", scene(5)[:, :, ::-1])
    said = verification.examine(
        outside, data=data.tobytes(), where="other.jpg", question=Question(LATER.date())
    )
    assert (said.report.exit_code, said.found) == (2, None)


def told(outside: Outside, pixels: Pixels) -> Report:
    """Return what the workspace says of some pixels, as a file that carries nothing else."""
    _, data = cv2.imencode(".png", pixels[:, :, ::-1])
    question = Question(LATER.date())
    return verification.verify(outside, data=data.tobytes(), where="copy.png", question=question)


def test_a_sealed_file_carries_its_number_in_its_pixels(
    sealed: tuple[Outside, Seal, Pixels],
) -> None:
    outside, first, pixels = sealed
    assert outside.mark_key is not None
    number = parse(first.number)
    for name, attack in ATTACKS.items():
        assert detect(attack(pixels), outside.mark_key).payload == number, name
    report = told(outside, ATTACKS["a fifth of it"](pixels))
    assert f"a copy of seal {first.number}" in report.sentence
    assert report.steps[6].code == "seal.watermark.agrees"
    # The control: the key of another workspace finds nothing, and nothing is in a stranger.
    assert detect(pixels, Key.from_secret(bytes(32))).payload is None
    assert told(outside, scene(77)).steps[6].code == "seal.watermark.absent"


def test_a_copy_too_small_to_tell_is_said_to_be_so(sealed: tuple[Outside, Seal, Pixels]) -> None:
    outside, first, pixels = sealed
    small = cv2.resize(pixels, None, fx=180 / max(pixels.shape), fy=180 / max(pixels.shape),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    report = told(outside, jpeg(small, 85))
    assert report.outcome is Verdict.UNKNOWN, report
    assert report.sentence.startswith(
        f"unknown: it agrees with the picture of seal {first.number}, but it is too small"
    )
    step = report.steps[5]
    assert (step.state, step.code) == (StepState.UNCHECKED, "seal.copy.unconfirmed")
    assert report.number is None


def test_a_mark_on_another_picture_finds_a_record_and_proves_nothing(
    sealed: tuple[Outside, Seal, Pixels],
) -> None:
    outside, first, _ = sealed
    assert outside.mark_key is not None
    forged = embed(scene(78), parse(first.number), outside.mark_key)
    report = told(outside, forged)
    assert (report.outcome, report.exit_code) == (Verdict.UNKNOWN, 2)
    assert f"a mark in it names seal {first.number}" in report.sentence
    assert "no picture of that seal could be laid on it" in report.sentence
    assert report.number is None
    assert report.subject is None


def test_offline_the_published_key_reads_the_mark_and_says_whom_to_ask(
    sealed: tuple[Outside, Seal, Pixels],
) -> None:
    outside, first, pixels = sealed
    file = TrustFile.parse(release.trust(outside).dump(), where="trust.json")
    assert outside.mark_key is not None
    assert file.mark == outside.mark_key.read.hex()
    chosen = Trust(TrustSource.GIVEN, file.workspace, file.root_fingerprint)
    _, data = cv2.imencode(".png", ATTACKS["half of it"](pixels)[:, :, ::-1])
    for mark, sentence in ((file.mark, f"names seal {first.number}; ask"), (None, "no credential")):
        evidence = gather(
            data.tobytes(),
            pictures=outside.pictures,
            credentials=outside.credentials,
            anchors=Anchors(chosen, file.root, file.log, mark),
            package=None,
            question=Question(LATER.date()),
            where="copy.png",
        )
        report = assess(evidence)
        assert report.outcome is Verdict.UNKNOWN, report
        assert sentence in report.sentence


def test_the_manifest_names_the_mark(sealed: tuple[Outside, Seal, Pixels]) -> None:
    outside, first, _ = sealed
    data = outside.blobs.get(Digest(first.file))
    assert f"{parse(first.number):016x}".encode() in data
    assert WATERMARK_ALGORITHM.encode() in data


def test_a_workspace_without_a_key_of_marks_seals_and_looks_for_none(
    sealed: tuple[Outside, Seal, Pixels],
) -> None:
    outside = replace(sealed[0], mark_key=None)
    id = made(outside, signed(outside), "three-quarter")[0]
    granted(answer(outside, id))
    row = granted(seal.seal(outside, picture=id, now=LATER))
    data = outside.blobs.get(Digest(row.file))
    assert WATERMARK_ALGORITHM.encode() not in data
    shown = outside.pictures.decode(data, where="sealed")
    assert told(outside, shown).steps[6].code == "seal.watermark.unchecked"


def test_a_moment_is_the_day_where_the_terms_count_their_days() -> None:
    terms = terms_between(period={"from": "2026-11-01", "until": "2027-04-30"})
    late = datetime(2027, 4, 30, 23, 30, tzinfo=UTC)
    for zone, day in (("Europe/Paris", date(2027, 5, 1)), ("UTC", date(2027, 4, 30))):
        period = {"from": "2026-11-01", "until": "2027-04-30", "time_zone": zone}
        assert Question(late).day(terms_between(period=period)) == day
    nowhere = {"from": "2026-11-01", "until": "2027-04-30", "time_zone": "Atlantis/Poseidonis"}
    assert Question(late).day(terms_between(period=nowhere)) == date(2027, 4, 30)
    assert Question(late).day(None) == date(2027, 4, 30)
    assert Question(date(2020, 1, 1)).day(terms) == date(2020, 1, 1)


def test_a_changed_part_of_a_rendition_is_said_of_the_rendition_and_not_of_its_master(
    sealed: tuple[Outside, Seal, Pixels],
) -> None:
    outside, first, _ = sealed
    out = released_on_instagram(outside, first.picture_id)
    data = outside.blobs.get(Digest(out.seal.file))
    shown = outside.pictures.decode(data, where="rendition")
    height, width = shown.shape[:2]
    for down, across in ((2, 2), (3, 4), (5, 7), (6, 3), (7, 6)):
        changed = shown.copy()
        top, left = height * down // 9, width * across // 9
        changed[top : top + 40, left : left + 40] = (30, 140, 90)
        report = told(outside, changed)
        assert report.outcome is Verdict.ALTERED
        assert f"part of the picture of seal {out.seal.number} was changed" in report.sentence
        assert report.steps[6].code == "seal.watermark.agrees"
    # The control: a mark of the rendition on the pixels of another seal does not win.
    assert outside.mark_key is not None
    other = Seal.objects.exclude(picture=first.picture).get()
    pixels = outside.pictures.decode(outside.blobs.get(Digest(other.file)), where="other")
    found = copies.find(outside, pixels, detect(shown, outside.mark_key).payloads)
    assert found is not None
    assert found.seal == other


def laid_whole(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each original that is laid on a copy at full size."""
    noted: list[str] = []
    laid = copies._laid

    def noting(outside: Outside, pixels: Pixels, lead: Any, original: Any = None) -> Any:
        noted.append(lead.entry)
        return laid(outside, pixels, lead, original)

    monkeypatch.setattr(copies, "_laid", noting)
    return noted


COLORS = ("#1f4f7a", "#2f7a3b")


def test_a_shoot_in_many_colors_is_told_apart_whatever_the_mark_says(
    sealed: tuple[Outside, Seal, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = sealed[0]
    orders = tuple(
        Order(plate="front-full", garment_colour=color, backdrop=Backdrop(scene="plain"), seed=1)
        for color in COLORS
    )
    row = granted(
        shoot.order(
            outside,
            license=signed(outside),
            plan=plan("front-full").model_copy(update={"pictures": orders}),
            by="nord",
            passphrase=SECRETS["nord"],
            now=LATER,
        )
    )
    shown, noted = {}, laid_whole(monkeypatch)
    for id in picture.pending(row.pk):
        never: dict[str, Any] = {"progress": lambda *_: None, "cancelled": lambda: False}
        granted(picture.make(outside, picture=id, now=LATER, **never))
        granted(answer(outside, id))
        done = granted(seal.seal(outside, picture=id, now=LATER))
        shown[done.number] = outside.pictures.decode(outside.blobs.get(Digest(done.file)), where="")
    assert len(shown) == 2
    assert outside.mark_key is not None
    marks = {number: detect(p, outside.mark_key).payloads for number, p in shown.items()}
    for number, pixels in shown.items():
        copy = jpeg(pixels, 75)
        for named in ((), *marks.values()):
            found = copies.find(outside, copy, named)
            assert found is not None
            assert (found.seal.number, found.match.regions) == (number, ()), (named, found.match)
        for named in ((), marks[number]):  # changed: the marked one, else the least changed
            noted.clear()
            found = copies.find(outside, jpeg(lettered(pixels), 80), named)
            assert found is not None
            assert found.seal.number == number
            assert found.match.regions
            # Roughly, the other color is changed as well, or does not agree: then it is laid once.
            assert len(noted) <= (2 if named else 3)
            assert len(set(noted)) == len(noted)


def test_what_agrees_in_its_features_and_in_nothing_else_costs_no_look_at_full_size(
    sealed: tuple[Outside, Seal, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, _, pixels = sealed
    noted = laid_whole(monkeypatch)
    assert copies.find(outside, np.roll(pixels, 1, axis=2)) is None  # other colors everywhere
    assert noted == []
    assert copies.find(outside, jpeg(pixels, 60)) is not None  # the control
    assert noted != []


def test_of_what_is_changed_no_other_seal_is_named_over_its_mark(
    sealed: tuple[Outside, Seal, Pixels],
) -> None:
    """Two pictures of one person in one pose: what is changed in both is the one that is marked."""
    outside, first, pixels = sealed
    assert outside.mark_key is not None
    marks = detect(pixels, outside.mark_key).payloads
    other = Seal.objects.exclude(pk=first.pk).get()
    pasted = outside.pictures.decode(outside.blobs.get(Digest(other.file)), where="other")
    found = copies.find(outside, jpeg(stamped(pasted, 0.1), 80), marks)
    assert found is not None
    assert (found.seal, bool(found.match.regions)) == (first, True)
    # The control: what is no changed copy of the other is that, whatever mark was copied into it.
    found = copies.find(outside, jpeg(pasted, 80), marks)
    assert found is not None
    assert (found.seal, found.match.regions) == (other, ())


@pytest.mark.parametrize("tiles", [(0, 0), (6, 0), (0, 7), (2, 2)])
def test_a_mark_that_somebody_wrote_into_another_picture_finds_no_copy(
    sealed: tuple[Outside, Seal, Pixels], tiles: tuple[int, int]
) -> None:
    """Whoever has the read key can write any number, also as of a place beside the picture."""
    outside, first, _ = sealed
    assert outside.mark_key is not None
    stranger = np.array(scene(3))
    across, down = (256 * each for each in tiles)
    frame = _frame(stranger.shape[1::-1])
    number, keyed = parse(first.number), patterns(outside.mark_key.read)
    phases = pilot_phases(outside.mark_key.read, number)
    size = (frame[1] + down, frame[0] + across)
    drawn = _written(size, encoded(number), phases, keyed)[down:, across:]
    forged = _added(stranger, drawn.astype(np.float32) * 2)
    assert number in detect(forged, outside.mark_key).numbers  # the control: it is read
    report = told(outside, forged)
    assert report.outcome is Verdict.UNKNOWN, report.sentence


def test_a_picture_whose_marks_hide_its_own_is_not_sealed(
    sealed: tuple[Outside, Seal, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = sealed[0]
    assert outside.mark_key is not None
    key = outside.mark_key
    # As if marks that are there already had drowned the new one.
    monkeypatch.setattr("sosie.core.watermark.embed", lambda shown, *_: embed(shown, 7, key))
    id = made(outside, signed(outside), "three-quarter")[0]
    granted(answer(outside, id))
    before = Seal.objects.count()
    assert refused(seal.seal(outside, picture=id, now=LATER)) == {"seal.mark.hidden"}
    assert Seal.objects.count() == before

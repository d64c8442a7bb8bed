"""Orders in a real workspace: plans, failures, changes, finished pictures from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from django.db import IntegrityError, transaction

from sosie.cli.making import tell
from sosie.core.likeness import likeness
from sosie.core.ports import Engine, Outside
from sosie.core.studio import Backdrop, Look, Matrix, Order, ShootPlan, Stopped
from sosie.core.terms import Channel, Purpose
from sosie.core.values import BadInput, Digest, Refusal
from sosie.core.verification import Question
from sosie.services import (
    change,
    ledger,
    log,
    picture,
    release,
    seal,
    shoot,
    verification,
    workspace,
)
from sosie.services import license as licenses
from sosie.store.models import Picture, Seal, Shoot, SignedAct
from tests.services.conftest import LATER, SECRETS, answer, granted, made, refused
from tests.services.people import drawn_card, drawn_pixels

COLOURS = ("#7a1f2b", "#20463a")


def planned(**changes: Any) -> ShootPlan:
    known: dict[str, Any] = {
        "sosie": "shoot/1",
        "purpose": Purpose.ORGANIC_SOCIAL,
        "channel": Channel.INSTAGRAM,
        "territories": ("FR",),
    }
    return ShootPlan(**(known | changes))


def matrix(*plates: str) -> ShootPlan:
    looks = tuple(Look(garment_colour=colour) for colour in COLOURS)
    return planned(matrix=Matrix(plates=plates, garments=looks, seed=7))


def proposed(outside: Outside, license: str, plan: ShootPlan) -> shoot.Proposal:
    return granted(shoot.propose(outside, license=license, plan=plan, now=LATER))


def ordered(
    outside: Outside, license: str, plan: ShootPlan, files: Mapping[str, bytes] | None = None
) -> Shoot:
    return granted(
        shoot.order(
            outside,
            license=license,
            plan=plan,
            files=files,
            by="nord",
            passphrase=SECRETS["nord"],
            now=LATER,
        )
    )


def make(outside: Outside, id: str, **how: Any) -> Picture | Refusal:
    told = {"progress": lambda share, what: None, "cancelled": lambda: False} | how
    return picture.make(outside, picture=id, now=LATER, **told)


def make_all(outside: Outside, row: Shoot) -> list[Picture | Refusal]:
    return [make(outside, id) for id in picture.pending(row.pk)]


def leaves(act: str) -> int:
    return sum(leaf["act"] == act for leaf in log.newest(10_000))


class Broken:
    """The atelier, save that one color breaks it, and that it promises less, if so told."""

    def __init__(self, engine: Engine, error: Exception, *, deterministic: bool = True) -> None:
        self._engine, self.error = engine, error
        self._deterministic = deterministic

    def describe(self) -> Any:
        return replace(self._engine.describe(), deterministic=self._deterministic)

    def check(self, order: Order, assets: Any) -> Any:
        return self._engine.check(order, assets)

    def run(self, order: Order, *more: Any) -> Any:
        if order.garment_colour == COLOURS[1]:
            raise self.error
        return self._engine.run(order, *more)


def with_engine(outside: Outside, engine: Any) -> Outside:
    return replace(outside, engines={**outside.engines, "atelier": engine})


def test_a_matrix_is_every_plate_in_every_look_before_every_backdrop() -> None:
    whole = Matrix(
        plates=("a", "b"),
        garments=(Look(garment_colour="#7a1f2b"), Look(wear="tee")),
        backdrops=(Backdrop(scene="paper"), Backdrop(scene="photograph", file="street")),
        seed=2**32 - 1,
    )
    orders = whole.orders()
    assert len(orders) == len(whole) == 8
    assert [o.plate for o in orders] == ["a"] * 4 + ["b"] * 4
    assert [bool(o.wear) for o in orders] == [False, False, True, True] * 2
    assert [o.files() for o in orders[:4]] == [(), ("street",), ("tee",), ("tee", "street")]
    assert [o.seed for o in orders[:3]] == [2**32 - 1, 0, 1]
    first = Order(plate="a", garment_colour="#20463a")
    assert planned(pictures=(first,), matrix=whole).orders() == (first, *orders)
    for plates in (1001, 0):
        with pytest.raises(ValueError, match="asks for" if plates else "at least 1"):
            planned(matrix={"plates": ("a",) * plates})


def test_a_plan_says_what_it_costs_and_what_is_refused(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed(pictures=4)
    found = proposed(captured, license, matrix("front-half", "walking"))
    assert found.refusals == ()
    assert found.price is not None
    assert [str(each) for each in (found.price.total, found.price.commission)] == [
        "720.00 EUR",
        "144.00 EUR",
    ]
    assert str(found.price.receives) == "576.00 EUR"
    assert found.seconds is None
    granted(make(captured, picture.pending(ordered(captured, license, matrix("walking")).pk)[0]))
    again = proposed(captured, license, matrix("front-half"))
    took = Picture.objects.get(status="made").seconds
    assert took is not None
    assert again.seconds == pytest.approx(2 * took)
    assert again.refusals == ()
    unfit = planned(
        pictures=(
            Order(plate="front-half", garment_colour="#7a1f2b"),
            Order(plate="front-half", garment_colour="#7a1f2b", changes=("face",)),
            Order(plate="nowhere", garment_colour="#7a1f2b"),
        )
    )
    one, two, three = proposed(captured, license, unfit).pictures
    assert (one.license, one.engine) == ((), ())
    assert {reason.code for reason in two.license} == {"alteration.changes_her"}
    assert {reason.code for reason in two.engine} == {"engine.operation"}
    assert [reason.code for reason in three.engine] == ["plate.unknown"]
    Picture.objects.filter(status="made").update(machine="another machine")
    assert proposed(captured, license, matrix("front-half")).seconds is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("out of memory"), "engine.broke"),
        (
            BadInput("no answer", where="server", remedy="start it", code="server.gone"),
            "server.gone",
        ),
    ],
)
def test_a_picture_that_fails_does_not_lose_the_rest_and_frees_its_place(
    captured: Outside, agreed: Callable[..., str], error: Exception, code: str
) -> None:
    license = agreed(pictures=2)
    broken = with_engine(captured, Broken(captured.engines["atelier"], error))
    row = ordered(broken, license, matrix("front-half"))
    one, two = make_all(broken, row)
    assert granted(one).status == "made"
    assert refused(two) == {code}
    failed = Picture.objects.get(shoot=row, status="failed")
    assert (failed.digest, failed.failure[0]["code"]) == ("", code)
    assert licenses.state(row.license).pictures_made == 1
    assert picture.failed(row.pk) == [failed.pk]
    assert tell(row.pk, {}, picture.failed(row.pk), as_json=True) == 1  # a later run says so too
    assert granted(picture.retry(captured, shoot=row.pk, now=LATER)) == [failed.pk]
    assert granted(make(captured, failed.pk)).status == "made"
    assert tell(row.pk, {}, picture.failed(row.pk), as_json=True) == 0
    assert refused(picture.retry(captured, shoot=row.pk, now=LATER)) == {"shoot.nothing_failed"}
    assert (leaves("picture.made"), licenses.state(row.license).pictures_made) == (2, 2)


def test_what_is_tried_again_counts_again(captured: Outside, agreed: Callable[..., str]) -> None:
    license = agreed(pictures=2)
    broken = with_engine(captured, Broken(captured.engines["atelier"], RuntimeError("broken")))
    row = ordered(broken, license, matrix("front-half"))
    make_all(broken, row)
    made(captured, license, "walking")  # takes the place that was freed
    assert "volume.exceeded" in refused(picture.retry(captured, shoot=row.pk, now=LATER))
    assert Picture.objects.get(shoot=row, status="failed").failure


def test_a_picture_that_is_stopped_stays_ordered(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = ordered(captured, agreed(), matrix("front-half"))
    id, _ = picture.pending(row.pk)
    steps: list[str] = []
    stopped = make(
        captured, id, progress=lambda s, what: steps.append(what), cancelled=lambda: len(steps) > 2
    )
    assert refused(stopped) == {picture.STOPPED}
    assert isinstance(stopped, Refusal)
    (reason,) = stopped.reasons
    assert reason.text.startswith("stopped before "), "what the engine said of it is kept"
    assert f"`{id}` stays ordered" in reason.text
    assert picture.pending(row.pk) == [id, f"{row.pk}-02"]
    assert granted(shoot.pause(row.pk)).paused
    assert shoot.is_paused(row.pk)
    granted(shoot.pause(row.pk, paused=False))
    assert not shoot.is_paused(row.pk)
    assert refused(shoot.pause("S-9999")) == {"shoot.unknown"}


def test_a_picture_that_another_process_makes_meanwhile_is_made_once(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = ordered(captured, agreed(), matrix("front-half"))
    id, _ = picture.pending(row.pk)
    inner: list[Picture | Refusal] = []

    def meanwhile(share: float, what: str) -> None:
        if share > 0.5 and not inner:
            inner.append(make(captured, id))

    outer = make(captured, id, progress=meanwhile)
    assert granted(inner[0]).status == "made"
    assert refused(outer) == {"picture.made"}
    assert leaves("picture.made") == 1
    assert workspace.fsck(captured) == ()


def test_a_refused_picture_takes_no_file_of_another_along(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    same = Order(plate="front-half", garment_colour=COLOURS[0])
    license = agreed()
    row = ordered(captured, license, planned(pictures=(same, same)))
    one, two = picture.pending(row.pk)
    granted(make(captured, one))

    def revoke(share: float, what: str) -> None:
        if share > 0.9 and granted(licenses.find(license)).revocation is None:
            granted(
                licenses.revoke(
                    captured, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
                )
            )

    assert "license.revoked" in refused(make(captured, two, progress=revoke))
    assert workspace.fsck(captured) == ()


def test_an_engine_that_promises_less_says_so(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")

    def again(outside: Outside) -> picture.Replayed:
        found = picture.replay(outside, picture=id, progress=lambda s, w: None, now=LATER)
        return granted(found)

    assert again(captured)[1:] == (True, True, ())
    atelier = captured.engines["atelier"]
    loose = with_engine(captured, Broken(atelier, RuntimeError(), deterministic=False))
    assert again(loose)[1:] == (True, False, ())
    stopped = with_engine(captured, Broken(atelier, Stopped("stopped")))
    Picture.objects.filter(pk=id).update(
        order={**Picture.objects.get(pk=id).order, "garment_colour": COLOURS[1]}
    )
    result = picture.replay(stopped, picture=id, progress=lambda s, w: None, now=LATER)
    assert refused(result) == {picture.STOPPED}


def asked(
    outside: Outside, id: str, by: str, note: str = "warmer, please", **settings: str
) -> Picture | Refusal:
    return change.order(
        outside,
        picture=id,
        settings={key.replace("__", "."): value for key, value in settings.items()},
        note=note,
        by=by,
        passphrase=SECRETS[by],
        now=LATER,
    )


def test_a_change_is_a_new_picture_and_the_old_one_is_kept(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed(pictures=3)
    (id,) = made(captured, license, "front-half")
    old = Picture.objects.get(pk=id)
    assert refused(asked(captured, id, "atlas")) == {"picture.not_yours"}
    assert refused(asked(captured, id, "nord", note=" ")) == {"change.unsaid"}
    new = granted(
        asked(captured, id, "nord", backdrop__scene="cyclorama", garment_colour="#20463a")
    )
    assert (new.pk, new.status, new.number, new.change_of_id) == ("S-0001-02", "ordered", 2, id)
    assert (new.order["backdrop"]["scene"], new.order["garment_colour"]) == (
        "cyclorama",
        "#20463a",
    )
    hers = granted(asked(captured, id, "ines"))
    assert hers.order == {**old.order, "seed": old.order["seed"] + 1}
    assert "volume.exceeded" in refused(asked(captured, id, "nord"))
    assert picture.pending("S-0001") == [new.pk, hers.pk]
    granted(answer(captured, id, yes=False))
    old.refresh_from_db()
    assert (old.status, captured.blobs.get(Digest(old.digest))[:4]) == ("refused", b"\x89PNG")
    third = granted(asked(captured, id, "nord"))  # the refused one freed its place
    assert granted(picture.story(id))["changes"] == [new.pk, hers.pk, third.pk]
    assert leaves("picture.change_ordered") == 3
    assert refused(asked(captured, new.pk, "nord")) == {"picture.not_made"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Picture.objects.filter(pk=new.pk).update(change=None)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"hat": "straw"}, "hat"),
        ({"backdrop.scene": "attic"}, "backdrop.scene"),
        ({"plate.name": "walking"}, "plate.name"),
        ({"seed": "many"}, "seed"),
    ],
)
def test_a_field_that_is_none_is_named(settings: dict[str, str], where: str) -> None:
    order = Order(plate="front-half", backdrop=Backdrop(scene="plain"))
    with pytest.raises(BadInput) as caught:
        change.changed(order, settings)
    assert caught.value.where == where
    kept = change.changed(order, {"backdrop": "none", "changes": "pose, face", "relight": "true"})
    assert (kept.backdrop, kept.changes, kept.relight) == (None, ("pose", "face"), True)


def test_a_change_that_the_engine_or_the_license_cannot_take_is_refused(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    (id,) = made(captured, agreed(), "front-half")
    assert refused(asked(captured, id, "nord", changes="face")) == {"engine.operation"}
    assert refused(asked(captured, id, "nord", wear="tee")) == {"file.missing"}
    assert Picture.objects.count() == 1


def finished(pixels: np.ndarray) -> np.ndarray:
    """Return what another tool could make of a plate: the same person before a dark wall."""
    wall = (pixels.min(axis=2) > 190)[..., None]
    made_ = np.where(wall, pixels * 0.4, pixels)
    return np.asarray(np.clip(made_, 0, 255), np.uint8)


def stranger(pixels: np.ndarray) -> np.ndarray:
    """Return the picture with the face of somebody else: other eyes, another mouth."""
    other = pixels.copy()
    cv2.ellipse(other, (450, 162), (44, 60), 0, 0, 360, (150, 100, 80), -1, cv2.LINE_AA)
    for eye in (425, 475):
        cv2.circle(other, (eye, 140), 9, (220, 220, 230), -1, cv2.LINE_AA)
    cv2.line(other, (425, 190), (475, 185), (90, 30, 40), 9, cv2.LINE_AA)
    return other


def handed_in(
    outside: Outside, license: str, pixels: np.ndarray, **changes: Any
) -> Picture | Refusal:
    """Order and take in one finished picture."""
    said = {
        "plate": "front-half",
        "picture": "done",
        "changes": ("backdrop",),
        "source_type": "compositeCapture",
        "tool": "an editor",
    }
    order = Order.model_validate(said | changes)
    plan = planned(engine="import", pictures=(order,), files={"done": "done.png"})
    data = outside.pictures.lossless(np.asarray(pixels, np.uint8))
    row = ordered(outside, license, plan, {"done": data})
    return make(outside, picture.pending(row.pk)[0])


def test_a_finished_picture_that_shows_her_is_sealed_and_paid_like_any_other(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = granted(handed_in(captured, agreed(), finished(drawn_pixels("front-half"))))
    assert (row.status, row.grade, row.doubts) == ("made", "final", [])
    assert picture.source_term(captured, row) == "compositeCapture"
    granted(answer(captured, row.pk))
    sealed = granted(seal.seal(captured, picture=row.pk, now=LATER))
    assert isinstance(sealed, Seal)
    data = captured.blobs.get(Digest(sealed.file))
    report = verification.verify(captured, data=data, where="x", question=Question(LATER.date()))
    assert report.outcome == "made_here"
    assert ledger.check() == ()
    granted(picture.replay(captured, picture=row.pk, progress=lambda s, w: None, now=LATER))


def test_a_finished_picture_of_another_size_is_cut_where_she_is(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    pixels = finished(drawn_pixels("front-half"))
    small = cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    trained = {"source_type": "compositeWithTrainedAlgorithmicMedia", "tool": "a model"}
    row = granted(handed_in(captured, agreed(), np.asarray(small, np.uint8), **trained))
    assert picture.weights(captured, row) == "a model"
    assert (row.status, picture.card_of(row, small).size) == ("made", (540, 720))
    card = drawn_card("front-half")
    found = picture.card_of(row, small).landmarks["chin"]
    chin = card.landmarks["chin"]
    assert found is not None
    assert chin is not None
    assert found == (round(chin[0] * 0.6), round(chin[1] * 0.6))
    assert picture.card_of(row, pixels) == card
    assert picture.card_of(row, small[:200]).landmarks == {}
    granted(answer(captured, row.pk))
    granted(seal.seal(captured, picture=row.pk, now=LATER))
    out = release.release(
        captured,
        picture=row.pk,
        channel=Channel.INSTAGRAM,
        purpose=Purpose.ORGANIC_SOCIAL,
        territories=("FR",),
        by="nord",
        passphrase=SECRETS["nord"],
        now=LATER,
    )
    granted(out)


def test_what_claims_her_without_showing_her_waits_for_her_own_word(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = granted(handed_in(captured, agreed(), stranger(drawn_pixels("front-half"))))
    assert row.status == "undecided"
    assert [doubt["code"] for doubt in row.doubts] == ["likeness.undecided"]
    assert refused(answer(captured, row.pk)) == {"picture.undecided"}
    assert refused(seal.seal(captured, picture=row.pk, now=LATER)) == {"approval.missing"}
    for status in ("made", "approved", "sealed"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Picture.objects.filter(pk=row.pk).update(
                status=status, answer=SignedAct.objects.first()
            )
    for by in ("nord", "atlas"):
        said = picture.recognize(captured, picture=row.pk, by=by, passphrase=SECRETS[by], now=LATER)
        assert refused(said) == {"picture.not_hers"}
    granted(
        picture.recognize(
            captured, picture=row.pk, by="ines", passphrase=SECRETS["ines"], now=LATER
        )
    )
    row.refresh_from_db()
    assert row.status == "made"
    granted(answer(captured, row.pk))
    assert leaves("picture.recognized") == 1


def test_she_may_refuse_what_does_not_show_her(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed(pictures=1)
    row = granted(handed_in(captured, license, stranger(drawn_pixels("front-half"))))
    granted(answer(captured, row.pk, yes=False))
    assert licenses.state(row.license).pictures_made == 0
    said = picture.recognize(
        captured, picture=row.pk, by="ines", passphrase=SECRETS["ines"], now=LATER
    )
    assert refused(said) == {"picture.not_open"}


def test_what_a_finished_picture_is_must_be_said_and_true(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license, pixels = agreed(), finished(drawn_pixels("front-half"))
    (id,) = made(captured, license, "front-half")
    granted(answer(captured, id))
    ours = granted(seal.seal(captured, picture=id, now=LATER))
    sealed = captured.blobs.get(Digest(ours.file))  # says composite, by a signer that is trusted
    engine, plate = captured.engines["import"], Picture.objects.get(pk=id).plate
    base = {"plate": "front-half", "picture": "done", "changes": ("backdrop",)}

    def codes(data: bytes, **said: str) -> set[str]:
        files = {"done": shoot.material(captured, data, "done")}
        given = replace(shoot.plate_assets(captured, plate), materials=files)
        order = Order.model_validate(base | said)
        return {reason.code for reason in engine.check(order, given)}

    bare = captured.pictures.lossless(pixels)
    assert codes(bare) == {"engine.source_type"}
    assert codes(bare, source_type="trainedAlgorithmicMedia") == {"engine.tool"}
    assert codes(bare, source_type="trainedAlgorithmicMedia", tool="a model") == set()
    assert codes(sealed) == set()
    assert codes(sealed, source_type="composite") == set()
    assert codes(sealed, source_type="compositeCapture") == {"engine.source_type"}


def test_her_head_is_found_again_and_no_other_is() -> None:
    plate, card = drawn_pixels("front-half"), drawn_card("front-half")
    kept = {
        "as it is": plate,
        "before another wall": finished(plate),
        "smaller": cv2.resize(plate, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        "mirrored": np.ascontiguousarray(plate[:, ::-1]),
    }
    for name, pixels in kept.items():
        assert likeness(np.asarray(pixels, np.uint8), plate, card).certain, name
    dark = plate.copy()
    dark[66:232, 384:516] = (dark[66:232, 384:516] * 0.7).astype(np.uint8)
    other = {
        "another face": stranger(plate),
        "darker skin": dark,
        "no head": plate[240:],
        "nobody": np.full_like(plate, 200),
        "too small": cv2.resize(plate, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA),
    }
    for name, pixels in other.items():
        found = likeness(np.asarray(pixels, np.uint8), plate, card)
        assert not found.certain, name
        assert found.against


def test_shoots_are_listed_with_what_became_of_their_pictures(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed(pictures=9)
    row = ordered(captured, license, matrix("front-half", "walking"))
    granted(make(captured, picture.pending(row.pk)[0]))
    assert shoot.overview() == [
        {
            "shoot": "S-0001",
            "license": license,
            "title": "Capsule",
            "engine": "atelier",
            "purpose": "organic_social",
            "channel": "instagram",
            "ordered": LATER.date().isoformat(),
            "pictures": "1 made, 3 ordered",
        }
    ]

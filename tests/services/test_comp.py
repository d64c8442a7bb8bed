"""A layout comp does not come back as a finished picture from another tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest

from sosie.core.ports import Outside
from sosie.core.studio import Grade, Order, Pixels, Result, ShootPlan
from sosie.core.values import Digest
from sosie.services import erasure, picture, shoot
from sosie.store.models import Picture
from sosie.store.studio import CompMark
from tests.services.conftest import LATER, SECRETS, granted, refused
from tests.services.people import drawn_pixels
from tests.services.test_measuring import Lying
from tests.services.test_order import (
    finished,
    make,
    ordered,
    planned,
    with_engine,
)


def doubtful(found: Result) -> Result:
    return replace(found, grade=Grade.COMP, warnings=("it is a guess",))


def comp(outside: Outside, license: str) -> Picture:
    """Make a layout comp and return it."""
    engine = with_engine(outside, Lying(outside.engines["atelier"], doubtful))
    plan = planned(pictures=(Order(plate="front-half", garment_colour="#7a1f2b"),))
    row = ordered(engine, license, plan)
    return granted(make(engine, picture.pending(row.pk)[0]))


def shown(outside: Outside, row: Picture) -> Pixels:
    return outside.pictures.decode(outside.blobs.get(Digest(row.digest)), where="it")


def handed(outside: Outside, pixels: Pixels) -> tuple[ShootPlan, dict[str, bytes]]:
    """Return the plan that hands a finished picture in, and its file."""
    order = Order(
        plate="front-half",
        picture="done",
        changes=("garment_colour",),
        source_type="compositeCapture",
        tool="an editor",
    )
    plan = planned(engine="import", pictures=(order,), files={"done": "done.png"})
    return plan, {"done": outside.pictures.lossless(np.ascontiguousarray(pixels, np.uint8))}


def refusals(outside: Outside, license: str, pixels: Pixels) -> tuple[set[str], str]:
    """Return the codes for which a finished picture is refused, and their words."""
    plan, files = handed(outside, pixels)
    found = shoot.propose(outside, license=license, plan=plan, files=files, now=LATER)
    reasons = granted(found).refusals
    return {reason.code for reason in reasons}, " ".join(reason.text for reason in reasons)


def cut(pixels: Pixels) -> Pixels:
    """Cut the band off."""
    return pixels[: -round(0.06 * pixels.shape[1])]


def painted(pixels: Pixels) -> Pixels:
    """Paint the band over with what is above it."""
    tall = round(0.06 * pixels.shape[1])
    return np.concatenate([cut(pixels), cut(pixels)[-tall:][::-1]])


def half(pixels: Pixels) -> Pixels:
    found = cut(pixels)
    return np.asarray(cv2.resize(found, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))


COPIES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda pixels: pixels,
    "without its band": cut,
    "painted over": painted,
    "smaller": half,
    "mirrored": lambda pixels: cut(pixels)[:, ::-1],
    "lighter": lambda pixels: np.clip(cut(pixels) * 1.08 + 6, 0, 255).astype(np.uint8),
    "its upper part": lambda pixels: pixels[: 7 * len(pixels) // 10],
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_comp_that_is_handed_in_is_refused_by_its_name(
    captured: Outside, agreed: Callable[..., str], copy: str
) -> None:
    license = agreed()
    row = comp(captured, license)
    codes, words = refusals(captured, license, COPIES[copy](shown(captured, row)))
    assert codes == {"engine.comp"}
    assert f"`{row.pk}`" in words
    if copy == "without its band":  # of one that was made before marks were kept
        CompMark.objects.all().delete()
        assert refusals(captured, license, cut(shown(captured, row)))[0] == {"engine.comp"}


def test_what_else_is_made_of_the_plate_of_a_comp_is_taken(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    row = comp(captured, license)
    first = shown(captured, row)
    plate = drawn_pixels("front-half")
    worn = (first != plate).any(axis=2) & (np.arange(len(plate)) < 0.9 * len(plate))[:, None]
    other = plate.copy()
    other[worn] = other[worn][:, ::-1]
    for pixels in (plate, other, finished(plate)):
        assert refusals(captured, license, pixels) == (set(), "")


def test_what_finds_the_comps_of_a_twin_goes_with_her(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = comp(captured, agreed())
    assert CompMark.objects.filter(picture=row).exists()
    secret = SECRETS["ines"]
    proof = granted(erasure.delete(captured, twin="ines", by="ines", passphrase=secret, now=LATER))
    assert not CompMark.objects.exists()
    assert "image features of layout comps: 1 index entries gone" in proof.record.emptied


def test_what_is_graded_a_comp_after_the_order_is_refused_when_it_is_taken_in(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    row = comp(captured, license)
    Picture.objects.update(grade=Grade.FINAL)
    plan, files = handed(captured, cut(shown(captured, row)))
    (late,) = picture.pending(ordered(captured, license, plan, files).pk)
    Picture.objects.filter(pk=row.pk).update(grade=Grade.COMP)
    assert refused(make(captured, late)) == {"engine.comp"}
    assert Picture.objects.get(pk=late).status == Picture.Status.FAILED

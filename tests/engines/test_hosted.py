"""The engine `hosted` against a local service in the shape of FASHN's API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.engines.small_plate import small_card, small_pixels
from tests.engines.try_on_service import KEY, TryOnService

from sosie.core.studio import Assets, Grade, Material, Order, Result, Stopped
from sosie.core.terms import Alteration
from sosie.core.values import BadInput, digest
from sosie.engines.hosted import Hosted

ORDER = Order(plate="front-full", wear="tee", may_leave=True, seed=42)
TEE = np.full((40, 40, 3), (180, 40, 40), np.uint8)


def assets() -> Assets:
    pixels = small_pixels()
    materials = {"tee": Material(b"a tee", digest(b"a tee"), TEE)}
    return Assets(pixels, digest(pixels.tobytes()), small_card(), materials)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[TryOnService]:
    served = TryOnService()
    monkeypatch.setenv("SOSIE_HOSTED_URL", served.url)
    monkeypatch.setenv("SOSIE_HOSTED_KEY", KEY)
    monkeypatch.setenv("SOSIE_HOSTED_TERMS", "terms of the service, of 2026-11")
    yield served
    served.close()


def make(order: Order = ORDER, **settings: Any) -> Result:
    engine = Hosted(**{"pace": 0.01, **settings})
    return engine.run(order, assets(), lambda s, w: None, lambda: False)


def codes(order: Order = ORDER, given: Assets | None = None) -> set[str]:
    return {reason.code for reason in Hosted().check(order, given or assets())}


def test_a_picture_is_made_with_her_head(service: TryOnService) -> None:
    given, result = assets(), make()
    left, top, right, bottom = given.card.face
    head = (slice(top, bottom), slice(left, right))
    solid = result.alpha[head] >= 1
    assert solid.mean() > 0.5
    assert np.array_equal(result.pixels[head][solid], given.pixels[head][solid])
    assert (result.pixels[150:300, 200:250] != given.pixels[150:300, 200:250]).any()
    assert (result.grade, result.warnings) == (Grade.FINAL, ())
    made_by = result.recipe["made_by"]
    assert (made_by["service"], made_by["model"]) == ("127.0.0.1", "tryon-v1.6")


def test_it_asks_as_the_service_is_documented(service: TryOnService) -> None:
    make()
    (_, body), *_ = service.asked
    inputs = body["inputs"]
    pictures = {name: inputs.pop(name)[:22] for name in ("model_image", "garment_image")}
    assert set(pictures.values()) == {"data:image/png;base64,"}
    assert body["model_name"] == "tryon-v1.6"
    assert inputs == {
        "category": "tops",
        "garment_photo_type": "flat-lay",
        "mode": "quality",
        "num_samples": 1,
        "output_format": "png",
        "return_base64": True,
        "seed": 42,
    }


def test_the_other_model_has_another_field(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIE_HOSTED_MODEL", "tryon-max")
    make()
    assert {"product_image", "model_image"} < set(service.asked[0][1]["inputs"])


@pytest.mark.parametrize("unset", ["SOSIE_HOSTED_URL", "SOSIE_HOSTED_KEY"])
def test_it_is_off_unless_the_settings_say_otherwise(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch, unset: str
) -> None:
    assert codes() == set()
    monkeypatch.delenv(unset)
    assert codes() == {"engine.off"}
    with pytest.raises(BadInput):
        make()
    assert service.asked == []


def test_nothing_leaves_without_a_yes(service: TryOnService) -> None:
    quiet = ORDER.model_copy(update={"may_leave": False})
    assert codes(quiet) == {"engine.data_leaves"}
    with pytest.raises(BadInput, match="may_leave"):
        make(quiet)
    assert service.asked == []


def test_terms_that_nobody_named_allow_no_commercial_use(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Hosted().describe().commercial_use
    monkeypatch.delenv("SOSIE_HOSTED_TERMS")
    assert not Hosted().describe().commercial_use
    assert Hosted().describe().data_leaves_machine


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"wear": None}, "engine.no_garment"),
        ({"wear": "coat"}, "engine.no_garment"),
        ({"garment_colour": "#112233"}, "engine.operation"),
        ({"words": "on the beach"}, "engine.operation"),
        ({"changes": (Alteration.POSE,)}, "engine.operation"),
    ],
)
def test_an_order_that_it_cannot_take_is_refused(
    service: TryOnService, order: dict[str, Any], code: str
) -> None:
    assert code in codes(ORDER.model_copy(update=order))


def test_what_is_no_plate_is_refused(service: TryOnService) -> None:
    assert codes(given=replace(assets(), pixels=small_pixels()[:-1])) == {"engine.card_size"}
    tiny = replace(assets(), pixels=small_pixels()[:20])
    assert "engine.size" in codes(given=tiny)


def test_a_service_elsewhere_is_asked_by_https_only(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIE_HOSTED_URL", "http://10.0.0.7/v1")
    assert codes() == {"engine.address"}
    monkeypatch.setenv("SOSIE_HOSTED_MODEL", "tryon-v9")
    assert codes() == {"engine.address", "engine.model"}


@pytest.mark.parametrize(
    ("misbehaves", "code", "said"),
    [
        ("fails", "engine.failed", "PoseError: no person"),
        ("new_word", "engine.failed", ""),
        ("address", "engine.answer", "address in place"),
        ("two", "engine.answer", "more than one"),
        ("bomb", "engine.result_size", "40000×40000"),
        ("square", "engine.result_size", "450×450"),
        ("not_base64", "engine.answer", "broken"),
        ("torn", "engine.answer", "broken"),
        ("odd_id", "engine.refused", "200"),
        ("no_credits", "engine.unreachable", "OutOfCredits"),
        ("always_full", "engine.unreachable", "RateLimitExceeded"),
        ("down", "engine.unreachable", "502"),
        ("gone", "engine.unreachable", "it goes on with `123a87r9-0-u1`"),
    ],
)
def test_what_goes_wrong_is_said(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch, misbehaves: str, code: str, said: str
) -> None:
    monkeypatch.setattr("sosie.engines.hosted.LONGEST_PAUSE", 0.01)
    service.misbehave.add(misbehaves)
    with pytest.raises(BadInput) as failed:
        make()
    assert (failed.value.code, said in failed.value.what) == (code, True), failed.value
    runs = [what for what, _ in service.asked if what == "run"]
    assert len(runs) == (5 if misbehaves == "always_full" else 1)


@pytest.mark.parametrize("misbehaves", ["full_twice", "stumbles", "drops"])
def test_what_passes_is_waited_for(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch, misbehaves: str
) -> None:
    monkeypatch.setattr("sosie.engines.hosted.LONGEST_PAUSE", 0.01)
    service.misbehave.add(misbehaves)
    assert make().grade is Grade.FINAL


def test_a_wrong_key_is_said(service: TryOnService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOSIE_HOSTED_KEY", "another")
    with pytest.raises(BadInput, match="401: UnauthorizedAccess"):
        make()


def test_it_gives_up_after_its_time(service: TryOnService) -> None:
    service.misbehave.add("endless")
    with pytest.raises(BadInput) as slow:
        make(seconds=0.1)
    assert slow.value.code == "engine.slow"


def test_its_time_is_up_also_where_the_service_says_nothing(
    service: TryOnService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sosie.engines.hosted.LONGEST_PAUSE", 0.01)
    monkeypatch.setattr("sosie.engines.hosted._SILENT", 0.05)
    service.misbehave.add("silent")
    with pytest.raises(BadInput) as slow:
        make(seconds=0.07)
    assert slow.value.code == "engine.slow"
    asks = [what for what, _ in service.asked if what == "status"]
    with pytest.raises(Stopped, match="for up to an hour"):
        Hosted(pace=0.01).run(
            ORDER, assets(), lambda s, w: None, lambda: len(service.asked) > len(asks) + 3
        )


def test_it_stops_and_says_what_it_cannot_stop(service: TryOnService) -> None:
    service.misbehave.add("endless")
    with pytest.raises(Stopped, match="for up to an hour"):
        Hosted(pace=0.01).run(ORDER, assets(), lambda s, w: None, lambda: len(service.asked) > 3)


@pytest.mark.parametrize(
    ("misbehaves", "said"), [("small", "enlarged"), ("other_face", "not the approved one")]
)
def test_what_is_not_good_enough_is_a_comp(
    service: TryOnService, misbehaves: str, said: str
) -> None:
    service.misbehave.add(misbehaves)
    result = make()
    assert result.grade is Grade.COMP
    assert any(said in text for text in result.warnings)
    assert result.pixels.shape == small_pixels().shape

"""Every family, loaded by the real code from files and run on a CPU with tiny random weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sosie.core.source_type import untrue
from sosie.core.studio import Assets, Backdrop, Grade, Material, Order, Result, Stopped
from sosie.core.values import BadInput, digest
from sosie.engines.diffusers import pipeline, weights
from sosie.engines.diffusers.engine import Diffusers
from sosie.engines.diffusers.families import FAMILIES, Takes
from sosie.engines.diffusers.structure import Structure, agreement, paste
from tests.services.people import drawn_card, drawn_pixels

RECOLOR = Order(
    plate="front-full",
    garment_colour="#20463a",
    backdrop=Backdrop(scene="cyclorama", colour="#cdb9a5"),
    seed=11,
)
DRESS = Order(plate="front-full", wear="tee", seed=3)
COMMERCIAL = sorted(name for name, family in FAMILIES.items() if family.commercial_use)


@pytest.fixture(scope="module")
def assets() -> Assets:
    pixels = drawn_pixels()
    tee = Material(b"tee", digest(b"tee"), pixels[300:600, 300:600])
    return Assets(pixels, digest(pixels.tobytes()), drawn_card(), {"tee": tee})


def run(engine: Diffusers, order: Order, assets: Assets) -> Result:
    assert engine.check(order, assets) == ()
    return engine.run(order, assets, lambda share, what: None, lambda: False)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_it_is_loaded_from_files_alone_and_gives_the_same_bytes_again(
    family: str,
    engine_of: Callable[[str], Diffusers],
    assets: Assets,
    no_network: list[object],
) -> None:
    engine = engine_of(family)
    first, weighed = run(engine, RECOLOR, assets), engine.loaded()[0]
    again = run(engine_of(family), RECOLOR, assets)
    other = run(engine, RECOLOR.model_copy(update={"seed": 12}), assets)
    assert np.array_equal(first.pixels, again.pixels)
    assert not np.array_equal(first.pixels, other.pixels)  # the control: the seed is read
    assert no_network == []
    differs = (first.pixels != assets.pixels).any(axis=2)
    assert differs.sum() > 100_000
    assert not (differs & ~first.changed).any()
    _same_head(first, assets)
    card = engine.describe()
    assert untrue(first.recipe["digital_source_type"], weights=card.weights) is None
    assert first.recipe["weights"]["files"] == weighed.digest
    assert first.recipe["device"] == "cpu"
    assert set(first.recipe["versions"]) == set(pipeline.LIBRARIES)


def _same_head(made: Result, assets: Assets) -> None:
    left, top, right, bottom = assets.card.face
    head = (slice(top, bottom), slice(left, right))
    solid = made.alpha[head] == 1
    assert solid.mean() > 0.5
    assert np.array_equal(made.pixels[head][solid], assets.pixels[head][solid])


@pytest.mark.parametrize(
    "family", sorted(name for name, f in FAMILIES.items() if f.takes is Takes.PICTURES)
)
def test_a_garment_is_handed_in_as_a_picture(
    family: str, engine_of: Callable[[str], Diffusers], assets: Assets
) -> None:
    engine = engine_of(family)
    made = run(engine, DRESS, assets)
    assert "garment of image 2" in made.recipe["prompt"]
    other = Material(b"other", digest(b"other"), 255 - assets.pixels[300:600, 300:600])
    changed = run(engine, DRESS, replace(assets, materials={"tee": other}))
    assert not np.array_equal(made.pixels, changed.pixels)  # the model sees it
    _same_head(made, assets)


@pytest.mark.parametrize(
    "family", sorted(name for name, f in FAMILIES.items() if f.takes is not Takes.PICTURES)
)
def test_who_takes_no_garment_refuses_what_atelier_cannot_lay_out(
    family: str, engine_of: Callable[[str], Diffusers], assets: Assets
) -> None:
    reasons = engine_of(family).check(DRESS, assets)
    assert [reason.code for reason in reasons] == ["engine.operation"]
    assert "atelier" in reasons[0].text


def test_noise_is_a_comp_with_the_reason(
    engine_of: Callable[[str], Diffusers], assets: Assets
) -> None:
    made = run(engine_of("flux2-klein"), DRESS, assets)
    assert made.grade is Grade.COMP
    assert "does not stand as on the plate" in made.warnings[0]
    assert made.metrics["kept_agreement"] < 0.5


def test_the_same_pose_agrees_and_another_does_not(assets: Assets) -> None:
    alpha = np.ones(assets.pixels.shape[:2], np.float32)
    region = np.zeros(alpha.shape, bool)
    region[300:600] = True
    structure = Structure(assets.pixels, alpha, region, region, comp=True)
    assert agreement(structure, assets.pixels) == pytest.approx(1)
    assert agreement(structure, np.roll(assets.pixels, 120, axis=1)) < 0.8
    laid = paste(structure, 255 - assets.pixels)
    assert np.array_equal(laid[~region], assets.pixels[~region])
    assert np.array_equal(laid[450], 255 - assets.pixels[450])  # inside, all is the model's
    seam = np.abs(laid[300].astype(int) - assets.pixels[300]).mean()
    assert 0 < seam < 40  # at the edge, next to nothing is


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_it_shows_progress_and_stops_between_two_steps(
    family: str, engine_of: Callable[[str], Diffusers], assets: Assets
) -> None:
    shares: list[float] = []
    making: list[float] = []

    def told(share: float, what: str) -> None:
        shares.append(share)
        making.extend([share] if what == "making" else [])

    with pytest.raises(Stopped):
        engine_of(family).run(RECOLOR, assets, told, lambda: len(making) > 1)
    assert shares == sorted(shares)
    assert 0.3 <= shares[-1] < 0.95


@pytest.mark.parametrize("what", ["changed", "absent", "new"])
def test_other_bytes_than_those_pinned_are_not_loaded(
    what: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(folders["flux2-klein"], folder)
    pinned = weights.read(folder)
    assert pipeline.load(pinned, pipeline.Machine("cpu", "")) is not None  # the control
    victim = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    if what == "changed":
        data = bytearray(victim.read_bytes())
        data[-1] ^= 1
        victim.write_bytes(data)
    elif what == "absent":
        (folder / "tokenizer" / "tokenizer_config.json").unlink()
    else:
        (folder / "transformer" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(BadInput) as error:
        pipeline.load(pinned, pipeline.Machine("cpu", ""))
    assert error.value.code == "weights.changed"


@pytest.mark.parametrize("family", COMMERCIAL[:1])
def test_a_recipe_gives_the_same_pixels_in_a_fresh_process(
    family: str, engine_of: Callable[[str], Diffusers], assets: Assets
) -> None:
    made = run(engine_of(family), RECOLOR, assets)
    code = f"""
from sosie.core.studio import Assets, Order
from sosie.core.values import digest
from sosie.engines.diffusers.engine import Diffusers
from tests.services.people import drawn_card, drawn_pixels
pixels = drawn_pixels()
assets = Assets(pixels, digest(pixels.tobytes()), drawn_card())
order = Order.model_validate({made.recipe["order"]!r})
made = Diffusers().run(order, assets, lambda s, w: None, lambda: False)
print(digest(made.pixels.tobytes()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == digest(made.pixels.tobytes())

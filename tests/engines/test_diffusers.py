"""The engine `diffusers` without PyTorch, and weights in a folder: no test here loads any."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.services.people import drawn_card, drawn_pixels

from sosie.core.studio import Assets, Order
from sosie.core.values import BadInput, digest
from sosie.engines.diffusers import weights
from sosie.engines.diffusers.engine import Diffusers, canvas
from sosie.engines.diffusers.families import FAMILIES
from sosie.engines.diffusers.words import TRIGGER, prompt
from sosie.services.shoot import _weights_license

ORDER = Order(plate="front-full", garment_colour="#20463a")


def folder_of(place: Path, family: str, card: str | None = None) -> Path:
    """Lay a folder that looks like weights of a family."""
    known = FAMILIES[family]
    (place / "transformer").mkdir(parents=True)
    (place / "transformer" / "model.safetensors").write_bytes(b"weights")
    (place / "model_index.json").write_text(json.dumps({"_class_name": known.pipeline}))
    said = f"---\nlicense: {known.declared[0]}\ntags: [x]\n---\n" if card is None else card
    (place / "README.md").write_text(said)
    return place


def plate() -> Assets:
    pixels = drawn_pixels()
    return Assets(pixels, digest(pixels.tobytes()), drawn_card())


def test_it_says_what_it_lacks_and_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOSIE_WEIGHTS", raising=False)
    card = Diffusers().describe()
    assert any("SOSIE_WEIGHTS" in need for need in card.needs)
    assert not card.commercial_use
    reasons = Diffusers().check(ORDER, plate())
    assert {reason.code for reason in reasons} == {"engine.needs"}
    assert [reason.text for reason in reasons] == list(card.needs)
    with pytest.raises(ValueError, match="SOSIE_WEIGHTS"):
        Diffusers().run(ORDER, plate(), lambda s, w: None, lambda: False)


def test_describing_and_checking_need_no_pytorch(tmp_path: Path) -> None:
    weights.add(folder_of(tmp_path / "w", "flux2-klein"), family="flux2-klein")
    code = f"""
import os, sys
blocked = ("torch", "diffusers", "transformers", "peft")
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from importlib import util
import sosie.engines.diffusers.engine as engine
found = util.find_spec
engine.find_spec = lambda name: None if name in blocked else found(name)
os.environ["SOSIE_WEIGHTS"] = {str(tmp_path / "w")!r}
from sosie.core.studio import Assets, Order
from sosie.core.values import digest
from tests.services.people import drawn_card, drawn_pixels
assets = Assets(drawn_pixels(), digest(b"plate"), drawn_card())
for reason in engine.Diffusers().check(Order(plate="p", garment_colour="#20463a"), assets):
    print(reason.code, reason.text)
print(engine.Diffusers().describe().weights_license)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    first, last = done.stdout.strip().splitlines()
    assert first.startswith("engine.needs the extra `gpu` is not installed (torch, diffusers")
    assert last == "Apache-2.0"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_weights_for_no_commercial_use_are_refused(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "w", family)
    weights.add(folder, family=family)
    monkeypatch.setenv("SOSIE_WEIGHTS", str(folder))
    refused = [reason.code for reason in _weights_license(Diffusers().describe())]
    assert refused == ([] if FAMILIES[family].commercial_use else ["engine.weights_license"])


def test_there_are_families_of_both_kinds() -> None:
    assert {family.commercial_use for family in FAMILIES.values()} == {True, False}
    assert len(FAMILIES) == 4


def test_the_lock_is_read_back_and_tells_weights_apart(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "w", "flux2-klein")
    noted = folder / ".cache" / "huggingface" / "download" / "model_index.json.metadata"
    noted.parent.mkdir(parents=True)
    noted.write_text("a" * 40 + "\netag\n0\n")
    made = weights.add(folder, family="flux2-klein", area=4096)
    assert weights.read(folder) == made
    assert (made.revision, made.steps, made.area) == ("a" * 40, 4, 4096)
    assert set(made.files) == {"model_index.json", "transformer/model.safetensors"}
    weights.verify(made)
    (folder / "transformer" / "model.safetensors").write_bytes(b"weightz")
    with pytest.raises(BadInput, match="is not what it was"):
        weights.verify(made)
    assert weights.add(folder, family="flux2-klein").digest != made.digest


def _other(folder: Path) -> None:
    (folder / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')


def _no_index(folder: Path) -> None:
    (folder / "model_index.json").unlink()


def _pickle(folder: Path) -> None:
    (folder / "transformer" / "more.bin").write_bytes(b"\x80\x04.")


def _program(folder: Path) -> None:
    (folder / "pipeline.py").write_text("print('hello')")


def _empty(folder: Path) -> None:
    (folder / "transformer" / "model.safetensors").unlink()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_other, "weights.family"),
        (_no_index, "weights.folder"),
        (_pickle, "weights.unsafe"),
        (_program, "weights.unsafe"),
        (_empty, "weights.folder"),
    ],
)
def test_a_folder_that_is_not_what_it_should_be_is_not_vouched_for(
    spoil: Callable[[Path], None], code: str, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "w", "flux2-klein")
    spoil(folder)
    with pytest.raises(BadInput) as error:
        weights.add(folder, family="flux2-klein")
    assert error.value.code == code
    assert not (folder / weights.LOCK).exists()


@pytest.mark.parametrize(
    "card",
    [
        "",
        "# No head\nlicense: apache-2.0\n",
        "---\nlicense: other\nlicense_name: flux-non-commercial-license\n---\n",
        "---\nlicense: cc-by-nc-4.0\n---\n",
    ],
)
def test_another_license_than_the_table_says_is_refused(card: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "w", "flux2-klein", card)
    with pytest.raises(BadInput) as error:
        weights.add(folder, family="flux2-klein")
    assert error.value.code == "weights.license"


@pytest.mark.parametrize("text", ["", "{}", '{"sosie": "weights/1"}', '{"sosie": "weights/2"}'])
def test_a_broken_lock_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / weights.LOCK).write_text(text)
    with pytest.raises(BadInput) as error:
        weights.read(tmp_path)
    assert error.value.code == "weights.lock"
    monkeypatch.setenv("SOSIE_WEIGHTS", str(tmp_path))
    assert any("weights/1" in need for need in Diffusers().describe().needs)


def test_what_cannot_be_taken_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "w", "flux2-klein")
    weights.add(folder, family="flux2-klein")
    monkeypatch.setenv("SOSIE_WEIGHTS", str(folder))
    engine, assets = Diffusers(), plate()

    def codes(order: Order, given: Assets) -> set[str]:
        return {r.code for r in engine.check(order, given)} - {"engine.needs"}

    assert codes(ORDER, assets) == set()
    assert codes(ORDER.model_copy(update={"relight": True}), assets) == {"engine.operation"}
    assert codes(Order(plate="front-full"), assets) == {"engine.nothing_to_do"}
    small = Assets(np.zeros((100, 100, 3), np.uint8), assets.digest, assets.card)
    assert codes(ORDER, small) == {"engine.card_size", "engine.size"}


def test_pictures_have_the_area_that_the_weights_know(tmp_path: Path) -> None:
    made = weights.add(folder_of(tmp_path / "w", "flux2-klein"), family="flux2-klein")
    for shape in ((1200, 900, 3), (4000, 3000, 3), (600, 2000, 3)):
        wide, high = canvas(shape, made)
        assert wide % 16 == high % 16 == 0
        assert abs(wide * high / made.area - 1) < 0.06
        assert abs((wide / high) / (shape[1] / shape[0]) - 1) < 0.06


def test_an_order_is_said_in_words() -> None:
    order = Order(plate="p", wear="tee", garment_colour="#20463a", words="She smiles.")
    said = prompt(order, ["tee"], twin=True)
    assert said.startswith(TRIGGER)
    assert "garment of image 2" in said
    assert "#20463a" in said
    assert said.endswith("She smiles.")
    laid = prompt(order, [], twin=False)
    assert "look real" in laid
    assert TRIGGER not in laid

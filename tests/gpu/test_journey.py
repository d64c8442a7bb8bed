"""From a folder of weights to a picture with weights of the twin, and to none of them left."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection

from sosie.core.ports import Outside
from sosie.store.models import Picture
from tests.journeys.conftest import Done, sosie
from tests.services.conftest import (  # noqa: F401 - fixtures
    SECRETS,
    captured,
    keys_made_once,
    made_once,
    signed,
)

PERIOD = {"from": "2026-11-01", "until": "2036-10-31"}
PLAN = """
sosie: shoot/1
engine: diffusers
purpose: organic_social
channel: instagram
territories: [FR]
pictures:
  - {plate: front-full, garment_colour: "#20463a", backdrop: {scene: plain}, seed: 4}
"""


@pytest.fixture
def workspace(captured: Outside) -> Path:  # noqa: F811
    """The workspace with the twin, as the command line opens it."""
    folder = Path(connection.settings_dict["NAME"]).parent
    (folder / "workspace.json").write_text(json.dumps({"name": "test-house"}))
    return folder


def test_weights_are_pinned_a_twin_is_trained_used_and_erased(
    captured: Outside,  # noqa: F811
    workspace: Path,
    folders: dict[str, Path],
    tmp_path: Path,
) -> None:
    license = signed(captured, period=PERIOD)
    weights = folders["flux2-klein"]
    settings = {
        "SOSIE_WEIGHTS": str(weights),
        "SOSIE_DEVICE": "cpu",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        **{f"SOSIE_PASSPHRASE_{name.upper()}": secret for name, secret in SECRETS.items()},
    }

    def call(*arguments: str | Path, code: int = 0) -> Done:
        done = sosie(*arguments, "--workspace", workspace, "--json", secrets=settings)
        assert done.code == code, done.out + done.err
        return done

    assert sosie("weights", "verify", weights, "--json").json["files"] > 5
    training = ("twin", "train", "ines", "--license", license, "--rate", "0.004", "--every", "10")
    few = (*training, "--steps", "20", "--rank", "4")
    assert "training.forbidden" in call(*few, code=1).out
    assert "engine.family" in call(*few, "--family", "sdxl-inpaint", code=1).out
    assert "license.not_hers" in call(*few, "--as", "nord", code=1).out
    trained = call(*few, "--family", "flux2-klein", "--as", "ines").json
    assert trained["metrics"]["held_out_after"] < trained["metrics"]["held_out_before"]
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    call("shoot", "run", plan, "--license", license, "--as", "nord")
    row = Picture.objects.get()
    recipe = row.recipe or {}
    assert recipe["inputs"]["weights"] == trained["weights"]
    assert recipe["weights"]["files"] == trained["base"]
    assert row.grade == "comp"  # random weights draw noise, and it is told
    assert call("picture", "replay", row.pk).json["same"] is True
    call("twin", "delete", "ines", "--as", "ines", "--yes")
    assert not list((workspace / "keys" / "twins").iterdir())
    assert call("fsck").code == 0
    assert "creation_consent.missing" in call(*few, code=1).out

"""A try-on as a brand lives it: a hopeless flat-lay is refused and drawn, a good one is made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tests.journeys.conftest import Done, secrets_of, sosie
from tests.wardrobe import Garment, flat_lay

PLAN = """
sosie: shoot/1
purpose: organic_social
channel: instagram
territories: [FR]
pictures:
  - {plate: front-half, wear: tee}
files: {tee: tee.png}
"""
TEE = Garment("tee", (176, 52, 44), 1.6, 0.34)
LONG = Garment("long sleeve", (34, 110, 80), 1.35, 1.0)


def flat(path: Path, garment: Garment, *, tucked: bool = False) -> None:
    """Draw a garment that lies flat; ``tucked`` lays its sleeves on its body."""
    drawn = flat_lay(garment, np.random.default_rng(3), tucked=tucked)
    Image.fromarray(drawn).save(path)


def test_a_flat_lay_is_tried_on_from_the_command_line(workspace: Path, tmp_path: Path) -> None:
    secrets, plan = secrets_of(workspace), tmp_path / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    signed = subprocess.run(
        [sys.executable, "-m", "tests.journeys.licensed", workspace, "2", "garment"],
        capture_output=True, text=True, check=True, timeout=300, env=os.environ | secrets,
    )  # fmt: skip
    brand = ("--license", signed.stdout.strip(), "--as", "maison-nord")

    def call(*arguments: str | Path) -> Done:
        return sosie(*arguments, "--workspace", workspace, "--json", secrets=secrets)

    flat(tmp_path / "tee.png", LONG, tucked=True)
    no = call("shoot", "plan", plan, *brand[:2], "--drawn", tmp_path / "faults")
    assert (no.code, no.json["outcome"]) == (1, "refused")
    (row,) = no.json["pictures"]
    assert "engine.try_on_sleeves" in {reason["code"] for reason in row["reasons"]}
    (drawn,) = no.json["drawn"]
    with Image.open(drawn) as fault:  # as large as the plate, with the words in red above
        assert fault.width == 1536
        assert fault.convert("RGB").getpixel((4, 4)) == (196, 30, 58)

    flat(tmp_path / "tee.png", TEE)
    (made,) = call("shoot", "run", plan, *brand).json["pictures"]
    assert made["status"] == "made"
    assert made["grade"] == "comp"  # below its hem her other clothes are filled in
    again = call("picture", "replay", made["picture"])
    assert (again.code, again.json["same"]) == (0, True)
    approved = call("picture", "approve", made["picture"], "--as", "ines")
    assert (approved.code, approved.json["reasons"][0]["code"]) == (1, "picture.comp")

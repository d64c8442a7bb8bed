"""The chain on real photographs, each with a card proposed from its silhouette."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.journeys.conftest import sosie

pytestmark = pytest.mark.photos


def test_the_demo_makes_believable_pictures_of_photographs(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for name in ("c_model_3.png", "c_model_5.png"):
        (folder / name).write_bytes((photos / "people" / name).read_bytes())
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    done = sosie("demo", "--photos", folder, "--workspace", tmp_path / "demo", "--json")
    assert done.code == 0, done.err[-2000:]
    said = done.json
    assert said["unexpected"] == []
    made = [row for row in said["made"] if row["step"] == "picture"]
    assert len(made) == 6
    final = ["final" in row["what"] for row in made]
    # White shows through a belt loop of the first, and no gap there leads to the backdrop.
    assert sum(final) >= 3, made
    told = ("slivers", "spills onto")
    assert all(any(word in row["what"] for word in ("final", *told)) for row in made), made
    assert {row["outcome"] for row in said["verified"]} == {"made_here", "altered", "unknown"}
    after = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    assert after == before


def test_landmarks_are_proposed_drawn_and_corrected(photos: Path, tmp_path: Path) -> None:
    photo = tmp_path / "plate.png"
    photo.write_bytes((photos / "people" / "c_model_3.png").read_bytes())
    first = sosie("twin", "landmarks", photo, "--json").json
    assert first["view"] == "front-half"
    assert Path(first["drawn"]).stat().st_size > 10_000
    moved = sosie("twin", "landmarks", photo, "--set", "waist_l=300,500", "--set", "wrist_r=none")
    assert moved.code == 0
    card = (tmp_path / "plate.json").read_text()
    assert '"waist_l": [\n      300,\n      500\n    ]' in card
    assert '"wrist_r": null' in card
    wrong = sosie("twin", "landmarks", photo, "--set", "waist=1,2")
    assert wrong.code == 65
    assert "did you mean `waist_" in wrong.err

"""Weights on the command line, where PyTorch need not be."""

from __future__ import annotations

import json
from pathlib import Path

from tests.engines.test_diffusers import folder_of
from tests.journeys.conftest import sosie


def test_weights_are_listed_pinned_and_found_changed(tmp_path: Path) -> None:
    listed = sosie("weights", "families", "--json").json["families"]
    assert listed["flux2-klein"]["commercial_use"]
    assert not listed["flux-kontext"]["commercial_use"]
    folder = folder_of(tmp_path / "klein", "flux2-klein")
    added = sosie("weights", "add", folder, "--family", "flux2-klein", "--json")
    assert (added.code, added.json["license"]) == (0, "Apache-2.0")
    assert json.loads((folder / "weights.lock.json").read_text())["files"] == added.json["files"]
    assert sosie("weights", "verify", folder, "--json").json["digest"] == added.json["digest"]
    (folder / "transformer" / "model.safetensors").write_bytes(b"others")
    changed = sosie("weights", "verify", folder)
    assert changed.code == 65
    assert "is not what it was" in changed.err
    wrong = sosie("weights", "add", folder, "--family", "flux-kontext")
    assert wrong.code == 65
    assert "`flux-kontext` is a `FluxKontextPipeline`" in wrong.err
    kontext = folder_of(tmp_path / "kontext", "flux-kontext")
    said = sosie("weights", "add", kontext, "--family", "flux-kontext")
    assert "no picture of a twin is made with them" in said.out

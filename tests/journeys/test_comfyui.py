"""A brand sets its own ComfyUI server up and plans a shoot on it, by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.engines.comfy_server import ComfyServer
from tests.engines.test_comfyui import GRAPH
from tests.journeys.conftest import sosie

PLAN = """\
sosie: shoot/1
engine: comfyui
purpose: organic_social
channel: instagram
territories: [FR]
files: {graph: graph.json}
pictures:
  - {plate: front-half, graph: graph, words: a darker top, changes: [garment_colour]}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ComfyServer]:
    root = tmp_path / "comfyui"
    root.mkdir()
    served = ComfyServer(root)
    yield served
    served.close()


def test_a_brand_sets_its_server_up_and_plans(
    workspace: Path, server: ComfyServer, tmp_path: Path
) -> None:
    key = sosie("engine", "key", "--out", tmp_path / "grant.pem", "--workspace", workspace)
    assert key.code == 0, key.err
    assert load_pem_public_key((tmp_path / "grant.pem").read_bytes())
    (tmp_path / "plan.yaml").write_text(PLAN)
    listed = sosie("license", "list", "--workspace", workspace, "--json").json
    license = listed["licenses"][0]["license"]

    def plan(graph: dict[str, Any], **settings: str) -> set[str]:
        """Return what is refused of the pictures, beside the license's places, which are taken."""
        (tmp_path / "graph.json").write_text(json.dumps(graph))
        named = ("--license", license, "--workspace", workspace, "--json")
        done = sosie("shoot", "plan", tmp_path / "plan.yaml", *named, secrets=settings)
        codes = {reason["code"] for reason in done.json["reasons"]}
        return {code for code in codes if code.startswith("engine.")}

    def klein(**said: Any) -> dict[str, Any]:
        """Return the graph, saying something else of its weights, which it takes from a hub."""
        inputs = {**GRAPH["3"]["inputs"], "weights": "black-forest-labs/FLUX.2-klein-4B"}
        return {**GRAPH, "3": {**GRAPH["3"], "inputs": inputs, "_meta": {"sosie": said}}}

    here = {"SOSIE_COMFYUI_URL": server.url}
    leaky = {**GRAPH, "9": {"class_type": "SaveImage", "inputs": {"image": ["4", 0]}}}
    assert plan(GRAPH, **here) == set()
    assert plan(leaky, **here) == {"engine.output_node"}
    assert plan(klein(), **here) == {"engine.weights_license"}
    forbidden = klein(license="CC BY-NC 4.0", commercial_use=True)
    assert plan(forbidden, **here) == {"engine.weights_license"}
    assert plan(klein(license="Apache-2.0", commercial_use=True), **here) == set()
    assert plan(GRAPH) == {"engine.address"}
    assert server.files() == []


def test_every_engine_is_listed() -> None:
    engines = {each["name"]: each for each in sosie("engine", "list", "--json").json["engines"]}
    assert {"atelier", "comfyui", "hosted"} <= set(engines)
    assert engines["hosted"]["data_leaves_machine"]
    assert not engines["hosted"]["commercial_use"]
    assert not engines["comfyui"]["data_leaves_machine"]
    for name in ("atelier", "comfyui", "hosted"):
        assert sosie("engine", "show", name, "--json").json == engines[name]
    assert {"sizes", "grades", "deterministic", "weights_license", "needs"} <= set(
        engines["hosted"]
    )
    told = sosie("engine", "show", "hosted").out
    assert "leaves this machine" in told
    assert "not allowed, so every license refuses it" in told
    unknown = sosie("engine", "show", "atelje")
    assert unknown.code == 65
    assert "installed are atelier" in unknown.err

"""What a graph says of the weights that it loads: all that is left open or contradicts itself is
refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.engines.comfyui import graph as graphs
from sosie.engines.comfyui import weights
from sosie.engines.comfyui.graph import Graph

APACHE = {"license": "Apache-2.0", "commercial_use": True}
KONTEXT = "black-forest-labs/FLUX.1-Kontext-dev"


def node(kind: str = "Tint", said: Any = None, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"sosie": said or {}}}


def graph_of(*nodes: dict[str, Any]) -> Graph:
    named = {str(number): each for number, each in enumerate(nodes, 1)}
    graph = graphs.read(json.dumps(named).encode())
    assert isinstance(graph, Graph)
    return graph


def texts(*nodes: dict[str, Any]) -> list[str]:
    reasons = weights.faults(graph_of(*nodes))
    assert {reason.code for reason in reasons} <= {"engine.weights_license"}
    return [reason.text for reason in reasons]


LOADING = {
    "a file": node(weights="klein-4b.safetensors"),
    "a file in a folder": node(weights="flux\\klein.SFT"),
    "a file behind a link": node(url="https://example.org/klein.ckpt?download=true"),
    "a file in a list of a widget": node(loras={"__value__": [{"on": True, "lora": "a.gguf"}]}),
    "an embedding": node("CLIPTextEncode", text="a red tee, embedding:EasyNegative"),
    "a repository": node(weights=KONTEXT),
    "an address": node(weights="https://huggingface.co/x"),
    "a loader without a file": node("DownloadAndLoadModel", precision="fp16"),
    "a loader with a name that has no ending": node("VAELoader", vae_name="taesd"),
    "a loader of a folder": node("DiffusersLoader", model_path="kontext"),
    "a file where a picture is loaded": node("LoadImage", image="klein.safetensors"),
}
WEIGHTLESS = [
    node("ImageInvert", image=["2", 0]),
    node("CLIPTextEncode", text="a tee and/or a vest, 16/9, v1.5"),
    node("KSampler", sampler_name="dpmpp_2m_sde", seed=7, denoise=0.5),
    node("LoadImage", image="scenes/wall.png"),
    node("LoadLatent", latent="latents/a.latent"),
    node("SosieLoadTwin", run=""),
]


@pytest.mark.parametrize("what", LOADING)
def test_what_loads_weights_says_their_license_or_is_refused(what: str) -> None:
    loading = LOADING[what]
    (text,) = texts(loading)
    assert "node `1`" in text
    assert "does not say under which license" in text
    assert texts({**loading, "_meta": {"sosie": APACHE}}) == []


@pytest.mark.parametrize("each", WEIGHTLESS)
def test_what_loads_none_need_say_nothing(each: dict[str, Any]) -> None:
    assert texts(each) == []


def test_that_a_node_loads_none_may_be_said_but_not_of_a_file() -> None:
    none = {"weights": False}
    assert texts(node("LoadImagesFromFolder", none, folder="scenes/walls")) == []
    assert "names `klein.pth`" in texts(node("Tint", none, weights="klein.pth"))[0]
    assert "take one of them out" in texts(node("LoadFaces", none | APACHE))[0]
    assert "take one of them out" in texts(node("LoadFaces", none | {"commercial_use": True}))[0]
    assert texts(node("LoadFaces", {"weights": True}))
    assert texts(node("LoadFaces", {"weights": 0}))
    assert texts(node("LoadFaces", {"note": "no weights"}))


@pytest.mark.parametrize(
    "license",
    [
        "CC BY-NC 4.0",
        "cc-by-nc-sa-4.0",
        "CC\u202fBY\u2011NC 4.0",
        "FLUX.1 [dev] Non-Commercial License",
        "flux-1-dev-noncommercial",
        "not for commercial use",
        "Stability AI Research License",
        "Apache-2.0 AND CC-BY-NC-4.0",
        "Apache-2.0 OR CC-BY-NC-4.0",
    ],
)
def test_a_license_that_forbids_commercial_use_is_refused_whatever_else_is_said(
    license: str,
) -> None:
    said = {"license": license, "commercial_use": True, "agreement": "we asked them"}
    (text,) = texts(node(said=said, weights="klein.safetensors"))
    assert "that license does not" in text


@pytest.mark.parametrize(
    "license", ["", " ", None, True, ["MIT"], "other", "my own", "LicenseRef-BFL", "Apache-2.0 AND"]
)
def test_a_license_that_nobody_knows_is_refused(license: Any) -> None:
    said = {"license": license, "commercial_use": True}
    assert texts(node(said=said, weights="klein.safetensors"))


def test_a_license_that_was_agreed_on_is_taken_and_recorded() -> None:
    said = {"license": "LicenseRef-BFL", "commercial_use": True, "agreement": "order 4711 of 2026"}
    bought = node(said=said, weights=KONTEXT)
    assert texts(bought) == []
    assert weights.loaded(graph_of(bought)) == {
        "1": {"class": "Tint", "names": [KONTEXT], **said},
    }
    assert texts(node(said=said | {"agreement": " "}, weights=KONTEXT))
    assert texts(node(said=said | {"agreement": True}, weights=KONTEXT))


@pytest.mark.parametrize(
    "license", ["Apache 2.0", "mit", "CC BY 4.0", "AGPL-3.0-or-later", "MIT AND Apache-2.0"]
)
def test_known_licenses_are_taken_however_they_are_spelled(license: str) -> None:
    said = {"license": license, "commercial_use": True}
    assert texts(node("DualCLIPLoader", said, clip="clip_l.safetensors")) == []
    for no in (False, "true", 1, None):
        assert texts(node(said=said | {"commercial_use": no}, weights="a.pt"))


def test_two_nodes_that_name_one_file_each_say_its_license_and_the_same() -> None:
    said = node(said=APACHE, weights="klein.safetensors")
    silent = node(weights="klein.safetensors")
    mit = node(said=APACHE | {"license": "MIT"}, weights="klein.safetensors")
    assert [text[:8] for text in texts(silent, said)] == ["node `1`"]
    assert [text[:8] for text in texts(said, silent)] == ["node `2`"]
    assert "two nodes name `klein.safetensors`" in texts(said, mit)[0]
    assert texts(said, said) == []
    assert list(weights.loaded(graph_of(said, said))) == ["1", "2"]


@pytest.mark.parametrize(
    ("module", "asked"),
    [
        ("nodes", False),
        ("comfy_extras.nodes_mask", False),
        ("custom_nodes.faces", True),
        ("comfy_extras_of_mine", True),
        (None, True),
    ],
)
def test_each_node_of_a_pack_says_what_it_loads(module: str | None, asked: bool) -> None:
    known = {"FaceFix": {"python_module": module, "output": ["IMAGE"]}}
    reasons = weights.faults_on(graph_of(node("FaceFix")), known)
    assert bool(reasons) is asked
    for said in ({"weights": False}, APACHE):
        assert weights.faults_on(graph_of(node("FaceFix", said)), known) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("a.pt"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
SAID = st.dictionaries(
    st.sampled_from(["license", "commercial_use", "weights", "agreement"]),
    JSON | st.sampled_from(["MIT", "Apache-2.0", True, False]),
)


@given(SAID, JSON)
def test_whatever_is_said_is_judged(said: Any, value: Any) -> None:
    taken = texts(node("UNETLoader", said, unet_name=value)) == []
    declared = said.get("weights") is False and not {"license", "commercial_use"} & said.keys()
    licensed = isinstance(said.get("license"), str) and said.get("commercial_use") is True
    assert not taken or declared or licensed

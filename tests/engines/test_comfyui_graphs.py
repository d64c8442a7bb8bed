"""Ten thousand random graphs: none that would show a picture beside Seal's, or never end, is
taken."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.core.values import Reason
from sosie.engines.comfyui import graph as graphs
from sosie.engines.comfyui.graph import GATE, LOAD, SEAL, Graph

INPUTS = {
    LOAD: (),
    GATE: ("twin",),
    SEAL: ("image",),
    "ImageInvert": ("image",),
    "ImageBlend": ("image1", "image2"),
    "SaveImage": ("images",),
    "MaskPreview": ("mask",),
    "Gemini": ("images",),
    "Unknown": ("anything",),
}
KNOWN: dict[str, dict[str, Any] | None] = {kind: {} for kind in INPUTS}
KNOWN |= {
    SEAL: {"output_node": True},
    "SaveImage": {"output_node": True},
    "MaskPreview": {"has_intermediate_output": True},
    "Gemini": {"api_node": True},
    "Unknown": None,
}
HARMLESS = {LOAD, GATE, SEAL, "ImageInvert", "ImageBlend"}
GRAPHS = 10_000


def random_graph(chance: random.Random) -> dict[str, Any]:
    """Return a graph that is nearly right: some nodes too many, some links elsewhere."""
    kinds = [LOAD, GATE, SEAL, *chance.choices(["ImageInvert", "ImageBlend"], k=2)]
    if chance.random() < 0.5:
        kinds += chance.choices(list(INPUTS), k=chance.randint(1, 2))
    if chance.random() < 0.1:
        kinds.remove(chance.choice(kinds))
    names = [str(number) for number in range(1, len(kinds) + 1)]
    likely = {kind: names[kinds.index(kind)] for kind in set(kinds)}

    def link(kind: str) -> list[Any]:
        wanted = likely.get(LOAD if kind == GATE else chance.choice([GATE, "ImageInvert"]))
        right = wanted is not None and chance.random() < 0.9
        return [wanted if right else chance.choice(names), chance.randint(0, 1)]

    return {
        name: {"class_type": kind, "inputs": {key: link(kind) for key in INPUTS[kind]}}
        for name, kind in zip(names, kinds, strict=True)
    }


def leaks(said: dict[str, Any]) -> bool:
    """Return whether a graph could show a picture by another way than gate and Seal, or waits for
    itself: slow and obvious, every path walked by itself."""
    kinds = [node["class_type"] for node in said.values()]
    if any(kind not in HARMLESS for kind in kinds) or any(
        kinds.count(kind) != 1 for kind in (LOAD, GATE, SEAL)
    ):
        return True
    after: dict[str, list[str]] = {name: [] for name in said}
    for name, node in said.items():
        for source, _ in node["inputs"].values():
            after[source].append(name)

    def reaches_seal(name: str, path: tuple[str, ...]) -> bool:
        if said[name]["class_type"] == SEAL:
            return True
        return any(reaches_seal(n, (*path, n)) for n in after[name] if n not in path)

    def comes_back(name: str, path: tuple[str, ...]) -> bool:
        return any(n in path or comes_back(n, (*path, n)) for n in after[name])

    if any(comes_back(name, (name,)) for name in said):
        return True
    load, gate = (next(n for n in said if said[n]["class_type"] == k) for k in (LOAD, GATE))
    return after[load] != [gate] or not reaches_seal(gate, (gate,))


def taken(said: dict[str, Any]) -> bool:
    graph = graphs.read(json.dumps(said).encode())
    assert isinstance(graph, Graph)
    return not graphs.faults(graph) and not graphs.faults_on(graph, KNOWN)


def test_no_graph_that_leaks_is_taken() -> None:
    chance = random.Random(5)  # noqa: S311 - the same graphs each time
    verdicts = [(taken(said), leaks(said)) for said in map(random_graph, [chance] * GRAPHS)]
    assert [pair for pair in verdicts if pair == (True, True)] == []
    assert [pair for pair in verdicts if pair == (False, False)] == []
    assert len([pair for pair in verdicts if pair == (True, False)]) > 500
    assert len([pair for pair in verdicts if pair == (False, True)]) > 5_000


@pytest.mark.parametrize("blind", ["faults", "faults_on"])
def test_the_check_above_can_fail(monkeypatch: pytest.MonkeyPatch, blind: str) -> None:
    monkeypatch.setattr(graphs, blind, lambda *_: ())
    chance = random.Random(5)  # noqa: S311
    made = [random_graph(chance) for _ in range(500)]
    assert [said for said in made if taken(said) and leaks(said)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["1", "class_type", "inputs", "_meta", "sosie"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["1", "2", "nodes"]), JSON, max_size=3) | JSON)
def test_any_json_is_a_graph_or_is_refused(said: Any) -> None:
    graph = graphs.read(json.dumps(said).encode())
    if isinstance(graph, Graph):
        assert graph.digest() == graph.digest()
        assert graphs.faults(graph)
        graphs.faults_on(graph, {})
    else:
        assert isinstance(graph, Reason)
        assert graph.code == "engine.graph"


def test_a_graph_of_any_depth_and_size_is_refused() -> None:
    for data in (b"[" * 100_000, b'{"1": ' * 50_000, b" " * (2 << 20), b"\xff\xfe"):
        assert isinstance(graphs.read(data), Reason)

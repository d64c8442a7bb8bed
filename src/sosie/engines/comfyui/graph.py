"""Graphs of ComfyUI in its API format: read, checked before anything is sent, filled in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sosie.core.values import Digest, Reason, digest

LOAD, GATE, SEAL = "SosieLoadTwin", "SosieLicenseGate", "SosieSeal"
MOST_BYTES = 1024 * 1024
MOST_NODES = 1000


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph as it was exported, by node id."""

    nodes: Mapping[str, Mapping[str, Any]]

    def classes(self) -> list[str]:
        """Return the classes of its nodes, each once."""
        return sorted({node["class_type"] for node in self.nodes.values()})

    def of(self, kind: str) -> list[str]:
        """Return the ids of the nodes of a class."""
        return [name for name, node in self.nodes.items() if node["class_type"] == kind]

    def links(self, name: str) -> Iterator[tuple[str, str, int]]:
        """Yield what a node takes from others: its input, their id, their output's place."""
        for key, value in self.nodes[name]["inputs"].items():
            if _is_link(value):
                yield key, value[0], int(value[1])

    def digest(self) -> Digest:
        """Return the digest of what runs, whatever the spelling and the layout."""
        return digest(self.spelled().encode())

    def spelled(self) -> str:
        """Return what runs as JSON with sorted keys and no spaces."""
        return json.dumps(self.plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def plain(self) -> dict[str, Any]:
        """Return the nodes' classes and inputs, without titles."""
        return {
            name: {"class_type": node["class_type"], "inputs": dict(node["inputs"])}
            for name, node in self.nodes.items()
        }


def read(data: bytes) -> Graph | Reason:
    """This function will read a graph; a ``Reason`` says why it is none."""
    if len(data) > MOST_BYTES:
        return _no_graph(f"it has over {MOST_BYTES} bytes")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return _no_graph("it is no JSON")
    if isinstance(said, dict) and isinstance(said.get("nodes"), list):
        return _no_graph("it is in the format of the editor; export it with `Export (API)`")
    if not isinstance(said, dict) or not 0 < len(said) <= MOST_NODES:
        return _no_graph(f"it is no object of 1 to {MOST_NODES} nodes")
    for name, node in said.items():
        if not (
            isinstance(node, dict)
            and isinstance(node.get("class_type"), str)
            and isinstance(node.setdefault("inputs", {}), dict)
            and isinstance(node.setdefault("_meta", {}), dict)
            and isinstance(node["_meta"].setdefault("sosie", {}), dict)
        ):
            return _no_graph(f"node `{name[:40]}` has no `class_type` and `inputs`")
    return Graph(said)


def faults(graph: Graph) -> tuple[Reason, ...]:
    """This function will return what is wrong with a graph on any server."""
    found = []
    for kind, what in ((LOAD, "Load Twin"), (GATE, "License Gate"), (SEAL, "Seal")):
        count = len(graph.of(kind))
        if count != 1:
            text = f"the graph has {count} nodes `{what}`; it needs exactly one"
            found.append(Reason("engine.graph", text))
    if found:
        return tuple(found)
    found = _faulty_links(graph)
    (load,), (gate,), (seal,) = (graph.of(kind) for kind in (LOAD, GATE, SEAL))
    for name in graph.nodes:
        if name != gate and any(source == load for _, source, _ in graph.links(name)):
            text = f"node `{name}` takes the twin past the License Gate; connect it to the gate"
            found.append(Reason("engine.graph", text))
    if load not in {source for _, source, _ in graph.links(gate)}:
        text = f"the License Gate (node `{gate}`) takes no twin; connect Load Twin to it"
        found.append(Reason("engine.graph", text))
    if gate not in _before(graph, seal):
        text = f"what Seal (node `{seal}`) hands back does not come from the License Gate"
        found.append(Reason("engine.graph", text))
    return tuple(found)


def faults_on(graph: Graph, known: Mapping[str, Mapping[str, Any] | None]) -> tuple[Reason, ...]:
    """This function will return what is wrong with a graph on one server, which says of each class
    what it is (`/object_info`), or nothing."""
    found = []
    for name, node in graph.nodes.items():
        kind = node["class_type"]
        said = known.get(kind)
        if said is None:
            missing = "install the node pack `comfyui-sosie` on it"
            what = missing if kind in {LOAD, GATE, SEAL} else "install its pack, or take it out"
            text = f"node `{name}` is a `{kind}`, which the server does not know; {what}"
            found.append(Reason("engine.graph", text))
        elif kind != SEAL and (said.get("output_node") or said.get("has_intermediate_output")):
            text = (
                f"node `{name}` (`{kind}`) would keep or show a picture on the server; take it "
                "out: Seal alone hands the picture back"
            )
            found.append(Reason("engine.output_node", text))
        elif said.get("api_node"):
            text = f"node `{name}` (`{kind}`) sends the picture to a service elsewhere; take it out"
            found.append(Reason("engine.api_node", text))
    return tuple(found)


def filled(graph: Graph, *, run: str, papers: str) -> dict[str, Any]:
    """This function will return what is sent: the graph with the run and its papers."""
    prompt = graph.plain()
    for kind, key, value in ((LOAD, "run", run), (GATE, "papers", papers), (SEAL, "run", run)):
        for name in graph.of(kind):
            prompt[name]["inputs"][key] = value
    return prompt


def _is_link(value: object) -> bool:
    """Return whether a server follows a value to another node: it also does where the place of the
    output is no whole number."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int | float)
    )


def _faulty_links(graph: Graph) -> list[Reason]:
    """Return why a graph's links are no way from one node to the next."""
    texts = [
        f"node `{name}` takes `{key[:40]}` from nowhere; connect it to a node of the graph"
        for name, node in graph.nodes.items()
        for key, value in node["inputs"].items()
        if _leads_nowhere(graph, value)
    ]
    if waiting := _cycle(graph):
        way = " → ".join(f"`{name[:40]}`" for name in waiting[:20])
        texts.append(f"node {way} waits for itself; cut it")
    return [Reason("engine.graph", text) for text in texts]


def _leads_nowhere(graph: Graph, value: object) -> bool:
    """Return whether a list in an input is not the one that it may be: the id of a node of the
    graph, and the place of an output. Lists of another meaning are exported as `__value__`, which a
    server takes out: such a one may be anything but a link."""
    if isinstance(value, dict):
        return _is_link(value.get("__value__"))
    if not isinstance(value, list):
        return False
    return not (
        _is_link(value) and value[0] in graph.nodes and type(value[1]) is int and value[1] >= 0
    )


def _cycle(graph: Graph) -> list[str]:
    """Return the ids of nodes of which each waits for the one before, the first for the last."""
    sources = {name: [source for _, source, _ in graph.links(name)] for name in graph.nodes}
    try:
        TopologicalSorter(sources).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _before(graph: Graph, name: str) -> set[str]:
    """Return the ids of all nodes that a node's inputs come from."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for _, source, _ in graph.links(waiting.pop()):
            if source in graph.nodes and source not in found:
                found.add(source)
                waiting.append(source)
    return found


def _no_graph(why: str) -> Reason:
    return Reason("engine.graph", f"this is no graph of ComfyUI: {why}")

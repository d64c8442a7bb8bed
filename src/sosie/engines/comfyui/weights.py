"""What weights a graph loads, and whether what it says of their license holds.

A node says under `_meta`, `sosie`: `license` and `commercial_use`, with an `agreement` where the
license is not known here to allow it; or `weights: false`, that it loads none. One of the two is
said by each node that names weights or looks as if it loaded some, and by each node of a pack, of
which nobody else can know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sosie.core.values import Reason
from sosie.engines.comfyui.graph import GATE, LOAD, SEAL, Graph

COMMERCIAL = frozenset(
    {
        "0bsd",
        "agpl-3.0",
        "apache-2.0",
        "bigscience-openrail-m",
        "bsd-2-clause",
        "bsd-3-clause",
        "cc-by-4.0",
        "cc-by-sa-4.0",
        "cc0-1.0",
        "creativeml-open-rail++-m",
        "creativeml-openrail-m",
        "gpl-3.0",
        "isc",
        "lgpl-3.0",
        "mit",
        "mit-0",
        "mpl-2.0",
        "openrail++",
        "unlicense",
    }
)
"""Licenses that allow commercial use to all: SPDX identifiers and those of the RAIL family, as
``_spelled`` spells them."""
_NOT_COMMERCIAL = re.compile(
    r"(^|-)(nc|research|evaluation|academic|personal|educational)(-|$)|no[nt]?-?(for-)?commercial"
)
_FILE = re.compile(
    r"\.(safetensors|sft|ckpt|pt2?|pth|pkl|bin|gguf|onnx|engine)\b|embedding:\S", re.IGNORECASE
)
_PLACE = re.compile(r"https?://\S+|[\w.-]+([/\\][\w.-]+)+")
_WEIGHTLESS = {LOAD, "LoadImage", "LoadImageMask", "LoadImageOutput", "LoadLatent"}
_MODELS = {"MODEL", "CLIP", "VAE", "CONTROL_NET", "CLIP_VISION", "STYLE_MODEL", "UPSCALE_MODEL"}
_SAY = (
    'add `"_meta": {"sosie": {"license": "NAME", "commercial_use": true}}` to it if their license '
    'allows commercial use, or `"_meta": {"sosie": {"weights": false}}` if it loads none'
)


def loaded(graph: Graph) -> dict[str, dict[str, Any]]:
    """This function will return what is loaded, by the id of the node, for the recipe: its `class`,
    the `names` of weights in its inputs, and what the graph says of their license."""
    return {
        name: {"class": node["class_type"], "names": _named(node)}
        | {key: said[key] for key in ("license", "commercial_use", "agreement") if key in said}
        for name, node in graph.nodes.items()
        if "license" in (said := node["_meta"]["sosie"])
    }


def faults(graph: Graph) -> tuple[Reason, ...]:
    """This function will return where a graph does not say of weights that they may be used
    commercially, or contradicts itself."""
    texts = [
        f"node `{name[:40]}` (`{node['class_type'][:60]}`) {why}"
        for name, node in graph.nodes.items()
        if (why := _fault(node))
    ]
    licenses: dict[str, set[str]] = {}
    for said in loaded(graph).values():
        for name in said["names"]:
            licenses.setdefault(name, set()).add(_spelled(str(said["license"])))
    texts += [
        f"two nodes name `{name[:80]}`, each under another license; say the one that it has"
        for name, each in licenses.items()
        if len(each) > 1
    ]
    return tuple(Reason("engine.weights_license", text) for text in texts)


def faults_on(graph: Graph, known: Mapping[str, Mapping[str, Any] | None]) -> tuple[Reason, ...]:
    """This function will return where a graph leaves open what a node loads, as a server tells of
    its classes (`/object_info`): whose they are, and what they hand on."""
    found = []
    for name, node in graph.nodes.items():
        kind, said = node["class_type"], known.get(node["class_type"])
        if said is None or kind in {LOAD, GATE, SEAL}:
            continue
        whose, models = str(said.get("python_module")), _MODELS & set(said.get("output") or ())
        if _declares_none(node) and models and _looks(node):
            why = f"says that it loads no weights, and hands on `{min(models)}`; say their license"
        elif not (whose == "nodes" or whose.startswith("comfy_extras.") or _speaks(node)):
            why = f"is of a pack (`{whose[:60]}`): nobody but you knows what it loads; {_SAY}"
        else:
            continue
        text = f"node `{name[:40]}` (`{kind[:60]}`) {why}"
        found.append(Reason("engine.weights_license", text))
    return tuple(found)


def embeds(words: str) -> bool:
    """This function will return whether words load weights, as ComfyUI reads `embedding:NAME`."""
    return "embedding:" in words.lower()


def _fault(node: Mapping[str, Any]) -> str | None:
    """Return what is wrong with what a node says of weights, if anything is."""
    said, named = node["_meta"]["sosie"], _named(node)
    if _declares_none(node):
        if "license" in said or "commercial_use" in said:
            return "says that it loads no weights, and what their license is; take one of them out"
        file = next((name for name in named if _FILE.search(name)), None)
        return file and f"says that it loads no weights, and names `{file[:80]}`; say their license"
    if not _speaks(node):
        return None
    what = f"names `{named[0][:80]}`" if named else "looks as if it loaded weights"
    license, agreement = said.get("license"), said.get("agreement")
    if not isinstance(license, str) or not license.strip():
        return f"{what}, and does not say under which license; {_SAY}"
    if said.get("commercial_use") is not True:
        return f"{what}, and does not say that `{license[:80]}` allows commercial use; {_SAY}"
    parts = [_spelled(part) for part in license.split(" AND ")]
    if any(_NOT_COMMERCIAL.search(part) for part in parts):
        return f"says that `{license[:80]}` allows commercial use, and that license does not"
    agreed = isinstance(agreement, str) and agreement.strip()
    if agreed or COMMERCIAL.issuperset(parts):
        return None
    return (
        f"{what} under `{license[:80]}`, which is not known to allow commercial use; name it by "
        "its SPDX identifier, or say under `agreement` which agreement allows you to use them"
    )


def _declares_none(node: Mapping[str, Any]) -> bool:
    return node["_meta"]["sosie"].get("weights") is False


def _speaks(node: Mapping[str, Any]) -> bool:
    """Return whether `_fault` asks a node for a license: it names one, or weights, or looks so."""
    said = node["_meta"]["sosie"]
    return bool(said.keys() & {"license", "commercial_use", "weights"}) or _looks(node)


def _looks(node: Mapping[str, Any]) -> bool:
    """Return whether a node names weights, or looks as if it loaded some."""
    kind = node["class_type"]
    return bool(_named(node)) or (kind not in _WEIGHTLESS and "load" in kind.lower())


def _named(node: Mapping[str, Any]) -> list[str]:
    """Return what in a node's inputs names weights: files, and, but where a picture is loaded,
    repositories, addresses and folders."""
    weightless = node["class_type"] in _WEIGHTLESS
    return [
        text
        for text in _strings(node["inputs"])
        if _FILE.search(text) or (not weightless and _PLACE.fullmatch(text.strip()))
    ]


def _strings(inputs: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text in a node's inputs, however deep."""
    waiting: list[Any] = [inputs]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())


def _spelled(license: str) -> str:
    """Return a license's name in the one spelling that is compared: `CC BY-NC 4.0` as
    `cc-by-nc-4.0`, without `-only` and `-or-later`."""
    plain = re.sub(r"[^a-z0-9+.]+", "-", license.lower()).strip("-")
    return plain.removesuffix("-only").removesuffix("-or-later")

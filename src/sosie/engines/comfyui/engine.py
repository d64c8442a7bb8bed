"""The engine `comfyui`: what it can do, what it refuses, and one run."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from typing import Any
from urllib.parse import quote

from sosie.core.ports import Cancelled, Progress
from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, EngineCard, Order, Result, Stopped, recipe
from sosie.core.terms import Alteration
from sosie.core.values import BadInput, Reason, canonical
from sosie.engines.approved_head import keep_head
from sosie.engines.comfyui import graph as graphs
from sosie.engines.comfyui import weights
from sosie.engines.comfyui.graph import Graph
from sosie.engines.comfyui.session import GARMENT, PLATE, Session, run_of
from sosie.engines.orders import plain_faults
from sosie.engines.served import Server, Steps, as_png, failed, png, png_size

ADDRESS, ANYWHERE, COUNTRY = "SOSIE_COMFYUI_URL", "SOSIE_COMFYUI_ANYWHERE", "SOSIE_COMFYUI_COUNTRY"
SECONDS = 1800.0
"""How long a server may take for one picture, its queue included."""


class ComfyUI:
    """Has a graph run on the ComfyUI server at ``address``.

    The graph, a file of the order, has three nodes of the pack `comfyui-sosie`: Load Twin, License
    Gate, Seal. The server sees the plate only under a grant that the gate checks for itself, and
    everything that the run leaves there is erased.
    """

    def __init__(self, address: str | None = None, *, seconds: float = SECONDS) -> None:
        self._address = address or os.environ.get(ADDRESS, "")
        self._anywhere = os.environ.get(ANYWHERE) == "yes"
        self._country = os.environ.get(COUNTRY) or None
        self._seconds = seconds

    def describe(self) -> EngineCard:
        """This function will say what the engine can do and needs; it asks no server."""
        return EngineCard(
            name="comfyui",
            version="1",
            operations=frozenset(Alteration) - {Alteration.CROP, Alteration.NUDITY},
            deterministic=False,
            weights="those that the graph names",
            commercial_use=True,  # each graph says it of its own weights, or is refused
            data_leaves_machine=not self._is_here(),
            digital_source_type=SourceType.COMPOSITE_TRAINED.value,
            weights_license="as the graph says of each, or it is refused",
            country=self._country,
            needs=(f"a ComfyUI server (`{ADDRESS}`) with the node pack `comfyui-sosie`",),
        )

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """This function will return every reason why the order cannot be taken. It asks the server
        what the graph's nodes are; nothing of the twin is sent."""
        reasons = [*plain_faults(order, assets, self.describe()), *_unheard(order, assets)]
        graph = self._graph(order, assets)
        if isinstance(graph, Reason):
            return (*reasons, graph)
        reasons += (*graphs.faults(graph), *weights.faults(graph))
        try:
            known = _node_classes(self._server(), graph)
        except BadInput as error:
            return (*reasons, Reason(error.code, str(error)))
        reasons += (*graphs.faults_on(graph, known), *weights.faults_on(graph, known))
        return tuple(reasons)

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """This function will have the server make the picture.

        Raises ``BadInput`` if the order cannot be taken (see ``check``) or the server fails, and
        ``Stopped`` when ``cancelled()`` says so: then the server is told to stop too.
        """
        step = Steps(progress, cancelled)
        step(0.0, "checking the graph")
        reasons = self.check(order, assets)
        graph = self._graph(order, assets)
        if reasons or isinstance(graph, Reason):
            raise failed(
                "; ".join(reason.text for reason in reasons), reasons[0].code, "correct it"
            )
        if assets.grant is None:
            raise failed("no picture is made without a grant", "grant.absent", "order it")
        server = self._server()
        made_with = _made_with(graph, server)
        (seal,) = graph.of(graphs.SEAL)
        session = Session(server, step, run_of(assets.grant), seconds=self._seconds)
        session.begin()
        step(0.05, "sending the plate")
        prompt = graphs.filled(graph, run=session.run, papers=_papers(order, assets))
        try:
            session.upload(PLATE, as_png(assets.pixels))
            if order.wear:
                session.upload(GARMENT, assets.materials[order.wear].data)
            step(0.15, "waiting in the queue")
            data = session.make(prompt, seal)
        except BadInput as error:
            what = "; ".join((error.what, *session.forget()))
            raise BadInput(what, where=error.where, remedy=error.remedy, code=error.code) from None
        except Stopped as stopped:
            raise Stopped("; ".join((str(stopped), *session.forget()))) from None
        except BaseException:
            session.stop()
            session.forget()
            raise
        left = session.forget()
        step(0.9, "looking at the picture")
        width, height = png_size(data, "Seal")
        if (width, height) != assets.card.size:
            wide, high = assets.card.size
            text = f"the picture has {width}×{height} pixels, the plate {wide}×{high}"
            raise failed(text, "engine.result_size", "let the graph end in the plate's size")
        kept = keep_head(png(data, "Seal"), order, assets)
        step(1.0, "done")
        return Result(
            pixels=kept.pixels,
            alpha=kept.alpha,
            changed=kept.changed,
            grade=kept.grade,
            recipe=recipe(order, assets, self.describe()) | made_with,
            warnings=(*kept.warnings, *left),
            metrics=kept.metrics,
        )

    def _server(self) -> Server:
        """Return the server; raises ``BadInput`` (``engine.address``) if it may not be asked."""
        if not self._address:
            what = "no ComfyUI server is named"
            remedy = f"set `{ADDRESS}`, as `http://127.0.0.1:8188`"
            raise BadInput(what, where=ADDRESS, remedy=remedy, code="engine.address")
        server = Server(self._address, setting=ADDRESS)
        if not server.near and not (self._anywhere and server.secure):
            what = "the ComfyUI server is neither on this machine nor in a private network"
            remedy = f"use one that is; or reach it by https and set `{ANYWHERE}=yes`"
            raise BadInput(what, where=self._address, remedy=remedy, code="engine.address")
        return server

    def _is_here(self) -> bool:
        try:
            return not self._address or self._server().here
        except BadInput:
            return False

    def _graph(self, order: Order, assets: Assets) -> Graph | Reason:
        file = assets.materials.get(order.graph) if order.graph else None
        if file is None:
            text = "the order names no graph; export it with `Export (API)` and name it as `graph`"
            return Reason("engine.graph", text)
        return graphs.read(file.data)


def _unheard(order: Order, assets: Assets) -> tuple[Reason, ...]:
    """Return what the order says that no graph hears of: it gets plate, garment, words, seed."""
    worn = assets.materials.get(order.wear) if order.wear else None
    if order.wear and (worn is None or worn.pixels is None):
        return (Reason("engine.no_garment", f"`{order.wear}` is no picture of a garment"),)
    if weights.embeds(order.words):
        text = "`words` load weights (`embedding:`); name those in the graph, with their license"
        return (Reason("engine.weights_license", text),)
    said = {
        "garment_colour": order.garment_colour,
        "garment_swatch": order.garment_swatch,
        "backdrop": order.backdrop,
        "relight": order.relight,
        "picture": order.picture,
    }
    return tuple(
        Reason(
            "engine.operation",
            f"`{key}` is not handed to graphs; say it in `words`, and what it changes in `changes`",
        )
        for key, value in said.items()
        if value
    )


def _node_classes(server: Server, graph: Graph) -> dict[str, dict[str, Any] | None]:
    """Return what the server says of each class in the graph."""
    found: dict[str, dict[str, Any] | None] = {}
    for kind in graph.classes():
        answer = server.ask("GET", f"/object_info/{quote(kind, safe='')}")
        said = answer.json()
        if answer.status != 200 or not isinstance(said, dict):
            raise failed(f"the server answered {answer.status} to a question about `{kind[:60]}`")
        found[kind] = said.get(kind) if isinstance(said.get(kind), dict) else None
    return found


def _papers(order: Order, assets: Assets) -> str:
    """Return what the License Gate reads: the grant, and what it is checked against."""
    if assets.grant is None or order.graph is None:
        raise failed("no picture is made without a grant", "grant.absent", "order it")
    papers = {
        "grant": assets.grant.body,
        "signature": assets.grant.signature,
        "order": canonical(order.model_dump(mode="json")),
        "graph": assets.materials[order.graph].data,
    }
    return json.dumps({name: b64encode(data).decode() for name, data in papers.items()})


def _made_with(graph: Graph, server: Server) -> dict[str, Any]:
    """Return what the recipe records beside the order: the graph, its weights, the server."""
    said = server.ask("GET", "/system_stats").json()
    system = said.get("system") if isinstance(said, dict) else None
    version = system.get("comfyui_version") if isinstance(system, dict) else None
    return {
        "graph": graph.spelled(),
        "graph_digest": graph.digest(),
        "weights": weights.loaded(graph),
        "server": {"software": "ComfyUI", "version": str(version)[:40]},
    }

"""The engine `comfyui` against a server that runs the node pack, well-behaved and hostile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.engines.comfy_server import ComfyServer
from tests.engines.small_plate import small_card, small_pixels
from tests.services.people import drawn_photo

from sosie.core import grant
from sosie.core.studio import Assets, Grade, Material, Order, Result, Stopped
from sosie.core.terms import Alteration
from sosie.core.values import BadInput, digest
from sosie.engines.comfyui import ComfyUI
from sosie.engines.comfyui import engine as engine_module
from sosie.engines.comfyui.session import run_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
NONE = {"sosie": {"weights": False}}
APACHE = {"sosie": {"license": "Apache-2.0", "commercial_use": True}}
GRAPH: dict[str, Any] = {
    "1": {"class_type": "SosieLoadTwin", "inputs": {"run": ""}},
    "2": {"class_type": "SosieLicenseGate", "inputs": {"twin": ["1", 0], "papers": ""}},
    "3": {
        "class_type": "Tint",
        "inputs": {"image": ["2", 0], "amount": 0.98, "weights": "klein-4b.safetensors"},
        "_meta": APACHE,
    },
    "4": {
        "class_type": "Dress",
        "inputs": {"image": ["3", 0], "cloth": ["2", 1], "words": ["2", 2], "seed": ["2", 3]},
    },
    "5": {"class_type": "SosieSeal", "inputs": {"image": ["4", 0], "run": ""}},
}
ORDER = Order(
    plate="front-full", wear="tee", graph="graph", words="a red tee", changes=(Alteration.GARMENT,)
)
TEE = drawn_photo("walking")


def between(kind: str, **inputs: Any) -> dict[str, Any]:
    """Return the graph with a node between the last one and Seal."""
    node = {"class_type": kind, "inputs": {"image": ["4", 0], **inputs}}
    seal = {"class_type": "SosieSeal", "inputs": {"image": ["6", 0], "run": ""}}
    return {**GRAPH, "5": seal, "6": node}


def with_input(name: str, key: str, value: Any) -> dict[str, Any]:
    """Return a node of the graph with another input."""
    return {**GRAPH[name], "inputs": {**GRAPH[name]["inputs"], key: value}}


def invert_of(value: Any) -> dict[str, Any]:
    """Return a node that takes its picture from somewhere."""
    return {"class_type": "ImageInvert", "inputs": {"image": value}}


def assets(graph: Any = GRAPH, *, grant_for: Order | None = ORDER, **fields: Any) -> Assets:
    """Return what the engine works on, under a fresh grant."""
    data = graph if isinstance(graph, bytes) else json.dumps(graph).encode()
    pixels = small_pixels()
    materials = {
        "graph": Material(data, digest(data)),
        "tee": Material(TEE, digest(TEE), small_pixels()),
    }
    given = Assets(pixels, digest(pixels.tobytes()), small_card(), materials)
    if grant_for is None:
        return given
    said: dict[str, Any] = {
        "license": "L-0001",
        "twin": "ines",
        "picture": "S-0001-01",
        "engine": "comfyui",
        "order": grant_for,
        "assets": given,
        "now": datetime.now(UTC),
        "nonce": os.urandom(16),
        "sign": KEY.sign,
    }
    return replace(given, grant=grant.issue(**{**said, **fields}))


def make(server: ComfyServer, given: Assets, order: Order = ORDER, **settings: Any) -> Result:
    return ComfyUI(server.url, **settings).run(order, given, lambda s, w: None, lambda: False)


def codes(server: ComfyServer, given: Assets, order: Order = ORDER) -> set[str]:
    return {reason.code for reason in ComfyUI(server.url).check(order, given)}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ComfyServer]:
    (tmp_path / "grant.pem").write_bytes(PEM)
    monkeypatch.setenv("SOSIE_GRANT_KEY", str(tmp_path / "grant.pem"))
    served = ComfyServer(tmp_path)
    yield served
    served.close()


def test_a_picture_is_made_and_nothing_of_her_stays(server: ComfyServer) -> None:
    given = assets()
    result = make(server, given)
    left, top, right, bottom = given.card.face
    head = (slice(top, bottom), slice(left, right))
    solid = result.alpha[head] >= 1
    assert solid.mean() > 0.5
    assert np.array_equal(result.pixels[head][solid], given.pixels[head][solid])
    assert (result.pixels[350:] != given.pixels[350:]).any()
    assert (result.grade, result.warnings) == (Grade.FINAL, ())
    assert (server.files(), server.history, server._cache) == ([], {}, {})
    assert {"POST /sosie/erase", "POST /history", "POST /free"} <= set(server.asked)


def test_pixels_that_no_node_touches_come_back_as_they_were(server: ComfyServer) -> None:
    graph = {**GRAPH, "5": {"class_type": "SosieSeal", "inputs": {"image": ["2", 0], "run": ""}}}
    given = assets(graph)
    assert np.array_equal(make(server, given).pixels, given.pixels)


def test_the_recipe_records_the_graph_and_its_weights(server: ComfyServer) -> None:
    recipe = make(server, assets()).recipe
    assert json.loads(recipe["graph"])["3"]["inputs"]["amount"] == 0.98
    assert recipe["graph_digest"] == digest(recipe["graph"].encode())
    assert recipe["weights"] == {
        "3": {"class": "Tint", "names": ["klein-4b.safetensors"]} | APACHE["sosie"]
    }
    assert recipe["server"] == {"software": "ComfyUI", "version": "0.3.77"}
    assert "papers" not in recipe["graph"].replace('"papers":""', "")


def test_nothing_is_answered_from_the_cache(server: ComfyServer) -> None:
    server.misbehave.add("keeps_memory")
    make(server, assets())
    first = list(server.executed)
    make(server, assets())
    assert server.executed == first * 2
    assert len(first) == len(GRAPH)


def test_it_shows_progress_to_the_end(server: ComfyServer) -> None:
    said: list[tuple[float, str]] = []
    engine = ComfyUI(server.url)
    engine.run(ORDER, assets(), lambda share, what: said.append((share, what)), lambda: False)
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert "`Tint` at work" in [what for _, what in said]


@pytest.mark.parametrize(
    ("graph", "code", "said"),
    [
        (b"no graph", "engine.graph", "no JSON"),
        ({"nodes": []}, "engine.graph", "Export (API)"),
        ({}, "engine.graph", "1 to 1000 nodes"),
        ({"1": {"inputs": {}}}, "engine.graph", "node `1`"),
        ({k: v for k, v in GRAPH.items() if k != "5"}, "engine.graph", "0 nodes `Seal`"),
        ({**GRAPH, "6": GRAPH["5"]}, "engine.graph", "2 nodes `Seal`"),
        (
            {**GRAPH, "6": {"class_type": "SaveImage", "inputs": {"image": ["4", 0]}}},
            "engine.output_node",
            "node `6` (`SaveImage`)",
        ),
        (
            {**GRAPH, "6": {"class_type": "PreviewImage", "inputs": {"image": ["4", 0]}}},
            "engine.output_node",
            "take it out",
        ),
        (between("ApiNode"), "engine.api_node", "node `6`"),
        (between("FaceSwap"), "engine.graph", "node `6` is a `FaceSwap`"),
        (
            {**GRAPH, "6": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}}},
            "engine.graph",
            "past the License Gate",
        ),
        (
            {**GRAPH, "5": {"class_type": "SosieSeal", "inputs": {"run": ""}}},
            "engine.graph",
            "does not come from",
        ),
        (
            between("ImageInvert") | {"3": with_input("3", "image", ["6", 0])},
            "engine.graph",
            "waits for itself",
        ),
        (GRAPH | {"6": invert_of(["6", 0])}, "engine.graph", "node `6` → `6` waits for itself"),
        (GRAPH | {"6": invert_of(["1", 0.0])}, "engine.graph", "node `6` takes the twin past"),
        (GRAPH | {"3": with_input("3", "image", ["2", 0.0])}, "engine.graph", "from nowhere"),
        (GRAPH | {"3": with_input("3", "image", ["2", True])}, "engine.graph", "from nowhere"),
        (GRAPH | {"3": with_input("3", "image", ["2", -1])}, "engine.graph", "from nowhere"),
        (GRAPH | {"3": with_input("3", "image", ["7", 0])}, "engine.graph", "from nowhere"),
        (GRAPH | {"3": with_input("3", "image", [2, 0])}, "engine.graph", "node `3` takes `image`"),
        (GRAPH | {"3": with_input("3", "image", ["2"])}, "engine.graph", "from nowhere"),
        (
            GRAPH | {"6": invert_of({"__value__": ["1", 0]})},
            "engine.graph",
            "node `6` takes `image` from nowhere",
        ),
        ({**GRAPH, "3": {**GRAPH["3"], "_meta": {}}}, "engine.weights_license", "klein-4b"),
        (between("FaceFix"), "engine.weights_license", "`6` (`FaceFix`) is of a pack"),
        (
            {**GRAPH, "6": {"class_type": "DiffusersLoader", "_meta": NONE}},
            "engine.weights_license",
            "hands on `MODEL`",
        ),
    ],
)
def test_a_graph_is_refused_before_anything_is_sent(
    server: ComfyServer, graph: Any, code: str, said: str
) -> None:
    given = assets(graph)
    reasons = ComfyUI(server.url).check(ORDER, given)
    assert [r for r in reasons if r.code == code and said in r.text], reasons
    with pytest.raises(BadInput) as refused:
        make(server, given)
    assert refused.value.code.startswith("engine.")
    assert not [line for line in server.asked if line.startswith("POST")]


def test_the_graph_above_is_taken(server: ComfyServer) -> None:
    assert codes(server, assets()) == set()
    assert codes(server, assets(between("ImageInvert"))) == set()
    for kind in ("FaceFix", "LoadFaces"):
        for said in (APACHE, NONE):
            graph = between(kind)
            graph["6"]["_meta"] = said
            assert codes(server, assets(graph)) == set()
    listed = with_input("3", "list", {"__value__": [1, 0]})
    assert codes(server, assets(GRAPH | {"3": listed})) == set()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (assets(sign=Ed25519PrivateKey.generate().sign), "grant.signature"),
        (assets(engine="atelier"), "grant.engine"),
        (assets(order=ORDER.model_copy(update={"seed": 8})), "grant.order"),
        (assets(now=datetime(2026, 1, 1, tzinfo=UTC)), "grant.expired"),
        (replace(assets(), pixels=255 - small_pixels()), "grant.assets"),
        (replace(assets(), materials=assets(GRAPH | {"9": GRAPH["3"]}).materials), "grant.assets"),
    ],
)
def test_the_gate_lets_nothing_through_without_a_grant(
    server: ComfyServer, given: Assets, code: str
) -> None:
    with pytest.raises(BadInput, match=code):
        make(server, given)
    assert server.executed == ["SosieLoadTwin", "SosieLicenseGate"]
    assert (server.files(), server.history) == ([], {})


def test_a_grant_serves_once(server: ComfyServer) -> None:
    given = assets()
    make(server, given)
    with pytest.raises(BadInput, match=r"grant\.replayed"):
        make(server, given)


def test_a_grant_that_was_spent_stays_spent_when_the_server_starts_anew(
    server: ComfyServer, tmp_path: Path
) -> None:
    given = assets()
    make(server, given)
    again = ComfyServer(tmp_path)
    try:
        with pytest.raises(BadInput, match=r"grant\.replayed"):
            make(again, given)
    finally:
        again.close()


def test_without_a_grant_nothing_is_sent(server: ComfyServer) -> None:
    with pytest.raises(BadInput, match="without a grant"):
        make(server, assets(grant_for=None))
    assert not [line for line in server.asked if line.startswith("POST")]


@pytest.mark.parametrize(
    ("misbehaves", "code", "said"),
    [
        ("node_errors", "engine.graph", "node `3`: Value not in list ckpt_name"),
        ("extra_output", "engine.output_node", "node `99`"),
        ("old_answer", "engine.answer", "another run"),
        ("other_picture", "engine.answer", "not the one that Seal"),
        ("bomb", "engine.result_size", "40000×40000"),
        ("gif", "engine.answer", "no PNG"),
        ("torn", "engine.answer", "broken"),
        ("other_graph", "engine.failed", "grant.graph"),
        ("numbers_itself", "engine.answer", "another number"),
        ("redirects", "engine.answer", "answered 307"),
        ("loses_the_run", "engine.answer", "knows nothing"),
    ],
)
def test_a_hostile_server_gets_no_picture_in(
    server: ComfyServer, misbehaves: str, code: str, said: str
) -> None:
    server.misbehave.add(misbehaves)
    with pytest.raises(BadInput) as refused:
        make(server, assets())
    assert (refused.value.code, said in refused.value.what) == (code, True), refused.value
    assert [name for name in server.files() if name != "picture.png"] == []


def test_a_connection_that_is_cut_off_loses_no_picture(server: ComfyServer) -> None:
    server.misbehave.add("cut_off")
    assert make(server, assets()).grade is Grade.FINAL


@pytest.mark.parametrize("misbehaves", ["keeps_files", "keeps_history"])
def test_what_could_not_be_erased_is_said(server: ComfyServer, misbehaves: str) -> None:
    def misbehave(share: float, what: str) -> None:
        server.misbehave |= {misbehaves} if "queue" in what else set()

    (warning,) = ComfyUI(server.url).run(ORDER, assets(), misbehave, lambda: False).warnings
    assert "did not erase" in warning


def test_a_server_that_erases_nothing_gets_nothing(server: ComfyServer) -> None:
    server.misbehave.add("keeps_files")
    with pytest.raises(BadInput, match="did not erase"):
        make(server, assets())
    assert "POST /upload/image" not in server.asked


def killed(server: ComfyServer, when: str, graph: dict[str, Any] = GRAPH) -> None:
    """Run in a process that is killed when it says that ``when`` is being done."""
    script = (
        "import json, os, signal, sys\n"
        "from tests.engines.test_comfyui import ORDER, ComfyUI, assets\n"
        "def fall(share, what):\n"
        "    if sys.argv[2] in what:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "given = assets(json.loads(sys.argv[3]))\n"
        "ComfyUI(sys.argv[1]).run(ORDER, given, fall, lambda: False)\n"
    )
    named = (server.url, when, json.dumps(graph))
    done = subprocess.run([sys.executable, "-c", script, *named], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


def test_a_run_that_was_killed_leaves_nothing_when_it_is_begun_again(server: ComfyServer) -> None:
    killed(server, "waiting in the queue")
    assert server.files() == ["garment.png", "plate.png"]
    assert make(server, assets()).grade is Grade.FINAL
    assert (server.files(), server.history) == ([], {})


def test_a_killed_run_that_the_server_still_makes_is_stopped_first(server: ComfyServer) -> None:
    graph = between("Endless")
    killed(server, "Endless", graph)
    left = server.running
    assert left
    sent: list[int] = []

    def fall(share: float, what: str) -> None:
        sent.append(server.asked.count("POST /upload/image"))
        if "sending" in what:
            assert (server.running, server.files()) == (None, [])
        if "Endless" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ComfyUI(server.url, seconds=60).run(ORDER, assets(graph), fall, lambda: False)
    assert (sent[0], sent[-1]) == (2, 4)
    assert (server.running, server.files()) == (None, [])


def test_a_run_has_one_name_for_each_picture() -> None:
    def run(**fields: Any) -> str:
        given = assets(**fields)
        assert given.grant
        return run_of(given.grant)

    again = run(now=datetime(2026, 1, 1, tzinfo=UTC))
    assert run() == run() == again
    others = {run(picture="S-0001-02"), run(license="L-0002"), run(graph=between("ImageInvert"))}
    assert len(others | {again}) == 4


@pytest.mark.parametrize(
    ("graph", "code", "said"),
    [
        (between("Broken"), "engine.failed", "node `6` (`Broken`) failed: out of memory"),
        (between("RepeatImageBatch"), "engine.failed", "2 pictures arrived"),
        (between("Shrink"), "engine.result_size", "225×300"),
        (between("Tint", amount=1), "engine.graph", "node `6`: Required input is missing weights"),
    ],
)
def test_what_goes_wrong_in_a_graph_is_said(
    server: ComfyServer, graph: Any, code: str, said: str
) -> None:
    with pytest.raises(BadInput) as failed:
        make(server, assets(graph))
    assert (failed.value.code, said in failed.value.what) == (code, True), failed.value
    assert (server.files(), server.history) == ([], {})


def test_a_run_is_stopped_on_the_server_too(server: ComfyServer) -> None:
    stop = threading.Event()

    def watch(share: float, what: str) -> None:
        if "Endless" in what:
            stop.set()

    with pytest.raises(Stopped):
        ComfyUI(server.url).run(ORDER, assets(between("Endless")), watch, stop.is_set)
    assert server.running is None
    assert (server.files(), server.history) == ([], {})


def test_a_run_is_stopped_on_the_server_when_sosie_is(server: ComfyServer) -> None:
    def fall(share: float, what: str) -> None:
        if "Endless" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ComfyUI(server.url).run(ORDER, assets(between("Endless")), fall, lambda: False)
    assert (server.running, server.files(), server.history) == (None, [], {})


def test_a_run_that_waits_is_taken_out_of_the_queue(server: ComfyServer) -> None:
    busy = threading.Event()
    over = threading.Event()

    def hold(share: float, what: str) -> None:
        if "Endless" in what:
            busy.set()

    def first() -> None:
        with pytest.raises(Stopped):
            ComfyUI(server.url).run(ORDER, assets(between("Endless")), hold, over.is_set)

    other = threading.Thread(target=first)
    other.start()
    assert busy.wait(20)
    running = server.running
    with pytest.raises(Stopped):
        ComfyUI(server.url).run(ORDER, assets(), lambda s, w: None, lambda: bool(server.queued))
    assert (server.queued, server.running) == ([], running)
    over.set()
    other.join(20)


def test_a_server_that_is_too_slow_is_stopped(server: ComfyServer) -> None:
    with pytest.raises(BadInput) as slow:
        make(server, assets(between("Endless")), seconds=1.0)
    assert slow.value.code == "engine.slow"
    assert server.files() == []


def test_a_picture_with_another_head_is_a_comp(server: ComfyServer) -> None:
    result = make(server, assets(between("ImageInvert")))
    assert result.grade is Grade.COMP
    assert "not the approved one" in result.warnings[0]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (ORDER.model_copy(update={"graph": None}), "engine.graph"),
        (ORDER.model_copy(update={"wear": None, "changes": ()}), "engine.nothing_to_do"),
        (ORDER.model_copy(update={"garment_colour": "#112233"}), "engine.operation"),
        (ORDER.model_copy(update={"wear": "coat"}), "engine.no_garment"),
        (ORDER.model_copy(update={"wear": "graph"}), "engine.no_garment"),
        (ORDER.model_copy(update={"changes": (Alteration.NUDITY,)}), "engine.operation"),
        (ORDER.model_copy(update={"words": "red, Embedding:xl"}), "engine.weights_license"),
    ],
)
def test_an_order_that_no_graph_can_take_is_refused(
    server: ComfyServer, order: Order, code: str
) -> None:
    assert code in codes(server, assets(), order)


@pytest.mark.parametrize(
    ("address", "anywhere", "code"),
    [
        ("", "", "engine.address"),
        ("ftp://127.0.0.1", "", "engine.address"),
        ("http://[::1", "", "engine.address"),
        ("http://192.0.2.7:8188", "", "engine.unreachable"),
        ("http://8.8.8.8:8188", "", "engine.address"),
        ("http://8.8.8.8:8188", "yes", "engine.address"),
        ("http://127.0.0.1:9", "", "engine.unreachable"),
    ],
)
def test_only_a_server_nearby_is_asked(
    monkeypatch: pytest.MonkeyPatch, address: str, anywhere: str, code: str
) -> None:
    monkeypatch.setenv("SOSIE_COMFYUI_ANYWHERE", anywhere)
    monkeypatch.setattr(engine_module, "_node_classes", _unreachable)
    reasons = ComfyUI(address).check(ORDER, assets())
    assert code in {reason.code for reason in reasons}


def test_data_leaves_for_any_other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_node_classes", lambda server, graph: {})
    monkeypatch.setenv("SOSIE_COMFYUI_COUNTRY", "FR")
    near = ComfyUI("http://10.0.0.7:8188")
    assert (near.describe().data_leaves_machine, near.describe().country) == (True, "FR")
    assert not ComfyUI("http://127.0.0.1:8188").describe().data_leaves_machine
    told = ORDER.model_copy(update={"may_leave": True})
    found = {reason.code for reason in near.check(ORDER, assets())}
    assert "engine.data_leaves" in found
    assert "engine.data_leaves" not in {reason.code for reason in near.check(told, assets())}


def _unreachable(server: Any, graph: Any) -> Any:
    raise BadInput("nobody is there", where="test", remedy="none", code="engine.unreachable")


@pytest.mark.comfyui
@pytest.mark.skipif("COMFYUI_URL" not in os.environ, reason="`COMFYUI_URL` names no server")
def test_a_real_server_makes_a_picture() -> None:
    """It needs the node pack, and beside its nodes `PEM`, the tests' key, as `grant.pem`."""
    invert = {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}}
    seal = {"class_type": "SosieSeal", "inputs": {"image": ["3", 0], "run": ""}}
    given = assets({"1": GRAPH["1"], "2": GRAPH["2"], "3": invert, "4": seal})
    result = ComfyUI(os.environ["COMFYUI_URL"]).run(ORDER, given, _nobody, lambda: False)
    assert np.array_equal(result.pixels, 255 - small_pixels())
    assert [text for text in result.warnings if "erase" in text] == []
    with pytest.raises(BadInput, match=r"grant\.replayed"):
        ComfyUI(os.environ["COMFYUI_URL"]).run(ORDER, given, _nobody, lambda: False)


def _nobody(share: float, what: str) -> None:
    """Tell nobody."""

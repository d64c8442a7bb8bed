"""The node pack `comfyui-sosie` by itself: what a server's owner and a stranger can do with it."""

from __future__ import annotations

import ast
import base64
import json
import os
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from PIL import Image
from tests.engines.comfy_nodes import PACK, Tensor, load_pack
from tests.engines.comfy_server import ComfyServer
from tests.engines.small_plate import small_pixels
from tests.engines.test_comfyui import GRAPH, ORDER, PEM, assets

from sosie.core.studio import Assets
from sosie.core.values import canonical
from sosie.engines.served import Server

RUN = "0b51ed41-9c5b-4a3c-8f11-0123456789ab"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "grant.pem").write_bytes(PEM)
    monkeypatch.setenv("SOSIE_GRANT_KEY", str(tmp_path / "grant.pem"))
    made = load_pack(tmp_path, web.RouteTableDef())
    yield made
    made.swept.set()


def folder(root: Path, *, garment: bytes | None = b"") -> Path:
    """Lay out what the platform uploads."""
    made = root / "temp" / "sosie" / RUN
    made.mkdir(parents=True, exist_ok=True)
    Image.fromarray(small_pixels()).save(made / "plate.png")
    if garment is not None:
        (made / "garment.png").write_bytes(garment or assets().materials["tee"].data)
    return made


def papers(given: Assets) -> str:
    assert given.grant
    said = {
        "grant": given.grant.body,
        "signature": given.grant.signature,
        "order": canonical(ORDER.model_dump(mode="json")),
        "graph": given.materials["graph"].data,
    }
    return json.dumps({name: base64.b64encode(data).decode() for name, data in said.items()})


def through(pack: Any, at: Path, text: str, running: Any = GRAPH) -> Any:
    return pack.nodes.LicenseGate().check(at, text, running)


def test_the_gate_hands_on_what_was_ordered_and_erases_what_was_uploaded(
    pack: Any, tmp_path: Path
) -> None:
    at = folder(tmp_path)
    plate, garment, words, seed = through(pack, at, papers(assets()))
    back = np.rint(plate[0].cpu().numpy() * 255).astype(np.uint8)
    assert np.array_equal(back, small_pixels())
    assert garment.shape[3] == 3
    assert (words, seed) == (ORDER.words, ORDER.seed)
    assert list(at.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"no_papers": True}, "grant.absent"),
        ({"no_key": True}, "grant.key"),
        ({"garment": None}, "grant.assets"),
        ({"garment": b"another"}, "grant.assets"),
        ({"running": {**GRAPH, "9": GRAPH["3"]}}, "grant.graph"),
        ({"running": {k: v for k, v in GRAPH.items() if k != "4"}}, "grant.graph"),
        ({"running": {**GRAPH, "3": {**GRAPH["3"], "class_type": "Dress"}}}, "grant.graph"),
        ({"running": {**GRAPH, "3": {**GRAPH["3"], "inputs": {"image": ["1", 0]}}}}, "grant.graph"),
        (
            {"running": {**GRAPH, "5": {**GRAPH["5"], "inputs": {"image": ["2", 0], "run": RUN}}}},
            "grant.graph",
        ),
    ],
)
def test_the_gate_refuses(
    pack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], code: str
) -> None:
    at = folder(tmp_path, garment=changed.get("garment", b""))
    if "no_key" in changed:
        monkeypatch.setenv("SOSIE_GRANT_KEY", str(tmp_path / "nothing"))
    text = "" if "no_papers" in changed else papers(assets())
    with pytest.raises(pack.grant.Refused) as refused:
        through(pack, at, text, changed.get("running", GRAPH))
    assert refused.value.code == code
    assert (at / "plate.png").exists()


def test_what_the_platform_fills_in_is_no_other_graph(pack: Any, tmp_path: Path) -> None:
    running = json.loads(json.dumps(GRAPH))
    running["1"]["inputs"]["run"] = running["5"]["inputs"]["run"] = RUN
    running["2"]["inputs"]["papers"] = "papers"
    assert through(pack, folder(tmp_path), papers(assets()), running)


@pytest.mark.parametrize("run", ["", "..", "../../output", RUN.upper(), RUN + "/..", "x" * 36])
def test_no_other_folder_is_reached(pack: Any, run: str) -> None:
    for reach in (pack.run_folder.of, pack.run_folder.erase, pack.nodes.LoadTwin().load):
        with pytest.raises(ValueError, match="no id of a run"):
            reach(run)


def test_seal_writes_pixels_and_nothing_else(pack: Any, tmp_path: Path) -> None:
    at = folder(tmp_path)
    image = (small_pixels()[None] / np.float32(255)).astype(np.float32).view(Tensor)
    said = pack.nodes.Seal().hand_over(image, RUN)
    assert said["ui"]["images"][0]["type"] == "temp"
    with Image.open(at / "picture.png") as picture:
        assert (picture.info, picture.size) == ({}, (450, 600))
        assert np.array_equal(np.asarray(picture), small_pixels())
    assert list((tmp_path / "output").iterdir()) == []
    assert pack.run_folder.erase(RUN) == 3
    with pytest.raises(pack.grant.Refused, match=r"seal\.erased"):
        pack.nodes.Seal().hand_over(image, RUN)


def test_what_a_platform_left_is_swept(pack: Any, tmp_path: Path) -> None:
    old, new = folder(tmp_path), tmp_path / "temp" / "sosie" / RUN.replace("0b51", "0b52")
    new.mkdir()
    os.utime(old, (0, 0))
    pack.run_folder.sweep()
    assert (old.exists(), new.exists()) == (False, True)


def test_what_a_platform_left_is_swept_though_nobody_orders_a_picture(tmp_path: Path) -> None:
    young = tmp_path / "temp" / "sosie" / RUN.replace("0b51", "0b52")
    young.mkdir(parents=True)
    old = folder(tmp_path)
    os.utime(old, (0, 0))
    pack = load_pack(tmp_path, web.RouteTableDef())
    assert gone(old)
    pack.swept.set()
    swept = pack.run_folder.keep_swept(0.01)
    for time_of in (0, 2**33):  # a clock may be set back
        os.utime(folder(tmp_path), (time_of, time_of))
        assert gone(old)
    swept.set()
    assert young.is_dir()


def test_no_folder_grows_older_than_two_hours(pack: Any, tmp_path: Path) -> None:
    at, now = folder(tmp_path), time.time()
    oldest = pack.run_folder.LONGEST - pack.run_folder.PACE
    assert pack.run_folder.LONGEST == 2 * 60 * 60
    os.utime(at, (now - oldest, now - oldest))
    pack.run_folder.sweep()
    assert not at.exists()


def gone(path: Path) -> bool:
    """Wait till a folder is gone; return whether it is."""
    until = time.monotonic() + 30
    while path.exists() and time.monotonic() < until:
        time.sleep(0.01)
    return not path.exists()


def test_a_nonce_is_kept_until_its_grant_has_ended(pack: Any, tmp_path: Path) -> None:
    now = time.time()
    assert not pack.run_folder.spend("0" * 32, now + 3600)
    assert pack.run_folder.spend("0" * 32, now + 3600)
    assert not pack.run_folder.spend("1" * 32, now - 10 * 3600)
    assert not pack.run_folder.spend("2" * 32, now + 3600)
    kept = {path.name for path in (tmp_path / "user" / "sosie-spent").iterdir()}
    assert kept == {"0" * 32, "2" * 32}
    with pytest.raises(ValueError, match="no nonce"):
        pack.run_folder.spend("../x", now)


def test_the_route_erases_one_run(tmp_path: Path) -> None:
    server = ComfyServer(tmp_path)
    try:
        folder(tmp_path)

        def post(body: bytes) -> tuple[int, Any]:
            answer = Server(server.url, setting="test").ask("POST", "/sosie/erase", body)
            return answer.status, answer.json()

        assert post(json.dumps({"run": RUN}).encode()) == (200, {"erased": 2})
        assert post(json.dumps({"run": RUN}).encode()) == (200, {"erased": 0})
        for bad in (b'{"run": "../.."}', b"{}", b"[]", b"no JSON"):
            assert post(bad)[0] == 400
    finally:
        server.close()


def test_the_pack_says_of_itself_what_is_so() -> None:
    said = tomllib.loads((PACK / "pyproject.toml").read_text(encoding="utf-8"))
    project, comfy = said["project"], said["tool"]["comfy"]
    assert project["name"].islower()
    assert "comfyui" not in project["name"]
    assert {"DisplayName", "requires-comfyui"} <= set(comfy)
    texts = [*project.get("urls", {}).values(), *comfy.values()]
    assert [text for text in texts if not text or ".invalid" in text] == []
    for named in (project["readme"], project["license"]["file"]):
        assert (PACK / named).is_file()
    needs = (PACK / "requirements.txt").read_text(encoding="utf-8").split()
    assert needs == project["dependencies"] == ["cryptography>=42"]
    wanted = project["requires-python"].removeprefix(">=")
    code = "".join(path.read_text(encoding="utf-8") for path in PACK.glob("*.py"))
    assert "import UTC" in code, "new in Python 3.11"
    assert tuple(map(int, wanted.split("."))) >= (3, 11)


def test_the_pack_imports_nothing_of_sosie() -> None:
    found = set()
    for path in PACK.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).split(".")[0])
    assert found >= {"cryptography", "numpy", "torch", "PIL"}
    assert "sosie" not in found

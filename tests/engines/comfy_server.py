"""A server that speaks ComfyUI's protocol and runs real nodes, among them those of the pack.

It keeps what ComfyUI keeps (files, history, a cache of results), and can be told to misbehave.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import struct
import threading
import zlib
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from tests.engines.comfy_nodes import CORE, PACKED, Interrupted, Tell, load_pack

from sosie.core.values import digest

_NUMBER = count()
Prompt = dict[str, dict[str, Any]]


class ComfyServer:
    """Serve on 127.0.0.1 until closed. ``misbehave`` names what it does wrong."""

    def __init__(self, root: Path) -> None:
        self.root, self.misbehave = root, set[str]()
        routes = web.RouteTableDef()
        self.pack = load_pack(root, routes)
        self.nodes: dict[str, Any] = {**CORE, **PACKED, **self.pack.NODE_CLASS_MAPPINGS}
        self.asked: list[str] = []
        self.history: dict[str, dict[str, Any]] = {}
        self.waiting: queue.Queue[tuple[str, str, Prompt, list[str]] | None] = queue.Queue()
        self.queued: list[str] = []
        self.running: str | None = None
        self.executed: list[str] = []
        self._stop = threading.Event()
        self._cache: dict[str, Any] = {}
        self._lines: dict[str, web.WebSocketResponse] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._routes(routes)
        app = web.Application(client_max_size=1 << 28, middlewares=[self._note])
        app.add_routes(routes)
        self._app = app
        self._threads = [
            threading.Thread(target=self._serve, daemon=True),
            threading.Thread(target=self._work, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        self.pack.swept.set()
        self._stop.set()
        self.waiting.put(None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join(10)

    def files(self) -> list[str]:
        """Return every file on the server, save spent nonces."""
        folders = [self.root / "temp", self.root / "output"]
        return sorted(
            path.name for folder in folders for path in folder.rglob("*") if path.is_file()
        )

    # The HTTP side -------------------------------------------------------------------------------

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        self._loop.run_forever()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(runner.cleanup())

    @web.middleware
    async def _note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if "redirects" in self.misbehave and request.path == "/upload/image":
            raise web.HTTPTemporaryRedirect("http://192.0.2.1/upload/image")
        if "keeps_files" in self.misbehave and request.path == "/sosie/erase":
            return web.json_response({"error": "in use"}, status=500)
        return await handler(request)  # type: ignore[no-any-return]

    def _routes(self, routes: web.RouteTableDef) -> None:
        routes.get("/ws")(self._ws)
        routes.get("/object_info/{kind}")(self._object_info)
        routes.get("/system_stats")(self._system_stats)
        routes.post("/upload/image")(self._upload)
        routes.get("/view")(self._view)
        routes.post("/prompt")(self._prompt)
        routes.get("/queue")(self._queue)
        routes.post("/queue")(self._unqueue)
        routes.post("/interrupt")(self._interrupt)
        routes.get("/history/{run}")(self._history)
        routes.post("/history")(self._forget)
        routes.post("/free")(self._free)

    async def _ws(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        self._lines[request.query["clientId"]] = line
        await line.send_json({"type": "status", "data": {"sid": request.query["clientId"]}})
        async for message in line:
            if message.type == WSMsgType.ERROR:
                break
        return line

    async def _object_info(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        found = self.nodes.get(kind)
        said = {
            "output_node": getattr(found, "OUTPUT_NODE", False),
            "api_node": getattr(found, "API_NODE", False),
            "output": list(getattr(found, "RETURN_TYPES", ())),
            "python_module": "nodes" if kind in CORE else "custom_nodes.a_pack",
        }
        return web.json_response({kind: said} if found else {})

    async def _system_stats(self, _: web.Request) -> web.Response:
        return web.json_response({"system": {"comfyui_version": "0.3.77"}})

    async def _upload(self, request: web.Request) -> web.Response:
        said = await request.post()
        image: Any = said["image"]
        folder = self.root / str(said["type"]) / str(said["subfolder"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / image.filename).write_bytes(image.file.read())
        return web.json_response({"name": image.filename, "subfolder": said["subfolder"]})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        where = request.query
        path = self.root / where["type"] / where["subfolder"] / where["filename"]
        return web.FileResponse(path) if path.is_file() else web.Response(status=404)

    async def _prompt(self, request: web.Request) -> web.Response:
        said = await request.json()
        prompt, run = said["prompt"], said["prompt_id"]
        if "other_graph" in self.misbehave:
            prompt["1000"] = {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}}
        if "numbers_itself" in self.misbehave:
            run = "another"
        errors, outputs = self._validate(prompt)
        if not outputs:
            error = {"type": "prompt_outputs_failed_validation", "message": "outputs failed"}
            return web.json_response({"error": error, "node_errors": errors}, status=400)
        self.queued.append(run)
        self.waiting.put((run, said["client_id"], prompt, outputs))
        return web.json_response({"prompt_id": run, "number": 1, "node_errors": errors})

    def _validate(self, prompt: Prompt) -> tuple[dict[str, Any], list[str]]:
        """Return the faults of each node, and the output nodes that can run."""
        errors: dict[str, Any] = {}
        for name, each in prompt.items():
            required = self.nodes[each["class_type"]].INPUT_TYPES()["required"]
            lacking = [key for key in required if key not in each["inputs"]]
            if lacking:
                error = {"message": "Required input is missing", "details": lacking[0]}
                errors[name] = {"errors": [error], "class_type": each["class_type"]}
        if "node_errors" in self.misbehave:
            error = {"message": "Value not in list", "details": "ckpt_name"}
            errors["3"] = {"errors": [error], "class_type": "Tint"}
            return errors, [n for n in prompt if self._is_output(prompt[n])]
        return errors, [n for n in prompt if self._is_output(prompt[n]) and n not in errors]

    def _is_output(self, each: dict[str, Any]) -> bool:
        return bool(getattr(self.nodes[each["class_type"]], "OUTPUT_NODE", False))

    async def _queue(self, _: web.Request) -> web.Response:
        running = [[0, self.running, {}, {}, []]] if self.running else []
        pending = [[1, run, {}, {}, []] for run in self.queued]
        return web.json_response({"queue_running": running, "queue_pending": pending})

    async def _unqueue(self, request: web.Request) -> web.Response:
        for run in (await request.json()).get("delete", []):
            if run in self.queued:
                self.queued.remove(run)
        return web.Response()

    async def _interrupt(self, request: web.Request) -> web.Response:
        if (await request.json()).get("prompt_id") in (None, self.running):
            self._stop.set()
        return web.Response()

    async def _history(self, request: web.Request) -> web.Response:
        run = request.match_info["run"]
        return web.json_response({run: self.history[run]} if run in self.history else {})

    async def _forget(self, request: web.Request) -> web.Response:
        for run in (await request.json()).get("delete", []):
            if "keeps_history" not in self.misbehave:
                self.history.pop(run, None)
        return web.Response()

    async def _free(self, _: web.Request) -> web.Response:
        if "keeps_memory" not in self.misbehave:
            self._cache.clear()
        return web.Response()

    # The worker ----------------------------------------------------------------------------------

    def _work(self) -> None:
        while (item := self.waiting.get()) is not None:
            run, client, prompt, outputs = item
            if run not in self.queued:
                continue
            self._stop.clear()
            self.running = run
            self.queued.remove(run)
            self._execute(run, client, prompt, outputs)
            self.running = None

    def _execute(self, run: str, client: str, prompt: Prompt, outputs: list[str]) -> None:
        def say(kind: str, **data: Any) -> None:
            self._say(client, {"type": kind, "data": {"prompt_id": run, **data}})

        say("execution_start")
        if self.misbehave & {"cut_off", "loses_the_run"}:
            self._hang_up(client)
        if "loses_the_run" in self.misbehave:
            return
        results: dict[str, Any] = {}
        shown: dict[str, Any] = {}
        status: dict[str, Any] = {"status_str": "success", "completed": True, "messages": []}
        name = ""
        try:
            for name in self._sorted(prompt, outputs):
                if self._stop.is_set():
                    raise Interrupted
                self._run_node(name, prompt, results, shown, say)
        except Interrupted:
            status = {"status_str": "error", "completed": False, "messages": []}
            say("execution_interrupted", node_id=name)
        except Exception as error:
            said = {"exception_message": str(error), "node_id": name}
            status = {"status_str": "error", "messages": [["execution_error", said]]}
            say("execution_error", node_type=prompt[name]["class_type"], **said)
        self._misbehave(run, shown)
        self.history[run] = {"outputs": shown, "status": status}
        if status["status_str"] == "success":
            say("execution_success")

    def _run_node(
        self, name: str, prompt: Prompt, results: dict[str, Any], shown: dict[str, Any], say: Any
    ) -> None:
        each = prompt[name]
        kind = self.nodes[each["class_type"]]
        say("executing", node=name)
        signature = self._signature(name, prompt)
        if signature in self._cache:
            results[name], ui = self._cache[signature]
            shown |= {name: ui} if ui else {}
            return
        inputs = {
            key: results[value[0]][value[1]] if isinstance(value, list) else value
            for key, value in each["inputs"].items()
        }
        if "PROMPT" in kind.INPUT_TYPES().get("hidden", {}).values():
            inputs["prompt"] = prompt
        if getattr(kind, "TELLS", False):
            inputs["tell"] = Tell(
                lambda value, most: say("progress", node=name, value=value, max=most),
                self._raise_if_stopped,
                self.root / "output",
            )
        self.executed.append(each["class_type"])
        made = getattr(kind(), kind.FUNCTION)(**inputs)
        ui = made["ui"] if isinstance(made, dict) else None
        results[name] = () if isinstance(made, dict) else made
        shown |= {name: ui} if ui else {}
        self._cache[signature] = results[name], ui

    def _signature(self, name: str, prompt: Prompt) -> str:
        """Return what a result depends on: equal signatures are answered from the cache."""
        each = prompt[name]
        changed = getattr(self.nodes[each["class_type"]], "IS_CHANGED", lambda: 0)()
        parts = [
            [key, self._signature(value[0], prompt), value[1]] if isinstance(value, list) else value
            for key, value in sorted(each["inputs"].items())
        ]
        unique = next(_NUMBER) if isinstance(changed, float) else changed  # NaN equals nothing
        return json.dumps([each["class_type"], unique, parts])

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Interrupted

    def _sorted(self, prompt: Prompt, outputs: list[str]) -> list[str]:
        order: list[str] = []

        def visit(name: str) -> None:
            for value in prompt[name]["inputs"].values():
                if isinstance(value, list) and value[0] not in order:
                    visit(value[0])
            if name not in order:
                order.append(name)

        for name in outputs:
            visit(name)
        return order

    def _misbehave(self, run: str, shown: dict[str, Any]) -> None:
        """Change what a run hands over."""
        seal = next((name for name, ui in shown.items() if "sosie" in ui), None)
        if seal is None:
            return
        picture = self.root / "temp" / "sosie" / run / "picture.png"
        if "extra_output" in self.misbehave:
            shown["99"] = {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}
        if "old_answer" in self.misbehave:
            shown[seal]["sosie"][0]["run"] = "00000000-0000-4000-8000-000000000000"
        if "other_picture" in self.misbehave:
            picture.write_bytes(picture.read_bytes() + b" ")
        for name, data in (("bomb", bomb()), ("gif", b"GIF89a" + bytes(64))):
            if name in self.misbehave:
                picture.write_bytes(data)
                shown[seal]["sosie"][0]["digest"] = digest(data)
        if "torn" in self.misbehave:
            data = picture.read_bytes()[:-2000]
            picture.write_bytes(data)
            shown[seal]["sosie"][0]["digest"] = digest(data)

    def _say(self, client: str, message: dict[str, Any]) -> None:
        line = self._lines.get(client)
        if line is not None and not line.closed:
            preview = struct.pack(">II", 1, 1) + b"\xff\xd8\xff"
            for sent in (line.send_bytes(preview), line.send_json(message)):
                with contextlib.suppress(ConnectionError, RuntimeError):
                    asyncio.run_coroutine_threadsafe(sent, self._loop).result(5)

    def _hang_up(self, client: str) -> None:
        asyncio.run_coroutine_threadsafe(self._lines[client].close(), self._loop).result(5)


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that says it has 40,000×40,000 pixels."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(4_000_000), 9)
    chunks = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )

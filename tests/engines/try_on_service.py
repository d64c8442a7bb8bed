"""A try-on service in the shape of FASHN's API, which can be told to misbehave."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from typing import Any

import cv2
import numpy as np
from aiohttp import web
from tests.engines.comfy_server import bomb

KEY = "key-of-the-brand"
PREFIX = "data:image/png;base64,"


class TryOnService:
    """Serve on 127.0.0.1 until closed."""

    def __init__(self) -> None:
        self.misbehave = set[str]()
        self.asked: list[tuple[str, Any]] = []
        self._looks: dict[str, int] = {}
        self._made: dict[str, str] = {}
        self._full = 0
        self._loop, self._ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=1 << 28)
        app.router.add_post("/v1/run", self._run)
        app.router.add_get("/v1/status/{number}", self._status)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        self._loop.run_forever()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(runner.cleanup())

    async def _run(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            said = {"error": "UnauthorizedAccess", "message": "Unauthorized: Invalid token"}
            return web.json_response(said, status=401)
        body = await request.json()
        self.asked.append(("run", body))
        if "no_credits" in self.misbehave:
            said = {"error": "OutOfCredits", "message": "no credits remain"}
            return web.json_response(said, status=429)
        if self.misbehave & {"full_twice", "always_full"}:
            self._full += 1
            if self._full <= 2 or "always_full" in self.misbehave:
                said = {"error": "RateLimitExceeded", "message": "too many requests"}
                return web.json_response(said, status=429, headers={"Retry-After": "0"})
        if "odd_id" in self.misbehave:
            return web.json_response({"id": "../../v1/credits", "error": None})
        number = f"123a87r9-{len(self._looks)}-u1"
        self._looks[number] = 0
        self._made[number] = self._dressed(body["inputs"])
        return web.json_response({"id": number, "error": None})

    async def _status(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        self.asked.append(("status", number))
        self._looks[number] += 1
        look = self._looks[number]
        if "stumbles" in self.misbehave and look in (2, 3):
            return web.json_response({"error": "InternalServerError"}, status=500)
        if ("drops" in self.misbehave and look in (2, 3)) or self.misbehave & {"gone"}:
            assert request.transport is not None
            request.transport.abort()
        if "silent" in self.misbehave:
            await asyncio.sleep(5)
        if "down" in self.misbehave and look > 1:
            return web.Response(status=502, text="<html>bad gateway</html>")
        if "endless" in self.misbehave:
            return web.json_response({"id": number, "status": "processing", "error": None})
        states = ["starting", "in_queue", "processing", "processing"]
        if look <= len(states):
            return web.json_response({"id": number, "status": states[look - 1], "error": None})
        if "fails" in self.misbehave:
            error = {"name": "PoseError", "message": "no person was detected in the model image"}
            return web.json_response({"id": number, "status": "failed", "error": error})
        if "new_word" in self.misbehave:
            return web.json_response({"id": number, "status": "archived", "error": None})
        said = {"id": number, "status": "completed", "output": self._output(number), "error": None}
        return web.json_response(said)

    def _output(self, number: str) -> list[str]:
        if "address" in self.misbehave:
            return ["https://cdn.fashn.ai/123a87r9/output_0.png"]
        if "two" in self.misbehave:
            return [self._made[number]] * 2
        if "bomb" in self.misbehave:
            return [PREFIX + base64.b64encode(bomb()).decode()]
        if "not_base64" in self.misbehave:
            return [PREFIX + "?" * 64]
        if "torn" in self.misbehave:
            return [self._made[number][: len(PREFIX) + 4000]]
        return [self._made[number]]

    def _dressed(self, inputs: dict[str, Any]) -> str:
        """Lay the mean color of the garment over the torso, all a little blurred."""
        plate = _opened(inputs["model_image"])
        cloth = _opened(inputs.get("garment_image") or inputs["product_image"])
        made = cv2.GaussianBlur(plate, (0, 0), 0.7)
        high, wide = made.shape[:2]
        torso = (slice(high // 4, high // 2), slice(4 * wide // 9, 5 * wide // 9))
        made[torso] = (0.5 * made[torso] + 0.5 * cloth.mean(axis=(0, 1))).astype(np.uint8)
        if "small" in self.misbehave:
            made = cv2.resize(made, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        if "square" in self.misbehave:
            made = made[:wide]
        if "other_face" in self.misbehave:
            made = np.ascontiguousarray(255 - made)
        return PREFIX + base64.b64encode(cv2.imencode(".png", made)[1].tobytes()).decode()


def _opened(url: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    assert url.startswith(PREFIX)
    data = np.frombuffer(base64.b64decode(url.removeprefix(PREFIX)), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

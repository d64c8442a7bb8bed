"""One run on a ComfyUI server: upload, queue, follow, fetch, and erase what is left there."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from sosie.core.studio import SignedGrant, Stopped
from sosie.core.values import BadInput, canonical, digest
from sosie.engines.comfyui.events import Ended, Following
from sosie.engines.served import MOST_PICTURE, Server, Steps, failed

PLATE, GARMENT, PICTURE = "plate.png", "garment.png", "picture.png"
TICK = 0.25
"""Seconds between two looks at whether to stop."""
PATIENCE = 20.0
"""Seconds in which a server that is done, or was interrupted, is to say so."""


def run_of(signed: SignedGrant) -> str:
    """Return the name of the run under a grant: one for each picture, however often it is begun, so
    that a run knows what an earlier one has left that was killed. Nobody guesses it who does not
    have the plate: the grant names its digest."""
    said = json.loads(signed.body)
    lasting = {key: value for key, value in said.items() if key not in {"expires", "nonce"}}
    return str(uuid.uuid5(uuid.NAMESPACE_URL, canonical(lasting).decode()))


class Session:
    """A run on a server, named ``run``. ``seconds`` is how long the server may take."""

    def __init__(self, server: Server, step: Steps, run: str, *, seconds: float) -> None:
        self.run = run
        self._server, self._step, self._seconds = server, step, seconds
        self._queued = False

    def begin(self) -> None:
        """Stop and erase what an earlier run of the same picture has left: one that was cut off.

        Raises ``BadInput`` (``engine.answer``) if the server keeps any of it: then it gets no more.
        """
        self.stop()
        left = self.forget()
        if self._waiting():
            left = (*left, "the server still runs this picture's last run; restart it")
        if left:
            raise failed("; ".join(left), remedy="then order it again")

    def upload(self, name: str, data: bytes) -> None:
        """Put a file into the run's folder, in the server's temporary directory."""
        boundary = uuid.uuid4().hex
        fields = {"type": "temp", "subfolder": f"sosie/{self.run}", "overwrite": "true"}
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
            "Content-Type: image/png\r\n\r\n"
        )
        body = "".join((*parts, head)).encode() + data + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        answer = self._server.ask("POST", "/upload/image", body, kind=kind)
        said = answer.json()
        if answer.status != 200 or not isinstance(said, dict) or said.get("name") != name:
            raise failed(f"the server did not take `{name}` (it answered {answer.status})")

    def make(self, prompt: Mapping[str, Any], seal: str) -> bytes:
        """Queue a graph, follow it to its end, and return the PNG that Seal handed over.

        Raises ``Stopped``, and ``BadInput`` (``engine.…``) for whatever went wrong.
        """
        client = uuid.uuid4().hex
        scheme = "wss" if self._server.secure else "ws"
        host = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        url = f"{scheme}://{host}:{self._server.port}{self._server.path}/ws?clientId={client}"
        try:
            with connect(url, proxy=None, max_size=32 << 20, open_timeout=PATIENCE) as line:
                self._queue(prompt, client)
                self._follow(line, Following(self.run, prompt))
        except (OSError, WebSocketException) as error:
            if not self._queued:
                raise failed(
                    f"no WebSocket could be opened: {error}", "engine.unreachable"
                ) from None
            self._follow(None, Following(self.run, prompt))
        return self._fetch(seal)

    def stop(self) -> None:
        """Take the run out of the queue, or stop it, and wait till the server has."""
        try:
            self._server.send("/queue", {"delete": [self.run]})
            until = time.monotonic() + PATIENCE
            while self._waiting() and time.monotonic() < until:
                # Older servers stop whatever runs, so they are asked only while this run does.
                self._server.send("/interrupt", {"prompt_id": self.run})
                time.sleep(TICK)
        except BadInput:
            return  # what the server still holds is said when it is to be erased

    def forget(self) -> tuple[str, ...]:
        """Erase what the run has left on the server; return what could not be erased, in words."""
        left = []
        try:
            if self._server.send("/sosie/erase", {"run": self.run}).status != 200:
                left.append(f"the files in `temp/sosie/{self.run}`")
            elif any(self._there(name) for name in (PLATE, GARMENT, PICTURE)):
                left.append(f"some files in `temp/sosie/{self.run}`")
            self._server.send("/history", {"delete": [self.run]})
            if self._history():
                left.append(f"the entry `{self.run}` of its history")
            if self._server.send("/free", {"free_memory": True}).status != 200:
                left.append("pictures in its memory")
        except BadInput:
            left = [f"whatever it holds of the run `{self.run}`"]
        return tuple(f"the server did not erase {what}; restart it" for what in left)

    def _queue(self, prompt: Mapping[str, Any], client: str) -> None:
        body = {"prompt": prompt, "client_id": client, "prompt_id": self.run}
        answer = self._server.send("/prompt", body)
        said = answer.json()
        self._queued = answer.status == 200
        if not isinstance(said, dict):
            raise failed(f"the server answered {answer.status} to the graph")
        # A server that finds fault with one node runs the others, and says so with status 200.
        errors = said.get("node_errors")
        if errors or answer.status != 200:
            self.stop()
            raise failed(f"the server refused the graph: {_node_errors(said)}", "engine.graph")
        if said.get("prompt_id") != self.run:
            self.stop()
            text = "the server gave the run another number; it needs ComfyUI 0.3.60 or newer"
            raise failed(text)

    def _follow(self, line: ClientConnection | None, events: Following) -> None:
        """Wait for the end; without a connection, look into the history."""
        until = time.monotonic() + self._seconds
        while True:
            if self._step.cancelled():
                self.stop()
                raise Stopped("stopped while the server was at work")
            if time.monotonic() > until:
                self.stop()
                raise failed(f"the server took more than {self._seconds:.0f} s", "engine.slow")
            if line is None:
                time.sleep(TICK)
                waiting = self._waiting()
                if self._history():
                    return
                if not waiting:
                    raise failed("the server knows nothing of the run any more")
                continue
            try:
                ended = events.take(line.recv(timeout=TICK))
            except TimeoutError:
                continue
            self._step(0.15 + 0.7 * events.share, events.what)
            if ended is Ended.WELL:
                return
            if ended is Ended.BADLY:
                raise failed(events.what, "engine.failed")

    def _fetch(self, seal: str) -> bytes:
        until = time.monotonic() + PATIENCE
        while not (entry := self._history()):
            if time.monotonic() > until:
                raise failed("the server says that it is done, and has no result")
            time.sleep(TICK)
        status, outputs = entry.get("status") or {}, entry.get("outputs")
        if status.get("status_str") != "success" or not isinstance(outputs, dict):
            raise failed(f"the run failed on the server: {_last_words(status)}", "engine.failed")
        others = sorted(set(outputs) - {seal})
        if others:
            text = f"the server also kept what node `{others[0]}` put out; take the node out"
            raise failed(text, "engine.output_node")
        try:
            (said,), (image,) = outputs[seal]["sosie"], outputs[seal]["images"]
            run, wanted, name, kind = said["run"], said["digest"], image["filename"], image["type"]
        except (KeyError, TypeError, ValueError):
            raise failed("Seal handed over no picture, or more than one") from None
        if (run, name, kind) != (self.run, PICTURE, "temp"):
            raise failed("the server answered with the picture of another run")
        data = self._server.ask("GET", self._view(PICTURE), most=MOST_PICTURE).data
        if digest(data) != wanted:
            raise failed("the picture that came is not the one that Seal handed over")
        return data

    def _waiting(self) -> bool:
        """Return whether the run is in the server's queue, waiting or running."""
        said = self._server.ask("GET", "/queue").json()
        if not isinstance(said, dict):
            return False
        items = [*(said.get("queue_running") or []), *(said.get("queue_pending") or [])]
        return any(isinstance(item, list) and self.run in item[:2] for item in items)

    def _history(self) -> dict[str, Any] | None:
        said = self._server.ask("GET", f"/history/{quote(self.run)}").json()
        entry = said.get(self.run) if isinstance(said, dict) else None
        return entry if isinstance(entry, dict) else None

    def _there(self, name: str) -> bool:
        return self._server.ask("GET", self._view(name), most=MOST_PICTURE).status == 200

    def _view(self, name: str) -> str:
        where = {"filename": name, "subfolder": f"sosie/{self.run}", "type": "temp"}
        return "/view?" + urlencode(where)


def _node_errors(said: Mapping[str, Any]) -> str:
    """Return what a server says is wrong, node by node."""
    errors = said.get("node_errors")
    found = []
    for name, node in errors.items() if isinstance(errors, dict) else ():
        each = node.get("errors") if isinstance(node, dict) else None
        details = [f"{one.get('message')} {one.get('details') or ''}" for one in each or ()]
        found.append(f"node `{name}`: {'; '.join(details).strip() or 'an error'}")
    error = said.get("error")
    if not found and isinstance(error, dict):
        found.append(str(error.get("message")))
    return ("; ".join(found) or "it gives no reason")[:500]


def _last_words(status: Mapping[str, Any]) -> str:
    for message in reversed(status.get("messages") or []):
        if isinstance(message, list) and len(message) == 2 and isinstance(message[1], dict):
            text = message[1].get("exception_message")
            if text:
                return str(text).strip()[:300]
    return str(status.get("status_str") or "it gives no reason")[:100]

"""What a ComfyUI server says over its WebSocket while a graph runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any


class Ended(Enum):
    """How a run ended."""

    WELL = auto()
    BADLY = auto()


class Following:
    """Follows one run. ``share`` is the share of nodes that are done, 0 to 1; ``what`` says what is
    being done, or what went wrong."""

    def __init__(self, run: str, prompt: Mapping[str, Any]) -> None:
        self._run, self._prompt = run, prompt
        self._done: set[str] = set()
        self._now: str | None = None
        self.share, self.what = 0.0, "waiting in the queue"

    def take(self, message: str | bytes) -> Ended | None:
        """Take one message; return how the run ended if it did. Previews and what is said of other
        runs are passed over."""
        if isinstance(message, bytes):
            return None
        try:
            said = json.loads(message)
            kind, data = said["type"], said["data"]
            if data.get("prompt_id") != self._run:
                return None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        if kind == "executing":
            return self._executing(data.get("node"))
        if kind == "execution_cached":
            nodes = data.get("nodes")
            self._done |= {str(node) for node in nodes} if isinstance(nodes, list) else set()
        elif kind == "progress":
            self._within(data.get("value"), data.get("max"))
        elif kind == "execution_success":
            return Ended.WELL
        elif kind == "execution_interrupted":
            self.what = "somebody stopped the run on the server"
            return Ended.BADLY
        elif kind == "execution_error":
            text = str(data.get("exception_message", "")).strip()[:300]
            self.what = f"node `{data.get('node_id')}` (`{data.get('node_type')}`) failed: {text}"
            return Ended.BADLY
        return None

    def _executing(self, node: object) -> Ended | None:
        if node is None:
            return Ended.WELL
        if self._now is not None:
            self._done.add(self._now)
        self._now = str(node)
        kind = self._prompt.get(self._now, {}).get("class_type", "a node")
        self.share, self.what = len(self._done) / len(self._prompt), f"`{kind}` at work"
        return None

    def _within(self, value: object, most: object) -> None:
        if isinstance(value, int | float) and isinstance(most, int | float) and most > 0:
            part = min(1.0, max(0.0, value / most))
            self.share = min(1.0, (len(self._done) + part) / len(self._prompt))

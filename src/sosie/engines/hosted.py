"""The engine `hosted`: a try-on service elsewhere, in the shape of FASHN's API.

`POST /run` with `model_name` and `inputs` answers with an id; `GET /status/ID` is asked until it
says `completed` or `failed` (https://docs.fashn.ai/api-overview/api-fundamentals). The picture is
asked for in the answer itself: an address at which it lies would be open to whoever learns it, and
the service keeps such pictures for days instead of an hour.

Off unless the settings name a service and its key, and an order says `may_leave`.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from sosie.core.ports import Cancelled, Progress
from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, EngineCard, Grade, Order, Pixels, Result, Stopped, recipe
from sosie.core.terms import Alteration
from sosie.core.values import BadInput, Reason
from sosie.engines.approved_head import keep_head
from sosie.engines.orders import plain_faults
from sosie.engines.served import (
    MOST_PICTURE,
    Answer,
    Server,
    Steps,
    as_png,
    failed,
    png,
    png_size,
)

ADDRESS, KEY, MODEL = "SOSIE_HOSTED_URL", "SOSIE_HOSTED_KEY", "SOSIE_HOSTED_MODEL"
TERMS, COUNTRY = "SOSIE_HOSTED_TERMS", "SOSIE_HOSTED_COUNTRY"
SECONDS = 600.0
"""How long the service may take for one picture."""
MOST_TRIES = 5
"""How often a request is sent that the service has no room for."""
LONGEST_PAUSE = 30.0
_SILENT = 10.0
"""How long the service may say nothing of a status, in seconds."""
_CATEGORIES = {"top": "tops", "bottom": "bottoms", "dress": "one-pieces"}
_PNG = "data:image/png;base64,"
_AT_WORK = {"starting": 0.1, "in_queue": 0.2, "processing": 0.5}
_PASSING = {"RateLimitExceeded", "ConcurrencyLimitExceeded"}


@dataclass(frozen=True, slots=True)
class _Model:
    """How a model of the service is asked: the name of the garment's field, and what it is told."""

    garment: str
    takes_category: bool


_MODELS = {"tryon-v1.6": _Model("garment_image", True), "tryon-max": _Model("product_image", False)}


class Hosted:
    """Has a service elsewhere put a garment on her. ``pace`` is the pause between two looks at the
    status, in seconds."""

    def __init__(
        self, address: str | None = None, *, seconds: float = SECONDS, pace: float = 2.0
    ) -> None:
        self._address = address or os.environ.get(ADDRESS, "")
        self._key = os.environ.get(KEY, "")
        self._model = os.environ.get(MODEL) or "tryon-v1.6"
        self._terms = os.environ.get(TERMS) or None
        self._country = os.environ.get(COUNTRY) or None
        self._seconds, self._pace = seconds, pace

    def describe(self) -> EngineCard:
        """This function will say what the engine can do and needs; it asks nobody."""
        return EngineCard(
            name="hosted",
            version="1",
            operations=frozenset({Alteration.GARMENT}),
            deterministic=False,
            weights=self._model,
            commercial_use=self._terms is not None,
            data_leaves_machine=True,
            digital_source_type=SourceType.COMPOSITE_TRAINED.value,
            weights_license=self._terms or f"not said: name the service's terms in `{TERMS}`",
            sizes=(64, 4096),
            country=self._country,
            needs=(f"a try-on service (`{ADDRESS}`) and its key (`{KEY}`)",),
        )

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """This function will return every reason why the order cannot be taken; it asks nobody."""
        found = [*plain_faults(order, assets, self.describe())]
        if self._model not in _MODELS:
            text = f"`{self._model}` is no model that is known here; set `{MODEL}` to one of "
            found.append(Reason("engine.model", text + ", ".join(sorted(_MODELS))))
        if not order.wear or order.wear not in assets.materials:
            found.append(Reason("engine.no_garment", "the order names no garment to `wear`"))
        elif assets.materials[order.wear].pixels is None:
            found.append(Reason("engine.no_garment", f"`{order.wear}` is no picture of a garment"))
        found += [
            Reason("engine.operation", f"`{name}` is not handed to this engine")
            for name in ("words", "graph", "picture")
            if getattr(order, name)
        ]
        try:
            self._server()
        except BadInput as error:
            found.append(Reason(error.code, str(error)))
        return tuple(found)

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """This function will have the service make the picture.

        Raises ``BadInput`` if the order cannot be taken (see ``check``) or the service fails, and
        ``Stopped`` when ``cancelled()`` says so.
        """
        step = Steps(progress, cancelled)
        step(0.0, "checking the order")
        reasons = self.check(order, assets)
        if reasons:
            raise failed(
                "; ".join(reason.text for reason in reasons), reasons[0].code, "correct it"
            )
        step(0.05, "sending plate and garment")
        server = self._server()
        number = _number(_patiently(server, "/run", self._request(order, assets), step))
        try:
            data = self._outcome(server, number, step)
        except Stopped:
            raise Stopped(f"stopped; the service takes no such word: {_goes_on(number)}") from None
        step(0.85, "looking at the picture")
        made, smaller = _fitted(data, assets.pixels)
        kept = keep_head(made, order, assets)
        step(1.0, "done")
        said = {"service": server.host, "model": self._model, "request": number}
        return Result(
            pixels=kept.pixels,
            alpha=kept.alpha,
            changed=kept.changed,
            grade=Grade.COMP if smaller else kept.grade,
            recipe=recipe(order, assets, self.describe()) | {"made_by": said},
            warnings=(*kept.warnings, *smaller),
            metrics=kept.metrics,
        )

    def _server(self) -> Server:
        """Return the service; raises ``BadInput`` (``engine.off``, ``engine.address``)."""
        if not self._address or not self._key:
            what = "no try-on service is named, so none is asked"
            remedy = f"set `{ADDRESS}` and `{KEY}` if pictures may leave this machine"
            raise BadInput(what, where="hosted", remedy=remedy, code="engine.off")
        server = Server(self._address, setting=ADDRESS, key=self._key)
        if not server.secure and not server.here:
            what = "a service elsewhere is asked by https only"
            raise BadInput(
                what, where=self._address, remedy=f"correct `{ADDRESS}`", code="engine.address"
            )
        return server

    def _request(self, order: Order, assets: Assets) -> dict[str, Any]:
        model, cloth = _MODELS[self._model], assets.materials[order.wear or ""].pixels
        if cloth is None:
            raise failed("the garment is no picture", "engine.no_garment", "name a photograph")
        inputs: dict[str, Any] = {
            "model_image": _data_url(assets.pixels),
            model.garment: _data_url(cloth),
            "seed": order.seed,
            "output_format": "png",
            "return_base64": True,
        }
        if model.takes_category:
            inputs |= {"category": _CATEGORIES[order.garment], "garment_photo_type": "flat-lay"}
            inputs |= {"mode": "quality", "num_samples": 1}
        return {"model_name": self._model, "inputs": inputs}

    def _outcome(self, server: Server, number: str, step: Steps) -> bytes:
        """Ask for the status until the picture is there."""
        missed, until = 0, time.monotonic() + self._seconds
        while time.monotonic() < until:
            try:
                answer = server.ask("GET", f"/status/{number}", most=MOST_PICTURE, silent=_SILENT)
            except BadInput as lost:
                missed += 1
                if lost.code != "engine.unreachable" or missed >= MOST_TRIES:
                    raise failed(f"{lost}; {_goes_on(number)}", lost.code) from None
                step.wait(_pause(None, missed), "waiting for the service")
                continue
            said = answer.json()
            if answer.status == 429 or answer.status >= 500:
                missed += 1
                if missed >= MOST_TRIES:
                    raise _refused(answer)
                pause = _pause(answer.retry_after, missed)
            elif answer.status != 200 or not isinstance(said, dict):
                raise _refused(answer)
            elif said.get("status") == "completed":
                return _picture(said.get("output"))
            elif said.get("status") in _AT_WORK:
                missed, pause = 0, self._pace
                step(_AT_WORK[said["status"]], f"the service says `{said['status']}`")
            else:
                raise failed(f"the service failed: {_error(said)}", "engine.failed")
            step.wait(pause, "waiting for the service")
        text = f"the service took more than {self._seconds:.0f} s; {_goes_on(number)}"
        raise failed(text, "engine.slow")


def _goes_on(number: str) -> str:
    return f"it goes on with `{number}`, and holds the picture for up to an hour"


def _patiently(server: Server, path: str, body: dict[str, Any], step: Steps) -> Answer:
    """Send a request, again after a pause while the service has no room for it.

    Nothing is made, and nothing to be paid, before the service gives an id.
    """
    for tried in range(1, MOST_TRIES + 1):
        answer = server.send(path, body)
        said = answer.json()
        passing = isinstance(said, dict) and said.get("error") in _PASSING
        if answer.status != 429 or not passing or tried == MOST_TRIES:
            return answer
        step.wait(_pause(answer.retry_after, tried), "waiting for room at the service")
    raise AssertionError("the last try returns")


def _pause(retry_after: float | None, tried: int) -> float:
    asked = 2.0**tried if retry_after is None else retry_after
    return min(LONGEST_PAUSE, asked)


def _number(answer: Answer) -> str:
    said = answer.json()
    number = said.get("id") if isinstance(said, dict) else None
    if answer.status != 200 or not re.fullmatch(r"[A-Za-z0-9-]{1,100}", str(number)):
        raise _refused(answer)
    return str(number)


def _refused(answer: Answer) -> BadInput:
    said = answer.json()
    text = f"the service answered {answer.status}: {_error(said if isinstance(said, dict) else {})}"
    code = "engine.unreachable" if answer.status in {429, 500, 502, 503, 504} else "engine.refused"
    return failed(text, code, "see your account at the service")


def _error(said: dict[str, Any]) -> str:
    """Return what the service says went wrong: `{name, message}`, or two texts side by side."""
    error = said.get("error")
    if isinstance(error, dict):
        text = f"{error.get('name')}: {error.get('message')}"
    else:
        text = f"{error}: {said.get('message')}"
    return text[:300]


def _picture(output: object) -> bytes:
    if not isinstance(output, list) or len(output) != 1 or not isinstance(output[0], str):
        raise failed("the service handed back no picture, or more than one")
    if not output[0].startswith(_PNG):
        raise failed("the service named an address in place of the picture; it was not asked to")
    try:
        return base64.b64decode(output[0].removeprefix(_PNG), validate=True)
    except binascii.Error:
        raise failed("the service handed back a picture that is broken") from None


def _fitted(data: bytes, plate: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """Return the picture in the plate's size, and a warning if it was smaller."""
    width, height = png_size(data, "the service")
    high, wide = plate.shape[:2]
    if abs(width * high - height * wide) > 0.01 * height * wide or width * height > 4 * wide * high:
        text = f"the picture has {width}×{height} pixels, the plate {wide}×{high}: another shape"
        raise failed(text, "engine.result_size")
    made = png(data, "the service")
    if (width, height) == (wide, high):
        return made, ()
    smaller = width < wide
    way = cv2.INTER_CUBIC if smaller else cv2.INTER_AREA
    text = f"the service made {width}×{height} pixels, which were enlarged to {wide}×{high}"
    made = np.asarray(cv2.resize(made, (wide, high), interpolation=way), np.uint8)
    return made, (text,) if smaller else ()


def _data_url(pixels: Pixels) -> str:
    return _PNG + b64encode(as_png(pixels)).decode()

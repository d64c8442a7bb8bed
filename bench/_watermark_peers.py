"""Other people's watermarks, called as their documents say; absent ones say so.

    pip install invisible-watermark blind-watermark --no-deps PyWavelets

They are no dependencies of Sosie: `bench.watermark` measures what is there.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

Picture = Any


@dataclass(frozen=True, slots=True)
class Peer:
    """Another watermark of 64 bits."""

    name: str
    embed: Callable[[Picture, int], Picture]
    detect: Callable[[Picture], int | None]


def _bits(payload: int) -> list[int]:
    return [(payload >> place) & 1 for place in range(64)]


def _payload(bits: Any) -> int:
    return sum(int(bool(bit)) << place for place, bit in enumerate(bits))


def _imwatermark() -> Peer:
    # Its neural method imports torch, which the methods measured here never call.
    sys.modules.setdefault("torch", ModuleType("torch"))
    module = importlib.import_module("imwatermark")

    def embed(picture: Picture, payload: int) -> Picture:
        encoder = module.WatermarkEncoder()
        encoder.set_watermark("bits", _bits(payload))
        bgr = np.ascontiguousarray(picture[:, :, ::-1])
        return np.ascontiguousarray(encoder.encode(bgr, "dwtDctSvd")[:, :, ::-1])

    def detect(picture: Picture) -> int | None:
        if picture.shape[0] * picture.shape[1] < 256 * 256:
            return None
        decoder = module.WatermarkDecoder("bits", 64)
        return _payload(decoder.decode(np.ascontiguousarray(picture[:, :, ::-1]), "dwtDctSvd"))

    return Peer("imwatermark dwtDctSvd", embed, detect)


def _blind_watermark() -> Peer:
    module = importlib.import_module("blind_watermark")
    module.bw_notes.close()

    def embed(picture: Picture, payload: int) -> Picture:
        mark = module.WaterMark(password_img=1, password_wm=1)
        mark.read_img(img=np.ascontiguousarray(picture[:, :, ::-1]))
        mark.read_wm(_bits(payload), mode="bit")
        made = np.clip(np.rint(mark.embed()), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(made[:, :, ::-1])

    def detect(picture: Picture) -> int | None:
        mark = module.WaterMark(password_img=1, password_wm=1)
        bgr = np.ascontiguousarray(picture[:, :, ::-1])
        try:
            return _payload(np.array(mark.extract(embed_img=bgr, wm_shape=64, mode="bit")) > 0.5)
        except (AssertionError, IndexError, ValueError):
            return None

    return Peer("blind-watermark", embed, detect)


def peers() -> tuple[list[Peer], dict[str, str]]:
    """Return the peers that can be imported, and what to install for the others."""
    found, absent = [], {}
    makers = {"imwatermark": _imwatermark, "blind-watermark": _blind_watermark}
    install = {"imwatermark": "invisible-watermark", "blind-watermark": "blind-watermark"}
    for name, make in makers.items():
        try:
            found.append(make())
        except (ImportError, AttributeError) as error:
            absent[name] = f"absent: pip install {install[name]} ({error})"
    absent["TrustMark"] = "absent: its weights are not part of a package"
    return found, absent

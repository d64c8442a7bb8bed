"""Nodes of ComfyUI as far as tests need them, and the node pack, loaded as ComfyUI loads it."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from aiohttp import web
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PACK = Path(__file__).parents[2] / "comfyui-sosie"
_NUMBER = count()


class Interrupted(Exception):
    """Raised in a node that is told to stop."""


class Tensor(np.ndarray[Any, np.dtype[np.float32]]):
    """As much of a tensor as nodes use, where PyTorch is not installed."""

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        return self.view(np.ndarray)


def torch() -> types.ModuleType:
    if importlib.util.find_spec("torch"):
        return importlib.import_module("torch")
    module = types.ModuleType("torch")
    module.from_numpy = lambda array: array.view(Tensor)  # type: ignore[attr-defined]
    return module


def load_pack(root: Path, routes: web.RouteTableDef) -> types.ModuleType:
    """Load the node pack into a ComfyUI whose folders lie under ``root``."""
    folders, server = types.ModuleType("folder_paths"), types.ModuleType("server")
    for name in ("temp", "output", "user"):
        (root / name).mkdir(exist_ok=True)
        setattr(folders, f"get_{name}_directory", lambda name=name: str(root / name))
    instance = types.SimpleNamespace(routes=routes)
    server.PromptServer = types.SimpleNamespace(instance=instance)  # type: ignore[attr-defined]
    name = f"comfyui_sosie_{next(_NUMBER)}"
    given = {"folder_paths": folders, "server": server, "torch": torch()}
    with _modules(given):
        spec = importlib.util.spec_from_file_location(
            name, PACK / "__init__.py", submodule_search_locations=[str(PACK)]
        )
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


@contextmanager
def _modules(given: dict[str, types.ModuleType]) -> Any:
    before = {name: sys.modules.get(name) for name in given}
    sys.modules.update(given)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class Tell:
    """What a node may ask of the server while it runs."""

    def __init__(
        self, progress: Callable[[int, int], None], stop: Callable[[], None], output: Path
    ) -> None:
        self.progress, self.stop, self.output = progress, stop, output


def node(
    required: dict[str, Any], returns: tuple[str, ...], *, output: bool = False, api: bool = False
) -> Callable[[Callable[..., Any]], type]:
    """Make a V1 node of a function; the function is also given a ``Tell``."""

    def made(function: Callable[..., Any]) -> type:
        class Node:
            RETURN_TYPES: ClassVar = returns
            FUNCTION = "work"
            OUTPUT_NODE = output
            API_NODE = api
            TELLS = True

            @classmethod
            def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name
                return {"required": required}

            def work(self, tell: Tell, **inputs: Any) -> Any:
                return function(tell, **inputs)

        return Node

    return made


IMAGE = {"image": ("IMAGE",)}


@node(IMAGE, ("IMAGE",))
def invert(tell: Tell, image: Any) -> Any:
    return (1.0 - image,)


@node({**IMAGE, "amount": ("FLOAT",), "weights": ("STRING",)}, ("IMAGE",))
def tint(tell: Tell, image: Any, amount: float, weights: str) -> Any:
    """Make everything a little darker, as a model makes everything a little different."""
    for step in range(1, 5):
        tell.stop()
        tell.progress(step, 4)
    return (image * amount,)


@node({**IMAGE, "cloth": ("IMAGE",), "seed": ("INT",), "words": ("STRING",)}, ("IMAGE",))
def dress(tell: Tell, image: Any, cloth: Any, seed: int, words: str) -> Any:
    """Lay the mean color of the garment over the torso."""
    made = np.array(image.cpu().numpy())
    color = cloth.cpu().numpy()[0].mean(axis=(0, 1)) if cloth.shape[1] > 1 else np.float32(seed % 2)
    made[0, 150:300, 200:250] = 0.5 * made[0, 150:300, 200:250] + 0.5 * color
    return (torch().from_numpy(made.astype(np.float32)),)


@node(IMAGE, ("IMAGE",))
def shrink(tell: Tell, image: Any) -> Any:
    return (image[:, ::2, ::2],)


@node(IMAGE, ("IMAGE",))
def twice(tell: Tell, image: Any) -> Any:
    array = image.cpu().numpy()
    return (torch().from_numpy(np.concatenate([array, array])),)


@node(IMAGE, ("IMAGE",))
def endless(tell: Tell, image: Any) -> Any:
    """Work until told to stop."""
    import time

    for step in range(10_000):
        tell.stop()
        tell.progress(step, 10_000)
        time.sleep(0.02)
    raise AssertionError("nobody stopped it")


@node(IMAGE, ("IMAGE",))
def broken(tell: Tell, image: Any) -> Any:
    raise RuntimeError("out of memory")


@node(IMAGE, (), output=True)
def save(tell: Tell, image: Any) -> Any:
    """Save a picture with the whole graph in it, as the real one does."""
    said = PngInfo()
    said.add_text("prompt", "{}")
    pixels = (image[0].cpu().numpy() * 255).astype(np.uint8)
    Image.fromarray(pixels).save(tell.output / "saved.png", pnginfo=said)
    return {"ui": {"images": [{"filename": "saved.png", "subfolder": "", "type": "output"}]}}


@node({}, ("MODEL",))
def loader(tell: Tell) -> Any:
    return ("a model",)


@node(IMAGE, ("IMAGE",), api=True)
def elsewhere(tell: Tell, image: Any) -> Any:
    return (image,)


CORE = {
    "ImageInvert": invert,
    "Tint": tint,
    "Dress": dress,
    "Shrink": shrink,
    "RepeatImageBatch": twice,
    "Endless": endless,
    "Broken": broken,
    "SaveImage": save,
    "PreviewImage": save,
    "ApiNode": elsewhere,
    "DiffusersLoader": loader,
}
PACKED = {"FaceFix": invert, "LoadFaces": invert}
"""Nodes of another pack."""

"""Pipelines: loaded from verified files on this disk alone, and called. Everything that needs
PyTorch is here and in `training`."""

from __future__ import annotations

import json
import os
import random
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from PIL import Image

from sosie.core.studio import Pixels
from sosie.core.values import BadInput
from sosie.engines.diffusers.weights import Weights, verify

LIBRARIES = ("torch", "diffusers", "transformers", "peft")
ADAPTER = "twin"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a pipeline runs: `SOSIE_DEVICE` (`cpu`, `cuda`; else what there is) and `SOSIE_OFFLOAD`
    (`model`, `sequential`: parts wait in main memory while they are not needed)."""

    device: str
    offload: str

    @classmethod
    def named(cls) -> Machine:
        """Return the machine that the environment names; raises ``BadInput``."""
        device = os.environ.get("SOSIE_DEVICE", "")
        offload = os.environ.get("SOSIE_OFFLOAD", "")
        _one_of("SOSIE_DEVICE", device, ("", "cpu", "cuda"))
        _one_of("SOSIE_OFFLOAD", offload, ("", "model", "sequential"))
        return cls(device, offload)

    @property
    def exact(self) -> bool:
        """Whether the same order gives the same bytes again: promised on a CPU alone."""
        return self.device == "cpu"


def load(weights: Weights, machine: Machine) -> Any:
    """This function will verify every file, then load the pipeline: bfloat16 on a graphics card,
    float32 on a CPU. Nothing is fetched and no pickle is read.

    Raises ``BadInput`` (``weights.changed``).
    """
    verify(weights)
    import_torchvision()
    import diffusers  # noqa: PLC0415 - seconds, and only who runs the engine has it
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    cuda = machine.device != "cpu" and torch.cuda.is_available()
    pipeline = getattr(diffusers, weights.family.pipeline).from_pretrained(
        weights.folder,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.bfloat16 if cuda else torch.float32,
        **({"add_watermarker": False} if "XL" in weights.family.pipeline else {}),
    )
    for part in modules(pipeline).values():
        part.eval().requires_grad_(False)
    pipeline.set_progress_bar_config(disable=True)
    if cuda and machine.offload == "model":
        pipeline.enable_model_cpu_offload()
    elif cuda and machine.offload == "sequential":
        pipeline.enable_sequential_cpu_offload()
    else:
        pipeline.to("cuda" if cuda else "cpu")
    return pipeline


def import_torchvision() -> None:
    """This function will import torchvision, which PyPI ships for Linux as a CUDA build alone:
    beside a CPU build of PyTorch its import breaks for want of two operators that no pipeline
    calls, so these are declared."""
    import torch  # noqa: PLC0415

    try:
        import torchvision  # noqa: PLC0415
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float threshold) -> Tensor")
        _DECLARED.append(library)
        import torchvision  # noqa: F401, PLC0415


_DECLARED: list[Any] = []
"""Operators are declared for as long as their library is held."""


def modules(pipeline: Any) -> dict[str, Any]:
    """Return the parts of a pipeline that hold weights, by name."""
    import torch  # noqa: PLC0415

    parts = pipeline.components.items()
    return {name: part for name, part in parts if isinstance(part, torch.nn.Module)}


def generate(
    pipeline: Any,
    arguments: Mapping[str, Any],
    *,
    seed: int,
    steps: int,
    on_step: Callable[[float], None],
) -> Pixels:
    """This function will call a pipeline and return its picture, uint8 H×W×3.

    The noise is drawn on the CPU, so that a seed means the same noise on every machine. ``on_step``
    is told the share done and may raise.
    """
    import torch  # noqa: PLC0415

    def told(_: Any, step: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
        on_step(min(1.0, (step + 1) / steps))
        return kept

    with exactly(seed):
        made = pipeline(
            **arguments,
            num_inference_steps=steps,
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=told,
        )
    return np.asarray(made.images[0].convert("RGB"), np.uint8)


@contextmanager
def exactly(seed: int) -> Iterator[None]:
    """Seed every source of chance and have PyTorch refuse what is not deterministic on a CPU;
    afterwards both are as before."""
    import torch  # noqa: PLC0415

    before = torch.are_deterministic_algorithms_enabled()
    states = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.random.set_rng_state(states[2])


@contextmanager
def wearing(pipeline: Any, twin: bytes | None) -> Iterator[None]:
    """Add the weights of a twin to a pipeline while the block runs; afterwards it is as before."""
    if twin is None:
        yield
        return
    from safetensors.torch import load as tensors  # noqa: PLC0415

    pipeline.load_lora_weights(tensors(twin), adapter_name=ADAPTER)
    try:
        yield
    finally:
        pipeline.unload_lora_weights()


def said_by(twin: bytes) -> dict[str, Any]:
    """This function will return what our `.safetensors` files say of themselves, else nothing.

    Its head is 8 bytes of length, then JSON (huggingface/safetensors, "Format").
    """
    try:
        (length,) = struct.unpack("<Q", twin[:8])
        return dict(json.loads(json.loads(twin[8 : 8 + length])["__metadata__"]["sosie"]))
    except (struct.error, ValueError, KeyError, TypeError):
        return {}


def as_picture(pixels: Pixels, size: tuple[int, int] | None = None) -> Image.Image:
    """This function will return pixels as the picture that pipelines take, at a size (W, H)."""
    shown = Image.fromarray(pixels)
    return shown if size is None else shown.resize(size, Image.Resampling.LANCZOS)


def versions() -> dict[str, str]:
    """This function will return the versions of the libraries that make the pixels."""
    return {name: version(name) for name in LIBRARIES}


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        remedy = f"set {' or '.join(f'`{each}`' for each in known if each)}, or nothing"
        raise BadInput(f"`{value}` is not known", where=name, remedy=remedy)

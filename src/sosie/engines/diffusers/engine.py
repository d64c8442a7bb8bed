"""The engine `diffusers`: what it can do, what it lacks, and one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sosie.core.ports import Cancelled, Progress
from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, EngineCard, Grade, Order, Pixels, Result, Stopped, recipe
from sosie.core.terms import Alteration
from sosie.core.training import LEAST_PHOTOS, Trained, TrainingSettings
from sosie.core.values import BadInput, Reason
from sosie.engines.atelier import Atelier
from sosie.engines.diffusers import pipeline as pipelines
from sosie.engines.diffusers.families import FAMILIES, Takes
from sosie.engines.diffusers.structure import (
    Structure,
    agreement,
    build,
    comp_faults,
    paste,
)
from sosie.engines.diffusers.weights import Weights, read
from sosie.engines.diffusers.words import prompt
from sosie.engines.orders import plain_faults

LEAST_AGREEMENT = 0.8
"""Under this, the model's picture is of another pose than the plate. Set on drawn pictures; it is
unmeasured on full-size weights."""
MOST_ENLARGED = 1.5
_HEAD = ("crown", "chin")


class Diffusers:
    """Makes pictures with a model that the user brought: `SOSIE_WEIGHTS` names its folder.

    The model's pixels are laid over the plate only where the order changes something, never on
    her head, so a picture is a photograph that was augmented by a generative model
    (``compositeWithTrainedAlgorithmicMedia``). PyTorch is imported by the first run.
    """

    def __init__(self) -> None:
        self._atelier = Atelier()
        self._loaded: tuple[Weights, Any] | None = None

    def describe(self) -> EngineCard:
        """This function will say what the engine can do and what it still lacks."""
        weights = _weights()
        family = weights.family if isinstance(weights, Weights) else None
        return EngineCard(
            name="diffusers",
            version="1",
            operations=frozenset(
                {Alteration.GARMENT, Alteration.GARMENT_COLOUR, Alteration.BACKDROP}
            ),
            deterministic=pipelines.Machine.named().exact,
            weights=family.repository if family else "weights that are still to be named",
            commercial_use=bool(family and family.commercial_use),
            data_leaves_machine=False,
            digital_source_type=SourceType.COMPOSITE_TRAINED.value,
            weights_license=family.license if family else "unknown",
            sizes=(256, 8192),
            needs=lacking(),
        )

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """This function will return every reason why the order cannot be taken."""
        needs = [Reason("engine.needs", need) for need in lacking()]
        return (*needs, *self._faults(order, assets))

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """This function will make the picture.

        Raises ``ValueError`` if the order cannot be taken (see ``check``), ``BadInput`` if a file
        of the weights is not what it was, and ``Stopped`` when ``cancelled()`` says so between two
        steps.
        """

        def step(share: float, what: str) -> None:
            if cancelled():
                raise Stopped(f"stopped before {what}")
            progress(share, what)

        step(0.0, "reading the plate")
        faults = self.check(order, assets)
        if faults:
            raise ValueError("; ".join(reason.text for reason in faults))
        structure = build(self._atelier, order, assets, lambda s, w: step(0.2 * s, w), cancelled)
        step(0.2, "loading the weights")
        weights, pipeline = self.loaded()
        size = canvas(assets.pixels.shape, weights)
        twin = assets.weights.data if assets.weights else None
        arguments = _arguments(order, assets, structure, weights, size)
        with pipelines.wearing(pipeline, twin):
            step(0.3, "making")
            generated = pipelines.generate(
                pipeline,
                arguments,
                seed=order.seed,
                steps=weights.steps,
                on_step=lambda share: step(0.3 + 0.6 * share, "making"),
            )
        step(0.95, "pasting back")
        result = self._finished(order, assets, structure, generated, arguments["prompt"])
        step(1.0, "done")
        return result

    def loaded(self) -> tuple[Weights, Any]:
        """This function will return the weights and their pipeline, verified and loaded once.

        Raises ``BadInput``: ``weights.lock``, ``weights.changed``.
        """
        weights = _weights()
        if isinstance(weights, str):
            raise BadInput(weights, where="SOSIE_WEIGHTS", remedy="see `sosie weights --help`")
        if self._loaded is None or self._loaded[0] != weights:
            self._loaded = weights, pipelines.load(weights, pipelines.Machine.named())
        return self._loaded

    def base(self) -> str:
        """This function will return the digest of the weights, empty if none are named."""
        weights = _weights()
        return weights.digest if isinstance(weights, Weights) else ""

    def family(self) -> str:
        """This function will return the family of the weights, empty if none are named."""
        weights = _weights()
        return weights.family.name if isinstance(weights, Weights) else ""

    def untrainable(self, photos: int) -> tuple[Reason, ...]:
        """This function will return every reason why weights of a twin cannot be trained here."""
        found = [Reason("engine.needs", need) for need in lacking()]
        weights = _weights()
        if isinstance(weights, Weights) and not weights.family.trainable:
            able = ", ".join(f"`{name}`" for name, each in FAMILIES.items() if each.trainable)
            text = f"nothing is trained on `{weights.family.name}` here; {able} can be"
            found.append(Reason("engine.training", text))
        if photos < LEAST_PHOTOS:
            text = f"{photos} photographs are too few to learn from; {LEAST_PHOTOS} are needed"
            found.append(Reason("engine.training", text))
        return tuple(found)

    def train(
        self,
        photos: Sequence[Pixels],
        settings: TrainingSettings,
        *,
        resume: bytes | None,
        keep: Callable[[bytes], None],
        progress: Progress,
        cancelled: Cancelled,
    ) -> Trained:
        """This function will train weights of a twin (see ``core.training``)."""
        faults = self.untrainable(len(photos))
        if faults:
            raise ValueError("; ".join(reason.text for reason in faults))
        progress(0.0, "loading the weights")
        weights, pipeline = self.loaded()
        from sosie.engines.diffusers import training  # noqa: PLC0415 - imports PyTorch

        sized = [(photo, canvas(photo.shape, weights)) for photo in photos]
        return training.train(
            pipeline,
            weights,
            sized,
            settings,
            resume=resume,
            keep=keep,
            progress=progress,
            cancelled=cancelled,
        )

    def _faults(self, order: Order, assets: Assets) -> list[Reason]:
        found = list(_plain_faults(order, assets, self.describe()))
        weights = _weights()
        if found or isinstance(weights, str):
            return found
        given = (order.wear, order.garment_swatch)
        if any(given) and weights.family.takes is not Takes.PICTURES:
            why = comp_faults(self._atelier, order, assets)
            if why:
                text = (
                    f"`{weights.family.name}` takes no picture of a garment, and `atelier` cannot "
                    f"lay it out: {'; '.join(why)}"
                )
                found.append(Reason("engine.operation", text))
        if assets.weights and pipelines.said_by(assets.weights.data).get("base") != weights.digest:
            text = "the weights of the twin were trained on other weights than these; train anew"
            found.append(Reason("engine.twin_weights", text))
        return found

    def _finished(
        self, order: Order, assets: Assets, structure: Structure, generated: Pixels, said: str
    ) -> Result:
        weights, pipeline = self.loaded()
        height, width = assets.pixels.shape[:2]
        enlarged = height / generated.shape[0]
        way = cv2.INTER_CUBIC if enlarged > 1 else cv2.INTER_AREA
        sized = np.asarray(cv2.resize(generated, (width, height), interpolation=way), np.uint8)
        alike = agreement(structure, sized)
        warnings = []
        if alike < LEAST_AGREEMENT:
            text = f"she does not stand as on the plate (agreement {alike:.2f})"
            warnings.append(f"{text}: her head is laid on another pose")
        if enlarged > MOST_ENLARGED:
            warnings.append(f"the model's picture was enlarged {enlarged:.1f} times")
        if not structure.comp:
            warnings.append("nothing was laid out beforehand: everything but her head is generated")
        made = {
            "digital_source_type": SourceType.COMPOSITE_TRAINED.value,
            "prompt": said,
            "size": [generated.shape[1], generated.shape[0]],
            "weights": weights.lock | {"files": weights.digest},
            "device": str(pipeline._execution_device),
            "dtype": str(pipeline.dtype),
            "versions": pipelines.versions(),
        }
        return Result(
            pixels=paste(structure, sized),
            alpha=structure.alpha,
            changed=structure.changed,
            grade=Grade.COMP if warnings else Grade.FINAL,
            recipe=recipe(order, assets, self.describe()) | made,
            warnings=tuple(warnings),
            metrics={"kept_agreement": alike, "enlarged": enlarged},
        )


def lacking() -> tuple[str, ...]:
    """This function will say what is still missing on this machine, in words; nothing is loaded."""
    found = []
    absent = [name for name in pipelines.LIBRARIES if find_spec(name) is None]
    if absent:
        found.append(f"the extra `gpu` is not installed ({', '.join(absent)} missing)")
    weights = _weights()
    if isinstance(weights, str):
        found.append(weights)
    return tuple(found)


def canvas(shape: tuple[int, ...], weights: Weights) -> tuple[int, int]:
    """This function will return the width and height of the model's picture: the sides of a plate
    scaled to the area of the weights and rounded to what the pipeline takes."""
    height, width = shape[:2]
    scale = (weights.area / (height * width)) ** 0.5
    step = weights.family.multiple
    wide, high = (max(step, round(side * scale / step) * step) for side in (width, height))
    return wide, high


def _weights() -> Weights | str:
    """Return the weights that the environment names, or what is wrong with them."""
    folder = os.environ.get("SOSIE_WEIGHTS", "")
    if not folder:
        return "no weights are named: set `SOSIE_WEIGHTS` to a folder that `sosie weights add` took"
    try:
        return read(Path(folder))
    except BadInput as error:
        return str(error)


def _plain_faults(order: Order, assets: Assets, card: EngineCard) -> list[Reason]:
    found = plain_faults(order, assets, card)
    absent = [name for name in _HEAD if not assets.card.landmarks.get(name)]
    if absent:
        text = f"the card lacks `{'`, `'.join(absent)}`, needed to keep her head as it is"
        found.append(Reason("engine.landmarks", text))
    found += [
        Reason("engine.operation", f"`{name}` is no picture")
        for name in _pictured(order)
        if name in assets.materials and assets.materials[name].pixels is None
    ]
    return found


def _pictured(order: Order) -> list[str]:
    """Return the names of the files whose pictures go to a model that takes several."""
    scene = order.backdrop.file if order.backdrop else None
    return [name for name in (order.wear, order.garment_swatch, scene) if name]


def _arguments(
    order: Order,
    assets: Assets,
    structure: Structure,
    weights: Weights,
    size: tuple[int, int],
) -> dict[str, Any]:
    """Return what the pipeline is called with, the way its family takes it."""
    family, twin = weights.family, assets.weights is not None
    person = pipelines.as_picture(structure.pixels, size)
    said: dict[str, Any] = {"width": size[0], "height": size[1], family.guided_by: family.guidance}
    said |= family.more
    if family.takes is Takes.PICTURES and not structure.comp:
        files = _pictured(order)
        shown = [assets.materials[name].pixels for name in files]
        pictures = [pipelines.as_picture(pixels) for pixels in shown if pixels is not None]
        return said | {"image": [person, *pictures], "prompt": prompt(order, files, twin=twin)}
    said["prompt"] = prompt(order, [], twin=twin)
    if family.takes is Takes.PICTURES:
        return said | {"image": [person]}
    if family.takes is Takes.PICTURE:
        return said | {"image": person, "max_area": weights.area}
    open_to_it = np.repeat(structure.region[..., None], 3, axis=2).astype(np.uint8) * 255
    mask = pipelines.as_picture(open_to_it, size).convert("L")
    return said | {"image": person, "mask_image": mask}

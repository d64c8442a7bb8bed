"""The engine `atelier`: what it can do, what it refuses, and one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from sosie.core.matting import Matte, matte
from sosie.core.ports import Cancelled, Progress
from sosie.core.silhouette import Field, Mask, Pixels, Silhouette, person
from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, Backdrop, EngineCard, Grade, Order, Result, Stopped, recipe
from sosie.core.terms import Alteration
from sosie.core.values import Reason, digest
from sosie.engines.atelier import backdrops
from sosie.engines.atelier.colour import MOST_DIFFERENCE, Dyed, dye
from sosie.engines.atelier.compose import compose
from sosie.engines.atelier.garment import (
    Garment,
    Kind,
    certain,
    face,
    find,
    head,
    loose_hair,
    missing,
)
from sosie.engines.atelier.try_on.gates import banded
from sosie.engines.atelier.try_on.room import FittingRoom, Tried

LEAST_PLAIN = 0.85
LEAST_COVERAGE = 0.9
LEAST_CONTRAST = 0.35
LEAST_MATTING = 0.8

_CREDIBLE = 0.6
"""Under this coverage no garment was found at all."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read off a plate before anything is changed."""

    key: str
    silhouette: Silhouette
    matte: Matte
    garment: Garment | None


class Atelier:
    """Recolors the worn garment, tries on another, and replaces the backdrop; her own pixels stay.

    Digital source type: a recolored plate is composed of captured material alone
    (``compositeCapture``); with a backdrop drawn by program it is a ``composite``. No trained model
    takes part, so ``compositeSynthetic``, which says generative AI, would be untrue
    (``core.source_type``). The card names the former; each recipe names its picture's own.
    """

    def __init__(self) -> None:
        self._last: _Reading | None = None
        self._room = FittingRoom()

    def describe(self) -> EngineCard:
        """This function will say what the engine can do and needs."""
        return EngineCard(
            name="atelier",
            version="1",
            operations=frozenset(
                {Alteration.GARMENT, Alteration.GARMENT_COLOUR, Alteration.BACKDROP}
            ),
            deterministic=True,
            weights=None,
            commercial_use=True,
            data_leaves_machine=False,
            digital_source_type=SourceType.COMPOSITE_CAPTURE.value,
        )

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """This function will return every reason why the order cannot be taken."""
        reasons = list(_plain_faults(order, assets, self.describe()))
        if any(reason.code in _UNREADABLE for reason in reasons):
            return tuple(reasons)
        reading = self._read(order, assets, _silent, _never)
        shapes = reading.silhouette.figures
        if not shapes:
            reasons.append(Reason("engine.no_person", "no person stands out from the backdrop"))
        if len(shapes) > 1:
            text = f"{len(shapes)} figures are in the frame; one person is needed"
            reasons.append(Reason("engine.figures", text))
        if reading.silhouette.plain < LEAST_PLAIN:
            text = (
                f"the backdrop is too busy (plain {reading.silhouette.plain:.2f}, at least "
                f"{LEAST_PLAIN} is needed); take a plate before seamless paper"
            )
            reasons.append(Reason("engine.not_plain", text))
        garment = reading.garment
        if garment is not None and garment.coverage < _CREDIBLE:
            text = (
                f"the {order.garment} covers {garment.coverage:.0%} of where the landmarks "
                f"place it; check the landmarks, or order the other garment"
            )
            reasons.append(Reason("engine.no_garment", text))
        if order.wear and not reasons:
            reasons += self._try_on(order, assets, reading).refusals()
        return tuple(reasons)

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """This function will make the picture; the same order and assets give the same bytes.

        Raises ``ValueError`` if the order cannot be taken (see ``check``) and ``Stopped`` when
        ``cancelled()`` says so between two steps.
        """
        step = _Steps(progress, cancelled)
        step(0.0, "reading the plate")
        faults = _plain_faults(order, assets, self.describe())
        if faults:
            raise ValueError("; ".join(reason.text for reason in faults))
        reading = self._read(order, assets, step, cancelled)
        if not reading.silhouette.figures:
            raise ValueError("no person stands out from the backdrop")
        cloth: tuple[Garment, Dyed] | None = None
        if reading.garment is not None and order.garment_colour is not None:
            step(0.6, "dyeing the garment")
            if reading.garment.coverage < _CREDIBLE or not reading.garment.core.any():
                raise ValueError(f"no {order.garment} is found where the landmarks place it")
            garment = reading.garment
            cloth = (
                garment,
                dye(garment.own, garment.share, garment.core, order.garment_colour),
            )
        tried = None
        plate, dressed = assets.pixels, reading.matte
        if order.wear:
            step(0.5, "trying the garment on")
            tried = self._try_on(order, assets, reading)
            if tried.worn is None or tried.refusals():
                raise ValueError("; ".join(reason.text for reason in tried.refusals()))
            plate, dressed = tried.worn.pixels, tried.worn.matte
        step(0.75, "drawing the backdrop" if order.backdrop else "keeping the backdrop")
        scene = (
            None if order.backdrop is None else _scene(order.backdrop, order.seed, assets, reading)
        )
        step(0.88, "composing")
        pixels, changed = compose(plate, dressed, cloth, scene)
        if tried is not None and tried.worn is not None:
            changed = changed | tried.worn.changed
        step(0.96, "measuring")
        metrics = _measure(assets, reading, cloth, pixels, changed)
        warnings = _warnings(order, metrics, reading)
        if tried is not None and tried.worn is not None:
            metrics |= tried.worn.metrics
            warnings += tuple(fault.text for fault in tried.faults)
            if warnings:
                pixels, band = banded(pixels)
                changed = changed | band
        step(1.0, "done")
        return Result(
            pixels=pixels,
            alpha=dressed.alpha,
            changed=changed,
            grade=Grade.COMP if warnings else Grade.FINAL,
            recipe=_recipe(order, assets, self.describe()),
            warnings=warnings,
            metrics=metrics,
        )

    def _try_on(self, order: Order, assets: Assets, reading: _Reading) -> Tried:
        """Try the ordered flat-lay on; the last try-on is kept."""
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            garment = assets.materials[str(order.wear)]
            outline = (reading.silhouette, reading.matte)
            return self._room.try_on(assets, garment, lambda: outline)
        finally:
            cv2.setNumThreads(threads)

    def _read(
        self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled
    ) -> _Reading:
        """Read silhouette, matte and garment; the last reading is kept for the next order."""
        card, shape = assets.card, assets.pixels.shape[:2]
        kind = _kind(order)
        seen = digest(assets.pixels.tobytes() + card.model_dump_json().encode())
        last, key = self._last, f"{seen} {kind}"
        if last is not None and last.key == key:
            return last
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            step = _Steps(progress, cancelled)
            if last is not None and last.key.startswith(seen):
                silhouette, cut = last.silhouette, last.matte
            else:
                step(0.05, "finding the person")
                silhouette = person(assets.pixels, certain(card, shape))
                step(0.3, "matting her hair and edges")
                strands, gaps = loose_hair(card, shape)
                cut = matte(assets.pixels, silhouette, strands=strands, gaps=gaps)
            garment = None
            if kind is not None:
                step(0.45, f"finding the {kind}")
                garment = find(assets.pixels, cut, card, kind)
        finally:
            cv2.setNumThreads(threads)
        self._last = _Reading(key, silhouette, cut, garment)
        return self._last


class _Steps:
    """Tells the share done and stops between two steps."""

    def __init__(self, progress: Progress, cancelled: Cancelled) -> None:
        self._progress, self._cancelled = progress, cancelled

    def __call__(self, share: float, what: str) -> None:
        if self._cancelled():
            raise Stopped(f"stopped before {what}")
        self._progress(share, what)


def _silent(share: float, what: str) -> None:
    """Tell nobody."""
    del share, what


def _never() -> bool:
    return False


_UNREADABLE = frozenset({"engine.card_size", "engine.file", "engine.landmarks", "engine.pixels"})


def _plain_faults(order: Order, assets: Assets, card: EngineCard) -> tuple[Reason, ...]:
    """Return the faults that need no look at the picture."""
    faults = []
    pixels, size = assets.pixels, assets.card.size
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        faults.append(Reason("engine.pixels", "the plate is no uint8 H×W×3 sRGB array"))
    elif (pixels.shape[1], pixels.shape[0]) != tuple(size):
        text = (
            f"the card is of a plate of {size[0]}×{size[1]} pixels, the plate has "
            f"{pixels.shape[1]}×{pixels.shape[0]}"
        )
        faults.append(Reason("engine.card_size", text))
    asked = order.alterations()
    if not asked:
        faults.append(Reason("engine.nothing_to_do", "the order changes nothing"))
    for alteration in asked:
        if alteration not in card.operations:
            text = f"`{alteration}` is not done by this engine"
            faults.append(Reason("engine.operation", text))
    if order.garment_swatch or (order.backdrop and order.backdrop.scene not in backdrops.DEFAULTS):
        text = "no cloth and no such scene is drawn by this engine"
        faults.append(Reason("engine.operation", text))
    if order.garment_colour is not None and order.garment == "dress":
        faults.append(Reason("engine.operation", "no dress is given a new color by this engine"))
    faults += _wear_faults(order, assets)
    if kind := _kind(order):
        lacking = missing(assets.card, kind)
        if lacking:
            text = f"the card lacks `{'`, `'.join(lacking)}`, needed to find the {kind}"
            faults.append(Reason("engine.landmarks", text))
    return tuple(faults)


def _wear_faults(order: Order, assets: Assets) -> list[Reason]:
    """Return what an order to try a garment on lacks."""
    if not order.wear:
        return []
    faults = []
    if order.garment_colour:
        text = "a garment is tried on or given a new color, not both in one picture"
        faults.append(Reason("engine.operation", text))
    if order.wear not in assets.materials:
        faults.append(Reason("engine.file", f"the file `{order.wear}` to wear is absent"))
    if missing(assets.card, "top"):
        faults.append(Reason("engine.landmarks", "the card lacks landmarks of the trunk"))
    return faults


def _kind(order: Order) -> Kind | None:
    """Return which worn garment is given a new color."""
    return None if order.garment_colour is None or order.garment == "dress" else order.garment


def _scene(wish: Backdrop, seed: int, assets: Assets, reading: _Reading) -> Field:
    setting = backdrops.read_setting(assets.pixels, reading.matte, reading.silhouette.backdrop)
    shape = assets.pixels.shape[:2]
    scene = backdrops.draw(shape, wish, setting, seed)
    shadow = backdrops.ground_shadow(assets.pixels, reading.matte, setting)
    if shadow is not None:
        rows, factor = shadow
        scene[rows] *= factor[..., None]
    return backdrops.grained(scene, setting, seed)


def _measure(
    assets: Assets,
    reading: _Reading,
    cloth: tuple[Garment, Dyed] | None,
    pixels: Pixels,
    changed: Mask,
) -> dict[str, float]:
    shape = assets.pixels.shape[:2]
    solid = reading.matte.alpha >= 1
    crown = head(assets.card, shape) & solid
    inner = reading.matte.alpha[face(assets.card, shape)]
    differs = (pixels != assets.pixels).any(axis=2)
    metrics = {
        "plain": reading.silhouette.plain,
        "matting_confidence": reading.matte.confidence,
        "face_solid": float((inner >= 1).mean()) if inner.size else 0.0,
        "head_pixels_changed": float((differs & crown).sum()),
        "pixels_changed_outside": float((differs & ~changed).sum()),
        "figures": float(len(reading.silhouette.figures)),
    }
    if cloth is not None:
        garment, dyed = cloth
        metrics["garment_coverage"] = garment.coverage
        metrics["garment_contrast"] = garment.contrast
        metrics["color_difference"] = dyed.difference
    return metrics


def _warnings(order: Order, metrics: Mapping[str, float], reading: _Reading) -> tuple[str, ...]:
    """Return every reason why the picture is a comp; none means that it is final."""
    found = []
    if metrics["head_pixels_changed"] or metrics["pixels_changed_outside"]:
        found.append("pixels changed where none may")
    if metrics["face_solid"] < 0.99:
        found.append(f"the face is only {metrics['face_solid']:.1%} solid in the matte")
    if metrics["figures"] > 1:
        found.append("more than one figure is in the frame")
    if metrics["plain"] < LEAST_PLAIN:
        found.append(f"the backdrop is too busy (plain {metrics['plain']:.2f})")
    if order.backdrop is not None and metrics["matting_confidence"] < LEAST_MATTING:
        found.append(
            "person and old backdrop are too alike along "
            f"{1 - metrics['matting_confidence']:.0%} of the outline"
        )
    if reading.garment is not None:
        found += reading.garment.warnings
        if metrics["garment_coverage"] < LEAST_COVERAGE:
            found.append(f"the garment covers only {metrics['garment_coverage']:.0%} of its place")
        if metrics["garment_contrast"] < LEAST_CONTRAST:
            found.append("the garment's color hardly differs from its neighbors'")
        if metrics["color_difference"] > MOST_DIFFERENCE:
            found.append(f"the color misses its target by {metrics['color_difference']:.1f}")
    return tuple(found)


def _recipe(order: Order, assets: Assets, card: EngineCard) -> dict[str, Any]:
    made = recipe(order, assets, card)
    kind = SourceType.COMPOSITE if order.backdrop is not None else SourceType.COMPOSITE_CAPTURE
    return made | {"digital_source_type": kind.value}

"""The engine `atelier`: what it can do, what it refuses, and one run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from sosie.core.comp import banded
from sosie.core.matting import matte
from sosie.core.ports import Cancelled, Progress
from sosie.core.silhouette import Field, Mask, Pixels
from sosie.core.source_type import SourceType
from sosie.core.studio import (
    Assets,
    Backdrop,
    EngineCard,
    Grade,
    Material,
    Order,
    Result,
    Stopped,
    recipe,
)
from sosie.core.terms import Alteration
from sosie.core.values import Reason, digest
from sosie.engines.atelier import backdrops, cloth, findings, place
from sosie.engines.atelier.colour import (
    Dyed,
    dye,
    swatch,
    to_linear,
)
from sosie.engines.atelier.compose import compose
from sosie.engines.atelier.gaps import opened
from sosie.engines.atelier.garment import (
    Garment,
    Kind,
    loose_hair,
    missing,
)
from sosie.engines.atelier.reading import Reading, below_ankles, mended, outlined
from sosie.engines.atelier.soles import trimmed
from sosie.engines.atelier.try_on.room import FittingRoom, Tried
from sosie.engines.atelier.try_on.wearing import Worn
from sosie.engines.orders import plain_faults

_LAYOUT = "a try-on of which anything is to be said is a layout comp, not for release"
_LONGEST = 6
"""How many times as long as it is wide a flat-lay may be: a dress with straps reaches 4."""
_CREDIBLE = 0.6
"""Under this coverage no garment was found at all."""


class Atelier:
    """Recolors the worn garment, tries on another, and replaces the backdrop; the person's pixels
    stay, unless it is ordered that the light on her follows the scene. A try-on of which anything
    is to be said is a layout comp.

    Digital source type: a recolored plate, before a photograph too, is composed of captured
    material alone (``compositeCapture``); with a backdrop drawn by program it is a ``composite``.
    No trained model takes part, so ``compositeSynthetic``, which says generative AI, would be
    untrue (``core.source_type``). The card names the former; each recipe names its picture's own.
    """

    def __init__(self) -> None:
        self._last: Reading | None = None
        self._room = FittingRoom()

    def describe(self) -> EngineCard:
        """This function will say what the engine can do and needs."""
        return EngineCard(
            name="atelier",
            version="9",
            operations=frozenset(
                {
                    Alteration.GARMENT,
                    Alteration.GARMENT_COLOUR,
                    Alteration.BACKDROP,
                    Alteration.RELIGHT,
                }
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
        if reading.silhouette.plain < findings.LEAST_PLAIN:
            text = (
                f"the backdrop is too busy (plain {reading.silhouette.plain:.2f}, at least "
                f"{findings.LEAST_PLAIN} is needed); take a plate before seamless paper"
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
        dyed = None
        if reading.garment is not None:
            step(0.6, "dyeing the garment")
            dyed = (reading.garment, _dye(order, assets, reading.garment))
        worn, plate, cut = None, assets.pixels, reading.matte
        if order.wear:
            step(0.65, "trying the garment on")
            worn = self._worn(order, assets, reading)
            plate, cut = worn.pixels, worn.matte
        step(0.75, "drawing the backdrop" if order.backdrop else "keeping the backdrop")
        scene, light = None, None
        if order.backdrop is not None:
            scene, linear = _scene(order.backdrop, order.seed, assets, reading)
            light = linear if order.relight else None
        step(0.88, "composing")
        pixels, changed = compose(plate, cut, dyed, scene)
        if worn is not None:
            changed = changed | worn.changed
        color = findings.recolored(pixels, assets, reading)
        if light is not None:
            pixels, changed = _relit(pixels, light, reading)
        step(0.96, "measuring")
        metrics = findings.measured(assets, reading, dyed, pixels, changed) | color
        if scene is not None:
            metrics |= findings.left(pixels, assets, reading, scene)
        warnings = findings.warnings(order, metrics, reading)
        if worn is not None:
            metrics |= worn.metrics
            warnings, pixels, changed = _as_comp(worn, warnings, pixels, changed)
        step(1.0, "done")
        return Result(
            pixels=pixels,
            alpha=cut.alpha,
            changed=changed,
            grade=Grade.COMP if warnings else Grade.FINAL,
            recipe=_recipe(order, assets, self.describe()),
            warnings=warnings,
            metrics=metrics,
        )

    def _worn(self, order: Order, assets: Assets, reading: Reading) -> Worn:
        """Return the try-on with every fault; raises ``ValueError`` if it is to be refused."""
        tried = self._try_on(order, assets, reading)
        if tried.worn is None or tried.refusals():
            raise ValueError("; ".join(reason.text for reason in tried.refusals()))
        return replace(tried.worn, faults=tried.faults)

    def _try_on(self, order: Order, assets: Assets, reading: Reading) -> Tried:
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
    ) -> Reading:
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
                silhouette = outlined(assets)
                step(0.3, "matting her hair and edges")
                strands, gaps = loose_hair(card, shape)
                cut = matte(assets.pixels, silhouette, strands=strands, gaps=gaps)
                cut = opened(cut, assets.pixels, silhouette, card.face)
                cut = trimmed(cut, assets.pixels, silhouette.backdrop, below_ankles(card, shape))
            worn = None
            if kind is not None:
                step(0.45, f"finding the {kind}")
                worn = mended(assets, silhouette, cut, kind)
        finally:
            cv2.setNumThreads(threads)
        self._last = Reading(key, silhouette, cut, worn)
        return self._last


def _as_comp(
    worn: Worn, warnings: tuple[str, ...], pixels: Pixels, changed: Mask
) -> tuple[tuple[str, ...], Pixels, Mask]:
    """Burn into a try-on of which anything is to be said that it is a layout comp."""
    warnings += tuple(fault.text for fault in worn.faults)
    if not warnings:
        return warnings, pixels, changed
    pixels, band = banded(pixels)
    return (_LAYOUT, *warnings), pixels, changed | band


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


_UNREADABLE = frozenset(
    {f"engine.{each}" for each in ("card_size", "file", "flat_lay", "landmarks", "pixels")}
)


def _plain_faults(order: Order, assets: Assets, card: EngineCard) -> tuple[Reason, ...]:
    """Return the faults that need no look at the picture."""
    faults = plain_faults(order, assets, card)
    faults += _material_faults(order, assets)
    if _dyes(order) and order.garment == "dress":
        faults.append(Reason("engine.operation", "no dress is given a new color by this engine"))
    faults += _wear_faults(order, assets)
    if kind := _kind(order):
        lacking = missing(assets.card, kind)
        if lacking:
            text = f"the card lacks `{'`, `'.join(lacking)}`, needed to find the {kind}"
            faults.append(Reason("engine.landmarks", text))
    return tuple(faults)


def _dyes(order: Order) -> bool:
    return order.garment_colour is not None or order.garment_swatch is not None


def _wear_faults(order: Order, assets: Assets) -> list[Reason]:
    """Return what an order to try a garment on lacks."""
    if not order.wear:
        return []
    faults = []
    laid = assets.materials.get(order.wear)
    shape = laid.pixels.shape[:2] if laid and laid.pixels is not None else (1, 1)
    if max(shape) > _LONGEST * min(shape):
        text = (
            f"`{order.wear}` has {shape[1]}×{shape[0]} pixels: a flat-lay is at most {_LONGEST} "
            "times as long as it is wide"
        )
        faults.append(Reason("engine.flat_lay", text))
    if _dyes(order):
        text = "a garment is tried on or given a new color, not both in one picture"
        faults.append(Reason("engine.operation", text))
    if order.wear not in assets.materials:
        faults.append(Reason("engine.file", f"the file `{order.wear}` to wear is absent"))
    if missing(assets.card, "top"):
        faults.append(Reason("engine.landmarks", "the card lacks landmarks of the trunk"))
    return faults


def _kind(order: Order) -> Kind | None:
    """Return which worn garment is given a new color."""
    return order.garment if _dyes(order) and order.garment != "dress" else None


def _material_faults(order: Order, assets: Assets) -> list[Reason]:
    """Return what is wrong with the photographs of cloth and scene that the order names."""
    faults = []
    scene = order.backdrop.file if order.backdrop else None
    for what, name, least in (
        ("swatch", order.garment_swatch, cloth.LEAST_SIDE),
        ("scene", scene, place.LEAST_SIDE),
    ):
        given = assets.materials.get(name) if name else None
        if name is None or (given is not None and _side(given) >= least):
            continue
        if given is None or given.pixels is None:
            text = f"`{name}` is no picture; list the photograph of the {what} under `files`"
        else:
            text = f"the {what} `{name}` is {_side(given)} pixels wide; {least} are needed"
        faults.append(Reason(f"engine.{what}", text))
    shown = order.backdrop is not None and order.backdrop.scene == "photograph"
    if shown and scene is None:
        text = "the scene `photograph` names no `file`: say which photograph it is"
        faults.append(Reason("engine.scene", text))
    if order.garment_colour and order.garment_swatch:
        text = "the garment is given both a color and a cloth: take one of them"
        faults.append(Reason("engine.swatch", text))
    if order.relight and order.backdrop is None:
        text = "the light on her follows a scene, and the order names no `backdrop`"
        faults.append(Reason("engine.relight", text))
    return faults


def _side(material: Material) -> int:
    """Return the short side of a picture, 0 if it is none."""
    return 0 if material.pixels is None else min(material.pixels.shape[:2])


def _pixels(assets: Assets, name: str) -> Pixels:
    """Return the pixels of a file that the order names, which were checked to be there."""
    found = assets.materials[name].pixels
    if found is None:
        raise ValueError(f"`{name}` is no picture")
    return found


def _dye(order: Order, assets: Assets, garment: Garment) -> Dyed:
    """Return the garment in its new color; raises ``ValueError`` if none was found."""
    if garment.coverage < _CREDIBLE or not garment.core.any():
        raise ValueError(f"no {order.garment} is found where the landmarks place it")
    if order.garment_swatch is None:
        paint = to_linear(swatch(order.garment_colour or ""))
    else:
        seen = cloth.read(_pixels(assets, order.garment_swatch))
        wide = None if order.swatch_cm is None else float(order.swatch_cm)
        paint = cloth.lay(seen, garment.own, garment.core, assets.card, wide)
    return dye(garment.own, garment.share, garment.core, paint)


def _scene(wish: Backdrop, seed: int, assets: Assets, reading: Reading) -> tuple[Field, Field]:
    """Return the scene with grain (sRGB, 0 to 255), and in linear light."""
    old = reading.silhouette.backdrop
    setting = backdrops.read_setting(assets.pixels, reading.matte, old)
    shape = assets.pixels.shape[:2]
    if wish.scene == "photograph" and wish.file is not None:
        scene = place.fit(_pixels(assets, wish.file), shape, setting)
        scene = place.grade(scene, assets.pixels, reading.matte, old)
    else:
        scene = backdrops.draw(shape, wish, setting, seed)
    shadow = backdrops.ground_shadow(assets.pixels, reading.matte, setting)
    if shadow is not None:
        rows, factor = shadow
        scene[rows] *= factor[..., None]
    return backdrops.grained(scene, setting, seed), scene


def _relit(pixels: Pixels, light: Field, reading: Reading) -> tuple[Pixels, Mask]:
    """Return the composed picture with the scene's light on her, and where it may differ."""
    part = reading.matte.alpha[..., None]
    before = pixels.astype(np.float32)
    after = place.relit(before, reading.matte, light, reading.silhouette.backdrop)
    # Only her share of a pixel is lit anew; the scene has its light already.
    mixed = before + part * (after - before)
    made = np.where(part > 0, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), pixels)
    return made, np.ones(pixels.shape[:2], np.bool_)


def _recipe(order: Order, assets: Assets, card: EngineCard) -> dict[str, Any]:
    made = recipe(order, assets, card)
    drawn = order.backdrop is not None and order.backdrop.scene != "photograph"
    kind = SourceType.COMPOSITE if drawn else SourceType.COMPOSITE_CAPTURE
    return made | {"digital_source_type": kind.value}

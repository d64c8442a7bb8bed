"""What is measured of a result that an engine hands back: its own word does not count for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite

import numpy as np

from sosie.core.likeness import likeness, same_head
from sosie.core.limits import LIMITS
from sosie.core.source_type import SourceType
from sosie.core.studio import Assets, EngineCard, Order, Result
from sosie.core.values import Reason

LEAST_SIDE = 64
"""Pixels of the shorter side of a picture."""


def faults(result: object, card: EngineCard, assets: Assets) -> tuple[Reason, ...]:
    """This function will return every reason why this is no result that an engine may hand back
    for a picture of a plate: its arrays, its words, and a mask that hides what was changed."""
    if not isinstance(result, Result):
        found = [f"it handed back {type(result).__name__}, no result"]
    else:
        found = [*_pixels(result, assets), *_words(result, card)]
    return tuple(Reason("engine.result", text) for text in found)


def doubts(result: Result, order: Order, assets: Assets) -> tuple[Reason, ...]:
    """This function will return why it is not certain that a sound result shows her: as its engine
    says, or because the head of the plate is not in it. Another light on it, if that was ordered,
    is no doubt."""
    if result.doubts or same_head(result.pixels, assets.pixels, assets.card):
        return result.doubts
    seen = likeness(result.pixels, assets.pixels, assets.card)
    if seen.certain or (order.relight and seen.high):
        return ()
    return (Reason("likeness.undecided", seen.against),)


def _pixels(result: Result, assets: Assets) -> Iterator[str]:
    pixels = result.pixels
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 3):
        yield "the picture is no uint8 H×W×3 array"
        return
    shape = pixels.shape[:2]
    if pixels.shape[2] != 3:
        yield "the picture is no uint8 H×W×3 array"
    elif min(shape) < LEAST_SIDE or shape[0] * shape[1] > LIMITS.pixels:
        yield (
            f"the picture has {shape[1]}×{shape[0]} pixels; from {LEAST_SIDE} a side to "
            f"{LIMITS.megapixels} million are taken"
        )
    elif not all(isinstance(each, np.ndarray) for each in (result.alpha, result.changed)):
        yield "alpha or mask is no array"
    elif result.alpha.shape != shape or result.changed.shape != shape:
        yield "alpha and mask are not of the size of the picture"
    elif result.changed.dtype != np.bool_ or result.alpha.dtype.kind != "f":
        yield "the mask is not bool, or alpha not float"
    elif shape == assets.pixels.shape[:2]:
        hidden = (pixels != assets.pixels).any(axis=2) & ~result.changed
        if hidden.any():
            count = int(hidden.sum())
            yield f"{count} pixels differ from the plate where its mask says that none do"


def _words(result: Result, card: EngineCard) -> Iterator[str]:
    if result.grade not in card.grades:
        yield f"the engine says that it makes no picture of grade `{result.grade}`"
    if not all(isinstance(each, str) for each in result.warnings):
        yield "a warning is no text"
    if not all(isinstance(each, Reason) for each in result.doubts):
        yield "a doubt is no reason"
    metrics = dict(result.metrics)
    if not all(isinstance(each, (int, float)) and isfinite(each) for each in metrics.values()):
        yield "a metric is no finite number"
    try:
        made = json.loads(json.dumps(dict(result.recipe), allow_nan=False))
    except (TypeError, ValueError):
        yield "the recipe is no JSON"
        return
    by, term = made.get("engine"), made.get("digital_source_type", card.digital_source_type)
    if not isinstance(by, Mapping) or (by.get("name"), by.get("version")) != (
        card.name,
        card.version,
    ):
        yield "the recipe does not name the engine and its version"
    if term not in {each.value for each in SourceType}:
        yield f"the recipe names the source type `{term}`, which no picture of a twin has"

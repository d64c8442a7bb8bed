"""Landmarks proposed from the silhouette alone, for a person to correct."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from sosie.core import anatomy, silhouette
from sosie.core.studio import Card, Pixels
from sosie.core.twin import LANDMARKS, PLAIN
from sosie.core.values import BadInput

UNCERTAIN = 0.5
"""A point of a lower confidence is marked for the person who corrects."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Points that were guessed on one photograph."""

    size: tuple[int, int]
    landmarks: Mapping[str, tuple[int, int] | None]
    face: tuple[int, int, int, int]
    confidence: Mapping[str, float]
    """0 to 1 for each landmark and for ``face``; under ``UNCERTAIN`` it should be looked at."""
    view: str

    def card(self, plate: str) -> Card:
        """Return the proposal as a card of the plate of that name."""
        return Card.model_validate(
            {
                "sosie": "card/1",
                "plate": plate,
                "view": self.view,
                "size": self.size,
                "landmarks": dict(self.landmarks),
                "face": self.face,
            }
        )


def propose(pixels: Pixels, found: silhouette.Silhouette | None = None) -> Proposal:
    """This function will guess the landmarks of a person in front of a plain backdrop.

    ``pixels`` is uint8 H×W×3 sRGB; ``found`` its silhouette, if it was already read. Points are
    looked for by ``anatomy.find``; those that the frame cuts off are ``None``. Where the backdrop
    is busy, or the person turned, all confidences are low. Raises ``BadInput`` where no person is
    found, ``ValueError`` as ``silhouette.person`` does.
    """
    found = silhouette.person(pixels) if found is None else found
    body = anatomy.find(pixels, found.mask)
    return _finish(body, (pixels.shape[1], pixels.shape[0]), plain=found.plain >= PLAIN)


def _view(body: anatomy.Body) -> str:
    """Guess the view from how wide the shoulders are for the head, and from the feet."""
    head = max(body.at("chin")[1] - body.at("crown")[1], 1)
    ratio = body.wide / head
    if ratio < 0.9:
        return "side"
    if ratio < 1.2:
        return "three-quarter"
    ankles = [body.points[f"ankle_{side}"][0] for side in ("l", "r")]
    if ankles[0] is None or ankles[1] is None:
        return "front-half"
    return "walking" if abs(ankles[0][1] - ankles[1][1]) > 0.04 * body.tall else "front-full"


def _finish(
    body: anatomy.Body,
    size: tuple[int, int],
    *,
    plain: bool,
) -> Proposal:
    """Return what was found, in pixels of the photograph, with every doubt applied."""
    width, height = size
    view = _view(body)
    doubt = 1.0 if plain else 0.2
    if view in ("side", "three-quarter"):
        doubt *= 0.5
    points: dict[str, tuple[int, int] | None] = {}
    sure = {}
    for name in LANDMARKS:
        spot, trust = body.points[name]
        head = name in ("crown", "chin") and plain
        sure[name] = round(float(np.clip(trust * (1.0 if head else doubt), 0, 1)), 2)
        points[name] = None
        if spot is not None:
            x, y = ((value + 0.5) / body.shrink - 0.5 for value in spot)
            points[name] = (
                int(np.clip(round(x), 0, width - 1)),
                int(np.clip(round(y), 0, height - 1)),
            )
    box, trust = body.face
    sure["face"] = round(trust if plain else 0.2 * trust, 2)
    left, top, right, bottom = (round(value / body.shrink) for value in box)
    corners = (max(0, left), max(0, top), min(width, right), min(height, bottom))
    return Proposal(size, points, corners, sure, view)


def correct(card: Card, changes: Mapping[str, tuple[float, float] | None]) -> Card:
    """This function will move points of a card to where a person says they are.

    ``changes`` gives each named landmark its new place in pixels, or ``None`` if it is not in the
    picture. Raises ``BadInput`` for a name that is no landmark and for a place outside the frame.
    """
    points = dict(card.landmarks)
    width, height = card.size
    for name, spot in changes.items():
        if name not in LANDMARKS:
            close = difflib.get_close_matches(name, LANDMARKS, 1)
            raise BadInput(
                "no landmark has this name",
                where=name,
                remedy=f"did you mean `{close[0]}`?" if close else "see docs/formats/card.md",
                code="capture.unknown_landmark",
            )
        if spot is None:
            points[name] = None
            continue
        x, y = round(spot[0]), round(spot[1])
        if not (0 <= x < width and 0 <= y < height):
            raise BadInput(
                f"{x}, {y} lies outside the frame of {width}×{height}",
                where=name,
                remedy="give pixels from the left and from the top, or null if it is not seen",
                code="capture.landmark_outside",
            )
        points[name] = (x, y)
    return card.model_copy(update={"landmarks": points})


_SURE, _DOUBTFUL, _INK, _PAPER = (0, 140, 90), (214, 40, 120), (255, 255, 255), (20, 20, 20)


def draw(pixels: Pixels, card: Card, confidence: Mapping[str, float] | None = None) -> Pixels:
    """This function will draw the points of a card with their names on its photograph.

    ``pixels`` is uint8 H×W×3 sRGB and is not changed; the drawing has its size, or is enlarged so
    that its short side has 900 pixels and the names can be read. A point of a ``confidence`` under
    ``UNCERTAIN`` is a diamond with a question mark, any other a disc, so that shape tells them
    apart as well as color.
    """
    grow = max(1.0, 900 / min(pixels.shape[:2]))
    size = (round(pixels.shape[1] * grow), round(pixels.shape[0] * grow))
    canvas = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8).copy()
    unit = min(size) / 900
    known = confidence or {}
    left, top, right, bottom = (round(value * grow) for value in card.face)
    shade = _SURE if known.get("face", 1) >= UNCERTAIN else _DOUBTFUL
    cv2.rectangle(canvas, (left, top), (right, bottom), shade, max(1, round(2 * unit)))
    spots = {n: p for n, p in card.landmarks.items() if p is not None}
    for side in ("l", "r"):
        names = [n for n in spots if n.endswith("_r") == (side == "r")]
        names.sort(key=lambda n: spots[n][1])
        floor = 0.0
        for name in names:
            x, y = (round(value * grow) for value in spots[name])
            sure = known.get(name, 1) >= UNCERTAIN
            text = name if sure else f"{name} ?"
            floor = max(floor + 26 * unit, float(y))
            _tag(canvas, (x, y), text, side=side, row=min(floor, size[1] - 6 * unit), sure=sure)
    return canvas


def _tag(
    canvas: Pixels, spot: tuple[int, int], text: str, *, side: str, row: float, sure: bool
) -> None:
    """Draw one point, and its name in the margin with a line to it."""
    unit = min(canvas.shape[:2]) / 900
    shade = _SURE if sure else _DOUBTFUL
    font, scale, thick = cv2.FONT_HERSHEY_SIMPLEX, 0.55 * unit, max(1, round(1.2 * unit))
    (wide, high), _ = cv2.getTextSize(text, font, scale, thick)
    x = round(8 * unit) if side == "l" else canvas.shape[1] - wide - round(8 * unit)
    base, pad = round(row + high / 2), round(4 * unit)
    end = (x + wide + pad, round(row)) if side == "l" else (x - pad, round(row))
    cv2.line(canvas, spot, end, _PAPER, max(2, round(2.5 * unit)), cv2.LINE_AA)
    cv2.line(canvas, spot, end, _INK, max(1, round(unit)), cv2.LINE_AA)
    cv2.rectangle(canvas, (x - pad, base - high - pad), (x + wide + pad, base + pad), shade, -1)
    cv2.putText(canvas, text, (x, base), font, scale, _INK, thick, cv2.LINE_AA)
    arm = max(4, round(7 * unit))
    if sure:
        cv2.circle(canvas, spot, arm, _INK, -1, cv2.LINE_AA)
        cv2.circle(canvas, spot, max(2, arm - 2), shade, -1, cv2.LINE_AA)
        return
    across = np.array([[arm, 0], [0, arm], [-arm, 0], [0, -arm]]) + spot
    cv2.fillConvexPoly(canvas, across.astype(np.int32), _INK, cv2.LINE_AA)
    inner = np.array([[arm, 0], [0, arm], [-arm, 0], [0, -arm]]) * (arm - 3) // arm + spot
    cv2.fillConvexPoly(canvas, inner.astype(np.int32), shade, cv2.LINE_AA)

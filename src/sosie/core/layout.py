"""Layouts: where each channel shows a picture, what its interface covers, and what is to be seen.

The margins are what the platforms and the trade advise to keep free of faces, products and words;
they change without notice, so a buyer's own specification goes before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sosie.core.studio import Card, Order
from sosie.core.terms import Channel

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""
_HAND = 0.8
"""Length of a hand over that of the forearm."""
_FOOT = 0.35, 0.3
"""How far below the ankle a foot reaches, and how far beside it, over the height of the shank."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One place on a channel: its size in pixels and the margins that are not safe."""

    channel: Channel
    width: int
    height: int
    margins: tuple[float, float, float, float]
    """Left, top, right, bottom, as shares of width and height."""
    why: str


PLACEMENTS: dict[str, Placement] = {
    "web-shop": Placement(
        Channel.WEB_SHOP, 1200, 1600, (0.04, 0.03, 0.04, 0.03),
        "product page, 3:4; the badge and the corner of the zoom"),
    "instagram-feed": Placement(
        Channel.INSTAGRAM, 1080, 1350, (0.04, 0.04, 0.04, 0.04),
        "feed, 4:5; the profile grid cuts the sides to 3:4"),
    "instagram-story": Placement(
        Channel.INSTAGRAM, 1080, 1920, (0.06, 0.14, 0.06, 0.20),
        "story, 9:16; the account's name above, the answer field below"),
    "instagram-reel": Placement(
        Channel.INSTAGRAM, 1080, 1920, (0.06, 0.14, 0.14, 0.35),
        "reel, 9:16; caption and sound below, the buttons on the right"),
    "tiktok": Placement(
        Channel.TIKTOK, 1080, 1920, (0.06, 0.07, 0.13, 0.20),
        "full screen, 9:16; tabs above, caption below, the buttons on the right"),
    "out-of-home": Placement(
        Channel.OUT_OF_HOME, 1200, 1800, (0.05, 0.05, 0.05, 0.05),
        "six-sheet, 2:3; the frame covers the rim"),
    "store-screen": Placement(
        Channel.STORE_SCREEN, 1080, 1920, (0.05, 0.05, 0.05, 0.05),
        "portrait screen, 9:16; overscan and bezel"),
    "print": Placement(
        Channel.PRINT, 1448, 2048, (0.05, 0.04, 0.05, 0.04),
        "ISO A page; 3 mm of bleed and what the trimmer takes"),
    "broadcast": Placement(
        Channel.BROADCAST, 1920, 1080, (0.05, 0.05, 0.05, 0.05),
        "16:9; graphics-safe area of EBU R 95"),
}  # fmt: skip
"""Every place by its name."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a picture is cut for a place. All boxes but ``crop`` are in pixels of the place."""

    crop: Box
    """In pixels of the picture."""
    safe: Box
    """What the interface leaves free."""
    head: Box
    garment: Box
    text: Box
    """The largest part of the safe area that shows neither head nor garment nor arms."""
    faults: tuple[str, ...]
    """What of her or the garment does not fit into the safe area."""


def lay_out(card: Card, order: Order, placement: Placement) -> Layout:
    """This function will cut a picture for a place: the largest crop with head and garment safe.

    Where both do not fit the head goes before the garment, and the layout says so. Nothing is
    stretched or invented: a picture that is too narrow for the shape loses height. ``card`` is that
    of the plate, ``order`` says which garment is meant.
    """
    width, height = card.size
    scale = min(width / placement.width, height / placement.height)
    wide, high = round(placement.width * scale), round(placement.height * scale)
    head, garment = head_of(card), garment_of(card, order.garment)
    left, top, right, bottom = placement.margins
    at = (
        _start((head[0], head[2]), (garment[0], garment[2]), wide, width, (left, right)),
        _start((head[1], head[3]), (garment[1], garment[3]), high, height, (top, bottom)),
    )
    crop = (at[0], at[1], at[0] + wide, at[1] + high)

    def seen(box: Box) -> Box:
        """Return a box of the picture in pixels of the place, cut at its rim."""
        across = [round((x - crop[0]) / scale) for x in (box[0], box[2])]
        down = [round((y - crop[1]) / scale) for y in (box[1], box[3])]
        across = [min(max(x, 0), placement.width) for x in across]
        down = [min(max(y, 0), placement.height) for y in down]
        return across[0], down[0], across[1], down[1]

    safe = (
        round(left * placement.width),
        round(top * placement.height),
        round((1 - right) * placement.width),
        round((1 - bottom) * placement.height),
    )
    faults = []
    for name, box in (("head", head), ("garment", garment)):
        share = 1 - _area(_common(seen(box), safe)) * scale**2 / max(_area(box), 1)
        if share > (0.02 if name == "head" else 0.10):
            faults.append(f"{share:.0%} of the {name} lies outside the safe area")
    text = _beside(safe, seen(_union(head, _person(card))))
    return Layout(crop, safe, seen(head), seen(garment), text, tuple(faults))


def head_of(card: Card) -> Box:
    """This function will return the head's box, hair included, in pixels of the plate."""
    left, top, right, bottom = card.face
    wide, tall = right - left, bottom - top
    crown = card.landmarks.get("crown")
    above = min(crown[1] if crown else top, top - round(0.3 * tall))
    return _inside(
        (left - round(0.25 * wide), above - round(0.08 * tall), right + round(0.25 * wide), bottom),
        card,
    )


def garment_of(card: Card, garment: str) -> Box:
    """This function will return the box of a worn garment by the landmarks, in pixels of the plate.

    Where a landmark is out of frame the garment goes on to the frame.
    """
    names = {
        "top": (("neck", "shoulder", "armpit"), ("hip",)),
        "bottom": (("waist", "hip"), ("ankle",)),
        "dress": (("neck", "shoulder", "armpit", "hip"), ("knee",)),
    }[garment]
    points = {n: p for n, p in card.landmarks.items() if p}
    upper = [p for n, p in points.items() if n.rsplit("_", 1)[0] in names[0]]
    lower = [p for n, p in points.items() if n.rsplit("_", 1)[0] in names[1]]
    every = upper + lower
    if not every:
        return (0, card.face[3], card.size[0], card.size[1])
    foot = max(p[1] for p in lower) if lower else card.size[1]
    return _inside(
        (
            min(p[0] for p in every),
            min(p[1] for p in every),
            max(p[0] for p in every),
            foot,
        ),
        card,
    )


def _person(card: Card) -> Box:
    """Return the box of her, hands and feet included, which have no landmarks of their own."""
    points = [p for p in card.landmarks.values() if p] or [card.face[:2], card.face[2:]]
    points += [*_ends(card, "elbow", "wrist", _HAND, 0), *_ends(card, "knee", "ankle", *_FOOT)]
    out = round(0.03 * card.size[0])
    across, down = [p[0] for p in points], [p[1] for p in points]
    standing = any(p for name, p in card.landmarks.items() if name.startswith("ankle"))
    foot = max(down) + out if standing else card.size[1]
    return _inside((min(across) - out, min(down), max(across) + out, foot), card)


def _ends(
    card: Card, first: str, last: str, further: float, aside: float
) -> Iterator[tuple[int, int]]:
    """Yield where a limb ends beyond its last joint, as shares of its last part."""
    for side in "lr":
        a, b = (card.landmarks.get(f"{name}_{side}") for name in (first, last))
        if a and b:
            x, y = b[0] + further * (b[0] - a[0]), b[1] + further * (b[1] - a[1])
            wide = aside * abs(b[1] - a[1])
            yield from ((round(x - wide), round(y)), (round(x + wide), round(y)))


def _start(
    head: tuple[int, int],
    garment: tuple[int, int],
    length: int,
    most: int,
    margins: tuple[float, float],
) -> int:
    """Return where a crop begins along an axis: both in the safe part if it can be, else the head,
    and as near as can be to the middle of both."""
    low, high = margins[0] * length, (1 - margins[1]) * length
    both = (min(head[0], garment[0]), max(head[1], garment[1]))
    middle = (both[0] + both[1]) / 2 - (low + high) / 2
    first, last = both[1] - high, both[0] - low
    if first > last:
        # The head is safe from its own end on; the rest of the room is the garment's.
        first, last = head[1] - high, head[0] - low
        middle = last if garment[1] > head[1] else middle
    start = min(max(middle, first), last) if first <= last else middle
    return min(max(round(start), 0), most - length)


def _beside(safe: Box, person: Box) -> Box:
    """Return the largest part of a box on one side of another."""
    sides = [
        (safe[0], safe[1], min(person[0], safe[2]), safe[3]),
        (max(person[2], safe[0]), safe[1], safe[2], safe[3]),
        (safe[0], safe[1], safe[2], min(person[1], safe[3])),
        (safe[0], max(person[3], safe[1]), safe[2], safe[3]),
    ]
    best = max(sides, key=_area)
    return best if _area(best) else (safe[0], safe[1], safe[0], safe[1])


def _area(box: Box) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def _common(one: Box, other: Box) -> Box:
    return (
        max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    )  # fmt: skip


def _union(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
    )  # fmt: skip


def _inside(box: Box, card: Card) -> Box:
    return _common(box, (0, 0, *card.size))

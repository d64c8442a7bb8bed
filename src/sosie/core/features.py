"""Local features of pictures: small places that are found again after a crop, a turn or a change
of size, each with 256 bits, and the vote that names the pictures which show the same places.

The bits are ORB's (Rublee et al., "ORB: an efficient alternative to SIFT or SURF", ICCV 2011).
Which corners are taken is our own: evenly over the picture and over the scales, because ORB's
strongest corners all lie on the lettering that somebody wrote over a picture. How features agree
(a common turn and scale first, then an affine transform by RANSAC) follows Jégou et al., "Hamming
embedding and weak geometric consistency", ECCV 2008.

Features only *find*: ``fingerprint.confirm`` lays the pixels on each other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.projection import Matrix, bent, corners, middle, square
from sosie.core.studio import Pixels

KIND = "org.sosie.features.1"
SIDE = 640
"""Longer side in pixels of the grid on which features are taken; smaller pictures keep theirs."""
MOST = 600
"""Features that are kept of a sealed picture: 38 bytes each."""
VOTING = 200
"""Features of a sealed picture that vote: a prefix is as evenly spread as the whole."""
ASKING = 250
"""Features of a copy that ask, once as it is and once mirrored."""
NEIGHBORS = 4
"""Nearest known features that one feature of a copy votes for."""
MOST_VOTED, LEAST_VOTES = 16, 3
"""Pictures, by their votes, whose features are laid on those of a copy."""
AGREEING = 12
"""Features that must agree before the pixels of a picture are looked at: see ``chance``."""
NEAR_BITS = 64
"""Bits of 256 up to which two features may be of one place; unrelated ones differ in 128 ± 20."""

LEAST = 32
"""Pixels of the shorter side of the grid below which a picture has no features: what is around a
corner takes 31, and a coarse scale of less may have no pixel at all."""

LEVELS = 10
"""Scales, each 1.2 times as coarse as the one before."""

_SCALE, _CELLS, _POOL, _FAST = 1.2, 12, 6000, 5
_HEAD, _ROW = struct.Struct("<HHH"), np.dtype([("at", "<u2", 2), ("turn", "u1"), ("level", "u1")])
HEAD, WIDE = _HEAD.size, 32
"""Bytes before the bits of encoded features, and bytes of the bits of each."""
_PART = 32
"""Places are kept to 1/32 of a pixel."""
_TOLERANCE = 4.0
MOST_BENT = 0.15
"""How far a corner may be seen elsewhere for the angle, as a share of the longer side."""

Floats = NDArray[Any]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of one picture; those that stand out and lie apart come first."""

    size: tuple[int, int]
    """Width and height of the grid, in pixels."""
    places: NDArray[np.float32]
    """N×2: x and y on the grid."""
    turns: NDArray[np.float32]
    """N: degrees, 0 to 360, clockwise as the picture is seen."""
    levels: NDArray[np.int32]
    """N: 0 to 9; a feature is 1.2 to this power times 31 pixels wide."""
    bits: Bits
    """N×32: ORB's 256 bits."""

    def __len__(self) -> int:
        return len(self.bits)

    def first(self, most: int) -> Self:
        """This function will return the first features, ``most`` at most."""
        parts = (self.places[:most], self.turns[:most], self.levels[:most], self.bits[:most])
        return type(self)(self.size, *parts)

    def encode(self) -> bytes:
        """This function will return the features as `org.sosie.features.1`.

        Three 16-bit little-endian numbers: width, height, count; the 32 bytes of each feature;
        then for each x and y in 1/32 pixel (16 bits each), turn in 1/256 of a circle, level.
        """
        rows = np.zeros(len(self), _ROW)
        rows["at"] = np.rint(self.places * _PART)
        rows["turn"] = np.rint(self.turns * 256 / 360).astype(np.int64) % 256
        rows["level"] = self.levels
        return _HEAD.pack(*self.size, len(self)) + self.bits.tobytes() + rows.tobytes()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """This function will read what ``encode`` wrote; raises ``ValueError`` for other bytes."""
        width, height, count = _HEAD.unpack_from(data) if len(data) >= HEAD else (0, 0, -1)
        if len(data) != HEAD + count * (_ROW.itemsize + WIDE):
            raise ValueError("these are no local features of version 1")
        bits = np.frombuffer(data, np.uint8, count * WIDE, HEAD)
        rows = np.frombuffer(data, _ROW, count, HEAD + count * WIDE)
        return cls(
            (width, height),
            rows["at"].astype(np.float32) / np.float32(_PART),
            rows["turn"].astype(np.float32) * np.float32(360 / 256),
            rows["level"].astype(np.int32),
            bits.reshape(count, WIDE),
        )


def extract(pixels: Pixels, *, mirrored: bool = False, most: int = MOST) -> Features:
    """This function will return the local features of a picture on a grid of ``SIDE``.

    ``pixels``: uint8 H×W×3 sRGB (``ValueError`` otherwise); a picture with a side under ``LEAST``
    pixels there has none. ``mirrored``: of the picture mirrored left to right.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("a picture is uint8 H×W×3")
    grey, _ = shrunk(pixels, SIDE)
    if min(grey.shape) < LEAST:
        grey = np.zeros((LEAST, LEAST), np.uint8)
    return of_grey(np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey, most)


def shrunk(pixels: Pixels, side: int) -> tuple[Pixels, float]:
    """This function will return the luma of a picture, at most ``side`` long, and its scale.

    ``pixels``: uint8 H×W×3; the luma is uint8 H×W.
    """
    scale = min(1.0, side / max(pixels.shape[:2]))
    if scale < 1:
        sides = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA)
    grey: Pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return grey, scale


def of_grey(grey: Pixels, most: int) -> Features:
    """This function will return the features of a luma picture, uint8 H×W, as it is; none of one
    with a side under ``LEAST``.

    Each of the cells of a 12th of the longer side gives, in each of four bands of scale, its
    strongest corner; then each its second, until ``most`` are taken.
    """
    size = (grey.shape[1], grey.shape[0])
    orb = _orb()
    found = orb.detect(grey, None) if min(grey.shape) >= LEAST else ()
    rows = np.array([(*p.pt, p.response, p.octave) for p in found]).reshape(-1, 4)
    chosen = [found[i] for i in _spread(rows, max(size) / _CELLS)[:most]]
    for place, point in enumerate(chosen):
        point.class_id = place
    kept, bits = orb.compute(grey, chosen) if chosen else ((), np.zeros((0, WIDE), np.uint8))
    order = sorted(range(len(kept)), key=lambda i: kept[i].class_id)
    points = [kept[i] for i in order]
    return Features(
        size,
        np.array([p.pt for p in points], np.float32).reshape(-1, 2),
        np.array([p.angle for p in points], np.float32),
        np.array([p.octave for p in points], np.int32),
        bits[order] if points else np.zeros((0, WIDE), np.uint8),
    )


def described(grey: Pixels, known: Features) -> tuple[NDArray[np.int64], Bits]:
    """This function will return the bits that a luma picture has at the places of known features.

    ``grey``: uint8 H×W, of the size of ``known``. Returns which of them, M, and their M×32 bits:
    none of those whose surroundings are cut by the edge.
    """
    points = [
        cv2.KeyPoint(float(x), float(y), 31.0, float(turn), 0.0, int(level), i)
        for i, ((x, y), turn, level) in enumerate(
            zip(known.places, known.turns, known.levels, strict=True)
        )
    ]
    kept, bits = _orb().compute(grey, points)
    which = np.array([point.class_id for point in kept], np.int64)
    return which, bits if len(kept) else np.zeros((0, WIDE), np.uint8)


def reach(levels: NDArray[np.int32]) -> Floats:
    """This function will return how far from its place a feature looks, in pixels of its grid."""
    result: Floats = 16 * _SCALE**levels
    return result


def _orb() -> Any:
    return cv2.ORB.create(nfeatures=_POOL, scaleFactor=_SCALE, nlevels=LEVELS, fastThreshold=_FAST)


def _spread(rows: Floats, cell: float) -> NDArray[np.int64]:
    """Return the order of corners (x, y, response, level): the first of each cell and band, the
    strongest foremost, then the second of each …"""
    x, y = (rows[:, 0] // cell).astype(np.int64), (rows[:, 1] // cell).astype(np.int64)
    place = (x * 64 + y) * 8 + rows[:, 3].astype(np.int64) // 3
    order = np.lexsort((-rows[:, 2], place))
    rank = np.empty(len(rows), np.int64)
    rank[order] = ranks(place[order])
    result: NDArray[np.int64] = np.lexsort((-rows[:, 2], rank))
    return result


def ranks(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """This function will number the members of each group from 0; equal ones lie together."""
    places = np.arange(len(groups))
    first = np.ones(len(groups), bool)
    first[1:] = groups[1:] != groups[:-1]
    result: NDArray[np.int64] = places - np.maximum.accumulate(np.where(first, places, 0))
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How many features of two pictures lie on each other, and by which transform."""

    agreeing: int
    """Distinct places, the fewer of both sides."""
    matrix: Matrix
    """3×3, affine, from the grid of the original to that of the copy."""
    bend: Matrix | None = None
    """3×3, projective, on which as many places agree, or more."""
    bending: int = 0
    """How many."""


def agreement(original: Features, copy: Features, *, least: int = AGREEING) -> Agreement | None:
    """This function will lay the features of an original on those of a copy.

    Returns ``None`` with fewer than ``least`` agreeing places, or when the transform would
    squeeze, shear or fold the picture; a mirrored copy is asked for by its mirrored features.
    """
    ours, theirs = _pairs(original.bits, copy.bits)
    ours, theirs, step = _alike(original, copy, ours, theirs)
    if len(ours) < max(3, least):
        return None
    reach = _TOLERANCE * max(1.0, _SCALE**step)
    source, target = original.places[ours], copy.places[theirs]
    cv2.setRNGSeed(1)
    matrix, mask = cv2.estimateAffine2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=reach, maxIters=2000
    )
    if matrix is None or not _sound(matrix[:, :2]):
        return None

    def count(held: NDArray[np.uint8]) -> int:
        kept = held.ravel() > 0
        return min(_distinct(source[kept] / 3), _distinct(target[kept] / (0.75 * reach)))

    found = Agreement(count(mask), square(matrix))
    if found.agreeing < least:
        return None
    bend, held = cv2.findHomography(source, target, cv2.RANSAC, reach, maxIters=2000)
    if bend is None or count(held) < found.agreeing or not plausible(bend, original.size):
        return found
    return replace(found, bend=bend, bending=count(held))


def chance(pairs: int, agreeing: int, *, reach: float = _TOLERANCE, side: int = SIDE) -> float:
    """This function will bound the expected number of chance agreements of two pictures.

    Of ``pairs`` pairs of features whose places have nothing to do with each other, three define
    an affine transform, and each other lies on it with the share p of the copy that a circle of
    radius ``reach`` (pixels) covers; at least ``agreeing`` then agree by chance in at most
    C(n, 3) · n · C(n - 3, k - 3) · p^(k - 3) of all such pictures (Moisan and Stival, "A
    probabilistic criterion to detect rigid point matches", IJCV 2004). The grid is taken as
    ``side`` × 0.75 ``side``. Unrelated photographs had 52 pairs at most; with 200, twelve agreeing
    features are expected 2·10^-11 times in a pair of pictures, and 4·10^-10 times in the 16 that
    are looked at. Textures that repeat and people in one pose agree otherwise than by chance,
    which is why the pixels are asked last.
    """
    share = np.pi * reach**2 / (side * side * 0.75)
    log = np.log(pairs) + _log_choose(pairs, 3) + _log_choose(pairs - 3, agreeing - 3)
    return float(np.exp(log + (agreeing - 3) * np.log(share)))


def _log_choose(n: int, k: int) -> float:
    i = np.arange(1, k + 1)
    return float(np.log((n - k + i) / i).sum())


def _pairs(ours: Bits, theirs: Bits) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which features resemble each other clearly more than the second best (Lowe, 2004)."""
    none = np.zeros(0, np.int64)
    if min(len(ours), len(theirs)) < 2:
        return none, none
    found = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(theirs, ours, k=2)
    clear = [a for a, b in found if a.distance <= NEAR_BITS and a.distance < 0.85 * b.distance]
    pairs = np.array([(m.trainIdx, m.queryIdx) for m in clear], np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _alike(
    original: Features, copy: Features, ours: NDArray[np.int64], theirs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Keep the pairs that were turned and scaled alike (25 degrees, one level, either way)."""
    turn = ((copy.turns[theirs] - original.turns[ours]) % 360 // 10).astype(np.int64) % 36
    step = copy.levels[theirs] - original.levels[ours] + LEVELS
    votes: Floats = np.zeros((36, 2 * LEVELS + 1))
    np.add.at(votes, (turn, step), 1)
    votes = np.sum([np.roll(votes, by, axis=0) for by in range(-2, 3)], axis=0)
    votes = np.sum([np.roll(votes, by, axis=1) for by in range(-1, 2)], axis=0)
    at, level = np.unravel_index(int(votes.argmax()), votes.shape)
    near = (np.abs((turn - at + 18) % 36 - 18) <= 2) & (np.abs(step - level) <= 1)
    return ours[near], theirs[near], int(level) - LEVELS


def _sound(slope: Matrix) -> bool:
    """Whether a transform, by its derivative, keeps the shape of a picture within what people do
    to pictures."""
    stretch = np.linalg.svd(slope, compute_uv=False)
    kept = stretch[1] > 0.08 and stretch[0] < 12 and stretch[0] / stretch[1] < 1.25
    return bool(kept and np.linalg.det(slope) > 0)


def plausible(matrix: Matrix, size: tuple[int, int]) -> bool:
    """This function will say whether a picture of (width, height) can be seen so, at an angle at
    which people still photograph it; not mirrored."""
    if (np.column_stack([corners(size), np.ones(4)]) @ matrix[2] < 0.5).any():
        return False
    return bent(matrix, size) < MOST_BENT and _sound(middle(matrix, size))


def _distinct(places: Floats) -> int:
    return len(np.unique(np.rint(places), axis=0))


@dataclass(frozen=True, slots=True, order=True)
class Votes:
    """How many features of a copy were found again in one known picture."""

    count: int
    picture: int
    mirrored: bool = False


def votes(asked: Floats, pictures: Floats, *, mirrored: bool = False) -> list[Votes]:
    """This function will count for each known picture the features that found one of its own.

    ``asked`` and ``pictures``: int N each; pair i says that this feature of the copy (mirrored or
    not) resembles a feature of that picture. A feature votes once for a picture.
    """
    if not len(asked):
        return []
    pairs = np.unique(np.stack([pictures, asked], axis=1), axis=0)
    named, counts = np.unique(pairs[:, 0], return_counts=True)
    return [
        Votes(int(count), int(name), mirrored) for name, count in zip(named, counts, strict=True)
    ]


def elected(counted: Iterable[Votes]) -> list[Votes]:
    """This function will choose the pictures whose features are worth laying on those of a copy.

    At most ``MOST_VOTED``, the most votes first: at least three votes, and an eighth of the most.
    """
    order = sorted(counted, key=lambda vote: (-vote.count, vote.picture))[:MOST_VOTED]
    return [vote for vote in order if vote.count >= max(LEAST_VOTES, order[0].count / 8)]

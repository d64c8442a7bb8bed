"""Perceptual fingerprints of pictures, and the pixel comparison that confirms what they find.

The 256-bit fingerprint follows the published idea of Facebook's PDQ ("The TMK+PDQF
Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): luma, a tent filter down to
64×64, sixteen by sixteen low frequencies of its cosine transform, one bit each against their
median. The bits are our own (`org.sosie.fingerprint.1`) and never change their meaning.

A fingerprint only *finds*. ``confirm`` lays the pixels on each other and says where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.alignment import INLIERS, Alignment, by_features, direct
from sosie.core.difference import (
    CLEARLY,
    ROUND,
    SHIFTED,
    WHOLE,
    WORK,
    Differences,
    angled,
    differences,
)
from sosie.core.features import plausible
from sosie.core.projection import (
    ANGLED,
    BENT,
    Matrix,
    bent,
    corners,
    middle,
    mirrored,
    moved,
    reshaped,
)
from sosie.core.seal import INSIDE_ELSE, Box
from sosie.core.studio import Pixels

NEAR = 31
"""Bits up to which a fingerprint names a picture alone."""
FAR = 90
"""Bits up to which a picture is worth confirming. Of 136 pairs of unrelated photographs the
nearest has 74, the next 96: near pictures are told apart by their pixels alone."""

Floats = NDArray[Any]
_Seen = tuple[float, Alignment, Differences]
"""The share that is changed, and under which alignment."""
_UNHELD = 0.05
"""Share of a picture that may be changed when its shape alone laid it on the original."""
_HELD = 100
"""Agreeing features that are asked for beyond ``INLIERS`` if all of a picture were changed."""
_ALIKE, _LEAST_KEPT = 0.5, 0.04
"""How far details must agree, and the share of the original that must be seen, where a mark alone
laid it on the copy."""
SMALLEST = 200
"""Pixels that the long side of all of an original must have in a copy: in fewer, a face may be
another's and it does not show."""
TOO_SMALL: Final = "too small to tell a face or a logo from another"
_SIDE, _LOW = 64, 16


def _cosines() -> Floats:
    """Rows 1 to 16 of the orthonormal DCT-II of length 64."""
    k = np.arange(1, _LOW + 1)[:, None]
    n = np.arange(_SIDE)[None, :]
    result: Floats = np.sqrt(2 / _SIDE) * np.cos(np.pi * k * (2 * n + 1) / (2 * _SIDE))
    return result


_COSINES = _cosines()


def fingerprint(pixels: Pixels) -> str:
    """This function will return the 256-bit fingerprint of a picture as 64 hexadecimal digits.

    ``pixels``: uint8 H×W×3 sRGB, at least 8 pixels a side; raises ``ValueError`` otherwise. The
    same picture resized or recompressed stays within ``NEAR`` bits.
    """
    return _hex(_frequencies(pixels))


def orientations(pixels: Pixels) -> tuple[str, ...]:
    """This function will return the fingerprints of the eight orientations of a picture.

    The first is the picture's own; then turned by 90, 180 and 270 degrees counterclockwise
    (``numpy.rot90``), then the same four of the picture mirrored left to right first. All are
    computed from one transform: turning a picture only swaps and negates its frequencies.
    """
    own = _frequencies(pixels)
    found = []
    for start in (own, _mirrored(own)):
        turned = start
        for _ in range(4):
            found.append(_hex(turned))
            turned = _mirrored(turned).T
    return tuple(found)


def distance(one: str, other: str) -> int:
    """This function will count the bits, 0 to 256, in which two fingerprints differ.

    Raises ``ValueError`` unless both have 64 hexadecimal digits.
    """
    if len(one) != 64 or len(other) != 64:
        raise ValueError("a fingerprint has 64 hexadecimal digits")
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _frequencies(pixels: Pixels) -> Floats:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("a picture is uint8 H×W×3")
    if min(pixels.shape[:2]) < 8:
        raise ValueError("a picture has at least 8 pixels a side")
    luma = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    fine = cv2.resize(luma, (_SIDE * 4, _SIDE * 4), interpolation=cv2.INTER_AREA)
    tent = np.array([1, 2, 3, 4, 4, 3, 2, 1], dtype=np.float32) / 20
    smooth = cv2.sepFilter2D(
        np.pad(fine.astype(np.float32), 2, mode="edge"), -1, tent, tent, anchor=(0, 0)
    )
    small = smooth[::4, ::4][:_SIDE, :_SIDE].astype(np.float64)
    result: Floats = _COSINES @ small @ _COSINES.T
    return result


def _mirrored(frequencies: Floats) -> Floats:
    """Frequencies of the picture mirrored left to right: odd columns change their sign."""
    signs = np.where(np.arange(1, _LOW + 1) % 2, -1.0, 1.0)
    return frequencies * signs[None, :]


def _hex(frequencies: Floats) -> str:
    bits = frequencies > np.median(frequencies)
    return np.packbits(bits.ravel()).tobytes().hex()


@dataclass(frozen=True, slots=True)
class Match:
    """How the pixels of a copy compare with those of an original."""

    matched: bool
    """Whether they lie on each other; they may still differ in ``regions``."""
    inliers: int
    """Agreeing features; 0 when resizing alone laid one on the other."""
    transform: tuple[float, ...] | None
    """Row by row 3×3: from pixels of the original to pixels of the copy."""
    regions: tuple[Box, ...] = ()
    """Where they differ by more than recompression, scaling and tone explain; percent of the
    copy."""
    changed: float = 0.0
    """Share of the copy, 0 to 1, that lies in changed regions."""
    differs: tuple[str, ...] = ()
    """In words: recompressed, resized, cropped, turned, at an angle, mirrored, tone, framed."""


def confirm(copy: Pixels, original: Pixels, laid: Matrix | None = None) -> Match:
    """This function will lay a copy on its original and say whether and where it was changed.

    Both: uint8 H×W×3 sRGB, at least 32 pixels a side (``ValueError`` otherwise). ``laid``: how the
    original may lie on it, 3×3, where a mark says so; it counts where details agree. A change of
    16×16 pixels at a long side of 1080 is found; recompression (JPEG quality 40 and more),
    resizing, blur by 1 pixel, noise of 5 levels, an angle and changes of tone over the whole
    picture (``tone.Tone.plausible``) are not changes; stretching is one of all of it
    (``projection.reshaped``). ``matched`` needs the picture laid on (by mark, by shape, or 30
    agreeing features) and half of what shows it unchanged; where more than a twentieth is changed,
    30 agreeing features and one more for each percent. What agrees but shows the whole on less
    than ``SMALLEST`` pixels is not matched: it ``differs`` in that it is ``TOO_SMALL``.
    """
    if min(copy.shape[:2] + original.shape[:2]) < 32:
        raise ValueError("a picture to compare has at least 32 pixels a side")
    if copy.shape == original.shape and np.array_equal(copy, original):
        return Match(True, 0, tuple(np.eye(3).ravel().tolist()))
    best, inliers = _likeliest(copy, original, laid)
    # A plain backdrop agrees with any other, and so do two people in one pose before it: the more
    # is changed, the more features must hold the rest.
    if best is None or best[0] > (_UNHELD if inliers < INLIERS + _HELD * best[0] else 0.5):
        return Match(False, inliers, None)
    _, found, seen = best
    size = (original.shape[1], original.shape[0])
    words = _words(found, seen, size)
    transform = tuple(float(value) for value in found.matrix.ravel())
    if shape := reshaped(found.matrix, size):
        return Match(True, found.inliers, transform, (WHOLE,), 1.0, (shape, *words))
    if not seen.boxes and _long(found.matrix, size) < SMALLEST:
        return Match(False, found.inliers, transform, differs=(TOO_SMALL, *words))
    return Match(True, found.inliers, transform, seen.boxes, seen.share, words)


def _likeliest(copy: Pixels, original: Pixels, laid: Matrix | None) -> tuple[_Seen | None, int]:
    """Return the alignment under which the least is changed, of nearly equals the first, and the
    most features that agree under any."""
    best: _Seen | None = None
    inliers = 0
    for found in _candidates(copy, original, laid):
        inliers = max(inliers, found.inliers)
        if best is not None and _shows_no_less(best, found, copy, original):
            continue
        seen = differences(copy, original, found.matrix)
        alike = seen.alike >= _ALIKE and seen.kept >= _LEAST_KEPT
        if found.matrix is laid and not alike:
            continue  # a mark can be copied, and plain places agree with any
        # Where details agree, what is beside it says nothing against its being in there.
        share = min(seen.share, seen.within) if alike else seen.share
        if best is None or share < CLEARLY * best[0]:
            best = (share, found, seen)
        if seen.share == 0.0:
            break
    return best, inliers


def _shows_no_less(best: _Seen, found: Alignment, copy: Pixels, original: Pixels) -> bool:
    """Whether it is known, without a comparison, that under another alignment as much is changed:
    what differs from all that lies within ``SHIFTED`` pixels differs under any so close. Asked
    where most is unchanged, so that its tone is known; an angle may explain uneven light."""
    share, known, seen = best
    if share > _UNHELD or seen.least < CLEARLY * share:
        return False
    if angled(found.matrix, original) and not angled(known.matrix, original):
        return False
    ends = corners((original.shape[1], original.shape[0]))
    apart = np.linalg.norm(moved(found.matrix, ends) - moved(known.matrix, ends), axis=1).max()
    return bool(apart * min(1.0, WORK / max(copy.shape[:2])) <= SHIFTED)


def _long(matrix: Matrix, size: tuple[int, int]) -> float:
    """Return the long side in pixels that all of an original, width and height, has in a copy."""
    return float(np.sqrt(abs(np.linalg.det(middle(matrix, size))))) * max(size)


def _candidates(copy: Pixels, original: Pixels, laid: Matrix | None) -> Iterator[Alignment]:
    """Yield alignments, the likeliest and cheapest first."""
    if laid is not None and np.isfinite(laid).all():
        size = (original.shape[1], original.shape[0])
        flip = bool(np.linalg.det(middle(laid, size)) < 0)
        if plausible(laid @ mirrored(size[0]) if flip else laid, size):
            yield Alignment(laid, 0, flip, 0)
    own = fingerprint(copy)
    away = [distance(own, turned) for turned in orientations(original)]
    k = int(np.argmin(away))
    if away[k] <= FAR and (found := direct(copy, original, k >= 4, k % 4)) is not None:
        yield found
    yield from by_features(copy, original)


def _words(found: Alignment, seen: Differences, size: tuple[int, int]) -> tuple[str, ...]:
    matrix = middle(found.matrix, size)
    words = []
    scale = float(np.sqrt(abs(np.linalg.det(matrix))))
    if abs(scale - 1) > 0.004:
        words.append(f"resized to {100 * scale:.0f} %")
    if seen.kept < 0.985:
        words.append(f"cropped to {max(1.0, 100 * seen.kept):.0f} % of its area")
    if found.mirrored:
        words.append("mirrored")
    turned = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0] * (-1 if found.mirrored else 1)))
    if abs(turned) > 0.5:
        words.append(f"turned by {abs(turned):.0f}°")
    if bent(found.matrix, size) > BENT:
        words.append(ANGLED)
    if seen.framed > 0.01:
        words.append(f"framed ({100 * seen.framed:.0f} % is plain border)")
    if seen.beside:
        words.append(INSIDE_ELSE)
    if seen.rounded:
        words.append(ROUND)
    return tuple(words + _toned(seen)) or ("recompressed",)


def _toned(seen: Differences) -> list[str]:
    if seen.color < 0.1:
        return ["without color"]
    return ["changed in tone"] if seen.tone > 6 or abs(seen.color - 1) > 0.15 else []

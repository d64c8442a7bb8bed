"""Where a copy differs from its original by more than recompression, scaling and tone explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sosie.core.alignment import warped
from sosie.core.projection import BENT, Matrix, bent, scaled
from sosie.core.seal import Box
from sosie.core.studio import Pixels
from sosie.core.tone import MOST_STAINED, Tone, tint_of, tones

WORK = 1080
"""Long side in pixels of the grid on which pictures are compared."""
CHANGED = 7.0
"""Levels (of 255) by which a window of 12×12 pixels must leave the range that its surroundings
allow. Measured: see docs/formats/seal.md, "Thresholds"."""
FINER, COARSER = 2.0, 0.4
"""How many times as large a small copy is compared, since a pixel of it shows more; and how much
more it may stray for each time, since its recompression shows more too."""
FINE = 6.0
"""Levels rms by which a texture finer than what is smoothed away counts as a change."""
SHARPER, NOISIER = 6.0, 2.0
"""How many times the energy of the strongest texture near it in the original a texture may have,
by sharpening, and of what is added to three quarters of the picture, by noise."""
NOISY, SPARED = 14.0, 0.15
"""Levels rms of noise from which on a place without it is a change, and the share of its energy
that such a place has at most."""
EDGE = 4
"""Pixels along the edge of the picture that are not compared."""
LEAST_SEEN, LEAST_DETAIL = 1500, 2.5
"""Pixels of the grid, and levels rms of detail in them, from which on ``alike`` can be told: five
times what a mark takes."""
CLEARLY = 0.9
"""Share of the changed places that must be left for another explanation to be the better one."""
SHIFTED = 4
"""Pixels of the grid by which another alignment may differ and still be known to show no less."""
MARGIN = 10
"""Pixels beside the original that are not looked at: its edge rings in a JPEG."""
ROUGH = 10.0
"""Levels by which something in a border leaves its color or soft gradient. Recompression leaves
it by less."""
_CLOSE = 6.0
"""How many times as rough something within ``MARGIN`` must be."""
ROUNDED, ROUND = 0.1, "with rounded corners"
"""Most of the shorter side by which a corner may be rounded, and how that is said."""
_LUMA_SMOOTHED = 1.6
_CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
STRAY, NARROWEST, _DRAWN = 0.03, 6, 0.7
"""Share of a plain corner that may have another color, pixels of its least radius, and the share
of it that must be the original's: one that was turned on paper has none."""
SPECK = 40
"""Pixels of which fewer are no change; a quarter of them in a small copy."""

WHOLE = Box(0.0, 0.0, 100.0, 100.0)
"""All of a picture."""

Floats = NDArray[Any]
Planes = tuple[Floats, ...]
"""Luma and two color differences, H×W each."""
Faint = tuple[Floats | float, Floats | float]


@dataclass(frozen=True, slots=True)
class Differences:
    """What a comparison found."""

    boxes: tuple[Box, ...]
    share: float
    """Of the copy, 0 to 1, in changed regions."""
    within: float
    """Of what shows the original, 0 to 1, that is changed; what is beside it does not count."""
    kept: float
    """Share of the original's area that the copy shows."""
    framed: float
    """Share of the copy that is plain border around the original."""
    beside: bool
    """Whether more than a plain border is around it."""
    tone: float
    """Levels by which the tone of the whole picture was moved: on average, or half of what it was
    moved by where most."""
    color: float
    """How colorful the whole picture was made: 1 as it was, 0 grey."""
    rounded: bool
    """Whether corners were filled plainly, as those of screenshots and avatars are."""
    alike: float
    """How far the details of both agree where they are compared, -1 to 1: their correlation; 0
    where there are too few to tell."""
    least: float
    """``share`` and ``within`` are no less, 0 to 1, however the original is laid within ``SHIFTED``
    pixels of the grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A copy and its original on one grid, and how far they differ there."""

    near: Pixels
    """The copy, at most ``WORK`` long."""
    strength: Floats
    """H×W, levels: a change is more than ``CHANGED``."""
    inside: NDArray[np.bool_]
    """H×W: where the original lies."""
    matrix: Matrix
    """3×3, from pixels of the original to those of the grid."""
    tone: float
    """Levels, as ``Differences.tone``."""
    color: float
    rounded: bool
    alike: float
    surely: Floats
    """H×W, levels, as ``strength``: wherever within ``SHIFTED`` pixels the original lies."""

    @property
    def changed(self) -> NDArray[np.bool_]:
        """What is changed or added, H×W; a plain border is neither."""
        beside, _ = around(self.near, self.inside)
        found: NDArray[np.bool_] = np.logical_or.reduce([self.strength > CHANGED, *beside])
        return found


def differences(copy: Pixels, original: Pixels, matrix: Matrix) -> Differences:
    """This function will compare a copy with its original, laid on it by a transform.

    Both: uint8 H×W×3; ``matrix``: 3×3 from pixels of the original to those of the copy. What lies
    outside the original counts as changed unless it is a plain border (``around``).
    """
    found = compared(copy, original, matrix)
    beside, framed = around(found.near, found.inside)
    changed, surely = found.strength > CHANGED, found.surely > CHANGED
    places, share = boxes(changed, *beside)
    within, least = 1.0, 0.0
    if found.inside.any():
        within = float(changed[found.inside].mean())
        least = min(boxes(surely)[1], float(surely[found.inside].mean()))
    else:
        places, share = (WHOLE,), 1.0
    kept = _seen(found.inside, found.matrix) / (original.shape[0] * original.shape[1])
    told = found.tone, found.color, found.rounded and not places
    return Differences(
        places, share, within, min(1.0, kept), framed, bool(beside), *told, found.alike, least
    )


def compared(copy: Pixels, original: Pixels, matrix: Matrix) -> Compared:
    """This function will lay an original on its copy and measure how far each place differs.

    Arguments as those of ``differences``. Uneven light is no change only of what is seen at an
    angle: a print that was photographed.
    """
    scale = min(1.0, WORK / max(copy.shape[:2]))
    size = (max(1, round(copy.shape[1] * scale)), max(1, round(copy.shape[0] * scale)))
    near = np.asarray(cv2.resize(copy, size, interpolation=cv2.INTER_AREA) if scale < 1 else copy)
    moved = scaled(size[0] / copy.shape[1], size[1] / copy.shape[0]) @ matrix
    far, mask = warped(original, moved, size)
    inside = mask > 0
    edge = cv2.erode(np.pad(mask, 1), np.ones((2 * EDGE + 1,) * 2, np.uint8))[1:-1, 1:-1] == 0
    corners = _filled(rounded(near, inside), near, far)
    edge |= cv2.dilate(corners.astype(np.uint8), np.ones((2 * MARGIN + 1,) * 2, np.uint8)) > 0
    ours, theirs, tone, color = _smooth(near), _smooth(far), 0.0, 1.0
    faint: Faint = (1.0, 1.0)
    alike = _alike(ours[0], theirs[0], ~edge)
    times = _times(size)
    edges = edge
    if times > 1:
        ours, theirs = _smooth(_drawn(near, times)), _smooth(_drawn(far, times))
        edges = _drawn(edge.astype(np.uint8), times) > 0
    strength, drawn = _strength(ours, theirs, edges, times), far
    if strength.max() > CHANGED:
        for each, shown in _explained(
            near, far, inside & ~corners, uneven=angled(matrix, original)
        ):
            toned = each.of(shown)
            told, less = _smooth(_drawn(toned, times)), each.faintness(_drawn(shown, times))
            again = _strength(ours, told, edges, times, less)
            if (again > CHANGED).sum() < CLEARLY * (strength > CHANGED).sum():
                strength, theirs, faint = again, told, less
                color = each.color if shown is far else 0.0
                drawn, off = toned, _off(toned, far)[inside]
                tone = float(max(off.mean(), np.percentile(off, 95) / 2))
            if strength.max() <= CHANGED:
                break
    filled = corners.any() and np.abs(near[corners].astype(float) - drawn[corners]).mean() > ROUGH
    surely = strength
    if strength.max() > CHANGED:
        surely = _strength(ours, theirs, edges, times, faint, shifted=SHIFTED)
    if times > 1:
        strength, surely = (
            np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA))
            for each in (strength, surely)
        )
    strength = np.maximum(strength, CHANGED / FINE * _texture(near, drawn, edge))
    return Compared(near, strength, inside, moved, tone, color, bool(filled), alike, surely)


def angled(matrix: Matrix, original: Pixels) -> bool:
    """This function will say whether a transform shows an original at so much of an angle that
    light may be uneven."""
    return bent(matrix, (original.shape[1], original.shape[0])) > BENT / 2


def _explained(
    near: Pixels, far: Pixels, inside: NDArray[np.bool_], *, uneven: bool
) -> Iterator[tuple[Tone, Pixels]]:
    """Yield the changes of tone that may lead from an original to its copy, and what they are
    changes of: it, or, of a copy without color, what is left of it without."""
    for each in tones(near, far, inside, uneven=uneven):
        yield each, far
    if tint_of(near, inside) is not None:
        grey = np.asarray(cv2.cvtColor(cv2.cvtColor(far, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))
        for each in tones(near, grey, inside, uneven=uneven, most_tint=MOST_STAINED):
            yield each, grey


def rounded(near: Pixels, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """This function will return where the corners of a picture are plain, as rounded ones are.

    ``near``: the copy, uint8 H×W×3; ``inside``: H×W, where the original lies. In each corner, H×W,
    what lies beyond the widest quarter circle, a tenth of the shorter side at most, beyond which
    there is one color only, and in a second corner the same: a single one may be anything. So
    little is no more than somebody may cut off.
    """
    left, top, width, height = cv2.boundingRect(inside.astype(np.uint8))
    found = np.zeros_like(inside)
    if not inside.any():
        return found
    whole = np.s_[top : top + height, left : left + width]
    calm = cv2.blur(near[whole], (3, 3)).astype(np.float32)
    most = round(ROUNDED * min(width, height))
    if most < NARROWEST:
        return found
    y, x = np.indices((most, most)) + 0.5
    radius = x + y + np.sqrt(2 * x * y)  # of the circle that passes through a place
    order = np.unravel_index(np.argsort(radius, axis=None)[: int((radius <= most).sum())], x.shape)
    widest, tips = [], []
    for down, along in _CORNERS:
        corner = calm[::down, ::along][:most, :most]
        tips.append(np.median(corner[:3, :3], axis=(0, 1)))
        off = np.abs(corner - tips[-1]).max(axis=2) > 2 * ROUGH
        shares = np.cumsum(off[order]) / np.arange(1, len(order[0]) + 1)
        plain = np.flatnonzero(shares <= STRAY)
        widest.append(float(radius[order][plain[-1]]) if len(plain) else 0.0)
    for k, (down, along) in enumerate(_CORNERS):
        alike = [
            abs(widest[k] - other) <= 0.2 * widest[k] and np.abs(tips[k] - tip).max() <= 2 * ROUGH
            for other, tip in zip(widest, tips, strict=True)
        ]
        beyond = radius < widest[k]
        drawn = inside[whole][::down, ::along][:most, :most][beyond]
        if widest[k] >= NARROWEST and sum(alike) >= 2 and drawn.mean() > _DRAWN:
            found[whole][::down, ::along][:most, :most] = beyond
    return found


def _filled(corners: NDArray[np.bool_], near: Pixels, far: Pixels) -> NDArray[np.bool_]:
    """Return those of the corners, H×W, that show another thing than the original: a plain one
    that shows the same needs no excuse, and excuses nothing near it."""
    if not corners.any():
        return corners
    count, labels = cv2.connectedComponents(corners.astype(np.uint8))
    off = _off(near, far)
    kept = [k for k in range(1, count) if off[labels == k].mean() > ROUGH]
    return np.asarray(np.isin(labels, kept))


def _off(one: Pixels, other: Pixels) -> Floats:
    """Return by how many levels two pictures differ, the mean of the channels, H×W float32."""
    red, green, blue = (each.astype(np.float32) for each in cv2.split(cv2.absdiff(one, other)))
    return np.asarray((red + green + blue) / 3)


def _seen(inside: NDArray[np.bool_], matrix: Matrix) -> float:
    """Return how many pixels of the original a grid shows where ``inside``."""
    back = np.linalg.inv(matrix)
    if not back[2, :2].any():  # every pixel shows as much
        return float(abs(np.linalg.det(back)) * np.count_nonzero(inside) / abs(back[2, 2]) ** 3)
    y, x = np.nonzero(inside)
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    return float(abs(np.linalg.det(back)) * (np.abs(depth) ** -3).sum())


def _times(size: tuple[int, ...]) -> float:
    """Return how many times as large a copy of a size is compared: 1 to ``FINER``."""
    return min(FINER, max(1.0, WORK / max(size)))


def _drawn(pixels: Pixels, times: float) -> Pixels:
    """Return a picture drawn so many times as large."""
    if times == 1:
        return pixels
    large = cv2.resize(pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large)


def _smooth(pixels: Pixels) -> Planes:
    """Luma and two color differences as float32, smoothed until recompression hardly shows."""
    luma, *colors = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    smoothed = cv2.GaussianBlur(luma, (0, 0), _LUMA_SMOOTHED)
    return smoothed, *(cv2.GaussianBlur(color, (0, 0), 2.4) for color in colors)


def _alike(ours: Floats, theirs: Floats, where: NDArray[np.bool_]) -> float:
    """Return the correlation of the details of two pictures, H×W each."""
    a, b = (each - cv2.GaussianBlur(each, (0, 0), 6.0) for each in (ours, theirs))
    a, b = a[where], b[where]
    if len(a) < LEAST_SEEN or b.std() < LEAST_DETAIL:
        return 0.0
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-9))


def _strength(
    ours: Planes,
    theirs: Planes,
    edge: NDArray[np.bool_],
    times: float,
    faint: Faint = (1.0, 1.0),
    *,
    shifted: int = 0,
) -> Floats:
    """Return, per pixel, the mean over 12×12 of how far each picture leaves the other's range.

    The range of a pixel is what the other picture holds within 2 pixels (color differences: 3):
    a shift or blur of a pixel stays inside it, another thing in its place does not. ``times``: as
    how many times as large they are drawn. ``faint``: by how much less the tone lets lightness and
    color differ (``Tone.faintness``). ``shifted``: pixels by which the original may lie elsewhere.
    """
    total = np.zeros(edge.shape, np.float32)
    kept = (~edge).astype(np.float32)
    far = 3 if times == 1 else 4  # the colors of a JPEG are half as fine as its pixels
    for c, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        reach = (far if c else 2) + round(shifted * times)
        kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
        for x, y in ((a, b), (b, a)):
            low, high = cv2.erode(y, kernel), cv2.dilate(y, kernel)
            np.subtract(x, high, out=high)
            np.subtract(low, x, out=low)
            out = np.maximum(high, low, out=high)
            np.maximum(out, 0, out=out)
            out *= kept
            out /= faint[min(c, 1)]
            np.maximum(total, cv2.blur(out, (12, 12)) * (1.3 if c else 1.0), out=total)
    return total / (1 + COARSER * (times - 1))


def _texture(near: Pixels, far: Pixels, edge: NDArray[np.bool_]) -> Floats:
    """Return, per pixel, by how many levels rms a copy is rougher than its original explains.

    Of what ``_smooth`` takes away, over 12×12: a pattern whose mean is that of what it covers is
    seen here only. What is smoother than the original was blurred or recompressed.
    """
    energies = []
    for pixels in (near, far):
        luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        fine = luma - cv2.GaussianBlur(luma, (0, 0), _LUMA_SMOOTHED)
        fine[edge] = 0
        energies.append(cv2.blur(fine * fine, (12, 12)))
    ours, theirs = energies
    if edge.all():
        return np.zeros_like(ours)
    more = np.maximum(ours - theirs, 0)
    near_it = cv2.dilate(theirs, np.ones((13, 13), np.uint8))
    most = SHARPER * near_it + NOISIER * np.quantile(more[~edge], 0.75)
    return np.asarray(np.sqrt(np.maximum(ours - most, 0)) + 2 * FINE * _spared(more, far, edge))


def _spared(more: Floats, far: Pixels, edge: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where, H×W, what roughens a copy is missing: letters in noise.

    Grain differs by lightness, and is lost where light is: like is held against like.
    """
    luma = cv2.GaussianBlur(cv2.cvtColor(far, cv2.COLOR_RGB2GRAY), (0, 0), 6)
    found, kept, noisy = np.zeros_like(edge), ~edge, more > NOISY**2
    seen, rough = (np.bincount(luma[each], minlength=256) for each in (kept, kept & noisy))
    for low in range(24, 232, 16):
        count = seen[low : low + 16].sum()
        # A fifth at least is noisy where the upper quartile is.
        if count >= LEAST_SEEN and rough[low : low + 16].sum() >= count / 5:
            alike = (luma >= low) & (luma < low + 16) & kept
            usual = np.quantile(more[alike], 0.75)
            found |= alike & (more < SPARED * usual) & (usual > NOISY**2)
    return np.asarray(cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5))) > 0)


def around(
    near: Pixels, inside: NDArray[np.bool_], margin: int = MARGIN
) -> tuple[tuple[NDArray[np.bool_], ...], float]:
    """This function will return what a copy shows beside its original, and how much is plain.

    ``near``: the copy, uint8 H×W×3; ``inside``: H×W, where the original lies; ``margin``: pixels
    by which its edge may be off. First, for each side (top, bottom, left, right) where there is
    more than one color or soft gradient, a rectangle around all that is more, H×W, without the
    original; then the share of the copy, 0 to 1, that is plain border, which is no change.
    """
    outside = ~inside
    if outside.mean() < 0.002 or not inside.any():
        return (), 0.0
    # Beyond the copy lies nothing: a border begins at the edge of the original only.
    wide = np.ones((2 * margin + 1,) * 2, np.uint8)
    clear = cv2.dilate(inside.astype(np.uint8), wide) == 0
    # What is close by rings in a JPEG: only what stands out far more is looked at.
    beside = cv2.dilate(inside.astype(np.uint8), np.ones((2 * max(3, margin // 3) + 1,) * 2)) == 0
    calm = cv2.blur(near, (3, 3)).astype(np.float32)
    found = []
    for side in _sides(inside):
        rough = _rough(calm, clear & side) | _rough(calm, beside & ~clear & side, _CLOSE * ROUGH)
        if rough.any():
            left, top, width, height = cv2.boundingRect(rough.astype(np.uint8))
            box = np.zeros_like(inside)
            box[top : top + height, left : left + width] = True
            found.append(box & side)
    taken = sum(float(each.mean()) for each in found)
    return tuple(found), float(outside.mean()) - taken


def _sides(inside: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """Return what lies above, below, left and right of the original, four times H×W."""
    left, top, width, height = cv2.boundingRect(inside.astype(np.uint8))
    rows, columns = np.indices(inside.shape)
    above, below = rows < top, rows >= top + height
    between = ~inside & ~above & ~below
    half = columns < left + width / 2
    return above, below, between & half, between & ~half


def _rough(calm: Floats, there: NDArray[np.bool_], least: float = ROUGH) -> NDArray[np.bool_]:
    """Return where, H×W, words or things stand out from the soft ground of one side.

    The ground is a quadratic surface for each channel, fitted robustly, so that it follows what
    is plain and not what stands on it. ``calm``: float32 H×W×3, levels; ``there``: H×W.
    """
    rows, columns = np.nonzero(there)
    if len(rows) < SPECK:
        return np.zeros_like(there)
    size = max(there.shape)
    x, y = columns / size, rows / size
    table = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    seen = calm[rows, columns].astype(np.float64)
    few = slice(None, None, max(1, len(rows) // 4_000))
    some, levels = table[few], seen[few]
    error = np.abs(levels - np.median(levels, axis=0)).max(axis=1)
    for _ in range(12):
        weight = 1 / (1 + (error / max(1.0, float(np.median(error)))) ** 2)
        normal = some.T @ (some * weight[:, None]) + 1e-6 * np.eye(6)
        ground = np.linalg.solve(normal, some.T @ (levels * weight[:, None]))
        error = np.abs(some @ ground - levels).max(axis=1)
    off = np.zeros(there.shape, np.uint8)
    off[rows, columns] = np.abs(table @ ground - seen).max(axis=1) > least
    joined = cv2.morphologyEx(off, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    large = np.flatnonzero(stats[:count, cv2.CC_STAT_AREA] >= SPECK)
    return np.asarray(np.isin(labels, large[large > 0]))


def boxes(*changed: NDArray[np.bool_]) -> tuple[tuple[Box, ...], float]:
    """This function will return the boxes around what is changed, the largest first, and its
    share of the whole, 0 to 1. Specks (``SPECK``) are none.

    Each of ``changed``: H×W; what lies in two of them has a box for each, so that a ring that
    comes as its four sides is not one box around the whole.
    """
    reach = max(3, max(changed[0].shape) // 60) | 1
    height, width = changed[0].shape
    speck = SPECK / _times((width, height)) ** 2
    rows, whole = [], np.zeros((height, width), bool)
    for each in changed:
        joined = cv2.morphologyEx(
            each.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)
        )
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
        large = [label for label in range(1, count) if stats[label, -1] >= speck]
        rows += [stats[label] for label in large]
        whole |= np.isin(labels, large)
    found = []
    for left, top, wide, high, _ in sorted(rows, key=lambda row: -row[4]):
        at = (100 * left / width, 100 * top / height, 100 * wide / width, 100 * high / height)
        found.append(Box(*(float(v) for v in at)))
    return tuple(found[:20]), float(whole.mean())

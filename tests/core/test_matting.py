"""The matte against the exact alpha of drawn figures."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sosie.core.matting import Matte, leftovers, lost, matte
from sosie.core.silhouette import person
from sosie.core.watermark import embed
from sosie.core.watermark_pattern import Key
from tests.figures import Drawn, draw


def errors(alpha: NDArray[np.float32], drawn: Drawn) -> tuple[float, float]:
    """Sum of absolute differences over the number of mixed pixels, and the mean square there."""
    mixed = (drawn.alpha > 0.01) & (drawn.alpha < 0.99)
    away = alpha - drawn.alpha
    return float(np.abs(away).sum() / mixed.sum()), float((away[mixed] ** 2).mean())


@pytest.mark.parametrize(
    ("look", "most"),
    [
        ({}, 0.15),
        ({"shadow": 0.3}, 0.26),
        ({"skin": (92, 60, 44), "hair": (22, 18, 16), "wall": (190, 172, 150)}, 0.13),
        ({"top": (244, 244, 242), "wall": (176, 174, 172)}, 0.19),
    ],
    ids=["plain", "cast shadow", "dark skin", "white on gray"],
)
def test_alpha_is_near_the_truth(look: dict[str, object], most: float) -> None:
    drawn = draw(**look)
    found = matte(drawn.pixels, person(drawn.pixels))
    total, square = errors(found.alpha, drawn)
    assert total < most
    assert square < 0.04


def test_a_hard_mask_would_fail_these_bounds() -> None:
    """The control: the silhouette alone, however exact, is no matte."""
    drawn = draw()
    total, square = errors((drawn.alpha > 0.5).astype(np.float32), drawn)
    assert total > 0.2
    assert square > 0.06


def test_strands_are_kept() -> None:
    drawn, bald = draw(strands=30), draw(strands=0)
    thin = (drawn.alpha > 0.3) & (bald.alpha < 0.01)
    assert thin.sum() > 100, "the drawing has no strands to lose"
    found = matte(drawn.pixels, person(drawn.pixels))
    assert found.alpha[thin].mean() > 0.7 * drawn.alpha[thin].mean()


def test_no_halo_before_a_dark_scene() -> None:
    drawn = draw(wall=(214, 212, 208), top=(60, 30, 40))
    found = matte(drawn.pixels, person(drawn.pixels))
    scene = np.array([18, 20, 30], np.float32)
    part = found.alpha[..., None]
    picture = part * found.colors + (1 - part) * scene
    clean = drawn.alpha[..., None]
    own = (drawn.pixels - (1 - clean) * drawn.backdrop) / np.maximum(clean, 0.05)
    truth = clean * np.clip(own, 0, 255) + (1 - clean) * scene
    rim = (drawn.alpha > 0.02) & (drawn.alpha < 0.98)
    pasted = part * drawn.pixels + (1 - part) * scene
    miss, control = (np.abs(one - truth)[rim].mean() for one in (picture, pasted))
    assert miss < 17
    assert miss < 0.6 * control, "cleaning the colors must take most of the old backdrop out"


def test_limbs_are_not_eaten() -> None:
    drawn = draw()
    found = matte(drawn.pixels, person(drawn.pixels))
    inner = drawn.alpha == 1
    assert (found.alpha[inner] > 0.98).mean() > 0.985


def test_where_alpha_is_one_the_colors_are_the_photograph() -> None:
    drawn = draw(256)
    found = matte(drawn.pixels, person(drawn.pixels))
    solid = found.alpha == 1
    assert solid.any()
    assert (found.colors[solid] == drawn.pixels[solid]).all()
    assert found.alpha.dtype == np.float32
    assert found.alpha.min() >= 0
    assert found.alpha.max() <= 1


def test_confidence_falls_when_person_and_backdrop_are_alike() -> None:
    clear, alike = draw(), draw(skin=(196, 194, 192), top=(200, 199, 196))
    confident = matte(clear.pixels, person(clear.pixels)).confidence
    known = alike.alpha > 0.99
    unsure = matte(alike.pixels, person(alike.pixels, known)).confidence
    assert confident > 0.9
    assert unsure < 0.6


def test_refuses_another_pictures_silhouette() -> None:
    with pytest.raises(ValueError, match="another size"):
        matte(draw(256).pixels, person(draw(512).pixels))


def _with_gaps(drawn: Drawn) -> tuple[Drawn, NDArray[np.bool_]]:
    """Return the drawing with slits of backdrop, 2 to 5 pixels wide, and where they are."""
    gaps = np.zeros(drawn.alpha.shape, np.uint8)
    for row, wide in ((0.44, 2), (0.5, 3), (0.56, 5)):
        at = round(row * len(gaps))
        inside = np.flatnonzero(drawn.alpha[at] > 0.5)
        cv2.line(gaps, (int(inside[0]) + 9, at), (int(inside[0]) + 9, at + 14), 1, wide)
    open_ = gaps > 0
    pixels = np.where(open_[..., None], drawn.backdrop, drawn.pixels).round().astype(np.uint8)
    return replace(drawn, pixels=pixels), open_


def test_the_backdrop_in_narrow_gaps_is_taken_out_and_what_is_left_is_found() -> None:
    """The control: with a matte that leaves the gaps shut, each of them is found."""
    drawn, gaps = _with_gaps(draw(900, strands=0))
    shape, scene = person(drawn.pixels), np.full(drawn.pixels.shape, (20, 40, 60), np.float32)
    found = matte(drawn.pixels, shape)
    alpha = np.where(gaps, 1, found.alpha).astype(np.float32)
    shut = Matte(alpha, drawn.pixels.astype(np.float32), 1.0)
    left = []
    for cut in (found, shut):
        part = cut.alpha[..., None]
        made = np.clip(part * cut.colors + (1 - part) * scene, 0, 255).astype(np.uint8)
        left.append(int(leftovers(made, drawn.pixels, shape, cut, scene).sum()))
    assert gaps.sum() > 100
    assert left[0] == 0
    assert left[1] > 0.6 * gaps.sum()


def _known_over_a_gap(drawn: Drawn) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what is known to be person, a part of a gap taken along; and that part of the gap."""
    known, gap = drawn.alpha >= 1, np.zeros(drawn.alpha.shape, bool)
    for row in range(round(0.5 * len(gap)), round(0.55 * len(gap))):
        body = np.flatnonzero(drawn.alpha[row] > 0)
        breaks = np.flatnonzero(np.diff(body) > 6)
        for k in breaks:
            gap[row, body[k] + 2 : body[k + 1] - 1] = True
    return known | gap, gap


def test_what_goes_on_as_backdrop_behind_the_outline_is_backdrop() -> None:
    drawn = draw()
    known, gap = _known_over_a_gap(drawn)
    assert gap.sum() > 100
    silhouette = person(drawn.pixels, known)
    assert silhouette.mask[gap].mean() > 0.9
    assert matte(drawn.pixels, silhouette).alpha[gap].mean() < 0.1


def test_what_has_an_edge_behind_the_outline_stays_hers() -> None:
    """The control: the same place, a little darker than the backdrop beside it."""
    drawn = draw()
    known, gap = _known_over_a_gap(drawn)
    pixels = drawn.pixels.copy()
    pixels[gap] = pixels[gap] - 14
    assert matte(pixels, person(pixels, known)).alpha[gap].mean() > 0.9


def test_a_print_of_the_backdrops_color_on_the_trunk_stays() -> None:
    drawn = draw(900, strands=0)
    pixels, prints = drawn.pixels.copy(), np.zeros(drawn.alpha.shape, np.bool_)
    prints[420:470, 334:340] = prints[500:504, 318:356] = True
    assert (drawn.top[prints] == 1).all()
    pixels[prints] = drawn.backdrop[prints].round()
    assert matte(pixels, person(pixels)).alpha[prints].min() == 1


def test_what_is_cut_off_a_light_garment_is_seen() -> None:
    drawn = draw(900, top=(244, 244, 242), wall=(176, 174, 172))
    outline = person(drawn.pixels)
    whole = matte(drawn.pixels, outline)
    assert lost(drawn.pixels, outline, whole) < 20
    rows, columns = np.nonzero(drawn.top > 0.99)
    bitten = whole.alpha.copy()
    cv2.circle(bitten, (int(columns.min()), int(np.median(rows))), 30, 0.0, -1)
    assert lost(drawn.pixels, outline, replace(whole, alpha=bitten)) > 100


def test_a_watermark_beside_the_outline_is_nothing_cut_off() -> None:
    drawn = draw(900)
    marked = embed(drawn.pixels, 0x0123_4567_89AB_CDEF, Key(bytes(range(32))))
    outline = person(marked)
    assert lost(marked, outline, matte(marked, outline)) < 50

"""What lies beside a picture: a plain border is no change, words and things in it are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sosie.core.difference import boxes
from sosie.core.fingerprint import confirm
from sosie.core.seal import INSIDE_ELSE
from sosie.core.sketch import Sketch, compare
from sosie.core.studio import Pixels
from tests.core.attacks import jpeg
from tests.core.plates import scene

BASE = scene(3)
SKETCH = Sketch.of(BASE)
HEIGHT, WIDTH = BASE.shape[:2]


def framed(page: Pixels) -> Pixels:
    """Return a page with the picture in the middle of its width, a fifth down its free height."""
    out = page.copy()
    top, left = (page.shape[0] - HEIGHT) // 5, (page.shape[1] - WIDTH) // 2
    out[top : top + HEIGHT, left : left + WIDTH] = BASE
    return out


def page(color: tuple[int, int, int], more: float = 1.5) -> Pixels:
    return np.full((round(HEIGHT * more), round(WIDTH * more), 3), color, np.uint8)


def gradient() -> Pixels:
    out = page((0, 0, 0)).astype(np.float32)
    out += np.linspace(60, 200, len(out))[:, None, None]
    return out.astype(np.uint8)


def lettered(under: Pixels, ink: int) -> Pixels:
    at, size = (WIDTH // 5, round(0.93 * under.shape[0])), WIDTH / 700
    out = under.copy()
    cv2.putText(out, "I voted for him", at, cv2.FONT_HERSHEY_SIMPLEX, size, (ink,) * 3, 3)
    return out


def sticker(under: Pixels) -> Pixels:
    out = under.copy()
    cv2.circle(out, (WIDTH // 3, round(0.93 * len(out))), WIDTH // 25, (255, 200, 0), -1)
    return out


WHITE, BLACK = page((255, 255, 255)), page((18, 18, 18))
PLAIN = {"white": WHITE, "black": BLACK, "colored": page((200, 90, 60)), "gradient": gradient()}
MORE = {
    "gray words": lettered(WHITE, 150),
    "black words in a wide frame": lettered(page((255, 255, 255), 2.2), 0),
    "pale words": lettered(BLACK, 200),
    "words on a gradient": lettered(gradient(), 255),
    "a sticker": sticker(WHITE),
}


@pytest.mark.parametrize("quality", [40, 90])
@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_border_is_no_change(name: str, quality: int) -> None:
    copy = jpeg(framed(PLAIN[name]), quality)
    for found in (confirm(copy, BASE), compare(copy, SKETCH)):
        assert found.matched
        assert found.regions == ()
        assert any("plain border" in words for words in found.differs)
        assert INSIDE_ELSE not in found.differs


@pytest.mark.parametrize("quality", [40, 90])
@pytest.mark.parametrize("name", MORE)
def test_words_and_things_in_a_border_are_a_change(name: str, quality: int) -> None:
    copy = jpeg(framed(MORE[name]), quality)
    for found in (confirm(copy, BASE), compare(copy, SKETCH)):
        assert found.matched
        assert INSIDE_ELSE in found.differs
        assert found.regions
        assert min(box.top for box in found.regions) > 60


def test_a_ring_is_said_side_by_side() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT // 20, WIDTH // 20, 3), np.uint8)
    busy = cv2.resize(noise, (round(WIDTH * 1.2), round(HEIGHT * 1.2)))
    found = confirm(jpeg(framed(busy), 90), BASE)
    assert len(found.regions) == 4
    assert all(min(box.width, box.height) < 30 for box in found.regions)
    # The control: as one mask, the same ring is one box around everything.
    ring = np.ones((100, 100), bool)
    ring[10:90, 10:90] = False
    (box,), _ = boxes(ring)
    assert (box.width, box.height) == (100, 100)

import cv2
import numpy as np
import pytest

from sosie.core.difference import SHIFTED, differences
from tests.core.plates import plate


def moved(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def test_what_surely_differs_differs_wherever_the_original_lies_near_by() -> None:
    original = plate(1)
    copy = original.copy()
    cv2.putText(copy, "SALE", (200, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, (220, 20, 40), 12)
    found = differences(copy, original, moved(0, 0))
    assert 0.9 * found.share < found.least <= found.share
    for x, y in ((SHIFTED, 0), (-SHIFTED, 0), (0, SHIFTED), (2, -3), (-1, 1)):
        other = differences(copy, original, moved(x, y))
        assert min(other.share, other.within) >= found.least


@pytest.mark.parametrize("away", [(3.0, 0.0), (2.0, -3.0)])
def test_what_is_only_laid_beside_itself_is_not_surely_different(away: tuple[float, float]) -> None:
    original = plate(1)
    found = differences(original, original, moved(*away))
    assert found.share > 0
    assert found.least == 0

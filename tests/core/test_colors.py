"""Colors by their names, where people read of an order."""

from __future__ import annotations

import pytest

from sosie.core.colors import color_name
from sosie.core.studio import Backdrop, Order, spoken


@pytest.mark.parametrize(
    ("color", "name"),
    [("#7a1f2b", "burgundy"), ("#20463a", "forest green"), ("#000000", "black")],
)
def test_a_color_is_called_by_the_nearest_that_has_a_name(color: str, name: str) -> None:
    assert color_name(color) == name


def test_an_order_is_told_without_hexadecimal_digits() -> None:
    scene = Backdrop(scene="paper", colour="#cdb9a5")
    order = Order(plate="front-half", garment_colour="#7a1f2b", backdrop=scene)
    assert spoken(order) == "front-half; top in burgundy; before paper in beige"

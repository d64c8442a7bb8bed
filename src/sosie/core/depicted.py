"""What is said of a picture: how it was made, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator

from sosie.core.colors import color_name
from sosie.core.studio import Order


def disclosure(twin: str) -> str:
    """This function will say to people how the picture was made (AI Act, Article 50(4))."""
    return (
        f"Made with the digital twin of {twin}, with the model's consent. "
        "This image was digitally created and is not a photograph of the scene it shows."
    )


def alt_text(twin: str, view: str, order: Order) -> str:
    """This function will describe a picture for those who do not see it."""
    return ", ".join(shown(twin, view, order)) + "."


def shown(twin: str, view: str, order: Order) -> Iterator[str]:
    """This function will say what a picture shows, one thing after the other."""
    view = view.replace("-", " ")
    yield f"Digital twin of {twin}, {view} view"
    if order.garment_colour:
        yield f"{_WORN[order.garment]} in the color {color_name(order.garment_colour)}"
    elif order.garment_swatch:
        yield f"{_WORN[order.garment]} in another cloth"
    if order.backdrop:
        yield _SCENES[order.backdrop.scene]


_WORN = {"top": "the top", "bottom": "the lower garment", "dress": "the dress"}
_SCENES = {
    "cyclorama": "before a cyclorama",
    "plain": "before a plain backdrop",
    "window": "before a wall in window light",
    "paper": "before a paper backdrop",
    "concrete": "before a concrete wall",
    "photograph": "before a photographed place",
}

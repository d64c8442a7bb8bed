"""What a model is told in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sosie.core.studio import Order

TRIGGER = "a photo of twn person"
"""The words that weights of a twin are trained with."""
_SCENES: Mapping[str, str] = MappingProxyType(
    {
        "plain": "a plain seamless backdrop",
        "cyclorama": "a white cyclorama studio",
        "window": "a wall with soft window light",
        "paper": "a backdrop of colored paper",
        "concrete": "a raw concrete wall",
        "photograph": "the place of the given photograph",
    }
)


def prompt(order: Order, files: Sequence[str], *, twin: bool) -> str:
    """This function will say an order in the words of a prompt.

    ``files`` are the names of the files whose pictures are handed in after the person's own;
    ``twin`` says whether weights of the twin are loaded.
    """
    at = {name: f"image {number}" for number, name in enumerate(files, start=2)}
    said = [f"{TRIGGER}."] if twin else []
    if order.wear:
        said.append(
            f"Dress the person of image 1 in the garment of {at[order.wear]}."
            if order.wear in at
            else "Make the garment that she wears look real: folds, shade, seams."
        )
    if order.garment_swatch in at:
        said.append(f"Her {order.garment} is made of the cloth of {at[order.garment_swatch]}.")
    if order.garment_colour:
        said.append(f"Her {order.garment} has the color {order.garment_colour}.")
    if order.backdrop:
        color = f" in {order.backdrop.colour}" if order.backdrop.colour else ""
        said.append(f"Behind her is {_SCENES[order.backdrop.scene]}{color}.")
    said.append("Her face, hair, hands, pose and body stay as they are.")
    return " ".join([*said, order.words]).strip()

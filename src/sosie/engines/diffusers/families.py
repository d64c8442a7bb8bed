"""The families of weights that the engine can load, as data.

License and use are what each repository says of itself on its card; `sosie weights add` reads the
card that lies in the folder and refuses another license than the one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Takes(StrEnum):
    """How a pipeline is handed the person, the garment and the structure."""

    PICTURES = "pictures"
    """The person, dressed by `atelier` where it can, and the garment, as a list."""
    PICTURE = "picture"
    """One picture: the person as `atelier` dressed her."""
    MASK = "mask"
    """That picture, and the mask of what may change."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of weights: where they come from, what their license allows, how they are called."""

    name: str
    repository: str
    """Where its owner publishes it on the Hugging Face hub."""
    license: str
    """SPDX identifier, or the license's own name."""
    declared: tuple[str, ...]
    """What the card of the repository says under `license_name` or `license`."""
    commercial_use: bool
    pipeline: str
    """The class in `diffusers`, and `_class_name` in `model_index.json`."""
    takes: Takes
    steps: int
    guidance: float
    guided_by: str
    """The argument of the pipeline that `guidance` goes to."""
    area: int = 1024 * 1024
    """Pixels of a picture as it was trained on; others are scaled to as many."""
    multiple: int = 16
    """Sides are a multiple of this."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Other arguments of the pipeline."""
    trainable: bool = False
    """Whether weights of a twin can be trained on it here."""


FAMILIES = {
    family.name: family
    for family in (
        Family(
            name="flux2-klein",
            repository="black-forest-labs/FLUX.2-klein-4B",
            license="Apache-2.0",
            declared=("apache-2.0",),
            commercial_use=True,
            pipeline="Flux2KleinPipeline",
            takes=Takes.PICTURES,
            steps=4,
            guidance=1.0,
            guided_by="guidance_scale",
            trainable=True,
        ),
        Family(
            name="qwen-image-edit-plus",
            repository="Qwen/Qwen-Image-Edit-2511",
            license="Apache-2.0",
            declared=("apache-2.0",),
            commercial_use=True,
            pipeline="QwenImageEditPlusPipeline",
            takes=Takes.PICTURES,
            steps=40,
            guidance=4.0,
            guided_by="true_cfg_scale",
            more={"negative_prompt": " "},
        ),
        Family(
            name="flux-kontext",
            repository="black-forest-labs/FLUX.1-Kontext-dev",
            license="FLUX.1 [dev] Non-Commercial License",
            declared=("flux-1-dev-non-commercial-license",),
            commercial_use=False,
            pipeline="FluxKontextPipeline",
            takes=Takes.PICTURE,
            steps=28,
            guidance=2.5,
            guided_by="guidance_scale",
            more={"_auto_resize": False},
        ),
        Family(
            name="sdxl-inpaint",
            repository="diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
            license="CreativeML Open RAIL++-M",
            declared=("openrail++",),
            commercial_use=True,
            pipeline="StableDiffusionXLInpaintPipeline",
            takes=Takes.MASK,
            steps=30,
            guidance=7.5,
            guided_by="guidance_scale",
            multiple=8,
            more={"strength": 0.75},
        ),
    )
}
"""By name. The license of SDXL forbids some uses (its attachment A) and allows commercial ones."""

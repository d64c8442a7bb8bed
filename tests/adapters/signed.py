"""Sealed pictures of every format for tests, and how the library reports them."""

from __future__ import annotations

import io
import json
from typing import Any

from c2pa import Context, Reader

from sosie.adapters import credentials
from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.seal import SOURCE_TYPES, Ingredient, Metadata
from tests.adapters.houses import House, claim
from tests.core.plates import plate

FIELDS = Metadata(
    source_type=SOURCE_TYPES + "composite",
    credit="Nora (digital twin)",
    licensor_name="Nora",
    description="A dress, in 3 colors",
    alt_text="Digital twin of Nora, front view",
    disclosure="Made with the digital twin of Nora, with her consent.",
    copyright="License L-1",
    seal_number=7,
)
PLATE = PillowPictures().encode(plate(2, height=300))
INGREDIENT = Ingredient("plate front", PLATE)


def unsealed(format: FileFormat) -> bytes:
    """This function will draw a picture with all its fields, in some format."""
    return PillowPictures().encode(plate(1, height=300), FIELDS, format=format)


def sealed(house: House, format: FileFormat) -> bytes:
    """This function will draw such a picture and seal it."""
    return house.credentials.sign(unsealed(format), claim(ingredients=(INGREDIENT,)))


def reported(house: House, data: bytes, format: FileFormat) -> dict[str, Any]:
    """This function will return the library's report on a file, as crJSON."""
    with (
        Context.from_dict(credentials._settings(house.root_pem)) as context,
        Reader(format.media_type, io.BytesIO(data), context=context) as reader,
    ):
        return dict(json.loads(reader.crjson()))


def manifests(data: bytes, format: FileFormat = FileFormat.JPEG) -> list[dict[str, Any]]:
    """This function will return the manifests of a file, the active one first."""
    with (
        Context.from_dict(credentials._settings("")) as context,
        Reader(format.media_type, io.BytesIO(data), context=context) as reader,
    ):
        found = json.loads(reader.json())
    active = found["active_manifest"]
    rest = [each for label, each in found["manifests"].items() if label != active]
    return [found["manifests"][active], *rest]

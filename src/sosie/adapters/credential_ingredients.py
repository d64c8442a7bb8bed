"""Ingredients of a claim, with the manifests that they brought along.

A manifest is kept so that its signature can still be checked, with how it was validated here. What
it shows or may name (thumbnails, metadata, whatever is nobody's standard) is redacted, as C2PA
allows (specification 2.4, section 6.8): a plate is there to make pictures, not to be shown.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from c2pa import Builder, C2paError, Context, Reader

from sosie.core.seal import Ingredient

_KEPT = (
    "c2pa.actions",
    "c2pa.certificate-status",
    "c2pa.hash.",
    "c2pa.ingredient",
    "c2pa.soft-binding",
    "c2pa.time-stamp",
    "cawg.training-mining",
    "org.sosie.license",
)
"""Beginnings of the assertions that stay."""


@dataclass(frozen=True, slots=True)
class Brought:
    """An ingredient, as a builder takes it."""

    ingredient: Ingredient
    report: Mapping[str, Any] = field(default_factory=dict)
    """What the library says of its manifest; empty where it brought none that can be read."""
    redacted: tuple[str, ...] = ()
    """URIs of the assertions that are left out of it."""

    def definition(self) -> dict[str, Any]:
        """This function will state the ingredient, known by the digest of its bytes; no thumbnail
        is kept."""
        item = self.ingredient
        said: dict[str, Any] = {
            "title": item.title,
            "relationship": item.relationship,
            "instance_id": item.id,
            "label": item.id,
        }
        if item.manifest is not None and self.report:
            said |= {
                "active_manifest": self.report["active_manifest"],
                "validation_results": self.report["validation_results"],
                "manifest_data": {"format": "application/c2pa", "identifier": self._store},
            }
        return said

    @property
    def _store(self) -> str:
        return f"{self.ingredient.id}.c2pa"

    @property
    def listed(self) -> bool:
        """Whether it is listed in the manifest's definition: else ``add`` hands over its file."""
        return not self.report or self.ingredient.manifest is not None

    def add(self, builder: Builder) -> None:
        """This function will hand over the file or the store that holds its manifest, if any."""
        item = self.ingredient
        if not self.listed:
            said = json.dumps(self.definition())
            builder.add_ingredient(said, item.media_type, io.BytesIO(item.data))
        elif self.report and item.manifest is not None:
            builder.add_resource(self._store, io.BytesIO(item.manifest))


def brought(ingredient: Ingredient, settings: Mapping[str, Any]) -> Brought:
    """This function will look for the manifest of an ingredient, in its bytes or beside them.

    What cannot be read counts as none: the ingredient is then known by its digest alone.
    """
    if not ingredient.data:
        return Brought(ingredient)
    try:
        with (
            Context.from_dict(dict(settings)) as context,
            Reader(
                ingredient.media_type,
                io.BytesIO(ingredient.data),
                ingredient.manifest,
                context=context,
            ) as reader,
        ):
            report, parts = json.loads(reader.json()), json.loads(reader.crjson())["manifests"]
            here = ingredient.manifest is not None or reader.is_embedded()
    except (C2paError, ValueError, KeyError, RecursionError):
        return Brought(ingredient)
    if not here or not report.get("validation_results"):
        return Brought(ingredient)
    return Brought(ingredient, report, _shown(parts))


def _shown(manifests: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the URIs of what shows or may name something, in a manifest and its ingredients."""
    gone = {
        uri
        for part in manifests
        for uri in part.get("claim.v2", part.get("claim", {})).get("redacted_assertions") or []
    }
    found = (
        f"self#jumbf=/c2pa/{part['label']}/c2pa.assertions/{label}"
        for part in manifests
        for label in part.get("assertions") or {}
        if not label.startswith(_KEPT)
    )
    return tuple(uri for uri in found if uri not in gone)

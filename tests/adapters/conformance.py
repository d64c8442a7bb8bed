"""What the C2PA asset rubric (conformance 0.2, specification 2.4) asks of a manifest, in our words.

Works on crJSON, the form in which C2PA readers report a file. The rubric itself is data of others
and is run where it is given (`test_conformance.py`).
"""

from __future__ import annotations

from typing import Any

OLD_ACTIONS = {
    "c2pa.copied",
    "c2pa.formatted",
    "c2pa.version_updated",
    "c2pa.printed",
    "c2pa.managed",
    "c2pa.produced",
    "c2pa.saved",
    "c2pa.color_adjustments",
    "c2pa.watermarked",
}
OURS = {
    "c2pa.created",
    "c2pa.opened",
    "c2pa.placed",
    "c2pa.adjustedColor",
    "c2pa.edited",
    "c2pa.cropped",
    "c2pa.redacted",
    "c2pa.watermarked.bound",
}
UNSEEN = {"c2pa.created", "c2pa.opened", "c2pa.placed", "c2pa.redacted", "c2pa.watermarked.bound"}
LABELS = {"c2pa.actions.v2", "c2pa.ingredient.v3", "c2pa.soft-binding", "c2pa.hash.data"}
LABELS |= {"c2pa.hash.bmff.v3", "c2pa.thumbnail.claim"}


def problems(report: dict[str, Any]) -> list[str]:
    """This function will name every rule that the active manifest of a report breaks."""
    manifest = report["manifests"][0]
    assertions: dict[str, Any] = manifest["assertions"]
    actions = assertions.get("c2pa.actions.v2", {}).get("actions", [])
    ingredients = [data for data in assertions.values() if "relationship" in data]
    found = [*_of_the_claim(manifest), *_of_the_actions(actions)]
    if assertions.get("c2pa.actions.v2", {}).get("allActionsIncluded") is None:
        found.append("it does not say whether all actions are included")
    return [*found, *_of_the_labels(assertions), *_of_the_ingredients(ingredients)]


def _of_the_labels(assertions: dict[str, Any]) -> list[str]:
    found = []
    for label, data in assertions.items():
        base = label.split("__")[0]
        if base.startswith("c2pa.") and base not in LABELS:
            found.append(f"assertion {label} is old, or not of the specification")
        if label.startswith("stds.") or "." not in label:
            found.append(f"assertion {label} is in nobody's name space")
        if base.startswith("c2pa.hash.") and "url" in data:
            found.append("a hash names a url")
    return found


def _of_the_ingredients(ingredients: list[dict[str, Any]]) -> list[str]:
    found = []
    for item in ingredients:
        if item["relationship"] not in ("parentOf", "componentOf", "inputTo"):
            found.append("an ingredient has no known relationship")
        if ("activeManifest" in item) != ("validationResults" in item):
            found.append("an ingredient with a manifest goes with how it was validated")
        if "activeManifest" in item and "digitalSourceType" in item:
            found.append("an ingredient with a manifest needs no source type")
    return found


def _of_the_claim(manifest: dict[str, Any]) -> list[str]:
    claim = manifest["claim.v2"]
    results = manifest.get("validationResults")
    found = []
    if not str(claim["claim_generator_info"].get("specVersion", "")).startswith("2.4"):
        found.append("the generator does not name the version of the specification")
    if "specVersion" in claim:
        found.append("the claim names the version of the specification itself")
    if not manifest["label"].startswith("urn:c2pa:"):
        found.append("its label is of an old form")
    if results is None:
        return [*found, "there are no validation results"]
    bad = {entry["code"] for entry in results["failure"]} - {"signingCredential.untrusted"}
    if bad:
        found.append(f"it does not validate: {', '.join(sorted(bad))}")
    urls = [item["url"] for item in claim["created_assertions"] if "c2pa.actions" in item["url"]]
    if not urls or not urls[0].endswith("c2pa.actions.v2"):
        found.append("the actions are not a created assertion")
    return found


def _of_the_actions(actions: list[dict[str, Any]]) -> list[str]:
    found = []
    names = [item["action"] for item in actions]
    if not names or names[0] not in ("c2pa.created", "c2pa.opened"):
        found.append("it does not begin with how it came to be")
    for item in actions:
        name, source = item["action"], item.get("digitalSourceType")
        parameters = item.get("parameters", {})
        if name in OLD_ACTIONS:
            found.append(f"{name} is an old action")
        elif name.startswith("c2pa.") and name not in OURS:
            found.append(f"{name} is no action that we make")
        if name == "c2pa.opened" and source is not None:
            found.append("what was opened has no source type of its own")
        if name == "c2pa.created" and source is None:
            found.append("what was created has a source type")
        if name not in UNSEEN and source is None:
            found.append(f"{name} can be seen and has no source type")
        if name == "c2pa.opened" and len(parameters.get("ingredients", [])) != 1:
            found.append("what was opened names one parent")
        if set(parameters) - {"redacted" if name == "c2pa.redacted" else "ingredients"}:
            found.append(f"{name} has parameters of another name")
    return found

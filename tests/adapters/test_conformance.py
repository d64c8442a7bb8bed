"""Our manifests against the C2PA asset rubric: in our words always, itself where it is given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sosie.core.file_format import FileFormat
from sosie.core.seal import Action, Claim, Ingredient
from tests.adapters.conformance import problems
from tests.adapters.houses import PREVIEW, House, claim
from tests.adapters.signed import INGREDIENT, reported, sealed, unsealed

RUNNER = Path(__file__).parent / "readers" / "rubric.mjs"


def claims(ours: House) -> dict[str, Claim]:
    """Every kind of claim that we make."""
    master = Ingredient("master", sealed(ours, FileFormat.JPEG), "parentOf")
    made = claim(ingredients=(INGREDIENT,))
    changed = (
        Action("c2pa.adjustedColor", "the worn garment was given a new color"),
        Action("c2pa.edited", "the backdrop was replaced"),
    )
    return {
        "master": replace(made, actions=changed),
        "marked master": replace(made, actions=changed, watermark="0123456789abcdef"),
        "rendition": replace(
            made, actions=(Action("c2pa.cropped"),), ingredients=(master,), preview=PREVIEW
        ),
    }


KINDS = ("master", "marked master", "rendition")


@pytest.mark.parametrize("format", FileFormat)
@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_breaks_no_rule(ours: House, kind: str, format: FileFormat) -> None:
    data = ours.credentials.sign(unsealed(format), claims(ours)[kind])
    assert problems(reported(ours, data, format)) == []


def test_the_rules_can_be_broken(ours: House) -> None:
    report = reported(ours, sealed(ours, FileFormat.JPEG), FileFormat.JPEG)

    def broken(change: str) -> list[str]:
        data: dict[str, Any] = json.loads(json.dumps(report))
        exec(change, {"m": data["manifests"][0], "a": data["manifests"][0]["assertions"]})  # noqa: S102
        return problems(data)

    actions = "a['c2pa.actions.v2']"
    for change in (
        "del m['claim.v2']['claim_generator_info']['specVersion']",
        "m['label'] = 'urn:uuid:1'",
        "m['validationResults']['failure'].append({'code': 'assertion.dataHash.mismatch'})",
        "m['claim.v2']['created_assertions'] = []",
        f"del {actions}['allActionsIncluded']",
        f"del {actions}['actions'][0]",
        f"del {actions}['actions'][0]['digitalSourceType']",
        f"del {actions}['actions'][1]['digitalSourceType']",
        f"{actions}['actions'][1]['action'] = 'c2pa.color_adjustments'",
        f"{actions}['actions'][0]['action'] = 'c2pa.opened'",
        "a['stds.schema-org.CreativeWork'] = {}",
        "a['c2pa.actions'] = {}",
        "a['c2pa.ingredient.v3']['relationship'] = 'cousinOf'",
    ):
        assert broken(change), change
    assert broken("pass") == []


@pytest.mark.rubric
def test_the_rubric_itself_passes_every_statement(ours: House, tmp_path: Path) -> None:
    """`SOSIE_C2PA_RUBRIC` names its YAML, `SOSIE_NODE_MODULES` where `@adobe/json-formula` is."""
    rubric, modules = os.environ.get("SOSIE_C2PA_RUBRIC"), os.environ.get("SOSIE_NODE_MODULES")
    node = shutil.which("node")
    if not (rubric and modules and node):
        pytest.skip("no rubric: name its YAML in `SOSIE_C2PA_RUBRIC`, and see `SOSIE_NODE_MODULES`")
    files = []
    for kind, made in claims(ours).items():
        for format in FileFormat:
            path = tmp_path / f"{kind}.{format}.json"
            data = ours.credentials.sign(unsealed(format), made)
            path.write_text(json.dumps(reported(ours, data, format)), encoding="utf-8")
            files.append(path)
    command = [node, str(RUNNER), modules, rubric, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said) >= len(files)
    assert [statement for statement in said if not statement["passed"]] == []

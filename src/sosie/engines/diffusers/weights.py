"""Weights in a folder, pinned: `weights.lock.json` holds the SHA-256 of every file.

Nothing is ever fetched. Nobody here can know what the owner's files hash to, so a lock says what
lay in the folder when a person vouched for it, and each load finds the same bytes or refuses.
Format: docs/formats/weights.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.values import BadInput, Digest, canonical, digest
from sosie.engines.diffusers.families import FAMILIES, Family

LOCK = "weights.lock.json"
LOADED = frozenset({".json", ".safetensors", ".txt", ".model", ".jinja"})
"""Ends of the names of files that a pipeline reads; pickles and programs are none of them."""
_UNSAFE = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".py", ".msgpack", ".onnx"})
_REVISION = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder of weights as it was vouched for."""

    folder: Path
    family: Family
    revision: str
    """The commit of the owner's repository; empty where the folder does not tell."""
    steps: int
    area: int
    files: Mapping[str, Digest]

    @property
    def lock(self) -> dict[str, Any]:
        """What the lock file says."""
        return {
            "sosie": "weights/1",
            "family": self.family.name,
            "repository": self.family.repository,
            "revision": self.revision,
            "license": self.family.license,
            "steps": self.steps,
            "area": self.area,
            "files": dict(self.files),
        }

    @property
    def digest(self) -> Digest:
        """The digest of the files' digests by name: tells these weights from all others."""
        return digest(canonical(dict(self.files)))


def add(
    folder: Path,
    *,
    family: str,
    revision: str = "",
    steps: int | None = None,
    area: int | None = None,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Weights:
    """This function will hash the weights in a folder and write its lock file.

    ``steps`` and ``area`` (pixels) replace those of the family. Raises ``BadInput``:
    ``weights.family``, ``weights.folder``, ``weights.unsafe`` for pickles and programs,
    ``weights.license`` if the folder's own card (`README.md`) says another license or none.
    """
    known = FAMILIES.get(family)
    if known is None:
        raise _bad(f"there is no such family; there are {', '.join(FAMILIES)}", family, "family")
    _fits(folder, known)
    files: dict[str, Digest] = {}
    names = _names(folder)
    for number, name in enumerate(names):
        progress(number / len(names), name)
        files[name] = _hash(folder / name)
    progress(1.0, "hashed")
    made = Weights(
        folder,
        known,
        revision or _revision(folder),
        steps or known.steps,
        area or known.area,
        files,
    )
    (folder / LOCK).write_text(json.dumps(made.lock, indent=2) + "\n", encoding="utf-8")
    return made


def read(folder: Path) -> Weights:
    """This function will read the lock file of a folder.

    Raises ``BadInput``: ``weights.lock``, and as ``add`` does where the folder is no longer of that
    family and license: what the lock says is not believed alone.
    """
    try:
        said = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        if said.pop("sosie") != "weights/1":
            raise ValueError("another format")
        files = {str(name): Digest(str(value)) for name, value in said["files"].items()}
        family = FAMILIES[said["family"]]
        revision, steps, area = str(said["revision"]), int(said["steps"]), int(said["area"])
    except OSError:
        raise _bad(f"there is no `{LOCK}`", str(folder), "lock") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _bad("this is no `weights/1`", str(folder / LOCK), "lock") from None
    _fits(folder, family)
    return Weights(folder, family, revision, steps, area, files)


def verify(weights: Weights) -> None:
    """This function will hash every file again; raises ``BadInput`` (``weights.changed``) if one is
    absent, changed or new."""
    found = set(_names(weights.folder))
    for name in sorted(found ^ set(weights.files)):
        what = "was not there when they were added" if name in found else "is absent"
        raise _bad(f"`{name}` {what}", str(weights.folder), "changed")
    for name, pinned in weights.files.items():
        if _hash(weights.folder / name) != pinned:
            raise _bad(f"`{name}` is not what it was", str(weights.folder), "changed")


def _fits(folder: Path, family: Family) -> None:
    """Refuse a folder that holds no such pipeline, or another license than the table says."""
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        pipeline = index["_class_name"]
    except (OSError, ValueError, KeyError, TypeError):
        raise _bad("there is no `model_index.json` of a pipeline", str(folder), "folder") from None
    if pipeline != family.pipeline:
        text = f"it holds a `{pipeline}`; `{family.name}` is a `{family.pipeline}`"
        raise _bad(text, str(folder), "family")
    unsafe = [path.name for path in folder.rglob("*") if path.suffix in _UNSAFE]
    if unsafe:
        text = f"`{unsafe[0]}` could run a program when it is read; keep the `.safetensors` alone"
        raise _bad(text, str(folder), "unsafe")
    if not any(name.endswith(".safetensors") for name in _names(folder)):
        raise _bad("it holds no `.safetensors`", str(folder), "folder")
    said = _declared(folder)
    if said not in family.declared:
        text = f"its card says the license `{said}`" if said else "its card says no license"
        text += f"; `{family.name}` is under {family.license} ({', '.join(family.declared)})"
        raise _bad(text, str(folder / "README.md"), "license")


def _declared(folder: Path) -> str:
    """Return the license that the folder's card names, in lower case; empty if none."""
    try:
        card = (folder / "README.md").read_text(encoding="utf-8")
    except OSError:
        return ""
    head = re.match(r"---\n(.*?)\n---", card, re.DOTALL)
    pairs = re.findall(
        r"^(license|license_name):\s*[\"']?([^\s\"']+)", head[1] if head else "", re.M
    )
    said = dict(pairs)
    return str(said.get("license_name", said.get("license", ""))).lower()


def _names(folder: Path) -> list[str]:
    """Return the files that a pipeline may read, in a fixed order."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != LOCK)
    names = (path.relative_to(folder) for path in paths)
    return sorted(
        name.as_posix()
        for name in names
        if name.suffix in LOADED | _UNSAFE and not any(part[0] == "." for part in name.parts)
    )


def _revision(folder: Path) -> str:
    """Return the commit that the hub's own client noted beside the files; empty if it did not."""
    if _REVISION.fullmatch(folder.resolve().name):
        return folder.resolve().name
    noted = folder / ".cache" / "huggingface" / "download" / "model_index.json.metadata"
    first = noted.read_text(encoding="utf-8").split("\n")[0] if noted.is_file() else ""
    return first if _REVISION.fullmatch(first) else ""


def _hash(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest("sha256:" + hashlib.file_digest(file, "sha256").hexdigest())


def _bad(what: str, where: str, code: str) -> BadInput:
    remedies = {
        "family": "name the family that the folder holds",
        "folder": "name a folder as `hf download` or `save_pretrained` writes it",
        "license": "fetch the weights with their card from where they are published",
        "unsafe": "remove what is not needed",
        "lock": "call `sosie weights add FOLDER --family NAME` once",
        "changed": "fetch them again, or vouch for them anew with `sosie weights add`",
    }
    return BadInput(what, where=where, remedy=remedies[code], code=f"weights.{code}")

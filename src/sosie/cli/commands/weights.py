"""`sosie weights`: the weights of models that the engine `diffusers` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import AsJson, answer, bar, table

app = typer.Typer(no_args_is_help=True, help="Weights of models that you brought, pinned.")


@app.command()
def families(as_json: AsJson = False) -> None:
    """List the families of weights that can be loaded, with license and whether commercial use is
    allowed."""
    from sosie.engines.diffusers.families import FAMILIES

    said = {
        name: {
            "repository": family.repository,
            "license": family.license,
            "commercial_use": family.commercial_use,
            "trainable": family.trainable,
        }
        for name, family in FAMILIES.items()
    }
    rows = [
        (
            name,
            each["repository"],
            each["license"],
            "yes" if each["commercial_use"] else "no: refused",
            "yes" if each["trainable"] else "no",
        )
        for name, each in said.items()
    ]
    columns = ["family", "repository", "license", "commercial use", "Twin LoRA"]
    answer(as_json, {"families": said}, table("Families", columns, rows))


@app.command()
def add(
    folder: Path,
    family: Annotated[str, typer.Option(help="see `sosie weights families`")],
    revision: Annotated[str, typer.Option(help="commit of the repository; else read")] = "",
    steps: Annotated[int | None, typer.Option(min=1, help="instead of the family's")] = None,
    area: Annotated[
        int | None, typer.Option(min=4096, help="pixels of a picture, instead of the family's")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hash the weights in a folder, check their license, and write `weights.lock.json`.

    Nothing is fetched. `SOSIE_WEIGHTS` then names the folder to the engine `diffusers`, which loads
    these bytes and no others.
    """
    from sosie.engines.diffusers import weights

    with bar() as progress:
        task = progress.add_task(f"Hashing {folder.name}", total=1.0)
        made = weights.add(
            folder,
            family=family,
            revision=revision,
            steps=steps,
            area=area,
            progress=lambda share, what: progress.update(task, completed=share),
        )
    known = made.revision or "unknown"
    text = f"{len(made.files)} files of `{family}` are pinned (revision {known}): {made.digest}"
    if not made.family.commercial_use:
        text += f"\nunder {made.family.license} no picture of a twin is made with them"
    text += f"\nset SOSIE_WEIGHTS={folder}"
    answer(as_json, made.lock | {"digest": made.digest}, text)


@app.command()
def verify(folder: Path, as_json: AsJson = False) -> None:
    """Hash every file again and compare."""
    from sosie.engines.diffusers import weights

    found = weights.read(folder)
    weights.verify(found)
    text = f"{len(found.files)} files are what they were: {found.digest}"
    answer(as_json, {"files": len(found.files), "digest": found.digest}, text)

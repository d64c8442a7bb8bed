"""`sosie demo`: the whole chain on the sample shoot, or on photographs of your own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import AsJson, Exit, answer, console, now
from sosie.core.values import BadInput

MARK = "demo.txt"


def demo(
    photos: Annotated[
        Path | None, typer.Option(help="photographs of people instead of the sample shoot")
    ] = None,
    workspace: Annotated[Path, typer.Option(help="folder to make it in")] = Path("demo"),
    as_json: AsJson = False,
) -> int:
    """Walk the whole chain: consent, twin, license, shoot, decide, approve, seal, release, pay,
    verify, and what must be refused. A demo that stands in the folder is made anew."""
    from sosie.cli import story
    from sosie.cli.commands import web

    _clear(workspace)
    cast = story.cast_of_photos(photos, workspace) if photos else story.sample_cast()
    told = story.tell(workspace, cast)
    answer(as_json, told.as_dict(), "")
    if not as_json:
        told.show()
        console.print("\nEach of these links lets one person into the pages, once (`make serve`):")
        shown = web.shown(web.links(web.SITE, now=now()), web.passphrases(workspace))
        console.print(shown, markup=False, soft_wrap=True)
    if told.unexpected:
        console.print(f"{len(told.unexpected)} steps did not go as they must", style="bold red")
        for line in told.unexpected:
            console.print(f"  {line}", markup=False)
        return Exit.REFUSED
    return Exit.DONE


def _clear(folder: Path) -> None:
    """Remove an earlier demo; anything else in the folder is left alone and refused."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARK).exists():
        raise BadInput(
            "the folder holds something that is no demo",
            where=str(folder),
            remedy="name another with `--workspace DIR`",
            code="workspace.present",
        )
    shutil.rmtree(folder)

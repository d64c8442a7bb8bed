"""`sosie log`: list, fsck, publish, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows, searched
from sosie.cli.terminal import AsJson, Exit, Workspace, answer, opened, reasons_text
from sosie.core.values import BadInput

app = typer.Typer(no_args_is_help=True, help="The transparency log: append-only, checkable.")


@app.command("list")
def list_(
    last: Annotated[int, typer.Option(min=1, help="this many at most")] = 20,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the newest leaves of the log, of those that hold the words, if some are searched for."""

    opened(workspace)
    from sosie.services import log

    columns = ["index", "at", "act", "commitment"]
    rows = searched(log.newest(log.size()), search)[:last] if search else log.newest(last)
    print_rows("Log", columns, rows, name="leaves", search="", csv=csv, as_json=as_json)


@app.command()
def fsck(workspace: Workspace = None, as_json: AsJson = False) -> int:
    """Rebuild the log's root from its entries, compare every published file, re-hash every file
    that the workspace keeps. Local features and names of manifests that older seals lack are
    added."""

    outside = opened(workspace)
    from sosie.services import copies, log, resolution
    from sosie.services import workspace as workspaces

    wrong = workspaces.fsck(outside)
    added = copies.complete(outside)
    resolution.complete(outside)
    size = log.size()
    said = {
        "entries": size,
        "files": len(workspaces.files()),
        "features_added": added,
        "wrong": [reason.as_dict() for reason in wrong],
    }
    sound = f"{size} entries lead to the published root; {said['files']} files are as recorded"
    if added:
        sound += f"; local features of {added} older seals were computed"
    answer(as_json, said, reasons_text(wrong) or sound)
    return Exit.REFUSED if wrong else Exit.DONE


@app.command()
def publish(workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Write what the published log lacks, after an act that was cut off."""

    outside = opened(workspace)
    from sosie.services import log

    log.publish(outside)
    answer(as_json, {"entries": log.size()}, f"{log.size()} entries are published")


@app.command()
def verify(
    path: Annotated[
        Path, typer.Argument(help="a proof, the record of a release, or a folder: a log's files")
    ],
    key: Annotated[str | None, typer.Option(help="the log's key: `name+hash+key`")] = None,
    trust: Annotated[
        Path | None, typer.Option(help="the trust file that holds the key, instead")
    ] = None,
    seen: Annotated[
        Path | None, typer.Option(help="a checkpoint that you kept: the log must still contain it")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Check what a log published or proved, without a workspace and offline."""
    from sosie import verifying

    if (key is None) == (trust is None):
        raise BadInput(
            "a proof holds under one key, which you choose",
            where=str(path),
            remedy="give the log's key by `--key`, or the trust file by `--trust`",
            code="log.key",
        )
    verifier = key if key is not None else verifying.chosen(trust or Path()).log
    text, wrong = verifying.logged(path, key=verifier, seen=seen)
    said = {"holds": not wrong, "shows": text, "wrong": [reason.as_dict() for reason in wrong]}
    answer(as_json, said, reasons_text(wrong) or text)
    return Exit.REFUSED if wrong else Exit.DONE

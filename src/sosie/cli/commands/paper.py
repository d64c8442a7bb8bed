"""`sosie paper`: every contract and memo of a party, in her hands forever."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import AsJson, Workspace, accept, answer, file_bytes, now, opened

app = typer.Typer(no_args_is_help=True, help="The papers of a party: list, add, take with you.")


@app.command("list")
def list_(
    party: str,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the papers of a party, the newest first."""

    opened(workspace)
    from sosie.services import paper

    title, rows = f"Papers of {party}", paper.held(party)
    columns = ["paper", "dated", "kind", "title", "license"]
    print_rows(title, columns, rows, name="papers", search=search, csv=csv, as_json=as_json)


@app.command("import")
def import_(
    party: str,
    file: Annotated[Path, typer.Argument(help="a PDF of a contract that was made elsewhere")],
    title: Annotated[str, typer.Option()],
    kind: Annotated[str, typer.Option(help="contract, deal_memo, representation …")] = "contract",
    dated: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Add a paper that was made elsewhere: kept as it is, never taken for a license here."""

    outside = opened(workspace)
    from sosie.services import paper

    row = accept(
        paper.bring(
            outside,
            party=party,
            kind=kind,
            title=title,
            data=file_bytes(file, "name a paper (PDF)"),
            dated=dated.date() if dated else now().date(),
            now=now(),
        )
    )
    answer(as_json, {"paper": row.pk, "file": row.file}, f"`{party}` holds `{title}`")


@app.command()
def export(
    party: str,
    out: Annotated[Path, typer.Option("--out", help="the ZIP file to write")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Write every paper of a party into one ZIP file."""

    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.services import paper

    replace_file(out, paper.archive(outside, party=party))
    count = len(paper.held(party))
    answer(as_json, {"file": str(out), "papers": count}, f"wrote {count} papers to {out}")

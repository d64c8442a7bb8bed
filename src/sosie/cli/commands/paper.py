"""`sosie paper`: every contract and memo of a party, in her hands forever."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    file_bytes,
    now,
    opened,
    reasons_text,
)

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
    """Write all that is a party's into one ZIP file: papers, what it signed, statements of its
    money, proofs from the log, what to check them with, and an index in plain words."""

    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.services import archive, paper

    replace_file(out, accept(archive.of(outside, party=party, now=now())))
    count = len(paper.held(party))
    answer(as_json, {"file": str(out), "papers": count}, f"wrote {count} papers to {out}")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="an archive that `sosie paper export` wrote")],
    trust: Annotated[Path, typer.Option(help="trust file of the workspace that you rely on")],
    as_json: AsJson = False,
) -> int:
    """Check an archive of papers, offline and without a workspace: that no file was changed, the
    signatures on contracts and statements, and the proofs from the log.

    Exits 0 if all hold, 1 if one does not, 65 if it cannot be read."""
    from sosie.adapters.archive import check
    from sosie.core.package import TrustFile

    root = TrustFile.parse(file_bytes(trust, "name a trust file"), where=str(trust))
    index, checked = check(file_bytes(file, "name an archive of papers (ZIP)"), root)
    wrong = [reason for each in checked for reason in each.against]
    said = {
        "party": index.party,
        "papers": len(index.papers),
        "signed": len(index.signed),
        "files": [
            {"file": each.file, "holds": not each.against, "text": each.text} for each in checked
        ],
        "wrong": [reason.as_dict() for reason in wrong],
    }
    sound = (
        f"{len(index.papers)} papers and {len(index.signed)} statements of {index.name}"
        f" (`{index.party}`) hold"
    )
    answer(as_json, said, reasons_text(wrong) or sound)
    return Exit.REFUSED if wrong else Exit.DONE

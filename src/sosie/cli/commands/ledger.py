"""`sosie ledger`: check, statement."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import AsJson, Exit, Workspace, accept, answer, opened, reasons_text, table

app = typer.Typer(no_args_is_help=True, help="Money: every fee, every deduction, to the cent.")


@app.command()
def check(workspace: Workspace = None, as_json: AsJson = False) -> int:
    """Check that the ledger balances and every deduction has its basis."""

    opened(workspace)
    from sosie.services import ledger

    wrong = ledger.check()
    said = {"entries": len(ledger.entries()), "wrong": [reason.as_dict() for reason in wrong]}
    text = reasons_text(wrong) or f"{said['entries']} entries: all balance"
    answer(as_json, said, text)
    return Exit.REFUSED if wrong else Exit.DONE


@app.command()
def statement(
    party: str,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    last: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="last day")],
    pdf: Annotated[Path | None, typer.Option(help="write it as PDF")] = None,
    csv: Annotated[Path | None, typer.Option(help="write it as CSV")] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """State what a party earned, what was deducted on what basis, and what is owed."""
    from sosie.adapters.blobs import replace_file
    from sosie.core.ledger import statement_csv, statement_json

    outside = opened(workspace)
    from sosie.services import ledger

    found = accept(ledger.statement(party=party, first=first.date(), last=last.date()))
    if pdf:
        replace_file(pdf, outside.typesetter.statement(found, names=ledger.names()))
    if csv:
        replace_file(csv, statement_csv(found).encode())
    rows = [
        (
            line.on,
            f"{line.what} {line.reference.release or line.reference.picture or ''}",
            line.gross,
            "; ".join(f"{d.amount} ({d.basis.text})" for d in line.deductions),
            line.net,
            line.balance,
        )
        for line in found.lines
    ]
    shown = table(
        f"Statement of {party}", ["day", "what", "gross", "deducted", "net", "balance"], rows
    )
    answer(as_json, statement_json(found), shown)


@app.command()
def beancount(out: Path, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Export the ledger as Beancount text."""
    from sosie.adapters.blobs import replace_file
    from sosie.core.ledger import beancount as as_text

    opened(workspace)
    from sosie.services import ledger

    entries = ledger.entries()
    replace_file(out, as_text(entries).encode())
    answer(as_json, {"entries": len(entries), "file": str(out)}, f"wrote {out}")

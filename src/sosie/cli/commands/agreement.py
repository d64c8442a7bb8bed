"""`sosie agreement`: what stands between a model and her agency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    file_bytes,
    now,
    opened,
    passphrase,
)

app = typer.Typer(
    no_args_is_help=True, help="Representation agreements and powers of attorney, with their dates."
)
Paper = Annotated[Path | None, typer.Option("--paper", help="the signed paper itself (PDF)")]
Imported = Annotated[
    bool, typer.Option("--imported", help="it was made elsewhere: record it whatever is wrong")
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


@app.command()
def represent(
    model: str,
    agency: str,
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    commission: Annotated[str, typer.Option(help="share of the model's pay, as 0.20")],
    last: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="last day")
    ] = None,
    renews_by_itself: bool = False,
    charge_on_signing: Annotated[list[str] | None, typer.Option(help="may be repeated")] = None,
    has_replica_clause: bool = False,
    paper: Paper = None,
    imported: Imported = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Record a representation agreement, as the facts that the law reads (rules R05 to R09)."""
    facts = {
        "kind": "representation",
        "start": start.date().isoformat(),
        "last": last.date().isoformat() if last else None,
        "open_ended": last is None,
        "renews_by_itself": renews_by_itself,
        "charges_on_signing": charge_on_signing or [],
        "commission": str(Decimal(commission)),
        "has_replica_clause": has_replica_clause,
    }
    _record(workspace, as_json, model, agency, facts, paper, imported)


@app.command()
def attorney(
    model: str,
    agency: str,
    optional: Annotated[bool, typer.Option(help="presented as optional")] = True,
    condition_of_signing: bool = False,
    covers_replica: bool = False,
    ended_on: Day = None,
    paper: Paper = None,
    imported: Imported = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Record a power of attorney, as the facts that the law reads (rules R11 to R13)."""
    ended = ended_on.date().isoformat() if ended_on else None
    facts = {
        "kind": "power_of_attorney",
        "optional": optional,
        "condition_of_signing": condition_of_signing,
        "covers_replica": covers_replica,
        "ended_on": ended,
        "effective_on": ended,
    }
    _record(workspace, as_json, model, agency, facts, paper, imported)


@app.command("list")
def list_(
    party: Annotated[str, typer.Argument(help="of this model or agency; all if absent")] = "",
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the agreements: their days, whether they stand, what the law says against them."""

    opened(workspace)
    from sosie.services import agreement

    rows = [
        {**row, "days": f"{row['from'] or '?'} to {row['ended_on'] or row['until'] or '?'}"}
        for row in agreement.overview(now=now(), party=party)
    ]
    columns = ["agreement", "kind", "model", "agency", "days", "in_force", "against"]
    print_rows(
        "Agreements", columns, rows, name="agreements", search=search, csv=csv, as_json=as_json
    )


@app.command()
def end(
    agreement: Annotated[int, typer.Argument(help="its number in the list")],
    by: As,
    note: str = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """End an agreement, as its model: at once, for any reason, without cost (rule R13)."""

    outside = opened(workspace)
    from sosie.services import agreement as agreements

    row = accept(
        agreements.end(
            outside, agreement=agreement, by=by, passphrase=passphrase(by), now=now(), note=note
        )
    )
    kind = str(row.facts["kind"]).replace("_", " ")
    answer(as_json, {"agreement": row.pk, "ended": True}, f"the {kind} {row.pk} is ended, at once")


def _record(
    workspace: Path | None,
    as_json: bool,
    model: str,
    agency: str,
    facts: Mapping[str, object],
    paper: Path | None,
    imported: bool,
) -> int:
    outside = opened(workspace)
    from sosie.services import agreement

    row = accept(
        agreement.record(
            outside,
            model=model,
            agency=agency,
            facts=facts,
            now=now(),
            file=file_bytes(paper, "name the signed paper (PDF)") if paper else b"",
            imported=imported,
        )
    )
    against = [f"{each.rule.id}: {each.text}" for each in agreement.findings(row, now=now())]
    kind = str(facts["kind"]).replace("_", " ")
    lines = [f"recorded the {kind} {row.pk} between `{model}` and `{agency}`"]
    lines += [f"  but {each}" for each in against]
    said = {"agreement": row.pk, "facts": facts, "against": against}
    answer(as_json, said, "\n".join(lines))
    return Exit.DONE

"""`sosie party`: who takes part."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sosie.cli.terminal import AsJson, Workspace, accept, answer, now, opened, passphrase, table

app = typer.Typer(no_args_is_help=True, help="Models, agencies and brands.")


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help="model, agency or brand")],
    id: Annotated[str, typer.Argument(help="short name: lower-case letters, digits, hyphens")],
    name: Annotated[str, typer.Option(help="name as in contracts")],
    place: Annotated[str, typer.Option(help="ISO 3166 code of the place, as FR or US-NY")],
    address: str = "",
    registration: Annotated[str, typer.Option(help="an agency's registration number")] = "",
    born: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a model's date of birth")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Add a party: makes her key, encrypted under her own passphrase."""

    outside = opened(workspace)
    from sosie.services import party

    row = accept(
        party.join(
            outside,
            kind=kind,
            id=id,
            name=name,
            place=place,
            address=address,
            registration=registration,
            born=born.date() if born else None,
            passphrase=passphrase(id),
            now=now(),
        )
    )
    answer(as_json, {"party": row.id, "kind": kind}, f"{row.name} joined as {kind} `{row.id}`")


@app.command("list")
def list_(workspace: Workspace = None, as_json: AsJson = False) -> None:
    """List the parties."""

    opened(workspace)
    from sosie.services import party

    rows = party.everyone()
    said = [{"party": r.id, "kind": r.kind, "name": r.name, "place": r.place} for r in rows]
    shown = table("Parties", ["id", "kind", "name", "place"], [list(r.values()) for r in said])
    answer(as_json, {"parties": said}, shown)

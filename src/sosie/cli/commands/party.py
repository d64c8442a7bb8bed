"""`sosie party`: who takes part."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from sosie.cli.terminal import AsJson, Workspace, accept, answer, now, opened, passphrase, table

app = typer.Typer(no_args_is_help=True, help="Models, agencies and brands, and their agreements.")


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


@app.command()
def represent(
    model: str,
    agency: str,
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    last: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="last day")],
    commission: Annotated[str, typer.Option(help="share of the model's pay, as 0.20")],
    renews_by_itself: bool = False,
    charge_on_signing: Annotated[list[str] | None, typer.Option(help="may be repeated")] = None,
    has_replica_clause: bool = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Record a representation agreement, as the facts that the law reads (rules R05 to R09)."""
    facts = {
        "kind": "representation",
        "start": start.date().isoformat(),
        "last": last.date().isoformat(),
        "open_ended": False,
        "renews_by_itself": renews_by_itself,
        "charges_on_signing": charge_on_signing or [],
        "commission": str(Decimal(commission)),
        "has_replica_clause": has_replica_clause,
    }
    _record(workspace, as_json, model, agency, facts)


@app.command()
def attorney(
    model: str,
    agency: str,
    optional: Annotated[bool, typer.Option(help="presented as optional")] = True,
    condition_of_signing: bool = False,
    covers_replica: bool = False,
    ended_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
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
    _record(workspace, as_json, model, agency, facts)


def _record(
    workspace: Workspace, as_json: bool, model: str, agency: str, facts: dict[str, object]
) -> None:
    outside = opened(workspace)
    from sosie.services import party

    row = accept(party.agree(outside, model=model, agency=agency, facts=facts, now=now()))
    kind = str(facts["kind"]).replace("_", " ")
    answer(
        as_json,
        {"agreement": row.pk, "facts": facts},
        f"recorded the {kind} between `{model}` and `{agency}`",
    )

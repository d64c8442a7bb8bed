"""`sosie party`: who takes part."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    As,
    AsJson,
    Workspace,
    accept,
    answer,
    json_object,
    now,
    opened,
    passphrase,
)

app = typer.Typer(no_args_is_help=True, help="Models, agencies and brands.")

RegisteredUntil = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="last day of an agency's registration"),
]
Exempt = Annotated[bool, typer.Option("--exempt", help="the agency is exempt from registration")]


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help="model, agency or brand")],
    id: Annotated[str, typer.Argument(help="short name: lower-case letters, digits, hyphens")],
    name: Annotated[str, typer.Option(help="name as in contracts")],
    place: Annotated[str, typer.Option(help="ISO 3166 code of the place, as FR or US-NY")],
    address: str = "",
    registration: Annotated[str, typer.Option(help="an agency's registration number")] = "",
    registered_until: RegisteredUntil = None,
    exempt: Exempt = False,
    born: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a model's date of birth")
    ] = None,
    shown_as: Annotated[
        str, typer.Option(help="the name under which a brand appears in its pictures, if at all")
    ] = "",
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
            registered_until=registered_until.date() if registered_until else None,
            exempt=exempt,
            born=born.date() if born else None,
            shown_as=shown_as,
            passphrase=passphrase(id),
            now=now(),
        )
    )
    answer(as_json, {"party": row.id, "kind": kind}, f"{row.name} joined as {kind} `{row.id}`")


@app.command()
def register(
    agency: str,
    number: Annotated[str, typer.Option(help="the number of the certificate")] = "",
    registered_until: RegisteredUntil = None,
    exempt: Exempt = False,
    staff: Annotated[
        int | None, typer.Option(min=0, help="people who work from New York or on its models")
    ] = None,
    bond_usd: Annotated[
        int | None, typer.Option("--bond-usd", min=0, help="surety bond there, in dollars")
    ] = None,
    bond_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of the bond")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Record an agency's registration in New York, its renewal, and its surety bond, signed by the
    agency."""

    outside = opened(workspace)
    from sosie.services import party

    row = accept(
        party.register(
            outside,
            agency=agency,
            number=number,
            until=registered_until.date() if registered_until else None,
            exempt=exempt,
            staff=staff,
            bond_usd=bond_usd,
            bond_until=bond_until.date() if bond_until else None,
            passphrase=passphrase(agency),
            now=now(),
        )
    )
    said = {"party": row.id, "number": number, "exempt": exempt}
    text = "is exempt from registration" if exempt else f"is registered under {number}"
    answer(as_json, said, f"`{row.id}` {text}")


@app.command()
def died(
    party: str,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Record that a model died: from then on only her heirs or estate license (R54)."""

    outside = opened(workspace)
    from sosie.services import party as parties

    row = accept(parties.died(outside, party=party, on=on.date(), now=now()))
    answer(as_json, {"party": row.id, "died_on": f"{row.died_on}"}, f"recorded for `{row.id}`")


@app.command("list")
def list_(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the parties."""

    opened(workspace)
    from sosie.services import party

    columns = ["party", "kind", "name", "place"]
    rows = [
        dict(zip(columns, (r.id, r.kind, r.name, r.place), strict=True)) for r in party.everyone()
    ]
    print_rows("Parties", columns, rows, name="parties", search=search, csv=csv, as_json=as_json)


@app.command()
def passkey(
    by: As,
    answered: Annotated[
        Path | None, typer.Argument(help="the browser's answer (JSON); asks for one if absent")
    ] = None,
    name: Annotated[str, typer.Option(help="what she calls it")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Register a passkey: without a file prints what the browser is given, with one keeps it."""

    said = json_object(answered, "name the answer of the browser (JSON)") if answered else None
    outside = opened(workspace)
    from sosie.services import passkey as passkeys

    if said is None:
        answer(True, accept(passkeys.to_register(outside, by=by)), "")
        return
    row = accept(
        passkeys.register(
            outside, by=by, answer=said, name=name, passphrase=passphrase(by), now=now()
        )
    )
    answer(as_json, {"party": by, "passkey": row.name}, f"`{by}` can sign with `{row.name}`")


@app.command()
def passkeys(
    party: str,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the passkeys of a party."""

    opened(workspace)
    from sosie.services import passkey

    columns = ["name", "registered_at", "signed"]
    title, rows = f"Passkeys of {party}", passkey.of(party)
    print_rows(title, columns, rows, name="passkeys", search=search, csv=csv, as_json=as_json)


@app.command()
def where(
    model: str,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List every release of a picture of a model: where it is shown, since when, what it paid."""

    opened(workspace)
    from sosie.services import party, released

    accept(party.absent({model: "model"}))
    rows = [each.as_json() for each in released.told(list(released.of({model})), now=now())]
    columns = ["released", "brand", "channel", "countries", "picture", "state", "paid"]
    title = f"Where {model} is"
    print_rows(title, columns, rows, name="releases", search=search, csv=csv, as_json=as_json)

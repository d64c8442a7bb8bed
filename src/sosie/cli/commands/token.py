"""`sosie token`: what programs show that use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import AsJson, Workspace, accept, answer, now, opened
from sosie.core.scopes import Scope

app = typer.Typer(no_args_is_help=True, help="Tokens: what programs show that use the API.")


@app.command()
def create(
    scope: Annotated[list[Scope], typer.Option(help="what it may do; repeat it")],
    party: Annotated[str, typer.Option("--for", help="the party that the program acts for")] = "",
    account: Annotated[
        str,
        typer.Option(help="for the house: the number, on her account page, of who answers for it"),
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="how long it works")] = 90,
    name: Annotated[str, typer.Option(help="what it is for, in words")] = "a program",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Make a token. It is shown once; only its hash is kept."""
    outside = opened(workspace)
    from sosie.services import token

    made = accept(
        token.create(
            outside,
            party=party,
            account=account,
            scopes=scope,
            name=name,
            days=days,
            now=now(),
        )
    )
    row = made.row
    said = {
        "token": row.pk,
        "secret": made.text,
        "party": party,
        "scopes": row.scopes,
        "until": row.expires_at.date().isoformat(),
    }
    lasts = (
        f"`{row.pk}`, for {party or 'the house'}: {', '.join(row.scopes)}; until {said['until']}"
    )
    answer(as_json, said, f"{made.text}\n{lasts}; it is not shown again")


@app.command("list")
def list_(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the tokens, those that ended too; never what they are."""
    opened(workspace)
    from sosie.services import token

    columns = ["token", "party", "name", "scopes", "until", "used", "stands"]
    rows = token.listed(now=now())
    print_rows("Tokens", columns, rows, name="tokens", search=search, csv=csv, as_json=as_json)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="its id, as `list` tells it")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a token, at once."""
    opened(workspace)
    from sosie.services import token as tokens

    row = accept(tokens.end(token, now=now()))
    answer(as_json, {"token": row.pk, "revoked": True}, f"`{row.pk}` is revoked")

"""`sosie webhook`: addresses that are told what happens."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    AsJson,
    Workspace,
    accept,
    answer,
    console,
    folder_of,
    now,
    opened,
)

app = typer.Typer(no_args_is_help=True, help="Webhooks: addresses that are told what happens.")
_PAUSE = 2.0


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="`https://…`, or a server of this machine")],
    party: Annotated[str, typer.Option("--for", help="whose licenses and pictures")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Register an address of a party; prints the secret that what it is told is signed with."""
    from sosie import wiring

    folder = folder_of(workspace)
    if wiring.is_workspace(folder):
        wiring.make_web_key(folder)
    outside = opened(workspace)
    from sosie.services import hook

    row = accept(hook.create(outside, party=party, url=url, now=now()))
    secret = hook.secret(row.pk)
    said = {"webhook": row.pk, "party": party, "url": url, "secret": secret}
    answer(as_json, said, f"{secret}\n`{row.pk}` is told what happens to what is {party}'s")


@app.command("list")
def list_(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the addresses."""
    opened(workspace)
    from sosie.services import hook

    columns, rows = ["webhook", "party", "url", "stands", "failures", "next"], hook.listed()
    print_rows("Webhooks", columns, rows, name="webhooks", search=search, csv=csv, as_json=as_json)


@app.command()
def deliveries(
    webhook: Annotated[str, typer.Argument(help="one address; all if absent")] = "",
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List what was told, or tried, the newest first."""
    opened(workspace)
    from sosie.services import hook

    columns, rows = ["at", "webhook", "event", "status", "error"], hook.deliveries(webhook)
    print_rows(
        "Deliveries", columns, rows, name="deliveries", search=search, csv=csv, as_json=as_json
    )


@app.command()
def revoke(webhook: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Tell an address nothing more."""
    opened(workspace)
    from sosie.services import hook

    row = accept(hook.end(webhook, now=now()))
    answer(as_json, {"webhook": row.pk, "revoked": True}, f"`{row.pk}` is told nothing more")


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="tell what is due, and end")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happens, to whoever is to be told, until Ctrl-C."""
    opened(workspace)
    from sosie.adapters import hooks
    from sosie.services import hook

    tried = 0
    try:
        while True:
            jobs = hook.due(now=now())
            for job in jobs:
                status, error = None, ""
                try:
                    status = hooks.post(job.url, job.body, job.headers)
                except OSError as fault:
                    error = str(fault) or type(fault).__name__
                hook.told(job, status=status, error=error, now=now())
                tried += 1
            if once and not jobs:
                break
            if not jobs:
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        console.print("stopped")
    answer(as_json, {"tried": tried}, f"{tried} tries")

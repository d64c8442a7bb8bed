"""`sosie place`: where a brand has its releases sent, and what was sent there."""

from __future__ import annotations

import os
import sys
import time
from enum import StrEnum
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
from sosie.core.terms import Channel

app = typer.Typer(
    no_args_is_help=True, help="Places: buckets and webhooks that releases are sent to."
)
_PAUSE, _ORDERS = 2.0, 60.0
"""Seconds between looks at what waits, and at which licenses ended."""
Brand = Annotated[str, typer.Option(help="the brand that releases")]


class _Ending(StrEnum):
    DELETE = "delete"
    TOMBSTONE = "tombstone"


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="`s3://BUCKET/PREFIX`, or `https://…`")],
    brand: Brand,
    channel: Annotated[Channel, typer.Option(help="what is released on it is sent there")],
    endpoint: Annotated[str, typer.Option(help="where the store is; else AWS")] = "",
    region: Annotated[str, typer.Option(help="of the store; else us-east-1")] = "",
    key_id: Annotated[str, typer.Option(help="of an access key for this bucket alone")] = "",
    ending: Annotated[
        _Ending, typer.Option(help="of files in a bucket, when their license ends")
    ] = _Ending.DELETE,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Name a place for what a brand releases on a channel from now on.

    The secret of the access key is read from `SOSIE_PLACE_SECRET`, else typed unseen, and is kept
    encrypted. For a webhook the secret is printed that what it is told is signed with."""
    from sosie import wiring

    folder = folder_of(workspace)
    if wiring.is_workspace(folder):
        wiring.make_web_key(folder)
    outside = opened(workspace)
    from sosie.services import place

    secret = os.environ.get("SOSIE_PLACE_SECRET", "")
    if key_id and not secret and sys.stdin.isatty():
        secret = str(typer.prompt("Secret of the access key", hide_input=True, err=True))
    row = accept(
        place.name(
            outside,
            brand=brand,
            channel=channel,
            address=address,
            endpoint=endpoint,
            region=region,
            key_id=key_id,
            secret=secret,
            ending=ending,
            private=wiring.private_places(),
            now=now(),
        )
    )
    (said,) = place.listed([row])
    if not row.endpoint:
        said["secret"] = place.secret(row.pk)
    text = f"`{row.pk}`: what {brand} releases on {channel} is sent to {address} from now on"
    answer(as_json, said, "\n".join(filter(None, (said.get("secret"), text))))


@app.command("list")
def list_(
    brand: Brand,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the places of a brand."""
    opened(workspace)
    from sosie.services import place

    columns, rows = (
        ["place", "channel", "address", "ending", "stands"],
        place.listed(place.of({brand})),
    )
    print_rows("Places", columns, rows, name="places", search=search, csv=csv, as_json=as_json)


@app.command()
def end(place: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Send nothing new to a place; what went there is still taken down when it must be."""
    outside = opened(workspace)
    from sosie.services import place as places

    row = accept(places.end(outside, place, now=now()))
    answer(as_json, {"place": row.pk, "stands": False}, f"nothing new is sent to `{row.pk}`")


@app.command()
def errands(
    brand: Brand,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List what is or was to be sent and taken down, the newest first, with how far it is."""
    opened(workspace)
    from django.db.models import Q

    from sosie.services import place

    columns, rows = (
        ["errand", "what", "state", "why", "seal", "address"],
        place.said(place.errands(Q(place__brand=brand))),
    )
    print_rows("Errands", columns, rows, name="errands", search=search, csv=csv, as_json=as_json)


@app.command()
def acknowledge(errand: int, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Record that whoever runs a place says that an errand was done."""
    outside = opened(workspace)
    from sosie.services import place

    row = accept(place.acknowledge(outside, errand, now=now()))
    answer(as_json, {"errand": row.pk, "state": row.state}, f"errand {row.pk} is acknowledged")


@app.command()
def again(errand: int, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Try an errand that failed once more."""
    opened(workspace)
    from sosie.services import place

    row = accept(place.again(errand))
    answer(as_json, {"errand": row.pk, "state": row.state}, f"errand {row.pk} waits again")


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="send what is due, and end")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Send what waits, and orders to take down what may not stay, until Ctrl-C. Run it once a
    workspace; it needs the passphrase of the house, which opens credentials."""
    outside = opened(workspace)
    from sosie import wiring
    from sosie.adapters import hooks
    from sosie.services import delivery, place

    outside.log_key.sign(b"")  # a wrong passphrase is noticed now
    private, tried, looked = wiring.private_places(), 0, 0.0
    try:
        while True:
            if time.monotonic() - looked >= _ORDERS or once:
                delivery.order_down(now=now())
                looked = time.monotonic()
            if job := delivery.due(outside, now=now()):
                status, error = None, ""
                try:
                    status = hooks.send_all(job.requests, private=private)
                except (OSError, ValueError) as fault:  # a name that none can be is no `OSError`
                    error = str(fault) or type(fault).__name__
                place.told(outside, job.errand, status=status, error=error, now=now())
                tried += 1
            elif once:
                break
            else:
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        console.print("stopped")
    answer(as_json, {"tried": tried}, f"{tried} tries")

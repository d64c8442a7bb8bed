"""`sosie seal` and `sosie release`."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated

import typer

from sosie.cli.terminal import As, AsJson, Workspace, accept, answer, now, opened, passphrase
from sosie.core.file_format import FileFormat, Form
from sosie.core.terms import Channel, Purpose

Format = Annotated[FileFormat, typer.Option("--format", help="the format of the file")]


def seal(
    picture: str,
    format: Format = FileFormat.JPEG,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Seal an approved picture: fingerprint, credential, log entry and fee in one act."""

    outside = opened(workspace)
    from sosie.services import seal as seals

    made = accept(seals.seal(outside, picture=picture, now=now(), form=Form(format)))
    stamped = seals.stamped_at(outside, made)
    said = {"picture": picture, "seal": made.number, "file": made.file, "stamped_at": stamped}
    answer(as_json, said, f"{picture} is sealed as {made.number}{_time(stamped)}")


def release(
    picture: str,
    by: As,
    channel: Annotated[Channel, typer.Option()],
    purpose: Annotated[Purpose, typer.Option()],
    where: Annotated[list[str], typer.Option(help="country or group; repeat it")],
    account: Annotated[str | None, typer.Option(help="the account or site of the channel")] = None,
    campaign: Annotated[str | None, typer.Option(help="the campaign it belongs to")] = None,
    placements: Annotated[int, typer.Option(help="in how many places it is shown")] = 1,
    format: Format = FileFormat.JPEG,
    sidecar: Annotated[
        bool, typer.Option(help="lay the credential beside the file, not into it")
    ] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Release a sealed picture on a channel, as the brand, and write its package."""

    outside = opened(workspace)
    from sosie.services import release as releases
    from sosie.services import seal as seals

    made = accept(
        releases.release(
            outside,
            picture=picture,
            channel=channel,
            purpose=purpose,
            territories=tuple(where),
            account=account,
            campaign=campaign,
            placements=placements,
            by=by,
            passphrase=passphrase(by),
            now=now(),
            form=Form(format, beside=sidecar),
        )
    )
    folder = accept(releases.deliver(outside, number=made.pk))
    stamped = seals.stamped_at(outside, made.seal)
    said = {
        "picture": picture,
        "seal": made.pk,
        "channel": str(channel),
        "folder": folder,
        "stamped_at": stamped,
    }
    text = f"{picture} is released on {channel} as {made.pk}{_time(stamped)}: {folder}"
    answer(as_json, said, text)


def _time(stamped: datetime | None) -> str:
    """Return when it was signed by an authority's clock, or that one was asked in vain."""
    if stamped is not None:
        return f", time-stamped at {stamped.isoformat()}"
    if os.environ.get("SOSIE_TSA"):
        return (
            " without a time stamp that counts: the authority of `SOSIE_TSA` gave none, or its "
            "root is not in `SOSIE_TSA_ROOTS`"
        )
    return ""

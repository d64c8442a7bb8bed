"""`sosie seal` and `sosie release`."""

from __future__ import annotations

from typing import Annotated

import typer

from sosie.cli.terminal import As, AsJson, Workspace, accept, answer, now, opened, passphrase
from sosie.core.terms import Channel, Purpose


def seal(picture: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Seal an approved picture: fingerprint, credential, log entry and fee in one act."""

    outside = opened(workspace)
    from sosie.services import seal as seals

    made = accept(seals.seal(outside, picture=picture, now=now()))
    said = {"picture": picture, "seal": made.number, "file": made.file}
    answer(as_json, said, f"{picture} is sealed as {made.number}")


def release(
    picture: str,
    by: As,
    channel: Annotated[Channel, typer.Option()],
    purpose: Annotated[Purpose, typer.Option()],
    where: Annotated[list[str], typer.Option(help="country or group; repeat it")],
    account: Annotated[str | None, typer.Option(help="the account or site of the channel")] = None,
    campaign: Annotated[str | None, typer.Option(help="the campaign it belongs to")] = None,
    placements: Annotated[int, typer.Option(help="in how many places it is shown")] = 1,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Release a sealed picture on a channel, as the brand, and write its package."""

    outside = opened(workspace)
    from sosie.services import release as releases

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
        )
    )
    folder = accept(releases.deliver(outside, number=made.pk))
    said = {"picture": picture, "seal": made.pk, "channel": str(channel), "folder": folder}
    answer(as_json, said, f"{picture} is released on {channel} as {made.pk}: {folder}")

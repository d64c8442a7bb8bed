"""`sosie web`: who may sign in to the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    AsJson,
    Workspace,
    accept,
    answer,
    folder_of,
    now,
    opened,
)
from sosie.core.roles import HOUSE, Role, roles_of

app = typer.Typer(no_args_is_help=True, help="Who may sign in to the pages.")

SITE = "http://localhost:8000"


class Link(NamedTuple):
    """An invitation as it is handed over."""

    party: str
    role: Role
    address: str


@app.command()
def invite(
    role: Annotated[Role, typer.Option(help="what she will do")],
    party: Annotated[
        str, typer.Option(help="for whom; the roles of the house itself have none")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=60, help="how long the link works")] = 7,
    site: Annotated[
        str,
        typer.Option(
            envvar=["SOSIE_ORIGIN", "SOSIE_PUBLIC_URL"], help="where the pages are reached"
        ),
    ] = SITE,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Make a link by which one person joins, once, in one role.

    Hand it over by a way that you trust: whoever opens it first is in.
    """
    from sosie import wiring

    folder = folder_of(workspace)
    if wiring.is_workspace(folder):
        wiring.make_web_key(folder)
    opened(workspace)
    from sosie.services import account

    row = accept(account.invite(role=role, party=party, days=days, now=now()))
    link = f"{site.rstrip('/')}/join/{account.token_of(row)}"
    said = {"party": party, "role": role, "link": link, "until": row.expires_at.isoformat()}
    answer(as_json, said, f"{link}\nfor one {role.words}, once, until {row.expires_at:%Y-%m-%d}")


@app.command()
def members(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List who may sign in, for whom and in which role."""
    opened(workspace)
    from sosie.services import account

    columns, rows = ["name", "role", "party", "since"], account.members()
    print_rows("Members", columns, rows, name="members", search=search, csv=csv, as_json=as_json)


def links(site: str, *, now: datetime) -> list[Link]:
    """Return a new invitation for each role of each party, and of the house: what a demo shows."""
    from sosie.services import account, party

    wanted: Iterable[tuple[str, Role]] = [
        *((row.id, role) for row in party.everyone() for role in roles_of(row.kind)),
        *((HOUSE, role) for role in roles_of(HOUSE)),
    ]
    found = []
    for id, role in wanted:
        token = account.token_of(accept(account.invite(role=role, party=id, now=now)))
        found.append(Link(id, role, f"{site}/join/{token}"))
    return found


def passphrases(folder: Path) -> dict[str, str]:
    """Return the passphrases that a demo keeps beside its keys, by party and `house`."""
    path = folder / "passphrases.env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = [line.partition("=") for line in lines if not line.startswith("#")]
    start = "SOSIE_PASSPHRASE_"
    return {name.removeprefix(start).lower().replace("_", "-"): said for name, _, said in pairs}


def shown(found: Iterable[Link], passphrases: Mapping[str, str]) -> str:
    """Return invitations as lines for people, with the passphrase that lets a passkey sign."""
    lines = []
    for each in found:
        lines += [f"{each.role.words}, {each.party or 'the house'}", f"  {each.address}"]
        if each.party in passphrases and each.role != Role.ACCOUNTANT:
            lines.append(f"  to sign, once: {passphrases[each.party]}")
    return "\n".join(lines)

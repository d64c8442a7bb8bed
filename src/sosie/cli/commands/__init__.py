"""Every command, under the name that stays: a command's module is loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {
    "demo": (
        "demo:demo",
        (
            "Walk the whole chain: consent, twin, license, shoot, decide, approve, seal, release,"
            " pay, verify, and what must be refused."
        ),
    ),
    "init": ("workspace:init", "Make a new workspace: keys, tables, an empty log."),
    "claim-key": (
        "workspace:claim_key",
        "Make the key that signs content credentials on the token that `SOSIE_CLAIM_KEY` names.",
    ),
    "trust": (
        "workspace:trust",
        "Write the trust file: what somebody elsewhere needs to verify pictures and contracts.",
    ),
    "fsck": (
        "log:fsck",
        (
            "Rebuild the log's root from its entries, compare every published file, re-hash every"
            " file that the workspace keeps."
        ),
    ),
    "move": (
        "workspace:move",
        "Move the tables of a workspace from SQLite to PostgreSQL, while nothing else runs on it.",
    ),
    "serve": (
        "workspace:serve",
        "Serve the pages at http://localhost:8000, to this machine only.",
    ),
    "metrics": (
        "workspace:metrics",
        "Answer `/metrics` in Prometheus' text format, to this machine only, until Ctrl-C.",
    ),
    "seal": (
        "seal:seal",
        "Seal an approved picture: fingerprint, credential, log entry and fee in one act.",
    ),
    "release": (
        "seal:release",
        "Release a sealed picture on a channel, as the brand, and write its package.",
    ),
    "verify": (
        "verify:verify",
        (
            "Say whose twin a picture shows, under which license it was made, and whether it may be"
            " used here, today, for this."
        ),
    ),
    "sheet": (
        "layouts:sheet",
        "Draw a line sheet of a shoot: a row for each product, with all pictures of it.",
    ),
    "web": ("web:app", "Who may sign in to the pages."),
    "token": ("token:app", "Tokens: what programs show that use the API."),
    "webhook": ("webhook:app", "Webhooks: addresses that are told what happens."),
    "party": ("party:app", "Models, agencies and brands."),
    "agreement": (
        "agreement:app",
        "Representation agreements and powers of attorney, with their dates.",
    ),
    "paper": ("paper:app", "The papers of a party: list, add, take with you."),
    "twin": ("twin:app", "The digital replica of one model, owned by her."),
    "license": ("license:app", "Licenses: what a model allows, to whom, for what pay."),
    "contract": ("contract:app", "Contracts: PDF/A with the terms attached, signed."),
    "channel": (
        "channel:app",
        "Channels: product feed, label to print, what must be taken down.",
    ),
    "place": ("place:app", "Places: buckets and webhooks that releases are sent to."),
    "pack": (
        "pack:app",
        "Compliance packs: a license with all that proves it, to be checked.",
    ),
    "shoot": ("shoot:app", "Orders of pictures under a license."),
    "picture": ("picture:app", "The pictures of a shoot and the model's answers."),
    "ledger": ("ledger:app", "Money: every fee, every deduction, to the cent."),
    "law": ("law:app", "The rules of law that licenses are checked against."),
    "log": ("log:app", "The transparency log: append-only, checkable."),
    "odrl": ("odrl:app", "Terms as ODRL, and ODRL policies evaluated as the test suite does."),
    "engine": ("engine:app", "What makes the pictures."),
    "weights": ("weights:app", "Weights of models that you brought, pinned."),
}
"""Of each command where it is, and the line that `sosie --help` shows of it."""


class _Lazy(TyperGroup):
    """Lists the commands by their lines, and loads the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = dict.fromkeys(COMMANDS, self)  # for their names: listed, and suggested

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, its module loaded; ``None`` if there is none of this name."""
        del ctx
        return loaded(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the lines of the commands: no module is loaded for them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def loaded(name: str) -> Any:
    """Return the command of a name that `COMMANDS` has: one function, or a group of them."""
    module, attribute = COMMANDS[name][0].split(":")
    found = getattr(import_module(f"{__name__}.{module}"), attribute)
    alone = typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return get_group(alone).commands[name]


app = typer.Typer(
    name="sosie",
    cls=_Lazy,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # which takes longer to load than all else here
    help="The digital twin of a fashion model, owned by the model.",
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"sosie {version('sosie')}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    del version

"""Every command, under the name that stays."""

from __future__ import annotations

import typer

from sosie.cli.commands import (
    agreement,
    capture,
    contract,
    demo,
    engine,
    law,
    layouts,
    ledger,
    license,
    license_terms,
    life,
    log,
    odrl,
    paper,
    party,
    picture,
    seal,
    shoot,
    twin,
    twin_weights,
    verify,
    weights,
    workspace,
)

app = typer.Typer(
    name="sosie",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The digital twin of a fashion model, owned by the model.",
)
for module in (party, agreement, paper, twin, license, contract, shoot, picture, ledger, law):
    app.add_typer(module.app, name=module.__name__.rsplit(".", 1)[1])
for module in (log, odrl, engine, weights):
    app.add_typer(module.app, name=module.__name__.rsplit(".", 1)[1])
for step, name in (*life.COMMANDS, *license_terms.COMMANDS):
    license.app.command(name)(step)
for each, name in capture.COMMANDS:
    twin.app.command(name)(each)
picture.app.command("layouts")(layouts.layouts)
twin.app.command("train")(twin_weights.train)
twin.app.command("untrain")(twin_weights.untrain)
for command, name in (
    (demo.demo, "demo"),
    (workspace.init, "init"),
    (workspace.claim_key, "claim-key"),
    (workspace.trust, "trust"),
    (workspace.fsck, "fsck"),
    (workspace.serve, "serve"),
    (seal.seal, "seal"),
    (seal.release, "release"),
    (verify.verify, "verify"),
    (layouts.sheet, "sheet"),
):
    app.command(name)(command)

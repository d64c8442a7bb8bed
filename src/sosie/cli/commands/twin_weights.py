"""Weights of a twin on the command line: `sosie twin train` and `sosie twin untrain`."""

from __future__ import annotations

from typing import Annotated

import typer

from sosie.cli.terminal import As, AsJson, Workspace, accept, answer, bar, now, opened, passphrase

_License = Annotated[str, typer.Option(help="the license that the weights are for")]


def train(
    twin: str,
    license: _License,
    by: Annotated[
        str, typer.Option("--as", help="the model: signs that it may be done, once")
    ] = "",
    family: Annotated[str, typer.Option(help="refuse to train on other weights")] = "",
    steps: Annotated[int, typer.Option(min=1, help="at most")] = 1500,
    rank: Annotated[int, typer.Option(min=1, max=256)] = 16,
    rate: Annotated[float, typer.Option(min=0.0, help="learning rate")] = 1e-4,
    every: Annotated[int, typer.Option(min=1, help="steps between checkpoints")] = 50,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Train weights of a twin (a LoRA) for one license, or go on where it stopped.

    With `--as` the model signs first that it may be done: no license allows it by itself. They lie
    encrypted, serve pictures under that license alone, and are erased with the twin.
    """
    from sosie.core.training import TrainingSettings

    outside = opened(workspace)
    from sosie.cli.terminal import Refused
    from sosie.core.values import Refusal
    from sosie.services import twin_weights

    wrong = twin_weights.mismatch(outside, license=license, twin=twin, family=family)
    if wrong:
        raise Refused(Refusal((wrong,)))
    if by:
        accept(
            twin_weights.allow(
                outside, license=license, by=by, passphrase=passphrase(by), now=now()
            )
        )
    settings = TrainingSettings(steps=steps, rank=rank, learning_rate=rate, every=every, seed=seed)
    with bar() as progress:
        task = progress.add_task(f"Training {twin}", total=1.0)
        row = accept(
            twin_weights.train(
                outside,
                license=license,
                settings=settings,
                progress=lambda share, what: progress.update(
                    task, completed=share, description=what
                ),
                cancelled=lambda: False,
                now=now(),
            )
        )
    said = {
        "twin": twin,
        "license": license,
        "weights": row.digest,
        "base": row.base,
        "metrics": row.metrics,
    }
    before, after = row.metrics["held_out_before"], row.metrics["held_out_after"]
    text = f"trained for `{license}`: held out {before:.4f} → {after:.4f}; {row.digest}"
    answer(as_json, said, text)


def untrain(
    license: Annotated[str, typer.Argument(help="the license that the weights are for")],
    by: As,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Take back, as the model, that weights may be trained for a license, and erase them."""
    outside = opened(workspace)
    from sosie.services import twin_weights

    gone = accept(
        twin_weights.forbid(outside, license=license, by=by, passphrase=passphrase(by), now=now())
    )
    said = {"license": license, "erased": list(gone)}
    answer(as_json, said, f"taken back; {len(gone)} trained weights are erased")


COMMANDS = ((train, "train"), (untrain, "untrain"))

"""The command line: parse, one call inward, render."""

from __future__ import annotations

import sys

import click
import typer

from sosie.cli import terminal


def main() -> None:
    """Run `sosie`: the entry point of the command line."""
    from sosie.cli.commands import app  # noqa: PLC0415 - keeps `import sosie.cli` light

    command = typer.main.get_command(app)
    terminal.finish(
        lambda: _run(command, sys.argv[1:]), as_json="--json" in sys.argv[1:]
    )


def _run(command: click.Command, arguments: list[str]) -> object:
    try:
        return command.main(args=arguments, prog_name="sosie", standalone_mode=False)
    except click.UsageError as error:
        # The framework says 2 for wrong use, which here means undecided.
        terminal.console.print(error.format_message(), style="red", markup=False)
        if error.ctx:
            terminal.console.print(f"see `{error.ctx.command_path} --help`", markup=False)
        return terminal.Exit.USAGE
    except click.Abort:
        terminal.console.print("stopped; what was recorded so far is kept", style="red")
        return 130

"""The command line: parse, one call inward, render."""

from __future__ import annotations

import atexit
import gc
import sys

import typer
from typer.exceptions import Abort, TyperException

from sosie.cli import terminal


def main() -> None:
    """Run `sosie`: the entry point of the command line."""
    from sosie.cli.commands import app

    atexit.register(gc.freeze)  # what ends with the process is not searched for cycles
    terminal.finish(lambda: _run(app, sys.argv[1:]), as_json="--json" in sys.argv[1:])


def _run(app: typer.Typer, arguments: list[str]) -> object:
    try:
        return app(args=arguments, prog_name="sosie", standalone_mode=False)
    except TyperException as error:
        # The framework says 2 for wrong use, which here means undecided.
        said = getattr(error, "format_message", error.__str__)()
        terminal.console.print(said, style="red", markup=False, soft_wrap=True)
        context = getattr(error, "ctx", None)
        if context:
            terminal.console.print(f"see `{context.command_path} --help`", markup=False)
        return terminal.Exit.USAGE
    except Abort:
        terminal.console.print("stopped; what was recorded so far is kept", style="red")
        return 130

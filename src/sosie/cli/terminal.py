"""What commands share: the workspace they work on, passphrases, and how answers are printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar
from unicodedata import category

import typer
from rich.console import Console

from sosie.adapters.passphrase import passphrase as handed_over
from sosie.adapters.passphrase import setting_of
from sosie.core.values import BadInput, Reason, Refusal

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

    from sosie.core.ports import Outside

T = TypeVar("T")


class Exit(IntEnum):
    """Exit codes (DESIGN.md, section 7)."""

    DONE = 0
    REFUSED = 1
    UNDECIDED = 2
    USAGE = 64
    BAD_INPUT = 65
    FAULT = 70
    UNREAD = 141
    """128 + SIGPIPE: nobody read the answer to its end."""


Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", help="The workspace folder; else $SOSIE_WORKSPACE, else ./demo."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
As = Annotated[str, typer.Option("--as", help="The party that acts, with her own passphrase.")]

console = Console(stderr=True, highlight=False)
"""Progress and errors; answers go to standard output."""
out = Console(highlight=False, soft_wrap=True)


class Refused(Exception):
    """Carries a refusal to the one place that prints it."""

    def __init__(self, refusal: Refusal, code: Exit = Exit.REFUSED) -> None:
        super().__init__()
        self.refusal, self.code = refusal, code


def named(workspace: Path | None) -> Path | None:
    """Return the workspace folder that the user named, by the option or `$SOSIE_WORKSPACE`."""
    variable = os.environ.get("SOSIE_WORKSPACE")
    return workspace or (Path(variable) if variable else None)


def folder_of(workspace: Path | None) -> Path:
    """Return the workspace folder that a command works on: the named one, else what lies here."""
    if folder := named(workspace):
        return folder
    return Path() if Path("workspace.json").exists() else Path("demo")


def opened(workspace: Path | None) -> Outside:
    """Open the workspace; raises ``BadInput`` if there is none.

    Commands import services after this call: the tables need to know which database is theirs.
    """
    from sosie import wiring

    folder = folder_of(workspace)
    if not wiring.is_workspace(folder):
        raise BadInput(
            "there is no workspace in this folder",
            where=str(folder),
            remedy="make one with `sosie init` or name one with `--workspace DIR`",
            code="workspace.absent",
        )
    return wiring.opened(folder, passphrase("house", prompt=False))


def now() -> datetime:
    """Return the time of this act: UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def passphrase(party: str, *, prompt: bool = True) -> str:
    """Return a party's passphrase: as the environment hands it over, or typed unseen."""
    value = handed_over(party)
    if value is not None:
        return value
    if not prompt:
        return ""
    if not sys.stdin.isatty():
        raise BadInput(
            "no passphrase is given and no terminal is there to type it",
            where=party,
            remedy=f"set `{setting_of(party)}`",
            code="key.passphrase",
        )
    return str(typer.prompt(f"Passphrase of {party}", hide_input=True, err=True))


def file_bytes(path: Path, remedy: str) -> bytes:
    """Return a file's bytes; raises ``BadInput`` that says how to go on if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        what = (error.strerror or "cannot be read").lower()
        raise BadInput(what, where=str(path), remedy=remedy) from None


def file_text(path: Path, remedy: str) -> str:
    """Return a file's text; raises ``BadInput`` that says how to go on if it cannot be read."""
    try:
        return file_bytes(path, remedy).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("this is no UTF-8 text", where=str(path), remedy=remedy) from None


def json_object(path: Path, remedy: str) -> dict[str, Any]:
    """Return the JSON object in a file; raises ``BadInput`` with the remedy if it is none."""
    try:
        found = json.loads(file_text(path, remedy))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput("this is no JSON object", where=str(path), remedy=remedy)
    return found


def accept(result: T | Refusal) -> T:
    """Return a service's result; a refusal goes to where it is printed."""
    if isinstance(result, Refusal):
        raise Refused(result)
    return result


def visible(text: str) -> str:
    """Return one line in which control, bidirectional and other unseen characters are escaped:
    the name of a file is a stranger's words, and must not steer a terminal."""
    unseen = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    return "".join(
        c.encode("unicode_escape").decode() if category(c) in unseen else c for c in text
    )


def answer(as_json: bool, payload: Mapping[str, Any], text: str | Table) -> None:
    """Print an answer: one JSON object, or what people read."""
    if as_json:
        sys.stdout.write(json.dumps(payload, ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        # No bracket of a person's text is markup: `[paid_social]` is a list and stays one.
        out.print(text, markup=False)


_WHOLE = (14, 11)
"""Characters of the longest word that a table leaves whole: the first that it has room for. What is
copied from it, as an id or a day, has 11 at most."""


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table for people."""
    from rich.table import Table
    from rich.text import Text

    made = Table(
        title=Text(title), title_justify="left", header_style="bold", pad_edge=False, box=None
    )
    cells = [[str(cell) for cell in row] for row in rows]
    lengths = [
        [len(word) for word in " ".join([column, *(row[number] for row in cells)]).split()]
        for number, column in enumerate(columns)
    ]
    for whole in _WHOLE:
        widths = [max((n for n in words if n <= whole), default=0) for words in lengths]
        if sum(widths) + 2 * len(widths) <= out.width:
            break
    for column, width in zip(columns, widths, strict=True):
        made.add_column(column, overflow="fold", min_width=width)
    for row in cells:
        made.add_row(*map(Text, row))
    return made


def reasons_text(reasons: Iterable[Reason]) -> str:
    """Return reasons as lines, each with its code, rule and section."""
    lines = []
    for reason in reasons:
        law = f" [{reason.rule}, {reason.citation}]" if reason.citation else ""
        law = law or (f" [{reason.rule}]" if reason.rule else "")
        lines.append(f"  {reason.code}: {reason.text}{law}")
    return "\n".join(lines)


def warnings_text(reasons: Iterable[Reason]) -> list[str]:
    """Return what law and norms warn of, a line each."""
    return [f"  warning: {reason.text} [{reason.rule}, {reason.citation}]" for reason in reasons]


def finish(run: Callable[[], object], as_json: bool) -> NoReturn:
    """Run a command and exit with its code; every error becomes one line for people.

    Where nobody reads on (`sosie … | head -1`) it ends as a program does that is told so by a
    signal: quietly.
    """
    try:
        code = _ended(run, as_json)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as stop:
        # Typer and Rich leave (with 1) while they handle the error.
        if BrokenPipeError not in (type(stop), type(stop.__context__)):
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):  # what they still hold is written on leaving
            os.dup2(nowhere, stream.fileno())
        code = Exit.UNREAD
    sys.exit(code)


def _ended(run: Callable[[], object], as_json: bool) -> int:
    """Run a command, print what stopped it, and return the exit code."""
    try:
        code = run()
    except Refused as refused:
        reasons = refused.refusal.reasons
        if as_json:
            _print_json("refused", [reason.as_dict() for reason in reasons])
        else:
            console.print("refused", style="bold red")
            console.print(reasons_text(reasons), markup=False, soft_wrap=True)
        return refused.code
    except BadInput as error:
        if as_json:
            _print_json("bad_input", [{"code": error.code, "text": str(error)}])
        else:
            console.print(visible(str(error)), style="red", markup=False, soft_wrap=True)
        return Exit.BAD_INPUT
    except typer.Exit as stop:
        return stop.exit_code
    except Exception as error:
        if os.environ.get("SOSIE_DEBUG"):
            raise
        console.print(visible(fault(error)), style="red", markup=False, soft_wrap=True)
        return Exit.FAULT
    return code if isinstance(code, int) else Exit.DONE


def fault(error: Exception) -> str:
    """Return what people are told of an exception that nobody expected."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return (
        f"a fault of Sosie, not of yours: {said}; "
        "call again with SOSIE_DEBUG=1 and report what it shows"
    )


def _print_json(outcome: str, reasons: list[dict[str, Any]]) -> None:
    found = {"outcome": outcome, "reasons": reasons}
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def bar() -> Progress:
    """Return a progress bar on standard error."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=False,
    )

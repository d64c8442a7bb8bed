"""`sosie verify`: whose twin, which license, allowed here and today."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track

from sosie.cli.terminal import AsJson, Exit, Workspace, console, folder_of, now, out
from sosie.cli.visual_report import write
from sosie.core.seal import Report
from sosie.core.terms import Channel
from sosie.core.values import BadInput
from sosie.core.verification import Question

if TYPE_CHECKING:
    from sosie.core.ports import Outside
    from sosie.services.verification import Examined

_BAR_FROM = 5


def verify(
    files: Annotated[list[Path], typer.Argument(help="one or more pictures")],
    trust: Annotated[
        Path | None, typer.Option(help="trust file of the workspace that you rely on")
    ] = None,
    where: Annotated[str | None, typer.Option(help="country or group, as DE")] = None,
    channel: Annotated[Channel | None, typer.Option()] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="folder for a page of each picture, with a drawing of what differs"),
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Say whose twin a picture shows, under which license it was made, and whether it may be used
    here, today, for this. Of several files the worst decides."""
    question = Question(on.date() if on else now().date(), where, channel)
    reports: list[dict[str, Any]] = []
    codes: list[int] = []
    written: list[Path] = []
    shown = track(files, "Verifying", console=console) if len(files) >= _BAR_FROM else files
    for file in shown:
        try:
            said, examined = _examined(file, trust, workspace, question)
            pages = write(report, file, said, examined, written) if report else []
        except BadInput as error:
            codes.append(Exit.BAD_INPUT)
            reports.append({"file": str(file), "outcome": "bad_input", "text": str(error)})
            if not as_json:
                console.print(str(error), style="red", markup=False, soft_wrap=True)
            continue
        written += pages
        codes.append(said.exit_code)
        drawn = {"report": [str(path) for path in pages]} if report else {}
        reports.append({"file": str(file), **said.as_dict(), **drawn})
        if not as_json:
            _show(file, said)
            for path in pages:
                out.print(f"  {path}", markup=False)
    if as_json:
        sys.stdout.write(json.dumps({"reports": reports}, ensure_ascii=False, indent=2) + "\n")
    return worst(codes)


def worst(codes: list[int]) -> int:
    """Return the exit code of several files: unreadable, then 1, then 2, then 0."""
    order = [Exit.BAD_INPUT, Exit.REFUSED, Exit.UNDECIDED, Exit.DONE]
    return next(code for code in order if code in codes)


def _examined(
    file: Path, trust: Path | None, workspace: Path | None, question: Question
) -> tuple[Report, Examined | None]:
    """Verify in the workspace if there is one and no other trust was chosen, else offline."""
    from sosie import verifying, wiring

    folder = folder_of(workspace)
    if trust is not None or (workspace is None and not wiring.is_workspace(folder)):
        said = verifying.verify(
            file,
            trust=trust,
            where=question.where,
            channel=question.channel,
            on=question.on,
        )
        return said, None
    outside = _opened(workspace)
    from sosie.services import verification

    data = verifying.read(file)
    examined = verification.examine(outside, data=data, where=str(file), question=question)
    return examined.report, examined


@cache
def _opened(workspace: Path | None) -> Outside:
    """Open the workspace once for all files: its indexes are filled once."""
    from sosie.cli.terminal import opened

    return opened(workspace)


def _show(file: Path, report: Report) -> None:
    color = {0: "green", 1: "red"}.get(report.exit_code, "yellow")
    out.print(f"{file}")
    out.print(report.sentence, style=f"bold {color}", markup=False)
    for step in report.steps:
        out.print(f"  {step.number}. {step.name} [{step.state}] {step.sentence}", markup=False)

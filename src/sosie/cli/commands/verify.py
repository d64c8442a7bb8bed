"""`sosie verify`: whose twin, which license, allowed here and today."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from sosie.cli.terminal import AsJson, Exit, Workspace, console, folder_of, now, out
from sosie.core.seal import Report
from sosie.core.terms import Channel
from sosie.core.values import BadInput
from sosie.core.verification import Question

_BAR_FROM = 5


def verify(
    files: Annotated[list[Path], typer.Argument(help="one or more pictures")],
    trust: Annotated[
        Path | None, typer.Option(help="trust file of the workspace that you rely on")
    ] = None,
    where: Annotated[str | None, typer.Option(help="country or group, as DE")] = None,
    channel: Annotated[Channel | None, typer.Option()] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Say whose twin a picture shows, under which license it was made, and whether it may be used
    here, today, for this. Of several files the worst decides."""
    question = Question(on.date() if on else now().date(), where, channel)
    reports: list[dict[str, Any]] = []
    codes: list[int] = []
    shown = track(files, "Verifying", console=console) if len(files) >= _BAR_FROM else files
    for file in shown:
        try:
            report = _report(file, trust, workspace, question)
        except BadInput as error:
            codes.append(Exit.BAD_INPUT)
            reports.append({"file": str(file), "outcome": "bad_input", "text": str(error)})
            if not as_json:
                console.print(str(error), style="red", markup=False, soft_wrap=True)
            continue
        codes.append(report.exit_code)
        reports.append({"file": str(file), **report.as_dict()})
        if not as_json:
            _show(file, report)
    if as_json:
        sys.stdout.write(json.dumps({"reports": reports}, ensure_ascii=False, indent=2) + "\n")
    return worst(codes)


def worst(codes: list[int]) -> int:
    """Return the exit code of several files: unreadable, then 1, then 2, then 0."""
    order = [Exit.BAD_INPUT, Exit.REFUSED, Exit.UNDECIDED, Exit.DONE]
    return next(code for code in order if code in codes)


def _report(file: Path, trust: Path | None, workspace: Path | None, question: Question) -> Report:
    """Verify in the workspace if there is one and no other trust was chosen, else offline."""
    from sosie import verifying, wiring

    folder = folder_of(workspace)
    if trust is not None or (workspace is None and not wiring.is_workspace(folder)):
        return verifying.verify(
            file,
            trust=trust,
            where=question.where,
            channel=question.channel,
            on=question.on,
        )
    from sosie.cli.terminal import opened

    outside = opened(workspace)
    from sosie.services import verification

    data = verifying.read(file)
    return verification.verify(outside, data=data, where=str(file), question=question)


def _show(file: Path, report: Report) -> None:
    color = {0: "green", 1: "red"}.get(report.exit_code, "yellow")
    out.print(f"{file}")
    out.print(report.sentence, style=f"bold {color}", markup=False)
    for step in report.steps:
        out.print(f"  {step.number}. {step.name} [{step.state}] {step.sentence}", markup=False)

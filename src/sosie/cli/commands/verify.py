"""`sosie verify`: whose twin, which license, allowed here and today."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from sosie.cli import visual_report
from sosie.cli.parallel import each
from sosie.cli.terminal import AsJson, Exit, bar, console, fault, named, now, out, visible
from sosie.core.file_format import format_of
from sosie.core.seal import Report
from sosie.core.terms import Channel, Purpose
from sosie.core.values import BadInput
from sosie.core.verification import Question

if TYPE_CHECKING:
    from sosie.services.verification import Examined

_MANY = 5
"""From so many files on, a bar is shown and of each file its sentence alone."""
_A_SHARE = 16
"""Pictures that are worth a process of their own."""
_COLORS = {Exit.DONE: "green", Exit.UNDECIDED: "yellow"}
_UNJUDGED = {"bad_input": Exit.BAD_INPUT, "fault": Exit.FAULT}
_TOGETHER = {
    "workspace.alone": "--workspace",
    "remote.absent": "--send-picture",
    "remote.trust": "--remote",
}
"""Options that stand beside a wrong one, or without the one that they need, by reason code."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of each file; travels to the processes that do the work."""

    trust: Path | None
    workspace: Path | None
    """The workspace to verify in; none where another trust was chosen, or nothing was named."""
    question: Question
    time_roots: Path | None
    report: Path | None
    """The folder for a page of each picture, if pages are wanted."""
    remote: str | None = None
    send_picture: bool = False


def verify(
    files: Annotated[list[Path], typer.Argument(help="pictures, and folders of them")],
    trust: Annotated[
        Path | None, typer.Option(help="trust file of the workspace that you rely on")
    ] = None,
    where: Annotated[str | None, typer.Option(help="country or group, as DE")] = None,
    channel: Annotated[Channel | None, typer.Option()] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    purpose: Annotated[Purpose | None, typer.Option(help="what it is used for")] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="how many processes share the work; else as its size asks for"),
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Print one JSON object a line, as each is done.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="folder for a page of each picture, with a drawing of what differs"),
    ] = None,
    remote: Annotated[
        str | None,
        typer.Option(help="ask this Sosie too (https://…), by mark and fingerprint; needs --trust"),
    ] = None,
    send_picture: Annotated[
        bool,
        typer.Option("--send-picture", help="Send the remote what it knows by neither."),
    ] = False,
    workspace: Annotated[
        Path | None,
        typer.Option(
            help="The workspace folder; else, without --trust, $SOSIE_WORKSPACE, and none that "
            "merely lies here."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Say whose twin a picture shows, under which license it was made, and whether it may be used
    here, today, for this. Of several files the worst decides; of a folder, every picture in it is
    taken, whatever its name. Nothing is sent to anybody unless --remote names whom to ask."""
    from sosie import verifying

    question = Question(on.date() if on else now(), where, channel, purpose)
    roots = os.environ.get("SOSIE_TSA_ROOTS")
    time_roots = Path(roots) if roots else None
    _admit(workspace, trust, remote, send_picture=send_picture)
    _settled("--trust", trust, verifying.chosen)
    _settled("SOSIE_TSA_ROOTS", time_roots, verifying.roots_of_time)
    chosen = named(workspace) if trust is None else None
    if chosen is not None:
        verifying.opened(chosen)
    asked = Asked(trust, chosen, question, time_roots, report, remote, send_picture)
    found = list(_pictures(files))
    many = len(found) >= _MANY
    reports: list[dict[str, Any]] = []
    codes: Counter[int] = Counter()
    with bar() if many else nullcontext() as progress:
        task = progress.add_task("Verifying", total=len(found)) if progress else None
        items = list(zip(found, visual_report.names(found), strict=True))
        shared = jobs or max(1, min(_cores(), len(items) // _A_SHARE))
        results = each(partial(_answered, asked), items, jobs=shared)
        for file, result in zip(found, results, strict=True):
            said = result or _died(file)
            codes[_code(said)] += 1
            if lines:
                sys.stdout.write(_json(said) + "\n")
                sys.stdout.flush()
            elif as_json:
                reports.append(said)
            else:
                _show(said, whole=not many)
            if progress and task is not None:
                progress.advance(task)
    if as_json and not lines:
        sys.stdout.write(_json({"reports": reports}, indent=2) + "\n")
    if many:
        placed = bool(where or channel or purpose)
        console.print(_summary(codes, placed=placed), markup=False)
    return worst(list(codes))


def _admit(
    workspace: Path | None, trust: Path | None, remote: str | None, *, send_picture: bool
) -> None:
    """Refuse options that do not stand together as wrong use; raises ``BadInput`` for a bad
    address."""
    from sosie import verifying

    try:
        verifying.admit(remote, trust, send_picture=send_picture)
        if workspace is not None:
            verifying.alone(workspace, trust, remote, send_picture)
    except BadInput as error:
        if error.code not in _TOGETHER:
            raise
        text = f"`{_TOGETHER[error.code]}`: {error.what}; {error.remedy}"
        raise TyperException(text) from None


def _settled(setting: str, path: Path | None, read: Callable[[Path], object]) -> None:
    """Read a file that is relied on for every picture, so that a bad one is told once and by the
    name of its setting: raises ``BadInput``."""
    if path is None:
        return
    try:
        read(path)
    except BadInput as error:
        raise BadInput(
            error.what, where=f"{setting} {path}", remedy=error.remedy, code=error.code
        ) from None


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worst(codes: list[int]) -> int:
    """Return the exit code of several files: a fault, unreadable, then 1, then 2, then 0."""
    order = [Exit.FAULT, Exit.BAD_INPUT, Exit.REFUSED, Exit.UNDECIDED, Exit.DONE]
    return next(code for code in order if code in codes)


def _pictures(paths: list[Path]) -> Iterator[Path]:
    """Yield the files, and of each folder the pictures in it, told by their first bytes; a folder
    without any as itself, to be told of."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_picture(file)]
        yield from found or [path]


def _is_picture(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return format_of(opened.read(16)) is not None
    except OSError:
        return True  # to be named as unreadable, not passed over


def _answered(asked: Asked, item: tuple[Path, str]) -> dict[str, Any]:
    """Return the report on one file, or why there is none, as plain values."""
    file, page = item
    try:
        if file.is_dir():
            raise BadInput(
                "there is no picture in this folder",
                where=str(file),
                remedy="name one that holds JPEG, PNG, WebP, AVIF or TIFF files",
                code="picture.absent",
            )
        said, examined = _examined(asked, file)
        report = {"file": str(file), **said.as_dict()}
        if asked.report is not None:
            written = visual_report.write(asked.report, page, said, examined)
            report["report"] = [str(path) for path in written]
        return report
    except BadInput as error:
        return {"file": str(file), "outcome": "bad_input", "text": str(error)}
    except Exception as error:  # one file's fault is told of that file, and no other is lost
        if os.environ.get("SOSIE_DEBUG"):
            raise
        text = f"`{file}`: {fault(error)}"
        return {"file": str(file), "outcome": "fault", "text": text}


def _examined(asked: Asked, file: Path) -> tuple[Report, Examined | None]:
    """Verify in the workspace if one was chosen, else offline."""
    from sosie import verifying

    question = asked.question
    if asked.workspace is None:
        said = verifying.verify(
            file,
            trust=asked.trust,
            where=question.where,
            channel=question.channel,
            purpose=question.purpose,
            on=question.on,
            time_roots=asked.time_roots,
            remote=asked.remote,
            send_picture=asked.send_picture,
        )
        return said, None
    examined = verifying.examine(file, asked.workspace, question)
    return examined.report, examined


def _died(file: Path) -> dict[str, Any]:
    text = f"`{file}`: the process that read it died; open it in no other program"
    return {"file": str(file), "outcome": "bad_input", "text": text}


def _json(said: object, **how: Any) -> str:
    """Return JSON that UTF-8 can write, whatever bytes the name of a file is made of."""
    text = json.dumps(said, ensure_ascii=False, **how)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(said, **how)
    return text


def _code(report: dict[str, Any]) -> int:
    return int(_UNJUDGED.get(report["outcome"]) or report["exit_code"])


def _show(report: dict[str, Any], *, whole: bool) -> None:
    color = _COLORS.get(Exit(_code(report)), "red")
    if report["outcome"] in _UNJUDGED:
        console.print(visible(report["text"]), style=color, markup=False, soft_wrap=True)
        return
    out.print(visible(report["file"]), markup=False)
    out.print(visible(report["sentence"]), style=f"bold {color}", markup=False)
    for step in report["steps"] if whole else ():
        text = f"  {step['number']}. {step['name']} [{step['state']}] {step['sentence']}"
        out.print(visible(text), markup=False)
    for path in report.get("report", ()):
        out.print(f"  {visible(path)}", markup=False)


def _summary(codes: Counter[int], *, placed: bool) -> str:
    words = {
        Exit.DONE: f"made under license here{' and allowed' if placed else ''}",
        Exit.REFUSED: "altered, or not allowed here",
        Exit.UNDECIDED: "unknown or undecided",
        Exit.BAD_INPUT: "not readable",
        Exit.FAULT: "not judged, by a fault of Sosie",
    }
    counted = [f"{codes[code]} {text}" for code, text in words.items() if codes[code]]
    return f"{sum(codes.values())} pictures: {', '.join(counted)}"

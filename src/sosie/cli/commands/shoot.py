"""`sosie shoot`: plan, run, resume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import TaskID

from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    bar,
    console,
    now,
    opened,
    passphrase,
    reasons_text,
    table,
)
from sosie.core.studio import Drawn, ShootPlan
from sosie.core.values import BadInput, Refusal

if TYPE_CHECKING:
    from sosie.core.ports import Outside
    from sosie.services.shoot import Proposal

app = typer.Typer(no_args_is_help=True, help="Orders of pictures under a license.")

License = Annotated[str, typer.Option("--license", help="id of the license")]


@app.command()
def plan(
    plan: Path,
    license: License,
    drawn: Annotated[
        Path | None, typer.Option(help="folder for pictures on which refusals are drawn")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Say what a shoot would come to: what is refused and why, what it costs. Orders nothing."""

    outside = opened(workspace)
    from sosie.services import shoot

    wanted, files = read_plan(plan)
    proposal = accept(shoot.propose(outside, license=license, plan=wanted, files=files, now=now()))
    said = {
        "outcome": "refused" if proposal.refusals else "allowed",
        "reasons": [reason.as_dict() for reason in proposal.refusals],
        "pictures": len(proposal.engine),
        "price": str(proposal.price) if proposal.price else None,
    }
    head = f"{len(proposal.engine)} pictures, {proposal.price} if all are approved"
    if proposal.refusals:
        head = "would be refused:\n" + reasons_text(proposal.refusals)
    if drawn:
        head += "".join(f"\ndrawn in {path}" for path in _draw(outside, proposal, drawn))
    answer(as_json, said, head)
    return Exit.REFUSED if proposal.refusals else Exit.DONE


def _draw(outside: Outside, proposal: Proposal, folder: Path) -> list[Path]:
    """Write the pictures on which an engine drew why it refuses; return their paths."""
    written = []
    for number, (_, reasons) in enumerate(proposal.engine, start=1):
        for reason in reasons:
            if isinstance(reason, Drawn) and reason.picture is not None:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"picture-{number}.png"
                path.write_bytes(outside.pictures.lossless(reason.picture))
                written.append(path)
    return written


@app.command()
def run(
    plan: Path,
    license: License,
    by: As,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Order the pictures of a plan, as the brand, and make them."""

    outside = opened(workspace)
    from sosie.services import shoot

    wanted, files = read_plan(plan)
    row = accept(
        shoot.order(
            outside,
            license=license,
            plan=wanted,
            files=files,
            by=by,
            passphrase=passphrase(by),
            now=now(),
        )
    )
    return _make(outside, row.id, as_json)


@app.command()
def resume(shoot: str, workspace: Workspace = None, as_json: AsJson = False) -> int:
    """Make what is still to be made of a shoot that was stopped."""
    return _make(opened(workspace), shoot, as_json)


def make_pictures(outside: Outside, ids: list[str]) -> dict[str, Any]:
    """Make ordered pictures, each with its progress bar; a failed one does not lose the rest."""
    from sosie.services import picture as pictures

    results: dict[str, Any] = {}
    with bar() as progress:
        for id in ids:
            task = progress.add_task(id, total=1.0)

            def show(share: float, _: str, task: TaskID = task) -> None:
                progress.update(task, completed=share)

            made = pictures.make(
                outside, picture=id, progress=show, cancelled=lambda: False, now=now()
            )
            progress.update(task, completed=1.0)
            results[id] = made
    return results


def read_plan(path: Path) -> tuple[ShootPlan, dict[str, bytes]]:
    """Return the shoot plan in a file, and the files beside it that it lists.

    Raises ``BadInput`` naming line and column, or the file that cannot be read.
    """
    from sosie.adapters import terms_file

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "this is no UTF-8 text"
        raise BadInput(what.lower(), where=str(path), remedy="name a shoot plan (YAML)") from None
    plan = terms_file.read_plan(text, where=str(path))
    return plan, {name: _file(path.parent / file) for name, file in plan.files.items()}


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = (error.strerror or "it cannot be read").lower()
        remedy = "name it in the plan by its path beside the plan"
        raise BadInput(what, where=str(path), remedy=remedy) from None


def _make(outside: Outside, shoot: str, as_json: bool) -> int:
    from sosie.services import picture as pictures

    ids = pictures.pending(shoot)
    if not ids:
        console.print(f"`{shoot}` has no picture that is still to be made")
    results = make_pictures(outside, ids)
    said: list[dict[str, Any]] = []
    for id, made in results.items():
        failed = isinstance(made, Refusal)
        said.append(
            {
                "picture": id,
                "status": "failed" if failed else made.status,
                "grade": "" if failed else made.grade,
                "notes": [r.text for r in made.reasons] if failed else made.warnings,
            }
        )
    rows = [(s["picture"], s["status"], s["grade"], "; ".join(s["notes"])) for s in said]
    answer(
        as_json,
        {"shoot": shoot, "pictures": said},
        table(f"Shoot {shoot}", ["picture", "status", "grade", "notes"], rows),
    )
    return Exit.REFUSED if any(s["status"] == "failed" for s in said) else Exit.DONE

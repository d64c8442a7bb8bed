"""`sosie shoot`: list, plan, run, start, work, pause, resume, retry, board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.making import alone, make_pictures, tell
from sosie.cli.making import work as made_by_worker
from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    bar,
    console,
    folder_of,
    now,
    opened,
    passphrase,
    reasons_text,
    table,
)
from sosie.core.studio import Drawn, ShootPlan, spoken
from sosie.core.values import BadInput

if TYPE_CHECKING:
    from sosie.core.ports import Outside, Progress
    from sosie.services.shoot import Proposal

app = typer.Typer(no_args_is_help=True, help="Orders of pictures under a license.")

License = Annotated[str, typer.Option("--license", help="id of the license")]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="processes that make pictures side by side")]


@app.command("list")
def list_(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List shoots: their license, what they are for, and how many pictures are in which state."""
    opened(workspace)
    from sosie.services import shoot

    rows = shoot.overview()
    columns = ["shoot", "license", "engine", "purpose", "channel", "ordered", "pictures"]
    print_rows("Shoots", columns, rows, name="shoots", search=search, csv=csv, as_json=as_json)


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
    """Say what a shoot would come to: each picture, what is refused and why, what it costs and how
    long it takes. Orders nothing."""

    outside = opened(workspace)
    from sosie.services import shoot

    wanted, files = read_plan(plan)
    with _planning() as progress:
        found = shoot.propose(
            outside, license=license, plan=wanted, files=files, now=now(), progress=progress
        )
    proposal = accept(found)
    if not as_json:
        answer(
            False, {}, _table(f"{len(proposal.pictures)} pictures by `{wanted.engine}`", proposal)
        )
    shown = [str(path) for path in _draw(outside, proposal, drawn)] if drawn else []
    words = "".join([_in_words(proposal), *(f"\ndrawn in {path}" for path in shown)])
    answer(as_json, proposal.as_dict() | {"drawn": shown}, words)
    return Exit.REFUSED if proposal.refusals else Exit.DONE


def _draw(outside: Outside, proposal: Proposal, folder: Path) -> list[Path]:
    """Write the pictures on which an engine drew why it refuses; return their paths."""
    from sosie.adapters.blobs import replace_file

    written = []
    for number, planned in enumerate(proposal.pictures, start=1):
        for reason in planned.engine:
            if isinstance(reason, Drawn) and reason.picture is not None:
                path = folder / f"picture-{number}.png"
                replace_file(path, outside.pictures.lossless(reason.picture))
                written.append(path)
    return written


@app.command()
def run(
    plan: Path,
    license: License,
    by: As,
    jobs: Jobs = 1,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Order the pictures of a plan, as the brand, and make them. Ctrl-C pauses."""

    outside = opened(workspace)
    from sosie.services import shoot

    wanted, files = read_plan(plan)
    secret = passphrase(by)
    with _planning() as progress:
        ordered = shoot.order(
            outside,
            license=license,
            plan=wanted,
            files=files,
            by=by,
            passphrase=secret,
            now=now(),
            progress=progress,
        )
    row = accept(ordered)
    return _make(outside, row.id, folder_of(workspace), jobs, as_json)


@app.command()
def resume(shoot: str, jobs: Jobs = 1, workspace: Workspace = None, as_json: AsJson = False) -> int:
    """Make what is still to be made of a shoot that was paused or killed."""
    return _make(opened(workspace), shoot, folder_of(workspace), jobs, as_json)


@app.command()
def start(shoot: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Have a worker make what is still to be made of a shoot (`sosie shoot work`)."""
    opened(workspace)
    from sosie.services import making

    accept(making.start(shoot))
    text = f"`{shoot}` is started; a worker makes it: `sosie shoot work`, or `sosie serve`"
    answer(as_json, {"shoot": shoot, "started": True}, text)


@app.command()
def work(
    until_done: Annotated[
        bool, typer.Option("--until-done", help="end once there is nothing to do")
    ] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Make the pictures of every shoot that was started, on the pages or by `sosie shoot start`.

    Ends at Ctrl-C or SIGTERM: what is in work stays ordered. Kill it, start it again, start
    several: no picture is lost or made twice."""
    from sosie import wiring

    opened(workspace)
    secret = passphrase("house")
    # Files of orders may come from anyone who may order.
    outside = wiring.opened(folder_of(workspace), secret, strangers=lambda _reason: None)
    outside.log_key.sign(b"")  # a wrong passphrase is noticed now, not with the first picture
    made = []
    for id, became in made_by_worker(outside, folder_of(workspace), until_done=until_done):
        made.append({"picture": id, "became": became})
        console.print(f"{id}: {became}", markup=False, soft_wrap=True)
    answer(as_json, {"made": made}, f"{len(made)} pictures worked on")


@app.command()
def pause(shoot: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Have whoever makes the pictures of a shoot stop before the next step."""
    opened(workspace)
    from sosie.services import shoot as shoots

    accept(shoots.pause(shoot))
    text = f"`{shoot}` is paused; go on with `sosie shoot resume {shoot}`"
    answer(as_json, {"shoot": shoot, "paused": True}, text)


@app.command()
def retry(shoot: str, jobs: Jobs = 1, workspace: Workspace = None, as_json: AsJson = False) -> int:
    """Order the pictures of a shoot that failed anew, and make them."""
    outside = opened(workspace)
    from sosie.services import picture as pictures

    accept(pictures.retry(outside, shoot=shoot, now=now()))
    return _make(outside, shoot, folder_of(workspace), jobs, as_json)


@app.command()
def board(
    shoot: str,
    out: Annotated[Path, typer.Option("--out", help="NAME.png, or NAME.html for a page")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Draw every picture of a shoot with its order, grade, warnings, state and notes."""
    from sosie.adapters import board as boards
    from sosie.adapters.blobs import replace_file

    draw = {".png": boards.png, ".html": boards.html}.get(out.suffix.lower())
    if draw is None:
        remedy = "name a file that ends in .png or .html"
        raise BadInput("a board is no such file", where=str(out), remedy=remedy)
    outside = opened(workspace)
    from sosie.services import board as found

    heading, tiles = accept(found.tiles(outside, shoot=shoot))
    replace_file(out, draw(heading, tiles))
    said = {"shoot": shoot, "file": str(out), "pictures": len(tiles)}
    answer(as_json, said, f"wrote {out}: {len(tiles)} pictures")


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


def _make(outside: Outside, shoot: str, folder: Path, jobs: int, as_json: bool) -> int:
    from sosie.services import picture as pictures
    from sosie.services import shoot as shoots

    accept(shoots.find(shoot))
    with alone(folder, shoot):
        shoots.pause(shoot, paused=False)
        ids = pictures.pending(shoot)
        if not ids:
            console.print(f"`{shoot}` has no picture that is still to be made")
        results = make_pictures(outside, shoot, ids, folder=folder, jobs=jobs)
    return tell(shoot, results, pictures.failed(shoot), as_json)


@contextmanager
def _planning() -> Iterator[Progress]:
    """Show how far a plan is checked; the bar goes when it is."""
    with bar() as bars:
        task = bars.add_task("Planning", total=1.0)
        yield lambda share, what: bars.update(task, completed=share, description=what)
        bars.remove_task(task)


def _table(title: str, proposal: Proposal) -> Table:
    """Return a line for each picture, with what is refused of it beside what is of all."""
    shared = set.intersection(*(set(each.license) for each in proposal.pictures))
    rows = []
    for number, each in enumerate(proposal.pictures, start=1):
        own = [r.text for r in (*each.license, *each.engine) if r not in shared]
        why = "; ".join(own) or ("what all are: see below" if shared else "")
        rows.append((number, spoken(each.order), why))
    return table(title, ["", "picture", "refused because"], rows)


def _in_words(proposal: Proposal) -> str:
    price, seconds = proposal.price, proposal.seconds
    cost = "nothing for a picture"
    if price:
        cost = (
            f"{price.total} if all are approved and sealed ({price.each} each): she receives "
            f"{price.receives}, her agency {price.commission}"
        )
    took = "unknown: this machine has made none with this engine"
    if seconds is not None:
        took = f"about {seconds / 60:.0f} min" if seconds > 90 else f"about {seconds:.0f} s"
        took += " one after the other, as earlier ones took here"
    lines = [f"price: {cost}", f"time: {took}"]
    if proposal.refusals:
        lines += ["would be refused:", reasons_text(proposal.refusals)]
    return "\n".join(lines)

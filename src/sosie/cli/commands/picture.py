"""`sosie picture`: list, export, recognize, approve, refuse, accept, decline, change, replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.commands import layouts
from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    bar,
    now,
    opened,
    passphrase,
)
from sosie.core.studio import Order, spoken
from sosie.core.values import BadInput, Digest

app = typer.Typer(no_args_is_help=True, help="The pictures of a shoot and the model's answers.")

Output = Annotated[Path | None, typer.Option("--out", help="write the picture here (PNG)")]


@app.command("list")
def list_(
    license: Annotated[str, typer.Option(help="only this license")] = "",
    status: Annotated[str, typer.Option(help="ordered, made, approved, sealed …")] = "",
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List pictures with their status."""

    opened(workspace)
    from sosie.services import picture as pictures

    rows = pictures.overview(license=license, status=status)
    columns = ["picture", "license", "plate", "status", "grade"]
    print_rows("Pictures", columns, rows, name="pictures", search=search, csv=csv, as_json=as_json)


@app.command()
def export(picture: str, out: Path, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Write a picture to a file, to look at it before answering."""
    from sosie.adapters.blobs import replace_file

    outside = opened(workspace)
    from sosie.services import picture as pictures

    row = accept(pictures.find_made(picture))
    replace_file(out, outside.blobs.get(Digest(row.digest)))
    answer(as_json, {"picture": picture, "file": str(out)}, f"wrote {out}")


@app.command()
def recognize(
    pictures: Annotated[list[str], typer.Argument(help="one or more undecided pictures")],
    by: As,
    note: str = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Say, as the model, that pictures which are undecided do show you. Approves nothing."""
    outside = opened(workspace)
    from sosie.services import picture

    secret = passphrase(by)
    for id in pictures:
        accept(
            picture.recognize(outside, picture=id, by=by, passphrase=secret, note=note, now=now())
        )
    text = f"recognized: {', '.join(pictures)}; approve or refuse them next"
    answer(as_json, {"pictures": pictures, "answer": "recognized"}, text)


@app.command()
def change(
    picture: str,
    by: As,
    note: Annotated[str, typer.Option(help="what is to be different, in words")],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="a field of the order: backdrop.scene=paper, garment_colour=none"
        ),
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Order a picture in place of another, as the brand or the model; the old one is kept."""
    outside = opened(workspace)
    from sosie.services import change as changes

    settings = dict(_setting(each) for each in set_ or ())
    row = accept(
        changes.order(
            outside,
            picture=picture,
            settings=settings,
            note=note,
            by=by,
            passphrase=passphrase(by),
            now=now(),
        )
    )
    order = spoken(Order.model_validate(row.order))
    said = {"picture": row.pk, "change_of": picture, "order": order}
    text = f"ordered {row.pk} in place of {picture}: {order}\nmake it with `sosie shoot resume"
    answer(as_json, said, f"{text} {row.shoot_id}`")


def _setting(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals:
        remedy = "write FIELD=VALUE as in `backdrop.scene=paper`"
        raise BadInput("this sets nothing", where=text, remedy=remedy)
    return field, value


@app.command()
def approve(
    pictures: Annotated[list[str], typer.Argument(help="one or more pictures")],
    by: As,
    note: str = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Approve pictures, as the model."""
    _answer(workspace, as_json, pictures, yes=True, by=by, note=note)


@app.command()
def refuse(
    pictures: Annotated[list[str], typer.Argument(help="one or more pictures")],
    by: As,
    note: str = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Refuse pictures, as the model."""
    _answer(workspace, as_json, pictures, yes=False, by=by, note=note)


@app.command("accept")
def accept_(
    pictures: Annotated[list[str], typer.Argument(help="one or more pictures")],
    by: As,
    note: str = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Say, as the brand, that it takes pictures. Whether they go out stays the model's word."""
    _review(workspace, as_json, pictures, yes=True, by=by, note=note)


@app.command()
def decline(
    pictures: Annotated[list[str], typer.Argument(help="one or more pictures")],
    by: As,
    note: Annotated[str, typer.Option(help="why not, in words")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Say, as the brand, that it does not take pictures; they are kept, and not sealed."""
    _review(workspace, as_json, pictures, yes=False, by=by, note=note)


@app.command()
def replay(
    picture: str, out: Output = None, workspace: Workspace = None, as_json: AsJson = False
) -> int:
    """Make a picture again from its recipe and compare the pixels."""
    from sosie.adapters.blobs import replace_file

    outside = opened(workspace)
    from sosie.services import picture as pictures

    with bar() as progress:
        task = progress.add_task(f"Replaying {picture}", total=1.0)
        again = accept(
            pictures.replay(
                outside,
                picture=picture,
                progress=lambda share, what: progress.update(task, completed=share),
                now=now(),
            )
        )
    if out:
        replace_file(out, outside.pictures.lossless(again.pixels))
    text = "the same pixels" if again.same else "other pixels than those that were recorded"
    if again.reasons:
        text += "; " + "; ".join(reason.text for reason in again.reasons)
    elif not again.promised:
        text += "; its engine does not promise the same ones"
    said = {
        "picture": picture,
        "same": again.same,
        "promised": again.promised,
        "reasons": [reason.as_dict() for reason in again.reasons],
    }
    answer(as_json, said, text)
    if again.same:
        return Exit.DONE
    return Exit.REFUSED if again.promised else Exit.UNDECIDED


def _answer(
    workspace: Workspace, as_json: bool, ids: list[str], *, yes: bool, by: str, note: str
) -> None:
    outside = opened(workspace)
    from sosie.services import picture as pictures

    secret = passphrase(by)
    for id in ids:
        accept(
            pictures.answer(
                outside, picture=id, yes=yes, by=by, passphrase=secret, note=note, now=now()
            )
        )
    word = "approved" if yes else "refused"
    answer(as_json, {"pictures": ids, "answer": word}, f"{word}: {', '.join(ids)}")


def _review(
    workspace: Workspace, as_json: bool, ids: list[str], *, yes: bool, by: str, note: str
) -> None:
    outside = opened(workspace)
    from sosie.services import review

    known = {"by": by, "passphrase": passphrase(by), "note": note}
    for id in ids:
        accept(review.answer(outside, picture=id, yes=yes, now=now(), **known))
    word = "accepted" if yes else "declined"
    answer(as_json, {"pictures": ids, "review": word}, f"{word}: {', '.join(ids)}")


app.command("layouts")(layouts.layouts)

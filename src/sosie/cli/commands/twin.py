"""`sosie twin`: consent, capture, landmarks, deletion."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

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
    reasons_text,
    table,
)
from sosie.core.values import BadInput

app = typer.Typer(no_args_is_help=True, help="The digital replica of one model, owned by her.")


@app.command()
def consent(
    twin: str,
    by: As,
    scope: Annotated[str, typer.Option(help="what may be made")],
    purpose: Annotated[str, typer.Option(help="what for")],
    pay: Annotated[str, typer.Option(help="rate of pay for making it")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="last day")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Sign, as the model, that a twin of her may be made."""

    outside = opened(workspace)
    from sosie.services import twin as twins

    signed = accept(
        twins.consent(
            outside,
            twin=twin,
            by=by,
            passphrase=passphrase(by),
            scope=scope,
            purpose=purpose,
            pay=pay,
            until=until.date(),
            now=now(),
        )
    )
    said = {"twin": twin, "by": by, "signed_at": signed.at.isoformat()}
    answer(as_json, said, f"`{by}` signed the creation consent for `{twin}`")


@app.command()
def capture(
    folder: Path,
    twin: Annotated[str, typer.Option(help="id of the twin")],
    shown_as: Annotated[str, typer.Option(help="the name under which she appears")],
    single: Annotated[bool, typer.Option(help="accept one front plate, to try Sosie out")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Read a folder of photographs with their landmark cards and make the twin of them."""
    from sosie.adapters.capture_folder import read
    from sosie.core.twin import FULL, MINIMAL

    found = read(folder)
    outside = opened(workspace)
    from sosie.services import twin as twins

    with bar() as progress:
        task = progress.add_task(f"Reading {folder.name}", total=1.0)
        capture = accept(
            twins.capture(
                outside,
                twin=twin,
                shown_as=shown_as,
                photos=[twins.Photo(p.name, p.data, p.card) for p in found.photos if p.card],
                measurements=found.measurements,
                requirement=MINIMAL if single else FULL,
                now=now(),
                progress=lambda share, what: progress.update(task, completed=share),
            )
        )
    verdicts = [
        {
            "photo": verdict.name,
            "accepted": not verdict.reasons,
            "reasons": [reason.as_dict() for reason in verdict.reasons],
            "quality": verdict.quality.as_dict() if verdict.quality else None,
        }
        for verdict in capture.verdicts
    ]
    said = {
        "twin": twin if capture.twin else None,
        "photos": verdicts,
        "missing": [reason.as_dict() for reason in capture.missing],
    }
    rows = [
        (v.name, "accepted" if not v.reasons else "refused", "; ".join(r.text for r in v.reasons))
        for v in capture.verdicts
    ]
    answer(as_json, said, table("Capture", ["photograph", "", "why"], rows))
    if capture.twin is None and not as_json:
        typer.echo("no twin was made; the capture lacks:\n" + reasons_text(capture.missing))
    return Exit.DONE if capture.twin else Exit.REFUSED


@app.command()
def landmarks(
    photo: Path,
    plate: Annotated[str, typer.Option(help="name of the plate; else the file's name")] = "",
    view: Annotated[str, typer.Option(help="front-half, front-full …; else guessed")] = "",
    put: Annotated[
        list[str] | None, typer.Option("--set", help="correct a point: waist_l=410,580 or =none")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose the landmark card of a photograph and draw it, to be looked at and corrected.

    Writes `PHOTO.json` beside the photograph and `PHOTO.landmarks.png`, where uncertain points are
    marked. Call it again with `--set` to move points; what is in the card already is kept.
    """
    from sosie.adapters.blobs import replace_file
    from sosie.adapters.capture_folder import read_card
    from sosie.adapters.pictures import PillowPictures
    from sosie.core.landmarks import UNCERTAIN, correct, draw, propose

    pictures = PillowPictures()
    pixels = pictures.decode(_bytes(photo), where=str(photo))
    target = photo.with_suffix(".json")
    confidence: dict[str, float] = {}
    if target.exists() and put:
        card = read_card(target)
    else:
        proposal = propose(pixels)
        card, confidence = proposal.card(plate or photo.stem), dict(proposal.confidence)
    if view:
        card = card.model_copy(update={"view": view})
    if put:
        changes = dict(_change(text) for text in put)
        card = correct(card, changes)
        confidence |= dict.fromkeys(changes, 1.0)
    drawn = photo.with_suffix(".landmarks.png")
    data = json.dumps(card.model_dump(mode="json", by_alias=True), indent=2) + "\n"
    replace_file(target, data.encode())
    replace_file(drawn, pictures.lossless(draw(pixels, card, confidence)))
    unsure = sorted(name for name, sure in confidence.items() if sure < UNCERTAIN)
    said = {"card": str(target), "drawn": str(drawn), "uncertain": unsure, "view": card.view}
    text = f"wrote {target}; look at {drawn}"
    if unsure:
        text += f"\nuncertain: {', '.join(unsure)}; correct with `--set {unsure[0]}=X,Y`"
    answer(as_json, said, text)


@app.command()
def delete(
    twin: str,
    by: As,
    yes: Annotated[bool, typer.Option("--yes", help="do it; without it the plan is shown")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw the creation consent and erase the twin's photographs, as the model."""

    outside = opened(workspace)
    from sosie.services import twin as twins

    if not yes:
        files = accept(twins.erasable(twin))
        text = f"would withdraw the consent for `{twin}` and erase {files} files; add `--yes`"
        answer(as_json, {"twin": twin, "files": files, "done": False}, text)
        return
    count = accept(twins.delete(outside, twin=twin, by=by, passphrase=passphrase(by), now=now()))
    said = {"twin": twin, "files": count, "done": True}
    answer(as_json, said, f"the consent for `{twin}` is withdrawn; {count} files are erased")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            (error.strerror or "cannot be read").lower(),
            where=str(path),
            remedy="name a photograph",
        ) from None


def _change(text: str) -> tuple[str, tuple[int, int] | None]:
    name, _, value = text.partition("=")
    if value.strip().lower() == "none":
        return name, None
    try:
        x, y = (int(part) for part in value.split(","))
    except ValueError:
        raise BadInput(
            "this is no point", where=text, remedy="write it as `waist_l=410,580` or `waist_l=none`"
        ) from None
    return name, (x, y)

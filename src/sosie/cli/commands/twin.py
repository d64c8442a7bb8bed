"""`sosie twin`: consent, capture, versions, landmarks, marks, retirement, deletion with proof."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sosie.cli.commands import twin_weights
from sosie.cli.commands.capture import COMMANDS as ON_CAPTURES
from sosie.cli.commands.listing import COMMANDS as ON_LISTINGS
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
    reasons_text,
    table,
)
from sosie.core.values import BadInput

if TYPE_CHECKING:
    from sosie.core.ports import Outside
    from sosie.services.erasure import Plan
    from sosie.services.twin import Capture

app = typer.Typer(no_args_is_help=True, help="The digital replica of one model, owned by her.")


@app.command()
def consent(
    twin: str,
    by: As,
    scope: Annotated[str, typer.Option(help="what may be made")],
    purpose: Annotated[str, typer.Option(help="what for")],
    pay: Annotated[str, typer.Option(help="rate of pay for making it")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="last day")],
    on_retirement: Annotated[
        str, typer.Option(help="when she retires it, licenses `run_on` or `end`")
    ] = "run_on",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Sign, as the model, that a twin of her may be made."""
    if on_retirement not in ("run_on", "end"):
        remedy = "say `run_on` or `end`"
        raise BadInput("licenses run on or end", where=on_retirement, remedy=remedy)

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
            on_retirement="end" if on_retirement == "end" else "run_on",
        )
    )
    said = {"twin": twin, "by": by, "signed_at": signed.at.isoformat()}
    answer(as_json, said, f"`{by}` signed the creation consent for `{twin}`")


Single = Annotated[bool, typer.Option("--single", help="accept one front plate, to try Sosie out")]
Full = Annotated[bool, typer.Option("--full", help="accept a full capture only")]


@app.command()
def capture(
    folder: Path,
    twin: Annotated[str, typer.Option(help="id of the twin")],
    shown_as: Annotated[str, typer.Option(help="the name under which she appears")],
    single: Single = False,
    full: Full = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Read a folder of photographs with their landmark cards and make the twin of them.

    It says which protocol was met: `full`, or at least `basic` (`sosie twin protocol`)."""
    outside = opened(workspace)
    return _capture(
        outside, folder, twin, shown_as=shown_as, least=_least(single, full), as_json=as_json
    )


@app.command()
def version(
    folder: Path,
    twin: Annotated[str, typer.Option(help="id of the twin")],
    by: As,
    single: Single = False,
    full: Full = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Capture a twin anew: the next version, while what was made of older ones keeps them.

    A license that names a version uses that one; any other uses the newest."""
    outside = opened(workspace)
    from sosie.services import twin as twins

    row = accept(twins.owned(twin, by))
    return _capture(
        outside,
        folder,
        twin,
        shown_as=row.shown_as,
        least=_least(single, full),
        as_json=as_json,
        by=by,
    )


def _least(single: bool, full: bool) -> str:
    return "full" if full else "single" if single else "basic"


def _capture(
    outside: Outside,
    folder: Path,
    twin: str,
    *,
    shown_as: str,
    least: str,
    as_json: bool,
    by: str = "",
) -> int:
    """Make a twin, or its next version as the model signs it, and say what was met."""
    from sosie.adapters.capture_folder import read
    from sosie.adapters.protocol_file import named
    from sosie.services import twin as twins

    found = read(folder)
    names = ("full", "basic", "single")
    with bar() as progress:
        task = progress.add_task(f"Reading {folder.name}", total=1.0)
        made = accept(
            twins.capture(
                outside,
                twin=twin,
                shown_as=shown_as,
                photos=[twins.Photo(p.name, p.data, p.card) for p in found.photos if p.card],
                measurements=found.measurements,
                protocols=[named(name) for name in names[: names.index(least) + 1]],
                by=by,
                passphrase=passphrase(by) if by else "",
                now=now(),
                progress=lambda share, what: progress.update(task, completed=share),
            )
        )
    said = {
        "twin": twin if made.twin else None,
        "version": made.version if made.twin else None,
        "protocol": made.met.name if made.met else None,
        "photos": [verdict.as_dict() for verdict in made.verdicts],
        "missing": [reason.as_dict() for reason in made.missing],
        "lacks_for_full": [reason.as_dict() for reason in made.lacks],
    }
    rows = [
        (
            v.name,
            "refused" if v.reasons else "accepted, with faults" if v.faults else "accepted",
            "; ".join(text for text, _ in v.marks),
        )
        for v in made.verdicts
    ]
    answer(as_json, said, table("Capture", ["photograph", "", "why"], rows))
    if not as_json:
        typer.echo(_outcome(made))
    return Exit.DONE if made.twin else Exit.REFUSED


def _outcome(made: Capture) -> str:
    if made.met is None:
        return "no twin was made; the capture lacks:\n" + reasons_text(made.missing)
    text = f"version {made.version} stands; it meets `{made.met.name}`: {made.met.words}"
    return text + ("\nfor `full` it lacks:\n" + reasons_text(made.lacks) if made.lacks else "")


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
    from sosie.adapters.capture_folder import DRAWN, read_card
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
    drawn = photo.with_suffix(DRAWN)
    data = json.dumps(card.model_dump(mode="json", by_alias=True), indent=2) + "\n"
    replace_file(target, data.encode())
    replace_file(drawn, pictures.lossless(draw(pixels, card, confidence)))
    unsure = sorted(name for name, sure in confidence.items() if sure < UNCERTAIN)
    said = {"card": str(target), "drawn": str(drawn), "uncertain": unsure, "view": card.view}
    text = f"wrote {target}; look at {drawn}"
    if unsure:
        text += f"\nuncertain: {', '.join(unsure)}; correct with `--set {unsure[0]}=X,Y`"
    answer(as_json, said, text)


@app.command("list")
def list_(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the twins: whose each is, how it stands, its newest version."""
    opened(workspace)
    from sosie.services import twin as twins

    columns = ["twin", "shown_as", "owner", "standing", "version", "protocol", "licenses"]
    rows = twins.overview()
    print_rows("Twins", columns, rows, name="twins", search=search, csv=csv, as_json=as_json)


@app.command()
def show(twin: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Show a twin: its versions and plates, marks that stay, what she never does, its files."""
    opened(workspace)
    from sosie.services import capture_day, preferences
    from sosie.services import twin as twins

    said = accept(twins.show(twin))
    wanted = preferences.of(said["owner"])
    said["exclusions"] = wanted.exclusions() if wanted else {}
    said["days"] = list(capture_day.of(twin))
    lines = [f"{twin}, shown as {said['shown_as']}, owned by `{said['owner']}`: {said['standing']}"]
    lines += [
        f"version {v['version']} of {v['captured_at'][:10]} ({v['protocol'] or 'no protocol'}): "
        + ", ".join(v["plates"])
        for v in said["versions"]
    ]
    lines += [f"never retouched: {_mark(mark)}" for mark in said["marks"]]
    lines += [
        f"never: {name.replace('_', ' ')}: {', '.join(what)}"
        for name, what in said["exclusions"].items()
    ]
    lines += [f"worked {d['from']} to {d['to']}: {d['paid']}" for d in said["days"]]
    answer(as_json, said, "\n".join(lines))


def _mark(mark: dict[str, Any]) -> str:
    where = f" ({mark['plate']} {mark['region'] or ''})".replace(" )", ")") if mark["plate"] else ""
    return f"{mark['number']}. {mark['place']}, {mark['words']}{where}"


@app.command()
def mark(
    twin: str,
    by: As,
    place: Annotated[str, typer.Option(help="where, as `left cheek`")],
    words: Annotated[str, typer.Option(help="what, as `a mole`")],
    plate: Annotated[str, typer.Option(help="a plate on which it is seen")] = "",
    at: Annotated[str, typer.Option(help="a point there, as 410,230, or a box: l,t,r,b")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Name, as the model, a mark that is never to be retouched."""
    outside = opened(workspace)
    from sosie.services import twin as twins

    kept = accept(
        twins.mark(
            outside,
            twin=twin,
            by=by,
            passphrase=passphrase(by),
            place=place,
            words=words,
            plate=plate,
            region=_region(at) if at else None,
            now=now(),
        )
    )
    said = {"twin": twin, "mark": kept.number, "place": kept.place, "words": kept.words}
    answer(as_json, said, f"mark {kept.number} of `{twin}`: {kept.place}, {kept.words}")


def _region(text: str) -> tuple[int, int, int, int]:
    try:
        numbers = [int(part) for part in text.split(",")]
        left, top, right, bottom = numbers * 2 if len(numbers) == 2 else numbers
    except ValueError:
        remedy = "write a point as `410,230` or a box as `400,220,420,240`"
        raise BadInput("this is no place on a plate", where=text, remedy=remedy) from None
    return left, top, right, bottom


@app.command()
def retire(
    twin: str,
    by: As,
    yes: Annotated[bool, typer.Option("--yes", help="do it; without it the plan is shown")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Retire a twin, as its model: no new version, license or shoot. Running licenses run on or
    end, as her consent says."""
    outside = opened(workspace)
    from sosie.services import retirement

    if yes:
        done = accept(
            retirement.retire(outside, twin=twin, by=by, passphrase=passphrase(by), now=now())
        )
    else:
        done = accept(retirement.plan(twin=twin, by=by))
    said = {"twin": twin, "licenses": done.running, "end": done.ends, "done": yes}
    what = f"{len(done.running)} licenses {'end' if done.ends else 'run on'}"
    text = f"`{twin}` is retired; {what}" if yes else f"would retire `{twin}` for ever; {what}; "
    answer(as_json, said, text if yes else f"{text}add `--yes`")


@app.command()
def delete(
    twin: str,
    by: As,
    yes: Annotated[bool, typer.Option("--yes", help="do it; without it the plan is shown")] = False,
    out: Annotated[Path | None, typer.Option(help="write the proof of deletion here")] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw the creation consent and erase all that belongs to the twin, as the model.

    Photographs, templates, weights, index entries, cards, measurements and the list of marks go;
    the log keeps hashes. Contracts and what she signed stay as evidence: without `--yes` it says
    which. Asked again, it finishes what was broken off and writes the proof again."""
    from sosie.adapters.blobs import replace_file

    outside = opened(workspace)
    from sosie.services import erasure

    if not yes:
        _would_erase(twin, accept(erasure.plan(twin, by)), as_json)
        return
    proof = accept(erasure.delete(outside, twin=twin, by=by, passphrase=passphrase(by), now=now()))
    if out:
        replace_file(out, proof.dump())
    count = len(proof.record.erased)
    said = {"twin": twin, "files": count, "done": True, "proof": str(out) if out else None}
    text = f"the consent for `{twin}` is withdrawn; {count} files are erased"
    answer(as_json, said, f"{text}; the proof is {out}" if out else text)


def _would_erase(twin: str, plan: Plan, as_json: bool) -> None:
    """Print what a deletion would erase, and what stays as evidence and why."""
    files = sum(plan.files.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in plan.files.items()) or "none left"
    stays = {
        "pictures": plan.pictures,
        "contracts": plan.contracts,
        "statements": plan.statements,
    }
    said = {"twin": twin, "files": files, "kinds": plan.files, **stays, "done": False}
    text = f"""\
would withdraw the consent for `{twin}`, and erase:
  {files} files ({kinds}), the points of the cards, the measurements and the list of marks
stay as evidence, six years at least (R61):
  {plan.contracts} contracts, in which marks that were named before stand in her words
  {plan.statements} statements that she signed of the twin, those of her marks among them
  hashes, decisions, hours and money
stay until the terms of their license delete them:
  {plan.pictures} pictures
add `--yes` to do it: it cannot be undone"""
    answer(as_json, said, text)


@app.command()
def proof(
    file: Path,
    trust: Annotated[
        Path | None, typer.Option(help="the trust file of the house; then no workspace is needed")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Check the proof that a twin was erased: against a trust file, offline, or the workspace,
    where it also looks whether a file is there again."""
    from sosie.core.erasure import Erasure

    found = Erasure.parse(_bytes(file), where=str(file))
    if trust:
        from sosie import verifying

        wrong = verifying.erasure(found, trust=trust)
    else:
        outside = opened(workspace)
        from sosie.services import erasure

        wrong = erasure.check(outside, found)
    record = found.record
    said = {
        "twin": record.twin,
        "owner": record.owner,
        "holds": not wrong,
        "erased": [each.model_dump() for each in record.erased],
        "wrong": [reason.as_dict() for reason in wrong],
    }
    text = (
        f"the proof holds: {len(record.erased)} files of `{record.twin}` were erased on the word "
    )
    text += f"of `{record.owner}`"
    answer(as_json, said, "the proof does not hold:\n" + reasons_text(wrong) if wrong else text)
    return Exit.REFUSED if wrong else Exit.DONE


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


for step, name in (*ON_CAPTURES, *ON_LISTINGS, *twin_weights.COMMANDS):
    app.command(name)(step)

"""The life of a license on the command line: `sosie license ask`, `counter`, `agree` and so on."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    now,
    opened,
    passphrase,
    table,
    warnings_text,
)
from sosie.core.life import Step

if TYPE_CHECKING:
    from sosie.services.offer import OnTheTable
    from sosie.store.models import License

Note = Annotated[str, typer.Option(help="a word to the others")]


def ask(
    license: str, by: As, note: Note = "", workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Ask the model for a license, as the brand."""
    _take(Step.ASKED, license, by, note, workspace, as_json)


def counter(
    license: str,
    terms: Annotated[Path, typer.Argument(help="the terms file that you would agree to")],
    by: As,
    note: Note = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Answer with other terms, as the model or the brand; the change is shown in plain words."""
    _take(Step.COUNTERED, license, by, note, workspace, as_json, terms)


def propose(
    license: str,
    terms: Path,
    by: As,
    note: Note = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Put other terms forward, as the agency: they count once model and brand agree to them."""
    _take(Step.PROPOSED, license, by, note, workspace, as_json, terms)


def advise(
    license: str, by: As, note: Note, workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Advise the model, as the agency; it binds nobody."""
    _take(Step.ADVISED, license, by, note, workspace, as_json)


def agree(
    license: str,
    by: As,
    terms: Annotated[
        str, typer.Option("--terms", help="digest of the terms you agree to, or 8 digits of it")
    ] = "",
    note: Note = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Agree to the terms that you name, as the model or the brand; the contract is signed after.

    At a terminal, without `--terms`, it shows them and asks; else it prints them and refuses."""
    outside = opened(workspace)
    from sosie.services import life, offer

    seen = terms
    if not seen:
        there = accept(offer.on_the_table(license, by=by, now=now()))
        if as_json or not sys.stdin.isatty():
            return _unnamed(there, as_json)
        typer.echo("\n".join(_laid_out(there, license)))
        if not typer.confirm("Do you agree to these terms?"):
            typer.echo("nothing was said: they stay on the table")
            return Exit.REFUSED
        seen = there.digest
    row = accept(
        life.take(
            outside,
            license=license,
            step=Step.AGREED,
            by=by,
            passphrase=passphrase(by),
            now=now(),
            seen=seen,
            note=note,
        )
    )
    _say(row, Step.AGREED, by, as_json)
    return Exit.DONE


def _laid_out(on_it: OnTheTable, license: str) -> list[str]:
    """Return the terms on the table as people read them: what changed since the last that this
    party knew, or all of them."""
    lines = [f"On the table of {license} is offer {on_it.number}, terms {on_it.digest}"]
    if on_it.since is None:
        text = yaml.safe_dump(on_it.terms, allow_unicode=True, sort_keys=False)
        lines += [f"  {line}" for line in text.splitlines()]
    else:
        lines.append(f"What it changes since offer {on_it.since}, the last that you agreed to:")
        lines += [f"  {text}" for text in on_it.changes or ("nothing",)]
    return [*lines, *warnings_text(on_it.warnings)]


def _unnamed(on_it: OnTheTable, as_json: bool) -> int:
    """Print what is on the table, and refuse: a yes says what it is to."""
    remedy = f"say to what you agree: `--terms {on_it.digest}`"
    said = {
        "outcome": "refused",
        "reasons": [{"code": "life.terms_unnamed", "text": remedy}],
        "license": on_it.license,
        "offer": on_it.number,
        "terms": on_it.digest,
        "changes": list(on_it.changes),
        "warnings": [reason.as_dict() for reason in on_it.warnings],
    }
    lines = [*_laid_out(on_it, on_it.license), f"refused: {remedy}"]
    answer(as_json, said, "\n".join(lines))
    return Exit.REFUSED


def decline(
    license: str, by: As, note: Note = "", workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Say no, with or without a reason; nothing follows from it for other bookings."""
    _take(Step.DECLINED, license, by, note, workspace, as_json)


def suspend(
    license: str, by: As, note: Note = "", workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Let a license rest, as its model: nothing new until it is resumed."""
    _take(Step.SUSPENDED, license, by, note, workspace, as_json)


def resume(
    license: str, by: As, note: Note = "", workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Let a suspended license go on, as its model."""
    _take(Step.RESUMED, license, by, note, workspace, as_json)


def memo(
    license: str,
    out: Annotated[Path | None, typer.Option(help="also write the memo (PDF) here")] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Deliver the deal memo: six fields on one page, in the language that the model asked for."""

    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.core.values import Digest
    from sosie.services import life

    row = accept(life.deliver_memo(outside, license=license, now=now()))
    if out:
        replace_file(out, outside.blobs.get(Digest(row.file)))
    said = {"license": license, "memo": row.file}
    answer(as_json, said, f"the deal memo of {license} is delivered; the model accepts it next")


def accept_memo(license: str, by: As, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Accept the deal memo, as the model: before any work (rule R32)."""

    outside = opened(workspace)
    from sosie.services import life

    row = accept(
        life.accept_memo(outside, license=license, by=by, passphrase=passphrase(by), now=now())
    )
    answer(as_json, {"license": row.id, "accepted": True}, f"`{by}` accepted the memo of {row.id}")


def campaign(
    license: str,
    name: Annotated[str, typer.Argument(help="the campaign")],
    by: As,
    yes: Annotated[bool, typer.Option("--yes/--no")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Answer for a campaign, as the model; without an answer nothing of it goes out."""

    outside = opened(workspace)
    from sosie.services import license as licenses

    accept(
        licenses.approve_campaign(
            outside,
            license=license,
            campaign=name,
            yes=yes,
            by=by,
            passphrase=passphrase(by),
            now=now(),
        )
    )
    said = {"license": license, "campaign": name, "yes": yes}
    answer(as_json, said, f"`{by}` said {'yes' if yes else 'no'} to campaign `{name}`")


def taken_down(
    seal: str, by: As, note: Note = "", workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Record that a release was taken down, as the brand signs itself."""

    outside = opened(workspace)
    from sosie.services import life

    accept(
        life.taken_down(outside, seal=seal, by=by, passphrase=passphrase(by), note=note, now=now())
    )
    answer(as_json, {"seal": seal, "taken_down": True}, f"`{by}` took {seal} down")


def history(license: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Tell the life of a license: every step, and what each counter offer changed."""

    opened(workspace)
    from sosie.services import license as licenses
    from sosie.services import life

    row = accept(licenses.find(license))
    changed = {step.pk: found for step, found in life.changes(row)}
    digests = dict(row.offers.values_list("number", "terms_digest"))
    steps: list[dict[str, Any]] = [
        {
            "at": step.at.isoformat(),
            "step": step.step,
            "by": step.party_id or life.WORKSPACE,
            "offer": step.offer,
            "terms": digests[step.offer],
            "note": step.note,
            "changes": [each.text for each in changed.get(step.pk, ())],
        }
        for step in row.steps.order_by("id")
    ]
    stands = life.standing(row, now=now())
    rows = [
        (s["at"][:16], s["step"], s["by"], "\n".join([s["note"], *s["changes"]]).strip())
        for s in steps
    ]
    shown = table(f"{row.id}: {stands}", ["at", "step", "by", "what"], rows)
    said = {"license": row.id, "standing": stands, "terms": row.terms_digest, "steps": steps}
    answer(as_json, said, shown)


def deadlines(
    license: Annotated[str, typer.Argument(help="one license; all if absent")] = "",
    party: Annotated[str, typer.Option(help="only what this party owes or is owed")] = "",
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    open_only: Annotated[bool, typer.Option("--open", help="leave out what is done")] = False,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List what must happen by when, by whom, and on what ground."""

    opened(workspace)
    from sosie.services import license as licenses
    from sosie.services import life

    rows = [accept(licenses.find(license))] if license else licenses.everything()
    day = on.date() if on else now().date()
    said = [
        {
            "license": row.id,
            "code": each.code,
            "text": each.text,
            "due": each.due.isoformat(),
            "state": each.state(day),
            "owed_by": each.owed_by,
            "owed_to": each.owed_to,
            "ground": each.ground,
            "rule": each.rule,
        }
        for row, each in life.deadlines(rows, now=now())
        if party in ("", each.owed_by, each.owed_to)
        if not (open_only and each.done_on)
    ]
    print_rows(
        "Deadlines",
        ["license", "due", "state", "owed_by", "text", "ground"],
        said,
        name="deadlines",
        search=search,
        csv=csv,
        as_json=as_json,
        also={"on": day.isoformat()},
    )


COMMANDS = (
    (ask, "ask"),
    (counter, "counter"),
    (propose, "propose"),
    (advise, "advise"),
    (agree, "agree"),
    (decline, "decline"),
    (memo, "memo"),
    (accept_memo, "accept-memo"),
    (campaign, "campaign"),
    (suspend, "suspend"),
    (resume, "resume"),
    (taken_down, "taken-down"),
    (history, "history"),
    (deadlines, "deadlines"),
)


def _take(
    step: Step,
    license: str,
    by: str,
    note: str,
    workspace: Path | None,
    as_json: bool,
    terms: Path | None = None,
) -> None:
    from sosie.cli.commands.license import read_terms

    read = read_terms(terms) if terms else None
    outside = opened(workspace)
    from sosie.services import life

    row = accept(
        life.take(
            outside,
            license=license,
            step=step,
            by=by,
            passphrase=passphrase(by),
            now=now(),
            terms=read,
            note=note,
        )
    )
    _say(row, step, by, as_json, changed=bool(read))


def _say(row: License, step: Step, by: str, as_json: bool, *, changed: bool = False) -> None:
    """Answer with how a license stands after a step, and on which terms."""
    from sosie.services import law as laws
    from sosie.services import life

    stands = life.standing(row, now=now())
    texts = [each.text for each in life.changes(row)[-1][1]] if changed else []
    warned = laws.warnings(row, now=now()) if step is Step.AGREED else ()
    lines = [f"`{by}` {step} {row.id}: it is {stands.replace('_', ' ')}, terms {row.terms_digest}"]
    lines += [f"  {text}" for text in texts] + warnings_text(warned)
    said = {
        "license": row.id,
        "standing": stands,
        "terms": row.terms_digest,
        "changes": texts,
        "warnings": [reason.as_dict() for reason in warned],
    }
    answer(as_json, said, "\n".join(lines))

"""`sosie license`: check terms, draft, decide, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sosie.adapters import use_file
from sosie.cli.commands import license_terms, life
from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    file_text,
    now,
    opened,
    passphrase,
    reasons_text,
    table,
)
from sosie.core import law
from sosie.core.law import Trigger
from sosie.core.license import decide as decide_use
from sosie.core.license.record import record as decision_record
from sosie.core.terms import Alteration, Channel, Purpose, Terms
from sosie.core.use import Act, Use
from sosie.core.values import BadInput, Outcome

app = typer.Typer(
    no_args_is_help=True, help="Licenses: what a model allows, to whom, for what pay."
)


@app.command()
def check(
    terms: Annotated[str, typer.Argument(help="a terms file, or the id of a license")],
    act: Annotated[
        Trigger | None, typer.Option(help="of a license: only the rules that this act sets off")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """List what law and completeness refuse, require or warn of in a terms file, or in a license
    with all that the workspace knows of its parties; and what nobody has told yet."""
    against, unknown = _law_of(terms, act, workspace)
    refused = [finding for finding in against if finding.rule.outcome in _GATES]
    outcome = "refused" if refused else "allowed"
    name = Path(terms).name
    heads = ["rule", "", "what", "section", "held as"]
    rows = [(f.rule.id, str(f.rule.outcome), f.text, f.rule.citation, f.basis) for f in against] + [
        (f.rule.id, "open", f.text, f.rule.citation, f.basis) for f in unknown
    ]
    said = {
        "outcome": outcome,
        "findings": [finding.as_dict() for finding in against],
        "open": [finding.as_dict() for finding in unknown],
        "note": law.NOT_ADVICE,
    }
    shown = table(f"{name}: {outcome}", heads, rows)
    answer(as_json, said, shown if rows else f"{name}: nothing stands against it")
    if not as_json:
        typer.echo(law.NOT_ADVICE)
    return Exit.REFUSED if refused else Exit.DONE


def _law_of(
    terms: str, act: Trigger | None, workspace: Path | None
) -> tuple[Sequence[law.Finding], Sequence[law.Finding]]:
    """Return what stands against a terms file or a license, and which rules lack facts."""
    if terms.endswith((".yaml", ".yml", ".json")) or Path(terms).exists():
        read = read_terms(Path(terms))
        return law.check(read, law.Facts(on=read.day_of(now()), terms=read)), ()
    opened(workspace)
    from sosie.services import law as laws
    from sosie.services import license as licenses

    row = accept(licenses.find(terms))
    found = laws.everything_said(row, now=now(), act=act)
    return laws.findings(row, now=now(), act=act), laws.open_points(found)


_GATES = ("refuse", "require")


@app.command()
def draft(
    terms: Path,
    by: As,
    supersedes: Annotated[
        str | None, typer.Option(help="the license that ends when this one is signed")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Sign and record the terms of a license, as one of its parties; what the model excludes from
    every license is added. An agency that drafts proposes: model and brand both agree to it."""

    read = read_terms(terms)
    outside = opened(workspace)
    from sosie.services import license as licenses

    row = accept(
        licenses.draft(
            outside,
            terms=read,
            by=by,
            passphrase=passphrase(by),
            supersedes=supersedes,
            now=now(),
        )
    )
    said = {"license": row.id, "by": by, "terms": row.terms_digest}
    text = f"`{by}` drafted license {row.id} ({read.title}), terms {row.terms_digest}"
    answer(as_json, said, text)


@app.command("list")
def list_(
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the licenses with their standing."""

    opened(workspace)
    from sosie.services import license as licenses

    rows = licenses.overview(now=now())
    columns = ["license", "title", "model", "brand", "standing", "pictures"]
    print_rows("Licenses", columns, rows, name="licenses", search=search, csv=csv, as_json=as_json)


Purposes = Annotated[Purpose | None, typer.Option()]
Channels = Annotated[Channel | None, typer.Option()]
Where = Annotated[list[str] | None, typer.Option(help="country or group; repeat it")]
Changes = Annotated[list[Alteration] | None, typer.Option(help="repeat it")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
_CODES = {Outcome.ALLOWED: Exit.DONE, Outcome.REFUSED: Exit.REFUSED}


@app.command()
def decide(
    license: Annotated[str, typer.Argument(help="a license of the workspace, or a use file")],
    act: Annotated[Act | None, typer.Argument(help="with a license")] = None,
    purpose: Purposes = None,
    channel: Channels = None,
    where: Where = None,
    alteration: Changes = None,
    pictures: int = 1,
    picture: Annotated[str | None, typer.Option(help="the picture to seal or release")] = None,
    account: str | None = None,
    campaign: str | None = None,
    on: Day = None,
    record: Annotated[bool, typer.Option("--record", help="print the decision record")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Decide one use on one day; nothing is kept. Every reason is given, not the first."""
    facts = {
        "purpose": purpose,
        "channel": channel,
        "territories": tuple(where) if where else None,
        "alterations": tuple(alteration) if alteration else None,
        "pictures": pictures,
        "picture": picture,
        "account": account,
        "campaign": campaign,
    }
    asked = _asked(license, act, facts, on, workspace)
    decision = decide_use(asked.use, asked.terms, asked.state, on=asked.on)
    said = {
        "outcome": str(decision.outcome),
        "reasons": [reason.as_dict() for reason in decision.reasons],
        "duties": [asdict(duty) for duty in decision.duties],
        "price": str(decision.price) if decision.price else None,
        "inputs": decision.inputs,
    }
    if record:
        said = decision_record(asked.use, asked.terms, asked.state, decision, on=asked.on)
    price = f", {decision.price}" if decision.price else ""
    lines = [f"{decision.outcome}{price}", reasons_text(decision.reasons)]
    lines += [f"  duty {duty.code}: {duty.text}" for duty in decision.duties]
    answer(as_json or record, said, "\n".join(line for line in lines if line))
    return _CODES.get(decision.outcome, Exit.UNDECIDED)


@app.command()
def explain(
    license: Annotated[str, typer.Argument(help="a license of the workspace, or a use file")],
    act: Annotated[Act | None, typer.Argument(help="with a license")] = None,
    purpose: Purposes = None,
    channel: Channels = None,
    where: Where = None,
    alteration: Changes = None,
    pictures: int = 1,
    picture: Annotated[str | None, typer.Option(help="the picture to seal or release")] = None,
    on: Day = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Tell a decision to the model in plain words: what is asked, why not, what she can do."""
    from sosie.core.license.explanation import explain as tell

    facts = {
        "purpose": purpose,
        "channel": channel,
        "territories": tuple(where) if where else None,
        "alterations": tuple(alteration) if alteration else None,
        "pictures": pictures,
        "picture": picture,
    }
    asked = _asked(license, act, facts, on, workspace)
    decision = decide_use(asked.use, asked.terms, asked.state, on=asked.on)
    lines = tell(decision, asked.use, asked.terms)
    answer(as_json, {"outcome": str(decision.outcome), "words": lines}, "\n".join(lines))
    return _CODES.get(decision.outcome, Exit.UNDECIDED)


@app.command()
def unusual(license: str, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """List what a license asks that its model does not do, by her standing preferences."""

    opened(workspace)
    from sosie.services import license as licenses
    from sosie.services import preferences

    row = accept(licenses.find(license))
    found = preferences.unusual(licenses.terms_of(row))
    said = {"license": row.id, "unusual": [reason.as_dict() for reason in found]}
    answer(as_json, said, reasons_text(found) or "nothing unusual for her")


@app.command()
def daily(on: Day = None, workspace: Workspace = None, as_json: AsJson = False) -> int:
    """Judge every release that is out: what may not be shown today, and what changed overnight."""

    opened(workspace)
    from sosie.services import license as licenses

    day = on.date() if on else now().date()
    said = licenses.overnight(on=day)
    rows = [
        (
            row["seal"],
            row["license"],
            f"{row['channel']}, {', '.join(row['territories'])}",
            "since today" if row["new"] else "",
            "; ".join(reason["text"] for reason in row["reasons"]),
        )
        for row in said
    ]
    shown = table(f"May not be shown on {day}", ["seal", "license", "where", "", "why"], rows)
    answer(
        as_json,
        {"on": day.isoformat(), "releases": said},
        shown if rows else f"everything that is out may be shown on {day}",
    )
    return Exit.REFUSED if rows else Exit.DONE


def _asked(
    license: str,
    act: Act | None,
    facts: dict[str, Any],
    on: datetime | None,
    workspace: Path | None,
) -> use_file.Asked:
    """Return what is asked: of a use file, or of a license in the workspace."""
    if license.endswith((".yaml", ".yml")):
        asked = use_file.read(Path(license))
        return replace(asked, on=on.date()) if on else asked
    if act is None:
        acts = ", ".join(Act)
        raise BadInput("the act is missing", where=license, remedy=f"name one of {acts}")
    opened(workspace)
    from sosie.services import license as licenses

    row = accept(licenses.find(license))
    known = {**facts, "depictions": (), "others": (), "twin_version": 1}
    use = Use(act=act, licensee=row.brand_id, twin=row.twin_id, **known)
    terms = licenses.terms_of(row)
    day = on.date() if on else terms.day_of(now())
    return use_file.Asked(use, terms, licenses.state(row), day)


@app.command()
def revoke(
    license: str,
    by: As,
    note: str = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Take a license back, as its model: at once, for everything new."""

    outside = opened(workspace)
    from sosie.services import license as licenses

    row = accept(
        licenses.revoke(
            outside, license=license, by=by, passphrase=passphrase(by), note=note, now=now()
        )
    )
    from sosie.services import life

    owed = [
        {"code": each.code, "text": each.text, "due": each.due.isoformat(), "ground": each.ground}
        for _, each in life.deadlines([row], now=now())
        if each.code in {"stop", "take_down", "delete", "tell_recipients"}
    ]
    lines = [f"{row.id} is revoked: nothing more is made, sealed or released under it"]
    lines += [f"  by {each['due']}: {each['text']} ({each['ground']})" for each in owed]
    answer(as_json, {"license": row.id, "revoked": True, "next": owed}, "\n".join(lines))


def read_terms(path: Path) -> Terms:
    """Return the terms in a file; raises ``BadInput`` naming line and column."""
    from sosie.adapters import terms_file

    return terms_file.read(file_text(path, "name a terms file (YAML)"), where=str(path))


for step, name in (*life.COMMANDS, *license_terms.COMMANDS):
    app.command(name)(step)

"""Terms on the command line: `sosie license schema`, `templates`, `diff`, `preferences`."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import (
    AsJson,
    Exit,
    Refused,
    Workspace,
    accept,
    answer,
    file_text,
    now,
    opened,
    passphrase,
    table,
)
from sosie.core.terms import Terms
from sosie.core.values import BadInput

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEMPLATES = files("sosie.samples") / "templates"


def schema() -> None:
    """Print the JSON Schema of terms (draft 2020-12)."""
    typer.echo(json.dumps(Terms.model_json_schema(by_alias=True), indent=2))


def templates(
    name: Annotated[str, typer.Argument(help="the template; lists them if absent")] = "",
    model: Annotated[str, typer.Option(help="the model's id")] = "model",
    brand: Annotated[str, typer.Option(help="the brand's id")] = "brand",
    twin: Annotated[str, typer.Option(help="the twin's id; the model's if absent")] = "",
    out: Annotated[Path | None, typer.Option(help="write it here, as a new file")] = None,
    as_json: AsJson = False,
) -> None:
    """List the templates of common deals, or print one with its parties filled in."""
    known = {
        path.name.removesuffix(".yaml"): path.read_text(encoding="utf-8")
        for path in sorted(_TEMPLATES.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".yaml")
    }
    if not name:
        if out is not None:
            remedy = f"name one of {', '.join(known)}"
            raise BadInput("which template is not said", where=str(out), remedy=remedy)
        first = {key: text.splitlines()[0].removeprefix("# ") for key, text in known.items()}
        shown = table("Templates", ["name", "for"], list(first.items()))
        answer(as_json, {"templates": first}, shown)
        return
    if name not in known:
        remedy = f"name one of {', '.join(known)}"
        raise BadInput("there is no such template", where=name, remedy=remedy)
    parties = {"model": model, "brand": brand, "twin": twin or model}
    for word, id in parties.items():
        if not _ID.fullmatch(id):
            remedy = f"write `--{word}` in lower-case letters, digits and hyphens, as in `ines`"
            raise BadInput(f"this is no id of a {word}", where=id, remedy=remedy)
    text = known[name]
    for word, id in parties.items():
        text = text.replace("{" + word + "}", id)
    if out:
        if out.exists():  # what somebody has filled in is not written over
            remedy = "name a new file, or remove this one"
            raise BadInput("this file is there already", where=str(out), remedy=remedy)
        from sosie.adapters.blobs import replace_file

        replace_file(out, text.encode())
        answer(as_json, {"file": str(out)}, f"wrote {out}: fill it in, then `sosie license check`")
        return
    answer(as_json, {"template": name, "text": text}, text.rstrip())


def diff(old: Path, new: Path, as_json: AsJson = False) -> int:
    """Say in plain words what changed between two terms files, and whom it favors."""
    from sosie.cli.commands.license import read_terms
    from sosie.core.comparison import differences

    found = differences(read_terms(old), read_terms(new))
    said = [
        {"clause": d.clause, "was": d.was, "now": d.now, "favors": d.favors, "text": d.text}
        for d in found
    ]
    rows = [(d.text, "" if d.favors == "nobody" else f"for the {d.favors}") for d in found]
    shown = table(f"{old.name} → {new.name}", ["what changed", "better"], rows)
    answer(as_json, {"differences": said}, shown if rows else "nothing changed")
    return Exit.DONE


def price(terms: Path, as_json: AsJson = False) -> None:
    """Count what terms cost if all that they allow is made, and what of it reaches the model."""
    from sosie.cli.commands.license import read_terms
    from sosie.core.quote import quote

    found = quote(read_terms(terms))
    if found is None:
        raise BadInput("the terms state no pay", where=str(terms), remedy="add `pay: …`")
    lines = [
        {"what": line.what, "rate": f"{line.rate}", "times": line.times, "amount": f"{line.amount}"}
        for line in found.lines
    ]
    rows = [(line["what"], f"{line['times']} x {line['rate']}", line["amount"]) for line in lines]
    rows += [("in all, at most", "", f"{found.total}"), ("hers", "", f"{found.hers}")]
    rows += [(note, "", "") for note in found.notes]
    total = {"total": f"{found.total}", "hers": f"{found.hers}", "notes": list(found.notes)}
    answer(as_json, {"lines": lines, **total}, table(f"{terms.name}: the price", [""] * 3, rows))


def preferences(
    party: Annotated[str, typer.Argument(help="the model")],
    file: Annotated[
        Path | None, typer.Argument(help="preferences to set; shows them if absent")
    ] = None,
    by: Annotated[str, typer.Option("--as", help="the model herself, to set them")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Show or set what a model wants of every license; all terms inherit it."""
    from sosie.adapters import terms_file

    if by not in ("", party):
        what = f"`{by}` cannot say what another wants of her licenses"
        raise BadInput(what, where=party, remedy=f"only `{party}` says so herself")
    wanted = None
    if file is not None:
        wanted = terms_file.read_preferences(
            file_text(file, "name a preferences file (YAML)"), where=str(file)
        )
    outside = opened(workspace)
    from sosie.services import party as parties
    from sosie.services import preferences as service

    absent = parties.absent({party: "model"})
    if absent:
        raise Refused(absent)
    if wanted is not None:
        accept(
            service.put(
                outside,
                by=party,
                preferences=wanted,
                passphrase=passphrase(party),
                now=now(),
            )
        )
    kept = service.of(party)
    said = kept.as_json() if kept else {}
    rows = [
        (key.replace("_", " "), _plain(value))
        for key, value in said.items()
        if value not in ([], False) and key != "sosie"
    ]
    shown = table(f"What {party} wants of every license", ["", ""], rows)
    nothing = f"`{party}` has not said yet what she wants of every license"
    answer(as_json, {"party": party, "preferences": said}, shown if rows else nothing)


def _plain(value: object) -> str:
    """Return a preference as people write it."""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        currency = value.get("currency", "")
        floors = [
            f"{key.replace('_', ' ')} {amount} {currency}"
            for key, amount in value.items()
            if key != "currency" and Decimal(amount)
        ]
        return ", ".join(floors) or "nothing named"
    return "yes" if value is True else str(value)


COMMANDS = (
    (schema, "schema"),
    (templates, "templates"),
    (diff, "diff"),
    (price, "price"),
    (preferences, "preferences"),
)

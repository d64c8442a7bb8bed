"""Terms on the command line: `sosie license schema`, `templates`, `diff`, `preferences`."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import (
    AsJson,
    Exit,
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

_TEMPLATES = files("sosie.samples") / "templates"


def schema() -> None:
    """Print the JSON Schema of terms (draft 2020-12)."""
    typer.echo(json.dumps(Terms.model_json_schema(by_alias=True), indent=2))


def templates(
    name: Annotated[str, typer.Argument(help="the template; lists them if absent")] = "",
    model: str = "model",
    brand: str = "brand",
    twin: str = "",
    out: Annotated[Path | None, typer.Option(help="write it here")] = None,
    as_json: AsJson = False,
) -> None:
    """List the templates of common deals, or print one with its parties filled in."""
    known = {
        path.name.removesuffix(".yaml"): path.read_text(encoding="utf-8")
        for path in sorted(_TEMPLATES.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".yaml")
    }
    if not name:
        first = {key: text.splitlines()[0].removeprefix("# ") for key, text in known.items()}
        shown = table("Templates", ["name", "for"], list(first.items()))
        answer(as_json, {"templates": first}, shown)
        return
    if name not in known:
        remedy = f"name one of {', '.join(known)}"
        raise BadInput("there is no such template", where=name, remedy=remedy)
    text = known[name].replace("{model}", model).replace("{brand}", brand)
    text = text.replace("{twin}", twin or model)
    if out:
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

    wanted = None
    if file is not None:
        wanted = terms_file.read_preferences(
            file_text(file, "name a preferences file (YAML)"), where=str(file)
        )
    outside = opened(workspace)
    from sosie.services import preferences as service

    if wanted is not None:
        accept(
            service.put(
                outside,
                by=by or party,
                preferences=wanted,
                passphrase=passphrase(by or party),
                now=now(),
            )
        )
    kept = service.of(party)
    said = kept.as_json() if kept else {}
    rows = [(key.replace("_", " "), value) for key, value in said.items() if value]
    shown = table(f"What {party} wants of every license", ["", ""], rows)
    answer(as_json, {"party": party, "preferences": said}, shown)


COMMANDS = (
    (schema, "schema"),
    (templates, "templates"),
    (diff, "diff"),
    (preferences, "preferences"),
)

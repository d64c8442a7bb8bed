"""`sosie law`: list, show."""

from __future__ import annotations

import typer

from sosie.cli.terminal import AsJson, answer, table
from sosie.core import law
from sosie.core.law import Rule
from sosie.core.values import BadInput

app = typer.Typer(no_args_is_help=True, help="The rules of law that licenses are checked against.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the rules."""
    rows = [(r.id, r.order.title, r.outcome, r.statement, r.citation) for r in law.RULES]
    shown = table(law.NOT_ADVICE, ["rule", "order", "effect", "what it says", "section"], rows)
    answer(as_json, {"rules": [_said(rule) for rule in law.RULES], "note": law.NOT_ADVICE}, shown)


@app.command()
def show(rule: str, as_json: AsJson = False) -> None:
    """Show one rule with its source, dates and how well its text is known."""
    found = next((r for r in law.RULES if r.id == rule.upper()), None)
    if found is None:
        known = ", ".join(r.id for r in law.RULES)
        raise BadInput("there is no such rule", where=rule, remedy=f"name one of {known}")
    said = _said(found)
    answer(as_json, said, table(found.id, ["", ""], [(k, v) for k, v in said.items() if v]))


def _said(rule: Rule) -> dict[str, str | None]:
    return {
        "rule": rule.id,
        "order": rule.order.title,
        "statement": rule.statement,
        "effect": str(rule.outcome),
        "owed_by": rule.owed_by,
        "owed_to": rule.owed_to,
        "citation": rule.citation,
        "source": rule.source,
        "in_force_from": rule.in_force_from.isoformat() if rule.in_force_from else None,
        "in_force_until": rule.in_force_until.isoformat() if rule.in_force_until else None,
        "checked_on": rule.checked_on.isoformat(),
        "confidence": rule.confidence.words(),
    }

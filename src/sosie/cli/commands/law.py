"""`sosie law`: list, show, coverage, orders."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import AsJson, Exit, answer, now, table
from sosie.core import law
from sosie.core.law import Order, Rule, Trigger
from sosie.core.law.new_york.complaints import exposure as estimate
from sosie.core.values import BadInput

app = typer.Typer(no_args_is_help=True, help="The rules of law that licenses are checked against.")
LEAST_CASES = 3


@app.command("list")
def list_(
    order: Annotated[Order | None, typer.Option(help="only this legal order")] = None,
    act: Annotated[Trigger | None, typer.Option(help="only what this act sets off")] = None,
    search: Search = "",
    csv: AsCsv = None,
    as_json: AsJson = False,
) -> None:
    """List the rules."""
    rows = [
        _said(rule)
        for rule in law.RULES
        if order in (None, rule.order, *dict(rule.also)) and (act is None or act in rule.triggers)
    ]
    columns, also = ["rule", "order", "effect", "statement", "citation"], {"note": law.NOT_ADVICE}
    print_rows(
        law.NOT_ADVICE,
        columns,
        rows,
        name="rules",
        search=search,
        csv=csv,
        as_json=as_json,
        also=also,
    )


@app.command()
def show(rule: str, as_json: AsJson = False) -> None:
    """Show one rule with its source, dates and how well its text is known."""
    found = next((r for r in law.RULES if r.id == rule.upper()), None)
    if found is None:
        raise BadInput("there is no such rule", where=rule, remedy="see `sosie law list`")
    said = _said(found)
    rows = [(key.replace("_", " "), _words(value)) for key, value in said.items() if value]
    answer(as_json, said, table(f"{found.id} ({law.NOT_ADVICE})", ["", ""], rows))


@app.command()
def coverage(
    cases: Annotated[
        Path | None, typer.Option(help="the folder of cases; else tests/cases/law of the source")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Count the rules that stand, each with its section and the cases that hold it."""
    from sosie.adapters import law_cases

    folder = cases or _cases()
    count, failed = Counter[str](), []
    for case in law_cases.read(folder) if folder else ():
        count[case.rule] += 1
        if wrong := law_cases.problem(case):
            failed.append(f"{case.rule}, {case.name}: {wrong}")
    wanted = [f"R{number:02}" for number in range(1, 71)]
    known = {rule.id: rule for rule in law.RULES}
    covered = [id for id in wanted if id in known]
    said = [
        {
            "rule": id,
            "order": known[id].order.title,
            "citation": known[id].citation,
            "confidence": known[id].confidence.words(),
            "cases": count[id],
        }
        for id in covered
    ]
    short = [id for id in covered if folder and count[id] < LEAST_CASES]
    total = f"{len(covered)} of {len(wanted)} rules"
    total += f", {sum(count.values())} cases, {len(failed)} of them fail" if folder else ""
    rows = [list(row.values()) for row in said]
    shown = table(total, ["rule", "order", "section", "how well it is known", "cases"], rows)
    if not folder:
        shown.caption = "the cases come with the source: name their folder with `--cases`"
    payload = {"covered": len(covered), "of": len(wanted), "rules": said, "failed": failed}
    answer(as_json, {**payload, "short": short, "cases": sum(count.values())}, shown)
    for line in failed if not as_json else ():
        typer.echo(line)
    return Exit.REFUSED if failed or short or len(covered) < len(wanted) else Exit.DONE


@app.command()
def orders(
    model_lives: Annotated[str | None, typer.Option(help="as FR or US-NY")] = None,
    brand_in: str | None = None,
    agency_in: str | None = None,
    work_in: str | None = None,
    published_in: Annotated[list[str] | None, typer.Option(help="may be repeated")] = None,
    agency: Annotated[bool, typer.Option(help="whether an agency takes part")] = True,
    as_json: AsJson = False,
) -> None:
    """Say which legal orders reach a deal, and why, from where its people are."""
    shown_in = tuple(published_in) if published_in else None
    places = law.Places(model_lives, brand_in, agency_in, work_in, shown_in)
    found = law.orders(law.Facts(on=now().date(), places=places, agency=agency))
    said = [
        {"order": order.title, "applies": nexus.applies, "why": nexus.text}
        for order, nexus in found
    ]
    words = {True: "applies", False: "does not", None: "unknown"}
    rows = [(order.title, words[nexus.applies], nexus.text) for order, nexus in found]
    answer(as_json, {"orders": said}, table(law.NOT_ADVICE, ["order", "", "why"], rows))


@app.command()
def exposure(
    violations: Annotated[int, typer.Option(min=0, help="how many")],
    damages: Annotated[str, typer.Option(help="actual damages of the model, in US dollars")] = "0",
    willful: bool = False,
    agency: Annotated[bool, typer.Option("--agency/--brand", help="who broke it")] = False,
    as_json: AsJson = False,
) -> None:
    """Estimate what violations of the Fashion Workers Act can cost at most (R65): an estimate."""
    try:
        actual = Decimal(damages)
    except InvalidOperation:
        remedy = "write digits as in 1200.00"
        raise BadInput("this is no amount", where=damages, remedy=remedy) from None
    most = estimate(violations, actual, willful=willful, agency=agency)
    text = f"an estimate, and no claim: at most {most:,.2f} USD, legal fees apart"
    answer(as_json, {"estimate_usd": str(most), "note": text}, text)


def _cases() -> Path | None:
    """Return the folder of cases of the source that this runs from, if it runs from one."""
    here = Path(__file__).resolve()
    for folder in (Path.cwd(), *here.parents):
        if (folder / "tests/cases/law").is_dir():
            return folder / "tests/cases/law"
    return None


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _said(rule: Rule) -> dict[str, object]:
    kind = "a norm of unions or industry, no law" if rule.order is Order.NORMS else ""
    kind = kind or ("no law" if rule.norm else "law")
    kind += ", and house policy everywhere" if rule.house_policy else ""
    return {
        "rule": rule.id,
        "order": rule.order.title,
        "also": [order.title for order in dict(rule.also)],
        "statement": rule.statement,
        "kind": kind,
        "effect": str(rule.outcome),
        "set_off_by": [str(trigger) for trigger in rule.triggers],
        "owed_by": rule.owed_by,
        "owed_to": rule.owed_to,
        "citation": rule.citation,
        "source": "" if rule.order is Order.HOUSE else rule.source,
        "terms_of_art": list(rule.terms_of_art),
        "in_force_from": rule.in_force_from.isoformat() if rule.in_force_from else None,
        "in_force_until": rule.in_force_until.isoformat() if rule.in_force_until else None,
        "checked_on": rule.checked_on.isoformat(),
        "confidence": "" if rule.order is Order.HOUSE else rule.confidence.words(),
        "note": rule.note,
    }

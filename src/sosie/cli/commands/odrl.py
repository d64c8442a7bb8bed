"""`sosie odrl`: read, write, report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from sosie.adapters.blobs import replace_file
from sosie.cli.commands.license import read_terms
from sosie.cli.terminal import AsJson, Exit, answer, bar, table
from sosie.core import odrl
from sosie.core.values import BadInput, Outcome

app = typer.Typer(
    no_args_is_help=True, help="Terms as ODRL, and ODRL policies evaluated as the test suite does."
)
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file.")]
MOST_BYTES = 4 * 1024 * 1024
_EXITS = {
    Outcome.ALLOWED: Exit.DONE,
    Outcome.REFUSED: Exit.REFUSED,
    Outcome.UNDECIDED: Exit.UNDECIDED,
}


@app.command()
def write(
    terms: Path,
    out: Out = None,
    agreed: Annotated[bool, typer.Option(help="An agreement; else it is an offer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write terms as an ODRL document, and list the clauses that it cannot say."""
    document, unsaid = odrl.write(read_terms(terms), agreed=agreed)
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if out is not None:
        replace_file(out, text.encode())
    said = "".join(f"\n  not said: {path}" for path in unsaid)
    shown = f"{out}: written{said}" if out is not None else text.rstrip()
    _say(as_json, {"document": document, "unsaid": unsaid, "file": out}, shown)


@app.command()
def read(document: Path, out: Out = None, as_json: AsJson = False) -> int:
    """Read an ODRL document as terms; what they cannot say is named, and then permits nothing."""
    from sosie.adapters import terms_file

    reading = odrl.read(_json(document), where=str(document))
    terms = reading.terms if reading.permits else None
    text = terms_file.write(terms) if terms is not None else ""
    if terms is not None and terms_file.read(text, where=str(document)) != terms:
        # A terms file is checked more closely: countries, time zones, amounts of money.
        what = "it says more than a terms file can hold"
        raise BadInput(what, where=str(document), remedy="report it: no clause may be lost")
    if out is not None and terms is not None:
        replace_file(out, text.encode())
    said = {
        "agreed": reading.agreed,
        "outcome": str(Outcome.ALLOWED if reading.permits else Outcome.UNDECIDED),
        "terms": terms.as_json() if terms is not None else None,
        "clauses": reading.clauses,
        "unknown": [{"path": u.path, "what": u.what, "remedy": u.remedy} for u in reading.unknown],
        "assumed": reading.assumed,
        "file": out if terms is not None else None,
    }
    if reading.permits:
        lines = [f"{out}: written" if out is not None else text.rstrip()]
        lines += [f"  assumed: {assumed}" for assumed in reading.assumed]
    else:
        lines = [f"{document}: not all of it can be said in terms, so it permits nothing"]
        lines += [f"  {unknown}" for unknown in reading.unknown]
    _say(as_json, said, "\n".join(lines))
    return Exit.DONE if reading.permits else Exit.UNDECIDED


def _say(as_json: bool, said: dict[str, Any], text: str) -> None:
    """Print an answer whose text is a document: no bracket or colon in it is markup."""
    if as_json:
        answer(as_json, said, "")
    else:
        typer.echo(text)


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput("larger than 4 MB", where=str(path), remedy="name one ODRL policy")
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (OSError, UnicodeDecodeError) as error:
        what = (getattr(error, "strerror", None) or "this is no UTF-8 text").lower()
        raise BadInput(what, where=str(path), remedy="name an ODRL document (JSON-LD)") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        what = f"not readable as JSON ({getattr(error, 'msg', said).lower()})"
        where = f"{path}:{line}:{column}"
        raise BadInput(what, where=where, remedy="check commas, quotes and keys") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys stand in it once: of two, one would be lost unseen."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"`{twice}` is repeated in one object")
    return found


@app.command()
def report(case: Path, out: Out = None, as_json: AsJson = False) -> int:
    """Evaluate a case of the ODRL Test Suite, or a folder of cases, and write its report."""
    if case.is_dir():
        return _folder(case, out, as_json)
    said, text, outcome = _evaluated(case)
    if out is not None:
        replace_file(out, text.encode())
    _say(as_json, said | {"file": out}, _shown(said) if out is not None else text.rstrip())
    return _worse(_EXITS[outcome], said)


def _evaluated(path: Path) -> tuple[dict[str, Any], str, Outcome]:
    from sosie.adapters import turtle
    from sosie.core.odrl_compliance import as_json, compare, expected, states, triples
    from sosie.core.odrl_report import evaluate

    case = turtle.case_of(path)
    found = evaluate(case.policy, case.request, case.world, ids=case.ids)
    said: dict[str, Any] = {"case": case.name, **as_json(found)}
    if case.expected is not None:
        compared = compare(expected(case.case, case.expected, case.world), states(found))
        said["suite"] = {
            "agrees": not compared.differences,
            "differences": compared.differences,
            "rules": compared.rules,
            "premises": compared.premises,
            "undescribed": compared.undescribed,
            "duties_elsewhere": compared.elsewhere,
        }
    return said, turtle.write(triples(found)), found.outcome


def _worse(code: Exit, said: dict[str, Any]) -> Exit:
    """Return the exit code of a case: a state that is not the expected one is a *no*."""
    return code if said.get("suite", {}).get("agrees", True) else Exit.REFUSED


def _shown(said: dict[str, Any]) -> str:
    lines = [f"{said['case']}: {said['outcome']} (by ODRL alone: {said['by_odrl']})"]
    lines += (f"  {rule['kind']} {rule['rule']}: {rule['activation']}" for rule in said["rules"])
    lines += (f"  {reason['code']}: {reason['text']}" for reason in said["reasons"])
    lines += (f"  not as expected: {d}" for d in said.get("suite", {}).get("differences", ()))
    return "\n".join(lines)


def _folder(folder: Path, out: Path | None, as_json: bool) -> int:
    """Evaluate every case of a folder; the exit code says whether all are as they expect."""
    paths = sorted(folder.glob("*.ttl"))
    if not paths:
        what = "there is no case (`*.ttl`) in this folder"
        raise BadInput(what, where=str(folder), remedy="name the folder `test_cases` of a suite")
    if out is not None and out.exists() and not out.is_dir():
        remedy = "name a folder for the reports"
        raise BadInput("this is a file", where=str(out), remedy=remedy)
    cases = []
    for path, (said, text, _) in _each(paths):
        cases.append(said)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            replace_file(out / path.name, text.encode())
    agree = sum(said.get("suite", {}).get("agrees", False) for said in cases)
    judged = sum("suite" in said for said in cases)
    rows = [
        (
            said["case"],
            ", ".join(rule["activation"] for rule in said["rules"]),
            _agreement(said),
            said["by_odrl"],
            said["outcome"],
        )
        for said in cases
    ]
    title = f"{agree} of {judged} cases have every state that they expect"
    shown = table(title, ["case", "rules", "as expected", "by ODRL", "by Sosie"], rows)
    answer(as_json, {"cases": cases, "agree": agree, "judged": judged, "folder": out}, shown)
    return Exit.DONE if agree == judged else Exit.REFUSED


def _agreement(said: dict[str, Any]) -> str:
    if "suite" not in said:
        return "nothing expected"
    return "yes" if said["suite"]["agrees"] else "no: " + "; ".join(said["suite"]["differences"])


def _each(paths: list[Path]) -> Iterator[tuple[Path, tuple[dict[str, Any], str, Outcome]]]:
    with bar() as progress:
        for path in progress.track(paths, description="cases"):
            yield path, _evaluated(path)

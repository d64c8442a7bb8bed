"""Cases of law as data: some facts, and what a rule must answer to them (`tests/cases/law`).

One YAML file holds a list of cases::

    - rule: R05
      name: a term of exactly three years
      facts: {day: 2026-01-10, representation: {start: 2025-07-01, last: 2028-06-30}}
      terms: {commission: "0.25"}          # changes to the shipped capsule; `null` knows no terms
      kept: true                           # the worst answer: false before null before true
      applies: true                        # true and true where nothing is said
      in_force: true
      refuses: false                       # and clause, due, says: looked at where they are given

Where nothing else is said the model lives in New York, it is published there, and the day is
2026-11-24.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from sosie.adapters import terms_file
from sosie.core.law import Facts, Finding, findings
from sosie.core.terms import Terms
from sosie.core.values import BadInput

DAY = "2026-11-24"
_KEYS = frozenset(
    {"rule", "name", "facts", "terms", "kept"}
    | {"applies", "in_force", "refuses", "clause", "due", "says"}
)
_FACTS = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what is known, and what must be answered."""

    rule: str
    name: str
    facts: Facts
    expected: Mapping[str, Any]


def read(folder: Path) -> tuple[Case, ...]:
    """Return the cases of every YAML file in a folder, in the order of file and place.

    Raises ``BadInput`` naming file, case and what is wrong with it.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        for number, said in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), start=1):
            where = f"{path.name}, case {number}"
            if not isinstance(said, dict) or not {"rule", "name", "kept"} <= set(said) <= _KEYS:
                remedy = f"give rule, name and kept, and of the rest only {sorted(_KEYS)}"
                raise BadInput(
                    "the case has other keys than a case has", where=where, remedy=remedy
                )
            found.append(Case(said["rule"], said["name"], _facts(said, where), said))
    return tuple(found)


def problem(case: Case) -> str | None:
    """Return in what the law answers otherwise than a case expects; nothing where it holds."""
    expected = case.expected
    found = [finding for finding in findings(case.facts) if finding.rule.id == case.rule]
    if not found:
        return f"there is no rule `{case.rule}`"
    answered: dict[str, Any] = {
        "kept": _worst(found),
        "applies": found[0].applies,
        "in_force": found[0].in_force,
    }
    wanted = {"kept": expected["kept"], "applies": True, "in_force": True}
    wanted |= {key: expected[key] for key in ("applies", "in_force") if key in expected}
    broken = [finding for finding in found if finding.kept is answered["kept"]]
    if "refuses" in expected:
        wanted["refuses"], answered["refuses"] = expected["refuses"], any(f.refuses for f in found)
    if "clause" in expected:
        wanted["clause"], answered["clause"] = (
            True,
            expected["clause"] in [f.clause for f in broken],
        )
    if "due" in expected:
        due = date.fromisoformat(str(expected["due"]))
        wanted["due"], answered["due"] = True, due in [finding.due for finding in broken]
    if "says" in expected:
        said = any(expected["says"] in finding.text for finding in broken)
        wanted["says"], answered["says"] = True, said
    wrong = [
        f"{key} is {answered[key]}, not {wanted[key]}"
        for key in wanted
        if answered[key] is not wanted[key]
    ]
    if any(finding.broke for finding in found):
        wrong.append("the rule broke")
    return "; ".join(wrong) or None


def _worst(found: list[Finding]) -> bool | None:
    answers = {finding.kept for finding in found}
    return False if False in answers else None if None in answers else True


_PLACES = {"model_lives": "US-NY", "published_in": ("US-NY",)}


def _facts(said: Mapping[str, Any], where: str) -> Facts:
    given: dict[str, Any] = {"places": _PLACES, **said.get("facts", {})}
    given["on"] = given.pop("day", DAY)
    for key in ("signatures",):
        if key in given:
            names = ("party", "signer", "capacity")
            given[key] = [dict(zip(names, each, strict=True)) for each in given[key]]
    changes = said.get("terms", {})
    try:
        given["terms"] = None if changes is None else _terms(changes)
        _refuse_unknown(given, Facts)
        return _FACTS.validate_python(given)
    except (ValidationError, ValueError) as error:
        text = " ".join(str(error).split())
        raise BadInput(text, where=where, remedy="write the facts as `Facts` has them") from None


def _refuse_unknown(given: Mapping[str, Any], kind: Any) -> None:
    """Raise ``ValueError`` for a fact that does not exist: pydantic would leave it out."""
    known = kind.__dataclass_fields__
    for key, value in given.items():
        if key not in known:
            raise ValueError(f"`{key}` is no fact of {kind.__name__}; there are {sorted(known)}")
        if isinstance(value, dict):
            part = getattr(_BLANK, key) if kind is Facts else None
            if part is not None:
                _refuse_unknown(value, type(part))


_BLANK = Facts(on=date(2026, 1, 1))


def _terms(changes: Mapping[str, Any]) -> Terms:
    data = {**_capsule().as_json(), **changes}
    return Terms.model_validate({key: value for key, value in data.items() if value is not None})


@cache
def _capsule() -> Terms:
    text = (files("sosie.samples") / "licenses" / "capsule.yaml").read_text(encoding="utf-8")
    return terms_file.read(text, where="capsule.yaml")

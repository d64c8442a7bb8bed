"""Our own ODRL cases: short YAML under `tests/cases/odrl`, read as Turtle like any other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sosie.adapters.turtle import parse
from sosie.core.odrl_report import Compliance, evaluate
from sosie.core.rdf import Graph

CASES = Path(__file__).parent.parent / "cases" / "odrl"
EX = "http://example.org/"
IDS = (f"{EX}p", f"{EX}q", f"{EX}w")
PREFIXES = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix ex: <http://example.org/> .
@prefix temp: <http://example.com/request/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix report: <https://w3id.org/force/compliance-report#> .
@prefix sosie: <https://sosie.org/ns/odrl/1/> .
@prefix iso: <http://cvx.iptc.org/iso4217a/> .
"""


@dataclass(frozen=True)
class Case:
    name: str
    policy: Graph
    request: Graph
    world: Graph
    expect: dict[str, Any]

    def evaluate(self) -> Compliance:
        return evaluate(self.policy, self.request, self.world, ids=IDS)

    def wrong(self) -> list[str]:
        """Return what is not as the case expects it."""
        report = self.evaluate()
        active = {rule.rule.id.removeprefix(EX): rule.active for rule in report.rules}
        want = {
            key.removeprefix("ex:"): value for key, value in self.expect.get("active", {}).items()
        }
        said = {
            "active": {key: active.get(key) for key in want},
            "outcome": str(report.outcome),
            "reasons": sorted({reason.code for reason in report.reasons}),
            "by_odrl": "allowed" if report.by_odrl else "refused",
        }
        hoped = {**self.expect, "active": want}
        if "reasons" in hoped:
            hoped["reasons"] = sorted(hoped["reasons"])
        return [f"{key}: {said[key]}, not {hoped[key]}" for key in hoped if said[key] != hoped[key]]


def _operand(text: str) -> str:
    right, unit = re.fullmatch(r"(.*?)(?: (iso:\S+))?", text).groups()  # type: ignore[union-attr]
    return f"odrl:rightOperand {right}" + (f" ; odrl:unit {unit}" if unit else "")


def _limit(text: str) -> str:
    left, operator, rest = text.split(" ", 2)
    return f"[ odrl:leftOperand {left} ; odrl:operator odrl:{operator} ; {_operand(rest)} ]"


def _fact(text: str) -> str:
    left, rest = text.split(" ", 1)
    return f"[ odrl:leftOperand {left} ; odrl:operator odrl:eq ; {_operand(rest)} ]"


def _said(subject: str, **values: str | None) -> str:
    pairs = ((key, value) for key, value in values.items() if value is not None)
    return "".join(f"{subject} odrl:{key} {value} .\n" for key, value in pairs)


def _policy(case: dict[str, Any]) -> str:
    text = "ex:p a odrl:Agreement ; odrl:permission ex:may .\nex:may a odrl:Permission .\n"
    text += _said(
        "ex:may",
        action=case.get("policy_action", "odrl:distribute"),
        target="ex:twin",
        assignee=case.get("policy_assignee", "ex:nord"),
    )
    limits = [f"ex:may odrl:constraint {_limit(limit)} .\n" for limit in case.get("limits", ())]
    return text + "".join(limits) + str(case.get("policy", ""))


def _request(case: dict[str, Any]) -> str:
    text = "ex:q a odrl:Request ; odrl:permission ex:ask .\n"
    text += _said(
        "ex:ask",
        action=case.get("action", "odrl:distribute"),
        target=case.get("target", "ex:twin"),
        assignee=case.get("assignee", "ex:nord"),
    )
    said = [f"ex:ask odrl:constraint {_fact(fact)} .\n" for fact in case.get("says", ())]
    return text + "".join(said) + str(case.get("request", ""))


def _world(case: dict[str, Any]) -> str:
    text = "ex:w a ex:Sotw .\n"
    if now := case.get("now", "2027-01-15T09:00:00Z"):
        text += "ex:w ex:includes temp:currentTime .\n"
        text += f'temp:currentTime dct:issued "{now}"^^xsd:dateTime .\n'
    for fact in case.get("facts", ()):
        text += f"ex:w ex:includes {_fact(fact)} .\n"
    for place, (rule, (performed, deontic)) in enumerate(case.get("duties", {}).items()):
        text += f"ex:w ex:includes ex:d{place} .\n"
        text += f"ex:d{place} a report:DutyReport ; report:rule {rule} .\n"
        for key, state in (("performanceState", performed), ("deonticState", deontic)):
            text += f"ex:d{place} report:{key} report:{state} .\n" if state else ""
    return text + str(case.get("world", ""))


@cache
def own_cases() -> tuple[Case, ...]:
    """Return every case, parsed once."""
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(file.read_text(encoding="utf-8")):
            name = f"{file.stem}: {case['name']}"
            texts = (_policy(case), _request(case), _world(case))
            policy, request, world = (parse(PREFIXES + text, where=name) for text in texts)
            found.append(Case(name, policy, request, world, case["expect"]))
    return tuple(found)

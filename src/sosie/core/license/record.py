"""The decision as a record: the shape of the ODRL compliance report, with our reasons and hashes.

Vocabulary: `report:` of the ODRL Compliance Report Model (https://w3id.org/force/compliance-report#).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sosie.core.license import RULES
from sosie.core.license.inputs import inputs_json
from sosie.core.terms import Terms
from sosie.core.use import Act, Decision, Duty, State, Use
from sosie.core.values import Outcome, canonical, digest

FORMAT = "decision/1"
_REPORT = "https://w3id.org/force/compliance-report#"
_SATISFIED = {True: "Satisfied", False: "Unsatisfied", None: "Unknown"}


def record(use: Use, terms: Terms, state: State, decision: Decision, *, on: date) -> dict[str, Any]:
    """Return a decision as JSON-LD: one report for the permission, one premise for each rule that
    was asked, one report for each duty, our reasons beside them, and the hash of every input.

    A premise is satisfied when its rule names no reason, unsatisfied when a reason of it refuses,
    and unknown when its reasons leave it undecided. Floats do not occur.
    """
    outcome = decision.outcome
    active = {Outcome.ALLOWED: "Active", Outcome.REFUSED: "Inactive"}.get(outcome, "Undecided")
    hashed = {key: digest(canonical(value)) for key, value in inputs_json(use, state, on).items()}
    return {
        "@context": {"report": _REPORT, "sosie": "https://sosie.example/ns#"},
        "@type": "report:PolicyReport",
        "sosie": FORMAT,
        "report:created": on.isoformat(),
        "report:policy": terms.digest(),
        "outcome": str(outcome),
        "report:ruleReport": [
            {
                "@type": "report:PermissionReport"
                if use.act is not Act.TRAIN
                else "report:ProhibitionReport",
                "report:attemptState": "report:Attempted",
                "report:activationState": f"report:{active}",
                "report:performanceState": "report:Unperformed",
                "report:premiseReport": _premises(use, terms, state, on),
            },
            *(_duty(duty) for duty in decision.duties),
        ],
        "reasons": [reason.as_dict() for reason in decision.reasons],
        "price": str(decision.price) if decision.price else None,
        "inputs": {**hashed, "terms": terms.digest(), "all": decision.inputs},
    }


def _premises(use: Use, terms: Terms, state: State, on: date) -> list[dict[str, Any]]:
    found = []
    for rule in RULES:
        if use.act not in rule.acts:
            continue
        state_of, codes = rule.asked(use, terms, state, on)
        found.append(
            {
                "@type": "report:ConstraintReport",
                "report:constraint": f"sosie:{rule.name}",
                "report:satisfactionState": f"report:{_SATISFIED[state_of]}",
                **({"codes": codes} if codes else {}),
            }
        )
    return found


def _duty(duty: Duty) -> dict[str, Any]:
    return {
        "@type": "report:DutyReport",
        "report:activationState": "report:Active",
        "report:performanceState": "report:Unknown",
        "report:deonticState": "report:NonSet",
        "code": duty.code,
        "text": duty.text,
        "owed_by": duty.owed_by,
        **({"due": duty.due.isoformat()} if duty.due else {}),
        **({"clause": duty.clause} if duty.clause else {}),
    }

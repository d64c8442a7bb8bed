"""Reads the clauses of terms out of an ODRL document in its plain spelling.

What is not understood is left out here; that it was left out is found by writing the terms again
(`odrl.read`), so that nothing can be overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sosie.core.odrl_words import (
    CURRENCY,
    RATES,
    REPORTS,
    days,
    texts,
    typed,
    unparty,
    unpercent,
    untwin,
    unword,
    unwords,
)

Json = dict[str, Any]
_Read = Callable[[Any], Any]


class _Limits:
    """The constraints or refinements of one node, to be asked for by left operand."""

    def __init__(self, held: object, path: str) -> None:
        self.held = (
            [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []
        )
        self.path = path

    def all(self, left: str, operator: str) -> Iterator[tuple[Json, str]]:
        """Yield the constraints on a left operand with their paths."""
        for place, item in enumerate(self.held):
            if item.get("leftOperand") == left and item.get("operator") == operator:
                yield item, f"{self.path}[{place}]"

    def value(self, left: str, operator: str, read: _Read) -> Any:
        """Return the first right operand that can be read; ``None`` if there is none."""
        for item, _ in self.all(left, operator):
            if (found := read(item.get("rightOperand"))) is not None:
                return found
        return None

    def where(self, left: str) -> str | None:
        """Return the path of the first constraint on a left operand."""
        for place, item in enumerate(self.held):
            if item.get("leftOperand") == left:
                return f"{self.path}[{place}]"
        return None


class _Rule:
    """One rule or duty: its fields, its actions with their refinements, and where it stands."""

    def __init__(self, held: Json, path: str) -> None:
        self.held, self.path = held, path
        self.limits = _Limits(held.get("constraint"), f"{path}.constraint")
        self.actions: dict[str, _Limits] = {}
        listed = held.get("action")
        for place, action in enumerate(listed if isinstance(listed, list) else []):
            at = f"{path}.action[{place}].refinement"
            if isinstance(action, str):
                self.actions.setdefault(action, _Limits([], at))
            elif isinstance(action, dict) and isinstance(action.get("rdf:value"), str):
                self.actions.setdefault(action["rdf:value"], _Limits(action.get("refinement"), at))


def clauses_of(given: Json) -> tuple[Json, dict[str, str]]:
    """Return the clauses that a document says, and the JSON path that each was read from."""
    page = _Page(given)
    page.whole()
    settle(page.data)
    return page.data, page.places


def settle(data: Json) -> None:
    """Leave out what says nothing without a clause that could not be read."""
    channels = data.get("channels", ())
    accounts = data.get("accounts", {})
    kept = {channel: named for channel, named in accounts.items() if channel in channels}
    if len(kept) < len(accounts):
        data["accounts"] = kept
    if "pay" not in data:
        data.get("exclusivity", {}).pop("price", None)


class _Page:
    def __init__(self, given: Json) -> None:
        self.given = given
        self.data: Json = {"sosie": "terms/1"}
        self.places: dict[str, str] = {}

    def put(self, clause: str, value: Any, path: str | None = None) -> None:
        """Keep a clause that was read, at its dotted path."""
        if value is None:
            return
        *above, last = clause.split(".")
        held = self.data
        for step in above:
            held = held.setdefault(step, {})
        held[last] = value
        if path:
            self.places[clause] = path
            self.places.setdefault(clause.split(".", maxsplit=1)[0], path)

    def rules(self, kind: str, action: str) -> Iterator[_Rule]:
        """Yield the rules of a kind that name an action."""
        listed = self.given.get(kind)
        for place, held in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(held, dict):
                rule = _Rule(held, f"{kind}[{place}]")
                if action in rule.actions:
                    yield rule

    def whole(self) -> None:
        """Read everything."""
        for key, clause in (("dcterms:title", "title"), ("dcterms:description", "scope")):
            if isinstance(text := self.given.get(key), str):
                self.put(clause, text, key)
        for rule in self.rules("permission", "derive"):
            self.permission(rule)
            break
        for rule in self.rules("permission", "display"):
            self.after_end(rule.limits)
        for rule in self.rules("permission", "grantUse"):
            limits = rule.actions["grantUse"]
            self.put("sublicense", limits.value("recipient", "isAnyOf", _parties), limits.path)
        self.prohibitions()
        self.obligations()

    def permission(self, rule: _Rule) -> None:
        """Read the permission to make, release and show."""
        held, at = rule.held, rule.path
        self.put("parties.model", unparty(held.get("assigner")), f"{at}.assigner")
        self.put("parties.brand", unparty(held.get("assignee")), f"{at}.assignee")
        self.put("twin", untwin(held.get("target")), f"{at}.target")
        counted = (("derive", "pictures"), ("distribute", "renditions"), ("display", "placements"))
        for action, clause in counted:
            if (limits := rule.actions.get(action)) is not None:
                self.put(clause, limits.value("count", "lteq", _whole), limits.where("count"))
        altered = rule.actions["derive"]
        self.put(
            "alterations",
            altered.value("sosie:alteration", "isAnyOf", _listed("alteration")),
            altered.path,
        )
        self.constraints(rule.limits)
        listed = held.get("duty")
        for place, duty in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(duty, dict):
                self.duty(_Rule(duty, f"{at}.duty[{place}]"))

    def constraints(self, limits: _Limits) -> None:
        """Read the constraints of the permission."""
        for left, clause, kind in (
            ("purpose", "purposes", "purpose"),
            ("deliveryChannel", "channels", "channel"),
        ):
            self.put(clause, limits.value(left, "isAnyOf", _listed(kind)), limits.where(left))
        self.put(
            "territories.include",
            limits.value("spatial", "isPartOf", _codes),
            limits.where("spatial"),
        )
        for edge, operator in (("from", "gteq"), ("until", "lteq")):
            day = limits.value("dateTime", operator, lambda value: typed("date", value))
            self.put(f"period.{edge}", day, limits.where("dateTime"))
        for left, clause, reading in (
            ("sosie:timeZone", "period.time_zone", _text),
            ("version", "twin_version", _whole),
            ("industry", "category", _text),
        ):
            self.put(clause, limits.value(left, "eq", reading), limits.where(left))
        self.put("storage.countries.include", limits.value("sosie:storedIn", "isPartOf", _codes))
        self.worn(limits.held)
        for place, item in enumerate(limits.held):
            pair = item.get("or")
            if isinstance(pair, list) and all(isinstance(part, dict) for part in pair):
                self.worn(pair)
                self.account(_Limits(pair, ""), f"{limits.path}[{place}]")
        named = limits.value("sosie:coDepicted", "isAnyOf", texts)
        if named is not None:
            people = "named" if named else "nobody"
            self.put("co_depiction", {"people": people, **({"named": named} if named else {})})
        elif limits.value("sosie:coDepicted", "isA", lambda v: unword("people", v)) == "anybody":
            self.put("co_depiction", {"people": "anybody"})

    def worn(self, held: list[Json]) -> None:
        """Read garments and collections: alone, or as one of two."""
        limits = _Limits(held, "")
        for clause in ("garments", "collections"):
            self.put(clause, limits.value(f"sosie:{clause[:-1]}", "isAnyOf", texts))

    def account(self, pair: _Limits, path: str) -> None:
        """Read the accounts of one channel."""
        channel = pair.value("deliveryChannel", "neq", lambda value: unword("channel", value))
        named = pair.value("sosie:account", "isAnyOf", texts)
        if channel is not None and named is not None:
            self.data.setdefault("accounts", {})[channel] = named
            self.places["accounts"] = path

    def after_end(self, limits: _Limits) -> None:
        """Read what may stay after the last day."""
        left = limits.value("sosie:timeAfterEnd", "lteq", days)
        kept = limits.value("sosie:archive", "eq", lambda value: unword("archive", value))
        if left is not None and kept is not None:
            self.put("after_end", {"sell_off_days": left, "archive": kept}, limits.path)

    def duty(self, rule: _Rule) -> None:
        """Read one duty of the permission."""
        at = rule.path
        for action, limits in rule.actions.items():
            match action:
                case "obtainConsent":
                    self.approvals(limits)
                case "attribute":
                    self.put("credit", limits.value("sosie:creditLine", "eq", _text), at)
                case "sosie:disclose":
                    place = limits.value("sosie:labelPlace", "eq", lambda v: unword("place", v))
                    self.put("disclosure.label", limits.value("sosie:label", "eq", _text), at)
                    if place is not None:
                        self.put("disclosure.on_picture", place == "on_picture", at)
                case "compensate":
                    self.payment(limits)

    def approvals(self, limits: _Limits) -> None:
        """Read who must say yes, and how long an answer may take."""
        for operator, asked in (("eq", True), ("neq", False)):
            for item, path in limits.all("sosie:approvalOf", operator):
                if (of := unword("approval", item.get("rightOperand"))) is not None:
                    self.put(f"approvals.{of}", asked, path)
        answer = limits.value("sosie:answerTime", "eq", days)
        self.put("approvals.answer_days", answer, limits.where("sosie:answerTime"))

    def payment(self, limits: _Limits) -> None:
        """Read one amount of the pay, or one of its conditions."""
        per = limits.value("sosie:payPer", "eq", lambda value: unword("pay", value))
        operator = {"minimum_guarantee": "gteq", "cap": "lteq"}.get(per, "eq")
        amount = limits.value("payAmount", operator, _decimal)
        for item, path in limits.all("payAmount", operator):
            unit = item.get("unit")
            if isinstance(unit, str) and unit.startswith(CURRENCY) and per is not None:
                self.put("pay.currency", unit.removeprefix(CURRENCY), f"{path}.unit")
        at = limits.path
        share = limits.value("percentage", "eq", unpercent)
        match per:
            case "session_hour":
                self.put("pay.session.per_hour", amount, at)
                for left, name in (
                    ("sosie:bookedHours", "hours"),
                    ("sosie:overtimeAfterHours", "overtime_after"),
                    ("sosie:overtimeRate", "overtime_rate"),
                ):
                    self.put(f"pay.session.{name}", limits.value(left, "eq", _decimal), at)
            case "royalty":
                self.put("pay.royalty.share", share, at)
                self.put("pay.royalty.of", limits.value("sosie:shareOf", "eq", _text), at)
            case "exclusivity":
                self.put("exclusivity.price", amount, at)
            case "any":
                self.put("pay.payment_term_days", limits.value("elapsedTime", "lteq", days), at)
            case "late_year":
                self.put("pay.late_interest", share, at)
            case str() if per in (*RATES, "minimum_guarantee", "cap"):
                self.put(f"pay.{per}", amount, at)

    def prohibitions(self) -> None:
        """Read what is left out of territories, depictions and places of storage."""
        for rule in self.rules("prohibition", "derive"):
            limits = rule.limits
            self.put(
                "territories.exclude", limits.value("spatial", "isPartOf", _codes), limits.path
            )
            self.put(
                "storage.countries.exclude", limits.value("sosie:storedIn", "isPartOf", _codes)
            )
            shown = limits.value("sosie:depiction", "isAnyOf", _listed("depiction"))
            self.put("excluded_depictions", shown, limits.path)

    def obligations(self) -> None:
        """Read what both sides must do beside the permission."""
        for rule in self.rules("obligation", "ensureExclusivity"):
            self.exclusivity(rule.limits)
        simple: tuple[tuple[str, str, str, str, _Read], ...] = (
            ("inform", "timeInterval", "eq", "usage_reports", _reports),
            ("sosie:admitAudit", "sosie:noticeTime", "eq", "audit.notice_days", days),
            ("sosie:admitAudit", "sosie:timesAYear", "lteq", "audit.per_year", _whole),
            ("delete", "sosie:timeAfterEnd", "lteq", "storage.delete_within_days", days),
            ("sosie:takeDown", "elapsedTime", "lteq", "withdrawal.take_down_days", days),
            ("sosie:takeDown", "sosie:noticeTo", "eq", "withdrawal.notice", _text),
        )
        for action, left, operator, clause, read in simple:
            for rule in self.rules("obligation", action):
                limits = rule.actions[action]
                self.put(clause, limits.value(left, operator, read), limits.path)
        for rule in self.rules("obligation", "compensate"):
            limits = rule.actions["compensate"]
            cost = {
                "what": limits.value("sosie:expense", "eq", _text),
                "amount": limits.value("payAmount", "eq", _decimal),
                "borne_by": limits.value("sosie:borneBy", "eq", lambda v: unword("side", v)),
            }
            if None not in cost.values():
                self.data.setdefault("incurred_expenses", []).append(cost)
                self.places.setdefault("incurred_expenses", limits.path)

    def exclusivity(self, limits: _Limits) -> None:
        """Read what she promises not to license to others."""
        self.put("exclusivity.category", limits.value("industry", "eq", _text), limits.path)
        for left, side in (("spatial", "include"), ("sosie:spatialExcept", "exclude")):
            found = limits.value(left, "isPartOf", _codes)
            self.put(f"exclusivity.territories.{side}", found, limits.path)
        for edge, operator in (("from", "gteq"), ("until", "lteq")):
            day = limits.value("dateTime", operator, lambda value: typed("date", value))
            self.put(f"exclusivity.{edge}", day, limits.where("dateTime"))


def _listed(kind: str) -> _Read:
    return lambda value: unwords(kind, value)


def _codes(value: object) -> list[str] | None:
    return unwords("territory", value)


def _parties(value: object) -> list[str] | None:
    listed = value.get("@list") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        return None
    found = [unparty(item.get("@id")) if isinstance(item, dict) else None for item in listed]
    return None if None in found else [name for name in found if name is not None]


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _decimal(value: object) -> str | None:
    return typed("decimal", value)


def _reports(value: object) -> str | None:
    found = typed("duration", value)
    return next((name for name, every in REPORTS.items() if every == found), None)

"""Terms as ODRL: an ODRL 2.2 JSON-LD profile that says what rules can say, and names the rest.

Reading is proved by writing: what a document says beyond what the terms that were read from it
say again is *unknown*, and a document with anything unknown in it permits nothing.
Format: `docs/formats/odrl.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from sosie.core.odrl_differences import differences
from sosie.core.odrl_reading import clauses_of, settle
from sosie.core.odrl_words import (
    CONTEXT,
    CURRENCY,
    PROFILE,
    RATES,
    REPORTS,
    W3C_CONTEXTS,
    number,
    party,
    percent,
    plain,
    span,
    twin,
    word,
    words,
)
from sosie.core.terms import Exclusivity, Pay, Terms
from sosie.core.values import BadInput

Json = dict[str, Any]
MOST_LEVELS = 24
UNSAID = (
    *("parties.agency", "parties.mother_agency", "parties.studio", "language", "expectations"),
    *("commission", "mother_agency_share", "notice_hours", "negotiation", "governing_law"),
)
"""Clauses that are no permission, prohibition or duty between the two parties: how the terms came
about, who represents whom and what they share, and which law governs. They stay in the terms."""
_EMPTY = ("accounts", "incurred_expenses", "sublicense")
"""Clauses of which an empty list says no more than none at all: it is not told apart."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A place of a document that terms cannot say: its JSON path, what stands there, what to do."""

    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"`{self.path}`: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says in the words of terms.

    ``terms`` is ``None`` where a clause is missing that terms need; ``clauses`` holds those that
    were read all the same. ``unknown`` is what the document says beyond them; ``assumed`` is what
    terms always say and the document does not.
    """

    terms: Terms | None
    clauses: Json
    unknown: tuple[Unknown, ...]
    assumed: tuple[str, ...] = field(default=())
    agreed: bool = False
    """Whether it is an agreement. An offer is read as terms that are proposed."""

    @property
    def permits(self) -> bool:
        """Whether the document was read whole, with nothing in it left over."""
        return self.terms is not None and not self.unknown


def write(terms: Terms, *, agreed: bool = False) -> tuple[Json, tuple[str, ...]]:
    """Return the terms as an ODRL document, and the paths of the clauses that it does not say.

    ``agreed`` makes it an `odrl:Agreement`; else it is an `odrl:Offer`, which grants nothing yet.
    """
    said: Json = {
        "@context": CONTEXT,
        "@type": "Agreement" if agreed else "Offer",
        "uid": "urn:sosie:terms:" + terms.digest().removeprefix("sha256:"),
        "profile": PROFILE,
        "conflict": "prohibit",
        "dcterms:title": terms.title,
    }
    if terms.scope:
        said["dcterms:description"] = terms.scope
    said["permission"] = list(_permissions(terms))
    said["prohibition"] = list(_prohibitions(terms))
    if obligations := list(_obligations(terms)):
        said["obligation"] = obligations
    return said, tuple(_unsaid(terms))


def read(document: object, *, where: str = "odrl") -> Reading:
    """Read a document back into terms; ``where`` names it in messages.

    Raises ``BadInput`` naming the JSON path where it is no ODRL document, or where it contradicts
    the profile (a count below one, a period that ends before it starts).
    """
    page = _document(document, where)
    unknown = list(_foreign_context(page.pop("@context")))
    given = plain(page)
    data, places = clauses_of(given)
    terms = _terms(data, places, where)
    agreed = given.get("@type") == "Agreement"
    again = plain(write(terms, agreed=agreed)[0])
    for left_out in ("@context", "uid"):
        again.pop(left_out, None)
    for name in ("uid", "@id"):
        given.pop(name, None)
    found = list(differences(given, again, ""))
    unknown += [Unknown(path, what, _REMEDY) for path, what, beyond in found if beyond]
    unknown += [Unknown(clause, "the document does not say it", _ADD) for clause in _needed(data)]
    lacking = [(path, what) for path, what, beyond in found if not beyond]
    unknown += [Unknown(path, f"it lacks {w}", _NARROWER) for path, w in lacking if _widens(path)]
    assumed = tuple(f"{path}: {what}" for path, what in lacking if not _widens(path))
    whole = None if _needed(data) else terms
    return Reading(whole, data, tuple(unknown), assumed, agreed)


_REMEDY = "Sosie's terms cannot say it, so nothing is permitted: remove it or agree on terms"
_NARROWER = (
    "Sosie's terms would permit more than the document does: say it there, or agree on terms"
)
_ADD = "terms need it: add it to the document"


def _widens(path: str) -> bool:
    """Whether what a document lacks at a path would make terms say more than it permits: an act of
    the permission, or a limit that only ours puts on a prohibition."""
    if path.startswith("prohibition"):
        return path.endswith((".constraint", ".refinement"))
    return path.startswith("permission") and path.endswith(".action")


def _needed(data: Json) -> list[str]:
    parties = data.get("parties", {})
    needed = {"title": data.get("title"), "twin": data.get("twin")}
    needed |= {f"parties.{name}": parties.get(name) for name in ("model", "brand")}
    return [name for name, value in needed.items() if not value]


def _terms(data: Json, places: dict[str, str], where: str) -> Terms:
    """Return the terms that clauses make; what lacks a part is taken out of ``data``."""
    for left in reversed(range(MOST_LEVELS)):
        try:
            return Terms.model_validate(_filled(data))
        except ValidationError as error:
            lacking = [e["loc"][:-1] for e in error.errors() if e["type"] == "missing"]
            if not left or not any(lacking):
                raise _contradiction(error, places, where) from None
            for path in lacking:
                _take_out(data, path)
            settle(data)
    raise AssertionError("the last round returns or raises")


def _take_out(data: Json, path: tuple[int | str, ...]) -> None:
    """Take out the part of the clauses that stands at a path, if it still does."""
    held: Any = data
    for step in path[:-1]:
        held = held.get(step, {}) if isinstance(held, dict) else {}
    if path and isinstance(held, dict):
        held.pop(path[-1], None)


def _filled(data: Json) -> Json:
    """Return the clauses with a placeholder for each one that is needed and missing."""
    parties = dict.fromkeys(("model", "brand"), "?") | data.get("parties", {})
    return {"title": "?", "twin": "?"} | data | {"parties": parties}


def _document(document: object, where: str) -> Json:
    if not isinstance(document, dict):
        what = f"this is {type(document).__name__}, no JSON object"
        raise BadInput(what, where=where, remedy="hand in one ODRL policy as JSON-LD")
    if _levels(document) > MOST_LEVELS:
        what = f"the document is nested deeper than {MOST_LEVELS} levels"
        raise BadInput(what, where=f"{where}: $", remedy="hand in one ODRL policy")
    for key in ("@context", "@type"):
        if key not in document and key.removeprefix("@") not in document:
            remedy = 'write "@context" and "@type" as in docs/formats/odrl.md'
            raise BadInput(f'there is no "{key}"', where=f"{where}: $", remedy=remedy)
    for kind in ("permission", "prohibition", "obligation"):
        rules = document.get(kind, [])
        for place, rule in enumerate(rules if isinstance(rules, list) else [rules]):
            if not isinstance(rule, dict):
                what = f"a {kind} is {type(rule).__name__}, no object"
                at = f"{where}: $.{kind}[{place}]"
                raise BadInput(what, where=at, remedy="write the rule out in the document")
    return {**document, "@context": document.get("@context")}


def _levels(value: object) -> int:
    deepest, todo = 0, [(value, 1)]
    while todo:
        held, level = todo.pop()
        deepest = max(deepest, level)
        inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
        if level <= MOST_LEVELS:
            todo += [(item, level + 1) for item in inner]
    return deepest


def _foreign_context(context: object) -> Iterator[Unknown]:
    for place, part in enumerate(context if isinstance(context, list) else [context]):
        if part in W3C_CONTEXTS:
            continue
        path = f"@context[{place}]"
        remedy = f"use `{W3C_CONTEXTS[0]}` or the context of docs/formats/odrl.md"
        if not isinstance(part, dict):
            yield Unknown(path, f"`{part}` is no context that is known here", remedy)
            continue
        for name, meaning in part.items():
            if CONTEXT.get(name) != meaning:
                yield Unknown(f"{path}.{name}", f"`{name}` is given a meaning of its own", remedy)


def _contradiction(error: ValidationError, places: dict[str, str], where: str) -> BadInput:
    first = error.errors(include_url=False)[0]
    clause = ".".join(str(step) for step in first["loc"])
    top = str(first["loc"][0]) if first["loc"] else ""
    at = places.get(clause) or places.get(top) or "$"
    what = first["msg"].removeprefix("Value error, ").lower()
    said = f"`{clause}`: {what}" if clause else what
    return BadInput(said, where=f"{where}: {at}", remedy="see the clause in docs/formats/terms.md")


def _unsaid(terms: Terms) -> Iterator[str]:
    bare = {"commission": 0, "expectations": "", "governing_law": ""}
    for path in UNSAID:
        value: Any = terms
        for step in path.split("."):
            value = getattr(value, step)
        if value is not None and value != bare.get(path):
            yield path
    yield from (name for name in _EMPTY if getattr(terms, name) in ({}, ()))


# Writing


def _c(left: str, operator: str, right: Any, unit: str | None = None) -> Json:
    found = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return {**found, "unit": unit} if unit else found


def _act(name: str, *refinements: Json | None) -> Json | str:
    kept = [refinement for refinement in refinements if refinement]
    named = name if ":" in name else f"odrl:{name}"
    return {"rdf:value": {"@id": named}, "refinement": kept} if kept else name


def _permissions(terms: Terms) -> Iterator[Json]:
    sides = _sides(terms)
    counted = {
        name: _c("count", "lteq", value) if value is not None else None
        for name in ("pictures", "renditions", "placements")
        for value in [getattr(terms, name)]
    }
    altered = _c("sosie:alteration", "isAnyOf", words("alteration", terms.alterations))
    yield sides | {
        "action": [
            _act("derive", counted["pictures"], altered),
            _act("distribute", counted["renditions"]),
            _act("display", counted["placements"]),
        ],
        "constraint": list(_constraints(terms)),
        "duty": list(_duties(terms)),
    }
    if (after := terms.after_end) is not None:
        limit = _c("sosie:timeAfterEnd", "lteq", span(after.sell_off_days))
        archive = _c("sosie:archive", "eq", word("archive", after.archive))
        yield sides | {"action": ["display"], "constraint": [limit, archive]}
    if terms.sublicense:
        others = _c(
            "recipient", "isAnyOf", {"@list": [{"@id": party(p)} for p in terms.sublicense]}
        )
        yield sides | {"action": [_act("grantUse", others)]}


def _sides(terms: Terms) -> Json:
    return {
        "assigner": party(terms.parties.model),
        "assignee": party(terms.parties.brand),
        "target": twin(terms.twin),
    }


def _constraints(terms: Terms) -> Iterator[Json]:
    if terms.purposes:
        yield _c("purpose", "isAnyOf", words("purpose", terms.purposes))
    if terms.territories is not None:
        yield _c("spatial", "isPartOf", words("territory", terms.territories.include))
    if terms.channels:
        yield _c("deliveryChannel", "isAnyOf", words("channel", terms.channels))
    for channel, named in (terms.accounts or {}).items():
        elsewhere = _c("deliveryChannel", "neq", word("channel", channel))
        yield {"or": [elsewhere, _c("sosie:account", "isAnyOf", {"@list": list(named)})]}
    if (period := terms.period) is not None:
        yield _c("dateTime", "gteq", _day(period.first))
        yield _c("dateTime", "lteq", _day(period.last))
        yield _c("sosie:timeZone", "eq", period.time_zone)
    if terms.twin_version is not None:
        yield _c("version", "eq", terms.twin_version)
    if terms.category is not None:
        yield _c("industry", "eq", terms.category)
    yield from _worn(terms)
    if (beside := terms.co_depiction) is not None:
        anybody = beside.people == "anybody"
        right = word("people", "anybody") if anybody else {"@list": list(beside.named)}
        yield _c("sosie:coDepicted", "isA" if anybody else "isAnyOf", right)
    if (storage := terms.storage) is not None:
        yield _c("sosie:storedIn", "isPartOf", words("territory", storage.countries.include))


def _worn(terms: Terms) -> Iterator[Json]:
    worn = [
        _c(f"sosie:{name[:-1]}", "isAnyOf", {"@list": list(listed)})
        for name in ("garments", "collections")
        if (listed := getattr(terms, name)) is not None
    ]
    if worn:
        yield worn[0] if len(worn) == 1 else {"or": worn}


def _day(value: object) -> Json:
    return {"@value": str(value), "@type": "xsd:date"}


def _duties(terms: Terms) -> Iterator[Json]:
    model = party(terms.parties.model)
    asked = terms.approvals
    campaign = {None: None, True: "eq", False: "neq"}[asked.each_campaign]
    yield {
        "action": [
            _act(
                "obtainConsent",
                _c("sosie:approvalOf", "eq", word("approval", "each_picture")),
                _c("sosie:approvalOf", campaign, word("approval", "each_campaign"))
                if campaign
                else None,
                _c("sosie:answerTime", "eq", span(asked.answer_days)),
            )
        ],
        "consentingParty": model,
    }
    if terms.credit:
        line = _c("sosie:creditLine", "eq", terms.credit)
        yield {"action": [_act("attribute", line)], "attributedParty": model}
    if (label := terms.disclosure) is not None:
        place = "on_picture" if label.on_picture else "beside_picture"
        shown = _c("sosie:label", "eq", label.label)
        yield {
            "action": [
                _act("sosie:disclose", shown, _c("sosie:labelPlace", "eq", word("place", place)))
            ]
        }
    if terms.pay is not None:
        yield from _payments(terms.pay, terms.exclusivity, model)


def _payments(pay: Pay, exclusivity: Exclusivity | None, model: str) -> Iterator[Json]:
    currency = CURRENCY + pay.currency

    def paid(per: str, *amounts: Json) -> Json:
        per_what = _c("sosie:payPer", "eq", word("pay", per))
        return {"action": [_act("compensate", *amounts, per_what)], "compensatedParty": model}

    def amount(value: Any, operator: str = "eq") -> Json:
        return _c("payAmount", operator, number(value), currency)

    for name in RATES:
        if (rate := getattr(pay, name)) is not None:
            yield paid(name, amount(rate))
    for per, more in _rates(pay, amount):
        yield paid(per, *more)
    if pay.minimum_guarantee is not None:
        yield paid("minimum_guarantee", amount(pay.minimum_guarantee, "gteq"))
    if pay.cap is not None:
        yield paid("cap", amount(pay.cap, "lteq"))
    if exclusivity is not None and exclusivity.price is not None:
        yield paid("exclusivity", amount(exclusivity.price))


def _rates(pay: Pay, amount: Callable[[Any], Json]) -> Iterator[tuple[str, list[Json]]]:
    if (fee := pay.session) is not None:
        hours = _c("sosie:bookedHours", "eq", number(fee.hours))
        after = _c("sosie:overtimeAfterHours", "eq", number(fee.overtime_after))
        rate = _c("sosie:overtimeRate", "eq", number(fee.overtime_rate))
        yield "session_hour", [amount(fee.per_hour), hours, after, rate]
    if (royalty := pay.royalty) is not None:
        of = _c("sosie:shareOf", "eq", royalty.of)
        yield "royalty", [_c("percentage", "eq", percent(royalty.share)), of]
    if pay.payment_term_days is not None:
        yield "any", [_c("elapsedTime", "lteq", span(pay.payment_term_days))]
    if pay.late_interest is not None:
        yield "late_year", [_c("percentage", "eq", percent(pay.late_interest))]


def _prohibitions(terms: Terms) -> Iterator[Json]:
    sides = _sides(terms)
    uses = ["derive", "distribute", "display"]
    yield sides | {"action": ["sosie:train"]}
    if terms.territories is not None and terms.territories.exclude:
        outside = _c("spatial", "isPartOf", words("territory", terms.territories.exclude))
        yield sides | {"action": uses, "constraint": [outside]}
    if terms.excluded_depictions is not None:
        shown = _c("sosie:depiction", "isAnyOf", words("depiction", terms.excluded_depictions))
        yield sides | {"action": ["derive"], "constraint": [shown]}
    if terms.storage is not None and terms.storage.countries.exclude:
        stored = words("territory", terms.storage.countries.exclude)
        yield sides | {"action": uses, "constraint": [_c("sosie:storedIn", "isPartOf", stored)]}
    if not terms.sublicense:
        yield sides | {"action": ["grantUse"]}


def _obligations(terms: Terms) -> Iterator[Json]:
    sides, model, brand = _sides(terms), party(terms.parties.model), party(terms.parties.brand)
    if (promise := terms.exclusivity) is not None:
        limits = [
            _c("industry", "eq", promise.category),
            _c("spatial", "isPartOf", words("territory", promise.territories.include)),
            _c("dateTime", "gteq", _day(promise.first)),
            _c("dateTime", "lteq", _day(promise.last)),
        ]
        if outside := promise.territories.exclude:
            limits.append(_c("sosie:spatialExcept", "isPartOf", words("territory", outside)))
        turned = {"assigner": brand, "assignee": model, "target": sides["target"]}
        yield turned | {"action": ["ensureExclusivity"], "constraint": limits}
    if terms.usage_reports is not None:
        every = {"@value": REPORTS[terms.usage_reports], "@type": "xsd:duration"}
        told = _act("inform", _c("timeInterval", "eq", every))
        yield sides | {"action": [told], "informedParty": model}
    if (audit := terms.audit) is not None:
        notice = _c("sosie:noticeTime", "eq", span(audit.notice_days))
        yield sides | {
            "action": [
                _act("sosie:admitAudit", notice, _c("sosie:timesAYear", "lteq", audit.per_year))
            ]
        }
    if terms.storage is not None:
        within = _c("sosie:timeAfterEnd", "lteq", span(terms.storage.delete_within_days))
        yield sides | {"action": [_act("delete", within)]}
    if (back := terms.withdrawal) is not None:
        within = _c("elapsedTime", "lteq", span(back.take_down_days))
        to = _c("sosie:noticeTo", "eq", back.notice) if back.notice else None
        yield sides | {"action": [_act("sosie:takeDown", within, to)]}
    currency = CURRENCY + terms.pay.currency if terms.pay is not None else None
    for cost in terms.incurred_expenses or ():
        amount = _c("payAmount", "eq", number(cost.amount), currency)
        what = _c("sosie:expense", "eq", cost.what)
        by = _c("sosie:borneBy", "eq", word("side", cost.borne_by))
        yield {"action": [_act("compensate", amount, what, by)]}

"""The words of Sosie's ODRL 2.2 profile: its context, and how values are spelled in it.

ODRL Information Model 2.2 and ODRL Vocabulary 2.2 (W3C Recommendations of 15 February 2018);
JSON-LD 1.1. The profile is described in `docs/formats/odrl.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

ODRL = "http://www.w3.org/ns/odrl/2/"
SOSIE = "https://sosie.org/ns/odrl/1/"
PROFILE = "https://sosie.org/ns/odrl/1"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DCTERMS = "http://purl.org/dc/terms/"
CURRENCY = "http://cvx.iptc.org/iso4217a/"
PARTY = "urn:sosie:party:"
TWIN = "urn:sosie:twin:"
REPORTS = {"monthly": "P1M", "quarterly": "P3M", "yearly": "P1Y"}
"""How often usage is reported, as a length of time."""
RATES = ("creation_fee", "per_picture", "per_release", "per_placement", "per_month")
"""The rates of pay that are one amount each."""
W3C_CONTEXTS = ("http://www.w3.org/ns/odrl.jsonld", "https://www.w3.org/ns/odrl.jsonld")

_LINKS = (
    *("uid", "profile", "target", "assigner", "assignee", "unit", "rightOperandReference"),
    *("compensatedParty", "consentingParty", "informedParty", "attributedParty"),
)
_WORDS = ("action", "leftOperand", "operator", "conflict")
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "@vocab": ODRL,
    "odrl": ODRL,
    "sosie": SOSIE,
    "dcterms": DCTERMS,
    "rdf": RDF,
    "xsd": XSD,
    **{name: {"@id": f"odrl:{name}", "@type": "@id"} for name in _LINKS},
    **{name: {"@id": f"odrl:{name}", "@type": "@vocab"} for name in _WORDS},
}
"""The context that a written document carries in itself, so that nothing is fetched to read it."""

_PREFIXES = {"odrl": ODRL, "sosie": SOSIE, "dcterms": DCTERMS, "rdf": RDF, "xsd": XSD}
SETS = frozenset(
    (
        *("permission", "prohibition", "obligation", "duty", "remedy", "consequence"),
        *("constraint", "refinement", "action", "or", "and", "xone"),
    )
)
"""Keys whose values ODRL takes as a set: their order says nothing."""
_NAMES_ONLY = frozenset(("uid", "@id"))
_KINDS = frozenset(("Permission", "Prohibition", "Duty", "Constraint", "LogicalConstraint"))


def word(kind: str, value: str) -> dict[str, str]:
    """Return a value of one of the profile's lists: `sosie:purpose/campaign`."""
    return {"@id": f"sosie:{kind}/{quote(value, safe='')}"}


def words(kind: str, values: Iterable[str]) -> dict[str, Any]:
    """Return several values of a list, in their order."""
    return {"@list": [word(kind, value) for value in values]}


def party(name: str) -> str:
    """Return the name of a party as a URN."""
    return PARTY + quote(name, safe="")


def twin(name: str) -> str:
    """Return the name of a twin as a URN."""
    return TWIN + quote(name, safe="")


def number(value: Decimal) -> dict[str, str]:
    """Return a decimal number, digit by digit."""
    return {"@value": f"{value:f}", "@type": "xsd:decimal"}


def percent(share: Decimal) -> dict[str, str]:
    """Return a share as a percentage, exactly."""
    return number(_shifted(share, 2))


def unpercent(value: object) -> str | None:
    """Return the share that a percentage says; ``None`` if it is no decimal number."""
    text = typed("decimal", value)
    found = re.fullmatch(r"\d{1,40}(\.\d{1,40})?", text or "")
    return f"{_shifted(Decimal(found[0]), -2):f}" if found else None


def _shifted(value: Decimal, places: int) -> Decimal:
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, int(exponent) + places))


def span(days: int) -> dict[str, str]:
    """Return a length of time in days."""
    return {"@value": f"P{days}D", "@type": "xsd:duration"}


def unword(kind: str, value: object) -> str | None:
    """Return the value of a list that a link names; ``None`` if it names something else."""
    return _after(f"sosie:{kind}/", _link(value))


def unwords(kind: str, value: object) -> list[str] | None:
    """Return the values that a list of links names; ``None`` if one names something else."""
    listed = value.get("@list") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        return None
    found = [unword(kind, item) for item in listed]
    return None if None in found else [item for item in found if item is not None]


def unparty(value: object) -> str | None:
    """Return the party that a URN names; ``None`` if it is no such URN."""
    return _after(PARTY, value)


def untwin(value: object) -> str | None:
    """Return the twin that a URN names; ``None`` if it is no such URN."""
    return _after(TWIN, value)


def texts(value: object) -> list[str] | None:
    """Return a list of plain strings; ``None`` if it is anything else."""
    listed = value.get("@list") if isinstance(value, dict) else None
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        return None
    return listed


def typed(kind: str, value: object) -> str | None:
    """Return the text of a literal of one XSD type; ``None`` if it is of another."""
    if isinstance(value, dict) and set(value) == {"@value", "@type"}:
        text = value["@value"]
        return text if value["@type"] == f"xsd:{kind}" and isinstance(text, str) else None
    return None


def days(value: object) -> int | None:
    """Return the days of a duration such as `P30D`; ``None`` if it is written otherwise."""
    found = re.fullmatch(r"P(0|[1-9]\d{0,5})D", typed("duration", value) or "")
    return int(found[1]) if found else None


def _link(value: object) -> str | None:
    if isinstance(value, dict) and set(value) == {"@id"} and isinstance(value["@id"], str):
        return value["@id"]
    return None


def _after(start: str, value: object) -> str | None:
    if not isinstance(value, str) or not value.startswith(start):
        return None
    found = unquote(value[len(start) :])
    return found if quote(found, safe="") == value[len(start) :] else None


def plain(value: Any, key: str = "") -> Any:
    """Return a document in the one spelling that is compared: short names, sets as lists.

    What only names a node (`uid` of a rule, its class) is left out; nothing else is.
    """
    match value:
        case dict() if key in ("target", "assigner", "assignee") and set(value) in (
            {"@id"},
            {"uid"},
        ):
            return _short(next(iter(value.values())))
        case dict() if "@value" in value:
            return _literal(value)
        case dict():
            return _node(value, key)
        case list():
            items = [plain(item, key) for item in value]
            return items[0] if len(items) == 1 and key not in SETS and key != "@list" else items
        case str() if key in (*_LINKS, *_WORDS, "@id", "@type", "rdf:value"):
            return _short(value, bare=key in (*_WORDS, "@type"))
        case _:
            return value


def _node(value: dict[str, Any], key: str) -> Any:
    found: dict[str, Any] = {}
    for name, held in value.items():
        short = {"type": "@type", "id": "@id"}.get(name, _short(name, bare=True))
        found[short] = plain(_listed(held) if short in SETS else held, short)
    if key in _WORDS and set(found) == {"@id"}:
        return _short(found["@id"], bare=True)
    if key in SETS:
        found = {k: v for k, v in found.items() if k not in _NAMES_ONLY}
        if isinstance(kind := found.get("@type"), str) and kind in _KINDS:
            del found["@type"]
    if key == "action" and "rdf:value" in found:
        named = _link(found["rdf:value"])
        found |= {"rdf:value": _short(named, bare=True)} if named else {}
        return found["rdf:value"] if set(found) == {"rdf:value"} else found
    return found


def _listed(held: Any) -> list[Any]:
    if isinstance(held, dict) and set(held) == {"@list"}:
        held = held["@list"]
    return held if isinstance(held, list) else [held]


def _literal(value: dict[str, Any]) -> Any:
    kind = value.get("@type")
    short = _short(kind) if isinstance(kind, str) else kind
    text = value["@value"]
    if set(value) == {"@value"} or (short == "xsd:string" and set(value) == {"@value", "@type"}):
        return text
    if short == "xsd:integer" and isinstance(text, str) and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    return {**value, "@type": short}


def _short(name: Any, *, bare: bool = False) -> Any:
    if not isinstance(name, str):
        return name
    for prefix, start in _PREFIXES.items():
        if name.startswith(start):
            name = f"{prefix}:{name[len(start) :]}"
    return name[5:] if bare and name.startswith("odrl:") else name

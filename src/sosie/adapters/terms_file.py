"""The terms file: YAML that people write, read into terms with every mistake named and placed.

Only plain YAML is read: no tags, no anchors, one document, at most 256 kB. Numbers are taken from
their digits and never pass through binary floats; `NO` is Norway and no boolean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any, NoReturn, Protocol, TypeVar, get_args
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ValidationError

from sosie.adapters import terms_sense
from sosie.core.preferences import Preferences
from sosie.core.studio import ShootPlan
from sosie.core.terms import Pay, Terms
from sosie.core.territories import expand
from sosie.core.values import BadInput

MOST_BYTES = 256 * 1024
MOST_LEVELS = 12
MOST_MONEY = 10**12
"""More than any amount in a license, and few enough digits to be counted exactly."""

_Model = TypeVar("_Model", bound=BaseModel)
_Path = tuple[str | int, ...]
"""Keys and places in lists, from the top of the file."""


class _Mark(Protocol):
    """Where something stands, counted from zero."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?")
_NOTHING = {"", "~", "null"}
_DAYS = frozenset({"from", "until", "on", "signed_on", "declined_on", "revoked_on", "suspended_on"})
_TRUTHS = frozenset(
    {"consent_live", "each_picture", "each_campaign", "on_picture", "replaces_work"}
)
_ANSWERS = {("approvals",), ("campaigns",)}
_TERRITORIES: tuple[_Path, ...] = (
    ("territories",),
    ("exclusivity", "territories"),
    ("storage", "countries"),
)
_OTHER_NAMES = {"UK": "GB", "EL": "GR", "USA": "US", "WORLDWIDE": "WORLD"}
_ORDER = (
    *("sosie", "title", "parties", "twin", "scope", "purposes", "territories", "channels"),
    *("accounts", "period", "after_end", "twin_version", "category", "garments", "collections"),
    *("pictures", "renditions", "placements", "alterations", "excluded_depictions"),
    *("co_depiction", "approvals", "exclusivity", "training", "pay", "commission"),
    *("mother_agency_share", "incurred_expenses", "expectations", "credit", "disclosure"),
    *("usage_reports", "audit", "sublicense", "storage", "withdrawal", "notice_hours"),
    *("language", "negotiation", "governing_law"),
)


class BadTerms(BadInput):
    """A terms file with mistakes: every one of them on a line of its own."""

    def __init__(self, errors: Sequence[BadInput]) -> None:
        first = errors[0]
        super().__init__(first.what, where=first.where, remedy=first.remedy, code=first.code)
        self.args = ("\n".join(str(error) for error in errors),)
        self.errors = tuple(errors)


def read(text: str, *, where: str) -> Terms:
    """Read terms from the text of a YAML file; ``where`` names the file in messages.

    Raises ``BadTerms`` (a ``BadInput``) with all mistakes, each as
    ``file:line:column``, the key, what is wrong and the way out.
    """
    page = _Page(where, Terms)
    data = _mapping_of(text, page)
    _check_values(data, page)
    terms = _validated(Terms, data, page)
    if terms is not None:
        _check_money(terms, page)
    if page.errors or terms is None:
        page.stop()
    return terms


def read_plan(text: str, *, where: str) -> ShootPlan:
    """Read a shoot plan from the text of a YAML file; raises as `read` does."""
    page = _Page(where, ShootPlan)
    data = _mapping_of(text, page)
    terms_sense.check_texts(data, page.wrong)
    plan = _validated(ShootPlan, data, page)
    codes = data.get("territories")
    for place, code in enumerate(codes if isinstance(codes, list) else []):
        _check_code(str(code), ("territories", place), "`territories`", page)
    if page.errors or plan is None:
        page.stop()
    return plan


def read_preferences(text: str, *, where: str) -> Preferences:
    """Read standing preferences from the text of a YAML file; raises as `read` does."""
    page = _Page(where, Preferences)
    data = _mapping_of(text, page)
    terms_sense.check_texts(data, page.wrong)
    codes = data.get("territories_never")
    for place, code in enumerate(codes if isinstance(codes, list) else []):
        _check_code(str(code), ("territories_never", place), "`territories_never`", page)
    wanted = _validated(Preferences, data, page)
    if page.errors or wanted is None:
        page.stop()
    return wanted


def read_model(text: str, model: type[_Model], *, where: str) -> _Model:
    """Read a YAML file into any strict model, its days looked at; raises as `read` does."""
    page = _Page(where, model)
    data = _mapping_of(text, page)
    terms_sense.check_texts(data, page.wrong)
    _check_days(data, page)
    made = _validated(model, data, page)
    if page.errors or made is None:
        page.stop()
    return made


def write(terms: Terms) -> str:
    """Write terms as YAML that reads back to the same digest."""
    data = terms.model_dump(mode="python", by_alias=True, exclude_none=True)
    ordered = {key: _writable(data[key]) for key in _ORDER if key in data}
    return yaml.dump(
        ordered,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=96,
    )


class _Dumper(yaml.SafeDumper):
    """Writes decimals digit by digit."""


def _digits(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = str(value)
    kind = "str" if "E" in text else "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Dumper.add_representer(Decimal, _digits)


def _writable(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _writable(item) for key, item in value.items()}
        case list() | tuple():
            return [_writable(item) for item in value]
        case str():
            return str(value)  # the word itself, not the member of an enumeration
        case _:
            return value


@dataclass(frozen=True)
class _Spot:
    line: int
    column: int


@dataclass
class _Page:
    """Where each key and value stands, and the mistakes found so far."""

    where: str
    model: type[BaseModel]
    marks: dict[_Path, _Mark] = field(default_factory=dict)
    errors: list[tuple[int, int, BadInput]] = field(default_factory=list)
    refused: set[_Path] = field(default_factory=set)
    """Paths with a mistake already named: the model need not name another."""

    @property
    def format(self) -> str:
        """The format that such a file names in its first line."""
        kinds = (field for field in self.model.model_fields.values() if field.alias == "sosie")
        return next((str(get_args(kind.annotation)[0]) for kind in kinds), "…")

    def wrong(self, path: _Path, what: str, remedy: str, mark: _Mark | None = None) -> None:
        """Note one mistake, at a mark or where the path stands (or its nearest parent)."""
        self.refused.add(path)
        while mark is None and path not in self.marks and path:
            path = path[:-1]
        what, remedy = _on_one_line(what), _on_one_line(remedy)
        spot = mark or self.marks.get(path)
        line, column = (spot.line + 1, spot.column + 1) if spot else (1, 1)
        self.errors.append(
            (line, column, BadInput(what, where=f"{self.where}:{line}:{column}", remedy=remedy))
        )

    def stop(self) -> NoReturn:
        """Raise all mistakes in the order of the file."""
        raise BadTerms([error for _, _, error in sorted(self.errors, key=lambda e: e[:2])])

    def plain(self, node: yaml.Node, path: _Path) -> Any:
        """Return a node as plain values, and remember where it stands."""
        self.marks.setdefault(path, node.start_mark)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self.plain(item, (*path, i)) for i, item in enumerate(node.value)]
            case _:
                return _scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: _Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.wrong(path, "a key is no word", "write `key: value`", key_node.start_mark)
                continue
            key = key_node.value
            if key in found:
                first = self.marks[(*path, key)].line + 1
                remedy = f"it stands on line {first} already: keep one of the two"
                self.wrong((*path, key), f"`{key}` is repeated", remedy, key_node.start_mark)
                continue
            self.marks[(*path, key)] = key_node.start_mark
            found[key] = self.plain(value_node, (*path, key))
        return found


def _scalar(node: yaml.Node, path: _Path) -> Any:
    """Return text as it stands, or a whole number, a decimal, a truth or nothing."""
    text = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if path and (path[-1] in _TRUTHS or path[-2:-1] in _ANSWERS) and text in ("true", "false"):
        return text == "true"
    if text in _NOTHING:
        return None
    if number := _NUMBER.fullmatch(text):
        return Decimal(text) if number[2] else int(text)
    return text


def _composed(text: str, page: _Page) -> yaml.Node:
    """Return the one document in a text, once nothing in it can grow or hide."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        page.wrong((), "the file is larger than 256 kB", "terms are short: is it the right file?")
        page.stop()
    try:
        _refuse_tricks(yaml.parse(text, Loader=yaml.SafeLoader), page)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is not None and text[mark.index : mark.index + 1] == "\t":
            page.wrong((), "a tab stands here", "indent with spaces", mark)
        else:
            what = f"not readable as YAML ({error.problem or error.context})"
            page.wrong((), what, "check indentation, quotes and colons", mark)
        page.stop()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line = before.count("\n")
        column = len(before) - (before.rfind("\n") + 1)
        spot = _Spot(line, column)
        page.wrong((), "a character that cannot be printed stands here", "remove it", spot)
        page.stop()
    if node is None:
        page.wrong((), "the file is empty", f"start it with `sosie: {page.format}`")
        page.stop()
    return node


def _refuse_tricks(events: Iterable[yaml.Event], page: _Page) -> None:
    level = 0
    documents = 0
    for event in events:
        documents += isinstance(event, yaml.DocumentStartEvent)
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        mark = event.start_mark
        if getattr(event, "anchor", None) is not None:
            page.wrong((), "anchors and aliases are not read", "write the value out", mark)
        elif (tag := getattr(event, "tag", None)) is not None:
            page.wrong((), f"the tag `{tag}` is not read", "remove it", mark)
        elif level > MOST_LEVELS:
            page.wrong((), "the file is nested too deeply", "no file needs so many levels", mark)
        elif documents > 1:
            page.wrong((), "the file holds a second document", "keep one license in a file", mark)
        else:
            continue
        page.stop()


# What the model cannot say itself, or would say less well


def _check_values(data: dict[str, Any], page: _Page) -> None:
    _check_days(data, page)
    zone = _at(data, ("period", "time_zone"))
    if isinstance(zone, str) and zone != "UTC" and zone not in _zones():
        what = f"`period.time_zone`: `{zone}` is no time zone"
        page.wrong(
            ("period", "time_zone"),
            what,
            _did_you_mean(zone, _zones()) or "write one as Europe/Paris",
        )
    for path in _TERRITORIES:
        _check_countries(data, path, page)
    terms_sense.check(data, page.wrong)


def _check_days(data: dict[str, Any], page: _Page) -> None:
    for path, value in _days(data):
        try:
            plain = re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)) is not None
            _ = date.fromisoformat(str(value)) if plain else None
        except ValueError:
            plain = False
        if not plain:
            what = f"`{_dotted(path)}`: `{value}` is no day"
            page.wrong(path, what, "write year, month and day as 2026-12-31")


def _days(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    """Return each value that must be a day, with its path."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in _DAYS and item is not None and not isinstance(item, dict | list):
            yield (*path, key), item
        yield from _days(item, (*path, key))


def _check_countries(data: dict[str, Any], path: _Path, page: _Page) -> None:
    groups: dict[str, frozenset[str]] = {}
    for side in ("include", "exclude"):
        codes = _at(data, (*path, side))
        for i, code in enumerate(codes if isinstance(codes, list) else []):
            if not isinstance(code, str):
                continue
            found = _check_code(code, (*path, side, i), f"`{_dotted(path)}.{side}`", page)
            groups[side] = groups.get(side, frozenset()) | found
    left = groups.get("include", frozenset()) - groups.get("exclude", frozenset())
    if groups.get("include") and not left:
        what = f"`{_dotted(path)}` leaves no country"
        page.wrong((*path, "exclude"), what, "exclude less than is included")


def _check_code(code: str, path: _Path, shown: str, page: _Page) -> frozenset[str]:
    try:
        return expand((code,))
    except ValueError as error:
        meant = _OTHER_NAMES.get(code.upper(), code.upper())
        known = meant in expand(("WORLD",)) or code.upper() in _OTHER_NAMES
        remedy = f"did you mean `{meant}`?" if known else "write codes as in [EU, US, GB]"
        page.wrong(path, f"{shown}: {error}", remedy)
        return frozenset()


def _check_money(terms: Terms, page: _Page) -> None:
    if terms.pay is None:
        return
    for path, amount in _amounts(terms, terms.pay):
        if amount > MOST_MONEY:
            what = f"`{_dotted(path)}` is more than {MOST_MONEY}"
            page.wrong(path, what, "write the amount in whole units as in 180.00")
            continue
        try:
            terms.pay.money(amount)
        except ValueError as error:
            page.wrong(path, f"`{_dotted(path)}`: {error}", "round it yourself: nothing is rounded")


def _amounts(terms: Terms, pay: Pay) -> Iterator[tuple[_Path, Decimal]]:
    """Return each amount of money in the terms with its path."""
    for name in _RATES:
        if (amount := getattr(pay, name)) is not None:
            yield ("pay", name), amount
    if pay.session is not None:
        yield ("pay", "session", "per_hour"), pay.session.per_hour
    if terms.exclusivity is not None and terms.exclusivity.price is not None:
        yield ("exclusivity", "price"), terms.exclusivity.price
    for i, expense in enumerate(terms.incurred_expenses or ()):
        yield ("incurred_expenses", i, "amount"), expense.amount


_RATES = (
    *("creation_fee", "per_picture", "per_release", "per_placement", "per_month"),
    *("minimum_guarantee", "cap"),
)


# What the model says, put into words


def _mapping_of(text: str, page: _Page) -> dict[str, Any]:
    data = page.plain(_composed(text, page), ())
    if not isinstance(data, dict):
        (version,) = get_args(page.model.model_fields["format"].annotation)
        page.wrong((), "the file holds no keys", f"start it with `sosie: {version}`")
        page.stop()
    return data


def _validated(model: type[_Model], data: dict[str, Any], page: _Page) -> _Model | None:
    try:
        return model.model_validate(data)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        paths = {tuple(error["loc"]) for error in errors}
        for error in errors:
            path = tuple(error["loc"])
            deeper = any(path and len(p) > len(path) and p[: len(path)] == path for p in paths)
            if error["type"] == "contradiction":
                for spot, what, remedy in error["ctx"]["contradictions"]:
                    page.wrong(spot, what, remedy)
            elif path not in page.refused and not deeper:
                spot, what, remedy = _in_words(path, dict(error), page.model)
                page.wrong(spot, what, remedy)
        return None


# Per kind of mistake what is wrong and the way out. `shown` is the key with its value.
_SAYS: Mapping[str, tuple[str, str]] = {
    "missing": ("`{key}` is missing", "add `{last}: ...`"),
    "greater_than_equal": ("{shown} is too little", "write {ge} or more"),
    "less_than_equal": ("{shown} is too much", "write {le} or less"),
    "string_pattern_mismatch": ("{shown} is no currency", "write three capitals as in EUR"),
    "string_type": ("{shown} is no text", "put it in quotes"),
    "string_too_short": ("`{key}` is empty", "give it a value or remove the key"),
    "too_short": ("`{key}` is empty", "give it a value or remove the key"),
    "tuple_type": ("{shown} is no list", "write `{last}: [{value}]`"),
    "model_type": ("{shown} is no mapping", "write its keys below it: {keys}"),
    "int_parsing": ("{shown} is no whole number", "write digits as in 12"),
    "int_type": ("{shown} is no whole number", "write digits as in 12"),
    "int_from_float": ("{shown} is no whole number", "write digits as in 12"),
    "decimal_parsing": ("{shown} is no number", "write digits as in 180.00"),
    "decimal_type": ("{shown} is no number", "write digits as in 180.00"),
    "finite_number": ("{shown} is no number", "write digits as in 180.00"),
}


def _in_words(path: _Path, error: dict[str, Any], model: type[BaseModel]) -> tuple[_Path, str, str]:
    """Return where a mistake stands, what it is and the way out."""
    kind, key, value = error["type"], _dotted(path), _as_written(error["input"])
    shown = f"`{key}`: `{value}`"
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys(path[:-1], model)
        listed = f"the keys here are {', '.join(known)}"
        return path, f"`{key}` is no key", _did_you_mean(str(path[-1]), known) or listed
    if error["input"] is None:
        return path, f"`{key}` has no value", "give it one or remove the key"
    if kind in ("enum", "literal_error"):
        allowed = re.findall(r"'([^']*)'", context["expected"]) or ["true"]
        question = _did_you_mean(str(value), allowed)
        remedy = f"write one of {', '.join(allowed)}"
        return path, f"{shown} is not allowed", f"{question} {remedy}" if question else remedy
    if kind == "string_pattern_mismatch" and str(path[-1]).endswith("colour"):
        return path, f"{shown} is no color", "write it as `#7a1f2b`: six hexadecimal digits"
    what, remedy = _SAYS.get(kind, ("{shown} cannot be read", "see the format of terms"))
    words = {
        "shown": shown,
        "key": key,
        "value": value,
        "last": path[-1] if path else "",
        **context,
    }
    if kind == "model_type":
        words["keys"] = ", ".join(_keys(path, model))
    return path, what.format_map(words), remedy.format_map(words)


def _keys(path: _Path, model: type[BaseModel]) -> list[str]:
    """Return the keys that a mapping of the file may have."""
    for step in path:
        if isinstance(step, str):
            named = {info.alias or name: info for name, info in model.model_fields.items()}
            model = next(_models_in(named[step].annotation))
    return [info.alias or name for name, info in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)


def _did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the question that offers the nearest known word; ``None`` if none is near."""
    near = get_close_matches(word, list(known), 1, 0.7)
    return f"did you mean `{near[0]}`?" if near else None


def _as_written(value: Any) -> str:
    """Return a value as it may be shown in a message."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{...}"
        case list():
            return "[...]"
        case _:
            return text if len(text := str(value)) <= 60 else f"{text[:57]}..."


def _on_one_line(text: str) -> str:
    """Return a text that can be shown on any terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def _dotted(path: _Path) -> str:
    return ".".join(str(step) for step in path if isinstance(step, str))


def _at(data: dict[str, Any], path: _Path) -> Any:
    value: Any = data
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())

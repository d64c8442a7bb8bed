"""What a terms file says that reads well and makes no sense: each with its place and a way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from babel.numbers import list_currencies
from pydantic import BaseModel

from sosie.core.terms import Terms
from sosie.core.territories import expand
from sosie.core.writing import unseen

Path = tuple[str | int, ...]
Wrong = Callable[[Path, str, str], None]
"""Called with the path of a value, what is wrong with it, and the way out."""

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NO_MONEY = {"XXX", "XTS"}


def check(data: dict[str, Any], wrong: Wrong) -> None:
    """Report everything in plain YAML values that cannot be meant."""
    check_texts(data, wrong)
    for path, value in _leaves(data):
        if isinstance(value, str) and unseen(value) is None:
            _check_number(path, value, wrong)
    for path, items in _lists(data):
        for number, item in enumerate(items):
            if isinstance(item, str) and item in items[:number]:
                wrong((*path, number), f"`{item}` is listed twice", "keep one of them")
    _check_parties(data.get("parties"), wrong)
    for path in (("territories",), ("exclusivity", "territories"), ("storage", "countries")):
        _check_left_out(path, _at(data, path), wrong)
    currency = _at(data, ("pay", "currency"))
    known = list_currencies() - _NO_MONEY
    if isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency) and currency not in known:
        wrong(("pay", "currency"), f"`{currency}` is no currency", "write its ISO 4217 code: EUR")


def check_texts(data: dict[str, Any], wrong: Wrong) -> None:
    """Report every text in plain YAML values that holds a character that nobody sees."""
    for path, value in _leaves(data):
        if isinstance(value, str) and (found := unseen(value)):
            what = f"`{_dotted(path)}` holds a character that nobody sees ({found})"
            wrong(path, what, "type the text anew")


def _check_number(path: Path, text: str, wrong: Wrong) -> None:
    if path[-1] in _NUMERIC and not _NUMBER.fullmatch(text) and _counts(text):
        wrong(path, f"`{_dotted(path)}`: `{text}` is no plain number", "write digits as in 180.00")


def _counts(text: str) -> bool:
    """Return whether a text would be taken for a number."""
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _check_parties(parties: object, wrong: Wrong) -> None:
    if not isinstance(parties, dict):
        return
    model = parties.get("model")
    for role in ("brand", "agency", "mother_agency", "studio"):
        if model and parties.get(role) == model:
            what = f"`{model}` is the model and the {role.replace('_', ' ')} at once"
            wrong(("parties", role), what, "name two parties")


def _check_left_out(path: Path, said: object, wrong: Wrong) -> None:
    if not isinstance(said, dict):
        return
    included, excluded = said.get("include"), said.get("exclude")
    if not isinstance(included, list) or not isinstance(excluded, list):
        return
    try:
        covered = expand(included)
        for number, code in enumerate(excluded):
            if covered.isdisjoint(expand((code,))):
                what = f"`{code}` is left out of countries that do not hold it"
                wrong((*path, "exclude", number), what, "remove it, or include what holds it")
    except (ValueError, TypeError):  # named where countries are checked
        return


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each value that is neither a list nor a mapping, with its path."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from _leaves(item, (*path, key))
    elif path:
        yield path, value


def _lists(value: Any, path: Path = ()) -> Iterator[tuple[Path, list[Any]]]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _lists(item, (*path, key))


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _numeric(model: type[BaseModel]) -> Iterator[str]:
    """Yield the name of every field of a model, or of one inside it, that is a number."""
    for name, field in model.model_fields.items():
        kinds = {field.annotation, *_inside(field.annotation)}
        if kinds & {int, Decimal}:
            yield field.alias or name
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _numeric(kind)


def _inside(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield argument
        yield from _inside(argument)


_NUMERIC = frozenset(_numeric(Terms))
